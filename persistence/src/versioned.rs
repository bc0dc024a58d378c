//! Versioned rows: how every entity is kept, so that any past state can be read again.
//!
//! A subject is an identity for ever; a version is what was said of it from a revision on, and from when it holds;
//! each noun's table has the fields of one version. As of `t`, as known at revision `k`, an entity is its version with
//! the greatest revision not above `k` among those that hold by `t`.

use diesel::prelude::{Insertable, Queryable};
use diesel::result::QueryResult;
use remit_domain::entity::{Actor, Check, Kept, KeptRow, Valid};
use remit_domain::id::{Id, Identified};
use remit_domain::text::{External, Source, Text};
use remit_domain::time::Instant;

use crate::connection::DbConnection;
use crate::error::StoreError;
use crate::record::{self, Value};
use crate::schema::{subjects, versions};

/// The `revision_to` of a version that nothing has replaced.
pub(crate) const OPEN: i64 = i64::MAX;

/// Which state is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum When {
    /// What is true now, as far as is known now.
    Present,
    /// What was true then, as it was known at a revision.
    Past {
        /// As known after this revision.
        known: i64,
        /// What was true then.
        as_of: Instant,
    },
}

/// Which entities of a kind are asked for.
pub(crate) enum Pick<'a> {
    All,
    Ids(&'a [String]),
    /// Those that were written from this revision on.
    WrittenSince(i64),
}

#[derive(Insertable)]
#[diesel(table_name = subjects)]
pub(crate) struct SubjectRow {
    pub organization_id: String,
    pub id: String,
    pub kind: String,
    pub external_source: Option<String>,
    pub external_id: Option<String>,
    pub created_at: i64,
    pub created_by: String,
    pub salt: Option<String>,
}

#[derive(Insertable)]
#[diesel(table_name = versions)]
pub(crate) struct VersionRow {
    pub organization_id: String,
    pub id: String,
    pub revision: i64,
    pub kind: String,
    pub version: i64,
    pub revision_to: i64,
    pub valid_from: i64,
    pub deleted: bool,
    pub recorded_at: i64,
    pub recorded_by: String,
}

/// What is read of a version besides the row of its noun: of its subject, and of itself. There may be a hundred thousand
/// of them, so it is no more than is asked about.
#[derive(Clone, Queryable)]
pub(crate) struct FrameRow {
    pub external_source: Option<String>,
    pub external_id: Option<String>,
    pub created_at: i64,
    pub created_by: String,
    pub salt: Option<String>,
    pub id: String,
    pub revision: i64,
    pub version: i64,
    pub revision_to: i64,
    pub valid_from: i64,
    pub deleted: bool,
    pub recorded_at: i64,
    pub recorded_by: String,
}

/// A stored value that does not read back.
#[derive(Debug)]
pub(crate) struct Unreadable(pub &'static str);

/// What persistence knows of one noun: its table, its row, and the way between row and value.
pub(crate) trait Content: Identified + Check + Clone + Sized + 'static {
    type Row;
    /// Whether it holds personal values, which stand in the log only as salted hashes.
    const PERSONAL: bool = false;
    /// Whether it carries its own interval; then a version holds from the beginning and the interval decides.
    const DATED: bool = false;
    fn row(&self) -> Self::Row;
    fn value(row: Self::Row) -> Result<Self, Unreadable>;
    fn insert(connection: &mut DbConnection, key: RowKey, row: Self::Row) -> QueryResult<usize>;
    /// Takes back a row of the write under way.
    fn take_back(connection: &mut DbConnection, key: &RowKey) -> QueryResult<usize>;
    /// Visits each version of a state, by id, the latest first: one after the other, since there may be many.
    fn each(
        connection: &mut DbConnection,
        organization: &str,
        pick: &Pick<'_>,
        when: When,
        visit: Visit<'_, Self::Row>,
    ) -> Result<(), StoreError>;
    /// The canonical record for the log.
    fn record(&self, salt: &str) -> crate::record::Value;
}

/// What is done with a version: its frame, and the row of its noun.
pub(crate) type Visit<'a, R> = &'a mut dyn FnMut(FrameRow, R) -> Result<(), StoreError>;

