//! What the rules see: one subject at a time, in its picture, with what is looked up once for all of them.

use std::collections::{HashMap, HashSet};

use super::{FindingSubject, Rulebook, is_judged};
use crate::accountability::stand_for;
use crate::assessment::{Assessment, MeasureAssessment, OutcomeAssessment};
use crate::briefing::BriefingStanding;
use crate::entity::Kept;
use crate::id::{Id, Identified};
use crate::measure::{Measure, MeasureState};
use crate::outcome::{Outcome, OutcomeId};
use crate::parallel::both;
use crate::person::{Person, PersonId};
use crate::picture::Picture;
use crate::responsibility::{Object, Responsibility};
use crate::role::{Role, RoleId, Subject};
use crate::skill::{Level, SkillId};
use crate::time::Instant;

/// A noun that rules judge.
pub(crate) trait Judged: Identified + Sized {
    /// What a finding about it names.
    fn subject(id: Id<Self>) -> FindingSubject;
}
impl Judged for Outcome {
    fn subject(id: Id<Self>) -> FindingSubject {
        FindingSubject::Outcome(id)
    }
}
impl Judged for Measure {
    fn subject(id: Id<Self>) -> FindingSubject {
        FindingSubject::Measure(id)
    }
}
impl Judged for Role {
    fn subject(id: Id<Self>) -> FindingSubject {
        FindingSubject::Role(id)
    }
}
impl Judged for Person {
    fn subject(id: Id<Self>) -> FindingSubject {
        FindingSubject::Person(id)
    }
}

/// A subject as a rule sees it.
pub(crate) struct Scene<'a, T: Identified> {
    pub(crate) facts: &'a Facts<'a>,
    /// The subject.
    pub(crate) it: &'a Kept<T>,
    /// Its position among those of its kind in the picture.
    pub(crate) position: usize,
    /// The instant asked for, or the outcome's first day where that is still to come: nobody need answer before it.
    pub(crate) at: Instant,
    /// The settings that count for it.
    pub(crate) book: &'a Rulebook,
    /// The numbers of the rule that judges.
    pub(crate) numbers: &'a [f64],
}

/// A briefing as a rule sees it.
pub(crate) struct Told<'a> {
    pub(crate) picture: &'a Picture,
    /// The briefing.
    pub(crate) it: &'a BriefingStanding,
    /// The numbers of the rule that judges.
    pub(crate) numbers: &'a [f64],
}

/// What is looked up once for all rules.
pub(crate) struct Facts<'a> {
    pub(crate) picture: &'a Picture,
    pub(crate) assessment: &'a Assessment,
    at: Instant,
    /// By the position of an outcome, the instant at which it is judged.
    instants: Vec<Instant>,
    /// The positions of the outcomes that are judged.
    pub(crate) outcomes: Vec<usize>,
    /// The positions of the measures that are judged.
    pub(crate) measures: Vec<usize>,
    /// The outcomes that are judged, by who answers for them.
    pub(crate) answered_by: HashMap<PersonId, Vec<OutcomeId>>,
    /// The roles that have a part in something that is judged.
    pub(crate) with_part: HashSet<RoleId>,
    /// Who can answer for each role.
    pub(crate) holders: HashMap<RoleId, Vec<PersonId>>,
    /// The active people who master a skill, and how well.
    pub(crate) masters: HashMap<SkillId, Vec<(PersonId, Level)>>,
    /// By the position of an outcome: where two ways up from it meet.
    pub(crate) meets: Vec<Option<usize>>,
    /// By the position of an outcome: whether it serves the mission or a theme, by itself or through what it is part of.
    pub(crate) serves: Vec<bool>,
}

