//! Migrations: to head and no further, and a sentence for the operator where that is not possible.

use remit_persistence::{Limits, Store, StoreError};

use crate::database::{execute, on_empty_ones, opened};

fn sentence<T>(result: Result<T, StoreError>) -> String {
    match result {
        Ok(_) => panic!("it was not refused"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn an_empty_database_is_brought_to_head_once() {
    on_empty_ones(async |_, address| {
        let refused = sentence(Store::open(address, &Limits::default()));
        assert!(refused.contains("run remit migrate"), "{refused}");
        assert!(!Store::migrate(address).expect("a database at head").is_empty());
        assert!(Store::migrate(address).expect("a database at head").is_empty(), "there is nothing left to do");
        Store::open(address, &Limits::default()).expect("a store").ready().await.expect("it is ready");
    });
}

#[test]
fn a_database_that_is_newer_than_the_program_is_left_alone() {
    on_empty_ones(async |_, address| {
        opened(address).close();
        execute(address, "INSERT INTO schema_migrations (name, applied_at) VALUES ('99990101000000_later', 0)");
        for refused in [sentence(Store::open(address, &Limits::default())), sentence(Store::migrate(address))] {
            assert!(refused.contains("newer than this program"), "{refused}");
            assert!(refused.contains("99990101000000_later"), "{refused}");
        }
    });
}

#[test]
fn a_migration_that_was_not_finished_is_begun_again() {
    on_empty_ones(async |_, address| {
        // What another hand has made stands in the way of the first statement.
        execute(address, "CREATE TABLE heads (organization_id TEXT NOT NULL PRIMARY KEY)");
        assert!(Store::migrate(address).is_err());
        execute(address, "DROP TABLE heads");
        assert!(!Store::migrate(address).expect("a database at head").is_empty());
    });
}

#[test]
fn two_databases_have_two_incarnations() {
    let seen = std::cell::RefCell::new(Vec::new());
    on_empty_ones(async |_, address| {
        let store = opened(address);
        let name = store.incarnation().to_owned();
        store.close();
        let again = opened(address);
        assert_eq!(again.incarnation(), name, "the same database keeps its name");
        assert!(!seen.borrow().contains(&name));
        seen.borrow_mut().push(name);
    });
}
