//! `tree/`: the hash of each perfect subtree in `level-NN`, 32 bytes each in order, and the signed `checkpoint`.

use std::cell::RefCell;
use std::fs::{self, File};
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use onus_proof::{Checkpoint, Digest, Note, Sign, TreeBuilder};

use crate::CaseError;
use crate::seal::SealError;
use crate::secret::Secret;

const CHECKPOINT: &str = "checkpoint";
const HASH: u64 = 32;

fn level_path(folder: &Path, level: u8) -> PathBuf {
    folder.join(format!("level-{level:02}"))
}

/// Writes a tree as its leaves come in; holds one buffer a level.
pub(crate) struct TreeWriter {
    folder: PathBuf,
    builder: TreeBuilder,
    levels: Vec<BufWriter<File>>,
}

impl TreeWriter {
    /// A tree in `folder`, which is made, and made empty.
    pub(crate) fn create(folder: &Path) -> Result<Self, CaseError> {
        let io = |source| CaseError::Io { path: folder.to_owned(), source };
        if folder.exists() {
            // What an earlier run left when it was stopped.
            fs::remove_dir_all(folder).map_err(io)?;
        }
        fs::create_dir_all(folder).map_err(io)?;
        Ok(Self { folder: folder.to_owned(), builder: TreeBuilder::new(), levels: Vec::new() })
    }

    pub(crate) fn size(&self) -> u64 {
        self.builder.size()
    }

    pub(crate) fn push(&mut self, leaf: Digest) -> Result<(), CaseError> {
        let Self { folder, builder, levels } = self;
        let mut written = Ok(());
        builder.push(leaf, |level, _, hash| {
            if written.is_ok() {
                written = write(folder, levels, level, &hash);
            }
        });
        written
    }

    /// Signs the head, and makes all of it durable.
    pub(crate) fn finish(self, signer: &dyn Sign) -> Result<Checkpoint, CaseError> {
        let checkpoint = Checkpoint {
            origin: signer.verifier().name().to_owned(),
            size: self.builder.size(),
            root: self.builder.root(),
            extensions: Vec::new(),
        };
        for (level, file) in (0..).zip(self.levels) {
            let path = level_path(&self.folder, level);
            let io = |source| CaseError::Io { path: path.clone(), source };
            file.into_inner().map_err(|e| io(e.into_error()))?.sync_all().map_err(io)?;
        }
        let note = signer.sign(&checkpoint.encode()).map_err(SealError::Note)?;
        let path = self.folder.join(CHECKPOINT);
        let io = |source| CaseError::Io { path: path.clone(), source };
        let mut file = File::create_new(&path).map_err(io)?;
        file.write_all(note.encode().as_bytes()).and_then(|()| file.sync_all()).map_err(io)?;
        Ok(checkpoint)
    }
}

fn write(
    folder: &Path,
    levels: &mut Vec<BufWriter<File>>,
    level: u8,
    hash: &Digest,
) -> Result<(), CaseError> {
    let path = level_path(folder, level);
    let io = |source| CaseError::Io { path: path.clone(), source };
    // Levels come into being one by one, from the leaves up.
    if levels.len() == usize::from(level) {
        levels.push(BufWriter::new(File::create_new(&path).map_err(io)?));
    }
    match levels.get_mut(usize::from(level)) {
        Some(file) => file.write_all(&hash.0).map_err(io),
        None => Ok(()),
    }
}

/// A sealed tree.
pub(crate) struct SealedTree {
    folder: PathBuf,
    pub(crate) note: Note,
    pub(crate) checkpoint: Checkpoint,
    open: RefCell<Vec<Option<File>>>,
}

impl SealedTree {
    /// Whether a tree was sealed in `folder`.
    pub(crate) fn is_in(folder: &Path) -> bool {
        folder.join(CHECKPOINT).exists()
    }

    /// Opens it; the checkpoint must bear the signature of the case's key.
    pub(crate) fn open(folder: &Path, secret: &Secret) -> Result<Self, CaseError> {
        let path = folder.join(CHECKPOINT);
        let text =
            fs::read_to_string(&path).map_err(|source| CaseError::Io { path: path.clone(), source })?;
        let note = Note::parse(&text).map_err(SealError::Note)?;
        secret.verifier().verify(&note).map_err(SealError::Note)?;
        let checkpoint = Checkpoint::parse(&note.text).map_err(|_| SealError::Table(path))?;
        Ok(Self { folder: folder.to_owned(), note, checkpoint, open: RefCell::default() })
    }

    /// The hash of a perfect subtree; `None` if it cannot be read.
    pub(crate) fn read(&self, level: u8, index: u64) -> Option<Digest> {
        let mut open = self.open.borrow_mut();
        let at = usize::from(level);
        if open.len() <= at {
            open.resize_with(at + 1, || None);
        }
        if open[at].is_none() {
            open[at] = File::open(level_path(&self.folder, level)).ok();
        }
        let file = open[at].as_mut()?;
        let mut hash = [0; 32];
        file.seek(SeekFrom::Start(index.checked_mul(HASH)?)).ok()?;
        file.read_exact(&mut hash).ok()?;
        Some(Digest(hash))
    }
}
