//! Comments, as they are kept. What is said stands in the log as a salted hash: it can go with its author.

use diesel::prelude::{Insertable, Queryable, Selectable};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use remit_domain::comment::{Comment, CommentSubject};
use remit_domain::entity::Kept;

use crate::error::StoreError;
use crate::read::ReadTx;
use crate::record::{self, Value, json};
use crate::schema::comments;
use crate::versioned::{Content, Unreadable, When, content_queries, read_back};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = comments)]
pub(crate) struct CommentRow {
    outcome_id: Option<String>,
    check_in_id: Option<String>,
    author_id: Option<String>,
    body: String,
    erased: bool,
}

/// The outcome or the check-in that a comment is said to.
fn ids(subject: CommentSubject) -> (Option<String>, Option<String>) {
    match subject {
        CommentSubject::Outcome(id) => (Some(id.to_string()), None),
        CommentSubject::CheckIn(id) => (None, Some(id.to_string())),
    }
}

impl Content for Comment {
    const PERSONAL: bool = true;
    content_queries!(comments, CommentRow);

    fn row(&self) -> CommentRow {
        let Self { subject, author, body, erased } = self;
        let (outcome_id, check_in_id) = ids(*subject);
        CommentRow {
            outcome_id,
            check_in_id,
            author_id: author.as_ref().map(ToString::to_string),
            body: body.to_string(),
            erased: *erased,
        }
    }

    fn value(row: CommentRow) -> Result<Self, Unreadable> {
        let CommentRow { outcome_id, check_in_id, author_id, body, erased } = row;
        let subject = match (outcome_id, check_in_id) {
            (Some(outcome), None) => CommentSubject::Outcome(read_back::id(&outcome)?),
            (None, Some(check_in)) => CommentSubject::CheckIn(read_back::id(&check_in)?),
            (Some(_), Some(_)) | (None, None) => return Err(Unreadable("subject")),
        };
        Ok(Self { subject, author: read_back::id_opt(author_id)?, body: read_back::text(&body)?, erased })
    }

    fn record(&self, salt: &str) -> Value {
        let Self { subject, author, body, erased } = self;
        let (outcome, check_in) = ids(*subject);
        let author = author.map(|id| id.to_string());
        if *erased {
            return json!({"outcome": outcome, "check_in": check_in, "author": author, "erased": true});
        }
        let body = record::personal(salt, body.as_str());
        json!({"outcome": outcome, "check_in": check_in, "author": author, "body_hash": body})
    }
}

impl ReadTx<'_> {
    /// What is said to an outcome or a check-in, in the order in which it was.
    ///
    /// # Errors
    /// What the database says.
    pub fn comments_on(&mut self, subject: CommentSubject, when: When) -> Result<Vec<Kept<Comment>>, StoreError> {
        let query = comments::table
            .filter(comments::organization_id.eq(&self.organization_text))
            .select(comments::id)
            .order(comments::id)
            .into_boxed();
        let query = match subject {
            CommentSubject::Outcome(id) => query.filter(comments::outcome_id.eq(id.to_string())),
            CommentSubject::CheckIn(id) => query.filter(comments::check_in_id.eq(id.to_string())),
        };
        let ids = query.load(self.connection)?;
        self.some(ids, when)
    }
}
