//! Whether the story puts together what belongs together: recorded attacks, moved in time so that they overlap, with
//! the ordinary life of the demo between them; and the demo itself, by its list of planted records.

mod claims;
mod growth;
mod mix;
mod score;
mod shift;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{UInt32Type, UInt64Type};
use onus_case::{Case, Finding, Options, RuleChoice, Rules, Summary};
use onus_source::find_inputs;

use crate::{Result, stages, table};
use score::{Item, scores};

/// What is measured.
pub(crate) struct Plan<'a> {
    pub(crate) data: &'a Path,
    /// The public rules.
    pub(crate) rules: &'a Path,
    /// The sets that nobody looked at while the rule of correlation was made.
    pub(crate) held_back: bool,
    /// What it costs instead.
    pub(crate) growth: bool,
    /// At most so many events, and where the plot goes.
    pub(crate) most_events: u64,
    pub(crate) out: &'a Path,
    pub(crate) runs: u32,
}

/// Records asked about at a time.
const AT_ONCE: usize = 2_000;

/// Prints the scores with the built-in and with the public rules.
pub(crate) fn run(plan: &Plan<'_>) -> Result<()> {
    if plan.growth {
        return growth::run(plan);
    }
    let folder = tempfile::Builder::new().prefix("onus-bench-").tempdir()?;
    let (evidence, planted) = mix::demo(folder.path())?;
    let packs =
        [("built-in rules", Rules::built_in()), ("public rules", Rules::choose(&public(plan.rules))?)];
    let mixes = if plan.held_back { held_back(plan.data)? } else { vec![metasploit(plan.data)?] };
    for sets in mixes {
        let mixed = tempfile::Builder::new().prefix("onus-bench-").tempdir()?;
        mix::ordinary(&evidence, &planted, mixed.path())?;
        let mut names = BTreeSet::new();
        for (place, archive) in (0..).zip(&sets) {
            names.insert(mix::recorded(archive, place, mixed.path())?);
        }
        let of =
            |path: &str, _: u64| Some(path.split('/').next()?.to_owned()).filter(|name| names.contains(name));
        for (pack, rules) in &packs {
            table::show(&judge(pack, mixed.path(), rules, &of)?)?;
        }
    }
    if !plan.held_back {
        let of = |path: &str, ordinal: u64| planted.get(&(path.to_owned(), ordinal)).cloned();
        for (pack, rules) in &packs {
            table::show(&judge(&format!("demo, {pack}"), &evidence, rules, &of)?)?;
        }
    }
    Ok(())
}

fn public(path: &Path) -> RuleChoice {
    RuleChoice { paths: vec![path.to_owned()], ..RuleChoice::default() }
}

/// All recorded campaigns at once.
fn metasploit(data: &Path) -> Result<Vec<PathBuf>> {
    archives(&data.join("windows-json"), |name| {
        name.starts_with("metasploit_") && !name.ends_with("_zeek_logs")
    })
}

/// Recordings of movement between hosts, one at a time, as their hosts have the same names.
fn held_back(data: &Path) -> Result<Vec<Vec<PathBuf>>> {
    let sets = archives(&data.join("windows-json/lateral_movement"), |_| true)?;
    Ok(sets.into_iter().map(|set| vec![set]).collect())
}

fn archives(folder: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut found: Vec<PathBuf> = entries.map(|e| Ok(e?.path())).collect::<std::io::Result<_>>()?;
    found.retain(|path| path.is_file() && wanted(&mix::set_name(path)));
    found.sort();
    if found.is_empty() { Err(format!("{}: no recorded set", folder.display()).into()) } else { Ok(found) }
}

/// What a record is of, by its file relative to the evidence and its place there.
type Truth<'a> = dyn Fn(&str, u64) -> Option<String> + 'a;

fn judge(title: &str, evidence: &Path, rules: &Rules, truth: &Truth<'_>) -> Result<String> {
    let folder = tempfile::Builder::new().prefix("onus-bench-").tempdir()?;
    let case = folder.path().join("case");
    let options = Options {
        out: case.clone(),
        threads: stages::threads(),
        allow: Default::default(),
        mapping: Default::default(),
        collected: None,
        progress: Arc::default(),
    };
    table::tell(title);
    let summary = onus_case::investigate(&find_inputs(&[evidence.to_owned()])?, rules, &options)?;
    let of_record = truths(&case, evidence, &summary, truth)?;
    let findings = &summary.story.findings;
    // What rests on no record, as beacons do, cannot be told apart by records.
    let items: Vec<Item> = findings
        .iter()
        .filter(|finding| !finding.records.is_empty())
        .map(|finding| Item { truth: truth_of(finding, &of_record), told: finding.intrusion.clone() })
        .collect();
    report(title, &case, &summary, &items)
}

