//! Writing together: jobs that wait share a commit, each with a savepoint and an answer of its own.

use std::sync::mpsc;

use remit_domain::entity::Actor;
use remit_domain::theme::Theme;
use remit_persistence::{Limits, Store, StoreError, When, clock};

use crate::database::{found, on_both, on_empty_ones};
use crate::made::theme;

#[test]
fn of_jobs_that_share_a_commit_the_refused_leave_nothing_and_the_others_are_kept() {
    on_both(async |ground| {
        let (release, released) = mpsc::channel::<()>();
        let first = ground.write(move |tx| {
            // While this one is under way, the others queue. It may be run again, and then nobody releases it.
            released.recv().ok();
            tx.create(theme("first"), None, None)
        });
        let kept = ground.write(|tx| tx.create(theme("kept"), None, None));
        let refused = ground.try_write(|tx| {
            tx.create(theme("refused"), None, None)?;
            Err::<(), _>(StoreError::NotFound)
        });
        let panicked = ground.try_write(|tx| {
            tx.create(theme("panicked"), None, None)?;
            if tx.revision() > 0 {
                panic!("as a test asks");
            }
            Ok(())
        });
        let last =
            ground.write(|tx| Ok((tx.create(theme("last"), None, None)?, tx.all::<Theme>(When::Present)?.len())));
        let go = async move { release.send(()).expect("someone waits") };
        let (first, kept, refused, panicked, (last, seen), ()) = tokio::join!(first, kept, refused, panicked, last, go);

        assert!(matches!(refused, Err(StoreError::NotFound)));
        assert!(matches!(panicked, Err(StoreError::Internal(_))));
        assert_eq!(seen, 3, "a job sees what was kept before it, and nothing that was refused");
        let themes = ground.read(|tx| tx.all::<Theme>(When::Present)).await;
        assert_eq!(themes, [first.clone(), kept.clone(), last.clone()]);
        assert!(first.created_at < kept.created_at && kept.created_at < last.created_at);
    });
}

#[test]
fn once_an_instant_is_settled_every_later_write_is_recorded_after_it() {
    on_both(async |ground| {
        let before = ground.write(|tx| tx.create(theme("before"), None, None)).await;
        let revision = ground.revision().await;
        let ahead = clock::now().plus_micros(3_000_000);
        ground.store.settle(ground.organization, ahead).await.expect("settled");
        assert_eq!(ground.revision().await, revision, "to settle is no change");
        let after = ground.write(|tx| tx.create(theme("after"), None, None)).await;
        assert!(after.created_at > ahead);
        ground.store.settle(ground.organization, before.created_at).await.expect("settled already");
        assert_eq!(ground.read(move |tx| tx.revision_at(ahead)).await, revision);
        assert_eq!(ground.read(move |tx| tx.revision_at(after.created_at)).await, revision + 1);
        let created_at = before.created_at;
        assert_eq!(ground.read(move |tx| tx.revision_at(created_at)).await, revision);
        assert_eq!(ground.read(move |tx| tx.revision_at(created_at.plus_micros(-1))).await, revision - 1);
    });
}

#[test]
fn whoever_finds_the_queue_full_is_told_so_and_nothing_of_it_is_kept() {
    on_empty_ones(async |_, address| {
        Store::migrate(address).expect("a database at head");
        let store = Store::open(address, &Limits { readers: 1, writers: 1, queue: 1 }).expect("a store");
        let organization = found(&store).await;
        let (begun, began) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let write = |title: &'static str| {
            let store = store.clone();
            async move {
                store.write(organization, Actor::new("tests"), move |tx| tx.create(theme(title), None, None)).await
            }
        };
        let slow = store.write(organization, Actor::new("tests"), move |tx| {
            begun.send(()).expect("someone waits");
            released.recv().expect("a release");
            tx.create(theme("slow"), None, None)
        });
        let rest = async {
            began.recv().expect("the writer has begun");
            let (queued, busy, ()) = tokio::join!(write("queued"), write("too many"), async {
                release.send(()).expect("someone waits");
            });
            (queued, busy)
        };
        let (slow, (queued, busy)) = tokio::join!(slow, rest);
        assert!(slow.is_ok() && queued.is_ok());
        assert!(matches!(busy, Err(StoreError::Busy)));
        let themes: Vec<Theme> = store
            .read(organization, |tx| tx.all::<Theme>(When::Present))
            .await
            .map_err(|error: StoreError| error)
            .expect("themes")
            .into_iter()
            .map(|kept| kept.value.clone().into_inner())
            .collect();
        assert_eq!(themes.iter().map(|theme| theme.title.as_str()).collect::<Vec<_>>(), ["slow", "queued"]);
    });
}

#[test]
fn a_reading_is_one_snapshot_whatever_is_written_meanwhile() {
    on_both(async |ground| {
        ground.write(|tx| tx.create(theme("before"), None, None)).await;
        let (begun, began) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let reading = ground.read(move |tx| {
            let first = tx.all::<Theme>(When::Present)?.len();
            begun.send(()).expect("someone waits");
            released.recv().expect("a release");
            Ok((first, tx.all::<Theme>(When::Present)?.len(), tx.head()?.revision))
        });
        let writing = async {
            began.recv().expect("the reading has begun");
            ground.write(|tx| tx.create(theme("meanwhile"), None, None)).await;
            release.send(()).expect("someone waits");
        };
        let ((first, second, revision), ()) = tokio::join!(reading, writing);
        assert_eq!((first, second), (1, 1));
        assert_eq!(ground.revision().await, revision + 1);
    });
}

#[test]
fn a_panic_while_reading_is_answered_and_the_next_reading_works() {
    on_both(async |ground| {
        for _ in 0..4 {
            let panicked: Result<(), StoreError> = ground
                .store
                .read(ground.organization, |tx| {
                    assert!(tx.head().is_err(), "as a test asks");
                    Ok(())
                })
                .await;
            assert!(matches!(panicked, Err(StoreError::Internal(_))));
        }
        assert_eq!(ground.read(|tx| tx.all::<Theme>(When::Present)).await, Vec::new());
    });
}

#[test]
fn closing_waits_for_what_was_accepted() {
    on_empty_ones(async |_, address| {
        let store = crate::database::opened(address);
        let organization = found(&store).await;
        let write = store.write(organization, Actor::new("tests"), |tx| tx.create(theme("last words"), None, None));
        write.await.expect("a write");
        store.close();
        let again = crate::database::opened(address);
        let themes = again.read(organization, |tx| tx.all::<Theme>(When::Present)).await;
        assert_eq!(themes.map_err(|error: StoreError| error).expect("themes").len(), 1);
    });
}
