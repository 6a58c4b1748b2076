//! Looking again: hunting over a case without its logs, explaining, and allowing, by the real binary.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::common::{data, onus, text};
use serde_json::Value;

fn stdout(run: &Output) -> String {
    String::from_utf8_lossy(&run.stdout).into_owned()
}

fn done(run: &Output) {
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
}

fn ask(case: &Path, question: &str) -> Vec<Value> {
    let run = onus(&["query", text(case), question, "--format", "ndjson"]);
    done(&run);
    stdout(&run).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A case hunted with rules says the same, to the byte, as one that was read with them; the logs are gone by then.
#[test]
fn a_hunt_gives_what_a_fresh_reading_gives() {
    let Some(samples) = data("hunt", "evtx-attack-samples") else { return };
    let Some(archives) = data("hunt", "windows-json/discovery") else { return };
    let Some(zeek) = data("hunt", "zeek/apt29-day1") else { return };
    let Some(mimikatz) = data("hunt", "windows-json/credential_access") else { return };
    let Some(rules) = data("hunt", "sigmahq") else { return };
    let folder = tempfile::tempdir().unwrap();
    let (hunted, fresh) = (folder.path().join("hunted"), folder.path().join("fresh"));
    let inputs = [text(&samples), text(&archives), text(&zeek), text(&mimikatz)];
    let read = |case: &Path, options: &[&str]| {
        let run = onus(&[&["investigate", "-q", "--out", text(case)][..], &inputs, options].concat());
        assert!(matches!(run.status.code(), Some(0 | 4)), "{}", String::from_utf8_lossy(&run.stderr));
    };
    read(&hunted, &[]);
    read(&fresh, &["--rules", text(&rules)]);
    let before = fs::read(hunted.join("matches.parquet")).unwrap();
    let branch = folder.path().join("branch");
    done(&onus(&["hunt", text(&hunted), "--rules", text(&rules), "--out", text(&branch)]));
    assert!(
        fs::read(branch.join("matches.parquet")).unwrap() == fs::read(fresh.join("matches.parquet")).unwrap()
    );
    assert!(
        fs::read(hunted.join("matches.parquet")).unwrap() == before,
        "the case that was hunted is as it was"
    );
    let again = onus(&["hunt", text(&hunted), "--out", text(&branch)]);
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&again.stderr).contains("exists already"));
    done(&onus(&["hunt", text(&hunted), "--rules", text(&rules)]));
    for file in ["matches.parquet", "findings.parquet", "rules.parquet", "intrusions.json", "report.html"] {
        assert!(
            fs::read(hunted.join(file)).unwrap() == fs::read(fresh.join(file)).unwrap(),
            "{file} differs"
        );
    }
    assert!(
        fs::read(hunted.join("earlier/0001/matches.parquet")).unwrap() == before,
        "the old answer is kept"
    );
    assert!(ask(&hunted, "select 1 from matches").len() > 1_000);
}

const EVENTS: [&str; 4] = [
    r#"{"@timestamp":"2017-03-06T07:00:00Z","winlog":{"channel":"Microsoft-Windows-Sysmon/Operational","event_id":1,"computer_name":"WS-01","event_data":{"Image":"C:\\Windows\\System32\\whoami.exe","CommandLine":"whoami /all","User":"LAB\\ada"}}}"#,
    r#"{"@timestamp":"2017-03-06T08:00:00Z","winlog":{"channel":"Microsoft-Windows-Sysmon/Operational","event_id":1,"computer_name":"WS-01","event_data":{"Image":"C:\\Windows\\System32\\whoami.exe","CommandLine":"whoami /priv","User":"LAB\\ada"}}}"#,
    r#"{"@timestamp":"2017-03-06T09:00:00Z","winlog":{"channel":"Security","event_id":4688,"computer_name":"WS-02","event_data":{"NewProcessName":"C:\\Windows\\System32\\whoami.exe","CommandLine":"whoami /all","SubjectUserName":"agent"}}}"#,
    r#"{"@timestamp":"2017-03-06T10:00:00Z","winlog":{"channel":"Microsoft-Windows-Sysmon/Operational","event_id":1,"computer_name":"WS-03","event_data":{"Image":"C:\\Windows\\System32\\cmd.exe","CommandLine":"whoami /all","User":"LAB\\eve"}}}"#,
];

