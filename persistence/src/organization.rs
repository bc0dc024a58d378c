//! Organizations, as they are kept.

use crate::record::{Value, json};
use diesel::prelude::{Insertable, Queryable, Selectable};
use remit_domain::mailing::Mailing;
use remit_domain::organization::{Organization, Thresholds};
use remit_domain::text::Key;
use remit_domain::time::Instant;

use crate::record;
use crate::schema::organizations;
use crate::versioned::{Content, Unreadable, content_queries, read_back};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = organizations)]
pub(crate) struct OrganizationRow {
    name: String,
    slug: String,
    zone: String,
    next_zone: Option<String>,
    next_zone_from: Option<i64>,
    fiscal_year_starts: i32,
    on_track: f64,
    at_risk: f64,
    check_in_days: i32,
    digest_on: Option<String>,
    mail_hour: Option<i32>,
    nudges_a_week: Option<i32>,
}

impl Content for Organization {
    content_queries!(organizations, OrganizationRow);

    fn row(&self) -> OrganizationRow {
        let Self { name, slug, zone, next_zone, fiscal_year_starts, thresholds, check_in_days, mailing } = self;
        let Mailing { digest_on, hour, nudges_a_week } = *mailing;
        OrganizationRow {
            name: name.to_string(),
            slug: slug.to_string(),
            zone: zone.name().to_owned(),
            next_zone: next_zone.as_ref().map(|(_, zone)| zone.name().to_owned()),
            next_zone_from: next_zone.as_ref().map(|(from, _)| from.micros()),
            fiscal_year_starts: i32::from(*fiscal_year_starts),
            on_track: thresholds.on_track,
            at_risk: thresholds.at_risk,
            check_in_days: *check_in_days,
            digest_on: digest_on.map(|day| day.to_string()),
            mail_hour: hour,
            nudges_a_week,
        }
    }

    fn value(row: OrganizationRow) -> Result<Self, Unreadable> {
        let OrganizationRow {
            name,
            slug,
            zone,
            next_zone,
            next_zone_from,
            fiscal_year_starts,
            on_track,
            at_risk,
            check_in_days,
            digest_on,
            mail_hour,
            nudges_a_week,
        } = row;
        let next_zone = match (next_zone, next_zone_from) {
            (Some(zone), Some(from)) => Some((Instant::from_micros(from), read_back::zone(&zone)?)),
            _ => None,
        };
        Ok(Self {
            name: read_back::text(&name)?,
            slug: Key::parse(&slug).ok_or(Unreadable("slug"))?,
            zone: read_back::zone(&zone)?,
            next_zone,
            fiscal_year_starts: i8::try_from(fiscal_year_starts).map_err(|_| Unreadable("fiscal_year_starts"))?,
            thresholds: Thresholds { on_track, at_risk },
            check_in_days,
            mailing: Mailing { digest_on: read_back::word_opt(digest_on)?, hour: mail_hour, nudges_a_week },
        })
    }

    fn record(&self, _salt: &str) -> Value {
        let Self { name, slug, zone, next_zone, fiscal_year_starts, thresholds, check_in_days, mailing } = self;
        let Mailing { digest_on, hour, nudges_a_week } = *mailing;
        json!({
            "name": name.as_str(),
            "slug": slug.as_str(),
            "time_zone": zone.name(),
            "next_time_zone": next_zone.as_ref().map(|(_, zone)| zone.name()),
            "next_time_zone_from": next_zone.as_ref().map(|(from, _)| record::instant(*from)),
            "fiscal_year_starts": fiscal_year_starts,
            "on_track": thresholds.on_track,
            "at_risk": thresholds.at_risk,
            "check_in_days": check_in_days,
            "digest_on": digest_on.map(|day| day.to_string()),
            "mail_hour": hour,
            "nudges_a_week": nudges_a_week,
        })
    }
}
