//! `onus collect`: a journal of how logs grow, one line a piece, under an append-only tree whose head is signed.
//!
//! A line of the journal names a file, a range of its bytes and their SHA-256, with a random salt, so that a line that
//! is not shown cannot be guessed. The journal is written first and made durable, then the checkpoint; what lies in the
//! journal behind the last checkpoint is taken into the next. So a stop at any moment loses nothing.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use onus_proof::{
    Checkpoint, Digest, JournalLine, Note, Sign, TlogProof, TreeBuilder, WitnessRequest, consistency_proof,
    inclusion_proof, leaf_digest, root,
};
use sha2::Digest as _;

use super::signer::SignerArgs;
use super::witness::replace;
use super::{Failure, io, now};
use crate::{Exit, say};

#[derive(Args)]
pub(crate) struct CollectArgs {
    /// Folder of logs, which is only read.
    logs: PathBuf,
    /// Folder of the collection; it is made, or gone on with.
    #[arg(long, value_name = "COLLECTION")]
    into: PathBuf,
    /// How often: a number with s, m, h or d.
    #[arg(long, default_value = "1h", value_parser = every)]
    every: Duration,
    /// One round only, for a timer of your own.
    #[arg(long)]
    once: bool,
    #[command(flatten)]
    signer: SignerArgs,
}

fn every(text: &str) -> Result<Duration, String> {
    let problem = || "a number with s, m, h or d, such as 1h".to_owned();
    let unit = text.chars().last().ok_or_else(problem)?;
    let number: u64 = text[..text.len() - unit.len_utf8()].parse().map_err(|_| problem())?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(problem()),
    };
    number.checked_mul(seconds).filter(|seconds| *seconds > 0).map(Duration::from_secs).ok_or_else(problem)
}

pub(crate) fn run(args: &CollectArgs, quiet: bool) -> Result<Exit, Failure> {
    let signer = args.signer.open()?;
    fs::create_dir_all(&args.into).map_err(io(&args.into))?;
    let lock = args.into.join("lock");
    let held = File::create(&lock).map_err(io(&lock))?;
    if held.try_lock().is_err() {
        return Err(Failure::Said(format!("{}: another run collects into it", args.into.display())));
    }
    loop {
        let mut journal = Journal::open(&args.into)?;
        let grown = journal.round(&args.logs)?;
        let checkpoint = journal.seal(signer.as_ref())?;
        if !quiet {
            say(&format!("{grown} files grew; {} lines, root {}", checkpoint.size, checkpoint.root));
        }
        if args.once {
            return Ok(Exit::Done);
        }
        std::thread::sleep(args.every);
    }
}

/// The journal with the tree over its lines.
pub(super) struct Journal {
    folder: PathBuf,
    file: File,
    levels: Vec<Vec<Digest>>,
    builder: TreeBuilder,
    /// Bytes of each file that the journal has.
    covered: BTreeMap<String, u64>,
    /// By digest of a whole file: the first line that has it.
    whole: BTreeMap<Digest, u64>,
    head: Option<(Checkpoint, Note)>,
}

impl Journal {
    /// Opens it, or begins one; a last line that was not written to its end is cut off.
    pub(super) fn open(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join("journal");
        let mut options = OpenOptions::new();
        let mut file =
            options.read(true).write(true).create(true).truncate(false).open(&path).map_err(io(&path))?;
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(io(&path))?;
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        file.set_len(whole as u64).and_then(|()| file.seek(SeekFrom::End(0))).map_err(io(&path))?;
        let mut journal = Self {
            folder: folder.to_owned(),
            file,
            levels: Vec::new(),
            builder: TreeBuilder::new(),
            covered: BTreeMap::new(),
            whole: BTreeMap::new(),
            head: None,
        };
        for line in text[..whole].split_inclusive(|byte| *byte == b'\n') {
            journal.take(line)?;
        }
        journal.head = journal.read_head()?;
        Ok(journal)
    }

    /// Takes a line into the tree.
    fn take(&mut self, line: &[u8]) -> Result<(), Failure> {
        let damaged = || Failure::Said(format!("{}: the journal is damaged", self.folder.display()));
        let entry = JournalLine::parse(line).ok_or_else(damaged)?;
        let end = entry.offset.checked_add(entry.length).ok_or_else(damaged)?;
        self.covered.insert(entry.path, end);
        self.whole.entry(entry.whole).or_insert(self.builder.size());
        let levels = &mut self.levels;
        self.builder.push(leaf_digest(line), |level, _, hash| {
            if levels.len() == usize::from(level) {
                levels.push(Vec::new());
            }
            if let Some(level) = levels.get_mut(usize::from(level)) {
                level.push(hash);
            }
        });
        Ok(())
    }

    fn node(&self, level: u8, index: u64) -> Option<Digest> {
        self.levels.get(usize::from(level))?.get(usize::try_from(index).ok()?).copied()
    }

    /// The last checkpoint, which the journal must bear out: a changed or cut journal is not sealed again.
    fn read_head(&self) -> Result<Option<(Checkpoint, Note)>, Failure> {
        let path = self.folder.join("checkpoint");
        if !path.exists() {
            return Ok(None);
        }
        let note = Note::parse(&fs::read_to_string(&path).map_err(io(&path))?)?;
        let said = |problem: &str| Failure::Said(format!("{}: {problem}", path.display()));
        let head = Checkpoint::parse(&note.text).map_err(|problem| said(&problem.to_string()))?;
        match root(head.size, &|level, index| self.node(level, index)) {
            Ok(own) if own == head.root => Ok(Some((head, note))),
            _ => Err(said("the journal is not what this checkpoint was made of")),
        }
    }

