//! Credentials: API keys, and the issuers whose tokens are trusted.

mod issuer;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use remit_domain::credential::{ApiKey, NARROWING_MAX, Scope};
use remit_domain::entity::{Kept, Valid};
use remit_domain::id::Id;
use remit_domain::measure::Measure;
use remit_domain::person::Person;
use remit_domain::team::Team;
use remit_persistence::{When, WriteTx};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::answer::{Answer, Media, answer};
use crate::auth::{Admin, Allowed, Caller, Scopes, fingerprint};
use crate::config::random_text;
use crate::csv_table;
use crate::extract::{Document, Parameters, path_id};
use crate::problem::{Kind, Problem};
use crate::resource::{Listing, list_views, missing, reference};
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::Travel;
use crate::wire::{IdText, InstantText, Listed, Shown, Word, Words};
use crate::writing::{Intent, Reply, WriteParameters, write};

type Title = Words<200>;
type PersonId = IdText<Person>;
type ScopeWord = Word<Scope>;
type ScopeList = Listed<ScopeWord, 10>;
type MeasureIds = Listed<IdText<Measure>, NARROWING_MAX>;
type TeamIds = Listed<IdText<Team>, NARROWING_MAX>;

/// An API key: a secret that a script or a tool shows.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "nightly figures", "scopes": ["observations:write"]}))]
pub struct ApiKeyDocument {
    /// What it is for; the name of the actor in the log.
    #[validate(nested)]
    name: Title,
    /// What it may do; nothing that its maker may not.
    #[validate(nested)]
    scopes: ScopeList,
    /// The person for whom it acts.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    person_id: Option<PersonId>,
    /// The only measures that it may write to; all where there is none.
    #[validate(nested)]
    #[serde(default)]
    measure_ids: MeasureIds,
    /// The only teams whose outcomes it may write to; all where there is none.
    #[validate(nested)]
    #[serde(default)]
    team_ids: TeamIds,
    /// From when it is refused.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<InstantText>,
}

type ApiKeyView = Shown<ApiKey, ApiKeyDocument>;

/// A new API key, with its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = NewApiKey)]
struct NewApiKeyView {
    #[serde(flatten)]
    key: ApiKeyView,
    /// The secret, shown this once: it is not kept, and a repeated request is answered without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    secret: Option<String>,
}

/// An API key in a list.
#[derive(Serialize, ToSchema)]
#[schema(as = ListedApiKey)]
struct ListedApiKeyView {
    #[serde(flatten)]
    key: ApiKeyView,
    /// When it was last used, to within a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<InstantText>,
}

/// A page of API keys.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct ApiKeyPage {
    /// The API keys.
    #[schema(max_items = 200)]
    data: Vec<ListedApiKeyView>,
    /// The cursor of the next page.
    #[schema(max_length = 500)]
    next: Option<String>,
}

/// What credentials are asked for.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CredentialFilter {
    /// Entries of a page.
    #[validate(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// The cursor of the page before.
    #[validate(length(max = 500))]
    #[param(max_length = 500)]
    after: Option<String>,
    /// In CSV, leaves text that a spreadsheet would run as it is.
    #[serde(default)]
    raw: bool,
}

impl From<CredentialFilter> for Listing {
    fn from(CredentialFilter { limit, after, raw }: CredentialFilter) -> Self {
        Self { limit, after, raw, travel: Travel::none() }
    }
}

/// Nothing is asked of one credential: it is what it is now.
#[derive(Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Nothing {}

fn view(kept: &Kept<ApiKey>) -> ApiKeyView {
    let ApiKey { name, scopes, person, measures, teams, hash: _, expires_at } = &*kept.value;
    let document = ApiKeyDocument {
        name: name.into(),
        scopes: Listed(scopes.iter().copied().map(Word).collect()),
        person_id: person.map(Into::into),
        measure_ids: Listed(measures.iter().copied().map(Into::into).collect()),
        team_ids: Listed(teams.iter().copied().map(Into::into).collect()),
        expires_at: expires_at.map(Into::into),
    };
    Shown::new(kept, document)
}

