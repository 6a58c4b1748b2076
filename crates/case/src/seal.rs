//! Seals a case: sources ─► chunks ─► (worker threads) leaf hashes ─► in order again ─► tree and checkpoint.
//!
//! Every source is read once more. Its bytes must be those that were investigated, and each record must lie
//! where the case says. Chunks go to the workers in turn and their leaves are taken in the same turn, so the
//! order is that of the case, and no more than two chunks a worker are under way.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use onus_proof::{
    CommitError, Digest, FieldRef, FieldValue, NoteError, RecordHeader, RecordIndex, Sealer, Sign,
};
use onus_source::{
    Chunk, Day, Fault, Fields, Item, Names, Parser, Place, Reader, Sink, SourceEnd, SourceId, Value,
};

use crate::CaseError;
use crate::check::sealable;
use crate::places::{Places, Row, Source, manifest, outermost, sources};
use crate::secret::Secret;
use crate::tree::{SealedTree, TreeWriter};

/// Why a case cannot be sealed, or a sealed case not be used.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// It is sealed.
    #[error("{0}: the case is sealed already, and a seal is never made twice; investigate into a new case")]
    Sealed(PathBuf),
    /// It is not sealed.
    #[error("{0}: the case is not sealed; seal it first: onus seal {0}")]
    NotSealed(PathBuf),
    /// A source is no longer where it was.
    #[error("{0}: cannot be opened; give the folder from which relative paths start with --from")]
    Gone(PathBuf),
    /// A source is not what was investigated.
    #[error(
        "{0}: the file has changed since it was investigated; put the original back, or investigate again"
    )]
    Changed(String),
    /// Unchanged bytes gave other records.
    #[error("{path}: this program reads other records in it than {program} did; use that version")]
    ReadOtherwise {
        /// The source.
        path: String,
        /// Who made the case.
        program: String,
    },
    /// The system gives no randomness.
    #[error("the system's random source fails: {0}")]
    Random(getrandom::Error),
    /// The file is no secret.
    #[error("{0}: not the secret of a case")]
    Secret(PathBuf),
    /// The key that signs for the case was not given.
    #[error(
        "the case was sealed with the key {0}, and another one or none was given: give that one with --key or --signer"
    )]
    OtherKey(String),
    /// A table of the case is damaged.
    #[error("{0}: damaged; investigate again")]
    Table(PathBuf),
    /// A name that is not fit for a key, or a checkpoint that the key did not sign.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// A record that cannot be committed to.
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// How to seal.
#[derive(Debug, Clone, Default)]
pub struct SealOptions {
    /// Folder from which relative paths of sources start; empty for the current one.
    pub from: PathBuf,
    /// Name of the signing key and the tree; a random one if there is none.
    pub name: Option<String>,
    /// Number of hashing threads; the result is the same with any.
    pub threads: usize,
    /// Counts the bytes read from disk, for a progress bar.
    pub progress: Arc<AtomicU64>,
}

/// What was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Leaves of the tree.
    pub records: u64,
    /// Its root.
    pub root: Digest,
    /// The public key, to be published by a channel of its own.
    pub vkey: String,
}

/// Bytes that sealing reads from disk.
///
/// # Errors
/// If the folder is no case.
pub fn sealing_bytes(case: &Path) -> Result<u64, CaseError> {
    manifest(case)?;
    Ok(sources(case)?.iter().filter(|source| source.container.is_none()).map(|source| source.size).sum())
}

pub(crate) fn tree_folder(case: &Path) -> PathBuf {
    case.join("tree")
}

pub(crate) fn secret_path(case: &Path) -> PathBuf {
    case.join("secret")
}

/// Commits to every record of a case, and signs the root of the tree over them: with the `signer`, or else with a new key
/// that lies in the case.
///
/// # Errors
/// [`SealError`], or [`crate::ClaimsError`] for a claim that does not hold or speaks of all records; nothing of the
/// case is changed then.
pub fn seal(case: &Path, options: &SealOptions, signer: Option<&dyn Sign>) -> Result<Sealed, CaseError> {
    let manifest = manifest(case)?;
    let (folder, secret_path) = (tree_folder(case), secret_path(case));
    if SealedTree::is_in(&folder) {
        return Err(SealError::Sealed(case.to_owned()).into());
    }
    sealable(case)?;
    let collected = manifest.day();
    let job =
        Job { sources: sources(case)?, from: options.from.clone(), program: manifest.program, collected };
    job.all_there()?;
    // A secret without a tree is what a run left that was stopped before the last line of this function.
    let secret = match secret_path.exists() {
        true => Secret::read(&secret_path)?,
        false => Secret::make(options.name.as_deref(), signer.map(Sign::verifier))?,
    };
    let signer = secret.signer(signer)?;
    let partial = case.join("tree.partial");
    let mut tree = TreeWriter::create(&partial)?;
    let made = job.leaves(Places::open(case, None)?, &secret, options, &mut tree).and_then(|()| {
        if tree.size() == manifest.records { Ok(()) } else { Err(SealError::Table(case.to_owned()).into()) }
    });
    if let Err(error) = made {
        // Only what this run wrote; the error that matters is the first.
        let _ = fs::remove_dir_all(&partial);
        return Err(error);
    }
    let checkpoint = tree.finish(signer)?;
    if !secret_path.exists() {
        secret.write(&secret_path)?;
    }
    fs::rename(&partial, &folder).map_err(|source| CaseError::Io { path: folder, source })?;
    let vkey = signer.verifier().to_vkey();
    Ok(Sealed { records: checkpoint.size, root: checkpoint.root, vkey })
}

