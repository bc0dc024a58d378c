//! Wording: whether a title names work to be done or a state to be reached. English; the words stand in two tables.

use crate::text::fold;

/// What is done, at the beginning of a title.
const WORK: &[&str] = &[
    "adopt",
    "begin",
    "build",
    "carry",
    "complete",
    "conduct",
    "create",
    "define",
    "deliver",
    "deploy",
    "design",
    "develop",
    "document",
    "draft",
    "establish",
    "execute",
    "finish",
    "hire",
    "hold",
    "host",
    "implement",
    "install",
    "integrate",
    "introduce",
    "launch",
    "migrate",
    "organise",
    "organize",
    "perform",
    "pilot",
    "plan",
    "prepare",
    "produce",
    "publish",
    "recruit",
    "redesign",
    "refactor",
    "release",
    "replace",
    "review",
    "roll",
    "run",
    "ship",
    "start",
    "test",
    "train",
    "undertake",
    "update",
    "upgrade",
    "write",
];

/// What becomes different, anywhere in a title.
const CHANGE: &[&str] = &[
    "achieve",
    "achieving",
    "better",
    "bring",
    "cheaper",
    "cut",
    "cutting",
    "decrease",
    "decreasing",
    "double",
    "doubling",
    "eliminate",
    "end",
    "ensure",
    "ensuring",
    "eradicate",
    "faster",
    "fewer",
    "grow",
    "growing",
    "halve",
    "halving",
    "higher",
    "improve",
    "improving",
    "increase",
    "increasing",
    "less",
    "lower",
    "maintain",
    "more",
    "raise",
    "raising",
    "reach",
    "reaching",
    "reduce",
    "reducing",
    "safer",
    "shorten",
    "triple",
    "zero",
];

/// The word by which a title names work to be done, where it names no change of a state.
pub(super) fn work_named_in(title: &str) -> Option<String> {
    let folded = fold(title);
    // "By 2030, implement …": when it is due says nothing of what it is.
    let named = match folded.split_once(',') {
        Some((when, rest)) if when.starts_with("by ") || when.starts_with("in ") => rest,
        Some(_) | None => &folded,
    };
    let mut words = named.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let first = words.next()?;
    let names_change = named.contains('%') || words.any(|word| CHANGE.contains(&word));
    (WORK.contains(&first) && !names_change).then(|| first.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_told_from_the_change_that_it_brings() {
        let cases = [
            ("Launch the new website", Some("launch")),
            ("By 2030, implement social protection systems", Some("implement")),
            ("IMPLEMENT a CRM", Some("implement")),
            ("Train 500 nurses", Some("train")),
            ("Launch the new website to double sign-ups", None),
            ("Implement self-service so that waiting is reduced by 20%", None),
            ("Increase customer satisfaction by 20%", None),
            ("Nobody waits longer than a day", None),
            ("Training is what people ask for", None),
            ("", None),
            ("新しいウェブサイト", None),
        ];
        for (title, expected) in cases {
            assert_eq!(work_named_in(title).as_deref(), expected, "{title}");
        }
    }
}
