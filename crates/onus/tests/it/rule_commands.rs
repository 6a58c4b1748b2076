//! `onus rules` and the choice of rules, by the real binary.

use std::fs;
use std::path::Path;

use crate::common::{data, onus, text};

const RULE: &str = "title: Whoami Run
id: 5f113a8f-8b61-41ca-b90f-d374fa7e4a39
status: test
date: 2026-01-02
level: low
tags: [attack.discovery, attack.t1033]
logsource: {product: windows, category: process_creation}
detection:
  run: {Image|endswith: '\\whoami.exe'}
  never: {User|contains: svc}
  odd: {Colour: red}
  condition: run or odd
";

const TEST: &str = r#"{
 "match": [{"source": {"product": "windows", "category": "process_creation"}, "fields": {"Image": "C:\\whoami.exe"}}],
 "miss": [{"source": {"product": "windows", "category": "process_creation"}, "fields": {"Image": "C:\\whoami.exe.txt"}}]
}"#;

fn stdout(run: &std::process::Output) -> String {
    String::from_utf8_lossy(&run.stdout).into_owned()
}

#[test]
fn lint_says_file_line_and_reason() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path();
    fs::write(base.join("whoami.yml"), RULE).unwrap();
    let run = onus(&["rules", "lint", "--rules", text(base)]);
    let said = stdout(&run);
    assert_eq!(run.status.code(), Some(0), "{said}");
    assert!(
        said.contains("whoami.yml:10: warning") && said.contains("never refers to the selection never"),
        "{said}"
    );
    assert!(
        said.contains("whoami.yml:11: warning") && said.contains("events have no field Colour"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 2, "{said}");
    fs::write(
        base.join("broken.yml"),
        "title: x\nlogsource: {product: windows}\ndetection:\n  a: {B|nosuch: c}\n  condition: a\n",
    )
    .unwrap();
    let run = onus(&["rules", "lint", "--rules", text(base), "--format", "csv"]);
    assert_eq!(run.status.code(), Some(1));
    assert!(stdout(&run).contains("broken.yml,4,error,"), "{}", stdout(&run));
}

#[test]
fn rules_are_listed_shown_and_chosen() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("whoami.yml"), RULE).unwrap();
    let rules = text(folder.path());
    let shown = onus(&["rules", "show", "Whoami Run", "--rules", rules]);
    let said = stdout(&shown);
    assert!(said.starts_with("# ") && said.contains(RULE.trim_end()), "the text as it is written: {said}");
    assert!(
        said.contains("Microsoft-Windows-Sysmon/Operational 1") && said.contains("Security 4688"),
        "{said}"
    );
    assert!(said.contains("woken by:   one of 2"), "{said}");
    for (options, expected) in [
        (&["--min-level", "medium", "--built-in"][..], false),
        (&["--level", "low", "--built-in"], true),
        (&["--tag", "T1033"], true),
        (&["--status", "stable", "--built-in"], false),
        (&["--logsource", "windows/process_creation"], true),
        (&["--logsource", "zeek", "--built-in"], false),
    ] {
        let args = [&["rules", "list", "--rules", rules, "--format", "csv"], options].concat();
        let run = onus(&args);
        let found = stdout(&run).contains("5f113a8f-8b61-41ca-b90f-d374fa7e4a39");
        assert_eq!(found, expected, "{options:?}: {}{}", stdout(&run), String::from_utf8_lossy(&run.stderr));
    }
    let none = onus(&["rules", "list", "--rules", rules, "--level", "critical"]);
    assert_eq!(none.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&none.stderr).contains("none of the 1 rules"));
    assert_eq!(onus(&["rules", "list", "--level", "grave"]).status.code(), Some(2));
}

#[test]
fn tests_beside_rules_fail_loudly() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path();
    fs::write(base.join("whoami.yml"), RULE).unwrap();
    fs::write(base.join("whoami.test.json"), TEST).unwrap();
    let run = onus(&["rules", "test", "--rules", text(base)]);
    assert_eq!(run.status.code(), Some(0), "{}", stdout(&run));
    assert!(stdout(&run).contains("1 rules tested with 1 matching events and 1 near misses: 0 failures"));
    fs::write(base.join("whoami.test.json"), TEST.replace(".exe.txt", ".exe")).unwrap();
    let run = onus(&["rules", "test", "--rules", text(base)]);
    assert_eq!(run.status.code(), Some(1));
    assert!(stdout(&run).contains("miss 1: the rule matches"), "{}", stdout(&run));
    let built_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
    let run = onus(&["rules", "test", "--rules", text(&built_in)]);
    assert_eq!(run.status.code(), Some(0), "{}", stdout(&run));
}

#[test]
fn regression_cases_are_counted() {
    let Some(cases) = data("regression_cases", "sigma-regression") else { return };
    let Some(rules) = data("regression_cases", "sigmahq") else { return };
    let run = onus(&["rules", "test", "--rules", text(&rules), "--cases", text(&cases)]);
    assert_eq!(run.status.code(), Some(0), "{}", stdout(&run));
    assert!(stdout(&run).contains("98 of 98 cases fire their rule"), "{}", stdout(&run));
    let run = onus(&["rules", "test", "--cases", text(&cases)]);
    assert_eq!(run.status.code(), Some(1));
    assert!(stdout(&run).contains("the rule is not among those that are used"), "{}", stdout(&run));
}

#[test]
fn coverage_tells_which_rules_cannot_fire_in_a_case_and_why() {
    let folder = tempfile::tempdir().unwrap();
    let (log, case) = (folder.path().join("log.ndjson"), folder.path().join("case"));
    fs::write(&log, r#"{"@timestamp":"2017-03-06T07:00:00Z","winlog":{"channel":"Security","event_id":4688,"computer_name":"A","event_data":{"NewProcessName":"C:\\whoami.exe"}}}"#).unwrap();
    assert_eq!(onus(&["investigate", text(&log), "--out", text(&case), "-q"]).status.code(), Some(0));
    let run = onus(&["rules", "coverage", text(&case), "--format", "csv"]);
    let said = stdout(&run);
    assert!(said.contains("the case has no event of zeek conn"), "{said}");
    assert!(said.contains("windows_security_4688: no event has CommandLine"), "{said}");
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    let able: usize = said.split_whitespace().next().unwrap().parse().unwrap();
    assert!(able > 0 && able < 100, "{said}");
}
