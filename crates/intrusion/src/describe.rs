//! From findings that belong together to the story of an intrusion.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::{is_person, weight};
use crate::{
    Artifact, ArtifactKind, Began, Edge, Evidence, Intrusion, Movement, Node, NodeKind, Outside, Phase, Role,
    Step, StepKind, Technique, Touched,
};

/// A logon at most this long after the first finding on a host still tells how it was reached.
const SOON: i64 = 3_600_000_000;
/// What begins this close to the first event was under way before.
const AT_ONCE: i64 = 600_000_000;

/// The story of findings that belong together, which come in order of time. `weakest` is the weak edge that holds
/// parts of it together, if there is one.
pub(crate) fn describe(
    ordered: &[&Evidence],
    edges: Vec<Edge>,
    weakest: Option<&Edge>,
    logs_begin: Option<i64>,
) -> Intrusion {
    let first = ordered.iter().map(|f| f.first()).min().unwrap_or_default();
    let last = ordered.iter().map(|f| f.last()).max().unwrap_or_default();
    let (strength, strength_because) = strength(ordered, &edges, weakest);
    let mut hosts = touched(ordered, |f| f.host.iter().cloned().collect());
    let mut on_host: BTreeMap<&str, Vec<&Evidence>> = BTreeMap::new();
    for (finding, host) in ordered.iter().filter_map(|f| Some((f, f.host.as_deref()?))) {
        on_host.entry(host).or_default().push(finding);
    }
    for host in &mut hosts {
        let here = on_host.get(host.name.as_str()).cloned().unwrap_or_default();
        reached(host, &here);
    }
    Intrusion {
        id: String::new(),
        strength,
        strength_because,
        first,
        last,
        began: began(ordered, &hosts, first, logs_begin),
        accounts: accounts(ordered, &edges),
        hosts,
        addresses: addresses(ordered),
        artifacts: artifacts(ordered),
        techniques: techniques(ordered),
        phases: phases(ordered),
        steps: steps(ordered),
        edges,
        findings: ordered.iter().map(|f| f.id.clone()).collect(),
        followers: Vec::new(),
        unexplained: unexplained(ordered),
        notes: Vec::new(),
    }
}

/// What only a host, an account or a logon joins may be ordinary work that looks alike.
const FIRM: [&str; 6] = [
    "same process",
    "same logon session",
    "same program",
    "same outside address",
    "made in the one",
    "an analyst",
];

fn strength(ordered: &[&Evidence], edges: &[Edge], weakest: Option<&Edge>) -> (String, Vec<String>) {
    let tactics: BTreeSet<String> = ordered.iter().flat_map(|f| f.tactics()).collect();
    let high: BTreeSet<&str> = ordered.iter().filter(|f| weight(f.level) >= 4).map(|f| &*f.title).collect();
    let strength = match () {
        () if tactics.len() >= 4 && high.len() >= 3 => 2,
        () if tactics.len() >= 2 && !high.is_empty() => 1,
        () => 0_usize,
    };
    let mut because = vec![format!(
        "{} of level high or above, over {}",
        count(high.len(), "rule"),
        count(tactics.len(), "tactic")
    )];
    because.extend(weakest.map(|edge| {
        format!(
            "less sure, as parts of it hang together by one thing: {} ({} and {})",
            edge.reason, edge.a, edge.b
        )
    }));
    let strength = strength.saturating_sub(usize::from(weakest.is_some()));
    let firm = edges.iter().any(|edge| FIRM.iter().any(|reason| edge.reason.contains(reason)));
    if !firm {
        because.push("weak, as nothing but a host, an account or a logon joins its findings".to_owned());
    }
    let strength = if firm { strength } else { 0 };
    (["weak", "moderate", "strong"][strength].to_owned(), because)
}

/// A number of things, in words.
fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

