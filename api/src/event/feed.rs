//! Feeds: what an organization's readers share, so that a thousand of them ask the database no more than one does.
//!
//! One follower for each organization waits on the bus, reads what is new once, and then wakes the readers. Pages of
//! the log never change, so they are kept by where they begin, as many as fit; whoever goes on from the same place finds
//! the same page.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use actix_web::web::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use remit_domain::organization::OrganizationId;
use remit_persistence::{ChangeFilter, Store, StoreError};
use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::page::{Draft, Page};
use crate::problem::{Kind, Problem};

/// A place in the log: a revision, and a position in it.
pub type Place = (i64, i32);

/// Entries that are read at a time; a page takes as many as have room in it.
const ENTRIES_AT_A_TIME: usize = 32;
/// Bytes of pages that are kept, of all organizations.
const KEPT_BYTES: u64 = 8 * 1024 * 1024;
/// What passes at least between two wake-ups of an organization's readers: writes that follow each other more quickly
/// are told of together.
const PAUSE: Duration = Duration::from_millis(5);
/// How long to wait after a reading that failed.
const AFTER_FAILURE: Duration = Duration::from_millis(250);
/// When one who was refused a stream may ask again, in seconds.
const RETRY_SECONDS: u32 = 15;

/// How many streams may be open at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamLimits {
    /// Of one credential.
    pub each: usize,
    /// Of all together.
    pub all: usize,
}

impl Default for StreamLimits {
    fn default() -> Self {
        Self { each: 100, all: 2_000 }
    }
}

/// The feeds of all organizations, and who reads them.
pub struct Feeds {
    limits: Option<StreamLimits>,
    open: AtomicUsize,
    by_credential: Mutex<HashMap<String, usize>>,
    of: Mutex<HashMap<OrganizationId, Weak<Feed>>>,
    pages: Arc<Pages>,
    closed: AtomicBool,
}

/// What an organization's readers share; it ends with the last of them.
pub struct Feed {
    tip: watch::Receiver<i64>,
    follower: AbortHandle,
}

