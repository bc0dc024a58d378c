//! The tables of an export: which columns each has, and in which order its rows stand.

use diesel::dsl::{SqlTypeOf, sql};
use diesel::sql_types::Bool;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};

use crate::connection::{DbConnection, on_either};
use crate::error::StoreError;
use crate::record::line::{Field, KeyField, Line};

/// Rows of a page where they can be large, and where they cannot: so much is held at a time.
const WIDE: i64 = 100;
const NARROW: i64 = 1_000;

/// A table of which every row of the organization is exported.
pub(crate) struct Table {
    pub name: &'static str,
    /// Its columns but for the organization, which is the same in every row.
    pub columns: &'static [&'static str],
    /// Rows of a page.
    pub page: i64,
    /// What comes before the key of every row, each part spelled as in a line.
    pub start: &'static [&'static str],
    /// Writes the lines of a page after a key; the number of rows, and the key of the last.
    pub read: Read,
    /// Keeps rows.
    pub insert: Insert,
}

type Read = fn(&mut DbConnection, &str, &[String], &mut String) -> Result<(u64, Vec<String>), StoreError>;
type Insert = fn(&mut DbConnection, &str, &[Row]) -> Result<(), Unfit>;

/// A row that was read from a line.
pub(crate) struct Row {
    /// The number of its line.
    pub line: u64,
    /// Its fields in the order of the columns, each as it is spelled.
    pub fields: Vec<Option<String>>,
}