/// The key that a document describes, as far as its maker may grant it.
fn api_key(
    document: &ApiKeyDocument,
    tx: &mut WriteTx<'_>,
    maker: &Caller,
    secret: &str,
) -> Result<Valid<ApiKey>, Problem> {
    let ApiKeyDocument { name, scopes, person_id, measure_ids, team_ids, expires_at } = document;
    let person = person_id.as_ref().map(IdText::id).transpose()?;
    let person = person.map(|person| reference(tx, person, "/person_id")).transpose()?;
    let mut measures = Vec::new();
    for (at, measure) in measure_ids.0.iter().enumerate() {
        measures.push(reference(tx, measure.id()?, &format!("/measure_ids/{at}"))?.id);
    }
    let mut teams = Vec::new();
    for (at, team) in team_ids.0.iter().enumerate() {
        teams.push(reference(tx, team.id()?, &format!("/team_ids/{at}"))?.id);
    }
    let expires_at = expires_at.as_ref().map(InstantText::instant).transpose()?;
    if expires_at.is_some_and(|expires| expires <= tx.now()) {
        return Err(Problem::field("/expires_at", "in_the_past", "must lie in the future"));
    }
    let scopes = Scopes::of(scopes.0.iter().map(|scope| scope.0)).list();
    may_grant(maker, &scopes, &measures, &teams)?;
    Ok(Valid::new(ApiKey {
        name: name.text()?,
        scopes,
        person: person.map(|person| person.id),
        measures,
        teams,
        hash: fingerprint(secret),
        expires_at,
    })?)
}

/// Whether a maker may grant this much: no scope that it lacks, nothing outside its own narrowing.
fn may_grant(maker: &Caller, scopes: &[Scope], measures: &[Id<Measure>], teams: &[Id<Team>]) -> Result<(), Problem> {
    if let Some(scope) = scopes.iter().find(|scope| !maker.scopes.allow(**scope)) {
        return Err(Problem::new(
            Kind::Forbidden,
            format!("The maker of a key cannot grant {scope} without having it."),
        ));
    }
    let narrowed = |what: &str| {
        let detail = format!("Its maker is narrowed to some {what}, so the key must be narrowed to some of them.");
        Err(Problem::new(Kind::Forbidden, detail))
    };
    if !is_within(&maker.measures, measures) {
        return narrowed("measures");
    }
    if !is_within(&maker.teams, teams) {
        return narrowed("teams");
    }
    Ok(())
}

/// Whether a narrowing stays inside another; an empty one is none.
fn is_within<T: PartialEq>(outer: &[T], inner: &[T]) -> bool {
    outer.is_empty() || (!inner.is_empty() && inner.iter().all(|one| outer.contains(one)))
}

/// List API keys.
#[utoipa::path(tag = "credentials", operation_id = "listApiKeys", params(CredentialFilter),
    responses((status = 200, description = "The API keys, by id, with their last use.", body = ApiKeyPage)),
    security(("bearer" = ["admin"])))]
#[get("/v1/api-keys")]
async fn list(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Admin>,
    filter: Parameters<CredentialFilter>,
) -> Result<HttpResponse, Problem> {
    let columns = || {
        let columns = csv_table::columns_of::<ApiKeyView>();
        columns.into_iter().chain(["last_used_at".to_owned()]).collect()
    };
    list_views(&remit, &request, &caller, filter.0.into(), columns, |remit, tx, reading| {
        let organization = tx.organization_id();
        let mut keys = Vec::new();
        for kept in tx.all::<ApiKey>(reading.when)? {
            let written = tx.last_use(&kept)?;
            let last_used_at = written.max(remit.key_uses.last(organization, &kept.hash)).map(Into::into);
            keys.push(ListedApiKeyView { key: view(&kept), last_used_at });
        }
        // Use leaves no revision: such an answer is good for once.
        Ok((keys, reading.at))
    })
    .await
}

/// Make an API key. Its secret is in this answer and nowhere else.
#[utoipa::path(tag = "credentials", operation_id = "createApiKey", request_body = ApiKeyDocument,
    responses((status = 201, description = "The API key, with its secret.", body = NewApiKeyView)),
    security(("bearer" = ["admin"])))]