/// A finding is of what most of its records are of: an incident, or ordinary life.
fn truth_of(finding: &Finding, of_record: &BTreeMap<u64, String>) -> Option<String> {
    let mut counts: BTreeMap<Option<&String>, usize> = BTreeMap::new();
    for record in finding.records.iter() {
        *counts.entry(of_record.get(record)).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).and_then(|(name, _)| name.cloned())
}

/// What the findings' records are of; those of ordinary life are left out.
fn truths(
    case: &Path,
    evidence: &Path,
    summary: &Summary,
    truth: &Truth<'_>,
) -> Result<BTreeMap<u64, String>> {
    let findings = summary.story.findings.iter();
    let records: BTreeSet<u64> = findings.flat_map(|f| f.records.iter().copied()).collect();
    let records: Vec<u64> = records.into_iter().collect();
    let case = Case::open(case)?;
    let mut of_record = BTreeMap::new();
    for some in records.chunks(AT_ONCE) {
        let list = some.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
        let question = format!("select record, ordinal, source from raw_records where record in ({list})");
        for batch in case.query(&question)?.1 {
            let number = |at: usize| batch.column(at).as_primitive::<UInt64Type>();
            let sources = batch.column(2).as_primitive::<UInt32Type>();
            for row in 0..batch.num_rows() {
                let source =
                    summary.sources.get(sources.value(row) as usize).ok_or("a record without a source")?;
                let path = Path::new(&source.path).strip_prefix(evidence)?.to_string_lossy();
                if let Some(name) = truth(&path, number(1).value(row)) {
                    of_record.insert(number(0).value(row), name);
                }
            }
        }
    }
    Ok(of_record)
}

fn report(title: &str, case: &Path, summary: &Summary, items: &[Item]) -> Result<String> {
    let story = &summary.story;
    let mut out = format!("\n{title}: {} events, {} findings\n", summary.records, items.len());
    let _ = writeln!(
        out,
        "{:<42}{:>9}{:>11}{:>11}{:>8}  intrusions",
        "", "findings", "in them", "precision", "recall"
    );
    let mut of: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for item in items {
        if let Some(told) = &item.told {
            *of.entry(told).or_default().entry(item.truth.as_deref().unwrap_or("")).or_default() += 1;
        }
    }
    // An intrusion is of what most of its findings are of.
    let main = |id: &str| of.get(id)?.iter().max_by_key(|(_, count)| **count).map(|(name, _)| *name);
    let intrusions = |truth: &str| {
        let own = story.intrusions.iter().filter(|i| main(&i.id) == Some(truth));
        own.map(|i| format!("{} {} ({})", i.id, i.strength, i.findings.len() + i.followers.len()))
            .collect::<Vec<_>>()
    };
    for (name, score) in scores(items) {
        let own = |item: &&Item| name == "all" || item.truth.as_deref() == Some(&name);
        let told =
            items.iter().filter(own).filter(|item| item.told.is_some() && item.truth.is_some()).count();
        let listed =
            if name == "all" { story.intrusions.len().to_string() } else { intrusions(&name).join(", ") };
        let _ = writeln!(
            out,
            "{name:<42}{:>9}{told:>11}{:>11.2}{:>8.2}  {listed}",
            score.findings, score.precision, score.recall
        );
    }
    let ordinary = items.iter().filter(|item| item.truth.is_none());
    let wrong = ordinary.clone().filter(|item| item.told.is_some()).count();
    let own = intrusions("");
    let loud = story.intrusions.iter().filter(|i| main(&i.id) == Some("") && i.strength != "weak").count();
    let _ = writeln!(
        out,
        "{:<42}{:>9}{wrong:>11}{:>11}{:>8}  {} ({loud} above weak)",
        "ordinary life",
        ordinary.count(),
        "",
        "",
        if own.is_empty() { "none".to_owned() } else { own.join(", ") },
    );
    for intrusion in story.intrusions.iter().filter(|i| main(&i.id).is_some_and(|truth| !truth.is_empty())) {
        let own = story.claims.iter().filter(|claim| claim.intrusion.as_ref() == Some(&intrusion.id));
        let drawn = claims::draw(case, own.collect())?;
        let _ = writeln!(
            out,
            "claims of {}, drawn by lot: {} of {} follow from what they cite; with a record less, {} of {} no longer do",
            intrusion.id, drawn.hold, drawn.claims, drawn.fail, drawn.tried
        );
        for what in &drawn.wrong {
            let _ = writeln!(out, "  {what}");
        }
    }
    Ok(out)
}
