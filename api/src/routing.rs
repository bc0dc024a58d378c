//! Registering operations: one list, by which requests are led and from which the contract is written.

use std::mem;

use actix_web::body::BoxBody;
use actix_web::dev::{AppService, HttpServiceFactory, ServiceRequest};
use actix_web::guard::{Guard, GuardContext};
use actix_web::http::Method;
use actix_web::middleware::{Next, from_fn};
use actix_web::{Scope, web};
use utoipa::Path;
use utoipa::openapi::{HttpMethod, OpenApi, Paths};
use utoipa_actix_web::OpenApiFactory;

use crate::deprecation::{DEPRECATED, Deprecation, note};
use crate::edge::nowhere;
use crate::wire::Schemas;

/// Where slices register their operations.
pub struct ServiceConfig<'a>(Purpose<'a>);

enum Purpose<'a> {
    Serve(Served),
    /// Descriptions are large, and no use to those who serve.
    Describe(&'a mut OpenApi),
}

impl<'a> ServiceConfig<'a> {
    /// Has the operations served.
    pub fn serve(config: &mut web::ServiceConfig, operations: impl FnOnce(&mut ServiceConfig<'_>)) {
        Self::serve_with(config, DEPRECATED, operations);
    }

    /// Has the operations served, where this table says what is on its way out.
    pub fn serve_with(
        config: &mut web::ServiceConfig,
        deprecated: &'static [Deprecation],
        operations: impl FnOnce(&mut ServiceConfig<'_>),
    ) {
        let mut service = ServiceConfig(Purpose::Serve(Served { deprecated, groups: Vec::new() }));
        operations(&mut service);
        if let Purpose::Serve(served) = service.0 {
            for (_, group) in served.groups {
                config.service(group);
            }
        }
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
            Purpose::Serve(served) => {
                let methods: Vec<Method> = F::methods().iter().map(method).collect();
                served.operation(&methods, &F::path(), Operation(Box::new(move |app| operation.register(app))));
            }
            Purpose::Describe(document) => {
                let mut schemas = Vec::new();
                operation.schemas(&mut schemas);
                write_down(document, operation.paths(), schemas);
            }
        }
        self
    }

    /// Refuses every other method of a path that a pattern registered later fits as well.
    pub fn alone(&mut self, path: &str) -> &mut Self {
        if let Purpose::Serve(served) = &mut self.0 {
            served.add(path, web::resource(path).to(nowhere));
        }
        self
    }
}

fn write_down(document: &mut OpenApi, paths: Paths, schemas: Schemas) {
    document.paths.merge(paths);
    document.components.get_or_insert_default().schemas.extend(schemas);
}

/// What registers an operation. Without its type: whatever is made for each type of some two hundred, and run as the
/// program starts, is held in memory from then on.
struct Operation(Box<dyn FnOnce(&mut AppService)>);

impl HttpServiceFactory for Operation {
    fn register(self, app: &mut AppService) {
        (self.0)(app);
    }
}

/// What is served. The router tries one pattern after the other, each a regular expression; so operations stand in
/// groups, and a few comparisons tell beforehand which group it is, and which operation.
struct Served {
    deprecated: &'static [Deprecation],
    groups: Vec<(Option<Letters>, Scope)>,
}

impl Served {
    fn operation(&mut self, methods: &[Method], path: &str, operation: Operation) {
        let scope = web::scope("").guard(Leads::to(methods, path));
        let concerned: Vec<Deprecation> = methods
            .iter()
            .flat_map(|method| Deprecation::of_operation(self.deprecated, method.as_str(), path))
            .copied()
            .collect();
        // What stays pays nothing for what goes.
        if concerned.is_empty() {
            return self.add(path, scope.service(operation));
        }
        let noted = from_fn(move |request: ServiceRequest, next: Next<BoxBody>| {
            note(&request, &concerned);
            next.call(request)
        });
        self.add(path, scope.wrap(noted).service(operation));
    }

    /// Adds what is at a path, after what was added before.
    fn add(&mut self, path: &str, service: impl HttpServiceFactory + 'static) {
        let letters = Letters::of(path.split('{').next().unwrap_or_default());
        debug_assert!(letters.is_some(), "{path} belongs to no group, and would keep others from being reached");
        let known = self.groups.iter_mut().find(|(known, _)| letters.is_some() && *known == letters);
        match known {
            Some((_, group)) => *group = mem::replace(group, web::scope("")).service(service),
            None => {
                let group = web::scope("");
                let group = match letters {
                    Some(letters) => group.guard(letters),
                    None => group,
                };
                self.groups.push((letters, group.service(service)));
            }
        }
    }
}

/// The length of `/v1/`, with which nearly all paths begin.
const VERSION: usize = 4;
/// How many letters come after it at least: `me`, `people`.
const LETTERS: usize = 2;

/// The first letters of a collection, which tell most operations apart.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Letters([u8; LETTERS]);

impl Letters {
    fn of(path: &str) -> Option<Self> {
        path.as_bytes().get(VERSION..VERSION + LETTERS).and_then(|letters| letters.try_into().ok()).map(Self)
    }
}

impl Guard for Letters {
    fn check(&self, context: &GuardContext<'_>) -> bool {
        Self::of(context.head().uri.path()) == Some(*self)
    }
}

/// Whether a request is for one operation.
struct Leads {
    methods: Vec<Method>,
    /// The path up to its first parameter.
    prefix: String,
    /// What comes after each parameter, up to the next one.
    after: Vec<String>,
}

impl Leads {
    fn to(methods: &[Method], pattern: &str) -> Self {
        let mut parts = pattern.split('{');
        let prefix = parts.next().unwrap_or_default().to_owned();
        let after = parts.map(|part| part.split_once('}').map_or("", |(_, after)| after).to_owned()).collect();
        Self { methods: methods.to_vec(), prefix, after }
    }

    fn fits(&self, path: &str) -> bool {
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
            assert_eq!(Leads::to(&[Method::GET], pattern).fits(path), expected, "{pattern} {path}");
        }
    }
}
