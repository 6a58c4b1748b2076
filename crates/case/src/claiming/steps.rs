//! Each step as one claim of the kind that fits it, and as a movement where it leads from host to host.

use std::collections::BTreeSet;

use onus_claim::{CitedRecord, Kind, arrived_from, host_of, movement, observe, time_of};
use onus_intrusion::{Node, NodeKind, Step, StepKind};

use super::{LOOKED_AT, Made, TOLD};
use crate::CaseError;
use crate::cited::Records;
use crate::query::{Engine, text_at};

/// Movements whose other side is sought in the events: each takes a question.
const SOUGHT: usize = 40;
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

fn departures(engine: &Engine, step: &Step, address: &str, time: i64) -> Result<Records, CaseError> {
    let quoted = |text: &str| format!("'{}'", text.to_lowercase().replace('\'', "''"));
    let to = quoted(&step.to.name);
    let short = quoted(step.to.name.split('.').next().unwrap_or(&step.to.name));
    let host = step.from.as_ref().filter(|node| node.kind == NodeKind::Host);
    let host = host.map_or_else(|| format!("<> {to}"), |node| format!("= {}", quoted(&node.name)));
    let (low, high) = (time.saturating_sub(NEAR), time.saturating_add(NEAR));
    let mut records: BTreeSet<u64> = BTreeSet::new();
    let target = format!("lower(cast(\"TargetServerName\" as varchar)) in ({to}, {short})");
    for (table, column, more) in [
        ("windows_sysmon_3", "source_ip", format!("source_ip = {}", quoted(address))),
        ("windows_security_4648", "TargetServerName", target),
    ] {
        if !engine.has_columns(table, &["timestamp", "host_name", column])? {
            continue;
        }
        let question = format!(
            "select record from {table} where cast(timestamp as bigint) between {low} and {high} \
             and lower(host_name) {host} and {more} \
             order by abs(cast(timestamp as bigint) - {time}), record limit 50"
        );
        for batch in &engine.query(&question)?.1 {
            records
                .extend((0..batch.num_rows()).filter_map(|row| text_at(batch, 0, row).parse::<u64>().ok()));
        }
    }
    engine.records(&records)
}
