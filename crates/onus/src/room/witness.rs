//! `onus witness`: cosigning checkpoints of trees that only grow (docs/spec/cosignature.md).

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use onus_proof::{
    Checkpoint, Cosigned, Digest, NOTE_BYTES, Note, Verifier, WitnessError, WitnessKey, WitnessRequest,
    cosign,
};

use super::collect::Journal;
use super::signer::SignerArgs;
use super::{Failure, give, io, now, read};
use crate::{Exit, say};

#[derive(Args)]
pub(crate) struct WitnessArgs {
    #[command(subcommand)]
    command: WitnessCommand,
}

#[derive(Subcommand)]
#[allow(clippy::large_enum_variant, reason = "made once, from the command line")]
enum WitnessCommand {
    /// Make the request: the checkpoint of a case or collection, with the proof that it goes on from an earlier size.
    Ask {
        /// A sealed case, or a collection.
        of: PathBuf,
        /// Size that the witness cosigned last, 0 for none; cases have one size only.
        #[arg(long, default_value_t = 0)]
        old: u64,
        /// The request's file, which must not exist; standard output if not given.
        #[arg(long, short)]
        out: Option<PathBuf>,
    },
    /// Be the witness: give the checkpoint of a request with one line more, if it goes on from the last.
    Cosign {
        /// The request.
        request: PathBuf,
        /// The key of who keeps the tree.
        #[arg(long, value_name = "VKEY", value_parser = |key: &str| Verifier::from_vkey(key))]
        of: Verifier,
        /// Folder in which the witness remembers what it cosigned.
        #[arg(long, value_name = "DIR")]
        state: PathBuf,
        #[command(flatten)]
        signer: SignerArgs,
        /// The cosigned checkpoint's file, which must not exist; standard output if not given.
        #[arg(long, short)]
        out: Option<PathBuf>,
    },
}

pub(crate) fn run(args: &WitnessArgs, quiet: bool) -> Result<Exit, Failure> {
    match &args.command {
        WitnessCommand::Ask { of, old, out } => {
            let request = if of.join("journal").exists() {
                Journal::open(of)?.request(*old)?
            } else {
                let path = of.join("tree").join("checkpoint");
                WitnessRequest { old: *old, proof: Vec::new(), checkpoint: note(&path)? }
            };
            give(out.as_deref(), &request.encode())?;
        }
        WitnessCommand::Cosign { request, of, state, signer, out } => {
            let signer = signer.open()?;
            let text = String::from_utf8(read(request, NOTE_BYTES as u64)?)
                .map_err(|_| Failure::Said(format!("{}: no request", request.display())))?;
            let refuse = |problem: WitnessError| Failure::Said(format!("not cosigned: {problem}"));
            let request = WitnessRequest::parse(&text).map_err(refuse)?;
            // One witness at a time: two that knew the same last checkpoint could cosign two histories.
            fs::create_dir_all(state).map_err(io(state))?;
            let lock = state.join("lock");
            File::create(&lock).and_then(|file| file.lock().map(|()| file)).map_err(io(&lock)).and_then(
                |held| {
                    let last = state
                        .join(format!("{}.checkpoint", Digest::of(origin(&request).as_bytes()).to_hex()));
                    request.check(of, known(&last)?).map_err(refuse)?;
                    replace(&last, &request.checkpoint.encode())?;
                    drop(held);
                    Ok(())
                },
            )?;
            let mut cosigned = request.checkpoint;
            let time = u64::try_from(now().unix()).unwrap_or(0);
            cosigned.signatures.push(cosign(signer.as_ref(), &cosigned.text, time)?);
            give(out.as_deref(), &cosigned.encode())?;
            if !quiet {
                say(&format!("Cosigned as {}", WitnessKey::of(signer.verifier())?.to_vkey()));
            }
        }
    }
    Ok(Exit::Done)
}

/// The first line of the checkpoint.
fn origin(request: &WitnessRequest) -> &str {
    request.checkpoint.text.lines().next().unwrap_or_default()
}

fn note(path: &Path) -> Result<Note, Failure> {
    let text = fs::read_to_string(path).map_err(io(path))?;
    Ok(Note::parse(&text)?)
}

fn known(last: &Path) -> Result<Option<Cosigned>, Failure> {
    if !last.exists() {
        return Ok(None);
    }
    let checkpoint = Checkpoint::parse(&note(last)?.text)
        .map_err(|problem| Failure::Said(format!("{}: {problem}", last.display())))?;
    Ok(Some(Cosigned { size: checkpoint.size, root: checkpoint.root }))
}

/// Puts a file in the place of another: after a crash it is the old one or the new one, and whole.
pub(super) fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let partial = path.with_added_extension("new");
    let _ = fs::remove_file(&partial);
    super::write_new(&partial, text.as_bytes())?;
    fs::rename(&partial, path).map_err(io(path))?;
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(io(folder))?;
    }
    Ok(())
}
