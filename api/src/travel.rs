//! Time travel: `as_of`, what was true then, and `known_at`, as it was recorded by then.

use remit_domain::organization::{Organization, OrganizationId};
use remit_domain::time::{Instant, Zone};
use remit_persistence::{Head, ReadTx, When};
use serde::Deserialize;
use utoipa::IntoParams;
use validator::Validate;

use crate::answer::Reading;
use crate::problem::Problem;
use crate::state::Remit;
use crate::wire::{Moment, MomentText};

/// How far a client's clock may run ahead of this one.
const AHEAD_MICROS: i64 = 5_000_000;

/// At which state a resource is read.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TravelParameters {
    /// What was true then; where only `known_at` is given, at the instant that it names.
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
    /// The parameter that says what was known, where that is not `known_at`.
    pub known_name: Option<&'static str>,
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
        Self { as_of, known_at, known_name: None, walk: None }
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
            // It ends everywhere within twelve hours of its end here; one that is not over is refused.
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
        let (known, known_at) = match &self.known_at {
            None => (head.revision, None),
            Some(text) => known(tx, head, now, text, self.known_name.unwrap_or("known_at"))
                .map(|(known, at)| (known, Some(at)))?,
        };
        let at = match &self.as_of {
            Some(text) => end(tx, text.moment().map_err(malformed("as_of"))?, known)?,
            // The clock has no part in a question about what was known: it would have another answer each time (I7).
            None => known_at.unwrap_or(now),
        };
        Ok(Reading { at, known, when: When::Past { known, as_of: at }, is_past: true })
    }
}

fn malformed<E>(name: &'static str) -> impl FnOnce(E) -> Problem {
    move |_| Problem::parameter(name, "instant_malformed", "must be a day or an RFC 3339 instant")
}

/// What `known_at` names: a revision, and the instant by which it was known.
fn known(
    tx: &mut ReadTx<'_>,
    head: &Head,
    now: Instant,
    text: &str,
    name: &'static str,
) -> Result<(i64, Instant), Problem> {
    if !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit()) {
        let revision: i64 = text.parse().map_err(|_| Problem::parameter(name, "out_of_range", "is no revision"))?;
        if revision > head.revision {
            let detail = format!("lies in the future: the last revision is {}", head.revision);
            return Err(Problem::parameter(name, "in_the_future", detail));
        }
        return Ok((revision, tx.recorded_at(revision)?));
    }
    let moment = MomentText(text.to_owned()).moment().map_err(malformed(name))?;
    let instant = end(tx, moment, head.revision)?;
    if instant > now.plus_micros(AHEAD_MICROS) {
        let detail = match moment {
            Moment::Day(_) => "lies in the future: the day is not over",
            Moment::Instant(_) => "lies in the future",
        };
        return Err(Problem::parameter(name, "in_the_future", detail));
    }
    Ok((tx.revision_at(instant)?, instant))
}

/// The instant that a moment means: for a day its last microsecond, in the zone that was in force then as far as was
/// known. A zone that is planned later moves no day that was asked about before.
///
/// # Errors
/// What the store says.
pub fn end(tx: &mut ReadTx<'_>, moment: Moment, known: i64) -> Result<Instant, Problem> {
    let mut end = moment.end(&Zone::utc());
    if moment.day().is_some() {
        let id = tx.organization_id();
        // Twice: the first end is that of the day in UTC, and the zone may change within hours of it.
        for _ in 0..2 {
            let organization = tx.find::<Organization>(id, When::Past { known, as_of: end })?;
            end = organization.map_or(end, |organization| moment.end(organization.zone_at(end)));
        }
    }
    Ok(end)
}
