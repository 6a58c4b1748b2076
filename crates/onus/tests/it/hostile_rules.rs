//! Rule files that try to hurt, given to the real binary: each is refused or bounded, the reason is said, and the
//! good rule beside it is used.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::common::{onus, text};

/// Far above what any of them needs, far below what each would take unbounded.
const PATIENCE: Duration = Duration::from_secs(20);

const GOOD: &str = "title: good\nid: 6f0d6c39-6c54-4c0c-9d52-6a1f3f6f0f01\n\
    logsource: {product: windows, service: security}\ndetection:\n  a: {EventID: 4624}\n  condition: a\n";

fn rule(detection: &str) -> String {
    format!("title: hostile\nlogsource: {{product: windows, service: security}}\ndetection:\n{detection}\n")
}

fn expression(pattern: &str) -> String {
    rule(&format!("  a:\n    TargetUserName|re: '{pattern}'\n  condition: a"))
}

/// Nine times the one before, thirty times over.
fn aliases() -> String {
    let mut text = "a0: &a0 [x]\n".to_owned();
    for n in 1..30 {
        let before = vec![format!("*a{}", n - 1); 9].join(",");
        text.push_str(&format!("a{n}: &a{n} [{before}]\n"));
    }
    text + &rule("  selection: *a29\n  condition: selection")
}

/// A valid rule of 100 MB.
fn large() -> String {
    let line = "      - 1234567\n";
    rule(&format!("  a:\n    EventID:\n{}  condition: a", line.repeat(100_000_000 / line.len())))
}

/// Runs `onus investigate` with the good rule and a hostile one; returns what it says of the rules.
fn investigate(hostile: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("rules");
    fs::create_dir(&rules).unwrap();
    fs::write(rules.join("good.yml"), GOOD).unwrap();
    fs::write(rules.join("hostile.yml"), hostile).unwrap();
    let log = folder.path().join("log.ndjson");
    fs::write(&log, event()).unwrap();
    let case = folder.path().join("case");
    let begun = Instant::now();
    let made = onus(&["investigate", text(&log), "--rules", text(&rules), "--out", text(&case)]);
    assert!(begun.elapsed() < PATIENCE, "it took {:?}", begun.elapsed());
    let said = String::from_utf8_lossy(&made.stderr).into_owned();
    assert_eq!(made.status.code(), Some(0), "{said}");
    assert_eq!(matches(&case, "good"), "1", "the good rule is used: {said}");
    said
}

/// A name at which a backtracking engine would try two to the power of its length.
fn event() -> String {
    let name = "a".repeat(30_000) + "!";
    format!("{{\"Channel\":\"Security\",\"EventID\":4624,\"TargetUserName\":\"{name}\"}}\n")
}

fn matches(case: &Path, title: &str) -> String {
    let query = format!("select count(*) as n from matches where rule_title = '{title}'");
    let asked = onus(&["query", text(case), &query, "--format", "csv"]);
    let answer = String::from_utf8_lossy(&asked.stdout).into_owned();
    answer.trim().trim_start_matches("n\n").to_owned()
}

#[test]
fn each_is_refused_with_its_reason() {
    let nested = |open: &str| format!("{}a{}", open.repeat(1_000), ")".repeat(1_000));
    let condition = |text: String| rule(&format!("  a:\n    EventID: 1\n  condition: {text}"));
    for (name, hostile, reason) in [
        ("a condition nested a thousand times", condition(nested("(")), "the condition nests deeper than"),
        ("a thousand negations", condition(nested("not (")), "the condition nests deeper than"),
        ("aliases that expand without end", aliases(), "repetition limit"),
        ("an alias of itself", rule("  a: &a [*a]\n  condition: a"), "recursion limit"),
        ("an expression too big to compile", expression("((a{100}){100}){100}"), "too big"),
        ("a file of 100 MB", large(), "at most"),
    ] {
        let said = investigate(&hostile);
        let line = said.lines().find(|line| line.contains("hostile.yml")).unwrap_or_default();
        assert!(line.contains(reason), "{name}: {said}");
    }
}

#[test]
fn an_expression_that_explodes_elsewhere_is_evaluated_in_linear_time() {
    for pattern in ["^(a+)+$", "^(a|aa)+$", "(a*)*b", "^(([a-z])+.)+[A-Z]([a-z])+$"] {
        let said = investigate(&expression(pattern));
        assert!(!said.contains("hostile.yml"), "{pattern} is used: {said}");
    }
}
