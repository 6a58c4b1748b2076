//! What differs, as text.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

use onus_case::Rules;
use onus_sigma::RuleId;

use super::ours::Ours;
use super::{Row, Tally};

/// Numbers of one input.
pub(crate) struct Totals<'a> {
    pub(crate) name: &'a str,
    pub(crate) records: usize,
    pub(crate) onus: usize,
    /// Of the peer without log sources, those of the rule's own log source.
    pub(crate) named: usize,
    pub(crate) tuned: usize,
    /// Matches at a place, or of a rule, that Onus does not have.
    pub(crate) unknown: u64,
}

/// One line for each rule that differs, first those that differ in matching.
pub(crate) fn render(
    totals: &Totals<'_>,
    rows: &BTreeMap<RuleId, Row>,
    ours: &Ours,
    rules: &Rules,
) -> String {
    let mut out = format!(
        "\n{}: {} records; pairs of rule and record: Onus {}, rsigma-eval named, in the rule's log source {}, \
         tuned {}",
        totals.name, totals.records, totals.onus, totals.named, totals.tuned
    );
    if totals.unknown > 0 {
        let _ = write!(
            out,
            "; {} of rsigma-eval's at records or by rules that Onus does not have",
            totals.unknown
        );
    }
    let both: u64 = rows.values().map(|row| row.both).sum();
    let _ = writeln!(out, "; all three {both}");
    part(&mut out, "differ in matching", rows, ours, rules, |row| (&row.only_onus, &row.only_peer));
    part(&mut out, "differ by names of fields", rows, ours, rules, |row| (&row.names_onus, &row.names_peer));
    part(&mut out, "differ by log source", rows, ours, rules, |row| (&row.source_onus, &row.source_peer));
    out
}

fn part(
    out: &mut String,
    title: &str,
    rows: &BTreeMap<RuleId, Row>,
    ours: &Ours,
    rules: &Rules,
    tallies: impl Fn(&Row) -> (&Tally, &Tally),
) {
    let mut text = String::new();
    let (mut count, mut onus, mut peer) = (0, 0, 0);
    for (rule, row) in rows {
        let (only_onus, only_peer) = tallies(row);
        if only_onus.records + only_peer.records == 0 {
            continue;
        }
        count += 1;
        onus += only_onus.records;
        peer += only_peer.records;
        let meta = rules.set.meta(*rule);
        let _ = write!(text, "{:>8}{:>8}{:>8}  {}", only_onus.records, only_peer.records, row.both, meta.id);
        for first in [only_onus.first, only_peer.first].into_iter().flatten() {
            let _ = write!(text, "  {}", example(first, ours));
        }
        let _ = writeln!(text, "  {}", meta.title);
    }
    let _ = writeln!(out, "{count} rules {title}: {onus} pairs only by Onus, {peer} only by rsigma-eval");
    if count > 0 {
        let _ = writeln!(out, "{:>8}{:>8}{:>8}  rule, first record of each, title", "Onus", "rsigma", "both");
        out.push_str(&text);
    }
}

fn example((file, record): (u32, u32), ours: &Ours) -> String {
    let path = &ours.files[file as usize];
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    format!("{name}:{record} ({})", ours.table(file, record))
}

/// Rules that only one of both could load.
pub(crate) fn loaded(theirs: &[String], rules: &Rules) -> String {
    let ours: HashSet<&str> = rules.set.iter().map(|(_, meta)| meta.id.as_str()).collect();
    let theirs: HashSet<&str> = theirs.iter().map(String::as_str).collect();
    let mut out = String::new();
    for (name, only) in [("Onus", ours.difference(&theirs)), ("rsigma-eval", theirs.difference(&ours))] {
        let mut only: Vec<_> = only.copied().collect();
        only.sort_unstable();
        let _ = writeln!(out, "rules loaded only by {name}: {}", only.len());
        only.iter().for_each(|id| _ = writeln!(out, "  {id}"));
    }
    out
}
