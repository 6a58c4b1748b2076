//! Which claims two sensors show that do not depend on each other.

use std::collections::BTreeMap;

use onus_claim::{Claim, Kind, Rules, corroborated};

use crate::CaseError;
use crate::each::some_at_once;
use crate::query::Engine;

/// Claims that cite more records than this are not looked at; `onus claims` does.
const CITED: usize = 2_000;

/// By claim: the names of the two sensors.
pub(super) fn corroborations<'a>(
    engine: &Engine,
    claims: &'a [Claim],
) -> Result<BTreeMap<&'a str, (String, String)>, CaseError> {
    let may = |claim: &&Claim| {
        let kind = matches!(claim.kind, Kind::Movement(_) | Kind::Connection(_) | Kind::BytesSent(_));
        kind && claim.cites.len() > 1 && claim.cites.len() <= CITED
    };
    let rules = Rules::new(std::iter::empty());
    let mut found = BTreeMap::new();
    let all: Vec<&Claim> = claims.iter().filter(may).collect();
    for (some, wanted) in some_at_once(&all, |claim| claim.cites.iter().copied()) {
        let records = engine.records(&wanted)?;
        let records = records.all();
        for claim in some {
            if let Some((one, other)) = corroborated(claim, &records, &rules) {
                found.insert(claim.id.as_str(), (one.to_string(), other.to_string()));
            }
        }
    }
    Ok(found)
}
