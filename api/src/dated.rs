//! Facts with a time of their own: how `from` and `to` are read, which of them a list shows, and how they end.

use std::collections::HashMap;

use remit_domain::entity::{Ending, Kept, Valid};
use remit_domain::id::Id;
use remit_domain::time::{Instant, Span};
use remit_persistence::{ReadTx, Stored, When, WriteTx};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::answer::Reading;
use crate::problem::Problem;
use crate::state::now;
use crate::wire::MomentText;

/// Which facts a list shows, seen from the instant that is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Those in force.
    #[default]
    Current,
    /// Those that are still to begin.
    Coming,
    /// Those that are over.
    Ended,
    /// Those of every time.
    All,
}

impl Phase {
    /// Whether an interval is of this phase at an instant.
    pub fn shows(self, during: &Span, at: Instant) -> bool {
        match self {
            Self::Current => during.contains(at),
            Self::Coming => at < during.from,
            Self::Ended => during.end() <= at,
            Self::All => true,
        }
    }
}

/// Whether something that bears dated facts is known: a fact may be older than what was said of its bearer.
///
/// # Errors
/// 404.
pub fn require_known<T: Stored>(tx: &mut ReadTx<'_>, id: Id<T>, reading: &Reading) -> Result<(), Problem> {
    let ever = When::Past { known: reading.known, as_of: reading.at.max(now()) };
    let found = tx.find(id, reading.when)?.is_some() || (reading.is_past && tx.find(id, ever)?.is_some());
    found.then_some(()).ok_or_else(|| Problem::not_found(T::NOUN))
}

/// The first instant after `at` at which one of the intervals begins or ends.
pub fn next_boundary<'a>(spans: impl IntoIterator<Item = &'a Span>, at: Instant) -> Instant {
    let ends = spans.into_iter().flat_map(|span| [span.from, span.end()]);
    ends.filter(|end| *end > at).fold(Instant::END, Instant::min)
}

/// Reads an interval: a day means its first instant in the organization's zone, and nothing means now, or open.
///
/// # Errors
/// 422 when it would end before it begins.
pub fn span(tx: &mut WriteTx<'_>, from: Option<&MomentText>, to: Option<&MomentText>) -> Result<Span, Problem> {
    let now = tx.now();
    let organization = tx.organization(When::Present)?;
    let zone = organization.zone_at(now);
    let start = |text: &MomentText| Ok::<_, Problem>(text.moment()?.start(zone));
    let from = from.map(start).transpose()?.unwrap_or(now);
    let to = to.map(start).transpose()?;
    Span::new(from, to).ok_or_else(|| Problem::field("/to", "ends_before_start", "must lie after from"))
}

/// Ends a fact now; what was still to begin is taken back, and what is over stays as it is.
///
/// # Errors
/// What the store says.
pub fn end<T>(
    tx: &mut WriteTx<'_>,
    kept: Kept<T>,
    during: Span,
    shorten: impl FnOnce(T, Span) -> T,
) -> Result<(), Problem>
where
    T: Stored + PartialEq + Clone,
    Problem: From<T::Error>,
{
    let now = tx.now();
    if during.end() <= now {
        return Ok(());
    }
    match Span::new(during.from, Some(now)) {
        Some(during) => {
            let value = shorten(kept.value.clone().into_inner(), during);
            tx.change(kept, Valid::new(value)?, "ended", None)?;
        }
        None => tx.delete(kept)?,
    }
    Ok(())
}

/// Keeps how some facts end, each logged as an action; those of which nothing is left are taken back. Answers those
/// that ended.
///
/// # Errors
/// What the store says.
pub fn apply<T>(
    tx: &mut WriteTx<'_>,
    kept: Vec<Kept<T>>,
    endings: Vec<Ending<T>>,
    action: &str,
) -> Result<Vec<Kept<T>>, Problem>
where
    T: Stored + PartialEq,
    Problem: From<T::Error>,
{
    let mut kept: HashMap<Id<T>, Kept<T>> = kept.into_iter().map(|one| (one.id, one)).collect();
    let mut ended = Vec::with_capacity(endings.len());
    for ending in endings {
        let Some(one) = kept.remove(&ending.id()) else { continue };
        match ending {
            Ending::Ends { id: _, value } => ended.push(tx.change(one, Valid::new(value)?, action, None)?),
            Ending::Withdrawn { id: _ } => tx.delete(one)?,
        }
    }
    Ok(ended)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: i64, to: Option<i64>) -> Span {
        Span::new(Instant::from_micros(from), to.map(Instant::from_micros)).expect("a span")
    }

    #[test]
    fn an_interval_is_of_one_phase_at_every_instant() {
        let during = span(10, Some(20));
        let cases = [(9, Phase::Coming), (10, Phase::Current), (19, Phase::Current), (20, Phase::Ended)];
        for (at, expected) in cases {
            let shown: Vec<_> = [Phase::Current, Phase::Coming, Phase::Ended]
                .into_iter()
                .filter(|phase| phase.shows(&during, Instant::from_micros(at)))
                .collect();
            assert_eq!(shown, [expected], "at {at}");
            assert!(Phase::All.shows(&during, Instant::from_micros(at)));
        }
    }

    #[test]
    fn a_list_stands_until_the_next_interval_begins_or_ends() {
        let spans = [span(10, Some(20)), span(15, None)];
        let next = |at| next_boundary(&spans, Instant::from_micros(at));
        assert_eq!(next(5), Instant::from_micros(10));
        assert_eq!(next(10), Instant::from_micros(15));
        assert_eq!(next(15), Instant::from_micros(20));
        assert_eq!(next(20), Instant::END);
    }
}
