//! Spools: a body is received whole before anything is done with it; a large one waits in a file, not in memory.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::time::{Duration, Instant};

use actix_web::web::Payload;
use flate2::write::GzDecoder;
use remit_persistence::hex;
use sha2::{Digest, Sha256};

use super::Form;
use crate::extract::next_chunk;
use crate::problem::{Kind, Problem};

/// The most bytes of a bulk body, counted after decompression.
pub const BULK_MAX: u64 = 256 * 1024 * 1024;
/// The most bytes of a JSON array.
pub const ARRAY_MAX: u64 = 10 * 1024 * 1024;
/// Bytes that wait in memory; what is larger goes to a file.
const MEMORY_MAX: usize = 256 * 1024;
/// Bytes of a body that is read at once.
const SMALL_MAX: usize = 16 * 1024;
/// How long a body may take in all.
const PATIENCE: Duration = Duration::from_secs(600);

/// A received body.
pub struct Spool {
    kept: Kept,
    digest: String,
}

enum Kept {
    Memory(io::Cursor<Vec<u8>>),
    File(std::fs::File),
}

/// Takes the decompressed bytes: counts them, hashes them, keeps them.
struct Sink {
    memory: Vec<u8>,
    file: Option<std::fs::File>,
    digest: Sha256,
    size: u64,
    max: u64,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.size += bytes.len() as u64;
        if self.size > self.max {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        self.digest.update(bytes);
        match &mut self.file {
            Some(file) => file.write_all(bytes)?,
            None if self.memory.len() + bytes.len() > MEMORY_MAX => {
                // Unlinked from the start: whatever happens, nothing stays behind.
                let mut file = tempfile::tempfile()?;
                file.write_all(&self.memory)?;
                file.write_all(bytes)?;
                self.memory = Vec::new();
                self.file = Some(file);
            }
            None => self.memory.extend_from_slice(bytes),
        }
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

enum Intake {
    Plain(Sink),
    Gzip(Box<GzDecoder<Sink>>),
}

impl Spool {
    /// Receives a body, decompressed.
    ///
    /// # Errors
    /// 413 when it is too large, 408 when it comes too slowly, 415 for an encoding that is not known, 400 when it
    /// stops half way.
    pub async fn receive(payload: Payload, encoding: Option<&str>, form: Form) -> Result<Self, Problem> {
        let max = if form == Form::Json { ARRAY_MAX } else { BULK_MAX };
        let sink = Sink { memory: Vec::new(), file: None, digest: Sha256::new(), size: 0, max };
        let mut intake = match encoding.map(str::trim) {
            None | Some("" | "identity") => Intake::Plain(sink),
            Some(gzip) if gzip.eq_ignore_ascii_case("gzip") => Intake::Gzip(Box::new(GzDecoder::new(sink))),
            Some(_) => {
                return Err(Problem::new(Kind::UnsupportedMediaType, "Content-Encoding may be gzip or left out."));
            }
        };
        let mut payload = payload.into_inner();
        let began = Instant::now();
        while let Some(chunk) = next_chunk(&mut payload).await? {
            if began.elapsed() > PATIENCE {
                return Err(Problem::new(Kind::Timeout, "The body took more than ten minutes."));
            }
            let written = match &mut intake {
                Intake::Plain(sink) => sink.write_all(&chunk),
                Intake::Gzip(decoder) => decoder.write_all(&chunk),
            };
            written.map_err(|error| refused(&error, form))?;
        }
        let sink = match intake {
            Intake::Plain(sink) => sink,
            Intake::Gzip(decoder) => decoder.finish().map_err(|error| refused(&error, form))?,
        };
        let digest = hex(&sink.digest.finalize());
        let kept = match sink.file {
            None => Kept::Memory(io::Cursor::new(sink.memory)),
            Some(mut file) => {
                file.seek(SeekFrom::Start(0)).map_err(|error| refused(&error, form))?;
                Kept::File(file)
            }
        };
        Ok(Self { kept, digest })
    }

    /// Whether it holds a few rows only.
    pub fn is_small(&self) -> bool {
        match &self.kept {
            Kept::Memory(bytes) => bytes.get_ref().len() <= SMALL_MAX,
            Kept::File(_) => false,
        }
    }

    /// SHA-256 of the body, lower-case hex.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

impl Read for Spool {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.kept {
            Kept::Memory(bytes) => bytes.read(buffer),
            Kept::File(file) => file.read(buffer),
        }
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "another crate's enumeration, of which a few cases matter here")]
fn refused(error: &io::Error, form: Form) -> Problem {
    match error.kind() {
        io::ErrorKind::FileTooLarge => Problem::new(
            Kind::TooLarge,
            match form {
                Form::Json => "A JSON body may have 10 MB; send NDJSON or CSV for more.",
                Form::Ndjson | Form::Csv => "A bulk body may have 256 MB, counted after decompression.",
            },
        ),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
            Problem::new(Kind::Malformed, "The body is not valid gzip.")
        }
        _ => {
            tracing::error!(%error, "a body could not be spooled");
            Problem::new(Kind::Busy, "There is no room for this body just now.").retry_after(10)
        }
    }
}
