//! Each step as one claim of the kind that fits it, and as a movement where it leads from host to host.

use std::collections::BTreeSet;

use onus_claim::{CitedRecord, Kind, arrived_from, host_of, movement, observe, time_of};
use onus_intrusion::{Node, NodeKind, Step, StepKind};

use super::{LOOKED_AT, Made, TOLD, nearest};
use crate::CaseError;
use crate::cited::Records;
use crate::parts::Rows;
use crate::query::{Engine, cell, moment_at, record_at};

/// Movements whose other side is sought in the events: each takes a question.
const SOUGHT: usize = 40;
/// Records that are looked at for one departure, the nearest in time.
const NEAREST: usize = 50;
/// Microseconds before and after an arrival in which the departure is sought.
const NEAR: i64 = 600 * 1_000_000;

pub(super) fn tell(made: &mut Made<'_>, engine: &Engine) -> Result<(), CaseError> {
    let mut sought = 0;
    for step in made.intrusion.steps.iter().take(TOLD) {
        let observed = kinds(step.kind).iter().find_map(|kind| {
            let records = step.records.iter().take(LOOKED_AT);
            records.filter_map(|record| made.record(*record)).find_map(|record| {
                observe(kind, &record).filter(|_| fits(step, &record)).map(|kind| (kind, vec![record.record]))
            })
        });
        if let Some(told) = observed {
            made.tell(told, &step.findings);
        }
        if !matches!(step.kind, StepKind::Logon | StepKind::RemoteExecution) {
            continue;
        }
        let mut moved = best_pair(made, step);
        if moved.is_none() && sought < SOUGHT {
            sought += 1;
            moved = sought_pair(made, engine, step)?;
        }
        if let Some(kind) = moved
            && let Kind::Movement(params) = &kind
        {
            let cites = vec![params.departure.min(params.arrival), params.departure.max(params.arrival)];
            made.tell((kind, cites), &step.findings);
        }
    }
    Ok(())
}

/// The kinds of claims that may tell a kind of step, the most fitting first.
fn kinds(step: StepKind) -> &'static [&'static str] {
    match step {
        StepKind::Logon => &["logon", "file", "connection", "process"],
        StepKind::RemoteExecution => &["process", "persistence", "file", "logon", "connection"],
        StepKind::Persistence => &["persistence", "process", "file"],
        StepKind::CredentialAccess => &["credential_access", "process", "file", "logon"],
        StepKind::Connection | StepKind::Exfiltration => &["connection", "process", "logon"],
        StepKind::Collection => &["file", "process", "connection"],
        StepKind::Process | StepKind::Discovery | StepKind::DefenseEvasion => {
            &["process", "file", "persistence", "connection", "credential_access", "logon"]
        }
    }
}

/// Whether a record is of the host that the step is about; where it names none, nothing speaks against it.
fn fits(step: &Step, record: &CitedRecord<'_>) -> bool {
    let named = |node: &Node| node.kind == NodeKind::Host && is_of(record, &node.name);
    let hosts: Vec<&Node> =
        step.from.iter().chain([&step.to]).filter(|node| node.kind == NodeKind::Host).collect();
    hosts.is_empty() || host_of(record).is_none() || hosts.into_iter().any(named)
}

fn is_of(record: &CitedRecord<'_>, host: &str) -> bool {
    host_of(record).is_some_and(|name| name.eq_ignore_ascii_case(host))
}

/// The movement among the step's own records.
fn best_pair(made: &Made<'_>, step: &Step) -> Option<Kind> {
    let records: Vec<_> = step.records.iter().take(LOOKED_AT).filter_map(|r| made.record(*r)).collect();
    let left = records.iter().filter(|record| !is_of(record, &step.to.name));
    let pairs = left.flat_map(|left| {
        records.iter().filter(|came| is_of(came, &step.to.name)).map(move |came| (left, came))
    });
    best(pairs.filter_map(|(left, came)| movement(left, came)))
}

/// The one that states most; of equal ones that whose moments lie closest, else the first.
fn best(kinds: impl Iterator<Item = Kind>) -> Option<Kind> {
    let rank = |kind: &Kind| match kind {
        Kind::Movement(p) => {
            let stated = [
                p.address.is_some(),
                p.port.is_some(),
                p.to_address.is_some(),
                p.target.is_some(),
                p.account.is_some(),
            ];
            let missing = stated.into_iter().filter(|is| !is).count();
            (missing, p.departed.0.abs_diff(p.arrived.0))
        }
        _ => (usize::MAX, u64::MAX),
    };
    kinds.min_by_key(rank)
}

/// The movement of an arrival among the step's records and a departure that is sought on the other host, or on any
/// where the step names none: a connection from the arrival's address, or a logon with another account's name.
fn sought_pair(made: &Made<'_>, engine: &Engine, step: &Step) -> Result<Option<Kind>, CaseError> {
    let records = step.records.iter().take(LOOKED_AT).filter_map(|record| made.record(*record));
    let arrivals: Vec<_> = records
        .filter(|record| is_of(record, &step.to.name))
        .filter_map(|record| Some((arrived_from(&record)?, time_of(&record)?, record)))
        .collect();
    let Some((address, time, _)) = arrivals.first() else { return Ok(None) };
    let found = departures(engine, step, address, *time)?;
    let found = found.all();
    let pairs =
        arrivals.iter().flat_map(|(_, _, came)| found.values().filter_map(|left| movement(left, came)));
    Ok(best(pairs))
}

/// A table, and which texts of which of its columns are wanted.
type Side<'a> = (&'a str, &'a str, &'a (dyn Fn(&str) -> bool + Sync));

fn departures(engine: &Engine, step: &Step, address: &str, time: i64) -> Result<Records, CaseError> {
    let is = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
    let to = &step.to.name;
    let short = to.split('.').next().unwrap_or(to);
    let from = step.from.as_ref().filter(|node| node.kind == NodeKind::Host);
    let left = |host: &str| !host.is_empty() && from.map_or(!is(host, to), |node| is(host, &node.name));
    let between = (time.saturating_sub(NEAR), time.saturating_add(NEAR));
    let connects = |text: &str| text == address;
    let targets = |text: &str| is(text, to) || is(text, short);
    let connections: Side<'_> = ("windows_sysmon_3", "source_ip", &connects);
    let logons: Side<'_> = ("windows_security_4648", "TargetServerName", &targets);
    let mut records: BTreeSet<u64> = BTreeSet::new();
    for (table, key, wanted) in [connections, logons] {
        let rows = Rows { table: Some(table), having: &["timestamp", "host_name"], key, wanted, between };
        let near = engine.parts.fold(&rows, &["record", "timestamp", "host_name"], |near, batch, row| {
            let at = moment_at(batch, row).filter(|at| (between.0..=between.1).contains(at));
            if let Some(at) = at.filter(|_| left(&cell(batch, "host_name", row))) {
                nearest(near, (at.abs_diff(time), record_at(batch, row)), NEAREST);
            }
        })?;
        let mut all = BTreeSet::new();
        near.into_iter().flatten().for_each(|one| nearest(&mut all, one, NEAREST));
        records.extend(all.into_iter().map(|(_, record)| record));
    }
    engine.records(&records)
}