impl<'a> Facts<'a> {
    pub(crate) fn of(picture: &'a Picture, assessment: &'a Assessment, at: Instant) -> Self {
        let parts = picture.parts();
        let is_active = |outcome: &Kept<Outcome>| is_judged(outcome.state);
        let outcomes: Vec<usize> = positions(&parts.outcomes, is_active);
        let measures = parts.measures.iter().enumerate().filter(|(position, measure)| {
            let outcome = || picture.outcome_at(*position).and_then(|outcome| parts.outcomes.get(outcome));
            measure.state == MeasureState::Active && outcome().is_some_and(is_active)
        });
        let measures = measures.map(|(position, _)| position).collect();
        let today = picture.day_of(at);
        let instant_of = |outcome: &Kept<Outcome>| match picture.start_of(outcome) {
            Some(day) if day > today => picture.zone().start_of(day),
            Some(_) | None => at,
        };
        let instants = parts.outcomes.iter().map(instant_of).collect();
        let mut answered_by: HashMap<PersonId, Vec<OutcomeId>> = HashMap::new();
        for one in outcomes.iter().filter_map(|position| assessment.outcomes().get(*position)) {
            if let Ok(answer) = one.accountable {
                answered_by.entry(answer.person).or_default().push(one.id);
            }
        }
        let is_pursued = |object| match object {
            Object::Outcome(id) => picture.outcome(id).is_some_and(is_active),
            Object::Measure(id) => {
                let outcome = picture.measure(id).and_then(|measure| picture.outcome(measure.outcome));
                outcome.is_some_and(is_active)
            }
        };
        let in_force = |one: &Kept<Responsibility>| one.during.contains(at) && is_pursued(one.object);
        let (with_part, holders) = both(
            parts.responsibilities.len(),
            || parts.responsibilities.iter().filter(|one| in_force(one)).filter_map(|one| one.subject.role()).collect(),
            || parts.roles.iter().map(|role| (role.id, stand_for(picture, Subject::Role(role.id), at))).collect(),
        );
        let mut masters: HashMap<SkillId, Vec<(PersonId, Level)>> = HashMap::new();
        for held in parts.person_skills.iter().filter(|held| held.during.contains(at)) {
            if stand_for(picture, Subject::Person(held.person), at).is_empty() {
                continue;
            }
            let of = masters.entry(held.skill).or_default();
            // One who holds it twice holds it once, at the better level.
            match of.iter_mut().find(|(person, _)| *person == held.person) {
                Some((_, level)) => *level = (*level).max(held.level),
                None => of.push((held.person, held.level)),
            }
        }
        let meets = meets(picture);
        let serves = serves(picture);
        Self {
            picture,
            assessment,
            at,
            instants,
            outcomes,
            measures,
            answered_by,
            with_part,
            holders,
            masters,
            meets,
            serves,
        }
    }

