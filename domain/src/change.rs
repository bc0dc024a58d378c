//! The log: what its entries say was done, and what can be wrong with it.

use crate::spelling::spelled;

/// What is wrong with an entry of the log, or with what it speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flaw {
    /// It is not there, though a later one is.
    Missing,
    /// It is recorded before the one that it follows, or in another instant than the rest of its write.
    Order,
    /// It names another hash than that of the entry before it.
    Link,
    /// Its hash is not that of its fields.
    Hash,
    /// The log does not end where the database says that it ends.
    Head,
    /// The log is not the one whose head was kept.
    KeptHead,
    /// The row that it wrote is not there, is another, or was written by no entry.
    Content,
    /// The observations that it recorded are not those that are stored.
    Observations,
}
spelled!(Flaw {
    Missing = "missing",
    Order = "order",
    Link = "link",
    Hash = "hash",
    Head = "head",
    KeptHead = "kept_head",
    Content = "content",
    Observations = "observations",
});

/// Every action that an entry of the log can name, in the order of the alphabet. An action is a noun and what was done
/// to it; the store writes no other, and a stream of events names its events so.
pub const ACTIONS: &[&str] = &[
    "accountability.orphaned",
    "acknowledgement.acknowledged",
    "acknowledgement.created",
    "alignment.changed",
    "alignment.created",
    "alignment.deleted",
    "api_key.created",
    "api_key.deleted",
    "assignment.changed",
    "assignment.created",
    "assignment.deleted",
    "assignment.ended",
    "assignment.handed_over",
    "assignment.restored",
    "briefing.changed",
    "briefing.created",
    "briefing.deleted",
    "briefing.published",
    "check_in.acknowledged",
    "check_in.changed",
    "check_in.created",
    "check_in.deleted",
    "check_in.published",
    "comment.changed",
    "comment.created",
    "comment.deleted",
    "comment.erased",
    "issuer.created",
    "issuer.deleted",
    "measure.changed",
    "measure.created",
    "measure.deleted",
    "measure.milestone_set",
    "measure.restored",
    "measure.target_revised",
    "membership.created",
    "membership.deleted",
    "membership.ended",
    "mission.created",
    "mission.ended",
    "observations.recorded",
    "organization.changed",
    "organization.created",
    "outcome.activated",
    "outcome.cancelled",
    "outcome.changed",
    "outcome.closed",
    "outcome.created",
    "outcome.deleted",
    "outcome.proposed",
    "outcome.reopened",
    "outcome.restored",
    "period.changed",
    "period.created",
    "period.deleted",
    "period.restored",
    "person.changed",
    "person.created",
    "person.deactivated",
    "person.deleted",
    "person.erased",
    "person.reactivated",
    "person.restored",
    "person_skill.created",
    "person_skill.deleted",
    "person_skill.ended",
    "responsibility.changed",
    "responsibility.created",
    "responsibility.deleted",
    "responsibility.ended",
    "responsibility.handed_over",
    "responsibility.restored",
    "result.created",
    "role.changed",
    "role.created",
    "role.deleted",
    "role.restored",
    "rule_setting.changed",
    "rule_setting.created",
    "skill.changed",
    "skill.created",
    "skill.deleted",
    "skill.restored",
    "target_revision.created",
    "team.changed",
    "team.created",
    "team.deleted",
    "team.restored",
    "theme.changed",
    "theme.created",
    "theme.deleted",
    "theme.restored",
    "waiver.changed",
    "waiver.created",
    "waiver.deleted",
    "waiver.restored",
    "webhook.changed",
    "webhook.created",
    "webhook.deleted",
    "webhook.disabled",
    "webhook.rotated",
];

/// The nouns of actions that are done to something else: observations are recorded of a measure or of many, and it is
/// an outcome that is left without an accountable.
const DONE_TO_OTHERS: [&str; 2] = ["accountability", "observations"];

/// Whether entries of the log can name this action.
pub fn is_action(text: &str) -> bool {
    ACTIONS.binary_search(&text).is_ok()
}

/// The kinds of what entries of the log speak of, in the order of the alphabet.
pub fn subject_kinds() -> Vec<&'static str> {
    let mut kinds: Vec<_> = ACTIONS.iter().filter_map(|action| Some(action.split_once('.')?.0)).collect();
    kinds.dedup();
    kinds.retain(|kind| !DONE_TO_OTHERS.contains(kind));
    kinds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_action_stands_once_in_the_list_in_order_and_is_a_noun_and_what_was_done() {
        assert!(ACTIONS.is_sorted_by(|a, b| a < b));
        for action in ACTIONS {
            let (noun, done) = action.split_once('.').unwrap_or_default();
            let is_word = |text: &str| !text.is_empty() && text.bytes().all(|c| c.is_ascii_lowercase() || c == b'_');
            assert!(is_word(noun) && is_word(done), "{action}");
            assert!(is_action(action));
        }
        assert!(!is_action("outcome.invented") && !is_action(""));
    }

    #[test]
    fn what_is_done_to_others_is_no_kind_of_its_own() {
        let kinds = subject_kinds();
        assert!(kinds.contains(&"outcome") && kinds.contains(&"measure") && kinds.contains(&"organization"));
        assert!(!kinds.contains(&"observations") && !kinds.contains(&"accountability"));
    }
}
