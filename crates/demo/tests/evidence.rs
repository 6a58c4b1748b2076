//! What must hold of every generated folder, looked at from outside.

#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use onus_demo::{DemoError, DemoOptions, Truth, generate};
use serde_json::Value;
use sha2::{Digest, Sha256};

const EVENTS: u64 = 60_000;

struct Made {
    truth: Truth,
    /// The text of `planted.csv`.
    planted: String,
    /// Path relative to the evidence → text.
    files: BTreeMap<String, String>,
}

fn make(seed: u64, events: u64) -> Made {
    let dir = tempfile::tempdir().unwrap();
    let evidence = dir.path().join("evidence");
    let truth =
        generate(&DemoOptions { seed, events }, &evidence, &dir.path().join("truth.json"), &mut |_| ())
            .unwrap();
    let told: Truth =
        serde_json::from_str(&fs::read_to_string(dir.path().join("truth.json")).unwrap()).unwrap();
    assert_eq!(told, truth);
    let planted = fs::read_to_string(dir.path().join("planted.csv")).unwrap();
    let mut files = BTreeMap::new();
    read_all(&evidence, &evidence, &mut files);
    Made { truth, planted, files }
}

fn read_all(root: &Path, dir: &Path, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            files.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

impl Made {
    fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for (name, text) in &self.files {
            hash.update(name.as_bytes());
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        }
        hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
    }

    fn events(&self) -> impl Iterator<Item = (&str, Value)> {
        self.files.iter().filter(|(name, _)| name.ends_with(".ndjson")).flat_map(|(name, text)| {
            text.lines().map(move |line| (name.as_str(), serde_json::from_str(line).unwrap()))
        })
    }

    /// Rows of one kind of Zeek log: file, column → cell.
    fn zeek(&self, kind: &str) -> Vec<(&str, BTreeMap<&str, &str>)> {
        let mut rows = Vec::new();
        for (name, text) in self.files.iter().filter(|(name, _)| name.contains(&format!("/{kind}."))) {
            let fields = text.lines().find_map(|l| l.strip_prefix("#fields\t")).unwrap();
            for line in text.lines().filter(|l| !l.starts_with('#')) {
                let cells: Vec<&str> = line.split('\t').collect();
                assert_eq!(cells.len(), fields.split('\t').count(), "{name}: {line}");
                rows.push((name.as_str(), fields.split('\t').zip(cells).collect()));
            }
        }
        rows
    }
}

fn code(event: &Value) -> u64 {
    let id = &event["winlog"]["event_id"];
    id.as_u64().unwrap_or_else(|| id.as_str().unwrap().parse().unwrap())
}

#[test]
fn the_seed_decides_every_byte() {
    let (a, b, c) = (make(1, EVENTS), make(1, EVENTS), make(2, EVENTS));
    assert_eq!(a.digest(), b.digest());
    assert_ne!(a.digest(), c.digest());
    // The same on every machine: a change of this digest is a change of the evidence, to be made on purpose.
    assert_eq!(a.digest(), GOLDEN);
}

const GOLDEN: &str = "5bdd6b8e0362ccf0e0bacabaa66d65650fded017244c9336e1d32a3c5c8e8261";

#[test]
fn counts_are_what_was_asked_for() {
    let made = make(3, EVENTS);
    let lines: usize =
        made.files.values().map(|text| text.lines().filter(|l| !l.starts_with('#')).count()).sum();
    assert_eq!(lines as u64, made.truth.events);
    assert_eq!(made.truth.generated.values().sum::<u64>(), made.truth.events);
    assert!((EVENTS..EVENTS + 60).contains(&made.truth.events), "{}", made.truth.events);
    let steps = made.truth.campaign.steps.iter().chain(&made.truth.unrelated.steps);
    assert_eq!(steps.map(|s| s.traces).sum::<u64>(), made.truth.planted);
}

