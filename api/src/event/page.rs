//! Pages: entries of the log as the bytes that are sent, made once for all who read them.

use std::ops::Range;

use actix_web::web::Bytes;
use remit_persistence::Change;

use super::feed::{Place, id};
use crate::change::ChangeView;

/// Bytes of a page; one entry may have more.
const PAGE_BYTES: usize = 256 * 1024;
/// Bytes that are sent in one piece; one event may have more.
const PIECE_BYTES: usize = 8 * 1024;

/// Which events a reader wants: those that have one of each that is said.
#[derive(Debug, Default)]
pub struct Filter {
    /// The ids of what they speak of; all where none is said.
    pub subjects: Box<[String]>,
    /// Its kinds; all where none is said.
    pub kinds: Box<[String]>,
    /// What was done; all where nothing is said.
    pub actions: Box<[String]>,
}

impl Filter {
    fn takes(&self, frame: &Frame) -> bool {
        let fits = |wanted: &[String], is: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == is);
        fits(&self.subjects, &frame.subject) && fits(&self.kinds, &frame.kind) && fits(&self.actions, &frame.action)
    }
}

/// Some entries of the log, one after the other.
pub struct Page {
    bytes: Bytes,
    frames: Vec<Frame>,
    end: Place,
}

/// A page that is being written.
pub struct Draft<'a> {
    incarnation: &'a str,
    bytes: Vec<u8>,
    frames: Vec<Frame>,
    end: Place,
}

impl<'a> Draft<'a> {
    /// A page that begins after a place.
    pub fn after(incarnation: &'a str, place: Place) -> Self {
        Self { incarnation, bytes: Vec::new(), frames: Vec::new(), end: place }
    }

    /// Adds an entry, unless the page is full.
    pub fn add(&mut self, entry: Change) {
        if !self.is_full() {
            self.end = entry.place();
            self.frames.extend(write(&mut self.bytes, self.incarnation, entry));
        }
    }

    /// Whether it has no room for more.
    pub fn is_full(&self) -> bool {
        self.bytes.len() >= PAGE_BYTES
    }

    /// The place up to which it tells all.
    pub fn end(&self) -> Place {
        self.end
    }

    /// The page, which tells all up to a place at least.
    pub fn finish(self, read_to: Place) -> Page {
        let Self { incarnation: _, bytes, frames, end } = self;
        Page { bytes: bytes.into(), frames, end: end.max(read_to) }
    }
}

/// Where an event stands in the bytes, and what it is about.
struct Frame {
    bytes: Range<usize>,
    place: Place,
    action: Box<str>,
    kind: Box<str>,
    subject: Box<str>,
}

impl Page {
    /// The place up to which it tells all.
    pub fn end(&self) -> Place {
        self.end
    }

    /// How many bytes it holds.
    pub fn weight(&self) -> u64 {
        (self.bytes.len() + self.frames.len() * 160 + 200) as u64
    }

    /// The next piece for a reader, from a frame on: its bytes, how many events they are, the place of the last, and
    /// the frame to go on from.
    pub fn piece(&self, from: usize, filter: &Filter) -> Option<Piece> {
        let mut frames = self.frames.iter().enumerate().skip(from).skip_while(|(_, frame)| !filter.takes(frame));
        let (first, frame) = frames.next()?;
        let mut piece = Piece { bytes: Bytes::new(), events: 1, place: frame.place, next: first + 1 };
        let mut range = frame.bytes.clone();
        for (at, frame) in frames {
            if !filter.takes(frame) || frame.bytes.end - range.start > PIECE_BYTES {
                break;
            }
            range.end = frame.bytes.end;
            piece = Piece { events: piece.events + 1, place: frame.place, next: at + 1, ..piece };
        }
        piece.bytes = self.bytes.slice(range);
        Some(piece)
    }
}

/// What is sent at a time.
pub struct Piece {
    /// The bytes.
    pub bytes: Bytes,
    /// How many events they are.
    pub events: u64,
    /// The place of the last.
    pub place: Place,
    /// The frame to go on from.
    pub next: usize,
}

