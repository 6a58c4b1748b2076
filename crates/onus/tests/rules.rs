//! Rules against what their own authors say they find.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::print_stdout,
    unreachable_pub,
    dead_code,
    reason = "a test"
)]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use common::{data, onus, text};
use onus_case::Rules;
use onus_sigma::EventSource;
use serde_json::Value;

/// Every case of the public regression set fires the rule that it names, in the file that it comes with.
#[test]
fn regression_cases_of_the_rules_authors() {
    let Some(cases) = data("regression", "sigma-regression") else { return };
    let Some(rules) = data("regression", "sigmahq") else { return };
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    let run = onus(&["investigate", text(&cases), "--rules", text(&rules), "--out", text(&case), "-q"]);
    assert_eq!(run.status.code(), Some(4), "{}", String::from_utf8_lossy(&run.stderr));
    let asked =
        onus(&["query", text(&case), "select distinct path, rule_id from matches", "--format", "ndjson"]);
    let fired: BTreeSet<(PathBuf, String)> = String::from_utf8(asked.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|row| {
            (PathBuf::from(row["path"].as_str().unwrap()), row["rule_id"].as_str().unwrap().to_owned())
        })
        .filter(|(path, _)| path.extension().is_some_and(|e| e == "evtx" || e == "raw"))
        .map(|(path, rule)| (path.parent().unwrap().to_owned(), rule))
        .collect();
    let mut missing = Vec::new();
    let mut total = 0;
    each(&cases, "info.yml", &mut |info| {
        total += 1;
        let words = fs::read_to_string(info).unwrap();
        let rule = words.split("rule_metadata:").nth(1).and_then(|rest| rest.split("id:").nth(1)).unwrap();
        let rule = rule.split_whitespace().next().unwrap().to_owned();
        if !fired.contains(&(info.parent().unwrap().to_owned(), rule.clone())) {
            missing.push(format!("{} {rule}", info.display()));
        }
    });
    eprintln!("{} of {total} regression cases fire", total - missing.len());
    assert!(total >= 98 && missing.is_empty(), "{missing:#?}");
}

/// Each built-in rule matches its matching events and no near miss.
#[test]
fn built_in_rules_keep_their_promises() {
    let rules = Rules::built_in();
    assert!(rules.problems.is_empty(), "{:?}", rules.problems);
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
    let mut tested = 0;
    for (id, meta) in rules.set.iter() {
        let path = base.join(meta.origin.replace(".yml", ".test.json"));
        let test: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        for (kind, expected) in [("match", true), ("miss", false)] {
            let events = test[kind].as_array().unwrap();
            assert!(!events.is_empty(), "{}: no {kind}", path.display());
            for event in events {
                let (source, fields) = (source(&event["source"]), fields(&event["fields"]));
                let found = rules.set.match_record(&source, &fields).iter().any(|m| m.rule == id);
                assert_eq!(found, expected, "{}: {kind} {event}", path.display());
            }
        }
        tested += 1;
    }
    assert!(tested >= 60, "only {tested} rules");
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
    value
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, v)| !v.is_null())
        .map(|(k, v)| (k.clone(), text(v)))
        .collect()
}

fn each(folder: &Path, name: &str, take: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            each(&path, name, take);
        } else if path.file_name().is_some_and(|n| n == name) {
            take(&path);
        }
    }
}