/// The key of a content row.
pub(crate) struct RowKey {
    pub organization_id: String,
    pub id: String,
    pub revision: i64,
}

/// The queries that are the same for every noun but for its table.
macro_rules! content_queries {
    ($table:ident, $row:ty) => {
        type Row = $row;

        fn insert(
            connection: &mut $crate::connection::DbConnection,
            key: $crate::versioned::RowKey,
            row: $row,
        ) -> diesel::QueryResult<usize> {
            use diesel::{ExpressionMethods, RunQueryDsl};
            let $crate::versioned::RowKey { organization_id, id, revision } = key;
            diesel::insert_into($table::table)
                .values((
                    $table::organization_id.eq(organization_id),
                    $table::id.eq(id),
                    $table::revision.eq(revision),
                    row,
                ))
                .execute(connection)
        }

        fn take_back(
            connection: &mut $crate::connection::DbConnection,
            key: &$crate::versioned::RowKey,
        ) -> diesel::QueryResult<usize> {
            use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
            diesel::delete(
                $table::table
                    .filter($table::organization_id.eq(&key.organization_id))
                    .filter($table::id.eq(&key.id))
                    .filter($table::revision.eq(key.revision)),
            )
            .execute(connection)
        }

        fn each(
            connection: &mut $crate::connection::DbConnection,
            organization: &str,
            pick: &$crate::versioned::Pick<'_>,
            when: $crate::versioned::When,
            visit: $crate::versioned::Visit<'_, $row>,
        ) -> Result<(), $crate::error::StoreError> {
            use diesel::connection::DefaultLoadingMode;
            use diesel::{
                BoolExpressionMethods, ExpressionMethods, JoinOnDsl, QueryDsl, RunQueryDsl, SelectableHelper,
            };
            use $crate::schema::{subjects, versions};
            use $crate::versioned::{FrameRow, OPEN, Pick, When};
            // Each database reads them its own way: over the enum of both, every field costs twice as much.
            $crate::connection::on_either!(connection, either => {
                let mut query = versions::table
                    .inner_join(subjects::table.on(
                        subjects::organization_id.eq(versions::organization_id).and(subjects::id.eq(versions::id)),
                    ))
                    .inner_join(
                        $table::table.on($table::organization_id
                            .eq(versions::organization_id)
                            .and($table::id.eq(versions::id))
                            .and($table::revision.eq(versions::revision))),
                    )
                    .filter(versions::organization_id.eq(organization))
                    .filter(versions::kind.eq(<Self as remit_domain::id::Identified>::NOUN))
                    .select((
                        (
                            subjects::external_source,
                            subjects::external_id,
                            subjects::created_at,
                            subjects::created_by,
                            subjects::salt,
                            versions::id,
                            versions::revision,
                            versions::version,
                            versions::revision_to,
                            versions::valid_from,
                            versions::deleted,
                            versions::recorded_at,
                            versions::recorded_by,
                        ),
                        <$row>::as_select(),
                    ))
                    .into_boxed();
                query = match pick {
                    Pick::All => query,
                    Pick::Ids([id]) => query.filter(versions::id.eq(id)),
                    Pick::Ids(ids) => query.filter(versions::id.eq_any(*ids)),
                    Pick::WrittenSince(revision) => query.filter(versions::revision.ge(revision)),
                };
                query = match when {
                    // One version of each is open.
                    When::Present => query
                        .filter(versions::revision_to.eq(OPEN))
                        .filter(versions::deleted.eq(false))
                        .order(versions::id),
                    When::Past { known, as_of } => query
                        .filter(versions::revision.le(known))
                        .filter(versions::valid_from.le(as_of.micros()))
                        .order((versions::id, versions::revision.desc())),
                };
                for version in query.load_iter::<(FrameRow, $row), DefaultLoadingMode>(either)? {
                    let (frame, row) = version?;
                    visit(frame, row)?;
                }
            });
            Ok(())
        }
    };
}
pub(crate) use content_queries;

