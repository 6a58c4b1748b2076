//! Processes of findings, those that they descend from, their sessions and programs.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::RecordBatch;
use onus_intrusion::{Evidence, Tie};

use super::rows::{file_name, records, session, texts, unsigned};
use super::{ANCESTORS, Seed};
use crate::CaseError;
use crate::query::{Engine, text_at};

/// Programs from which all else on a host descends, or that act for anybody: they join nothing.
const COMMON: &[&str] = &[
    "",
    "system",
    "smss.exe",
    "csrss.exe",
    "wininit.exe",
    "winlogon.exe",
    "services.exe",
    "lsass.exe",
    "svchost.exe",
    "explorer.exe",
    "userinit.exe",
    "wmiprvse.exe",
    "taskeng.exe",
    "taskhostw.exe",
    "taskhost.exe",
    "runtimebroker.exe",
    "dllhost.exe",
    "spoolsv.exe",
    "msmpeng.exe",
    "sihost.exe",
    "systemd",
    "init",
    "sshd",
    "cron",
    "crond",
    "launchd",
    "containerd-shim",
];

/// Folders of the system and of installed programs: what lies there is no tool of an intruder's by its place.
const OF_THE_SYSTEM: &[&str] = &[
    r"c:\windows\system32\",
    r"c:\windows\syswow64\",
    r"c:\program files",
    "/usr/",
    "/bin/",
    "/sbin/",
    "/lib",
];

/// By process: its parent, the parent's program, and its own session.
pub(super) type Lines = BTreeMap<String, (String, String, Option<u64>)>;

/// Whether a program may tell one process tree from another.
fn is_telling(image: &str) -> bool {
    !COMMON.contains(&file_name(image).as_str())
}

fn is_id(process: &str) -> bool {
    !process.is_empty() && !process.starts_with("{00000000")
}

/// The records of findings; programs go straight to their findings.
pub(super) fn seeds(
    engine: &Engine,
    of_record: &BTreeMap<u64, Vec<usize>>,
    findings: &mut [Evidence],
) -> Result<Vec<Seed>, CaseError> {
    let question = "select e.record, e.host_name, e.process_entity_id, e.process_executable, \
         e.process_parent_entity_id, e.process_parent_executable, e.logon_id, e.hash_sha256, e.event_action \
         from events e join graph_records g on e.record = g.record";
    let mut seeds: BTreeMap<(u64, usize), Seed> = BTreeMap::new();
    for batch in engine.query_with("graph_records", records(of_record.keys().copied())?, question)? {
        for row in 0..batch.num_rows() {
            let record = unsigned(&batch, 0, row);
            for finding in of_record.get(&record).into_iter().flatten() {
                seeds.insert((record, *finding), seed(&batch, row, *finding));
                // The hash of an event is its program's only where a process begins.
                let begins = text_at(&batch, 8, row) == "process_creation";
                let hash = Some(text_at(&batch, 7, row)).filter(|hash| begins && !hash.is_empty());
                program(&mut findings[*finding], &text_at(&batch, 3, row), hash);
            }
        }
    }
    Ok(seeds.into_values().collect())
}

fn seed(batch: &RecordBatch, row: usize, finding: usize) -> Seed {
    Seed {
        finding,
        host: text_at(batch, 1, row),
        process: text_at(batch, 2, row),
        image: text_at(batch, 3, row),
        parent: text_at(batch, 4, row),
        parent_image: text_at(batch, 5, row),
        session: session(&text_at(batch, 6, row)),
    }
}

fn program(finding: &mut Evidence, image: &str, hash: Option<String>) {
    let path = image.to_lowercase();
    if !path.contains(['\\', '/']) || OF_THE_SYSTEM.iter().any(|folder| path.starts_with(folder)) {
        return;
    }
    match finding.programs.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(image)) {
        Some((_, known)) => *known = known.take().or(hash),
        None => finding.programs.push((image.to_owned(), hash)),
    }
    finding.programs.sort();
}

/// The processes that the seeds' descend from, a few steps up.
pub(super) fn ancestors(engine: &Engine, seeds: &[Seed]) -> Result<Lines, CaseError> {
    let question = "select e.process_entity_id, e.process_parent_entity_id, e.process_parent_executable, e.logon_id \
         from events e join graph_processes g on e.process_entity_id = g.process \
         where e.process_parent_entity_id is not null";
    let mut lines = Lines::new();
    let mut wanted: BTreeSet<String> = seeds.iter().map(|s| s.process.clone()).filter(|p| is_id(p)).collect();
    for seed in seeds.iter().filter(|seed| is_id(&seed.parent)) {
        wanted.insert(seed.parent.clone());
    }
    for _ in 0..ANCESTORS {
        if wanted.is_empty() {
            break;
        }
        let rows = RecordBatch::try_from_iter([("process", texts(wanted.iter().map(String::as_str)))])?;
        let mut next = BTreeSet::new();
        for batch in engine.query_with("graph_processes", rows, question)? {
            for row in 0..batch.num_rows() {
                let (parent, image) = (text_at(&batch, 1, row), text_at(&batch, 2, row));
                // Above a common program everything is common.
                if is_id(&parent) && is_telling(&image) && !lines.contains_key(&parent) {
                    next.insert(parent.clone());
                }
                lines.insert(text_at(&batch, 0, row), (parent, image, session(&text_at(&batch, 3, row))));
            }
        }
        wanted = next.into_iter().filter(|process| !lines.contains_key(process)).collect();
    }
    Ok(lines)
}

/// A seed's process and those above it, as far as they tell one tree from another: (id, program).
pub(super) fn line(seed: &Seed, lines: &Lines) -> Vec<(String, String)> {
    let mut all = vec![(seed.process.clone(), seed.image.clone())];
    let above = lines.get(&seed.process).map(|(parent, image, _)| (parent.clone(), image.clone()));
    let mut next = above.or_else(|| Some((seed.parent.clone(), seed.parent_image.clone())));
    while let Some((process, image)) = next.filter(|_| all.len() <= ANCESTORS) {
        next = lines.get(&process).map(|(parent, image, _)| (parent.clone(), image.clone()));
        all.push((process, image));
    }
    all
}

/// What each finding's records are part of.
pub(super) fn tie(seeds: &[Seed], lines: &Lines, findings: &mut [Evidence]) {
    for seed in seeds {
        let ties = &mut findings[seed.finding].ties;
        for (process, image) in line(seed, lines) {
            if !is_telling(&image) {
                break;
            }
            if is_id(&process) {
                let name = format!("{} on {}", file_name(&image), seed.host);
                ties.push(Tie::Process { id: process, name });
            }
        }
        if let Some(number) = seed.session.or_else(|| lines.get(&seed.process).and_then(|line| line.2)) {
            let id = format!("{}|{number:x}", seed.host.to_lowercase());
            ties.push(Tie::Session { id, name: format!("logon session 0x{number:x} on {}", seed.host) });
        }
    }
    for finding in findings {
        for (path, hash) in &finding.programs {
            let hash = hash.clone().map(|hash| Tie::File { hash, name: file_name(path) });
            finding.ties.extend(hash);
        }
        finding.ties.sort();
        finding.ties.dedup();
    }
}
