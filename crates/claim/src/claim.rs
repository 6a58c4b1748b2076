//! What a claim is: its kind with parameters, and the records that it cites.

use serde::{Deserialize, Serialize};

use crate::{
    Connection, Correlation, CredentialAccess, FileEvent, FirstSeen, Logon, Moment, Movement, Order,
    Persistence, Process, SameTool, Whole, number,
};

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

/// The computations. All but the last are monotone: what holds for the cited records holds for the whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "params", rename_all = "snake_case", deny_unknown_fields)]
pub enum Kind {
    /// A Sigma rule matches every cited record.
    RuleMatch(RuleMatch),
    /// A Sigma correlation fires over the cited records.
    Correlation(Correlation),
    /// A process started.
    Process(Process),
    /// An account logged on, or failed to.
    Logon(Logon),
    /// Something set up to start a program again.
    Persistence(Persistence),
    /// What keeps credentials was opened.
    CredentialAccess(CredentialAccess),
    /// A connection was made.
    Connection(Connection),
    /// Something happened to a file.
    File(FileEvent),
    /// From one host to another.
    Movement(Movement),
    /// At least so many bytes went from one address to another within a time.
    BytesSent(BytesSent),
    /// One record's event came before another's on the same host.
    Sequence(Sequence),
    /// Several records' events came one after the other.
    Order(Order),
    /// The same tool on several hosts.
    SameTool(SameTool),
    /// The earliest of the cited records in which a value stands.
    FirstSeen(FirstSeen),
    /// A statement about all records, which no part of them can bear out; it can be noted, but not sealed.
    Whole(Whole),
}

/// Parameters of [`Kind::RuleMatch`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleMatch {
    /// The rule's id.
    pub rule_id: String,
    /// The rule's title.
    pub rule_title: String,
    /// SHA-256 of the rule's text, in lower-case hexadecimal.
    pub rule_digest: String,
    /// The same of the values of the placeholders that the rule names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placeholders: Option<String>,
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
            Kind::RuleMatch(params) => [Some(&params.rule_digest), params.placeholders.as_ref()]
                .into_iter()
                .flatten()
                .map(String::as_str)
                .collect(),
            Kind::Correlation(params) => params.texts().chain(params.placeholders.as_deref()).collect(),
            _ => Vec::new(),
        }
    }
}

impl Correlation {
    /// The digests of the correlation's text and of those of the rules that it reads.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.rule_digest).chain(&self.base_digests).map(String::as_str)
    }
}

impl Kind {
    /// The names of all kinds in files.
    pub(crate) const NAMES: [&'static str; 15] = [
        "rule_match",
        "correlation",
        "process",
        "logon",
        "persistence",
        "credential_access",
        "connection",
        "file",
        "movement",
        "bytes_sent",
        "sequence",
        "order",
        "same_tool",
        "first_seen",
        "whole",
    ];

    /// The kind's name in files.
    #[must_use]
    pub fn name(&self) -> &'static str {
        let place = match self {
            Self::RuleMatch(_) => 0,
            Self::Correlation(_) => 1,
            Self::Process(_) => 2,
            Self::Logon(_) => 3,
            Self::Persistence(_) => 4,
            Self::CredentialAccess(_) => 5,
            Self::Connection(_) => 6,
            Self::File(_) => 7,
            Self::Movement(_) => 8,
            Self::BytesSent(_) => 9,
            Self::Sequence(_) => 10,
            Self::Order(_) => 11,
            Self::SameTool(_) => 12,
            Self::FirstSeen(_) => 13,
            Self::Whole(_) => 14,
        };
        Self::NAMES[place]
    }
}