/// Sources to be read again.
pub(crate) struct Job {
    pub(crate) sources: Vec<Source>,
    pub(crate) from: PathBuf,
    pub(crate) program: String,
    pub(crate) collected: Option<Day>,
}

/// A chunk with what the case says of its records.
type Task = (Chunk, Vec<Row>);
/// The leaves of a chunk, or the source that was not read as before.
type Leaves = Result<Vec<Digest>, Stop>;

/// Why reading stops early.
enum Stop {
    /// The records of this source are not where the case says.
    Otherwise(SourceId),
    Failed(CaseError),
}

impl From<CaseError> for Stop {
    fn from(error: CaseError) -> Self {
        Self::Failed(error)
    }
}

impl Job {
    /// The files that were given, in the order of their numbers.
    fn files(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        (0..).zip(&self.sources).filter(|(_, source)| source.container.is_none())
    }

    fn all_there(&self) -> Result<(), SealError> {
        for (_, source) in self.files().filter(|(_, source)| source.was_read()) {
            let path = self.from.join(&source.path);
            if fs::File::open(&path).is_err() {
                return Err(SealError::Gone(path));
            }
        }
        Ok(())
    }

    fn leaves(
        &self,
        places: Places,
        secret: &Secret,
        options: &SealOptions,
        tree: &mut TreeWriter,
    ) -> Result<(), CaseError> {
        let threads = options.threads.max(1);
        let secret = secret.case_secret();
        let result = std::thread::scope(|scope| {
            let (mut tasks, mut results) = (Vec::new(), Vec::new());
            for _ in 0..threads {
                let (to_worker, task) = sync_channel::<Task>(1);
                let (to_order, leaves) = sync_channel::<Leaves>(1);
                let sealer = Sealer::new(&secret);
                let parser = Parser::of_day(self.collected);
                scope.spawn(move || work(&self.sources, sealer, parser, &task, &to_order));
                tasks.push(to_worker);
                results.push(leaves);
            }
            let progress = options.progress.clone();
            let reader = scope.spawn(move || self.read(places, tasks, progress));
            let taken = take(results, tree);
            // An early end of the reader shows in the results as an end too: its own reason comes first.
            match reader.join() {
                Ok(read) => read.and(taken),
                Err(_) => Err(CaseError::Worker.into()),
            }
        });
        result.map_err(|stop| self.explain(stop))
    }

    /// Reads all files, hands out their chunks in turn, and checks each source at its end.
    fn read(
        &self,
        mut places: Places,
        tasks: Vec<SyncSender<Task>>,
        progress: Arc<AtomicU64>,
    ) -> Result<(), Stop> {
        let mut turn = tasks.iter().cycle();
        let mut stopped = Ok(());
        let mut emit = |item| {
            let done = match item {
                Item::Chunk(chunk) => places.within(&chunk).map_err(Stop::from).map(|rows| {
                    rows.is_empty() || turn.next().is_some_and(|worker| worker.send((chunk, rows)).is_ok())
                }),
                Item::End(end) => self.check(&end).map(|()| true).map_err(|e| Stop::Failed(e.into())),
                Item::Fault(..) => Ok(true),
            };
            done.unwrap_or_else(|stop| {
                stopped = Err(stop);
                false
            })
        };
        let mut reader = Reader::new(&mut emit, progress);
        let all = self.files().all(|(_, source)| reader.read(&source.input(&self.from)).is_ok());
        stopped?;
        match places.peek()? {
            Some(row) if all => Err(Stop::Otherwise(row.source)),
            _ => Ok(()),
        }
    }

    /// Whether a source is what it was.
    fn check(&self, end: &SourceEnd) -> Result<(), SealError> {
        let known = self.sources.get(end.source as usize);
        match known {
            Some(source) if source.sha256.0 == end.sha256 && source.path == end.path => Ok(()),
            _ => Err(SealError::Changed(end.path.clone())),
        }
    }

