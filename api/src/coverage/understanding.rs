//! Understanding: of those who should know the mission, an outcome or a role, how many have understood what they were told.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use remit_domain::accountability::is_active;
use remit_domain::briefing::{
    Briefing, BriefingState, Receipt, ReceiptState, Understanding, parts_in, people_of_role, understanding_by_team,
};
use remit_domain::entity::Kept;
use remit_domain::mission::Mission;
use remit_domain::outcome::Outcome;
use remit_domain::person::PersonId;
use remit_domain::picture::Picture;
use remit_domain::role::Role;
use remit_domain::team::Team;
use remit_persistence::{BriefingFilter, ReadTx, When};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::answer::{Answer, Media, Reading, answer};
use crate::auth::{Allowed, Read};
use crate::csv_table;
use crate::extract::Parameters;
use crate::outcome::progress::shown_number;
use crate::problem::{Kind, Problem};
use crate::resource::missing;
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::Travel;
use crate::wire::{IdText, InstantText, MomentText, With};

type BriefingIdText = IdText<Briefing>;
type MissionIdText = IdText<Mission>;
type OutcomeIdText = IdText<Outcome>;
type RoleIdText = IdText<Role>;
type TeamIdText = IdText<Team>;

/// How many know, of how many who should.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = Understanding)]
struct UnderstandingView {
    /// Those who should know.
    #[schema(minimum = 0)]
    people: usize,
    /// Those of them to whom a briefing about it was published.
    #[schema(minimum = 0)]
    asked: usize,
    /// Those of them who have seen one.
    #[schema(minimum = 0)]
    seen: usize,
    /// Those of them who have acknowledged one.
    #[schema(minimum = 0)]
    acknowledged: usize,
    /// Those of them who have acknowledged one, and answered its question rightly where it asks one.
    #[schema(minimum = 0)]
    understood: usize,
    /// understood / people, 0 to 1; absent where nobody should know.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1)]
    share: Option<f64>,
}

/// The same in one team and those that belong to it.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = TeamUnderstanding)]
struct NamedTeam {
    team_id: TeamIdText,
    /// Its name.
    #[schema(max_length = 200)]
    name: String,
}
type TeamUnderstandingView = With<NamedTeam, UnderstandingView>;

/// Whether everyone knows.
#[derive(Serialize, ToSchema)]
#[schema(as = UnderstandingCoverage)]
struct UnderstandingCoverageView {
    /// The instant that it is of.
    as_of: InstantText,
    /// The revision up to which it knows.
    #[schema(minimum = 0)]
    known_revision: i64,
    /// The mission in force, where it is about that.
    #[serde(skip_serializing_if = "Option::is_none")]
    mission_id: Option<MissionIdText>,
    /// The published briefings that are counted, by id.
    #[schema(max_items = 100000)]
    briefing_ids: Vec<BriefingIdText>,
    /// Whether a briefing is still to be published: those of an earlier mission do not count for this one.
    must_publish: bool,
    /// Everyone who should know: for the mission all active people, for an outcome those who have a part in it, for a
    /// role those who hold it or stand in, for a briefing its readers.
    overall: UnderstandingView,
    /// The same by team, each with the teams that belong to it; teams without anyone who should know are left out.
    #[schema(max_items = 100000)]
    teams: Vec<TeamUnderstandingView>,
}

/// What should be known; where nothing is said, the mission in force.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct UnderstandingFilter {
    /// This outcome.
    #[validate(nested)]
    outcome: Option<OutcomeIdText>,
    /// This role.
    #[validate(nested)]
    role: Option<RoleIdText>,
    /// This published briefing.
    #[validate(nested)]
    briefing: Option<BriefingIdText>,
    /// What was true then.
    #[validate(nested)]
    as_of: Option<MomentText>,
    /// As recorded by then: an instant, a day, or a revision.
    #[validate(length(min = 1, max = 40))]
    #[param(min_length = 1, max_length = 40)]
    known_at: Option<String>,
    /// In CSV, leaves text that a spreadsheet would run as it is.
    #[serde(default)]
    raw: bool,
}

impl UnderstandingView {
    fn of(understanding: Understanding) -> Self {
        let Understanding { people, asked, seen, acknowledged, understood } = understanding;
        let share = understanding.share().map(shown_number);
        Self { people, asked, seen, acknowledged, understood, share }
    }
}

/// What is asked about: who should know it, and which briefings tell of it.
struct Matter {
    mission: Option<remit_domain::mission::MissionId>,
    people: BTreeSet<PersonId>,
    briefings: Vec<Kept<Briefing>>,
}

/// What a request is about.
#[derive(Clone, Copy)]
enum About {
    Mission,
    Outcome(remit_domain::outcome::OutcomeId),
    Role(remit_domain::role::RoleId),
    Briefing(remit_domain::briefing::BriefingId),
}

impl About {
    fn of(filter: &UnderstandingFilter) -> Result<Self, Problem> {
        let outcome = filter.outcome.as_ref().map(IdText::id).transpose()?.map(Self::Outcome);
        let role = filter.role.as_ref().map(IdText::id).transpose()?.map(Self::Role);
        let briefing = filter.briefing.as_ref().map(IdText::id).transpose()?.map(Self::Briefing);
        let mut named = [outcome, role, briefing].into_iter().flatten();
        let about = named.next().unwrap_or(Self::Mission);
        if named.next().is_some() {
            let detail = "Name an outcome, a role or a briefing, not several of them.";
            return Err(Problem::new(Kind::InvalidParameter, detail));
        }
        Ok(about)
    }

