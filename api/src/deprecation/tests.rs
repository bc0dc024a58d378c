use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, HttpResponse, get};
use remit_domain::time::days_between;
use serde::Deserialize;
use utoipa::IntoParams;

use super::*;
use crate::contract::Contract;
use crate::edge::edge;
use crate::problem::Problem;
use crate::routing::ServiceConfig;

/// The least time from the announcement to the end, which CONTRIBUTING.md promises.
const DAYS_MIN: i64 = 180;

/// Two of three operations are touched: one goes, and one loses a parameter.
const TABLE: &[Deprecation] = &[
    Deprecation {
        method: "GET",
        path: "/v1/tides",
        parameter: None,
        since: Day::constant(2026, 1, 1),
        sunset: Day::constant(2027, 1, 1),
        instead: "`GET /v1/waves`",
        page: "/docs/guides/integrator",
    },
    Deprecation {
        method: "GET",
        path: "/v1/waves",
        parameter: Some("height"),
        since: Day::constant(2026, 3, 1),
        sunset: Day::constant(2026, 12, 1),
        instead: "`height_min`",
        page: "/docs/guides/integrator",
    },
];

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "what is asked for does not matter here")]
struct WaveFilter {
    height: Option<u8>,
    height_min: Option<u8>,
}

/// Read the tides.
#[utoipa::path(tag = "service", operation_id = "getTides", responses((status = 204, description = "Read.")))]
#[get("/v1/tides")]
async fn tides() -> Result<HttpResponse, Problem> {
    Err(Problem::not_found("tide"))
}

/// Read the waves.
#[utoipa::path(tag = "service", operation_id = "getWaves", params(WaveFilter),
    responses((status = 204, description = "Read.")))]
#[get("/v1/waves")]
async fn waves() -> HttpResponse {
    HttpResponse::NoContent().finish()
}

/// Read the winds.
#[utoipa::path(tag = "service", operation_id = "getWinds", params(WaveFilter),
    responses((status = 204, description = "Read.")))]
#[get("/v1/winds")]
async fn winds() -> HttpResponse {
    HttpResponse::NoContent().finish()
}

fn operations(service: &mut ServiceConfig<'_>) {
    service.service(tides).service(waves).service(winds);
}

fn document() -> Value {
    serde_json::from_str(&Contract::of(operations, TABLE).text).expect("a document")
}

/// What an answer to a request says: since when it is deprecated, until when it is there, and where to read on.
async fn told(target: &str) -> Option<(String, String, Vec<String>)> {
    let app = App::new().configure(|config| ServiceConfig::serve_with(config, TABLE, operations));
    let service = init_service(app.wrap(from_fn(edge))).await;
    let response = call_service(&service, TestRequest::get().uri(target).to_request()).await;
    let all = |name: &HeaderName| -> Vec<String> {
        response.headers().get_all(name).filter_map(|value| value.to_str().ok()).map(str::to_owned).collect()
    };
    let (mut since, mut sunset) = (all(&DEPRECATION), all(&SUNSET));
    assert_eq!(since.len(), sunset.len(), "{target}");
    Some((since.pop()?, sunset.pop()?, all(&header::LINK)))
}

#[actix_web::test]
async fn who_uses_what_goes_is_told_since_when_until_when_and_what_instead() {
    let link = "</docs/guides/integrator>; rel=\"deprecation\"; type=\"text/html\"".to_owned();
    // A refusal says it too.
    let expected = ("@1767225600".to_owned(), "Fri, 01 Jan 2027 00:00:00 GMT".to_owned(), vec![link.clone()]);
    assert_eq!(told("/v1/tides").await, Some(expected));
    let expected = ("@1772323200".to_owned(), "Tue, 01 Dec 2026 00:00:00 GMT".to_owned(), vec![link]);
    assert_eq!(told("/v1/waves?height_min=2&height=3").await, Some(expected));
    for target in ["/v1/waves", "/v1/waves?height_min=3", "/v1/winds?height=3", "/v1/nowhere"] {
        assert_eq!(told(target).await, None, "{target}");
    }
}

#[actix_web::test]
async fn the_document_marks_exactly_what_the_headers_say() {
    let document = document();
    let mut marked = 0;
    for (path, item) in document["paths"].as_object().expect("paths") {
        let operation = &item["get"];
        let goes = operation["deprecated"] == true;
        assert_eq!(told(path).await.is_some(), goes, "{path}");
        let mut touched = goes;
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            if parameter["in"] != "query" {
                continue;
            }
            let name = parameter["name"].as_str().expect("a name");
            let parameter_goes = parameter["deprecated"] == true;
            assert_eq!(told(&format!("{path}?{name}=3")).await.is_some(), goes || parameter_goes, "{path} {name}");
            touched |= parameter_goes;
        }
        let headers = &operation["responses"]["204"]["headers"];
        for name in ["Deprecation", "Sunset"] {
            assert_eq!(headers.get(name).is_some(), touched, "{path} {name}");
            assert!(document["components"]["headers"].get(name).is_some());
        }
        marked += usize::from(touched);
    }
    assert_eq!(marked, TABLE.len());
    let told = &document["paths"]["/v1/tides"]["get"]["description"];
    assert!(told.as_str().is_some_and(|text| text.contains("may be gone from 2027-01-01 on. Use `GET /v1/waves`")));
}

#[test]
fn what_the_table_names_is_in_the_document_and_stays_for_as_long_as_was_promised() {
    let mut document: Value = serde_json::from_str(&Contract::shared().text).expect("a document");
    assert_eq!(mark(&mut document, DEPRECATED), []);
    for one in DEPRECATED.iter().chain(TABLE) {
        assert!(days_between(one.since, one.sunset) >= DAYS_MIN, "{one:?}");
    }
    let unknown = Deprecation { path: "/v1/nowhere", ..TABLE[0] };
    let unheard = Deprecation { parameter: Some("depth"), ..TABLE[1] };
    assert_eq!(mark(&mut self::document(), &[unknown, unheard]), [unknown, unheard]);
}
