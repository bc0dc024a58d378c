//! The service itself: the contract, its pages, liveness and readiness.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::extract::Parameters;
use crate::problem::{CATALOG, Problem};
use crate::routing::ServiceConfig;
use crate::state::Remit;

/// No parameters.
#[derive(Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct NoParameters {}

/// How the service is.
#[derive(Serialize, ToSchema)]
#[schema(as = Health)]
struct HealthView {
    /// `ok` or `unavailable`.
    #[schema(max_length = 20)]
    status: &'static str,
}

/// Whether the process lives.
#[utoipa::path(tag = "service", operation_id = "getLiveness",
    responses((status = 200, description = "It lives.", body = HealthView)))]
#[get("/healthz")]
async fn healthz(_: Parameters<NoParameters>) -> HttpResponse {
    HttpResponse::Ok().json(HealthView { status: "ok" })
}

/// Whether the service can answer: the database is reached and at head.
#[utoipa::path(tag = "service", operation_id = "getReadiness",
    responses(
        (status = 200, description = "It can.", body = HealthView),
        (status = 503, description = "It cannot.", body = crate::problem::ProblemView, content_type = "application/problem+json"),
    ))]
#[get("/readyz")]
async fn readyz(remit: Data<Remit>, _: Parameters<NoParameters>) -> Result<HttpResponse, Problem> {
    remit.store.ready().await.map_err(|error| {
        tracing::error!(%error, "not ready");
        Problem::new(crate::problem::Kind::Busy, "The database is not reached.").retry_after(1)
    })?;
    Ok(HttpResponse::Ok().json(HealthView { status: "ok" }))
}

/// An OpenAPI document.
#[derive(ToSchema)]
#[schema(as = OpenApiDocument)]
#[expect(dead_code, reason = "only its schema is used")]
struct ContractView {
    /// The version of OpenAPI that it is written in.
    #[schema(max_length = 20)]
    openapi: String,
    /// What it is a contract of, and its version.
    #[schema(value_type = Object)]
    info: serde_json::Value,
    /// The operations, by path and method.
    #[schema(value_type = Object)]
    paths: serde_json::Value,
    /// The schemas and all else that operations refer to.
    #[schema(value_type = Object)]
    components: serde_json::Value,
}

/// Read this document.
#[utoipa::path(tag = "service", operation_id = "getContract",
    responses((status = 200, description = "The contract.", body = ContractView)))]
#[get("/openapi.json")]
async fn contract(_: Parameters<NoParameters>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(crate::contract::COMMITTED)
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(healthz).service(readyz).service(contract);
}

/// The page of a kind of problem, to which its `type` leads.
///
/// # Errors
/// 404 when there is no such kind.
pub async fn problem_page(_: HttpRequest, code: Path<String>) -> Result<HttpResponse, Problem> {
    let pages = CATALOG.iter().map(|kind| kind.page());
    let page = pages.into_iter().find(|page| page.code == code.as_str()).ok_or_else(|| Problem::not_found("page"))?;
    let body = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title} – Remit</title>\
         <style>body{{font:1rem/1.5 system-ui;max-width:40rem;margin:3rem auto;padding:0 1rem}}</style>\
         <h1>{title}</h1><p><code>{code}</code>, status {status}</p><p>{meaning}</p>\
         <p><a href=\"/docs/problems\">All problems</a> · <a href=\"/docs/\">The interface</a></p></html>",
        title = page.title,
        code = page.code,
        status = page.status.as_u16(),
        meaning = page.meaning,
    );
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(body))
}

/// The list of all kinds of problem.
pub async fn problem_pages() -> HttpResponse {
    let rows: String = CATALOG
        .iter()
        .map(|kind| kind.page())
        .map(|page| {
            format!(
                "<tr><td>{}<td><a href=\"/docs/problems/{code}\"><code>{code}</code></a><td>{}</tr>",
                page.status.as_u16(),
                page.title,
                code = page.code
            )
        })
        .collect();
    let body = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Problems – Remit</title>\
         <style>body{{font:1rem/1.5 system-ui;max-width:50rem;margin:3rem auto;padding:0 1rem}}td{{padding:.2rem 1rem .2rem 0}}</style>\
         <h1>Problems</h1><table>{rows}</table></html>"
    );
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(body)
}