fn began(ordered: &[&Evidence], hosts: &[Touched], at: i64, logs_begin: Option<i64>) -> Began {
    let first = ordered.first();
    let host = hosts.first();
    let came = host.filter(|host| host.sure).map(|host| host.manner.clone());
    let before_logs = logs_begin.is_some_and(|begin| at.saturating_sub(begin) < AT_ONCE);
    Began {
        host: host.map(|host| host.name.clone()),
        at,
        how: came.or_else(|| first.map(|f| f.title.to_string())).unwrap_or_default(),
        before_logs,
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

/// How a host was reached: the logon from elsewhere nearest to what was first found there.
fn reached(host: &mut Touched, here: &[&Evidence]) {
    let came = here.iter().flat_map(|f| f.came.iter().map(move |came| (came, &f.id)));
    let near = came.filter(|(came, _)| came.at <= host.first + SOON);
    // By what started a program first, then a session of its own, then any.
    let best =
        near.min_by_key(|(came, _)| (came.how == "logon", !came.own, came.at, &came.from, &came.account));
    if let Some((came, finding)) = best {
        host.manner = manner(came);
        host.sure = came.own || came.how != "logon";
        host.finding.clone_from(finding);
    }
}

fn manner(came: &Movement) -> String {
    match came.how {
        "logon" => format!("logon from {} as {}", came.from, came.account),
        how => format!("remote {how} from {} as {}", came.from, came.account),
    }
}

/// Accounts of people that findings name, and those that came from one host to another where that joins findings.
fn accounts(ordered: &[&Evidence], edges: &[Edge]) -> Vec<Touched> {
    let mut all = touched(ordered, |f| f.accounts.iter().filter(|a| is_person(a)).cloned().collect());
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for edge in edges {
        reasons.entry(&edge.a).or_default().push(&edge.reason);
        reasons.entry(&edge.b).or_default().push(&edge.reason);
    }
    let mut known: BTreeSet<String> = all.iter().map(|account| account.name.to_lowercase()).collect();
    for (finding, came) in ordered.iter().flat_map(|f| f.came.iter().map(move |came| (*f, came))) {
        let Some(reasons) = reasons.get(finding.id.as_str()) else { continue };
        let account = came.account.to_lowercase();
        if known.contains(&account) {
            continue;
        }
        let words = came.words();
        // Whole reasons: "eve logged on …" also ends "steve logged on …".
        if reasons.iter().flat_map(|all| all.split("; ")).any(|reason| reason == words) {
            known.insert(account);
            all.push(Touched {
                name: came.account.clone(),
                first: came.at,
                last: finding.last(),
                finding: finding.id.clone(),
                ..Touched::default()
            });
        }
    }
    all.sort_by_key(|account| account.first);
    all.into_iter().map(|account| used_on(account, ordered)).collect()
}

fn used_on(mut account: Touched, ordered: &[&Evidence]) -> Touched {
    let came = ordered.iter().flat_map(|f| f.came.iter().map(move |came| (came, *f)));
    let own = came.filter(|(came, f)| f.host.is_some() && came.account.eq_ignore_ascii_case(&account.name));
    let first = own.min_by(|(a, f), (b, g)| (a.at, &a.from, &f.id).cmp(&(b.at, &b.from, &g.id)));
    let host = ordered.iter().find(|f| f.id == account.finding).and_then(|f| f.host.as_ref());
    match (first, host) {
        (Some((came, finding)), _) => {
            let to = finding.host.as_deref().unwrap_or_default();
            account.manner = format!("logged on to {to} from {}", came.from);
            account.finding.clone_from(&finding.id);
            account.sure = true;
        }
        (None, Some(host)) => account.manner = format!("first used on {host}"),
        (None, None) => {}
    }
    account
}

fn artifacts(ordered: &[&Evidence]) -> Vec<Artifact> {
    let mut all: BTreeMap<String, Artifact> = BTreeMap::new();
    for finding in ordered {
        let calls = finding.tactics().any(|t| t == "command-and-control" || t == "persistence");
        let kind = if calls { ArtifactKind::Implant } else { ArtifactKind::Tool };
        for (path, hash) in &finding.programs {
            let known = all.entry(path.to_lowercase()).or_insert_with(|| Artifact {
                kind,
                path: path.clone(),
                hash: hash.clone(),
                host: finding.host.clone(),
                first: finding.first(),
                findings: Vec::new(),
            });
            known.kind = known.kind.min(kind);
            known.hash = known.hash.take().or_else(|| hash.clone());
            known.findings.push(finding.id.clone());
        }
    }
    all.into_values().collect()
}

fn addresses(ordered: &[&Evidence]) -> Vec<Outside> {
    let mut all: Vec<Outside> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    for finding in ordered {
        let role = role(finding);
        for address in &finding.addresses {
            let place = *places.entry(address).or_insert_with(|| {
                all.push(Outside {
                    address: address.clone(),
                    domain: None,
                    first: finding.first(),
                    last: finding.last(),
                    role,
                    bytes: None,
                    findings: Vec::new(),
                });
                all.len() - 1
            });
            let known = &mut all[place];
            known.last = known.last.max(finding.last());
            known.role = known.role.min(role);
            known.bytes = known.bytes.max(finding.bytes);
            known.findings.push(finding.id.clone());
        }
        for (address, name) in &finding.names {
            let first = names.entry(address).or_insert(name);
            *first = (*first).min(name);
        }
    }
    for outside in &mut all {
        outside.domain = names.get(outside.address.as_str()).map(|name| (*name).to_owned());
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

/// What the findings show, and the logons from elsewhere that led to them, in time.
fn steps(ordered: &[&Evidence]) -> Vec<Step> {
    let located = ordered.iter().filter_map(|finding| Some((*finding, finding.host.clone()?)));
    let mut all: Vec<Step> = located
        .map(|(finding, host)| Step {
            number: 0,
            at: finding.first(),
            kind: kind(finding),
            from: None,
            to: Node { kind: NodeKind::Host, name: host },
            account: finding.accounts.iter().find(|a| is_person(a)).cloned(),
            text: finding.title.to_string(),
            findings: vec![finding.id.clone()],
            records: finding.records.iter().take(3).copied().collect(),
        })
        .collect();
    all.extend(arrivals(ordered).into_values());
    all.sort_by(|a, b| {
        (a.at, a.from.is_none(), &a.text, &a.findings).cmp(&(b.at, b.from.is_none(), &b.text, &b.findings))
    });
    all.iter_mut().enumerate().for_each(|(place, step)| step.number = place + 1);
    all
}

/// By host, whence, account and means: the first logon of its kind.
fn arrivals(ordered: &[&Evidence]) -> BTreeMap<(String, String, String, &'static str), Step> {
    let mut all: BTreeMap<(String, String, String, &'static str), Step> = BTreeMap::new();
    for (finding, host) in ordered.iter().filter_map(|f| Some((*f, f.host.as_ref()?))) {
        for came in &finding.came {
            let outside = crate::is_outside(&came.from);
            let from = if outside { NodeKind::Address } else { NodeKind::Host };
            let remote = came.how != "logon";
            let key = (host.to_lowercase(), came.from.to_lowercase(), came.account.to_lowercase(), came.how);
            let step = all.entry(key).or_insert_with(|| Step {
                number: 0,
                at: came.at,
                kind: if remote { StepKind::RemoteExecution } else { StepKind::Logon },
                from: Some(Node { kind: from, name: came.from.clone() }),
                to: Node { kind: NodeKind::Host, name: host.clone() },
                account: Some(came.account.clone()),
                text: manner(came),
                findings: Vec::new(),
                records: vec![came.record],
            });
            if came.at < step.at {
                (step.at, step.records) = (came.at, vec![came.record]);
            }
            if !step.findings.contains(&finding.id) {
                step.findings.push(finding.id.clone());
            }
        }
    }
    all
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
