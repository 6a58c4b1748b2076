//! The stages of an investigation, as growing prefixes: one thread reads and hashes, all cores do the rest.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use arrow_array::RecordBatch;
use onus_case::{Options, Rules};
use onus_event::{BatchBuilder, EventStore, Shape, ShapeBatch, with_core_columns};
use onus_sigma::{EventSource, Matcher, MatcherOptions, RuleSet};
use onus_source::{Chunk, Fault, Fields, Input, Item, Names, Parser, Place, Reader, Sink, find_inputs};
use sha2::{Digest, Sha256};

use crate::Result;
use crate::measure::{Measurement, Stage, cpu_seconds, peak_kib};

const BLOCK: usize = 1 << 20;

/// Runs one stage over all files under `input`, and measures it.
pub(crate) fn run(stage: Stage, input: &Path, rules: &Path) -> Result<Measurement> {
    let inputs = find_inputs(&[input.to_owned()])?;
    let before = cpu_seconds();
    let mut measured = match stage {
        Stage::Read | Stage::Hash => plain(&inputs, stage == Stage::Hash)?,
        Stage::Parse => prefix(&inputs, Depth::Parse)?,
        Stage::Columns => prefix(&inputs, Depth::Columns)?,
        Stage::Match | Stage::Store | Stage::Whole => with_rules(stage, &inputs, rules)?,
        Stage::Peer | Stage::PeerPlain => return Err("the peer is a program of its own".into()),
    };
    measured.cpu = cpu_seconds() - before - measured.cpu;
    measured.peak_kib = peak_kib();
    Ok(measured)
}

/// Number of records in `inputs`.
pub(crate) fn count(inputs: &[Input]) -> Result<u64> {
    Ok(prefix(inputs, Depth::Parse)?.events)
}

/// As many threads as there are cores, and beside them one that reads.
pub(crate) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, Into::into)
}

fn plain(inputs: &[Input], hashed: bool) -> Result<Measurement> {
    let begun = Instant::now();
    let mut block = vec![0; BLOCK];
    for input in inputs {
        let mut file = File::open(&input.path)?;
        let mut hash = Sha256::new();
        loop {
            let read = file.read(&mut block)?;
            if read == 0 {
                break;
            }
            if hashed {
                hash.update(&block[..read]);
            }
        }
        std::hint::black_box(hash.finalize());
    }
    Ok(Measurement { seconds: begun.elapsed().as_secs_f64(), ..Measurement::default() })
}

fn with_rules(stage: Stage, inputs: &[Input], rules: &Path) -> Result<Measurement> {
    let (begun, before) = (Instant::now(), cpu_seconds());
    let rules = Rules::load(&[rules.to_owned()])?;
    let loading = begun.elapsed().as_secs_f64();
    let loading_cpu = cpu_seconds() - before;
    let folder = tempfile::Builder::new().prefix("onus-bench-").tempdir()?;
    let measured = match stage {
        Stage::Match => prefix(inputs, Depth::Match(&rules.set))?,
        Stage::Store => prefix(inputs, Depth::Store(&rules.set, folder.path()))?,
        _ => whole(inputs, &rules, folder.path())?,
    };
    // What `run` takes off, as loading is not part of the stage.
    Ok(Measurement { loading, cpu: loading_cpu, rules: rules.set.len() as u64, ..measured })
}

/// All that `onus investigate` does, but for loading rules and printing.
fn whole(inputs: &[Input], rules: &Rules, folder: &Path) -> Result<Measurement> {
    let begun = Instant::now();
    let options = Options {
        out: folder.join("case"),
        threads: threads(),
        allow: Default::default(),
        mapping: Default::default(),
        progress: Arc::default(),
    };
    let summary = onus_case::investigate(inputs, rules, &options)?;
    let seconds = begun.elapsed().as_secs_f64();
    let (events, faults, matches) = (summary.records, summary.faults, summary.matches);
    Ok(Measurement { seconds, events, faults, matches, ..Measurement::default() })
}

/// How far a prefix goes.
#[derive(Clone, Copy)]
enum Depth<'a> {
    Parse,
    Columns,
    Match(&'a RuleSet),
    Store(&'a RuleSet, &'a Path),
}

type Stored = Vec<(String, RecordBatch)>;

