//! Which findings belong together.

use std::collections::{BTreeMap, BTreeSet};

use crate::describe::describe;
use crate::evidence::weight;
use crate::groups::Groups;
use crate::pairs::{Pair, Pairs};
use crate::ties::{ENOUGH, JOINS, WEAK};
use crate::{Decisions, Edge, Evidence, Intrusion};

/// Groups findings: those of level medium and above are joined when what they share weighs enough together: a
/// process from which both descend, a session, a program, an outside address, an account, a host, or a logon on
/// the one's host that came from the other's. Each counts for less the further apart they lie in time and for
/// nothing where it is common in the case. Of independent reasons the weights are put together as
/// 1 − (1 − a)(1 − b)…; at least 0.5 joins. A group is an intrusion if its weight (medium 2, high 4, critical 8;
/// once for each rule) is at least 6 from two rules or more. `logs_begin` is the first moment of all events.
/// What an analyst decided goes before all of it.
pub fn correlate(findings: &[Evidence], decisions: &Decisions, logs_begin: Option<i64>) -> Vec<Intrusion> {
    let counts = |f: &&Evidence| weight(f.level) > 0 && f.time.is_some() && decisions.keeps(f);
    let used: Vec<&Evidence> = findings.iter().filter(counts).collect();
    let mut pairs = Pairs::of(&used);
    pairs.within(&decisions.sides(&used));
    for (a, b) in decisions.joined(&used) {
        pairs.decide(a, b);
    }
    let mut groups = Groups::new(used.len());
    let joined = join(&used, pairs, &mut groups);
    let mut of: BTreeMap<usize, Joined> = BTreeMap::new();
    for (member, edge, holds) in joined {
        let own = of.entry(groups.root(member)).or_default();
        // Edges come with falling weight, so the last that holds parts together is the weakest.
        own.weakest = if holds { Some(edge.clone()) } else { own.weakest.take() };
        own.edges.push(edge);
    }
    let mut intrusions: Vec<(u32, Intrusion)> = groups
        .members()
        .into_iter()
        .filter_map(|(root, members)| {
            let total = enough(&used, &members)?;
            let Joined { edges, weakest } = of.remove(&root).unwrap_or_default();
            let mut ordered: Vec<&Evidence> = members.iter().map(|m| used[*m]).collect();
            ordered.sort_by_key(|f| (f.time, &f.id));
            let weakest = weakest.filter(|edge| edge.weight < WEAK);
            Some((total, describe(&ordered, edges, weakest.as_ref(), logs_begin)))
        })
        .collect();
    intrusions.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.first.cmp(&b.1.first)));
    let numbered = intrusions.into_iter().enumerate().map(|(n, (_, mut intrusion))| {
        intrusion.id = format!("I{}", n + 1);
        decisions.annotate(&mut intrusion);
        intrusion
    });
    numbered.collect()
}

#[derive(Default)]
struct Joined {
    edges: Vec<Edge>,
    weakest: Option<Edge>,
}

/// Joins pairs, the strongest first: each edge that joins two groups, with whether both had the weight of an
/// intrusion of their own.
fn join(used: &[&Evidence], mut pairs: Pairs<'_>, groups: &mut Groups) -> Vec<(usize, Edge, bool)> {
    pairs.sort();
    let weigh = |reasons| (Pairs::weight(reasons), reasons);
    let mut ordered: Vec<(f64, &[Pair])> =
        pairs.by_pair().map(weigh).filter(|(weight, _)| *weight >= JOINS).collect();
    ordered.iter_mut().for_each(|(weight, _)| *weight = (*weight * 1000.0).round() / 1000.0);
    // Of equal weight the first pair comes first, as they stand in order.
    ordered.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut totals: Vec<u32> = used.iter().map(|f| weight(f.level)).collect();
    let mut joined = Vec::new();
    for (weight, reasons) in ordered {
        let (a, b) = reasons[0].findings();
        let (of_a, of_b) = (totals[groups.root(a)], totals[groups.root(b)]);
        if groups.join(a, b) {
            totals[groups.root(a)] = of_a + of_b;
            let (before, after) = if used[a].time <= used[b].time { (a, b) } else { (b, a) };
            let (a_id, b_id) = (used[before].id.clone(), used[after].id.clone());
            let edge = Edge { a: a_id, b: b_id, reason: pairs.told(reasons), weight };
            joined.push((a, edge, of_a >= ENOUGH && of_b >= ENOUGH));
        }
    }
    joined
}

