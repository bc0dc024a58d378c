//! Boundaries: when the same facts begin to give another answer.

use super::Picture;
use crate::time::{Instant, Span, plus_days};

impl Picture {
    /// The first instant after this picture at which the same facts give another answer: the coming local midnight,
    /// or the beginning or end of a stored interval.
    pub fn next_boundary(&self) -> Instant {
        let midnight = self.zone().start_of(plus_days(self.today(), 1));
        self.boundaries().filter(|instant| *instant > self.at()).fold(midnight, Instant::min)
    }

    /// The last instant up to this picture from which on the same facts have given this answer: the last local
    /// midnight, the beginning or end of a stored interval, or an observation.
    pub fn last_boundary(&self) -> Instant {
        let midnight = self.zone().start_of(self.today());
        let observed = self.parts().headline.values().filter_map(|points| points.last()).map(|point| point.at);
        self.boundaries().chain(observed).filter(|instant| *instant <= self.at()).fold(midnight, Instant::max)
    }

    fn boundaries(&self) -> impl Iterator<Item = Instant> {
        let parts = self.parts();
        let memberships = parts.memberships.iter().map(|fact| fact.during);
        let assignments = parts.assignments.iter().map(|fact| fact.during);
        let responsibilities = parts.responsibilities.iter().map(|fact| fact.during);
        let skills = parts.person_skills.iter().map(|fact| fact.during);
        let missions = parts.mission.iter().map(|mission| mission.effective);
        let spans = memberships.chain(assignments).chain(responsibilities).chain(skills).chain(missions);
        let next_zone = parts.organization.next_zone.iter().map(|(from, _)| *from);
        spans.flat_map(|span: Span| [Some(span.from), span.to]).flatten().chain(next_zone)
    }
}
