//! What an organization says of its rules, as it is kept.

use std::collections::HashMap;

use diesel::prelude::{Insertable, Queryable, Selectable};
use remit_domain::entity::Kept;
use remit_domain::organization::Organization;
use remit_domain::period::{Period, PeriodId, PeriodState};
use remit_domain::rule::RuleSetting;
use remit_domain::spelling::Spelled;
use remit_domain::text::Key;
use remit_domain::time::Instant;

use crate::error::StoreError;
use crate::read::ReadTx;
use crate::record::{self, Value, json};
use crate::schema::rule_settings;
use crate::versioned::{self, Content, OPEN, Pick, Unreadable, When, content_queries, read_back};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = rule_settings)]
pub(crate) struct RuleSettingRow {
    rule: String,
    level: Option<String>,
    numbers: String,
}

impl Content for RuleSetting {
    content_queries!(rule_settings, RuleSettingRow);

    fn row(&self) -> RuleSettingRow {
        let Self { rule, level, numbers } = self;
        RuleSettingRow {
            rule: rule.to_string(),
            level: level.as_ref().map(ToString::to_string),
            numbers: record::named_numbers(numbers).to_string(),
        }
    }

    fn value(row: RuleSettingRow) -> Result<Self, Unreadable> {
        let RuleSettingRow { rule, level, numbers } = row;
        Ok(Self {
            rule: Key::parse(&rule).ok_or(Unreadable("rule"))?,
            level: level.map(|level| read_back::word(&level)).transpose()?,
            numbers: record::named_numbers_back(&numbers)?,
        })
    }

    fn record(&self, _salt: &str) -> Value {
        let Self { rule, level, numbers } = self;
        json!({
            "rule": rule.as_str(),
            "level": level.map(Spelled::as_str),
            "numbers": record::named_numbers(numbers),
        })
    }
}

/// A version of a setting: whose it is, from when it holds, and what it says; nothing once it is taken back.
struct Said {
    id: String,
    valid_from: i64,
    setting: Option<RuleSetting>,
}

impl ReadTx<'_> {
    /// What was said of the rules while periods ran that are closed now, where that was not what is said now.
    ///
    /// A period ran until the end of its last day, or until it was closed where that was before.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) fn closed_settings(
        &mut self,
        periods: &[Kept<Period>],
        now: &[Kept<RuleSetting>],
        organization: &Organization,
        when: When,
    ) -> Result<HashMap<PeriodId, Vec<RuleSetting>>, StoreError> {
        let closed: Vec<&Kept<Period>> = periods.iter().filter(|one| one.state == PeriodState::Closed).collect();
        let mut settings = HashMap::new();
        if closed.is_empty() {
            return Ok(settings);
        }
        let said = self.settings_ever(when)?;
        if said.is_empty() {
            return Ok(settings);
        }
        let now: Vec<&RuleSetting> = now.iter().map(|kept| &*kept.value).collect();
        let mut ended = self.closed_at(&closed, when)?;
        for period in closed {
            let last = organization.zone.end_of(period.end_on);
            let until = ended.remove(&period.id.to_string()).map_or(last, |closed_at| closed_at.min(last));
            let then = said_by(&said, until);
            if then.iter().collect::<Vec<_>>() != now {
                settings.insert(period.id, then);
            }
        }
        Ok(settings)
    }

    /// Every version of every setting, by id, latest first.
    fn settings_ever(&mut self, when: When) -> Result<Vec<Said>, StoreError> {
        let corrupt = |Unreadable(what)| StoreError::Corrupt(format!("a rule's setting: {what}"));
        let rows = versioned::rows::<RuleSetting>(self.connection, &self.organization_text, &Pick::All, ever(when))?;
        rows.into_iter()
            .map(|(version, row)| {
                let setting = if version.deleted { None } else { Some(RuleSetting::value(row).map_err(corrupt)?) };
                Ok(Said { id: version.id, valid_from: version.valid_from, setting })
            })
            .collect()
    }

    /// When each of some periods was closed, and has been since.
    fn closed_at(&mut self, closed: &[&Kept<Period>], when: When) -> Result<HashMap<String, Instant>, StoreError> {
        let mut since: HashMap<String, (bool, Instant)> = HashMap::new();
        let ids: Vec<String> = closed.iter().map(|period| period.id.to_string()).collect();
        for ids in ids.chunks(500) {
            // They come latest first: the last of those in which it was closed without a break began it.
            for (version, row) in
                versioned::rows::<Period>(self.connection, &self.organization_text, &Pick::Ids(ids), ever(when))?
            {
                let is_closed = Period::value(row).is_ok_and(|period| period.state == PeriodState::Closed);
                let (is_unbroken, at) = since.entry(version.id).or_insert((true, Instant::END));
                *is_unbroken &= is_closed && !version.deleted;
                if *is_unbroken {
                    *at = Instant::from_micros(version.valid_from);
                }
            }
        }
        Ok(since.into_iter().map(|(id, (_, at))| (id, at)).collect())
    }
}

/// Every version that is known, whenever it holds.
fn ever(when: When) -> When {
    match when {
        When::Present => When::Past { known: OPEN, as_of: Instant::END },
        When::Past { known, as_of: _ } => When::Past { known, as_of: Instant::END },
    }
}

/// What was said by an instant.
fn said_by(said: &[Said], at: Instant) -> Vec<RuleSetting> {
    let by_rule = said.chunk_by(|one, other| one.id == other.id);
    by_rule.filter_map(|versions| versions.iter().find(|one| one.valid_from <= at.micros())?.setting.clone()).collect()
}
