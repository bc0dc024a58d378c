//! Briefings, as they are kept, and to whom they were published.

use std::collections::HashSet;

use diesel::prelude::{Insertable, Queryable, Selectable};
use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, QueryDsl, RunQueryDsl};
use remit_domain::briefing::{Briefing, BriefingId, BriefingStanding, BriefingSubject};
use remit_domain::entity::{Kept, Valid};
use remit_domain::id::Identified;
use remit_domain::mission::MissionId;
use remit_domain::outcome::OutcomeId;
use remit_domain::person::PersonId;
use remit_domain::role::RoleId;
use remit_domain::text::Title;
use remit_domain::time::{Day, Instant};

use crate::connection::on_either;
use crate::error::StoreError;
use crate::read::ReadTx;
use crate::record::{self, Value, json};
use crate::schema::{briefing_readers, briefings, versions};
use crate::versioned::{Content, OPEN, Unreadable, When, content_queries, read_back};
use crate::write::WriteTx;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = briefings)]
pub(crate) struct BriefingRow {
    mission_id: Option<String>,
    outcome_id: Option<String>,
    role_id: Option<String>,
    title: String,
    body: String,
    audience: String,
    due_on: Option<String>,
    question: Option<String>,
    author_id: Option<String>,
    published_at: Option<i64>,
    reader_count: i32,
    readers: String,
}

/// The mission, the outcome or the role that a briefing is about.
fn ids(subject: BriefingSubject) -> (Option<String>, Option<String>, Option<String>) {
    match subject {
        BriefingSubject::Mission(id) => (Some(id.to_string()), None, None),
        BriefingSubject::Outcome(id) => (None, Some(id.to_string()), None),
        BriefingSubject::Role(id) => (None, None, Some(id.to_string())),
        BriefingSubject::Free => (None, None, None),
    }
}

fn subject(
    mission: Option<String>,
    outcome: Option<String>,
    role: Option<String>,
) -> Result<BriefingSubject, Unreadable> {
    match (mission, outcome, role) {
        (Some(id), None, None) => Ok(BriefingSubject::Mission(read_back::id(&id)?)),
        (None, Some(id), None) => Ok(BriefingSubject::Outcome(read_back::id(&id)?)),
        (None, None, Some(id)) => Ok(BriefingSubject::Role(read_back::id(&id)?)),
        (None, None, None) => Ok(BriefingSubject::Free),
        _ => Err(Unreadable("subject")),
    }
}

impl Content for Briefing {
    // Whoever reads the log is to be asked like everyone else.
    const PERSONAL: bool = true;
    content_queries!(briefings, BriefingRow);

    fn row(&self) -> BriefingRow {
        let Self { subject, title, body, audience, due_on, question, author, published_at, readers } = self;
        let (mission_id, outcome_id, role_id) = ids(*subject);
        BriefingRow {
            mission_id,
            outcome_id,
            role_id,
            title: title.to_string(),
            body: body.to_string(),
            audience: record::audience(audience).to_string(),
            due_on: due_on.map(|day| day.to_string()),
            question: question.as_ref().map(|question| record::question(question).to_string()),
            author_id: author.as_ref().map(ToString::to_string),
            published_at: published_at.map(Instant::micros),
            reader_count: i32::try_from(readers.len()).unwrap_or(i32::MAX),
            readers: record::ids(readers).to_string(),
        }
    }

    fn value(row: BriefingRow) -> Result<Self, Unreadable> {
        let BriefingRow {
            mission_id,
            outcome_id,
            role_id,
            title,
            body,
            audience,
            due_on,
            question,
            author_id,
            published_at,
            reader_count: _,
            readers,
        } = row;
        Ok(Self {
            subject: subject(mission_id, outcome_id, role_id)?,
            title: read_back::text(&title)?,
            body: read_back::text(&body)?,
            audience: record::audience_back(&audience)?,
            due_on: read_back::day_opt(due_on)?,
            question: question.as_deref().map(record::question_back).transpose()?,
            author: read_back::id_opt(author_id)?,
            published_at: published_at.map(Instant::from_micros),
            readers: record::ids_back(&readers)?,
        })
    }

