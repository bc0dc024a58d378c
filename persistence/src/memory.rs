//! What a writer remembers between writes: facts that only another kind of write can change.
//!
//! A script that pushes values one by one would have the same few facts looked up each time: which measure bears the
//! name, whether its outcome is open, under which number its series is kept. They stay true as long as nothing but
//! observations is recorded, and the head's revision says whether that is so: a revision that this writer did not
//! write, or an entry of another kind, and all is forgotten.

use std::collections::HashMap;
use std::sync::Arc;

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use remit_domain::entity::Kept;
use remit_domain::measure::{Measure, MeasureId, MeasureState};
use remit_domain::observation::Segment;
use remit_domain::organization::{Organization, OrganizationId};
use remit_domain::outcome::OutcomeState;
use remit_domain::period::PeriodState;
use remit_domain::team::TeamId;

use crate::error::StoreError;
use crate::read::ReadTx;
use crate::schema::observations;
use crate::versioned::When;
use crate::write::WriteTx;

/// Organizations whose facts are remembered at a time.
const ORGANIZATIONS_MAX: usize = 256;
/// Names and series of one organization that are remembered at a time.
const FACTS_MAX: usize = 4_096;

/// What decides whether a measure takes an observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receiver {
    /// The measure.
    pub measure: MeasureId,
    /// Whether it is used.
    pub state: MeasureState,
    /// Where its outcome stands.
    pub outcome: OutcomeState,
    /// The team that carries the outcome.
    pub team: Option<TeamId>,
    /// Where the outcome's period stands.
    pub period: Option<PeriodState>,
}

/// A series that is kept.
#[derive(Clone, Copy)]
pub(crate) struct Series {
    pub number: i64,
    /// The instant of its last observation, corrected ones included: after it, nothing stands.
    pub last_at: i64,
}

/// The facts of one organization.
#[derive(Default)]
pub(crate) struct Memory {
    /// After which write they hold.
    revision: i64,
    organization: Option<Arc<Kept<Organization>>>,
    receivers: HashMap<String, Receiver>,
    series: HashMap<(MeasureId, Segment), Series>,
}

impl Memory {
    /// Forgets what a write of another kind may have changed.
    pub(crate) fn forget(&mut self) {
        self.organization = None;
        self.receivers.clear();
        self.series.clear();
    }

    /// Forgets the series: many rows were recorded at once.
    pub(crate) fn forget_series(&mut self) {
        self.series.clear();
    }

    pub(crate) fn series(&self, of: &(MeasureId, Segment)) -> Option<Series> {
        self.series.get(of).copied()
    }

    pub(crate) fn remember(&mut self, of: &(MeasureId, Segment), series: Series) {
        match self.series.get_mut(of) {
            Some(known) => *known = series,
            None => {
                if self.series.len() >= FACTS_MAX {
                    self.series.clear();
                }
                self.series.insert(of.clone(), series);
            }
        }
    }
}

/// The facts of all organizations that a writer writes to.
#[derive(Default)]
pub(crate) struct Memories {
    of: HashMap<OrganizationId, Memory>,
}

impl Memories {
    /// The facts that hold after a revision.
    pub(crate) fn after(&mut self, organization: OrganizationId, revision: i64) -> &mut Memory {
        if self.of.len() >= ORGANIZATIONS_MAX && !self.of.contains_key(&organization) {
            self.of.clear();
        }
        let memory = self.of.entry(organization).or_default();
        if memory.revision != revision {
            memory.forget();
            memory.revision = revision;
        }
        memory
    }

    /// Says after which revision they hold now.
    pub(crate) fn advance(&mut self, organization: OrganizationId, revision: i64) {
        if let Some(memory) = self.of.get_mut(&organization) {
            memory.revision = revision;
        }
    }

    /// Forgets what a write that was taken back may have left.
    pub(crate) fn forget(&mut self, organization: OrganizationId) {
        self.of.remove(&organization);
    }

    /// Forgets everything: a commit failed.
    pub(crate) fn forget_all(&mut self) {
        self.of.clear();
    }
}

impl WriteTx<'_> {
    /// The organization as it is now, from memory where nothing has changed.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such organization.
    pub fn organization_now(&mut self) -> Result<Arc<Kept<Organization>>, StoreError> {
        if let Some(known) = &self.memory.organization {
            return Ok(known.clone());
        }
        let found = Arc::new(self.read.organization(When::Present)?);
        self.memory.organization = Some(found.clone());
        Ok(found)
    }

    /// What decides whether the measure of this name takes an observation, from memory where nothing has changed;
    /// else `resolve` says which measure it is.
    ///
    /// # Errors
    /// What the database says.
    pub fn receiver(
        &mut self,
        name: &str,
        resolve: impl FnOnce(&mut ReadTx<'_>) -> Result<Option<MeasureId>, StoreError>,
    ) -> Result<Option<Receiver>, StoreError> {
        if let Some(known) = self.memory.receivers.get(name) {
            return Ok(Some(*known));
        }
        let Some(id) = resolve(&mut self.read)? else { return Ok(None) };
        let Some(measure) = self.read.find::<Measure>(id, When::Present)? else { return Ok(None) };
        let outcome = self.read.get(measure.outcome, When::Present)?;
        let period = outcome.period.map(|period| self.read.get(period, When::Present)).transpose()?;
        let receiver = Receiver {
            measure: id,
            state: measure.state,
            outcome: outcome.state,
            team: outcome.team,
            period: period.map(|period| period.state),
        };
        if self.memory.receivers.len() >= FACTS_MAX {
            self.memory.receivers.clear();
        }
        self.memory.receivers.insert(name.to_owned(), receiver);
        Ok(Some(receiver))
    }

    /// The instant of a series' last observation, corrected ones included.
    pub(crate) fn last_at(&mut self, number: i64) -> Result<i64, StoreError> {
        let last: Option<i64> = observations::table
            .filter(observations::organization_id.eq(&self.read.organization_text))
            .filter(observations::series.eq(number))
            .select(observations::observed_at)
            .order((observations::observed_at.desc(), observations::revision.desc()))
            .first(self.read.connection)
            .optional()?;
        Ok(last.unwrap_or(i64::MIN))
    }
}