impl Feed {
    /// The last revision that is there to be read; 0 before that is known. It closes when the service is to stop.
    pub fn tip(&self) -> watch::Receiver<i64> {
        self.tip.clone()
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.follower.abort();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Feeds {
    /// Feeds with these limits; none where streams are not counted.
    pub fn new(limits: Option<StreamLimits>) -> Self {
        Self {
            limits,
            open: AtomicUsize::new(0),
            by_credential: Mutex::default(),
            of: Mutex::default(),
            pages: Arc::new(Pages::default()),
            closed: AtomicBool::new(false),
        }
    }

    /// How many streams are open.
    pub fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// A seat for another reader.
    ///
    /// # Errors
    /// 429 when the credential has as many as it may, 503 when the server has, or is about to stop.
    pub fn seat(self: &Arc<Self>, credential: &str) -> Result<Seat, Problem> {
        let mut by_credential = locked(&self.by_credential);
        let own = by_credential.get(credential).copied().unwrap_or(0);
        if let Some(limits) = self.limits {
            if own >= limits.each {
                let detail = format!("This credential may hold {} streams of events at a time.", limits.each);
                return Err(Problem::new(Kind::TooManyRequests, detail).retry_after(RETRY_SECONDS));
            }
            if self.open() >= limits.all {
                let detail = "As many streams of events are open as this server may hold.";
                return Err(Problem::new(Kind::Busy, detail).retry_after(RETRY_SECONDS));
            }
        }
        by_credential.insert(credential.to_owned(), own + 1);
        self.open.fetch_add(1, Ordering::Relaxed);
        Ok(Seat { feeds: self.clone(), credential: credential.into() })
    }

    /// The feed of an organization; it follows from now on.
    ///
    /// # Errors
    /// 503 when the service is about to stop.
    pub fn feed(&self, store: &Store, organization: OrganizationId) -> Result<Arc<Feed>, Problem> {
        let mut feeds = locked(&self.of);
        // Asked under the lock, so that no feed begins after all were ended.
        if self.closed.load(Ordering::SeqCst) {
            return Err(Problem::new(Kind::Busy, "The service is about to stop.").retry_after(1));
        }
        if let Some(feed) = feeds.get(&organization).and_then(Weak::upgrade) {
            return Ok(feed);
        }
        feeds.retain(|_, feed| feed.strong_count() > 0);
        let (tip, seen) = watch::channel(0);
        let following = follow(store.clone(), self.pages.clone(), organization, tip);
        let feed = Arc::new(Feed { tip: seen, follower: actix_web::rt::spawn(following).abort_handle() });
        feeds.insert(organization, Arc::downgrade(&feed));
        Ok(feed)
    }

    /// The page after a place, from memory or read once for all who ask; none where nothing is there yet.
    ///
    /// # Errors
    /// What the store says.
    pub async fn page(
        &self,
        store: &Store,
        organization: OrganizationId,
        after: Place,
    ) -> Result<Option<Arc<Page>>, StoreError> {
        self.pages.get(store, organization, after).await
    }

    /// Ends every stream, and begins none any more.
    pub fn close(&self) {
        let feeds = locked(&self.of);
        self.closed.store(true, Ordering::SeqCst);
        for feed in feeds.values().filter_map(Weak::upgrade) {
            feed.follower.abort();
        }
    }
}

/// A reader's seat; it is free again when this is dropped.
pub struct Seat {
    feeds: Arc<Feeds>,
    credential: Box<str>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut by_credential = locked(&self.feeds.by_credential);
        if let Some(own) = by_credential.get_mut(&*self.credential) {
            *own -= 1;
            if *own == 0 {
                by_credential.remove(&*self.credential);
            }
        }
        self.feeds.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Reads what is new, as soon as the bus tells of it, and wakes the readers.
async fn follow(store: Store, pages: Arc<Pages>, organization: OrganizationId, tip: watch::Sender<i64>) {
    let mut growth = store.bus().subscribe(organization);
    let head = loop {
        match store.head(organization).await {
            Ok(head) => break head,
            // Its readers' credentials will be looked at.
            Err(StoreError::NotFound) => return,
            Err(error) => {
                tracing::warn!(%error, "where the log stands was not read; it is tried again");
                tokio::time::sleep(AFTER_FAILURE).await;
            }
        }
    };
    let mut place = (head.revision, i32::MAX);
    tip.send_replace(place.0);
    loop {
        let announced = *growth.borrow_and_update();
        while place < (announced, i32::MAX) {
            match pages.get(&store, organization, place).await {
                Ok(Some(page)) => place = page.end(),
                Ok(None) => break,
                Err(error) => {
                    tracing::warn!(%error, "new entries of the log were not read; it is tried again");
                    tokio::time::sleep(AFTER_FAILURE).await;
                }
            }
            // Readers begin with the first page, while this one reads ahead.
            raise(&tip, announced);
        }
        raise(&tip, announced);
        tokio::time::sleep(PAUSE).await;
        if growth.changed().await.is_err() {
            return;
        }
    }
}

/// Wakes the readers, unless they know of it.
fn raise(tip: &watch::Sender<i64>, revision: i64) {
    tip.send_if_modified(|known| {
        let is_new = *known < revision;
        *known = revision.max(*known);
        is_new
    });
}

/// Pages of the log, by where they begin.
struct Pages {
    kept: Cache<(OrganizationId, Place), Arc<Page>, Weigh>,
}

#[derive(Clone)]
struct Weigh;
impl Weighter<(OrganizationId, Place), Arc<Page>> for Weigh {
    fn weight(&self, _: &(OrganizationId, Place), page: &Arc<Page>) -> u64 {
        page.weight()
    }
}

impl Default for Pages {
    fn default() -> Self {
        Self { kept: Cache::with_weighter(512, KEPT_BYTES, Weigh) }
    }
}

/// Why there is no page.
enum Absent {
    Nothing,
    Failed(StoreError),
}

impl Pages {
    async fn get(
        &self,
        store: &Store,
        organization: OrganizationId,
        after: Place,
    ) -> Result<Option<Arc<Page>>, StoreError> {
        let incarnation: Box<str> = store.incarnation().into();
        let read = async {
            let page = store.read(organization, move |tx| {
                let until = tx.head()?.revision;
                if after >= (until, i32::MAX) {
                    return Ok(None);
                }
                let mut draft = Draft::after(&incarnation, after);
                while !draft.is_full() {
                    let entries = tx.changes(draft.end(), until, &ChangeFilter::default(), ENTRIES_AT_A_TIME)?;
                    let was_last = entries.len() < ENTRIES_AT_A_TIME;
                    entries.into_iter().for_each(|entry| draft.add(entry));
                    if was_last && !draft.is_full() {
                        return Ok::<_, StoreError>(Some(draft.finish((until, i32::MAX))));
                    }
                }
                let end = draft.end();
                Ok(Some(draft.finish(end)))
            });
            match page.await {
                Ok(Some(page)) => Ok(Arc::new(page)),
                Ok(None) => Err(Absent::Nothing),
                Err(error) => Err(Absent::Failed(error)),
            }
        };
        match self.kept.get_or_insert_async(&(organization, after), read).await {
            Ok(page) => Ok(Some(page)),
            Err(Absent::Nothing) => Ok(None),
            Err(Absent::Failed(error)) => Err(error),
        }
    }
}

/// The id of an event: the database's incarnation, and its place in the log.
pub fn id(incarnation: &str, (revision, position): Place) -> String {
    format!("{incarnation}.{revision}.{position}")
}

/// A piece of a stream that says where it stands, and no more: a client that comes back goes on from there.
pub fn standing(incarnation: &str, place: Place) -> Bytes {
    Bytes::from(format!(": here\nid: {}\n\n", id(incarnation, place)))
}
