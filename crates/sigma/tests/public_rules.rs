//! The public rule set and its authors' own regression cases.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::print_stdout,
    unreachable_pub,
    dead_code,
    reason = "a test"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use onus_sigma::{Aliased, MatcherOptions, RuleId};
use support::{ALIASES, files, rules_in, test_data, windows_events};

#[test]
fn every_public_rule_loads_or_is_listed() {
    let Some(data) = test_data("every_public_rule_loads_or_is_listed") else { return };
    let rules = data.join("sigmahq");
    let all = files(&rules, "yml").len();
    let (set, problems) = rules_in(&rules);
    problems.iter().for_each(|problem| println!("{problem}"));
    println!("{} of {all} files give a rule; {} problems", set.len(), problems.len());
    let refused: BTreeSet<&str> = problems.iter().filter(|p| p.refused).map(|p| p.origin.as_str()).collect();
    let loaded: BTreeSet<&str> = set.iter().map(|(_, meta)| meta.origin.as_str()).collect();
    assert_eq!(loaded.len() + refused.difference(&loaded).count(), all, "each file is loaded or listed");
    assert!(refused.len() * 100 < all, "{} of {all} refused", refused.len());
    let mut ids = BTreeSet::new();
    for (_, meta) in set.iter() {
        assert!(ids.insert(&meta.id), "{} twice", meta.id);
        assert!(!meta.fields().is_empty() || meta.searches_every_field(), "{} reads nothing", meta.id);
        assert_eq!(meta.digest.len(), 64);
    }
}

#[test]
fn every_regression_case_fires_its_rule() {
    let Some(data) = test_data("every_regression_case_fires_its_rule") else { return };
    let (set, _) = rules_in(&data.join("sigmahq"));
    let by_id: BTreeMap<&str, RuleId> = set.iter().map(|(rule, meta)| (meta.id.as_str(), rule)).collect();
    let mut silent = Vec::new();
    let cases = files(&data.join("sigma-regression"), "json");
    for path in &cases {
        let info = std::fs::read_to_string(path.with_file_name("info.yml")).unwrap();
        let named: Vec<&str> = info.lines().filter_map(|line| line.trim().strip_prefix("- id: ")).collect();
        let events = windows_events(&std::fs::read_to_string(path).unwrap());
        for id in named {
            let rule = by_id.get(id.trim());
            let fired = events.iter().any(|event| {
                let record = Aliased { fields: &event.fields, aliases: ALIASES };
                let matches = set.match_record(&event.source(), &record);
                let batch = support::batch(&[&event.fields], 0);
                let in_batch =
                    set.matcher(&event.source(), ALIASES, &MatcherOptions::default()).match_batch(&batch);
                assert_eq!(matches, in_batch, "{}", path.display());
                matches.iter().any(|m| Some(&m.rule) == rule && !m.why.is_empty())
            });
            if !fired {
                silent.push(format!("{id} ({}) known: {}", path.display(), rule.is_some()));
            }
        }
    }
    println!("{} cases, {} silent", cases.len(), silent.len());
    assert!(cases.len() >= 97, "{}", cases.len());
    assert!(silent.is_empty(), "{silent:#?}");
}
