//! files ─► units of work ─► (worker threads) parsed, columnar, matched ─► in order again.
//!
//! One thread reads and hashes, as many as wished parse, and the caller's thread takes the results in the
//! order of the input. A unit is parsed while it is still being read. The number of units under way is bounded, and so
//! are the bytes that were read and not yet parsed, and with them memory.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, TimestampMicrosecondType, UInt32Type, UInt64Type};
use arrow_array::{Array, ArrowPrimitiveType, RecordBatch};
use arrow_schema::ArrowError;
use onus_claim::event_source;
use onus_event::{BatchBuilder, CoreColumns, Mappings, Pressed, Presser, Shape};
use onus_sigma::{EventSource, Match, Matcher, MatcherOptions, Reason, RuleId, RuleSet};
use onus_source::{
    Buffers, Chunk, Day, Fault, Fields, Input, Item, Names, Parser, Place, Reader, Sink, SourceEnd, SourceId,
};

use crate::cutter::{Cutter, UNIT_BYTES, Unit};
use crate::room::Room;
use crate::{CaseError, correlate};

/// Rows of a batch that rules matched which go on with all their values, the first ones: claims may cite them.
const WHOLE_ROWS: usize = 64;

/// What the pipeline hands on, in the order of the input: the yield of one unit of work.
#[derive(Default)]
pub(crate) struct Output {
    /// What was read, in order.
    pub(crate) parts: Vec<Part>,
    /// Table and rows, ordered by table. The column `record` counts from 0 in each unit.
    pub(crate) batches: Vec<(String, Pressed)>,
    /// Ordered by record and rule.
    pub(crate) matches: Vec<Matched>,
}

/// A part of a unit of work.
pub(crate) enum Part {
    /// Records of one source.
    Records { source: SourceId, places: Vec<Place>, faults: Vec<Fault> },
    /// A fault found while reading.
    Fault(SourceId, Fault),
    /// A source has ended.
    End(SourceEnd),
}

/// A rule that matched a record.
pub(crate) struct Matched {
    /// Number of the record within its unit of work.
    pub(crate) record: u64,
    pub(crate) source: SourceId,
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

/// How far the pipeline goes; only a benchmark stops early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// Read, hashed and parsed.
    Parse,
    /// And put into columns, with core columns.
    Columns,
    /// And matched.
    Match,
    /// And columns of long texts made pages of, as they will be stored.
    Press,
}

/// What the user says of the logs.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'a> {
    /// Log sources of the user's own.
    pub(crate) mappings: &'a Mappings,
    /// The day on which they were taken.
    pub(crate) collected: Option<Day>,
}

type Done = (u64, Result<Output, CaseError>);

/// Reads all inputs with `threads` parsing threads, and gives each result to `take`.
pub(crate) fn run(
    inputs: &[Input],
    rules: &RuleSet,
    reading: Reading<'_>,
    depth: Depth,
    threads: usize,
    progress: Arc<AtomicU64>,
    take: &mut dyn FnMut(Output) -> Result<(), CaseError>,
) -> Result<(), CaseError> {
    let threads = threads.max(1);
    // A permit a unit under way: taken by the reader, given back when the unit is in order again. No channel is
    // shorter than that, so that no thread waits for one that has ended.
    let under_way = threads + 1;
    let (to_workers, units) = sync_channel::<Unit>(under_way);
    let (to_order, results) = sync_channel::<Done>(under_way);
    let (give, permits) = sync_channel::<()>(under_way);
    for _ in 0..under_way {
        let _ = give.try_send(());
    }
    let units = Mutex::new(units);
    let buffers = Buffers::default();
    // The threads are at different places of their units: of each, half is still to come on the average.
    let room = Room::of(under_way * UNIT_BYTES as usize / 2);
    let plans = Plans::new(rules);
    std::thread::scope(|scope| {
        let (units, plans, buffers, room) = (&units, &plans, &buffers, &room);
        let cutter = Cutter::new(inputs, to_workers, permits, room);
        scope.spawn(move || read(inputs, cutter, progress, buffers));
        for _ in 0..threads {
            let to_order = to_order.clone();
            scope.spawn(move || {
                let mut worker = Worker {
                    depth,
                    parser: Parser::of_day(reading.collected),
                    builder: BatchBuilder::new(reading.mappings.clone()),
                    core: CoreColumns::default(),
                    matchers: Matchers::new(plans),
                    presser: Presser::default(),
                    memory: (buffers, room),
                };
                worker.work(units, &to_order);
            });
        }
        drop(to_order);
        let closing = room.closing();
        let taken = order(&results, &give, take);
        // After an error the threads stop because these ends of the channels are gone, and the reader waits no longer.
        drop((results, give, closing));
        taken
    })
}

