//! Time travel: what was true then, as recorded by then, alike for ever.

use remit_domain::time::Instant;
use serde_json::json;

use crate::client::Answer;
use crate::server::on_both;

#[test]
fn a_past_state_is_answered_as_it_was() {
    on_both(|place| {
        let one = place.admin.theme("one");
        let path = one.location();
        let two = place.admin.patch(&path, &one.etag(), &json!({"title": "two"})).expect(200);
        let (then, later) = (one.json()["updated_at"].clone(), two.json()["updated_at"].clone());
        let (then, later) = (then.as_str().expect("an instant"), later.as_str().expect("an instant"));
        let title = |query: &str| place.admin.get(&format!("{path}?{query}")).expect(200).json()["title"].clone();
        assert_eq!(title(&format!("as_of={then}")), "one");
        assert_eq!(title(&format!("known_at={then}")), "one");
        assert_eq!(title(&format!("as_of={later}&known_at={then}")), "one");
        assert_eq!(title(&format!("as_of={later}")), "two");
        assert_eq!(title(&format!("known_at={later}")), "two");
        let revision: i64 = place.admin.revision().parse().expect("a revision");
        assert_eq!(title(&format!("known_at={}", revision - 1)), "one");
        assert_eq!(title(&format!("known_at={revision}")), "two");
        place.admin.get(&format!("{path}?as_of=2001-01-01")).problem(404, "not_found");
        place.admin.get(&format!("{path}?known_at=0")).problem(404, "not_found");

        place.admin.delete(&path, &two.etag()).expect(204);
        place.admin.get(&path).problem(404, "not_found");
        assert_eq!(title(&format!("as_of={later}")), "two", "before its deletion it is still there");
        assert_eq!(title(&format!("known_at={revision}")), "two");
        let listed = place.admin.get(&format!("/v1/themes?known_at={revision}")).expect(200).json();
        assert_eq!(listed["data"].as_array().map(Vec::len), Some(1));
    });
}

#[test]
fn the_same_question_with_the_same_knowledge_has_the_same_bytes_whatever_is_written() {
    on_both(|place| {
        for n in 0..3 {
            place.admin.theme(&format!("t{n}"));
        }
        let revision = place.admin.revision();
        let as_of = place.admin.theme("a mark").json()["created_at"].as_str().expect("an instant").to_owned();
        let known = place.admin.revision();
        let questions = [
            format!("/v1/themes?known_at={revision}&as_of={as_of}"),
            format!("/v1/themes?known_at={known}&as_of={as_of}"),
            format!("/v1/board?known_at={known}&as_of={as_of}"),
            format!("/v1/themes?known_at={as_of}&as_of={as_of}&limit=2"),
        ];
        let before: Vec<_> = questions.iter().map(|path| place.admin.get(path).expect(200)).collect();
        let listed = place.admin.get("/v1/themes").expect(200).json();
        for theme in listed["data"].as_array().expect("themes") {
            let path = format!("/v1/themes/{}", theme["id"].as_str().unwrap_or_default());
            place.admin.patch(&path, "*", &json!({"title": "changed"})).expect(200);
        }
        place.admin.theme("another");
        for (path, before) in questions.iter().zip(before) {
            let after = place.admin.get(path).expect(200);
            assert_eq!(after.text(), before.text(), "{path}");
            assert_eq!(after.etag(), before.etag(), "{path}");
        }
    });
}

#[test]
fn what_is_known_by_an_instant_that_was_asked_about_no_longer_changes() {
    on_both(|place| {
        let created_at = |theme: &Answer| Instant::parse(theme.json()["created_at"].as_str().expect("an instant"));
        let mark = created_at(&place.admin.theme("one")).expect("an instant");
        // As a client asks whose clock runs ahead, while others write.
        let ahead = mark.plus_micros(3_000_000);
        let question = format!("/v1/themes?known_at={ahead}&as_of={ahead}");
        let before = place.admin.get(&question).expect(200);
        assert!(created_at(&place.admin.theme("two")).expect("an instant") > ahead);
        assert_eq!(place.admin.get(&question).expect(200).text(), before.text());
        let far = mark.plus_micros(60_000_000);
        place.admin.get(&format!("/v1/themes?known_at={far}")).problem(400, "invalid_parameter");
    });
}

#[test]
fn a_day_means_its_end_where_the_organization_is() {
    on_both(|place| {
        let theme = place.admin.theme("one");
        let day = theme.json()["created_at"].as_str().expect("an instant")[..10].to_owned();
        let path = theme.location();
        // The day in London is the day in UTC, or the one after it.
        place.admin.get(&format!("{path}?as_of=9999-12-30")).expect(200);
        place.admin.get(&format!("{path}?as_of=0001-01-01")).problem(404, "not_found");
        place.admin.get(&format!("{path}?as_of={day}T23:59:59.999999Z")).expect(200);
    });
}
