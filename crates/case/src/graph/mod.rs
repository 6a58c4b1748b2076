//! What acted on what, around what was found: from the records of each finding to their processes and sessions, up
//! to the processes that these descend from, and out to the hosts from which somebody logged on before.
//!
//! findings' records ─► processes, sessions, programs ─► ancestors ─► what these wrote or set up and what ran of it,
//! whom they called ─► logons from elsewhere. The walk starts from the findings and goes a fixed number of steps, so its memory grows with what was found and not with the case.

mod accounts;
mod deeds;
mod followers;
mod linux;
mod logons;
mod names;
mod pids;
mod processes;
mod rows;
mod starts;

use std::collections::BTreeMap;
use std::sync::Arc;

use onus_intrusion::Evidence;

use crate::CaseError;
use crate::findings::is_weighty;
use crate::query::Engine;

pub(crate) use followers::traces;

/// Records of one finding from which the walk starts; fewer where findings are very many.
const SEEDS: usize = 8;
/// Records from which it starts in all; findings beyond have what they themselves name.
const ALL_SEEDS: usize = 150_000;
/// Steps up from a process.
const ANCESTORS: usize = 4;

/// A record of a finding.
#[derive(Clone)]
pub(super) struct Seed {
    pub(super) finding: usize,
    pub(super) record: u64,
    /// Microseconds, UTC; 0 if unknown.
    pub(super) at: i64,
    pub(super) action: Arc<str>,
    /// The file that the event names.
    pub(super) path: Arc<str>,
    pub(super) command_line: Arc<str>,
    pub(super) parent_line: Arc<str>,
    /// The name that was looked up or connected to, in lower case.
    pub(super) domain: Arc<str>,
    pub(super) host: Arc<str>,
    pub(super) process: Arc<str>,
    pub(super) image: Arc<str>,
    pub(super) parent: Arc<str>,
    pub(super) parent_image: Arc<str>,
    pub(super) session: Option<u64>,
    /// Of a Linux log, where sessions go by decimal numbers.
    pub(super) linux: bool,
}

/// Adds to each finding what its records are part of.
pub(crate) fn walk(
    engine: &Engine,
    hosts: &BTreeMap<String, String>,
    findings: &mut [Evidence],
) -> Result<(), CaseError> {
    let mut of_record: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    let all = findings.iter().enumerate().filter(|(_, f)| is_weighty(f.level));
    let each = (ALL_SEEDS / all.clone().count().max(1)).clamp(1, SEEDS);
    let all = all.flat_map(|(number, f)| f.records.iter().take(each).map(move |record| (*record, number)));
    for (record, number) in all.take(ALL_SEEDS) {
        of_record.entry(record).or_default().push(number);
    }
    if of_record.is_empty() {
        return Ok(());
    }
    accounts::rename(engine, findings)?;
    let mut seeds = processes::seeds(engine, &of_record, findings)?;
    pids::name(engine, &mut seeds)?;
    let mut lines = processes::ancestors(engine, &seeds)?;
    pids::fill(engine, &mut seeds, &mut lines)?;
    linux::fill(engine, &mut seeds, &mut lines)?;
    processes::tie(&seeds, &lines, findings);
    deeds::tie(engine, &seeds, &lines, findings)?;
    names::tie(engine, &seeds, &lines, findings)?;
    logons::arrivals(engine, hosts, &seeds, &lines, findings)
}
