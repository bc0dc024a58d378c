//! Idempotency: an answer is kept beside its effect, for 24 hours.

use remit_persistence::{KeptAnswer, StoreError, clock};

use crate::database::{execute, on_both};

fn answer(body: &str) -> KeptAnswer {
    KeptAnswer { payload_hash: "h".into(), status: 201, headers: "location: /x".into(), body: body.into() }
}

#[test]
fn an_answer_is_given_again_to_the_same_credential_under_the_same_key_only() {
    on_both(async |ground| {
        ground.write(|tx| tx.keep_answer("scope", "key", answer("one"))).await;
        let again = ground.write(|tx| tx.answer("scope", "key")).await;
        assert_eq!(again, Some(answer("one")));
        for (scope, key) in [("scope", "Key"), ("scope ", "key"), ("other", "key")] {
            assert_eq!(ground.write(move |tx| tx.answer(scope, key)).await, None, "{scope}/{key}");
        }
        assert_eq!(ground.neighbour().await.write(|tx| tx.answer("scope", "key")).await, None);
        assert_eq!(ground.revision().await, 1, "an answer is no change of the organization");
    });
}

#[test]
fn an_answer_whose_effect_was_refused_is_not_kept() {
    on_both(async |ground| {
        let refused = ground
            .try_write(|tx| {
                tx.keep_answer("scope", "key", answer("one"))?;
                Err::<(), _>(StoreError::NotFound)
            })
            .await;
        assert!(refused.is_err());
        assert_eq!(ground.write(|tx| tx.answer("scope", "key")).await, None);
    });
}

#[test]
fn an_answer_is_kept_for_24_hours_and_then_its_key_is_free() {
    on_both(async |ground| {
        ground.write(|tx| tx.keep_answer("scope", "key", answer("one"))).await;
        let age = |hours: i64, organization| {
            let made = clock::now().micros() - hours * 3_600_000_000;
            format!("UPDATE idempotency_keys SET created_at = {made} WHERE organization_id = '{organization}'")
        };
        execute(ground.store.address(), &age(23, ground.organization));
        assert_eq!(ground.write(|tx| tx.answer("scope", "key")).await, Some(answer("one")));
        execute(ground.store.address(), &age(25, ground.organization));
        assert_eq!(ground.write(|tx| tx.answer("scope", "key")).await, None);
        ground.write(|tx| tx.keep_answer("scope", "key", answer("two"))).await;
        assert_eq!(ground.write(|tx| tx.answer("scope", "key")).await, Some(answer("two")));
    });
}

#[test]
fn old_answers_are_forgotten_and_the_others_kept() {
    on_both(async |ground| {
        for key in ["old", "new"] {
            ground.write(move |tx| tx.keep_answer("scope", key, answer(key))).await;
        }
        let made = clock::now().micros() - 25 * 3_600_000_000;
        let organization = ground.organization;
        let sql = format!(
            "UPDATE idempotency_keys SET created_at = {made}
             WHERE organization_id = '{organization}' AND idempotency_key = 'old'"
        );
        execute(ground.store.address(), &sql);
        assert_eq!(ground.write(|tx| tx.forget_answers()).await, 1);
        assert_eq!(ground.write(|tx| tx.answer("scope", "new")).await, Some(answer("new")));
        assert_eq!(ground.write(|tx| tx.forget_answers()).await, 0);
        assert_eq!(ground.revision().await, 1, "to forget is no change of the organization");
    });
}
