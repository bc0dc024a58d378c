//! Resources: what every collection does alike, so that a slice says only what is its own.

mod list;

use std::collections::BTreeMap;

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use remit_domain::entity::{Kept, Valid};
use remit_domain::id::{Id, Identified};
use remit_domain::text::{External, Source, Statement, Text};
use remit_domain::time::Instant;
use remit_persistence::{Conflict, Name, ReadTx, StoreError, Stored, When, WriteTx};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use validator::Validate;

use crate::answer::{Answer, Media, answer};
use crate::auth::{Caller, Eyes};
use crate::extract::{Document, parse_json, path_id, read_json};
use crate::problem::{Kind, Problem};
use crate::state::Remit;
use crate::travel::Travel;
use crate::wire::Shown;
use crate::writing::{Intent, Reply, write};

pub use list::{Listing, list, list_expanded, list_views};

/// A noun that clients create, read, change and delete.
pub trait Resource: Stored + Identified + PartialEq + Clone + Send + 'static {
    /// What a client writes.
    type Document: DeserializeOwned + Serialize + Validate + Clone + Send + 'static;
    /// What a client reads: the document, and what only Remit writes.
    type View: Serialize + Send + 'static;
    /// The path of its collection, `/v1/themes`.
    const PATH: &'static str;

    /// Fields of which one is given: a change that names one takes the others away.
    const ONE_OF: &'static [&'static [&'static str]] = &[];

    /// Whether its id in another system is shown only to those who may see everything about people.
    const EXTERNAL_IS_PERSONAL: bool = false;

    /// Its path.
    fn location(kept: &Kept<Self>) -> String {
        format!("{}/{}", Self::PATH, kept.id)
    }

    /// The document that an entity would be written with.
    fn document(kept: &Kept<Self>, eyes: Eyes) -> Self::Document;

    /// The document as it is read.
    fn view(kept: &Kept<Self>, eyes: Eyes) -> Self::View;

    /// The entity that a document describes. `before` is what it replaces; references are looked up in the write.
    ///
    /// # Errors
    /// The field that breaks a rule.
    fn value(
        document: &Self::Document,
        tx: &mut WriteTx<'_>,
        before: Option<&Kept<Self>>,
    ) -> Result<Valid<Self>, Problem>;

    /// Whether this caller may make this change; `None` stands for nothing before or after.
    ///
    /// # Errors
    /// 403 that names the rule.
    fn authorize(
        _tx: &mut WriteTx<'_>,
        _caller: &Caller,
        _before: Option<&Kept<Self>>,
        _after: Option<&Self>,
    ) -> Result<(), Problem> {
        Ok(())
    }

    /// From when a new one holds, where that is before now.
    ///
    /// # Errors
    /// What the store says.
    fn holds_from(_value: &Self, _tx: &mut WriteTx<'_>) -> Result<Option<Instant>, Problem> {
        Ok(None)
    }

    /// Whether what comes back after it was deleted is the same thing: what never changes does not change so either.
    ///
    /// # Errors
    /// The field that differs.
    fn check_restored(_last: &Kept<Self>, _value: &Self) -> Result<(), Problem> {
        Ok(())
    }

    /// Why a change is made, where the document says so; kept in the log, not in the resource.
    ///
    /// # Errors
    /// When it was not validated before.
    fn reason(_document: &Self::Document) -> Result<Option<Statement>, Problem> {
        Ok(None)
    }

    /// What else a change brings with it, once it is kept: names to claim, rules between entities.
    ///
    /// # Errors
    /// What stands in the way.
    fn settle(_tx: &mut WriteTx<'_>, _before: Option<&Kept<Self>>, _after: &Kept<Self>) -> Result<(), Problem> {
        Ok(())
    }

    /// What stands in the way of deleting it, besides those that refer to it.
    ///
    /// # Errors
    /// The rule.
    fn before_delete(_tx: &mut WriteTx<'_>, _kept: &Kept<Self>) -> Result<(), Problem> {
        Ok(())
    }
}

