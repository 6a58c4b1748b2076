//! Processes of findings, those that they descend from, their sessions and programs.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Mutex;

use arrow_array::RecordBatch;
use onus_intrusion::{Evidence, Tie};

use super::rows::{file_name, session};
use super::{ANCESTORS, Seed};
use crate::CaseError;
use crate::parts::Rows;
use crate::pool::{Pool, push_tight, shared};
use crate::query::{Engine, cell, moment_at};

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

/// Names told of one program.
const NAMES: usize = 3;

/// Events whose hash is that of the file that they name, as something runs it. That a file of the same content was
/// written on two hosts joins nothing: installers and updates do that all day.
const HASHED: &[&str] = &["image_load", "driver_load"];

/// The columns of a seed.
const SEED: &[&str] = &[
    "record",
    "timestamp",
    "host_name",
    "event_action",
    "process_entity_id",
    "process_executable",
    "process_command_line",
    "process_parent_entity_id",
    "process_parent_executable",
    "process_parent_command_line",
    "logon_id",
    "hash_sha256",
    "file_path",
    "destination_domain",
];

/// By process: its parent, the parent's program, and its own session.
pub(super) type Lines = HashMap<String, Line>;
pub(super) type Line = (String, String, Option<u64>);

/// Whether a program may tell one process tree from another.
pub(super) fn is_telling(image: &str) -> bool {
    !COMMON.contains(&file_name(image).as_str())
}

pub(super) fn is_id(process: &str) -> bool {
    !process.is_empty() && !process.starts_with("{00000000")
}

/// The records of findings; programs go straight to their findings.
pub(super) fn seeds(
    engine: &Engine,
    of_record: &BTreeMap<u64, Vec<usize>>,
    findings: &mut [Evidence],
) -> Result<Vec<Seed>, CaseError> {
    let mut seeds: BTreeMap<(u64, usize), Seed> = BTreeMap::new();
    let records: BTreeSet<u64> = of_record.keys().copied().collect();
    // Where findings are very many, most of these texts are alike.
    let texts = Mutex::new(Pool::default());
    let one = |batch: &RecordBatch, row, record| seed(batch, row, record, &texts);
    for (record, seed, hash) in engine.parts.rows(&records, Some(SEED), one)? {
        for finding in of_record.get(&record).into_iter().flatten() {
            let seed = Seed { finding: *finding, ..seed.clone() };
            // The hash of an event is its program's only where a process begins, or the file's that is loaded.
            let begins = *seed.action == *"process_creation";
            program(&mut findings[*finding], &seed.image, hash.clone().filter(|_| begins));
            if HASHED.contains(&&*seed.action) && hash.is_some() {
                program(&mut findings[*finding], &seed.path, hash.clone());
            }
            seeds.insert((record, *finding), seed);
        }
    }
    Ok(seeds.into_values().collect())
}

/// A record as a seed of any finding, and its hash.
fn seed(batch: &RecordBatch, row: usize, record: u64, texts: &Mutex<Pool>) -> (u64, Seed, Option<String>) {
    let own = |column| cell(batch, column, row);
    let text = |column| shared(&own(column), texts);
    let seed = Seed {
        finding: 0,
        record,
        action: text("event_action"),
        at: moment_at(batch, row).unwrap_or_default(),
        path: text("file_path"),
        command_line: text("process_command_line"),
        parent_line: text("process_parent_command_line"),
        domain: shared(&own("destination_domain").to_lowercase(), texts),
        host: text("host_name"),
        process: text("process_entity_id"),
        image: text("process_executable"),
        parent: text("process_parent_entity_id"),
        parent_image: text("process_parent_executable"),
        session: session(&own("logon_id")),
        linux: false,
    };
    (record, seed, Some(own("hash_sha256")).filter(|hash| !hash.is_empty()))
}

/// Whether a path in lower case lies where systems and installed programs do.
pub(super) fn is_of_the_system(path: &str) -> bool {
    OF_THE_SYSTEM.iter().any(|folder| path.starts_with(folder))
}

fn program(finding: &mut Evidence, image: &str, hash: Option<String>) {
    let path = image.to_lowercase();
    if !path.contains(['\\', '/']) || is_of_the_system(&path) {
        return;
    }
    match finding.programs.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(image)) {
        Some((_, known)) => *known = known.take().or(hash),
        None => push_tight(&mut finding.programs, (image.to_owned(), hash)),
    }
    finding.programs.sort();
}

