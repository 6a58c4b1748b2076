//! What this room sees of a finding.

use std::net::IpAddr;
use std::sync::Arc;

/// A finding as this room needs it.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// The finding's id.
    pub id: String,
    /// What it is.
    pub title: Arc<str>,
    /// Sigma level.
    pub level: &'static str,
    /// Tags; `attack.` ones give tactics and techniques.
    pub tags: Arc<[String]>,
    /// The host, if known.
    pub host: Option<String>,
    /// Accounts that the events name.
    pub accounts: Vec<String>,
    /// Outside addresses that it speaks of.
    pub addresses: Vec<String>,
    /// First and last moment (UTC, microseconds); without one a finding is not correlated.
    pub time: Option<(i64, i64)>,
    /// Records that show it.
    pub records: Arc<[u64]>,
    /// Bytes that went to its addresses, if it measured that.
    pub bytes: Option<i64>,
    /// Whether its rule says the same of its host, or of several hosts, day after day.
    pub routine: bool,
    /// Processes, sessions and files of its records, and what they descend from.
    pub ties: Vec<crate::Tie>,
    /// Logons from elsewhere shortly before it.
    pub came: Vec<Movement>,
    /// Outside addresses, each with a name that was answered with it.
    pub names: Vec<(String, String)>,
    /// Programs outside the folders of the system that its records name: path, and hash if known.
    pub programs: Vec<(String, Option<String>)>,
}

/// A logon from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Movement {
    /// When (UTC, microseconds).
    pub at: i64,
    /// The host, or the outside address, from which it came.
    pub from: String,
    /// The account.
    pub account: String,
    /// `logon`, or by what means a program was started: `WMI`, `service`, `WinRM`, `DCOM`, `task`.
    pub how: &'static str,
    /// The record of the logon.
    pub record: u64,
    /// Whether the finding's own process ran in this session.
    pub own: bool,
    /// Hosts on which this account logged on from there, in the whole case.
    pub targets: u64,
}

impl Movement {
    /// What happened, as a reason to join two findings.
    pub(crate) fn words(&self) -> String {
        let how = match self.how {
            "logon" => String::new(),
            how => format!(" and ran a program ({how})"),
        };
        format!("{} logged on from {}{how}", self.account, self.from)
    }
}

impl Evidence {
    /// The tactics that its tags name, as `lateral-movement`.
    pub(crate) fn tactics(&self) -> impl Iterator<Item = String> {
        self.tags.iter().filter_map(|tag| {
            let name = tag.strip_prefix("attack.")?;
            (!is_number(name, &['t', 's', 'g'])).then(|| name.replace('_', "-"))
        })
    }

    /// The techniques that its tags name, as `T1021.001`.
    pub(crate) fn techniques(&self) -> impl Iterator<Item = String> {
        self.tags.iter().filter_map(|tag| {
            let name = tag.strip_prefix("attack.")?;
            is_number(name, &['t']).then(|| name.to_uppercase())
        })
    }

    pub(crate) fn first(&self) -> i64 {
        self.time.map_or(0, |time| time.0)
    }

    pub(crate) fn last(&self) -> i64 {
        self.time.map_or(0, |time| time.1)
    }
}

fn is_number(name: &str, letters: &[char]) -> bool {
    name.starts_with(letters) && name[1..].starts_with(|c: char| c.is_ascii_digit())
}

/// What a level counts: critical 8, high 4, medium 2, less nothing.
pub(crate) fn weight(level: &str) -> u32 {
    match level {
        "critical" => 8,
        "high" => 4,
        "medium" => 2,
        _ => 0,
    }
}

/// Whether an account can stand for somebody who moves between hosts.
pub fn is_person(account: &str) -> bool {
    let name = account.to_lowercase();
    let system =
        ["", "-", "system", "local service", "network service", "anonymous logon", "iusr", "administrator"];
    !system.contains(&name.as_str())
        && !name.ends_with('$')
        && !name.starts_with("dwm-")
        && !name.starts_with("umfd-")
}

/// Whether an address lies outside every organisation's own ranges (RFC 1918, 4193, 3927 and the like).
pub fn is_outside(address: &str) -> bool {
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(v4)) => {
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_multicast()
                || v4.is_broadcast()
                || v4.is_unspecified())
        }
        Ok(IpAddr::V6(v6)) => {
            !(v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_multicast()
                || v6.is_unique_local()
                || v6.is_unicast_link_local())
        }
        Err(_) => false,
    }
}
