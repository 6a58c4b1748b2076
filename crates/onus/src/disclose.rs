//! `onus disclose`: which claims go into a dossier, and how little it shows.

use std::path::{Path, PathBuf};

use indicatif::{HumanBytes, HumanCount};
use onus_case::{CaseError, DiscloseOptions, disclose};

use crate::{Exit, say};

pub(crate) fn run(
    case: &Path,
    claims: &[String],
    out: &Path,
    from: Option<PathBuf>,
    quiet: bool,
) -> Result<Exit, CaseError> {
    let all = claims.iter().any(|claim| claim == "all");
    let options = DiscloseOptions {
        claims: (!all).then(|| claims.to_vec()),
        out: out.to_owned(),
        from: from.unwrap_or_default(),
    };
    let made = disclose(case, &options)?;
    if !quiet {
        let count = |number: usize| HumanCount(number as u64);
        say(&format!(
            "{} claims, recomputed from {} records: {} fields are shown, {} stay hidden",
            count(made.claims),
            count(made.records),
            count(made.shown),
            count(made.hidden)
        ));
        say(&format!("The dossier is {} ({})", out.display(), HumanBytes(made.bytes)));
        say(&format!("  sha256  {}", made.digest));
        say(&format!("  key     {}", made.vkey));
        say("Anyone can check it offline, with this file alone:");
        say(&format!("  onus verify {}", out.display()));
    }
    Ok(Exit::Done)
}
