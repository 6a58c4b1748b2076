//! The page of invented cases: with few and many hosts, with very many findings, and with hostile text.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};

use onus_claim::{Claim, Kind, Sequence};
use onus_intrusion::{
    Began, Edge, Intrusion, Node, NodeKind, Outside, Phase, Role, Step, StepKind, Technique, Touched,
};
use onus_report::{Finding, Read, Record, Report, page, wanted_records};

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
fn made(hosts: &[String], findings: usize, text: &str) -> String {
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
        records: records.collect(),
        read: Read::default(),
    })
}

fn hosts(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("WS-{number:03}.corp.example")).collect()
}

/// What stands between `before` and the next double quote or `>`, each time.
fn each<'a>(page: &'a str, before: &str) -> Vec<&'a str> {
    page.split(before)
        .skip(1)
        .filter_map(|rest| rest.trim_start_matches('"').split(['"', '>', ' ']).next())
        .collect()
}

fn no_link_goes_nowhere(page: &str) {
    let all = each(page, " id=");
    let ids: BTreeSet<&str> = all.iter().copied().collect();
    assert_eq!(ids.len(), all.len(), "ids that stand twice");
    let links: Vec<&str> = each(page, "href=");
    assert!(links.len() > 10);
    for link in links {
        let target = link.strip_prefix('#').unwrap_or_else(|| panic!("{link} leads off the page"));
        assert!(ids.contains(target), "{target} is not there");
    }
}

#[test]
fn each_sentence_leads_to_its_claim_and_each_claim_to_its_records() {
    let page = made(&hosts(3), 5, "a text");
    no_link_goes_nowhere(&page);
    for part in ["<a href=\"#c.C0001\">", "<a href=\"#r.7\">record 7</a>", "id=r.9>", "id=\"f.F0002\""] {
        assert!(page.contains(part), "{part}");
    }
    // The weakest edge comes first; a finding that is not shown is no link.
    assert!(page.find("weak one").unwrap() < page.find("strong one").unwrap());
    assert!(!page.contains("#f.F9999"));
    assert!(page.contains("At least 5.0 MB left"));
}

#[test]
fn three_hosts_are_three_nodes() {
    let page = made(&hosts(3), 5, "a text");
    assert_eq!(page.matches("<g class=\"node host\">").count(), 3);
    assert!(!page.contains("and 1 more hosts"));
}

#[test]
fn sixty_hosts_are_few_nodes_and_each_of_them_one_click_away() {
    let page = made(&hosts(60), 5, "a text");
    let full = page.split("class=\"graph full\"").nth(1).unwrap().split("</svg>").next().unwrap();
    assert_eq!(full.matches("<g class=\"node host\">").count(), 60);
    let few = page.split("class=\"graph\"").nth(1).unwrap().split("</svg>").next().unwrap();
    assert!(few.matches("<g class=\"node host\">").count() <= 16);
    assert!(few.contains(" more hosts"));
    no_link_goes_nowhere(&page);
}

#[test]
fn fifty_thousand_findings_and_two_thousand_hosts_are_a_page_of_bounded_size() {
    let page = made(&hosts(2_000), 50_000, "what a rule of some length in its title found");
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
    assert!(page.contains("and 49,698 more. All: <code>onus query CASE"));
    no_link_goes_nowhere(&page);
}

#[test]
fn hostile_text_stays_text() {
    let long = "A".repeat(1_000_000);
    let texts = [
        "</title></text></svg><script>alert(1)</script><img src=x onerror=alert(1)>",
        "\" onmouseover=alert(1) x=\" ' <!-- --> ]]> &amp;",
        "\u{202e}gnp.exe \u{0}\u{1b}[2J\u{7f}\u{feff}\u{fffd}\u{2028}\u{e0041}",
        &long,
    ];
    for text in texts {
        let page = made(&[format!("{text}1"), format!("{text}2"), "H3".to_owned()], 20, text);
        for bad in ["<script", "<img", "\u{202e}", "\u{1b}", "\u{0}", "\u{2028}"] {
            assert!(!page.contains(bad), "{bad:?}");
        }
        // No attribute begins in a text: quotes are written out.
        assert!(!page.contains("\" onmouseover"));
        assert!(page.len() < 400_000, "{} bytes", page.len());
    }
}
