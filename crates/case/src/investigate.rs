//! Makes a case: reads every input, and stores its sources, records, events and faults.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use arrow_array::UInt64Array;
use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use onus_event::{EventStore, Mappings, Pressed};
use onus_proof::Digest;
use onus_sigma::RuleSet;
use onus_source::{Day, Fault, Input, Place, SourceEnd, SourceId};
use serde::{Deserialize, Serialize};

use crate::allow::{AllowList, today};
use crate::cited::Ahead;
use crate::context;
use crate::limits::limits;
use crate::mapping::Mapping;
use crate::matching::{Found, Matching};
use crate::memory;
use crate::pipeline::{Depth, Output, Part, Reading, run};
use crate::query::Engine;
use crate::report;
use crate::story::{self, Story};
use crate::tables::{Faults, Records, write_sources};
use crate::{CaseError, Finding, Rules};

/// Version of the layout of a case folder.
pub(crate) const FORMAT: u32 = 2;

/// A file that lies in the folder while the case is made, and stays if that ends early.
pub(crate) const UNFINISHED: &str = "UNFINISHED";

/// What `case.toml` holds.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) format: u32,
    pub(crate) program: String,
    pub(crate) sources: u64,
    pub(crate) records: u64,
    pub(crate) faults: u64,
    pub(crate) matches: u64,
    pub(crate) rules: u64,
    /// SHA-256 over the digests of all rules, in order.
    pub(crate) rules_digest: String,
    /// What was left out, in words.
    #[serde(default)]
    pub(crate) notes: Vec<String>,
    /// The day on which the logs were taken, as told by who made the case; times without a year rest on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) collected: Option<String>,
}

/// Of so many records or more, what is told may take as much memory as reading them did; of fewer it is told sooner than memory
/// would have gone back.
const MANY: u64 = 1_000_000;

/// The table of syslog lines.
pub(crate) const SYSLOG: &str = "linux_syslog";

/// How to investigate.
#[derive(Debug, Clone)]
pub struct Options {
    /// Folder of the case, which must not exist.
    pub out: PathBuf,
    /// Number of parsing threads; the result is the same with any.
    pub threads: usize,
    /// What is known to be harmless; it goes into the case.
    pub allow: AllowList,
    /// The user's own log sources; the file goes into the case.
    pub mapping: Mapping,
    /// The day on which the logs were taken: times without a year are of the year before its end. Without it they are
    /// no moments.
    pub collected: Option<Day>,
    /// Counts the bytes read from disk, for a progress bar.
    pub progress: Arc<AtomicU64>,
}

/// A file or a member of an archive that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadSource {
    /// Its path.
    pub path: String,
    /// Its SHA-256, in hexadecimal digits.
    pub sha256: String,
    /// Its size in bytes as found.
    pub size: u64,
    /// The name of its format.
    pub format: String,
    /// Its records.
    pub records: u64,
    /// Its faults.
    pub faults: u64,
}

/// What was read, in numbers.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// Files and members of archives.
    pub sources: Vec<ReadSource>,
    /// Records in all.
    pub records: u64,
    /// Faults in all.
    pub faults: u64,
    /// The first fault of each reason: (path, offset, reason, how many of this reason), at most 1,000 reasons.
    pub fault_kinds: Vec<(String, u64, String, u64)>,
    /// Rule matches in all.
    pub matches: u64,
    /// What was left out, in words.
    pub notes: Vec<String>,
    /// Findings of rules, until the story takes them over.
    pub(crate) findings: Vec<Finding>,
    /// Records that claims will most likely cite, until the story takes them over.
    pub(crate) ahead: Ahead,
    /// Findings, intrusions and claims.
    pub story: Story,
    /// Tables of events with their numbers of rows.
    pub tables: Vec<(String, u64)>,
}

