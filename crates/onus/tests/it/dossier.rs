//! From logs to a dossier and its verdict, with the real binary; and what must be refused on the way.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::common::{data, onus, text};
use onus_case::{Rules, SealOptions, seal};
use onus_claim::{BytesSent, Claim, Kind, Moment, RuleMatch, Sequence};
use onus_proof::Digest;
use serde_json::Value;

const RULE: &str = "title: File decoded by certutil\nid: 2c2f8c9a-5a0b-4a36-9a1d-6f5a5c1d2e01\nlogsource:\n  product: windows\n\
    \x20 category: process_creation\ndetection:\n  selection:\n    Image|endswith: '\\certutil.exe'\n    CommandLine|contains: ' -decode '\n\
    \x20 filter:\n    User|startswith: 'NT AUTHORITY'\n  condition: selection and not filter\nlevel: high\n";

/// Ordinary events around the two that matter, enough of them for more than one chunk.
const EVENTS: u64 = 6_000;
const DECODED: u64 = 4_321;
const FLAGS: [&str; 2] = ["-urlcache", "-decode"];
const SECRET_WORD: &str = "Projekt-Nordlicht";

fn process(number: u64) -> String {
    let flag = FLAGS[usize::from(number == DECODED)];
    format!(
        "{{\"@timestamp\":\"2017-03-06T07:{:02}:{:02}.{:03}Z\",\"winlog\":{{\"channel\":\"Microsoft-Windows-Sysmon/Operational\",\
         \"event_id\":1,\"computer_name\":\"HM-FILE01\",\"provider_name\":\"Microsoft-Windows-Sysmon\",\"record_id\":{number},\
         \"event_data\":{{\"Image\":\"C:\\\\Windows\\\\System32\\\\certutil.exe\",\"CommandLine\":\"certutil {flag} a.txt b.exe\",\
         \"User\":\"HALVARD\\\\erik\",\"CurrentDirectory\":\"D:\\\\{SECRET_WORD}\\\\{number}\",\"ParentImage\":\"C:\\\\Windows\\\\explorer.exe\",\
         \"ProcessGuid\":\"{{0000-{number:08}}}\"}}}}}}\n",
        number / 1000,
        number % 1000 / 17,
        number % 1000
    )
}

/// Two sensors saw the first transfer.
const CONNECTIONS: [(u64, u64, u64); 3] =
    [(1_488_790_000, 50_001, 700_000), (1_488_790_001, 50_001, 699_000), (1_488_790_100, 50_002, 400_000)];

fn logs(folder: &Path) -> PathBuf {
    let logs = folder.join("logs");
    fs::create_dir(&logs).unwrap();
    fs::write(logs.join("a.ndjson"), (0..EVENTS).map(process).collect::<String>()).unwrap();
    let mut conn = "#separator \\x09\n#path\tconn\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\torig_bytes\n\
        #types\ttime\tstring\taddr\tport\taddr\tport\tcount\n"
        .to_owned();
    for (time, port, sent) in CONNECTIONS {
        writeln!(conn, "{time}.5\tC{port}\t10.20.1.12\t{port}\t198.51.100.61\t443\t{sent}").unwrap();
    }
    fs::write(logs.join("conn.log"), conn).unwrap();
    logs
}

/// A claim of each kind, in the case that was made of [`logs`].
fn claims() -> Vec<Claim> {
    let rule = RuleMatch {
        rule_id: "2c2f8c9a-5a0b-4a36-9a1d-6f5a5c1d2e01".into(),
        rule_title: "File decoded by certutil".into(),
        rule_digest: Digest::of(RULE.as_bytes()).to_hex(),
        placeholders: None,
    };
    let sent = BytesSent {
        from: "10.20.1.12".into(),
        to: "198.51.100.61".into(),
        at_least: 1_100_000,
        from_time: Moment(1_488_790_000_000_000),
        to_time: Moment(1_488_790_200_000_000),
    };
    let order = Sequence { host: "HM-FILE01".into(), first: 17, then: DECODED };
    vec![
        Claim::new("T0001", Kind::RuleMatch(rule), vec![DECODED], "the file itself"),
        Claim::new("T0002", Kind::BytesSent(sent), vec![EVENTS, EVENTS + 1, EVENTS + 2], ""),
        Claim::new("T0003", Kind::Sequence(order), vec![17, DECODED], ""),
    ]
}

