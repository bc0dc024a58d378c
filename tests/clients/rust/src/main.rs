//! The scenario of tests/clients, with the rust generator of openapi-generator.

use std::collections::HashMap;
use std::env;
use std::error::Error;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use remit_client::apis::board_api::{GetBoardSuccess, get_board};
use remit_client::apis::configuration::Configuration;
use remit_client::apis::measures_api::{CreateMeasureSuccess, ListMeasuresSuccess, create_measure, list_measures};
use remit_client::apis::observations_api::{RecordObservationsSuccess, record_observations};
use remit_client::apis::outcomes_api::{
    ActivateOutcomeSuccess, CreateOutcomeSuccess, GetOutcomeSuccess, UpdateOutcomeSuccess, activate_outcome,
    create_outcome, get_outcome, update_outcome,
};
use remit_client::apis::people_api::{CreatePersonSuccess, create_person};
use remit_client::apis::responsibilities_api::{CreateOutcomeResponsibilitySuccess, create_outcome_responsibility};
use remit_client::apis::roles_api::{CreateAssignmentSuccess, CreateRoleSuccess, create_assignment, create_role};
use remit_client::apis::themes_api::{CreateThemeSuccess, create_theme};
use remit_client::apis::{self, ResponseContent};
use remit_client::models::{
    Activation, AssignmentDocument, BatchResult, BoardNode, MeasureDocument, MeasureKind, ObservationBatch,
    ObservationDocument, OutcomeDocument, OutcomePatch, OutcomeState, Part, PersonDocument, Problem,
    ResponsibilityDocument, RoleDocument, ThemeDocument,
};
use reqwest::{Request, Response, header};
use reqwest_middleware::{ClientBuilder, Middleware, Next};
use tokio::time::{Instant, sleep_until};

type Done<T = ()> = Result<T, Box<dyn Error>>;

/// Comes back when it is told to: after 429 (too many requests) and 503 (the service is busy).
#[derive(Default)]
struct Patience {
    waited: AtomicU32,
}

#[async_trait::async_trait]
impl Middleware for Patience {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut http::Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        for _ in 0..8 {
            let Some(copy) = request.try_clone() else { break };
            let response = next.clone().run(copy, extensions).await?;
            if !matches!(response.status().as_u16(), 429 | 503) {
                return Ok(response);
            }
            let seconds = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
            let seconds = seconds.and_then(|text| text.parse().ok()).unwrap_or(1);
            sleep_until(Instant::now() + Duration::from_secs(seconds)).await;
            self.waited.fetch_add(1, Ordering::Relaxed);
        }
        next.run(request, extensions).await
    }
}

/// Keeps the ETag of what was read last at each path: the generated functions answer a body and a status only.
#[derive(Default)]
struct Etags {
    by_path: Mutex<HashMap<String, String>>,
}

impl Etags {
    fn of(&self, path: &str) -> String {
        self.by_path.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned().unwrap_or_default()
    }
}

#[async_trait::async_trait]
impl Middleware for Etags {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut http::Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        let path = request.url().path().to_owned();
        let response = next.run(request, extensions).await?;
        if let Some(etag) = response.headers().get(header::ETAG).and_then(|value| value.to_str().ok()) {
            self.by_path.lock().unwrap_or_else(PoisonError::into_inner).insert(path, etag.to_owned());
        }
        Ok(response)
    }
}

/// The problem of a refusal; anything else that failed is passed on.
fn refusal<E: std::fmt::Debug + 'static>(error: apis::Error<E>) -> Done<Problem> {
    match error {
        apis::Error::ResponseError(answer) => Ok(serde_json::from_str(&answer.content)?),
        other => Err(other.into()),
    }
}

fn failed<E: std::fmt::Debug + 'static>(error: apis::Error<E>) -> Box<dyn Error> {
    match refusal(error) {
        Ok(problem) => {
            let mut text = format!("{} {}: {}", problem.status, problem.code, problem.detail);
            for place in problem.errors.unwrap_or_default() {
                text += &format!("\n  {}: {} ({})", place.pointer, place.detail, place.code);
            }
            text.into()
        }
        Err(other) => other,
    }
}

/// The body of an answer, of the kind that is wanted: a write can be answered by the preview of a dry run too.
macro_rules! wanted {
    ($answer:expr, $kind:path) => {
        match $answer.await {
            Ok(ResponseContent { entity: Some($kind(body)), .. }) => body,
            Ok(other) => return Err(format!("{}: {}", other.status, other.content).into()),
            Err(error) => return Err(failed(error)),
        }
    };
}

struct Scenario {
    remit: Configuration,
    etags: Arc<Etags>,
    name: String,
}

