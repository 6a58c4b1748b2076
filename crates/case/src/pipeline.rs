//! files ─► chunks ─► (worker threads) parsed, columnar ─► in order again.
//!
//! One thread reads and hashes, as many as wished parse, and the caller's thread takes the results in the
//! order of the input. The number of chunks under way is bounded, and with it memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, TimestampMicrosecondType, UInt64Type};
use arrow_array::{Array, ArrowPrimitiveType, RecordBatch};
use arrow_schema::ArrowError;
use onus_event::{BatchBuilder, Mappings, Shape, with_core_columns};
use onus_sigma::{EventSource, Match, Matcher, MatcherOptions, Reason, RuleId, RuleSet};
use onus_source::{
    Chunk, Fault, Fields, Input, Item, Names, Parser, Place, Reader, Sink, SourceEnd, SourceId,
};

use crate::{CaseError, correlate};

/// What the pipeline hands on, in the order of the input.
pub(crate) enum Output {
    /// A chunk's records. The column `record` counts from 0 in each chunk.
    Chunk(Parsed),
    /// A fault found while reading.
    Fault(SourceId, Fault),
    /// A source has ended.
    End(SourceEnd),
}

/// The records of one chunk.
pub(crate) struct Parsed {
    pub(crate) source: SourceId,
    pub(crate) places: Vec<Place>,
    pub(crate) faults: Vec<Fault>,
    /// Table and rows, ordered by table.
    pub(crate) batches: Vec<(String, RecordBatch)>,
    /// Ordered by record and rule.
    pub(crate) matches: Vec<Matched>,
}

/// A rule that matched a record.
pub(crate) struct Matched {
    /// Number of the record within its chunk.
    pub(crate) record: u64,
    pub(crate) rule: RuleId,
    pub(crate) shape: String,
    pub(crate) timestamp: Option<i64>,
    pub(crate) host: Option<String>,
    pub(crate) user: Option<String>,
    /// Outside addresses that the record names.
    pub(crate) addresses: Vec<String>,
    /// Which selection, field and value made it, as JSON.
    pub(crate) why: String,
    /// The same, for counting values.
    pub(crate) reasons: Vec<Reason>,
    /// What correlations need of it, where one reads the rule.
    pub(crate) values: Option<Vec<Option<String>>>,
    /// The records of a correlation's firing, and their first and last moment.
    pub(crate) span: Option<Span>,
}

/// The records that a correlation's firing rests on.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    /// At most 50.
    pub(crate) records: Vec<u64>,
    /// UTC, microseconds.
    pub(crate) first: i64,
    /// UTC, microseconds.
    pub(crate) last: i64,
}

enum Work {
    Chunk(u64, Chunk),
    Done(u64, Result<Output, ArrowError>),
}

/// Reads all inputs with `threads` parsing threads, and gives each result to `take`.
pub(crate) fn run(
    inputs: &[Input],
    rules: &RuleSet,
    mappings: &Mappings,
    threads: usize,
    progress: Arc<AtomicU64>,
    take: &mut dyn FnMut(Output) -> Result<(), CaseError>,
) -> Result<(), CaseError> {
    let threads = threads.max(1);
    let (to_workers, chunks) = sync_channel::<Work>(threads);
    let (to_order, results) = sync_channel::<Work>(threads * 2);
    // A permit a chunk under way: taken by the reader, given back when the chunk is in order again.
    let (give, permits) = sync_channel::<()>(threads * 4);
    for _ in 0..threads * 4 {
        let _ = give.try_send(());
    }
    let chunks = Mutex::new(chunks);
    std::thread::scope(|scope| {
        let direct = to_order.clone();
        scope.spawn(move || read(inputs, &to_workers, &direct, &permits, progress));
        for _ in 0..threads {
            let to_order = to_order.clone();
            let chunks = &chunks;
            scope.spawn(move || work(rules, mappings, chunks, &to_order));
        }
        drop(to_order);
        let taken = order(&results, &give, take);
        // After an error the threads stop because these ends of the channels are gone.
        drop(results);
        drop(give);
        taken
    })
}

fn read(
    inputs: &[Input],
    to_workers: &SyncSender<Work>,
    direct: &SyncSender<Work>,
    permits: &Receiver<()>,
    progress: Arc<AtomicU64>,
) {
    let mut number = 0;
    let mut emit = |item| {
        let sent = match item {
            Item::Chunk(chunk) => {
                permits.recv().is_ok() && to_workers.send(Work::Chunk(number, chunk)).is_ok()
            }
            Item::Fault(source, fault) => {
                direct.send(Work::Done(number, Ok(Output::Fault(source, fault)))).is_ok()
            }
            Item::End(end) => direct.send(Work::Done(number, Ok(Output::End(end)))).is_ok(),
        };
        number += 1;
        sent
    };
    let mut reader = Reader::new(&mut emit, progress);
    for input in inputs {
        if reader.read(input).is_err() {
            return;
        }
    }
}

fn work(rules: &RuleSet, mappings: &Mappings, chunks: &Mutex<Receiver<Work>>, to_order: &SyncSender<Work>) {
    let mut parser = Parser::default();
    let mut builder = BatchBuilder::new(mappings.clone());
    let mut matchers = Matchers::new(rules);
    loop {
        let next = match chunks.lock() {
            Ok(receiver) => receiver.recv(),
            Err(_) => return,
        };
        let Ok(Work::Chunk(number, chunk)) = next else { return };
        let done = parse(&mut parser, &mut builder, &mut matchers, &chunk).map(Output::Chunk);
        if to_order.send(Work::Done(number, done)).is_err() {
            return;
        }
    }
}

