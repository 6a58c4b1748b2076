//! Rules against what their own authors say they find.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{data, onus, text};
use onus_case::{Rules, run_tests};
use serde_json::Value;

/// Every case of the public regression set fires the rule that it names, in the file that it comes with.
#[test]
fn regression_cases_of_the_rules_authors() {
    let Some(cases) = data("regression", "sigma-regression") else { return };
    let Some(rules) = data("regression", "sigmahq") else { return };
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    let run = onus(&["investigate", text(&cases), "--rules", text(&rules), "--out", text(&case), "-q"]);
    assert_eq!(run.status.code(), Some(4), "{}", String::from_utf8_lossy(&run.stderr));
    let asked =
        onus(&["query", text(&case), "select distinct path, rule_id from matches", "--format", "ndjson"]);
    let fired: BTreeSet<(PathBuf, String)> = String::from_utf8(asked.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|row| {
            (PathBuf::from(row["path"].as_str().unwrap()), row["rule_id"].as_str().unwrap().to_owned())
        })
        .filter(|(path, _)| path.extension().is_some_and(|e| e == "evtx" || e == "raw"))
        .map(|(path, rule)| (path.parent().unwrap().to_owned(), rule))
        .collect();
    let mut missing = Vec::new();
    let mut total = 0;
    each(&cases, "info.yml", &mut |info| {
        total += 1;
        let words = fs::read_to_string(info).unwrap();
        let rule = words.split("rule_metadata:").nth(1).and_then(|rest| rest.split("id:").nth(1)).unwrap();
        let rule = rule.split_whitespace().next().unwrap().to_owned();
        if !fired.contains(&(info.parent().unwrap().to_owned(), rule.clone())) {
            missing.push(format!("{} {rule}", info.display()));
        }
    });
    eprintln!("{} of {total} regression cases fire", total - missing.len());
    assert!(total >= 98 && missing.is_empty(), "{missing:#?}");
}

/// Each built-in rule matches its matching events and no near miss, correlations among them.
#[test]
fn built_in_rules_keep_their_promises() {
    let built_in = Rules::built_in();
    assert!(built_in.problems.is_empty(), "{:?}", built_in.problems);
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
    let paths = [base];
    let rules = Rules::load(&paths).unwrap();
    assert_eq!(rules.set.len(), built_in.set.len());
    let tests = run_tests(&rules, &paths).unwrap();
    assert!(tests.failures.is_empty(), "{:#?}", tests.failures);
    assert_eq!((tests.tested, tests.untested), (rules.set.len(), 0));
    let correlations = rules.set.iter().filter(|(rule, _)| rules.set.correlation(*rule).is_some()).count();
    assert!(tests.tested - correlations >= 150 && correlations >= 15, "{correlations} of {}", tests.tested);
}

fn each(folder: &Path, name: &str, take: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            each(&path, name, take);
        } else if path.file_name().is_some_and(|n| n == name) {
            take(&path);
        }
    }
}

