//! What is shown and what is changed: both shapes follow from the document that a client writes.

use std::borrow::Cow;
use std::marker::PhantomData;

use remit_domain::entity::Kept;
use remit_domain::id::Identified;
use serde::Serialize;
use utoipa::openapi::schema::{Object, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::{IdText, InstantText, Schemas, SourceText, Words};

/// A resource as it is shown: what was written, and the frame in which it is kept.
#[derive(Serialize)]
#[serde(bound = "D: Serialize")]
pub struct Shown<T: Identified, D> {
    id: IdText<T>,
    version: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    created_at: InstantText,
    created_by: String,
    updated_at: InstantText,
    updated_by: String,
    #[serde(flatten)]
    document: D,
}

/// The fields of the frame, for the schema.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used; the frame itself is written field by field")]
struct Frame {
    /// 1, 2, 3 …
    #[schema(minimum = 1)]
    version: i64,
    /// The other system that this comes from.
    external_source: Option<SourceText>,
    /// Its id there.
    external_id: Option<Words<200>>,
    created_at: InstantText,
    /// Who recorded it first: a person's id, or a credential's name.
    #[schema(max_length = 300)]
    created_by: String,
    updated_at: InstantText,
    /// Who recorded this version.
    #[schema(max_length = 300)]
    updated_by: String,
}

impl<T: Identified, D> Shown<T, D> {
    /// Shows a kept entity with the document made of it.
    pub fn new(kept: &Kept<T>, document: D) -> Self {
        Self {
            id: kept.id.into(),
            version: kept.version,
            external_source: kept.external.as_ref().map(|external| external.source.as_str().into()),
            external_id: kept.external.as_ref().map(|external| external.id.as_str().into()),
            created_at: kept.created_at.into(),
            created_by: kept.created_by.as_str().into(),
            updated_at: kept.updated_at.into(),
            updated_by: kept.updated_by.as_str().into(),
            document,
        }
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "another crate's enumeration, of which a few cases matter here")]
fn object_of(schema: RefOr<Schema>) -> Object {
    match schema {
        RefOr::T(Schema::Object(object)) => object,
        _ => Object::new(),
    }
}

impl<T: Identified, D: PartialSchema> PartialSchema for Shown<T, D> {
    fn schema() -> RefOr<Schema> {
        let mut frame = object_of(Frame::schema());
        let document = object_of(D::schema());
        let id_name = <IdText<T> as ToSchema>::name();
        let mut properties = utoipa::openapi::schema::Object::new().properties;
        properties.insert("id".into(), Ref::from_schema_name(id_name).into());
        properties.append(&mut frame.properties);
        properties.extend(document.properties.into_iter().filter(|(_, property)| !is_write_only(property)));
        let mut object = Object::new();
        object.schema_type = SchemaType::Type(Type::Object);
        object.description = document.description;
        object.properties = properties;
        object.required = std::iter::once("id".to_owned()).chain(frame.required).chain(document.required).collect();
        // What may be left out when it is written, but has a value in any case, is always shown.
        let valued =
            object.properties.iter().filter(|(name, property)| !object.required.contains(name) && has_value(property));
        let valued: Vec<String> = valued.map(|(name, _)| name.clone()).collect();
        object.required.extend(valued);
        RefOr::T(Schema::Object(object))
    }
}
impl<T: Identified, D: ToSchema> ToSchema for Shown<T, D> {
    fn name() -> Cow<'static, str> {
        // `ThemeDocument` is shown as `Theme`.
        D::name().trim_end_matches("Document").to_owned().into()
    }
    fn schemas(schemas: &mut Schemas) {
        schemas.push((<IdText<T> as ToSchema>::name().into(), <IdText<T> as PartialSchema>::schema()));
        Frame::schemas(schemas);
        D::schemas(schemas);
    }
}

/// A document as it is read: what was written, and what only Remit writes.
#[derive(Clone, Serialize)]
pub struct With<D, X> {
    /// What was written.
    #[serde(flatten)]
    pub document: D,
    /// What only Remit writes.
    #[serde(flatten)]
    pub more: X,
}

impl<D: PartialSchema, X: PartialSchema> PartialSchema for With<D, X> {
    fn schema() -> RefOr<Schema> {
        let mut object = object_of(D::schema());
        let more = object_of(X::schema());
        object.properties.extend(more.properties);
        object.required.extend(more.required);
        RefOr::T(Schema::Object(object))
    }
}
impl<D: ToSchema, X: ToSchema> ToSchema for With<D, X> {
    fn name() -> Cow<'static, str> {
        D::name()
    }
    fn schemas(schemas: &mut Schemas) {
        D::schemas(schemas);
        X::schemas(schemas);
    }
}

/// Whether a property is only written: a reason stands in the log, not in the resource.
fn is_write_only(property: &RefOr<Schema>) -> bool {
    serde_json::to_value(property).is_ok_and(|schema| schema["writeOnly"] == true)
}

/// Whether a property has a value in any case: null is none of those it can have.
fn has_value(property: &RefOr<Schema>) -> bool {
    let allows_null = |schema: &serde_json::Value| {
        schema["type"] == "null" || schema["type"].as_array().is_some_and(|types| types.iter().any(|one| one == "null"))
    };
    serde_json::to_value(property).is_ok_and(|schema| {
        let alternatives = schema["oneOf"].as_array().into_iter().flatten();
        !allows_null(&schema) && !alternatives.into_iter().any(allows_null)
    })
}

/// A JSON Merge Patch (RFC 7396) of a document: any of its fields; null clears an optional one.
pub struct MergePatch<D>(PhantomData<D>);

impl<D: PartialSchema> PartialSchema for MergePatch<D> {
    fn schema() -> RefOr<Schema> {
        let mut object = object_of(D::schema());
        object.required.clear();
        object.description = Some("A JSON Merge Patch: the fields to change; null clears an optional one.".into());
        RefOr::T(Schema::Object(object))
    }
}
impl<D: ToSchema> ToSchema for MergePatch<D> {
    fn name() -> Cow<'static, str> {
        format!("{}Patch", D::name().trim_end_matches("Document")).into()
    }
    fn schemas(schemas: &mut Schemas) {
        D::schemas(schemas);
    }
}