#[post("/v1/api-keys")]
async fn create(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Admin>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let document: ApiKeyDocument = body.read()?;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, &body.0)?;
    let maker = caller.caller.clone();
    write(&remit, &caller, intent, move |remit, tx, intent| {
        let secret = format!("remit_{}", random_text(32));
        let key = api_key(&document, tx, &maker, &secret)?;
        let kept = tx.create_api_key(key)?;
        let secret = Some(secret).filter(|_| !intent.validate_only);
        let shown = |secret| NewApiKeyView { key: view(&kept), secret };
        let reply = Reply::created(format!("/v1/api-keys/{}", kept.id), &shown(secret))?;
        Ok(reply.replayed_as(&shown(None))?.version(remit, kept.version))
    })
    .await
}

/// Read an API key. Its secret is not kept.
#[utoipa::path(tag = "credentials", operation_id = "getApiKey",
    responses((status = 200, description = "The API key.", body = ApiKeyView)), security(("bearer" = ["admin"])))]
#[get("/v1/api-keys/{id}")]
async fn read(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Admin>,
    id: Path<String>,
    _: Parameters<Nothing>,
) -> Result<HttpResponse, Problem> {
    let id: Id<ApiKey> = path_id(&id)?;
    let media = Media::accepted(&request, false)?;
    answer(&remit, &request, &caller, media, Travel::none(), move |_, tx, reading| {
        let kept = tx.get(id, reading.when).map_err(missing::<ApiKey>)?;
        Ok(Answer::json(&view(&kept))?.version(kept.version))
    })
    .await
}

/// Delete an API key: it is refused from now on.
#[utoipa::path(tag = "credentials", operation_id = "deleteApiKey",
    responses((status = 204, description = "It is refused from now on.")), security(("bearer" = ["admin"])))]
#[delete("/v1/api-keys/{id}")]
async fn remove(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Admin>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
) -> Result<HttpResponse, Problem> {
    let id: Id<ApiKey> = path_id(&id)?;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, &[])?;
    let answer = write(&remit, &caller, intent, move |remit, tx, intent| {
        let kept = tx.get(id, When::Present).map_err(missing::<ApiKey>)?;
        intent.require_match(remit, kept.version)?;
        tx.delete_api_key(kept)?;
        Ok(Reply::no_content())
    })
    .await;
    remit.forget_callers();
    answer
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(list).service(create).service(read).service(remove).configure(issuer::operations);
}

#[cfg(test)]
mod tests {
    use remit_domain::entity::Actor;

    use super::*;

    fn maker(scopes: &[Scope], measures: &[u128], teams: &[u128]) -> Caller {
        Caller {
            organization: Id::from_bits(1),
            credential: "key".into(),
            actor: Actor::new("maker"),
            person: None,
            scopes: Scopes::of(scopes.iter().copied()),
            measures: measures.iter().copied().map(Id::from_bits).collect(),
            teams: teams.iter().copied().map(Id::from_bits).collect(),
            expires_at: None,
        }
    }

    #[test]
    fn a_key_grants_no_scope_that_its_maker_lacks() {
        let grants = |maker: &Caller, scope| may_grant(maker, &[scope], &[], &[]).is_ok();
        let reader = maker(&[Scope::Read], &[], &[]);
        assert!(grants(&reader, Scope::Read));
        assert!(!grants(&reader, Scope::OutcomesWrite));
        assert!(!grants(&reader, Scope::Admin));
        assert!(grants(&maker(&[Scope::Admin], &[], &[]), Scope::AuditRead), "admin stands for all");
    }

    #[test]
    fn a_key_does_not_escape_the_narrowing_of_its_maker() {
        let ids = |bits: &[u128]| bits.iter().copied().map(Id::from_bits).collect::<Vec<_>>();
        let cases: [(&[u128], &[u128], bool); 6] = [
            (&[], &[], true),
            (&[], &[1], true),
            (&[1, 2], &[2], true),
            (&[1, 2], &[], false),
            (&[1, 2], &[2, 3], false),
            (&[1], &[2], false),
        ];
        for (outer, inner, expected) in cases {
            let by_measure = may_grant(&maker(&[Scope::Admin], outer, &[]), &[Scope::Read], &ids(inner), &[]);
            let by_team = may_grant(&maker(&[Scope::Admin], &[], outer), &[Scope::Read], &[], &ids_of_teams(inner));
            assert_eq!((by_measure.is_ok(), by_team.is_ok()), (expected, expected), "{outer:?} {inner:?}");
        }
    }

    fn ids_of_teams(bits: &[u128]) -> Vec<Id<Team>> {
        bits.iter().copied().map(Id::from_bits).collect()
    }
}
