//! Themes, as they are kept.

use crate::record::{Value, json};
use diesel::prelude::{Insertable, Queryable};
use remit_domain::theme::Theme;

use crate::schema::themes;
use crate::versioned::{Content, RowKey, Unreadable, content_queries, read_back};

#[derive(Queryable, Insertable)]
#[diesel(table_name = themes)]
pub(crate) struct ThemeRow {
    organization_id: String,
    id: String,
    revision: i64,
    title: String,
    success: Option<String>,
}

impl Content for Theme {
    content_queries!(themes, ThemeRow);

    fn row(&self, key: RowKey) -> ThemeRow {
        let RowKey { organization_id, id, revision } = key;
        let Self { title, success } = self;
        ThemeRow {
            organization_id,
            id,
            revision,
            title: title.to_string(),
            success: success.as_ref().map(ToString::to_string),
        }
    }

    fn value(row: ThemeRow) -> Result<Self, Unreadable> {
        let ThemeRow { organization_id: _, id: _, revision: _, title, success } = row;
        Ok(Self { title: read_back::text(&title)?, success: read_back::text_opt(success)? })
    }

    fn record(&self, _salt: &str) -> Value {
        let Self { title, success } = self;
        json!({"title": title.as_str(), "success": success.as_ref().map(ToString::to_string)})
    }
}
