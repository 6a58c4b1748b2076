//! What nobody could look at in a case, in words: records that no rule is for, and times that are no moments.

use std::collections::BTreeMap;

use onus_claim::{event_source, grouped};
use onus_event::{Mappings, UNDATED};
use onus_sigma::{LogSource, RuleSet};

use crate::Rules;
use crate::investigate::SYSLOG;
use crate::parts::Parts;
use crate::rules::source_text;

/// Tables that are named, those with most records.
const NAMED: usize = 3;

/// What to say of a case with these tables that was looked at with these rules; `dated` tells whether the day is known on which
/// its logs were taken.
pub(crate) fn limits(
    parts: &Parts,
    tables: &[(String, u64)],
    rules: &Rules,
    mappings: &Mappings,
    dated: bool,
) -> Vec<String> {
    let without_year = !dated && parts.has(SYSLOG, UNDATED);
    let undated = || {
        format!(
            "times without a year ({SYSLOG}) are no moments, so nothing is joined by them: --collected YYYY-MM-DD tells on \
             which day the logs were taken"
        )
    };
    without_rule(tables, &rules.set, mappings).into_iter().chain(without_year.then(undated)).collect()
}

/// The records for whose log sources there is no rule.
fn without_rule(tables: &[(String, u64)], rules: &RuleSet, mappings: &Mappings) -> Option<String> {
    let all: u64 = tables.iter().map(|(_, rows)| rows).sum();
    // Thousands of rules are for a few hundred log sources.
    let own = rules.iter().filter(|(id, _)| rules.correlation(*id).is_none());
    let wanted: BTreeMap<String, &LogSource> =
        own.map(|(_, meta)| (source_text(&meta.logsource), &meta.logsource)).collect();
    let has_rule = |table: &str| {
        let sources = onus_event::log_sources_of_table(table, mappings);
        let sources: Vec<_> = sources.iter().map(event_source).collect();
        sources.iter().any(|source| wanted.values().any(|wanted| source.serves(wanted)))
    };
    let mut without: Vec<&(String, u64)> = tables.iter().filter(|(table, _)| !has_rule(table)).collect();
    without.sort_by_key(|(table, rows)| (std::cmp::Reverse(*rows), table));
    let rows: u64 = without.iter().map(|(_, rows)| rows).sum();
    let with_rows = |(table, rows): &(String, u64)| format!("{table} {}", grouped(*rows));
    let named = match &without[..] {
        [] => return None,
        [(table, _)] => table.clone(),
        some => some.iter().take(NAMED).map(|one| with_rows(one)).collect::<Vec<_>>().join(", "),
    };
    let more = match without.len().saturating_sub(NAMED) {
        0 => String::new(),
        1 => " and another table".to_owned(),
        more => format!(" and {more} more tables"),
    };
    let (rows, all) = (grouped(rows), grouped(all));
    Some(format!("no rule is for {rows} of the {all} records ({named}{more})"))
}

#[cfg(test)]
mod tests {
    use super::without_rule;
    use onus_event::Mappings;
    use onus_sigma::RuleSetBuilder;

    fn said(tables: &[(&str, u64)], source: &str) -> Option<String> {
        let tables: Vec<_> = tables.iter().map(|(table, rows)| ((*table).to_owned(), *rows)).collect();
        let mut rules = RuleSetBuilder::default();
        let rule = format!(
            "title: A\nid: 11111111-1111-4111-8111-111111111111\nlogsource:\n  {source}\ndetection:\n  s:\n    a: b\n  \
             condition: s\n"
        );
        rules.add_yaml("rule.yml", &rule);
        without_rule(&tables, &rules.build().0, &Mappings::default())
    }

    #[test]
    fn records_that_no_rule_is_for_are_counted() {
        let tables = [("windows_sysmon_1", 1_000), ("zeek_conn", 70), ("zeek_dns", 5)];
        assert_eq!(said(&tables[..1], "product: windows"), None);
        let text = said(&tables, "product: windows").unwrap();
        assert_eq!(text, "no rule is for 75 of the 1,075 records (zeek_conn 70, zeek_dns 5)");
        let text = said(&tables, "product: zeek").unwrap();
        assert_eq!(text, "no rule is for 1,000 of the 1,075 records (windows_sysmon_1)");
        let many = ["a", "b", "c", "d", "e"].map(|table| (table, 2));
        let text = said(&many, "product: zeek").unwrap();
        assert_eq!(text, "no rule is for 10 of the 10 records (a 2, b 2, c 2 and 2 more tables)");
    }
}
