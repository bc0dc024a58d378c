//! Pictures in memory: the present of an organization with what is computed from it, kept until it changes, and the
//! past states that were asked for lately.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use remit_domain::assessment::Assessment;
use remit_domain::entity::Kept;
use remit_domain::measure::Measure;
use remit_domain::organization::OrganizationId;
use remit_domain::outcome::OutcomeState;
use remit_domain::person::Person;
use remit_domain::picture::{Picture, PictureParts};
use remit_domain::role::Role;
use remit_domain::rule::{Finding, FindingId, FindingSubject, activation_findings, findings, findings_after, rules};
use remit_domain::team::Team;
use remit_domain::theme::Theme;
use remit_domain::time::Instant;
use remit_persistence::{ReadTx, Shown, Stored, When, WriteTx};
use std::sync::OnceLock;

use crate::answer::Reading;
use crate::problem::Problem;
use crate::state::{Remit, now};
use crate::travel::Travel;

/// How many records and observations the pictures have that are kept, all together. One of ten thousand outcomes with
/// fifty thousand measures has less than a million.
const KEPT_RECORDS: usize = 2_000_000;

/// What a picture costs that has nothing in it, in records.
const PICTURE_RECORDS: usize = 1_000;

/// Which state of which organization a picture shows. A past one never changes, but for what is erased: the last
/// number is the epoch of the last erasure.
type State = (OrganizationId, When, i64);

/// The pictures that were asked for lately, as many as there is room for.
#[derive(Default)]
pub struct Pictures {
    /// Each with its records, and when it was last asked for.
    kept: HashMap<State, (Arc<Pictured>, usize, u64)>,
    asked: u64,
    /// Held by who reads the present of an organization, so that it is read once.
    reading: HashMap<OrganizationId, Arc<Mutex<()>>>,
    /// Those at which this process has looked in the background.
    looked: HashSet<OrganizationId>,
}

impl Pictures {
    fn get(&mut self, state: State) -> Option<Arc<Pictured>> {
        self.asked += 1;
        let (pictured, _, asked) = self.kept.get_mut(&state)?;
        *asked = self.asked;
        Some(pictured.clone())
    }

    /// What is held while the present of an organization is read.
    fn turn(&mut self, organization: OrganizationId) -> Arc<Mutex<()>> {
        self.reading.retain(|_, turn| Arc::strong_count(turn) > 1);
        self.reading.entry(organization).or_default().clone()
    }

    /// Keeps a picture; those that were not asked for the longest make room, past ones first. A present one is kept
    /// whatever its size, and a past one takes the room of no present one.
    fn keep(&mut self, state: State, pictured: Arc<Pictured>) {
        self.asked += 1;
        let (organization, epoch) = (state.0, pictured.epoch);
        // What was erased since is in those of an earlier epoch.
        self.kept.retain(|(of, when, was), _| *of != organization || *when == When::Present || *was >= epoch);
        let records = records(&pictured.picture);
        let presents: usize =
            self.kept.iter().filter(|(kept, _)| is_present(kept)).map(|(_, (_, records, _))| records).sum();
        if !is_present(&state) && presents + records > KEPT_RECORDS {
            return;
        }
        self.kept.insert(state, (pictured, records, self.asked));
        let mut all: usize = self.kept.values().map(|(_, records, _)| records).sum();
        while all > KEPT_RECORDS {
            let may_go = |kept: &State| *kept != state && (is_present(&state) || !is_present(kept));
            let others = self.kept.iter().filter(|(kept, _)| may_go(kept));
            let eldest = others.min_by_key(|((_, when, _), (_, _, asked))| (*when == When::Present, *asked));
            let Some((eldest, records)) = eldest.map(|(eldest, (_, records, _))| (*eldest, *records)) else { break };
            self.kept.remove(&eldest);
            all -= records;
        }
    }
}

/// Whether it is the present of an organization.
fn is_present((_, when, _): &State) -> bool {
    *when == When::Present
}

/// The state that is true now.
const fn present(organization: OrganizationId) -> State {
    (organization, When::Present, 0)
}

