//! Claims of a case derived again from its own events, without the logs.

use std::collections::BTreeMap;
use std::path::Path;

use onus_claim::{Claim, Outcome, Rules, Rung, Sensor, corroborated, needed_fields, recompute, text_of};

use crate::cited::Records;
use crate::claims::{read_claims, read_rules};
use crate::each::some_at_once;
use crate::seal::tree_folder;
use crate::tree::SealedTree;
use crate::{Case, CaseError, ClaimsError};

/// A claim and what became of it.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The claim.
    pub claim: Claim,
    /// What its records give.
    pub outcome: Outcome,
    /// Why it cannot be sealed whatever its records show.
    pub speaks_of_all: Option<String>,
    /// Whether the case is sealed.
    pub sealed: bool,
    /// The two sensors, independent of each other, that each show it.
    pub corroborated: Option<(Sensor, Sensor)>,
    /// By cited record, the fields that a dossier would show.
    pub shows: Vec<(u64, Vec<(String, String)>)>,
}

impl Checked {
    /// The rung on which it stands today; `None` while the case is not sealed and nothing speaks against it.
    #[must_use]
    pub fn rung(&self) -> Option<Rung> {
        match (&self.outcome, self.sealed) {
            (Outcome::Differs { .. }, _) => Some(Rung::Baseless),
            (_, false) => None,
            (Outcome::Holds, true) if self.speaks_of_all.is_none() => {
                Some(if self.corroborated.is_some() { Rung::Corroborated } else { Rung::Recomputed })
            }
            _ => Some(Rung::Sealed),
        }
    }

    /// What is wrong with it, in words.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        if let Outcome::Differs { what } = &self.outcome {
            return Some(format!("does not hold: {what}"));
        }
        if let Some(why) = &self.speaks_of_all {
            return Some(format!("cannot be sealed: {why}"));
        }
        match &self.outcome {
            Outcome::NeedsHidden { fields } => Some(format!(
                "cannot be derived from the stored events: {} may be among what they join",
                fields.join(", ")
            )),
            Outcome::Unsupported { why } => Some(format!("cannot be recomputed: {why}")),
            _ => None,
        }
    }
}

/// Recomputes all claims of a case, or one, from its stored events.
///
/// # Errors
/// If the case cannot be read, holds no claim or not that one, or a file of `claims/` is no claim.
pub fn check_claims(case: &Path, only: Option<&str>) -> Result<Vec<Checked>, CaseError> {
    let opened = Case::open(case)?;
    let mut claims = read_claims(case)?;
    if let Some(id) = only {
        claims.retain(|claim| claim.id.eq_ignore_ascii_case(id));
        if claims.is_empty() {
            return Err(crate::DiscloseError::NoClaim(id.to_owned()).into());
        }
    }
    let sealed = SealedTree::is_in(&tree_folder(case));
    let mut checked = Vec::with_capacity(claims.len());
    for (some, wanted) in some_at_once(&claims, |claim| claim.cites.iter().copied()) {
        let found = opened.engine.records(&wanted)?;
        for claim in some {
            checked.push(check(case, claim, &found, sealed)?);
        }
    }
    Ok(checked)
}

fn check(case: &Path, claim: &Claim, found: &Records, sealed: bool) -> Result<Checked, CaseError> {
    let speaks_of_all = claim.speaks_of_all();
    let texts = match read_rules(case, std::slice::from_ref(claim)) {
        Ok(texts) => texts,
        Err(CaseError::Claims(missing @ ClaimsError::Rule { .. })) => {
            let outcome = Outcome::Unsupported { why: missing.to_string() };
            return Ok(Checked {
                claim: claim.clone(),
                outcome,
                speaks_of_all,
                sealed,
                corroborated: None,
                shows: Vec::new(),
            });
        }
        Err(error) => return Err(error),
    };
    let rules = Rules::new(texts.iter().map(|(digest, text)| (digest.clone(), text.as_str())));
    let cited: BTreeMap<_, _> =
        claim.cites.iter().filter_map(|record| Some((*record, found.get(*record)?))).collect();
    let outcome = recompute(claim, &cited, &rules);
    let shows = cited.iter().map(|(number, record)| {
        let needed = needed_fields(claim, record, &rules);
        let shown = record.fields.iter().filter(|(name, _)| needed.contains(*name));
        (*number, shown.map(|(name, value)| ((*name).to_owned(), text_of(value).into_owned())).collect())
    });
    let shows = shows.collect();
    let holds = outcome == Outcome::Holds;
    let corroborated = if holds { corroborated(claim, &cited, &rules) } else { None };
    Ok(Checked { claim: claim.clone(), outcome, speaks_of_all, sealed, corroborated, shows })
}

/// Refuses what must not be sealed: a claim that its records do not bear out, or that speaks of all records.
pub(crate) fn sealable(case: &Path) -> Result<(), CaseError> {
    let checked = match check_claims(case, None) {
        Ok(checked) => checked,
        Err(CaseError::Claims(ClaimsError::None(_))) => return Ok(()),
        Err(error) => return Err(error),
    };
    for one in checked {
        if matches!(one.outcome, Outcome::Differs { .. }) || one.speaks_of_all.is_some() {
            let (id, what) = (one.claim.id.clone(), one.problem().unwrap_or_default());
            return Err(ClaimsError::Refused { id, what }.into());
        }
    }
    Ok(())
}
