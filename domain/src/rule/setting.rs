//! What an organization says of the rules: how grave each is to it, and with which numbers it judges.

use super::{Number, Rule, Severity, rules};
use crate::entity::{Check, NoRule};
use crate::id::{Id, Identified};
use crate::number;
use crate::spelling::spelled;
use crate::text::Key;

/// The identifier of a rule's setting.
pub type RuleSettingId = Id<RuleSetting>;

/// How grave a rule is to an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RuleLevel {
    /// It must not be so.
    Error,
    /// It should not be so.
    Warning,
    /// It is worth knowing.
    Information,
    /// It is not looked for.
    Off,
}
spelled!(RuleLevel { Error = "error", Warning = "warning", Information = "information", Off = "off" });

impl From<Severity> for RuleLevel {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Error,
            Severity::Warning => Self::Warning,
            Severity::Information => Self::Information,
        }
    }
}

impl RuleLevel {
    /// How grave what it finds is; `None` where it is not looked for.
    pub const fn severity(self) -> Option<Severity> {
        match self {
            Self::Error => Some(Severity::Error),
            Self::Warning => Some(Severity::Warning),
            Self::Information => Some(Severity::Information),
            Self::Off => None,
        }
    }
}

/// What an organization says of a rule. What it does not say is as the rule has it.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleSetting {
    /// The rule.
    pub rule: Key,
    /// How grave it is.
    pub level: Option<RuleLevel>,
    /// With which numbers it judges, by name.
    pub numbers: Vec<(Key, number::Number)>,
}

/// Why a setting was refused.
#[derive(Clone, Debug, PartialEq)]
pub enum RuleSettingError {
    /// The rule has no number of this name.
    UnknownNumber(String),
    /// The number is out of the bounds that the rule gives it, or not whole.
    OutOfRange(&'static Number),
}

impl RuleSetting {
    /// Whether the rule takes these numbers. What is kept is not asked again: bounds may have changed since.
    ///
    /// # Errors
    /// The first number that is unknown or out of its bounds.
    pub fn check_numbers(&self, rule: &'static Rule) -> Result<(), RuleSettingError> {
        for (name, value) in &self.numbers {
            let known = rule.numbers.iter().find(|number| number.name == name.as_str());
            let known = known.ok_or_else(|| RuleSettingError::UnknownNumber(name.to_string()))?;
            if !known.takes(value.get()) {
                return Err(RuleSettingError::OutOfRange(known));
            }
        }
        Ok(())
    }
}

impl Check for RuleSetting {
    type Error = NoRule;
    fn check(&self) -> Result<(), NoRule> {
        Ok(())
    }
}
impl Identified for RuleSetting {
    const PREFIX: &'static str = "rst";
    const NOUN: &'static str = "rule_setting";
}

/// Every rule with what an organization says of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Rulebook {
    /// In the order of [`rules`].
    entries: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq)]
struct Entry {
    severity: Option<Severity>,
    /// In the order of the rule's numbers.
    numbers: Vec<f64>,
}

impl Rulebook {
    /// The rules with some settings.
    pub fn of<'a>(settings: impl IntoIterator<Item = &'a RuleSetting>) -> Self {
        let default = |rule: &Rule| Entry {
            severity: Some(rule.severity),
            numbers: rule.numbers.iter().map(|number| number.default).collect(),
        };
        let mut entries: Vec<Entry> = rules().iter().map(default).collect();
        for RuleSetting { rule, level, numbers } in settings {
            // A rule that this program does not know is for another version of it.
            let Some(at) = rules().iter().position(|known| known.id == rule.as_str()) else { continue };
            if let Some(level) = level {
                entries[at].severity = level.severity();
            }
            for (name, value) in numbers {
                if let Some(place) = rules()[at].numbers.iter().position(|number| number.name == name.as_str()) {
                    entries[at].numbers[place] = value.get();
                }
            }
        }
        Self { entries }
    }
    /// How grave what a rule finds is, by the rule's position; `None` where it is not looked for.
    pub fn severity_at(&self, position: usize) -> Option<Severity> {
        self.entries.get(position).and_then(|entry| entry.severity)
    }
    /// The numbers with which a rule judges, by the rule's position and in the rule's order.
    pub fn numbers_at(&self, position: usize) -> &[f64] {
        self.entries.get(position).map_or(&[], |entry| &entry.numbers)
    }
}

impl Default for Rulebook {
    fn default() -> Self {
        Self::of([])
    }
}