/// How much a picture holds.
fn records(picture: &Picture) -> usize {
    let parts = picture.parts();
    let people = parts.people.len() + parts.memberships.len() + parts.person_skills.len();
    let roles = parts.roles.len() + parts.assignments.len() + parts.responsibilities.len();
    let outcomes = parts.outcomes.len() + parts.results.len() + parts.alignments.len() + parts.measures.len();
    let said = parts.reports.len() + parts.briefings.len() + parts.waivers.len();
    let observations: usize = parts.headline.values().map(|points| points.len()).sum();
    let frame = parts.themes.len() + parts.periods.len() + parts.teams.len() + parts.rule_settings.len();
    PICTURE_RECORDS + people + roles + outcomes + said + frame + observations
}

/// A picture and what is computed from it.
pub struct Pictured {
    /// The picture.
    pub picture: Picture,
    /// Its numbers.
    pub assessment: Assessment,
    findings: OnceLock<Vec<Finding>>,
    /// What stood before the last change, from which what stands now is found with little: taken when it is.
    before: Mutex<Option<Arc<Pictured>>>,
    revision: i64,
    /// The revision of the last erasure that it knows of.
    epoch: i64,
    /// What is said to be its instant: for the present, the last at which anything changed.
    as_of: Instant,
    /// The present that it pictures lasts until then.
    until: Instant,
}

impl Pictured {
    /// Loads a picture, and computes its numbers. Where a present is kept, only what was written between the two is
    /// read.
    ///
    /// # Errors
    /// What the store says.
    pub fn load(
        tx: &mut ReadTx<'_>,
        at: Instant,
        when: When,
        revision: i64,
        kept: Option<Arc<Self>>,
    ) -> Result<Self, Problem> {
        let made = match &kept {
            Some(kept) => tx.picture_from(kept.shown(), at, revision, when)?,
            None => None,
        };
        let (picture, until) = match made {
            Some(made) => made,
            None => tx.picture_until(at, when)?,
        };
        let assessment = Assessment::of(&picture);
        let head = tx.head()?;
        let as_of = match when {
            // The same facts then give the same bytes on every server, and an unchanged board is 304 all day.
            When::Present => picture.last_boundary().max(head.recorded_at),
            When::Past { as_of, .. } => as_of,
        };
        // Only what was found already can be built upon: else what the kept one would have been built upon. A chain of
        // those of which nothing was found would hold every picture for ever.
        let before = kept.filter(|_| when == When::Present).and_then(|kept| match kept.findings.get() {
            Some(_) => Some(kept),
            None => kept.before.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        });
        let before = Mutex::new(before);
        Ok(Self {
            picture,
            assessment,
            findings: OnceLock::new(),
            before,
            revision,
            epoch: head.erasure_epoch,
            as_of,
            until,
        })
    }

    /// Whether it is the present that is asked for.
    fn is_present(&self, reading: &Reading) -> bool {
        self.revision == reading.known && self.picture.at() <= reading.at && reading.at < self.until
    }

    /// Whether the rows of this picture of the present are those that a reading asks for: nothing that it knows was
    /// written since, what holds by then was recorded by then, and nobody was erased since.
    fn shows_all_of(&self, reading: &Reading, epoch: i64) -> bool {
        self.revision == reading.known
            && self.epoch == epoch
            && (reading.when == When::Present || self.as_of <= reading.at)
    }

    fn shown(&self) -> Shown<'_> {
        Shown { picture: &self.picture, until: self.until, revision: self.revision }
    }

    /// The findings, computed when they are first asked for: after a change, of those whom it may concern.
    pub fn findings(&self) -> &[Finding] {
        self.findings.get_or_init(|| {
            let before = self.before.lock().unwrap_or_else(PoisonError::into_inner).take();
            match before.as_deref().and_then(|before| Some((&before.picture, before.findings.get()?.as_slice()))) {
                Some(before) => findings_after(before, (&self.picture, &self.assessment)),
                None => findings(&self.picture, &self.assessment),
            }
        })
    }

    /// The rule and the subject of a finding that stands, or that would keep an outcome from becoming active.
    pub fn finding(&self, id: FindingId) -> Option<(&'static str, FindingSubject)> {
        if let Some(found) = self.findings().iter().find(|finding| finding.id == id) {
            return Some((found.rule, found.subject));
        }
        let coming = self.picture.parts().outcomes.iter().filter(|outcome| match outcome.state {
            OutcomeState::Draft | OutcomeState::Proposed | OutcomeState::Closed | OutcomeState::Cancelled => true,
            OutcomeState::Active => false,
        });
        // The id is made of rule and subject, so that only the one outcome need be judged.
        let mut named = coming.filter(|outcome| {
            let subject = FindingSubject::Outcome(outcome.id);
            rules().iter().any(|rule| rule.may_block_activation() && subject.finding(rule.id) == id)
        });
        let found = activation_findings(&self.picture, named.next()?.id, self.picture.at());
        found.into_iter().find(|finding| finding.id == id).map(|finding| (finding.rule, finding.subject))
    }

    /// The instant that it is of: for the present, the last at which anything changed.
    pub fn as_of(&self) -> Instant {
        self.as_of
    }

    /// The first instant at which the same facts give another answer.
    pub fn until(&self) -> Instant {
        self.until
    }
}

