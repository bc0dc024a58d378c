//! Boundaries: when the same facts begin to give another answer.

use super::Picture;
use crate::time::{Instant, Span, plus_days};

impl Picture {
    /// The first instant after this picture at which the same facts give another answer: the coming local midnight,
    /// or the beginning or end of a stored interval.
    pub fn next_boundary(&self) -> Instant {
        let parts = self.parts();
        let midnight = self.zone().start_of(plus_days(self.today(), 1));
        let memberships = parts.memberships.iter().map(|fact| fact.during);
        let assignments = parts.assignments.iter().map(|fact| fact.during);
        let responsibilities = parts.responsibilities.iter().map(|fact| fact.during);
        let missions = parts.mission.iter().map(|mission| mission.effective);
        let spans = memberships.chain(assignments).chain(responsibilities).chain(missions);
        let ends = |span: Span| [Some(span.from), span.to];
        let next_zone = parts.organization.next_zone.iter().map(|(from, _)| *from);
        spans
            .flat_map(ends)
            .flatten()
            .chain(next_zone)
            .filter(|instant| *instant > self.at())
            .fold(midnight, Instant::min)
    }
}