    fn matter(self, tx: &mut ReadTx<'_>, picture: &Picture, reading: &Reading) -> Result<Matter, Problem> {
        let active = |people: BTreeSet<PersonId>| -> BTreeSet<PersonId> {
            people.into_iter().filter(|person| is_active(picture, *person, picture.today())).collect()
        };
        let (mission, people, filter) = match self {
            Self::Mission => {
                let mission = picture.parts().mission.as_ref().map(|mission| mission.id);
                let everyone = picture.parts().people.iter().map(|person| person.id).collect();
                (mission, active(everyone), BriefingFilter { mission, ..BriefingFilter::default() })
            }
            Self::Outcome(id) => {
                picture.outcome(id).ok_or_else(|| Problem::not_found("outcome"))?;
                (None, parts_in(picture, id), BriefingFilter { outcome: Some(id), ..BriefingFilter::default() })
            }
            Self::Role(id) => {
                picture.role(id).ok_or_else(|| Problem::not_found("role"))?;
                let filter = BriefingFilter { role: Some(id), ..BriefingFilter::default() };
                (None, active(people_of_role(picture, id)), filter)
            }
            Self::Briefing(id) => {
                let briefing = tx.get(id, reading.when).map_err(missing::<Briefing>)?;
                let people = briefing.readers.iter().copied().collect();
                let briefings = Some(briefing).filter(|briefing| briefing.state() == BriefingState::Published);
                return Ok(Matter { mission: None, people, briefings: briefings.into_iter().collect() });
            }
        };
        let knows_of_none = matches!(self, Self::Mission) && mission.is_none();
        let mut briefings = if knows_of_none { Vec::new() } else { tx.briefings(filter, reading.when)? };
        briefings.retain(|briefing| briefing.state() == BriefingState::Published);
        Ok(Matter { mission, people, briefings })
    }
}

/// How far everyone has come with some briefings: the furthest of all of them.
fn receipts(
    tx: &mut ReadTx<'_>,
    briefings: &[Kept<Briefing>],
    when: When,
) -> Result<BTreeMap<PersonId, Receipt>, Problem> {
    let mut furthest: BTreeMap<PersonId, Receipt> = BTreeMap::new();
    let mut note = |person: PersonId, state: ReceiptState, understood: bool| {
        let known = furthest.entry(person).or_insert(Receipt { state, understood });
        known.state = known.state.max(state);
        known.understood |= understood;
    };
    for briefing in briefings {
        briefing.readers.iter().for_each(|reader| note(*reader, ReceiptState::Asked, false));
        for receipt in tx.acknowledgements_of(briefing.id, when)? {
            note(receipt.person, receipt.state(), receipt.is_understood());
        }
    }
    Ok(furthest)
}

/// Say whether everyone knows: how many of those who should have understood, in all and by team.
#[utoipa::path(tag = "briefings", operation_id = "getUnderstandingCoverage", params(UnderstandingFilter),
    responses((status = 200, description = "How many know; in CSV, the teams.", body = UnderstandingCoverageView)),
    security(("bearer" = ["read"])))]
#[get("/v1/coverage/understanding")]
async fn read(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    filter: Parameters<UnderstandingFilter>,
) -> Result<HttpResponse, Problem> {
    let about = About::of(&filter.0)?;
    let UnderstandingFilter { as_of, known_at, raw, .. } = filter.0;
    let media = Media::accepted(&request, true)?;
    answer(&remit, &request, &caller, media, Travel::new(as_of, known_at), move |remit, tx, reading| {
        let pictured = remit.picture(tx, reading)?;
        let picture = &pictured.picture;
        let Matter { mission, people, briefings } = about.matter(tx, picture, reading)?;
        let receipts = receipts(tx, &briefings, reading.when)?;
        let by_team = understanding_by_team(picture, &people, &receipts).into_iter();
        let teams: Vec<TeamUnderstandingView> = by_team
            .map(|one| {
                let name = picture.team(one.team).map_or_else(String::new, |team| team.name.to_string());
                let team = NamedTeam { team_id: one.team.into(), name };
                With { document: team, more: UnderstandingView::of(one.understanding) }
            })
            .collect();
        let answer = match media {
            Media::Json | Media::Markdown => Answer::json(&UnderstandingCoverageView {
                as_of: pictured.as_of().into(),
                known_revision: reading.known,
                mission_id: mission.map(Into::into),
                must_publish: briefings.is_empty(),
                briefing_ids: briefings.iter().map(|briefing| briefing.id.into()).collect(),
                overall: UnderstandingView::of(Understanding::of(&people, &receipts)),
                teams,
            })?,
            Media::Csv => {
                let columns = csv_table::columns_of::<TeamUnderstandingView>();
                Answer { media, ..Answer::json(&())?.with_body(csv_table::render(&columns, &teams, raw)?) }
            }
        };
        Ok(answer.until(pictured.until()))
    })
    .await
}

/// The operations of this part.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(read);
}
