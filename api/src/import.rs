//! Imports: rows of other systems, each through the same write as if it had been sent alone.

mod reference;
mod row;

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use remit_domain::credential::Scope;
use remit_domain::responsibility::Object;
use remit_domain::spelling::Spelled;
use remit_domain::text::Source;
use remit_persistence::WriteTx;
use row::Effect;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::auth::{Allowed, Anyone, Caller};
use crate::extract::{LargeDocument, Parameters};
use crate::observation::Mode;
use crate::problem::{Kind, Problem};
use crate::resource::Fields;
use crate::responsibility;
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::wire::{Listed, SourceText, Word, Words};
use crate::writing::{Intent, Reply, write};

type ModeWord = Word<Mode>;
type KindWord = Word<ImportKind>;
type Rows = Listed<ImportRow, ROWS_MAX>;

/// The most rows of an import.
pub const ROWS_MAX: usize = 5_000;
/// Refused fields that are named one by one.
const REFUSED_MAX: usize = 1_000;

/// What rows become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportKind {
    /// The mission, replaced from a date on.
    Mission,
    /// Themes.
    Theme,
    /// Periods.
    Period,
    /// Teams.
    Team,
    /// Skills.
    Skill,
    /// People.
    Person,
    /// Skills that people hold.
    PersonSkill,
    /// Times of people in teams.
    Membership,
    /// Roles.
    Role,
    /// People in roles.
    Assignment,
    /// Outcomes, as drafts.
    Outcome,
    /// Measures.
    Measure,
    /// Who has which part in an outcome or a measure.
    Responsibility,
    /// What an outcome leads to.
    Alignment,
    /// Drafts that are put forward.
    Proposal,
    /// Outcomes that become active.
    Activation,
}

impl Spelled for ImportKind {
    const NAME: &'static str = "ImportKind";
    const ALL: &'static [Self] = &[
        Self::Mission,
        Self::Theme,
        Self::Period,
        Self::Team,
        Self::Skill,
        Self::Person,
        Self::PersonSkill,
        Self::Membership,
        Self::Role,
        Self::Assignment,
        Self::Outcome,
        Self::Measure,
        Self::Responsibility,
        Self::Alignment,
        Self::Proposal,
        Self::Activation,
    ];
    fn as_str(self) -> &'static str {
        match self {
            Self::Mission => "mission",
            Self::Theme => "theme",
            Self::Period => "period",
            Self::Team => "team",
            Self::Skill => "skill",
            Self::Person => "person",
            Self::PersonSkill => "person_skill",
            Self::Membership => "membership",
            Self::Role => "role",
            Self::Assignment => "assignment",
            Self::Outcome => "outcome",
            Self::Measure => "measure",
            Self::Responsibility => "responsibility",
            Self::Alignment => "alignment",
            Self::Proposal => "proposal",
            Self::Activation => "activation",
        }
    }
}

impl ImportKind {
    /// What a credential needs to write such a row: the same as for the operation that writes it alone.
    pub const fn scope(self) -> Scope {
        match self {
            Self::Team | Self::Skill | Self::Person | Self::PersonSkill | Self::Membership => Scope::PeopleWrite,
            Self::Role | Self::Assignment | Self::Responsibility => Scope::RolesWrite,
            Self::Mission
            | Self::Theme
            | Self::Period
            | Self::Outcome
            | Self::Measure
            | Self::Alignment
            | Self::Proposal
            | Self::Activation => Scope::OutcomesWrite,
        }
    }

    /// Whether a row may be known again by its id in the other system; of the others, what a row says is enough.
    const fn has_external_id(self) -> bool {
        match self {
            Self::Theme
            | Self::Period
            | Self::Team
            | Self::Skill
            | Self::Person
            | Self::Role
            | Self::Assignment
            | Self::Outcome
            | Self::Measure
            | Self::Responsibility => true,
            Self::Mission
            | Self::PersonSkill
            | Self::Membership
            | Self::Alignment
            | Self::Proposal
            | Self::Activation => false,
        }
    }
}

/// How an import is carried out.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportParameters {
    /// `atomic` where nothing is said.
    mode: Option<ModeWord>,
    /// Answers what the write would, and keeps nothing.
    #[serde(default)]
    validate_only: bool,
}

