//! Listing outcomes: filters over what was written and over what is computed.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use remit_domain::assessment::OutcomeAssessment;
use remit_domain::entity::Kept;
use remit_domain::outcome::{Category, Outcome, OutcomeState};
use remit_domain::pace::Pace;
use remit_domain::period::Period;
use remit_domain::person::Person;
use remit_domain::responsibility::{Object, Part};
use remit_domain::role::{Role, Subject};
use remit_domain::spelling::Spelled;
use remit_domain::team::Team;
use remit_domain::text::fold;
use remit_domain::theme::Theme;
use remit_domain::time::Instant;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::wire::OutcomeView;
use crate::auth::{Allowed, Read};
use crate::expansion::{Expanded, Expansion, Relation};
use crate::extract::Parameters;
use crate::problem::Problem;
use crate::resource::{self, Listing};
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::Travel;
use crate::view::Pictured;
use crate::wire::{DayText, IdText, MomentText, Word};

type OutcomeRelation = Relation<Outcome>;
type StateWord = Word<OutcomeState>;
type PaceWord = Word<Pace>;
type CategoryWord = Word<Category>;
type PartWord = Word<Part>;
type SortWord = Word<OutcomeSort>;
type TeamId = IdText<Team>;
type PeriodId = IdText<Period>;
type ThemeId = IdText<Theme>;
type RoleId = IdText<Role>;
type PersonId = IdText<Person>;
type OutcomeId = IdText<Outcome>;

/// The orders in which outcomes are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutcomeSort {
    /// By title.
    Title,
    /// By title, backwards.
    TitleDown,
    /// By last day, those without one last.
    DueOn,
    /// By last day, latest first.
    DueOnDown,
    /// By progress, those without one first.
    Progress,
    /// By progress, most first.
    ProgressDown,
    /// By weight.
    Weight,
    /// By weight, heaviest first.
    WeightDown,
    /// Oldest first.
    CreatedAt,
    /// Newest first.
    CreatedAtDown,
}

impl Spelled for OutcomeSort {
    const NAME: &'static str = "OutcomeSort";
    const ALL: &'static [Self] = &[
        Self::Title,
        Self::TitleDown,
        Self::DueOn,
        Self::DueOnDown,
        Self::Progress,
        Self::ProgressDown,
        Self::Weight,
        Self::WeightDown,
        Self::CreatedAt,
        Self::CreatedAtDown,
    ];
    fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::TitleDown => "-title",
            Self::DueOn => "due_on",
            Self::DueOnDown => "-due_on",
            Self::Progress => "progress",
            Self::ProgressDown => "-progress",
            Self::Weight => "weight",
            Self::WeightDown => "-weight",
            Self::CreatedAt => "created_at",
            Self::CreatedAtDown => "-created_at",
        }
    }
}

/// A page of outcomes.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct OutcomePage {
    /// The outcomes.
    #[schema(max_items = 200)]
    data: Vec<OutcomeView>,
    /// The cursor of the next page.
    #[schema(max_length = 500)]
    next: Option<String>,
    /// What the entries name, where `expand` asks for it.
    expanded: Option<Expanded>,
}