fn prefix(inputs: &[Input], depth: Depth<'_>) -> Result<Measurement> {
    let begun = Instant::now();
    let (to_workers, chunks) = sync_channel::<Chunk>(threads());
    let (to_store, stored) = sync_channel::<Stored>(threads() * 2);
    let chunks = Mutex::new(chunks);
    let mut total = Measurement::default();
    std::thread::scope(|scope| -> Result<()> {
        scope.spawn(move || read(inputs, &to_workers));
        let workers: Vec<_> = (0..threads())
            .map(|_| {
                let (chunks, to_store) = (&chunks, to_store.clone());
                scope.spawn(move || Worker::new(depth).work(chunks, &to_store))
            })
            .collect();
        drop(to_store);
        store(depth, &stored)?;
        for worker in workers {
            let part = worker.join().map_err(|_| "a thread ended early")??;
            total.events += part.events;
            total.faults += part.faults;
            total.matches += part.matches;
        }
        Ok(())
    })?;
    total.seconds = begun.elapsed().as_secs_f64();
    Ok(total)
}

fn read(inputs: &[Input], to_workers: &SyncSender<Chunk>) {
    let mut emit = |item| match item {
        Item::Chunk(chunk) => to_workers.send(chunk).is_ok(),
        _ => true,
    };
    let mut reader = Reader::new(&mut emit, Arc::new(AtomicU64::new(0)));
    for input in inputs {
        if reader.read(input).is_err() {
            return;
        }
    }
}

fn store(depth: Depth<'_>, stored: &Receiver<Stored>) -> Result<()> {
    let Depth::Store(_, folder) = depth else { return Ok(()) };
    let mut store = EventStore::create(&folder.join("events"))?;
    while let Ok(batches) = stored.recv() {
        for (table, batch) in batches {
            store.push(&table, batch)?;
        }
    }
    store.finish()?;
    Ok(())
}

struct Worker<'a> {
    depth: Depth<'a>,
    parser: Parser,
    sink: Columns,
    matchers: HashMap<(String, &'static str), Matcher>,
}

impl<'a> Worker<'a> {
    fn new(depth: Depth<'a>) -> Self {
        let builder = (!matches!(depth, Depth::Parse)).then(BatchBuilder::default);
        Worker {
            depth,
            parser: Parser::default(),
            sink: Columns { builder, events: 0, faults: 0 },
            matchers: HashMap::new(),
        }
    }

    fn work(mut self, chunks: &Mutex<Receiver<Chunk>>, to_store: &SyncSender<Stored>) -> Result<Measurement> {
        let mut matches = 0;
        loop {
            let next = chunks.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(chunk) = next else { break };
            self.parser.parse(&chunk, &mut self.sink);
            let Some(builder) = &mut self.sink.builder else { continue };
            let mut stored = Vec::new();
            for batch in builder.finish(self.parser.names())? {
                if let Depth::Match(rules) | Depth::Store(rules, _) = self.depth {
                    let matcher = matcher(&mut self.matchers, rules, &batch);
                    matches += matcher.match_batch(&batch.native).len() as u64;
                }
                stored.push((batch.shape.table.clone(), with_core_columns(&batch, chunk.source, 0)?));
            }
            if matches!(self.depth, Depth::Store(..)) && to_store.send(stored).is_err() {
                break;
            }
        }
        let Columns { events, faults, .. } = self.sink;
        Ok(Measurement { events, faults, matches, ..Measurement::default() })
    }
}

fn matcher<'m>(
    known: &'m mut HashMap<(String, &'static str), Matcher>,
    rules: &RuleSet,
    batch: &ShapeBatch,
) -> &'m mut Matcher {
    let shape = &batch.shape;
    known.entry((shape.table.clone(), shape.variant)).or_insert_with(|| new_matcher(rules, batch))
}

/// A matcher for batches of this shape.
pub(crate) fn new_matcher(rules: &RuleSet, batch: &ShapeBatch) -> Matcher {
    rules.matcher(&event_source(&batch.shape), batch.shape.aliases, &MatcherOptions::default())
}

/// The log source of a shape.
pub(crate) fn event_source(shape: &Shape) -> EventSource {
    EventSource {
        product: shape.log_source.product.clone(),
        services: shape.log_source.services.clone(),
        categories: shape.log_source.categories.clone(),
    }
}

/// Counts records, and puts them into columns if it has a builder.
struct Columns {
    builder: Option<BatchBuilder>,
    events: u64,
    faults: u64,
}

impl Sink for Columns {
    fn record(&mut self, _: Place, fields: &Fields, names: &mut Names) {
        self.events += 1;
        if let Some(builder) = &mut self.builder {
            builder.push(fields, names);
        }
    }

    fn fault(&mut self, _: Fault) {
        self.faults += 1;
    }
}
