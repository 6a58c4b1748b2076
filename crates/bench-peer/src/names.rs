//! Names that rules use, for fields that an event has under others: the Sigma taxonomy takes the names of process
//! and registry events from Sysmon, and those of detections from antivirus programs in general.

use serde_json::{Map, Value};

type Names = &'static [(&'static str, &'static str)];

/// (name in rules, name in the event), the first that is there.
const ALL: Names = &[
    ("Provider_Name", "SourceName"),
    ("Provider_Name", "ProviderName"),
    ("Provider_Name", "Provider"),
    ("Computer", "Hostname"),
    ("Computer", "ComputerName"),
    // Winlogbeat before version 7.
    ("Channel", "log_name"),
    ("EventID", "event_id"),
    ("Provider_Name", "source_name"),
    ("Computer", "computer_name"),
];
const PROCESS: Names = &[
    ("Image", "NewProcessName"),
    ("ParentImage", "ParentProcessName"),
    ("User", "SubjectUserName"),
    ("LogonId", "SubjectLogonId"),
    ("IntegrityLevel", "MandatoryLabel"),
];
const REGISTRY: Names = &[
    ("Image", "ProcessName"),
    ("TargetObject", "ObjectName"),
    ("Details", "NewValue"),
    ("User", "SubjectUserName"),
];
const DETECTION: Names = &[("Signature", "Threat Name"), ("Signature", "ThreatName"), ("Filename", "Path")];

/// Adds the names to an event.
pub(crate) fn add(event: &mut Value) {
    let Value::Object(fields) = event else { return };
    for wrapper in ["event_data", "user_data"] {
        if let Some(Value::Object(inner)) = fields.remove(wrapper) {
            fields.extend(inner);
        }
    }
    copy(fields, ALL);
    let channel = fields.get("Channel").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    let number = fields.get("EventID").and_then(Value::as_i64);
    match (channel.as_str(), number) {
        ("security", Some(4657)) => copy(fields, REGISTRY),
        ("security", _) => copy(fields, PROCESS),
        _ if channel.contains("windows defender") => copy(fields, DETECTION),
        _ => {}
    }
}

fn copy(fields: &mut Map<String, Value>, names: Names) {
    for (name, native) in names {
        if !fields.contains_key(*name)
            && let Some(value) = fields.get(*native).cloned()
        {
            fields.insert((*name).to_owned(), value);
        }
    }
}
