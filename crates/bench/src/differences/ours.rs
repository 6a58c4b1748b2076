//! What Onus finds: each record of the files with its log source, and the pairs of rule and record.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use onus_claim::event_source;
use onus_event::{BatchBuilder, ShapeBatch};
use onus_sigma::{EventSource, Matcher, RuleId, RuleSet};
use onus_source::{
    Chunk, Fault, Fields, Input, Item, Names, Parser, Place, Reader, Sink, SourceId, find_inputs,
};

use super::{Pair, theirs};
use crate::Result;
use crate::stages::threads;

pub(crate) struct Ours {
    /// Every file, sorted: a file's number is its place here.
    pub(crate) files: Vec<PathBuf>,
    pub(crate) pairs: HashSet<Pair>,
    /// Those of the pairs of which the rule reads a field that the record has under another name.
    pub(crate) renamed: HashSet<Pair>,
    /// By file and record: the byte at which the record begins, and the number of its log source.
    records: Vec<Vec<(u64, usize)>>,
    sources: Vec<(String, Vec<bool>)>,
    numbers: HashMap<PathBuf, u32>,
}

/// A record as a worker sees it: where it begins, its log source, the rules that match, and whether a field that they
/// read has another name in the record.
type Seen = (u64, usize, Vec<(RuleId, bool)>);

