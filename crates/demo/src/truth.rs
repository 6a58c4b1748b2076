//! What was planted, as `truth.json` says it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The whole truth about one set of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truth {
    /// Seed of the run.
    pub seed: u64,
    /// Lines that were written; headers and footers are not counted.
    pub events: u64,
    /// The same by format: `windows`, `zeek`, `proxy`.
    pub generated: BTreeMap<String, u64>,
    /// Those that both intrusions left; `planted.csv` lists them.
    pub planted: u64,
    /// The intrusion.
    pub campaign: Campaign,
    /// A small one that has nothing to do with it.
    pub unrelated: Campaign,
    /// Every planted transfer to the drop.
    pub transfers: Vec<Transfer>,
    /// Payload bytes that really left to the drop, over all transfers.
    pub stolen_bytes: u64,
    /// Those that the logs show: the sum of `orig_bytes` to the drop.
    pub stolen_bytes_in_logs: u64,
    /// When a sensor saw nothing.
    pub gaps: Vec<Gap>,
}

/// An intrusion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Campaign {
    /// Its name.
    pub id: String,
    /// First trace, RFC 3339.
    pub first: String,
    /// Last trace, RFC 3339.
    pub last: String,
    /// Hosts that it touched, sorted.
    pub hosts: Vec<String>,
    /// Controllers that it did not touch but that were asked about its accounts, sorted.
    pub witnesses: Vec<String>,
    /// Accounts that it used, sorted.
    pub accounts: Vec<String>,
    /// Outside addresses and names that it used, sorted.
    pub infrastructure: Vec<String>,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// One planted step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Short name.
    pub id: String,
    /// What it is.
    pub title: String,
    /// ATT&CK technique.
    pub technique: String,
    /// First trace, RFC 3339.
    pub first: String,
    /// Last trace, RFC 3339.
    pub last: String,
    /// Hosts with a trace of their own in the Windows logs, and the host that acts, sorted.
    pub hosts: Vec<String>,
    /// Controllers whose logs tell that they were asked about an account, sorted.
    pub witnesses: Vec<String>,
    /// Accounts, sorted.
    pub accounts: Vec<String>,
    /// Evidence files with a trace, sorted, relative to the folder of evidence.
    pub files: Vec<String>,
    /// Number of lines.
    pub traces: u64,
    /// Lines by which a finding can be told to name this step.
    pub markers: Vec<Marker>,
}

/// One telling line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    /// Host or, for network logs, the sensor as `zeek/client`.
    pub host: String,
    /// Time of the line, RFC 3339 with milliseconds.
    pub time: String,
    /// Text that the line holds and that no line of ordinary life does.
    pub text: String,
}

/// One planted transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Its begin, RFC 3339.
    pub time: String,
    /// Who sent.
    pub host: String,
    /// Address of the sender.
    pub from: String,
    /// Address of the drop.
    pub to: String,
    /// Payload bytes sent.
    pub bytes: u64,
    /// Whether a sensor saw it.
    pub seen: bool,
}

/// When a sensor saw nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Which one.
    pub sensor: String,
    /// From, RFC 3339.
    pub first: String,
    /// To, RFC 3339.
    pub last: String,
}
