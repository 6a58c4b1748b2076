//! The rung on which each claim of a dossier stands.

use std::collections::BTreeMap;

use onus_proof::{FieldValue, VerifiedDossier};

use crate::object::KindProblem;
use crate::{CitedRecord, Claim, Outcome, Rules, corroborated, recompute};

/// How much of a claim a verifier could see for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rung {
    /// It cites nothing, or what it cites does not support it.
    Baseless = 0,
    /// The cited records are in the sealed tree; the claim was not derived from them.
    Sealed = 1,
    /// The claim was derived from the disclosed records.
    Recomputed = 2,
    /// Besides, two sensors that do not depend on each other show it.
    Corroborated = 3,
    /// As many parties as the reader's policy asks for recomputed it from raw records, and signed that.
    Countersigned = 4,
}

impl Rung {
    /// The rung's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Baseless => "baseless",
            Self::Sealed => "sealed",
            Self::Recomputed => "recomputed",
            Self::Corroborated => "corroborated",
            Self::Countersigned => "countersigned",
        }
    }
}

/// A claim of a dossier and what it is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// The claim's id.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// The claim in words: the verifier's own, where it knows the kind, so that they say what was recomputed.
    pub sentence: String,
    /// The maker's words where they are not the verifier's.
    pub makers_words: Option<String>,
    /// Records cited.
    pub cites: Vec<u64>,
    /// The rung.
    pub rung: Rung,
    /// Why this rung.
    pub why: String,
}

/// Recomputes each claim of a verified dossier, in the dossier's order.
#[must_use]
pub fn assess(dossier: &VerifiedDossier) -> Vec<Assessment> {
    let texts = dossier.attachments().iter();
    let rules = Rules::new(texts.map(|(digest, text)| (digest.to_hex(), text.as_str())));
    let records = dossier.records().iter();
    let records: BTreeMap<u64, CitedRecord<'_>> =
        records.map(|(index, record)| (index.0, CitedRecord::disclosed(record))).collect();
    dossier.claims().iter().map(|claim| assess_one(claim, &records, &rules)).collect()
}

/// Recomputes each claim of a verified dossier, in the dossier's order; gives ids with outcomes. Where `whole` has a
/// record, all of its fields are used instead of the disclosed ones.
#[must_use]
pub fn outcomes(
    dossier: &VerifiedDossier,
    whole: &BTreeMap<u64, Vec<(String, FieldValue)>>,
) -> Vec<(String, Outcome)> {
    let texts = dossier.attachments().iter();
    let rules = Rules::new(texts.map(|(digest, text)| (digest.to_hex(), text.as_str())));
    let records = dossier.records().iter().map(|(index, record)| match whole.get(&index.0) {
        Some(fields) => (index.0, CitedRecord::whole(index.0, fields)),
        None => (index.0, CitedRecord::disclosed(record)),
    });
    let records: BTreeMap<u64, CitedRecord<'_>> = records.collect();
    let outcome = |stated: &onus_proof::Claim| match Claim::from_dossier(stated) {
        Ok(claim) => recompute(&claim, &records, &rules),
        Err(KindProblem::Unknown) if !stated.cites.is_empty() => {
            Outcome::Unsupported { why: format!("the kind {:?} is unknown", stated.kind) }
        }
        Err(_) => Outcome::Differs { what: "it names no computation, or cites nothing".to_owned() },
    };
    dossier.claims().iter().map(|stated| (stated.id.clone(), outcome(stated))).collect()
}

fn assess_one(
    stated: &onus_proof::Claim,
    records: &BTreeMap<u64, CitedRecord<'_>>,
    rules: &Rules,
) -> Assessment {
    let (sentence, (rung, why)) = match Claim::from_dossier(stated) {
        Ok(claim) => (claim.kind.sentence(&claim.cites), judge(&claim, records, rules)),
        Err(problem) => (stated.sentence.clone(), unknown(stated, problem)),
    };
    Assessment {
        id: stated.id.clone(),
        kind: stated.kind.clone(),
        makers_words: (stated.sentence != sentence).then(|| stated.sentence.clone()),
        sentence,
        cites: stated.cites.iter().map(|record| record.0).collect(),
        rung,
        why,
    }
}

fn judge(claim: &Claim, records: &BTreeMap<u64, CitedRecord<'_>>, rules: &Rules) -> (Rung, String) {
    match recompute(claim, records, rules) {
        Outcome::Holds => match corroborated(claim, records, rules) {
            Some((one, other)) => (
                Rung::Corroborated,
                format!("derived from the disclosed records, and {one} and {other} each show it"),
            ),
            None => (Rung::Recomputed, "derived from the disclosed records".to_owned()),
        },
        Outcome::Differs { what } => (Rung::Baseless, what),
        Outcome::NeedsHidden { fields } => {
            let shown: Vec<&str> = fields.iter().map(String::as_str).take(8).collect();
            (Rung::Sealed, format!("it turns on fields that may be hidden: {}", shown.join(", ")))
        }
        Outcome::Unsupported { why } => (Rung::Sealed, why),
    }
}

fn unknown(stated: &onus_proof::Claim, problem: KindProblem) -> (Rung, String) {
    match problem {
        _ if stated.cites.is_empty() => (Rung::Baseless, "the claim cites no record".to_owned()),
        KindProblem::Unknown => (
            Rung::Sealed,
            format!("claims of the kind {:?} cannot be recomputed by this program", stated.kind),
        ),
        KindProblem::Params(reason) => {
            (Rung::Baseless, format!("its parameters name no computation: {reason}"))
        }
    }
}
