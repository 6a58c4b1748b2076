//! What the tests share: where the data is, events as records, records as batches.
#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::types::{Int16Type, Int32Type, UInt8Type};
use arrow_array::{
    ArrayRef, DictionaryArray, Int64Array, LargeStringArray, RecordBatch, StringArray, StringViewArray,
    UInt32Array,
};
use arrow_schema::{Field, Schema};
use onus_sigma::{EventSource, RuleProblem, RuleSet, RuleSetBuilder};
use serde_json::{Map, Value};

/// The folder of test data, or `None` (after saying so) where there is none. With `CI=true` it must be there.
pub fn test_data(test: &str) -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let path = PathBuf::from(std::env::var("ONUS_TEST_DATA").unwrap_or_else(|_| default.into()));
    if path.join("sigmahq").is_dir() {
        return Some(path);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{test}: no test data");
    println!("skipped: {test}: no test data");
    None
}

/// Every file below a folder with one of the extensions, sorted.
pub fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                out.push(path);
            }
        }
    }
    out.sort();
    out
}

/// All rules below a folder.
pub fn rules_in(folder: &Path) -> (RuleSet, Vec<RuleProblem>) {
    let mut builder = RuleSetBuilder::new();
    for path in files(folder, "yml") {
        let origin = path.strip_prefix(folder).unwrap().display().to_string();
        builder.add_yaml(&origin, &std::fs::read_to_string(&path).unwrap());
    }
    builder.build()
}

/// One event: its source and its fields.
#[derive(Debug, Clone)]
pub struct Event {
    pub channel: String,
    pub id: String,
    pub fields: Vec<(String, String)>,
}

impl Event {
    /// The event as flat JSON for an engine that reads such.
    pub fn json(&self) -> Value {
        Value::Object(
            self.fields.iter().map(|(k, v)| (k.clone(), Value::String(v.clone()))).collect::<Map<_, _>>(),
        )
    }

    pub fn source(&self) -> EventSource {
        source_of(&self.channel, &self.id)
    }
}

/// The Windows events in a text of JSON documents as EVTX dump tools write them.
pub fn windows_events(text: &str) -> Vec<Event> {
    let documents = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    documents.map_while(Result::ok).filter_map(|document| windows_event(&document)).collect()
}

fn windows_event(document: &Value) -> Option<Event> {
    let event = document.get("Event")?;
    let system = event.get("System")?;
    let id = match system.get("EventID")? {
        Value::Object(map) => scalar(map.get("#text")?)?,
        other => scalar(other)?,
    };
    let channel = scalar(system.get("Channel")?)?;
    let mut fields = vec![("EventID".to_owned(), id.clone()), ("Channel".to_owned(), channel.clone())];
    let provider = system.get("Provider").and_then(|p| p.get("#attributes")).and_then(|a| a.get("Name"));
    fields.extend(provider.and_then(scalar).map(|name| ("Provider_Name".to_owned(), name)));
    fields.extend(system.get("Computer").and_then(scalar).map(|name| ("Computer".to_owned(), name)));
    for section in ["EventData", "UserData"] {
        let Some(Value::Object(map)) = event.get(section) else { continue };
        for (name, value) in map {
            match value {
                Value::Object(inner) => inner.iter().for_each(|(name, value)| add(&mut fields, name, value)),
                value => add(&mut fields, name, value),
            }
        }
    }
    Some(Event { channel, id, fields })
}