/// Logs and a case over them, with claims.
fn case(folder: &Path) -> (PathBuf, PathBuf) {
    let logs = logs(folder);
    let rule = folder.join("rule.yml");
    fs::write(&rule, RULE).unwrap();
    let case = folder.join("case");
    expect(&onus(&["investigate", text(&logs), "--rules", text(&rule), "--out", text(&case), "-q"]), 0);
    for name in ["claims", "rules"] {
        fs::create_dir_all(case.join(name)).unwrap();
    }
    let digest = Digest::of(RULE.as_bytes()).to_hex();
    fs::write(case.join(format!("rules/{digest}.yml")), RULE).unwrap();
    for claim in claims() {
        fs::write(case.join(format!("claims/{}.toml", claim.id)), claim.to_toml().unwrap()).unwrap();
    }
    (logs, case)
}

/// The exit code is `code`, and what was said on stderr.
fn expect(output: &Output, code: i32) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{said}{}", String::from_utf8_lossy(&output.stdout));
    said
}

/// Refused with `code` in one line that holds `word`.
fn refused(arguments: &[&str], code: i32, word: &str) {
    let said = expect(&onus(arguments), code);
    assert!(said.contains(word) && said.lines().count() == 1, "{arguments:?}: {said}");
}

const ALL: &str = "T0001,T0002,T0003";

#[test]
fn a_stranger_can_check_the_dossier() {
    let folder = tempfile::tempdir().unwrap();
    let (_, case) = case(folder.path());
    let dossier = folder.path().join("dossier.json");
    let disclose = ["disclose", text(&case), "--claims", ALL, "-o", text(&dossier)];
    refused(&disclose, 2, "not sealed");
    expect(&onus(&["seal", text(&case), "--name", "halvard.example", "-q"]), 0);
    refused(&["seal", text(&case)], 2, "sealed already");
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(case.join("secret")).unwrap().permissions())
            & 0o777,
        0o600
    );
    expect(&onus(&disclose), 0);
    refused(&disclose, 2, "exists already");

    let run = onus(&["verify", text(&dossier), "--format", "json"]);
    expect(&run, 0);
    let verdict: Value = serde_json::from_slice(&run.stdout).unwrap();
    let rungs: BTreeMap<&str, u64> = verdict["claims"]
        .as_array()
        .unwrap()
        .iter()
        .map(|claim| (claim["id"].as_str().unwrap(), claim["rung"].as_u64().unwrap()))
        .collect();
    assert_eq!(rungs, BTreeMap::from([("T0001", 2), ("T0002", 2), ("T0003", 2)]), "{verdict:#}");
    assert_eq!(verdict["checkpoint"]["size"], EVENTS + 3);
    assert_eq!(verdict["checkpoint"]["origin"], "halvard.example");
    assert_eq!(verdict["limits"].as_array().unwrap().len(), 5);
    let key = verdict["vkey"].as_str().unwrap();
    assert!(key.starts_with("halvard.example+"));

    // Records that nobody cites, and fields that no claim needs, are not in the file.
    let file = fs::read_to_string(&dossier).unwrap();
    assert_eq!(verdict["records"], 5);
    for hidden in [SECRET_WORD, "explorer.exe", "ProcessGuid", "C50001", "-urlcache", "a.ndjson"] {
        assert!(!file.contains(hidden), "{hidden}");
    }
    assert!(file.contains("certutil -decode"));
    let secret = fs::read_to_string(case.join("secret")).unwrap();
    assert!(secret.lines().skip(1).all(|line| !file.contains(line)));

    let shown = onus(&["verify", text(&dossier)]);
    expect(&shown, 0);
    let shown = String::from_utf8(shown.stdout).unwrap();
    for word in
        ["T0002    2 recomputed", "At least 1.1 MB (1,100,000 bytes)", key, "keyboard", "3 recomputed"]
    {
        assert!(shown.contains(word), "{word}: {shown}");
    }
    expect(&onus(&["verify", text(&dossier), "--key", key]), 0);
    // Another case's key is well formed, and not the one that signed.
    let other = onus_proof::Signer::from_seed("halvard.example", &[1; 32]).unwrap().verifier().to_vkey();
    refused(&["verify", text(&dossier), "--key", &other], 1, "not among the trusted keys");
}

