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

use onus_sigma::{CorrelationEvent, RuleProblem, RuleSet, RuleSetBuilder};

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

fn correlation(rules: &str, kind: &str, timespan: &str, condition: &str) -> String {
    format!(
        "title: c\nname: c\ncorrelation:\n  type: {kind}\n  rules: [{rules}]\n  timespan: {timespan}\n  condition: {condition}\n"
    )
}

fn nested(name: &str) -> String {
    format!("{}{name}{}", "(".repeat(10_000), ")".repeat(10_000))
}

/// Each names the next, and the last the first.
fn ring(length: usize) -> String {
    let one = |n: usize| {
        let next = (n + 1) % length;
        format!(
            "title: c{n}\nname: c{n}\ncorrelation: {{type: event_count, rules: [c{next}], timespan: 1h, condition: {{gte: 1}}}}\n---\n"
        )
    };
    (0..length).map(one).collect()
}

fn correlation_aliases() -> String {
    alias_bomb() + "---\n" + &alias_bomb().replace("a29\n", "a29\ncorrelation: {aliases: *a29}\n")
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
        ("a timespan without end", correlation("a", "event_count", "999999999999y", "{gte: 1}"), "timespan"),
        (
            "a timespan of ages",
            correlation("a", "event_count", "9999999y", "{gte: 1}"),
            "longer than 100 years",
        ),
        (
            "a count of everything",
            correlation("a", "event_count", "1d", "{gte: 99999999999}"),
            "at most 1000000",
        ),
        (
            "too many rules",
            correlation(&vec!["a"; 300].join(", "), "temporal_ordered", "1d", "{gte: 1}"),
            "names more than",
        ),
        ("nested condition over rules", correlation("a", "temporal", "1d", &nested("a")), "nests deeper"),
        ("a correlation of itself", correlation("c", "event_count", "1d", "{gte: 1}"), "refers to itself"),
        ("a ring", ring(3), "refers to itself"),
        ("a ring of ten thousand", ring(10_000), "refers to itself"),
        ("aliases of aliases in a correlation", correlation_aliases(), "repetition limit"),
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

/// A million values in one group, and as many groups: what is kept is bounded, and what was left out is told.
#[test]
fn what_a_correlation_keeps_is_bounded() {
    let text = "title: a\nname: a\nlogsource: {category: test}\ndetection: {s: {K: a}, condition: s}\n---\n"
        .to_owned();
    let values = correlation("a", "value_count", "1y", "{gte: 1000000, field: V}");
    let groups =
        correlation("a", "event_count", "1y", "{gte: 2}").replace("name: c", "name: d") + "  group-by: [V]\n";
    let numbers =
        correlation("a", "value_sum", "1y", "{gte: 99999999, field: N}").replace("name: c", "name: e");
    let (set, problems) = load(&format!("{text}{values}---\n{groups}---\n{numbers}"));
    assert!(problems.is_empty(), "{problems:?}");
    let (rule, _) = set.iter().next().unwrap();
    assert_eq!(set.correlated_fields(rule).unwrap(), ["V", "N"]);
    let mut correlator = set.correlator();
    let mut firings = 0;
    let before = resident();
    for n in 0..1_000_000_u64 {
        let values = [Some(format!("value {n}")), Some("1".to_owned())];
        let event = CorrelationEvent { rule, time: n as i64, record: n, values: &values };
        correlator.push(&event, &mut |_| firings += 1);
    }
    let grown = resident().saturating_sub(before);
    assert!(grown < 300 << 20, "{} MiB more", grown >> 20);
    let shortfalls = correlator.finish(&mut |_| firings += 1);
    assert_eq!(firings, 0, "no group came to what its condition asks for");
    assert_eq!(shortfalls.len(), 3, "{shortfalls:?}");
    assert!(shortfalls.iter().all(|s| s.groups + s.events > 0));
}

/// Bytes of memory that this process holds, where the system tells.
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    text.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or_default() * 4_096
}

/// Ten thousand correlations one above the other, and one event that goes through all of them.
#[test]
fn a_long_chain_ends() {
    let mut text =
        "title: a\nname: c10000\nlogsource: {category: test}\ndetection: {s: {K: a}, condition: s}\n---\n"
            .to_owned();
    let open = ring(10_001);
    text += open.rsplit_once("title: c10000").unwrap().0;
    let (set, problems) = load(&text);
    assert!(problems.is_empty(), "{problems:?}");
    let (rule, _) = set.iter().next().unwrap();
    let mut correlator = set.correlator();
    correlator.push(&CorrelationEvent { rule, time: 0, record: 0, values: &[] }, &mut |_| ());
    let mut firings = 0;
    assert!(correlator.finish(&mut |_| firings += 1).is_empty());
    assert_eq!(firings, 10_000);
}