fn add(fields: &mut Vec<(String, String)>, name: &str, value: &Value) {
    if let Some(text) = scalar(value)
        && !fields.iter().any(|(known, _)| known == name)
    {
        fields.push((name.to_owned(), text));
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// The log source of a Windows event, as far as the tests need it, after the Sigma taxonomy.
pub fn source_of(channel: &str, id: &str) -> EventSource {
    let (service, categories): (&str, &[&str]) = match (channel, id) {
        ("Microsoft-Windows-Sysmon/Operational", id) => ("sysmon", sysmon_categories(id)),
        ("Security", "4688") => ("security", &["process_creation"]),
        ("Security", _) => ("security", &[]),
        ("System", _) => ("system", &[]),
        ("Application", _) => ("application", &[]),
        ("Microsoft-Windows-PowerShell/Operational", "4103") => ("powershell", &["ps_module"]),
        ("Microsoft-Windows-PowerShell/Operational", "4104") => ("powershell", &["ps_script"]),
        ("Windows PowerShell", "400") => ("powershell-classic", &["ps_classic_start"]),
        ("Windows PowerShell", "600") => ("powershell-classic", &["ps_classic_provider_start"]),
        ("Windows PowerShell", _) => ("powershell-classic", &[]),
        ("Microsoft-Windows-Windows Defender/Operational", _) => ("windefend", &[]),
        ("Microsoft-Windows-TaskScheduler/Operational", _) => ("taskscheduler", &[]),
        ("Microsoft-Windows-Bits-Client/Operational", _) => ("bits-client", &[]),
        ("Microsoft-Windows-WMI-Activity/Operational", _) => ("wmi", &[]),
        _ => ("", &[]),
    };
    EventSource {
        product: "windows".into(),
        services: if service.is_empty() { vec![] } else { vec![service.into()] },
        categories: categories.iter().map(|c| (*c).to_owned()).collect(),
    }
}

/// Rules name Defender's fields without the spaces that they have in the log.
pub const ALIASES: &[(&str, &str)] = &[
    ("SourceName", "Source Name"),
    ("ThreatName", "Threat Name"),
    ("ProcessName", "Process Name"),
    ("ActionID", "Action ID"),
    ("NewValue", "New Value"),
];

fn sysmon_categories(id: &str) -> &'static [&'static str] {
    match id {
        "1" => &["process_creation"],
        "2" => &["file_change"],
        "3" => &["network_connection"],
        "4" | "16" => &["sysmon_status"],
        "5" => &["process_termination"],
        "6" => &["driver_load"],
        "7" => &["image_load"],
        "8" => &["create_remote_thread"],
        "9" => &["raw_access_thread"],
        "10" => &["process_access"],
        "11" => &["file_event"],
        "12" => &["registry_event", "registry_add", "registry_delete"],
        "13" => &["registry_event", "registry_set"],
        "14" => &["registry_event", "registry_rename"],
        "15" => &["create_stream_hash"],
        "17" | "18" => &["pipe_created"],
        "19" | "20" | "21" => &["wmi_event"],
        "22" => &["dns_query"],
        "23" | "26" => &["file_delete"],
        "25" => &["process_tampering"],
        "27" => &["file_block_executable"],
        "29" => &["file_executable_detected"],
        "255" => &["sysmon_error"],
        _ => &[],
    }
}

/// Records as one batch. The columns take turns in how they are encoded; those of numbers only, at times,
/// are numbers.
pub fn batch(records: &[&[(String, String)]], turn: usize) -> RecordBatch {
    let names: BTreeSet<&str> =
        records.iter().flat_map(|r| r.iter().map(|(name, _)| name.as_str())).collect();
    let mut fields = Vec::new();
    let mut columns: Vec<ArrayRef> = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let cells: Vec<Option<&str>> = records
            .iter()
            .map(|record| record.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str()))
            .collect();
        let column = column(&cells, number + turn);
        fields.push(Field::new(*name, column.data_type().clone(), true));
        columns.push(column);
    }
    let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(records.len()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options).unwrap()
}

fn column(cells: &[Option<&str>], turn: usize) -> ArrayRef {
    let cells_iter = || cells.iter().copied();
    let numbers: Option<Vec<Option<i64>>> = cells
        .iter()
        .map(|cell| match cell {
            None => Some(None),
            Some(text) => text.parse::<i64>().ok().filter(|n| n.to_string() == **text).map(Some),
        })
        .collect();
    if let Some(numbers) = numbers {
        let small: Option<Vec<Option<u32>>> =
            numbers.iter().map(|n| n.map_or(Some(None), |n| u32::try_from(n).ok().map(Some))).collect();
        match (turn % 3, small) {
            (0, _) => return Arc::new(Int64Array::from(numbers)),
            (1, Some(small)) => return Arc::new(UInt32Array::from(small)),
            _ => {}
        }
    }
    let distinct = cells_iter().flatten().collect::<BTreeSet<_>>().len();
    match turn % 6 {
        0 => Arc::new(StringArray::from_iter(cells_iter())),
        1 => Arc::new(LargeStringArray::from_iter(cells_iter())),
        2 => Arc::new(StringViewArray::from_iter(cells_iter())),
        3 if distinct < 256 => Arc::new(cells_iter().collect::<DictionaryArray<UInt8Type>>()),
        4 if distinct < 30_000 => Arc::new(cells_iter().collect::<DictionaryArray<Int16Type>>()),
        _ => Arc::new(cells_iter().collect::<DictionaryArray<Int32Type>>()),
    }
}
