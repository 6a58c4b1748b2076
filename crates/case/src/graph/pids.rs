//! Processes of events without GUIDs: told by host, PID and the moment at which they started.
//!
//! A PID is given out again and again, so of two starts with one PID the later one is the process from then on. Where
//! Sysmon tells of the start, the process goes by the GUID that stands there. What had a PID since before the logs
//! began is one process as well: `0` stands for its start.

use std::collections::{BTreeMap, BTreeSet};

use super::Seed;
use super::processes::{Line, Lines};
use super::starts::{Held, MOST, Started, Starts, ToldBy, as_pid, climb, id, starts};
use crate::CaseError;
use crate::query::{Engine, cell};

const SECURITY: Starts =
    Starts { table: "windows_security_4688", pids: ["NewProcessId", "ProcessId"], told_by: ToldBy::Start };
const SYSMON: Starts =
    Starts { table: "windows_sysmon_1", pids: ["ProcessId", "ParentProcessId"], told_by: ToldBy::Start };
/// Other events that name the PID of who acts: (table, its field). PowerShell writes its events itself.
const ACTS: &[(&str, &str)] = &[
    ("windows_powershell_4103", "Execution_ProcessID"),
    ("windows_powershell_4104", "Execution_ProcessID"),
    ("windows_security_4648", "ProcessId"),
    ("windows_security_4656", "ProcessId"),
    ("windows_security_4657", "ProcessId"),
    ("windows_security_4663", "ProcessId"),
];
/// By so much two logs may differ on the moment of one start, in microseconds.
const APART: i64 = 2_000_000;

/// A record that names no GUID.
pub(super) struct Nameless<'a> {
    pub(super) record: u64,
    pub(super) host: &'a str,
    pub(super) at: i64,
}

/// By record: the start, in Sysmon's log, of the process that it is of.
pub(super) fn in_sysmon<'a>(
    engine: &Engine,
    nameless: impl Iterator<Item = Nameless<'a>>,
) -> Result<BTreeMap<u64, Started>, CaseError> {
    let mut found = BTreeMap::new();
    let nameless: BTreeMap<u64, Nameless<'a>> = nameless.map(|one| (one.record, one)).collect();
    if nameless.is_empty() || !engine.has(SYSMON.table)? {
        return Ok(found);
    }
    let records: BTreeSet<u64> = nameless.keys().copied().collect();
    let begins = (SECURITY.table, SECURITY.pids[0]);
    for (table, field) in ACTS.iter().copied().chain([begins]) {
        if !engine.has(table)? {
            continue;
        }
        let held: BTreeMap<u64, Held> = pids(engine, table, &[field], &records)?
            .into_iter()
            .filter_map(|(record, pids)| {
                let one = &nameless[&record];
                let (host, pid) = (one.host.to_lowercase(), pids[0].clone());
                (!pid.is_empty()).then(|| (record, Held { host, pid, at: one.at.saturating_add(APART) }))
            })
            .collect();
        let starts = starts(engine, &SYSMON, &held.values().take(MOST).cloned().collect())?;
        for (record, held) in held {
            let of_now =
                |start: &&Started| table != begins.0 || held.at.saturating_sub(start.at) <= 2 * APART;
            if let Some(start) = starts.get(&held).filter(of_now) {
                found.insert(record, start.clone());
            }
        }
    }
    Ok(found)
}

/// Gives the seeds that have no process the one that Sysmon knows by their PID.
pub(super) fn name(engine: &Engine, seeds: &mut [Seed]) -> Result<(), CaseError> {
    let nameless = seeds.iter().filter(|seed| seed.process.is_empty());
    let nameless = nameless.map(|seed| Nameless { record: seed.record, host: &seed.host, at: seed.at });
    let known = in_sysmon(engine, nameless)?;
    for seed in seeds.iter_mut().filter(|seed| seed.process.is_empty()) {
        let Some(start) = known.get(&seed.record) else { continue };
        seed.process = start.process.as_str().into();
        seed.image = start.image.as_str().into();
        seed.parent = start.parent_process.as_str().into();
        seed.parent_image = start.parent_image.as_str().into();
        seed.session = seed.session.or(start.session);
    }
    Ok(())
}

/// Gives the seeds that still have no process one by its PID, and adds the processes above them to `lines`.
pub(super) fn fill(engine: &Engine, seeds: &mut [Seed], lines: &mut Lines) -> Result<(), CaseError> {
    if !engine.has(SECURITY.table)? || seeds.iter().all(|seed| !seed.process.is_empty()) {
        return Ok(());
    }
    started(engine, seeds, lines)?;
    acted(engine, seeds, lines)
}

/// Seeds that are starts of processes.
fn started(engine: &Engine, seeds: &mut [Seed], lines: &mut Lines) -> Result<(), CaseError> {
    let pids = pids(engine, SECURITY.table, &SECURITY.pids, &records(seeds))?;
    let mut held: BTreeSet<Held> = BTreeSet::new();
    for seed in seeds.iter_mut().filter(|seed| seed.process.is_empty()) {
        let Some([own, parent]) = pids.get(&seed.record).map(Vec::as_slice) else { continue };
        let host = seed.host.to_lowercase();
        seed.process = id(&host, own, seed.at).into();
        if !parent.is_empty() {
            held.insert(Held { host, pid: parent.clone(), at: seed.at });
        }
    }
    let known = climb(engine, &SECURITY, held, lines)?;
    for seed in seeds {
        let Some([_, parent]) = pids.get(&seed.record).map(Vec::as_slice) else { continue };
        let held = Held { host: seed.host.to_lowercase(), pid: parent.clone(), at: seed.at };
        if let Some((process, _)) = known.get(&held) {
            seed.parent = process.as_str().into();
            let line: Line = (process.clone(), seed.parent_image.to_string(), seed.session);
            lines.insert(seed.process.to_string(), line);
        }
    }
    Ok(())
}

/// Seeds that are acts of a process: which one had the PID then.
fn acted(engine: &Engine, seeds: &mut [Seed], lines: &mut Lines) -> Result<(), CaseError> {
    for (table, field) in ACTS {
        if !engine.has(table)? {
            continue;
        }
        let pids = pids(engine, table, &[field], &records(seeds))?;
        let of = |seed: &Seed| {
            let pid = pids.get(&seed.record)?.first()?.clone();
            (seed.process.is_empty() && !pid.is_empty()).then(|| Held {
                host: seed.host.to_lowercase(),
                pid,
                at: seed.at,
            })
        };
        let known = climb(engine, &SECURITY, seeds.iter().filter_map(of).collect(), lines)?;
        for seed in &mut *seeds {
            if let Some((process, _)) = of(seed).and_then(|held| known.get(&held)) {
                seed.process = process.as_str().into();
            }
        }
    }
    Ok(())
}

fn records(seeds: &[Seed]) -> BTreeSet<u64> {
    seeds.iter().map(|seed| seed.record).collect()
}

/// The PIDs in these records, by record.
fn pids(
    engine: &Engine,
    table: &str,
    columns: &[&str],
    records: &BTreeSet<u64>,
) -> Result<BTreeMap<u64, Vec<String>>, CaseError> {
    let rows = engine.parts.rows_in(Some(table), records, Some(columns), |batch, row, record| {
        (record, columns.iter().map(|column| as_pid(&cell(batch, column, row))).collect())
    })?;
    Ok(rows.into_iter().collect())
}
