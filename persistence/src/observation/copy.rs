//! COPY: how PostgreSQL takes in many rows, as a stream that is nowhere held whole.

use std::io::{self, BufWriter, Write};

use diesel::PgConnection;
use diesel::pg::CopyFormat;
use diesel::prelude::ExecuteCopyFromDsl;

use super::ObservationRow;
use crate::error::StoreError;
use crate::schema::observations;

/// Bytes that are sent at a time.
const BUFFER: usize = 64 * 1024;

/// Writes rows in the text format of COPY.
pub(super) fn copy<'a, I>(connection: &mut PgConnection, rows: impl Fn() -> I) -> Result<(), StoreError>
where
    I: Iterator<Item = ObservationRow<'a>>,
{
    let send = |sink: &mut dyn Write| -> diesel::QueryResult<()> {
        let mut sink = BufWriter::with_capacity(BUFFER, sink);
        rows().try_for_each(|row| line(&mut sink, &row)).and_then(|()| sink.flush()).map_err(lost)
    };
    diesel::copy_from(observations::table)
        .from_raw_data(observations::all_columns, send)
        .with_format(CopyFormat::Text)
        .execute(connection)?;
    Ok(())
}

fn lost(error: io::Error) -> diesel::result::Error {
    diesel::result::Error::SerializationError(Box::new(error))
}

fn line(sink: &mut impl Write, row: &ObservationRow<'_>) -> io::Result<()> {
    let ObservationRow { series, observed_at, revision, revision_to, value, .. } = row;
    text(sink, Some(row.organization_id))?;
    write!(sink, "\t{series}\t{observed_at}\t{revision}\t{revision_to}\t")?;
    text(sink, row.observed_on)?;
    // The shortest spelling that reads back as the same number.
    sink.write_all(b"\t")?;
    sink.write_all(ryu::Buffer::new().format_finite(*value).as_bytes())?;
    for remark in [row.note, row.source, row.reason] {
        sink.write_all(b"\t")?;
        text(sink, remark)?;
    }
    sink.write_all(b"\n")
}

fn text(sink: &mut impl Write, text: Option<&str>) -> io::Result<()> {
    let Some(text) = text else { return sink.write_all(b"\\N") };
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'\\' | b'\t' | b'\n' | b'\r')) {
        sink.write_all(&rest[..at])?;
        sink.write_all(match rest[at] {
            b'\t' => b"\\t",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            _ => b"\\\\",
        })?;
        rest = &rest[at + 1..];
    }
    sink.write_all(rest)
}
