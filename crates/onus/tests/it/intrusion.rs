//! An analyst's decisions about intrusions hold, and later runs keep them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{onus, text};
use serde_json::Value;

fn intrusions(case: &Path) -> Vec<Value> {
    let text = fs::read_to_string(case.join("intrusions.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn findings(intrusion: &Value) -> Vec<String> {
    intrusion["findings"].as_array().unwrap().iter().map(|f| f.as_str().unwrap().to_owned()).collect()
}

fn decide(case: &Path, words: &[&str]) {
    let all: Vec<&str> = ["intrusion", text(case)].into_iter().chain(words.iter().copied()).collect();
    let run = onus(&all);
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
}

/// A case of the demo.
fn demo(folder: &Path) -> PathBuf {
    let (logs, case) = (folder.join("logs"), folder.join("case"));
    assert_eq!(onus(&["demo", "--only-evidence", text(&logs), "--events", "60000"]).status.code(), Some(0));
    assert_eq!(onus(&["investigate", text(&logs), "--out", text(&case)]).status.code(), Some(0));
    case
}

#[test]
fn decisions_hold_and_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let case = demo(folder.path());
    let told = fs::read(case.join("intrusions.json")).unwrap();
    let all = findings(&intrusions(&case)[0]);
    assert_eq!(intrusions(&case).len(), 2);
    // Each host in the order of the campaign, and reached in a manner that records show.
    let hosts: Vec<Value> = intrusions(&case)[0]["hosts"].as_array().unwrap().clone();
    let named: Vec<&str> =
        hosts.iter().map(|h| h["name"].as_str().unwrap().split('.').next().unwrap()).collect();
    assert_eq!(named, ["MSP-JUMP01", "HM-FILE01", "HM-DC01", "HM-WS05", "HM-WS02"]);
    assert!(hosts.iter().all(|h| h["sure"] == true && h["manner"] != "first finding here"), "{hosts:?}");
    assert!(hosts[0]["manner"].as_str().unwrap().contains("203.0.113.77"));

    let apart: Vec<&str> = all.iter().take(6).map(String::as_str).collect();
    decide(&case, &[&["split", "I1"], apart.as_slice()].concat());
    assert!(!findings(&intrusions(&case)[0]).iter().any(|f| apart.contains(&f.as_str())));
    // What hung on these alone is no longer part of it.
    let rest = findings(&intrusions(&case)[0]);
    assert!(
        rest.len() <= all.len() - apart.len() && rest.len() * 2 > all.len(),
        "{} of {}",
        rest.len(),
        all.len()
    );
    decide(&case, &["note", "I1", "seen by the team"]);
    assert_eq!(onus(&["hunt", text(&case), "--own"]).status.code(), Some(0));
    assert_eq!(intrusions(&case)[0]["notes"][0], "seen by the team");
    assert_eq!(findings(&intrusions(&case)[0]), rest);
    decide(&case, &["drop", "I1"]);
    let left = intrusions(&case);
    assert!(!left.iter().any(|i| findings(i).iter().any(|f| rest.contains(f))), "{left:?}");
    decide(&case, &["restore"]);
    assert!(fs::read(case.join("intrusions.json")).unwrap() == told, "what is restored is told otherwise");
    assert_eq!(onus(&["intrusion", text(&case), "drop", "I9"]).status.code(), Some(3));
    assert_eq!(onus(&["intrusion", text(&case), "show", "I1"]).status.code(), Some(0));
}

/// Threads finish in another order each time; what is told, and what a question answers, is the same.
#[test]
fn the_story_is_the_same_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let case = demo(folder.path());
    let files = ["intrusions.json", "report.html"].map(|name| case.join(name));
    let told = files.each_ref().map(|file| fs::read(file).unwrap());
    for _ in 0..5 {
        assert_eq!(onus(&["hunt", text(&case), "--own"]).status.code(), Some(0));
        for (file, told) in files.iter().zip(&told) {
            assert!(fs::read(file).unwrap() == *told, "{} is told otherwise", file.display());
        }
    }
    let answers: std::collections::BTreeSet<Vec<u8>> = (0..30)
        .map(|_| onus(&["query", text(&case), "select min(timestamp), max(timestamp) from events"]).stdout)
        .collect();
    assert_eq!(answers.len(), 1, "{answers:?}");
}
