//! The tests beside rules: `x.test.json` beside `x.yml`, with events that must match and near misses that must not.
//! For a correlation a list of events, each with a time in seconds (`at`), stands in place of one event; one with
//! `times` and `every` stands for as many, so many seconds apart, with their numbers for `{n}` in its fields.

use std::fs;
use std::path::{Path, PathBuf};

use onus_sigma::{CorrelationEvent, EventSource, FieldLookup as _, RuleId, RuleSet};
use serde_json::Value;

use super::{Rules, rule_files};
use crate::CaseError;

/// How the tests beside rules went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleTests {
    /// Rules whose test was run.
    pub tested: usize,
    /// Rules without one.
    pub untested: usize,
    /// Events that must match.
    pub matching: usize,
    /// Events that must not.
    pub near_misses: usize,
    /// What did not hold: (file of the test, reason).
    pub failures: Vec<(PathBuf, String)>,
}

/// Runs the tests beside the rules under `paths`.
///
/// # Errors
/// If a path cannot be read.
pub fn run_tests(rules: &Rules, paths: &[PathBuf]) -> Result<RuleTests, CaseError> {
    let mut tests = RuleTests::default();
    for (file, _) in rule_files(paths)? {
        let origin = file.to_string_lossy();
        let here: Vec<RuleId> =
            rules.set.iter().filter(|(_, meta)| meta.origin == origin).map(|(id, _)| id).collect();
        let path = file.with_extension("test.json");
        if here.is_empty() {
            continue;
        }
        if !path.exists() {
            tests.untested += here.len();
            continue;
        }
        tests.tested += here.len();
        match read(&path) {
            Ok(test) => run(&rules.set, &here, &path, &test, &mut tests),
            Err(reason) => tests.failures.push((path, reason)),
        }
    }
    Ok(tests)
}

fn read(path: &Path) -> Result<Value, String> {
    let text = fs::read_to_string(path).map_err(|e| e.to_string())?;
    serde_json::from_str(&text).map_err(|e| format!("no JSON: {e}"))
}

fn run(set: &RuleSet, rules: &[RuleId], path: &Path, test: &Value, tests: &mut RuleTests) {
    for (kind, expected) in [("match", true), ("miss", false)] {
        let events = test[kind].as_array().map(Vec::as_slice).unwrap_or_default();
        if events.is_empty() {
            tests.failures.push((path.to_owned(), format!("it holds no event under {kind:?}")));
        }
        for (number, event) in events.iter().enumerate() {
            let fired = match event.as_array() {
                Some(events) => fire(set, events).iter().any(|rule| rules.contains(rule)),
                None => {
                    let found = set.match_record(&source(&event["source"]), &fields(&event["fields"]));
                    found.iter().any(|m| rules.contains(&m.rule))
                }
            };
            let word = if expected { "does not match" } else { "matches" };
            if fired != expected {
                tests.failures.push((path.to_owned(), format!("{kind} {}: the rule {word}", number + 1)));
            }
            *if expected { &mut tests.matching } else { &mut tests.near_misses } += 1;
        }
    }
}

/// When an event of a test happened, its log source, and its fields.
type Timed<'a> = (i64, &'a Value, Vec<(String, String)>);

/// The correlations that fire over a list of events and speak for themselves.
fn fire(set: &RuleSet, events: &[Value]) -> Vec<RuleId> {
    let mut all: Vec<Timed<'_>> = Vec::new();
    for event in events {
        let seconds = |name: &str, otherwise: f64| event[name].as_f64().unwrap_or(otherwise);
        let fields = fields(&event["fields"]);
        for n in 1..=event["times"].as_u64().unwrap_or(1) {
            let time = ((seconds("at", 0.0) + (n - 1) as f64 * seconds("every", 1.0)) * 1e6) as i64;
            let numbered =
                fields.iter().map(|(name, value)| (name.clone(), value.replace("{n}", &n.to_string())));
            all.push((time, &event["source"], numbered.collect()));
        }
    }
    all.sort_by_key(|(time, _, _)| *time);
    let mut correlator = set.correlator();
    let mut fired = Vec::new();
    for (record, (time, of, fields)) in (0..).zip(all) {
        for found in set.match_record(&source(of), &fields) {
            let Some(names) = set.correlated_fields(found.rule) else { continue };
            let values: Vec<Option<String>> =
                names.iter().map(|name| fields.get(name).map(|value| value.into_owned())).collect();
            let event = CorrelationEvent { rule: found.rule, time, record, values: &values };
            correlator.push(&event, &mut |firing| fired.push(firing.rule));
        }
    }
    correlator.finish(&mut |firing| fired.push(firing.rule));
    fired.retain(|rule| set.reports(*rule));
    fired
}

fn source(value: &Value) -> EventSource {
    let list = |name: &str| value[name].as_str().map(str::to_owned).into_iter().collect();
    EventSource {
        product: value["product"].as_str().unwrap_or_default().to_owned(),
        services: list("service"),
        categories: list("category"),
    }
}

fn fields(value: &Value) -> Vec<(String, String)> {
    let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
    let all = value.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    all.map(|(name, value)| (name.clone(), text(value))).collect()
}
