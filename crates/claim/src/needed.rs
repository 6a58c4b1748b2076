//! The fewest fields of a record from which a claim can be recomputed.

use std::collections::{BTreeMap, BTreeSet};

use onus_event::{TIME_FIELDS, UNDATED, shape_fields};

use crate::movement;
use crate::observed::observation;
use crate::readings::of_kind;
use crate::record::{Event, Viewer};
use crate::values::SERVICE_FIELDS;
use crate::{CitedRecord, Claim, Correlation, Kind, Outcome, Property, RuleMatch, Rules, recompute, rule};

/// Names of the fields of `record`, which must be whole, to disclose for `claim`: those that tell its shape and
/// time, and those that the claim's computation reads. Where the computation also turns on a field that the
/// record lacks, all of them, because only a record without hidden fields shows what it lacks.
#[must_use]
pub fn needed_fields(claim: &Claim, record: &CitedRecord<'_>, rules: &Rules) -> BTreeSet<String> {
    let all = || record.fields.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut viewer = Viewer::default();
    let Ok(event) = viewer.view(record) else { return all() };
    let mut needed: BTreeSet<&str> = telling(&mut viewer, record);
    needed.extend(TIME_FIELDS);
    // A time that was reckoned stands beside the one that was written.
    needed.insert(UNDATED);
    needed.extend(core_columns(&claim.kind).iter().flat_map(|core| event.shape.fields_of(core)));
    needed.extend(properties(&claim.kind, record, &event));
    let read = match &claim.kind {
        Kind::RuleMatch(params) => of_rule(params, record, &event, rules),
        Kind::Correlation(params) => of_correlation(params, record, &event, rules),
        _ => Some(Vec::new()),
    };
    let Some(read) = read else { return all() };
    needed.extend(read.iter().map(String::as_str));
    let needed: BTreeSet<String> = record
        .fields
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| needed.contains(name))
        .map(str::to_owned)
        .collect();
    if let Kind::RuleMatch(_) = &claim.kind {
        // The rule alone, on this record alone.
        let alone = Claim { cites: vec![record.record], ..claim.clone() };
        let shown = record.only(&|name| needed.contains(name));
        let shown = BTreeMap::from([(record.record, shown)]);
        if let Outcome::NeedsHidden { .. } = recompute(&alone, &shown, rules) {
            return all();
        }
    }
    needed
}

/// Core columns that a claim of the kind reads, besides the record's time.
fn core_columns(kind: &Kind) -> Vec<&'static str> {
    let seen_in = |property: Property, value: &str| {
        let mut columns = property.columns(value);
        columns.push("host_name");
        columns
    };
    match kind {
        Kind::BytesSent(_) => {
            vec!["source_ip", "source_port", "destination_ip", "destination_port", "source_bytes"]
        }
        Kind::Sequence(_) | Kind::Order(_) | Kind::Movement(_) => vec!["host_name"],
        Kind::SameTool(params) => seen_in(params.property, &params.value),
        Kind::FirstSeen(params) => seen_in(params.property, &params.value),
        // The host tells the sensor.
        Kind::Connection(params) if params.within.is_some() => vec!["host_name"],
        kind => match observation(kind) {
            Some(claimed) if claimed.host.is_some() => vec!["host_name"],
            _ => Vec::new(),
        },
    }
}

/// Fields that are read by their own names.
fn properties(kind: &Kind, record: &CitedRecord<'_>, event: &Event) -> Vec<&'static str> {
    let service =
        |property: Property| if property == Property::Service { SERVICE_FIELDS.to_vec() } else { Vec::new() };
    let (readings, stated): (&[(&str, &str)], Vec<&str>) = match kind {
        Kind::SameTool(params) => return service(params.property),
        Kind::FirstSeen(params) => return service(params.property),
        Kind::Movement(params) => {
            let side = if record.record == params.departure { "departure" } else { "arrival" };
            (&[(side, "")], movement::stated(params))
        }
        kind => match observation(kind) {
            Some(claimed) => {
                let stated = claimed.stated.iter().map(|stated| stated.property).collect();
                (&[(claimed.kind, claimed.variant)], stated)
            }
            None => return Vec::new(),
        },
    };
    let mut fields = Vec::new();
    for (kind, variant) in readings {
        let here = of_kind(kind).filter(|r| r.table == event.shape.table && r.variant == *variant);
        for reading in here {
            fields.extend(reading.when.map(|(field, _)| field));
            let sources = stated.iter().filter_map(|name| reading.property(name)).flatten();
            fields.extend(sources.flat_map(|from| from.fields()));
        }
    }
    fields
}

fn of_rule(
    params: &RuleMatch,
    record: &CitedRecord<'_>,
    event: &Event,
    rules: &Rules,
) -> Option<Vec<String>> {
    let (set, id) = rules.find(params).ok()?;
    let read = rule::fields_read(set.meta(id).fields(), record, event);
    Some(read.into_iter().map(str::to_owned).collect())
}

/// What the rules that match the record read, and the values that the correlation takes; `None` where they turn
/// on what the record lacks.
fn of_correlation(
    params: &Correlation,
    record: &CitedRecord<'_>,
    event: &Event,
    rules: &Rules,
) -> Option<Vec<String>> {
    let (set, id) = rules.correlation(params).ok()?;
    let mut needed = Vec::new();
    for base in set.correlation(id)?.rules {
        if rule::match_one(&set, base, record, event) != Outcome::Holds {
            continue;
        }
        let shown = shape_fields();
        let read = rule::fields_read(set.meta(base).fields(), record, event);
        let enough = record.only(&|name| shown.contains(&name) || read.contains(&name));
        if rule::match_one(&set, base, &enough, event) != Outcome::Holds {
            return None;
        }
        needed.extend(read.into_iter().map(str::to_owned));
        let values = set.correlated_fields(base).unwrap_or_default();
        needed.extend(rule::fields_read(values, record, event).into_iter().map(str::to_owned));
        needed.extend(values.iter().flat_map(|core| event.shape.fields_of(core)).map(str::to_owned));
        if values.iter().any(|field| rule::value_of(record, event, field).is_none()) {
            return None;
        }
    }
    Some(needed)
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