/// Reads `inputs` into a new case.
///
/// # Errors
/// If the folder exists, if none of the inputs is a log, or if the case cannot be written.
pub fn investigate(inputs: &[Input], rules: &Rules, options: &Options) -> Result<Summary, CaseError> {
    let out = &options.out;
    if fs::symlink_metadata(out).is_ok() {
        let unfinished = out.join(UNFINISHED).exists() && !out.join("case.toml").exists();
        let path = out.clone();
        return Err(if unfinished { CaseError::Unfinished(path) } else { CaseError::Exists(path) });
    }
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| CaseError::Io { path, source }
    };
    fs::create_dir_all(out).map_err(io(out))?;
    let unfinished = out.join(UNFINISHED);
    let text = "This case is unfinished: it is being made, or its making ended early.\n";
    fs::write(&unfinished, text).map_err(io(&unfinished))?;
    let mut summary = store(inputs, rules, options)?;
    if summary.records == 0 {
        // The folder is this run's own and holds nothing worth keeping.
        fs::remove_dir_all(out).map_err(io(out))?;
        let paths: Vec<_> = inputs.iter().map(|i| i.shown.as_str()).take(3).collect();
        let first = summary.fault_kinds.first();
        let reason = first
            .map_or("the files are empty".to_owned(), |(path, _, reason, _)| format!("{path}: {reason}"));
        return Err(CaseError::NoLog { paths: paths.join(", "), reason });
    }
    options.mapping.write(out)?;
    let engine = Engine::over_events(out, out)?;
    engine.hand_over(std::mem::take(&mut summary.ahead));
    if !options.allow.entries.is_empty() {
        options.allow.write(out)?;
    }
    let (allow, mappings) = (&options.allow, &options.mapping.mappings);
    summary.notes.extend(limits(
        &engine.parts,
        &summary.tables,
        rules,
        mappings,
        options.collected.is_some(),
    ));
    conclude(out, out, &engine, rules, mappings, allow, &mut summary)?;
    let manifest = Manifest {
        format: FORMAT,
        program: format!("onus {}", env!("CARGO_PKG_VERSION")),
        sources: summary.sources.len() as u64,
        records: summary.records,
        faults: summary.faults,
        matches: summary.matches,
        rules: rules.set.len() as u64,
        rules_digest: rules.digest(),
        notes: summary.notes.clone(),
        collected: options.collected.map(|day| day.to_string()),
    };
    // The manifest comes last: a folder without it is no case, however the run ended.
    manifest.write(out)?;
    fs::remove_file(&unfinished).map_err(io(&unfinished))?;
    Ok(summary)
}

/// From matches to what the case says: story, context, findings, rules and report, all written into `out`,
/// which is the case itself or a folder in it.
pub(crate) fn conclude(
    case: &Path,
    out: &Path,
    engine: &Engine,
    rules: &Rules,
    mappings: &Mappings,
    allow: &AllowList,
    summary: &mut Summary,
) -> Result<(), CaseError> {
    let mut findings = std::mem::take(&mut summary.findings);
    // Files are written while the processors have other work.
    std::thread::scope(|scope| {
        let rules_written = scope.spawn(|| rules.write(out));
        let hosts = scope.spawn(|| engine.hosts_by_address());
        context::look_up(&engine.parts, mappings, &mut findings)?;
        let hosts = hosts.join().map_err(|_| CaseError::Worker)??;
        let allow = allow.active(&today());
        let (story, texts) = story::tell(case, engine, rules, mappings, &allow, &hosts, findings)?;
        summary.story = story;
        let summary = &*summary;
        let story_written = scope.spawn(move || story::write(out, &texts, &summary.story));
        report::write(case, out, engine, summary, rules)?;
        story_written.join().map_err(|_| CaseError::Worker)??;
        rules_written.join().map_err(|_| CaseError::Worker)?
    })
}

impl Manifest {
    /// The day on which the logs were taken, if it is known.
    pub(crate) fn day(&self) -> Option<Day> {
        self.collected.as_ref()?.parse().ok()
    }

    pub(crate) fn write(&self, case: &Path) -> Result<(), CaseError> {
        let text = toml::to_string(self).map_err(|e| CaseError::Sql(e.to_string()))?;
        let path = case.join("case.toml");
        fs::write(&path, text).map_err(|source| CaseError::Io { path, source })
    }
}

/// Reads, matches and stores; what is found is not yet told.
fn store(inputs: &[Input], rules: &Rules, options: &Options) -> Result<Summary, CaseError> {
    memory::keep();
    let out = &options.out;
    let mut writer = Writer {
        store: EventStore::create(&out.join("events"))?,
        records: Records::new(out),
        faults: Faults::new(out),
        matching: Matching::new(out, rules, &options.allow),
        ahead: Ahead::default(),
        kinds: BTreeMap::new(),
        ends: Vec::new(),
        counts: Vec::new(),
        next: 0,
    };
    let reading = Reading { mappings: &options.mapping.mappings, collected: options.collected };
    let progress = Arc::clone(&options.progress);
    run(inputs, &rules.set, reading, Depth::Press, options.threads, progress, &mut |output| {
        writer.take(output)
    })?;
    writer.finish(out)
}

/// What a part of an investigation read and found; for benchmarks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// Records.
    pub records: u64,
    /// Faults.
    pub faults: u64,
    /// Pairs of rule and record.
    pub matches: u64,
}

