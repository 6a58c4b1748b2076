//! files ─► chunks ─► (worker threads) parsed, columnar ─► in order again.
//!
//! One thread reads and hashes, as many as wished parse, and the caller's thread takes the results in the
//! order of the input. The number of chunks under way is bounded, and with it memory.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use onus_event::{BatchBuilder, with_core_columns};
use onus_source::{
    Chunk, Fault, Fields, Input, Item, Names, Parser, Place, Reader, Sink, SourceEnd, SourceId,
};

use crate::CaseError;

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
}

enum Work {
    Chunk(u64, Chunk),
    Done(u64, Result<Output, ArrowError>),
}

/// Reads all inputs with `threads` parsing threads, and gives each result to `take`.
pub(crate) fn run(
    inputs: &[Input],
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
            scope.spawn(move || work(chunks, &to_order));
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

fn work(chunks: &Mutex<Receiver<Work>>, to_order: &SyncSender<Work>) {
    let mut parser = Parser::default();
    let mut builder = BatchBuilder::default();
    loop {
        let next = match chunks.lock() {
            Ok(receiver) => receiver.recv(),
            Err(_) => return,
        };
        let Ok(Work::Chunk(number, chunk)) = next else { return };
        let done = parse(&mut parser, &mut builder, &chunk).map(Output::Chunk);
        if to_order.send(Work::Done(number, done)).is_err() {
            return;
        }
    }
}

fn parse(parser: &mut Parser, builder: &mut BatchBuilder, chunk: &Chunk) -> Result<Parsed, ArrowError> {
    let mut sink = Collect { builder, places: Vec::new(), faults: Vec::new() };
    parser.parse(chunk, &mut sink);
    let Collect { builder, places, faults } = sink;
    let batches = builder
        .finish(parser.names())?
        .into_iter()
        .map(|batch| Ok((batch.shape.table.clone(), with_core_columns(&batch, chunk.source, 0)?)))
        .collect::<Result<_, ArrowError>>()?;
    Ok(Parsed { source: chunk.source, places, faults, batches })
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
