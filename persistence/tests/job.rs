//! Background work: one claimer at a time, whatever several servers do, and nothing lost.

use remit_domain::time::Instant;
use remit_persistence::{Conflict, Job, JobEnd, JobSearch, Limits, Store, StoreError, clock};

use crate::database::{Ground, on_both, on_empty_ones, opened};
use crate::made::theme;

const KIND: &str = "a kind of work";
const MINUTE: i64 = 60_000_000;

/// The jobs of this organization that are due at an instant; those of other tests are theirs.
async fn due(ground: &Ground, now: Instant) -> Vec<Job> {
    let all = JobSearch { kind: KIND.into(), limit: 1_000, ..JobSearch::default() };
    let mut jobs = ground.store.due_jobs(now, vec![all]).await.expect("jobs");
    jobs.retain(|job| job.organization == ground.organization);
    jobs
}

async fn claim(ground: &Ground, seen: &[Job], now: Instant) -> Vec<Job> {
    let until = now.plus_micros(MINUTE);
    ground.store.claim_jobs(ground.organization, seen.to_vec(), now, until).await.expect("claims")
}

async fn wanted(ground: &Ground, subject: &'static str, at: Instant) {
    ground.write(move |tx| tx.want_job(KIND, subject, at, "begun")).await;
}

async fn kept(ground: &Ground, subject: &'static str) -> Option<Job> {
    ground.read(move |tx| tx.job(KIND, subject)).await
}

fn subjects(jobs: &[Job]) -> Vec<&str> {
    jobs.iter().map(|job| job.subject.as_str()).collect()
}

fn is_lost<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Conflict(Conflict::ClaimLost)))
}

#[test]
fn what_is_due_is_found_oldest_first_and_is_no_change_of_the_organization() {
    on_both(async |ground| {
        let now = clock::now();
        for (subject, minutes) in [("second", -1), ("later", 1), ("first", -2)] {
            wanted(ground, subject, now.plus_micros(minutes * MINUTE)).await;
        }
        assert_eq!(subjects(&due(ground, now).await), ["first", "second"]);
        let not_ours =
            JobSearch { kind: KIND.into(), limit: 1_000, without: vec![ground.organization], ..JobSearch::default() };
        let others = ground.store.due_jobs(now, vec![not_ours]).await.expect("jobs");
        assert!(others.iter().all(|job| job.organization != ground.organization));
        let ours =
            JobSearch { kind: KIND.into(), limit: 1_000, wanted: vec![ground.organization], ..JobSearch::default() };
        let mut all = ground.store.due_jobs(now, vec![ours]).await.expect("jobs");
        all.retain(|job| job.organization == ground.organization);
        assert_eq!(subjects(&all), ["first", "second", "later"], "also what is not due, of who is asked for");
        assert_eq!(ground.revision().await, 1);
        assert_eq!(ground.neighbour().await.read(|tx| tx.job(KIND, "first")).await, None);
    });
}

#[test]
fn of_two_claimers_one_holds_the_job() {
    on_empty_ones(async |database, address| {
        let store = opened(address);
        // Another server has connections and writers of its own; a SQLite file has one server.
        let other = match database {
            crate::database::Database::SQLite => store.clone(),
            crate::database::Database::PostgreSQL => Store::open(address, &Limits::default()).expect("another server"),
        };
        let ground = Ground { organization: crate::database::found(&store).await, store };
        let beside = Ground { organization: ground.organization, store: other };
        let now = clock::now();
        for round in 0..40_i64 {
            ground.write(move |tx| tx.want_job(KIND, &round.to_string(), now, "")).await;
        }
        let seen = due(&ground, now).await;
        assert_eq!(seen.len(), 40);
        let mut held = 0;
        for job in &seen {
            let one = std::slice::from_ref(job);
            let (here, there) = tokio::join!(claim(&ground, one, now), claim(&beside, one, now));
            assert_eq!(here.len() + there.len(), 1, "{}", job.subject);
            held += here.len() + there.len();
        }
        assert_eq!(held, 40);
        assert!(due(&ground, now).await.is_empty(), "what is claimed is not found");
    });
}