fn parse(
    parser: &mut Parser,
    builder: &mut BatchBuilder,
    matchers: &mut Matchers<'_>,
    chunk: &Chunk,
) -> Result<Parsed, ArrowError> {
    let mut sink = Collect { builder, places: Vec::new(), faults: Vec::new() };
    parser.parse(chunk, &mut sink);
    let Collect { builder, places, faults } = sink;
    let mut parsed =
        Parsed { source: chunk.source, places, faults, batches: Vec::new(), matches: Vec::new() };
    for batch in builder.finish(parser.names())? {
        let matches = matchers.of(&batch.shape).match_batch(&batch.native);
        let stored = with_core_columns(&batch, chunk.source, 0)?;
        let (rules, shape) = (matchers.rules, &*batch.shape);
        let of_row = |m| matched(rules, shape, &batch.shape.table, &batch.native, &stored, m);
        parsed.matches.extend(matches.into_iter().map(of_row));
        parsed.batches.push((batch.shape.table.clone(), stored));
    }
    parsed.matches.sort_by_key(|m| (m.record, m.rule));
    Ok(parsed)
}

/// One matcher a shape; a worker keeps its own, with what they remember of the values seen.
pub(crate) struct Matchers<'a> {
    pub(crate) rules: &'a RuleSet,
    known: HashMap<(String, &'static str), Matcher>,
}

impl<'a> Matchers<'a> {
    pub(crate) fn new(rules: &'a RuleSet) -> Self {
        Matchers { rules, known: HashMap::new() }
    }

    pub(crate) fn of(&mut self, shape: &Shape) -> &mut Matcher {
        self.known.entry((shape.table.clone(), shape.variant)).or_insert_with(|| {
            let source = EventSource {
                product: shape.log_source.product.clone(),
                services: shape.log_source.services.clone(),
                categories: shape.log_source.categories.clone(),
            };
            self.rules.matcher(&source, shape.aliases, &MatcherOptions::default())
        })
    }
}

/// A match with what the case keeps of it, from the row's core columns.
pub(crate) fn matched(
    rules: &RuleSet,
    shape: &Shape,
    table: &str,
    native: &RecordBatch,
    stored: &RecordBatch,
    found: Match,
) -> Matched {
    let row = found.row as usize;
    let why: Vec<_> = found
        .why
        .iter()
        .map(|r| serde_json::json!({"selection": &*r.selection, "field": &*r.field, "value": r.value, "pattern": &*r.pattern}))
        .collect();
    Matched {
        record: number::<UInt64Type>(stored, "record", row).unwrap_or_default(),
        rule: found.rule,
        shape: table.to_owned(),
        timestamp: number::<TimestampMicrosecondType>(stored, "timestamp", row),
        // What a sensor on the wire sees belongs to the host behind the address.
        host: text(stored, "host_name", row).or_else(|| text(stored, "source_ip", row)),
        user: text(stored, "user_name", row),
        addresses: ["source_ip", "destination_ip"]
            .iter()
            .filter_map(|column| text(stored, column, row))
            .filter(|address| onus_intrusion::is_outside(address))
            .collect(),
        why: serde_json::Value::from(why).to_string(),
        values: correlate::values(rules, shape.aliases, native, stored, &found),
        span: None,
        reasons: found.why,
    }
}

/// The number of a column at a row.
fn number<T: ArrowPrimitiveType>(batch: &RecordBatch, column: &str, row: usize) -> Option<T::Native> {
    let column = batch.column_by_name(column)?.as_primitive_opt::<T>()?;
    column.is_valid(row).then(|| column.value(row))
}

/// The text of a dictionary column at a row.
fn text(batch: &RecordBatch, column: &str, row: usize) -> Option<String> {
    let dictionary = batch.column_by_name(column)?.as_dictionary_opt::<Int32Type>()?;
    let key = dictionary.key(row)?;
    let values = dictionary.values().as_string_opt::<i32>()?;
    (key < values.len()).then(|| values.value(key).to_owned())
}

struct Collect<'a> {
    builder: &'a mut BatchBuilder,
    places: Vec<Place>,
    faults: Vec<Fault>,
}

impl Sink for Collect<'_> {
    fn record(&mut self, place: Place, fields: &Fields, names: &mut Names) {
        self.places.push(place);
        self.builder.push(fields, names);
    }

    fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }
}

fn order(
    results: &Receiver<Work>,
    give: &SyncSender<()>,
    take: &mut dyn FnMut(Output) -> Result<(), CaseError>,
) -> Result<(), CaseError> {
    let mut next = 0;
    let mut early = BTreeMap::new();
    while let Ok(Work::Done(number, done)) = results.recv() {
        early.insert(number, done);
        while let Some(done) = early.remove(&next) {
            next += 1;
            let output = done?;
            if matches!(output, Output::Chunk(_)) {
                let _ = give.try_send(());
            }
            take(output)?;
        }
    }
    // A gap in the numbers means that a worker died with a chunk in its hands.
    if early.is_empty() { Ok(()) } else { Err(CaseError::Worker) }
}
