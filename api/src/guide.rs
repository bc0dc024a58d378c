//! Guides: what someone reads before the operations, for each kind of user, from the same files as in the repository.

use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};

use crate::briefing::markdown::html_of;
use crate::problem::Problem;
use crate::rule::page::html;

/// A page of the documentation.
struct Page {
    /// Its name in the address, that of its file.
    name: &'static str,
    /// For whom, or about what.
    title: &'static str,
    text: &'static str,
}

macro_rules! pages {
    ($folder:literal, $($name:literal => $title:literal),+ $(,)?) => {
        &[$(Page { name: $name, title: $title, text: include_str!(concat!("../../", $folder, "/", $name, ".md")) }),+]
    };
}

/// For each kind of user.
const GUIDES: &[Page] = pages!("docs/guides",
    "integrator" => "For integrators",
    "script-author" => "For script authors",
    "front-end" => "For front-end developers",
);

/// About one matter each.
const TOPICS: &[Page] = pages!("docs",
    "briefings" => "Briefings",
    "calendar" => "The calendar",
    "check-ins" => "Check-ins",
    "digests" => "Digests",
    "drafting" => "Drafting",
    "duties" => "Duties",
    "events" => "Events",
    "export" => "Export and restore",
    "forecast" => "Forecasts",
    "log" => "The log",
    "webhooks" => "Webhooks",
);

/// Links between files become links between pages.
fn linked(text: &str) -> String {
    let mut text = text.to_owned();
    for (pages, folder, from) in [(TOPICS, "topics", "../"), (TOPICS, "topics", ""), (GUIDES, "guides", "")] {
        for page in pages {
            text = text.replace(&format!("]({from}{}.md", page.name), &format!("](/docs/{folder}/{}", page.name));
        }
    }
    text
}

fn page_of(pages: &[Page], name: &str) -> Result<HttpResponse, Problem> {
    let page = pages.iter().find(|page| page.name == name).ok_or_else(|| Problem::not_found("page"))?;
    let footer = "<p><a href=\"/docs/guides\">All guides</a> · <a href=\"/docs/\">The interface</a></p>";
    Ok(html(page.title, &(html_of(&linked(page.text)) + footer)))
}

/// A guide.
///
/// # Errors
/// 404 when there is no such guide.
pub async fn guide_page(_: HttpRequest, name: Path<String>) -> Result<HttpResponse, Problem> {
    page_of(GUIDES, &name)
}

/// What is to be known of one matter.
///
/// # Errors
/// 404 when there is no such page.
pub async fn topic_page(_: HttpRequest, name: Path<String>) -> Result<HttpResponse, Problem> {
    page_of(TOPICS, &name)
}

/// The list of guides and other pages.
pub async fn guide_pages() -> HttpResponse {
    let list = |pages: &[Page], folder: &str| -> String {
        pages.iter().map(|page| format!("<li><a href=\"/docs/{folder}/{}\">{}</a>", page.name, page.title)).collect()
    };
    let body = format!(
        "<h1>Guides</h1><ul>{}</ul><h2>About</h2><ul>{}<li><a href=\"/docs/rules\">The rules</a>\
         <li><a href=\"/docs/problems\">Problems</a></ul><p><a href=\"/docs/\">The interface</a></p>",
        list(GUIDES, "guides"),
        list(TOPICS, "topics"),
    );
    html("Guides", &body)
}