fn read(inputs: &[Input], cutter: Cutter<'_>, progress: Arc<AtomicU64>, buffers: &Buffers) {
    let cutter = RefCell::new(cutter);
    let mut emit = |item| cutter.borrow_mut().take(item);
    let mut reader = Reader::new(&mut emit, progress).with_buffers(buffers.clone());
    for input in inputs {
        cutter.borrow_mut().next_input(input.size);
        if reader.read(input).is_err() {
            return;
        }
    }
}

/// What a thread needs for one unit of work after another.
struct Worker<'a> {
    depth: Depth,
    parser: Parser,
    builder: BatchBuilder,
    core: CoreColumns,
    matchers: Matchers<'a>,
    presser: Presser,
    memory: (&'a Buffers, &'a Room),
}

impl Worker<'_> {
    /// Works on units until there are no more.
    fn work(&mut self, units: &Mutex<Receiver<Unit>>, to_order: &SyncSender<Done>) {
        loop {
            let next = match units.lock() {
                Ok(receiver) => receiver.recv(),
                Err(_) => return,
            };
            let Ok(Unit { number, items }) = next else { return };
            // A parser of others' that panics must not leave the caller waiting for a unit that never comes.
            let done = catch_unwind(AssertUnwindSafe(|| self.unit(items)));
            let done = done.map_or(Err(CaseError::Worker), |done| done.map_err(Into::into));
            let failed = done.is_err();
            if to_order.send((number, done)).is_err() || failed {
                return;
            }
        }
    }

    fn unit(&mut self, items: Receiver<Item>) -> Result<Output, ArrowError> {
        let mut output = Output::default();
        for item in items {
            output.parts.push(match item {
                Item::Chunk(chunk) => self.chunk(chunk),
                Item::Fault(source, fault) => Part::Fault(source, fault),
                Item::End(end) => Part::End(end),
            });
        }
        let Worker { depth, parser, builder, core, matchers, presser, .. } = self;
        let mut batches = builder.finish(parser.names());
        while let Some(batch) = batches.next() {
            let batch = batch?;
            let table = &batch.shape.table;
            let matches = if *depth >= Depth::Match {
                matchers.of(&batch.shape).match_batch(&batch.native)
            } else {
                Vec::new()
            };
            let stored = core.add(&batch, 0)?;
            let mut rows: Vec<usize> = matches.iter().map(|found| found.row as usize).collect();
            let (rules, aliases) = (matchers.rules(), batch.shape.aliases);
            let of_row = |found| matched(rules, aliases, table, &batch.native, &stored, found);
            output.matches.extend(matches.into_iter().map(of_row));
            rows.dedup();
            rows.truncate(WHOLE_ROWS);
            let stored = if *depth >= Depth::Press { presser.press(stored, &rows)? } else { stored.into() };
            output.batches.push((table.clone(), stored));
            batches.take_back(batch);
        }
        output.matches.sort_by_key(|m| (m.record, m.rule));
        Ok(output)
    }

    fn chunk(&mut self, chunk: Chunk) -> Part {
        let source = chunk.source;
        let builder = (self.depth > Depth::Parse).then_some(&mut self.builder);
        let mut sink = Collect { source, builder, places: Vec::new(), faults: Vec::new() };
        self.parser.parse(&chunk, &mut sink);
        let Collect { places, faults, .. } = sink;
        let (buffers, room) = self.memory;
        room.give(chunk.data.capacity());
        buffers.give(chunk.data);
        Part::Records { source, places, faults }
    }
}

/// What the rules of a log source compile to, made once for all threads.
pub(crate) struct Plans<'a> {
    rules: &'a RuleSet,
    known: Mutex<HashMap<PlanKey, Arc<OnceLock<Matcher>>>>,
}

/// Shapes with the same log source and the same other names of fields share a plan.
type PlanKey = (EventSource, &'static [(&'static str, &'static str)]);

impl<'a> Plans<'a> {
    pub(crate) fn new(rules: &'a RuleSet) -> Self {
        Plans { rules, known: Mutex::new(HashMap::new()) }
    }

    fn of(&self, key: &PlanKey) -> Matcher {
        // While one thread makes a plan, others make other ones.
        let plan = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry(key.clone()).or_default())
        };
        plan.get_or_init(|| self.rules.matcher(&key.0, key.1, &MatcherOptions::default())).clone()
    }
}

