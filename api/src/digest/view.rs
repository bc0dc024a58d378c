//! A digest as it is shown.

use std::collections::BTreeSet;

use remit_domain::assessment::Assessment;
use remit_domain::check_in::{CheckIn, Report};
use remit_domain::digest::{Circle, Digest, Movement, Stand, digest};
use remit_domain::entity::Kept;
use remit_domain::outcome::{Outcome, OutcomeId, OutcomeState};
use remit_domain::pace::{Pace, ReportedStatus};
use remit_domain::person::{Person, PersonId};
use remit_domain::picture::Picture;
use remit_domain::team::Team;
use remit_domain::time::{Instant, plus_days};
use remit_persistence::{ReadTx, When};
use serde::Serialize;
use utoipa::ToSchema;

use crate::duty::{DutyView, duties};
use crate::outcome::progress::{Accountable, shown_number};
use crate::problem::Problem;
use crate::view::Pictured;
use crate::wire::{DayText, IdText, InstantText, Word};

type OutcomeIdText = IdText<Outcome>;
type CheckInIdText = IdText<CheckIn>;
type PersonIdText = IdText<Person>;
type TeamIdText = IdText<Team>;
type StateWord = Word<OutcomeState>;
type HealthWord = Word<Pace>;
type StatusWord = Word<ReportedStatus>;

/// What changed in a while, what is not on track and what was said, of the outcomes that concern someone.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = Digest)]
pub struct DigestView {
    /// From when on.
    pub since: InstantText,
    /// Until when.
    pub until: InstantText,
    /// The revision up to which it knows.
    #[schema(minimum = 0)]
    pub known_revision: i64,
    /// The first day that it tells of, where its reader is.
    pub first_on: DayText,
    /// The last one.
    pub last_on: DayText,
    /// The name of the person or the team that it is for, else of the organization.
    #[schema(max_length = 200)]
    pub name: String,
    /// The person that it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person_id: Option<PersonIdText>,
    /// The team that it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team_id: Option<TeamIdText>,
    /// The active outcomes that are stale or not on track, the gravest first.
    #[schema(max_items = 100000)]
    pub behind: Vec<DigestOutcome>,
    /// The outcomes that do not stand where they stood.
    #[schema(max_items = 100000)]
    pub changed: Vec<DigestChange>,
    /// The check-ins that were published in between, the latest of each outcome.
    #[schema(max_items = 100000)]
    pub said: Vec<DigestCheckIn>,
    /// What is owed within seven days or is late, by who owes it; of a person or a team, to those who may see that.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 100000)]
    pub owed: Option<Vec<DigestDuties>>,
}

/// What a person owes.
#[derive(Clone, Serialize, ToSchema)]
pub struct DigestDuties {
    person_id: PersonIdText,
    /// The name of who owes it.
    #[schema(max_length = 200)]
    pub name: String,
    /// What is owed, the earliest first.
    #[schema(max_items = 100000)]
    pub duties: Vec<DutyView>,
}

/// Days after a digest within which what falls due is told in it.
const SOON_DAYS: i64 = 7;

/// An outcome that is not where it should be.
#[derive(Clone, Serialize, ToSchema)]
pub struct DigestOutcome {
    outcome_id: OutcomeIdText,
    /// Its title.
    #[schema(max_length = 200)]
    pub title: String,
    /// Its health.
    pub health: Option<HealthWord>,
    /// Progress, per cent.
    pub progress: Option<f64>,
    /// Expected progress, per cent.
    pub expected: Option<f64>,
    /// Its last day.
    pub due_on: Option<DayText>,
    /// Who answers for it.
    pub accountable: Accountable,
}

/// An outcome that does not stand where it stood.
#[derive(Clone, Serialize, ToSchema)]
pub struct DigestChange {
    outcome_id: OutcomeIdText,
    /// Its title.
    #[schema(max_length = 200)]
    pub title: String,
    /// Where it stood; absent where it was not pursued yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<DigestStand>,
    /// Where it stands; absent where it is not there any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<DigestStand>,
}

/// Where an outcome stands.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
pub struct DigestStand {
    /// Its state.
    pub state: StateWord,
    /// Progress, per cent.
    pub progress: Option<f64>,
    /// Its health.
    pub health: Option<HealthWord>,
    /// Its last day.
    pub due_on: Option<DayText>,
    /// The id of who answers for it.
    accountable_id: Option<PersonIdText>,
    /// The name of who answers for it.
    #[schema(max_length = 200)]
    pub accountable_name: Option<String>,
}

/// A check-in that was published.
#[derive(Clone, Serialize, ToSchema)]
pub struct DigestCheckIn {
    check_in_id: CheckInIdText,
    outcome_id: OutcomeIdText,
    /// The title of the outcome.
    #[schema(max_length = 200)]
    pub title: String,
    /// How its author sees the outcome.
    pub reported_status: StatusWord,
    /// How sure the author is, 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    pub confidence: Option<f64>,
    /// Who said it.
    author_id: Option<PersonIdText>,
    /// Their name.
    #[schema(max_length = 200)]
    pub author_name: Option<String>,
    /// When.
    published_at: InstantText,
    /// The day, where the digest's reader is.
    pub published_on: DayText,
}

/// What a digest tells of: whom it is for, and two pictures.
pub struct Matter<'a> {
    /// Whom it is for.
    pub circle: Circle,
    /// What stood.
    pub before: &'a Pictured,
    /// What stands.
    pub after: &'a Pictured,
    /// The revision up to which it knows.
    pub known_revision: i64,
}

