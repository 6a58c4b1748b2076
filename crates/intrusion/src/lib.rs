//! In: findings, each with its host, accounts, outside addresses and time. Out: intrusions, each a story in time.
//! Invariant: findings belong together only for a reason that can be named (a host, an account, an outside
//! address that they share, close in time), and a finding that belongs to none stays a finding of its own.
//! This crate knows nothing of signing. The rule is a simple one, stated at [`correlate`].

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// A finding as this room needs it.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// The finding's id.
    pub id: String,
    /// What it is.
    pub title: String,
    /// Sigma level.
    pub level: String,
    /// Tags; `attack.` ones give tactics and techniques.
    pub tags: Vec<String>,
    /// The host, if known.
    pub host: Option<String>,
    /// Accounts that the events name.
    pub accounts: Vec<String>,
    /// Outside addresses that it speaks of.
    pub addresses: Vec<String>,
    /// First and last moment (UTC, microseconds); without one a finding is not correlated.
    pub time: Option<(i64, i64)>,
}

/// One intrusion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intrusion {
    /// `I1` and on, the strongest first.
    pub id: String,
    /// `weak`, `moderate` or `strong`.
    pub strength: String,
    /// First moment (UTC, microseconds).
    pub first: i64,
    /// Last moment.
    pub last: i64,
    /// Hosts, in the order in which they were first touched, with that moment.
    pub hosts: Vec<(String, i64)>,
    /// Accounts that its findings name.
    pub accounts: Vec<String>,
    /// Outside addresses.
    pub addresses: Vec<String>,
    /// ATT&CK techniques, as `T1021.001`.
    pub techniques: Vec<String>,
    /// Findings in order of time.
    pub findings: Vec<String>,
    /// Why findings were joined, one line each.
    pub joined_by: Vec<String>,
    /// What these logs do not explain.
    pub unexplained: Vec<String>,
}

const DAY: i64 = 86_400_000_000;
/// Findings on one host, or of one account or address, further apart than this are not joined by it.
const REACH: i64 = 14 * DAY;
/// Less weight than this is no intrusion.
const ENOUGH: u32 = 6;

/// What joins findings.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Link {
    Host(String),
    Account(String),
    Address(String),
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

/// Groups findings: those of level medium and above are joined when they share a host, a person's account or
/// an outside address within 14 days. Accounts of the system join nothing, nor does an account or address
/// that is seen on more than half of at least twenty hosts. A group is an intrusion if its weight (medium 2,
/// high 4, critical 8; once for each rule) is at least 6 from two rules or more.
pub fn correlate(findings: &[Evidence]) -> Vec<Intrusion> {
    let used: Vec<&Evidence> = findings.iter().filter(|f| weight(&f.level) > 0 && f.time.is_some()).collect();
    let hosts: BTreeSet<&String> = used.iter().filter_map(|f| f.host.as_ref()).collect();
    let mut by_link: BTreeMap<Link, Vec<usize>> = BTreeMap::new();
    for (number, finding) in used.iter().enumerate() {
        for link in links(finding) {
            by_link.entry(link).or_default().push(number);
        }
    }
    let mut groups = Groups::new(used.len());
    let mut reasons: Vec<(usize, String)> = Vec::new();
    for (link, mut members) in by_link {
        let on: BTreeSet<&String> = members.iter().filter_map(|m| used[*m].host.as_ref()).collect();
        let common = hosts.len() >= 20 && on.len() * 2 > hosts.len();
        if members.len() < 2 || (common && !matches!(link, Link::Host(_))) {
            continue;
        }
        members.sort_by_key(|m| used[*m].time);
        let mut end = i64::MIN;
        for pair in members.windows(2) {
            let (before, after) =
                (used[pair[0]].time.unwrap_or_default(), used[pair[1]].time.unwrap_or_default());
            end = end.max(before.1);
            if after.0.saturating_sub(end) <= REACH && groups.join(pair[0], pair[1]) {
                reasons.push((pair[0], reason(&link)));
            }
        }
    }
    let mut intrusions: Vec<(u32, Intrusion)> = groups
        .members()
        .into_values()
        .filter_map(|members| describe(&used, &members, &groups, &reasons))
        .collect();
    intrusions.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.first.cmp(&b.1.first)));
    let numbered = intrusions.into_iter().enumerate().map(|(n, (_, mut intrusion))| {
        intrusion.id = format!("I{}", n + 1);
        intrusion
    });
    numbered.collect()
}

