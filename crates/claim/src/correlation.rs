//! Does a correlation fire over records of which some fields may be hidden?

use std::collections::BTreeSet;

use onus_sigma::{CorrelationEvent, RuleId, RuleSet};

use crate::record::Viewer;
use crate::witness::{Witness, differs};
use crate::{CitedRecord, Correlation, Outcome, Rules, rule};

/// A match of a rule that the correlation reads, in the order in which they are taken.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Base {
    time: i64,
    record: u64,
    rule: u32,
    values: Vec<Option<String>>,
}

pub(crate) fn recompute(
    params: &Correlation,
    records: &[&CitedRecord<'_>],
    rules: &Rules,
) -> Result<Outcome, Outcome> {
    let (set, id) = rules.correlation(params)?;
    let unsupported = |why: &str| Err(Outcome::Unsupported { why: why.to_owned() });
    let Some(meta) = set.correlation(id) else {
        return Ok(differs(format!("{} is no correlation", params.rule_id)));
    };
    if meta.rules.iter().any(|base| set.correlation(*base).is_some()) {
        return unsupported(
            "the correlation reads another one: bursts of a part need not be those of the whole, so a verifier \
             would need every record that the rules match",
        );
    }
    if !meta.grows {
        return unsupported(
            "the correlation's condition could cease to hold with more records: a verifier would need every \
             record that its rules match",
        );
    }
    let mut events = Vec::new();
    let mut hidden = BTreeSet::new();
    let mut viewer = Viewer::default();
    for record in records {
        let seen = Witness::new(&mut viewer, record)?;
        let matched = matches(&set, &meta.rules, &seen, &mut hidden)?;
        events.extend(matched);
    }
    if !hidden.is_empty() {
        return Ok(Outcome::of_hidden(hidden));
    }
    events.sort();
    let cited: BTreeSet<u64> = records.iter().map(|record| record.record).collect();
    if fires(&set, id, &events, &cited) {
        return Ok(Outcome::Holds);
    }
    Ok(differs(format!(
        "the correlation ({}) does not fire over the cited records, all of them in one burst",
        meta.condition
    )))
}

/// The record's matches of the rules that are read. A match of another rule that hidden fields might add would
/// only add to the window.
fn matches(
    set: &RuleSet,
    rules: &[RuleId],
    seen: &Witness<'_>,
    hidden: &mut BTreeSet<String>,
) -> Result<Vec<Base>, Outcome> {
    let (mut matched, mut unknown) = (Vec::new(), BTreeSet::new());
    for base in rules.iter().collect::<BTreeSet<_>>() {
        match rule::match_one(set, *base, seen.record, &seen.event) {
            Outcome::Holds => matched.push(*base),
            Outcome::NeedsHidden { fields } => unknown.extend(fields),
            _ => {}
        }
    }
    if matched.is_empty() && unknown.is_empty() {
        return Err(differs(format!("{} matches none of the correlation's rules", seen.name())));
    }
    if matched.is_empty() {
        hidden.append(&mut unknown);
        return Ok(Vec::new());
    }
    let time = seen.time()?.0;
    let mut value = |field: &String| {
        let found = rule::value_of(seen.record, &seen.event, field);
        if found.is_none() && !seen.record.complete {
            hidden.extend(seen.event.shape.fields_of(field).into_iter().map(str::to_owned));
            hidden.insert(field.clone());
        }
        found
    };
    Ok(matched
        .into_iter()
        .map(|base| {
            let values = set.correlated_fields(base).unwrap_or_default().iter().map(&mut value).collect();
            Base { time, record: seen.record.record, rule: base.0, values }
        })
        .collect())
}

fn fires(set: &RuleSet, id: RuleId, events: &[Base], cited: &BTreeSet<u64>) -> bool {
    let mut correlator = set.correlator();
    let mut all = false;
    let mut take = |firing: onus_sigma::Firing| {
        let in_it: BTreeSet<u64> = firing.records.iter().copied().collect();
        all |= firing.rule == id && cited.is_subset(&in_it);
    };
    for base in events {
        let event = CorrelationEvent {
            rule: RuleId(base.rule),
            time: base.time,
            record: base.record,
            values: &base.values,
        };
        correlator.push(&event, &mut take);
    }
    correlator.finish(&mut take);
    all
}