/// An entity as it is shown.
pub fn shown<T: Resource>(kept: &Kept<T>, eyes: Eyes) -> Shown<T, T::View> {
    let view = T::view(kept, eyes);
    if T::EXTERNAL_IS_PERSONAL && eyes == Eyes::Names {
        return Shown::new(&kept.clone().with(|row| row.external = None), view);
    }
    Shown::new(kept, view)
}

/// What was not found, by its noun.
pub fn missing<T: Identified>(error: StoreError) -> Problem {
    match error {
        StoreError::NotFound => Problem::not_found(T::NOUN),
        other @ (StoreError::Conflict(_) | StoreError::Busy | StoreError::Corrupt(_) | StoreError::Internal(_)) => {
            other.into()
        }
    }
}

/// GET of one.
///
/// # Errors
/// 404, or what reading says.
pub async fn get<T: Resource>(
    remit: &Data<Remit>,
    request: &HttpRequest,
    caller: &Caller,
    id: &str,
    travel: Travel,
) -> Result<HttpResponse, Problem> {
    let id: Id<T> = path_id(id)?;
    let eyes = caller.eyes();
    let media = Media::accepted(request, false)?;
    answer(remit, request, caller, media, travel, move |_, tx, reading| {
        let kept = tx.get(id, reading.when).map_err(missing::<T>)?;
        Ok(Answer::json(&shown(&kept, eyes))?.version(kept.version))
    })
    .await
}

/// POST of a new one.
///
/// # Errors
/// What the document or the rules say.
pub async fn create<T: Resource>(
    remit: &Data<Remit>,
    request: &HttpRequest,
    caller: &Caller,
    validate_only: bool,
    body: &Document,
) -> Result<HttpResponse, Problem> {
    let document: T::Document = body.read()?;
    let intent = Intent::read(request, caller, validate_only, &body.0)?;
    let who = caller.clone();
    write(remit, caller, intent, move |remit, tx, _| {
        let kept = create_in::<T>(tx, &who, &document, None)?;
        reply_created(remit, &kept, who.eyes())
    })
    .await
}

/// The answer to a new one: where it is, and what it says.
///
/// # Errors
/// None that a stored value causes.
pub fn reply_created<T: Resource>(remit: &Remit, kept: &Kept<T>, eyes: Eyes) -> Result<Reply, Problem> {
    Ok(Reply::created(T::location(kept), &shown(kept, eyes))?.version(remit, kept.version))
}

/// What became of one in a write under way.
pub struct Done<T: Resource> {
    before: Option<Kept<T>>,
    /// As it is now.
    pub after: Kept<T>,
    /// Whether it was made or brought back.
    pub is_new: bool,
}

impl<T: Resource> Done<T> {
    /// Whether it says something else than before.
    pub fn is_changed(&self) -> bool {
        self.before.as_ref().is_none_or(|before| before.value != self.after.value)
    }

    /// With what it brings with it. Its version does not tell whether there is anything: what one write changes twice
    /// keeps its number.
    ///
    /// # Errors
    /// What stands in the way.
    fn settled(self, tx: &mut WriteTx<'_>) -> Result<Self, Problem> {
        if self.is_changed() {
            T::settle(tx, self.before.as_ref(), &self.after)?;
        }
        Ok(self)
    }
}

/// Creates one in a write under way.
///
/// # Errors
/// What the document or the rules say.
pub fn create_in<T: Resource>(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    document: &T::Document,
    external: Option<External>,
) -> Result<Kept<T>, Problem> {
    Ok(make_in(tx, caller, document, external)?.settled(tx)?.after)
}

/// Creates one, and leaves open what it brings with it.
///
/// # Errors
/// As [`create_in`].
pub fn make_in<T: Resource>(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    document: &T::Document,
    external: Option<External>,
) -> Result<Done<T>, Problem> {
    let value = T::value(document, tx, None)?;
    T::authorize(tx, caller, None, Some(&value))?;
    let holds_from = T::holds_from(&value, tx)?;
    Ok(Done { before: None, after: tx.create(value, external, holds_from)?, is_new: true })
}

/// Changes one in a write under way.
///
/// # Errors
/// What the document or the rules say.
pub fn change_in<T: Resource>(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    before: Kept<T>,
    document: &T::Document,
) -> Result<Kept<T>, Problem> {
    Ok(alter_in(tx, caller, before, document)?.settled(tx)?.after)
}