fn weight(level: &str) -> u32 {
    match level {
        "critical" => 8,
        "high" => 4,
        "medium" => 2,
        _ => 0,
    }
}

fn links(finding: &Evidence) -> impl Iterator<Item = Link> {
    let host = finding.host.clone().map(Link::Host);
    let accounts = finding.accounts.iter().filter(|a| is_person(a)).map(|a| Link::Account(a.to_lowercase()));
    let addresses = finding.addresses.iter().cloned().map(Link::Address);
    host.into_iter().chain(accounts).chain(addresses)
}

/// Whether an account can stand for somebody who moves between hosts.
fn is_person(account: &str) -> bool {
    let name = account.to_lowercase();
    let system =
        ["", "-", "system", "local service", "network service", "anonymous logon", "iusr", "administrator"];
    !system.contains(&name.as_str())
        && !name.ends_with('$')
        && !name.starts_with("dwm-")
        && !name.starts_with("umfd-")
}

fn reason(link: &Link) -> String {
    match link {
        Link::Host(host) => format!("same host {host}"),
        Link::Account(account) => format!("same account {account}"),
        Link::Address(address) => format!("same outside address {address}"),
    }
}

fn describe(
    used: &[&Evidence],
    members: &[usize],
    groups: &Groups,
    reasons: &[(usize, String)],
) -> Option<(u32, Intrusion)> {
    let mut rules: BTreeMap<&str, u32> = BTreeMap::new();
    for member in members {
        rules.insert(&used[*member].title, weight(&used[*member].level));
    }
    let total: u32 = rules.values().sum();
    if total < ENOUGH || rules.len() < 2 {
        return None;
    }
    let mut ordered = members.to_vec();
    ordered.sort_by_key(|m| (used[*m].time, &used[*m].id));
    let all = |of: &dyn Fn(&Evidence) -> Vec<String>| -> Vec<String> {
        ordered.iter().flat_map(|m| of(used[*m])).collect::<BTreeSet<_>>().into_iter().collect()
    };
    let mut hosts: Vec<(String, i64)> = Vec::new();
    for member in &ordered {
        let finding = used[*member];
        if let (Some(host), Some((first, _))) = (&finding.host, finding.time)
            && !hosts.iter().any(|(known, _)| known == host)
        {
            hosts.push((host.clone(), first));
        }
    }
    let tactics = all(&|f| f.tags.iter().filter_map(|t| tactic(t)).collect());
    let techniques = all(&|f| f.tags.iter().filter_map(|t| technique(t)).collect());
    let high = rules.values().filter(|w| **w >= 4).count();
    let strength = match () {
        () if tactics.len() >= 4 && high >= 3 => "strong",
        () if tactics.len() >= 2 && high >= 1 => "moderate",
        () => "weak",
    };
    let root = groups.root(members[0]);
    let joined: BTreeSet<String> =
        reasons.iter().filter(|(m, _)| groups.root(*m) == root).map(|(_, r)| r.clone()).collect();
    let times = ordered.iter().filter_map(|m| used[*m].time);
    let intrusion = Intrusion {
        id: String::new(),
        strength: strength.to_owned(),
        first: times.clone().map(|t| t.0).min().unwrap_or_default(),
        last: times.map(|t| t.1).max().unwrap_or_default(),
        hosts,
        accounts: all(&|f| f.accounts.iter().filter(|a| is_person(a)).cloned().collect()),
        addresses: all(&|f| f.addresses.clone()),
        techniques,
        findings: ordered.iter().map(|m| used[*m].id.clone()).collect(),
        joined_by: joined.into_iter().collect(),
        unexplained: unexplained(&tactics),
    };
    Some((total, intrusion))
}

