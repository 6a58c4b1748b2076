//! What was made on a host and started something there later: files, services, tasks, registry values, parts of WMI.
//!
//! The one side is a record of a finding, or an act of one of its processes; the other is a program that a finding's
//! process is or descends from. So nothing is looked at but what surrounds findings.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::RecordBatch;
use onus_intrusion::{Evidence, Tie};

use super::Seed;
use super::processes::{ByProcess, Lines, by_process, is_telling, line};
use super::rows::{file_name, native, records, signed, unsigned};
use crate::CaseError;
use crate::parts::Rows;
use crate::query::{Engine, cell, moment_at, text_at};

/// Clocks of one host's log writers differ by so much.
const AFTER: i64 = 2_000_000;
/// Shorter arguments than this stand in too many command lines.
const ARGUMENTS: usize = 12;
/// Things made that are kept of one question.
const MOST: usize = 100_000;

/// Events that set something up which starts a program later: (table, field of its name, field with the program,
/// what it is).
const SET_UP: &[(&str, &str, &str, &str)] = &[
    ("windows_system_7045", "ServiceName", "ImagePath", "service"),
    ("windows_security_4697", "ServiceName", "ServiceFileName", "service"),
    ("windows_security_4698", "TaskName", "TaskContent", "scheduled task"),
    ("windows_security_4702", "TaskName", "TaskContentNew", "scheduled task"),
    ("windows_sysmon_13", "TargetObject", "Details", "registry value"),
    ("windows_security_4657", "ObjectName", "NewValue", "registry value"),
    ("windows_sysmon_20", "Name", "Destination", "WMI consumer"),
    ("windows_wmi_5861", "PossibleCause", "PossibleCause", "WMI subscription"),
];
const TASKS: &str = "windows_taskscheduler_106";
const TASK_STARTS: &str = "windows_taskscheduler_200";
/// Places of the registry whose values start programs.
const AUTOSTART: &[&str] = &[
    r"\currentversion\run",
    r"\currentversion\policies\explorer\run",
    r"\currentversion\winlogon\",
    r"\image file execution options\",
    r"\currentversion\windows\",
    r"\active setup\",
    r"\services\",
    r"\userinitmprlogonscript",
    r"\inprocserver32",
    r"\localserver32",
];

/// A thing made: on which host, when, by which findings, what it is, and what it names.
struct Made {
    host: String,
    at: i64,
    by: BTreeSet<usize>,
    what: String,
    names: String,
}

/// A program that ran for a finding.
struct Ran {
    finding: usize,
    at: i64,
    path: String,
    /// The command line after its first word.
    arguments: String,
}

/// Ties the findings of who made a thing to those of what it started.
pub(super) fn tie(
    engine: &Engine,
    seeds: &[Seed],
    lines: &Lines,
    findings: &mut [Evidence],
) -> Result<(), CaseError> {
    let ran = ran(seeds, lines);
    if ran.is_empty() {
        return Ok(());
    }
    let (by_process, of_record) = (by_process(seeds, lines), of_record(seeds));
    let mut made = written(seeds);
    made.extend(written_by(engine, &by_process, &ran)?);
    for (table, name, names, what) in SET_UP {
        made.extend(set_up(engine, (table, name, names, what), &of_record, &by_process)?);
    }
    made.extend(tasks(engine, &of_record)?);
    for thing in &made {
        join(thing, &ran, findings);
    }
    Ok(())
}

/// By host and file name: the programs of findings.
fn ran(seeds: &[Seed], lines: &Lines) -> BTreeMap<(String, String), Vec<Ran>> {
    let mut all: BTreeMap<(String, String), Vec<Ran>> = BTreeMap::new();
    for seed in seeds {
        let mut add = |path: &str, command_line: &str| {
            let path = path.to_lowercase();
            let name = file_name(&path);
            if !name.is_empty() {
                let arguments = arguments(command_line);
                let ran = Ran { finding: seed.finding, at: seed.at, path, arguments };
                all.entry((seed.host.to_lowercase(), name)).or_default().push(ran);
            }
        };
        let above = line(seed, lines).into_iter().skip(1).take_while(|(_, image)| is_telling(image));
        if *seed.action == *"process_creation" || is_telling(&seed.image) {
            add(&seed.image, &seed.command_line);
        }
        above.for_each(|(_, image)| add(image, ""));
        if matches!(&*seed.action, "image_load" | "driver_load") {
            add(&seed.path, "");
        }
    }
    all
}

