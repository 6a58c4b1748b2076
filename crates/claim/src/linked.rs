//! Parameters of the kinds that several records show together, and of the one that no part of a log can show.

use serde::{Deserialize, Serialize};

use crate::{Moment, number};

/// Parameters of [`Kind::Movement`](crate::Kind::Movement). It states `address` with `port`, `to_address` or `target`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Movement {
    /// Name of the host from which.
    pub from: String,
    /// Name of the host to which.
    pub to: String,
    /// The record on the side of `from`.
    #[serde(with = "number")]
    pub departure: u64,
    /// Its time.
    pub departed: Moment,
    /// The record on the side of `to`.
    #[serde(with = "number")]
    pub arrival: u64,
    /// Its time, at most 24 hours from the other.
    pub arrived: Moment,
    /// The address of `from`, which stands in both records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The port at that address, which stands in both records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The address of `to`, which stands in both records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_address: Option<String>,
    /// The name of `to` as the record on the side of `from` has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The account, which stands in both records, with or without its domain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

/// Parameters of [`Kind::Order`](crate::Kind::Order).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Records, each before the next.
    #[serde(with = "number::list")]
    pub records: Vec<u64>,
    /// For each record, the name of its host.
    pub hosts: Vec<String>,
    /// Seconds that lie at least between neighbours of different hosts, whose clocks may differ.
    #[serde(with = "number")]
    pub apart: u64,
}

/// What of a record a value is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Property {
    /// A hash, e.g. `sha256:…`.
    Hash,
    /// The path of the program that acts.
    Executable,
    /// The last part of the path of the program that acts or of the file.
    FileName,
    /// A command line.
    CommandLine,
    /// The name of a service or a task.
    Service,
    /// An address to which or from which.
    Address,
    /// A name to which.
    Domain,
    /// An account, with or without its domain.
    Account,
}

impl Property {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Hash,
        Self::Executable,
        Self::FileName,
        Self::CommandLine,
        Self::Service,
        Self::Address,
        Self::Domain,
        Self::Account,
    ];

    /// The name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hash => "hash",
            Self::Executable => "executable",
            Self::FileName => "file_name",
            Self::CommandLine => "command_line",
            Self::Service => "service",
            Self::Address => "address",
            Self::Domain => "domain",
            Self::Account => "account",
        }
    }
}

/// Parameters of [`Kind::SameTool`](crate::Kind::SameTool).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SameTool {
    /// What is the same.
    pub property: Property,
    /// Its value.
    pub value: String,
    /// Names of two hosts or more.
    pub hosts: Vec<String>,
}

/// Parameters of [`Kind::FirstSeen`](crate::Kind::FirstSeen).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FirstSeen {
    /// What was seen.
    pub property: Property,
    /// Its value.
    pub value: String,
    /// The earliest of the cited records.
    #[serde(with = "number")]
    pub record: u64,
    /// Its time.
    pub time: Moment,
    /// Its host, where the record names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

/// Parameters of [`Kind::Correlation`](crate::Kind::Correlation).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correlation {
    /// The correlation's id.
    pub rule_id: String,
    /// Its title.
    pub rule_title: String,
    /// SHA-256 of its text, in lower-case hexadecimal.
    pub rule_digest: String,
    /// The same of the texts of the rules that it reads.
    pub base_digests: Vec<String>,
    /// The same of the values of placeholders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placeholders: Option<String>,
}

/// How a statement speaks of all records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantifier {
    /// The cited records are the only ones with the value.
    Only,
    /// No record has the value but on the hosts of the cited ones.
    NoOther,
    /// So many records have the value as are cited.
    InTotal,
    /// The earliest of the cited records is the earliest of all with the value.
    FirstOfAll,
}

/// Parameters of [`Kind::Whole`](crate::Kind::Whole).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Whole {
    /// What it says of all records.
    pub quantifier: Quantifier,
    /// Of what.
    pub property: Property,
    /// Its value.
    pub value: String,
}
