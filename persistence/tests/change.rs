//! The log: gap-free and in order whoever writes at once, each entry bound to the one before by its hash.

use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Integer, Text};
use remit_domain::entity::Actor;
use remit_domain::organization::OrganizationId;
use remit_persistence::{Limits, Store, StoreError, When, WriteTx};
use sha2::{Digest, Sha256};

use crate::database::{Ground, found, on_both, on_empty_ones, opened};
use crate::made::{person, theme};

#[derive(Debug, diesel::QueryableByName)]
struct Entry {
    #[diesel(sql_type = BigInt)]
    revision: i64,
    #[diesel(sql_type = Integer)]
    position: i32,
    #[diesel(sql_type = BigInt)]
    recorded_at: i64,
    #[diesel(sql_type = Text)]
    actor: String,
    #[diesel(sql_type = Text)]
    action: String,
    #[diesel(sql_type = Text)]
    subject_kind: String,
    #[diesel(sql_type = Text)]
    subject_id: String,
    #[diesel(sql_type = Text)]
    record: String,
    #[diesel(sql_type = Text)]
    previous_hash: String,
    #[diesel(sql_type = Text)]
    hash: String,
}

impl Entry {
    /// The hash as anyone can compute it who has read how: every field, with its length before it.
    fn hashed(&self, organization: OrganizationId) -> String {
        let fields = [
            self.previous_hash.clone(),
            organization.to_string(),
            self.revision.to_string(),
            self.position.to_string(),
            self.recorded_at.to_string(),
            self.actor.clone(),
            self.action.clone(),
            self.subject_kind.clone(),
            self.subject_id.clone(),
            self.record.clone(),
        ];
        let mut digest = Sha256::new();
        for field in fields {
            digest.update((field.len() as u64).to_be_bytes());
            digest.update(field);
        }
        digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

async fn log(store: &Store, organization: OrganizationId) -> Vec<Entry> {
    let read = store.ask(move |connection| {
        let query = "SELECT revision, position, recorded_at, actor, action, subject_kind, subject_id, record, \
                     previous_hash, hash FROM changes WHERE organization_id = $1 ORDER BY revision, position";
        Ok(diesel::sql_query(query).bind::<Text, _>(organization.to_string()).load(connection)?)
    });
    read.await.expect("the log")
}

/// Checks that the log has no gap, no step back, and no broken link; returns it.
async fn sound_log(store: &Store, organization: OrganizationId) -> Vec<Entry> {
    let entries = log(store, organization).await;
    let (mut revision, mut position, mut at) = (0, 0, i64::MIN);
    let mut hash = "0".repeat(64);
    for entry in &entries {
        if entry.revision == revision {
            assert_eq!(entry.position, position + 1, "{entry:?}");
            assert_eq!(entry.recorded_at, at, "one write has one instant: {entry:?}");
        } else {
            assert_eq!((entry.revision, entry.position), (revision + 1, 0), "{entry:?}");
            assert!(entry.recorded_at > at, "{entry:?}");
        }
        (revision, position, at) = (entry.revision, entry.position, entry.recorded_at);
        assert_eq!(entry.previous_hash, hash, "{entry:?}");
        assert_eq!(entry.hash, entry.hashed(organization), "{entry:?}");
        hash.clone_from(&entry.hash);
    }
    let head = store.head(organization).await.expect("a head");
    assert_eq!((head.revision, head.recorded_at.micros(), head.hash), (revision, at, hash));
    entries
}

/// What one of several writers does at its turn: most writes are kept, some are refused, some change nothing.
async fn write(store: &Store, organization: OrganizationId, writer: usize, turn: usize) -> usize {
    let actor = Actor::new(format!("writer {writer}"));
    let body = move |tx: &mut WriteTx<'_>| {
        let name = format!("{writer}.{turn}");
        match turn % 4 {
            0 => tx.create(theme(&name), None, None).map(|_| 1),
            1 => {
                let kept = tx.create(theme(&name), None, None)?;
                tx.create(theme(&format!("{name} too")), None, None)?;
                tx.change(kept, theme("changed"), "changed", None).map(|_| 3)
            }
            2 => {
                tx.create(theme(&name), None, None)?;
                Err(StoreError::NotFound)
            }
            _ => {
                tx.now();
                Ok(0)
            }
        }
    };
    let kept = match writer % 2 {
        0 => store.write(organization, actor, body).await,
        _ => store.write_briefly(organization, actor, body).await,
    };
    kept.unwrap_or(0)
}

#[test]
fn the_log_is_gap_free_and_in_order_under_concurrent_writers() {
    on_both(async |ground| {
        let tasks = (0..8).map(|writer| {
            let (store, organization) = (ground.store.clone(), ground.organization);
            tokio::spawn(async move {
                let mut entries = 0;
                for turn in 0..12 {
                    entries += write(&store, organization, writer, turn).await;
                }
                entries
            })
        });
        let mut expected = log(&ground.store, ground.organization).await.len().min(1);
        for task in tasks.collect::<Vec<_>>() {
            expected += task.await.expect("a writer");
        }
        assert_eq!(sound_log(&ground.store, ground.organization).await.len(), expected);
    });
}

#[test]
fn what_is_written_briefly_and_alone_is_kept_as_everything_else_is() {
    on_both(async |ground| {
        let mut expected = log(&ground.store, ground.organization).await.len();
        for turn in 0..24 {
            // Both ways in turn, since the same may run on either thread.
            expected += write(&ground.store, ground.organization, 1 + turn / 8, turn).await;
        }
        assert_eq!(sound_log(&ground.store, ground.organization).await.len(), expected);
    });
}

#[test]
fn two_servers_of_one_database_keep_one_log() {
    on_empty_ones(async |_, address| {
        // A SQLite file has one server; PostgreSQL may have several.
        let one = opened(address);
        let Ok(two) = Store::open(address, &Limits::default()) else { return };
        let organization = found(&one).await;
        let tasks = (0..8).map(|writer| {
            let store = if writer % 2 == 0 { one.clone() } else { two.clone() };
            tokio::spawn(async move {
                for turn in 0..12 {
                    write(&store, organization, writer, turn).await;
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.expect("a writer");
        }
        assert!(sound_log(&two, organization).await.len() > 8 * 12);
    });
}

#[test]
fn an_entry_says_who_did_what_to_which_and_what_it_then_was() {
    on_both(async |ground| {
        let kept = ground.write(|tx| tx.create(theme("one"), None, None)).await;
        let (id, before) = (kept.id, kept.clone());
        ground.write(move |tx| tx.delete(before.clone())).await;
        ground.write(move |tx| tx.revive(id, theme("two"))).await;
        let entries = sound_log(&ground.store, ground.organization).await;
        let told: Vec<_> =
            entries.iter().skip(1).map(|e| (e.actor.as_str(), e.action.as_str(), e.record.as_str())).collect();
        assert_eq!(
            told,
            [
                ("tests", "theme.created", r#"{"title":"one"}"#),
                ("tests", "theme.deleted", r#"{"title":"one"}"#),
                ("tests", "theme.restored", r#"{"title":"two"}"#),
            ]
        );
        assert!(
            entries.iter().skip(1).all(|entry| entry.subject_id == id.to_string() && entry.subject_kind == "theme")
        );
        assert_eq!(entries[0].action, "organization.created");
    });
}

#[test]
fn personal_values_stand_in_the_log_as_salted_hashes_only() {
    on_both(async |ground| {
        let told = |entries: Vec<Entry>| entries.last().map(|entry| entry.record.clone()).unwrap_or_default();
        let mut records = Vec::new();
        for _ in 0..2 {
            ground.write(|tx| tx.create(person("Grace"), None, None)).await;
            records.push(told(sound_log(&ground.store, ground.organization).await));
        }
        for record in &records {
            assert!(!record.to_lowercase().contains("grace"), "{record}");
            assert!(record.contains("name_hash") && record.contains("email_hash"), "{record}");
        }
        assert_ne!(records[0], records[1], "the same name has another hash for another person");
    });
}

#[test]
fn a_write_that_changes_nothing_takes_no_revision() {
    on_both(async |ground| {
        let before = ground.store.head(ground.organization).await.expect("a head");
        ground.write(|tx| Ok((tx.now(), tx.revision()))).await;
        ground.write(|tx| tx.all::<remit_domain::theme::Theme>(When::Present).map(drop)).await;
        assert_eq!(ground.store.head(ground.organization).await.expect("a head"), before);
        sound_log(&ground.store, ground.organization).await;
    });
}

#[test]
fn a_refused_write_leaves_neither_row_nor_revision() {
    on_both(async |ground| {
        let before = ground.store.head(ground.organization).await.expect("a head");
        let refused = ground
            .try_write(|tx| {
                tx.create(theme("never"), None, None)?;
                Err::<(), _>(StoreError::NotFound)
            })
            .await;
        assert!(refused.is_err());
        assert_eq!(ground.store.head(ground.organization).await.expect("a head"), before);
        let themes = ground.read(|tx| tx.all::<remit_domain::theme::Theme>(When::Present)).await;
        assert_eq!(themes, Vec::new());
    });
}

#[test]
fn the_head_is_read_back_from_the_database_as_it_was_in_memory() {
    on_both(async |ground: &Ground| {
        ground.write(|tx| tx.create(theme("one"), None, None)).await;
        let known = ground.store.head(ground.organization).await.expect("a head");
        assert_eq!(ground.read(|tx| tx.head()).await, known);
    });
}
