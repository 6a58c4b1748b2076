//! Events from files, on all cores. The engine's fields are flat; events from EVTX, which the `evtx` crate gives
//! nested, are made flat here by moving maps, not by copying.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};

use evtx::{EvtxParser, ParserSettings};
use serde_json::{Map, Value};

/// Bytes of NDJSON that a thread takes at a time.
const BLOCK: u64 = 2 << 20;

/// One event; without a value if it could not be read.
pub(crate) struct Event {
    /// The number of the file in the list.
    pub(crate) file: usize,
    /// In NDJSON the byte at which the line begins; in EVTX the number of the record among those readable.
    pub(crate) place: u64,
    pub(crate) value: Option<Value>,
}

enum Work {
    Lines { file: usize, offset: u64, block: Vec<u8> },
    Evtx { file: usize, path: PathBuf },
}

/// Calls `see` with each event of the files, from as many threads as there are cores.
pub(crate) fn each(files: &[PathBuf], see: &(dyn Fn(Event) + Sync)) -> io::Result<()> {
    let threads = std::thread::available_parallelism().map_or(1, Into::into);
    let (to_workers, work) = sync_channel::<Work>(threads);
    let work = Mutex::new(work);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| work_off(&work, see));
        }
        // The threads stop when this end of the channel is gone, also after an error.
        let to_workers = to_workers;
        hand_out(files, &to_workers)
    })
}

/// EVTX files whole, others in blocks of whole lines.
fn hand_out(files: &[PathBuf], to_workers: &SyncSender<Work>) -> io::Result<()> {
    for (file, path) in files.iter().enumerate() {
        if path.extension().is_some_and(|e| e == "evtx") {
            let _ = to_workers.send(Work::Evtx { file, path: path.clone() });
            continue;
        }
        let mut input = File::open(path)?;
        let (mut rest, mut offset) = (Vec::new(), 0);
        loop {
            let mut block = std::mem::take(&mut rest);
            let read = (&mut input).take(BLOCK).read_to_end(&mut block)?;
            if read > 0 {
                let end = block.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
                rest = block.split_off(end);
            }
            let length = block.len() as u64;
            let _ = to_workers.send(Work::Lines { file, offset, block });
            offset += length;
            if read == 0 {
                break;
            }
        }
    }
    Ok(())
}

fn work_off(work: &Mutex<Receiver<Work>>, see: &(dyn Fn(Event) + Sync)) {
    loop {
        let next = work.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(Work::Lines { file, offset, block }) => lines(file, offset, &block, see),
            Ok(Work::Evtx { file, path }) => records(file, &path, see),
            Err(_) => return,
        }
    }
}

fn lines(file: usize, offset: u64, block: &[u8], see: &(dyn Fn(Event) + Sync)) {
    let mut place = offset;
    for line in block.split(|b| *b == b'\n') {
        if !line.trim_ascii().is_empty() {
            see(Event { file, place, value: serde_json::from_slice(line).ok() });
        }
        place += line.len() as u64 + 1;
    }
}

fn records(file: usize, path: &Path, see: &(dyn Fn(Event) + Sync)) {
    let Ok(parser) = EvtxParser::from_path(path) else {
        return see(Event { file, place: 0, value: None });
    };
    let settings = ParserSettings::default().num_threads(1).separate_json_attributes(true);
    let mut place = 0;
    for record in parser.with_configuration(settings).records_json_value() {
        let value = record.ok().map(|record| flat(record.data));
        let readable = value.is_some();
        see(Event { file, place, value });
        place += u64::from(readable);
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
    // Data without a name: rules know it as the field `Data`.
    if let Some(Value::Object(data)) = fields.get_mut("Data")
        && let Some(text) = data.remove("#text")
    {
        fields.insert("Data".to_owned(), text);
    }
    if let Some(Value::Object(provider)) = fields.remove("Provider_attributes")
        && let Some(name) = provider.get("Name")
    {
        fields.insert("Provider_Name".to_owned(), name.clone());
    }
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use super::flat;
    use serde_json::json;

    #[test]
    fn nested_events_become_flat() {
        let nested = json!({"Event": {
            "System": {"EventID": 1, "Provider_attributes": {"Name": "Microsoft-Windows-Sysmon"}},
            "EventData": {"Image": "C:\\a.exe", "Data": {"#text": ["x", "y"]}},
            "UserData": {"LogFileCleared": {"SubjectUserName": "b"}},
        }});
        let expected = json!({"EventID": 1, "Provider_Name": "Microsoft-Windows-Sysmon",
            "Image": "C:\\a.exe", "Data": ["x", "y"], "SubjectUserName": "b"});
        assert_eq!(flat(nested), expected);
    }
}
