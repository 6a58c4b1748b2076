//! What must hold of every generated folder.
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::{DemoOptions, Truth, generate};

fn make(name: &str, seed: u64, events: u64) -> (Truth, BTreeMap<String, String>) {
    let dir = std::env::temp_dir().join(format!("onus-demo-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&dir);
    let truth = generate(&DemoOptions { seed, events }, &dir, &dir.join("truth.json"), &mut |_| ()).unwrap();
    let mut files = BTreeMap::new();
    walk(&dir, &dir, &mut files);
    fs::remove_dir_all(&dir).unwrap();
    (truth, files)
}

fn walk(root: &Path, dir: &PathBuf, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            files.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn the_seed_decides_every_byte() {
    let (a, b, c) = (make("a", 1, 30_000), make("b", 1, 30_000), make("c", 2, 30_000));
    assert!(a == b, "same seed, other bytes");
    assert!(a.1 != c.1, "another seed, same bytes");
}

#[test]
fn every_line_is_whole_and_in_order() {
    let (truth, files) = make("lines", 7, 40_000);
    let mut lines = 0;
    for (name, text) in files.iter().filter(|(name, _)| *name != "truth.json") {
        lines += check(name, text);
    }
    assert_eq!(lines, truth.events);
    assert_eq!(truth.generated.values().sum::<u64>(), truth.events);
    assert!(truth.events >= 40_000);
}

fn check(name: &str, text: &str) -> u64 {
    let (mut lines, mut last, mut records) = (0, String::new(), BTreeMap::new());
    let mut columns = 0;
    for line in text.lines() {
        if let Some(head) = line.strip_prefix("#fields\t").or(line.strip_prefix("#types\t")) {
            let n = head.split('\t').count();
            assert!(columns == 0 || columns == n, "{name}: fields and types differ");
            columns = n;
        }
        if let Some(head) = line.strip_prefix("#Fields: ") {
            columns = head.split(' ').count();
        }
        if line.starts_with('#') {
            continue;
        }
        lines += 1;
        let time = if name.ends_with(".ndjson") {
            let v: serde_json::Value =
                serde_json::from_str(line).unwrap_or_else(|e| panic!("{name}: {e}: {line}"));
            let w = &v["winlog"];
            assert!(w["event_data"].is_object() && w["event_id"] == v["event"]["code"], "{line}");
            let record = w["record_id"].as_u64().unwrap();
            let before = records.insert(w["channel"].to_string(), record).unwrap_or(0);
            assert!(record > before, "{name}: record_id falls");
            v["@timestamp"].as_str().unwrap().to_owned()
        } else if name.ends_with("access.log") {
            let unquoted = line.split('"').step_by(2).collect::<String>();
            assert_eq!(unquoted.split(' ').count(), columns, "{line}");
            line[..19].to_owned()
        } else {
            assert_eq!(line.split('\t').count(), columns, "{name}: {line}");
            line.split('\t').next().unwrap().to_owned()
        };
        assert!(time >= last, "{name}: {time} after {last}");
        last = time;
    }
    lines
}

#[test]
fn the_logs_show_what_the_truth_says() {
    let (truth, files) = make("truth", 3, 30_000);
    let mut seen = 0;
    for (_, text) in files.iter().filter(|(name, _)| name.contains("/conn.")) {
        for row in text.lines().filter(|l| !l.starts_with('#')).map(|l| l.split('\t').collect::<Vec<_>>()) {
            seen += if row[4] == "198.51.100.61" { row[9].parse::<u64>().unwrap() } else { 0 };
        }
    }
    assert_eq!(seen, truth.stolen_bytes_in_logs);
    assert!(0 < seen && seen < truth.stolen_bytes);
    assert_eq!(truth.campaign.steps.len(), 17);
    for step in &truth.campaign.steps {
        assert!(step.traces > 0 && !step.hosts.is_empty(), "{}", step.id);
        assert!(step.files.iter().all(|f| files.contains_key(f)), "{}: {:?}", step.id, step.files);
        for marker in &step.markers {
            let quoted = serde_json::to_string(&marker.text).unwrap();
            let inner = &quoted[1..quoted.len() - 1];
            assert!(step.files.iter().any(|f| files[f].contains(inner)), "{}: {}", step.id, marker.text);
        }
    }
    assert_eq!(serde_json::from_str::<Truth>(&files["truth.json"]).unwrap(), truth);
}

/// Each command of the intruder on the jump host belongs to a session opened before it, from outside.
#[test]
fn the_intruders_commands_belong_to_open_sessions() {
    let (_, files) = make("sessions", 5, 20_000);
    let (mut open, mut commands) = (Vec::new(), 0);
    for line in files["windows/MSP-JUMP01.ndjson"].lines() {
        let v: serde_json::Value = serde_json::from_str(line).unwrap();
        let (code, data) = (v["event"]["code"].as_str().unwrap(), &v["winlog"]["event_data"]);
        if code == "4624" && data["TargetUserName"] == "adm-lindqvist" {
            open.push(data["TargetLogonId"].clone());
        }
        if code == "1" && data["User"] == r"MERIDIAN\adm-lindqvist" {
            commands += 1;
            assert_eq!(open.last(), Some(&data["LogonId"]), "{line}");
        }
    }
    assert!(commands > 20, "{commands}");
}
