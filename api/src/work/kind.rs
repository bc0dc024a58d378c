//! The kinds of background work: each has a line in every match here, and nothing else.

use std::time::Duration;

use actix_web::web::Data;
use remit_domain::organization::OrganizationId;
use remit_domain::webhook::WEBHOOKS_MAX;
use remit_persistence::{Job, JobEnd, StoreError};

use super::{Failure, findings, housekeeping, mail};
use crate::state::Remit;
use crate::webhook;

/// A kind of background work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobKind {
    /// Forgets what need not be kept any longer.
    Housekeeping,
    /// Tells a webhook of what happens.
    Webhook,
    /// Writes to people: digests and nudges.
    Mail,
    /// Notes since when findings stand.
    Findings,
}

/// How a kind is run.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Its name, in rows and in the metrics.
    pub name: &'static str,
    /// How many of it run at once on one server.
    pub at_once: usize,
    /// Where every organization has one: within which time the first is done, so that not all are at once.
    pub every_organization: Option<Duration>,
    /// Whether it goes on when something new stands in its organization's log.
    pub follows_the_log: bool,
}

impl Plan {
    /// How many of it run at once for one organization, so that the others get their turn.
    pub fn of_one_organization(&self) -> usize {
        self.at_once.div_ceil(4)
    }
}

impl JobKind {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Housekeeping, Self::Webhook, Self::Mail, Self::Findings];

    /// How it is run.
    pub fn plan(self) -> Plan {
        match self {
            Self::Housekeeping => Plan {
                name: "housekeeping",
                at_once: 1,
                every_organization: Some(housekeeping::EVERY),
                follows_the_log: false,
            },
            // So many that all webhooks of an organization have a place: none waits for a slow one beside it.
            Self::Webhook => {
                Plan { name: webhook::KIND, at_once: 4 * WEBHOOKS_MAX, every_organization: None, follows_the_log: true }
            }
            Self::Mail => {
                Plan { name: mail::NAME, at_once: 4, every_organization: Some(mail::EVERY), follows_the_log: false }
            }
            Self::Findings => Plan {
                name: findings::NAME,
                at_once: 1,
                every_organization: Some(findings::SPREAD),
                follows_the_log: false,
            },
        }
    }

    /// The kind of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.plan().name == name)
    }

    /// Those of an organization's jobs, none of them due, that have something to do since the log moved.
    ///
    /// # Errors
    /// What the store says.
    pub async fn sift(
        self,
        remit: &Data<Remit>,
        organization: OrganizationId,
        jobs: Vec<Job>,
    ) -> Result<Vec<Job>, StoreError> {
        match self {
            Self::Webhook => webhook::sift(remit, organization, jobs).await,
            Self::Housekeeping | Self::Mail | Self::Findings => Ok(jobs),
        }
    }

    /// Does a job, and says how it ended; `None` where it has written that down itself, in the write of its effect.
    ///
    /// # Errors
    /// Why it was not done: it is tried again later.
    pub async fn run(self, remit: &Data<Remit>, job: &Job) -> Result<Option<JobEnd>, Failure> {
        match self {
            Self::Housekeeping => housekeeping::run(remit, job).await,
            Self::Webhook => webhook::run(remit, job).await,
            Self::Mail => mail::run(remit, job).await,
            Self::Findings => findings::run(remit, job).await,
        }
    }
}
