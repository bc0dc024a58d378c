//! Reading requests: documents, parameters and ids, with every refusal as a problem that names the place.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::StreamExt;
use remit_domain::id::{Id, Identified};
use serde::de::DeserializeOwned;
use validator::Validate;

use crate::problem::{Kind, Problem};
use crate::wire::problem_of;

/// The most bytes of a document.
pub const DOCUMENT_MAX: usize = 1024 * 1024;
/// The most bytes of a document that holds many rows.
pub const LARGE_MAX: usize = 10 * 1024 * 1024;
/// How long a body may pause, in seconds.
const IDLE_SECONDS: u64 = 30;

/// The bytes of a document, read whole before anything else happens.
pub struct Document(pub web::Bytes);

/// The content types of a JSON document.
const JSON_TYPES: [&str; 2] = ["application/json", "application/merge-patch+json"];

/// The content type of a request, without its parameters, in lower case.
pub fn content_type(request: &HttpRequest) -> String {
    let value = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    value.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
}

impl FromRequest for Document {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = receive(content_type(request), payload.take(), DOCUMENT_MAX, "A document may have 1 MB.");
        Box::pin(async move { body.await.map(Self) })
    }
}

/// The bytes of a document that holds many rows.
pub struct LargeDocument(pub web::Bytes);

impl FromRequest for LargeDocument {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let detail = "An import may have 10 MB; send its rows in several.";
        let body = receive(content_type(request), payload.take(), LARGE_MAX, detail);
        Box::pin(async move { body.await.map(Self) })
    }
}

impl LargeDocument {
    /// Reads the document and checks every bound.
    ///
    /// # Errors
    /// As [`Document::read`].
    pub fn read<T: DeserializeOwned + Validate>(&self) -> Result<T, Problem> {
        read_json(&self.0)
    }
}

/// Receives a JSON body of at most `max` bytes.
async fn receive(
    kind: String,
    mut payload: Payload,
    max: usize,
    too_large: &'static str,
) -> Result<web::Bytes, Problem> {
    if !JSON_TYPES.contains(&kind.as_str()) {
        return Err(Problem::new(
            Kind::UnsupportedMediaType,
            "Send application/json, or application/merge-patch+json for a change.",
        ));
    }
    let mut bytes = web::BytesMut::new();
    while let Some(chunk) = next_chunk(&mut payload).await? {
        if bytes.len() + chunk.len() > max {
            return Err(Problem::new(Kind::TooLarge, too_large));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

/// The bytes of a document that may be left out.
pub struct OptionalDocument(pub Option<Document>);

impl FromRequest for OptionalDocument {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let headers = request.headers();
        let announced = headers.contains_key(header::CONTENT_TYPE)
            || headers.contains_key(header::TRANSFER_ENCODING)
            || headers.get(header::CONTENT_LENGTH).is_some_and(|length| length != "0");
        if !announced {
            return Box::pin(std::future::ready(Ok(Self(None))));
        }
        let document = Document::from_request(request, payload);
        Box::pin(async move {
            let document = document.await?;
            let says_nothing = matches!(document.0.trim_ascii(), b"" | b"null");
            Ok(Self(Some(document).filter(|_| !says_nothing)))
        })
    }
}

impl OptionalDocument {
    /// The bytes that were sent; none where nothing was.
    pub fn bytes(&self) -> &[u8] {
        self.0.as_ref().map_or(&[], |document| &document.0)
    }
    /// Reads the document and checks every bound; nothing, or null, means the default.
    ///
    /// # Errors
    /// As [`Document::read`].
    pub fn read<T: DeserializeOwned + Validate + Default>(&self) -> Result<T, Problem> {
        match &self.0 {
            Some(document) if document.0.trim_ascii() != b"null" => document.read(),
            Some(_) | None => Ok(T::default()),
        }
    }
}

/// The next piece of a body.
///
/// # Errors
/// 408 when it pauses too long, 400 when it stops half way.
pub async fn next_chunk(payload: &mut Payload) -> Result<Option<web::Bytes>, Problem> {
    let idle = std::time::Duration::from_secs(IDLE_SECONDS);
    match tokio::time::timeout(idle, payload.next()).await {
        Err(_) => Err(Problem::new(Kind::Timeout, "The body paused for 30 seconds.")),
        Ok(None) => Ok(None),
        Ok(Some(Ok(chunk))) => Ok(Some(chunk)),
        Ok(Some(Err(actix_web::error::PayloadError::Overflow))) => {
            Err(Problem::new(Kind::TooLarge, "The body is too large."))
        }
        Ok(Some(Err(_))) => Err(Problem::new(Kind::Malformed, "The body stopped half way; nothing of it was kept.")),
    }
}

impl Document {
    /// Reads the document and checks every bound.
    ///
    /// # Errors
    /// 400 when it is not JSON or has an unknown field, 422 with every field that is wrong.
    pub fn read<T: DeserializeOwned + Validate>(&self) -> Result<T, Problem> {
        read_json(&self.0)
    }
}

/// Reads a JSON document and checks every bound.
///
/// # Errors
/// As [`Document::read`].
pub fn read_json<T: DeserializeOwned + Validate>(bytes: &[u8]) -> Result<T, Problem> {
    // serde would fill the fields of a struct from an array, in their order.
    let is_object = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    if !is_object && serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok() {
        return Err(Problem::shape("", "wrong_type", "must be an object"));
    }
    let value: T = parse_json(bytes)?;
    value.validate().map_err(|errors| problem_of(&errors))?;
    Ok(value)
}

/// Reads a JSON document without checking bounds.
///
/// # Errors
/// As [`Document::read`].
pub fn parse_json<'a, T: serde::Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Problem> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Problem::new(Kind::Malformed, "The body is empty."));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let pointer = pointer(error.path());
        json_problem(&pointer, error.inner())
    })?;
    reader.end().map_err(|error| json_problem("", &error))?;
    Ok(value)
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { .. } | Segment::Unknown => String::new(),
        })
        .collect()
}