/// Writes an entry as an event; nothing where it is no JSON, as after tampering.
fn write(bytes: &mut Vec<u8>, incarnation: &str, entry: Change) -> Option<Frame> {
    let place = entry.place();
    let (action, kind, subject) =
        (entry.action.clone().into(), entry.subject_kind.clone().into(), entry.subject_id.clone().into());
    let data = serde_json::to_string(&ChangeView::of(entry)?).ok()?;
    let start = bytes.len();
    bytes.extend_from_slice(format!("id: {}\nevent: {action}\n", id(incarnation, place)).as_bytes());
    // What was written here has no line breaks; what someone else has put into the table may.
    for line in data.split(['\r', '\n']) {
        bytes.extend_from_slice(b"data: ");
        bytes.extend_from_slice(line.as_bytes());
        bytes.push(b'\n');
    }
    bytes.push(b'\n');
    Some(Frame { bytes: start..bytes.len(), place, action, kind, subject })
}

#[cfg(test)]
mod tests {
    use remit_domain::time::Instant;

    use super::*;

    fn entry(revision: i64, action: &str, record: &str) -> Change {
        Change {
            revision,
            position: 0,
            recorded_at: Instant::from_micros(0),
            actor: "a tester".into(),
            action: action.into(),
            subject_kind: action.split('.').next().unwrap_or_default().into(),
            subject_id: format!("id_{revision}"),
            record: record.into(),
            previous_hash: "0".repeat(64),
            hash: "1".repeat(64),
        }
    }

    fn page(entries: impl IntoIterator<Item = Change>, read_to: Place) -> Page {
        let mut draft = Draft::after("abc", (0, 0));
        entries.into_iter().for_each(|entry| draft.add(entry));
        draft.finish(read_to)
    }

    fn read(page: &Page, filter: &Filter) -> (String, u64, usize) {
        let (mut text, mut events, mut pieces, mut next) = (String::new(), 0, 0, 0);
        while let Some(piece) = page.piece(next, filter) {
            text.push_str(std::str::from_utf8(&piece.bytes).expect("text"));
            (events, pieces, next) = (events + piece.events, pieces + 1, piece.next);
        }
        (text, events, pieces)
    }

    #[test]
    fn a_reader_gets_what_it_wants_in_few_pieces_and_nothing_else() {
        let entries = (1..=100).map(|revision| {
            let action = if revision % 10 == 0 { "outcome.activated" } else { "theme.created" };
            entry(revision, action, "{\"a\":1}")
        });
        let page = page(entries, (100, i32::MAX));
        assert_eq!(page.end(), (100, i32::MAX));
        let (text, events, pieces) = read(&page, &Filter::default());
        assert_eq!((events, text.matches("\n\n").count()), (100, 100));
        assert!(pieces < 10, "{pieces}");
        let some = Filter { actions: Box::new(["outcome.activated".into()]), ..Filter::default() };
        let (text, events, _) = read(&page, &some);
        assert_eq!(events, 10);
        assert!(text.starts_with("id: abc.10.0\nevent: outcome.activated\ndata: {\"revision\":10,"), "{text}");
        assert!(!text.contains("theme"));
        let none = Filter { kinds: Box::new(["theme".into()]), ..some };
        assert_eq!(read(&page, &none).1, 0);
        let one = Filter { subjects: Box::new(["id_7".into(), "id_9".into()]), ..Filter::default() };
        assert_eq!(read(&page, &one).1, 2);
    }

    #[test]
    fn a_page_that_is_full_ends_at_its_last_entry_and_has_one_at_least() {
        let large = format!("{{\"a\":\"{}\"}}", "x".repeat(PAGE_BYTES));
        let full = page([entry(1, "theme.created", &large), entry(2, "theme.created", "{}")], (0, 0));
        assert_eq!((full.end(), full.frames.len()), ((1, 0), 1));
        let read = page([entry(1, "theme.created", "{}")], (9, i32::MAX));
        assert_eq!((read.end(), read.frames.len()), ((9, i32::MAX), 1));
    }

    #[test]
    fn a_line_break_in_a_record_does_not_break_the_event() {
        let cut = page([entry(1, "theme.created", "{\"a\":\r\n1}")], (1, i32::MAX));
        let (text, _, _) = read(&cut, &Filter::default());
        let data: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
        assert_eq!(data.len(), 3, "{text}");
        assert!(data.concat().contains("\"record\":{\"a\":1}"), "{text}");
        let broken = page([entry(1, "theme.created", "no json")], (1, i32::MAX));
        assert!(read(&broken, &Filter::default()).0.is_empty());
    }
}
