//! What a segment is on the wire: only its schema, since it is read as a plain map.

use std::borrow::Cow;

use remit_domain::observation::{DIMENSION_NAME_MAX, DIMENSION_VALUE_MAX, DIMENSIONS_MAX};
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder};
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::wire::{Schemas, Words};

type Name = Words<DIMENSION_NAME_MAX>;
type Value = Words<DIMENSION_VALUE_MAX>;

/// Of which part of what is measured: a value for each of some dimensions.
pub struct SegmentMap;

impl PartialSchema for SegmentMap {
    fn schema() -> RefOr<Schema> {
        let name = match Name::schema() {
            RefOr::T(schema) => Some(schema),
            RefOr::Ref(_) => None,
        };
        let value: RefOr<Schema> = Ref::from_schema_name(Value::name()).into();
        ObjectBuilder::new()
            .property_names(name)
            .additional_properties(Some(AdditionalProperties::RefOr(value)))
            .max_properties(Some(DIMENSIONS_MAX))
            .description(Some("Of which part of what is measured: a value for each of some dimensions."))
            .examples([serde_json::json!({"region": "north"})])
            .into()
    }
}
impl ToSchema for SegmentMap {
    fn name() -> Cow<'static, str> {
        "Segment".into()
    }
    fn schemas(schemas: &mut Schemas) {
        schemas.push((Value::name().into(), Value::schema()));
    }
}