fn json_problem(pointer: &str, error: &serde_json::Error) -> Problem {
    use serde_json::error::Category;
    let message = error.to_string();
    // serde names the place in the text too; the pointer says it better.
    let message = message.split(" at line ").next().unwrap_or("").to_owned();
    match error.classify() {
        Category::Io | Category::Syntax | Category::Eof => Problem::new(
            Kind::Malformed,
            format!("The body is not JSON: {message}, line {} column {}.", error.line(), error.column()),
        ),
        Category::Data => match quoted_field(&message, "unknown field `") {
            Some(field) => {
                let at = if pointer.ends_with(&format!("/{field}")) {
                    pointer.to_owned()
                } else {
                    format!("{pointer}/{field}")
                };
                Problem::new(Kind::UnknownField, format!("There is no field {field} here.")).at(
                    at,
                    "unknown_field",
                    "does not exist",
                )
            }
            None => match quoted_field(&message, "missing field `") {
                Some(field) => Problem::shape(format!("{pointer}/{field}"), "required", "is missing"),
                // What was refused is not repeated: it may be a secret.
                None => Problem::shape(pointer, "wrong_type", expected(&message)),
            },
        },
    }
}

fn quoted_field<'a>(message: &'a str, before: &str) -> Option<&'a str> {
    message.strip_prefix(before)?.split('`').next()
}

fn expected(message: &str) -> String {
    match message.split_once("expected ") {
        // What the program calls it is of no use to a client.
        Some((_, expected)) if expected.starts_with("struct ") => "must be an object".into(),
        Some((_, expected)) => format!("must be {expected}"),
        None if message.starts_with("must ") => message.to_owned(),
        None => "is of the wrong type".into(),
    }
}

/// The parameters of a query, every one of them known.
pub struct Parameters<T>(pub T);

impl<T: DeserializeOwned + Validate + 'static> FromRequest for Parameters<T> {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(parameters(request.query_string()).map(Self))
    }
}

/// Reads a query string.
///
/// # Errors
/// 400 that names the parameter.
pub fn parameters<T: DeserializeOwned + Validate>(query: &str) -> Result<T, Problem> {
    // No text that is kept has a NUL, and PostgreSQL cannot be asked for one: it stands for what it is in HTML too, a
    // character that could not be read.
    let query = query.replace("%00", "%EF%BF%BD");
    let reader = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    let value: T = serde_path_to_error::deserialize(reader).map_err(|error| {
        let message = error.inner().to_string();
        let name = quoted_field(&message, "unknown field `")
            .or_else(|| quoted_field(&message, "missing field `"))
            .or_else(|| quoted_field(&message, "duplicate field `"))
            .map_or_else(|| error.path().to_string(), str::to_owned);
        let (code, detail) = if message.starts_with("unknown field") {
            ("unknown_parameter", "does not exist".to_owned())
        } else if message.starts_with("duplicate") {
            ("twice", "occurs twice".to_owned())
        } else if message.starts_with("missing") {
            ("required", "is missing".to_owned())
        } else if message.starts_with("unknown variant") {
            ("malformed", expected(&message))
        } else {
            ("malformed", "cannot be read".to_owned())
        };
        Problem::parameter(&name, code, detail)
    })?;
    value.validate().map_err(|errors| {
        let wrong = problem_of(&errors);
        let mut problem = Problem::new(Kind::InvalidParameter, "A parameter is out of bounds.");
        problem.absorb("/query", &wrong);
        problem
    })?;
    Ok(value)
}

/// The id in a path segment. What is not an id of this kind is nowhere to be found.
///
/// # Errors
/// 404.
pub fn path_id<T: Identified>(text: &str) -> Result<Id<T>, Problem> {
    Id::parse(text).ok_or_else(|| Problem::not_found(T::NOUN))
}