/// Does what [`investigate`] does, by the same code, up to a depth, and keeps nothing.
///
/// # Errors
/// None in practice.
pub fn investigate_up_to(
    depth: Depth,
    inputs: &[Input],
    rules: &RuleSet,
    threads: usize,
) -> Result<Counts, CaseError> {
    let mut counts = Counts::default();
    let reading = Reading { mappings: &Mappings::default(), collected: None };
    run(inputs, rules, reading, depth, threads, Arc::default(), &mut |output| {
        counts.matches += output.matches.len() as u64;
        for part in output.parts {
            match part {
                Part::Records { places, faults, .. } => {
                    counts.records += places.len() as u64;
                    counts.faults += faults.len() as u64;
                }
                Part::Fault(..) => counts.faults += 1,
                Part::End(_) => {}
            }
        }
        Ok(())
    })?;
    Ok(counts)
}

/// Does what [`investigate`] does, by the same code, but for the story and the report. The folder must be there.
///
/// # Errors
/// As [`investigate`].
pub fn investigate_untold(inputs: &[Input], rules: &Rules, options: &Options) -> Result<Counts, CaseError> {
    let Summary { records, faults, matches, .. } = store(inputs, rules, options)?;
    Ok(Counts { records, faults, matches })
}

struct Writer {
    store: EventStore,
    records: Records,
    faults: Faults,
    matching: Matching,
    ahead: Ahead,
    /// First place and number of the faults of each source and reason.
    kinds: BTreeMap<(SourceId, String), (u64, u64)>,
    ends: Vec<SourceEnd>,
    /// By source: records, faults.
    counts: Vec<(u64, u64)>,
    next: u64,
}

impl Writer {
    fn take(&mut self, output: Output) -> Result<(), CaseError> {
        let first = self.next;
        for part in output.parts {
            match part {
                Part::Records { source, places, faults } => self.records(source, &places, faults)?,
                Part::Fault(source, fault) => self.fault(source, fault)?,
                Part::End(end) => {
                    self.count(end.source);
                    self.ends.push(end);
                }
            }
        }
        let mut cited = BTreeSet::new();
        for matched in output.matches {
            let record = first + matched.record;
            if self.matching.push(record, matched)? {
                cited.insert(record);
            }
        }
        for (table, rows) in output.batches {
            let rows = shift_records(rows, first)?;
            self.ahead.add(&table, &rows, &cited);
            self.store.push(&table, rows)?;
        }
        Ok(())
    }

    fn records(&mut self, source: SourceId, places: &[Place], faults: Vec<Fault>) -> Result<(), CaseError> {
        let ordinal = self.count(source).0;
        for (number, place) in (0..).zip(places) {
            self.records.push(self.next + number, source, ordinal + number, *place)?;
        }
        self.next += places.len() as u64;
        self.count(source).0 += places.len() as u64;
        faults.into_iter().try_for_each(|fault| self.fault(source, fault))
    }

    fn count(&mut self, source: SourceId) -> &mut (u64, u64) {
        let at = source as usize;
        if self.counts.len() <= at {
            self.counts.resize(at + 1, (0, 0));
        }
        &mut self.counts[at]
    }

    fn fault(&mut self, source: SourceId, fault: Fault) -> Result<(), CaseError> {
        self.count(source).1 += 1;
        if self.kinds.len() < 1_000 || self.kinds.contains_key(&(source, fault.reason.clone())) {
            self.kinds.entry((source, fault.reason.clone())).or_insert((fault.offset, 0)).1 += 1;
        }
        self.faults.push(source, fault)
    }

    fn finish(mut self, out: &Path) -> Result<Summary, CaseError> {
        self.ends.sort_by_key(|end| end.source);
        write_sources(out, &self.ends, &self.counts)?;
        self.records.finish()?;
        self.faults.finish()?;
        let (tables, found) = std::thread::scope(|scope| {
            if self.next >= MANY {
                // What comes next may take as much memory as reading did, which meanwhile goes back.
                scope.spawn(memory::give_back);
            }
            let found = scope.spawn(|| self.matching.finish());
            (self.store.finish(), found.join())
        });
        let (tables, found) = (tables?, found.map_err(|_| CaseError::Worker)?);
        let Found { matches, findings, notes } = found?;
        let path = |source: SourceId| {
            self.ends.iter().find(|e| e.source == source).map_or_else(String::new, |e| e.path.clone())
        };
        let fault_kinds =
            self.kinds.iter().map(|((s, reason), (at, n))| (path(*s), *at, reason.clone(), *n)).collect();
        let counts = self.counts;
        let sources = self.ends.into_iter().map(|end| {
            let (records, faults) = counts.get(end.source as usize).copied().unwrap_or_default();
            let sha256 = Digest(end.sha256).to_hex();
            let format = end.format.name().to_owned();
            ReadSource { path: end.path, sha256, size: end.size, format, records, faults }
        });
        Ok(Summary {
            sources: sources.collect(),
            records: self.next,
            faults: counts.iter().map(|(_, faults)| faults).sum(),
            fault_kinds,
            matches,
            notes,
            findings,
            ahead: self.ahead,
            story: Story::default(),
            tables,
        })
    }
}

