//! Entities to keep, each in a line.

use remit_domain::alignment::{Alignment, AlignmentKind, AlignmentParent};
use remit_domain::assignment::{Assignment, AssignmentKind};
use remit_domain::credential::{Algorithm, ApiKey, Issuer, Scope};
use remit_domain::entity::{Check, Valid};
use remit_domain::id::Id;
use remit_domain::mailing::Mailing;
use remit_domain::measure::{Aggregation, Cadence, Every, Indicator, Measure, MeasureKind, MeasureState, Target};
use remit_domain::mission::Mission;
use remit_domain::number::Number;
use remit_domain::organization::{Organization, OrganizationId, Thresholds};
use remit_domain::outcome::{Category, Commitment, Outcome, OutcomeId, OutcomeState, Serves};
use remit_domain::person::{Person, PersonId};
use remit_domain::responsibility::{Object, Part, Responsibility};
use remit_domain::role::{Role, RoleId, Subject};
use remit_domain::text::{Email, External, Key, Source, Text};
use remit_domain::theme::{Theme, ThemeId};
use remit_domain::time::{Day, Instant, Span, Zone, parse_day};
use remit_domain::webhook::{Webhook, WebhookState, WebhookUrl};

pub fn valid<T: Check>(value: T) -> Valid<T> {
    Valid::new(value).unwrap_or_else(|_| panic!("it breaks no rule"))
}

pub fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).expect("a text")
}

pub fn day(text: &str) -> Day {
    parse_day(text).expect("a day")
}

pub fn instant(text: &str) -> Instant {
    Instant::parse(text).expect("an instant")
}

pub fn number(value: f64) -> Number {
    Number::new(value).expect("an exact number")
}

pub const ALWAYS: Span = Span { from: Instant::BEGINNING, to: None };

pub fn external(id: &str) -> External {
    External { source: Source::parse("hr").expect("a source"), id: text(id) }
}

/// An organization whose slug nobody else has.
pub fn organization(id: OrganizationId) -> Valid<Organization> {
    valid(Organization {
        name: text("Example Ltd"),
        slug: Key::parse(&id.to_string().replace("org_", "o-")).expect("a key"),
        zone: Zone::named("Europe/London").expect("a zone"),
        next_zone: None,
        fiscal_year_starts: 4,
        thresholds: Thresholds::default(),
        check_in_days: 14,
        mailing: Mailing::default(),
    })
}

pub fn theme(title: &str) -> Valid<Theme> {
    valid(Theme { title: text(title), success: None })
}

pub fn mission() -> Valid<Mission> {
    valid(Mission { statement: text("To serve."), vision: None, values: Vec::new(), effective: ALWAYS })
}

pub fn person(name: &str) -> Valid<Person> {
    valid(Person {
        name: text(name),
        email: Email::parse(&format!("{}@example.org", name.to_lowercase())),
        manager: None,
        zone: None,
        active: true,
        joined_on: None,
        left_on: None,
        erased: false,
    })
}

pub fn role(title: &str) -> Valid<Role> {
    valid(Role {
        title: text(title),
        purpose: None,
        team: None,
        reports_to: None,
        is_key: false,
        accountabilities: Vec::new(),
        domains: Vec::new(),
        skills: Vec::new(),
        seats_min: 0,
        seats_max: 1,
    })
}

pub fn assignment(role: RoleId, person: PersonId) -> Valid<Assignment> {
    valid(Assignment {
        role,
        person,
        kind: AssignmentKind::Holder,
        focus: None,
        during: ALWAYS,
        term_ends: None,
        load: None,
        readiness: None,
    })
}

pub fn outcome(title: &str, theme: Option<ThemeId>) -> Valid<Outcome> {
    valid(Outcome {
        title: text(title),
        statement: None,
        impact: None,
        category: Category::Other,
        serves: theme.map(Serves::Theme),
        team: None,
        owner: None,
        period: None,
        start_on: Some(day("2026-01-01")),
        due_on: Some(day("2026-12-31")),
        commitment: Commitment::Committed,
        weight: 1.0,
        state: OutcomeState::Active,
        active_from: Some(Instant::BEGINNING),
        ended_at: None,
        skills: Vec::new(),
        tags: Vec::new(),
        check_in_days: None,
        check_in_grace_days: None,
    })
}

pub fn measure(outcome: OutcomeId, key: &str) -> Valid<Measure> {
    valid(Measure {
        outcome,
        key: Key::parse(key).expect("a key"),
        name: text(key),
        kind: MeasureKind::Increase,
        target: Target { baseline: Some(number(0.0)), target: Some(number(100.0)), ..Target::default() },
        unit: None,
        precision: 0,
        aggregation: Aggregation::Last,
        weight: 1.0,
        indicator: Indicator::Lagging,
        guardrail: false,
        state: MeasureState::Active,
        cadence: vec![Cadence { from: None, every: Every::Month }],
        lag_days: 0,
        grace_days: None,
        plan: Vec::new(),
        milestones: Vec::new(),
    })
}

pub fn responsibility(outcome: OutcomeId, part: Part, role: RoleId) -> Valid<Responsibility> {
    valid(Responsibility {
        object: Object::Outcome(outcome),
        part,
        subject: Subject::Role(role),
        during: ALWAYS,
        reason: None,
    })
}

pub fn alignment(child: OutcomeId, parent: OutcomeId) -> Valid<Alignment> {
    valid(Alignment {
        child,
        parent: AlignmentParent::Outcome(parent),
        kind: AlignmentKind::Contributes,
        weight: 1.0,
        confirmed_by: None,
    })
}

pub fn api_key(hash: &str) -> Valid<ApiKey> {
    valid(ApiKey {
        name: text("a script"),
        scopes: vec![Scope::Read, Scope::ObservationsWrite],
        person: None,
        measures: vec![Id::from_bits(7)],
        teams: vec![Id::from_bits(8)],
        hash: hash.into(),
        expires_at: Some(instant("2030-01-01T00:00:00.000001Z")),
    })
}

pub fn issuer(name: &str) -> Issuer {
    Issuer { issuer: text(name), algorithm: Algorithm::EdDsa, audience: text("remit"), public_key: "PEM".into() }
}

pub fn webhook() -> Valid<Webhook> {
    valid(Webhook {
        url: WebhookUrl::parse("https://example.org/x").expect("an address"),
        description: None,
        actions: Vec::new(),
        team: None,
        subject: None,
        state: WebhookState::Active,
        fault: None,
        rotated_at: None,
    })
}
