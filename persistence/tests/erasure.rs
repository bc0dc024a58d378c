//! Erasure: what is personal is gone from now and from the past, and the chain is whole.

use diesel::RunQueryDsl;
use diesel::sql_types::Text;
use remit_domain::person::Person;
use remit_persistence::{KeptAnswer, Name, StoreError, Verification, When};

use crate::database::{Ground, on_both};
use crate::made::{external, person};

#[derive(diesel::QueryableByName)]
struct Told {
    #[diesel(sql_type = Text)]
    told: String,
}

/// Everything that is stored as text where a person may stand, in one text.
async fn stored(ground: &Ground) -> String {
    let organization = ground.organization.to_string();
    let read = ground.store.ask(move |connection| {
        let mut all = String::new();
        for query in [
            "SELECT name || COALESCE(email, '') || COALESCE(zone, '') AS told FROM people WHERE organization_id = $1",
            "SELECT COALESCE(external_id, '') || COALESCE(salt, '') AS told FROM subjects WHERE organization_id = $1",
            "SELECT name AS told FROM names WHERE organization_id = $1",
            "SELECT body AS told FROM idempotency_keys WHERE organization_id = $1",
            "SELECT record || actor AS told FROM changes WHERE organization_id = $1",
        ] {
            let rows: Vec<Told> = diesel::sql_query(query).bind::<Text, _>(&organization).load(connection)?;
            rows.iter().for_each(|row| all.push_str(&row.told));
        }
        Ok(all.to_lowercase())
    });
    read.await.expect("texts")
}

#[test]
fn who_is_erased_is_gone_from_every_state_and_the_chain_is_whole() {
    on_both(async |ground| {
        let kept = ground.write(|tx| tx.create(person("Grace"), Some(external("Hopper-1")), None)).await;
        let (id, before) = (kept.id, kept.updated_at);
        let known = ground.revision().await;
        let renamed = ground.write(move |tx| tx.change(kept.clone(), person("Gracie"), "changed", None)).await;
        ground
            .write(move |tx| {
                tx.claim(&Name::Email("grace@example.org"), id)?;
                let body = format!("{{\"id\":\"{id}\",\"name\":\"Grace\"}}");
                let (payload_hash, headers) = (String::new(), String::new());
                tx.keep_answer("s", "k", KeptAnswer { payload_hash, status: 201, headers, body })
            })
            .await;
        assert!(stored(ground).await.contains("grac") && stored(ground).await.contains("hopper"));
        let erased = ground.write(move |tx| tx.erase(renamed.clone())).await;
        assert!(erased.erased && !erased.active && erased.external.is_none(), "{erased:?}");
        let told = stored(ground).await;
        assert!(!told.contains("grac") && !told.contains("hopper"), "{told}");

        let past = [When::Present, When::Past { known, as_of: before }, When::Past { known: i64::MAX, as_of: before }];
        for when in past {
            let person: remit_domain::entity::Kept<Person> = ground.read(move |tx| tx.get(id, when)).await;
            assert!(person.erased && person.email.is_none(), "{person:?}");
            assert_eq!(person.name.as_str(), "Erased person");
        }
        let revision = ground.revision().await;
        ground.write(move |tx| tx.erase(erased.clone())).await;
        assert_eq!(ground.revision().await, revision, "once is enough");

        // The names are free again.
        ground.write(|tx| tx.create(person("Other"), Some(external("Hopper-1")), None)).await;
        let mut verification = Verification::new(None);
        let found = ground
            .read(move |tx| {
                while !tx.verify(&mut verification)? {}
                Ok(verification.found())
            })
            .await;
        assert_eq!(found.fault, None);
    });
}

#[test]
fn a_dossier_has_every_version_of_what_is_held_about_a_person() {
    on_both(async |ground| {
        let kept = ground.write(|tx| tx.create(person("Grace"), None, None)).await;
        let id = kept.id;
        ground.write(move |tx| tx.change(kept.clone(), person("Gracie"), "changed", None)).await;
        let dossier = ground.read(move |tx| tx.dossier(id, 10)).await;
        let names: Vec<_> = dossier.person.iter().map(|version| version.name.as_str()).collect();
        assert_eq!(names, ["Grace", "Gracie"]);
        let actions: Vec<_> = dossier.about.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(actions, ["person.created", "person.changed"]);
        let other = ground.neighbour().await;
        let nobody = other.store.read(other.organization, move |tx| tx.dossier(id, 10)).await;
        assert!(matches!(nobody, Err(StoreError::NotFound)));
    });
}
