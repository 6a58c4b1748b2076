//! Reads real logs that others wrote; the data lie outside the project (see CONTRIBUTING.md).

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::print_stdout,
    unreachable_pub,
    dead_code,
    reason = "a test"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use onus_source::{Fault, Fields, Format, Item, Names, Parser, Place, Reader, Sink, SourceEnd, find_inputs};

/// The data folder below the test data, or `None` with a word on stderr; in CI it must be there.
fn data(test: &str, folder: &str) -> Option<PathBuf> {
    let base = std::env::var_os("ONUS_TEST_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let path = base.join(folder);
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var_os("CI").is_none(), "{test}: no test data at {}", path.display());
    eprintln!("skipped: {test}: no test data");
    None
}

#[derive(Default)]
struct Count {
    records: u64,
    fields: u64,
    faults: Vec<Fault>,
}

impl Sink for Count {
    fn record(&mut self, place: Place, fields: &Fields, _: &mut Names) {
        assert!(place.length > 0);
        self.records += 1;
        self.fields += fields.len() as u64;
    }
    fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }
}

fn read(path: &Path) -> (Vec<SourceEnd>, Count) {
    let mut parser = Parser::default();
    let mut count = Count::default();
    let mut ends = Vec::new();
    let mut emit = |item| {
        match item {
            Item::Chunk(chunk) => parser.parse(&chunk, &mut count),
            Item::Fault(_, fault) => count.faults.push(fault),
            Item::End(end) => ends.push(end),
        }
        true
    };
    let mut reader = Reader::new(&mut emit, Arc::new(AtomicU64::new(0)));
    for input in find_inputs(&[path.to_owned()]).unwrap() {
        reader.read(&input).unwrap();
    }
    (ends, count)
}

/// The crate's own parser, file by file, is the oracle for the number of records.
#[test]
fn evtx_records_are_as_many_as_the_library_reads() {
    let Some(folder) = data("evtx_records", "evtx-attack-samples") else { return };
    let mut files = 0;
    let mut records = 0;
    for input in find_inputs(&[folder]).unwrap() {
        let (ends, count) = read(&input.path);
        if ends[0].format != Format::Evtx {
            continue;
        }
        files += 1;
        let mut parser = evtx::EvtxParser::from_path(&input.path).unwrap();
        let expected = parser.records_json().filter(Result::is_ok).count() as u64;
        assert_eq!(count.records, expected, "{}: {:?}", input.shown, count.faults);
        records += expected;
    }
    eprintln!("{files} EVTX files, {records} records");
    assert!(files > 270, "only {files} EVTX files were recognised");
}

#[test]
fn three_days_of_zeek_are_read_whole() {
    let Some(folder) = data("zeek_whole", "zeek/rita-missing-host") else { return };
    let (ends, count) = read(&folder);
    eprintln!("{} sources, {} records, faults {:?}", ends.len(), count.records, count.faults.first());
    assert!(count.faults.is_empty(), "{:?}", &count.faults[..count.faults.len().min(5)]);
    assert!(count.records > 10_000);
}

#[test]
fn damaged_and_foreign_sets_give_faults() {
    let Some(folder) = data("damaged", "zeek") else { return };
    for set in ["rita-truncated", "rita-text_file"] {
        let (_, count) = read(&folder.join(set));
        assert!(!count.faults.is_empty(), "{set}");
    }
    let (_, count) = read(&folder.join("rita-truncated"));
    assert!(count.records > 10, "what can be read is read");
}

#[test]
fn windows_json_archives_are_read() {
    let Some(folder) = data("windows_json", "windows-json/credential_access") else { return };
    let (ends, count) = read(&folder);
    eprintln!("{} sources, {} records, {} faults", ends.len(), count.records, count.faults.len());
    for fault in count.faults.iter().take(5) {
        eprintln!("  {fault:?}");
    }
    assert!(count.records > 1_000);
    assert!(count.fields / count.records > 10);
}