/// A worker's matchers, with what they remember of the values seen.
pub(crate) struct Matchers<'a> {
    plans: &'a Plans<'a>,
    /// Place in `all`.
    of_shape: HashMap<(String, &'static str), usize>,
    all: Vec<(PlanKey, Matcher)>,
}

impl<'a> Matchers<'a> {
    pub(crate) fn new(plans: &'a Plans<'a>) -> Self {
        Matchers { plans, of_shape: HashMap::new(), all: Vec::new() }
    }

    pub(crate) fn rules(&self) -> &'a RuleSet {
        self.plans.rules
    }

    pub(crate) fn of(&mut self, shape: &Shape) -> &mut Matcher {
        let known = (shape.table.clone(), shape.variant);
        let place = *self.of_shape.entry(known).or_insert_with(|| {
            let key = (event_source(&shape.log_source), shape.aliases);
            self.all.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
                let matcher = self.plans.of(&key);
                self.all.push((key, matcher));
                self.all.len() - 1
            })
        });
        &mut self.all[place].1
    }
}

/// A match with what the case keeps of it, from the row's core columns.
pub(crate) fn matched(
    rules: &RuleSet,
    aliases: &[(&str, &str)],
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
        source: number::<UInt32Type>(stored, "source", row).unwrap_or_default(),
        rule: found.rule,
        shape: table.to_owned(),
        timestamp: number::<TimestampMicrosecondType>(stored, "timestamp", row),
        host: text(stored, "host_name", row).or_else(|| behind(table, text(stored, "source_ip", row)?)),
        user: text(stored, "user_name", row),
        addresses: ["source_ip", "destination_ip"]
            .iter()
            .filter_map(|column| text(stored, column, row))
            .filter(|address| onus_intrusion::is_outside(address))
            .collect(),
        why: serde_json::Value::from(why).to_string(),
        values: correlate::values(rules, aliases, native, stored, &found),
        span: None,
        reasons: found.why,
    }
}

/// The host behind an address: what a sensor on the wire sees belongs to it. Who asks a service from outside is no host of the logs',
/// nor is another service that asks under its name.
fn behind(table: &str, address: String) -> Option<String> {
    let is_inside = || address.parse::<IpAddr>().is_ok() && !onus_intrusion::is_outside(&address);
    (!onus_event::is_of_service(table) || is_inside()).then_some(address)
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
    source: SourceId,
    builder: Option<&'a mut BatchBuilder>,
    places: Vec<Place>,
    faults: Vec<Fault>,
}

impl Sink for Collect<'_> {
    fn record(&mut self, place: Place, fields: &Fields, names: &mut Names) {
        self.places.push(place);
        if let Some(builder) = &mut self.builder {
            builder.push(self.source, fields, names);
        }
    }

    fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }
}

fn order(
    results: &Receiver<Done>,
    give: &SyncSender<()>,
    take: &mut dyn FnMut(Output) -> Result<(), CaseError>,
) -> Result<(), CaseError> {
    let mut next = 0;
    let mut early = BTreeMap::new();
    while let Ok((number, done)) = results.recv() {
        early.insert(number, done);
        while let Some(done) = early.remove(&next) {
            next += 1;
            let _ = give.try_send(());
            take(done?)?;
        }
    }
    // A gap in the numbers means that a unit was lost.
    if early.is_empty() { Ok(()) } else { Err(CaseError::Worker) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use onus_source::find_inputs;

    #[test]
    fn a_panic_of_the_caller_ends_all_threads() {
        let folder = tempfile::tempdir().unwrap();
        let line = format!("{{\"text\":\"{}\"}}\n", "x".repeat(1_000));
        // More than all the room there is for what was read and not yet parsed.
        std::fs::write(folder.path().join("log.ndjson"), line.repeat(100_000)).unwrap();
        let inputs = find_inputs(&[folder.path().to_owned()]).unwrap();
        let reading = Reading { mappings: &Mappings::default(), collected: None };
        let (rules, depth) = (RuleSet::default(), Depth::Parse);
        let taken = catch_unwind(AssertUnwindSafe(|| {
            run(&inputs, &rules, reading, depth, 1, Arc::default(), &mut |_| panic!("of the caller"))
        }));
        assert!(taken.is_err());
    }
}
