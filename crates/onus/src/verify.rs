//! `onus verify`: the verdict on a dossier, from its file alone.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use clap::ValueEnum;
use onus_case::CaseError;
use onus_claim::{Assessment, Rung, assess};
use onus_proof::{Rejection, TrustPolicy, VerifiedDossier, Verifier, limits};
use serde_json::{Value, json};

use crate::{Exit, say};

/// Form of the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// For people.
    Table,
    /// One object.
    Json,
}

/// Claims in the brief form.
const BRIEF: usize = 12;

pub(crate) fn run(file: &Path, keys: &[Verifier], form: Form) -> Result<Exit, CaseError> {
    judge(file, keys, form, usize::MAX)
}

/// For people, with the first claims alone.
pub(crate) fn brief(file: &Path) -> Result<Exit, CaseError> {
    judge(file, &[], Form::Table, BRIEF)
}

fn judge(file: &Path, keys: &[Verifier], form: Form, shown: usize) -> Result<Exit, CaseError> {
    let io = |source| CaseError::Io { path: file.to_owned(), source };
    let policy = match keys {
        [] => TrustPolicy::AnyKey,
        keys => TrustPolicy::Keys(keys.to_vec()),
    };
    // A larger file is no dossier; it need not fit into memory for that.
    let verified = if fs::metadata(file).map_err(io)?.len() > limits::BYTES as u64 {
        Err(Rejection::TooLarge("the file is over 256 MiB"))
    } else {
        VerifiedDossier::verify(&fs::read(file).map_err(io)?, &policy)
    };
    let dossier = match verified {
        Ok(dossier) => dossier,
        Err(rejection) => {
            say(&format!("onus: {} is rejected: {}", file.display(), plain(&rejection.to_string())));
            return Ok(Exit::Rejected);
        }
    };
    let claims = assess(&dossier);
    let text = match form {
        Form::Table => table(file, &dossier, &claims, shown, !keys.is_empty()),
        Form::Json => format!("{:#}\n", report(file, &dossier, &claims)),
    };
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // A reader that goes away early (`| head`) is no error.
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
            return Err(CaseError::Io { path: "stdout".into(), source: e });
        }
        _ => {}
    }
    Ok(if stands(&claims) { Exit::Done } else { Exit::Rejected })
}

/// No claim is baseless.
fn stands(claims: &[Assessment]) -> bool {
    claims.iter().all(|claim| claim.rung != Rung::Baseless)
}

fn on(claims: &[Assessment], rung: Rung) -> usize {
    claims.iter().filter(|claim| claim.rung == rung).count()
}

fn hidden(dossier: &VerifiedDossier) -> usize {
    dossier.records().values().map(|record| record.hidden()).sum()
}

fn table(
    file: &Path,
    dossier: &VerifiedDossier,
    claims: &[Assessment],
    shown: usize,
    trusted: bool,
) -> String {
    let checkpoint = dossier.checkpoint();
    let key = if trusted { "" } else { "  (compare all of it by another channel, or give it with --key)" };
    let mut lines = vec![
        format!("Dossier  {}, every signature, proof and digest in it holds", file.display()),
        format!("sha256   {}", dossier.digest()),
        format!("key      {}{key}", dossier.vkey()),
        format!("tree     {}, {} records, root {}", checkpoint.origin, checkpoint.size, checkpoint.root),
        format!("made     {} by {}, in its maker's words", dossier.created(), dossier.tool()),
        format!(
            "shows    {} records of these; {} of their fields stay hidden",
            dossier.records().len(),
            hidden(dossier)
        ),
        String::new(),
        "Claims, each with the rung on which it stands:".to_owned(),
    ];
    for claim in claims.iter().take(shown) {
        lines.push(format!(
            "{:<8} {} {:<10}  {}",
            claim.id,
            claim.rung as u8,
            claim.rung.name(),
            claim.sentence
        ));
        lines.push(format!("{:<21}  {}", "", claim.why));
        if let Some(words) = &claim.makers_words {
            lines.push(format!("{:<21}  in its maker's words, which were not checked: {words}", ""));
        }
    }
    if claims.len() > shown {
        lines.push(format!("and {} more: onus verify {}", claims.len() - shown, file.display()));
    }
    lines.extend([String::new(), "What it does not show, in its maker's words:".to_owned()]);
    lines.extend(dossier.limits().iter().map(|limit| format!("- {limit}")));
    let count = |rung| on(claims, rung);
    lines.extend([
        String::new(),
        format!(
            "{} claims: {} recomputed, {} sealed only, {} baseless",
            claims.len(),
            count(Rung::Recomputed),
            count(Rung::Sealed),
            count(Rung::Baseless)
        ),
    ]);
    lines.iter().fold(String::new(), |text, line| text + &plain(line) + "\n")
}

fn report(file: &Path, dossier: &VerifiedDossier, claims: &[Assessment]) -> Value {
    let checkpoint = dossier.checkpoint();
    let claims_json = claims.iter().map(|claim| {
        json!({
            "id": claim.id,
            "kind": claim.kind,
            "rung": claim.rung as u8,
            "rung_name": claim.rung.name(),
            "why": claim.why,
            "sentence": claim.sentence,
            "makers_words": claim.makers_words,
            "cites": claim.cites,
        })
    });
    json!({
        "file": file.to_string_lossy(),
        "verified": true,
        "stands": stands(claims),
        "sha256": dossier.digest().to_hex(),
        "key": dossier.key_id(),
        "vkey": dossier.vkey(),
        "checkpoint": { "origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root.to_hex() },
        "case": dossier.case(),
        "created": dossier.created(),
        "tool": dossier.tool(),
        "records": dossier.records().len(),
        "hidden_fields": hidden(dossier),
        "claims": claims_json.collect::<Vec<_>>(),
        "limits": dossier.limits(),
        "faults": dossier.faults(),
    })
}

/// Text from a stranger's file must not steer the terminal, nor turn the direction of writing.
fn plain(text: &str) -> String {
    let steers = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if steers(c) { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_strangers_text_does_not_steer_the_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb\nc\u{202e}d é"), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d é");
    }
}