/// Rows of one kind from one system.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(as = Import, example = json!({
    "kind": "theme", "source": "sdg",
    "rows": [{"external_id": "1", "fields": {"title": "No poverty"}}]
}))]
pub struct ImportDocument {
    /// What they become.
    kind: KindWord,
    /// The system that they come from.
    #[validate(nested)]
    source: SourceText,
    /// The rows, in the order in which they are written.
    #[validate(nested)]
    rows: Rows,
}

/// A row.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportRow {
    /// Its id in the other system, for kinds that can be known again by it.
    #[serde(default)]
    #[schema(value_type = Option<Words<200>>)]
    external_id: Option<String>,
    /// The document that the operation of this kind takes. Where it takes an id, `ext:SOURCE:ID` does too, and
    /// `key:KEY` for a measure.
    #[schema(value_type = Object)]
    fields: Fields,
}

impl Validate for ImportRow {
    /// A row is looked at when it is written, so that a bad one keeps the others from nothing.
    fn validate(&self) -> Result<(), validator::ValidationErrors> {
        Ok(())
    }
}

/// A row that was refused, or one of several fields for which it was.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RefusedImportRow {
    /// Its position, from 1.
    #[schema(minimum = 1, maximum = 5000)]
    row: usize,
    /// Its id in the other system.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    external_id: Option<String>,
    /// A stable code.
    #[schema(max_length = 100)]
    code: String,
    /// The field, as a JSON Pointer into the row.
    #[schema(max_length = 1000)]
    pointer: String,
    /// The same for a person.
    #[schema(max_length = 2000)]
    detail: String,
}

/// What became of an import.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct ImportResult {
    /// Rows that made something new, or brought it back.
    #[schema(minimum = 0)]
    created: u64,
    /// Rows that changed something.
    #[schema(minimum = 0)]
    updated: u64,
    /// Rows that said what was known.
    #[schema(minimum = 0)]
    unchanged: u64,
    /// Rows that were refused.
    #[schema(minimum = 0)]
    refused_count: u64,
    /// Why: the first 1,000 fields.
    #[schema(max_items = 1000)]
    refused: Vec<RefusedImportRow>,
    /// The organization's revision after this.
    #[schema(minimum = 0)]
    revision: i64,
}

/// Import rows of one kind.
///
/// Each row is written as the operation of its kind would write it, under the same rules, and needs the same scope:
/// `people:write` for teams, skills, people, their skills and memberships, `roles:write` for roles, assignments and
/// responsibilities, `outcomes:write` for the others. In mode `atomic` all rows are kept or none; in mode `per_item`
/// the good ones are kept and each bad one is reported. Responsibilities of an atomic import are judged as they stand after
/// its last row, and where that breaks a rule, every row about the same outcome or measure is named. The same rows again
/// are all `unchanged`.
#[utoipa::path(tag = "imports", operation_id = "importRows", params(ImportParameters), request_body = ImportDocument,
    responses((status = 200, description = "What became of them.", body = ImportResult)),
    security(("bearer" = ["outcomes:write"]), ("bearer" = ["people:write"]), ("bearer" = ["roles:write"])))]
#[post("/v1/imports")]
async fn import(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Anyone>,
    parameters: Parameters<ImportParameters>,
    body: LargeDocument,
) -> Result<HttpResponse, Problem> {
    let ImportParameters { mode, validate_only } = parameters.0;
    let document: ImportDocument = body.read()?;
    caller.require(document.kind.0.scope())?;
    let source = document.source.value()?;
    let mode = mode.map_or(Mode::Atomic, |mode| mode.0);
    let intent = Intent::read(&request, &caller, validate_only, &body.0)?;
    let who = caller.caller.clone();
    let kind = document.kind.0;
    let answer = write(&remit, &caller, intent, move |_, tx, _| {
        Reply::ok(&take_in(tx, &who, kind, &source, &document.rows.0, mode)?)
    })
    .await;
    if kind == ImportKind::Person {
        // A person whose last day is over may have a credential, which is refused from now on.
        remit.forget_callers();
    }
    answer
}

