//! Change: whose findings may differ from one picture to the next, so that nothing else is judged again.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::FindingSubject;
use crate::accountability::who_answers;
use crate::alignment::{Alignment, AlignmentKind, AlignmentParent};
use crate::briefing::{BriefingId, BriefingStanding};
use crate::entity::Kept;
use crate::id::{Id, Identified};
use crate::measure::MeasureId;
use crate::outcome::OutcomeId;
use crate::person::PersonId;
use crate::picture::Picture;
use crate::responsibility::Object;
use crate::role::{RoleId, Subject};
use crate::skill::SkillId;
use crate::webhook::WebhookId;

/// Those whose findings may differ.
#[derive(Debug, Default)]
pub(super) struct Affected {
    pub(super) outcomes: BTreeSet<OutcomeId>,
    pub(super) measures: BTreeSet<MeasureId>,
    pub(super) roles: BTreeSet<RoleId>,
    pub(super) people: BTreeSet<PersonId>,
    pub(super) briefings: BTreeSet<BriefingId>,
    pub(super) webhooks: BTreeSet<WebhookId>,
}

/// What has changed itself, before it is followed to those who depend on it.
#[derive(Default)]
struct Touched {
    /// Outcomes of which something is judged that changed: themselves, a measure, who answers.
    outcomes: BTreeSet<OutcomeId>,
    /// Outcomes whose place in the graph changed, and with it that of everything below them.
    moved: BTreeSet<OutcomeId>,
    roles: BTreeSet<RoleId>,
    people: BTreeSet<PersonId>,
    skills: HashSet<SkillId>,
}

impl Affected {
    /// Those whose findings may differ; `None` where that may be everyone: another day, other settings, another
    /// calendar, or a fact that began or ended in between.
    pub(super) fn between(before: &Picture, after: &Picture) -> Option<Self> {
        let (old, new) = (before.parts(), after.parts());
        let is_same_time = before.at() <= after.at() && after.at() < before.next_boundary();
        let is_same_frame = same(&old.organization, &new.organization)
            && changed(&old.periods, &new.periods).is_empty()
            && changed(&old.rule_settings, &new.rule_settings).is_empty()
            && old.closed_settings == new.closed_settings
            && old.mission.as_ref().map(|mission| (mission.id, mission.version))
                == new.mission.as_ref().map(|mission| (mission.id, mission.version));
        if !is_same_time || !is_same_frame {
            return None;
        }
        let touched = Touched::between(before, after);
        let mut affected = Self { roles: touched.roles.clone(), people: touched.people.clone(), ..Self::default() };
        for picture in [before, after] {
            affected.follow(picture, &touched);
        }
        for (some, others) in [(&old.briefings, &new.briefings), (&new.briefings, &old.briefings)] {
            let known = |one: &BriefingStanding| {
                let position = others.binary_search_by_key(&one.briefing, |other| other.briefing);
                position.is_ok_and(|position| others.get(position) == Some(one))
            };
            affected.briefings.extend(some.iter().filter(|one| !known(one)).map(|one| one.briefing));
        }
        for (some, others) in [(old, new), (new, old)] {
            let changed = some.disabled_webhooks.iter().filter(|one| !others.disabled_webhooks.contains(one));
            affected.webhooks.extend(changed.map(|one| one.webhook));
        }
        for waiver in changed(&old.waivers, &new.waivers) {
            match waiver.subject {
                FindingSubject::Outcome(id) => drop(affected.outcomes.insert(id)),
                FindingSubject::Measure(id) => drop(affected.measures.insert(id)),
                FindingSubject::Role(id) => drop(affected.roles.insert(id)),
                FindingSubject::Person(id) => drop(affected.people.insert(id)),
                FindingSubject::Briefing(id) => drop(affected.briefings.insert(id)),
                FindingSubject::Webhook(id) => drop(affected.webhooks.insert(id)),
                FindingSubject::Team(_) => {}
            }
        }
        Some(affected)
    }

