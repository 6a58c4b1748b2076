//! What was planted: the types of `truth.json`.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Everything that is true of one generated set of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truth {
    /// The seed that gives these bytes again.
    pub seed: u64,
    /// All lines that are events, of all files.
    pub events: u64,
    /// Events by format: `windows`, `zeek`, `proxy`.
    pub generated: BTreeMap<String, u64>,
    /// The planted intrusion.
    pub campaign: Campaign,
    /// Bytes that left in all planted transfers, seen or not.
    pub stolen_bytes: u64,
    /// Sum of `orig_bytes` to the drop in the Zeek logs: not more than `stolen_bytes`.
    pub stolen_bytes_in_logs: u64,
    /// Times in which a sensor wrote nothing.
    pub gaps: Vec<Gap>,
}

/// The planted intrusion; times are RFC 3339 in UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Campaign {
    pub id: String,
    pub first: String,
    pub last: String,
    pub hosts: Vec<String>,
    pub accounts: Vec<String>,
    pub steps: Vec<Step>,
}

/// One step of it, with its ATT&CK technique and the evidence files that show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Step {
    pub id: String,
    pub title: String,
    pub technique: String,
    pub first: String,
    pub last: String,
    pub hosts: Vec<String>,
    pub accounts: Vec<String>,
    pub files: Vec<String>,
    /// Lines of evidence that the step left.
    pub traces: u64,
    pub markers: Vec<Marker>,
}

/// A string that a finding about the step can be known by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Marker {
    pub host: String,
    pub time: String,
    pub text: String,
}

/// A sensor that was down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Gap {
    pub sensor: String,
    pub first: String,
    pub last: String,
}
