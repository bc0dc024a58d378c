//! One spelling for every enumerated word: in the domain, in the database and on the wire.

/// An enumeration whose every value has exactly one spelling, in snake_case.
pub trait Spelled: Copy + Eq + Sized + 'static {
    /// The name under which the enumeration appears in the contract.
    const NAME: &'static str;
    /// Every value, in the order in which it is documented.
    const ALL: &'static [Self];
    /// The spelling of this value.
    fn as_str(self) -> &'static str;
    /// The value with this spelling, if there is one.
    fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.as_str() == text)
    }
}

/// Gives an enumeration its spellings.
macro_rules! spelled {
    ($name:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        impl $crate::spelling::Spelled for $name {
            const NAME: &'static str = stringify!($name);
            const ALL: &'static [Self] = &[$(Self::$variant),+];
            fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str($crate::spelling::Spelled::as_str(*self))
            }
        }
    };
}
pub(crate) use spelled;