fn tactic(tag: &str) -> Option<String> {
    let name = tag.strip_prefix("attack.")?;
    let is_technique =
        name.starts_with(['t', 's', 'g']) && name[1..].starts_with(|c: char| c.is_ascii_digit());
    (!is_technique).then(|| name.replace('_', "-"))
}

fn technique(tag: &str) -> Option<String> {
    let name = tag.strip_prefix("attack.")?;
    (name.starts_with('t') && name[1..].starts_with(|c: char| c.is_ascii_digit()))
        .then(|| name.to_uppercase())
}

fn unexplained(tactics: &[String]) -> Vec<String> {
    let seen = |name: &str| tactics.iter().any(|t| t == name);
    let mut open = Vec::new();
    if !seen("initial-access") {
        open.push("How the intruder came in is not shown by any finding.".to_owned());
    }
    if !seen("credential-access") {
        open.push("How the accounts were obtained is not shown by any finding.".to_owned());
    }
    if !seen("exfiltration") {
        open.push("No finding shows that data left; the logs may not cover it.".to_owned());
    }
    open.push("Who sat at the keyboard, these logs cannot tell.".to_owned());
    open
}

/// Disjoint sets of findings.
struct Groups {
    parent: Vec<usize>,
}

impl Groups {
    fn new(size: usize) -> Self {
        Groups { parent: (0..size).collect() }
    }

    fn root(&self, mut member: usize) -> usize {
        while self.parent[member] != member {
            member = self.parent[member];
        }
        member
    }

    /// Joins two sets under the smaller root; false if they were one already.
    fn join(&mut self, a: usize, b: usize) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        self.parent[a.max(b)] = a.min(b);
        a != b
    }

    fn members(&self) -> BTreeMap<usize, Vec<usize>> {
        let mut all: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for member in 0..self.parent.len() {
            all.entry(self.root(member)).or_default().push(member);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::{DAY, Evidence, correlate};

    fn finding(id: &str, title: &str, level: &str, host: &str, account: &str, day: i64) -> Evidence {
        Evidence {
            id: id.to_owned(),
            title: title.to_owned(),
            level: level.to_owned(),
            host: Some(host.to_owned()),
            accounts: vec![account.to_owned()],
            time: Some((day * DAY, day * DAY)),
            ..Evidence::default()
        }
    }

    #[test]
    fn a_shared_account_joins_hosts_and_time_parts_them() {
        let findings = [
            finding("F1", "a", "high", "H1", "eve", 1),
            finding("F2", "b", "high", "H2", "Eve", 3),
            finding("F3", "c", "high", "H2", "SYSTEM", 4),
            finding("F4", "a", "high", "H9", "SYSTEM", 4),
            finding("F5", "d", "high", "H9", "SYSTEM", 90),
            finding("F6", "e", "low", "H1", "eve", 2),
        ];
        let intrusions = correlate(&findings);
        assert_eq!(intrusions.len(), 1);
        assert_eq!(intrusions[0].findings, ["F1", "F2", "F3"]);
        assert_eq!(intrusions[0].hosts, [("H1".to_owned(), DAY), ("H2".to_owned(), 3 * DAY)]);
        assert_eq!(intrusions[0].joined_by, ["same account eve", "same host H2"]);
    }

    #[test]
    fn one_rule_alone_is_no_intrusion() {
        let findings =
            [finding("F1", "a", "high", "H1", "eve", 1), finding("F2", "a", "high", "H2", "eve", 1)];
        assert!(correlate(&findings).is_empty());
    }
}
