//! `onus countersign` and `onus contest`: what somebody else says of a dossier.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use onus_case::{WholeRecord, whole_records};
use onus_claim::{Outcome, outcomes};
use onus_proof::{
    ClaimVerdict, Contest, Digest, Opinion, Reason, Seen, StatedOutcome, Verdict, VerifiedDossier,
};

use super::signer::SignerArgs;
use super::{Failure, dossier, give, now, tool};
use crate::format::plain;
use crate::{Exit, say};

#[derive(Args)]
pub(crate) struct CountersignArgs {
    /// The dossier.
    file: PathBuf,
    /// The sealed case, if you were given it: claims are recomputed from whole records, which alone counts for rung 4.
    #[arg(long, value_name = "CASE")]
    raw: Option<PathBuf>,
    /// Folder from which relative paths of the logs start; the current one if not given.
    #[arg(long, requires = "raw")]
    from: Option<PathBuf>,
    /// Only these claims, with commas between; all if not given.
    #[arg(long, value_delimiter = ',')]
    claims: Vec<String>,
    #[command(flatten)]
    signer: SignerArgs,
    /// The note's file, which must not exist; standard output if not given.
    #[arg(long, short)]
    out: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct ContestArgs {
    /// The dossier.
    file: PathBuf,
    /// The claim.
    #[arg(long)]
    claim: String,
    /// Why: does-not-recompute, contradicting-record, wrong-time, wrong-address-holder or other-explanation.
    #[arg(long, value_parser = reason)]
    reason: Reason,
    /// A line in your own words; may be given more than once.
    #[arg(long)]
    text: Vec<String>,
    /// A dossier of your own, to be read beside this one.
    #[arg(long, value_name = "DOSSIER")]
    with: Option<PathBuf>,
    #[command(flatten)]
    signer: SignerArgs,
    /// The note's file, which must not exist; standard output if not given.
    #[arg(long, short)]
    out: Option<PathBuf>,
}

fn reason(word: &str) -> Result<Reason, String> {
    let all = Reason::ALL.map(Reason::word).join(", ");
    Reason::from_word(word).ok_or_else(|| format!("one of {all}"))
}

pub(crate) fn countersign(args: &CountersignArgs, quiet: bool) -> Result<Exit, Failure> {
    let dossier = dossier(&args.file)?;
    let whole = match &args.raw {
        Some(case) => raw(&dossier, case, args.from.as_deref().unwrap_or(Path::new("")))?,
        None => BTreeMap::new(),
    };
    if let Some(id) = args.claims.iter().find(|id| dossier.claims().iter().all(|claim| claim.id != **id)) {
        return Err(Failure::Said(format!("the dossier has no claim {id:?}")));
    }
    let claims: Vec<ClaimVerdict> = outcomes(&dossier, &whole)
        .into_iter()
        .filter(|(id, _)| args.claims.is_empty() || args.claims.contains(id))
        .map(|(id, outcome)| {
            let cites = dossier.claims().iter().filter(|claim| claim.id == id).flat_map(|claim| &claim.cites);
            let raw = args.raw.is_some() && cites.clone().all(|record| whole.contains_key(&record.0));
            let seen = if raw { Seen::Raw } else { Seen::Redacted };
            ClaimVerdict { id, outcome: stated(&outcome), seen }
        })
        .collect();
    if !quiet {
        for claim in &claims {
            say(&format!("{:<10} {:<12} {}", plain(&claim.id), claim.outcome.word(), claim.seen.word()));
        }
    }
    let verdict = Verdict { dossier: dossier.digest(), made: now(), tool: tool(), claims };
    sign(Opinion::Verdict(verdict), &args.signer, args.out.as_deref())
}

/// The whole of each record of the dossier, from the case that it was made of.
fn raw(dossier: &VerifiedDossier, case: &Path, from: &Path) -> Result<BTreeMap<u64, WholeRecord>, Failure> {
    let wanted: Vec<u64> = dossier.records().keys().map(|index| index.0).collect();
    let (checkpoint, records) = whole_records(case, from, &wanted)?;
    if &checkpoint == dossier.checkpoint() {
        Ok(records)
    } else {
        Err(Failure::Said(format!("{}: the dossier is not of this case: their trees differ", case.display())))
    }
}

fn stated(outcome: &Outcome) -> StatedOutcome {
    match outcome {
        Outcome::Holds => StatedOutcome::Holds,
        Outcome::NeedsHidden { .. } => StatedOutcome::NeedsHidden,
        Outcome::Unsupported { .. } => StatedOutcome::Unsupported,
        Outcome::Differs { .. } => StatedOutcome::Differs,
    }
}

pub(crate) fn contest(args: &ContestArgs, _quiet: bool) -> Result<Exit, Failure> {
    let of = dossier(&args.file)?;
    if of.claims().iter().all(|claim| claim.id != args.claim) {
        return Err(Failure::Said(format!("the dossier has no claim {:?}", args.claim)));
    }
    let with: Option<Digest> = args.with.as_deref().map(dossier).transpose()?.map(|other| other.digest());
    let contest = Contest {
        dossier: of.digest(),
        claim: args.claim.clone(),
        reason: args.reason,
        made: now(),
        tool: tool(),
        with,
        text: args.text.clone(),
    };
    sign(Opinion::Contest(contest), &args.signer, args.out.as_deref())
}

fn sign(opinion: Opinion, signer: &SignerArgs, out: Option<&Path>) -> Result<Exit, Failure> {
    let note = signer.open()?.sign(&opinion.encode()?)?;
    give(out, &note.encode())?;
    Ok(Exit::Done)
}
