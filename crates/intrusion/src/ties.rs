//! What joins findings, and how much it counts. All numbers of the correlation stand here; docs/intrusions.md says
//! why they are what they are.

use std::sync::Arc;

use crate::evidence::weight;
use crate::{Evidence, Movement};

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;
/// Findings further apart than this are not joined.
pub(crate) const REACH: i64 = 14 * DAY;
/// Two findings are joined if what they share weighs at least this.
pub(crate) const JOINS: f64 = 0.5;
/// Parts that a thing weaker than this holds together make an intrusion less sure.
pub(crate) const WEAK: f64 = 0.6;
/// A finding is held against so many that follow it and share a thing.
pub(crate) const NEXT: usize = 6;
/// Less weight than this is no intrusion.
pub(crate) const ENOUGH: u32 = 6;
/// A thing seen on more than half of at least so many hosts joins nothing.
pub(crate) const MANY_HOSTS: usize = 20;
/// An account that goes from one address to more hosts than this says little.
const FEW_TARGETS: u64 = 5;
/// And to more than this, nothing.
const MANY_TARGETS: u64 = 20;

/// A thing that findings share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tie {
    /// A process, or one from which both descend.
    Process {
        /// What tells it from all others.
        id: Arc<str>,
        /// Its program and host.
        name: Arc<str>,
    },
    /// A logon session that is no service's.
    Session {
        /// What tells it from all others.
        id: Arc<str>,
        /// Account or number, and host.
        name: Arc<str>,
    },
    /// A program outside the folders of the system, by its hash.
    File {
        /// SHA-256.
        hash: String,
        /// Its path.
        name: String,
    },
    /// A thing that was made in the one and started a program in the other.
    Through {
        /// What tells it from all others.
        id: String,
        /// The reason, for a person.
        reason: String,
    },
    /// An outside address.
    Address(String),
    /// A person's account.
    Account(String),
    /// A host.
    Host(String),
}

impl Tie {
    /// Why it joins, for a person.
    pub(crate) fn reason(&self) -> String {
        match self {
            Tie::Process { name, .. } => format!("same process {name}"),
            Tie::Session { name, .. } => format!("same {name}"),
            Tie::File { name, .. } => format!("same program {name}, by its hash"),
            Tie::Through { reason, .. } => reason.clone(),
            Tie::Address(address) => format!("same outside address {address}"),
            Tie::Account(account) => format!("same account {account}"),
            Tie::Host(host) => format!("same host {host}"),
        }
    }

    /// How much it counts between two findings that lie `gap` microseconds apart.
    pub(crate) fn weight(&self, a: &Evidence, b: &Evidence, gap: i64) -> f64 {
        match self {
            Tie::Process { .. } => 0.9,
            Tie::Session { .. } => 0.7,
            Tie::Through { .. } => 0.8 * closeness(gap).max(0.8),
            // Two routines meet at the services of the house, and a routine meets everything on its host.
            Tie::Address(_) if a.routine && b.routine => 0.0,
            Tie::Account(_) | Tie::Host(_) if a.routine || b.routine => 0.0,
            // One tool serves many hands: on two hosts it joins with one reason more.
            Tie::File { .. } if a.host != b.host => 0.45 * closeness(gap).max(0.8),
            Tie::File { .. } | Tie::Address(_) => 0.7 * closeness(gap).max(0.8),
            Tie::Account(_) => 0.45 * closeness(gap),
            Tie::Host(_) => 0.6 * both(a, b) * closeness(gap),
        }
    }
}

/// From 1 within an hour to 0.4 within fourteen days.
fn closeness(gap: i64) -> f64 {
    match () {
        () if gap <= HOUR => 1.0,
        () if gap <= DAY => 0.8,
        () if gap <= 3 * DAY => 0.6,
        () => 0.4,
    }
}

/// A host says less of findings of little weight.
fn both(a: &Evidence, b: &Evidence) -> f64 {
    match weight(a.level).min(weight(b.level)) {
        4.. => 1.0,
        _ if weight(a.level).max(weight(b.level)) >= 4 => 0.85,
        _ => 0.7,
    }
}

/// How much it counts that somebody came from a host on which something was found at most a day apart.
pub(crate) fn movement(movement: &Movement, gap: i64) -> f64 {
    let rare = match () {
        () if gap > DAY || movement.targets > MANY_TARGETS => 0.0,
        () if movement.targets > FEW_TARGETS => 0.6,
        () => 1.0,
    };
    let base = if movement.how == "logon" { 0.65 } else { 0.8 };
    base * rare * closeness(gap)
}