#[test]
fn a_claim_that_ran_out_is_taken_over_and_its_holder_can_end_nothing_more() {
    on_both(async |ground| {
        let now = clock::now();
        wanted(ground, "a", now).await;
        let stale = claim(ground, &due(ground, now).await, now).await.remove(0);
        assert!(due(ground, now.plus_micros(MINUTE - 1)).await.is_empty());
        let later = now.plus_micros(MINUTE);
        let taken = claim(ground, &due(ground, later).await, later).await.remove(0);
        assert_eq!((taken.claim, taken.attempts), (stale.claim + 1, 0));

        let end = || JobEnd::Again { due_at: later, state: "stale".into() };
        assert!(is_lost(&ground.store.end_job(stale.clone(), end()).await));
        assert!(is_lost(&ground.store.renew_claim(stale.clone(), later).await));
        let refused = ground
            .try_write(move |tx| {
                tx.create(theme("what a stale holder does"), None, None)?;
                tx.end_job(&stale, &JobEnd::Done)
            })
            .await;
        assert!(is_lost(&refused));
        assert_eq!(ground.revision().await, 1, "nothing of it is kept");

        let renewed = ground.store.renew_claim(taken, later.plus_micros(5 * MINUTE)).await.expect("it is held");
        assert!(due(ground, later.plus_micros(2 * MINUTE)).await.is_empty());
        let end = JobEnd::Again { due_at: later.plus_micros(9 * MINUTE), state: "done once".into() };
        ground.store.end_job(renewed.clone(), end.clone()).await.expect("it is held");
        assert!(is_lost(&ground.store.end_job(renewed, end).await), "a claim ends once");
        let job = kept(ground, "a").await.expect("a job");
        assert_eq!((job.due_at, job.state.as_str()), (later.plus_micros(9 * MINUTE), "done once"));
    });
}

#[test]
fn an_attempt_that_failed_says_why_and_counts_until_one_does_not() {
    on_both(async |ground| {
        let now = clock::now();
        wanted(ground, "a", now).await;
        for attempts in 1..=2 {
            let held = claim(ground, &due(ground, now).await, now).await.remove(0);
            let end = JobEnd::Failed { due_at: now, error: "é".repeat(2_000) };
            ground.store.end_job(held, end).await.expect("it is held");
            let job = kept(ground, "a").await.expect("a job");
            assert_eq!((job.attempts, job.state.as_str()), (attempts, "begun"));
            assert_eq!(job.last_error, Some("é".repeat(500)));
        }
        let held = claim(ground, &due(ground, now).await, now).await.remove(0);
        ground.store.end_job(held.clone(), JobEnd::Released).await.expect("it is held");
        let job = kept(ground, "a").await.expect("a job");
        assert_eq!((job.due_at, job.attempts), (held.due_at, 2), "what was given back is as it was");
        let held = claim(ground, &due(ground, now).await, now).await.remove(0);
        let end = JobEnd::Again { due_at: now, state: "more".into() };
        ground.store.end_job(held, end).await.expect("it is held");
        let job = kept(ground, "a").await.expect("a job");
        assert_eq!((job.attempts, job.last_error, job.state.as_str()), (0, None, "more"));
    });
}

#[test]
fn what_is_wanted_while_it_is_done_is_done_again() {
    on_both(async |ground| {
        let now = clock::now();
        let (soon, late) = (now.plus_micros(1_000), now.plus_micros(60 * MINUTE));
        for (subject, end, again) in [
            ("again", JobEnd::Again { due_at: late, state: String::new() }, Some(soon)),
            ("done", JobEnd::Done, Some(soon)),
            ("released", JobEnd::Released, Some(now)),
            ("failed", JobEnd::Failed { due_at: late, error: "no".into() }, Some(late)),
        ] {
            wanted(ground, subject, now).await;
            let held = claim(ground, &due(ground, now).await, now).await.remove(0);
            wanted(ground, subject, soon).await;
            assert!(due(ground, soon).await.is_empty(), "{subject}: not while it is done");
            let held = ground.store.renew_claim(held, late).await.expect("it is held");
            ground.store.end_job(held, end).await.expect("it is held");
            assert_eq!(kept(ground, subject).await.map(|job| job.due_at), again, "{subject}");
            ground.write(move |tx| tx.drop_job(KIND, subject)).await;
        }
        wanted(ground, "once", now).await;
        let held = claim(ground, &due(ground, now).await, now).await.remove(0);
        ground.store.end_job(held, JobEnd::Done).await.expect("it is held");
        assert_eq!(kept(ground, "once").await, None, "what nobody wants again goes");
    });
}