/// Record numbers of a unit count from 0; in the case they count on from `first`.
fn shift_records(rows: Pressed, first: u64) -> Result<Pressed, CaseError> {
    let at = rows.batch().schema_ref().index_of("record")?;
    let shifted: UInt64Array =
        rows.batch().column(at).as_primitive::<UInt64Type>().unary(|record| record + first);
    Ok(rows.with_column(at, Arc::new(shifted))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use onus_source::find_inputs;

    const RULE: &str = "title: Tool\nid: 11111111-1111-4111-8111-111111111111\nlevel: high\nlogsource:\n  product: windows\n  \
        category: process_creation\ndetection:\n  sel:\n    CommandLine: tool\n  condition: sel\n";

    /// A log of a unit of work of its own, whose second record a rule finds; `number` is a field of all.
    fn log(number: &str) -> String {
        let line = |command: &str| {
            format!(
                "{{\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"EventID\":1,\"Computer\":\"ws\",\
                 \"UtcTime\":\"2026-01-02 03:04:05.678\",\"CommandLine\":\"{command}\",\"Number\":{number}}}\n"
            )
        };
        line("other") + &line("tool") + &line(&"x".repeat(1_000)).repeat(400)
    }

    /// The records that rules find in these logs, as they were kept while the logs were read, and as they are read back.
    fn kept_and_read(logs: &[String]) -> (Vec<String>, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("logs")).unwrap();
        for (number, log) in logs.iter().enumerate() {
            fs::write(path("logs").join(format!("{number}.ndjson")), log).unwrap();
        }
        fs::write(path("rule.yml"), RULE).unwrap();
        let rules = Rules::load(&[path("rule.yml")]).unwrap();
        let options = Options {
            out: path("case"),
            threads: 2,
            allow: AllowList::default(),
            mapping: Mapping::default(),
            collected: None,
            progress: Arc::default(),
        };
        fs::create_dir(&options.out).unwrap();
        let summary = store(&find_inputs(&[path("logs")]).unwrap(), &rules, &options).unwrap();
        let records: BTreeSet<u64> =
            summary.findings.iter().flat_map(|f| f.records.iter().copied()).collect();
        assert_eq!(records.len(), logs.len());
        let engine = || Engine::over_events(&options.out, &options.out).unwrap();
        let (with, without) = (engine(), engine());
        with.hand_over(summary.ahead);
        let kept = with.kept.lock().unwrap().iter().map(|kept| format!("{kept:?}")).collect();
        let shown = |engine: &Engine| -> Vec<String> {
            engine.records(&records).unwrap().stored().map(|stored| format!("{stored:?}")).collect()
        };
        assert_eq!(shown(&with), shown(&without), "it makes no difference whether a record was kept");
        (kept, shown(&without))
    }

    #[test]
    fn a_record_is_kept_as_it_would_be_read_back() {
        let (kept, read) = kept_and_read(&[log("7"), log("8")]);
        assert_eq!(kept, read);
        assert!(read[0].contains("(\"Number\", Int(7))"), "{}", read[0]);
    }

    #[test]
    fn a_record_is_kept_where_its_long_texts_are_pages_already() {
        let line = |number: usize| {
            let command = if number == 150 { "tool".to_owned() } else { format!("other {number}") };
            format!(
                "{{\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"EventID\":1,\"Computer\":\"ws\",\
                 \"UtcTime\":\"2026-01-02 03:04:05.678\",\"CommandLine\":\"{command}\",\
                 \"Message\":\"{number} {}\"}}\n",
                "long ".repeat(200)
            )
        };
        let (kept, read) = kept_and_read(&[(0..400).map(line).collect()]);
        assert_eq!(kept, read);
        assert!(read[0].contains("150 long long"), "{}", read[0]);
    }

    #[test]
    fn a_record_whose_table_has_a_column_of_another_type_is_read_back() {
        let (kept, read) = kept_and_read(&[log("7"), log("\"eight\"")]);
        assert!(read[0].contains("(\"Number\", Text(\"7\"))"), "{}", read[0]);
        assert!(
            kept.iter().all(|kept| read[1] == *kept),
            "only what the table has of the same type: {kept:?}"
        );
    }
}
