//! Rules: what is missing or wrong, why it matters, and what to do about it. Data, plus one small pure function each.

mod accountability;
mod alignment;
mod change;
mod communication;
mod finding;
mod measure;
mod outcome;
mod role;
mod scene;
mod setting;
mod wording;

pub use finding::{Evidence, Fact, FactKind, FactValue, Finding, FindingId, FindingSubject, Waived};
pub use setting::{RuleLevel, RuleSetting, RuleSettingError, RuleSettingId, Rulebook};

use crate::assessment::Assessment;
use crate::briefing::BriefingStanding;
use crate::entity::Kept;
use crate::id::{Id, Identified};
use crate::measure::Measure;
use crate::outcome::{Outcome, OutcomeId, OutcomeState};
use crate::parallel::filter_map;
use crate::person::Person;
use crate::picture::Picture;
use crate::role::Role;
use crate::spelling::spelled;
use crate::time::Instant;
use crate::webhook::DisabledWebhook;
use change::Affected;
use scene::{Facts, Scene, Told};

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It must not be so; an outcome with one cannot become active (I11).
    Error,
    /// It should not be so.
    Warning,
    /// It is worth knowing.
    Information,
}
spelled!(Severity { Error = "error", Warning = "warning", Information = "information" });

/// What a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RuleGroup {
    /// Outcomes.
    Outcome,
    /// Measures.
    Measure,
    /// Who answers.
    Accountability,
    /// Roles.
    Role,
    /// What leads to what.
    Alignment,
    /// What is said to whom.
    Communication,
}
spelled!(RuleGroup {
    Outcome = "outcome",
    Measure = "measure",
    Accountability = "accountability",
    Role = "role",
    Alignment = "alignment",
    Communication = "communication",
});

/// A number with which a rule judges, and which an organization may change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    /// Its name, in snake_case.
    pub name: &'static str,
    /// What it decides.
    pub what: &'static str,
    /// Its value where the organization says nothing.
    pub default: f64,
    /// The least that it may be.
    pub min: f64,
    /// The most that it may be.
    pub max: f64,
}

impl Number {
    /// Whether it may have a value: all of them count something, so they are whole.
    pub fn takes(&self, value: f64) -> bool {
        (self.min..=self.max).contains(&value) && value.fract() == 0.0
    }
}

/// A rule, for readers.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its stable id.
    pub id: &'static str,
    /// Raised when its judgement changes.
    pub version: u32,
    /// What it looks at.
    pub group: RuleGroup,
    /// How grave its findings are, unless the organization says otherwise.
    pub severity: Severity,
    /// The numbers with which it judges.
    pub numbers: &'static [Number],
    /// What is the case when it finds something.
    pub what: &'static str,
    /// Why that matters.
    pub why: &'static str,
    /// A case in which it finds something.
    pub example: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
    /// The judgement: the evidence, where it finds something.
    pub(crate) find: Judgement,
}