fn alter_in<T: Resource>(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    before: Kept<T>,
    document: &T::Document,
) -> Result<Done<T>, Problem> {
    let value = T::value(document, tx, Some(&before))?;
    T::authorize(tx, caller, Some(&before), Some(&value))?;
    let reason = T::reason(document)?;
    let reason = reason.as_ref().map(Statement::as_str);
    let after = tx.change_because(before.clone(), value, "changed", None, reason)?;
    Ok(Done { before: Some(before), after, is_new: false })
}

/// PATCH of one, by JSON Merge Patch.
///
/// # Errors
/// 428, 412, or what the document or the rules say.
pub async fn change<T: Resource>(
    remit: &Data<Remit>,
    request: &HttpRequest,
    caller: &Caller,
    id: &str,
    validate_only: bool,
    body: &Document,
) -> Result<HttpResponse, Problem> {
    let id: Id<T> = path_id(id)?;
    let patch = fields(&body.0)?;
    let intent = Intent::read(request, caller, validate_only, &body.0)?;
    let who = caller.clone();
    write(remit, caller, intent, move |remit, tx, intent| {
        let before = tx.get(id, When::Present).map_err(missing::<T>)?;
        // What can never be taken is refused as such, whatever the state.
        let document = merged::<T>(&before, &patch)?;
        intent.require_match(remit, before.version)?;
        let after = change_in(tx, &who, before, &document)?;
        Ok(Reply::ok(&shown(&after, who.eyes()))?.version(remit, after.version))
    })
    .await
}

/// DELETE of one.
///
/// # Errors
/// 428, 412, 409 when others refer to it.
pub async fn delete<T: Resource>(
    remit: &Data<Remit>,
    request: &HttpRequest,
    caller: &Caller,
    id: &str,
    validate_only: bool,
) -> Result<HttpResponse, Problem> {
    let id: Id<T> = path_id(id)?;
    let intent = Intent::read(request, caller, validate_only, &[])?;
    let who = caller.clone();
    write(remit, caller, intent, move |remit, tx, intent| {
        let kept = tx.get(id, When::Present).map_err(missing::<T>)?;
        intent.require_match(remit, kept.version)?;
        T::authorize(tx, &who, Some(&kept), None)?;
        T::before_delete(tx, &kept)?;
        let dependents = tx.dependents(id)?;
        if !dependents.is_empty() {
            return Err(StoreError::Conflict(Conflict::HasDependents { dependents }).into());
        }
        tx.delete(kept)?;
        Ok(Reply::no_content())
    })
    .await
}

/// PUT by another system's id: creates, changes the fields that were sent, or brings back what was deleted.
///
/// # Errors
/// 412 when a precondition was sent and fails, or what the document or the rules say.
pub async fn upsert<T: Resource>(
    remit: &Data<Remit>,
    request: &HttpRequest,
    caller: &Caller,
    (source, external_id): (&str, &str),
    validate_only: bool,
    body: &Document,
) -> Result<HttpResponse, Problem> {
    let external = external(source, external_id)?;
    let sent = body.0.clone();
    let patch = fields(&sent)?;
    let intent = Intent::read(request, caller, validate_only, &body.0)?;
    let who = caller.clone();
    write(remit, caller, intent, move |remit, tx, intent| {
        let done = upsert_in::<T>(tx, &who, &external, (&sent, &patch), |version| match version {
            Some(version) => intent.accept_match(remit, version),
            None => match &intent.precondition {
                crate::writing::Precondition::Match(_) => {
                    Err(Problem::new(Kind::PreconditionFailed, "It does not exist yet."))
                }
                crate::writing::Precondition::None | crate::writing::Precondition::Absent => Ok(()),
            },
        })?;
        if done.is_new {
            return reply_created(remit, &done.after, who.eyes());
        }
        Ok(Reply::ok(&shown(&done.after, who.eyes()))?.version(remit, done.after.version))
    })
    .await
}