impl DigestView {
    /// The digest of the outcomes that concern someone; the same outcomes in both pictures.
    pub fn of(matter: &Matter<'_>, outcomes: &BTreeSet<OutcomeId>) -> Self {
        let Matter { circle, before, after, known_revision } = *matter;
        let picture = &after.picture;
        let told = digest(outcomes, (&before.picture, &before.assessment), (picture, &after.assessment));
        let Digest { moved, said, behind } = &told;
        let (person, team) = match circle {
            Circle::Everyone => (None, None),
            Circle::Team(team) => (None, Some(team)),
            Circle::Person(person) => (Some(person), None),
        };
        let name = person.and_then(|id| name_of(picture, id));
        let name = name.or_else(|| team.and_then(|id| picture.team(id)).map(|team| team.name.to_string()));
        let day = |at: Instant| day_where(picture, person, at);
        Self {
            since: before.picture.at().into(),
            until: after.as_of().into(),
            known_revision,
            // The first microsecond that is told of.
            first_on: day(before.picture.at().plus_micros(1)),
            last_on: day(picture.at()),
            name: name.unwrap_or_else(|| picture.parts().organization.name.to_string()),
            person_id: person.map(Into::into),
            team_id: team.map(Into::into),
            behind: behind.iter().filter_map(|id| DigestOutcome::of(picture, &after.assessment, *id)).collect(),
            changed: moved.iter().map(|one| DigestChange::of(one, &before.picture, picture)).collect(),
            said: said.iter().map(|report| DigestCheckIn::of(report, picture, day(report.published_at))).collect(),
            owed: None,
        }
    }

    /// The same with what some people owe that is late or falls due soon, and what they are to acknowledge.
    ///
    /// # Errors
    /// What the store says.
    pub fn with_duties(
        self,
        tx: &mut ReadTx<'_>,
        pictured: &Pictured,
        people: &BTreeSet<PersonId>,
        when: When,
    ) -> Result<Self, Problem> {
        let last = plus_days(pictured.picture.today(), SOON_DAYS);
        let mut owed = Vec::new();
        for person in people {
            // What a rule found has no day, and stands among what is behind.
            let mut owes = duties(tx, pictured, &[], *person, when)?;
            owes.retain(|duty| duty.due_on.is_none_or(|due_on| due_on <= last));
            if !owes.is_empty() {
                owed.push(DigestDuties {
                    person_id: (*person).into(),
                    name: name_of(&pictured.picture, *person).unwrap_or_else(|| person.to_string()),
                    duties: owes.into_iter().map(DutyView::from).collect(),
                });
            }
        }
        Ok(Self { owed: Some(owed), ..self })
    }

    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        let owes_nothing = self.owed.as_ref().is_none_or(Vec::is_empty);
        self.behind.is_empty() && self.changed.is_empty() && self.said.is_empty() && owes_nothing
    }
}

fn name_of(picture: &Picture, id: PersonId) -> Option<String> {
    picture.person(id).map(|person| person.name.to_string())
}

/// The day of an instant where a person is, else where the organization is.
fn day_where(picture: &Picture, person: Option<PersonId>, at: Instant) -> DayText {
    let zone = person.and_then(|id| picture.person(id)).and_then(|person| person.zone.as_ref());
    zone.map_or_else(|| picture.day_of(at), |zone| zone.day_of(at)).into()
}

fn title_of(pictures: [&Picture; 2], id: OutcomeId) -> String {
    let outcome: Option<&Kept<Outcome>> = pictures.iter().find_map(|picture| picture.outcome(id));
    outcome.map_or_else(|| id.to_string(), |outcome| outcome.title.to_string())
}

impl DigestOutcome {
    fn of(picture: &Picture, assessment: &Assessment, id: OutcomeId) -> Option<Self> {
        let numbers = assessment.outcome(id)?;
        Some(Self {
            outcome_id: id.into(),
            title: title_of([picture, picture], id),
            health: numbers.health.map(Word),
            progress: numbers.rollup.progress.map(shown_number),
            expected: numbers.expected.map(shown_number),
            due_on: numbers.due_on.map(Into::into),
            accountable: Accountable::of(picture, &numbers.accountable),
        })
    }
}

impl DigestChange {
    fn of(movement: &Movement, before: &Picture, after: &Picture) -> Self {
        let Movement { outcome, before: stood, after: stands } = movement;
        Self {
            outcome_id: (*outcome).into(),
            title: title_of([after, before], *outcome),
            before: stood.as_ref().map(|stand| DigestStand::of(stand, before)),
            after: stands.as_ref().map(|stand| DigestStand::of(stand, after)),
        }
    }
}

impl DigestStand {
    fn of(stand: &Stand, picture: &Picture) -> Self {
        let Stand { state, progress, health, due_on, answers } = *stand;
        Self {
            state: Word(state),
            progress: progress.map(shown_number),
            health: health.map(Word),
            due_on: due_on.map(Into::into),
            accountable_id: answers.map(Into::into),
            accountable_name: answers.and_then(|id| name_of(picture, id)),
        }
    }
}

impl DigestCheckIn {
    fn of(report: &Report, picture: &Picture, published_on: DayText) -> Self {
        Self {
            check_in_id: report.check_in.into(),
            outcome_id: report.outcome.into(),
            title: title_of([picture, picture], report.outcome),
            reported_status: Word(report.status),
            confidence: report.confidence.map(shown_number),
            author_id: report.author.map(Into::into),
            author_name: report.author.and_then(|id| name_of(picture, id)),
            published_at: report.published_at.into(),
            published_on,
        }
    }
}