/// The list of planted lines leads to them: each step has as many as the truth says, and its markers are in them.
#[test]
fn the_list_of_planted_lines_leads_to_them() {
    let made = make(3, EVENTS);
    let mut texts: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    let lines: BTreeMap<&str, Vec<&str>> = made
        .files
        .iter()
        .map(|(name, text)| (name.as_str(), text.lines().filter(|l| !l.starts_with('#')).collect()))
        .collect();
    let mut rows = made.planted.lines();
    assert_eq!(rows.next(), Some("file,ordinal,incident,step"));
    for row in rows {
        let cells: Vec<&str> = row.split(',').collect();
        let line = lines[cells[0]][cells[1].parse::<usize>().unwrap()];
        texts.entry((cells[2], cells[3])).or_default().push(line);
    }
    for incident in [&made.truth.campaign, &made.truth.unrelated] {
        for step in &incident.steps {
            let own = &texts[&(incident.id.as_str(), step.id.as_str())];
            assert_eq!(own.len() as u64, step.traces, "{}", step.id);
            for marker in &step.markers {
                let quoted = serde_json::to_string(&marker.text).unwrap();
                let inside = &quoted[1..quoted.len() - 1];
                let holds = |line: &&&str| line.contains(inside) || line.contains(&marker.text);
                assert!(own.iter().any(|line| holds(&line)), "{}: {}", step.id, marker.text);
            }
        }
    }
    assert_eq!(made.planted.lines().count() as u64, made.truth.planted + 1);
}

/// The two intrusions share no host, account or outside address.
#[test]
fn the_second_intrusion_is_apart() {
    let truth = make(3, EVENTS).truth;
    let (campaign, other) = (&truth.campaign, &truth.unrelated);
    assert_eq!(other.hosts, ["HM-WS07"]);
    assert_eq!(other.accounts, [r"HALVARD\lars.berge"]);
    for (ours, theirs) in [
        (&campaign.hosts, &other.hosts),
        (&campaign.accounts, &other.accounts),
        (&campaign.infrastructure, &other.infrastructure),
    ] {
        assert!(ours.iter().all(|name| !theirs.contains(name)), "{ours:?} {theirs:?}");
    }
    assert_eq!(campaign.hosts, ["HM-DC01", "HM-FILE01", "HM-WS02", "HM-WS05", "MSP-JUMP01"]);
    assert_eq!(campaign.witnesses, ["MSP-DC01"]);
}

#[test]
fn windows_lines_have_their_fields_and_order() {
    let made = make(3, EVENTS);
    let mut last: BTreeMap<&str, String> = BTreeMap::new();
    let mut records: BTreeMap<(&str, String), u64> = BTreeMap::new();
    for (file, event) in made.events() {
        let winlog = &event["winlog"];
        let time = event["@timestamp"].as_str().unwrap().to_owned();
        assert!(last.get(file).is_none_or(|before| *before <= time), "{file}: {time} is out of order");
        last.insert(file, time);
        let record = &winlog["record_id"];
        let record = record.as_u64().unwrap_or_else(|| record.as_str().unwrap().parse().unwrap());
        let channel = winlog["channel"].as_str().unwrap().to_owned();
        let before = records.insert((file, channel), record);
        assert!(before.is_none_or(|before| before + 1 == record), "{file}: record {record}");
        assert_eq!(event["event"]["code"], winlog["event_id"]);
        assert_eq!(event["event"]["provider"], winlog["provider_name"]);
        assert!(
            winlog["computer_name"].as_str().unwrap().starts_with(event["host"]["name"].as_str().unwrap())
        );
        let member = if code(&event) == 1102 { "user_data" } else { "event_data" };
        let data = winlog[member].as_object().unwrap();
        assert!(data.values().all(Value::is_string), "{event}");
        for field in required(code(&event)) {
            assert!(data.contains_key(*field), "{}: no {field}", code(&event));
        }
    }
    assert_eq!(last.len(), 20);
}