/// Log sources by table and variant; every worker adds to them.
type Sources = Mutex<(HashMap<(String, &'static str), usize>, Vec<(String, EventSource)>)>;

impl Ours {
    /// Reads and matches all files under `input`, on all cores.
    pub(crate) fn find(input: &Path, rules: &RuleSet) -> Result<Self> {
        let mut inputs = find_inputs(&[input.to_owned()])?;
        inputs.sort_by(|a, b| a.path.cmp(&b.path));
        let sources = Sources::default();
        let (seen, ends) = all(&inputs, rules, &sources)?;
        let by_name: HashMap<&str, u32> = inputs.iter().map(|i| i.shown.as_str()).zip(0..).collect();
        let mut found: Vec<Vec<Seen>> = inputs.iter().map(|_| Vec::new()).collect();
        for (source, seen) in seen {
            let file = ends.get(&source).and_then(|path| by_name.get(path.as_str()));
            let file = *file.ok_or("a record of no file")? as usize;
            found[file].extend(seen);
        }
        let (mut pairs, mut renamed) = (HashSet::new(), HashSet::new());
        let mut records = Vec::new();
        for (file, mut seen) in (0..).zip(found) {
            seen.sort_by_key(|(offset, _, _)| *offset);
            for (record, (_, _, rules)) in (0..).zip(&seen) {
                pairs.extend(rules.iter().map(|(rule, _)| (file, record, *rule)));
                renamed.extend(rules.iter().filter(|(_, r)| *r).map(|(rule, _)| (file, record, *rule)));
            }
            records.push(seen.into_iter().map(|(offset, source, _)| (offset, source)).collect());
        }
        let sources = sources.into_inner().unwrap_or_else(PoisonError::into_inner).1;
        let serves = |source: &EventSource| rules.iter().map(|(_, m)| source.serves(&m.logsource)).collect();
        let sources = sources.into_iter().map(|(name, source)| (name, serves(&source))).collect();
        let files: Vec<PathBuf> = inputs.into_iter().map(|input| input.path).collect();
        let numbers = files.iter().cloned().zip(0..).collect();
        Ok(Ours { files, pairs, renamed, records, sources, numbers })
    }

    /// Number of records.
    pub(crate) fn records(&self) -> usize {
        self.records.iter().map(Vec::len).sum()
    }

    /// The file and the record of a place that the peer names.
    pub(crate) fn locate(&self, place: theirs::Place<'_>) -> Option<(u32, u32)> {
        let file = *self.numbers.get(place.file)?;
        let records = &self.records[file as usize];
        let record = if place.file.extension().is_some_and(|e| e == "evtx") {
            usize::try_from(place.number).ok().filter(|number| *number < records.len())?
        } else {
            records.binary_search_by_key(&place.number, |(offset, _)| *offset).ok()?
        };
        Some((file, u32::try_from(record).ok()?))
    }

    /// The table of a record's shape, for the reader.
    pub(crate) fn table(&self, file: u32, record: u32) -> &str {
        &self.sources[self.records[file as usize][record as usize].1].0
    }

    /// Whether the rule is written for the record's log source.
    pub(crate) fn serves(&self, file: u32, record: u32, rule: RuleId) -> bool {
        let (_, source) = self.records[file as usize][record as usize];
        self.sources[source].1[rule.0 as usize]
    }
}

type All = (Vec<(SourceId, Vec<Seen>)>, HashMap<SourceId, String>);

fn all(inputs: &[Input], rules: &RuleSet, sources: &Sources) -> Result<All> {
    let (to_workers, chunks) = sync_channel::<Chunk>(threads());
    let chunks = Mutex::new(chunks);
    let mut seen = Vec::new();
    let mut ends = HashMap::new();
    std::thread::scope(|scope| -> Result<()> {
        let workers: Vec<_> = (0..threads()).map(|_| scope.spawn(|| work(&chunks, rules, sources))).collect();
        let mut emit = |item| match item {
            Item::Chunk(chunk) => to_workers.send(chunk).is_ok(),
            Item::End(end) => {
                ends.insert(end.source, end.path);
                true
            }
            _ => true,
        };
        let mut reader = Reader::new(&mut emit, Arc::new(AtomicU64::new(0)));
        for input in inputs {
            reader.read(input)?;
        }
        drop(to_workers);
        for worker in workers {
            seen.extend(worker.join().map_err(|_| "a thread ended early")??);
        }
        Ok(())
    })?;
    Ok((seen, ends))
}

fn work(
    chunks: &Mutex<Receiver<Chunk>>,
    rules: &RuleSet,
    sources: &Sources,
) -> Result<Vec<(SourceId, Vec<Seen>)>> {
    let mut parser = Parser::default();
    let mut sink = Columns::default();
    let mut matchers: HashMap<usize, Matcher> = HashMap::new();
    let mut out = Vec::new();
    loop {
        let next = chunks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(chunk) = next else { return Ok(out) };
        parser.parse(&chunk, &mut sink);
        let offsets = std::mem::take(&mut sink.offsets);
        let mut seen: Vec<Seen> = offsets.into_iter().map(|offset| (offset, 0, Vec::new())).collect();
        for batch in sink.builder.finish(parser.names()) {
            let batch = batch?;
            let source = number(&batch, sources);
            let matcher = matchers.entry(source).or_insert_with(|| crate::stages::new_matcher(rules, &batch));
            batch.rows.iter().for_each(|record| seen[*record as usize].1 = source);
            for found in matcher.match_batch(&batch.native) {
                let renamed = rules.meta(found.rule).fields().iter().any(|field| is_renamed(field, &batch));
                seen[batch.rows[found.row as usize] as usize].2.push((found.rule, renamed));
            }
        }
        out.push((chunk.source, seen));
    }
}

fn is_renamed(field: &str, batch: &ShapeBatch) -> bool {
    let has = |name: &str| batch.native.schema_ref().column_with_name(name).is_some();
    // Winlogbeat before version 7 wraps all fields, of which rsigma-eval knows nothing.
    has("log_name")
        || !has(field) && batch.shape.aliases.iter().any(|(name, native)| *name == field && has(native))
}

fn number(batch: &ShapeBatch, sources: &Sources) -> usize {
    let mut sources = sources.lock().unwrap_or_else(PoisonError::into_inner);
    let (known, list) = &mut *sources;
    let shape = &batch.shape;
    *known.entry((shape.table.clone(), shape.variant)).or_insert_with(|| {
        list.push((shape.table.clone(), event_source(&shape.log_source)));
        list.len() - 1
    })
}

#[derive(Default)]
struct Columns {
    builder: BatchBuilder,
    offsets: Vec<u64>,
}

impl Sink for Columns {
    fn record(&mut self, place: Place, fields: &Fields, names: &mut Names) {
        self.builder.push(0, fields, names);
        self.offsets.push(place.offset);
    }

    fn fault(&mut self, _: Fault) {}
}