/// The judgement of a rule, by what it judges.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Judgement {
    /// An active outcome.
    Outcome(fn(&Scene<'_, Outcome>) -> Option<Evidence>),
    /// An active measure of an active outcome.
    Measure(fn(&Scene<'_, Measure>) -> Option<Evidence>),
    /// A role.
    Role(fn(&Scene<'_, Role>) -> Option<Evidence>),
    /// An active person.
    Person(fn(&Scene<'_, Person>) -> Option<Evidence>),
    /// A published briefing.
    Briefing(fn(&Told<'_>) -> Option<Evidence>),
    /// A webhook that the service gave up on.
    Webhook(fn(&Picture, &DisabledWebhook) -> Evidence),
}

/// Every rule, in the order of its id.
pub fn rules() -> &'static [Rule] {
    &[
        outcome::ACTIVITY_NOT_OUTCOME,
        outcome::ALL_LAGGING,
        role::BELOW_MIN_SEATS,
        communication::CHECK_IN_OVERDUE,
        measure::COUNTED_TWICE,
        communication::DIVERGENT_STATUS,
        alignment::DUE_AFTER_PARENT,
        accountability::HOLDER_INACTIVE,
        role::KEY_ROLE_VACANT,
        communication::MISSION_CHANGED,
        accountability::MULTIPLE_HOLDERS,
        role::NO_ACCOUNTABILITIES,
        accountability::NO_ACCOUNTABLE,
        measure::NO_BASELINE,
        outcome::NO_DUE_DATE,
        outcome::NO_GUARDRAIL,
        outcome::NO_IMPACT,
        outcome::NO_MEASURE,
        measure::NO_OBSERVATION,
        role::NO_OUTCOME,
        accountability::NO_RESPONSIBLE,
        role::NO_SUCCESSOR,
        measure::NO_TARGET,
        measure::NO_UNIT,
        outcome::NOT_ALIGNED,
        communication::NOT_UNDERSTOOD,
        alignment::ORPHAN,
        accountability::OVERLOADED,
        accountability::ROLE_VACANT,
        measure::SELF_GRADED,
        role::SINGLE_POINT_OF_FAILURE,
        role::SKILL_UNCOVERED,
        measure::STALE,
        outcome::TARGET_MET_AT_BASELINE,
        accountability::TERM_ENDED,
        accountability::TOO_MANY_CONSULTED,
        outcome::TOO_MANY_MEASURES,
        communication::TOO_SAFE,
        measure::UNCHANGED,
        alignment::UNCONFIRMED_DEPENDENCY,
        outcome::UNREACHABLE,
        communication::WEBHOOK_DISABLED,
    ]
}

/// A rule by its id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    rules().iter().find(|rule| rule.id == id)
}

/// Everything that stands at the picture's instant, by rule and subject, waived or not.
pub fn findings(picture: &Picture, assessment: &Assessment) -> Vec<Finding> {
    let facts = Facts::of(picture, assessment, picture.at());
    let judged = rules().iter().enumerate().map(|(position, rule)| rule.judge_all(position, &facts));
    let judged: Vec<Vec<Finding>> = judged.collect();
    let mut found = Vec::with_capacity(judged.iter().map(Vec::len).sum());
    for mut of_rule in judged {
        found.append(&mut of_rule);
    }
    found
}

/// What stands on a picture, where it is known what stood on an earlier one: only what may have changed is judged again.
///
/// It is what [`findings`] gives.
pub fn findings_after(
    (before, found): (&Picture, &[Finding]),
    (after, assessment): (&Picture, &Assessment),
) -> Vec<Finding> {
    let Some(affected) = Affected::between(before, after) else { return findings(after, assessment) };
    let facts = Facts::of(after, assessment, after.at());
    let mut known = found.iter().filter(|finding| !affected.names(finding.subject)).cloned().peekable();
    let mut stands = Vec::with_capacity(found.len());
    for (position, rule) in rules().iter().enumerate() {
        let from = stands.len();
        while let Some(finding) = known.next_if(|finding| finding.rule == rule.id) {
            stands.push(finding);
        }
        let judged = rule.judge_some(position, &facts, &affected);
        if !judged.is_empty() {
            stands.extend(judged);
            stands[from..].sort_by_key(|finding| finding.subject);
        }
    }
    stands
}

/// The errors that would stand on an outcome if it were active at an instant (I11): of the outcome and accountability
/// groups, at the levels that the organization gives them, waived or not.
///
/// An outcome that is not in the picture has none.
pub fn activation_findings(picture: &Picture, outcome: OutcomeId, at: Instant) -> Vec<Finding> {
    let Some(position) = picture.outcome_position(outcome) else { return Vec::new() };
    let assessment = Assessment::of(picture);
    let facts = Facts::of(picture, &assessment, at);
    let judged = rules().iter().enumerate().filter_map(|(of, rule)| rule.judge_outcome(of, &facts, position));
    judged.filter(|finding| finding.severity == Severity::Error).collect()
}

/// Whether the errors of an outcome can be told from the outcome's own surroundings: its measures, its children, its
/// responsibilities and who stands behind them. Some rules, where an organization makes them errors, look further.
pub fn blocks_by_surroundings_alone(picture: &Picture, outcome: &Outcome) -> bool {
    let book = picture.rulebook_of(outcome);
    let far = [outcome::NOT_ALIGNED.id];
    let is_error = |at| book.severity_at(at) == Some(Severity::Error);
    !rules().iter().enumerate().any(|(at, rule)| far.contains(&rule.id) && is_error(at))
}

impl Rule {
    /// Whether an outcome on which it finds an error cannot become active (I11).
    pub const fn may_block_activation(&self) -> bool {
        let is_of_outcomes = match self.find {
            Judgement::Outcome(_) => true,
            Judgement::Measure(_)
            | Judgement::Role(_)
            | Judgement::Person(_)
            | Judgement::Briefing(_)
            | Judgement::Webhook(_) => false,
        };
        match self.group {
            RuleGroup::Outcome | RuleGroup::Accountability => is_of_outcomes,
            RuleGroup::Measure | RuleGroup::Role | RuleGroup::Alignment | RuleGroup::Communication => false,
        }
    }

    /// The noun of what it judges.
    pub const fn judges(&self) -> &'static str {
        match self.find {
            Judgement::Outcome(_) => "outcome",
            Judgement::Measure(_) => "measure",
            Judgement::Role(_) => "role",
            Judgement::Person(_) => "person",
            Judgement::Briefing(_) => "briefing",
            Judgement::Webhook(_) => "webhook",
        }
    }

    /// Its judgement of everything that there is.
    fn judge_all(&'static self, position: usize, facts: &Facts<'_>) -> Vec<Finding> {
        let parts = facts.picture.parts();
        match self.find {
            Judgement::Outcome(find) => {
                let judge = |one: usize| self.found(position, &facts.outcome(one, position)?, find);
                filter_map(facts.outcomes.len(), |at| judge(*facts.outcomes.get(at)?))
            }
            Judgement::Measure(find) => {
                let judge = |one: usize| self.found(position, &facts.measure(one, position)?, find);
                filter_map(facts.measures.len(), |at| judge(*facts.measures.get(at)?))
            }
            Judgement::Role(find) => {
                filter_map(parts.roles.len(), |one| self.found(position, &facts.role(one, position)?, find))
            }
            Judgement::Person(find) => {
                filter_map(parts.people.len(), |one| self.found(position, &facts.person(one, position)?, find))
            }
            Judgement::Briefing(find) => {
                let briefings = parts.briefings.iter();
                briefings.filter_map(|one| self.found_of(position, facts, one, find)).collect()
            }
            Judgement::Webhook(find) => self.found_disabled(position, facts.picture, find, |_| true),
        }
    }

    /// Its judgement of what may have changed.
    fn judge_some(&'static self, position: usize, facts: &Facts<'_>, affected: &Affected) -> Vec<Finding> {
        let picture = facts.picture;
        match self.find {
            Judgement::Outcome(find) => {
                let outcomes = affected.outcomes.iter().filter_map(|id| picture.outcome_position(*id));
                let judged = outcomes.filter(|one| facts.outcomes.binary_search(one).is_ok());
                judged.filter_map(|one| self.found(position, &facts.outcome(one, position)?, find)).collect()
            }
            Judgement::Measure(find) => {
                let measures = affected.measures.iter().filter_map(|id| picture.measure_position(*id));
                let judged = measures.filter(|one| facts.measures.binary_search(one).is_ok());
                judged.filter_map(|one| self.found(position, &facts.measure(one, position)?, find)).collect()
            }
            Judgement::Role(find) => {
                let roles = affected.roles.iter().filter_map(|id| position_of(&picture.parts().roles, *id));
                roles.filter_map(|one| self.found(position, &facts.role(one, position)?, find)).collect()
            }
            Judgement::Person(find) => {
                let people = affected.people.iter().filter_map(|id| position_of(&picture.parts().people, *id));
                people.filter_map(|one| self.found(position, &facts.person(one, position)?, find)).collect()
            }
            Judgement::Briefing(find) => {
                let briefings = affected.briefings.iter().filter_map(|id| picture.briefing(*id));
                briefings.filter_map(|one| self.found_of(position, facts, one, find)).collect()
            }
            Judgement::Webhook(find) => {
                self.found_disabled(position, picture, find, |one| affected.webhooks.contains(&one.webhook))
            }
        }
    }

    /// Its judgement of one outcome, as if it were active, where it may keep it from becoming so.
    fn judge_outcome(&'static self, position: usize, facts: &Facts<'_>, outcome: usize) -> Option<Finding> {
        match self.find {
            Judgement::Outcome(find) if self.may_block_activation() => {
                self.found(position, &facts.outcome(outcome, position)?, find)
            }
            Judgement::Outcome(_)
            | Judgement::Measure(_)
            | Judgement::Role(_)
            | Judgement::Person(_)
            | Judgement::Briefing(_)
            | Judgement::Webhook(_) => None,
        }
    }

    fn found<T: scene::Judged>(
        &'static self,
        position: usize,
        scene: &Scene<'_, T>,
        find: fn(&Scene<'_, T>) -> Option<Evidence>,
    ) -> Option<Finding> {
        let severity = scene.book.severity_at(position)?;
        let evidence = find(scene)?;
        Some(self.finding(scene.picture(), severity, T::subject(scene.it.id), evidence))
    }

    fn found_of(
        &'static self,
        position: usize,
        facts: &Facts<'_>,
        briefing: &BriefingStanding,
        find: fn(&Told<'_>) -> Option<Evidence>,
    ) -> Option<Finding> {
        let book = facts.picture.rulebook();
        let severity = book.severity_at(position)?;
        let evidence = find(&Told { picture: facts.picture, it: briefing, numbers: book.numbers_at(position) })?;
        Some(self.finding(facts.picture, severity, FindingSubject::Briefing(briefing.briefing), evidence))
    }

    fn found_disabled(
        &'static self,
        position: usize,
        picture: &Picture,
        find: fn(&Picture, &DisabledWebhook) -> Evidence,
        is_judged: impl Fn(&DisabledWebhook) -> bool,
    ) -> Vec<Finding> {
        let Some(severity) = picture.rulebook().severity_at(position) else { return Vec::new() };
        let judged = picture.parts().disabled_webhooks.iter().filter(|one| is_judged(one));
        let found = |one: &DisabledWebhook| {
            self.finding(picture, severity, FindingSubject::Webhook(one.webhook), find(picture, one))
        };
        judged.map(found).collect()
    }

    fn finding(
        &'static self,
        picture: &Picture,
        severity: Severity,
        subject: FindingSubject,
        evidence: Evidence,
    ) -> Finding {
        let id = subject.finding(self.id);
        let waiver = picture.waiver_of(id).filter(|waiver| waiver.holds_on(picture.today()));
        let waived = waiver.map(|waiver| Waived { reason: waiver.reason.clone(), ends_on: waiver.ends_on });
        let Self { id: rule, version, remedy, .. } = *self;
        Finding { id, rule, version, severity, subject, evidence, remedy, waived }
    }
}

/// Where an entity stands among those of its kind, which are in the order of their ids.
fn position_of<T: Identified>(rows: &[Kept<T>], id: Id<T>) -> Option<usize> {
    rows.binary_search_by_key(&id, |row| row.id).ok()
}

/// Whether an outcome is one that rules judge.
fn is_judged(state: OutcomeState) -> bool {
    match state {
        OutcomeState::Active => true,
        OutcomeState::Draft | OutcomeState::Proposed | OutcomeState::Closed | OutcomeState::Cancelled => false,
    }
}
