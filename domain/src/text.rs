//! Text that is present, trimmed, bounded, and storable everywhere. It never changes, so that its copies share it: each
//! change of a large organization copies all that it says.

use std::fmt;
use std::sync::Arc;

/// Why a text was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextError {
    /// Nothing is left after trimming.
    Empty,
    /// More characters than the field takes.
    TooLong {
        /// The most characters that the field takes.
        max: usize,
    },
    /// A control character other than a line break or a tab.
    ControlCharacter,
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("must not be empty"),
            Self::TooLong { max } => write!(f, "must have at most {max} characters"),
            Self::ControlCharacter => f.write_str("must not contain control characters"),
        }
    }
}

/// A text of 1 to `MAX` characters, trimmed, without control characters save line breaks and tabs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MAX: usize>(Arc<str>);

/// A name, a title, a label.
pub type Title = Text<200>;
/// A sentence or a few.
pub type Statement = Text<2_000>;
/// A text of a page or more.
pub type Prose = Text<10_000>;

impl<const MAX: usize> Text<MAX> {
    /// Trims and checks a text.
    ///
    /// # Errors
    /// [`TextError`] says which bound is broken.
    pub fn new(text: &str) -> Result<Self, TextError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        if text.chars().count() > MAX {
            return Err(TextError::TooLong { max: MAX });
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err(TextError::ControlCharacter);
        }
        Ok(Self(text.into()))
    }
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Folds case and accents away, so that a search finds `Élan` under `elan`.
///
/// Latin letters with a diacritic become their base letter; other scripts are lower-cased.
pub fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).map(base_letter).collect()
}

fn base_letter(c: char) -> char {
    match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'č' | 'ċ' => 'c',
        'ď' | 'đ' => 'd',
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ě' => 'e',
        'ğ' | 'ģ' => 'g',
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'į' | 'ı' => 'i',
        'ł' | 'ľ' | 'ļ' => 'l',
        'ñ' | 'ń' | 'ň' | 'ņ' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' => 'o',
        'ř' => 'r',
        'ś' | 'š' | 'ş' | 'ș' => 's',
        'ť' | 'ţ' | 'ț' => 't',
        'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' | 'ų' => 'u',
        'ý' | 'ÿ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        other => other,
    }
}

/// The most characters of a measure's key.
pub const KEY_MAX: usize = 120;

/// A measure's key: `[a-z0-9][a-z0-9._-]{0,119}`, not beginning `msr_`, which is how ids begin.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Arc<str>);

impl Key {
    /// Reads a key; nothing is folded or trimmed.
    pub fn parse(text: &str) -> Option<Self> {
        let mut characters = text.bytes();
        let first = characters.next()?;
        let well_formed = (first.is_ascii_lowercase() || first.is_ascii_digit())
            && characters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || b"._-".contains(&c))
            && text.len() <= KEY_MAX
            && !text.starts_with("msr_");
        well_formed.then(|| Self(text.into()))
    }
    /// The key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An address for mail, lower-cased: one `@` with something on both sides, at most 254 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(Arc<str>);

impl Email {
    /// Reads and lower-cases an address.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        let (local, host) = text.split_once('@')?;
        let well_formed = !local.is_empty()
            && !host.is_empty()
            && !host.contains('@')
            && text.len() <= 254
            && !text.chars().any(|c| c.is_whitespace() || c.is_control());
        well_formed.then(|| Self(text.as_str().into()))
    }
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where a record comes from in another system: a source and that system's own id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct External {
    /// The other system: lower-case letters, digits, `.`, `_`, `-`.
    pub source: Source,
    /// Its id there.
    pub id: Text<200>,
}

/// The name of another system, spelled like a [`Key`] of at most 64 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source(Key);

impl Source {
    /// Reads a source's name.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() <= 64).then(|| Key::parse(text)).flatten().map(Self)
    }
    /// The name.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_trimmed_and_bounded() {
        assert_eq!(Text::<3>::new("  abc ").map(|t| t.to_string()), Ok("abc".into()));
        assert_eq!(Text::<3>::new("abcd"), Err(TextError::TooLong { max: 3 }));
        assert_eq!(Text::<3>::new(" \n "), Err(TextError::Empty));
        assert_eq!(Text::<9>::new("a\0b"), Err(TextError::ControlCharacter));
        assert!(Text::<9>::new("a\nb").is_ok());
    }

    #[test]
    fn a_key_is_spelled_one_way() {
        for good in ["a", "sdg.3.6.1", "0-x_y", &"k".repeat(120)] {
            assert!(Key::parse(good).is_some(), "{good}");
        }
        for bad in ["", "A", ".a", "a b", "msr_1", "é", &"k".repeat(121)] {
            assert!(Key::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn search_folds_case_and_accents() {
        assert_eq!(fold("Élan Ünïted"), "elan united");
    }
}
