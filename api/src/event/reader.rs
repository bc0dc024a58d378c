//! Readers: one stream each, which takes from the log only what its client has taken from it.
//!
//! A stream is asked for its next piece when there is room for it on the way to the client, and holds nothing for one
//! that does not read. Such a client is cut off when its connection has taken nothing for a while; what it has missed
//! stands in the log, and it goes on from there.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::{Bytes, Data};
use futures_util::Stream;
use futures_util::stream::unfold;
use remit_domain::credential::Scope;
use remit_domain::organization::OrganizationId;
use remit_persistence::{StoreError, clock};
use tokio::sync::watch;
use tokio::time::Instant;

use super::feed::{Feed, Place, Seat, standing};
use super::page::{Filter, Page};
use crate::auth;
use crate::problem::Kind;
use crate::state::Remit;

/// How often a reader hears that the stream goes on, and how often its credential is looked at.
const BEAT: Duration = Duration::from_secs(15);
/// How long to wait after a reading that the store was too busy for.
const AFTER_BUSY: Duration = Duration::from_millis(250);
/// When a client that was left comes back, in milliseconds.
const RETRY_MILLIS: u32 = 2_000;

/// What a reader is made of.
pub struct Opening {
    /// The service.
    pub remit: Data<Remit>,
    /// Its seat.
    pub seat: Seat,
    /// What it shares with others.
    pub feed: Arc<Feed>,
    /// Whose log it reads.
    pub organization: OrganizationId,
    /// The credential, as it was shown: it is looked at again and again.
    pub token: String,
    /// Until when the credential holds.
    pub expires_at: Option<remit_domain::time::Instant>,
    /// Which events it wants.
    pub filter: Filter,
    /// Where it begins: after this place.
    pub place: Place,
    /// The last revision that is there already.
    pub head: i64,
    /// After how many seconds it ends; 0 ends it with what is there already.
    pub seconds: Option<u32>,
}

/// A reader.
struct Reader {
    remit: Data<Remit>,
    /// It follows as long as someone has it.
    _feed: Arc<Feed>,
    tip: watch::Receiver<i64>,
    organization: OrganizationId,
    token: String,
    filter: Filter,
    place: Place,
    /// The last place that it has named to the client.
    named: Place,
    /// The page that it is sending, and the frame of it that is next.
    page: Option<(Arc<Page>, usize)>,
    head: i64,
    /// Whether it ends with what was there at its beginning.
    is_short: bool,
    ends_at: Option<Instant>,
    beat_at: Instant,
    check_at: Instant,
    presence: Presence,
}

/// That a reader is there. When it goes, it is counted whether it was cut off.
struct Presence {
    remit: Data<Remit>,
    /// Since when there was no room for the next piece.
    waiting_since: Option<Instant>,
    _seat: Seat,
}

/// How long a piece must have waited for room when the reader goes, for it to count as cut off.
const CUT_OFF: Duration = Duration::from_millis(500);

impl Drop for Presence {
    fn drop(&mut self) {
        if self.waiting_since.is_some_and(|since| since.elapsed() >= CUT_OFF) {
            self.remit.metrics.stream_cut_off();
            tracing::info!("a reader of events took nothing and was cut off");
        }
    }
}

/// The stream of a reader.
pub fn stream(opening: Opening) -> impl Stream<Item = Result<Bytes, Infallible>> {
    let Opening { remit, seat, feed, organization, token, expires_at, filter, place, head, seconds } = opening;
    let now = Instant::now();
    let left = expires_at.map(|at| {
        let micros = at.micros().saturating_sub(clock::now().micros());
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    });
    let asked = seconds.filter(|seconds| *seconds > 0).map(|seconds| Duration::from_secs(seconds.into()));
    let lasts = left.into_iter().chain(asked).min();
    let hello = format!("retry: {RETRY_MILLIS}\n").into_bytes();
    let hello = Bytes::from([hello, standing(remit.store.incarnation(), place).to_vec()].concat());
    let reader = Reader {
        presence: Presence { remit: remit.clone(), waiting_since: None, _seat: seat },
        tip: feed.tip(),
        remit,
        _feed: feed,
        organization,
        token,
        filter,
        place,
        named: place,
        page: None,
        head,
        is_short: seconds == Some(0),
        ends_at: lasts.and_then(|lasts| now.checked_add(lasts)),
        beat_at: now + BEAT,
        check_at: now + BEAT,
    };
    unfold((reader, Some(hello)), |(mut reader, hello)| async move {
        reader.presence.waiting_since = None;
        let piece = match hello {
            Some(hello) => hello,
            None => reader.next().await?,
        };
        reader.presence.waiting_since = Some(Instant::now());
        Some((Ok(piece), (reader, None)))
    })
}

impl Reader {
    /// The next piece; none when the stream ends.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            let now = Instant::now();
            // It closes when the service is to stop, however much there is to send.
            self.tip.has_changed().ok()?;
            if self.ends_at.is_some_and(|ends_at| now >= ends_at) {
                return None;
            }
            if now >= self.check_at {
                if !Box::pin(self.may_go_on()).await {
                    return None;
                }
                self.check_at = now + BEAT;
            }
            if let Some(piece) = self.piece() {
                self.beat_at = now + BEAT;
                return Some(piece);
            }
            // Before it reads on: who waits for what is rare is told how far it has been looked.
            if now >= self.beat_at {
                self.beat_at = now + BEAT;
                return Some(self.beat());
            }
            let until = if self.is_short { self.head } else { self.head.max(*self.tip.borrow_and_update()) };
            if self.place < (until, i32::MAX) {
                match Box::pin(self.remit.feeds.page(&self.remit.store, self.organization, self.place)).await {
                    Ok(Some(page)) => {
                        self.page = Some((page, 0));
                        continue;
                    }
                    // Nothing is there after all: wait for a word of the follower.
                    Ok(None) => {}
                    Err(StoreError::Busy) => {
                        tokio::time::sleep(AFTER_BUSY).await;
                        continue;
                    }
                    // The client comes back and goes on.
                    Err(error) => {
                        tracing::error!(%error, "a stream of events ended early");
                        return None;
                    }
                }
            }
            if self.is_short {
                return None;
            }
            let wake_at = self.ends_at.into_iter().fold(self.beat_at.min(self.check_at), Instant::min);
            tokio::select! {
                grown = self.tip.changed() => grown.ok()?,
                () = tokio::time::sleep_until(wake_at) => {}
            }
        }
    }

    /// The next piece of the page that it is sending. The page is let go with its last piece.
    fn piece(&mut self) -> Option<Bytes> {
        let (page, from) = self.page.take()?;
        match page.piece(from, &self.filter) {
            Some(piece) => {
                self.place = piece.place;
                self.named = piece.place;
                self.remit.metrics.events_sent(piece.events);
                self.page = Some((page, piece.next));
                Some(piece.bytes)
            }
            None => {
                self.place = page.end();
                None
            }
        }
    }

    /// That the stream goes on, and where it stands where that has moved on without an event for this client.
    fn beat(&mut self) -> Bytes {
        if self.place.0 == self.named.0 {
            return Bytes::from_static(b":\n\n");
        }
        self.named = self.place;
        standing(self.remit.store.incarnation(), self.place)
    }

    /// Whether the credential still holds, and for this.
    async fn may_go_on(&self) -> bool {
        match auth::caller(&self.remit, self.token.clone()).await {
            Ok(caller) => caller.organization == self.organization && caller.scopes.allow(Scope::AuditRead),
            // Where it cannot be told, it is asked again.
            Err(problem) => matches!(problem.kind(), Kind::Busy | Kind::Internal),
        }
    }
}
