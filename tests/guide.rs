//! Guides: what is served to be read is complete, and names only what is there.

use std::collections::BTreeSet;

use crate::server::on_both;

/// What stands between a beginning and an end, each time.
fn between<'a>(text: &'a str, beginning: &'a str, end: &'a [char]) -> impl Iterator<Item = &'a str> {
    text.split(beginning).skip(1).filter_map(move |rest| rest.split(end).next())
}

#[test]
fn every_page_of_the_documentation_is_served_and_every_link_in_it_leads_somewhere() {
    on_both(|place| {
        let client = place.admin.without_token();
        let (mut seen, mut open) = (BTreeSet::new(), vec!["/docs/guides".to_owned()]);
        while let Some(path) = open.pop() {
            if !seen.insert(path.clone()) {
                continue;
            }
            let page = client.get(&path).expect(200);
            if !path.starts_with("/docs/guides") && !path.starts_with("/docs/topics") {
                continue;
            }
            assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
            let text = page.text();
            for target in between(&text, "href=\"", &['"']) {
                let is_elsewhere = target.starts_with("https://");
                assert!(target.starts_with('/') || is_elsewhere, "{path} leads to {target}");
                if !is_elsewhere {
                    open.push(target.split('#').next().unwrap_or_default().to_owned());
                }
            }
            // Read offline: nothing comes from elsewhere.
            for part in ["src=", "@import", "<link"] {
                assert!(!text.contains(part), "{path} loads something: {part}");
            }
        }
        // What is written as a link between files is one between pages.
        for page in ["guides/integrator", "guides/script-author", "guides/front-end", "topics/log", "problems", "rules"]
        {
            assert!(seen.contains(&format!("/docs/{page}")), "{seen:?}");
        }
        let integrator = client.get("/docs/guides/integrator").expect(200).text();
        for part in
            ["href=\"/docs/topics/webhooks\"", "href=\"/docs/problems\"", "<table>", "<code>POST /v1/webhooks</code>"]
        {
            assert!(integrator.contains(part), "{part}");
        }
        client.get("/docs/guides/nobody").problem(404, "not_found");
        client.get("/docs/topics/nothing").problem(404, "not_found");
    });
}

#[test]
fn the_guides_and_the_introductions_of_the_document_name_only_what_is_there() {
    let contract = remit_api::contract::COMMITTED;
    let guides = [
        include_str!("../docs/guides/integrator.md"),
        include_str!("../docs/guides/script-author.md"),
        include_str!("../docs/guides/front-end.md"),
    ];
    let mut named = 0;
    for text in guides.into_iter().chain([contract]) {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            for path in between(text, &format!("`{method} /v1/"), &['`', '?']) {
                let path = format!("/v1/{path}");
                let allowed = remit_api::contract::allow(&path);
                assert!(allowed.is_some_and(|allowed| allowed.contains(method)), "{method} {path}: {allowed:?}");
                named += 1;
            }
        }
    }
    assert!(named > 20, "{named}");
    // A code that a guide explains is one that the service gives.
    let codes: BTreeSet<_> = remit_api::problem::CATALOG.iter().map(|kind| kind.page().code).collect();
    for text in guides {
        for line in text.lines().filter(|line| line.starts_with("| 4")) {
            for code in between(line, "`", &['`']).step_by(2).filter(|code| code.contains('_') || *code == "malformed")
            {
                assert!(codes.contains(code), "{code}");
            }
        }
    }
}
