//! Why two boards differ: what was written between them that touches a part, or else that only time went on.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use remit_domain::alignment::{Alignment, AlignmentParent};
use remit_domain::assignment::Assignment;
use remit_domain::check_in::CheckIn;
use remit_domain::id::Identified;
use remit_domain::measure::{Measure, MeasureId};
use remit_domain::mission::Mission;
use remit_domain::organization::Organization;
use remit_domain::outcome::{Outcome, OutcomeId, OutcomeResult};
use remit_domain::period::Period;
use remit_domain::person::{Person, PersonId};
use remit_domain::picture::Picture;
use remit_domain::responsibility::{Object, Part, Responsibility};
use remit_domain::role::{Role, Subject};
use remit_domain::theme::Theme;
use remit_domain::time::{Instant, Span};
use remit_persistence::{Headword, Known, ReadTx, VersionKey};
use serde::Serialize;
use utoipa::ToSchema;

use super::compare::{Flat, MISSION};
use crate::problem::Problem;
use crate::wire::InstantText;

/// What is written of a board's parts.
const KINDS: [&str; 13] = [
    Alignment::NOUN,
    Assignment::NOUN,
    CheckIn::NOUN,
    Measure::NOUN,
    Mission::NOUN,
    Organization::NOUN,
    Outcome::NOUN,
    OutcomeResult::NOUN,
    Period::NOUN,
    Person::NOUN,
    Responsibility::NOUN,
    Role::NOUN,
    Theme::NOUN,
];

/// The most entries of the log that are shown of a part.
pub const CAUSES_MAX: usize = 20;

/// Something that was written between two boards, and touches a part.
#[derive(Clone, Serialize, ToSchema)]
pub struct BoardCause {
    /// The number of the write.
    #[schema(minimum = 1)]
    revision: i64,
    recorded_at: InstantText,
    /// Who wrote it: a person's id, or a credential's name.
    #[schema(max_length = 300)]
    actor: String,
    /// The name of the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    actor_name: Option<String>,
    /// What was done, such as `outcome.changed`.
    #[schema(max_length = 100)]
    action: String,
    /// The kind of what it was done to.
    #[schema(max_length = 100)]
    subject_kind: String,
    /// Which one.
    #[schema(max_length = 200)]
    subject_id: String,
    /// How many observations of the measure come into view by it, where it is a recording of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    observations: Option<i64>,
}

impl BoardCause {
    /// Who wrote it, by name where it is a person.
    pub fn who(&self) -> &str {
        self.actor_name.as_deref().unwrap_or(&self.actor)
    }
    /// The number of the write.
    pub fn revision(&self) -> i64 {
        self.revision
    }
}

/// What was written, as it is found in the log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    Version(VersionKey),
    Recording { revision: i64, measure: MeasureId, count: i64 },
}

/// What was written between two boards, by the parts that it touches.
pub struct Causes {
    by_part: HashMap<String, BTreeSet<Act>>,
    settings: BTreeSet<Act>,
    /// Parts that are touched, or stand above one that is.
    touched: HashSet<String>,
}

impl Causes {
    /// Finds them.
    ///
    /// # Errors
    /// What the store says.
    pub fn between(
        tx: &mut ReadTx<'_>,
        pictures: [&Picture; 2],
        boards: [&Flat; 2],
        [from, to]: [Known; 2],
    ) -> Result<Self, Problem> {
        let mut written = tx.written_between(&KINDS, from, to)?;
        // What was known before may begin or end between the two.
        let turning = turning(pictures, from.at, to.at);
        written.extend(tx.written_of(&turning, to.revision)?);
        let observations = tx.observed_between(from, to)?;
        let observed = observations.iter().map(|observed| observed.measure.to_string());
        let moved: HashSet<String> = written.iter().map(|version| version.1.clone()).chain(observed).collect();
        let mut touches: HashMap<String, BTreeSet<String>> = HashMap::new();
        for picture in pictures {
            note_touches(picture, &moved, &mut touches);
        }
        let organization = tx.organization_id().to_string();
        let mut causes = Self { by_part: HashMap::new(), settings: BTreeSet::new(), touched: HashSet::new() };
        for version in written {
            if version.1 == organization {
                causes.settings.insert(Act::Version(version));
                continue;
            }
            for part in touches.get(&version.1).into_iter().flatten() {
                causes.by_part.entry(part.clone()).or_default().insert(Act::Version(version.clone()));
            }
        }
        for observed in observations {
            let (revision, measure, count) = (observed.revision, observed.measure, observed.count);
            for part in touches.get(&measure.to_string()).into_iter().flatten() {
                let act = Act::Recording { revision, measure, count };
                causes.by_part.entry(part.clone()).or_default().insert(act);
            }
        }
        causes.touch_above(boards);
        Ok(causes)
    }