/// Loads entities in one state, ordered by id; what was deleted by then is left out.
pub(crate) fn load<T: Content>(
    connection: &mut DbConnection,
    organization: &str,
    pick: &Pick<'_>,
    when: When,
) -> Result<Vec<Kept<T>>, StoreError> {
    let mut last = String::new();
    let mut kept = Vec::new();
    let mut actors = Actors::default();
    T::each(connection, organization, pick, when, &mut |frame, row| {
        // Rows come by id, latest first: the first of each id decides.
        if frame.id != last {
            last.clone_from(&frame.id);
            if !frame.deleted {
                kept.push(keep(frame, row, &mut actors)?);
            }
        }
        Ok(())
    })?;
    Ok(kept)
}

/// Every row of a state as it stands in the tables, by id, the latest first.
pub(crate) fn rows<T: Content>(
    connection: &mut DbConnection,
    organization: &str,
    pick: &Pick<'_>,
    when: When,
) -> Result<Vec<(FrameRow, T::Row)>, StoreError> {
    let mut rows = Vec::new();
    T::each(connection, organization, pick, when, &mut |frame, row| {
        rows.push((frame, row));
        Ok(())
    })?;
    Ok(rows)
}

/// Every version of some entities, by id and version.
pub(crate) fn every_version<T: Content>(
    connection: &mut DbConnection,
    organization: &str,
    ids: &[String],
) -> Result<Vec<Kept<T>>, StoreError> {
    let when = When::Past { known: i64::MAX, as_of: Instant::END };
    let mut kept = Vec::new();
    let mut actors = Actors::default();
    T::each(connection, organization, &Pick::Ids(ids), when, &mut |frame, row| {
        kept.push(keep(frame, row, &mut actors)?);
        Ok(())
    })?;
    kept.sort_by_key(|one: &Kept<T>| (one.id, one.version));
    Ok(kept)
}

/// Actors that were read: rows that follow one another are mostly of one, who then need be held once.
#[derive(Default)]
struct Actors(Option<Actor>);

impl Actors {
    fn read(&mut self, name: String) -> Actor {
        match &self.0 {
            Some(last) if last.as_str() == name => last.clone(),
            Some(_) | None => self.0.insert(Actor::new(name)).clone(),
        }
    }
}

fn keep<T: Content>(frame: FrameRow, row: T::Row, actors: &mut Actors) -> Result<Kept<T>, StoreError> {
    let FrameRow {
        external_source, external_id, id, version, recorded_at, recorded_by, created_at, created_by, ..
    } = frame;
    let corrupt = |what: &str| StoreError::Corrupt(format!("{} {id}: {what}", T::NOUN));
    let value = T::value(row).map_err(|Unreadable(what)| corrupt(what))?;
    let external = match (external_source, external_id) {
        (Some(source), Some(id)) => Some(External {
            source: Source::parse(&source).ok_or_else(|| corrupt("external_source"))?,
            id: Text::new(&id).map_err(|_| corrupt("external_id"))?,
        }),
        _ => None,
    };
    Ok(Kept::new(KeptRow {
        id: Id::parse(&id).ok_or_else(|| corrupt("id"))?,
        version,
        external,
        created_at: Instant::from_micros(created_at),
        created_by: actors.read(created_by),
        updated_at: Instant::from_micros(recorded_at),
        updated_by: actors.read(recorded_by),
        value: Valid::new(value).map_err(|_| corrupt("a rule"))?,
    }))
}

/// What the log tells of a version: what it says, its name in another system, and since when it holds where that is
/// before it was recorded.
pub(crate) fn told<T: Content>(kept: &Kept<T>, holds_from: Instant, salt: &str) -> Value {
    let mut record = kept.value.record(salt);
    if let Some(fields) = record.as_object_mut() {
        match &kept.external {
            Some(External { source, id }) if T::PERSONAL => {
                let name = format!("{}\0{}", source.as_str(), id.as_str());
                fields.insert("external_hash".into(), record::personal(salt, &name).into());
            }
            Some(External { source, id }) => {
                fields.insert("external_source".into(), source.as_str().into());
                fields.insert("external_id".into(), id.as_str().into());
            }
            None => {}
        }
        if !T::DATED && holds_from != kept.updated_at {
            fields.insert("holds_from".into(), record::instant(holds_from));
        }
    }
    record
}

