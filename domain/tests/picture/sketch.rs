//! A picture drawn in a few lines. Everything runs from 2026-01-01 to 2026-04-10, a hundred days, in UTC.

use std::collections::HashMap;

use remit_domain::alignment::{Alignment, AlignmentKind, AlignmentParent};
use remit_domain::assessment::Assessment;
use remit_domain::assignment::{Assignment, AssignmentKind};
use remit_domain::briefing::{BriefingStanding, BriefingSubject};
use remit_domain::check_in::Report;
use remit_domain::entity::{Actor, Check, Kept, KeptRow, Valid};
use remit_domain::id::{Id, Identified};
use remit_domain::mailing::Mailing;
use remit_domain::measure::{
    Aggregation, Cadence, Every, Indicator, Measure, MeasureId, MeasureKind, MeasureState, Target,
};
use remit_domain::mission::{Mission, MissionId};
use remit_domain::number::Number;
use remit_domain::organization::{Organization, Thresholds};
use remit_domain::outcome::{
    Category, Commitment, Outcome, OutcomeId, OutcomeResult, OutcomeState, ResultKind, Serves,
};
use remit_domain::pace::{Pace, ReportedStatus};
use remit_domain::person::{Person, PersonId, PersonSkill};
use remit_domain::picture::{Picture, PictureParts, Point};
use remit_domain::responsibility::{Object, Part, Responsibility};
use remit_domain::role::{Role, RoleId, Subject};
use remit_domain::rule::{Finding, findings};
use remit_domain::skill::{Level, SkillId};
use remit_domain::team::{Membership, MembershipPart, Team, TeamId};
use remit_domain::text::{Key, Text, Title};
use remit_domain::theme::{Theme, ThemeId};
use remit_domain::time::{Day, Instant, Span, Zone, parse_day};
use remit_domain::webhook::{DisabledWebhook, WebhookFault};

pub fn day(text: &str) -> Day {
    parse_day(text).expect("a day")
}

/// The first instant of a day.
pub fn start(text: &str) -> Instant {
    Zone::utc().start_of(day(text))
}

pub fn title(text: &str) -> Title {
    Title::new(text).expect("a title")
}

pub const ALWAYS: Span = Span { from: Instant::BEGINNING, to: None };

pub fn keep<T: Identified + Check>(id: u128, value: T) -> Kept<T>
where
    T::Error: std::fmt::Debug,
{
    let (at, by) = (Instant::BEGINNING, Actor::new("sketch"));
    Kept::new(KeptRow {
        id: Id::from_bits(id),
        version: 1,
        external: None,
        created_at: at,
        created_by: by.clone(),
        updated_at: at,
        updated_by: by,
        value: Valid::new(value).expect("a valid value"),
    })
}

/// Changes a kept value, as a write does.
pub fn change<T: Identified + Check + Clone>(row: &mut Kept<T>, change: impl FnOnce(&mut T))
where
    T::Error: std::fmt::Debug,
{
    let mut value = row.value.clone().into_inner();
    change(&mut value);
    *row = row.clone().with(|row| {
        row.value = Valid::new(value).expect("a valid value");
        row.version += 1;
    });
}

#[derive(Debug)]
pub struct Sketch {
    pub parts: PictureParts,
    next: u128,
}

