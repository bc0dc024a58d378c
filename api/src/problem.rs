//! Problems: every refusal of the interface, as RFC 9457 says; the only place that knows a status.

mod catalog;
mod refusals;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
pub use catalog::{CATALOG, Kind, Page};
use remit_domain::rule::Finding;
use remit_persistence::{Conflict, StoreError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::rule::page_of;

/// A refusal: what went wrong, where, and by which stable code a program can tell.
#[derive(Clone, Debug)]
pub struct Problem {
    kind: Kind,
    detail: String,
    errors: Vec<FieldProblem>,
    retry_after: Option<u32>,
}

/// Where in the request something is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldProblem {
    /// A JSON Pointer into the body; `/query/NAME` for a parameter, `/header/NAME` for a header.
    #[schema(max_length = 1000)]
    pub pointer: String,
    /// A stable code.
    #[schema(max_length = 100)]
    pub code: String,
    /// The same for a person.
    #[schema(max_length = 2000)]
    pub detail: String,
    /// The page that explains the rule, where one refuses.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "uri-reference", max_length = 200)]
    pub r#type: Option<String>,
    /// What the rule found, which may be waived.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 40)]
    pub finding_id: Option<String>,
}

impl FieldProblem {
    fn new(pointer: impl Into<String>, code: impl Into<String>, detail: impl Into<String>) -> Self {
        let (pointer, code, detail) = (pointer.into(), code.into(), detail.into());
        Self { pointer, code, detail, r#type: None, finding_id: None }
    }
}

/// A refusal, as RFC 9457 shapes it.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemView {
    /// A page that explains this kind of problem.
    #[schema(format = "uri-reference", max_length = 200)]
    r#type: String,
    /// The kind of problem, in a few words.
    #[schema(max_length = 200)]
    title: &'static str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What happened this time.
    #[schema(max_length = 4000)]
    detail: String,
    /// A stable code, by which a program can tell.
    #[schema(max_length = 100)]
    code: &'static str,
    /// Every field that is wrong, at once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 1000)]
    errors: Vec<FieldProblem>,
    /// The request, as the server's log names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    request_id: Option<String>,
}

/// The media type of problems.
pub const PROBLEM_JSON: &str = "application/problem+json";

impl Problem {
    /// A problem of a kind.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), errors: Vec::new(), retry_after: None }
    }
    /// Names a field that is wrong.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>, code: impl Into<String>, detail: impl Into<String>) -> Self {
        self.errors.push(FieldProblem::new(pointer, code, detail));
        self
    }
    /// Names what a rule found that stands in the way.
    #[must_use]
    pub fn with_finding(mut self, finding: &Finding) -> Self {
        self.errors.push(FieldProblem {
            r#type: Some(page_of(finding.rule)),
            finding_id: Some(finding.id.to_string()),
            ..FieldProblem::new("", finding.rule, finding.remedy)
        });
        self
    }
    /// One field of the body breaks a rule of the domain, or refers to nothing: well-formed, but refused.
    pub fn field(pointer: impl Into<String>, code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(Kind::RuleBroken, "A field of the document breaks a rule.").at(pointer, code, detail)
    }
    /// One field of the body has the wrong shape: the contract alone tells that it cannot be taken.
    pub fn shape(pointer: impl Into<String>, code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, "A field of the document is wrong.").at(pointer, code, detail)
    }
    /// One parameter of the query is wrong.
    pub fn parameter(name: &str, code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(Kind::InvalidParameter, "A parameter cannot be read.").at(format!("/query/{name}"), code, detail)
    }
    /// There is no such thing here.
    pub fn not_found(noun: &str) -> Self {
        Self::new(
            Kind::NotFound,
            format!("There is no such {}.", noun.replace("check_in", "check-in").replace('_', " ")),
        )
    }
    /// Says when the same request may succeed, in seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }
    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }
    /// The fields that are wrong.
    pub fn errors(&self) -> &[FieldProblem] {
        &self.errors
    }
    /// What happened, for a person.
    pub fn detail(&self) -> &str {
        &self.detail
    }
    /// Takes over the named fields of another problem, each below a pointer.
    pub fn absorb(&mut self, below: &str, other: &Self) {
        for error in &other.errors {
            self.errors.push(FieldProblem { pointer: format!("{below}{}", error.pointer), ..error.clone() });
        }
    }
    /// The page that explains it: that of the rule, where one rule alone refuses.
    fn page(&self) -> String {
        match self.errors.as_slice() {
            [FieldProblem { r#type: Some(page), .. }] => page.clone(),
            _ => format!("/docs/problems/{}", self.kind.page().code),
        }
    }

    /// The answer, naming the request.
    pub fn respond(&self, request_id: Option<String>) -> HttpResponse {
        let page = self.kind.page();
        let mut response = HttpResponse::build(page.status);
        response.content_type(PROBLEM_JSON);
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        if page.status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"remit\""));
        }
        if let Some(seconds) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        response.json(ProblemView {
            r#type: self.page(),
            title: page.title,
            status: page.status.as_u16(),
            detail: self.detail.clone(),
            code: page.code,
            errors: self.errors.clone(),
            request_id,
        })
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.detail)
    }
}
impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.kind.page().status
    }
    fn error_response(&self) -> HttpResponse {
        self.respond(None)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::not_found("resource"),
            StoreError::Conflict(Conflict::NameTaken { name, holder }) => {
                let by = holder.map(|holder| format!(" by {holder}")).unwrap_or_default();
                Self::new(Kind::NameTaken, format!("This {} is taken{by}.", name.replace('_', " "))).at(
                    format!("/{name}"),
                    "name_taken",
                    "must not belong to another",
                )
            }
            StoreError::Conflict(Conflict::HasDependents { dependents }) => {
                let counts: Vec<_> = dependents.iter().map(|(noun, count)| format!("{count} {noun}")).collect();
                Self::new(Kind::HasDependents, format!("Others refer to it: {}.", counts.join(", ")))
            }
            StoreError::Busy | StoreError::Conflict(Conflict::ClaimLost) => {
                Self::new(Kind::Busy, "The store is busy; the same request may succeed in a moment.").retry_after(1)
            }
            StoreError::Corrupt(what) | StoreError::Internal(what) => {
                // Logged once, here; the client learns nothing of the inside.
                tracing::error!(what, "the store failed");
                Self::new(Kind::Internal, "Something failed here; the request's id leads to the log.")
            }
        }
    }
}
