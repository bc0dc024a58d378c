//! Export: one state has one spelling, on whichever database it is kept, and makes the organization again wholly.

use std::collections::{BTreeMap, BTreeSet};

use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Text};
use remit_domain::id::Id;
use remit_domain::observation::Segment;
use remit_domain::organization::OrganizationId;
use remit_domain::rule::{FindingSubject, RuleLevel, RuleSetting};
use remit_domain::text::Key;
use remit_domain::time::Instant;
use remit_domain::waiver::Waiver;
use remit_domain::webhook::Webhook;
use remit_persistence::{
    Address, Batch, BatchRow, KeptAnswer, LEFT_OUT, Name, Notice, Remark, Store, Verification, exported_tables,
};
use sha2::{Digest, Sha256};

use crate::database::{Database, Ground, block_on, empty, found, on_both, on_empty_ones, opened};
use crate::made::{self, day, external, instant, number, text, theme, valid};
use crate::{entity, said, verification};

const DATABASES: [Database; 2] = [Database::SQLite, Database::PostgreSQL];

/// What no export may hold.
const SECRET: &str = "sealed-secret";

/// An export, as it is streamed.
async fn exported(store: &Store, organization: OrganizationId) -> String {
    let mut pieces = store.export(organization).expect("an export");
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.recv().await {
        bytes.extend(piece.expect("a piece"));
    }
    String::from_utf8(bytes).expect("a text")
}

/// The same, as an operator writes it.
fn looked_at(address: &Address, organization: OrganizationId) -> String {
    let mut bytes = Vec::new();
    Store::look(address, organization, |tx| tx.export(&mut bytes).map(|_| true)).expect("an export");
    String::from_utf8(bytes).expect("a text")
}

fn restored(address: &Address, file: &str) -> Result<remit_persistence::Restored, String> {
    Store::restore_organization(address, &mut file.as_bytes()).map_err(|error| error.to_string())
}

fn sound(address: &Address, organization: OrganizationId) -> remit_persistence::Verified {
    let mut verification = Verification::new(None);
    Store::look(address, organization, |tx| tx.verify(&mut verification)).expect("a verification");
    let found = verification.found();
    assert_eq!(found.fault, None);
    found
}

/// What the tables beside the nouns hold: an erased person, observations with remarks, rules, webhooks, what was seen and
/// what was sent.
async fn the_rest(ground: &Ground) {
    verification::held(ground).await;
    let grace = ground.write(|tx| tx.create(made::person("Hopper"), Some(external("h-1")), None)).await;
    let (id, measure) = (grace.id, Id::from_bits(77));
    ground
        .write(move |tx| {
            tx.claim(&Name::Email("hopper@example.org"), id)?;
            tx.create_as(Id::from_bits(76), made::outcome("o", None), None, None)?;
            tx.create_as(measure, made::measure(Id::from_bits(76), "remarked"), Some(external("m-77")), None)?;
            let series = vec![(measure, Segment::HEADLINE)];
            let values = [-0.0, 0.1, 1e15, 1e-7, 5e-324, -123_456.789];
            let row = |(n, value): (u32, f64)| BatchRow {
                series: 0,
                number: n,
                at: i64::from(n) - 3,
                value,
                on: (n == 0).then(|| day("0001-01-01")),
            };
            let rows = (0..).zip(values).map(row).collect();
            let note = "Zoë's \"50%\" \\ \u{1} \u{7f} \u{2028} 漢字 🚀\n\tnext line";
            let remark = Remark { note: Some(note.into()), source: Some("a sensor".into()) };
            let remarks = [(1, remark)].into_iter().collect();
            tx.record(Batch { series, rows, remarks, source: Some("a file".into()), reason: Some("why".into()) })
        })
        .await;
    ground.write(move |tx| tx.erase(grace.clone()).map(drop)).await;
    ground
        .write(|tx| {
            let subject = FindingSubject::Outcome(Id::from_bits(76));
            let rule = || Key::parse("no_impact").expect("a key");
            let waiver = Waiver {
                finding: subject.finding("no_impact"),
                rule: rule(),
                subject,
                reason: text("Agreed."),
                ends_on: day("2999-12-31"),
            };
            tx.create(valid(waiver), None, None)?;
            let numbers = vec![(Key::parse("most").expect("a key"), number(7.0))];
            let rule = Key::parse("too_many_measures").expect("a key");
            tx.create(valid(RuleSetting { rule, level: Some(RuleLevel::Off), numbers }), None, None)?;
            let webhook = tx.create(made::webhook(), None, None)?;
            tx.create_endpoint(webhook.id, SECRET)?;
            tx.create_api_key(made::api_key(&format!("{:064x}", webhook.id.bits())))?;
            let (payload_hash, headers) = (String::new(), String::new());
            tx.keep_answer("s", "k", KeptAnswer { payload_hash, status: 201, headers, body: SECRET.into() })?;
            tx.see_findings(&[(subject.finding("no_impact"), "no_impact", subject)], instant_at(10), instant_at(9))?;
            let (kind, subject) = ("digest".into(), "everyone".into());
            tx.note(&[Notice {
                person: Id::from_bits(5),
                day: day("2026-03-01"),
                kind,
                subject,
                noted_at: instant_at(3),
            }])
        })
        .await;
}

