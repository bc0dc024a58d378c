//! Themes, as they are kept.

use crate::record::{Value, json};
use diesel::prelude::{Insertable, Queryable, Selectable};
use remit_domain::theme::Theme;

use crate::schema::themes;
use crate::versioned::{Content, Unreadable, content_queries, read_back};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = themes)]
pub(crate) struct ThemeRow {
    title: String,
    success: Option<String>,
}

impl Content for Theme {
    content_queries!(themes, ThemeRow);

    fn row(&self) -> ThemeRow {
        let Self { title, success } = self;
        ThemeRow { title: title.to_string(), success: success.as_ref().map(ToString::to_string) }
    }

    fn value(row: ThemeRow) -> Result<Self, Unreadable> {
        let ThemeRow { title, success } = row;
        Ok(Self { title: read_back::text(&title)?, success: read_back::text_opt(success)? })
    }

    fn record(&self, _salt: &str) -> Value {
        let Self { title, success } = self;
        json!({"title": title.as_str(), "success": success.as_ref().map(ToString::to_string)})
    }
}
