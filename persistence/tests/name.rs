//! Names: found by, claimed for ever, given to nothing else.

use remit_domain::theme::Theme;
use remit_persistence::{Conflict, Name, StoreError, When};

use crate::database::on_both;
use crate::made::{external, person, theme};

fn taken(error: &StoreError) -> Option<(&'static str, Option<String>)> {
    match error {
        StoreError::Conflict(Conflict::NameTaken { name, holder }) => Some((name, holder.clone())),
        StoreError::Conflict(_)
        | StoreError::NotFound
        | StoreError::Busy
        | StoreError::Corrupt(_)
        | StoreError::Internal(_) => None,
    }
}

#[test]
fn an_external_id_leads_to_its_bearer_and_is_shown_with_it() {
    on_both(async |ground| {
        let kept = ground.write(|tx| tx.create(theme("one"), Some(external("a/b ü%")), None)).await;
        assert_eq!(kept.external, Some(external("a/b ü%")));
        let id = kept.id;
        let (found, nothing, read) = ground
            .read(move |tx| {
                let name = external("a/b ü%");
                let other = external("A/B Ü%");
                Ok((
                    tx.named::<Theme>(&Name::External(&name))?,
                    tx.named::<Theme>(&Name::External(&other))?,
                    tx.get(id, When::Present)?,
                ))
            })
            .await;
        assert_eq!((found, nothing), (Some(id), None), "names are compared as they are spelled");
        assert_eq!(read, kept);
    });
}

#[test]
fn a_name_is_given_to_nothing_else_even_after_its_bearer_was_deleted() {
    on_both(async |ground| {
        let kept = ground.write(|tx| tx.create(theme("one"), Some(external("x")), None)).await;
        let holder = Some(kept.id.to_string());
        let again = ground.try_write(|tx| tx.create(theme("two"), Some(external("x")), None)).await;
        assert_eq!(again.err().as_ref().and_then(taken), Some(("external_id", holder.clone())));
        let before = kept.clone();
        ground.write(move |tx| tx.delete(before.clone())).await;
        let again = ground.try_write(|tx| tx.create(theme("two"), Some(external("x")), None)).await;
        assert_eq!(again.err().as_ref().and_then(taken), Some(("external_id", holder)));
        let id = kept.id;
        assert_eq!(ground.read(|tx| tx.named::<Theme>(&Name::External(&external("x")))).await, Some(id));
        let back = ground.write(move |tx| tx.revive(id, theme("back"))).await;
        assert_eq!(back.external, Some(external("x")));
    });
}

#[test]
fn one_name_may_be_borne_by_different_kinds() {
    on_both(async |ground| {
        ground.write(|tx| tx.create(theme("one"), Some(external("1")), None)).await;
        ground.write(|tx| tx.create(person("Ada"), Some(external("1")), None)).await;
    });
}

#[test]
fn an_email_address_that_was_given_up_may_be_borne_by_another() {
    on_both(async |ground| {
        let (ada, bob) = ground
            .write(|tx| Ok((tx.create(person("Ada"), None, None)?.id, tx.create(person("Bob"), None, None)?.id)))
            .await;
        let name = Name::Email("one@example.org");
        ground.write(move |tx| tx.claim(&name, ada)).await;
        ground.write(move |tx| tx.claim(&name, ada)).await;
        let refused = ground.try_write(move |tx| tx.claim(&name, bob)).await;
        assert_eq!(refused.err().as_ref().and_then(taken), Some(("email", Some(ada.to_string()))));
        ground.write(move |tx| tx.release(&name, bob)).await;
        assert!(ground.try_write(move |tx| tx.claim(&name, bob)).await.is_err(), "only its bearer gives it up");
        ground.write(move |tx| tx.release(&name, ada)).await;
        ground.write(move |tx| tx.claim(&name, bob)).await;
    });
}
