//! Retries: the same key and payload again get the same answer, and there is one effect.

use std::thread;

use serde_json::json;

use crate::client::{Answer, Client};
use crate::server::{Place, on_both};

fn post(client: &Client, key: &str, path: &str, title: &str) -> Answer {
    client.ask("POST", path).header("idempotency-key", key).json(&json!({"title": title})).send()
}

fn count(place: &Place) -> usize {
    place.admin.get("/v1/themes").expect(200).json()["data"].as_array().map_or(0, Vec::len)
}

#[test]
fn the_same_request_again_is_answered_alike_and_done_once() {
    on_both(|place| {
        let first = post(&place.admin, "a-key", "/v1/themes", "one").expect(201);
        let revision = place.admin.revision();
        let again = post(&place.admin, "a-key", "/v1/themes", "one").expect(201);
        assert_eq!((again.location(), again.etag(), &again.body), (first.location(), first.etag(), &first.body));
        assert_eq!((count(place), place.admin.revision()), (1, revision));
        // Even when things have changed meanwhile.
        place.admin.patch(&first.location(), &first.etag(), &json!({"title": "two"})).expect(200);
        assert_eq!(post(&place.admin, "a-key", "/v1/themes", "one").expect(201).body, first.body);
    });
}

#[test]
fn a_key_stands_for_one_payload() {
    on_both(|place| {
        post(&place.admin, "k", "/v1/themes", "one").expect(201);
        post(&place.admin, "k", "/v1/themes", "two").problem(422, "idempotency_mismatch");
        assert_eq!(count(place), 1);
        let longest = "k".repeat(255);
        post(&place.admin, &longest, "/v1/themes", "two").expect(201);
        for wrong in [String::new(), "k".repeat(256), "two words".to_owned(), "\u{fc}".to_owned()] {
            let answer = post(&place.admin, &wrong, "/v1/themes", "three");
            answer.problem(400, "invalid_parameter");
            assert_eq!(answer.places()[0].0, "/header/Idempotency-Key");
        }
    });
}

#[test]
fn of_many_equal_requests_at_once_one_has_an_effect_and_all_have_its_answer() {
    on_both(|place| {
        let answers: Vec<Answer> = thread::scope(|scope| {
            let threads: Vec<_> =
                (0..8).map(|_| scope.spawn(|| post(&place.admin, "at-once", "/v1/themes", "one"))).collect();
            threads.into_iter().map(|thread| thread.join().expect("a client")).collect()
        });
        for answer in &answers {
            // One that is still under way may say so, and has no effect of its own.
            assert!(matches!(answer.status, 201 | 409), "{}", answer.text());
        }
        let mut locations: Vec<_> = answers.iter().filter(|a| a.status == 201).map(Answer::location).collect();
        locations.dedup();
        assert_eq!(locations.len(), 1);
        assert_eq!(count(place), 1);
    });
}

#[test]
fn a_key_belongs_to_its_credential_and_its_path() {
    on_both(|place| {
        let other = place.server.found();
        let ours = post(&place.admin, "k", "/v1/themes", "one").expect(201);
        let theirs = post(&other.admin, "k", "/v1/themes", "one").expect(201);
        assert_ne!(ours.location(), theirs.location());
        let token = place.token("outcomes:write read");
        let second = post(&place.admin.with_token(token), "k", "/v1/themes", "one").expect(201);
        assert_ne!(second.location(), ours.location());
    });
}

#[test]
fn what_was_refused_or_only_tried_does_not_use_up_a_key() {
    on_both(|place| {
        post(&place.admin, "k", "/v1/themes", " ").problem(422, "invalid");
        post(&place.admin, "k", "/v1/themes?validate_only=true", "one").expect(200);
        post(&place.admin, "k", "/v1/themes", "two").expect(201);
        assert_eq!(count(place), 1);
    });
}
