//! What a rule says of itself, and what a match says of a rule.

use std::fmt;
use std::sync::Arc;

/// The place of a rule in its [`RuleSet`](crate::RuleSet): stable for one set, not across sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(pub u32);

/// How grave a match is, as the rule's author judged it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Worth knowing; also what a rule without `level` gets.
    Informational,
    /// Seldom interesting alone.
    Low,
    /// To be looked at.
    Medium,
    /// To be looked at soon.
    High,
    /// To be looked at now.
    Critical,
}

impl Level {
    /// The word that Sigma uses for the level.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<rsigma_parser::Level> for Level {
    fn from(level: rsigma_parser::Level) -> Self {
        match level {
            rsigma_parser::Level::Informational => Self::Informational,
            rsigma_parser::Level::Low => Self::Low,
            rsigma_parser::Level::Medium => Self::Medium,
            rsigma_parser::Level::High => Self::High,
            rsigma_parser::Level::Critical => Self::Critical,
        }
    }
}

/// How ripe the rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Long in use.
    Stable,
    /// Nearly done.
    Test,
    /// New; may be noisy.
    Experimental,
    /// Replaced by another.
    Deprecated,
    /// Needs something that the format cannot say.
    Unsupported,
}

impl Status {
    /// The word that Sigma uses for the status.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Test => "test",
            Self::Experimental => "experimental",
            Self::Deprecated => "deprecated",
            Self::Unsupported => "unsupported",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<rsigma_parser::Status> for Status {
    fn from(status: rsigma_parser::Status) -> Self {
        match status {
            rsigma_parser::Status::Stable => Self::Stable,
            rsigma_parser::Status::Test => Self::Test,
            rsigma_parser::Status::Experimental => Self::Experimental,
            rsigma_parser::Status::Deprecated => Self::Deprecated,
            rsigma_parser::Status::Unsupported => Self::Unsupported,
        }
    }
}

/// The log source that a rule is written for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct LogSource {
    /// For example `windows`.
    pub product: Option<String>,
    /// For example `process_creation`.
    pub category: Option<String>,
    /// For example `security`.
    pub service: Option<String>,
}

/// The log source that a batch of events comes from: one shape of event.
///
/// Sysmon 1 is `windows`, `[sysmon]`, `[process_creation]`; a Zeek `conn` log is `zeek`, `[conn]`, `[]`;
/// a proxy log of no special product is `""`, `[]`, `[proxy]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct EventSource {
    /// The product, or empty.
    pub product: String,
    /// Every service name that fits.
    pub services: Vec<String>,
    /// Every category that fits.
    pub categories: Vec<String>,
}

impl EventSource {
    /// Whether a rule for `rule` looks at events of this source: each of product, category and service
    /// that the rule states must be stated here. Letter case does not count.
    pub fn serves(&self, rule: &LogSource) -> bool {
        let stated = |wanted: &Option<String>, have: &[String]| {
            wanted.as_ref().is_none_or(|w| have.iter().any(|h| h.eq_ignore_ascii_case(w)))
        };
        rule.product.as_ref().is_none_or(|p| p.eq_ignore_ascii_case(&self.product))
            && stated(&rule.category, &self.categories)
            && stated(&rule.service, &self.services)
    }
}

/// All that a rule says besides its detection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleMeta {
    /// The rule's `id`; where it has none, `sha256-` and the first 32 hexadecimal digits of [`Self::digest`].
    pub id: String,
    /// The rule's `name`, by which correlations and filters can refer to it too.
    pub name: Option<String>,
    /// One line of text.
    pub title: String,
    /// How grave.
    pub level: Level,
    /// How ripe; `None` where the rule does not say.
    pub status: Option<Status>,
    /// For example `attack.t1059.001`.
    pub tags: Vec<String>,
    /// What the rule looks for.
    pub description: String,
    /// Where the rule was read from, as given to the builder.
    pub origin: String,
    /// SHA-256 of [`Self::text`], lower-case hexadecimal.
    pub digest: String,
    /// The rule's own YAML document (the whole file where it uses `action: global`).
    pub text: Arc<str>,
    /// What it is written for.
    pub logsource: LogSource,
    /// Known harmless causes.
    pub falsepositives: Vec<String>,
    /// Who wrote it.
    pub author: String,
    /// Where to read more.
    pub references: Vec<String>,
    /// The SHA-256 of each filter that narrows the rule in its set, sorted. [`Self::text`] and what
    /// [`Self::fields`] names are the rule's own, without them.
    pub filters: Vec<String>,
    pub(crate) fields: Vec<String>,
    pub(crate) keywords: bool,
}

impl RuleMeta {
    /// The field names that the detection reads, sorted, each once: what has to be disclosed of a record
    /// so that the match can be recomputed.
    pub fn fields(&self) -> &[String] {
        &self.fields
    }

    /// Whether the rule searches keywords in every field, so that [`Self::fields`] is not all it reads.
    pub fn searches_every_field(&self) -> bool {
        self.keywords
    }
}

/// Something that is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleProblem {
    /// Where the rule was read from.
    pub origin: String,
    /// The line in that text, from 1, where it is known.
    pub line: Option<u32>,
    /// The rule's id, else its title, where known.
    pub rule: Option<String>,
    /// What is wrong.
    pub reason: String,
    /// Whether the rule was left out; otherwise it is in use and this is a warning.
    pub refused: bool,
}

impl fmt::Display for RuleProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(rule) = &self.rule {
            write!(f, ": {rule}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// A rule is true of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// The row in the batch (0 for a single record).
    pub row: u32,
    /// The rule.
    pub rule: RuleId,
    /// What made it true, in the order of the rule's condition.
    pub why: Vec<Reason>,
}

/// One item of a rule that was true and counts for the rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The name of the selection.
    pub selection: Arc<str>,
    /// The field as the rule names it; for a keyword, the field in which it was found.
    pub field: Arc<str>,
    /// The field's value (its first 1,024 bytes and `…` where it is longer); empty where the rule asks for absence.
    pub value: String,
    /// What it was compared with, in Sigma's notation.
    pub pattern: Arc<str>,
}
