//! Invented cases, for the tests of the page and for its benchmark.

#![allow(dead_code, missing_docs, unreachable_pub, reason = "each who uses it uses a part")]

use std::collections::BTreeMap;

use onus_claim::{Claim, Kind, Sequence};
use onus_intrusion::{
    Began, Edge, Intrusion, Node, NodeKind, Outside, Phase, Role, Step, StepKind, Technique, Touched,
};
use onus_report::{Finding, Read, Record, Report, Seen, Values, page, wanted_records};

const HOUR: i64 = 3_600_000_000;
const BEGIN: i64 = 1_488_784_530_000_000;

fn node(kind: NodeKind, name: &str) -> Node {
    Node { kind, name: name.to_owned() }
}

fn touched(name: &str, at: i64, manner: &str) -> Touched {
    Touched {
        name: name.to_owned(),
        first: at,
        last: at + HOUR,
        manner: manner.to_owned(),
        finding: "F0001".to_owned(),
        sure: true,
    }
}

/// One host after the other from the first, all but two by the same account.
fn intrusion(hosts: &[String], text: &str) -> Intrusion {
    let at = |number: usize| BEGIN + number as i64 * HOUR;
    let step = |number: usize| Step {
        number: number + 1,
        at: at(number),
        kind: if number == 0 { StepKind::Process } else { StepKind::RemoteExecution },
        from: (number > 0).then(|| node(NodeKind::Host, &hosts[0])),
        to: node(NodeKind::Host, &hosts[number]),
        account: Some("eve".to_owned()),
        text: text.to_owned(),
        findings: vec!["F0001".to_owned()],
        records: vec![7],
    };
    let mut steps: Vec<Step> = (0..hosts.len()).map(step).collect();
    steps.push(Step {
        number: hosts.len() + 1,
        kind: StepKind::Connection,
        from: Some(node(NodeKind::Host, &hosts[0])),
        to: node(NodeKind::Address, "198.51.100.23"),
        ..step(0)
    });
    Intrusion {
        id: "I1".to_owned(),
        strength: "strong".to_owned(),
        strength_because: vec![text.to_owned()],
        first: BEGIN,
        last: at(hosts.len()),
        began: Began {
            host: Some(hosts[0].clone()),
            at: BEGIN,
            how: text.to_owned(),
            before_logs: false,
            finding: Some("F0001".to_owned()),
        },
        hosts: hosts
            .iter()
            .enumerate()
            .map(|(n, host)| touched(host, at(n), if n < 2 { text } else { "remote service from the first" }))
            .collect(),
        accounts: vec![touched("eve", BEGIN, text)],
        addresses: vec![Outside {
            address: "198.51.100.23".to_owned(),
            domain: Some(text.to_owned()),
            first: BEGIN,
            last: at(2),
            role: Role::CommandAndControl,
            bytes: Some(5_000_000),
            findings: vec!["F0001".to_owned(), "F0002".to_owned()],
        }],
        artifacts: Vec::new(),
        techniques: vec![Technique {
            id: "T1021.002".to_owned(),
            tactics: vec!["lateral-movement".to_owned()],
            findings: vec!["F0001".to_owned()],
        }],
        phases: vec![Phase {
            tactic: "lateral-movement".to_owned(),
            first: BEGIN,
            last: at(1),
            findings: vec!["F0001".to_owned()],
        }],
        steps,
        edges: vec![
            Edge {
                a: "F0001".to_owned(),
                b: "F0002".to_owned(),
                reason: "strong one".to_owned(),
                weight: 0.9,
            },
            Edge { a: "F0001".to_owned(), b: "F9999".to_owned(), reason: "weak one".to_owned(), weight: 0.2 },
        ],
        findings: vec!["F0001".to_owned(), "F0002".to_owned()],
        followers: Vec::new(),
        unexplained: vec!["Who sat at the keyboard.".to_owned()],
        notes: vec![text.to_owned()],
    }
}

fn claims(sentence: &str) -> Vec<Claim> {
    let kind = Kind::Sequence(Sequence { host: "H".to_owned(), first: 7, then: 9 });
    let mut claim = Claim::new("C0001", kind, vec![7, 9], "a second sensor");
    claim.sentence = sentence.to_owned();
    claim.findings = vec!["F0001".to_owned()];
    vec![claim]
}

/// The page of one intrusion on these hosts, with so many findings of none, every text of which is `text`.
pub fn made(hosts: &[String], findings: usize, text: &str) -> String {
    let intrusions = [intrusion(hosts, text)];
    let claims = claims(text);
    let ids: Vec<String> = (1..=findings).map(|number| format!("F{number:04}")).collect();
    let accounts = [text.to_owned()];
    let findings = ids.iter().enumerate().map(|(number, id)| Finding {
        id,
        title: text,
        level: "high",
        intrusion: (number < 2).then_some("I1"),
        host: Some(text),
        accounts: &accounts,
        count: 3,
        first: Some(BEGIN),
        values: Vec::new(),
    });
    let record = |number| {
        let fields = vec![(text.to_owned(), text.to_owned())];
        (number, Record { fields, path: text.to_owned(), ..Record::default() })
    };
    let records = wanted_records(&claims).into_iter().map(record);
    let (bytes, findings) = (BTreeMap::from([("I1".to_owned(), (5_000_000, 9_000_000))]), findings.collect());
    page(&Report {
        version: "test",
        intrusions: &intrusions,
        bytes: &bytes,
        findings,
        allowed: Vec::new(),
        claims: &claims,
        corroborated: BTreeMap::from([("C0001", ("the host H".to_owned(), "Zeek".to_owned()))]),
        records: records.collect(),
        read: Read::default(),
    })
}