#[test]
fn a_job_that_is_wanted_again_keeps_the_earlier_instant_and_one_that_is_planned_the_last() {
    on_both(async |ground| {
        let now = clock::now();
        let (soon, late) = (now.plus_micros(MINUTE), now.plus_micros(2 * MINUTE));
        wanted(ground, "a", late).await;
        wanted(ground, "a", soon).await;
        wanted(ground, "a", late).await;
        assert_eq!(kept(ground, "a").await.map(|job| job.due_at), Some(soon));
        let held = claim(ground, &due(ground, soon).await, soon).await.remove(0);
        ground.write(move |tx| tx.plan_job(KIND, "a", late, "anew")).await;
        assert!(is_lost(&ground.store.end_job(held, JobEnd::Done).await), "a new plan ends the claim");
        let job = kept(ground, "a").await.expect("a job");
        assert_eq!((job.due_at, job.state.as_str()), (late, "anew"));
        let held = claim(ground, &due(ground, late).await, late).await.remove(0);
        ground.write(|tx| tx.drop_job(KIND, "a")).await;
        assert!(is_lost(&ground.store.end_job(held, JobEnd::Done).await), "and so does its end");
    });
}

#[test]
fn a_job_is_hastened_where_one_server_alone_does_it() {
    on_both(async |ground| {
        let late = clock::now().plus_micros(MINUTE);
        ground.write(move |tx| tx.want_job("hastened", "", late, "as it was")).await;
        ground.write(move |tx| tx.want_job("other", "", late, "")).await;
        ground.store.hasten_jobs("hastened").await.expect("hastened");
        let job = ground.read(|tx| tx.job("hastened", "")).await.expect("a job");
        match ground.store.is_alone() {
            true => assert!(job.due_at < late, "{job:?}"),
            false => assert_eq!(job.due_at, late),
        }
        assert_eq!(job.state, "as it was");
        assert_eq!(ground.read(|tx| tx.job("other", "")).await.expect("a job").due_at, late);
    });
}

#[test]
fn every_organization_gets_a_job_that_each_has_once() {
    on_empty_ones(async |_, address| {
        let store = opened(address);
        let first = crate::database::found(&store).await;
        store.ensure_jobs("standing", "", MINUTE).await.expect("jobs");
        let second = crate::database::found(&store).await;
        store.ensure_jobs("standing", "", MINUTE).await.expect("jobs");
        store.ensure_jobs("standing", "", MINUTE).await.expect("jobs");
        let search = JobSearch { kind: "standing".into(), limit: 10, ..JobSearch::default() };
        let within = clock::now().plus_micros(MINUTE);
        let mut found = store.due_jobs(within, vec![search]).await.expect("jobs");
        found.sort_by_key(|job| job.organization);
        let mut organizations = [first, second];
        organizations.sort();
        assert_eq!(found.iter().map(|job| job.organization).collect::<Vec<_>>(), organizations);
        let counts = store.count_jobs(within).await.expect("counts");
        let counts: Vec<_> = counts.iter().map(|count| (count.kind.as_str(), count.all, count.due)).collect();
        assert_eq!(counts, [("standing", 2, 2)]);
    });
}

#[test]
fn a_sqlite_file_that_is_opened_again_has_no_claims_of_the_life_before() {
    on_empty_ones(async |database, address| {
        let store = opened(address);
        let organization = crate::database::found(&store).await;
        let ground = Ground { organization, store };
        let now = clock::now();
        wanted(&ground, "a", now).await;
        claim(&ground, &due(&ground, now).await, now).await;
        ground.store.close();
        let ground = Ground { organization, store: opened(address) };
        let found = due(&ground, clock::now()).await.len();
        match database {
            crate::database::Database::SQLite => assert_eq!(found, 1),
            crate::database::Database::PostgreSQL => assert_eq!(found, 0, "another server may hold it"),
        }
    });
}