/// The processes that the seeds' descend from, a few steps up.
pub(super) fn ancestors(engine: &Engine, seeds: &[Seed]) -> Result<Lines, CaseError> {
    let mut lines = Lines::new();
    let mut wanted: BTreeSet<String> =
        seeds.iter().map(|s| s.process.to_string()).filter(|p| is_id(p)).collect();
    for seed in seeds.iter().filter(|seed| is_id(&seed.parent)) {
        wanted.insert(seed.parent.to_string());
    }
    for _ in 0..ANCESTORS {
        if wanted.is_empty() {
            break;
        }
        let mut next = BTreeSet::new();
        for (process, parent, image, logon) in parents(engine, &wanted)? {
            // Above a common program everything is common.
            if is_id(&parent) && is_telling(&image) && !lines.contains_key(&parent) {
                next.insert(parent.clone());
            }
            lines.insert(process, (parent, image, session(&logon)));
        }
        wanted = next.into_iter().filter(|process| !lines.contains_key(process)).collect();
    }
    Ok(lines)
}

/// What events say of the parents of these processes: (process, parent, the parent's program, logon session).
fn parents(
    engine: &Engine,
    wanted: &BTreeSet<String>,
) -> Result<BTreeSet<(String, String, String, String)>, CaseError> {
    let columns = ["process_entity_id", "process_parent_entity_id", "process_parent_executable", "logon_id"];
    let rows = Rows {
        having: &["process_parent_entity_id"],
        key: "process_entity_id",
        wanted: &|process| wanted.contains(process),
        ..Rows::default()
    };
    let add = |found: &mut BTreeSet<_>, batch: &RecordBatch, row| {
        let [process, parent, image, logon] = columns.map(|column| cell(batch, column, row));
        if !parent.is_empty() {
            found.insert((process, parent, image, logon));
        }
    };
    Ok(engine.parts.fold(&rows, &columns, add)?.into_iter().flatten().collect())
}

/// A seed's process and those above it, as far as they tell one tree from another: (id, program).
pub(super) fn line<'a>(seed: &'a Seed, lines: &'a Lines) -> Vec<(&'a str, &'a str)> {
    let above =
        |process: &str| lines.get(process).map(|(parent, image, _)| (parent.as_str(), image.as_str()));
    let mut all: Vec<(&str, &str)> = vec![(&seed.process, &seed.image)];
    let mut next = above(&seed.process).or(Some((&seed.parent, &seed.parent_image)));
    while let Some((process, image)) = next.filter(|_| all.len() <= ANCESTORS) {
        next = above(process);
        all.push((process, image));
    }
    all
}

/// By process that tells one tree from another: the findings whose records are of it or descend from it.
pub(super) type ByProcess<'a> = HashMap<&'a str, BTreeSet<usize>>;

pub(super) fn by_process<'a>(seeds: &'a [Seed], lines: &'a Lines) -> ByProcess<'a> {
    let mut all = ByProcess::new();
    for seed in seeds {
        let own = line(seed, lines).into_iter().take_while(|(_, image)| is_telling(image));
        for (process, _) in own.filter(|(process, _)| is_id(process)) {
            all.entry(process).or_default().insert(seed.finding);
        }
    }
    all
}

/// The file names under which each hash is known.
fn names_of_hashes(findings: &[Evidence]) -> BTreeMap<String, BTreeSet<String>> {
    let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, hash) in findings.iter().flat_map(|finding| &finding.programs) {
        if let Some(hash) = hash {
            names.entry(hash.clone()).or_default().insert(file_name(path));
        }
    }
    names
}

/// What each finding's records are part of.
pub(super) fn tie(seeds: &[Seed], lines: &Lines, findings: &mut [Evidence]) {
    let mut texts = Pool::default();
    for seed in seeds {
        let finding = &mut findings[seed.finding];
        for (process, image) in line(seed, lines) {
            if !is_telling(image) {
                break;
            }
            if is_id(process) {
                let name = format!("{} on {}", file_name(image), seed.host);
                add_tie(finding, Tie::Process { id: texts.get(process), name: texts.get(&name) });
            }
        }
        if let Some(number) = seed.session.or_else(|| lines.get(&*seed.process).and_then(|line| line.2)) {
            let id = format!("{}|{number:x}", seed.host.to_lowercase());
            let number = if seed.linux { number.to_string() } else { format!("0x{number:x}") };
            let name = texts.get(&format!("logon session {number} on {}", seed.host));
            add_tie(finding, Tie::Session { id: texts.get(&id), name });
        }
    }
    let names = names_of_hashes(findings);
    for finding in findings {
        let hashes = finding.programs.iter().filter_map(|(_, hash)| hash.as_ref());
        let ties = hashes.filter_map(|hash| {
            let name = names.get(hash)?.iter().take(NAMES).map(String::as_str).collect::<Vec<_>>().join(", ");
            Some(Tie::File { hash: hash.clone(), name })
        });
        ties.collect::<Vec<_>>().into_iter().for_each(|tie| add_tie(finding, tie));
        finding.ties.sort();
    }
}

/// Adds what a finding is part of, once: most of its few records are part of the same.
fn add_tie(finding: &mut Evidence, tie: Tie) {
    if !finding.ties.contains(&tie) {
        push_tight(&mut finding.ties, tie);
    }
}