const RULE: &str = "title: Whoami Run
id: 5f113a8f-8b61-41ca-b90f-d374fa7e4a39
status: test
description: Someone asked who he is.
references: [https://attack.mitre.org/techniques/T1033/]
level: high
falsepositives: [an inventory]
logsource: {product: windows, category: process_creation}
detection:
  run: {Image|endswith: '\\whoami.exe', CommandLine|contains: '/'}
  condition: run
";

/// A case of the four events, read with the one rule.
fn small_case(folder: &Path) -> std::path::PathBuf {
    fs::write(folder.join("log.ndjson"), EVENTS.join("\n")).unwrap();
    fs::write(folder.join("rule.yml"), RULE).unwrap();
    let case = folder.join("case");
    let (log, rule) = (folder.join("log.ndjson"), folder.join("rule.yml"));
    done(&onus(&["investigate", text(&log), "--rules", text(&rule), "--out", text(&case)]));
    case
}

#[test]
fn a_finding_is_explained_down_to_the_byte() {
    let folder = tempfile::tempdir().unwrap();
    let case = small_case(folder.path());
    let said = stdout(&onus(&["explain", text(&case), "F0001"]));
    for part in [
        "F0001  Whoami Run (high)",
        "CommandLine: 2 distinct",
        "in the whole case: 3 hosts, 3 events, first 2017-03-06T07:00:00, last 2017-03-06T10:00:00",
        "harmless if   an inventory",
        "see           https://attack.mitre.org/techniques/T1033/",
        "because       run: Image is",
        "▶ Image = C:\\Windows\\System32\\whoami.exe",
        "  User = LAB\\ada",
    ] {
        assert!(said.contains(part), "{part:?} is not in\n{said}");
    }
    let place = format!("offset {}, length", EVENTS[0].len() + 1);
    assert!(said.contains(&place) && said.contains("ordinal 1"), "{said}");
    for what in ["f0001", "2", "5f113a8f-8b61-41ca-b90f-d374fa7e4a39@2"] {
        let run = onus(&["explain", text(&case), what, "--format", "json"]);
        done(&run);
        let json: Value = serde_json::from_str(&stdout(&run)).unwrap();
        assert_eq!(json["rules"][0]["title"], "Whoami Run", "{what}");
        let field = if what == "f0001" { "Image" } else { "NewProcessName" };
        let fields = json["matches"][0]["fields"].as_array().unwrap();
        let made = fields.iter().find(|f| f["field"] == field).unwrap();
        assert_eq!(made["made_the_match"], true, "{what}: also where a rule reads it by another name");
    }
    for what in ["F0009", "3", "nothing@1", "?"] {
        let run = onus(&["explain", text(&case), what]);
        assert_eq!(run.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&run.stderr).contains("no such finding"));
    }
    let row = &ask(&case, "select * from findings where finding = 'F0001'")[0];
    assert_eq!(row["count"], 2);
    assert_eq!(row["rarest_value"], "CommandLine=whoami /priv");
    assert_eq!((&row["hosts_with_value"], &row["events_with_value"]), (&1.into(), &1.into()));
    let report = fs::read_to_string(case.join("report.html")).unwrap();
    assert!(
        report.contains("because") && report.contains("in the case on 3 hosts, 3 events"),
        "the report says it too"
    );
}

#[test]
fn what_is_allowed_leaves_the_story_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let case = small_case(folder.path());
    let bytes = fs::read(case.join("matches.parquet")).unwrap();
    let story = fs::read(case.join("intrusions.json")).unwrap();
    let refused = onus(&["allow", text(&case), "--host", "WS-02", "--reason", "inventory"]);
    assert_eq!(refused.status.code(), Some(2), "no day");
    let allowed = onus(&[
        "allow",
        text(&case),
        "--rule",
        "Whoami*",
        "--host",
        "ws-01",
        "--field",
        "CommandLine",
        "--value",
        "*/priv",
        "--reason",
        "inventory",
        "--expires",
        "2999-12-31",
    ]);
    done(&allowed);
    let said = String::from_utf8_lossy(&allowed.stderr).into_owned();
    assert!(said.contains("allowed until 2999-12-31, not told: 1 findings, 1 matches (inventory)"), "{said}");
    let matches = ask(&case, "select record, allowed from matches order by record");
    let reasons: Vec<&Value> = matches.iter().map(|m| &m["allowed"]).collect();
    assert_eq!(reasons, [&Value::Null, &"inventory".into(), &Value::Null]);
    let findings = ask(&case, "select finding, count, allowed from findings order by finding");
    assert_eq!(findings.len(), 3);
    assert_eq!((&findings[0]["count"], &findings[0]["allowed"]), (&1.into(), &Value::Null));
    assert_eq!((&findings[2]["count"], &findings[2]["allowed"]), (&1.into(), &"inventory".into()));
    assert!(fs::read_to_string(case.join("report.html")).unwrap().contains("Allowed, and so not told"));
    assert!(stdout(&onus(&["allow", text(&case), "--list"])).contains("| 1     | rule Whoami*"));
    // An entry that has expired covers nothing, also where the story was not told again since.
    let list = fs::read_to_string(case.join("allow.toml")).unwrap();
    fs::write(case.join("allow.toml"), list.replace("2999-12-31", "2001-12-31")).unwrap();
    assert!(ask(&case, "select 1 from matches where allowed is not null").is_empty());
    let run = onus(&["allow", text(&case)]);
    assert!(String::from_utf8_lossy(&run.stderr).contains("Expired on 2001-12-31"));
    done(&onus(&["allow", text(&case), "--remove", "1"]));
    assert!(fs::read(case.join("matches.parquet")).unwrap() == bytes, "all is as it was");
    assert!(fs::read(case.join("intrusions.json")).unwrap() == story);
    assert_eq!(onus(&["allow", text(&case), "--remove", "1"]).status.code(), Some(3));
    let bad = folder.path().join("allow.toml");
    fs::write(&bad, "[[allow]]\nhost = 'x'\n").unwrap();
    let run = onus(&["hunt", text(&case), "--own", "--allow", text(&bad)]);
    assert_eq!(run.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&run.stderr).contains("entry 1: states no reason"));
}

/// A hunt and an allow-list change what a case says; its seal holds, and what is disclosed verifies.
#[test]
fn a_sealed_case_can_be_hunted() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("demo");
    done(&onus(&["demo", "--events", "20000", "--out", text(&out), "-q"]));
    let case = out.join("case");
    let tree = fs::read(case.join("tree/checkpoint")).unwrap();
    done(&onus(&["hunt", text(&case), "--built-in", "--min-level", "medium"]));
    let run =
        onus(&["allow", text(&case), "--account", "nobody", "--reason", "x", "--expires", "2999-01-01"]);
    done(&run);
    assert!(fs::read(case.join("tree/checkpoint")).unwrap() == tree);
    assert!(case.join("earlier/0002").is_dir());
    let dossier = folder.path().join("dossier.json");
    done(&onus(&["disclose", text(&case), "--claims", "all", "-o", text(&dossier)]));
    done(&onus(&["verify", text(&dossier)]));
    assert!(ask(&case, "select 1 from matches where level = 'low'").is_empty());
}
