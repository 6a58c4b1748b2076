//! The signing room: keys, verdicts on dossiers of others, time, witnesses, early seals.

mod collect;
mod keys;
mod prove;
pub(crate) mod signer;
mod timestamp;
mod verdict;
mod witness;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Subcommand;
use onus_case::CaseError;
use onus_keys::KeyError;
use onus_page::Carried;
use onus_proof::{NoteError, NoteTime, Rejection, TrustPolicy, VerifiedDossier, limits};
use onus_trust::{PolicyError, Refused};

use crate::Exit;

/// Bytes of a page with the largest dossier: what is escaped in it takes more room there.
pub(crate) const PAGE_BYTES: u64 = 2 * limits::BYTES as u64;

/// Why a command of the signing room, or a verdict, ends early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Case(#[from] CaseError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Note(#[from] NoteError),
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },
    #[error("{path}: {source}. See docs/spec/policy.md")]
    Policy { path: PathBuf, source: PolicyError },
    #[error("{path} is rejected: {source}")]
    Rejected { path: PathBuf, source: Rejection },
    #[error("{path} is rejected: {source}")]
    Refused { path: PathBuf, source: Refused },
    #[error("{path}: exists already, and is never written over")]
    Exists { path: PathBuf },
    #[error("{0}")]
    Said(String),
}

#[derive(Subcommand)]
pub(crate) enum RoomCommand {
    /// Make, list, show, rotate and revoke signing keys.
    Keys {
        #[command(subcommand)]
        command: keys::KeysCommand,
    },
    /// Recompute the claims of a dossier and sign what that gave: a verdict note.
    Countersign(verdict::CountersignArgs),
    /// Sign that a claim of a dossier is disputed, and on what ground.
    Contest(verdict::ContestArgs),
    /// Have a checkpoint stamped by a time-stamp authority (RFC 3161).
    Timestamp(timestamp::TimestampArgs),
    /// Seal growing logs as they come, so that a checkpoint exists before anybody knows of an intrusion.
    Collect(collect::CollectArgs),
    /// Show that files of a dossier's records stood in a collection, and since when.
    Prove(prove::ProveArgs),
    /// Cosign a checkpoint if it goes on from the one that was cosigned last.
    Witness(witness::WitnessArgs),
}

pub(crate) fn run(command: &RoomCommand, quiet: bool) -> Result<Exit, Failure> {
    match command {
        RoomCommand::Keys { command } => keys::run(command, quiet),
        RoomCommand::Countersign(args) => verdict::countersign(args, quiet),
        RoomCommand::Contest(args) => verdict::contest(args, quiet),
        RoomCommand::Timestamp(args) => timestamp::run(args, quiet),
        RoomCommand::Collect(args) => collect::run(args, quiet),
        RoomCommand::Prove(args) => prove::run(args, quiet),
        RoomCommand::Witness(args) => witness::run(args, quiet),
    }
}

pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Failure {
    let path = path.to_owned();
    move |source| Failure::Io { path, source }
}

/// Reads a file of at most so many bytes.
pub(crate) fn read(path: &Path, most: u64) -> Result<Vec<u8>, Failure> {
    if fs::metadata(path).map_err(io(path))?.len() > most {
        return Err(Failure::Said(format!("{}: larger than anything that is read here", path.display())));
    }
    fs::read(path).map_err(io(path))
}

/// A dossier, bare or in its page, which holds under whatever key.
pub(crate) fn dossier(path: &Path) -> Result<VerifiedDossier, Failure> {
    let carried = carried(path)?;
    VerifiedDossier::verify(carried.dossier(), &TrustPolicy::AnyKey)
        .map_err(|source| Failure::Rejected { path: path.to_owned(), source })
}

/// The bytes of a dossier, bare or in a page; nothing is verified.
pub(crate) fn carried(path: &Path) -> Result<Carried, Failure> {
    let bytes = read(path, PAGE_BYTES)?;
    Carried::of(&bytes).map_err(|problem| Failure::Said(format!("{}: {problem}", path.display())))
}

/// Writes a new file and makes it durable.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut file = match fs::File::create_new(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            return Err(Failure::Exists { path: path.to_owned() });
        }
        opened => opened.map_err(io(path))?,
    };
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(io(path))
}

/// To a new file, or to standard output.
fn give(out: Option<&Path>, text: &str) -> Result<(), Failure> {
    match out {
        Some(path) => write_new(path, text.as_bytes()),
        None => Ok(crate::format::print(text)?),
    }
}

fn now() -> NoteTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    NoteTime::from_unix(i64::try_from(since.as_secs()).unwrap_or(0))
}

/// The program, as notes name it.
fn tool() -> String {
    format!("onus {}", env!("CARGO_PKG_VERSION"))
}
