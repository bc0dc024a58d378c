//! A digest in Markdown: what people read, in mail and on a page.

use std::fmt::Write;

use remit_domain::duty::DutyKind;
use remit_domain::outcome::OutcomeState;
use remit_domain::spelling::Spelled;

use super::view::{DigestChange, DigestCheckIn, DigestOutcome, DigestStand, DigestView};
use crate::duty::DutyView;
use crate::wire::Word;

/// The most entries of a section; the rest is counted.
const ENTRIES_MAX: usize = 50;

/// A digest as Markdown.
pub fn markdown(digest: &DigestView) -> String {
    let mut text = format!("# News for {}\n\n*{} to {}*\n", plain(&digest.name), digest.first_on, digest.last_on);
    section(&mut text, "Not on track", digest.behind.iter().map(behind));
    section(&mut text, "What changed", digest.changed.iter().map(changed));
    section(&mut text, "What was said", digest.said.iter().map(said));
    let owed = digest.owed.iter().flatten();
    let is_one = digest.person_id.is_some();
    let lines: Vec<String> = owed
        .flat_map(|one| one.duties.iter().map(move |duty| (Some(one.name.as_str()).filter(|_| !is_one), duty)))
        .map(|(name, duty)| name.map_or_else(String::new, |name| format!("{}: ", plain(name))) + &owed_duty(duty))
        .collect();
    section(&mut text, "What is owed", lines.into_iter());
    if digest.is_empty() {
        text.push_str("\nNothing changed, and nothing is behind.\n");
    }
    text
}

fn section(text: &mut String, title: &str, lines: impl ExactSizeIterator<Item = String>) {
    let count = lines.len();
    if count == 0 {
        return;
    }
    // Writing into a String does not fail.
    let _ = write!(text, "\n## {title}\n\n");
    lines.take(ENTRIES_MAX).for_each(|line| {
        let _ = writeln!(text, "- {line}");
    });
    if count > ENTRIES_MAX {
        let _ = writeln!(text, "- … and {} more", count - ENTRIES_MAX);
    }
}

fn behind(one: &DigestOutcome) -> String {
    let health = one.health.map_or("not on track".into(), words);
    let progress = match (one.progress, one.expected) {
        (Some(progress), Some(expected)) => format!(": {} of {} expected", percent(progress), percent(expected)),
        (Some(progress), None) => format!(": {}", percent(progress)),
        (None, _) => String::new(),
    };
    let due = one.due_on.as_ref().map_or(String::new(), |day| format!(", due {day}"));
    format!("**{}** is {health}{progress}{due}; {}.", plain(&one.title), plain(&one.accountable.in_a_sentence()))
}

fn changed(one: &DigestChange) -> String {
    let title = plain(&one.title);
    match (&one.before, &one.after) {
        (None, Some(after)) => format!("**{title}** is new: {}.", standing(after)),
        (Some(_), None) => format!("**{title}** is not pursued any more."),
        (Some(before), Some(after)) => format!("**{title}**: {}.", differences(before, after).join("; ")),
        (None, None) => format!("**{title}**"),
    }
}

fn standing(stand: &DigestStand) -> String {
    let mut parts = vec![match stand.health {
        Some(health) => words(health),
        None => words(stand.state),
    }];
    parts.extend(stand.progress.map(percent));
    parts.extend(stand.due_on.as_ref().map(|day| format!("due {day}")));
    parts.extend(stand.accountable_name.as_ref().map(|name| format!("{} answers for it", plain(name))));
    parts.join(", ")
}

fn differences(before: &DigestStand, after: &DigestStand) -> Vec<String> {
    let mut parts = Vec::new();
    let said = |value: Option<String>| value.unwrap_or_else(|| "–".into());
    if before.state != after.state {
        let reopened = after.state.0 == OutcomeState::Active;
        parts.push(if reopened { "taken up again".into() } else { words(after.state) });
    }
    // As they read: what differs in a digit that is not told is no difference to a reader.
    let progress = |stand: &DigestStand| said(stand.progress.map(percent));
    if progress(before) != progress(after) {
        parts.push(format!("progress {} → {}", progress(before), progress(after)));
    }
    if before.health != after.health {
        parts.push(format!("{} → {}", said(before.health.map(words)), said(after.health.map(words))));
    }
    if before.due_on != after.due_on {
        let day = |stand: &DigestStand| said(stand.due_on.as_ref().map(ToString::to_string));
        parts.push(format!("due {} → {}", day(before), day(after)));
    }
    if before.accountable_name != after.accountable_name {
        parts.push(match &after.accountable_name {
            Some(name) => format!("{} answers for it now", plain(name)),
            None => "nobody answers for it now".into(),
        });
    }
    parts
}

fn said(one: &DigestCheckIn) -> String {
    let author = one.author_name.as_ref().map_or(String::new(), |name| format!("{}, ", plain(name)));
    let sure = one.confidence.map_or(String::new(), |share| format!(", {} sure", percent(share * 100.0)));
    format!("**{}** ({author}{}): {}{sure}.", plain(&one.title), one.published_on, words(one.reported_status))
}

/// A duty, as it is told.
pub fn owed_duty(duty: &DutyView) -> String {
    let title = plain(&duty.title);
    let what = match duty.kind.0 {
        DutyKind::CheckIn => format!("say how **{title}** stands"),
        DutyKind::AcknowledgeCheckIn => format!("acknowledge what was said of **{title}**"),
        DutyKind::AcknowledgeBriefing => format!("read and acknowledge **{title}**"),
        DutyKind::RecordMeasure => format!("record the next value of **{title}**"),
        DutyKind::Milestone => format!("reach **{title}**"),
        DutyKind::ConfirmDependency => format!("confirm that **{title}** may depend on what you answer for"),
        DutyKind::Outcome => format!("achieve **{title}**"),
        DutyKind::Finding => format!("deal with what was found about **{title}**"),
    };
    let due = match (&duty.due_on, duty.overdue_days) {
        (Some(day), Some(late)) if late > 0 => {
            format!(", due {day} ({late} {} late)", if late == 1 { "day" } else { "days" })
        }
        (Some(day), _) => format!(", due {day}"),
        (None, _) => String::new(),
    };
    what + &due
}

/// A word of an enumeration, as it is said.
fn words<T: Spelled>(word: Word<T>) -> String {
    word.0.as_str().replace('_', " ")
}

fn percent(value: f64) -> String {
    format!("{} %", (value * 10.0).round() / 10.0)
}

/// A text that means nothing in Markdown but itself, in one line.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\t' => plain.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' | '!' => {
                plain.extend(['\\', character])
            }
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::plain;
    use crate::briefing::harmless_html;

    #[test]
    fn a_title_is_itself_in_markdown() {
        for title in
            ["2 * 3 * 4", "[x](https://example.org)", "<b>x</b>", "`x`", "a_b_c", "# x", "&lt;", "a|b", "~~x~~"]
        {
            let html = harmless_html(&plain(title));
            let shown = title.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            assert_eq!(html.trim(), format!("<p>{shown}</p>"), "{title}");
        }
    }
}