impl Scenario {
    async fn create(&self) -> Done<(String, String)> {
        let document = ThemeDocument::new(format!("Safer roads ({})", self.name));
        let theme = wanted!(create_theme(&self.remit, document, None, None, None), CreateThemeSuccess::Status201).id;
        let document = OutcomeDocument {
            theme_id: Some(Some(theme.clone())),
            start_on: Some(Some("2026-01-01".parse()?)),
            due_on: Some(Some("2035-12-31".parse()?)),
            ..OutcomeDocument::new(format!("Fewer people die ({})", self.name))
        };
        // One key for one intention: sent again after an answer was lost, it makes nothing twice.
        let key = format!("fewer-people-die-{}", self.name);
        let once = create_outcome(&self.remit, document.clone(), Some(&key), None, None);
        let once = wanted!(once, CreateOutcomeSuccess::Status201);
        let again = create_outcome(&self.remit, document, Some(&key), None, None);
        assert_eq!(wanted!(again, CreateOutcomeSuccess::Status201).id, once.id);
        assert_eq!(once.state, OutcomeState::Draft);
        Ok((once.id, theme))
    }

    async fn measure(&self, outcome: &str, document: MeasureDocument) -> Done {
        let key = document.key.clone();
        let made = create_measure(&self.remit, outcome, document, None, None, None);
        assert_eq!(wanted!(made, CreateMeasureSuccess::Status201).key, key);
        Ok(())
    }

    async fn record(&self, key: &str) -> Done<BatchResult> {
        let point = |on: &str, value| ObservationDocument::new(key.to_owned(), on.to_owned(), value);
        let points = vec![point("2026-01-31", 190.0), point("2026-02-28", 150.0)];
        let batch = ObservationBatch::ArrayVecObservationDocument(points);
        let result = record_observations(&self.remit, batch, None, None, None, None, None, None);
        Ok(wanted!(result, RecordObservationsSuccess::Status200))
    }

    async fn push(&self, key: &str) -> Done {
        assert_eq!(self.record(key).await?.accepted, 2);
        // Whoever is not sure sends the same again.
        let again = self.record(key).await?;
        assert_eq!((again.accepted, again.unchanged), (0, 2));
        Ok(())
    }

    /// An active outcome has someone accountable and someone responsible: here a role, and who holds it.
    async fn activate(&self, outcome: &str) -> Done {
        let from = Some(Some("2026-01-01".to_owned()));
        let head = RoleDocument::new(format!("Head of road safety ({})", self.name));
        let role = wanted!(create_role(&self.remit, head, None, None, None), CreateRoleSuccess::Status201).id;
        let ada = PersonDocument::new(format!("Ada ({})", self.name));
        let ada = wanted!(create_person(&self.remit, ada, None, None, None), CreatePersonSuccess::Status201).id;
        let holder = AssignmentDocument { from: from.clone(), ..AssignmentDocument::new(ada) };
        let assigned = create_assignment(&self.remit, &role, holder, None, None, None);
        wanted!(assigned, CreateAssignmentSuccess::Status201);
        for part in [Part::Accountable, Part::Responsible] {
            let document = ResponsibilityDocument {
                role_id: Some(Some(role.clone())),
                from: from.clone(),
                ..ResponsibilityDocument::new(part)
            };
            let given = create_outcome_responsibility(&self.remit, outcome, document, None, None, None);
            wanted!(given, CreateOutcomeResponsibilitySuccess::Status201);
        }
        let activation = Activation { effective_from: from, reason: None };
        let active = activate_outcome(&self.remit, outcome, activation, None, None, None);
        assert_eq!(wanted!(active, ActivateOutcomeSuccess::Status200).state, OutcomeState::Active);
        Ok(())
    }

    async fn read_board(&self, outcome: &str, theme: &str) -> Done {
        let board = get_board(&self.remit, None, Some(theme), None, None, None, None, None, None);
        let board = wanted!(board, GetBoardSuccess::Status200);
        let nodes = board.themes.iter().flat_map(|theme| &theme.outcomes).chain(&board.unaligned);
        let node = find(nodes, outcome).ok_or("the outcome is not on the board")?;
        assert_eq!(node.progress.flatten(), Some(50.0));
        let accountable = node.accountable.as_ref().and_then(Option::as_ref);
        let person = accountable.and_then(|accountable| accountable.person.as_ref()).and_then(Option::as_ref);
        assert_eq!(person.map(|person| person.name.as_str()), Some(format!("Ada ({})", self.name).as_str()));
        // Unchanged, the board is not sent again.
        let etag = self.etags.of("/v1/board");
        let unchanged = get_board(&self.remit, None, Some(theme), None, None, None, None, None, Some(&etag)).await;
        assert_eq!(unchanged.map_err(failed)?.status, 304);
        Ok(())
    }

