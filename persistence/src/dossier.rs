//! Dossiers: everything that is held about a person, as it was written and in every version (I14).

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use remit_domain::assignment::Assignment;
use remit_domain::briefing::{Acknowledgement, Briefing};
use remit_domain::check_in::CheckIn;
use remit_domain::comment::Comment;
use remit_domain::credential::ApiKey;
use remit_domain::entity::Kept;
use remit_domain::outcome::Outcome;
use remit_domain::person::{Person, PersonId, PersonSkill};
use remit_domain::responsibility::Responsibility;
use remit_domain::team::Membership;

use crate::change::{Change, ChangeFilter};
use crate::error::StoreError;
use crate::notice::Notice;
use crate::read::{ReadTx, Stored};
use crate::schema::{
    acknowledgements, api_keys, assignments, briefings, check_ins, comments, memberships, outcomes, person_skills,
    responsibilities,
};
use crate::versioned;

/// Everything that is held about a person; of each thing every version, by id and version.
#[derive(Clone, Debug)]
pub struct Dossier {
    /// The person.
    pub person: Vec<Kept<Person>>,
    /// What the person could do.
    pub skills: Vec<Kept<PersonSkill>>,
    /// The teams that the person was in.
    pub memberships: Vec<Kept<Membership>>,
    /// The roles that the person held.
    pub assignments: Vec<Kept<Assignment>>,
    /// What names the person.
    pub responsibilities: Vec<Kept<Responsibility>>,
    /// The outcomes that the person owned.
    pub outcomes: Vec<Kept<Outcome>>,
    /// The check-ins that the person wrote or was to review.
    pub check_ins: Vec<Kept<CheckIn>>,
    /// What the person said.
    pub comments: Vec<Kept<Comment>>,
    /// The briefings that the person wrote.
    pub briefings: Vec<Kept<Briefing>>,
    /// What the person has seen and acknowledged of what was told.
    pub acknowledgements: Vec<Kept<Acknowledgement>>,
    /// Of what the person was told by mail, the latest first.
    pub notices: Vec<Notice>,
    /// The keys that act for the person.
    pub api_keys: Vec<Kept<ApiKey>>,
    /// What the log tells of the person.
    pub about: Vec<Change>,
    /// What the person did, as far as the log tells; at most the number that was asked for.
    pub by: Vec<Change>,
}

/// The ids of the rows of a table that name a person in a column, now or earlier.
macro_rules! ids_naming {
    ($tx:expr, $table:ident, $column:ident, $person:expr) => {{
        let ids: Vec<String> = $table::table
            .filter($table::organization_id.eq(&$tx.organization_text))
            .filter($table::$column.eq($person))
            .select($table::id)
            .load($tx.connection)?;
        ids
    }};
}

impl ReadTx<'_> {
    /// Everything that is held about a person.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there was never such a person.
    pub fn dossier(&mut self, person: PersonId, deeds_max: usize) -> Result<Dossier, StoreError> {
        let id = person.to_string();
        let notices = self.notices_of(person)?;
        let known = self.head()?.revision;
        let person = self.history(vec![id.clone()])?;
        if person.is_empty() {
            return Err(StoreError::NotFound);
        }
        let skills = ids_naming!(self, person_skills, person_id, &id);
        let teams = ids_naming!(self, memberships, person_id, &id);
        let roles = ids_naming!(self, assignments, person_id, &id);
        let parts = ids_naming!(self, responsibilities, person_id, &id);
        let owned = ids_naming!(self, outcomes, owner_id, &id);
        let mut check_ins = ids_naming!(self, check_ins, author_id, &id);
        check_ins.extend(ids_naming!(self, check_ins, reviewer_id, &id));
        check_ins.sort_unstable();
        check_ins.dedup();
        let comments = ids_naming!(self, comments, author_id, &id);
        let briefings = ids_naming!(self, briefings, author_id, &id);
        let receipts = ids_naming!(self, acknowledgements, person_id, &id);
        let keys = ids_naming!(self, api_keys, person_id, &id);
        let about = ChangeFilter { subject: Some(id.clone()), ..ChangeFilter::default() };
        let by = ChangeFilter { actor: Some(id), ..ChangeFilter::default() };
        Ok(Dossier {
            person,
            skills: self.history(skills)?,
            memberships: self.history(teams)?,
            assignments: self.history(roles)?,
            responsibilities: self.history(parts)?,
            outcomes: self.history(owned)?,
            check_ins: self.history(check_ins)?,
            comments: self.history(comments)?,
            briefings: self.history(briefings)?,
            acknowledgements: self.history(receipts)?,
            notices,
            api_keys: self.history(keys)?,
            about: self.changes((0, i32::MAX), known, &about, usize::MAX)?,
            by: self.changes((0, i32::MAX), known, &by, deeds_max)?,
        })
    }

    /// Every version of some entities, those that were deleted too, by id and version.
    fn history<T: Stored>(&mut self, mut ids: Vec<String>) -> Result<Vec<Kept<T>>, StoreError> {
        ids.sort_unstable();
        ids.dedup();
        let mut kept = Vec::new();
        // Both databases bound the number of parameters of a statement.
        for ids in ids.chunks(500) {
            kept.extend(versioned::every_version(self.connection, &self.organization_text, ids)?);
        }
        Ok(kept)
    }
}
