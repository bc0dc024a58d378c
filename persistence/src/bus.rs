//! The bus: wakes those inside this process who wait for an organization's log to grow.
//!
//! It says that there is more, up to which revision, and nothing else: what was written is read from the log. The
//! writer announces after the commit and never waits for anyone. On PostgreSQL, what other servers write is seen by
//! looking at the heads every so often, and only while someone waits: that works behind a pooler and on a cluster,
//! where LISTEN does not.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant as Moment};

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use remit_domain::id::Id;
use remit_domain::organization::OrganizationId;
use tokio::sync::{broadcast, watch};

use crate::connection::{Address, DbConnection, Purpose, on_either, open};
use crate::error::StoreError;
use crate::schema::heads;

/// How often the heads that someone waits for are looked at.
const LOOK: Duration = Duration::from_millis(50);
/// How often all heads are looked at, for those who wait for every organization.
const LOOK_AT_ALL: Duration = Duration::from_secs(1);
/// How long to wait after a look that failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// What a look took, times this, is the least that passes before the next: so that looking stays a small part.
const REST: u32 = 20;
/// The most organizations that are asked for by name; where more are waited for, all heads are read.
const NAMED_MAX: usize = 500;
/// Announcements that one who waits for every organization may be behind.
const BEHIND_MAX: usize = 1_024;

/// Announces to whom it may concern that an organization's log has grown.
pub struct Bus {
    board: Arc<Board>,
    /// Wakes the watcher; it ends when this goes.
    wake: flume::Sender<()>,
}

/// What was announced, and who waits.
pub(crate) struct Board {
    state: Mutex<State>,
    all: broadcast::Sender<(OrganizationId, i64)>,
}

#[derive(Default)]
struct State {
    /// The last revision that was announced of each organization.
    announced: HashMap<OrganizationId, i64>,
    waited_for: HashMap<OrganizationId, watch::Sender<i64>>,
}

impl Bus {
    /// A bus, and what the watcher needs where other servers write too.
    pub(crate) fn new() -> (Self, Watcher) {
        let board = Arc::new(Board { state: Mutex::default(), all: broadcast::Sender::new(BEHIND_MAX) });
        let (wake, woken) = flume::bounded(1);
        (Self { board: board.clone(), wake }, Watcher { board, woken })
    }

    /// Follows one organization. The value is the last revision that was announced, and it may be behind the log when
    /// nothing was announced yet: subscribe first, and then read the log. Revisions that follow each other quickly are
    /// seen as the last of them.
    pub fn subscribe(&self, organization: OrganizationId) -> watch::Receiver<i64> {
        let receiver = {
            let mut state = self.board.state();
            let announced = state.announced.get(&organization).copied().unwrap_or(0);
            let sender = state.waited_for.entry(organization).or_insert_with(|| watch::Sender::new(announced));
            sender.subscribe()
        };
        self.wake();
        receiver
    }

    /// Follows every organization. One who is more than a thousand announcements behind is told so by
    /// [`broadcast::error::RecvError::Lagged`], and looks at every log.
    pub fn subscribe_all(&self) -> broadcast::Receiver<(OrganizationId, i64)> {
        let receiver = self.board.all.subscribe();
        self.wake();
        receiver
    }

    pub(crate) fn board(&self) -> Arc<Board> {
        self.board.clone()
    }

    fn wake(&self) {
        // One that is awake already needs no more.
        self.wake.try_send(()).ok();
    }
}

impl Board {
    /// Says that an organization's log has grown up to a revision, unless that was said before.
    pub(crate) fn announce(&self, organization: OrganizationId, revision: i64) {
        let mut state = self.state();
        let State { announced, waited_for } = &mut *state;
        let last = announced.entry(organization).or_insert(0);
        if *last >= revision {
            return;
        }
        *last = revision;
        if let Some(sender) = waited_for.get(&organization) {
            if sender.receiver_count() == 0 {
                waited_for.remove(&organization);
            } else {
                sender.send_replace(revision);
            }
        }
        // Nobody may be there to hear it.
        drop(self.all.send((organization, revision)));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The organizations that someone waits for.
    fn waited_for(&self) -> Vec<OrganizationId> {
        let mut state = self.state();
        state.waited_for.retain(|_, sender| sender.receiver_count() > 0);
        state.waited_for.keys().copied().collect()
    }
}

/// Looks at what other servers write, while someone waits.
pub(crate) struct Watcher {
    board: Arc<Board>,
    woken: flume::Receiver<()>,
}

impl Watcher {
    /// Watches until the bus is gone.
    pub(crate) fn run(self, address: &Address) {
        use flume::RecvTimeoutError::{Disconnected, Timeout};
        let mut connection = None;
        let mut looked_at_all: Option<Moment> = None;
        loop {
            let (organizations, follow_all) = (self.board.waited_for(), self.board.all.receiver_count() > 0);
            if organizations.is_empty() && !follow_all {
                connection = None;
                looked_at_all = None;
                match self.woken.recv() {
                    Ok(()) => continue,
                    Err(flume::RecvError::Disconnected) => return,
                }
            }
            let began = Moment::now();
            let all_are_due = follow_all && looked_at_all.is_none_or(|last| last.elapsed() >= LOOK_AT_ALL);
            let which = if all_are_due || organizations.len() > NAMED_MAX {
                looked_at_all = Some(began);
                None
            } else {
                Some(organizations)
            };
            let rest = match look(&mut connection, address, which.as_deref()) {
                Ok(found) => {
                    found.into_iter().for_each(|(organization, revision)| self.board.announce(organization, revision));
                    LOOK.max(began.elapsed() * REST)
                }
                Err(error) => {
                    tracing::warn!(%error, "what other servers write was not seen; it is tried again");
                    connection = None;
                    AFTER_FAILURE
                }
            };
            let until = Moment::now() + rest;
            loop {
                match self.woken.recv_deadline(until) {
                    // Who has just come is seen at the next look.
                    Ok(()) => {}
                    Err(Timeout) => break,
                    Err(Disconnected) => return,
                }
            }
        }
    }
}

/// The heads of some organizations, or of all.
fn look(
    kept: &mut Option<DbConnection>,
    address: &Address,
    organizations: Option<&[OrganizationId]>,
) -> Result<Vec<(OrganizationId, i64)>, StoreError> {
    if organizations.is_some_and(<[_]>::is_empty) {
        return Ok(Vec::new());
    }
    let connection = match kept {
        Some(connection) => connection,
        None => {
            let failed = |error| StoreError::Internal(format!("cannot open the database: {error}"));
            kept.insert(open(address, Purpose::Read).map_err(failed)?)
        }
    };
    let columns = (heads::organization_id, heads::revision);
    let rows: Vec<(String, i64)> = match organizations {
        None => on_either!(connection, either => heads::table.select(columns).load(either))?,
        Some(organizations) => {
            let ids: Vec<String> = organizations.iter().map(ToString::to_string).collect();
            let asked = heads::table.filter(heads::organization_id.eq_any(&ids)).select(columns);
            on_either!(connection, either => asked.load(either))?
        }
    };
    Ok(rows.into_iter().filter_map(|(id, revision)| Some((Id::parse(&id)?, revision))).collect())
}
