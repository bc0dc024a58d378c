//! Pages: a walk through a list is a snapshot, sealed in its cursor.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use remit_domain::organization::OrganizationId;
use remit_domain::time::Instant;
use serde::Serialize;
use sha2::Sha256;

use crate::answer::Reading;
use crate::expansion::Expanded;
use crate::problem::{Kind, Problem};
use crate::state::{Remit, now};

/// Entries of a page where nothing is said.
pub const LIMIT_DEFAULT: usize = 50;
/// The most entries of a page.
pub const LIMIT_MAX: u16 = 200;
/// How long a walk may take, in microseconds: 24 hours.
const WALK_MICROS: i64 = 24 * 60 * 60 * 1_000_000;

/// When a walk began that may take as long as it likes.
const ENDLESS: i64 = i64::MAX;

/// A page of a list.
#[derive(Serialize)]
pub struct Page<T> {
    /// The entries.
    pub data: Vec<T>,
    /// The cursor of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// What the entries name, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expanded: Option<Expanded>,
}

/// Where a walk stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Walk {
    /// The knowledge of its first page.
    pub known: i64,
    /// The instant of its first page.
    pub at: Instant,
    /// How many entries it has passed.
    pub passed: u64,
    began: i64,
}

/// What a list is asked for, apart from its filters.
#[derive(Clone, Debug)]
pub struct Paging {
    /// Entries of a page.
    pub limit: usize,
    /// The walk that goes on.
    pub walk: Option<Walk>,
    /// What the walk goes through: the path and every parameter but `after` and `limit`.
    pub query: String,
    /// Whether knowledge was named: then the same question has the same answer for ever, cursor included (I7).
    is_fixed: bool,
}

impl Paging {
    /// Reads `limit` and `after`.
    ///
    /// # Errors
    /// 400 for a cursor that was tampered with or belongs to another list, 410 for one that is too old.
    pub fn read(
        remit: &Remit,
        organization: OrganizationId,
        request: &actix_web::HttpRequest,
        limit: Option<u16>,
        after: Option<&str>,
    ) -> Result<Self, Problem> {
        let mut parameters: Vec<&str> = request
            .query_string()
            .split('&')
            .filter(|pair| !pair.is_empty() && !pair.starts_with("after=") && !pair.starts_with("limit="))
            .collect();
        parameters.sort_unstable();
        let is_fixed = parameters.iter().any(|pair| pair.starts_with("known_at="));
        let query = format!("{}?{}", request.path(), parameters.join("&"));
        let walk = after
            .filter(|cursor| !cursor.is_empty())
            .map(|cursor| open(remit, organization, &query, cursor))
            .transpose()?;
        Ok(Self { limit: limit.map_or(LIMIT_DEFAULT, usize::from), walk, query, is_fixed })
    }

    /// The page of a list that this asks for.
    pub fn cut<T>(&self, remit: &Remit, organization: OrganizationId, reading: &Reading, all: Vec<T>) -> Page<T> {
        let passed = self.walk.map_or(0, |walk| walk.passed as usize);
        let total = all.len();
        let data: Vec<T> = all.into_iter().skip(passed).take(self.limit).collect();
        let reached = passed + data.len();
        let next = (reached < total).then(|| {
            let began =
                self.walk.map_or_else(|| if self.is_fixed { ENDLESS } else { now().micros() }, |walk| walk.began);
            let walk = Walk { known: reading.known, at: reading.at, passed: reached as u64, began };
            seal(remit, organization, &self.query, walk)
        });
        Page { data, next, expanded: None }
    }
}

fn signature(remit: &Remit, organization: OrganizationId, query: &str, payload: &[u8]) -> Vec<u8> {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&remit.secret) else { return Vec::new() };
    mac.update(b"cursor\0");
    mac.update(remit.store.incarnation().as_bytes());
    mac.update(&organization.bits().to_be_bytes());
    mac.update(query.as_bytes());
    mac.update(&[0]);
    mac.update(payload);
    mac.finalize().into_bytes()[..16].to_vec()
}

fn seal(remit: &Remit, organization: OrganizationId, query: &str, walk: Walk) -> String {
    let mut bytes = Vec::with_capacity(48);
    for number in [walk.known, walk.at.micros(), walk.passed as i64, walk.began] {
        bytes.extend(number.to_be_bytes());
    }
    let signature = signature(remit, organization, query, &bytes);
    bytes.extend(signature);
    URL_SAFE_NO_PAD.encode(bytes)
}

fn open(remit: &Remit, organization: OrganizationId, query: &str, cursor: &str) -> Result<Walk, Problem> {
    use subtle::ConstantTimeEq;
    let foreign = || Problem::parameter("after", "cursor_invalid", "is no cursor of this list");
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| foreign())?;
    if bytes.len() != 48 {
        return Err(foreign());
    }
    let (payload, sealed) = bytes.split_at(32);
    let expected = signature(remit, organization, query, payload);
    if !bool::from(expected.ct_eq(sealed)) {
        return Err(foreign());
    }
    let number = |at: usize| payload[at * 8..at * 8 + 8].try_into().map(i64::from_be_bytes).map_err(|_| foreign());
    let walk =
        Walk { known: number(0)?, at: Instant::from_micros(number(1)?), passed: number(2)? as u64, began: number(3)? };
    if now().micros().saturating_sub(walk.began) > WALK_MICROS {
        return Err(Problem::new(Kind::CursorExpired, "A walk may take 24 hours; begin it again."));
    }
    Ok(walk)
}
