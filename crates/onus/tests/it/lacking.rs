//! Logs whose events lack fields that such events commonly have: each question about native columns must do without.

use std::fs;
use std::path::Path;

use crate::common::{onus, text};
use serde_json::{Value, json};

/// An event of Windows with these fields and no others.
fn event(minute: u32, channel: &str, id: u32, data: Value) -> String {
    let time = format!("2017-03-06T07:{minute:02}:00Z");
    json!({"@timestamp": time, "winlog": {"channel": channel, "event_id": id, "computer_name": "HM-DC01", "event_data": data}})
        .to_string()
}

/// Somebody comes from another address and does what two rules of weight name.
fn log(connection: Value, explicit: Value) -> String {
    const SYSMON: &str = "Microsoft-Windows-Sysmon/Operational";
    let ran = |image: &str, line: &str| json!({"Image": image, "CommandLine": line, "LogonId": "0x4a5b6", "User": "HALVARD\\erik"});
    let logon = json!({"TargetUserName": "erik", "TargetLogonId": "0x4a5b6", "LogonType": "3", "IpAddress": "10.20.1.35"});
    [
        event(1, SYSMON, 3, connection),
        event(1, "Security", 4648, explicit),
        event(2, "Security", 4624, logon),
        event(
            3,
            SYSMON,
            1,
            ran(
                r"C:\Windows\System32\certutil.exe",
                r"certutil -decode C:\ProgramData\temp\a.txt C:\ProgramData\temp\a.exe",
            ),
        ),
        event(
            4,
            SYSMON,
            1,
            ran(r"C:\Windows\System32\vssadmin.exe", "vssadmin delete shadows /for=C: /quiet"),
        ),
        event(5, SYSMON, 1, ran(r"C:\Windows\System32\wevtutil.exe", "wevtutil cl Security")),
    ]
    .join("\n")
}

fn investigate(folder: &Path, name: &str, log: &str) -> Value {
    let (path, case) = (folder.join(format!("{name}.ndjson")), folder.join(name));
    fs::write(&path, log).unwrap();
    let run = onus(&["investigate", text(&path), "--out", text(&case)]);
    assert_eq!(run.status.code(), Some(0), "{name}: {}", String::from_utf8_lossy(&run.stderr));
    serde_json::from_str(&fs::read_to_string(case.join("intrusions.json")).unwrap()).unwrap()
}

#[test]
fn a_story_is_told_without_usual_fields() {
    let folder = tempfile::tempdir().unwrap();
    let whole = json!({"Image": "a.exe", "SourceIp": "10.20.1.35", "DestinationIp": "10.20.0.10", "Initiated": "true"});
    let explicit = json!({"TargetUserName": "erik", "TargetServerName": "HM-DC01"});
    let mut told = Vec::new();
    for (name, gone, other_gone) in [
        ("whole", &[][..], &[][..]),
        ("no-direction", &["Initiated"], &[]),
        ("no-source", &["SourceIp"], &[]),
        ("no-connection", &["SourceIp", "Initiated", "DestinationIp"], &[]),
        ("no-server", &[], &["TargetServerName"]),
    ] {
        let (mut connection, mut explicit) = (whole.clone(), explicit.clone());
        gone.iter().for_each(|field| drop(connection.as_object_mut().unwrap().remove(*field)));
        other_gone.iter().for_each(|field| drop(explicit.as_object_mut().unwrap().remove(*field)));
        told.push(investigate(folder.path(), name, &log(connection, explicit)));
    }
    // What is told hangs on the fields that are there.
    for intrusions in &told {
        assert_eq!(intrusions.as_array().unwrap().len(), 1, "{intrusions}");
        assert_eq!(intrusions[0]["hosts"][0]["name"], "HM-DC01");
    }
}

/// The same for every kind of event that rules and story know: one with an odd field and nothing else, not even a host.
#[test]
fn events_with_nothing_in_them_make_a_case() {
    let folder = tempfile::tempdir().unwrap();
    let mut lines = Vec::new();
    let channels: [(&str, &[u32]); 3] = [
        ("Microsoft-Windows-Sysmon/Operational", &[1, 3, 5, 7, 8, 10, 11, 13, 17, 19, 22, 25]),
        ("Security", &[1102, 4624, 4625, 4648, 4672, 4688, 4697, 4698, 4720, 4768, 4769, 4776, 5140, 5145]),
        ("System", &[104, 7036, 7045]),
    ];
    for (channel, ids) in channels {
        for id in ids {
            lines.push(
                json!({"winlog": {"channel": channel, "event_id": id, "event_data": {"Odd": "1"}}})
                    .to_string(),
            );
        }
    }
    lines.push(log(json!({"Odd": "1"}), json!({"Odd": "1"})));
    let intrusions = investigate(folder.path(), "odd", &lines.join("\n"));
    assert_eq!(intrusions.as_array().unwrap().len(), 1, "{intrusions}");
}
