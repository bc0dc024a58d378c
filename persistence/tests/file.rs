//! Files: one server at a time, copied while it serves, put back under a new incarnation.

use remit_domain::theme::Theme;
use remit_persistence::{Address, Limits, Store, StoreError, When};

use crate::database::{Database, Ground, found, on_empty_ones, opened, scratch};
use crate::made::theme;

#[test]
fn a_file_has_one_server_at_a_time() {
    on_empty_ones(async |database, address| {
        if database == Database::PostgreSQL {
            return;
        }
        let store = opened(address);
        for refused in [Store::open(address, &Limits::default()).err(), Store::migrate(address).err()] {
            let refused = refused.expect("a refusal").to_string();
            assert!(refused.contains("in use by another remit"), "{refused}");
        }
        assert!(Store::directory(address).is_ok(), "the directory is read beside a server");
        store.close();
        opened(address).close();
    });
}

#[test]
fn a_backup_is_put_back_as_it_was_under_another_incarnation() {
    on_empty_ones(async |database, address| {
        let file = scratch("backup.db");
        let store = opened(address);
        let organization = found(&store).await;
        let ground = Ground { store, organization };
        let kept = ground.write(|tx| tx.create(theme("kept"), None, None)).await;
        let backup = Store::backup(address, &file);
        if database == Database::PostgreSQL {
            let refused = backup.expect_err("a refusal").to_string();
            assert!(refused.contains("pg_dump"), "{refused}");
            let refused = Store::restore(address, &file).expect_err("a refusal").to_string();
            assert!(refused.contains("pg_restore"), "{refused}");
            return;
        }
        backup.expect("a backup of a file that is served");
        let head = ground.store.head(organization).await.expect("a head");
        ground.write(|tx| tx.create(theme("too late"), None, None)).await;
        assert!(Store::backup(address, &file).is_err(), "a backup overwrites nothing");
        assert!(Store::restore(address, &file).is_err(), "nor does a restore");

        let other = Address::Sqlite(scratch("restored.db"));
        Store::restore(&other, &file).expect("it is put back");
        let restored = Ground { store: opened(&other), organization };
        assert_ne!(restored.store.incarnation(), ground.store.incarnation());
        assert_eq!(restored.store.head(organization).await.expect("a head"), head);
        assert_eq!(restored.read(|tx| tx.all::<Theme>(When::Present)).await, [kept]);
        restored.write(|tx| tx.create(theme("and on it goes"), None, None)).await;
    });
}

#[test]
fn what_is_no_backup_is_not_put_back() {
    on_empty_ones(async |database, address| {
        if database == Database::PostgreSQL {
            return;
        }
        assert!(matches!(Store::restore(address, &scratch("nothing.db")), Err(StoreError::Internal(_))));
        let file = scratch("text.db");
        std::fs::write(&file, "no database, but long enough to be mistaken for one".repeat(20)).expect("a file");
        assert!(Store::restore(address, &file).is_err());
        assert!(!address.file().expect("a file").exists(), "nothing was put in its place");
    });
}

#[test]
fn a_file_that_is_not_there_is_not_made_by_looking() {
    let address = Address::Sqlite(scratch("absent.db"));
    assert!(Store::directory(&address).is_err());
    assert!(!address.file().expect("a file").exists());
}
