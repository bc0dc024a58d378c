//! Statements that every write takes: written out, and prepared once. Diesel would put each together anew, and have some
//! of them parsed anew, which is as much work as to carry them out.

use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Double, Integer, Nullable, Text};
use diesel::{QueryResult, RunQueryDsl};

use crate::connection::{DbConnection, on_either};

/// A statement that stays prepared, known again by its type.
pub(crate) trait Prepared: Sized + 'static {
    /// What it says; each `?` stands for the next value.
    const TEXT: &'static str;

    /// Carries it out; how many rows it touched.
    fn execute<const N: usize>(connection: &mut DbConnection, values: [Given<'_>; N]) -> QueryResult<usize> {
        let statement = Statement { values, of: PhantomData::<Self> };
        on_either!(connection, either => RunQueryDsl::execute(statement, either))
    }
}

/// A value of a statement.
#[derive(Clone, Copy)]
pub(crate) enum Given<'a> {
    Long(i64),
    Int(i32),
    Double(f64),
    Text(&'a str),
    Maybe(Option<&'a str>),
}

struct Statement<'a, S, const N: usize> {
    values: [Given<'a>; N],
    of: PhantomData<S>,
}

impl<S: Prepared, const N: usize> QueryId for Statement<'_, S, N> {
    type QueryId = S;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<S: Prepared, const N: usize, DB: Backend> QueryFragment<DB> for Statement<'_, S, N>
where
    i64: ToSql<BigInt, DB>,
    i32: ToSql<Integer, DB>,
    f64: ToSql<Double, DB>,
    str: ToSql<Text, DB>,
    for<'x> Option<&'x str>: ToSql<Nullable<Text>, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let mut parts = S::TEXT.split('?');
        out.push_sql(parts.next().unwrap_or_default());
        for (value, part) in self.values.iter().zip(parts) {
            match value {
                Given::Long(value) => out.push_bind_param::<BigInt, _>(value)?,
                Given::Int(value) => out.push_bind_param::<Integer, _>(value)?,
                Given::Double(value) => out.push_bind_param::<Double, _>(value)?,
                Given::Text(value) => out.push_bind_param::<Text, _>(*value)?,
                Given::Maybe(value) => out.push_bind_param::<Nullable<Text>, _>(value)?,
            }
            out.push_sql(part);
        }
        Ok(())
    }
}

impl<S: Prepared, const N: usize, Conn> RunQueryDsl<Conn> for Statement<'_, S, N> {}