    /// An outcome as a rule sees it.
    pub(crate) fn outcome(&'a self, position: usize, rule: usize) -> Option<Scene<'a, Outcome>> {
        let it = self.picture.parts().outcomes.get(position)?;
        Some(self.scene(it, position, self.picture.rulebook_of(it), rule, *self.instants.get(position)?))
    }
    /// A measure as a rule sees it.
    pub(crate) fn measure(&'a self, position: usize, rule: usize) -> Option<Scene<'a, Measure>> {
        let it = self.picture.parts().measures.get(position)?;
        let of = self.picture.outcome_at(position)?;
        let outcome = self.picture.parts().outcomes.get(of)?;
        Some(self.scene(it, position, self.picture.rulebook_of(outcome), rule, *self.instants.get(of)?))
    }
    /// A role as a rule sees it.
    pub(crate) fn role(&'a self, position: usize, rule: usize) -> Option<Scene<'a, Role>> {
        let it = self.picture.parts().roles.get(position)?;
        Some(self.scene(it, position, self.picture.rulebook(), rule, self.at))
    }
    /// A person as a rule sees it.
    pub(crate) fn person(&'a self, position: usize, rule: usize) -> Option<Scene<'a, Person>> {
        let it = self.picture.parts().people.get(position)?;
        Some(self.scene(it, position, self.picture.rulebook(), rule, self.at))
    }

    fn scene<T: Identified>(
        &'a self,
        it: &'a Kept<T>,
        position: usize,
        book: &'a Rulebook,
        rule: usize,
        at: Instant,
    ) -> Scene<'a, T> {
        Scene { facts: self, it, position, at, book, numbers: book.numbers_at(rule) }
    }
}

impl<'a, T: Identified> Scene<'a, T> {
    /// The picture in which it stands.
    pub(crate) fn picture(&self) -> &'a Picture {
        self.facts.picture
    }
    /// The first number of the rule that judges.
    pub(crate) fn number(&self) -> f64 {
        self.numbers.first().copied().unwrap_or(f64::INFINITY)
    }
}

impl<'a> Scene<'a, Outcome> {
    /// Its active measures.
    pub(crate) fn measures(&self) -> impl Iterator<Item = &'a Kept<Measure>> {
        self.active_at().map(|(_, measure)| measure)
    }
    /// Its active measures with their numbers.
    pub(crate) fn assessed(&self) -> impl Iterator<Item = (&'a Kept<Measure>, &'a MeasureAssessment)> {
        let assessment = self.facts.assessment;
        self.active_at().filter_map(|(at, measure)| Some((measure, assessment.measures().get(at)?)))
    }
    fn active_at(&self) -> impl Iterator<Item = (usize, &'a Kept<Measure>)> {
        let picture = self.picture();
        let measures = picture.measures_at(self.position).iter();
        let measures = measures.filter_map(|at| Some((*at, picture.parts().measures.get(*at)?)));
        measures.filter(|(_, measure)| measure.state == MeasureState::Active)
    }
}

impl<'a> Scene<'a, Measure> {
    /// Its numbers.
    pub(crate) fn assessment(&self) -> Option<&'a MeasureAssessment> {
        self.facts.assessment.measures().get(self.position)
    }
    /// The numbers of its outcome.
    pub(crate) fn outcome(&self) -> Option<&'a OutcomeAssessment> {
        self.facts.assessment.outcomes().get(self.picture().outcome_at(self.position)?)
    }
}

fn positions<T: Identified>(rows: &[Kept<T>], is_wanted: impl Fn(&Kept<T>) -> bool) -> Vec<usize> {
    rows.iter().enumerate().filter(|(_, row)| is_wanted(row)).map(|(at, _)| at).collect()
}

/// For each outcome, where two ways that its numbers take upwards meet, if they do.
fn meets(picture: &Picture) -> Vec<Option<usize>> {
    let outcomes = &picture.parts().outcomes;
    let up = |position: usize| {
        let edges = picture.parents_at(position).iter().filter(|edge| edge.weight > 0.0).map(|edge| edge.to);
        edges.filter(|parent| outcomes.get(*parent).is_some_and(|parent| is_judged(parent.state)))
    };
    let mut meets: Vec<Option<usize>> = vec![None; outcomes.len()];
    // Parents first: whoever is part of what is counted twice is counted twice.
    for position in picture.bottom_up().iter().rev() {
        let inherited = up(*position).find_map(|parent| meets[parent]);
        meets[*position] = inherited.or_else(|| {
            let mut ways: Vec<usize> = up(*position).collect();
            if ways.len() < 2 {
                return None;
            }
            let mut seen: HashSet<usize> = HashSet::new();
            // Each is part of nothing twice, so that a second visit comes by another of the ways.
            while let Some(next) = ways.pop() {
                if !seen.insert(next) {
                    return Some(next);
                }
                ways.extend(up(next));
            }
            None
        });
    }
    meets
}

/// For each outcome, whether it serves the mission or a theme, by itself or through what it is part of.
fn serves(picture: &Picture) -> Vec<bool> {
    let outcomes = &picture.parts().outcomes;
    let mut serves: Vec<bool> = outcomes.iter().map(|outcome| outcome.serves.is_some()).collect();
    for position in picture.bottom_up().iter().rev() {
        if picture.parents_at(*position).iter().any(|edge| serves[edge.to]) {
            serves[*position] = true;
        }
    }
    serves
}
