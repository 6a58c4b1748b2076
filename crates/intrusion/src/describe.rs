//! From findings that belong together to the story of an intrusion.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::{is_person, weight};
use crate::{
    Began, Edge, Evidence, Intrusion, Node, NodeKind, Outside, Phase, Role, Step, StepKind, Technique,
    Touched,
};

/// The story of findings that belong together, which come in order of time.
pub(crate) fn describe(ordered: &[&Evidence], edges: Vec<Edge>) -> Intrusion {
    let first = ordered.iter().map(|f| f.first()).min().unwrap_or_default();
    let last = ordered.iter().map(|f| f.last()).max().unwrap_or_default();
    let (strength, strength_because) = strength(ordered);
    let hosts = touched(ordered, |f| f.host.iter().cloned().collect());
    Intrusion {
        id: String::new(),
        strength,
        strength_because,
        first,
        last,
        began: began(ordered, first),
        accounts: touched(ordered, |f| f.accounts.iter().filter(|a| is_person(a)).cloned().collect()),
        hosts,
        addresses: addresses(ordered),
        artifacts: Vec::new(),
        techniques: techniques(ordered),
        phases: phases(ordered),
        steps: steps(ordered),
        edges,
        findings: ordered.iter().map(|f| f.id.clone()).collect(),
        unexplained: unexplained(ordered),
        notes: Vec::new(),
    }
}

fn strength(ordered: &[&Evidence]) -> (String, Vec<String>) {
    let tactics: BTreeSet<String> = ordered.iter().flat_map(|f| f.tactics()).collect();
    let high: BTreeSet<&str> =
        ordered.iter().filter(|f| weight(&f.level) >= 4).map(|f| f.title.as_str()).collect();
    let strength = match () {
        () if tactics.len() >= 4 && high.len() >= 3 => "strong",
        () if tactics.len() >= 2 && !high.is_empty() => "moderate",
        () => "weak",
    };
    let because = format!("{} rules of level high or above, over {} tactics", high.len(), tactics.len());
    (strength.to_owned(), vec![because])
}

fn began(ordered: &[&Evidence], at: i64) -> Began {
    let first = ordered.first();
    Began {
        host: ordered.iter().find_map(|f| f.host.clone()),
        at,
        how: first.map_or_else(String::new, |f| f.title.clone()),
        before_logs: false,
        finding: first.map(|f| f.id.clone()),
    }
}

fn touched(ordered: &[&Evidence], names: impl Fn(&Evidence) -> Vec<String>) -> Vec<Touched> {
    let mut all: Vec<Touched> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for finding in ordered {
        for name in names(finding) {
            let place = *places.entry(name.to_lowercase()).or_insert_with(|| {
                let (first, last, finding) = (finding.first(), finding.last(), finding.id.clone());
                let manner = "first finding here".to_owned();
                all.push(Touched { name, first, last, manner, finding, sure: false });
                all.len() - 1
            });
            all[place].last = all[place].last.max(finding.last());
        }
    }
    all
}

fn addresses(ordered: &[&Evidence]) -> Vec<Outside> {
    let mut all: Vec<Outside> = Vec::new();
    for finding in ordered {
        for address in &finding.addresses {
            let role = role(finding);
            match all.iter_mut().find(|known| &known.address == address) {
                Some(known) => {
                    known.last = known.last.max(finding.last());
                    known.role = known.role.min(role);
                    known.bytes = known.bytes.max(finding.bytes);
                    known.findings.push(finding.id.clone());
                }
                None => all.push(Outside {
                    address: address.clone(),
                    domain: None,
                    first: finding.first(),
                    last: finding.last(),
                    role,
                    bytes: finding.bytes,
                    findings: vec![finding.id.clone()],
                }),
            }
        }
    }
    all
}

fn role(finding: &Evidence) -> Role {
    let tactics: Vec<String> = finding.tactics().collect();
    let has = |name: &str| tactics.iter().any(|t| t == name);
    match () {
        () if has("command-and-control") => Role::CommandAndControl,
        () if has("exfiltration") => Role::Exfiltration,
        () if has("initial-access") => Role::LogonFrom,
        () => Role::Contacted,
    }
}

fn techniques(ordered: &[&Evidence]) -> Vec<Technique> {
    let mut all: BTreeMap<String, (BTreeSet<String>, Vec<String>)> = BTreeMap::new();
    for finding in ordered {
        for id in finding.techniques() {
            let entry = all.entry(id).or_default();
            entry.0.extend(finding.tactics());
            entry.1.push(finding.id.clone());
        }
    }
    let rows = all.into_iter();
    rows.map(|(id, (tactics, findings))| Technique { id, tactics: tactics.into_iter().collect(), findings })
        .collect()
}

fn phases(ordered: &[&Evidence]) -> Vec<Phase> {
    let mut all: Vec<Phase> = Vec::new();
    for finding in ordered {
        for tactic in finding.tactics() {
            match all.iter_mut().find(|known| known.tactic == tactic) {
                Some(known) => {
                    known.last = known.last.max(finding.last());
                    known.findings.push(finding.id.clone());
                }
                None => all.push(Phase {
                    tactic,
                    first: finding.first(),
                    last: finding.last(),
                    findings: vec![finding.id.clone()],
                }),
            }
        }
    }
    all
}

fn steps(ordered: &[&Evidence]) -> Vec<Step> {
    let located = ordered.iter().filter_map(|finding| Some((*finding, finding.host.clone()?)));
    let step = |(number, (finding, host)): (usize, (&Evidence, String))| Step {
        number: number + 1,
        at: finding.first(),
        kind: kind(finding),
        from: None,
        to: Node { kind: NodeKind::Host, name: host },
        account: finding.accounts.iter().find(|a| is_person(a)).cloned(),
        text: finding.title.clone(),
        findings: vec![finding.id.clone()],
        records: finding.records.iter().take(3).copied().collect(),
    };
    located.enumerate().map(step).collect()
}

/// The kind of step that a finding's tactics speak of, the most telling first.
fn kind(finding: &Evidence) -> StepKind {
    let tactics: Vec<String> = finding.tactics().collect();
    let of = [
        ("exfiltration", StepKind::Exfiltration),
        ("credential-access", StepKind::CredentialAccess),
        ("collection", StepKind::Collection),
        ("command-and-control", StepKind::Connection),
        ("lateral-movement", StepKind::RemoteExecution),
        ("persistence", StepKind::Persistence),
        ("discovery", StepKind::Discovery),
        ("defense-evasion", StepKind::DefenseEvasion),
    ];
    of.iter().find(|(name, _)| tactics.iter().any(|t| t == name)).map_or(StepKind::Process, |(_, kind)| *kind)
}

fn unexplained(ordered: &[&Evidence]) -> Vec<String> {
    let seen = |name: &str| ordered.iter().any(|f| f.tactics().any(|t| t == name));
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