fn required(code: u64) -> &'static [&'static str] {
    match code {
        1 => &[
            "ProcessGuid",
            "Image",
            "CommandLine",
            "User",
            "LogonId",
            "Hashes",
            "ParentImage",
            "OriginalFileName",
        ],
        3 => &["Image", "SourceIp", "SourcePort", "DestinationIp", "DestinationPort", "Initiated"],
        7 => &["ImageLoaded", "Signed", "Signature", "Hashes"],
        10 => &["SourceImage", "TargetImage", "GrantedAccess", "CallTrace"],
        11 => &["TargetFilename", "Image"],
        13 => &["TargetObject", "Details"],
        22 => &["QueryName", "QueryResults"],
        4624 => &["LogonType", "TargetUserName", "TargetLogonId", "IpAddress", "SubjectLogonId"],
        4688 => &["NewProcessName", "CommandLine", "ParentProcessName", "SubjectLogonId"],
        5145 => &["ShareName", "RelativeTargetName", "IpAddress"],
        _ => &[],
    }
}

/// A process has one GUID; its parent and its logon were there before it; it ends once.
#[test]
fn processes_and_logons_hang_together() {
    let made = make(4, EVENTS);
    let mut born: BTreeSet<String> = BTreeSet::new();
    let mut opened: BTreeSet<(String, String)> = BTreeSet::new();
    let mut hashes: BTreeMap<String, String> = BTreeMap::new();
    let mut before_the_story: BTreeSet<(String, String)> = BTreeSet::new();
    for (file, event) in made.events() {
        let data = &event["winlog"]["event_data"];
        let text = |name: &str| data[name].as_str().unwrap_or_default().to_owned();
        let known =
            |id: String| matches!(id.as_str(), "0x3e7" | "0x3e4") || opened.contains(&(file.to_owned(), id));
        match code(&event) {
            1 => {
                assert!(known(text("LogonId")), "{event}");
                assert!(born.insert(text("ProcessGuid")), "a GUID twice: {event}");
                if !born.contains(&text("ParentProcessGuid")) {
                    before_the_story.insert((file.to_owned(), text("ParentProcessGuid")));
                }
                let hash = hashes.entry(text("Image")).or_insert_with(|| text("Hashes"));
                assert_eq!(*hash, text("Hashes"));
            }
            5 => assert!(born.contains(&text("ProcessGuid")), "{event}"),
            4688 => assert!(known(text("SubjectLogonId")), "{event}"),
            4634 => assert!(known(text("TargetLogonId")), "{event}"),
            4624 => {
                opened.insert((file.to_owned(), text("TargetLogonId")));
            }
            _ => {}
        }
    }
    // Only services that run since the start of the computer, at most twelve on each, have no beginning.
    assert!(before_the_story.len() <= 20 * 12, "{}", before_the_story.len());
}

#[test]
fn network_logs_agree() {
    let made = make(4, EVENTS);
    let conns = made.zeek("conn");
    let mut uids = BTreeSet::new();
    let mut tuples = BTreeSet::new();
    for (file, row) in &conns {
        assert!(uids.insert((file.split('/').nth(1), row["uid"])), "a uid twice");
        tuples.insert([row["id.orig_h"], row["id.orig_p"], row["id.resp_h"], row["id.resp_p"]].join(" "));
    }
    for kind in ["dns", "http", "ssl"] {
        for (file, row) in made.zeek(kind) {
            assert!(uids.contains(&(file.split('/').nth(1), row["uid"])), "{file}: {}", row["uid"]);
        }
    }
    let mut answers: BTreeMap<&str, &str> = BTreeMap::new();
    for (_, row) in made.zeek("dns") {
        assert_eq!(*answers.entry(row["query"]).or_insert(row["answers"]), row["answers"]);
    }
    for (_, row) in made.zeek("ssl") {
        assert_eq!(answers.get(row["server_name"]), Some(&row["id.resp_h"]), "{}", row["server_name"]);
    }
    let gap = &made.truth.gaps[0];
    let mut unseen = 0;
    for (_, event) in made.events().filter(|(_, event)| code(event) == 3) {
        let data = &event["winlog"]["event_data"];
        let text = |name: &str| data[name].as_str().unwrap();
        let time = event["@timestamp"].as_str().unwrap();
        let blind = *gap.first <= *time && *time <= *gap.last;
        let leaves = !text("DestinationIp").starts_with("10.") || !text("SourceIp").starts_with("10.");
        if leaves && !blind {
            let tuple = ["SourceIp", "SourcePort", "DestinationIp", "DestinationPort"].map(text).join(" ");
            assert!(tuples.contains(&tuple), "no conn for {tuple}");
        }
        unseen += usize::from(leaves && blind);
    }
    assert!(unseen > 0, "the gap hides something");
}

