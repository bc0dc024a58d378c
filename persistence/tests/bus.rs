//! The bus: whoever waits for a log to grow is woken by every commit, also by another server's.

use std::time::Duration;

use remit_domain::entity::Actor;
use remit_domain::organization::OrganizationId;
use remit_persistence::{Limits, Store, StoreError};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::timeout;

use crate::database::{Database, found, on_both, on_empty_ones, opened};
use crate::made::theme;

/// Long enough for any machine; what is waited for comes within milliseconds.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn whoever_waits_for_an_organization_is_woken_once_its_write_can_be_read() {
    on_both(async |ground| {
        let mut growth = ground.store.bus().subscribe(ground.organization);
        growth.mark_unchanged();
        ground.write(|tx| tx.create(theme("one"), None, None)).await;
        timeout(PATIENCE, growth.changed()).await.expect("a wake-up").expect("the bus goes on");
        let announced = *growth.borrow_and_update();
        assert_eq!(announced, ground.revision().await);
        let entries = ground.read(move |tx| tx.changes((announced - 1, i32::MAX), announced, &all(), 10)).await;
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].action, "theme.created");
    });
}

/// Writes something, and returns the revision of it.
async fn write(store: &Store, organization: OrganizationId) -> i64 {
    let written = store.write(organization, Actor::new("tests"), |tx| {
        tx.create(theme("a theme"), None, None)?;
        Ok::<_, StoreError>(tx.revision())
    });
    written.await.expect("a write")
}

fn all() -> remit_persistence::ChangeFilter {
    remit_persistence::ChangeFilter::default()
}

#[test]
fn what_changes_nothing_and_what_another_organization_writes_wakes_nobody() {
    on_both(async |ground| {
        let revision = ground.revision().await;
        let mut growth = ground.store.bus().subscribe(ground.organization);
        growth.mark_unchanged();
        let refused = ground.try_write(|tx| {
            tx.create(theme("refused"), None, None)?;
            Err::<(), _>(StoreError::NotFound)
        });
        assert!(matches!(refused.await, Err(StoreError::NotFound)));
        ground.write(|tx| Ok(tx.now())).await;
        ground.neighbour().await.write(|tx| tx.create(theme("theirs"), None, None)).await;
        // A server looks at the heads on its own, and may find what was written before.
        let looked = timeout(Duration::from_millis(200), growth.changed()).await;
        assert!(looked.is_err() || *growth.borrow() == revision);
    });
}

#[test]
fn whoever_waits_for_every_organization_hears_of_each_and_is_told_when_too_far_behind() {
    on_empty_ones(async |_, address| {
        let store = opened(address);
        let (one, other) = (found(&store).await, found(&store).await);
        let mut growth = store.bus().subscribe_all();
        for organization in [one, other] {
            write(&store, organization).await;
            let heard = async {
                loop {
                    let (of, revision) = growth.recv().await.expect("it is not far behind");
                    // The heads of before may be told of too.
                    if (of, revision) == (organization, 2) {
                        return;
                    }
                }
            };
            timeout(PATIENCE, heard).await.expect("an announcement");
        }
        for _ in 0..1_100 {
            write(&store, one).await;
        }
        assert!(matches!(growth.recv().await, Err(RecvError::Lagged(_))));
    });
}

#[test]
fn what_another_server_writes_to_the_same_database_wakes_too() {
    on_empty_ones(async |database, address| {
        if database == Database::SQLite {
            // A file has one server.
            return;
        }
        let here = opened(address);
        let there = Store::open(address, &Limits::default()).expect("another server");
        let organization = found(&there).await;
        let mut growth = here.bus().subscribe(organization);
        let mut growth_of_all = here.bus().subscribe_all();
        for _ in 0..3 {
            let revision = write(&there, organization).await;
            let seen = timeout(PATIENCE, growth.wait_for(|announced| *announced >= revision)).await;
            assert_eq!(*seen.expect("a wake-up").expect("the bus goes on"), revision);
        }
        let heard = timeout(PATIENCE, growth_of_all.recv()).await.expect("an announcement");
        assert_eq!(heard.expect("it is not far behind").0, organization);
        // Both end, with those who look at the heads.
        drop((growth, growth_of_all));
        here.close();
        there.close();
    });
}
