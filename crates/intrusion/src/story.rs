//! The types of an intrusion as `intrusions.json` holds them. All moments are UTC, in microseconds since 1970.

use serde::{Deserialize, Serialize};

/// One intrusion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intrusion {
    /// `I1` and on, the strongest first.
    pub id: String,
    /// `weak`, `moderate` or `strong`.
    pub strength: String,
    /// Why it is as strong as that, one sentence each.
    pub strength_because: Vec<String>,
    /// First moment.
    pub first: i64,
    /// Last moment.
    pub last: i64,
    /// Where it began, as far as these logs show.
    pub began: Began,
    /// Hosts, in the order in which they were first touched.
    pub hosts: Vec<Touched>,
    /// Accounts, in the same order.
    pub accounts: Vec<Touched>,
    /// Outside addresses, in the same order.
    pub addresses: Vec<Outside>,
    /// Implants, tools and files.
    pub artifacts: Vec<Artifact>,
    /// ATT&CK techniques, by id.
    pub techniques: Vec<Technique>,
    /// ATT&CK tactics in the order of their first finding.
    pub phases: Vec<Phase>,
    /// What happened, in time.
    pub steps: Vec<Step>,
    /// Why findings belong together.
    pub edges: Vec<Edge>,
    /// Findings in order of time.
    pub findings: Vec<String>,
    /// Findings that are no part of it and yet of its doings, by id: what they show says nothing of its hosts,
    /// accounts, times or strength.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub followers: Vec<String>,
    /// What these logs do not explain, one sentence each.
    pub unexplained: Vec<String>,
    /// An analyst's words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// Where an intrusion began.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Began {
    /// The first host, if any finding names one.
    pub host: Option<String>,
    /// The first moment.
    pub at: i64,
    /// How, in words.
    pub how: String,
    /// Whether it was under way when these logs begin.
    pub before_logs: bool,
    /// The finding that shows it.
    pub finding: Option<String>,
}

/// A host or an account that was touched.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touched {
    /// Its name.
    pub name: String,
    /// First moment.
    pub first: i64,
    /// Last moment.
    pub last: i64,
    /// How it was compromised, such as `remote service from VAULT-3`.
    pub manner: String,
    /// The finding that first shows it.
    pub finding: String,
    /// Whether the manner is shown by records and not just the first thing seen.
    pub sure: bool,
}

/// An outside address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outside {
    /// The address.
    pub address: String,
    /// A name that resolved to it, if the logs tell.
    pub domain: Option<String>,
    /// First moment.
    pub first: i64,
    /// Last moment.
    pub last: i64,
    /// What it was used for.
    pub role: Role,
    /// Bytes that went there, at least; if that was measured.
    pub bytes: Option<i64>,
    /// The findings that speak of it.
    pub findings: Vec<String>,
}

/// What an outside address was used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Role {
    /// The intruders steer from there.
    #[serde(rename = "command and control")]
    CommandAndControl,
    /// Data went there.
    #[serde(rename = "exfiltration")]
    Exfiltration,
    /// Somebody logged on from there.
    #[serde(rename = "logon from")]
    LogonFrom,
    /// A finding names it.
    #[serde(rename = "contacted")]
    Contacted,
}

impl Role {
    /// In words, as in `intrusions.json`.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Role::CommandAndControl => "command and control",
            Role::Exfiltration => "exfiltration",
            Role::LogonFrom => "logon from",
            Role::Contacted => "contacted",
        }
    }
}

/// A program or a file of the intruders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// What it is.
    pub kind: ArtifactKind,
    /// Its path as the log names it.
    pub path: String,
    /// Its SHA-256, SHA-1 or MD5 in hexadecimal digits, the strongest known.
    pub hash: Option<String>,
    /// The host on which it was seen first.
    pub host: Option<String>,
    /// When it was seen first.
    pub first: i64,
    /// The findings that speak of it.
    pub findings: Vec<String>,
}

/// What an artifact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArtifactKind {
    /// A program that calls out, or that a service, task or registry entry starts.
    Implant,
    /// A program that was run.
    Tool,
    /// A file that was written.
    File,
}

/// An ATT&CK technique.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Technique {
    /// Such as `T1021.002`.
    pub id: String,
    /// The tactics that the findings' rules name with it, as `lateral-movement`.
    pub tactics: Vec<String>,
    /// The findings that show it.
    pub findings: Vec<String>,
}

/// A phase: one ATT&CK tactic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phase {
    /// As `lateral-movement`.
    pub tactic: String,
    /// First moment.
    pub first: i64,
    /// Last moment.
    pub last: i64,
    /// The findings that show it.
    pub findings: Vec<String>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// 1 and on, in time.
    pub number: usize,
    /// When.
    pub at: i64,
    /// What kind of thing.
    pub kind: StepKind,
    /// Whence, if from elsewhere.
    pub from: Option<Node>,
    /// Where.
    pub to: Node,
    /// By which account, if known.
    pub account: Option<String>,
    /// In words.
    pub text: String,
    /// The findings that show it.
    pub findings: Vec<String>,
    /// The records that show it.
    pub records: Vec<u64>,
}

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum StepKind {
    /// A logon over the network.
    #[serde(rename = "logon")]
    Logon,
    /// A program was started on another host.
    #[serde(rename = "remote execution")]
    RemoteExecution,
    /// A program ran, or did something that no other kind tells.
    #[serde(rename = "process")]
    Process,
    /// Something that starts a program later.
    #[serde(rename = "persistence")]
    Persistence,
    /// Secrets were taken.
    #[serde(rename = "credential access")]
    CredentialAccess,
    /// The surroundings were explored.
    #[serde(rename = "discovery")]
    Discovery,
    /// Traces or defences were tampered with.
    #[serde(rename = "defense evasion")]
    DefenseEvasion,
    /// Data was gathered.
    #[serde(rename = "collection")]
    Collection,
    /// A connection to the outside.
    #[serde(rename = "connection")]
    Connection,
    /// Data left.
    #[serde(rename = "exfiltration")]
    Exfiltration,
}

impl StepKind {
    /// As in `intrusions.json`.
    pub fn name(self) -> &'static str {
        match self {
            StepKind::Logon => "logon",
            StepKind::RemoteExecution => "remote execution",
            StepKind::Process => "process",
            StepKind::Persistence => "persistence",
            StepKind::CredentialAccess => "credential access",
            StepKind::Discovery => "discovery",
            StepKind::DefenseEvasion => "defense evasion",
            StepKind::Collection => "collection",
            StepKind::Connection => "connection",
            StepKind::Exfiltration => "exfiltration",
        }
    }
}

/// A place in the graph of an intrusion.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Its name.
    pub name: String,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    /// A host.
    Host,
    /// An account.
    Account,
    /// An outside address.
    Address,
}

/// Why two findings belong together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Edge {
    /// A finding.
    pub a: String,
    /// Another.
    pub b: String,
    /// The reason, for a person.
    pub reason: String,
    /// How much it counts, from 0 to 1.
    pub weight: f64,
}

impl Intrusion {
    /// The names of its hosts, in order.
    pub fn host_names(&self) -> impl Iterator<Item = &str> {
        self.hosts.iter().map(|host| host.name.as_str())
    }

    /// The names of its accounts, in order.
    pub fn account_names(&self) -> impl Iterator<Item = &str> {
        self.accounts.iter().map(|account| account.name.as_str())
    }

    /// Its outside addresses, in order.
    pub fn address_names(&self) -> impl Iterator<Item = &str> {
        self.addresses.iter().map(|outside| outside.address.as_str())
    }
}