fn instant_at(micros: i64) -> Instant {
    Instant::from_micros(micros)
}

/// Organizations that hold, among them, something of everything.
async fn organizations(store: &Store) -> Vec<OrganizationId> {
    let mut all = Vec::new();
    for which in 0..5 {
        let ground = Ground { organization: found(store).await, store: store.clone() };
        match which {
            0 => entity::every_noun(&ground).await,
            1 => said::check_ins_and_comments(&ground).await,
            2 => said::briefings(&ground).await,
            3 => the_rest(&ground).await,
            _ => {}
        }
        all.push(ground.organization);
    }
    all
}

fn counts(file: &str) -> BTreeMap<String, u64> {
    let last: serde_json::Value = serde_json::from_str(file.lines().last().expect("a line")).expect("a document");
    serde_json::from_value(last["counts"].clone()).expect("counts")
}

#[test]
fn an_organization_has_the_same_bytes_wherever_it_is_restored() {
    for begin in DATABASES {
        let other = DATABASES.into_iter().find(|database| *database != begin).expect("another");
        let addresses = [begin, other, begin].map(empty);
        eprintln!("from {begin:?} to {other:?} and back");
        let store = opened(&addresses[0]);
        let all = block_on(organizations(&store));
        let files: Vec<String> = all.iter().map(|id| block_on(exported(&store, *id))).collect();
        let heads: Vec<_> = all.iter().map(|id| block_on(store.head(*id)).expect("a head")).collect();
        let mut held = BTreeSet::new();
        for (id, file) in all.iter().zip(&files) {
            assert_eq!(block_on(exported(&store, *id)), *file, "the same state has the same bytes");
            assert_eq!(looked_at(&addresses[0], *id), *file);
            assert!(!file.contains(SECRET) && !file.contains("Hopper"));
            let others = all.iter().filter(|other| *other != id);
            others.for_each(|other| assert!(!file.contains(&other.to_string()), "it is another organization's"));
            held.extend(counts(file).into_iter().filter(|(_, count)| *count > 0).map(|(table, _)| table));
        }
        assert_eq!(held, exported_tables().map(str::to_owned).collect(), "something of everything");
        store.close();
        for address in &addresses[1..] {
            Store::migrate(address).expect("a database at head");
            for ((id, file), head) in all.iter().zip(&files).zip(&heads) {
                let restored = restored(address, file).expect("it is restored");
                assert_eq!(
                    (restored.organization, restored.revision, &restored.hash),
                    (*id, head.revision, &head.hash)
                );
                assert_eq!(sound(address, *id).hash, head.hash);
                assert_eq!(looked_at(address, *id), *file);
            }
            let store = opened(address);
            for (id, head) in all.iter().zip(&heads) {
                let ground = Ground { organization: *id, store: store.clone() };
                assert_eq!(block_on(store.head(*id)).expect("a head").erasure_epoch, head.erasure_epoch);
                if address == &addresses[2] {
                    block_on(ground.write(|tx| tx.create(theme("and on it goes"), None, None)));
                    sound(address, *id);
                }
            }
            store.close();
        }
    }
}

#[test]
fn a_webhook_comes_back_without_a_secret_and_waits_for_one() {
    for database in DATABASES {
        let store = opened(&empty(Database::SQLite));
        let ground = block_on(async { Ground { organization: found(&store).await, store: store.clone() } });
        block_on(the_rest(&ground));
        let file = block_on(exported(&store, ground.organization));
        let address = empty(database);
        Store::migrate(&address).expect("a database at head");
        let revision = restored(&address, &file).expect("it is restored").revision;
        let ground = Ground { organization: ground.organization, store: opened(&address) };
        block_on(async {
            let webhooks = ground.read(|tx| tx.all::<Webhook>(remit_persistence::When::Present)).await;
            let id = webhooks.first().expect("a webhook").id;
            let endpoint = ground.read(move |tx| tx.endpoint(id)).await;
            assert_eq!((endpoint.secret.as_str(), endpoint.place), ("", (revision, i32::MAX)));
            ground.write(move |tx| tx.rotate_endpoint(id, "sealed", Instant::END)).await;
            let endpoint = ground.read(move |tx| tx.endpoint(id)).await;
            assert_eq!((endpoint.secret.as_str(), endpoint.old_secret), ("sealed", None));
            let key = format!("{:064x}", id.bits());
            assert!(ground.store.api_key(key).await.is_err(), "a key opens nothing where it was not made");
        });
    }
}