    /// Whether the findings of a subject may differ.
    pub(super) fn names(&self, subject: FindingSubject) -> bool {
        match subject {
            FindingSubject::Outcome(id) => self.outcomes.contains(&id),
            FindingSubject::Measure(id) => self.measures.contains(&id),
            FindingSubject::Role(id) => self.roles.contains(&id),
            FindingSubject::Person(id) => self.people.contains(&id),
            FindingSubject::Briefing(id) => self.briefings.contains(&id),
            FindingSubject::Webhook(id) => self.webhooks.contains(&id),
            // No rule judges teams.
            FindingSubject::Team(_) => false,
        }
    }

    /// Follows what changed to everyone who is judged by it, as one of the two pictures shows the ways.
    fn follow(&mut self, picture: &Picture, touched: &Touched) {
        let parts = picture.parts();
        let requires = |skill: &SkillId| touched.skills.contains(skill);
        let asking = parts.roles.iter().filter(|role| role.skills.iter().any(|required| requires(&required.skill)));
        self.roles.extend(asking.map(|role| role.id));
        let mut outcomes = touched.outcomes.clone();
        // Who is named, or holds a role that is, decides who answers.
        let is_named = |subject| match subject {
            Subject::Role(role) => touched.roles.contains(&role),
            Subject::Person(person) => touched.people.contains(&person),
        };
        let naming = parts.responsibilities.iter().filter(|one| is_named(one.subject));
        outcomes.extend(naming.filter_map(|one| outcome_of(picture, one.object)));
        let mut below: Vec<OutcomeId> = touched.moved.iter().copied().collect();
        let mut seen = touched.moved.clone();
        while let Some(id) = below.pop() {
            let Some(position) = picture.outcome_position(id) else { continue };
            let children = picture.children_at(position).iter().filter_map(|edge| parts.outcomes.get(edge.to));
            below.extend(children.map(|child| child.id).filter(|child| seen.insert(*child)));
            // An outcome is measured by its parts, too.
            let parents = picture.parents_at(position).iter().filter_map(|edge| parts.outcomes.get(edge.to));
            outcomes.extend(parents.map(|parent| parent.id));
        }
        // Every other way to lead to an outcome: one step, from either of its ends.
        outcomes
            .extend(parts.alignments.iter().filter(|one| leads_to(picture, one, &touched.moved)).map(|one| one.child));
        outcomes.extend(seen);
        for id in outcomes {
            self.measures.extend(picture.measures_of(id).map(|measure| measure.id));
            let of_measures = picture.measures_of(id).map(|measure| Object::Measure(measure.id));
            for object in std::iter::once(Object::Outcome(id)).chain(of_measures) {
                for one in picture.responsibilities_of(object) {
                    if let Subject::Role(role) = one.subject {
                        self.roles.insert(role);
                    }
                }
            }
            self.people.extend(who_answers(picture, id, picture.at()).ok().map(|answer| answer.person));
            self.outcomes.insert(id);
        }
    }
}

