//! A claim as an object in a dossier (docs/spec/claim.md).

use serde_json::{Value, json};

use crate::{Claim, Kind, number::LARGE};

impl Claim {
    /// The claim as it stands in a dossier.
    #[must_use]
    pub fn to_object(&self) -> Value {
        // Parameters are strings and whole numbers, which have a form in JSON.
        let kind = serde_json::to_value(&self.kind).unwrap_or_default();
        let cites = self.cites.iter().map(|record| match *record {
            small if small < LARGE => Value::from(small),
            large => Value::from(large.to_string()),
        });
        json!({
            "id": self.id,
            "kind": self.kind.name(),
            "params": kind.get("params").cloned().unwrap_or_default(),
            "sentence": self.sentence,
            "cites": cites.collect::<Vec<_>>(),
            "rests_on": self.rests_on(),
            "would_raise": self.would_raise,
        })
    }

    /// Reads the kind and parameters of a dossier's claim.
    ///
    /// # Errors
    /// In one line: a kind that is not known ([`KindProblem::Unknown`]), or parameters that are not its own.
    pub(crate) fn from_dossier(claim: &onus_proof::Claim) -> Result<Self, KindProblem> {
        if !Kind::NAMES.contains(&claim.kind.as_str()) {
            return Err(KindProblem::Unknown);
        }
        let kind: Kind = serde_json::from_value(json!({ "kind": claim.kind, "params": claim.params }))
            .map_err(|e| KindProblem::Params(e.to_string()))?;
        let would_raise = claim.json.get("would_raise").and_then(Value::as_str).unwrap_or_default();
        Ok(Self {
            id: claim.id.clone(),
            kind,
            sentence: claim.sentence.clone(),
            cites: claim.cites.iter().map(|record| record.0).collect(),
            would_raise: would_raise.to_owned(),
            intrusion: None,
            findings: Vec::new(),
        })
    }
}

/// Why a dossier's claim names no computation.
#[derive(Debug)]
pub(crate) enum KindProblem {
    Unknown,
    Params(String),
}