/// A file with other lines under a last line that is computed anew, as by one who knows how.
fn forged(file: &str, change: impl Fn(&str) -> Vec<String>) -> String {
    let (mut lines, mut tables) = (Vec::new(), BTreeMap::<String, u64>::new());
    for line in file.lines().filter(|line| !line.starts_with("{\"end\"")) {
        lines.extend(change(line));
    }
    for line in &lines {
        let fields: serde_json::Value = serde_json::from_str(line).expect("a line");
        if let Some(table) = fields["table"].as_str() {
            *tables.entry(table.to_owned()).or_default() += 1;
        }
    }
    let body: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let sha256: String = Sha256::digest(&body).iter().map(|byte| format!("{byte:02x}")).collect();
    let counts = serde_json::to_string(&tables).expect("counts");
    format!(
        "{body}{{\"end\":\"remit.organization\",\"lines\":{},\"counts\":{counts},\"sha256\":\"{sha256}\"}}\n",
        lines.len()
    )
}

#[derive(diesel::QueryableByName)]
struct Rows {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

/// The rows that a database holds of an organization, in all tables.
async fn rows(store: &Store, organization: OrganizationId) -> i64 {
    let tables = exported_tables().chain(["heads", "directory", "webhook_endpoints"]);
    let parts: Vec<_> = tables.map(|table| format!("SELECT 1 FROM {table} WHERE organization_id = $1")).collect();
    let query = format!("SELECT COUNT(*) AS rows FROM ({}) AS every", parts.join(" UNION ALL "));
    let organization = organization.to_string();
    let counted = store.ask(move |connection| {
        let rows: Vec<Rows> = diesel::sql_query(query).bind::<Text, _>(organization).load(connection)?;
        Ok(rows.first().map_or(0, |rows| rows.rows))
    });
    counted.await.expect("a count")
}

#[test]
fn of_a_file_that_is_not_whole_or_not_true_nothing_is_kept() {
    let store = opened(&empty(Database::SQLite));
    let ground = block_on(async { Ground { organization: found(&store).await, store: store.clone() } });
    block_on(the_rest(&ground));
    let file = block_on(exported(&store, ground.organization));
    let same = |line: &str| vec![line.to_owned()];
    assert_eq!(forged(&file, same).lines().count(), file.lines().count());
    let with = |from: &'static str, to: &'static str| {
        assert!(file.contains(from), "{from}");
        forged(&file, |line| vec![line.replacen(from, to, 1)])
    };
    let without = |what: &'static str| {
        assert!(file.contains(what), "{what}");
        forged(&file, |line| if line.contains(what) { Vec::new() } else { same(line) })
    };
    let half = file.len() / 2;
    let line_end = file[..half].rfind('\n').expect("a line") + 1;
    let mut swapped: Vec<&str> = file.lines().collect();
    let last = swapped.len() - 2;
    swapped.swap(1, last);
    let cases: Vec<(String, &str)> = vec![
        (String::new(), "not whole"),
        (file[..half].to_owned(), "not whole"),
        (file[..line_end].to_owned(), "not whole"),
        (file[..file.len() - 1].to_owned(), "not whole"),
        (file.replacen("Agreed.", "Agreed!", 1), "SHA-256"),
        (file.replacen("\"lines\":", "\"lines\":1", 1), "not whole"),
        (format!("{file}\n"), "follows"),
        (file.replacen("{\"table\"", "\"table\"", 1), "no line of an export"),
        ("{\"a\":1}\n".into(), "no export"),
        ("SQLite format 3".into(), "not whole"),
        (with("\"version\":1", "\"version\":2"), "newer"),
        (with("\"schema\":\"2026", "\"schema\":\"9999"), "newer"),
        (with("\"table\":\"waivers\"", "\"table\":\"wavers\""), "does not know"),
        (with("\"ends_on\":", "\"ends\":"), "no ends that this program knows"),
        (with("\"value\":0.1", "\"value\":\"0.1\""), "value cannot be read"),
        (swapped.iter().map(|line| format!("{line}\n")).collect(), "ought to come before"),
        (with("\"reason\":\"Agreed.\"", "\"reason\":\"Forced.\""), "log tells"),
        (with("\"value\":0.1,", "\"value\":0.2,"), "log tells"),
        (with("\"deleted\":true", "\"deleted\":false"), "log tells"),
        (with("\"hash\":\"", "\"hash\":\"0"), "log tells"),
        (without("\"action\":\"person.erased\""), "log tells"),
        (without("\"note\":"), "log tells"),
        (without("\"table\":\"series\""), "log tells"),
        (without("\"table\":\"subjects\""), "do not fit"),
    ];
    for database in DATABASES {
        eprintln!("into {database:?}");
        let address = empty(database);
        Store::migrate(&address).expect("a database at head");
        for (file, why) in &cases {
            let refused = restored(&address, file).expect_err("a refusal");
            assert!(refused.contains(why), "{why}: {refused}");
        }
        let other = opened(&address);
        block_on(async {
            assert_eq!(rows(&other, ground.organization).await, 0, "nothing is kept");
            assert!(other.organizations().await.expect("a directory").is_empty());
        });
        other.close();
        assert_eq!(restored(&address, &file).expect("the whole file").organization, ground.organization);
        let again = restored(&address, &file).expect_err("a refusal");
        assert!(again.contains("in this database already"), "{again}");
        let stranger: OrganizationId = Id::from_bits(9);
        let stranger = file.replacen(&ground.organization.to_string(), &stranger.to_string(), 1);
        let taken = restored(&address, &stranger).expect_err("a refusal");
        assert!(taken.contains("is called"), "{taken}");
    }
}

