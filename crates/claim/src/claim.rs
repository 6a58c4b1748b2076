//! What a claim is: its kind with parameters, and the records that it cites.

use serde::{Deserialize, Serialize};

use crate::{Moment, number};

/// A statement about records that anyone can derive again from them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Unique in its case: letters, digits, `-` and `_`, e.g. `C0001`.
    pub id: String,
    /// Which computation yields it, with its parameters.
    pub kind: Kind,
    /// The claim in words, for people; nothing is derived from it.
    pub sentence: String,
    /// Records cited, as numbered in the case.
    pub cites: Vec<u64>,
    /// What further evidence would raise the claim to a higher rung.
    pub would_raise: String,
    /// The intrusion of the case that it tells of; no part of a dossier.
    pub intrusion: Option<String>,
    /// The findings of the case that it came from; no part of a dossier.
    pub findings: Vec<String>,
}

/// The computations. Each is monotone: what holds for the cited records holds for the whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "params", rename_all = "snake_case", deny_unknown_fields)]
pub enum Kind {
    /// A Sigma rule matches every cited record.
    RuleMatch(RuleMatch),
    /// At least so many bytes went from one address to another within a time.
    BytesSent(BytesSent),
    /// One record's event came before another's on the same host.
    Sequence(Sequence),
}

/// Parameters of [`Kind::RuleMatch`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleMatch {
    /// The rule's id.
    pub rule_id: String,
    /// The rule's title.
    pub rule_title: String,
    /// SHA-256 of the rule's text, in lower-case hexadecimal.
    pub rule_digest: String,
}

/// Parameters of [`Kind::BytesSent`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BytesSent {
    /// Address of the sender.
    pub from: String,
    /// Address of the receiver.
    pub to: String,
    /// Bytes, as a lower bound.
    #[serde(with = "number")]
    pub at_least: u64,
    /// The earliest time of a cited record.
    pub from_time: Moment,
    /// The latest.
    pub to_time: Moment,
}

/// Parameters of [`Kind::Sequence`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sequence {
    /// Name of the host.
    pub host: String,
    /// The earlier record.
    #[serde(with = "number")]
    pub first: u64,
    /// The later record.
    #[serde(with = "number")]
    pub then: u64,
}

impl Claim {
    /// A claim with the sentence that its kind gives.
    #[must_use]
    pub fn new(id: impl Into<String>, kind: Kind, cites: Vec<u64>, would_raise: impl Into<String>) -> Self {
        let sentence = kind.sentence(&cites);
        Self {
            id: id.into(),
            kind,
            sentence,
            cites,
            would_raise: would_raise.into(),
            intrusion: None,
            findings: Vec::new(),
        }
    }

    /// SHA-256 of the texts that the claim rests on besides its records, in lower-case hexadecimal.
    #[must_use]
    pub fn rests_on(&self) -> Vec<&str> {
        match &self.kind {
            Kind::RuleMatch(params) => vec![&params.rule_digest],
            Kind::BytesSent(_) | Kind::Sequence(_) => Vec::new(),
        }
    }
}

impl Kind {
    /// The kind's name in files.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::RuleMatch(_) => "rule_match",
            Self::BytesSent(_) => "bytes_sent",
            Self::Sequence(_) => "sequence",
        }
    }
}
