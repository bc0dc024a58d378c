//! The wire's small things: each with its schema, its bounds and its reading in one place.
//!
//! A scalar deserializes from anything of its JSON type and says what is wrong with it when it is validated, so that
//! every wrong field of a document is reported at once.

mod merge;
mod number;
mod text;
mod time;

pub use merge::{MergePatch, Shown, With};
pub use number::{
    CheckInDays, Choice, Days, Exact, GraceDays, Hour, Month, Nudges, OverlapHours, Percent, Precision, Seats, Share,
    Weight,
};
pub use text::{
    ActionText, EmailText, EveryText, IdText, KeyText, SourceText, SubjectIdText, WebhookUrlText, Word, Words, ZoneText,
};
pub use time::{DayText, InstantText, Moment, MomentText};
use utoipa::openapi::{RefOr, Schema};
use validator::{ValidationError, ValidationErrors};

/// What a `schemas()` of utoipa collects.
pub type Schemas = Vec<(String, RefOr<Schema>)>;

/// A scalar's one error.
fn refuse(code: &'static str, detail: String) -> ValidationErrors {
    let mut errors = ValidationErrors::new();
    errors.add("", ValidationError::new(code).with_message(detail.into()));
    errors
}

/// A list of at most `MAX` entries.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Listed<T, const MAX: usize>(pub Vec<T>);

impl<T, const MAX: usize> Default for Listed<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}
impl<T, const MAX: usize> Listed<T, MAX> {
    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
impl<T: validator::Validate, const MAX: usize> validator::Validate for Listed<T, MAX> {
    fn validate(&self) -> Result<(), ValidationErrors> {
        if self.0.len() > MAX {
            return Err(refuse("too_many", format!("must have at most {MAX} entries")));
        }
        let mut errors = ValidationErrors::new();
        for (at, item) in self.0.iter().enumerate() {
            if let Err(inner) = item.validate() {
                let nested = validator::ValidationErrorsKind::Struct(Box::new(inner));
                errors.errors_mut().insert(at.to_string().into(), nested);
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}
impl<T: utoipa::ToSchema, const MAX: usize> utoipa::PartialSchema for Listed<T, MAX> {
    fn schema() -> RefOr<Schema> {
        utoipa::openapi::schema::ArrayBuilder::new()
            .items(utoipa::openapi::Ref::from_schema_name(T::name()))
            .max_items(Some(MAX))
            .into()
    }
}
impl<T: utoipa::ToSchema, const MAX: usize> utoipa::ToSchema for Listed<T, MAX> {
    fn name() -> std::borrow::Cow<'static, str> {
        format!("{}List{MAX}", T::name()).into()
    }
    fn schemas(schemas: &mut Schemas) {
        schemas.push((T::name().into(), T::schema()));
        T::schemas(schemas);
    }
}

/// Every wrong field of a document, as a problem.
pub fn problem_of(errors: &ValidationErrors) -> crate::problem::Problem {
    use crate::problem::{Kind, Problem};
    fn walk(errors: &ValidationErrors, pointer: &str, problem: Problem) -> Problem {
        let mut fields: Vec<_> = errors.errors().iter().collect();
        fields.sort_by(|a, b| a.0.cmp(b.0));
        fields.into_iter().fold(problem, |problem, (name, kind)| {
            let pointer = if name.is_empty() { pointer.to_owned() } else { format!("{pointer}/{name}") };
            match kind {
                validator::ValidationErrorsKind::Struct(inner) => walk(inner, &pointer, problem),
                validator::ValidationErrorsKind::List(items) => {
                    items.iter().fold(problem, |problem, (at, inner)| walk(inner, &format!("{pointer}/{at}"), problem))
                }
                validator::ValidationErrorsKind::Field(errors) => errors.iter().fold(problem, |problem, error| {
                    let detail = error.message.as_deref().unwrap_or("is out of bounds").to_owned();
                    problem.at(pointer.clone(), error.code.to_string(), detail)
                }),
            }
        })
    }
    walk(errors, "", Problem::new(Kind::Invalid, "The document breaks a bound; each wrong field is listed."))
}
