//! `onus seal`: progress while it runs, then what to publish and what to keep.

use std::path::{Path, PathBuf};
use std::time::Instant;

use indicatif::HumanCount;
use onus_case::{CaseError, SealOptions, seal, sealing_bytes};
use onus_proof::Sign;

use crate::investigate::with_progress;
use crate::{Exit, say};

pub(crate) fn run(
    case: &Path,
    from: Option<PathBuf>,
    name: Option<String>,
    signer: Option<&dyn Sign>,
    quiet: bool,
) -> Result<Exit, CaseError> {
    let begun = Instant::now();
    let threads = std::thread::available_parallelism().map_or(1, Into::into);
    let options = SealOptions { from: from.unwrap_or_default(), name, threads, ..SealOptions::default() };
    let size = sealing_bytes(case)?;
    let sealed = with_progress(size, &options.progress, quiet, || seal(case, &options, signer))?;
    if !quiet {
        let shown = case.display();
        say(&format!(
            "Sealed {} records in {:.1} s",
            HumanCount(sealed.records),
            begun.elapsed().as_secs_f64()
        ));
        say(&format!("  root  {}", sealed.root));
        say(&format!("  key   {}", sealed.vkey));
        say(
            "Publish the key where readers know that it is yours: a dossier is worth what they know of its key.",
        );
        say(&format!(
            "Keep {} to yourself: who has it can {}guess what is hidden. Next:",
            case.join("secret").display(),
            if signer.is_some() { "" } else { "sign as you and " }
        ));
        say(&format!("  onus disclose {shown} --claims all -o dossier.json"));
    }
    Ok(Exit::Done)
}
