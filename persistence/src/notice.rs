//! Notices: of what each person was told by mail, so that nobody is told twice. No facts, and in no log.

use diesel::prelude::Queryable;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use remit_domain::person::PersonId;
use remit_domain::time::{Day, Instant};

use crate::error::StoreError;
use crate::read::ReadTx;
use crate::schema::notices;
use crate::versioned::{Unreadable, read_back};
use crate::write::WriteTx;

/// That a person was told of something on a day.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Notice {
    /// Who.
    pub person: PersonId,
    /// On which day, where that person is.
    pub day: Day,
    /// Of what kind of thing: a digest, a nudge.
    pub kind: String,
    /// Of what.
    pub subject: String,
    /// When it was noted, just before the mail was sent.
    pub noted_at: Instant,
}

#[derive(Queryable)]
struct NoticeRow {
    person_id: String,
    day: String,
    kind: String,
    subject: String,
    noted_at: i64,
}

impl NoticeRow {
    fn notice(self) -> Result<Notice, StoreError> {
        let Self { person_id, day, kind, subject, noted_at } = self;
        let read = || Ok((read_back::id(&person_id)?, read_back::day(&day)?));
        let (person, day) = read().map_err(|Unreadable(what)| StoreError::Corrupt(format!("a notice: {what}")))?;
        Ok(Notice { person, day, kind, subject, noted_at: Instant::from_micros(noted_at) })
    }
}

/// The notices of an organization, as a query for their columns.
macro_rules! notices {
    ($tx:expr) => {
        notices::table.filter(notices::organization_id.eq(&$tx.organization_text)).select((
            notices::person_id,
            notices::day,
            notices::kind,
            notices::subject,
            notices::noted_at,
        ))
    };
}

impl ReadTx<'_> {
    /// Of what a person was told, the latest first.
    ///
    /// # Errors
    /// What the database says.
    pub fn notices_of(&mut self, person: PersonId) -> Result<Vec<Notice>, StoreError> {
        let rows: Vec<NoticeRow> = notices!(self)
            .filter(notices::person_id.eq(person.to_string()))
            .order((notices::day.desc(), notices::noted_at.desc(), notices::kind, notices::subject))
            .load(self.connection)?;
        rows.into_iter().map(NoticeRow::notice).collect()
    }

    /// Of what everyone was told from a day on.
    ///
    /// # Errors
    /// What the database says.
    pub fn notices_since(&mut self, day: Day) -> Result<Vec<Notice>, StoreError> {
        let rows: Vec<NoticeRow> = notices!(self)
            .filter(notices::day.ge(day.to_string()))
            .order((notices::person_id, notices::day, notices::kind, notices::subject))
            .load(self.connection)?;
        rows.into_iter().map(NoticeRow::notice).collect()
    }
}

impl WriteTx<'_> {
    /// Notes of what people are about to be told.
    ///
    /// # Errors
    /// What the database says; one that is noted already is refused by it.
    pub fn note(&mut self, notices: &[Notice]) -> Result<(), StoreError> {
        self.touch();
        for Notice { person, day, kind, subject, noted_at } in notices {
            diesel::insert_into(notices::table)
                .values((
                    notices::organization_id.eq(&self.read.organization_text),
                    notices::person_id.eq(person.to_string()),
                    notices::day.eq(day.to_string()),
                    notices::kind.eq(kind),
                    notices::subject.eq(subject),
                    notices::noted_at.eq(noted_at.micros()),
                ))
                .execute(self.read.connection)?;
        }
        Ok(())
    }

    /// Takes back what was noted, since nobody was told.
    ///
    /// # Errors
    /// What the database says.
    pub fn take_back_notices(&mut self, notices: &[Notice]) -> Result<(), StoreError> {
        self.touch();
        for Notice { person, day, kind, subject, noted_at: _ } in notices {
            diesel::delete(
                notices::table
                    .filter(notices::organization_id.eq(&self.read.organization_text))
                    .filter(notices::person_id.eq(person.to_string()))
                    .filter(notices::day.eq(day.to_string()))
                    .filter(notices::kind.eq(kind))
                    .filter(notices::subject.eq(subject)),
            )
            .execute(self.read.connection)?;
        }
        Ok(())
    }

    /// Forgets of what people were told before a day.
    ///
    /// # Errors
    /// What the database says.
    pub fn forget_notices(&mut self, before: Day) -> Result<(), StoreError> {
        self.touch();
        diesel::delete(
            notices::table
                .filter(notices::organization_id.eq(&self.read.organization_text))
                .filter(notices::day.lt(before.to_string())),
        )
        .execute(self.read.connection)?;
        Ok(())
    }
}
