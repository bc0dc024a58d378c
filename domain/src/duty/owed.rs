//! What a person owes: one rule for each kind of duty. Another kind is another function in [`duties_of`].

use std::collections::BTreeSet;

use super::{Duty, DutyKind, DutySubject, falling_due};
use crate::accountability::stand_for;
use crate::alignment::{AlignmentKind, AlignmentParent};
use crate::assessment::Assessment;
use crate::check_in::{check_in_due, grace_days};
use crate::measure::MeasureId;
use crate::outcome::{Outcome, OutcomeId, OutcomeState};
use crate::person::PersonId;
use crate::picture::Picture;
use crate::responsibility::{Object, Part};
use crate::role::{RoleId, Subject};
use crate::rule::{Finding, FindingSubject};
use crate::time::plus_days;

/// Everything that a person owes as a picture shows it, the earliest first; `findings` are those of the picture.
pub fn duties_of(picture: &Picture, assessment: &Assessment, findings: &[Finding], person: PersonId) -> Vec<Duty> {
    let owing = Owing { picture, assessment, person, answers_for: answers_for(assessment, person) };
    let mut duties = owing.check_ins();
    duties.extend(owing.acknowledgements());
    duties.extend(owing.measures());
    duties.extend(owing.dependencies());
    duties.extend(owing.findings(findings));
    Duty::sort(&mut duties);
    duties
}

/// The outcomes for which a person is the one who answers.
fn answers_for(assessment: &Assessment, person: PersonId) -> BTreeSet<OutcomeId> {
    let all = assessment.outcomes().iter();
    all.filter(|one| one.accountable.is_ok_and(|answer| answer.person == person)).map(|one| one.id).collect()
}

/// Whether an outcome is pursued.
fn is_active(outcome: &Outcome) -> bool {
    match outcome.state {
        OutcomeState::Active => true,
        OutcomeState::Draft | OutcomeState::Proposed | OutcomeState::Closed | OutcomeState::Cancelled => false,
    }
}

/// Whether an outcome has come to its end.
fn has_ended(outcome: &Outcome) -> bool {
    match outcome.state {
        OutcomeState::Closed | OutcomeState::Cancelled => true,
        OutcomeState::Draft | OutcomeState::Proposed | OutcomeState::Active => false,
    }
}

/// A person, in a picture.
struct Owing<'a> {
    picture: &'a Picture,
    assessment: &'a Assessment,
    person: PersonId,
    /// The outcomes for which the person answers.
    answers_for: BTreeSet<OutcomeId>,
}

