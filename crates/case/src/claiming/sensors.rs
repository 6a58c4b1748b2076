//! Connections that a second sensor shows as well: what both records have, as one claim that cites both.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray, UInt64Array};
use onus_claim::{CitedRecord, Claim, Connection, Kind, Rules, corroborated, observe};

use super::Made;
use crate::CaseError;
use crate::query::{Engine, text_at};

/// Claims of connections for which a second record is sought.
const SOUGHT: usize = 400;
/// Records with the same ends that are looked at for one claim, the nearest in time.
const LOOKED_AT: usize = 4;
/// Seconds by which the clocks of two sensors may differ.
const OFF: i64 = 60;

pub(super) fn tell(made: &mut Made<'_>, engine: &Engine) -> Result<(), CaseError> {
    let sought: Vec<(Connection, u64, Vec<String>)> = made
        .told()
        .filter_map(|((kind, cites), findings)| match (kind, cites.as_slice()) {
            (Kind::Connection(ends), [record]) if is_whole(ends) => {
                Some((ends.clone(), *record, findings.clone()))
            }
            _ => None,
        })
        .take(SOUGHT)
        .collect();
    if sought.is_empty() {
        return Ok(());
    }
    let near = near(engine, &sought)?;
    let wanted: BTreeSet<u64> = near.values().flatten().chain(sought.iter().map(|s| &s.1)).copied().collect();
    let records = engine.records(&wanted)?;
    let records = records.all();
    for (place, (_, own, findings)) in sought.iter().enumerate() {
        let others = near.get(&place).into_iter().flatten();
        let told = others.filter_map(|other| both(&records, *own, *other)).next();
        if let Some(told) = told {
            made.tell(told, findings);
        }
    }
    Ok(())
}

fn is_whole(ends: &Connection) -> bool {
    ends.from.is_some() && ends.from_port.is_some() && ends.to.is_some() && ends.to_port.is_some()
}

/// By place in `sought`: other records with the same addresses and ports, the nearest in time first.
fn near(
    engine: &Engine,
    sought: &[(Connection, u64, Vec<String>)],
) -> Result<BTreeMap<usize, Vec<u64>>, CaseError> {
    let address = |of: fn(&Connection) -> &Option<String>| -> ArrayRef {
        let all = sought.iter().map(|(ends, ..)| of(ends).clone().unwrap_or_default());
        Arc::new(StringArray::from_iter_values(all))
    };
    let number = |of: fn(&(Connection, u64, Vec<String>)) -> i64| -> ArrayRef {
        Arc::new(arrow_array::Int64Array::from_iter_values(sought.iter().map(of)))
    };
    let rows = RecordBatch::try_from_iter([
        ("place", Arc::new(UInt64Array::from_iter_values(0..sought.len() as u64)) as ArrayRef),
        ("own", Arc::new(UInt64Array::from_iter_values(sought.iter().map(|s| s.1)))),
        ("source", address(|ends| &ends.from)),
        ("source_port", number(|s| s.0.from_port.unwrap_or_default().into())),
        ("destination", address(|ends| &ends.to)),
        ("destination_port", number(|s| s.0.to_port.unwrap_or_default().into())),
        ("at", number(|s| s.0.time.0)),
    ])?;
    let off = OFF * 1_000_000;
    let events = engine.events_with(&["source_ip", "source_port", "destination_ip", "destination_port"])?;
    let question = format!(
        "select g.place, abs(cast(e.timestamp as bigint) - g.at) as off, e.record from {events} e join sought_connections g \
         on cast(e.source_ip as varchar) = g.source and e.source_port = g.source_port \
         and cast(e.destination_ip as varchar) = g.destination and e.destination_port = g.destination_port \
         where e.record <> g.own and cast(e.timestamp as bigint) between g.at - {off} and g.at + {off}"
    );
    let mut near: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
    for batch in engine.query_with("sought_connections", rows, &question)? {
        for row in 0..batch.num_rows() {
            let (Ok(place), Ok(record)) = (text_at(&batch, 0, row).parse(), text_at(&batch, 2, row).parse())
            else {
                continue;
            };
            let own = near.entry(place).or_default();
            if own.len() < LOOKED_AT {
                own.push(record);
            }
        }
    }
    Ok(near)
}

/// The claim that two records of independent sensors show alike, if they do.
fn both(records: &BTreeMap<u64, CitedRecord<'_>>, own: u64, other: u64) -> Option<(Kind, Vec<u64>)> {
    let seen = |record| match observe("connection", records.get(&record)?)? {
        Kind::Connection(ends) => Some(ends),
        _ => None,
    };
    let (one, two) = (seen(own)?, seen(other)?);
    let kind = Kind::Connection(Connection {
        host: None,
        within: Some(one.time.0.abs_diff(two.time.0).div_ceil(1_000_000).max(1)),
        domain: None,
        executable: None,
        account: None,
        sent_at_least: None,
        ..one
    });
    let claim = Claim::new("", kind, vec![own.min(other), own.max(other)], "");
    // Its records bear it out, each for itself.
    corroborated(&claim, records, &Rules::new(std::iter::empty()))?;
    Some((claim.kind, claim.cites))
}
