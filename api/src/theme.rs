//! Themes: the strategic priorities under which outcomes stand.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, put};
use remit_domain::entity::{Kept, Valid};
use remit_domain::theme::Theme;
use remit_domain::time::Instant;
use remit_persistence::WriteTx;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::auth::{Allowed, Eyes, OutcomesWrite, Read};
use crate::extract::{Document, Parameters};
use crate::problem::Problem;
use crate::resource::{self, Listing, Resource};
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::{Travel, TravelParameters};
use crate::wire::{MergePatch, MomentText, Shown, Words};
use crate::writing::WriteParameters;

type Title = Words<200>;
type Statement = Words<2000>;

/// A strategic priority of the mission.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "No poverty", "success": "Nobody lives on less than $1.25 a day."}))]
pub struct ThemeDocument {
    /// Its title.
    #[validate(nested)]
    title: Title,
    /// What success looks like.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    success: Option<Statement>,
}

/// A theme as it is read.
pub type ThemeView = Shown<Theme, ThemeDocument>;
type ThemePatch = MergePatch<ThemeDocument>;

/// A page of themes.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct ThemePage {
    /// The themes.
    #[schema(max_items = 200)]
    data: Vec<ThemeView>,
    /// The cursor of the next page.
    #[schema(max_length = 500)]
    next: Option<String>,
}

/// What themes are asked for.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ThemeFilter {
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

impl Resource for Theme {
    type Document = ThemeDocument;
    type View = ThemeDocument;
    const PATH: &'static str = "/v1/themes";

    fn document(kept: &Kept<Self>, _: Eyes) -> ThemeDocument {
        let Self { title, success } = &*kept.value;
        ThemeDocument { title: title.into(), success: success.as_ref().map(Into::into) }
    }
    fn view(kept: &Kept<Self>, eyes: Eyes) -> ThemeDocument {
        Self::document(kept, eyes)
    }
    fn value(document: &ThemeDocument, _: &mut WriteTx<'_>, _: Option<&Kept<Self>>) -> Result<Valid<Self>, Problem> {
        let ThemeDocument { title, success } = document;
        Ok(Valid::new(Self { title: title.text()?, success: success.as_ref().map(Words::text).transpose()? })?)
    }
    /// A theme is a priority of the mission from the mission's first day on.
    fn holds_from(_: &Self, tx: &mut WriteTx<'_>) -> Result<Option<Instant>, Problem> {
        resource::since_mission(tx)
    }
}

/// List themes.
#[utoipa::path(tag = "themes", operation_id = "listThemes", params(ThemeFilter),
    responses((status = 200, description = "The themes, by id.", body = ThemePage)), security(("bearer" = ["read"])))]
#[get("/v1/themes")]
async fn list(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    filter: Parameters<ThemeFilter>,
) -> Result<HttpResponse, Problem> {
    let ThemeFilter { limit, after, as_of, known_at, raw } = filter.0;
    let listing = Listing { limit, after, raw, travel: Travel::new(as_of, known_at) };
    resource::list::<Theme, _>(&remit, &request, &caller, listing, |remit, tx, reading| {
        Ok((remit.all(tx, reading)?, Instant::END))
    })
    .await
}

/// Create a theme.
#[utoipa::path(tag = "themes", operation_id = "createTheme", request_body = ThemeDocument,
    responses((status = 201, description = "The theme.", body = ThemeView)), security(("bearer" = ["outcomes:write"])))]
#[post("/v1/themes")]
async fn create(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    resource::create::<Theme>(&remit, &request, &caller, parameters.0.validate_only, &body).await
}

/// Read a theme.
#[utoipa::path(tag = "themes", operation_id = "getTheme", params(TravelParameters),
    responses((status = 200, description = "The theme.", body = ThemeView)), security(("bearer" = ["read"])))]
#[get("/v1/themes/{id}")]
async fn read(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    travel: Parameters<TravelParameters>,
) -> Result<HttpResponse, Problem> {
    resource::get::<Theme>(&remit, &request, &caller, &id, travel.0.into()).await
}

/// Change a theme.
#[utoipa::path(tag = "themes", operation_id = "updateTheme",
    request_body(content = ThemePatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The theme.", body = ThemeView)), security(("bearer" = ["outcomes:write"])))]
#[patch("/v1/themes/{id}")]
async fn change(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    resource::change::<Theme>(&remit, &request, &caller, &id, parameters.0.validate_only, &body).await
}

/// Delete a theme that no outcome serves.
#[utoipa::path(tag = "themes", operation_id = "deleteTheme",
    responses((status = 204, description = "It is gone from now on.")), security(("bearer" = ["outcomes:write"])))]
#[delete("/v1/themes/{id}")]
async fn remove(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
) -> Result<HttpResponse, Problem> {
    resource::delete::<Theme>(&remit, &request, &caller, &id, parameters.0.validate_only).await
}

/// Create or change a theme by another system's id.
#[utoipa::path(tag = "themes", operation_id = "upsertTheme", request_body = ThemeDocument,
    responses(
        (status = 200, description = "The theme, changed.", body = ThemeView),
        (status = 201, description = "The theme, made or brought back.", body = ThemeView),
    ), security(("bearer" = ["outcomes:write"])))]
#[put("/v1/themes/external/{source}/{external_id}")]
async fn upsert(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    path: Path<(String, String)>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let names = (path.0.as_str(), path.1.as_str());
    resource::upsert::<Theme>(&remit, &request, &caller, names, parameters.0.validate_only, &body).await
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(list).service(create).service(read).service(change).service(remove).service(upsert);
}
