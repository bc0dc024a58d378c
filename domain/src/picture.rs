//! A picture: everything of one organization as it was at an instant, indexed once, from which every answer is computed.

mod boundary;
mod graph;
mod index;

use std::collections::HashMap;
use std::sync::Arc;

pub use graph::Edge;

use crate::alignment::Alignment;
use crate::assignment::Assignment;
use crate::briefing::{BriefingId, BriefingStanding};
use crate::check_in::Report;
use crate::entity::Kept;
use crate::measure::{Measure, MeasureId};
use crate::mission::Mission;
use crate::organization::Organization;
use crate::outcome::{Outcome, OutcomeId, OutcomeResult, Serves, TimeFrame};
use crate::parallel::each;
use crate::period::{Period, PeriodId};
use crate::person::{Person, PersonId, PersonSkill};
use crate::responsibility::{Object, Responsibility};
use crate::role::{Role, RoleId};
use crate::rule::{FindingId, RuleSetting, Rulebook};
use crate::team::{Membership, Team, TeamId};
use crate::theme::{Theme, ThemeId};
use crate::time::{Day, Instant, Zone};
use crate::waiver::Waiver;
use crate::webhook::DisabledWebhook;
use index::Index;

/// How many check-ins of an outcome a picture keeps.
pub const REPORTS_KEPT: usize = 5;

/// A headline observation, as the formulas see it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// When it was true.
    pub at: Instant,
    /// The day, where a day was sent.
    pub on: Option<Day>,
    /// The value.
    pub value: f64,
}

/// The headline observations of a measure, ascending; pictures that show the same ones share them.
pub type Points = Arc<[Point]>;

/// What a picture is made of. Rows are as they were at `at`; facts with a `during` are all those
/// known then, past and coming ones too, and every function filters them by its own instant.
#[derive(Clone, Debug)]
pub struct PictureParts {
    /// The instant that is pictured.
    pub at: Instant,
    /// The organization, with the settings of that day.
    pub organization: Kept<Organization>,
    /// The mission in force.
    pub mission: Option<Kept<Mission>>,
    /// The themes.
    pub themes: Vec<Kept<Theme>>,
    /// The periods.
    pub periods: Vec<Kept<Period>>,
    /// The teams.
    pub teams: Vec<Kept<Team>>,
    /// Who is in which team.
    pub memberships: Vec<Kept<Membership>>,
    /// The people.
    pub people: Vec<Kept<Person>>,
    /// The roles.
    pub roles: Vec<Kept<Role>>,
    /// Who holds which role.
    pub assignments: Vec<Kept<Assignment>>,
    /// The outcomes, of every state.
    pub outcomes: Vec<Kept<Outcome>>,
    /// The latest result of each outcome that has one.
    pub results: Vec<Kept<OutcomeResult>>,
    /// The measures, active and retired.
    pub measures: Vec<Kept<Measure>>,
    /// Who has which part in what.
    pub responsibilities: Vec<Kept<Responsibility>>,
    /// What leads to what.
    pub alignments: Vec<Kept<Alignment>>,
    /// The headline observations of each measure; a picture shows none after `at`.
    pub headline: HashMap<MeasureId, Points>,
    /// The person who alone recorded the headline observations of a measure, where it is one person.
    pub recorders: HashMap<MeasureId, PersonId>,
    /// Who masters what.
    pub person_skills: Vec<Kept<PersonSkill>>,
    /// What the organization says of its rules.
    pub rule_settings: Vec<Kept<RuleSetting>>,
    /// What it said of them while a period ran that is closed now, where that was something else.
    pub closed_settings: HashMap<PeriodId, Vec<RuleSetting>>,
    /// Which findings are waived.
    pub waivers: Vec<Kept<Waiver>>,
    /// The latest published check-ins of each outcome, [`REPORTS_KEPT`] at most.
    pub reports: Vec<Report>,
    /// The published briefings.
    pub briefings: Vec<BriefingStanding>,
    /// The webhooks that the service gave up on.
    pub disabled_webhooks: Vec<DisabledWebhook>,
}

