//! `onus disclose`: which claims go into a dossier, and how little it shows.

use std::path::{Path, PathBuf};

use clap::Args;
use indicatif::{HumanBytes, HumanCount};
use onus_case::{CaseError, DiscloseOptions, Disclosed, RedactPattern, Redaction, disclose};
use onus_proof::Sign;

use crate::format::{plain, print};
use crate::{Exit, say};

/// What to hide although claims need it.
#[derive(Args, Default)]
pub(crate) struct RedactArgs {
    /// Hide the field of this name; may be given more than once, or with commas between.
    #[arg(long, value_name = "FIELD", value_delimiter = ',')]
    redact: Vec<String>,
    /// Hide values of a kind: users, hosts, internal-addresses, mail; with commas between.
    #[arg(long, value_name = "KIND", value_delimiter = ',', value_parser = pattern)]
    redact_pattern: Vec<RedactPattern>,
    /// Hide every value that holds a line of this file.
    #[arg(long, value_name = "FILE")]
    redact_list: Option<PathBuf>,
    /// Show what would be seen, on standard output, and write nothing.
    #[arg(long)]
    preview: bool,
}

fn pattern(word: &str) -> Result<RedactPattern, String> {
    let all = RedactPattern::ALL.map(RedactPattern::word).join(", ");
    let known = RedactPattern::ALL.into_iter().find(|pattern| pattern.word() == word);
    known.ok_or_else(|| format!("one of {all}"))
}

impl RedactArgs {
    fn redaction(&self) -> Result<Redaction, CaseError> {
        let list = match &self.redact_list {
            Some(path) => std::fs::read_to_string(path)
                .map_err(|source| CaseError::Io { path: path.clone(), source })?,
            None => String::new(),
        };
        let list = list.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
        Ok(Redaction { fields: self.redact.clone(), patterns: self.redact_pattern.clone(), list })
    }
}

pub(crate) fn run(
    case: &Path,
    claims: &[String],
    out: &Path,
    from: Option<PathBuf>,
    redact: &RedactArgs,
    signer: Option<&dyn Sign>,
    quiet: bool,
) -> Result<Exit, CaseError> {
    let all = claims.iter().any(|claim| claim == "all");
    let options = DiscloseOptions {
        claims: (!all).then(|| claims.to_vec()),
        out: out.to_owned(),
        from: from.unwrap_or_default(),
        redaction: redact.redaction()?,
        preview: redact.preview,
    };
    let made = disclose(case, &options, signer)?;
    if redact.preview {
        print(&preview(&made))?;
    }
    // That a claim falls is never silent.
    for (id, why) in &made.fallen {
        say(&plain(&format!("claim {id} falls to rung 1, sealed: {why}")));
    }
    if !quiet {
        tell(&made, out, redact.preview);
    }
    Ok(Exit::Done)
}

fn preview(made: &Disclosed) -> String {
    let mut text = String::new();
    for (record, fields) in &made.preview {
        text += &format!("record {record}\n");
        for (name, value) in fields {
            text += &format!("  {:<24} {}\n", plain(name), plain(value));
        }
    }
    text
}

fn tell(made: &Disclosed, out: &Path, preview: bool) {
    let count = |number: usize| HumanCount(number as u64);
    say(&format!(
        "{} claims, {} of them recomputed, from {} records: {} fields are shown, {} stay hidden",
        count(made.claims),
        count(made.claims - made.fallen.len()),
        count(made.records),
        count(made.shown),
        count(made.hidden)
    ));
    if made.redacted > 0 {
        say(&format!("{} fields that claims need are hidden under pseudonyms", count(made.redacted)));
    }
    if preview {
        say(&format!("The dossier would be {}; nothing was written", HumanBytes(made.bytes)));
        return;
    }
    say(&format!("The dossier is {} ({})", out.display(), HumanBytes(made.bytes)));
    say(&format!("  sha256  {}", made.digest));
    say(&format!("  key     {}", made.vkey));
    say("Anyone can check it offline, with this file alone:");
    say(&format!("  onus verify {}", out.display()));
}
