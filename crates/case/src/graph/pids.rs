//! Processes of logs without GUIDs: told by host, PID and the moment at which they started.
//!
//! A PID is given out again and again, so of two starts with one PID the later one is the process from then on. What
//! had a PID since before the logs began is one process as well: `0` stands for its start.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::RecordBatch;

use super::processes::{Line, Lines, is_telling};
use super::rows::{integers, native, records, session, signed, texts, unsigned};
use super::{ANCESTORS, Seed};
use crate::CaseError;
use crate::query::{Engine, text_at};

const STARTS: &str = "windows_security_4688";
/// Other events that name the PID of who acts: (table, its field).
const ACTS: &[(&str, &str)] = &[
    ("windows_security_4648", "ProcessId"),
    ("windows_security_4656", "ProcessId"),
    ("windows_security_4657", "ProcessId"),
    ("windows_security_4663", "ProcessId"),
];
/// Processes looked up at once.
const MOST: usize = 50_000;

/// A PID of a host as it is at a moment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Held {
    host: String,
    pid: String,
    at: i64,
}

/// A process as one event of its start tells it.
struct Started {
    at: i64,
    image: String,
    parent: String,
    parent_image: String,
    session: Option<u64>,
}

fn id(host: &str, pid: &str, started: i64) -> String {
    format!("{host}|{pid}|{started}")
}

/// Gives the seeds that have no process one by its PID, and adds the processes above them to `lines`.
pub(super) fn fill(engine: &Engine, seeds: &mut [Seed], lines: &mut Lines) -> Result<(), CaseError> {
    if !engine.has(STARTS)? || seeds.iter().all(|seed| !seed.process.is_empty()) {
        return Ok(());
    }
    started(engine, seeds, lines)?;
    acted(engine, seeds, lines)
}

/// Seeds that are starts of processes.
fn started(engine: &Engine, seeds: &mut [Seed], lines: &mut Lines) -> Result<(), CaseError> {
    let (own, parent) = (native(engine, STARTS, "NewProcessId")?, native(engine, STARTS, "ProcessId")?);
    let pids = pids(engine, STARTS, &[&own, &parent], seeds)?;
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
        let pids = pids(engine, table, &[&native(engine, table, field)?], seeds)?;
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

/// The PIDs in the seeds' records, by record.
fn pids(
    engine: &Engine,
    table: &str,
    columns: &[&str],
    seeds: &[Seed],
) -> Result<BTreeMap<u64, Vec<String>>, CaseError> {
    let wanted: BTreeSet<u64> = seeds.iter().map(|seed| seed.record).collect();
    let question = format!(
        "select e.record, {} from {table} e join graph_records g on e.record = g.record",
        columns.join(", ")
    );
    let mut found = BTreeMap::new();
    for batch in engine.query_with("graph_records", records(wanted.into_iter())?, &question)? {
        for row in 0..batch.num_rows() {
            let cells = (1..=columns.len()).map(|at| text_at(&batch, at, row).trim().to_lowercase());
            found.insert(unsigned(&batch, 0, row), cells.collect());
        }
    }
    Ok(found)
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
        let starts = starts(engine, &wanted)?;
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
fn starts(engine: &Engine, wanted: &BTreeSet<Held>) -> Result<BTreeMap<Held, Started>, CaseError> {
    let rows = || {
        RecordBatch::try_from_iter([
            ("host", texts(wanted.iter().map(|held| held.host.as_str()))),
            ("pid", texts(wanted.iter().map(|held| held.pid.as_str()))),
            ("at", integers(wanted.iter().map(|held| held.at))),
        ])
    };
    let column = |name| native(engine, STARTS, name);
    let (own, host) = (column("NewProcessId")?, column("host_name")?);
    let last = format!(
        "select g.host, g.pid, g.at, max(cast(e.timestamp as bigint)) as t from {STARTS} e \
         join graph_pids g on lower({host}) = g.host and lower({own}) = g.pid \
         where cast(e.timestamp as bigint) <= g.at group by 1, 2, 3"
    );
    let question = format!(
        "select l.host, l.pid, l.at, l.t, {}, {}, {}, {} from {STARTS} e join ({last}) l \
         on lower({host}) = l.host and lower({own}) = l.pid and cast(e.timestamp as bigint) = l.t",
        column("process_executable")?,
        column("ProcessId")?,
        column("process_parent_executable")?,
        column("logon_id")?,
    );
    let mut found = BTreeMap::new();
    for batch in engine.query_with("graph_pids", rows()?, &question)? {
        for row in 0..batch.num_rows() {
            let held = Held {
                host: text_at(&batch, 0, row),
                pid: text_at(&batch, 1, row),
                at: signed(&batch, 2, row),
            };
            let started = Started {
                at: signed(&batch, 3, row),
                image: text_at(&batch, 4, row),
                parent: text_at(&batch, 5, row).trim().to_lowercase(),
                parent_image: text_at(&batch, 6, row),
                session: session(&text_at(&batch, 7, row)),
            };
            found.insert(held, started);
        }
    }
    Ok(found)
}