/// Everything of one organization as it was at an instant, with the ways to find it.
#[derive(Clone, Debug)]
pub struct Picture {
    parts: PictureParts,
    today: Day,
    index: Index,
    rulebook: Rulebook,
    closed_rulebooks: HashMap<PeriodId, Rulebook>,
}

impl Picture {
    /// Puts the parts in the order of their ids and indexes them.
    pub fn new(mut parts: PictureParts) -> Self {
        order(&mut parts);
        let today = parts.organization.day_of(parts.at);
        let index = Index::new(&parts);
        let rulebook = Rulebook::of(parts.rule_settings.iter().map(|row| &*row.value));
        let closed = parts.closed_settings.iter();
        let closed_rulebooks = closed.map(|(period, settings)| (*period, Rulebook::of(settings))).collect();
        Self { parts, today, index, rulebook, closed_rulebooks }
    }
    /// The parts; rows are in the order of their ids.
    pub fn parts(&self) -> &PictureParts {
        &self.parts
    }
    /// The instant that is pictured.
    pub fn at(&self) -> Instant {
        self.parts.at
    }
    /// The local day of that instant, by which alone the clock enters the formulas.
    pub fn today(&self) -> Day {
        self.today
    }
    /// The zone in force at that instant.
    pub fn zone(&self) -> &Zone {
        self.parts.organization.zone_at(self.parts.at)
    }
    /// The local day of an instant, in the zone in force then.
    pub fn day_of(&self, at: Instant) -> Day {
        self.parts.organization.day_of(at)
    }
    /// The local day of an observation: the day as sent, else that of its instant.
    pub fn day_of_point(&self, point: &Point) -> Day {
        point.on.unwrap_or_else(|| self.day_of(point.at))
    }

    /// A theme by its id.
    pub fn theme(&self, id: ThemeId) -> Option<&Kept<Theme>> {
        self.parts.themes.get(*self.index.themes.get(&id)?)
    }
    /// A period by its id.
    pub fn period(&self, id: PeriodId) -> Option<&Kept<Period>> {
        self.parts.periods.get(*self.index.periods.get(&id)?)
    }
    /// A team by its id.
    pub fn team(&self, id: TeamId) -> Option<&Kept<Team>> {
        self.parts.teams.get(*self.index.teams.get(&id)?)
    }
    /// A person by its id.
    pub fn person(&self, id: PersonId) -> Option<&Kept<Person>> {
        self.parts.people.get(*self.index.people.get(&id)?)
    }
    /// A role by its id.
    pub fn role(&self, id: RoleId) -> Option<&Kept<Role>> {
        self.parts.roles.get(*self.index.roles.get(&id)?)
    }
    /// An outcome by its id.
    pub fn outcome(&self, id: OutcomeId) -> Option<&Kept<Outcome>> {
        self.parts.outcomes.get(self.outcome_position(id)?)
    }
    /// A measure by its id.
    pub fn measure(&self, id: MeasureId) -> Option<&Kept<Measure>> {
        self.parts.measures.get(self.measure_position(id)?)
    }
    /// Where an outcome stands in `parts().outcomes`.
    pub fn outcome_position(&self, id: OutcomeId) -> Option<usize> {
        self.index.outcomes.get(&id).copied()
    }
    /// Where a measure stands in `parts().measures`.
    pub fn measure_position(&self, id: MeasureId) -> Option<usize> {
        self.index.measures.get(&id).copied()
    }

