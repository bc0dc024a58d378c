//! Rules: what is looked for, why, and what an organization says of each of them.

pub mod page;
mod wire;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get, put};
use remit_domain::entity::{Kept, Valid};
use remit_domain::rule::{Rule, RuleSetting, rule, rules};
use remit_domain::text::Key;
use remit_domain::time::Instant;
use remit_persistence::{Name, When, WriteTx};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

pub use wire::page_of;
use wire::{RuleSettingDocument, RuleView};

use crate::answer::{Answer, Media, answer};
use crate::auth::{Admin, Allowed, Read};
use crate::csv_table;
use crate::extract::{Document, Parameters};
use crate::problem::{Kind, Problem};
use crate::resource::{self, Listing};
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::{Travel, TravelParameters};
use crate::wire::MomentText;
use crate::writing::{Intent, Precondition, Reply, WriteParameters, write};

/// A page of rules.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct RulePage {
    /// The rules.
    #[schema(max_items = 200)]
    data: Vec<RuleView>,
    /// The cursor of the next page.
    #[schema(max_length = 500)]
    next: Option<String>,
}

/// What rules are asked for.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RuleFilter {
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

/// The rule that a path names.
fn named(id: &str) -> Result<&'static Rule, Problem> {
    rule(id).ok_or_else(|| Problem::not_found("rule"))
}

/// What is said of a rule, among all that is said.
fn said_of<'a>(rule: &Rule, settings: &'a [Kept<RuleSetting>]) -> Option<&'a Kept<RuleSetting>> {
    settings.iter().find(|setting| setting.rule.as_str() == rule.id)
}

/// List the rules, each with what the organization says of it.
#[utoipa::path(tag = "findings", operation_id = "listRules", params(RuleFilter),
    responses((status = 200, description = "The rules, by id.", body = RulePage)), security(("bearer" = ["read"])))]
#[get("/v1/rules")]
async fn list(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    filter: Parameters<RuleFilter>,
) -> Result<HttpResponse, Problem> {
    let RuleFilter { limit, after, as_of, known_at, raw } = filter.0;
    let listing = Listing { limit, after, raw, travel: Travel::new(as_of, known_at) };
    let columns = csv_table::columns_of::<RuleView>;
    resource::list_views(&remit, &request, &caller, listing, columns, |_, tx, reading| {
        let settings = tx.all(reading.when)?;
        Ok((rules().iter().map(|rule| RuleView::of(rule, said_of(rule, &settings))).collect(), Instant::END))
    })
    .await
}

/// Read a rule, with what the organization says of it.
#[utoipa::path(tag = "findings", operation_id = "getRule", params(TravelParameters),
    responses((status = 200, description = "The rule.", body = RuleView)), security(("bearer" = ["read"])))]
#[get("/v1/rules/{id}")]
async fn read(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    travel: Parameters<TravelParameters>,
) -> Result<HttpResponse, Problem> {
    let rule = named(&id)?;
    let media = Media::accepted(&request, false)?;
    answer(&remit, &request, &caller, media, travel.0.into(), move |_, tx, reading| {
        let settings = tx.all(reading.when)?;
        let said = said_of(rule, &settings);
        Ok(Answer::json(&RuleView::of(rule, said))?.version(said.map_or(0, |said| said.version)))
    })
    .await
}

/// Say how grave a rule is to the organization, and with which numbers it judges.
///
/// What is left out is as the rule has it: an empty document takes everything back. It holds from now on; a closed
/// period keeps the settings that it ran under.
#[utoipa::path(tag = "findings", operation_id = "setRule", request_body = RuleSettingDocument,
    responses((status = 200, description = "The rule, with what the organization says of it now.", body = RuleView)),
    security(("bearer" = ["admin"])))]
#[put("/v1/rules/{id}")]
async fn set(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Admin>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let rule = named(&id)?;
    let document: RuleSettingDocument = body.read()?;
    let setting = document.setting(rule)?;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, &body.0)?;
    write(&remit, &caller, intent, move |remit, tx, intent| {
        let after = set_in(tx, rule, setting.clone(), |version| match version {
            Some(version) => intent.accept_match(remit, version),
            // Its ETag is that of version 0.
            None => match &intent.precondition {
                Precondition::Match(_) => intent.accept_match(remit, 0),
                Precondition::None | Precondition::Absent => Ok(()),
            },
        })?;
        let version = after.as_ref().map_or(0, |after| after.version);
        Ok(Reply::ok(&RuleView::of(rule, after.as_ref()))?.version(remit, version))
    })
    .await
}

/// Keeps what is said of a rule in a write under way; nothing is kept where nothing was said and nothing is.
fn set_in(
    tx: &mut WriteTx<'_>,
    rule: &'static Rule,
    setting: RuleSetting,
    check: impl FnOnce(Option<i64>) -> Result<(), Problem>,
) -> Result<Option<Kept<RuleSetting>>, Problem> {
    let name = Name::Key(rule.id);
    let known = tx.named::<RuleSetting>(&name)?;
    let before = known.map(|id| tx.get(id, When::Present)).transpose()?;
    check(before.as_ref().map(|before| before.version))?;
    let says_nothing = setting.level.is_none() && setting.numbers.is_empty();
    let value = Valid::new(setting)?;
    match before {
        Some(before) => Ok(Some(tx.change(before, value, "changed", None)?)),
        None if says_nothing => Ok(None),
        None => {
            let kept = tx.create(value, None, None)?;
            tx.claim(&name, kept.id)?;
            Ok(Some(kept))
        }
    }
}

/// The key under which a rule is kept.
///
/// # Errors
/// Never, for a rule of this program.
pub fn key_of(rule: &str) -> Result<Key, Problem> {
    Key::parse(rule).ok_or_else(|| Problem::new(Kind::Internal, "Something failed here."))
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(list).service(read).service(set);
}
