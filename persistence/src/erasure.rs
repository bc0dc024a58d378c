//! Erasure: what is personal goes from every table and from every past state, and the log's hashes of it lose their
//! meaning with the salt. The chain stays whole (I14).

use diesel::connection::SimpleConnection;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, TextExpressionMethods};
use remit_domain::comment::{Comment, ERASED_COMMENT};
use remit_domain::entity::{Kept, Valid};
use remit_domain::person::{ERASED_NAME, Person, PersonId};

use crate::connection::{DbConnection, on_either};
use crate::error::StoreError;
use crate::schema::{comments, idempotency_keys, names, people, subjects};
use crate::versioned::When;
use crate::write::WriteTx;

impl WriteTx<'_> {
    /// Erases a person: the id, and what it was responsible for, stay. Who is erased already is left alone.
    ///
    /// # Errors
    /// What the database says.
    pub fn erase(&mut self, person: Kept<Person>) -> Result<Kept<Person>, StoreError> {
        if person.erased {
            return Ok(person);
        }
        self.touch();
        let erased = Person::erased().and_then(|erased| Valid::new(erased).ok());
        let erased = erased.ok_or_else(|| StoreError::Internal("there is no name for who was erased".into()))?;
        if let DbConnection::Sqlite(connection) = &mut *self.read.connection {
            // What is deleted is then overwritten in the file, and not only given back.
            connection.batch_execute("PRAGMA secure_delete = ON")?;
        }
        let id = person.id;
        let person = person.with(|row| row.external = None);
        let person = self.change(person, erased, "erased", None)?;
        self.begin_epoch();
        self.forget_personal_values(id)?;
        self.forget_comments(id)?;
        if let DbConnection::Sqlite(connection) = &mut *self.read.connection {
            connection.batch_execute("PRAGMA secure_delete = OFF")?;
        }
        Ok(person)
    }

    /// What a person said goes with the person, in every version; that something was said, and to what, stays.
    fn forget_comments(&mut self, person: PersonId) -> Result<(), StoreError> {
        let organization = self.read.organization_text.clone();
        let mut ids: Vec<String> = comments::table
            .filter(comments::organization_id.eq(&organization))
            .filter(comments::author_id.eq(person.to_string()))
            .select(comments::id)
            .distinct()
            .load(self.read.connection)?;
        ids.sort_unstable();
        for comment in self.read.some::<Comment>(ids.clone(), When::Present)? {
            let wordless = comment.without_words().and_then(|comment| Valid::new(comment).ok());
            let wordless =
                wordless.ok_or_else(|| StoreError::Internal("nothing stands for an erased comment".into()))?;
            self.change(comment, wordless, "erased", None)?;
        }
        for ids in ids.chunks(500) {
            let versions = diesel::update(
                comments::table.filter(comments::organization_id.eq(&organization)).filter(comments::id.eq_any(ids)),
            )
            .set((comments::body.eq(ERASED_COMMENT), comments::erased.eq(true)));
            on_either!(self.read.connection, either => versions.execute(either))?;
            self.forget_names(ids)?;
        }
        Ok(())
    }

    /// Without its salt, what the log holds of a subject says nothing; its name in another system goes too.
    fn forget_names(&mut self, ids: &[String]) -> Result<(), StoreError> {
        let organization = &self.read.organization_text;
        let subjects = diesel::update(
            subjects::table.filter(subjects::organization_id.eq(organization)).filter(subjects::id.eq_any(ids)),
        )
        .set((
            subjects::salt.eq(None::<String>),
            subjects::external_source.eq(None::<String>),
            subjects::external_id.eq(None::<String>),
        ));
        on_either!(self.read.connection, either => subjects.execute(either))?;
        Ok(())
    }

    fn forget_personal_values(&mut self, person: PersonId) -> Result<(), StoreError> {
        let organization = self.read.organization_text.clone();
        let id = person.to_string();
        let versions =
            diesel::update(people::table.filter(people::organization_id.eq(&organization)).filter(people::id.eq(&id)))
                .set((
                    people::name.eq(ERASED_NAME),
                    people::email.eq(None::<String>),
                    people::zone.eq(None::<String>),
                    people::joined_on.eq(None::<String>),
                    people::left_on.eq(None::<String>),
                    people::erased.eq(true),
                ));
        on_either!(self.read.connection, either => versions.execute(either))?;
        self.forget_names(std::slice::from_ref(&id))?;
        // Addresses, and ids in other systems: another may bear them from now on.
        let borne =
            diesel::delete(names::table.filter(names::organization_id.eq(&organization)).filter(names::id.eq(&id)));
        on_either!(self.read.connection, either => borne.execute(either))?;
        // Answers that are kept for retries may show the person as they were, or what they said: it names its author.
        let answers = diesel::delete(
            idempotency_keys::table
                .filter(idempotency_keys::organization_id.eq(&organization))
                .filter(idempotency_keys::body.like(format!("%{id}%"))),
        );
        on_either!(self.read.connection, either => answers.execute(either))?;
        Ok(())
    }
}