/// The page of one finding and no intrusion.
pub fn quiet() -> String {
    let finding = Finding {
        id: "F0001",
        title: "a title",
        level: "high",
        intrusion: None,
        host: None,
        accounts: &[],
        count: 3,
        first: Some(BEGIN),
        values: Vec::new(),
    };
    page(&Report {
        version: "test",
        intrusions: &[],
        bytes: &BTreeMap::new(),
        findings: vec![finding],
        allowed: Vec::new(),
        claims: &[],
        corroborated: BTreeMap::new(),
        records: BTreeMap::new(),
        read: Read::default(),
    })
}

pub fn hosts(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("WS-{number:03}.corp.example")).collect()
}

/// Rules that find something in the crowded case.
const RULES: usize = 40;
/// Its intrusions, and hosts of each.
const INTRUSIONS: usize = 20;
const HOSTS: usize = 60;

/// The page of so many findings, all of them part of one of 20 intrusions on 60 hosts each, with 3,000 claims and
/// records such as Windows logs have.
pub fn crowded(findings: usize) -> String {
    let text = "A Program Starts Another One That It Seldom Starts";
    let id = |number: usize| format!("F{:05}", number + 1);
    let names: Vec<String> = (1..=INTRUSIONS).map(|number| format!("I{number}")).collect();
    let mut intrusions: Vec<Intrusion> = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let mut one = intrusion(&hosts(HOSTS), text);
        let own: Vec<usize> = (number..findings).step_by(INTRUSIONS).collect();
        one.id.clone_from(name);
        one.steps = own.iter().enumerate().map(|(at, finding)| crowded_step(at, &id(*finding))).collect();
        one.findings = own.into_iter().map(id).collect();
        intrusions.push(one);
    }
    let ids: Vec<String> = (0..findings).map(id).collect();
    let titles: Vec<String> = (0..RULES).map(|rule| format!("{text}, Form {rule}")).collect();
    let (on, accounts) = (hosts(HOSTS), ["eve".to_owned(), "CORP\\mallory".to_owned()]);
    let values = |_| Values {
        field: "CommandLine",
        distinct: 3,
        more: false,
        top: vec![Seen { value: COMMAND, matches: 4, in_case: Some((2, 1_234)) }; 3],
    };
    let found = ids.iter().enumerate().map(|(number, id)| Finding {
        id,
        title: &titles[number / INTRUSIONS % RULES],
        level: ["critical", "high", "medium"][number % 3],
        intrusion: Some(&names[number % INTRUSIONS]),
        host: Some(&on[number % HOSTS]),
        accounts: &accounts,
        count: 7,
        first: Some(BEGIN + number as i64 * HOUR / 100),
        values: (0..2).map(values).collect(),
    });
    let claims: Vec<Claim> =
        (0..3_000).map(|number| crowded_claim(number, &ids[number % findings])).collect();
    let fields = |number: u64| {
        let one = |field: u64| (format!("FieldOfWindows{field}"), format!("{COMMAND} {number}"));
        (0..24).map(one).collect()
    };
    let records = wanted_records(&claims).into_iter().map(|number| {
        let path = "evidence/WS-001.corp.example/Security.evtx".to_owned();
        (number, Record { fields: fields(number), path, sha256: "0".repeat(64), ..Record::default() })
    });
    let (records, findings) = (records.collect(), found.collect());
    page(&Report {
        version: "test",
        intrusions: &intrusions,
        bytes: &BTreeMap::new(),
        findings,
        allowed: Vec::new(),
        claims: &claims,
        corroborated: BTreeMap::new(),
        records,
        read: Read::default(),
    })
}

const COMMAND: &str = r"C:\Windows\System32\rundll32.exe C:\ProgramData\cache\a.dll,Start 198.51.100.23 443";

fn crowded_step(at: usize, finding: &str) -> Step {
    let (from, to) = (at / 2 % HOSTS, at % HOSTS);
    let name = |host: usize| format!("WS-{host:03}.corp.example");
    Step {
        number: at + 1,
        at: BEGIN + at as i64 * HOUR / 7,
        kind: if at.is_multiple_of(5) { StepKind::RemoteExecution } else { StepKind::Process },
        from: (at.is_multiple_of(5) && from != to).then(|| node(NodeKind::Host, &name(from))),
        to: node(NodeKind::Host, &name(to)),
        account: Some("eve".to_owned()),
        text: "A Program Starts Another One That It Seldom Starts".to_owned(),
        findings: vec![finding.to_owned()],
        records: vec![at as u64],
    }
}

fn crowded_claim(number: usize, finding: &str) -> Claim {
    let (first, then) = (2 * number as u64, 2 * number as u64 + 1);
    let kind = Kind::Sequence(Sequence { host: "WS-001.corp.example".to_owned(), first, then });
    let mut claim = Claim::new(format!("C{:04}", number + 1), kind, vec![first, then], "a second sensor");
    claim.findings = vec![finding.to_owned()];
    claim.intrusion = Some(format!("I{}", number % INTRUSIONS + 1));
    claim
}