    /// What touches a part touches all whose numbers come from it.
    fn touch_above(&mut self, boards: [&Flat; 2]) {
        let mut above: HashMap<&str, Vec<&str>> = HashMap::new();
        for board in boards {
            for (part, below) in &board.below {
                below.iter().for_each(|one| above.entry(one).or_default().push(part));
            }
        }
        let mut open: Vec<&str> = self.by_part.keys().map(String::as_str).collect();
        let mut touched: HashSet<String> = HashSet::new();
        while let Some(part) = open.pop() {
            if touched.insert(part.to_owned()) {
                open.extend(above.get(part).into_iter().flatten());
            }
        }
        self.touched = touched;
    }

    /// Whether nothing was written that touches a part, or anything from which its numbers come.
    pub fn is_clock_alone(&self, part: &str) -> bool {
        self.settings.is_empty() && !self.touched.contains(part)
    }

    /// How many writes touch a part itself.
    pub fn count(&self, part: &str) -> usize {
        self.by_part.get(part).map_or(0, BTreeSet::len)
    }

    /// What touches some parts, the latest of each, oldest first; and what was said of the settings.
    ///
    /// # Errors
    /// What the store says.
    pub fn tell(
        &self,
        tx: &mut ReadTx<'_>,
        picture: &Picture,
        parts: &[&str],
    ) -> Result<(Vec<Vec<BoardCause>>, Vec<BoardCause>), Problem> {
        let none = BTreeSet::new();
        let latest = |acts: &BTreeSet<Act>| -> Vec<Act> {
            let mut acts: Vec<Act> = acts.iter().cloned().collect();
            acts.sort_by_key(|act| (act.revision(), act.clone()));
            acts.split_off(acts.len().saturating_sub(CAUSES_MAX))
        };
        let of_parts: Vec<Vec<Act>> =
            parts.iter().map(|part| latest(self.by_part.get(*part).unwrap_or(&none))).collect();
        let settings = latest(&self.settings);
        let (mut versions, mut recordings) = (HashSet::new(), HashSet::new());
        for act in of_parts.iter().flatten().chain(&settings) {
            match act {
                Act::Version(key) => drop(versions.insert(key.clone())),
                Act::Recording { revision, .. } => drop(recordings.insert(*revision)),
            }
        }
        let mut told: BTreeMap<VersionKey, Vec<Headword>> = BTreeMap::new();
        for entry in tx.entries_that_tell(&versions, &recordings)? {
            let subject = if entry.is_recording() { String::new() } else { entry.subject_id.clone() };
            told.entry((entry.revision, subject)).or_default().push(entry);
        }
        let tell = |acts: Vec<Act>| acts.iter().flat_map(|act| act.tell(picture, &told)).collect();
        Ok((of_parts.into_iter().map(tell).collect(), tell(settings)))
    }
}

impl Act {
    fn revision(&self) -> i64 {
        match self {
            Self::Version((revision, _)) | Self::Recording { revision, .. } => *revision,
        }
    }

