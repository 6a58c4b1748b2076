//! The tables in `tests/cases`: what Sigma means, and what is refused.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::print_stdout,
    unreachable_pub,
    dead_code,
    reason = "a test"
)]

mod support;

use std::collections::BTreeMap;

use onus_sigma::{EventSource, MatcherOptions, RuleSetBuilder};
use serde::Deserialize;

#[derive(Deserialize)]
struct Table {
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    detection: String,
    r#true: Vec<BTreeMap<String, String>>,
    r#false: Vec<BTreeMap<String, String>>,
}

fn rule(detection: &str) -> String {
    let indented: String = detection.lines().map(|line| format!("  {line}\n")).collect();
    format!("title: t\nlogsource: {{product: test}}\ndetection:\n{indented}")
}

#[test]
fn sigma_means_what_the_table_says() {
    let table: Table = toml::from_str(include_str!("cases/spec.toml")).unwrap();
    let source = EventSource { product: "test".into(), ..EventSource::default() };
    for case in &table.case {
        let mut builder = RuleSetBuilder::new();
        builder.add_yaml(&case.name, &rule(&case.detection));
        let (set, problems) = builder.build();
        assert!(problems.is_empty(), "{}: {problems:?}", case.name);
        let events = case.r#true.iter().map(|e| (e, true)).chain(case.r#false.iter().map(|e| (e, false)));
        let events: Vec<(Vec<(String, String)>, bool)> =
            events.map(|(event, expected)| (event.clone().into_iter().collect(), expected)).collect();
        for (event, expected) in &events {
            let matches = set.match_record(&source, event);
            assert_eq!(!matches.is_empty(), *expected, "{}: {event:?}", case.name);
        }
        let records: Vec<&[(String, String)]> = events.iter().map(|(event, _)| event.as_slice()).collect();
        for turn in 0..6 {
            let mut matcher = set.matcher(&source, &[], &MatcherOptions::default());
            for _again in 0..2 {
                let rows: Vec<u32> =
                    matcher.match_batch(&support::batch(&records, turn)).iter().map(|m| m.row).collect();
                let expected: Vec<u32> =
                    (0..).zip(&events).filter(|(_, e)| e.1).map(|(row, _)| row).collect();
                assert_eq!(rows, expected, "{}: batch, turn {turn}", case.name);
            }
        }
    }
}

#[derive(Deserialize)]
struct Refusals {
    refused: Vec<Refused>,
}

#[derive(Deserialize)]
struct Refused {
    name: String,
    yaml: String,
    reason: String,
    line: u32,
}

#[test]
fn what_cannot_be_used_is_refused_with_line_and_reason() {
    let table: Refusals = toml::from_str(include_str!("cases/refused.toml")).unwrap();
    for case in &table.refused {
        let mut builder = RuleSetBuilder::new();
        builder.add_yaml(&case.name, &case.yaml);
        let (set, problems) = builder.build();
        assert_eq!(set.len(), 0, "{}", case.name);
        let found = problems.iter().find(|p| p.refused && p.reason.contains(&case.reason));
        let found = found.unwrap_or_else(|| panic!("{}: {problems:?}", case.name));
        assert_eq!(found.line, Some(case.line), "{}: {problems:?}", case.name);
    }
}
