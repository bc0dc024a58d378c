//! Time travel: `as_of`, what was true then, and `known_at`, as it was recorded by then.

use remit_domain::organization::OrganizationId;
use remit_domain::time::{Instant, Zone};
use remit_persistence::{Head, ReadTx, When};
use serde::Deserialize;
use utoipa::IntoParams;
use validator::Validate;

use crate::answer::Reading;
use crate::problem::Problem;
use crate::state::Remit;
use crate::wire::MomentText;

/// How far a client's clock may run ahead of this one.
const AHEAD_MICROS: i64 = 5_000_000;

/// At which state a resource is read.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TravelParameters {
    /// What was true then.
    #[validate(nested)]
    as_of: Option<MomentText>,
    /// As recorded by then: an instant, a day, or a revision.
    #[validate(length(min = 1, max = 40))]
    #[param(min_length = 1, max_length = 40)]
    known_at: Option<String>,
}

impl From<TravelParameters> for Travel {
    fn from(TravelParameters { as_of, known_at }: TravelParameters) -> Self {
        Self::new(as_of, known_at)
    }
}

/// Which state of things, and of knowledge, is asked for.
#[derive(Clone, Debug, Default)]
pub struct Travel {
    /// What was true then.
    pub as_of: Option<MomentText>,
    /// As known then: an instant, a day, or a revision.
    pub known_at: Option<String>,
    /// The state of a walk that is under way.
    pub walk: Option<(i64, Instant)>,
}

impl Travel {
    /// The present.
    pub fn none() -> Self {
        Self::default()
    }
    /// Both as they were sent.
    pub fn new(as_of: Option<MomentText>, known_at: Option<String>) -> Self {
        Self { as_of, known_at, walk: None }
    }

    /// Waits for writes under way where they could still come to be known by the instant that is asked for (I7).
    ///
    /// # Errors
    /// What the store says.
    pub async fn settle(
        &self,
        remit: &Remit,
        organization: OrganizationId,
        head: &Head,
        now: Instant,
    ) -> Result<(), Problem> {
        let moment = self.known_at.as_ref().and_then(|text| MomentText(text.clone()).moment().ok());
        let Some(moment) = moment else { return Ok(()) };
        let by = match moment.day() {
            // It ends everywhere within twelve hours of its end here; of today, only what has been is asked for.
            Some(_) => moment.end(&Zone::utc()).plus_micros(12 * 3_600_000_000).min(now),
            None => moment.end(&Zone::utc()),
        };
        if by < head.recorded_at || by > now.plus_micros(AHEAD_MICROS) {
            return Ok(());
        }
        Ok(remit.store.settle(organization, by).await?)
    }

    /// Resolves what was sent against the organization's zone and log.
    ///
    /// # Errors
    /// 400 for a moment that cannot be read or knowledge that lies in the future.
    pub fn resolve(&self, tx: &mut ReadTx<'_>, head: &Head, now: Instant) -> Result<Reading, Problem> {
        if let Some((known, at)) = self.walk {
            return Ok(Reading { at, known, when: When::Past { known, as_of: at }, is_past: true });
        }
        // Under many writes the log runs a little ahead of the clock, and a write may have come since it was read: the
        // present is never before what is known, or a walk's later pages would leave out what its first one shows.
        let now = now.max(head.recorded_at);
        if self.as_of.is_none() && self.known_at.is_none() {
            return Ok(Reading { at: now, known: head.revision, when: When::Present, is_past: false });
        }
        let organization = tx.organization(When::Present)?;
        let zone = organization.zone_at(now);
        let malformed = |name: &'static str| {
            move |_| Problem::parameter(name, "instant_malformed", "must be a day or an RFC 3339 instant")
        };
        let known = match &self.known_at {
            None => head.revision,
            Some(text) if text.bytes().all(|c| c.is_ascii_digit()) && !text.is_empty() => {
                let revision: i64 =
                    text.parse().map_err(|_| Problem::parameter("known_at", "out_of_range", "is no revision"))?;
                if revision > head.revision {
                    let detail = format!("lies in the future: the last revision is {}", head.revision);
                    return Err(Problem::parameter("known_at", "in_the_future", detail));
                }
                revision
            }
            Some(text) => {
                let moment = MomentText(text.clone()).moment().map_err(malformed("known_at"))?;
                let mut instant = moment.end(zone);
                // Today is known as far as it has come.
                if moment.day() == Some(zone.day_of(now)) {
                    instant = instant.min(now);
                }
                // A clock may run a little ahead of this one.
                if instant > now.plus_micros(AHEAD_MICROS) {
                    return Err(Problem::parameter("known_at", "in_the_future", "lies in the future"));
                }
                tx.revision_at(instant)?
            }
        };
        let at = match &self.as_of {
            None => now,
            Some(text) => text.moment().map_err(malformed("as_of"))?.end(zone),
        };
        Ok(Reading { at, known, when: When::Past { known, as_of: at }, is_past: true })
    }
}