#[test]
fn zeek_and_proxy_files_are_well_formed() {
    let made = make(3, EVENTS);
    for kind in ["conn", "dns", "http", "ssl"] {
        let mut last: BTreeMap<&str, &str> = BTreeMap::new();
        let rows = made.zeek(kind);
        for (file, row) in &rows {
            assert!(last.get(file).is_none_or(|before| *before <= row["ts"]), "{file}");
            last.insert(file, row["ts"]);
        }
        for file in last.keys() {
            let text = &made.files[*file];
            assert!(
                text.starts_with("#separator \\x09\n")
                    && text.lines().last().unwrap().starts_with("#close\t")
            );
            let count =
                |key| text.lines().find_map(|l| l.strip_prefix(key)).map(|l: &str| l.split('\t').count());
            assert_eq!(count("#fields\t"), count("#types\t"));
        }
    }
    let text = &made.files["proxy/access.log"];
    let fields = text.lines().find_map(|l| l.strip_prefix("#Fields: ")).unwrap().split(' ').count();
    let mut last = "";
    for line in text.lines().filter(|l| !l.starts_with('#')) {
        // The one cell in quotes counts once.
        let outside: Vec<&str> = line.split('"').collect();
        let cells = outside[0].split_whitespace().count() + 1 + outside[2].split_whitespace().count();
        assert_eq!((outside.len(), cells), (3, fields), "{line}");
        assert!(last <= &line[..19], "{line}");
        last = &line[..19];
    }
}

#[test]
fn the_logs_show_no_more_than_was_stolen() {
    let made = make(5, EVENTS);
    let shown: u64 = made
        .zeek("conn")
        .iter()
        .filter(|(_, row)| row["id.resp_h"] == "198.51.100.61")
        .map(|(_, row)| row["orig_bytes"].parse::<u64>().unwrap())
        .sum();
    assert_eq!(shown, made.truth.stolen_bytes_in_logs);
    assert!(0 < shown && shown < made.truth.stolen_bytes);
    assert!(made.truth.transfers.iter().any(|t| !t.seen));
    assert_eq!(made.truth.campaign.steps.len(), 17);
    for step in made.truth.campaign.steps.iter().chain(&made.truth.unrelated.steps) {
        assert!(step.traces > 0 && !step.hosts.is_empty() && !step.accounts.is_empty(), "{}", step.id);
        assert!(step.files.iter().all(|file| made.files.contains_key(file)), "{}", step.id);
        for marker in &step.markers {
            let quoted = serde_json::to_string(&marker.text).unwrap();
            let inside = &quoted[1..quoted.len() - 1];
            let found = step
                .files
                .iter()
                .any(|f| made.files[f].contains(inside) || made.files[f].contains(&marker.text));
            assert!(found, "{}: {}", step.id, marker.text);
        }
    }
}

/// Only addresses kept for documentation, and private ones.
#[test]
fn no_real_address_occurs() {
    let made = make(6, EVENTS);
    for (_, row) in made.zeek("conn") {
        for ip in [row["id.orig_h"], row["id.resp_h"]] {
            let fine = ["10.10.", "10.20.", "192.0.2.", "198.51.100.", "203.0.113."];
            assert!(fine.iter().any(|start| ip.starts_with(start)), "{ip}");
        }
    }
    for (_, row) in made.zeek("dns") {
        assert!(row["query"].ends_with(".example"), "{}", row["query"]);
    }
}

#[test]
fn nothing_is_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let truth = dir.path().join("truth.json");
    fs::write(&truth, "mine").unwrap();
    let options = DemoOptions { seed: 1, events: 10 };
    let refused = generate(&options, &dir.path().join("evidence"), &truth, &mut |_| ());
    assert!(matches!(refused, Err(DemoError::Exists(path)) if path == truth));
    assert_eq!(fs::read_to_string(&truth).unwrap(), "mine");
}
