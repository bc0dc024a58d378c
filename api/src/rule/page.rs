//! The pages of the rules, made of the rules themselves.

use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use remit_domain::rule::{Number, Rule, RuleGroup, rule, rules};
use remit_domain::spelling::Spelled;

use crate::problem::Problem;

const STYLE: &str = "body{font:1rem/1.5 system-ui;max-width:44rem;margin:3rem auto;padding:0 1rem}\
                     td,th{padding:.2rem 1rem .2rem 0;text-align:left;vertical-align:top}\
                     pre{overflow-x:auto;padding:.6rem;background:#f4f4f4}";

/// A page of the documentation; its body is markup.
pub fn html(title: &str, body: &str) -> HttpResponse {
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title} – Remit</title>\
         <style>{STYLE}</style>{body}</html>"
    );
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page)
}

/// A text in which nothing is markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The page of a rule.
///
/// # Errors
/// 404 when there is no such rule.
pub async fn rule_page(_: HttpRequest, id: Path<String>) -> Result<HttpResponse, Problem> {
    let rule = rule(&id).ok_or_else(|| Problem::not_found("page"))?;
    Ok(html(rule.id, &body_of(rule)))
}

fn body_of(rule: &Rule) -> String {
    let part = |title: &str, text: &str| format!("<h2>{title}</h2><p>{}</p>", escaped(text));
    let blocks = if rule.may_block_activation() {
        "<p>Where it is an error, an outcome on which it stands cannot become active, unless it is waived.</p>"
    } else {
        ""
    };
    format!(
        "<h1>{id}</h1><p>A rule about {group}, version {version}. By default what it finds is: <b>{severity}</b>.</p>\
         {what}{why}{example}{remedy}{numbers}<h2>Settings</h2>{blocks}\
         <p>An organization says with <code>PUT /v1/rules/{id}</code> how grave it is to it \
         (<code>error</code>, <code>warning</code>, <code>information</code> or <code>off</code>), and accepts one \
         finding for a while with <code>PUT /v1/findings/{{id}}/waiver</code>.</p>\
         <p><a href=\"/docs/rules\">All rules</a> · <a href=\"/docs/\">The interface</a></p>",
        id = rule.id,
        group = topic(rule.group),
        version = rule.version,
        severity = rule.severity,
        what = part("What", rule.what),
        why = part("Why", rule.why),
        example = part("An example", rule.example),
        remedy = part("The remedy", rule.remedy),
        numbers = numbers(rule.numbers),
    )
}

fn numbers(numbers: &[Number]) -> String {
    if numbers.is_empty() {
        return String::new();
    }
    let row = |number: &Number| {
        let Number { name, what, default, min, max } = number;
        format!("<tr><td><code>{name}</code><td>{}<td>{default}<td>{min} to {max}</tr>", escaped(what))
    };
    let rows: String = numbers.iter().map(row).collect();
    format!("<h2>Numbers</h2><table><tr><th>Name<th>What it decides<th>Default<th>Bounds</tr>{rows}</table>")
}

/// The list of all rules.
pub async fn rule_pages() -> HttpResponse {
    let group = |group: &RuleGroup| {
        let rows: String = rules()
            .iter()
            .filter(|rule| rule.group == *group)
            .map(|rule| {
                let (id, severity, what) = (rule.id, rule.severity, escaped(rule.what));
                format!("<tr><td><a href=\"/docs/rules/{id}\"><code>{id}</code></a><td>{severity}<td>{what}</tr>")
            })
            .collect();
        if rows.is_empty() {
            return String::new();
        }
        format!("<h2>About {}</h2><table>{rows}</table>", topic(*group))
    };
    let groups: String = RuleGroup::ALL.iter().map(group).collect();
    html("Rules", &format!("<h1>Rules</h1><p>What Remit looks for, and how grave it is by default.</p>{groups}"))
}

/// What the rules of a group are about.
fn topic(group: RuleGroup) -> &'static str {
    match group {
        RuleGroup::Outcome => "outcomes",
        RuleGroup::Measure => "measures",
        RuleGroup::Accountability => "accountability",
        RuleGroup::Role => "roles",
        RuleGroup::Alignment => "alignment",
        RuleGroup::Communication => "communication",
    }
}
