//! In: a folder of EVTX or NDJSON files and a folder of Sigma rules. Out: what it cost `rsigma-eval` to evaluate
//! all events, on all cores, with no hashing and no storing, as one line of JSON; or each match, as a line.
//! Invariant: nothing of Onus is in it. Source: `rsigma-eval` and its manual.

mod engine;
mod events;
mod names;

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use rsigma_eval::{Engine, EvaluationResult, JsonEvent};
use serde_json::json;

use engine::{Kind, engine};
use events::Event;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The allocator of `onus`, so that neither has an advantage by it.
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const USAGE: &str = "usage: onus-bench-peer tuned|plain|named cost|matches INPUT RULES";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        [kind, "cost", input, rules] if Kind::named(kind).is_some() => cost(kind, input, rules),
        [kind, "matches", input, rules] if Kind::named(kind).is_some() => matches(kind, input, rules),
        _ => Err(USAGE.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "onus-bench-peer: {error}");
            ExitCode::from(2)
        }
    }
}

fn load(kind: &str, rules: &str) -> Result<Engine> {
    engine(Kind::named(kind).ok_or(USAGE)?, Path::new(rules))
}

/// Prints what loading the rules and evaluating every event cost.
fn cost(kind: &str, input: &str, rules: &str) -> Result<()> {
    let begun = Instant::now();
    let engine = load(kind, rules)?;
    let loading = begun.elapsed().as_secs_f64();
    let loading_cpu = cpu_seconds();
    let files = find(Path::new(input))?;
    let begun = Instant::now();
    let [events, faults, matches] = [const { AtomicU64::new(0) }; 3];
    events::each(&files, &|event| {
        let Some(value) = &event.value else {
            faults.fetch_add(1, Ordering::Relaxed);
            return;
        };
        events.fetch_add(1, Ordering::Relaxed);
        matches.fetch_add(engine.evaluate(&JsonEvent::borrow(value)).len() as u64, Ordering::Relaxed);
    })?;
    let line = json!({
        "seconds": begun.elapsed().as_secs_f64(),
        "cpu": cpu_seconds() - loading_cpu,
        "loading": loading,
        "events": events.into_inner(),
        "faults": faults.into_inner(),
        "rules": engine.rule_count(),
        "matches": matches.into_inner(),
        "peak_kib": peak_kib(),
    });
    Ok(writeln!(io::stdout(), "{line}")?)
}

/// Prints `rule NUMBER ID` for each rule loaded, `file NUMBER PATH` for each file, then `FILE PLACE RULE` for
/// each match; parts are parted by tabs. The place is the byte at which a line begins, and in EVTX files the
/// number of the record, from 0, in the order of the file.
fn matches(kind: &str, input: &str, rules: &str) -> Result<()> {
    let engine = load(kind, rules)?;
    let files = find(Path::new(input))?;
    let mut out = BufWriter::with_capacity(1 << 20, io::stdout());
    let mut numbers = HashMap::new();
    for (number, rule) in engine.rules().iter().enumerate() {
        let id = rule.id.as_deref().unwrap_or(&rule.title);
        numbers.insert(id.to_owned(), number);
        writeln!(out, "rule\t{number}\t{id}")?;
    }
    for (number, file) in files.iter().enumerate() {
        writeln!(out, "file\t{number}\t{}", file.display())?;
    }
    let out = Mutex::new(out);
    let failed = Mutex::new(None);
    let named = Kind::named(kind) == Some(Kind::Named);
    events::each(&files, &|mut event| {
        let Some(value) = &mut event.value else { return };
        if named {
            names::add(value);
        }
        let found = engine.evaluate(&JsonEvent::borrow(value));
        if found.is_empty() {
            return;
        }
        let text = lines(&event, &found, &numbers);
        if let Err(error) = out.lock().unwrap_or_else(PoisonError::into_inner).write_all(text.as_bytes()) {
            *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        }
    })?;
    out.into_inner().unwrap_or_else(PoisonError::into_inner).flush()?;
    failed.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), |error| Err(error.into()))
}

fn lines(event: &Event, found: &[EvaluationResult], numbers: &HashMap<String, usize>) -> String {
    let mut text = String::new();
    for result in found {
        let id = result.header.rule_id.as_deref().unwrap_or(&result.header.rule_title);
        if let Some(rule) = numbers.get(id) {
            text.push_str(&format!("{}\t{}\t{rule}\n", event.file, event.place));
        }
    }
    text
}

/// All files under a folder, sorted.
fn find(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { files.extend(find(&path)?) } else { files.push(path) }
    }
    files.sort();
    Ok(files)
}

/// Peak resident memory of this process so far, in KiB; 0 where the system does not say.
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// User and system time of this process so far, in seconds; 0 where the system does not say.
fn cpu_seconds() -> f64 {
    // Linux counts in hundredths for programs, whatever the kernel's own clock.
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    after_name.split(' ').skip(11).take(2).filter_map(|n| n.parse::<f64>().ok()).sum::<f64>() / 100.0
}