/// A noun of which a picture shows everything that there is.
pub trait Pictorial: Stored {
    /// Its rows, by id.
    fn rows(parts: &PictureParts) -> &[Kept<Self>];
}
macro_rules! pictorial {
    ($($noun:ty => $rows:ident),+) => {$(
        impl Pictorial for $noun {
            fn rows(parts: &PictureParts) -> &[Kept<Self>] {
                &parts.$rows
            }
        }
    )+};
}
pictorial!(Measure => measures, Person => people, Role => roles, Team => teams, Theme => themes);

impl Remit {
    /// Every entity of a kind, by id: from memory where a picture of that state is at hand.
    ///
    /// # Errors
    /// What the store says.
    pub fn all<T: Pictorial>(&self, tx: &mut ReadTx<'_>, reading: &Reading) -> Result<Vec<Kept<T>>, Problem> {
        let epoch = tx.head()?.erasure_epoch;
        let kept = self.kept_picture(tx.organization_id()).filter(|kept| kept.shows_all_of(reading, epoch));
        match kept {
            Some(kept) => Ok(T::rows(kept.picture.parts()).to_vec()),
            None => Ok(tx.all(reading.when)?),
        }
    }

    /// The picture that a reading asks for: from memory when it is the present and nothing has changed.
    ///
    /// # Errors
    /// What the store says.
    pub fn picture(&self, tx: &mut ReadTx<'_>, reading: &Reading) -> Result<Arc<Pictured>, Problem> {
        let organization = tx.organization_id();
        let kept = self.kept_picture(organization);
        if reading.when != When::Present {
            let head = tx.head()?;
            let state = (organization, reading.when, head.erasure_epoch);
            let known = self.pictures().get(state);
            if let Some(known) = known {
                return Ok(known);
            }
            // It is made from the present with little, and the present is what is asked for next.
            let kept = match kept {
                Some(kept) => kept,
                None => {
                    let present = Travel::none().resolve(tx, &head, now())?;
                    self.picture(tx, &present)?
                }
            };
            let past = Arc::new(Pictured::load(tx, reading.at, reading.when, reading.known, Some(kept))?);
            self.pictures().keep(state, past.clone());
            return Ok(past);
        }
        if let Some(kept) = kept.filter(|kept| kept.is_present(reading)) {
            return Ok(kept);
        }
        // Whoever wants the same waits for it, rather than to read all of it a second time.
        let turn = self.pictures().turn(organization);
        let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = self.kept_picture(organization);
        if let Some(kept) = kept.as_ref().filter(|kept| kept.is_present(reading)) {
            return Ok(kept.clone());
        }
        let fresh = Arc::new(Pictured::load(tx, reading.at, When::Present, reading.known, kept)?);
        self.pictures().keep(present(organization), fresh.clone());
        Ok(fresh)
    }

    /// The picture before a write under way has changed anything; from memory where it is there. It is not kept: what
    /// was written before it in the same commit may still be taken back.
    ///
    /// # Errors
    /// What the store says.
    pub fn picture_before(&self, tx: &mut WriteTx<'_>) -> Result<Arc<Pictured>, Problem> {
        let revision = tx.revision_so_far();
        let now = tx.now();
        let kept = self.kept_picture(tx.organization_id());
        match kept {
            Some(kept) if kept.revision == revision && kept.picture.at() <= now && now < kept.until => Ok(kept),
            kept => Ok(Arc::new(Pictured::load(tx, now, When::Present, revision, kept)?)),
        }
    }

    /// Notes that it is looked at an organization in the background; whether it was before.
    pub fn looks_again(&self, organization: OrganizationId) -> bool {
        !self.pictures().looked.insert(organization)
    }

    fn kept_picture(&self, organization: OrganizationId) -> Option<Arc<Pictured>> {
        self.pictures().get(present(organization))
    }

    fn pictures(&self) -> MutexGuard<'_, Pictures> {
        self.pictures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
