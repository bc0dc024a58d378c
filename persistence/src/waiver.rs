//! Waivers, as they are kept.

use diesel::prelude::{Insertable, Queryable, Selectable};
use remit_domain::rule::FindingSubject;
use remit_domain::text::Key;
use remit_domain::waiver::Waiver;

use crate::record::{Value, json};
use crate::schema::waivers;
use crate::versioned::{Content, Unreadable, content_queries, read_back};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = waivers)]
pub(crate) struct WaiverRow {
    finding: String,
    rule: String,
    subject_id: String,
    reason: String,
    ends_on: String,
}

impl Content for Waiver {
    content_queries!(waivers, WaiverRow);

    fn row(&self) -> WaiverRow {
        let Self { finding, rule, subject, reason, ends_on } = self;
        WaiverRow {
            finding: finding.to_string(),
            rule: rule.to_string(),
            subject_id: subject.to_string(),
            reason: reason.to_string(),
            ends_on: ends_on.to_string(),
        }
    }

    fn value(row: WaiverRow) -> Result<Self, Unreadable> {
        let WaiverRow { finding, rule, subject_id, reason, ends_on } = row;
        Ok(Self {
            finding: read_back::id(&finding)?,
            rule: Key::parse(&rule).ok_or(Unreadable("rule"))?,
            subject: FindingSubject::parse(&subject_id).ok_or(Unreadable("subject"))?,
            reason: read_back::text(&reason)?,
            ends_on: read_back::day(&ends_on)?,
        })
    }

    fn record(&self, _salt: &str) -> Value {
        let Self { finding, rule, subject, reason, ends_on } = self;
        json!({
            "finding": finding.to_string(),
            "rule": rule.as_str(),
            "subject": subject.to_string(),
            "reason": reason.as_str(),
            "ends_on": ends_on.to_string(),
        })
    }
}
