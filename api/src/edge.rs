//! The edge: what happens to every request before a handler sees it, and to every answer after.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode, header};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse};

use crate::limit::Allowance;
use crate::problem::{Kind, Problem};
use crate::state::Remit;

/// The most characters of a conditional or preferring header.
pub const HEADER_MAX: usize = 1_000;
/// The headers that this bound holds for.
const BOUNDED: [header::HeaderName; 3] =
    [header::IF_MATCH, header::IF_NONE_MATCH, header::HeaderName::from_static("prefer")];

/// The header that is longer than the contract allows.
fn too_long(request: &ServiceRequest) -> Option<Problem> {
    let is_long = |name: &header::HeaderName| request.headers().get(name).is_some_and(|value| value.len() > HEADER_MAX);
    let name = BOUNDED.into_iter().find(is_long)?;
    let problem = Problem::new(Kind::InvalidParameter, "A header is out of bounds.");
    Some(problem.at(format!("/header/{name}"), "too_long", format!("must have at most {HEADER_MAX} characters")))
}

const TRACEPARENT: header::HeaderName = header::HeaderName::from_static("traceparent");
const REQUEST_ID: header::HeaderName = header::HeaderName::from_static("x-request-id");

/// The id under which a request stands in the log.
#[derive(Clone)]
struct RequestId(header::HeaderValue);

/// That the head of an answer is asked for alone: an answer that never ends has no need to begin.
pub struct HeadAlone;

/// The id of a request: the caller's, where it is short and printable, else a new one.
fn request_id(request: &ServiceRequest) -> header::HeaderValue {
    let given = request.headers().get(&REQUEST_ID).filter(|value| {
        let bytes = value.as_bytes();
        !bytes.is_empty() && bytes.len() <= 100 && bytes.iter().all(u8::is_ascii_graphic)
    });
    given.cloned().unwrap_or_else(|| {
        let id = remit_persistence::clock::mint::<()>().bits();
        header::HeaderValue::from_str(&format!("{id:032x}")).unwrap_or(header::HeaderValue::from_static("unnamed"))
    })
}

/// Names, times, counts and logs every request; dresses refusals as problems that name it.
///
/// # Errors
/// None: every refusal becomes an answer here.
pub async fn edge(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, Error> {
    let began = std::time::Instant::now();
    let id = request_id(&request);
    request.extensions_mut().insert(RequestId(id.clone()));
    let remit = request.app_data::<Data<Remit>>().cloned();
    // The request itself must not be held: routing needs it alone.
    let (method, path) = (request.method().clone(), request.path().to_owned());
    // Whoever asks for the head alone is answered as by GET; the connection leaves out the body.
    if method == Method::HEAD {
        request.head_mut().method = Method::GET;
        request.extensions_mut().insert(HeadAlone);
    }
    let traceparent = request.headers().get(TRACEPARENT).cloned();
    let text = id.to_str().unwrap_or_default().to_owned();
    if let Some(problem) = too_long(&request) {
        return Ok(request.into_response(problem.respond(Some(text))).map_into_boxed_body());
    }
    let mut response = match next.call(request).await {
        Ok(response) => match response.response().error().map(problem_of) {
            Some(problem) => {
                let dressed = keep_cors(response.response().headers(), problem.respond(Some(text.clone())));
                response.into_response(dressed).map_into_boxed_body()
            }
            None => response.map_into_boxed_body(),
        },
        Err(error) => return Err(problem_of(&error).into()),
    };
    crate::deprecation::tell(&mut response);
    let allowance = response.request().extensions().get::<Allowance>().copied();
    let headers = response.headers_mut();
    if let Some(allowance) = allowance {
        for (name, value) in [("ratelimit", allowance.left()), ("ratelimit-policy", allowance.policy())] {
            if let Ok(value) = header::HeaderValue::from_str(&value) {
                headers.insert(header::HeaderName::from_static(name), value);
            }
        }
    }
    // It was said to keep it from being compressed, and means the same as nothing.
    if headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding == "identity") {
        headers.remove(header::CONTENT_ENCODING);
    }
    headers.insert(REQUEST_ID, id);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, header::HeaderValue::from_static("nosniff"));
    let traced = traceparent.as_ref().and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    if let Some(traceparent) = traceparent {
        headers.insert(TRACEPARENT, traceparent);
    }
    let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    let status = response.status();
    if let Some(remit) = remit {
        remit.metrics.request(status.as_u16(), micros);
    }
    let (method, path) = (method.as_str(), path.as_str());
    if status.is_server_error() {
        tracing::warn!(
            method,
            path,
            status = status.as_u16(),
            micros,
            request_id = text,
            traceparent = traced,
            "answered"
        );
    } else {
        tracing::info!(
            method,
            path,
            status = status.as_u16(),
            micros,
            request_id = text,
            traceparent = traced,
            "answered"
        );
    }
    Ok(response)
}

/// Headers of cross-origin sharing survive when a refusal is dressed.
fn keep_cors(from: &header::HeaderMap, mut to: HttpResponse) -> HttpResponse {
    for (name, value) in from.iter().filter(|(name, _)| name.as_str().starts_with("access-control-")) {
        to.headers_mut().insert(name.clone(), value.clone());
    }
    to
}

/// A refusal as a problem, whoever refuses.
fn problem_of(error: &Error) -> Problem {
    error.as_error::<Problem>().cloned().unwrap_or_else(|| framework_problem(error))
}

/// What the framework itself refuses, as a problem.
fn framework_problem(error: &Error) -> Problem {
    let status = error.as_response_error().status_code();
    let kind = match status {
        StatusCode::NOT_FOUND => Kind::NotFound,
        StatusCode::PAYLOAD_TOO_LARGE => Kind::TooLarge,
        StatusCode::REQUEST_TIMEOUT => Kind::Timeout,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Kind::UnsupportedMediaType,
        status if status.is_client_error() => Kind::Malformed,
        _ => {
            tracing::error!(%error, "the framework failed");
            return Problem::new(Kind::Internal, "Something failed here; the request's id leads to the log.");
        }
    };
    Problem::new(kind, "The request cannot be read.")
}

/// What no handler takes: a path that does not exist, or a method that the path does not take.
pub async fn nowhere(request: HttpRequest) -> HttpResponse {
    let id = request.extensions().get::<RequestId>().and_then(|id| id.0.to_str().ok().map(str::to_owned));
    match crate::contract::allow(request.path()) {
        Some(allow) => {
            let detail = format!("{} takes {allow}.", request.path());
            let mut response = Problem::new(Kind::MethodNotAllowed, detail).respond(id);
            if let Ok(value) = header::HeaderValue::from_str(allow) {
                response.headers_mut().insert(header::ALLOW, value);
            }
            response
        }
        None => Problem::new(Kind::NotFound, "There is no such path.").respond(id),
    }
}
