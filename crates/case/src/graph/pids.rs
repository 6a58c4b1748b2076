//! Processes of events without GUIDs: told by host, PID and the moment at which they started.
//!
//! A PID is given out again and again, so of two starts with one PID the later one is the process from then on. Where
//! Sysmon tells of the start, the process goes by the GUID that stands there. What had a PID since before the logs
//! began is one process as well: `0` stands for its start.

use std::collections::{BTreeMap, BTreeSet};

use super::Seed;
use super::processes::{Line, Lines};
use super::rows::place;
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

/// By record of those that name no GUID, each with its moment: the start, in Sysmon's log, of the process that it is of.
pub(super) fn in_sysmon(
    engine: &Engine,
    nameless: &BTreeMap<u64, i64>,
) -> Result<BTreeMap<u64, Started>, CaseError> {
    let mut found = BTreeMap::new();
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
            .filter_map(|(record, held)| {
                let held = held.of(0, nameless[&record].saturating_add(APART))?;
                Some((record, held))
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
    let known = in_sysmon(engine, &nameless.map(|seed| (seed.record, seed.at)).collect())?;
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
        let Some(named) = pids.get(&seed.record) else { continue };
        seed.process = id(&named.place, &named.pids[0], seed.at).into();
        held.extend(named.of(1, seed.at));
    }
    let known = climb(engine, &SECURITY, held, lines)?;
    for seed in seeds {
        let Some(held) = pids.get(&seed.record).and_then(|named| named.of(1, seed.at)) else { continue };
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
        let of = |seed: &Seed| pids.get(&seed.record)?.of(0, seed.at).filter(|_| seed.process.is_empty());
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

/// What a record names processes by.
struct Named {
    place: String,
    /// By column.
    pids: Vec<String>,
}

impl Named {
    /// The process of one of the columns at a moment, if the record names it.
    fn of(&self, column: usize, at: i64) -> Option<Held> {
        let pid = self.pids.get(column).filter(|pid| !pid.is_empty())?;
        Some(Held { host: self.place.clone(), pid: pid.clone(), at })
    }
}

/// The PIDs in these records, by record.
fn pids(
    engine: &Engine,
    table: &str,
    columns: &[&str],
    records: &BTreeSet<u64>,
) -> Result<BTreeMap<u64, Named>, CaseError> {
    let read: Vec<&str> = columns.iter().chain(&["host_name", "source"]).copied().collect();
    let rows = engine.parts.rows_in(Some(table), records, Some(&read), |batch, row, record| {
        let pids = columns.iter().map(|column| as_pid(&cell(batch, column, row))).collect();
        (record, Named { place: place(batch, row), pids })
    })?;
    Ok(rows.into_iter().collect())
}