/// Writes the rows that can be, and reports the others.
fn take_in(
    tx: &mut WriteTx<'_>,
    who: &Caller,
    kind: ImportKind,
    source: &Source,
    rows: &[ImportRow],
    mode: Mode,
) -> Result<ImportResult, Problem> {
    let mut result = ImportResult::default();
    let mut refusals = Refusals::default();
    // Whose parts were changed, and by which rows: an atomic import is one state, so that one row may end what the next
    // one begins.
    let mut touched: BTreeMap<Object, Vec<usize>> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        let written: Result<Effect, Problem> = tx.attempt(|tx| {
            let (effect, object) = row::write(tx, who, kind, source, row)?;
            match (object, mode) {
                (Some(object), Mode::Atomic) => touched.entry(object).or_default().push(at),
                (Some(object), Mode::PerItem) => responsibility::check(tx, object)?,
                (None, _) => {}
            }
            Ok(effect)
        });
        match written {
            Ok(Effect::Created) => result.created += 1,
            Ok(Effect::Updated) => result.updated += 1,
            Ok(Effect::Unchanged) => result.unchanged += 1,
            // It is not the row that failed.
            Err(problem) if problem.kind().page().status.is_server_error() => return Err(problem),
            Err(problem) => {
                result.refused_count += 1;
                refusals.note(at, row, &problem);
            }
        }
    }
    if result.refused_count == 0 {
        let mut broken: Vec<(usize, Problem)> = Vec::new();
        for (object, rows) in touched {
            if let Err(problem) = responsibility::check(tx, object) {
                if problem.kind().page().status.is_server_error() {
                    return Err(problem);
                }
                // Which of its rows is to blame, the client knows best.
                broken.extend(rows.iter().map(|at| (*at, problem.clone())));
            }
        }
        broken.sort_by_key(|(at, _)| *at);
        for (at, problem) in broken {
            result.refused_count += 1;
            refusals.note(at, &rows[at], &problem);
        }
    }
    if mode == Mode::Atomic && result.refused_count > 0 {
        return Err(refusals.problem(result.refused_count));
    }
    result.refused = refusals.fields;
    result.revision = tx.revision_so_far();
    Ok(result)
}

/// What was refused so far.
#[derive(Default)]
struct Refusals {
    fields: Vec<RefusedImportRow>,
    kinds: Vec<Kind>,
}

impl Refusals {
    fn note(&mut self, at: usize, row: &ImportRow, problem: &Problem) {
        if !self.kinds.contains(&problem.kind()) {
            self.kinds.push(problem.kind());
        }
        let mut note = |code: &str, pointer: String, detail: &str| {
            if self.fields.len() < REFUSED_MAX {
                self.fields.push(RefusedImportRow {
                    row: at + 1,
                    external_id: row.external_id.clone(),
                    code: code.to_owned(),
                    pointer,
                    detail: detail.to_owned(),
                });
            }
        };
        if problem.errors().is_empty() {
            note(problem.kind().page().code, String::new(), problem.detail());
        }
        for error in problem.errors() {
            // Rules that speak of the whole have no pointer; the row's own field is not one of the document's.
            let pointer = match error.pointer.as_str() {
                own @ ("" | "/external_id") => own.to_owned(),
                field => format!("/fields{field}"),
            };
            note(&error.code, pointer, &error.detail);
        }
    }

    /// Why an atomic import is refused.
    fn problem(&self, count: u64) -> Problem {
        let is_conflict = |kind: &Kind| kind.page().status == StatusCode::CONFLICT;
        let kind = match self.kinds.as_slice() {
            [Kind::Forbidden] => Kind::Forbidden,
            kinds if kinds.iter().all(is_conflict) => Kind::RowsRefused,
            _ => Kind::Refused,
        };
        let first = self.fields.first().map_or(0, |field| field.row);
        let detail = format!("{count} row(s) refused, none kept; the first is row {first}.");
        self.fields.iter().fold(Problem::new(kind, detail), |problem, field| {
            let RefusedImportRow { row, external_id, code, pointer, detail } = field;
            let name = external_id.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
            problem.at(format!("/rows/{}{pointer}", row - 1), code.clone(), format!("row {row}{name}: {detail}"))
        })
    }
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(import);
}
