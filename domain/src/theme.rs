//! Themes: the strategic priorities under which outcomes stand.

use crate::entity::{Check, NoRule};
use crate::id::{Id, Identified};
use crate::text::{Statement, Title};

/// A strategic priority of the mission.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    /// Its title.
    pub title: Title,
    /// What success looks like.
    pub success: Option<Statement>,
}
/// The identifier of a theme.
pub type ThemeId = Id<Theme>;
impl Identified for Theme {
    const PREFIX: &'static str = "thm";
    const NOUN: &'static str = "theme";
}
impl Check for Theme {
    type Error = NoRule;
    fn check(&self) -> Result<(), NoRule> {
        Ok(())
    }
}