    fn record(&self, salt: &str) -> Value {
        let Self { subject, title, body, audience, due_on, question, author, published_at, readers } = self;
        let (mission, outcome, role) = ids(*subject);
        let to = published_at.map(|_| json!({"count": readers.len(), "sha256": record::ids_hash(readers)}));
        // A briefing from before there were salts has its answer in the log.
        let (asked, answer) = match question {
            Some(question) if !salt.is_empty() => {
                let answer = record::personal(salt, &question.answer.to_string());
                (
                    Some(json!({"text": question.text.as_str(), "choices": record::texts(&question.choices)})),
                    Some(answer),
                )
            }
            question => (question.as_ref().map(record::question), None),
        };
        json!({
            "mission": mission,
            "outcome": outcome,
            "role": role,
            "answer_hash": answer,
            "title": title.as_str(),
            "body": body.as_str(),
            "audience": record::audience(audience),
            "due_on": due_on.map(|day| day.to_string()),
            "question": asked,
            "author": author.map(|id| id.to_string()),
            "published_at": published_at.map(record::instant),
            "readers": to,
        })
    }
}

/// Which briefings are asked for; all of what is named must hold.
#[derive(Clone, Copy, Debug, Default)]
pub struct BriefingFilter {
    /// About this mission.
    pub mission: Option<MissionId>,
    /// About this outcome.
    pub outcome: Option<OutcomeId>,
    /// About this role.
    pub role: Option<RoleId>,
    /// Written by this person.
    pub author: Option<PersonId>,
    /// Published to this person.
    pub reader: Option<PersonId>,
}

/// A briefing that a person is still to acknowledge.
#[derive(Clone, Debug, PartialEq)]
pub struct Owed {
    /// The briefing.
    pub briefing: BriefingId,
    /// Its title.
    pub title: Title,
    /// When it was published.
    pub published_at: Instant,
    /// The day by which it is to be acknowledged.
    pub due_on: Option<Day>,
}

/// A query for the published briefings in one state. What is published has one version for ever.
macro_rules! published {
    ($read:expr, $when:expr) => {{
        let query = briefings::table
            .inner_join(
                versions::table.on(versions::organization_id
                    .eq(briefings::organization_id)
                    .and(versions::id.eq(briefings::id))
                    .and(versions::revision.eq(briefings::revision))),
            )
            .filter(briefings::organization_id.eq(&$read.organization_text))
            .filter(briefings::published_at.is_not_null())
            .into_boxed();
        match $when {
            When::Present => query.filter(versions::revision_to.eq(OPEN)),
            When::Past { known, as_of } => {
                query.filter(versions::revision.le(known)).filter(versions::valid_from.le(as_of.micros()))
            }
        }
    }};
}

