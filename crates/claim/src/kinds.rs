//! Parameters of the kinds that one record shows. What is left out is not claimed.

use serde::{Deserialize, Serialize};

use crate::{Moment, number};

/// Parameters of [`Kind::Process`](crate::Kind::Process).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Process {
    /// Name of the host.
    pub host: String,
    /// When it started.
    pub time: Moment,
    /// Path of the program.
    pub executable: String,
    /// Its command line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command_line: Option<String>,
    /// Path of the program that started it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The account that it ran as, with or without its domain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// A hash of the program, e.g. `sha256:…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// The logon session in which it ran, e.g. `0x3e7`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logon_id: Option<String>,
}

/// Parameters of [`Kind::Logon`](crate::Kind::Logon).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logon {
    /// Name of the host that was logged on to.
    pub host: String,
    /// When.
    pub time: Moment,
    /// The account, with or without its domain.
    pub account: String,
    /// Whether it was an attempt that failed.
    pub failed: bool,
    /// The address from which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Windows' number for the type of logon: 2 at the keyboard, 3 over the network, 10 by remote desktop, ….
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logon_type: Option<u32>,
    /// The session that began, e.g. `0x3e7`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logon_id: Option<String>,
}

/// What starts a program again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mechanism {
    /// A Windows service.
    Service,
    /// A scheduled task.
    Task,
    /// A part of a WMI subscription.
    Wmi,
    /// A value in one of the registry's places that start programs.
    Registry,
}

/// Parameters of [`Kind::Persistence`](crate::Kind::Persistence).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Persistence {
    /// Name of the host.
    pub host: String,
    /// When it was set up.
    pub time: Moment,
    /// What starts the program.
    pub mechanism: Mechanism,
    /// Its name, or the registry path.
    pub name: String,
    /// What it starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// The account that set it up, with or without its domain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The account that it runs as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runs_as: Option<String>,
}

/// Parameters of [`Kind::CredentialAccess`](crate::Kind::CredentialAccess).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialAccess {
    /// Name of the host.
    pub host: String,
    /// When.
    pub time: Moment,
    /// What was opened: a process, file or key that keeps credentials, or `directory replication`.
    pub target: String,
    /// Path of the program that opened it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executable: Option<String>,
    /// The rights that it got, e.g. `0x1fffff`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<String>,
    /// The account, with or without its domain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

/// Parameters of [`Kind::Connection`](crate::Kind::Connection). It states `to` or `domain`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    /// Name of the host that logged it; sensors name none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// When.
    pub time: Moment,
    /// Seconds, at most 300, by which the records' times may lie off, since clocks of two sensors differ.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "number::optional")]
    pub within: Option<u64>,
    /// Address from which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Port from which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_port: Option<u16>,
    /// Address to which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Port to which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_port: Option<u16>,
    /// Name to which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// Path of the program that connected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executable: Option<String>,
    /// The account, with or without its domain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Bytes that were sent, as a lower bound.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "number::optional")]
    pub sent_at_least: Option<u64>,
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileAction {
    /// Made or written over.
    Created,
    /// Deleted.
    Deleted,
    /// Its time of creation was set.
    Redated,
    /// Loaded as code.
    Loaded,
    /// Opened.
    Opened,
    /// Opened over a share.
    OpenedOverShare,
}

/// Parameters of [`Kind::File`](crate::Kind::File).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEvent {
    /// Name of the host on which the file lies.
    pub host: String,
    /// When.
    pub time: Moment,
    /// What happened.
    pub action: FileAction,
    /// Path of the file.
    pub path: String,
    /// Path of the program that did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executable: Option<String>,
    /// The account, with or without its domain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The address from which a share was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// A hash of the file, e.g. `sha256:…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
}

impl Mechanism {
    /// The name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Task => "task",
            Self::Wmi => "wmi",
            Self::Registry => "registry",
        }
    }
}

impl FileAction {
    /// The name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Deleted => "deleted",
            Self::Redated => "redated",
            Self::Loaded => "loaded",
            Self::Opened => "opened",
            Self::OpenedOverShare => "opened_over_share",
        }
    }
}
