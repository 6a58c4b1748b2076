//! Correlation rules and filters: the tables in `tests/cases`, and the same as an independent engine.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::print_stdout,
    unreachable_pub,
    dead_code,
    reason = "a test"
)]

use std::collections::BTreeMap;

use onus_sigma::{CorrelationEvent, EventSource, Firing, RuleProblem, RuleSet, RuleSetBuilder, Shortfall};
use rsigma_eval::{CorrelationConfig, CorrelationEngine, JsonEvent};
use rsigma_parser::{CorrelationCondition, CorrelationType};
use serde::Deserialize;
use serde_json::json;

type Fields = Vec<(String, String)>;

fn load(yaml: &str) -> (RuleSet, Vec<RuleProblem>) {
    let mut builder = RuleSetBuilder::new();
    builder.add_yaml("rules.yml", yaml);
    builder.build()
}

/// The matches of all events, given to a correlator; times are in seconds, records count from 0.
fn correlate(set: &RuleSet, events: &[(i64, Fields)]) -> (Vec<Firing>, Vec<Shortfall>) {
    let source = EventSource { product: "test".into(), ..EventSource::default() };
    let mut correlator = set.correlator();
    let mut firings = Vec::new();
    for (record, (time, fields)) in events.iter().enumerate() {
        for found in set.match_record(&source, fields) {
            let Some(names) = set.correlated_fields(found.rule) else { continue };
            let values: Vec<Option<String>> = names
                .iter()
                .map(|name| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()))
                .collect();
            let (time, record) = (time * 1_000_000, record as u64);
            let event = CorrelationEvent { rule: found.rule, time, record, values: &values };
            correlator.push(&event, &mut |firing| firings.push(firing));
        }
    }
    let shortfalls = correlator.finish(&mut |firing| firings.push(firing));
    firings.sort_by_key(|firing| (firing.record, firing.rule));
    (firings, shortfalls)
}

#[derive(Deserialize)]
struct Table {
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    /// Rules of one letter: each matches the events whose field `K` is the letter.
    rules: String,
    yaml: String,
    events: Vec<BTreeMap<String, toml::Value>>,
    fires: Vec<Expected>,
    #[serde(default)]
    silent: String,
}

#[derive(Deserialize)]
struct Expected {
    rule: Option<String>,
    record: u64,
    records: Vec<u64>,
    events: Option<u64>,
    value: Option<f64>,
    peak: Option<f64>,
    group: Option<Vec<String>>,
}

fn base_rules(names: &str) -> String {
    let rule = |name: char| {
        format!(
            "title: title of {name}\nid: id-{name}\nname: {name}\nlogsource: {{product: test}}\n\
             detection:\n  s: {{K: '{name}'}}\n  condition: s\n---\n"
        )
    };
    names.chars().map(rule).collect()
}

#[test]
fn correlations_mean_what_the_table_says() {
    let table: Table = toml::from_str(include_str!("cases/correlation.toml")).unwrap();
    for case in &table.case {
        let (set, problems) = load(&(base_rules(&case.rules) + &case.yaml));
        assert!(problems.is_empty(), "{}: {problems:?}", case.name);
        let events: Vec<(i64, Fields)> = case.events.iter().map(event).collect();
        let (firings, shortfalls) = correlate(&set, &events);
        assert!(shortfalls.is_empty(), "{}: {shortfalls:?}", case.name);
        assert_eq!(firings.len(), case.fires.len(), "{}: {firings:#?}", case.name);
        for (found, expected) in firings.iter().zip(&case.fires) {
            assert_eq!(
                (found.record, &found.records),
                (expected.record, &expected.records),
                "{}: {found:?}",
                case.name
            );
            let title = expected.rule.as_deref().unwrap_or("c");
            assert_eq!(set.meta(found.rule).title, title, "{}", case.name);
            let same = |wanted: Option<f64>, have: f64| wanted.is_none_or(|wanted| wanted == have);
            assert!(same(expected.value, found.value), "{}: {found:?}", case.name);
            assert!(same(expected.peak, found.peak), "{}: {found:?}", case.name);
            assert!(expected.events.is_none_or(|events| events == found.events), "{}: {found:?}", case.name);
            if let Some(group) = &expected.group {
                let values: Vec<&String> = found.group.iter().map(|(_, value)| value).collect();
                assert_eq!(values, group.iter().collect::<Vec<_>>(), "{}", case.name);
            }
        }
        let silent: String = set
            .iter()
            .filter(|(rule, _)| !set.reports(*rule))
            .filter_map(|(_, meta)| meta.name.clone())
            .collect();
        assert_eq!(silent, case.silent, "{}: rules that report nothing themselves", case.name);
    }
}

