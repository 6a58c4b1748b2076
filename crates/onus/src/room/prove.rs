//! `onus prove`: which files of a dossier's records a collection knew, before anybody knew which records matter.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use clap::Args;
use onus_proof::Digest;

use super::collect::Journal;
use super::{Failure, dossier, io, write_new};
use crate::{Exit, say};

#[derive(Args)]
pub(crate) struct ProveArgs {
    /// The collection.
    collection: PathBuf,
    /// The dossier whose records' files are looked for.
    #[arg(long, value_name = "DOSSIER")]
    of: PathBuf,
    /// Folder for the proofs, one a file; it must not exist.
    #[arg(long, short)]
    out: PathBuf,
}

pub(crate) fn run(args: &ProveArgs, quiet: bool) -> Result<Exit, Failure> {
    let dossier = dossier(&args.of)?;
    let files: BTreeSet<Digest> = dossier.records().values().map(|record| record.header().source).collect();
    let journal = Journal::open(&args.collection)?;
    let mut proofs = Vec::new();
    for file in &files {
        proofs.extend(journal.prove(*file)?.map(|proof| (file, proof)));
    }
    if proofs.is_empty() {
        say("onus: none of the dossier's files stood in the collection as it stands in the dossier");
        return Ok(Exit::Rejected);
    }
    fs::create_dir(&args.out).map_err(io(&args.out))?;
    for (file, proof) in &proofs {
        let name = format!("{}.proof", &file.to_hex()[..16]);
        write_new(&args.out.join(name), proof.encode().as_bytes())?;
    }
    if !quiet {
        let out = args.out.display();
        say(&format!(
            "{} of {} files stood so in the collection; their proofs lie in {out}",
            proofs.len(),
            files.len()
        ));
        say(&format!("Give them beside the dossier: onus verify {} {out}/* --policy …", args.of.display()));
    }
    Ok(Exit::Done)
}
