//! Connections that a second sensor shows as well: what both records have, as one claim that cites both.

use std::collections::{BTreeMap, BTreeSet};

use onus_claim::{CitedRecord, Claim, Connection, Kind, Rules, corroborated, observe};

use super::{Made, Near, merged, nearest};
use crate::CaseError;
use crate::parts::Rows;
use crate::query::{Engine, cell, moment_at, record_at};

/// Claims of connections for which a second record is sought.
const SOUGHT: usize = 400;
/// Records with the same ends that are looked at for one claim, the nearest in time.
const LOOKED_AT: usize = 4;
/// Microseconds by which the clocks of two sensors may differ.
const OFF: i64 = 60 * 1_000_000;
/// The columns that tell one connection from another.
const ENDS: [&str; 4] = ["source_ip", "source_port", "destination_ip", "destination_port"];

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
    let mut by_ends: BTreeMap<[String; 4], Vec<usize>> = BTreeMap::new();
    for (place, (ends, ..)) in sought.iter().enumerate() {
        let ports = [ends.from_port, ends.to_port].map(|port| port.unwrap_or_default().to_string());
        let [from, to] = [&ends.from, &ends.to].map(|address| address.clone().unwrap_or_default());
        let [from_port, to_port] = ports;
        by_ends.entry([from, from_port, to, to_port]).or_default().push(place);
    }
    let sources: BTreeSet<&str> = by_ends.keys().map(|ends| ends[0].as_str()).collect();
    let moments = || sought.iter().map(|(ends, ..)| ends.time.0);
    let rows = Rows {
        having: &ENDS,
        key: ENDS[0],
        wanted: &|address| sources.contains(address),
        between: (
            moments().min().unwrap_or_default().saturating_sub(OFF),
            moments().max().unwrap_or_default().saturating_add(OFF),
        ),
        ..Rows::default()
    };
    let columns = [ENDS[0], ENDS[1], ENDS[2], ENDS[3], "record", "timestamp"];
    let found = engine.parts.fold(&rows, &columns, |near: &mut Near, batch, row| {
        let Some(places) = by_ends.get(&ENDS.map(|column| cell(batch, column, row))) else { return };
        let (Some(at), record) = (moment_at(batch, row), record_at(batch, row)) else { return };
        for place in places {
            let (ends, own, _) = &sought[*place];
            let off = ends.time.0.abs_diff(at);
            if record != *own && off <= OFF.unsigned_abs() {
                nearest(near.entry(*place).or_default(), (off, record), LOOKED_AT);
            }
        }
    })?;
    let near = merged(found, LOOKED_AT);
    let records = |near: BTreeSet<(u64, u64)>| near.into_iter().map(|(_, record)| record).collect();
    Ok(near.into_iter().map(|(place, near)| (place, records(near))).collect())
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