fn event(fields: &BTreeMap<String, toml::Value>) -> (i64, Fields) {
    let text = |value: &toml::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let time = fields["t"].as_integer().unwrap();
    (
        time,
        fields
            .iter()
            .filter(|(name, _)| *name != "t")
            .map(|(name, value)| (name.clone(), text(value)))
            .collect(),
    )
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

/// One correlation of a random kind over the rules a, b and c.
fn random_correlation(random: &mut Random) -> String {
    let n = 1 + random.below(6);
    let (kind, condition) = match random.below(8) {
        0 => ("event_count", format!("{{gte: {n}}}")),
        1 => ("event_count", format!("{{gt: {n}, lte: {}}}", n + 3)),
        2 => ("value_count", format!("{{gte: {}, field: V}}", 1 + n / 2)),
        3 => ("value_sum", format!("{{gt: {}, field: V}}", n * 5)),
        4 => ("value_avg", format!("{{lt: {n}, field: V}}")),
        5 => ("value_percentile", format!("{{gte: {n}, field: V, percentile: {}}}", random.below(101))),
        6 => ("temporal", "{gte: 3}".to_owned()),
        _ => ("temporal_ordered", "{gte: 3}".to_owned()),
    };
    let group = ["[]", "[G]", "[G, H]"][random.below(3) as usize];
    format!(
        "title: c\nid: the-correlation\ncorrelation:\n  type: {kind}\n  rules: [a, b, c]\n  group-by: {group}\n  \
         timespan: {}s\n  condition: {condition}\n",
        1 + random.below(30)
    )
}

/// Each event with which `rsigma-eval` alerts lies in one of our bursts, and each event of a burst is such a one:
/// so many alerts for each group.
#[test]
fn the_same_as_an_independent_engine() {
    for seed in 0..600 {
        let mut random = Random(seed);
        let yaml = base_rules("abc") + &random_correlation(&mut random);
        // Events of one second have an order here (that of their records), and any order there.
        let least = i64::from(yaml.contains("temporal_ordered"));
        let mut time = 1_000;
        let events: Vec<(i64, Fields)> = (0..120)
            .map(|_| {
                time += least + random.below(4) as i64 * random.below(4) as i64;
                let name = ["a", "b", "c"][random.below(3) as usize];
                let field = |name: &str, value: String| (name.to_owned(), value);
                let fields = vec![
                    field("K", name.to_owned()),
                    field("G", random.below(2).to_string()),
                    field("H", random.below(2).to_string()),
                    field("V", random.below(9).to_string()),
                ];
                (time, fields)
            })
            .collect();
        assert_eq!(ours(&yaml, &events), theirs(&yaml, &events), "seed {seed}\n{yaml}");
    }
}

/// By group: how many events the condition held with, and the records with which it came to hold.
type Alerts = BTreeMap<Vec<(String, String)>, (u64, Vec<u64>)>;

fn ours(yaml: &str, events: &[(i64, Fields)]) -> Alerts {
    let (set, problems) = load(yaml);
    assert!(problems.is_empty(), "{problems:?}\n{yaml}");
    let mut alerts = Alerts::new();
    for firing in correlate(&set, events).0 {
        let of_group = alerts.entry(firing.group).or_default();
        of_group.0 += firing.events;
        of_group.1.push(firing.record);
    }
    alerts
}

fn theirs(yaml: &str, events: &[(i64, Fields)]) -> Alerts {
    let collection = rsigma_parser::parse_sigma_yaml(yaml).unwrap();
    let mut engine = CorrelationEngine::new(CorrelationConfig::default());
    engine.add_collection(&collection).unwrap();
    let mut alerts = Alerts::new();
    // By group: the time of its last event, and whether it alerted. A burst ends when the window runs empty.
    let mut lit: BTreeMap<Vec<(String, String)>, (i64, bool)> = BTreeMap::new();
    let correlation = &collection.correlations[0];
    let (group_by, timespan) = (&correlation.group_by, correlation.timespan.seconds as i64);
    let least = match (&correlation.condition, correlation.correlation_type) {
        (CorrelationCondition::Threshold { predicates, .. }, CorrelationType::ValuePercentile) => {
            Some(predicates[0].1 as f64)
        }
        _ => None,
    };
    for (record, (time, fields)) in events.iter().enumerate() {
        let json = json!(fields.iter().cloned().collect::<BTreeMap<_, _>>());
        let results = engine.process_event_at(&JsonEvent::borrow(&json), *time);
        let alert = results.iter().find_map(|result| result.as_correlation());
        // It alerts with every percentile, whatever the condition: its value is held against it here.
        let alert = alert.filter(|alert| least.is_none_or(|least| alert.aggregated_value >= least));
        let group: Vec<(String, String)> =
            fields.iter().filter(|(name, _)| group_by.contains(name)).cloned().collect();
        let before = lit.insert(group.clone(), (*time, alert.is_some()));
        let before = before.is_some_and(|(last, lit)| lit && last >= time - timespan);
        if let Some(alert) = alert {
            assert_eq!(alert.group_key, group);
            let of_group = alerts.entry(group).or_default();
            of_group.0 += 1;
            if !before {
                of_group.1.push(record as u64);
            }
        }
    }
    alerts
}

#[test]
fn filters_narrow_the_rules_that_they_name() {
    let filter = |rules: &str, source: &str| {
        format!(
            "title: f\nid: f\nlogsource: {{{source}}}\nfilter:\n  rules: {rules}\n  \
             selection: {{User|startswith: adm_}}\n  condition: not selection\n"
        )
    };
    let event =
        |name: &str, user: &str| -> Fields { vec![("K".into(), name.into()), ("User".into(), user.into())] };
    let source = EventSource { product: "test".into(), ..EventSource::default() };
    // Rules, the filter's log source, which of the rules a and b still match an administrator's event.
    let table = [
        ("[a]", "product: test", "b"),
        ("[id-a, b]", "product: test", ""),
        ("any", "product: test", ""),
        ("[a]", "", "b"),
        ("[a]", "product: other", "ab"),
        ("[a]", "product: test, category: x", "ab"),
        ("[nobody]", "product: test", "ab"),
        ("[title of a]", "product: test", "ab"),
    ];
    for (rules, log_source, expected) in table {
        for first in [true, false] {
            let (rules_text, filter) = (base_rules("ab"), filter(rules, log_source));
            let yaml = if first { format!("{filter}---\n{rules_text}") } else { rules_text + &filter };
            let (set, problems) = load(&yaml);
            assert_eq!(problems.is_empty(), expected != "ab", "{rules}, {log_source}: {problems:?}");
            assert!(
                problems.iter().all(|p| p.line.is_some() && p.rule.as_deref() == Some("f")),
                "{problems:?}"
            );
            let matching = |user: &str| -> String {
                let names = ["a", "b"].map(|name| set.match_record(&source, &event(name, user)));
                names.iter().flatten().filter_map(|m| set.meta(m.rule).name.clone()).collect()
            };
            assert_eq!(matching("someone"), "ab", "{rules}, {log_source}");
            assert_eq!(matching("adm_x"), expected, "{rules}, {log_source}");
            for (_, meta) in set.iter() {
                let narrowed = !expected.contains(meta.name.as_deref().unwrap());
                assert_eq!(
                    meta.filters.len(),
                    usize::from(narrowed),
                    "{rules}, {log_source}: {}",
                    meta.title
                );
                assert_eq!(meta.fields(), ["K"]);
            }
        }
    }
}

#[test]
fn documents_of_one_file_share_what_is_global() {
    let yaml = "action: global\ntitle: t\nid: shared\nlogsource: {product: test}\ndetection: {condition: s}\n\
                ---\ndetection: {s: {K: a}}\n---\ndetection: {s: {K: b}}\n---\naction: repeat\n\
                detection: {s: {K: c}}\n---\naction: reset\n---\ntitle: u\ndetection: {s: {K: d}, condition: s}\n";
    let (set, problems) = load(yaml);
    assert!(problems.is_empty(), "{problems:?}");
    let source = EventSource { product: "test".into(), ..EventSource::default() };
    let found = |key: &str| -> Vec<String> {
        let fields: Fields = vec![("K".into(), key.into())];
        set.match_record(&source, &fields).iter().map(|m| set.meta(m.rule).id.clone()).collect()
    };
    assert_eq!([found("a"), found("b"), found("c")], [["shared"], ["shared-2"], ["shared-3"]]);
    assert!(found("d")[0].starts_with("sha256-"), "{:?}", found("d"));
}

#[test]
fn placeholders_come_from_the_user() {
    let yaml = "title: t\nlogsource: {product: test}\n\
                detection: {s: {User|expand: ['%admins%', 'x-%hosts%']}, condition: s}\n";
    let mut builder = RuleSetBuilder::new();
    let table = [("admins", vec!["ann", "bob*"]), ("hosts", vec!["1", "2"])];
    builder.placeholders(
        table.into_iter().map(|(k, v)| (k.to_owned(), v.into_iter().map(str::to_owned).collect())).collect(),
    );
    let (set, problems) = {
        builder.add_yaml("rules.yml", yaml);
        builder.build()
    };
    assert!(problems.is_empty(), "{problems:?}");
    let source = EventSource { product: "test".into(), ..EventSource::default() };
    for (user, expected) in
        [("ANN", true), ("bobby", true), ("x-2", true), ("x-3", false), ("%admins%", false)]
    {
        let fields: Fields = vec![("User".into(), user.into())];
        assert_eq!(!set.match_record(&source, &fields).is_empty(), expected, "{user}");
    }
}