#[test]
fn an_organization_that_is_not_here_is_not_exported() {
    on_both(async |ground| {
        let mut pieces = ground.store.export(Id::from_bits(1)).expect("a thread");
        let piece = pieces.recv().await.expect("an answer");
        assert!(matches!(piece, Err(remit_persistence::StoreError::NotFound)));
        assert!(pieces.recv().await.is_none());
    });
}

#[test]
fn an_export_is_one_state_whatever_is_written_meanwhile() {
    on_both(async |ground| {
        let measure = Id::from_bits(2);
        ground
            .write(move |tx| {
                tx.create_as(Id::from_bits(1), made::outcome("o", None), None, None)?;
                tx.create_as(measure, made::measure(Id::from_bits(1), "m"), None, None)?;
                let row = |n: u32| BatchRow { series: 0, number: n, at: n.into(), value: n.into(), on: None };
                let series = vec![(measure, Segment::HEADLINE)];
                tx.record(Batch { series, rows: (0..30_000).map(row).collect(), ..Batch::default() })
            })
            .await;
        let before = exported(&ground.store, ground.organization).await;
        assert!(before.len() > 1_000_000);
        let mut pieces = ground.store.export(ground.organization).expect("an export");
        let mut bytes = pieces.recv().await.expect("a piece").expect("a piece");
        ground.write(|tx| tx.create(theme("meanwhile"), None, None)).await;
        while let Some(piece) = pieces.recv().await {
            let piece = piece.expect("a piece");
            assert!(piece.len() <= 2 * 64 * 1024, "it comes in pieces");
            bytes.extend(piece);
        }
        assert_eq!(String::from_utf8(bytes).expect("a text"), before);
        let after = exported(&ground.store, ground.organization).await;
        assert!(after.contains("meanwhile"));
    });
}

#[test]
fn every_table_is_exported_or_says_why_not() {
    #[derive(diesel::QueryableByName)]
    struct Named {
        #[diesel(sql_type = Text)]
        name: String,
    }
    on_empty_ones(async |database, address| {
        let query = match database {
            Database::SQLite => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
            Database::PostgreSQL => {
                "SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = current_schema()"
            }
        };
        let store = opened(address);
        let named = store.ask(move |connection| Ok(diesel::sql_query(query).load(connection)?));
        let named: Vec<Named> = named.await.expect("the tables");
        let there: BTreeSet<String> = named.into_iter().map(|table| table.name).collect();
        let left_out: BTreeSet<String> = LEFT_OUT.iter().map(|(table, _)| (*table).to_owned()).collect();
        let exported: BTreeSet<String> = exported_tables().map(str::to_owned).collect();
        assert!(exported.is_disjoint(&left_out) && LEFT_OUT.iter().all(|(_, why)| !why.is_empty()));
        assert_eq!(&exported | &left_out, there, "a table stands in TABLES, or in LEFT_OUT with its reason");
    });
}

#[test]
fn the_documentation_names_every_table() {
    let guide = include_str!("../../docs/export.md");
    for table in exported_tables().chain(LEFT_OUT.iter().map(|(table, _)| *table)) {
        assert!(guide.contains(&format!("`{table}`")), "docs/export.md says nothing of {table}");
    }
}

#[test]
fn an_instant_is_read_as_it_is_written() {
    // What the first line says of the last write is for people; it must be what the log says.
    on_both(async |ground| {
        let file = exported(&ground.store, ground.organization).await;
        let first: serde_json::Value = serde_json::from_str(file.lines().next().expect("a line")).expect("a document");
        let head = ground.store.head(ground.organization).await.expect("a head");
        assert_eq!(instant(first["recorded_at"].as_str().expect("an instant")), head.recorded_at);
        assert_eq!(
            (first["revision"].as_i64(), first["hash"].as_str()),
            (Some(head.revision), Some(head.hash.as_str()))
        );
    });
}
