//! The organization: whose clock, calendar and thresholds everything else is read by.

use crate::entity::Check;
use crate::id::{Id, Identified};
use crate::mailing::Mailing;
use crate::text::{Key, Title};
use crate::time::{Day, Instant, Zone, plus_days};

/// The identifier of an organization.
pub type OrganizationId = Id<Organization>;

/// An organization and its settings, which are facts with a validity (I12).
#[derive(Clone, Debug, PartialEq)]
pub struct Organization {
    /// Its name.
    pub name: Title,
    /// Its short name, unique on the host.
    pub slug: Key,
    /// The zone whose days count.
    pub zone: Zone,
    /// A zone that replaces it from a coming local midnight.
    pub next_zone: Option<(Instant, Zone)>,
    /// The month in which its fiscal year begins, 1 to 12.
    pub fiscal_year_starts: i8,
    /// Where pace turns from on track to at risk to off track.
    pub thresholds: Thresholds,
    /// Days between check-ins on an outcome that says nothing else.
    pub check_in_days: i32,
    /// When people are written to.
    pub mailing: Mailing,
}

/// The ratios of progress to expected progress at which pace changes its name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// At or above it: on track.
    pub on_track: f64,
    /// At or above it: at risk; below: off track.
    pub at_risk: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { on_track: 0.90, at_risk: 0.70 }
    }
}

/// Why an organization's settings were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrganizationError {
    /// The fiscal year begins in a month 1 to 12.
    FiscalMonth,
    /// 0 < at_risk < on_track ≤ 1.
    Thresholds,
    /// Between 1 and 366 days.
    CheckInDays,
    /// An hour is 0 to 23, and nudges are 0 to 50 a week.
    Mailing,
}

impl Check for Organization {
    type Error = OrganizationError;
    fn check(&self) -> Result<(), OrganizationError> {
        let Thresholds { on_track, at_risk } = self.thresholds;
        if !(1..=12).contains(&self.fiscal_year_starts) {
            return Err(OrganizationError::FiscalMonth);
        }
        if !(at_risk > 0.0 && at_risk < on_track && on_track <= 1.0) {
            return Err(OrganizationError::Thresholds);
        }
        if !(1..=366).contains(&self.check_in_days) {
            return Err(OrganizationError::CheckInDays);
        }
        if !self.mailing.is_within_bounds() {
            return Err(OrganizationError::Mailing);
        }
        Ok(())
    }
}

impl Organization {
    /// The zone that is in force at an instant.
    pub fn zone_at(&self, at: Instant) -> &Zone {
        match &self.next_zone {
            Some((from, zone)) if *from <= at => zone,
            Some(_) | None => &self.zone,
        }
    }
    /// The settings as they stand at an instant: a planned zone that has come into force is the zone.
    pub fn settled(&self, at: Instant) -> Self {
        match &self.next_zone {
            Some((from, zone)) if *from <= at => Self { zone: zone.clone(), next_zone: None, ..self.clone() },
            Some(_) | None => self.clone(),
        }
    }
    /// The local day of an instant, in the zone in force then.
    pub fn day_of(&self, at: Instant) -> Day {
        self.zone_at(at).day_of(at)
    }
}

/// Why a time zone was not changed (I12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZoneChangeError {
    /// It must begin at a local midnight of the zone in force.
    NotMidnight,
    /// It must lie in the future: the days that have been counted stay as they are.
    NotComing,
}

impl Organization {
    /// I12: a time zone changes only from a coming local midnight. A change planned earlier gives way.
    ///
    /// # Errors
    /// [`ZoneChangeError`].
    pub fn plan_zone(&self, zone: Zone, from: Instant, now: Instant) -> Result<Self, ZoneChangeError> {
        let current = self.zone_at(now).clone();
        if from <= now {
            return Err(ZoneChangeError::NotComing);
        }
        if current.start_of(current.day_of(from)) != from {
            return Err(ZoneChangeError::NotMidnight);
        }
        Ok(Self { zone: current, next_zone: Some((from, zone)), ..self.clone() })
    }

    /// Changes the time zone at the next local midnight; the zone in force calls off a change that was planned.
    ///
    /// # Errors
    /// [`ZoneChangeError`].
    pub fn move_to(&self, zone: Zone, now: Instant) -> Result<Self, ZoneChangeError> {
        let settled = self.settled(now);
        if zone == settled.zone {
            return Ok(Self { next_zone: None, ..settled });
        }
        if settled.next_zone.as_ref().is_some_and(|(_, planned)| *planned == zone) {
            return Ok(settled);
        }
        let midnight = settled.zone.start_of(plus_days(settled.zone.day_of(now), 1));
        settled.plan_zone(zone, midnight, now)
    }
}

impl Identified for Organization {
    const PREFIX: &'static str = "org";
    const NOUN: &'static str = "organization";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Text;
    use crate::time::parse_day;

    fn zone(name: &str) -> Zone {
        Zone::named(name).expect("a zone")
    }
    fn at(text: &str) -> Instant {
        Instant::parse(text).expect("an instant")
    }
    fn london() -> Organization {
        Organization {
            name: Text::new("Ministry").expect("a name"),
            slug: Key::parse("ministry").expect("a slug"),
            zone: zone("Europe/London"),
            next_zone: None,
            fiscal_year_starts: 4,
            thresholds: Thresholds::default(),
            check_in_days: 14,
            mailing: Mailing::default(),
        }
    }

    #[test]
    fn a_zone_changes_at_the_next_local_midnight_and_not_before() {
        let moved = london().move_to(zone("Asia/Tokyo"), at("2026-06-30T12:00:00Z")).expect("planned");
        let midnight = at("2026-06-30T23:00:00Z");
        assert_eq!(moved.next_zone, Some((midnight, zone("Asia/Tokyo"))));
        assert_eq!(moved.zone_at(midnight.plus_micros(-1)).name(), "Europe/London");
        assert_eq!(moved.day_of(midnight), parse_day("2026-07-01").expect("a day"));
        assert_eq!(moved.settled(midnight).zone, zone("Asia/Tokyo"));
        assert_eq!(moved.settled(midnight).next_zone, None);
    }

    #[test]
    fn the_zone_in_force_calls_off_a_planned_change_and_the_planned_one_leaves_it_as_it_is() {
        let now = at("2026-06-30T12:00:00Z");
        let moved = london().move_to(zone("Asia/Tokyo"), now).expect("planned");
        let later = at("2026-06-30T18:00:00Z");
        assert_eq!(moved.move_to(zone("Asia/Tokyo"), later), Ok(moved.clone()));
        assert_eq!(moved.move_to(zone("Europe/London"), later), Ok(london()));
    }

    #[test]
    fn a_zone_never_changes_within_a_day_or_from_a_day_that_has_begun() {
        let now = at("2026-06-30T12:00:00Z");
        let plan = |from| london().plan_zone(zone("Asia/Tokyo"), at(from), now).err();
        assert_eq!(plan("2026-06-29T23:00:00Z"), Some(ZoneChangeError::NotComing));
        assert_eq!(plan("2026-07-01T12:00:00Z"), Some(ZoneChangeError::NotMidnight));
        assert_eq!(plan("2026-07-01T23:00:00Z"), None);
    }
}