/// The weight of a group, if it is enough for an intrusion. What several rules say of the very same records counts once
/// where it is routine.
fn enough(used: &[&Evidence], members: &[usize]) -> Option<u32> {
    let mut members: Vec<&Evidence> = members.iter().map(|m| used[*m]).collect();
    members.sort_by_key(|f| std::cmp::Reverse(weight(f.level)));
    let mut told: BTreeSet<&[u64]> = BTreeSet::new();
    members.retain(|f| !f.routine || f.records.is_empty() || told.insert(&f.records));
    let rules: BTreeMap<&str, u32> = members.iter().map(|f| (&*f.title, weight(f.level))).collect();
    let total: u32 = rules.values().sum();
    (total >= ENOUGH && rules.len() >= 2).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::correlate;
    use crate::{Decisions, Evidence, Movement, Tie};

    const HOUR: i64 = 3_600_000_000;

    fn finding(id: &str, level: &'static str, host: &str, account: &str, hour: i64) -> Evidence {
        Evidence {
            id: id.to_owned(),
            title: format!("rule of {id}").into(),
            level,
            host: Some(host.to_owned()),
            accounts: vec![account.to_owned()],
            time: Some((hour * HOUR, hour * HOUR)),
            ..Evidence::default()
        }
    }

    #[test]
    fn a_routine_that_two_rules_see_in_the_same_records_is_no_intrusion() {
        let mut findings = [finding("F1", "high", "H1", "eve", 2), finding("F2", "high", "H1", "eve", 2)];
        for finding in &mut findings {
            finding.routine = true;
            finding.records = [7, 9].into();
            finding.ties = vec![Tie::Process { id: "{1}".into(), name: "certutil.exe on H1".into() }];
        }
        let told = |findings: &[Evidence]| correlate(findings, &Decisions::default(), None).len();
        assert_eq!(told(&findings), 0);
        findings[1].records = [8, 9].into();
        assert_eq!(told(&findings), 1);
        for finding in &mut findings {
            (finding.routine, finding.records) = (false, [7, 9].into());
        }
        assert_eq!(told(&findings), 1);
    }

    #[test]
    fn a_logon_from_the_other_host_joins_and_time_parts() {
        let mut there = finding("F2", "high", "H2", "SYSTEM", 3);
        there.came.push(Movement {
            at: 3 * HOUR - 1,
            from: "h1".to_owned(),
            account: "eve".to_owned(),
            how: "service",
            record: 7,
            own: false,
            targets: 1,
        });
        let mut findings = vec![
            finding("F1", "high", "H1", "eve", 2),
            there,
            finding("F3", "high", "H2", "SYSTEM", 3),
            finding("F4", "high", "H9", "SYSTEM", 4),
            finding("F5", "high", "H9", "SYSTEM", 2_000),
            finding("F6", "low", "H1", "eve", 2),
        ];
        let intrusions = correlate(&findings, &Decisions::default(), Some(0));
        assert_eq!(intrusions.len(), 1);
        assert_eq!(intrusions[0].findings, ["F1", "F2", "F3"]);
        assert_eq!(intrusions[0].host_names().collect::<Vec<_>>(), ["H1", "H2"]);
        assert_eq!(intrusions[0].hosts[1].manner, "remote service from h1 as eve");
        assert!(intrusions[0].edges.iter().any(|e| e.reason.contains("eve logged on from h1")));
        assert_eq!(intrusions[0].steps[1].records, [7]);
        // An account that goes everywhere from there says nothing.
        findings[1].came[0].targets = 400;
        let apart = correlate(&findings, &Decisions::default(), Some(0));
        assert!(apart.iter().all(|i| i.hosts.len() == 1), "{apart:?}");
    }

    #[test]
    fn an_account_whose_logon_joins_is_told_and_another_is_not() {
        let mut there = finding("F2", "high", "H2", "SYSTEM", 3);
        // One goes everywhere from there, which joins nothing.
        for (account, targets) in [("steve", 1), ("eve", 400)] {
            let (at, from) = (3 * HOUR - 1, "h1".to_owned());
            let account = account.to_owned();
            there.came.push(Movement { at, from, account, how: "logon", record: 7, own: false, targets });
        }
        let findings = [finding("F1", "high", "H1", "SYSTEM", 2), there];
        let intrusions = correlate(&findings, &Decisions::default(), Some(0));
        let accounts: Vec<_> = intrusions[0].accounts.iter().map(|a| (&*a.name, &*a.manner)).collect();
        assert_eq!(accounts, [("steve", "logged on to H2 from h1")]);
    }

    #[test]
    fn medium_findings_on_one_host_need_more_than_the_host() {
        let mut findings = vec![
            finding("F1", "medium", "H1", "", 1),
            finding("F2", "high", "H2", "", 1),
            finding("F3", "medium", "H1", "", 1),
            finding("F4", "medium", "H1", "", 1),
        ];
        assert!(correlate(&findings, &Decisions::default(), None).is_empty());
        for finding in &mut findings {
            finding.ties.push(Tie::Process { id: "p".into(), name: "a.exe on H1".into() });
        }
        let intrusions = correlate(&findings, &Decisions::default(), None);
        assert_eq!(intrusions.len(), 1);
        assert_eq!(intrusions[0].findings.len(), 4);
    }

    #[test]
    fn routine_joins_by_what_is_firm_alone() {
        let mut findings = [finding("F1", "high", "H1", "eve", 1), finding("F2", "high", "H1", "eve", 1)];
        let told = |findings: &[Evidence]| correlate(findings, &Decisions::default(), None).len();
        assert_eq!(told(&findings), 1);
        findings[1].routine = true;
        assert_eq!(told(&findings), 0, "its host and account are no reason");
        for finding in &mut findings {
            finding.addresses.push("198.51.100.7".to_owned());
        }
        assert_eq!(told(&findings), 1);
        findings[0].routine = true;
        assert_eq!(told(&findings), 0, "two routines meet at the services of the house");
        for finding in &mut findings {
            finding.ties.push(Tie::Process { id: "p".into(), name: "a.exe on H1".into() });
        }
        assert_eq!(told(&findings), 1);
    }

    #[test]
    fn one_rule_alone_is_no_intrusion() {
        let mut findings = [finding("F1", "high", "H1", "eve", 1), finding("F2", "high", "H1", "eve", 1)];
        findings[1].title = findings[0].title.clone();
        assert!(correlate(&findings, &Decisions::default(), None).is_empty());
    }
}
