//! Which findings belong together.

use std::collections::{BTreeMap, BTreeSet};

use crate::describe::describe;
use crate::evidence::{is_person, weight};
use crate::groups::Groups;
use crate::{Edge, Evidence, Intrusion};

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
    let mut edges: Vec<(usize, Edge)> = Vec::new();
    for (link, mut members) in by_link {
        let on: BTreeSet<&String> = members.iter().filter_map(|m| used[*m].host.as_ref()).collect();
        let common = hosts.len() >= 20 && on.len() * 2 > hosts.len();
        if members.len() < 2 || (common && !matches!(link, Link::Host(_))) {
            continue;
        }
        members.sort_by_key(|m| used[*m].time);
        let mut end = i64::MIN;
        for pair in members.windows(2) {
            let (before, after) = (used[pair[0]], used[pair[1]]);
            end = end.max(before.last());
            if after.first().saturating_sub(end) <= REACH && groups.join(pair[0], pair[1]) {
                edges.push((pair[0], edge(before, after, &link)));
            }
        }
    }
    let mut intrusions: Vec<(u32, Intrusion)> = groups
        .members()
        .into_iter()
        .filter_map(|(root, members)| {
            let total = enough(&used, &members)?;
            let own = edges.iter().filter(|(m, _)| groups.root(*m) == root).map(|(_, e)| e.clone());
            let mut ordered: Vec<&Evidence> = members.iter().map(|m| used[*m]).collect();
            ordered.sort_by_key(|f| (f.time, &f.id));
            Some((total, describe(&ordered, own.collect())))
        })
        .collect();
    intrusions.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.first.cmp(&b.1.first)));
    let numbered = intrusions.into_iter().enumerate().map(|(n, (_, mut intrusion))| {
        intrusion.id = format!("I{}", n + 1);
        intrusion
    });
    numbered.collect()
}

/// The weight of a group, if it is enough for an intrusion.
fn enough(used: &[&Evidence], members: &[usize]) -> Option<u32> {
    let rules: BTreeMap<&str, u32> =
        members.iter().map(|m| (used[*m].title.as_str(), weight(&used[*m].level))).collect();
    let total: u32 = rules.values().sum();
    (total >= ENOUGH && rules.len() >= 2).then_some(total)
}

fn links(finding: &Evidence) -> impl Iterator<Item = Link> {
    let host = finding.host.clone().map(Link::Host);
    let accounts = finding.accounts.iter().filter(|a| is_person(a)).map(|a| Link::Account(a.to_lowercase()));
    let addresses = finding.addresses.iter().cloned().map(Link::Address);
    host.into_iter().chain(accounts).chain(addresses)
}

fn edge(before: &Evidence, after: &Evidence, link: &Link) -> Edge {
    let (reason, weight) = match link {
        Link::Host(host) => (format!("same host {host}"), 0.5),
        Link::Account(account) => (format!("same account {account}"), 0.6),
        Link::Address(address) => (format!("same outside address {address}"), 0.8),
    };
    Edge { a: before.id.clone(), b: after.id.clone(), reason, weight }
}

#[cfg(test)]
mod tests {
    use super::{DAY, correlate};
    use crate::Evidence;

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
        let hosts: Vec<(&str, i64)> =
            intrusions[0].hosts.iter().map(|h| (h.name.as_str(), h.first)).collect();
        assert_eq!(hosts, [("H1", DAY), ("H2", 3 * DAY)]);
        let reasons: Vec<&str> = intrusions[0].edges.iter().map(|e| e.reason.as_str()).collect();
        assert_eq!(reasons, ["same host H2", "same account eve"]);
    }

    #[test]
    fn one_rule_alone_is_no_intrusion() {
        let findings =
            [finding("F1", "a", "high", "H1", "eve", 1), finding("F2", "a", "high", "H2", "eve", 1)];
        assert!(correlate(&findings).is_empty());
    }
}