/// Which outcomes are asked for.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OutcomeFilter {
    /// Where it stands.
    state: Option<StateWord>,
    /// Its computed pace.
    pace: Option<PaceWord>,
    /// Its health: the worst of its own and of its committed parts.
    health: Option<PaceWord>,
    /// Its kind of impact.
    category: Option<CategoryWord>,
    /// The team that carries it.
    #[validate(nested)]
    team: Option<TeamId>,
    /// The period that it is planned in.
    #[validate(nested)]
    period: Option<PeriodId>,
    /// The theme that it serves.
    #[validate(nested)]
    theme: Option<ThemeId>,
    /// A role that has a part in it.
    #[validate(nested)]
    role: Option<RoleId>,
    /// A person who has a part in it, in person or through a role.
    #[validate(nested)]
    person: Option<PersonId>,
    /// The part that the role or the person has.
    part: Option<PartWord>,
    /// Due before this day.
    #[validate(nested)]
    due_before: Option<DayText>,
    /// Due after this day.
    #[validate(nested)]
    due_after: Option<DayText>,
    /// One of its tags.
    #[validate(length(min = 1, max = 64))]
    #[param(min_length = 1, max_length = 64)]
    tag: Option<String>,
    /// An outcome that it contributes to.
    #[validate(nested)]
    parent: Option<OutcomeId>,
    /// Words in title, statement or tags; case and accents do not matter.
    #[validate(length(min = 1, max = 200))]
    #[param(min_length = 1, max_length = 200)]
    q: Option<String>,
    /// The order; by id where nothing is said.
    sort: Option<SortWord>,
    /// What the entries name, to be sent with them (not in CSV); several, separated by commas.
    #[validate(length(max = 200))]
    #[param(value_type = Vec<OutcomeRelation>, required = false, style = Form, explode = false, min_items = 1, max_items = 10)]
    expand: Option<String>,
    /// Entries of a page.
    #[validate(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// The cursor of the page before.
    #[validate(length(max = 500))]
    #[param(max_length = 500)]
    after: Option<String>,
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

/// List outcomes.
#[utoipa::path(tag = "outcomes", operation_id = "listOutcomes", params(OutcomeFilter),
    responses((status = 200, description = "The outcomes.", body = OutcomePage)), security(("bearer" = ["read"])))]
#[get("/v1/outcomes")]
async fn list(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    filter: Parameters<OutcomeFilter>,
) -> Result<HttpResponse, Problem> {
    let filter = filter.0;
    let travel = Travel::new(filter.as_of.clone(), filter.known_at.clone());
    let listing = Listing { limit: filter.limit, after: filter.after.clone(), raw: filter.raw, travel };
    let expansion = Expansion::read::<Outcome>(filter.expand.as_deref())?;
    resource::list_expanded::<Outcome, _>(&remit, &request, &caller, listing, expansion, move |remit, tx, reading| {
        let pictured = remit.picture(tx, reading)?;
        let mut chosen = filter.choose(&pictured)?;
        if let Some(Word(sort)) = filter.sort {
            order(&mut chosen, sort);
        }
        let uses_time =
            filter.pace.is_some() || filter.health.is_some() || filter.person.is_some() || filter.role.is_some();
        let by_progress = matches!(filter.sort, Some(Word(OutcomeSort::Progress | OutcomeSort::ProgressDown)));
        let until = if uses_time || by_progress { pictured.until() } else { Instant::END };
        Ok((chosen.into_iter().map(|(outcome, _)| outcome.clone()).collect(), until))
    })
    .await
}

type Chosen<'a> = (&'a Kept<Outcome>, &'a OutcomeAssessment);

