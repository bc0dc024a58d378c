//! A statement cut into pieces: words and phrases with what they can mean, numbers, and marks.

use super::lexicon::{Language, Lexicon, PHRASE_MAX, Sense};
use crate::text::fold;

/// What a piece is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A word, or several that are one phrase.
    Word,
    /// Digits, with what stands between and directly behind them.
    Number,
    /// A single character that is neither.
    Mark(char),
}

/// A piece of a statement.
#[derive(Clone, Debug)]
pub(super) struct Piece<'a> {
    /// Its first byte.
    pub(super) start: usize,
    /// The byte behind it.
    pub(super) end: usize,
    pub(super) shape: Shape,
    /// Case and accents folded away; of a number, its digits and what stands between them.
    pub(super) text: String,
    /// Of a number, the letters directly behind the digits, as they stand.
    pub(super) suffix: &'a str,
    /// Whether no space stands before it.
    pub(super) glued: bool,
    pub(super) senses: &'a [Sense],
}

/// A statement, cut into pieces.
pub(super) struct Sentence<'a> {
    pub(super) text: &'a str,
    pub(super) pieces: Vec<Piece<'a>>,
    pub(super) language: &'a Language,
}

impl<'a> Sentence<'a> {
    pub(super) fn read(text: &'a str, language: &'a Language) -> Self {
        let lexicon = &language.lexicon;
        let tokens = tokens(text, lexicon);
        let mut pieces = Vec::with_capacity(tokens.len());
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let (length, senses) = longest_phrase(&tokens[at..], lexicon);
            let last = tokens.get(at + length - 1).unwrap_or(token);
            let mut piece = token.clone();
            piece.end = last.end;
            if length > 1 {
                piece.text = fold(&text[piece.start..piece.end]);
            }
            piece.senses = senses;
            pieces.push(piece);
            at += length;
        }
        Self { text, pieces, language }
    }
    pub(super) fn has(&self, at: usize, sense: Sense) -> bool {
        self.pieces.get(at).is_some_and(|piece| piece.senses.contains(&sense))
    }
    /// The first of a piece's senses that a choice takes.
    pub(super) fn sense<T>(&self, at: usize, choose: impl Fn(Sense) -> Option<T>) -> Option<T> {
        self.pieces.get(at)?.senses.iter().find_map(|sense| choose(*sense))
    }
    pub(super) fn is_mark(&self, at: usize, marks: &[char]) -> bool {
        self.pieces.get(at).is_some_and(|piece| match piece.shape {
            Shape::Mark(mark) => marks.contains(&mark),
            Shape::Word | Shape::Number => false,
        })
    }
    pub(super) fn number(&self, at: usize) -> Option<&Piece<'a>> {
        self.pieces.get(at).filter(|piece| piece.shape == Shape::Number)
    }
    /// The text from one piece to the one before another.
    pub(super) fn quote(&self, from: usize, to: usize) -> &'a str {
        match (self.pieces.get(from), to.checked_sub(1).and_then(|last| self.pieces.get(last))) {
            (Some(first), Some(last)) if first.start <= last.end => &self.text[first.start..last.end],
            (Some(_) | None, Some(_) | None) => "",
        }
    }
}

/// How many tokens form the longest phrase that the language knows, and what it can mean; one token means nothing yet.
fn longest_phrase<'a>(tokens: &[Piece<'_>], lexicon: &'a Lexicon) -> (usize, &'a [Sense]) {
    let mut best: (usize, &[Sense]) = (1, &[]);
    let mut phrase = String::new();
    for (count, token) in tokens.iter().take(PHRASE_MAX).enumerate() {
        if token.shape == Shape::Number || token.text.len() > 40 {
            break;
        }
        if count > 0 {
            if token.shape != Shape::Word {
                break;
            }
            phrase.push(' ');
        }
        phrase.push_str(&token.text);
        if let Some(senses) = lexicon.senses(&phrase) {
            best = (count + 1, senses);
        }
        if token.shape != Shape::Word {
            break;
        }
    }
    best
}

fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}' | '\u{2011}')
}
fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}')
}

/// Words, numbers and marks. A hyphen or an apostrophe inside a word belongs to it.
fn tokens<'a>(text: &'a str, lexicon: &Lexicon) -> Vec<Piece<'a>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut glued = false;
    while let Some(first) = rest.chars().next() {
        let start = text.len() - rest.len();
        if first.is_whitespace() && first != '\n' {
            rest = &rest[first.len_utf8()..];
            glued = false;
            continue;
        }
        let (shape, length, digits) = if first.is_ascii_digit() {
            let digits = digits_length(rest);
            let suffix = rest[digits..].chars().take_while(|c| c.is_alphanumeric()).map(char::len_utf8).sum::<usize>();
            (Shape::Number, digits + suffix, digits)
        } else if first.is_alphanumeric() {
            let length = word_length(rest, lexicon);
            (Shape::Word, length, length)
        } else {
            (Shape::Mark(first), first.len_utf8(), first.len_utf8())
        };
        let own = match shape {
            Shape::Word => fold(&rest[..length]).replace(is_hyphen, "-").replace(is_apostrophe, "'"),
            Shape::Number | Shape::Mark(_) => rest[..digits].to_owned(),
        };
        tokens.push(Piece {
            start,
            end: start + length,
            shape,
            text: own,
            suffix: &rest[digits..length],
            glued,
            senses: &[],
        });
        rest = &rest[length..];
        glued = true;
    }
    tokens
}

/// Letters, joined by hyphens and apostrophes; a joined number word such as `one-third` ends at the hyphen.
fn word_length(text: &str, lexicon: &Lexicon) -> usize {
    let mut length = 0;
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        // R&D is a word too.
        let joins = (is_hyphen(c) || is_apostrophe(c) || c == '&') && next.is_some_and(char::is_alphanumeric);
        if !(c.is_alphanumeric() || joins) {
            break;
        }
        if joins && is_hyphen(c) && is_number_word(&text[..at], lexicon) {
            // Looked at only as far as the next joint: what is cut here is never read again as a whole.
            let behind: usize =
                text[at + c.len_utf8()..].chars().take_while(|c| c.is_alphanumeric()).map(char::len_utf8).sum();
            let whole = at + c.len_utf8() + behind;
            let known = lexicon.senses(&fold(&text[..whole]).replace(is_hyphen, "-")).is_some();
            return if known { whole } else { at };
        }
        length = at + c.len_utf8();
    }
    length
}

fn is_number_word(word: &str, lexicon: &Lexicon) -> bool {
    let is_cardinal = |sense: &Sense| sense.cardinal().is_some();
    word.len() <= 10 && lexicon.senses(&fold(word)).is_some_and(|senses| senses.iter().any(is_cardinal))
}

/// Digits with commas, points, slashes and, in a date, hyphens between them.
fn digits_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let is_date = bytes.len() >= 10
        && (0..10).all(|at| if at == 4 || at == 7 { bytes.get(at) == Some(&b'-') } else { is_digit(at) })
        && !is_digit(10);
    if is_date {
        return 10;
    }
    let mut length = 0;
    while is_digit(length) || (matches!(bytes.get(length), Some(b',' | b'.' | b'/')) && is_digit(length + 1)) {
        length += 1;
    }
    length
}