    /// The measures of an outcome, active and retired.
    pub fn measures_of(&self, outcome: OutcomeId) -> impl Iterator<Item = &Kept<Measure>> {
        let position = self.outcome_position(outcome);
        rows(&self.parts.measures, position.map_or(&[], |position| self.measures_at(position)))
    }
    /// The positions of the measures of the outcome at a position of `parts().outcomes`.
    pub fn measures_at(&self, outcome: usize) -> &[usize] {
        self.index.measures_of.get(outcome)
    }
    /// The position of the outcome of the measure at a position of `parts().measures`.
    pub fn outcome_at(&self, measure: usize) -> Option<usize> {
        self.index.outcome_of.get(measure).copied().flatten()
    }
    /// The latest result of an outcome.
    pub fn result_of(&self, outcome: OutcomeId) -> Option<&Kept<OutcomeResult>> {
        self.parts.results.get(*self.index.result_of.get(&outcome)?)
    }
    /// The responsibilities for an outcome or a measure, of every time.
    pub fn responsibilities_of(&self, object: Object) -> impl Iterator<Item = &Kept<Responsibility>> {
        rows(&self.parts.responsibilities, self.index.responsibilities_of.get(&object))
    }
    /// The assignments to a role, of every time.
    pub fn assignments_of_role(&self, role: RoleId) -> impl Iterator<Item = &Kept<Assignment>> {
        rows(&self.parts.assignments, self.index.assignments_of_role.get(&role))
    }
    /// The assignments of a person, of every time.
    pub fn assignments_of_person(&self, person: PersonId) -> impl Iterator<Item = &Kept<Assignment>> {
        rows(&self.parts.assignments, self.index.assignments_of_person.get(&person))
    }
    /// The memberships in a team, of every time.
    pub fn memberships_of_team(&self, team: TeamId) -> impl Iterator<Item = &Kept<Membership>> {
        rows(&self.parts.memberships, self.index.memberships_of_team.get(&team))
    }
    /// The memberships of a person, of every time.
    pub fn memberships_of_person(&self, person: PersonId) -> impl Iterator<Item = &Kept<Membership>> {
        rows(&self.parts.memberships, self.index.memberships_of_person.get(&person))
    }
    /// The alignments of an outcome with what it leads to, in every way.
    pub fn alignments_of(&self, child: OutcomeId) -> impl Iterator<Item = &Kept<Alignment>> {
        rows(&self.parts.alignments, self.index.alignments_of.get(&child))
    }
    /// The skills of a person, of every time.
    pub fn skills_of(&self, person: PersonId) -> impl Iterator<Item = &Kept<PersonSkill>> {
        rows(&self.parts.person_skills, self.index.skills_of.get(&person))
    }
    /// The waiver of a finding, whether it still holds or not.
    pub fn waiver_of(&self, finding: FindingId) -> Option<&Kept<Waiver>> {
        self.parts.waivers.get(*self.index.waivers.get(&finding)?)
    }
    /// The latest published check-ins of an outcome, ascending.
    pub fn reports_of(&self, outcome: OutcomeId) -> &[Report] {
        let from = self.parts.reports.partition_point(|report| report.outcome < outcome);
        let to = self.parts.reports.partition_point(|report| report.outcome <= outcome);
        self.parts.reports.get(from..to).unwrap_or_default()
    }
    /// A published briefing.
    pub fn briefing(&self, id: BriefingId) -> Option<&BriefingStanding> {
        let position = self.parts.briefings.binary_search_by_key(&id, |briefing| briefing.briefing).ok()?;
        self.parts.briefings.get(position)
    }
    /// What the organization says of its rules.
    pub fn rulebook(&self) -> &Rulebook {
        &self.rulebook
    }
    /// What it says of them for an outcome: a closed period keeps the settings that it ran under.
    pub fn rulebook_of(&self, outcome: &Outcome) -> &Rulebook {
        outcome.period.and_then(|period| self.closed_rulebooks.get(&period)).unwrap_or(&self.rulebook)
    }
    /// The headline observations of a measure, ascending.
    pub fn headline(&self, measure: MeasureId) -> &[Point] {
        self.parts.headline.get(&measure).map_or(&[], |points| points)
    }

