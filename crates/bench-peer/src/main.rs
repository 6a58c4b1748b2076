//! In: a folder of EVTX or NDJSON files and a folder of Sigma rules. Out: one line of JSON with what it cost
//! `rsigma-eval` to evaluate all events, on all cores, with no hashing and no storing.
//! Invariant: nothing of Onus is in it. Source: `rsigma-eval` and its manual.
//!
//! The peer gets what its manual offers for Windows events: the built-in pipeline `sysmon`, which ties rules to event
//! ids, and the log source `product: windows`, which leaves out rules of other products. Its fields are flat;
//! events from EVTX, which the `evtx` crate gives nested, are made flat here by moving maps, not by copying.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use evtx::{EvtxParser, ParserSettings};
use rsigma_eval::{Engine, JsonEvent, LogSourceExtractor, resolve_builtin_pipeline};
use rsigma_parser::{LogSource, parse_sigma_directory};
use serde_json::{Map, Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Bytes of NDJSON that a thread takes at a time.
const BLOCK: u64 = 2 << 20;

enum Work {
    Lines(Vec<u8>),
    Evtx(PathBuf),
}

#[derive(Default)]
struct Totals {
    events: AtomicU64,
    faults: AtomicU64,
    matches: AtomicU64,
}

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(input), Some(rules)) = (arguments.next(), arguments.next()) else {
        let _ = writeln!(io::stderr(), "usage: onus-bench-peer INPUT RULES");
        return ExitCode::from(2);
    };
    let measured = run(&input, &rules).and_then(|line| Ok(writeln!(io::stdout(), "{line}")?));
    if let Err(error) = measured {
        let _ = writeln!(io::stderr(), "onus-bench-peer: {error}");
        return ExitCode::from(2);
    }
    ExitCode::SUCCESS
}

/// Loads the rules, and evaluates every event of the files under `input`.
fn run(input: &Path, rules: &Path) -> Result<Value> {
    let begun = Instant::now();
    let engine = engine(rules)?;
    let loading = begun.elapsed().as_secs_f64();
    let mut files = Vec::new();
    find(input, &mut files)?;
    let begun = Instant::now();
    let totals = Totals::default();
    let threads = std::thread::available_parallelism().map_or(1, Into::into);
    let (to_workers, work) = sync_channel::<Work>(threads);
    let work = Mutex::new(work);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| evaluate_all(&engine, &work, &totals));
        }
        // The threads stop when this end of the channel is gone, also after an error.
        let to_workers = to_workers;
        hand_out(&files, &to_workers)
    })?;
    Ok(json!({
        "seconds": begun.elapsed().as_secs_f64(),
        "loading": loading,
        "events": totals.events.into_inner(),
        "faults": totals.faults.into_inner(),
        "rules": engine.rule_count(),
        "matches": totals.matches.into_inner(),
        "peak_kib": peak_kib(),
    }))
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { find(&path, files)? } else { files.push(path) }
    }
    files.sort();
    Ok(())
}

fn engine(rules: &Path) -> Result<Engine> {
    let collection = parse_sigma_directory(rules)?;
    let mut engine = Engine::new();
    engine.add_pipeline(resolve_builtin_pipeline("sysmon").ok_or("no pipeline of this name")??);
    let windows = LogSource { product: Some("windows".to_owned()), ..LogSource::default() };
    engine.set_logsource_extractor(Some(LogSourceExtractor::new().with_defaults(windows)));
    // Rules that it cannot compile are left out; the number of those loaded is printed.
    engine.add_rules(&collection.rules);
    Ok(engine)
}

/// EVTX files whole, others in blocks of whole lines.
fn hand_out(files: &[PathBuf], to_workers: &SyncSender<Work>) -> io::Result<()> {
    for path in files {
        if path.extension().is_some_and(|e| e == "evtx") {
            let _ = to_workers.send(Work::Evtx(path.clone()));
            continue;
        }
        let mut file = File::open(path)?;
        let mut rest = Vec::new();
        loop {
            let mut block = std::mem::take(&mut rest);
            let read = (&mut file).take(BLOCK).read_to_end(&mut block)?;
            if read > 0 {
                let end = block.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
                rest = block.split_off(end);
            }
            let _ = to_workers.send(Work::Lines(block));
            if read == 0 {
                break;
            }
        }
    }
    Ok(())
}

fn evaluate_all(engine: &Engine, work: &Mutex<Receiver<Work>>, totals: &Totals) {
    loop {
        let next = work.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(Work::Lines(block)) => {
                for line in block.split(|b| *b == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
                    totals.add(engine, serde_json::from_slice(line).ok());
                }
            }
            Ok(Work::Evtx(path)) => evaluate_file(engine, &path, totals),
            Err(_) => return,
        }
    }
}

fn evaluate_file(engine: &Engine, path: &Path, totals: &Totals) {
    let Ok(parser) = EvtxParser::from_path(path) else {
        return totals.add(engine, None);
    };
    let settings = ParserSettings::default().num_threads(1).separate_json_attributes(true);
    for record in parser.with_configuration(settings).records_json_value() {
        totals.add(engine, record.ok().map(|record| flat(record.data)));
    }
}

impl Totals {
    /// Evaluates an event; none stands for one that could not be read.
    fn add(&self, engine: &Engine, event: Option<Value>) {
        let Some(event) = event else {
            self.faults.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let matches = engine.evaluate(&JsonEvent::borrow(&event)).len() as u64;
        self.events.fetch_add(1, Ordering::Relaxed);
        self.matches.fetch_add(matches, Ordering::Relaxed);
    }
}

/// `Event.System`, `Event.EventData` and `Event.UserData.*` in one flat object.
fn flat(mut record: Value) -> Value {
    let mut fields = Map::new();
    let mut move_in = |part: Option<Value>| {
        if let Some(Value::Object(part)) = part {
            fields.extend(part);
        }
    };
    if let Some(Value::Object(event)) = record.get_mut("Event") {
        move_in(event.remove("System"));
        move_in(event.remove("EventData"));
        if let Some(Value::Object(user)) = event.remove("UserData") {
            user.into_iter().for_each(|(_, part)| move_in(Some(part)));
        }
    }
    if let Some(Value::Object(provider)) = fields.remove("Provider_attributes")
        && let Some(name) = provider.get("Name")
    {
        fields.insert("Provider_Name".to_owned(), name.clone());
    }
    Value::Object(fields)
}

/// Peak resident memory of this process so far, in KiB; 0 where the system does not say.
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::flat;
    use serde_json::json;

    #[test]
    fn nested_events_become_flat() {
        let nested = json!({"Event": {
            "System": {"EventID": 1, "Provider_attributes": {"Name": "Microsoft-Windows-Sysmon"}},
            "EventData": {"Image": "C:\\a.exe"},
            "UserData": {"LogFileCleared": {"SubjectUserName": "b"}},
        }});
        let expected = json!({"EventID": 1, "Provider_Name": "Microsoft-Windows-Sysmon",
            "Image": "C:\\a.exe", "SubjectUserName": "b"});
        assert_eq!(flat(nested), expected);
    }
}
