//! Alignments, as they are kept.

use crate::record::{Value, json};
use diesel::prelude::{Insertable, Queryable, Selectable};
use remit_domain::alignment::{Alignment, AlignmentParent};
use remit_domain::spelling::Spelled;

use crate::schema::alignments;
use crate::versioned::{Content, Unreadable, content_queries, read_back};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = alignments)]
pub(crate) struct AlignmentRow {
    child_id: String,
    outcome_id: Option<String>,
    measure_id: Option<String>,
    kind: String,
    weight: f64,
    confirmed_by: Option<String>,
}

impl Content for Alignment {
    content_queries!(alignments, AlignmentRow);

    fn row(&self) -> AlignmentRow {
        let Self { child, parent, kind, weight, confirmed_by } = self;
        AlignmentRow {
            child_id: child.to_string(),
            outcome_id: match parent {
                AlignmentParent::Outcome(id) => Some(id.to_string()),
                AlignmentParent::Measure(_) => None,
            },
            measure_id: match parent {
                AlignmentParent::Measure(id) => Some(id.to_string()),
                AlignmentParent::Outcome(_) => None,
            },
            kind: kind.to_string(),
            weight: *weight,
            confirmed_by: confirmed_by.as_ref().map(ToString::to_string),
        }
    }

    fn value(row: AlignmentRow) -> Result<Self, Unreadable> {
        let AlignmentRow { child_id, outcome_id, measure_id, kind, weight, confirmed_by } = row;
        let parent = match (outcome_id, measure_id) {
            (Some(outcome), None) => AlignmentParent::Outcome(read_back::id(&outcome)?),
            (None, Some(measure)) => AlignmentParent::Measure(read_back::id(&measure)?),
            (Some(_), Some(_)) | (None, None) => return Err(Unreadable("parent")),
        };
        Ok(Self {
            child: read_back::id(&child_id)?,
            parent,
            kind: read_back::word(&kind)?,
            weight,
            confirmed_by: read_back::id_opt(confirmed_by)?,
        })
    }

    fn record(&self, _salt: &str) -> Value {
        let Self { child, parent, kind, weight, confirmed_by } = self;
        let (outcome, measure) = match parent {
            AlignmentParent::Outcome(id) => (Some(id.to_string()), None),
            AlignmentParent::Measure(id) => (None, Some(id.to_string())),
        };
        json!({
            "child": child.to_string(),
            "outcome": outcome,
            "measure": measure,
            "kind": kind.as_str(),
            "weight": weight,
            "confirmed_by": confirmed_by.map(|id| id.to_string()),
        })
    }
}
