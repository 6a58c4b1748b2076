//! Which process had a PID at a moment, by the logs of their starts, and the processes above it.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::RecordBatch;

use super::ANCESTORS;
use super::processes::{Lines, is_telling};
use super::rows::{number, place, session};
use crate::CaseError;
use crate::parts::Rows;
use crate::query::{Engine, cell, moment_at};

/// A log of starts of processes.
pub(super) struct Starts {
    pub(super) table: &'static str,
    /// Its fields of the PIDs of the process and of its parent.
    pub(super) pids: [&'static str; 2],
    pub(super) told_by: ToldBy,
}

/// What tells a process from another that has its PID later.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ToldBy {
    /// The moment of its start.
    Start,
    /// The PID of its parent: the log tells of what a process does, and its first line may be missing.
    Parent,
}

/// Processes looked up at once.
pub(super) const MOST: usize = 50_000;

/// A PID of a host as it is at a moment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Held {
    /// In lower case.
    pub(super) host: String,
    /// In decimal.
    pub(super) pid: String,
    pub(super) at: i64,
}

/// A process as one event of its start tells it.
#[derive(Clone)]
pub(super) struct Started {
    pub(super) at: i64,
    /// The GUIDs of the process and of its parent, where the log has them.
    pub(super) process: String,
    pub(super) parent_process: String,
    pub(super) image: String,
    pub(super) parent: String,
    pub(super) parent_image: String,
    pub(super) session: Option<u64>,
}

impl Held {
    /// The name of the process; `0` where the logs do not tell of its start.
    fn id(&self, told_by: ToldBy, start: Option<&Started>) -> String {
        match (told_by, start) {
            (_, None) => id(&self.host, &self.pid, 0),
            (ToldBy::Start, Some(start)) => id(&self.host, &self.pid, start.at),
            (ToldBy::Parent, Some(start)) => id(&self.host, &self.pid, &start.parent),
        }
    }
}

/// The name of a process by its host, its PID, and what tells it from others that have this PID.
pub(super) fn id(host: &str, pid: &str, told: impl std::fmt::Display) -> String {
    format!("{host}|{pid}|{told}")
}

/// Which processes had these PIDs, and their programs, where the log tells them; those above them, a few steps up, come
/// into `lines`.
pub(super) fn climb(
    engine: &Engine,
    log: &Starts,
    held: BTreeSet<Held>,
    lines: &mut Lines,
) -> Result<BTreeMap<Held, (String, String)>, CaseError> {
    let mut known: BTreeMap<Held, (String, String)> = BTreeMap::new();
    let mut above = Vec::new();
    let mut wanted: BTreeSet<Held> = held.into_iter().take(MOST).collect();
    for step in 0..=ANCESTORS {
        if wanted.is_empty() {
            break;
        }
        let starts = starts(engine, log, &wanted)?;
        let mut next = BTreeSet::new();
        for one in wanted {
            let start = starts.get(&one);
            let process = one.id(log.told_by, start);
            let image = start.map(|start| start.image.clone()).unwrap_or_default();
            known.insert(one.clone(), (process.clone(), image));
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
        if let Some((parent, own)) = known.get(&parent) {
            let image = if image.is_empty() { own.clone() } else { image };
            lines.insert(process, (parent.clone(), image, session));
        }
    }
    Ok(known)
}

/// The last start of each PID up to its moment, if the logs have it.
pub(super) fn starts(
    engine: &Engine,
    log: &Starts,
    wanted: &BTreeSet<Held>,
) -> Result<BTreeMap<Held, Started>, CaseError> {
    let pids: BTreeSet<&str> = wanted.iter().map(|held| held.pid.as_str()).collect();
    let [own, parent] = log.pids;
    let rows = Rows {
        table: Some(log.table),
        having: &["timestamp"],
        key: own,
        wanted: &|own| pids.contains(as_pid(own).as_str()),
        ..Rows::default()
    };
    let columns = [
        own,
        parent,
        "host_name",
        "source",
        "timestamp",
        "process_entity_id",
        "process_parent_entity_id",
        "process_executable",
        "process_parent_executable",
        "logon_id",
    ];
    let found = engine.parts.fold(&rows, &columns, |found: &mut BTreeMap<Held, Started>, batch, row| {
        let Some(at) = moment_at(batch, row) else { return };
        if log.told_by == ToldBy::Parent && cell(batch, parent, row).is_empty() {
            return;
        }
        let own = Held { host: place(batch, row), pid: as_pid(&cell(batch, own, row)), at };
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
pub(super) fn as_pid(text: &str) -> String {
    number(text).map_or_else(|| text.trim().to_lowercase(), |number| number.to_string())
}