impl ReadTx<'_> {
    /// Briefings, drafts too, by id and so by when they were begun.
    ///
    /// # Errors
    /// What the database says.
    pub fn briefings(&mut self, filter: BriefingFilter, when: When) -> Result<Vec<Kept<Briefing>>, StoreError> {
        let BriefingFilter { mission, outcome, role, author, reader } = filter;
        let mut query = briefings::table
            .filter(briefings::organization_id.eq(&self.organization_text))
            .select(briefings::id)
            .distinct()
            .order(briefings::id)
            .into_boxed();
        if let Some(mission) = mission {
            query = query.filter(briefings::mission_id.eq(mission.to_string()));
        }
        if let Some(outcome) = outcome {
            query = query.filter(briefings::outcome_id.eq(outcome.to_string()));
        }
        if let Some(role) = role {
            query = query.filter(briefings::role_id.eq(role.to_string()));
        }
        if let Some(author) = author {
            query = query.filter(briefings::author_id.eq(author.to_string()));
        }
        if let Some(reader) = reader {
            let read = briefing_readers::table
                .filter(briefing_readers::organization_id.eq(&self.organization_text))
                .filter(briefing_readers::person_id.eq(reader.to_string()))
                .select(briefing_readers::briefing_id);
            query = query.filter(briefings::id.eq_any(read));
        }
        let ids: Vec<String> = query.load(self.connection)?;
        let mut found: Vec<Kept<Briefing>> = self.some(ids, when)?;
        // An earlier version may have been about something else, or was no one's to read yet.
        found.retain(|one| {
            mission.is_none_or(|mission| one.subject == BriefingSubject::Mission(mission))
                && outcome.is_none_or(|outcome| one.subject == BriefingSubject::Outcome(outcome))
                && role.is_none_or(|role| one.subject == BriefingSubject::Role(role))
                && reader.is_none_or(|reader| one.is_read_by(reader))
        });
        Ok(found)
    }

    /// What a person is still to acknowledge, the oldest first; what speaks of a mission that is not in force any more is
    /// owed by nobody.
    ///
    /// # Errors
    /// What the database says.
    pub fn owed(&mut self, person: PersonId, at: Instant, when: When) -> Result<Vec<Owed>, StoreError> {
        let in_force = self.mission_at(at, when)?.map(|mission| mission.id);
        let receipts = self.acknowledgements_by(person, when)?;
        let done = receipts.into_iter().filter(|receipt| receipt.acknowledged_at.is_some());
        let done: HashSet<BriefingId> = done.map(|receipt| receipt.briefing).collect();
        let query = published!(self, when).select((
            briefings::id,
            briefings::title,
            briefings::published_at,
            briefings::due_on,
            (briefings::mission_id, briefings::outcome_id, briefings::role_id),
        ));
        let read = briefing_readers::table
            .filter(briefing_readers::organization_id.eq(&self.organization_text))
            .filter(briefing_readers::person_id.eq(person.to_string()))
            .select(briefing_readers::briefing_id);
        type Row = (String, String, Option<i64>, Option<String>, (Option<String>, Option<String>, Option<String>));
        let rows: Vec<Row> = query.filter(briefings::id.eq_any(read)).order(briefings::id).load(self.connection)?;
        let mut owed = Vec::new();
        for (id, title, published_at, due_on, (mission, outcome, role)) in rows {
            let read = || {
                let owed = Owed {
                    briefing: read_back::id(&id)?,
                    title: read_back::text(&title)?,
                    published_at: published_at.map(Instant::from_micros).ok_or(Unreadable("published_at"))?,
                    due_on: read_back::day_opt(due_on)?,
                };
                Ok((owed, subject(mission, outcome, role)?))
            };
            let (one, about) = read().map_err(corrupt)?;
            if !done.contains(&one.briefing) && !about.is_superseded(in_force) {
                owed.push(one);
            }
        }
        owed.sort_by_key(|one| (one.published_at, one.briefing));
        Ok(owed)
    }

    /// Every published briefing, without its words, with how many of its readers have acknowledged it.
    pub(crate) fn briefing_standings(&mut self, when: When) -> Result<Vec<BriefingStanding>, StoreError> {
        type Row = (
            (String, Option<String>, Option<i64>, Option<String>, i32),
            (Option<String>, Option<String>, Option<String>),
        );
        let rows: Vec<Row> = published!(self, when)
            .select((
                (
                    briefings::id,
                    briefings::author_id,
                    briefings::published_at,
                    briefings::due_on,
                    briefings::reader_count,
                ),
                (briefings::mission_id, briefings::outcome_id, briefings::role_id),
            ))
            .order(briefings::id)
            .load(self.connection)?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let counts = self.acknowledged_counts(when)?;
        let standing = |((id, author, published_at, due_on, readers), (mission, outcome, role)): Row| {
            Ok(BriefingStanding {
                briefing: read_back::id(&id)?,
                subject: subject(mission, outcome, role)?,
                author: read_back::id_opt(author)?,
                published_at: published_at.map(Instant::from_micros).ok_or(Unreadable("published_at"))?,
                due_on: read_back::day_opt(due_on)?,
                readers: usize::try_from(readers).map_err(|_| Unreadable("reader_count"))?,
                acknowledged: counts.get(&id).map_or(0, |count| *count as usize),
            })
        };
        rows.into_iter().map(|row| standing(row).map_err(corrupt)).collect()
    }
}

fn corrupt(Unreadable(what): Unreadable) -> StoreError {
    StoreError::Corrupt(format!("{}: {what}", Briefing::NOUN))
}

impl WriteTx<'_> {
    /// Keeps a draft as published, and its readers where they are found by person.
    ///
    /// # Errors
    /// What the database says.
    pub fn publish_briefing(
        &mut self,
        draft: Kept<Briefing>,
        published: Valid<Briefing>,
    ) -> Result<Kept<Briefing>, StoreError> {
        let id = draft.id.to_string();
        let published = self.change(draft, published, "published", None)?;
        let organization = &self.read.organization_text;
        for readers in published.readers.chunks(500) {
            let row = |person: &PersonId| {
                (
                    briefing_readers::organization_id.eq(organization),
                    briefing_readers::person_id.eq(person.to_string()),
                    briefing_readers::briefing_id.eq(&id),
                )
            };
            let rows: Vec<_> = readers.iter().map(row).collect();
            let insertion = diesel::insert_into(briefing_readers::table).values(&rows);
            on_either!(self.read.connection, either => insertion.execute(either))?;
        }
        Ok(published)
    }
}