    /// The keys of every measure of an outcome, page by page.
    async fn measures_of(&self, outcome: &str) -> Done<Vec<String>> {
        let mut keys = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let after_page = after.as_deref();
            let page = list_measures(
                &self.remit,
                Some(outcome),
                None,
                None,
                None,
                None,
                None,
                Some(2),
                after_page,
                None,
                None,
                None,
                None,
            );
            let page = wanted!(page, ListMeasuresSuccess::Status200);
            keys.extend(page.data.into_iter().map(|measure| measure.key));
            after = page.next.flatten();
            if after.is_none() {
                return Ok(keys);
            }
        }
    }

    /// What names the state that is read.
    async fn read(&self, outcome: &str) -> Done<String> {
        wanted!(get_outcome(&self.remit, outcome, None, None, None), GetOutcomeSuccess::Status200);
        Ok(self.etags.of(&format!("/v1/outcomes/{outcome}")))
    }

    /// Changes the title of what was read; where it has changed meanwhile, reads it anew. Answers how often it had.
    async fn rename(&self, outcome: &str, title: &str, etag: &str) -> Done<u32> {
        let (mut conflicts, mut etag) = (0, etag.to_owned());
        loop {
            let patch = OutcomePatch { title: Some(title.to_owned()), ..OutcomePatch::new() };
            match update_outcome(&self.remit, outcome, &etag, patch, None, None).await {
                Ok(ResponseContent { entity: Some(UpdateOutcomeSuccess::Status200(changed)), .. }) => {
                    assert_eq!(changed.title, title);
                    return Ok(conflicts);
                }
                Ok(other) => return Err(format!("{}: {}", other.status, other.content).into()),
                Err(error) => {
                    let problem = refusal(error)?;
                    assert_eq!((problem.status, problem.code.as_str()), (412, "precondition_failed"));
                }
            }
            conflicts += 1;
            etag = self.read(outcome).await?;
        }
    }

    async fn break_bounds(&self) -> Done {
        let document = OutcomeDocument { weight: Some(-1.0), ..OutcomeDocument::new("x".repeat(201)) };
        let Err(error) = create_outcome(&self.remit, document, None, None, None).await else {
            return Err("a broken bound was not refused".into());
        };
        let problem = refusal(error)?;
        assert_eq!((problem.status, problem.code.as_str()), (422, "invalid"));
        // Every field that is wrong, at once.
        let mut pointers: Vec<_> = problem.errors.unwrap_or_default().into_iter().map(|place| place.pointer).collect();
        pointers.sort();
        assert_eq!(pointers, ["/title", "/weight"]);
        Ok(())
    }

    async fn run(&self) -> Done {
        let (outcome, theme) = self.create().await?;
        let [deaths, injuries, speed] =
            ["deaths", "injuries", "speed"].map(|what| format!("clients.{}.{what}", self.name));
        let decrease = MeasureDocument::new(deaths.clone(), MeasureKind::Decrease, "Deaths a year".to_owned());
        let decrease = MeasureDocument {
            baseline: Some(Some(200.0)),
            target: Some(Some(100.0)),
            every: Some("month".to_owned()),
            ..decrease
        };
        self.measure(&outcome, decrease).await?;
        for key in [&injuries, &speed] {
            let monitor = MeasureDocument::new(key.clone(), MeasureKind::Monitor, key.clone());
            self.measure(&outcome, monitor).await?;
        }
        self.push(&deaths).await?;
        self.activate(&outcome).await?;
        self.read_board(&outcome, &theme).await?;
        let mut keys = self.measures_of(&outcome).await?;
        keys.sort();
        assert_eq!(keys, [deaths, injuries, speed]);

        let stale = self.read(&outcome).await?;
        let name = &self.name;
        assert_eq!(self.rename(&outcome, &format!("Fewer people die on the roads ({name})"), &stale).await?, 0);
        assert_eq!(self.rename(&outcome, &format!("Nobody dies on the roads ({name})"), &stale).await?, 1);
        self.break_bounds().await
    }
}

fn find<'a>(nodes: impl IntoIterator<Item = &'a BoardNode>, id: &str) -> Option<&'a BoardNode> {
    nodes.into_iter().find_map(|node| {
        let below = node.children.as_ref().and_then(Option::as_ref);
        if node.id == id { Some(node) } else { below.and_then(|below| find(below, id)) }
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Done {
    let (patience, etags) = (Arc::new(Patience::default()), Arc::new(Etags::default()));
    let remit = Configuration {
        base_path: env::var("REMIT_URL")?,
        bearer_access_token: Some(env::var("REMIT_TOKEN")?),
        client: ClientBuilder::new(reqwest::Client::new()).with_arc(patience.clone()).with_arc(etags.clone()).build(),
        ..Configuration::default()
    };
    Scenario { remit, etags, name: env::var("REMIT_NAME")? }.run().await?;
    let waited = patience.waited.load(Ordering::Relaxed);
    println!("created, pushed, read, paged; 412 and 422 handled; waited {waited} times");
    Ok(())
}