/// A command line without its first word, in lower case.
fn arguments(command_line: &str) -> String {
    let line = command_line.trim().to_lowercase();
    let rest = match line.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').map_or("", |(_, rest)| rest),
        None => line.split_once(' ').map_or("", |(_, rest)| rest),
    };
    rest.trim().to_owned()
}

/// Files that findings themselves are about.
fn written(seeds: &[Seed]) -> Vec<Made> {
    let writes = |seed: &&Seed| {
        matches!(&*seed.action, "file_event" | "create_stream_hash" | "file_executable_detected")
            && !seed.path.is_empty()
    };
    seeds
        .iter()
        .filter(writes)
        .map(|seed| file(&seed.host, seed.at, [seed.finding].into(), &seed.path))
        .collect()
}

fn file(host: &str, at: i64, by: BTreeSet<usize>, path: &str) -> Made {
    let what = format!("the file {path} on {host}");
    Made { host: host.to_lowercase(), at, by, what, names: path.to_lowercase() }
}

/// Files that processes of findings wrote, of those that ran.
fn written_by(
    engine: &Engine,
    by_process: &ByProcess<'_>,
    ran: &BTreeMap<(String, String), Vec<Ran>>,
) -> Result<Vec<Made>, CaseError> {
    let rows = Rows {
        having: &["file_path"],
        key: "process_entity_id",
        wanted: &|process| by_process.contains_key(process),
        ..Rows::default()
    };
    let columns = ["process_entity_id", "host_name", "file_path", "event_action", "timestamp"];
    let made = engine.parts.fold(&rows, &columns, |made: &mut Vec<Made>, batch, row| {
        let [process, host, path, action] = ["process_entity_id", "host_name", "file_path", "event_action"]
            .map(|name| cell(batch, name, row));
        let runs = || ran.contains_key(&(host.to_lowercase(), file_name(&path)));
        if action == "file_event" && made.len() < MOST && runs() {
            let by = by_process.get(&*process).cloned().unwrap_or_default();
            made.push(file(&host, moment_at(batch, row).unwrap_or_default(), by, &path));
        }
    })?;
    Ok(made.into_iter().flatten().take(MOST).collect())
}

/// What records of findings, or acts of their processes, set up.
fn set_up(
    engine: &Engine,
    (table, name, names, what): (&str, &str, &str, &str),
    of_record: &OfRecord,
    by_process: &ByProcess<'_>,
) -> Result<Vec<Made>, CaseError> {
    let records: BTreeSet<u64> = of_record.keys().copied().collect();
    let act = |batch: &RecordBatch, row: usize, record: Option<u64>| {
        let (name, names) = (cell(batch, name, row), cell(batch, names, row).to_lowercase());
        let place = name.to_lowercase();
        if what == "registry value" && !AUTOSTART.iter().any(|part| place.contains(part)) {
            return None;
        }
        let mut by = record.and_then(|record| of_record.get(&record)).cloned().unwrap_or_default();
        by.extend(by_process.get(&*cell(batch, "process_entity_id", row)).into_iter().flatten());
        let host = cell(batch, "host_name", row);
        let what = format!("the {what} {name} on {host}");
        let at = moment_at(batch, row).unwrap_or_default();
        Some(Made { host: host.to_lowercase(), at, by, what, names })
    };
    let columns = ["process_entity_id", "host_name", "timestamp", name, names];
    let own = engine
        .parts
        .rows_in(Some(table), &records, Some(&columns), |batch, row, record| act(batch, row, Some(record)))?;
    let rows = Rows {
        table: Some(table),
        key: "process_entity_id",
        wanted: &|process| by_process.contains_key(process),
        ..Rows::default()
    };
    let acts = engine.parts.fold(&rows, &columns, |made: &mut Vec<Made>, batch, row| {
        made.extend(act(batch, row, None).filter(|_| made.len() < MOST));
    })?;
    Ok(own.into_iter().flatten().chain(acts.into_iter().flatten().take(MOST)).collect())
}