impl Owing<'_> {
    /// The next check-in of each outcome for which the person answers.
    fn check_ins(&self) -> Vec<Duty> {
        let outcomes = self.answers_for.iter().filter_map(|id| self.picture.outcome(*id));
        let due = outcomes.filter_map(|outcome| {
            let owed_by = self.assessment.outcome(outcome.id)?.accountable;
            Some((outcome, check_in_due(self.picture, outcome, owed_by)?))
        });
        due.map(|(outcome, due)| {
            let subject = DutySubject::Outcome(outcome.id);
            let duty = Duty::of_outcome(DutyKind::CheckIn, subject, outcome.id, outcome.title.as_str());
            duty.due(due.due_on, self.picture.today())
        })
        .collect()
    }

    /// The published check-ins that the person is to acknowledge and has not: due as long after their publication as a
    /// check-in may be late.
    fn acknowledgements(&self) -> Vec<Duty> {
        let reports = self.picture.parts().reports.iter();
        let owed = reports.filter(|one| one.reviewer == Some(self.person) && one.acknowledged_at.is_none());
        owed.filter_map(|report| {
            let outcome = self.picture.outcome(report.outcome)?;
            let published_on = self.picture.day_of(report.published_at);
            let due_on = plus_days(published_on, grace_days(self.picture, outcome));
            let subject = DutySubject::CheckIn(report.check_in);
            let duty = Duty::of_outcome(DutyKind::AcknowledgeCheckIn, subject, outcome.id, outcome.title.as_str());
            Some(duty.due(due_on, self.picture.today()))
        })
        .collect()
    }

    /// The next value, and each milestone that is open, of the measures of outcomes that are pursued and that the person
    /// is to record: who is responsible for the measure, else for its outcome, else who answers for the outcome. What
    /// was never observed is due as if it had been on the outcome's first day.
    fn measures(&self) -> Vec<Duty> {
        let mut measures: BTreeSet<MeasureId> = BTreeSet::new();
        let mut outcomes = self.answers_for.clone();
        for object in self.responsible_for() {
            match object {
                Object::Measure(measure) => drop(measures.insert(measure)),
                Object::Outcome(outcome) => drop(outcomes.insert(outcome)),
            }
        }
        for outcome in outcomes.iter().filter(|outcome| self.records_for(**outcome)) {
            let rest = self.picture.measures_of(*outcome).map(|measure| measure.id);
            measures.extend(rest.filter(|measure| self.responsible(Object::Measure(*measure)).next().is_none()));
        }
        measures.retain(|id| {
            let outcome = self.picture.measure(*id).and_then(|measure| self.picture.outcome(measure.outcome));
            outcome.is_some_and(|outcome| is_active(outcome))
        });
        falling_due(self.picture, self.assessment, [], measures)
    }

    /// Whether the person records what nobody else is responsible for among the measures of an outcome.
    fn records_for(&self, outcome: OutcomeId) -> bool {
        let mut responsible = self.responsible(Object::Outcome(outcome)).peekable();
        match responsible.peek() {
            Some(_) => responsible.any(|person| person == self.person),
            None => self.answers_for.contains(&outcome),
        }
    }

    /// Everyone who is responsible for something now.
    fn responsible(&self, object: Object) -> impl Iterator<Item = PersonId> {
        let at = self.picture.at();
        let named = self.picture.responsibilities_of(object);
        let named = named.filter(move |one| one.part == Part::Responsible && one.during.contains(at));
        named.flat_map(move |one| stand_for(self.picture, one.subject, at))
    }

    /// What the person is responsible for now, by name or through a role.
    fn responsible_for(&self) -> impl Iterator<Item = Object> {
        let at = self.picture.at();
        let assignments = self.picture.assignments_of_person(self.person);
        let roles: BTreeSet<RoleId> =
            assignments.filter(|one| one.kind.answers() && one.during.contains(at)).map(|one| one.role).collect();
        let all = self.picture.parts().responsibilities.iter();
        let in_force = all.filter(move |one| one.part == Part::Responsible && one.during.contains(at));
        let named = in_force.filter(move |one| match one.subject {
            Subject::Role(role) => roles.contains(&role),
            Subject::Person(person) => person == self.person,
        });
        named.filter(move |one| stand_for(self.picture, one.subject, at).contains(&self.person)).map(|one| one.object)
    }

    /// The dependencies of other outcomes on those for which the person answers that nobody has confirmed: due when
    /// what depends begins, or when it was said where that is later.
    fn dependencies(&self) -> Vec<Duty> {
        let all = self.picture.parts().alignments.iter();
        let open = all.filter(|one| one.kind == AlignmentKind::DependsOn && one.confirmed_by.is_none());
        open.filter_map(|alignment| {
            let (on, measure) = match alignment.parent {
                AlignmentParent::Outcome(outcome) => (outcome, None),
                AlignmentParent::Measure(measure) => (self.picture.measure(measure)?.outcome, Some(measure)),
            };
            let on = self.picture.outcome(on).filter(|on| self.answers_for.contains(&on.id) && !has_ended(on))?;
            let child = self.picture.outcome(alignment.child).filter(|child| !has_ended(child))?;
            let said_on = self.picture.day_of(alignment.created_at);
            let due_on = self.picture.start_of(child).map_or(said_on, |start_on| start_on.max(said_on));
            let subject = DutySubject::Outcome(child.id);
            let duty = Duty::of_outcome(DutyKind::ConfirmDependency, subject, on.id, child.title.as_str());
            Some(Duty { measure, ..duty.due(due_on, self.picture.today()) })
        })
        .collect()
    }

    /// What stands and is not waived of the outcomes for which the person answers, and of their measures.
    fn findings(&self, findings: &[Finding]) -> Vec<Duty> {
        let open = findings.iter().filter(|finding| finding.waived.is_none());
        open.filter_map(|finding| {
            let (outcome, measure, title) = self.concerned(finding.subject)?;
            let duty = Duty::of_outcome(DutyKind::Finding, DutySubject::Finding(finding.id), outcome, title);
            Some(Duty { measure, finding: Some((finding.rule, finding.severity)), ..duty })
        })
        .collect()
    }

    /// The outcome that a finding is about, the measure where it is one, and what its subject is called; where the
    /// person answers for the outcome.
    fn concerned(&self, subject: FindingSubject) -> Option<(OutcomeId, Option<MeasureId>, &str)> {
        let (outcome, measure, title) = match subject {
            FindingSubject::Outcome(id) => (id, None, self.picture.outcome(id)?.title.as_str()),
            FindingSubject::Measure(id) => {
                let measure = self.picture.measure(id)?;
                (measure.outcome, Some(id), measure.name.as_str())
            }
            FindingSubject::Role(_)
            | FindingSubject::Person(_)
            | FindingSubject::Team(_)
            | FindingSubject::Briefing(_)
            | FindingSubject::Webhook(_) => return None,
        };
        self.answers_for.contains(&outcome).then_some((outcome, measure, title))
    }
}