#[test]
fn a_changed_dossier_is_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let (_, case) = case(folder.path());
    let dossier = folder.path().join("dossier.json");
    expect(&onus(&["seal", text(&case), "-q"]), 0);
    expect(&onus(&["disclose", text(&case), "--claims", ALL, "-o", text(&dossier), "-q"]), 0);
    let good = fs::read(&dossier).unwrap();
    let bad = folder.path().join("bad.json");
    for at in (0..good.len()).step_by(good.len() / 60 + 1) {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        fs::write(&bad, &bytes).unwrap();
        refused(&["verify", text(&bad)], 1, "is rejected");
    }
    let good = String::from_utf8(good).unwrap();
    for (from, to) in
        [("At least 1.1 MB", "At least 9.9 MB"), ("\"at_least\":1100000", "\"at_least\":1100001")]
    {
        let edited = good.replace(from, to);
        assert_ne!(edited, good);
        fs::write(&bad, edited).unwrap();
        refused(&["verify", text(&bad)], 1, "changed after it was signed");
    }
    fs::write(&bad, "{}").unwrap();
    refused(&["verify", text(&bad)], 1, "not an Onus dossier");
    fs::write(&bad, "").unwrap();
    refused(&["verify", text(&bad)], 1, "not an Onus dossier");
    refused(&["verify", text(&folder.path().join("absent"))], 2, "absent");
}

#[test]
fn a_claim_that_does_not_hold_is_not_disclosed() {
    let folder = tempfile::tempdir().unwrap();
    let (_, case) = case(folder.path());
    expect(&onus(&["seal", text(&case), "-q"]), 0);
    let dossier = folder.path().join("dossier.json");
    let disclose = |claims: &str, word: &str| {
        refused(&["disclose", text(&case), "--claims", claims, "-o", text(&dossier)], 2, word);
        assert!(!dossier.exists());
    };
    let edit = |id: &str, from: &str, to: &str| {
        let path = case.join(format!("claims/{id}.toml"));
        let before = fs::read_to_string(&path).unwrap();
        assert!(before.contains(from), "{before}");
        fs::write(&path, before.replace(from, to)).unwrap();
    };
    disclose("T0001,T0009", "there is no claim \"T0009\"");
    edit("T0002", "at_least = 1100000", "at_least = 1100001");
    disclose("T0002", "the records show 1100000 bytes, not 1100001");
    edit("T0003", "first = 17", "first = 18");
    disclose("T0003", "record 18 is not cited");
    edit("T0003", "first = 18", "first = 17\nonly = true");
    disclose("T0003", "unknown field `only`");
    edit("T0003", "\nonly = true", "");
    edit("T0001", "4321", "4322");
    disclose("T0001", "the rule does not match record 4322");
    edit("T0001", "4322", "9000");
    disclose("T0001", "the case ends with record 6002");
    let rule = case.join(format!("rules/{}.yml", Digest::of(RULE.as_bytes()).to_hex()));
    fs::write(&rule, RULE.replace("certutil", "calc")).unwrap();
    edit("T0001", "9000", "4321");
    disclose("T0001", "was changed");
    // A person's own words are theirs; the verifier shows its own beside them.
    edit("T0003", "On HM-FILE01, the event", "It is certain that the event");
    expect(&onus(&["disclose", text(&case), "--claims", "T0003", "-o", text(&dossier), "-q"]), 0);
    let run = onus(&["verify", text(&dossier)]);
    expect(&run, 0);
    let shown = String::from_utf8(run.stdout).unwrap();
    assert!(shown.contains("recomputed  On HM-FILE01, the event"), "{shown}");
    assert!(shown.contains("not checked: It is certain"), "{shown}");
}

