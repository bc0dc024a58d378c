//! The directory: organizations, keys and issuers, which belong to one organization each.

use remit_domain::entity::{Actor, Valid};
use remit_domain::organization::Organization;
use remit_domain::text::Key;
use remit_persistence::{Conflict, Store, StoreError, When, clock};

use crate::database::{found, number, on_both};
use crate::made::{api_key, instant, issuer, organization};

fn is_taken<T>(result: &Result<T, StoreError>, name: &str) -> bool {
    matches!(result, Err(StoreError::Conflict(Conflict::NameTaken { name: taken, .. })) if *taken == name)
}

#[test]
fn an_organization_is_in_the_directory_once_it_is_founded() {
    on_both(async |ground| {
        let organization = ground.read(|tx| tx.organization(When::Present)).await;
        let entry = (organization.slug.to_string(), ground.organization);
        assert!(ground.store.organizations().await.expect("a directory").contains(&entry));
        assert!(Store::directory(ground.store.address()).expect("a directory").contains(&entry));
        let stranger = clock::mint();
        assert!(matches!(ground.store.head(stranger).await, Err(StoreError::NotFound)));
    });
}

#[test]
fn of_those_who_want_one_slug_at_once_one_gets_it() {
    on_both(async |ground| {
        let slug = Key::parse(&format!("wanted-{}", number())).expect("a key");
        let wanted: Valid<Organization> =
            crate::made::valid(Organization { slug, ..organization(ground.organization).into_inner() });
        let tasks = (0..12).map(|_| {
            let (store, wanted) = (ground.store.clone(), wanted.clone());
            tokio::spawn(async move {
                store.write(clock::mint(), Actor::new("operator"), move |tx| tx.found(wanted.clone()).map(drop)).await
            })
        });
        let mut got = 0;
        for task in tasks.collect::<Vec<_>>() {
            let result: Result<(), StoreError> = task.await.expect("a task");
            got += usize::from(result.is_ok());
            assert!(result.is_ok() || is_taken(&result, "slug"), "{result:?}");
        }
        assert_eq!(got, 1);
    });
}

#[test]
fn of_organizations_that_register_one_issuer_at_once_one_gets_it() {
    on_both(async |ground| {
        let name = format!("https://issuer.example/{}", number());
        let mut organizations = Vec::new();
        for _ in 0..6 {
            organizations.push(found(&ground.store).await);
        }
        let tasks = organizations.into_iter().map(|organization| {
            let (store, name) = (ground.store.clone(), name.clone());
            tokio::spawn(async move {
                let register =
                    move |tx: &mut remit_persistence::WriteTx<'_>| tx.register_issuer(issuer(&name)).map(drop);
                (organization, store.write(organization, Actor::new("tests"), register).await)
            })
        });
        let mut winner = None;
        for task in tasks.collect::<Vec<_>>() {
            let (organization, result): (_, Result<(), StoreError>) = task.await.expect("a task");
            assert!(result.is_ok() || is_taken(&result, "issuer"), "{result:?}");
            if result.is_ok() {
                assert_eq!(winner.replace(organization), None, "two have it");
            }
        }
        let kept = ground.store.issuer(name).await.expect("the issuer");
        assert_eq!(Some(kept.organization), winner);
    });
}

#[test]
fn an_issuer_is_trusted_until_its_own_organization_ends_it() {
    on_both(async |ground| {
        let name = format!("https://issuer.example/{}", number());
        let wanted = name.clone();
        let kept = ground.write(move |tx| tx.register_issuer(issuer(&wanted))).await;
        assert_eq!(ground.read(|tx| tx.issuers()).await.iter().map(|kept| kept.id).collect::<Vec<_>>(), [kept.id]);
        let neighbour = ground.neighbour().await;
        assert!(neighbour.read(|tx| tx.issuers()).await.is_empty());
        let id = kept.id;
        assert!(matches!(neighbour.try_write(move |tx| tx.delete_issuer(id)).await, Err(StoreError::NotFound)));
        ground.write(move |tx| tx.delete_issuer(id)).await;
        assert!(matches!(ground.store.issuer(name).await, Err(StoreError::NotFound)));
        assert!(matches!(ground.try_write(move |tx| tx.delete_issuer(id)).await, Err(StoreError::NotFound)));
    });
}

#[test]
fn a_key_is_known_by_its_hash_until_it_is_ended() {
    on_both(async |ground| {
        let hash = format!("hash-{}", number());
        let wanted = hash.clone();
        let kept = ground.write(move |tx| tx.create_api_key(api_key(&wanted))).await;
        let found = ground.store.api_key(hash.clone()).await.expect("a key");
        assert_eq!(found, (ground.organization, kept.clone()));

        let revision = ground.revision().await;
        let at = instant("2026-05-05T05:05:05.000005Z");
        ground.store.note_key_use(ground.organization, vec![(hash.clone(), at)]).await.expect("it is noted");
        let asked = kept.clone();
        assert_eq!(ground.read(move |tx| tx.last_use(&asked)).await, Some(at));
        assert_eq!(ground.revision().await, revision, "a use is no change of the organization");

        ground.write(move |tx| tx.delete_api_key(kept.clone())).await;
        assert!(matches!(ground.store.api_key(hash).await, Err(StoreError::NotFound)));
    });
}