/// Creates, changes or brings back one in a write under way.
///
/// # Errors
/// What `check` says of the version that exists, or what the document or the rules say.
pub fn upsert_in<T: Resource>(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    external: &External,
    (sent, patch): (&[u8], &Fields),
    check: impl FnOnce(Option<i64>) -> Result<(), Problem>,
) -> Result<Done<T>, Problem> {
    put_in(tx, caller, external, (sent, patch), check)?.settled(tx)
}

/// As [`upsert_in`], and leaves open what it brings with it.
///
/// # Errors
/// As [`upsert_in`].
pub fn put_in<T: Resource>(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    external: &External,
    (sent, patch): (&[u8], &Fields),
    check: impl FnOnce(Option<i64>) -> Result<(), Problem>,
) -> Result<Done<T>, Problem> {
    // What is sent must be a whole document, even where only its fields are taken over.
    let document: T::Document = read_json(sent)?;
    let Some(id) = tx.named::<T>(&Name::External(external))? else {
        check(None)?;
        return make_in(tx, caller, &document, Some(external.clone()));
    };
    match tx.find(id, When::Present)? {
        Some(before) => {
            check(Some(before.version))?;
            let document = merged::<T>(&before, patch)?;
            alter_in(tx, caller, before, &document)
        }
        None => {
            check(None)?;
            let value = T::value(&document, tx, None)?;
            T::authorize(tx, caller, None, Some(&value))?;
            let last = tx.last(id)?;
            T::check_restored(&last, &value)?;
            T::authorize(tx, caller, Some(&last), Some(&value))?;
            Ok(Done { before: None, after: tx.revive(id, value)?, is_new: true })
        }
    }
}

/// The external id that a path names.
///
/// # Errors
/// 404: such a name leads nowhere.
pub fn external(source: &str, id: &str) -> Result<External, Problem> {
    let lost = || Problem::not_found("source or external id");
    Ok(External { source: Source::parse(source).ok_or_else(lost)?, id: Text::new(id).map_err(|_| lost())? })
}

/// The fields of a JSON object, each as it was spelled.
pub type Fields = BTreeMap<String, Box<RawValue>>;

/// The fields of a document.
///
/// # Errors
/// 400 when it is not a JSON object.
pub fn fields(bytes: &Bytes) -> Result<Fields, Problem> {
    parse_json(bytes)
}

/// A document with some of its fields replaced; null takes one away.
///
/// # Errors
/// As for a document that was sent whole.
pub fn merged<T: Resource>(before: &Kept<T>, patch: &Fields) -> Result<T::Document, Problem> {
    let failed = |_| Problem::new(Kind::Internal, "Something failed here.");
    // The whole document is read again, so its personal values must be in it.
    let current = serde_json::to_vec(&T::document(before, Eyes::People)).map_err(failed)?;
    let mut document: Fields = serde_json::from_slice(&current).map_err(failed)?;
    let is_given = |name: &&str| patch.get(*name).is_some_and(|value| value.get() != "null");
    for group in T::ONE_OF.iter().filter(|group| group.iter().any(&is_given)) {
        document.retain(|name, _| !group.contains(&name.as_str()));
    }
    for (name, value) in patch {
        if value.get() == "null" {
            document.remove(name);
        } else {
            document.insert(name.clone(), value.clone());
        }
    }
    let bytes = serde_json::to_vec(&document).map_err(failed)?;
    read_json(&bytes)
}

/// From when something without a beginning of its own holds: the first day of the mission that it serves.
///
/// # Errors
/// What the store says.
pub fn since_mission(tx: &mut WriteTx<'_>) -> Result<Option<Instant>, Problem> {
    let now = tx.now();
    Ok(tx.mission_at(now, When::Present)?.map(|mission| mission.effective.from))
}

/// Looks up something that a document refers to.
///
/// # Errors
/// 422 that names the field.
pub fn reference<T: Stored>(tx: &mut ReadTx<'_>, id: Id<T>, pointer: &str) -> Result<Kept<T>, Problem> {
    let unknown =
        || Problem::field(pointer, "unknown_reference", format!("there is no such {}", T::NOUN.replace('_', " ")));
    tx.find(id, When::Present)?.ok_or_else(unknown)
}
