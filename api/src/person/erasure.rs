//! Erasure: what is personal goes, from the past too; what was answered for stays, under an id (I14).

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, post};
use remit_domain::credential::ApiKey;
use remit_domain::person::{Person, PersonId};
use remit_persistence::{When, WriteTx};

use super::PersonView;
use super::deactivation::let_go;
use crate::auth::{Admin, Allowed};
use crate::extract::{Parameters, path_id};
use crate::problem::Problem;
use crate::resource::{missing, shown};
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::writing::{Intent, Reply, WriteParameters, write};

/// Erase a person for good: name, address, external id, time zone and dates go from every state, the past ones too.
///
/// Who is still active is deactivated first, and the person's API keys end. The id stays, with what it answered for. The
/// log holds salted hashes of what is personal; their salt goes too, and the chain still verifies. There is no way back.
#[utoipa::path(tag = "people", operation_id = "erasePerson",
    responses((status = 200, description = "The person, erased.", body = PersonView)),
    security(("bearer" = ["admin"])))]
#[post("/v1/people/{id}/erase")]
async fn erase(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Admin>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
) -> Result<HttpResponse, Problem> {
    let id: PersonId = path_id(&id)?;
    // Nothing is said beside it: a reason would stay, and speak of who is gone.
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, &[])?;
    let eyes = caller.eyes();
    let answer = write(&remit, &caller, intent, move |remit, tx, intent| {
        let person = tx.get(id, When::Present).map_err(missing::<Person>)?;
        intent.accept_match(remit, person.version)?;
        let person = if person.active { let_go(tx, person, None)? } else { person };
        end_keys(tx, id)?;
        let person = tx.erase(person)?;
        Ok(Reply::ok(&shown(&person, eyes))?.version(remit, person.version))
    })
    .await;
    remit.forget_callers();
    // Answers in memory show the person as they were.
    remit.answers.clear();
    answer
}

/// Ends the keys that act for a person.
fn end_keys(tx: &mut WriteTx<'_>, person: PersonId) -> Result<(), Problem> {
    for key in tx.all::<ApiKey>(When::Present)? {
        if key.person == Some(person) {
            tx.delete_api_key(key)?;
        }
    }
    Ok(())
}

/// The operations of this part.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(erase);
}