#[test]
fn changed_or_lost_logs_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let (logs, case) = case(folder.path());
    let (log, kept) = (logs.join("a.ndjson"), folder.path().join("kept"));
    let original = fs::read_to_string(&log).unwrap();
    let seal = ["seal", text(&case), "-q"];
    for changed in [
        format!("{original}{}", process(EVENTS)),
        original.replacen("erik", "erka", 1),
        original.replacen("erik", "er", 1),
        original[..original.len() / 2].to_owned(),
        String::new(),
    ] {
        fs::write(&log, changed).unwrap();
        refused(&seal, 2, "a.ndjson: the file has changed");
        assert!(
            !case.join("tree").exists()
                && !case.join("tree.partial").exists()
                && !case.join("secret").exists()
        );
    }
    fs::rename(&log, &kept).unwrap();
    refused(&seal, 2, "cannot be opened");
    fs::write(&log, &original).unwrap();
    expect(&onus(&seal), 0);
    fs::write(&log, original.replacen("-decode", "-encode", 1)).unwrap();
    let dossier = folder.path().join("dossier.json");
    refused(&["disclose", text(&case), "--claims", "T0001", "-o", text(&dossier)], 2, "the file has changed");
    // The other log is as it was.
    expect(&onus(&["disclose", text(&case), "--claims", "T0002", "-o", text(&dossier), "-q"]), 0);
}

/// A second case over the same logs, sealed with the first one's secret, has the first one's root; relative
/// paths start where the user says.
#[test]
fn the_same_seal_with_one_thread_or_many_and_from_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    logs(folder.path());
    let mut roots = Vec::new();
    for (number, threads) in [1, 2, 7].into_iter().enumerate() {
        let name = format!("case-{number}");
        let made = Command::new(env!("CARGO_BIN_EXE_onus"))
            .args(["investigate", "logs", "--out", &name, "-q"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        expect(&made, 0);
        let case = folder.path().join(&name);
        if number > 0 {
            fs::copy(folder.path().join("case-0/secret"), case.join("secret")).unwrap();
        } else {
            refused(&["seal", text(&case)], 2, "--from");
        }
        let options = SealOptions { from: folder.path().to_owned(), threads, ..SealOptions::default() };
        roots.push(seal(&case, &options, None).unwrap());
    }
    assert!(roots.iter().all(|sealed| *sealed == roots[0]), "{roots:#?}");
    assert_eq!(roots[0].records, EVENTS + 3);
}

/// What the columnar engine matches in real logs, a verifier finds again in single records, from the few fields
/// that are shown of them.
#[test]
fn every_match_in_real_logs_recomputes_from_its_fewest_fields() {
    let Some(samples) = data("every_match", "evtx-attack-samples") else { return };
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    expect(&onus(&["investigate", text(&samples), "--out", text(&case), "-q"]), 0);
    for name in ["claims", "rules"] {
        let _ = fs::remove_dir_all(case.join(name));
        fs::create_dir(case.join(name)).unwrap();
    }
    let asked = onus(&["query", text(&case), "select rule_id, record from matches", "--format", "ndjson"]);
    let mut matches: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for line in String::from_utf8(asked.stdout).unwrap().lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let records = matches.entry(row["rule_id"].as_str().unwrap().to_owned()).or_default();
        records.push(row["record"].as_u64().unwrap());
    }
    let rules = Rules::built_in().set;
    let mut made = 0;
    for (id, meta) in rules.iter() {
        let Some(records) = matches.remove(&meta.id) else { continue };
        // A correlation speaks of several records: see `claims.rs`.
        if rules.correlation(id).is_some() {
            continue;
        }
        fs::write(case.join(format!("rules/{}.yml", meta.digest)), &*meta.text).unwrap();
        let rule = RuleMatch {
            rule_id: meta.id.clone(),
            rule_title: meta.title.clone(),
            rule_digest: meta.digest.clone(),
            placeholders: None,
        };
        made += 1;
        let claim = Claim::new(format!("M{made:04}"), Kind::RuleMatch(rule), records, "");
        fs::write(case.join(format!("claims/{}.toml", claim.id)), claim.to_toml().unwrap()).unwrap();
    }
    assert!(matches.is_empty() && made > 20, "{made} rules matched; unknown: {matches:?}");
    expect(&onus(&["seal", text(&case), "-q"]), 0);
    let dossier = folder.path().join("dossier.json");
    let disclosed = onus(&["disclose", text(&case), "--claims", "all", "-o", text(&dossier)]);
    let said = expect(&disclosed, 0);
    assert!(said.contains(&format!("{made} claims, {made} of them recomputed")), "{said}");
}