    /// Records that are not where they were: because the file changed, or because it is read otherwise?
    fn explain(&self, stop: Stop) -> CaseError {
        let source = match stop {
            Stop::Failed(error) => return error,
            Stop::Otherwise(source) => source,
        };
        let first = outermost(&self.sources, source);
        let Some(file) = self.sources.get(first as usize) else { return CaseError::Worker };
        let mut changed = None;
        let mut emit = |item| {
            if let Item::End(mut end) = item {
                end.source += first;
                changed = self.check(&end).err();
            }
            changed.is_none()
        };
        // That it stopped early is known from `changed`.
        let _ = Reader::new(&mut emit, Arc::default()).read(&file.input(&self.from));
        let otherwise =
            || SealError::ReadOtherwise { path: file.path.clone(), program: self.program.clone() };
        changed.unwrap_or_else(otherwise).into()
    }
}

/// Takes the leaves in the order in which the chunks were handed out.
fn take(results: Vec<Receiver<Leaves>>, tree: &mut TreeWriter) -> Result<(), Stop> {
    for results in results.iter().cycle() {
        // The reader has no further chunk, so no worker whose turn comes later has one.
        let Ok(leaves) = results.recv() else { break };
        for leaf in leaves? {
            tree.push(leaf)?;
        }
    }
    Ok(())
}

fn work(
    sources: &[Source],
    mut sealer: Sealer,
    mut parser: Parser,
    tasks: &Receiver<Task>,
    results: &SyncSender<Leaves>,
) {
    while let Ok((chunk, rows)) = tasks.recv() {
        let leaves = chunk_leaves(sources, &mut sealer, &mut parser, &chunk, &rows);
        if results.send(leaves).is_err() {
            return;
        }
    }
}

fn chunk_leaves(
    sources: &[Source],
    sealer: &mut Sealer,
    parser: &mut Parser,
    chunk: &Chunk,
    rows: &[Row],
) -> Leaves {
    let Some(source) = sources.get(chunk.source as usize) else { return Err(Stop::Otherwise(chunk.source)) };
    let mut sink =
        LeafSink { source, chunk, rows, sealer, values: Vec::new(), leaves: Vec::new(), failed: None };
    parser.parse(chunk, &mut sink);
    let LeafSink { leaves, failed, .. } = sink;
    match failed {
        Some(stop) => Err(stop),
        None if leaves.len() == rows.len() => Ok(leaves),
        None => Err(Stop::Otherwise(chunk.source)),
    }
}

/// Turns records into leaves.
struct LeafSink<'a> {
    source: &'a Source,
    chunk: &'a Chunk,
    rows: &'a [Row],
    sealer: &'a mut Sealer,
    /// Kept between records for their buffers.
    values: Vec<FieldValue>,
    leaves: Vec<Digest>,
    failed: Option<Stop>,
}

impl Sink for LeafSink<'_> {
    fn record(&mut self, place: Place, fields: &Fields, names: &mut Names) {
        let row = self.rows.get(self.leaves.len()).filter(|row| at(row, place));
        let (Some(row), None) = (row, &self.failed) else {
            self.failed.get_or_insert(Stop::Otherwise(self.chunk.source));
            return;
        };
        set_values(&mut self.values, fields);
        let named = fields.iter().map(|(name, _)| names.get(name)).zip(&self.values);
        let fields: Vec<FieldRef<'_>> = named.map(|(name, value)| FieldRef { name, value }).collect();
        let raw = self.chunk.raw(place);
        match self.sealer.leaf_hash(RecordIndex(row.record), &header(self.source, row), &fields, raw) {
            Ok(leaf) => self.leaves.push(leaf),
            Err(error) => self.failed = Some(Stop::Failed(SealError::from(error).into())),
        }
    }

    fn fault(&mut self, _: Fault) {}
}

/// Whether a record that was read is the one of a row.
pub(crate) fn at(row: &Row, place: Place) -> bool {
    row.offset == place.offset && row.length == place.length
}

pub(crate) fn header<'a>(source: &'a Source, row: &Row) -> RecordHeader<'a> {
    RecordHeader {
        source: source.sha256,
        ordinal: row.ordinal,
        offset: row.offset,
        length: u64::from(row.length),
        format: &source.format,
    }
}

/// The values of a record as they are committed to.
fn set_values(values: &mut Vec<FieldValue>, fields: &Fields) {
    values.resize(fields.len(), FieldValue::Null);
    for (slot, (_, value)) in values.iter_mut().zip(fields.iter()) {
        match (slot, value) {
            // The buffer of the text that stood here before is used again.
            (FieldValue::Text(buffer), Value::Text(text)) => {
                buffer.clear();
                buffer.push_str(text);
            }
            (slot, value) => *slot = field_value(value),
        }
    }
}

/// A value as it is committed to.
pub(crate) fn field_value(value: Value<'_>) -> FieldValue {
    match value {
        Value::Bool(value) => FieldValue::Bool(value),
        Value::Int(value) => FieldValue::Int(value),
        Value::Float(value) => FieldValue::Float(value),
        Value::Text(text) => FieldValue::Text(text.to_owned()),
    }
}
