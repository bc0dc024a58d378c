//! The length of a reporting interval.

use super::DAYS_MAX;

/// A reporting interval's length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Every {
    /// A calendar day.
    Day,
    /// A week from Monday.
    Week,
    /// A calendar month.
    Month,
    /// A calendar quarter.
    Quarter,
    /// A calendar year.
    Year,
    /// A quarter of the fiscal year.
    FiscalQuarter,
    /// A fiscal year.
    FiscalYear,
    /// So many days, anchored at start_on.
    Days(u16),
}

impl Every {
    /// Reads `month`, or `n_days:10`.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "day" => Self::Day,
            "week" => Self::Week,
            "month" => Self::Month,
            "quarter" => Self::Quarter,
            "year" => Self::Year,
            "fiscal_quarter" => Self::FiscalQuarter,
            "fiscal_year" => Self::FiscalYear,
            other => {
                let digits = other.strip_prefix("n_days:")?;
                let plain =
                    !digits.is_empty() && !digits.starts_with('0') && digits.bytes().all(|c| c.is_ascii_digit());
                Self::Days(plain.then(|| digits.parse().ok()).flatten().filter(|n| i32::from(*n) <= DAYS_MAX)?)
            }
        })
    }
    /// Days of an interval, as the rule of overdue updates counts them.
    pub const fn days(self) -> i64 {
        match self {
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 31,
            Self::Quarter | Self::FiscalQuarter => 92,
            Self::Year | Self::FiscalYear => 366,
            Self::Days(n) => n as i64,
        }
    }
}

impl std::fmt::Display for Every {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
            Self::FiscalQuarter => "fiscal_quarter",
            Self::FiscalYear => "fiscal_year",
            Self::Days(n) => return write!(f, "n_days:{n}"),
        })
    }
}