/// Rules of a user's own: a correlation over events of two files, a filter, and placeholders from a file. The same
/// answer again from the stored case, and one clear line where something is missing.
#[test]
fn correlations_filters_and_placeholders_of_the_users_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let logon = |second: u32, event: u32, user: &str| {
        format!(
            "{{\"EventID\":{event},\"Channel\":\"Security\",\"Provider_Name\":\"Microsoft-Windows-Security-Auditing\",\
             \"Computer\":\"srv1\",\"TimeCreated\":\"2026-01-01T10:00:{second:02}Z\",\"TargetUserName\":\"{user}\",\
             \"IpAddress\":\"192.0.2.9\"}}\n"
        )
    };
    // The later events stand in the file that is read first.
    fs::create_dir(path("logs")).unwrap();
    fs::write(path("logs/a.json"), logon(30, 4624, "adm_x") + &logon(50, 4624, "someone")).unwrap();
    let early: String = (0..3).map(|n| logon(n, 4625, "adm_x") + &logon(n, 4625, "backup")).collect();
    fs::write(path("logs/b.json"), early + &logon(9, 4624, "backup")).unwrap();
    let source = "logsource: {product: windows, service: security}";
    let rules = format!(
        "title: failed\nname: failed\nid: a\n{source}\ndetection:\n  s: {{EventID: 4625}}\n  condition: s\n---\n\
         title: logon of an administrator\nid: b\nname: logon\nlevel: low\n{source}\n\
         detection:\n  s: {{EventID: 4624, 'TargetUserName|expand': '%admins%'}}\n  condition: s\n---\n\
         title: guessed\nid: c\nlevel: high\ncorrelation:\n  type: temporal_ordered\n  rules: [many, logon]\n  \
         group-by: [TargetUserName, IpAddress]\n  timespan: 1m\n---\n\
         title: many\nname: many\nid: d\ncorrelation:\n  type: event_count\n  rules: [failed]\n  \
         group-by: [TargetUserName, IpAddress]\n  timespan: 1m\n  condition: {{gte: 3}}\n---\n\
         title: not the backup\nid: e\n{source}\nfilter:\n  rules: [failed]\n  s: {{TargetUserName: backup}}\n  \
         condition: not s\n"
    );
    fs::write(path("rules.yml"), rules).unwrap();
    fs::write(path("known.toml"), "admins = [\"adm_*\", \"backup\"]\n").unwrap();
    let (logs, case) = (path("logs"), path("case"));
    let (rules, known) = (path("rules.yml"), path("known.toml"));
    let common = ["--rules", text(&rules), "--placeholders", text(&known), "-q"];
    let run = onus(&[&["investigate", text(&logs), "--out", text(&case)], common.as_slice()].concat());
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    let asked = |question: &str| {
        let run = onus(&["query", text(&case), question, "--format", "ndjson"]);
        assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
        String::from_utf8(run.stdout).unwrap()
    };
    let question = "select rule_id, record, timestamp, why from matches";
    let matches = asked(question);
    // Neither the rules that serve the correlation alone, nor the backup's logon after failures that are filtered.
    let rows: Vec<Value> = matches.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 1, "{matches}");
    assert_eq!((&rows[0]["rule_id"], rows[0]["record"].to_string().trim_matches('"')), (&"c".into(), "0"));
    let why: Value = serde_json::from_str(rows[0]["why"].as_str().unwrap()).unwrap();
    assert_eq!(why["group"]["TargetUserName"], "adm_x");
    assert_eq!(why["records"], serde_json::json!([6, 0]));
    let findings = asked("select kind, records, first, last from findings");
    assert!(findings.contains("correlation") && findings.contains("6,0"), "{findings}");

    let again = onus(&[&["hunt", text(&case)], common.as_slice()].concat());
    assert_eq!(again.status.code(), Some(0), "{}", String::from_utf8_lossy(&again.stderr));
    assert_eq!(
        (asked(question), asked("select kind, records, first, last from findings")),
        (matches, findings)
    );

    let without =
        onus(&["investigate", text(&logs), "--out", text(&path("other")), "--rules", text(&rules), "-q"]);
    assert_eq!(without.status.code(), Some(0));
    let listed = onus(&["rules", "lint", "--rules", text(&rules)]);
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(
        listed.contains("rules.yml:15") && listed.contains("placeholder %admins% has no values"),
        "{listed}"
    );
    fs::write(&known, "admins = 3\n").unwrap();
    let bad =
        onus(&[&["investigate", text(&logs), "--out", text(&path("third"))], common.as_slice()].concat());
    assert_eq!(bad.status.code(), Some(3));
    let said = String::from_utf8_lossy(&bad.stderr).into_owned();
    assert!(said.lines().count() == 1 && said.contains("known.toml"), "{said}");
}

/// Recorded logs of the cloud, in which the key of a federation service was stolen and mail read with it: each of its steps is found.
#[test]
fn a_forged_sign_in_and_what_followed() {
    let Some(logs) = data("golden SAML", "m365/golden-saml") else { return };
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    let run = onus(&["investigate", text(&logs), "--out", text(&case), "-q"]);
    assert!(matches!(run.status.code(), Some(0 | 4)), "{}", String::from_utf8_lossy(&run.stderr));
    let question = "select r.file, m.shape from matches m join rules r on m.rule_id = r.rule_id";
    let asked = onus(&["query", text(&case), question, "--format", "ndjson"]);
    let found = String::from_utf8(asked.stdout).unwrap();
    for (rule, table) in [
        ("entra_key_added_to_application", "entra_audit"),
        ("entra_application_may_read_mail", "entra_audit"),
        ("m365_mail_read_through_interface", "m365_audit"),
    ] {
        let is_found = |line: &str| line.contains(rule) && line.contains(table);
        assert!(found.lines().any(is_found), "{rule}: {found}");
    }
}