    /// One look at all files: what they grew by goes into the journal. Gives how many grew.
    fn round(&mut self, logs: &Path) -> Result<usize, Failure> {
        let mut files = Vec::new();
        walk(logs, &mut files)?;
        files.sort();
        let mut grown = 0;
        for path in files {
            let name = path.strip_prefix(logs).unwrap_or(&path).to_string_lossy().into_owned();
            // A file may go away between the listing and here.
            let Ok(file) = File::open(&path) else { continue };
            let length = file.metadata().map_err(io(&path))?.len();
            let known = self.covered.get(&name).copied().unwrap_or(0);
            // A shorter file was begun anew.
            let offset = if length < known { 0 } else { known };
            if length == offset {
                continue;
            }
            let (sha256, whole) = digests(&mut file.take(length), offset).map_err(io(&path))?;
            let mut salt = [0; 16];
            getrandom::fill(&mut salt).map_err(onus_keys::KeyError::Random)?;
            let salt: String = salt.iter().map(|byte| format!("{byte:02x}")).collect();
            let line =
                JournalLine { path: name, offset, length: length - offset, sha256, whole, salt, seen: now() };
            let line = line.encode();
            let journal = self.folder.join("journal");
            self.file.write_all(line.as_bytes()).map_err(io(&journal))?;
            self.take(line.as_bytes())?;
            grown += 1;
        }
        self.file.sync_all().map_err(io(&self.folder))?;
        Ok(grown)
    }

    /// Signs the head if there is more than in the last one.
    fn seal(&mut self, signer: &dyn Sign) -> Result<Checkpoint, Failure> {
        if let Some((head, note)) = &self.head {
            signer.verifier().verify(note)?;
            if head.size == self.builder.size() {
                return Ok(head.clone());
            }
        }
        let checkpoint = Checkpoint {
            origin: signer.verifier().name().to_owned(),
            size: self.builder.size(),
            root: self.builder.root(),
            extensions: Vec::new(),
        };
        let note = signer.sign(&checkpoint.encode())?;
        let all = self.folder.join("checkpoints");
        fs::create_dir_all(&all).map_err(io(&all))?;
        replace(&all.join(format!("{:012}", checkpoint.size)), &note.encode())?;
        replace(&self.folder.join("checkpoint"), &note.encode())?;
        self.head = Some((checkpoint.clone(), note));
        Ok(checkpoint)
    }

    /// The line that has a file of this digest, with its proof: in the first checkpoint over it.
    pub(super) fn prove(&self, whole: Digest) -> Result<Option<TlogProof>, Failure> {
        let Some(index) = self.whole.get(&whole).copied() else { return Ok(None) };
        let path = self.folder.join("journal");
        let text = fs::read(&path).map_err(io(&path))?;
        let line =
            text.split_inclusive(|byte| *byte == b'\n').nth(usize::try_from(index).unwrap_or(usize::MAX));
        let Some((size, checkpoint)) = self.checkpoint_over(index)? else { return Ok(None) };
        let hashes = inclusion_proof(index, size, &|level, index| self.node(level, index))
            .map_err(|problem| Failure::Said(format!("{}: {problem}", path.display())))?;
        Ok(Some(TlogProof { extra: line.map(<[u8]>::to_vec), index, hashes, checkpoint }))
    }

    /// The first checkpoint in whose tree a line lies.
    fn checkpoint_over(&self, index: u64) -> Result<Option<(u64, String)>, Failure> {
        let folder = self.folder.join("checkpoints");
        let entries = fs::read_dir(&folder).map_err(io(&folder))?;
        let sizes = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        let Some(size) = sizes.filter(|size: &u64| *size > index).min() else { return Ok(None) };
        let path = folder.join(format!("{size:012}"));
        Ok(Some((size, fs::read_to_string(&path).map_err(io(&path))?)))
    }

    /// The request to a witness that cosigned `old` leaves last.
    pub(super) fn request(&self, old: u64) -> Result<WitnessRequest, Failure> {
        let Some((head, note)) = &self.head else {
            return Err(Failure::Said(format!("{}: nothing was sealed in it yet", self.folder.display())));
        };
        let proof = match old {
            0 => Vec::new(),
            old => consistency_proof(old, head.size, &|level, index| self.node(level, index))
                .map_err(|problem| Failure::Said(format!("no proof from {old} leaves: {problem}")))?,
        };
        Ok(WitnessRequest { old, proof, checkpoint: note.clone() })
    }
}

/// SHA-256 of what lies from `offset` on, and of all. A file that was cut meanwhile is an error.
fn digests(from: &mut std::io::Take<File>, offset: u64) -> std::io::Result<(Digest, Digest)> {
    let mut buffer = vec![0; 1 << 16];
    let (mut new, mut whole, mut at) = (sha2::Sha256::new(), sha2::Sha256::new(), 0u64);
    loop {
        let read = match from.read(&mut buffer)? {
            0 if from.limit() > 0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            0 => return Ok((Digest(new.finalize().into()), Digest(whole.finalize().into()))),
            read => read,
        };
        let skip = usize::try_from(offset.saturating_sub(at)).unwrap_or(usize::MAX).min(read);
        new.update(&buffer[skip..read]);
        whole.update(&buffer[..read]);
        at += read as u64;
    }
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    for entry in fs::read_dir(folder).map_err(io(folder))? {
        let entry = entry.map_err(io(folder))?;
        let kind = entry.file_type().map_err(io(folder))?;
        if kind.is_dir() {
            walk(&entry.path(), files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}