impl OutcomeFilter {
    fn choose<'a>(&self, pictured: &'a Pictured) -> Result<Vec<Chosen<'a>>, Problem> {
        let picture = &pictured.picture;
        let id = |id: &Option<TeamId>| id.as_ref().map(IdText::id).transpose();
        let team = id(&self.team)?;
        let period = self.period.as_ref().map(IdText::id).transpose()?;
        let theme = self.theme.as_ref().map(IdText::id).transpose()?;
        let parent = self.parent.as_ref().map(IdText::id).transpose()?;
        let role = self.role.as_ref().map(IdText::id).transpose()?;
        let person = self.person.as_ref().map(IdText::id).transpose()?;
        let before = self.due_before.as_ref().map(DayText::day).transpose()?;
        let after = self.due_after.as_ref().map(DayText::day).transpose()?;
        let tag = self.tag.as_ref().map(|tag| tag.trim().to_lowercase());
        let words = self.q.as_ref().map(|words| fold(words));
        let has_part = |outcome: &Kept<Outcome>, is_subject: &dyn Fn(Subject) -> bool| {
            picture.responsibilities_of(Object::Outcome(outcome.id)).any(|responsibility| {
                responsibility.during.contains(picture.at())
                    && self.part.is_none_or(|part| part.0 == responsibility.part)
                    && is_subject(responsibility.subject)
            })
        };
        let through = |subject: Subject, person| match subject {
            Subject::Person(named) => named == person,
            Subject::Role(role) => picture.assignments_of_role(role).any(|assignment| {
                assignment.person == person && assignment.kind.answers() && assignment.during.contains(picture.at())
            }),
        };
        let fits = |(outcome, numbers): &Chosen<'a>| {
            self.state.is_none_or(|state| state.0 == outcome.state)
                && self.pace.is_none_or(|pace| numbers.pace == Some(pace.0))
                && self.health.is_none_or(|health| numbers.health == Some(health.0))
                && self.category.is_none_or(|category| category.0 == outcome.category)
                && team.is_none_or(|team| outcome.team == Some(team))
                && period.is_none_or(|period| outcome.period == Some(period))
                && theme.is_none_or(|theme| picture.theme_of(outcome) == Some(theme))
                && before.is_none_or(|day| numbers.due_on.is_some_and(|due| due < day))
                && after.is_none_or(|day| numbers.due_on.is_some_and(|due| due > day))
                && tag.as_ref().is_none_or(|tag| outcome.tags.iter().any(|known| known.as_str() == tag))
                && words.as_ref().is_none_or(|words| mentions(outcome, words))
                && role.is_none_or(|role| has_part(outcome, &|subject| subject == Subject::Role(role)))
                && person.is_none_or(|person| has_part(outcome, &|subject| through(subject, person)))
                && (self.part.is_none() || role.is_some() || person.is_some() || has_part(outcome, &|_| true))
        };
        let children: Option<Vec<_>> = parent.map(|parent| {
            let position = picture.outcome_position(parent);
            let edges = position.map_or(&[][..], |position| picture.children_at(position));
            edges.iter().filter_map(|edge| picture.parts().outcomes.get(edge.to)).map(|child| child.id).collect()
        });
        let all = picture.parts().outcomes.iter().zip(pictured.assessment.outcomes());
        Ok(all
            .filter(fits)
            .filter(|(outcome, _)| children.as_ref().is_none_or(|children| children.contains(&outcome.id)))
            .collect())
    }
}

fn mentions(outcome: &Outcome, words: &str) -> bool {
    let statement = outcome.statement.as_ref().map_or("", |statement| statement.as_str());
    fold(outcome.title.as_str()).contains(words)
        || fold(statement).contains(words)
        || outcome.tags.iter().any(|tag| fold(tag.as_str()).contains(words))
}

fn order(chosen: &mut [Chosen<'_>], sort: OutcomeSort) {
    let number = |value: Option<f64>| value.unwrap_or(-1.0);
    // The sort is stable over the order of ids, so equal entries keep one order on every page.
    chosen.sort_by(|(a, x), (b, y)| match sort {
        OutcomeSort::Title => fold(a.title.as_str()).cmp(&fold(b.title.as_str())),
        OutcomeSort::TitleDown => fold(b.title.as_str()).cmp(&fold(a.title.as_str())),
        OutcomeSort::DueOn => (x.due_on.is_none(), x.due_on).cmp(&(y.due_on.is_none(), y.due_on)),
        OutcomeSort::DueOnDown => y.due_on.cmp(&x.due_on),
        OutcomeSort::Progress => number(x.rollup.progress).total_cmp(&number(y.rollup.progress)),
        OutcomeSort::ProgressDown => number(y.rollup.progress).total_cmp(&number(x.rollup.progress)),
        OutcomeSort::Weight => a.weight.total_cmp(&b.weight),
        OutcomeSort::WeightDown => b.weight.total_cmp(&a.weight),
        OutcomeSort::CreatedAt => a.created_at.cmp(&b.created_at),
        OutcomeSort::CreatedAtDown => b.created_at.cmp(&a.created_at),
    });
}

/// The operation of this part.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(list);
}