/// Tasks whose making names no program: what the scheduler said that it started for them.
fn tasks(engine: &Engine, of_record: &OfRecord) -> Result<Vec<Made>, CaseError> {
    if !engine.has(TASKS)? || !engine.has(TASK_STARTS)? {
        return Ok(Vec::new());
    }
    let (task, started) = (native(engine, TASKS, "TaskName"), native(engine, TASK_STARTS, "TaskName"));
    let (host, action) = (native(engine, TASKS, "host_name"), native(engine, TASK_STARTS, "ActionName"));
    let on = native(engine, TASK_STARTS, "host_name");
    let question = format!(
        "select m.record, m.host, m.t, m.task, s.action from \
         (select e.record, {host} as host, cast(e.timestamp as bigint) as t, {task} as task \
          from {TASKS} e join graph_records g on e.record = g.record) m join \
         (select distinct {on} as host, {started} as task, {action} as action from {TASK_STARTS} e) s \
         on m.host = s.host and m.task = s.task order by 1, 5 limit {MOST}"
    );
    let mut made = Vec::new();
    for batch in engine.query_with("graph_records", records(of_record.keys().copied())?, &question)? {
        for row in 0..batch.num_rows() {
            let host = text_at(&batch, 1, row);
            made.push(Made {
                host: host.to_lowercase(),
                at: signed(&batch, 2, row),
                by: of_record.get(&unsigned(&batch, 0, row)).cloned().unwrap_or_default(),
                what: format!("the scheduled task {} on {host}", text_at(&batch, 3, row)),
                names: text_at(&batch, 4, row).to_lowercase(),
            });
        }
    }
    Ok(made)
}

/// By record: its findings.
type OfRecord = BTreeMap<u64, BTreeSet<usize>>;

fn of_record(seeds: &[Seed]) -> OfRecord {
    let mut all = OfRecord::new();
    for seed in seeds {
        all.entry(seed.record).or_default().insert(seed.finding);
    }
    all
}

/// Ties a thing's makers to the findings of the programs that it names and that ran after it was made.
fn join(thing: &Made, ran: &BTreeMap<(String, String), Vec<Ran>>, findings: &mut [Evidence]) {
    let is_end = |c: char| c.is_whitespace() || "\\/\"',;<>|=&()".contains(c);
    let words: BTreeSet<&str> = thing.names.split(is_end).filter(|word| word.len() > 2).collect();
    let mut started: BTreeSet<usize> = BTreeSet::new();
    for word in words {
        let own = ran.get(&(thing.host.clone(), word.to_owned())).into_iter().flatten();
        let fits = own.filter(|ran| ran.at + AFTER >= thing.at && is_named(&thing.names, ran));
        started.extend(fits.map(|ran| ran.finding));
    }
    let other = |finding: &usize| !thing.by.contains(finding);
    if thing.by.is_empty() || !started.iter().any(other) {
        return;
    }
    let reason = format!("{}: made in the one, and what it holds ran in the other", thing.what);
    let tie = Tie::Through { id: format!("{}|{}", thing.what, thing.at), reason };
    for finding in thing.by.union(&started) {
        findings[*finding].ties.push(tie.clone());
    }
}

/// Whether a text names this program and not just one of its file name: its whole path, or, of a program that
/// anybody runs, its arguments as well.
fn is_named(names: &str, ran: &Ran) -> bool {
    let by_path = ran.path.contains(['\\', '/']) && names.contains(&ran.path);
    let own = !super::processes::is_of_the_system(&ran.path);
    let by_arguments = ran.arguments.len() >= ARGUMENTS && names.contains(&ran.arguments);
    // A path that begins with a variable is known by its file name alone.
    let by_name = own && names.contains('%');
    (by_path && (own || names == ran.path)) || by_arguments || by_name
}

#[cfg(test)]
mod tests {
    use super::{Ran, arguments, is_named};

    fn ran(path: &str, command_line: &str) -> Ran {
        Ran { finding: 0, at: 0, path: path.to_owned(), arguments: arguments(command_line) }
    }

    #[test]
    fn a_program_is_named_by_its_path_or_by_its_arguments() {
        let own = ran(r"c:\programdata\a.exe", "");
        assert!(is_named(r"c:\programdata\a.exe -k run", &own));
        assert!(!is_named(r"c:\other\a.exe", &own));
        assert!(is_named(r"%programdata%\a.exe", &own));
        let anybody = ran(
            r"c:\windows\system32\cmd.exe",
            r#""C:\Windows\System32\cmd.exe" /c echo abc > \\.\pipe\abc"#,
        );
        assert!(is_named(r"%comspec% /c echo abc > \\.\pipe\abc", &anybody));
        assert!(!is_named(r"c:\windows\system32\cmd.exe /c dir", &anybody));
    }
}