/// Why a row is not kept.
pub(crate) enum Unfit {
    /// A field of this line cannot be read.
    Field(u64, &'static str),
    /// The database says why.
    Database(diesel::result::Error),
}

fn key_part<T: Field>(parts: &mut std::slice::Iter<'_, String>) -> Result<T, StoreError> {
    T::read(parts.next().map(String::as_str))
        .ok_or_else(|| StoreError::Internal("a key that does not read back".into()))
}

/// For each table: its name, how wide its rows are, its key, and its columns. Another set or order of columns than the
/// table's own does not compile.
macro_rules! tables {
    ($($table:ident $page:ident ($($key:ident: $key_type:ty),+) { $($column:ident: $type:ty),+ $(,)? })+) => {
        /// What is exported, in this order: what is referred to comes before what refers to it.
        pub(crate) const TABLES: &[Table] = &[$({
            use crate::schema::$table as table;

            const _: (table::organization_id, $(table::$column),+) = table::all_columns;

            fn read(
                connection: &mut DbConnection,
                organization: &str,
                after: &[String],
                lines: &mut String,
            ) -> Result<(u64, Vec<String>), StoreError> {
                let names = [$(stringify!($key)),+].map(|name| format!("\"{name}\"")).join(", ");
                let mut after = after.iter();
                let mut is_first = true;
                // By the whole key at once, so that both databases walk their index.
                let behind = sql::<Bool>(&format!("({names}) > ("))
                    $(.sql(if std::mem::take(&mut is_first) { "" } else { ", " })
                    .bind::<SqlTypeOf<table::$key>, $key_type>(key_part(&mut after)?))+
                    .sql(")");
                let rows: Vec<($($type),+)> = table::table
                    .filter(table::organization_id.eq(organization))
                    .filter(behind)
                    .select(($(table::$column),+))
                    .order(($(table::$key),+,))
                    .limit($page)
                    .load(connection)?;
                let count = rows.len();
                let mut last = Vec::new();
                for (at, ($($column),+)) in rows.iter().enumerate() {
                    let line = Line::new("table", stringify!($table))$(.with(stringify!($column), $column))+;
                    lines.push_str(&line.finish());
                    if at + 1 == count {
                        last = [$($key.spell()),+].into_iter().flatten().collect();
                    }
                }
                Ok((count as u64, last))
            }

            fn insert(connection: &mut DbConnection, organization: &str, rows: &[Row]) -> Result<(), Unfit> {
                let mut values = Vec::with_capacity(rows.len());
                for Row { line, fields } in rows {
                    let mut fields = fields.iter().map(Option::as_deref);
                    values.push((
                        table::organization_id.eq(organization),
                        $(table::$column.eq(
                            <$type as Field>::read(fields.next().flatten())
                                .ok_or(Unfit::Field(*line, stringify!($column)))?,
                        )),+
                    ));
                }
                let insertion = diesel::insert_into(table::table).values(&values);
                on_either!(connection, either => insertion.execute(either)).map(drop).map_err(Unfit::Database)
            }

            Table {
                name: stringify!($table),
                columns: &[$(stringify!($column)),+],
                page: $page,
                start: &[$(<$key_type as KeyField>::LEAST),+],
                read,
                insert,
            }
        }),+];
    };
}

tables! {
    subjects WIDE (id: String) {
        id: String, kind: String, external_source: Option<String>, external_id: Option<String>, created_at: i64,
        created_by: String, salt: Option<String>,
    }
    names NARROW (kind: String, source: String, name: String) {
        kind: String, source: String, name: String, id: String,
    }
    versions NARROW (id: String, revision: i64) {
        id: String, revision: i64, kind: String, version: i64, revision_to: i64, valid_from: i64, deleted: bool,
        recorded_at: i64, recorded_by: String,
    }
    changes WIDE (revision: i64, position: i32) {
        revision: i64, position: i32, recorded_at: i64, actor: String, action: String, subject_kind: String,
        subject_id: String, record: String, previous_hash: String, hash: String,
    }
    organizations WIDE (id: String, revision: i64) {
        id: String, revision: i64, name: String, slug: String, zone: String, next_zone: Option<String>,
        next_zone_from: Option<i64>, fiscal_year_starts: i32, on_track: f64, at_risk: f64, check_in_days: i32,
        digest_on: Option<String>, mail_hour: Option<i32>, nudges_a_week: Option<i32>,
    }
    rule_settings WIDE (id: String, revision: i64) {
        id: String, revision: i64, rule: String, level: Option<String>, numbers: String,
    }
    waivers WIDE (id: String, revision: i64) {
        id: String, revision: i64, finding: String, rule: String, subject_id: String, reason: String, ends_on: String,
    }
    missions WIDE (id: String, revision: i64) {
        id: String, revision: i64, statement: String, vision: Option<String>, principles: String, effective_from: i64,
        effective_to: Option<i64>,
    }
    themes WIDE (id: String, revision: i64) {
        id: String, revision: i64, title: String, success: Option<String>,
    }
    periods WIDE (id: String, revision: i64) {
        id: String, revision: i64, name: String, start_on: String, end_on: String, parent_id: Option<String>,
        state: String,
    }
    teams WIDE (id: String, revision: i64) {
        id: String, revision: i64, name: String, purpose: Option<String>, parent_id: Option<String>,
    }
    people WIDE (id: String, revision: i64) {
        id: String, revision: i64, name: String, email: Option<String>, manager_id: Option<String>,
        zone: Option<String>, active: bool, joined_on: Option<String>, left_on: Option<String>, erased: bool,
    }
    skills WIDE (id: String, revision: i64) {
        id: String, revision: i64, name: String, description: Option<String>,
    }
    memberships WIDE (id: String, revision: i64) {
        id: String, revision: i64, team_id: String, person_id: String, part: String, starts_at: i64,
        ends_at: Option<i64>,
    }
    person_skills WIDE (id: String, revision: i64) {
        id: String, revision: i64, person_id: String, skill_id: String, level: String, verified_by: Option<String>,
        starts_at: i64, ends_at: Option<i64>,
    }
    outcomes WIDE (id: String, revision: i64) {
        id: String, revision: i64, title: String, statement: Option<String>, impact: Option<String>, category: String,
        mission_id: Option<String>, theme_id: Option<String>, team_id: Option<String>, owner_id: Option<String>,
        period_id: Option<String>, start_on: Option<String>, due_on: Option<String>, commitment: String, weight: f64,
        state: String, active_from: Option<i64>, ended_at: Option<i64>, skills: String, tags: String,
        check_in_days: Option<i32>, check_in_grace_days: Option<i32>,
    }
    results WIDE (id: String, revision: i64) {
        id: String, revision: i64, outcome_id: String, result: String, score: f64, final_progress: Option<f64>,
        final_coverage: Option<f64>, retrospective: Option<String>, reason: Option<String>,
    }
    measures WIDE (id: String, revision: i64) {
        id: String, revision: i64, outcome_id: String, key: String, name: String, kind: String, baseline: Option<f64>,
        target: Option<f64>, basis: String, amount: Option<f64>, low: Option<f64>, high: Option<f64>, bound: String,
        unit: Option<String>, decimals: i16, aggregation: String, weight: f64, indicator: String, guardrail: bool,
        state: String, cadence: String, lag_days: i32, grace_days: Option<i32>, plan: String, milestones: String,
    }
    target_revisions WIDE (id: String, revision: i64) {
        id: String, revision: i64, measure_id: String, target_before: String, target_after: String, reason: String,
    }
    roles WIDE (id: String, revision: i64) {
        id: String, revision: i64, title: String, purpose: Option<String>, team_id: Option<String>,
        reports_to_id: Option<String>, is_key: bool, accountabilities: String, domains: String, skills: String,
        seats_min: i32, seats_max: i32,
    }
    assignments WIDE (id: String, revision: i64) {
        id: String, revision: i64, role_id: String, person_id: String, kind: String, focus: Option<String>,
        starts_at: i64, ends_at: Option<i64>, term_ends: Option<String>, load_percent: Option<f64>,
        readiness: Option<String>,
    }
    responsibilities WIDE (id: String, revision: i64) {
        id: String, revision: i64, outcome_id: Option<String>, measure_id: Option<String>, part: String,
        role_id: Option<String>, person_id: Option<String>, starts_at: i64, ends_at: Option<i64>,
        reason: Option<String>,
    }
    alignments WIDE (id: String, revision: i64) {
        id: String, revision: i64, child_id: String, outcome_id: Option<String>, measure_id: Option<String>,
        kind: String, weight: f64, confirmed_by: Option<String>,
    }
    check_ins WIDE (id: String, revision: i64) {
        id: String, revision: i64, outcome_id: String, from_on: String, to_on: String,
        reported_status: Option<String>, confidence: Option<f64>, changed: Option<String>, blockers: Option<String>,
        next_steps: Option<String>, author_id: Option<String>, reviewer_id: Option<String>, published_at: Option<i64>,
        acknowledged_at: Option<i64>, taken_at: i64, progress: Option<f64>, coverage: Option<f64>,
        expected: Option<f64>, pace: Option<String>, probability: Option<f64>, previous_progress: Option<f64>,
        measures: String,
    }
    comments WIDE (id: String, revision: i64) {
        id: String, revision: i64, outcome_id: Option<String>, check_in_id: Option<String>, author_id: Option<String>,
        body: String, erased: bool,
    }
    briefings WIDE (id: String, revision: i64) {
        id: String, revision: i64, mission_id: Option<String>, outcome_id: Option<String>, role_id: Option<String>,
        title: String, body: String, audience: String, due_on: Option<String>, question: Option<String>,
        author_id: Option<String>, published_at: Option<i64>, reader_count: i32, readers: String,
    }
    briefing_readers NARROW (person_id: String, briefing_id: String) {
        person_id: String, briefing_id: String,
    }
    acknowledgements WIDE (id: String, revision: i64) {
        id: String, revision: i64, briefing_id: String, person_id: String, seen_at: i64, acknowledged_at: Option<i64>,
        correct: Option<bool>,
    }
    webhooks WIDE (id: String, revision: i64) {
        id: String, revision: i64, url: String, description: Option<String>, actions: String, team_id: Option<String>,
        subject_id: Option<String>, state: String, fault: Option<String>, rotated_at: Option<i64>,
    }
    api_keys WIDE (id: String, revision: i64) {
        id: String, revision: i64, name: String, scopes: String, person_id: Option<String>, measures: String,
        teams: String, hash: String, expires_at: Option<i64>,
    }
    series NARROW (number: i64) {
        number: i64, measure_id: String, segment: String,
    }
    observations NARROW (series: i64, observed_at: i64, revision: i64) {
        series: i64, observed_at: i64, revision: i64, revision_to: i64, observed_on: Option<String>, value: f64,
        note: Option<String>, source: Option<String>, reason: Option<String>,
    }
    sightings NARROW (finding: String, first_at: i64) {
        finding: String, first_at: i64, last_at: Option<i64>, rule: String, subject_id: String,
    }
    notices NARROW (person_id: String, day: String, kind: String, subject: String) {
        person_id: String, day: String, kind: String, subject: String, noted_at: i64,
    }
}

/// The tables of the database that no export holds, each with its reason.
pub const LEFT_OUT: &[(&str, &str)] = &[
    ("credentials", "by what an API key is recognized: a key opens one installation"),
    ("directory", "its slug stands in the first line"),
    ("heads", "it stands in the first line"),
    ("idempotency_keys", "answers kept a day for those who ask again where they asked"),
    ("issuers", "whose tokens are trusted is decided anew by each installation"),
    ("jobs", "background work is planned anew"),
    ("schema_migrations", "the last one stands in the first line"),
    ("server", "the name of the database's own life"),
    ("webhook_deliveries", "what each webhook was told from there"),
    ("webhook_endpoints", "the secrets of webhooks, sealed with the key of that installation"),
];
