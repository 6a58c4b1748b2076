//! Rule files that try to hurt: each is refused with a reason, and in bounded time.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::print_stdout,
    unreachable_pub,
    dead_code,
    reason = "a test"
)]

use std::time::{Duration, Instant};

use onus_sigma::{RuleProblem, RuleSet, RuleSetBuilder};

/// Far above what any of them needs, far below what each took without its bound.
const PATIENCE: Duration = Duration::from_secs(20);

fn load(text: &str) -> (RuleSet, Vec<RuleProblem>) {
    let mut builder = RuleSetBuilder::default();
    builder.add_yaml("hostile.yml", text);
    builder.build()
}

fn rule(detection: &str) -> String {
    format!("title: hostile\nlogsource:\n  category: test\ndetection:\n{detection}\n")
}

/// Nine times the one before, thirty times over.
fn alias_bomb() -> String {
    let mut text = "a0: &a0 [x]\n".to_owned();
    for n in 1..30 {
        let before = vec![format!("*a{}", n - 1); 9].join(",");
        text.push_str(&format!("a{n}: &a{n} [{before}]\n"));
    }
    text + &rule("  selection: *a29\n  condition: selection")
}

#[test]
fn each_is_refused_with_its_reason() {
    let condition = |text: String| rule(&format!("  a:\n    f: 1\n  condition: {text}"));
    let value = |item: String| rule(&format!("  a:\n    {item}\n  condition: a"));
    let table = [
        (
            "nested brackets",
            condition(format!("{}a{}", "(".repeat(30_000), ")".repeat(30_000))),
            "nests deeper",
        ),
        ("nested not", condition(format!("{}a", "not ".repeat(15_000))), "nests deeper"),
        ("open lists", value(format!("f: {}", "[".repeat(1_000_000))), "brackets are open"),
        ("open maps", value(format!("f: {}", "{a: ".repeat(500_000))), "brackets are open"),
        ("nested block lists", value(format!("f: \n      {}x", "- ".repeat(500_000))), "recursion limit"),
        ("aliases of aliases", alias_bomb(), "repetition limit"),
        ("repetition of repetitions", value("f|re: '((a{100}){100}){100}'".to_owned()), "too big"),
        ("many dashes", value(format!("f|windash|contains: '{}'", " -a".repeat(200))), "dashes"),
        ("a large file", "a".repeat(5 << 20), "at most"),
    ];
    for (name, text, expected) in table {
        let start = Instant::now();
        let (set, problems) = load(&text);
        assert!(set.is_empty(), "{name} was loaded");
        let reason = &problems.first().unwrap_or_else(|| panic!("{name}: no reason")).reason;
        assert!(reason.contains(expected), "{name}: {reason}");
        assert!(start.elapsed() < PATIENCE, "{name} took {:?}", start.elapsed());
    }
}