    fn tell(&self, picture: &Picture, told: &BTreeMap<VersionKey, Vec<Headword>>) -> Vec<BoardCause> {
        let (key, recorded) = match self {
            Self::Version(key) => (key.clone(), None),
            Self::Recording { revision, measure, count } => ((*revision, String::new()), Some((measure, count))),
        };
        let cause = |entry: &Headword| {
            let Headword { revision, position: _, recorded_at, actor, action, subject_kind, subject_id } =
                entry.clone();
            // A batch is one entry about many measures: what is told is about this one.
            let (subject_kind, subject_id) = match recorded {
                Some((measure, _)) => (Measure::NOUN.to_owned(), measure.to_string()),
                None => (subject_kind, subject_id),
            };
            BoardCause {
                revision,
                recorded_at: recorded_at.into(),
                actor_name: PersonId::parse(&actor).and_then(|id| picture.person(id)).map(|one| one.name.to_string()),
                actor,
                action,
                subject_kind,
                subject_id,
                observations: recorded.map(|(_, count)| *count),
            }
        };
        told.get(&key).into_iter().flatten().map(cause).collect()
    }
}

/// Notes which parts of the board each thing touches.
fn note_touches(picture: &Picture, moved: &HashSet<String>, touches: &mut HashMap<String, BTreeSet<String>>) {
    let mut note = |thing: String, part: String| {
        if moved.contains(&thing) {
            touches.entry(thing).or_default().insert(part);
        }
    };
    let parts = picture.parts();
    if let Some(mission) = &parts.mission {
        note(mission.id.to_string(), MISSION.into());
    }
    for theme in &parts.themes {
        note(theme.id.to_string(), theme.id.to_string());
    }
    for result in &parts.results {
        note(result.id.to_string(), result.outcome.to_string());
    }
    for report in &parts.reports {
        note(report.check_in.to_string(), report.outcome.to_string());
    }
    let outcome_of = |measure: MeasureId| picture.measure(measure).map(|measure| measure.outcome.to_string());
    for measure in &parts.measures {
        note(measure.id.to_string(), measure.id.to_string());
        note(measure.id.to_string(), measure.outcome.to_string());
    }
    for one in &parts.responsibilities {
        match one.object {
            Object::Outcome(outcome) => note(one.id.to_string(), outcome.to_string()),
            Object::Measure(measure) => note(one.id.to_string(), measure.to_string()),
        }
    }
    for edge in &parts.alignments {
        note(edge.id.to_string(), edge.child.to_string());
        match edge.parent {
            AlignmentParent::Outcome(parent) => note(edge.id.to_string(), parent.to_string()),
            AlignmentParent::Measure(parent) => {
                outcome_of(parent).into_iter().for_each(|outcome| note(edge.id.to_string(), outcome));
            }
        }
    }
    for outcome in &parts.outcomes {
        note(outcome.id.to_string(), outcome.id.to_string());
        if let Some(period) = outcome.period {
            note(period.to_string(), outcome.id.to_string());
        }
        for thing in answering(picture, outcome.id) {
            note(thing, outcome.id.to_string());
        }
    }
}

/// Whoever and whatever decides who answers for an outcome: roles, those assigned to them, people.
fn answering(picture: &Picture, outcome: OutcomeId) -> Vec<String> {
    let mut things = Vec::new();
    let accountable = picture.responsibilities_of(Object::Outcome(outcome)).filter(|one| one.part == Part::Accountable);
    for one in accountable {
        match one.subject {
            Subject::Person(person) => things.push(person.to_string()),
            Subject::Role(role) => {
                things.push(role.to_string());
                for assignment in picture.assignments_of_role(role).filter(|one| one.kind.answers()) {
                    things.extend([assignment.id.to_string(), assignment.person.to_string()]);
                }
            }
        }
    }
    things
}

/// The dated facts that begin or end after an instant and up to another.
fn turning(pictures: [&Picture; 2], from: Instant, to: Instant) -> Vec<String> {
    let turns = |during: &Span| [Some(during.from), during.to].into_iter().flatten().any(|at| from < at && at <= to);
    let mut ids = BTreeSet::new();
    for picture in pictures {
        let parts = picture.parts();
        let missions = parts.mission.iter().filter(|one| turns(&one.effective)).map(|one| one.id.to_string());
        let assignments = parts.assignments.iter().filter(|one| turns(&one.during)).map(|one| one.id.to_string());
        let borne = parts.responsibilities.iter().filter(|one| turns(&one.during)).map(|one| one.id.to_string());
        ids.extend(missions.chain(assignments).chain(borne));
    }
    ids.into_iter().collect()
}
