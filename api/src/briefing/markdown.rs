//! Rendering: a briefing's Markdown as HTML that can do no harm, whatever was written.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use remit_domain::briefing::{Briefing, BriefingId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Answer, Media, answer};
use crate::auth::{Allowed, Read};
use crate::extract::{Parameters, path_id};
use crate::problem::Problem;
use crate::resource::missing;
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::TravelParameters;
use crate::wire::IdText;

type BriefingIdText = IdText<Briefing>;

/// How deep blocks are nested in what is rendered: what goes deeper is shown at this depth.
const DEPTH_MAX: usize = 32;

/// Markdown as HTML, as it stands: for texts of our own.
pub fn html_of(markdown: &str) -> String {
    let mut html = String::with_capacity(markdown.len() * 2);
    let events = Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH);
    pulldown_cmark::html::push_html(&mut html, shallow(events));
    html
}

/// HTML without anything that runs, loads or sends: scripts, styles, frames, forms, images and events are left out, and
/// so is every link that does not lead to `http`, `https` or `mailto`.
pub fn harmless_html(markdown: &str) -> String {
    let html = html_of(markdown);
    let mut cleaner = ammonia::Builder::default();
    cleaner
        .rm_tags(["img", "map", "area"])
        .url_schemes(["http", "https", "mailto"].into())
        // Relative to what, a mail does not say, and a page of somebody else's must not.
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"));
    cleaner.clean(&html).to_string()
}

/// The events without the beginnings and ends of what is nested too deep: a reader's browser is spared as well.
fn shallow<'a>(events: impl Iterator<Item = Event<'a>>) -> impl Iterator<Item = Event<'a>> {
    let nests = |tag: &Tag<'_>| matches!(tag, Tag::BlockQuote(_) | Tag::List(_) | Tag::Item);
    let ends = |tag: &TagEnd| matches!(tag, TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::Item);
    let mut depth = 0usize;
    events.filter(move |event| {
        if matches!(event, Event::Start(tag) if nests(tag)) {
            depth += 1;
            return depth <= DEPTH_MAX;
        }
        if matches!(event, Event::End(tag) if ends(tag)) {
            depth = depth.saturating_sub(1);
            return depth < DEPTH_MAX;
        }
        true
    })
}

/// A briefing's body, rendered.
#[derive(Serialize, ToSchema)]
struct RenderedBriefing {
    briefing_id: BriefingIdText,
    /// Its title, as plain text.
    #[schema(max_length = 200)]
    title: String,
    /// Its body as an HTML fragment, to be put into a page as it is.
    #[schema(max_length = 1000000)]
    html: String,
}

/// Read a briefing's body as HTML in which nothing runs, loads or sends: to be put into a page as it is.
#[utoipa::path(tag = "briefings", operation_id = "renderBriefing", params(TravelParameters),
    responses((status = 200, description = "The body as HTML.", body = RenderedBriefing)),
    security(("bearer" = ["read"])))]
#[get("/v1/briefings/{id}/html")]
async fn render(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    travel: Parameters<TravelParameters>,
) -> Result<HttpResponse, Problem> {
    let id: BriefingId = path_id(&id)?;
    let media = Media::accepted(&request, false)?;
    answer(&remit, &request, &caller, media, travel.0.into(), move |_, tx, reading| {
        let briefing = tx.get(id, reading.when).map_err(missing::<Briefing>)?;
        let html = harmless_html(briefing.body.as_str());
        Answer::json(&RenderedBriefing { briefing_id: id.into(), title: briefing.title.to_string(), html })
    })
    .await
}

/// The operations of this part.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(render);
}

#[cfg(test)]
mod tests {
    use super::harmless_html;

    #[test]
    fn markdown_becomes_html() {
        let html =
            harmless_html("# News\n\nWe *did* **it**.\n\n| a |\n|---|\n| 1 |\n\n[more](https://example.org/a?b=1)");
        for part in
            ["<h1>News</h1>", "<em>did</em>", "<strong>it</strong>", "<td>1</td>", "href=\"https://example.org/a?b=1\""]
        {
            assert!(html.contains(part), "{part} in {html}");
        }
    }

    #[test]
    fn what_could_run_load_or_send_comes_out_harmless() {
        let attacks = [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "![x](https://example.org/pixel.gif)",
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt:alert(1))",
            "[x](data:text/html;base64,PHNjcmlwdD4=)",
            "<a href=\"&#106;avascript:alert(1)\">x</a>",
            "<iframe src=https://example.org></iframe>",
            "<form action=https://example.org><input name=a></form>",
            "<style>body{display:none}</style>",
            "<p style=\"background:url(https://example.org)\" onclick=alert(1)>x</p>",
            "<svg><script>alert(1)</script></svg>",
            "<math><mtext></p><img src=x onerror=alert(1)>",
            "<a href=\"//example.org\" target=_top>x</a>",
        ];
        for attack in attacks {
            let html = harmless_html(attack).to_lowercase();
            for harm in [
                "<script",
                "onerror",
                "onclick",
                "javascript:",
                "data:",
                "<img",
                "<iframe",
                "<form",
                "<input",
                "<style",
                "style=",
                "<svg",
                "<math",
                "target=",
            ] {
                assert!(!html.contains(harm), "{harm} of {attack} in {html}");
            }
        }
    }

    #[test]
    fn what_is_nested_without_end_is_rendered_at_a_bounded_depth_and_stays_readable() {
        for nested in
            [">".repeat(5_000) + " deep", "- ".repeat(5_000) + "deep", "[".repeat(5_000) + "deep", "*".repeat(9_999)]
        {
            let html = harmless_html(&nested);
            assert!(html.matches("<blockquote>").count() <= 32 && html.matches("<ul>").count() <= 32);
            assert!(nested.contains('*') || html.contains("deep"), "{}", &html[..html.len().min(200)]);
        }
    }
}