    /// The theme that an outcome serves directly, if it is in the picture.
    pub fn theme_of(&self, outcome: &Outcome) -> Option<ThemeId> {
        match outcome.serves {
            Some(Serves::Theme(theme)) => self.index.themes.contains_key(&theme).then_some(theme),
            Some(Serves::Mission(_)) | None => None,
        }
    }
    /// The period in which an outcome is planned.
    pub fn period_of(&self, outcome: &Outcome) -> Option<&Kept<Period>> {
        outcome.period.and_then(|period| self.period(period))
    }
    /// The first day of an outcome.
    pub fn start_of(&self, outcome: &Outcome) -> Option<Day> {
        outcome.start(self.period_of(outcome).map(|period| &*period.value))
    }
    /// The last day of an outcome.
    pub fn due_of(&self, outcome: &Outcome) -> Option<Day> {
        outcome.due(self.period_of(outcome).map(|period| &*period.value))
    }
    /// The days in which an outcome is to be reached.
    pub fn frame_of(&self, outcome: &Outcome) -> Option<TimeFrame> {
        outcome.frame(self.period_of(outcome).map(|period| &*period.value))
    }

    /// The `contributes` edges to the outcome at a position of `parts().outcomes`; `to` is the child's position.
    pub fn children_at(&self, position: usize) -> &[Edge] {
        self.index.graph.children.get(position).map_or(&[], Vec::as_slice)
    }
    /// The `contributes` edges from the outcome at a position; `to` is the parent's position.
    pub fn parents_at(&self, position: usize) -> &[Edge] {
        self.index.graph.parents.get(position).map_or(&[], Vec::as_slice)
    }
    /// Every position of `parts().outcomes`, children before their parents.
    pub fn bottom_up(&self) -> &[usize] {
        &self.index.graph.order
    }
    /// The same in levels: no outcome of a level is part of another of that level.
    pub fn levels(&self) -> Vec<Vec<usize>> {
        let mut level_of = vec![0usize; self.parts.outcomes.len()];
        let mut levels: Vec<Vec<usize>> = Vec::new();
        for position in self.bottom_up() {
            let level = self.children_at(*position).iter().map(|child| level_of[child.to] + 1).max().unwrap_or(0);
            level_of[*position] = level;
            if levels.len() <= level {
                levels.resize_with(level + 1, Vec::new);
            }
            levels[level].push(*position);
        }
        levels
    }
}

/// By outcome and time, the latest of each outcome alone.
fn order_reports(reports: &mut Vec<Report>) {
    reports.sort_by_key(|report| (report.outcome, std::cmp::Reverse((report.published_at, report.check_in))));
    let (mut of, mut count) = (None, 0);
    reports.retain(|report| {
        count = if of == Some(report.outcome) { count + 1 } else { 1 };
        of = Some(report.outcome);
        count <= REPORTS_KEPT
    });
    reports.sort_by_key(|report| (report.outcome, report.published_at, report.check_in));
}

fn rows<'a, T>(all: &'a [T], positions: &'a [usize]) -> impl Iterator<Item = &'a T> {
    positions.iter().filter_map(|position| all.get(*position))
}

/// Answers must not depend on the order in which a database gave its rows.
fn order(parts: &mut PictureParts) {
    parts.themes.sort_by_key(|row| row.id);
    parts.periods.sort_by_key(|row| row.id);
    parts.teams.sort_by_key(|row| row.id);
    parts.memberships.sort_by_key(|row| row.id);
    parts.people.sort_by_key(|row| row.id);
    parts.roles.sort_by_key(|row| row.id);
    parts.assignments.sort_by_key(|row| row.id);
    parts.outcomes.sort_by_key(|row| row.id);
    parts.results.sort_by_key(|row| row.id);
    parts.measures.sort_by_key(|row| row.id);
    parts.responsibilities.sort_by_key(|row| row.id);
    parts.alignments.sort_by_key(|row| row.id);
    parts.person_skills.sort_by_key(|row| row.id);
    parts.rule_settings.sort_by_key(|row| row.id);
    parts.waivers.sort_by_key(|row| row.id);
    parts.briefings.sort_by_key(|briefing| briefing.briefing);
    parts.disabled_webhooks.sort_by_key(|one| one.webhook);
    order_reports(&mut parts.reports);
    let at = parts.at;
    each(&mut parts.headline, |points| {
        if !points.is_sorted_by_key(|point| point.at) || points.last().is_some_and(|point| point.at > at) {
            let mut shown: Vec<Point> = points.iter().filter(|point| point.at <= at).copied().collect();
            shown.sort_by_key(|point| point.at);
            *points = shown.into();
        }
    });
}
