//! The fewest fields of a record from which a claim can be recomputed.

use std::collections::{BTreeMap, BTreeSet};

use onus_event::{TIME_FIELDS, shape_fields};

use crate::recompute::core_columns;
use crate::record::Viewer;
use crate::{CitedRecord, Claim, Kind, Outcome, Rules, recompute, rule};

/// Names of the fields of `record`, which must be whole, to disclose for `claim`: those that tell its shape and
/// time, and those that the claim's computation reads. Where the computation also turns on a field that the
/// record lacks, all of them, because only a record without hidden fields shows what it lacks.
#[must_use]
pub fn needed_fields(claim: &Claim, record: &CitedRecord<'_>, rules: &Rules) -> BTreeSet<String> {
    let all = || record.fields.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut viewer = Viewer::default();
    let Ok(event) = viewer.view(record) else { return all() };
    let has = |name: &str| record.fields.iter().any(|(field, _)| *field == name);
    let mut needed: BTreeSet<&str> = telling(&mut viewer, record);
    needed.extend(TIME_FIELDS.iter().filter(|field| has(field)));
    for core in core_columns(&claim.kind) {
        needed.extend(event.shape.fields_of(core).into_iter().filter(|field| has(field)));
    }
    if let Kind::RuleMatch(params) = &claim.kind {
        let Ok((set, id)) = rules.find(params) else { return all() };
        needed.extend(rule::fields_read(set.meta(id), record, &event));
        // The rule alone, on this record alone.
        let alone = Claim { cites: vec![record.record], ..claim.clone() };
        let shown = record.only(&|name| needed.contains(name));
        let shown = BTreeMap::from([(record.record, shown)]);
        if let Outcome::NeedsHidden { .. } = recompute(&alone, &shown, rules) {
            return all();
        }
    }
    needed.into_iter().map(str::to_owned).collect()
}

/// The fewest of the fields that can tell a shape which still tell this record's: the least telling go first.
fn telling(viewer: &mut Viewer, record: &CitedRecord<'_>) -> BTreeSet<&'static str> {
    let present = |name: &&str| record.fields.iter().any(|(field, _)| field == name);
    let candidates: Vec<&'static str> = shape_fields().into_iter().filter(|name| present(name)).collect();
    let mut kept: BTreeSet<&'static str> = candidates.iter().copied().collect();
    let mut shape = |kept: &BTreeSet<&'static str>| {
        let event = viewer.view(&record.only(&|name| kept.contains(name))).ok()?;
        Some((event.shape.table.clone(), event.shape.variant))
    };
    let wanted = shape(&kept);
    for name in candidates.iter().rev() {
        kept.remove(name);
        if shape(&kept) != wanted {
            kept.insert(name);
        }
    }
    kept
}