/// A version as it stands in the tables, to be compared with what the log tells of it.
pub(crate) struct Written {
    pub frame: FrameRow,
    /// Whether its personal values were erased.
    pub is_erased: bool,
    /// What the log should tell; nothing where the row does not read back.
    pub record: Option<Value>,
}

/// The versions of a kind that were written in some revisions.
pub(crate) fn written<T: Content>(
    connection: &mut DbConnection,
    organization: &str,
    (from, to): (i64, i64),
) -> Result<Vec<Written>, StoreError> {
    let when = When::Past { known: to, as_of: Instant::END };
    let mut written = Vec::new();
    let mut actors = Actors::default();
    T::each(connection, organization, &Pick::WrittenSince(from), when, &mut |frame, row| {
        let holds_from = Instant::from_micros(frame.valid_from);
        // What carries its own interval is said from the beginning on, and taken back from now on.
        let dated_from = if frame.deleted { frame.recorded_at } else { Instant::BEGINNING.micros() };
        let kept = match keep::<T>(frame.clone(), row, &mut actors) {
            Ok(kept) => Some(kept).filter(|_| !T::DATED || frame.valid_from == dated_from),
            Err(StoreError::Corrupt(_)) => None,
            Err(error) => return Err(error),
        };
        let record = kept.map(|kept| told(&kept, holds_from, frame.salt.as_deref().unwrap_or_default()));
        written.push(Written { is_erased: T::PERSONAL && frame.salt.is_none(), record, frame });
        Ok(())
    })?;
    Ok(written)
}

/// Reading stored text back into the domain's words.
pub(crate) mod read_back {
    use remit_domain::id::{Id, Identified};
    use remit_domain::number::Number;
    use remit_domain::spelling::Spelled;
    use remit_domain::text::Text;
    use remit_domain::time::{Day, Instant, Span, Zone, parse_day};

    use super::Unreadable;

    pub fn id<T: Identified>(text: &str) -> Result<Id<T>, Unreadable> {
        Id::parse(text).ok_or(Unreadable(T::NOUN))
    }
    pub fn id_opt<T: Identified>(text: Option<String>) -> Result<Option<Id<T>>, Unreadable> {
        text.map(|text| id(&text)).transpose()
    }
    pub fn text<const MAX: usize>(text: &str) -> Result<Text<MAX>, Unreadable> {
        Text::new(text).map_err(|_| Unreadable("text"))
    }
    pub fn text_opt<const MAX: usize>(text: Option<String>) -> Result<Option<Text<MAX>>, Unreadable> {
        text.map(|stored| self::text(&stored)).transpose()
    }
    pub fn word<E: Spelled>(text: &str) -> Result<E, Unreadable> {
        E::parse(text).ok_or(Unreadable(E::NAME))
    }
    pub fn word_opt<E: Spelled>(text: Option<String>) -> Result<Option<E>, Unreadable> {
        text.map(|text| word(&text)).transpose()
    }
    pub fn day(text: &str) -> Result<Day, Unreadable> {
        parse_day(text).ok_or(Unreadable("day"))
    }
    pub fn day_opt(text: Option<String>) -> Result<Option<Day>, Unreadable> {
        text.map(|text| day(&text)).transpose()
    }
    pub fn zone(text: &str) -> Result<Zone, Unreadable> {
        Zone::named(text).ok_or(Unreadable("zone"))
    }
    pub fn number(value: f64) -> Result<Number, Unreadable> {
        Number::new(value).map_err(|_| Unreadable("number"))
    }
    pub fn number_opt(value: Option<f64>) -> Result<Option<Number>, Unreadable> {
        value.map(number).transpose()
    }
    pub fn span(from: i64, to: Option<i64>) -> Result<Span, Unreadable> {
        Span::new(Instant::from_micros(from), to.map(Instant::from_micros)).ok_or(Unreadable("span"))
    }
}