impl Touched {
    fn between(before: &Picture, after: &Picture) -> Self {
        let (old, new) = (before.parts(), after.parts());
        let mut touched = Self::default();
        touched.moved.extend(changed(&old.outcomes, &new.outcomes).iter().map(|row| row.id));
        for row in changed(&old.alignments, &new.alignments) {
            touched.moved.insert(row.child);
            if let AlignmentParent::Outcome(parent) = row.parent {
                touched.outcomes.insert(parent);
            }
        }
        for row in changed(&old.measures, &new.measures) {
            // Whoever leads to the measure leads to its outcome.
            touched.moved.insert(row.outcome);
        }
        for (one, other) in [(before, after), (after, before)] {
            let (some, others) = (one.parts(), other.parts());
            let differ = some.headline.iter().filter(|(measure, points)| match others.headline.get(measure) {
                Some(theirs) => !Arc::ptr_eq(points, theirs) && *points != theirs,
                None => !points.is_empty(),
            });
            let recorded = some.recorders.iter().filter(|(measure, by)| others.recorders.get(measure) != Some(by));
            let observed = differ.map(|(measure, _)| measure).chain(recorded.map(|(measure, _)| measure));
            touched
                .outcomes
                .extend(observed.filter_map(|measure| one.measure(*measure)).map(|measure| measure.outcome));
        }
        for picture in [(before, after), (after, before)] {
            let (one, other) = picture;
            let differ = one.parts().reports.iter().map(|report| report.outcome);
            touched.outcomes.extend(differ.filter(|id| one.reports_of(*id) != other.reports_of(*id)));
        }
        for row in changed(&old.responsibilities, &new.responsibilities) {
            for picture in [before, after] {
                touched.outcomes.extend(outcome_of(picture, row.object));
            }
            if let Subject::Role(role) = row.subject {
                touched.roles.insert(role);
            }
        }
        for row in changed(&old.assignments, &new.assignments) {
            touched.roles.insert(row.role);
            touched.people.insert(row.person);
        }
        touched.roles.extend(changed(&old.roles, &new.roles).iter().map(|row| row.id));
        touched.skills.extend(changed(&old.person_skills, &new.person_skills).iter().map(|row| row.skill));
        for person in changed(&old.people, &new.people).iter().map(|row| row.id) {
            touched.people.insert(person);
            for picture in [before, after] {
                touched.roles.extend(picture.assignments_of_person(person).map(|one| one.role));
                touched.skills.extend(picture.skills_of(person).map(|one| one.skill));
            }
        }
        touched
    }
}

/// Whether an alignment leads to one of some outcomes, by itself or by one of its measures.
fn leads_to(picture: &Picture, alignment: &Alignment, outcomes: &BTreeSet<OutcomeId>) -> bool {
    let parent = match alignment.parent {
        AlignmentParent::Outcome(outcome) => Some(outcome),
        AlignmentParent::Measure(measure) => picture.measure(measure).map(|measure| measure.outcome),
    };
    match alignment.kind {
        AlignmentKind::Contributes | AlignmentKind::Supports | AlignmentKind::DependsOn => {
            parent.is_some_and(|parent| outcomes.contains(&parent))
        }
    }
}

fn outcome_of(picture: &Picture, object: Object) -> Option<OutcomeId> {
    match object {
        Object::Outcome(outcome) => Some(outcome),
        Object::Measure(measure) => picture.measure(measure).map(|measure| measure.outcome),
    }
}

/// Whether two rows are one state of one entity: what is kept never changes under its version.
fn same<T: Identified>(one: &Kept<T>, other: &Kept<T>) -> bool {
    (one.id, one.version, one.updated_at) == (other.id, other.version, other.updated_at)
}

/// The rows that are not the same in both, each as it was and as it is. Both are in the order of their ids.
fn changed<'a, T: Identified>(before: &'a [Kept<T>], after: &'a [Kept<T>]) -> Vec<&'a Kept<T>> {
    let mut changed = Vec::new();
    let (mut old, mut new) = (before.iter().peekable(), after.iter().peekable());
    loop {
        while let (Some(one), Some(other)) = (old.peek(), new.peek())
            && one.is(other)
        {
            old.next();
            new.next();
        }
        let ids: (Option<Id<T>>, Option<Id<T>>) = (old.peek().map(|row| row.id), new.peek().map(|row| row.id));
        match ids {
            (None, None) => return changed,
            (Some(one), Some(other)) if one == other => {
                if let (Some(was), Some(is)) = (old.next(), new.next())
                    && !same(was, is)
                {
                    changed.extend([was, is]);
                }
            }
            (Some(one), other) if other.is_none_or(|other| one < other) => changed.extend(old.next()),
            (Some(_) | None, _) => changed.extend(new.next()),
        }
    }
}
