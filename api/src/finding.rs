//! Findings: what is missing or wrong, why, and what to do about it.

use remit_domain::rule::{Finding, Severity};
use serde::Serialize;
use utoipa::ToSchema;

use crate::wire::Word;

/// How grave a finding is.
pub type SeverityWord = Word<Severity>;

/// Something that a rule found.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = Finding)]
pub struct FindingView {
    /// The rule's id.
    #[schema(max_length = 100)]
    rule: String,
    /// Raised when the rule's judgement changes.
    #[schema(minimum = 1)]
    version: u32,
    severity: SeverityWord,
    /// What kind of thing it is about.
    #[schema(max_length = 50)]
    subject_kind: String,
    /// Which one.
    #[schema(max_length = 40)]
    subject_id: String,
    /// The facts, by name.
    #[schema(max_items = 50)]
    evidence: Vec<EvidenceView>,
    /// What to do about it.
    #[schema(max_length = 2000)]
    remedy: String,
}

/// A fact behind a finding.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = Evidence)]
pub struct EvidenceView {
    /// Its name.
    #[schema(max_length = 100)]
    name: String,
    /// Its value.
    #[schema(max_length = 4000)]
    value: String,
}

impl From<&Finding> for FindingView {
    fn from(finding: &Finding) -> Self {
        let Finding { rule, version, severity, subject, evidence, remedy } = finding;
        Self {
            rule: (*rule).into(),
            version: *version,
            severity: Word(*severity),
            subject_kind: subject.kind().into(),
            subject_id: subject.to_string(),
            evidence: evidence
                .iter()
                .map(|(name, value)| EvidenceView { name: (*name).into(), value: value.clone() })
                .collect(),
            remedy: (*remedy).into(),
        }
    }
}
