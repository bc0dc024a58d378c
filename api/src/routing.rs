//! Registering operations: one list, by which requests are led and from which the contract is written.

use actix_web::body::BoxBody;
use actix_web::dev::{HttpServiceFactory, ServiceRequest};
use actix_web::guard::{Guard, GuardContext};
use actix_web::http::Method;
use actix_web::middleware::{Next, from_fn};
use actix_web::web;
use utoipa::Path;
use utoipa::openapi::{HttpMethod, OpenApi};
use utoipa_actix_web::OpenApiFactory;

use crate::deprecation::{DEPRECATED, Deprecation, note};
use crate::edge::nowhere;

/// Where slices register their operations.
pub struct ServiceConfig<'a>(Purpose<'a>);

enum Purpose<'a> {
    Serve(&'a mut web::ServiceConfig, &'static [Deprecation]),
    /// Descriptions are large, and no use to those who serve.
    Describe(&'a mut OpenApi),
}

impl<'a> ServiceConfig<'a> {
    /// Registers what is to be served.
    pub fn serving(config: &'a mut web::ServiceConfig) -> Self {
        Self::serving_with(config, DEPRECATED)
    }

    /// Registers what is to be served, where this table says what is on its way out.
    pub fn serving_with(config: &'a mut web::ServiceConfig, deprecated: &'static [Deprecation]) -> Self {
        Self(Purpose::Serve(config, deprecated))
    }

    /// Writes down what is registered.
    pub fn describing(document: &'a mut OpenApi) -> Self {
        Self(Purpose::Describe(document))
    }

    /// Registers the operations of a slice.
    pub fn configure(&mut self, operations: impl FnOnce(&mut ServiceConfig<'_>)) -> &mut Self {
        operations(self);
        self
    }

    /// Registers an operation.
    pub fn service<F>(&mut self, operation: F) -> &mut Self
    where
        F: HttpServiceFactory + OpenApiFactory + Path + 'static,
    {
        match &mut self.0 {
            Purpose::Serve(config, deprecated) => {
                // The router tries one pattern after the other, each a regular expression; this tells beforehand, by a
                // few comparisons, which is the one.
                let (methods, path) = (F::methods(), F::path());
                let scope = web::scope("").guard(Leads::to(&methods, &path));
                let concerned: Vec<_> = methods
                    .iter()
                    .map(method)
                    .flat_map(|method| {
                        Deprecation::of_operation(deprecated, method.as_str(), &path).copied().collect::<Vec<_>>()
                    })
                    .collect();
                // What stays pays nothing for what goes.
                if concerned.is_empty() {
                    config.service(scope.service(operation));
                } else {
                    let noted = from_fn(move |request: ServiceRequest, next: Next<BoxBody>| {
                        note(&request, &concerned);
                        next.call(request)
                    });
                    config.service(scope.wrap(noted).service(operation));
                }
            }
            Purpose::Describe(document) => {
                document.paths.merge(operation.paths());
                let mut schemas = Vec::new();
                operation.schemas(&mut schemas);
                document.components.get_or_insert_default().schemas.extend(schemas);
            }
        }
        self
    }

    /// Refuses every other method of a path that a pattern registered later fits as well.
    pub fn alone(&mut self, path: &str) -> &mut Self {
        if let Purpose::Serve(config, _) = &mut self.0 {
            config.service(web::resource(path).to(nowhere));
        }
        self
    }
}

/// The length of `/v1/`, with which nearly all paths begin.
const VERSION: usize = 4;
/// How many letters come after it at least: `me`, `people`.
const LETTERS: usize = 2;

/// Whether a request is for one operation.
struct Leads {
    methods: Vec<Method>,
    /// The path up to its first parameter.
    prefix: String,
    /// The first letters of the collection, which tell most operations apart at once.
    letters: Option<[u8; LETTERS]>,
    /// What comes after each parameter, up to the next one.
    after: Vec<String>,
}

impl Leads {
    fn to(methods: &[HttpMethod], pattern: &str) -> Self {
        let mut parts = pattern.split('{');
        let prefix = parts.next().unwrap_or_default().to_owned();
        let letters = prefix.as_bytes().get(VERSION..VERSION + LETTERS).and_then(|letters| letters.try_into().ok());
        let after = parts.map(|part| part.split_once('}').map_or("", |(_, after)| after).to_owned()).collect();
        Self { methods: methods.iter().map(method).collect(), prefix, letters, after }
    }

    fn fits(&self, path: &str) -> bool {
        if let Some(letters) = self.letters
            && path.as_bytes().get(VERSION..VERSION + LETTERS).and_then(|some| some.try_into().ok()) != Some(letters)
        {
            return false;
        }
        let Some(mut rest) = path.strip_prefix(&*self.prefix) else { return false };
        for after in &self.after {
            let end = rest.find('/').unwrap_or(rest.len());
            let (parameter, further) = rest.split_at(end);
            match further.strip_prefix(&**after) {
                Some(further) if !parameter.is_empty() => rest = further,
                _ => return false,
            }
        }
        rest.is_empty()
    }
}

impl Guard for Leads {
    fn check(&self, context: &GuardContext<'_>) -> bool {
        let head = context.head();
        self.methods.contains(&head.method) && self.fits(head.uri.path())
    }
}

fn method(method: &HttpMethod) -> Method {
    match method {
        HttpMethod::Get => Method::GET,
        HttpMethod::Post => Method::POST,
        HttpMethod::Put => Method::PUT,
        HttpMethod::Delete => Method::DELETE,
        HttpMethod::Options => Method::OPTIONS,
        HttpMethod::Head => Method::HEAD,
        HttpMethod::Patch => Method::PATCH,
        HttpMethod::Trace => Method::TRACE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_led_to_the_operation_of_its_path() {
        let cases = [
            ("/v1/board", "/v1/board", true),
            ("/v1/board", "/v1/board/", false),
            ("/v1/board", "/v1/boards", false),
            ("/v1/outcomes/{id}", "/v1/outcomes/out_1", true),
            ("/v1/outcomes/{id}", "/v1/outcomes/", false),
            ("/v1/outcomes/{id}", "/v1/outcomes/out_1/measures", false),
            ("/v1/outcomes/{id}/measures", "/v1/outcomes/out_1/measures", true),
            ("/v1/outcomes/{id}/measures", "/v1/outcomes//measures", false),
            ("/v1/outcomes/{id}/parents/{parent_id}", "/v1/outcomes/a/parents/b", true),
            ("/v1/themes/external/{source}/{external_id}", "/v1/themes/external/hr/a%2Fb", true),
            ("/v1/themes/external/{source}/{external_id}", "/v1/themes/external/hr", false),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(Leads::to(&[HttpMethod::Get], pattern).fits(path), expected, "{pattern} {path}");
        }
    }
}
