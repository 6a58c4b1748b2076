//! Runs the real binary and looks at what it wrote.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{data, onus, text};

const EVENT: &str = r#"{"@timestamp":"2017-03-06T07:00:00Z","winlog":{"channel":"Security","event_id":4624,"computer_name":"HM-DC01","event_data":{"TargetUserName":"erik","LogonType":"10","IpAddress":"203.0.113.77"}}}"#;

#[test]
fn a_case_answers_and_a_bad_line_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log.ndjson");
    fs::write(&log, format!("{EVENT}\n{{broken\n{EVENT}\n")).unwrap();
    let case = folder.path().join("case");
    let made = onus(&["investigate", text(&log), "--out", text(&case)]);
    assert_eq!(made.status.code(), Some(4), "{}", String::from_utf8_lossy(&made.stderr));
    assert!(made.stdout.is_empty());
    let asked = onus(&[
        "query",
        text(&case),
        "select record, host_name, user_name, source_ip, event_action from events order by record",
        "--format",
        "csv",
    ]);
    assert_eq!(
        String::from_utf8_lossy(&asked.stdout),
        "record,host_name,user_name,source_ip,event_action\n\
         0,HM-DC01,erik,203.0.113.77,logon\n1,HM-DC01,erik,203.0.113.77,logon\n"
    );
    let faults = onus(&["query", text(&case), "select \"offset\" from faults", "--format", "csv"]);
    assert_eq!(String::from_utf8_lossy(&faults.stdout), format!("offset\n{}\n", EVENT.len() + 1));
    let again = onus(&["investigate", text(&log), "--out", text(&case)]);
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&again.stderr).contains("exists already"));
}

#[test]
fn bad_input_gets_one_clear_line() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("case");
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let prose = folder.path().join("prose.log");
    fs::write(&prose, "Lorem ipsum dolor sit amet\n").unwrap();
    for (path, word) in [
        (folder.path().join("absent"), "no such file"),
        (empty.clone(), "holds no file"),
        (prose, "no log in"),
    ] {
        let run = onus(&["investigate", text(&path), "--out", text(&out)]);
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        assert_eq!(run.status.code(), Some(2), "{said}");
        assert!(said.contains(word) && said.lines().count() == 1, "{said}");
        assert!(!out.exists(), "{said}");
    }
    let log = folder.path().join("log.ndjson");
    fs::write(&log, EVENT).unwrap();
    let run = onus(&["investigate", text(&log), "--rules", text(&empty), "--out", text(&out)]);
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert_eq!(run.status.code(), Some(3), "{said}");
    assert!(said.contains("no usable Sigma rule") && said.lines().count() == 1, "{said}");
    let run = onus(&["verify", text(&log)]);
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert_eq!(run.status.code(), Some(1), "{said}");
    assert!(said.contains("is rejected") && said.lines().count() == 1, "{said}");
    let run = onus(&["query", text(&empty), "select 1"]);
    assert!(String::from_utf8_lossy(&run.stderr).contains("no case folder"));
}

fn files(folder: &Path, base: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, base, found);
        } else {
            found.push((path.strip_prefix(base).unwrap().to_owned(), fs::read(&path).unwrap()));
        }
    }
    found.sort();
}

#[test]
fn one_thread_or_many_the_same_bytes() {
    let Some(samples) = data("same_bytes", "evtx-attack-samples") else { return };
    let Some(archives) = data("same_bytes", "windows-json/discovery") else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut cases = Vec::new();
    for threads in ["1", "5", "5"] {
        let case = folder.path().join(format!("case-{}", cases.len()));
        let run = onus(&[
            "investigate",
            text(&samples),
            text(&archives),
            "--threads",
            threads,
            "--out",
            text(&case),
            "-q",
        ]);
        assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
        let mut found = Vec::new();
        files(&case, &case, &mut found);
        cases.push(found);
    }
    assert!(cases[0].len() > 100);
    assert!(cases[0] == cases[1] && cases[1] == cases[2]);
}

/// Zeek logs alone, with all public rules: hosts are known by their addresses only.
#[test]
fn network_logs_alone_make_a_case() {
    let Some(logs) = data("network_logs_alone", "zeek") else { return };
    let Some(rules) = data("network_logs_alone", "sigmahq") else { return };
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    let run = onus(&["investigate", text(&logs), "--rules", text(&rules), "--out", text(&case)]);
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert_eq!(run.status.code(), Some(4), "{said}");
    let asked = onus(&[
        "query",
        text(&case),
        "select addresses from findings where rule_id = 'beacon'",
        "--format",
        "csv",
    ]);
    assert!(
        String::from_utf8_lossy(&asked.stdout).contains("64.225.56.201"),
        "the beacon of the set's README"
    );
}
