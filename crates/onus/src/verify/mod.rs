//! `onus verify`: the verdict on a dossier, from its file, the reader's own policy, and what others sent beside it.

mod json;
mod table;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use onus_case::CaseError;
use onus_claim::Rung;
use onus_page::Around;
use onus_proof::{Rejection, VerifiedDossier, Verifier};
use onus_trust::{ClaimStanding, MAX_BESIDE, POLICY_BYTES, Policy, Refused, judge};

use self::json::report;
use self::table::table;
use crate::format::plain;
use crate::room::{self, Failure, carried, read};
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

/// What is to be verified, and by what.
pub(crate) struct Asked<'a> {
    pub(crate) file: &'a Path,
    pub(crate) notes: &'a [PathBuf],
    pub(crate) keys: &'a [Verifier],
    pub(crate) policy: Option<&'a Path>,
}

pub(crate) fn run(asked: &Asked<'_>, form: Form) -> Result<Exit, Failure> {
    let policy = match (asked.policy, asked.keys) {
        (Some(path), _) => {
            let text = String::from_utf8_lossy(&read(path, POLICY_BYTES as u64)?).into_owned();
            let policy = Policy::parse(&text);
            Some(policy.map_err(|source| Failure::Policy { path: path.to_owned(), source })?)
        }
        (None, []) => None,
        (None, keys) => Some(sealers(keys)?),
    };
    if asked.notes.len() > MAX_BESIDE {
        return Err(Failure::Said(format!("at most {MAX_BESIDE} files are read beside a dossier")));
    }
    let files = asked.notes.iter();
    let files = files.map(|path| Ok((path.display().to_string(), carried(path)?.into_dossier())));
    let files = files.collect::<Result<Vec<_>, Failure>>()?;
    let file = asked.file;
    // A larger file is no dossier; it need not fit into memory for that.
    if fs::metadata(file).map_err(room::io(file))?.len() > room::PAGE_BYTES {
        let refused = Rejection::TooLarge("the file is over 256 MiB").into();
        return Ok(rejected(file, &refused));
    }
    let carried = carried(file)?;
    if carried.around() == Around::ForeignPage {
        say(
            "onus: the page around this dossier is not the one that this version of the program writes: what it shows in a browser \
             means nothing. The verdict here is on the dossier inside it; `onus verifier` gives a page of your own",
        );
    }
    Ok(show(file, carried.dossier(), (policy.as_ref(), &files), form, usize::MAX)?)
}

/// For people, with the first claims alone.
pub(crate) fn brief(file: &Path) -> Result<Exit, CaseError> {
    let bytes = fs::read(file).map_err(|source| CaseError::Io { path: file.to_owned(), source })?;
    show(file, &bytes, (None, &[]), Form::Table, BRIEF)
}

fn rejected(file: &Path, refused: &Refused) -> Exit {
    say(&format!("onus: {} is rejected: {}", file.display(), plain(&refused.to_string())));
    Exit::Rejected
}

/// The policy that trusts these keys with sealing, and nobody with anything else.
fn sealers(keys: &[Verifier]) -> Result<Policy, Failure> {
    let mut vkeys: Vec<String> = keys.iter().map(Verifier::to_vkey).collect();
    vkeys.sort();
    vkeys.dedup();
    let entry = |vkey: &String| {
        format!(
            "[[keys]]\nvkey = {}\nparty = \"given with --key\"\nroles = [\"sealer\"]\n",
            serde_json::Value::from(vkey.as_str())
        )
    };
    let text = "format = \"onus-policy/1\"\n".to_owned() + &vkeys.iter().map(entry).collect::<String>();
    Policy::parse(&text).map_err(|source| Failure::Policy { path: "--key".into(), source })
}

fn show(
    file: &Path,
    dossier: &[u8],
    (policy, files): (Option<&Policy>, &[(String, Vec<u8>)]),
    form: Form,
    shown: usize,
) -> Result<Exit, CaseError> {
    let judgement = match judge(dossier, policy, files) {
        Ok(judgement) => judgement,
        Err(refused) => return Ok(rejected(file, &refused)),
    };
    let text = match form {
        Form::Table => table(file, &judgement, policy, shown),
        Form::Json => format!("{:#}\n", report(file, &judgement, policy)),
    };
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // A reader that goes away early (`| head`) is no error.
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
            return Err(CaseError::Io { path: "stdout".into(), source: e });
        }
        _ => {}
    }
    Ok(if stands(judgement.claims()) { Exit::Done } else { Exit::Rejected })
}

/// No claim is baseless.
fn stands(claims: &[ClaimStanding]) -> bool {
    claims.iter().all(|claim| claim.rung() != Rung::Baseless)
}

fn on(claims: &[ClaimStanding], rung: Rung) -> usize {
    claims.iter().filter(|claim| claim.rung() == rung).count()
}

fn hidden(dossier: &VerifiedDossier) -> usize {
    dossier.records().values().map(|record| record.hidden()).sum()
}
