//! Processes of events without GUIDs: told by host, PID and the moment at which they started.
//!
//! A PID is given out again and again, so of two starts with one PID the later one is the process from then on. Where
//! Sysmon tells of the start, the process goes by the GUID that stands there. What had a PID since before the logs
//! began is one process as well: `0` stands for its start.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::RecordBatch;

use super::processes::{Line, Lines, is_telling};
use super::rows::{number, session};
use super::{ANCESTORS, Seed};
use crate::CaseError;
use crate::parts::Rows;
use crate::query::{Engine, cell, moment_at};

/// A log of starts of processes.
struct Starts {
    table: &'static str,
    /// Its fields of the PIDs of the process and of its parent.
    pids: [&'static str; 2],
}

const SECURITY: Starts = Starts { table: "windows_security_4688", pids: ["NewProcessId", "ProcessId"] };
const SYSMON: Starts = Starts { table: "windows_sysmon_1", pids: ["ProcessId", "ParentProcessId"] };
/// Other events that name the PID of who acts: (table, its field). PowerShell writes its events itself.
const ACTS: &[(&str, &str)] = &[
    ("windows_powershell_4103", "Execution_ProcessID"),
    ("windows_powershell_4104", "Execution_ProcessID"),
    ("windows_security_4648", "ProcessId"),
    ("windows_security_4656", "ProcessId"),
    ("windows_security_4657", "ProcessId"),
    ("windows_security_4663", "ProcessId"),
];
/// Processes looked up at once.
const MOST: usize = 50_000;
/// By so much two logs may differ on the moment of one start, in microseconds.
const APART: i64 = 2_000_000;

/// A PID of a host as it is at a moment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Held {
    host: String,
    pid: String,
    at: i64,
}

/// A process as one event of its start tells it.
#[derive(Clone)]
pub(super) struct Started {
    at: i64,
    /// The GUIDs of the process and of its parent, where the log has them.
    pub(super) process: String,
    pub(super) parent_process: String,
    pub(super) image: String,
    parent: String,
    pub(super) parent_image: String,
    pub(super) session: Option<u64>,
}

fn id(host: &str, pid: &str, started: i64) -> String {
    format!("{host}|{pid}|{started}")
}

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
        seed.process.clone_from(&start.process);
        seed.image.clone_from(&start.image);
        seed.parent.clone_from(&start.parent_process);
        seed.parent_image.clone_from(&start.parent_image);
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
        seed.process = id(&host, own, seed.at);
        if !parent.is_empty() {
            held.insert(Held { host, pid: parent.clone(), at: seed.at });
        }
    }
    let known = climb(engine, held, lines)?;
    for seed in seeds {
        let Some([_, parent]) = pids.get(&seed.record).map(Vec::as_slice) else { continue };
        let held = Held { host: seed.host.to_lowercase(), pid: parent.clone(), at: seed.at };
        if let Some(process) = known.get(&held) {
            seed.parent.clone_from(process);
            let line: Line = (process.clone(), seed.parent_image.clone(), seed.session);
            lines.insert(seed.process.clone(), line);
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
        let known = climb(engine, seeds.iter().filter_map(of).collect(), lines)?;
        for seed in &mut *seeds {
            if let Some(process) = of(seed).and_then(|held| known.get(&held)) {
                seed.process.clone_from(process);
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

/// Which processes had these PIDs, and those above them, a few steps up.
fn climb(
    engine: &Engine,
    held: BTreeSet<Held>,
    lines: &mut Lines,
) -> Result<BTreeMap<Held, String>, CaseError> {
    let mut known = BTreeMap::new();
    let mut above = Vec::new();
    let mut wanted: BTreeSet<Held> = held.into_iter().take(MOST).collect();
    for step in 0..=ANCESTORS {
        if wanted.is_empty() {
            break;
        }
        let starts = starts(engine, &SECURITY, &wanted)?;
        let mut next = BTreeSet::new();
        for one in wanted {
            let start = starts.get(&one);
            let process = id(&one.host, &one.pid, start.map_or(0, |start| start.at));
            known.insert(one.clone(), process.clone());
            // Above a common program everything is common.
            let climbs = |start: &&Started| !start.parent.is_empty() && is_telling(&start.image);
            if let Some(start) = start.filter(climbs).filter(|_| step < ANCESTORS) {
                let parent = Held { host: one.host, pid: start.parent.clone(), at: start.at };
                next.insert(parent.clone());
                above.push((process, parent, start.parent_image.clone(), start.session));
            }
        }
        wanted = next.into_iter().filter(|held| !known.contains_key(held)).collect();
    }
    for (process, parent, image, session) in above {
        if let Some(parent) = known.get(&parent) {
            lines.insert(process, (parent.clone(), image, session));
        }
    }
    Ok(known)
}

/// The last start of each PID up to its moment, if the logs have it.
fn starts(
    engine: &Engine,
    log: &Starts,
    wanted: &BTreeSet<Held>,
) -> Result<BTreeMap<Held, Started>, CaseError> {
    let pids: BTreeSet<&str> = wanted.iter().map(|held| held.pid.as_str()).collect();
    let [own, parent] = log.pids;
    let rows = Rows {
        table: Some(log.table),
        having: &["host_name", "timestamp"],
        key: own,
        wanted: &|own| pids.contains(as_pid(own).as_str()),
        ..Rows::default()
    };
    let columns = [
        own,
        parent,
        "host_name",
        "timestamp",
        "process_entity_id",
        "process_parent_entity_id",
        "process_executable",
        "process_parent_executable",
        "logon_id",
    ];
    let found = engine.parts.fold(&rows, &columns, |found: &mut BTreeMap<Held, Started>, batch, row| {
        let Some(at) = moment_at(batch, row) else { return };
        let own = Held {
            host: cell(batch, "host_name", row).to_lowercase(),
            pid: as_pid(&cell(batch, own, row)),
            at,
        };
        // Those who ask for this PID at this moment or later stand together.
        let asked = wanted.range(&own..).take_while(|held| held.host == own.host && held.pid == own.pid);
        for held in asked {
            if found.get(held).is_none_or(|known| known.at <= at) {
                found.insert(held.clone(), Started::of(batch, row, at, parent));
            }
        }
    })?;
    let mut last: BTreeMap<Held, Started> = BTreeMap::new();
    for (held, start) in found.into_iter().flatten() {
        if last.get(&held).is_none_or(|known| known.at <= start.at) {
            last.insert(held, start);
        }
    }
    Ok(last)
}

impl Started {
    fn of(batch: &RecordBatch, row: usize, at: i64, parent: &str) -> Self {
        Started {
            at,
            process: cell(batch, "process_entity_id", row),
            parent_process: cell(batch, "process_parent_entity_id", row),
            image: cell(batch, "process_executable", row),
            parent: as_pid(&cell(batch, parent, row)),
            parent_image: cell(batch, "process_parent_executable", row),
            session: session(&cell(batch, "logon_id", row)),
        }
    }
}

/// A PID as it is compared: in decimal.
fn as_pid(text: &str) -> String {
    number(text).map_or_else(|| text.trim().to_lowercase(), |number| number.to_string())
}