impl Sketch {
    /// An empty organization at the first instant of a day.
    pub fn on(today: &str) -> Self {
        let organization = Organization {
            name: title("Sketch"),
            slug: Key::parse("sketch").expect("a slug"),
            zone: Zone::utc(),
            next_zone: None,
            fiscal_year_starts: 1,
            thresholds: Thresholds::default(),
            // Nothing is due within the days that are drawn, but where a test says so.
            check_in_days: 366,
            mailing: Mailing::default(),
        };
        let parts = PictureParts {
            at: start(today),
            organization: keep(1, organization),
            mission: None,
            themes: Vec::new(),
            periods: Vec::new(),
            teams: Vec::new(),
            memberships: Vec::new(),
            people: Vec::new(),
            roles: Vec::new(),
            assignments: Vec::new(),
            outcomes: Vec::new(),
            results: Vec::new(),
            measures: Vec::new(),
            responsibilities: Vec::new(),
            alignments: Vec::new(),
            headline: HashMap::new(),
            recorders: HashMap::new(),
            person_skills: Vec::new(),
            rule_settings: Vec::new(),
            closed_settings: HashMap::new(),
            waivers: Vec::new(),
            reports: Vec::new(),
            briefings: Vec::new(),
            disabled_webhooks: Vec::new(),
        };
        Self { parts, next: 1 }
    }
    pub fn picture(&self) -> Picture {
        Picture::new(self.parts.clone())
    }
    /// Everything that stands.
    pub fn findings(&self) -> Vec<Finding> {
        let picture = self.picture();
        findings(&picture, &Assessment::of(&picture))
    }
    pub fn next(&mut self) -> u128 {
        self.next += 1;
        self.next
    }
    pub fn theme(&mut self) -> ThemeId {
        let row = keep(self.next(), Theme { title: title("Theme"), success: None });
        self.parts.themes.push(row);
        self.parts.themes.last().expect("just drawn").id
    }
    /// An active, committed outcome of weight 1.
    pub fn outcome(&mut self, theme: Option<ThemeId>) -> OutcomeId {
        let outcome = Outcome {
            title: title("Outcome"),
            statement: None,
            impact: None,
            category: Category::Other,
            serves: theme.map(Serves::Theme),
            team: None,
            owner: None,
            period: None,
            start_on: Some(day("2026-01-01")),
            due_on: Some(day("2026-04-10")),
            commitment: Commitment::Committed,
            weight: 1.0,
            state: OutcomeState::Active,
            active_from: Some(start("2026-01-01")),
            ended_at: None,
            skills: Vec::new(),
            tags: Vec::new(),
            check_in_days: None,
            check_in_grace_days: None,
        };
        let row = keep(self.next(), outcome);
        self.parts.outcomes.push(row);
        self.parts.outcomes.last().expect("just drawn").id
    }
    pub fn change(&mut self, id: OutcomeId, what: impl FnOnce(&mut Outcome)) {
        change(self.parts.outcomes.iter_mut().find(|row| row.id == id).expect("drawn before"), what);
    }
    pub fn close(&mut self, id: OutcomeId, result: ResultKind, progress: Option<f64>) {
        self.change(id, |outcome| outcome.state = OutcomeState::Closed);
        let row = OutcomeResult {
            outcome: id,
            result,
            score: 0.5,
            final_progress: progress,
            final_coverage: progress.map(|_| 1.0),
            retrospective: None,
            reason: None,
        };
        let row = keep(self.next(), row);
        self.parts.results.push(row);
    }
    /// A weekly measure from 0 to 100, with a value observed yesterday.
    pub fn measure(&mut self, outcome: OutcomeId, weight: f64, value: Option<f64>) -> MeasureId {
        let number = |value| Some(Number::new(value).expect("a number"));
        let target = Target { baseline: number(0.0), target: number(100.0), ..Target::default() };
        let id = self.next();
        let measure = Measure {
            outcome,
            key: Key::parse(&format!("m{id}")).expect("a key"),
            name: title("Measure"),
            kind: MeasureKind::Increase,
            target,
            unit: None,
            precision: 2,
            aggregation: Aggregation::Last,
            weight,
            indicator: Indicator::Lagging,
            guardrail: false,
            state: MeasureState::Active,
            cadence: vec![Cadence { from: None, every: Every::Week }],
            lag_days: 0,
            grace_days: None,
            plan: Vec::new(),
            milestones: Vec::new(),
        };
        let row = keep(id, measure);
        let id = row.id;
        self.parts.measures.push(row);
        if let Some(value) = value {
            let at = self.parts.at.plus_micros(-1);
            self.parts.headline.insert(id, [Point { at, on: None, value }].into());
        }
        id
    }
    pub fn change_measure(&mut self, id: MeasureId, what: impl FnOnce(&mut Measure)) {
        change(self.parts.measures.iter_mut().find(|row| row.id == id).expect("drawn before"), what);
    }
    pub fn observe(&mut self, id: MeasureId, points: &[(&str, f64)]) {
        let point =
            |(on, value): &(&str, f64)| Point { at: Zone::utc().end_of(day(on)), on: Some(day(on)), value: *value };
        self.parts.headline.insert(id, points.iter().map(point).collect());
    }
    pub fn contributes(&mut self, child: OutcomeId, parent: OutcomeId, weight: f64) {
        let parent = AlignmentParent::Outcome(parent);
        let row = Alignment { child, parent, kind: AlignmentKind::Contributes, weight, confirmed_by: None };
        let row = keep(self.next(), row);
        self.parts.alignments.push(row);
    }
    /// A check-in that was published at noon of a day.
    pub fn check_in(
        &mut self,
        outcome: OutcomeId,
        on: &str,
        (status, pace): (ReportedStatus, Pace),
        confidence: Option<f64>,
    ) {
        let report = Report {
            check_in: Id::from_bits(self.next()),
            outcome,
            author: None,
            reviewer: None,
            published_at: start(on).plus_micros(43_200_000_000),
            acknowledged_at: None,
            status,
            confidence,
            pace: Some(pace),
            probability: None,
        };
        self.parts.reports.push(report);
    }
    /// A mission in force from a day on.
    pub fn mission(&mut self, from: &str) -> MissionId {
        let effective = Span { from: start(from), to: None };
        let statement = Text::new("Safe roads for everyone").expect("a statement");
        let row = keep(self.next(), Mission { statement, vision: None, values: Vec::new(), effective });
        let id = row.id;
        self.parts.mission = Some(row);
        id
    }
    /// A briefing that was published, and is to be acknowledged by a day.
    pub fn brief(&mut self, subject: BriefingSubject, (readers, acknowledged): (usize, usize), due_on: Option<&str>) {
        let briefing = Id::from_bits(self.next());
        let (published_at, due_on) = (start("2026-01-01"), due_on.map(day));
        self.parts.briefings.push(BriefingStanding {
            briefing,
            subject,
            author: None,
            published_at,
            due_on,
            readers,
            acknowledged,
        });
    }
    /// A webhook that the service gave up on.
    pub fn disable_webhook(&mut self, since: &str) {
        let webhook = Id::from_bits(self.next());
        self.parts.disabled_webhooks.push(DisabledWebhook { webhook, fault: WebhookFault::Gone, since: start(since) });
    }
    pub fn team(&mut self, parent: Option<TeamId>) -> TeamId {
        let row = keep(self.next(), Team { name: title("Team"), purpose: None, parent });
        self.parts.teams.push(row);
        self.parts.teams.last().expect("just drawn").id
    }
    pub fn join(&mut self, team: TeamId, person: PersonId) {
        let row = keep(self.next(), Membership { team, person, part: MembershipPart::Member, during: ALWAYS });
        self.parts.memberships.push(row);
    }
    pub fn person(&mut self) -> PersonId {
        let person = Person {
            name: title("Person"),
            email: None,
            manager: None,
            zone: None,
            active: true,
            joined_on: None,
            left_on: None,
            erased: false,
        };
        let row = keep(self.next(), person);
        self.parts.people.push(row);
        self.parts.people.last().expect("just drawn").id
    }
    pub fn deactivate(&mut self, id: PersonId) {
        let row = self.parts.people.iter_mut().find(|row| row.id == id).expect("drawn before");
        change(row, |person| person.active = false);
    }
    pub fn role(&mut self) -> RoleId {
        let role = Role {
            title: title("Role"),
            purpose: None,
            team: None,
            reports_to: None,
            is_key: false,
            accountabilities: Vec::new(),
            domains: Vec::new(),
            skills: Vec::new(),
            seats_min: 0,
            seats_max: 1,
        };
        let row = keep(self.next(), role);
        self.parts.roles.push(row);
        self.parts.roles.last().expect("just drawn").id
    }
    pub fn change_role(&mut self, id: RoleId, what: impl FnOnce(&mut Role)) {
        change(self.parts.roles.iter_mut().find(|row| row.id == id).expect("drawn before"), what);
    }
    pub fn align(&mut self, child: OutcomeId, parent: OutcomeId, kind: AlignmentKind) {
        let parent = AlignmentParent::Outcome(parent);
        let row = keep(self.next(), Alignment { child, parent, kind, weight: 1.0, confirmed_by: None });
        self.parts.alignments.push(row);
    }
    pub fn masters(&mut self, person: PersonId, skill: SkillId, level: Level) {
        let row = keep(self.next(), PersonSkill { person, skill, level, verified_by: None, during: ALWAYS });
        self.parts.person_skills.push(row);
    }
    pub fn assign(&mut self, role: RoleId, person: PersonId, kind: AssignmentKind, term_ends: Option<&str>) {
        let term_ends = term_ends.map(day);
        let row =
            Assignment { role, person, kind, focus: None, during: ALWAYS, term_ends, load: None, readiness: None };
        let row = keep(self.next(), row);
        self.parts.assignments.push(row);
    }
    pub fn responsible(&mut self, outcome: OutcomeId, part: Part, subject: Subject) {
        let row = responsibility(outcome, part, subject, ALWAYS);
        let row = keep(self.next(), row);
        self.parts.responsibilities.push(row);
    }
}

pub fn responsibility(outcome: OutcomeId, part: Part, subject: Subject, during: Span) -> Responsibility {
    Responsibility { object: Object::Outcome(outcome), part, subject, during, reason: None }
}
