//! For each kind: the claim that records show holds, and no other does; what is hidden is asked for by name.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use onus_claim::{
    CitedRecord, Claim, Correlation, FirstSeen, Kind, Moment, Order, Outcome, Property, Quantifier,
    RuleMatch, Rules, SameTool, Whole, movement, needed_fields, observe, placeholders_text, recompute,
};
use onus_proof::{Digest, FieldValue};
use serde_json::{Value, json};

type Record = Vec<(String, FieldValue)>;

/// A record of an object; numbers are integers or floats, as they are written.
fn record(fields: Value) -> Record {
    let Value::Object(fields) = fields else { panic!("an object") };
    let value = |value: Value| match value {
        Value::String(text) => FieldValue::Text(text),
        Value::Bool(truth) => FieldValue::Bool(truth),
        Value::Number(n) if n.is_i64() => FieldValue::Int(n.as_i64().unwrap()),
        Value::Number(n) => FieldValue::Float(n.as_f64().unwrap()),
        other => panic!("{other}"),
    };
    fields.into_iter().map(|(name, v)| (name, value(v))).collect()
}

fn windows(channel: &str, event: i64, host: &str, second: u32, fields: Value) -> Record {
    let mut all = record(json!({
        "Channel": channel,
        "EventID": event,
        "TimeCreated": format!("2017-03-06T07:00:{second:02}Z"),
        "Computer": host,
    }));
    all.extend(record(fields));
    all
}

const SYSMON: &str = "Microsoft-Windows-Sysmon/Operational";
const HASHES: &str = "SHA1=00AA,MD5=11BB,SHA256=22CC,IMPHASH=33DD";

/// (kind, record that shows it): one of each kind of event or so.
fn shown() -> Vec<(&'static str, Record)> {
    let sysmon = |event, fields| windows(SYSMON, event, "WS-07.halvard.example", 10, fields);
    let security = |event, fields| windows("Security", event, "WS-07.halvard.example", 10, fields);
    let task = "<Task><Actions><Exec><Command>C:\\Temp\\a.exe</Command><Arguments>-k x</Arguments></Exec></Actions></Task>";
    vec![
        (
            "process",
            sysmon(
                1,
                json!({"Image": "C:\\Temp\\a.exe", "CommandLine": "a.exe -K", "ParentImage": "C:\\Windows\\explorer.exe",
                "User": "HALVARD\\erik", "Hashes": HASHES, "CurrentDirectory": "D:\\Projekt"}),
            ),
        ),
        (
            "process",
            security(
                4688,
                json!({"NewProcessName": "C:\\Temp\\a.exe", "CommandLine": "a.exe -K", "ParentProcessName": "C:\\b.exe",
                "SubjectUserName": "erik", "SubjectDomainName": "HALVARD"}),
            ),
        ),
        (
            "process",
            record(
                json!({"_path": "linux_auditd", "type": "SYSCALL", "time": "2017-03-06T07:00:10.5Z", "node": "web01",
                "exe": "/usr/bin/curl", "pid": 412, "ppid": 400, "ses": 7}),
            ),
        ),
        (
            "logon",
            record(
                json!({"_path": "linux_syslog", "time": "2017-03-06T07:00:10", "host": "web01", "program": "sshd",
                "event": "logon", "user": "eve", "rhost": "10.0.0.5", "session": 412}),
            ),
        ),
        (
            "logon",
            record(
                json!({"_path": "linux_syslog", "time": "2017-03-06T07:00:10", "host": "web01", "program": "sshd",
                "event": "logon_failed", "user": "eve", "rhost": "10.0.0.5"}),
            ),
        ),
        (
            "logon",
            security(
                4624,
                json!({"TargetUserName": "erik", "TargetDomainName": "HALVARD", "IpAddress": "10.0.0.5", "LogonType": 10,
                "TargetLogonId": "0x55"}),
            ),
        ),
        (
            "logon",
            security(
                4625,
                json!({"TargetUserName": "erik", "TargetDomainName": "HALVARD", "IpAddress": "10.0.0.5", "LogonType": "3"}),
            ),
        ),
        (
            "logon",
            windows(
                "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
                21,
                "WS-07",
                10,
                json!({"User": "HALVARD\\erik", "Address": "10.0.0.5"}),
            ),
        ),
        (
            "persistence",
            windows(
                "System",
                7045,
                "WS-07",
                10,
                json!({"ServiceName": "updsvc", "ImagePath": "C:\\Temp\\a.exe", "AccountName": "LocalSystem"}),
            ),
        ),
        (
            "persistence",
            security(
                4698,
                json!({"TaskName": "\\upd", "TaskContent": task, "SubjectUserName": "erik", "SubjectDomainName": "HALVARD"}),
            ),
        ),
        (
            "persistence",
            sysmon(
                13,
                json!({"TargetObject": "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run\\upd", "Details": "C:\\Temp\\a.exe",
                "User": "HALVARD\\erik"}),
            ),
        ),
        ("persistence", sysmon(21, json!({"Consumer": "c", "Filter": "f", "User": "HALVARD\\erik"}))),
        (
            "credential_access",
            sysmon(
                10,
                json!({"TargetImage": "C:\\Windows\\System32\\lsass.exe", "SourceImage": "C:\\Temp\\a.exe", "GrantedAccess": "0x1fffff",
                "SourceUser": "HALVARD\\erik"}),
            ),
        ),
        (
            "credential_access",
            security(
                4662,
                json!({"Properties": "%%7688 {1131F6AD-9c07-11d1-f79f-00c04fc2dcd2}", "SubjectUserName": "erik", "SubjectDomainName": "HALVARD"}),
            ),
        ),
        (
            "connection",
            sysmon(
                3,
                json!({"Image": "C:\\Temp\\a.exe", "User": "HALVARD\\erik", "Initiated": "true", "SourceIp": "10.0.0.5", "SourcePort": 50001,
                "DestinationIp": "198.51.100.61", "DestinationPort": 443, "DestinationHostname": "cdn.example"}),
            ),
        ),
        (
            "connection",
            record(
                json!({"_path": "conn", "ts": 1_488_783_600.5, "uid": "C1", "id.orig_h": "10.0.0.5", "id.orig_p": 50001,
                "id.resp_h": "198.51.100.61", "id.resp_p": 443, "orig_bytes": 900}),
            ),
        ),
        (
            "file",
            sysmon(
                11,
                json!({"TargetFilename": "C:\\Temp\\a.exe", "Image": "C:\\b.exe", "User": "HALVARD\\erik"}),
            ),
        ),
        (
            "file",
            sysmon(23, json!({"TargetFilename": "C:\\Temp\\a.exe", "Image": "C:\\b.exe", "Hashes": HASHES})),
        ),
        (
            "file",
            security(
                5145,
                json!({"ShareName": "\\\\*\\C$", "RelativeTargetName": "Temp\\a.exe", "IpAddress": "10.0.0.5",
                "SubjectUserName": "erik", "SubjectDomainName": "HALVARD"}),
            ),
        ),
    ]
}

const TAGGED: &str = "title: Tagged\nid: t1\nlogsource:\n  product: windows\ndetection:\n  s:\n    User|endswith|expand: '\\%people%'\n  condition: s\n";
const BASE: &str = "title: Start\nid: b1\nname: start\nlogsource:\n  product: windows\n  category: process_creation\n\
    detection:\n  s:\n    Image|endswith: '.exe'\n  condition: s\n";

fn correlation(condition: &str) -> String {
    format!(
        "title: Many\nid: k1\ncorrelation:\n  type: event_count\n  rules:\n    - start\n  group-by:\n    - User\n    - host_name\n  timespan: 1m\n  condition:\n    {condition}\n"
    )
}

fn start(second: u32, host: &str, user: &str) -> Record {
    windows(
        SYSMON,
        1,
        host,
        second,
        json!({"Image": "C:\\Temp\\a.exe", "User": user, "Hashes": HASHES, "CommandLine": "a"}),
    )
}

fn digest(text: &str) -> String {
    Digest::of(text.as_bytes()).to_hex()
}

struct Case {
    kind: Kind,
    records: Vec<Record>,
    texts: Vec<String>,
}

fn moment(second: u32) -> Moment {
    Moment::parse(&format!("2017-03-06T07:00:{second:02}Z")).unwrap()
}

/// One claim of every kind that several records or texts carry, and all of [`shown`].
fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    for (kind, record) in shown() {
        let made = observe(kind, &CitedRecord::whole(0, &record));
        let kind = made.unwrap_or_else(|| panic!("no {kind} in {record:?}"));
        all.push(Case { kind, records: vec![record], texts: Vec::new() });
    }
    let two = || vec![start(10, "WS-07", "HALVARD\\erik"), start(40, "FILE01", "HALVARD\\erik")];
    let plain = |kind, records| Case { kind, records, texts: Vec::new() };
    let order = Order { records: vec![0, 1], hosts: vec!["WS-07".into(), "FILE01".into()], apart: 30 };
    all.push(plain(Kind::Order(order), two()));
    for (property, value) in [
        (Property::Hash, "sha256:22cc"),
        (Property::FileName, "a.exe"),
        (Property::Executable, "C:\\Temp\\a.exe"),
        (Property::CommandLine, "a"),
    ] {
        let hosts = vec!["WS-07".to_owned(), "FILE01".to_owned()];
        all.push(plain(Kind::SameTool(SameTool { property, value: value.to_owned(), hosts }), two()));
        let first = FirstSeen {
            property,
            value: value.to_owned(),
            record: 0,
            time: moment(10),
            host: Some("WS-07".into()),
        };
        all.push(plain(Kind::FirstSeen(first), two()));
    }
    all.extend(movements());
    let values =
        BTreeMap::from([("people".to_owned(), vec!["erik".to_owned()]), ("other".to_owned(), vec![])]);
    let values = placeholders_text(&values, &[TAGGED]).unwrap();
    assert_eq!(values, r#"{"people":["erik"]}"#);
    let rule = RuleMatch {
        rule_id: "t1".into(),
        rule_title: "Tagged".into(),
        rule_digest: digest(TAGGED),
        placeholders: Some(digest(&values)),
    };
    all.push(Case { kind: Kind::RuleMatch(rule), records: two(), texts: vec![TAGGED.to_owned(), values] });
    let many = correlation("gte: 2");
    let fires = Correlation {
        rule_id: "k1".into(),
        rule_title: "Many".into(),
        rule_digest: digest(&many),
        base_digests: vec![digest(BASE)],
        placeholders: None,
    };
    let records = vec![start(10, "WS-07", "HALVARD\\erik"), start(40, "WS-07", "HALVARD\\erik")];
    all.push(Case { kind: Kind::Correlation(fires), records, texts: vec![many, BASE.to_owned()] });
    all
}

fn movements() -> Vec<Case> {
    let from = |event, channel, fields| windows(channel, event, "WS-07.halvard.example", 10, fields);
    let to = |event, fields| windows("Security", event, "FILE01.halvard.example", 12, fields);
    let out = json!({"Initiated": "true", "SourceIp": "10.0.0.5", "SourcePort": 50001, "DestinationIp": "10.0.0.9", "DestinationPort": 445,
        "User": "HALVARD\\erik", "Image": "C:\\Temp\\a.exe"});
    let logon = json!({"TargetUserName": "erik", "TargetDomainName": "HALVARD", "IpAddress": "::ffff:10.0.0.5", "IpPort": "50001", "LogonType": 3});
    let explicit =
        json!({"TargetUserName": "erik", "TargetDomainName": "HALVARD", "TargetServerName": "file01"});
    let line =
        json!({"Image": "C:\\Temp\\a.exe", "CommandLine": "psexec \\\\FILE01 cmd", "User": "HALVARD\\erik"});
    let pairs = [
        (from(3, SYSMON, out), to(4624, logon.clone())),
        (from(4648, "Security", explicit), to(4624, logon.clone())),
        (from(1, SYSMON, line), to(4624, logon)),
    ];
    pairs
        .into_iter()
        .map(|(departure, arrival)| {
            let kind =
                movement(&CitedRecord::whole(0, &departure), &CitedRecord::whole(1, &arrival)).unwrap();
            Case { kind, records: vec![departure, arrival], texts: Vec::new() }
        })
        .collect()
}

impl Case {
    fn claim(&self) -> Claim {
        Claim::new("C0001", self.kind.clone(), (0..self.records.len() as u64).collect(), "")
    }

    fn rules(&self) -> Rules {
        Rules::new(self.texts.iter().map(|text| (digest(text), text.as_str())))
    }

    fn whole(&self) -> BTreeMap<u64, CitedRecord<'_>> {
        (0..)
            .zip(&self.records)
            .map(|(number, record)| (number, CitedRecord::whole(number, record)))
            .collect()
    }
}

#[test]
fn what_records_show_holds_also_from_the_needed_fields_alone() {
    for case in cases() {
        let (claim, rules, whole) = (case.claim(), case.rules(), case.whole());
        assert_eq!(recompute(&claim, &whole, &rules), Outcome::Holds, "{claim:#?}");
        let shown: BTreeMap<u64, CitedRecord<'_>> = whole
            .iter()
            .map(|(number, record)| {
                let needed = needed_fields(&claim, record, &rules);
                assert!(
                    needed.len() < record.fields.len() || record.fields.len() < 12,
                    "{claim:#?} {needed:?}"
                );
                (*number, record.only(&|name| needed.contains(name)))
            })
            .collect();
        assert_eq!(recompute(&claim, &shown, &rules), Outcome::Holds, "{claim:#?} {shown:#?}");
    }
}

/// Every parameter counts: whichever is another, the claim holds no longer.
#[test]
fn a_changed_parameter_makes_it_differ() {
    let mut tried = 0;
    for case in cases() {
        let (claim, rules, whole) = (case.claim(), case.rules(), case.whole());
        let stated = serde_json::to_value(&case.kind).unwrap();
        for changed in changes(&stated["params"]) {
            let kind = json!({"kind": stated["kind"], "params": changed});
            let Ok(kind) = serde_json::from_value::<Kind>(kind) else { continue };
            tried += 1;
            let outcome = recompute(&Claim { kind, ..claim.clone() }, &whole, &rules);
            assert!(
                !matches!(outcome, Outcome::Holds | Outcome::NeedsHidden { .. }),
                "{changed}: {outcome:?}"
            );
        }
    }
    assert!(tried > 100, "{tried}");
}

/// Each way to change one leaf of the parameters into what says more or something else.
fn changes(value: &Value) -> Vec<Value> {
    match value {
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, old)| {
                changes(old).into_iter().map(|new| {
                    let mut all = members.clone();
                    all.insert(name.clone(), new);
                    Value::Object(all)
                })
            })
            .collect(),
        Value::Array(items) => (0..items.len())
            .flat_map(|at| {
                changes(&items[at]).into_iter().map(move |new| (at, new)).map(|(at, new)| {
                    let mut all = items.clone();
                    all[at] = new;
                    Value::Array(all)
                })
            })
            .collect(),
        Value::Number(n) => vec![json!(n.as_u64().unwrap() + 1)],
        Value::Bool(truth) => vec![json!(!truth)],
        Value::String(text) => {
            let mut all = vec![json!(format!("{text}x")), json!(""), json!("created"), json!("address")];
            if let Some(time) = Moment::parse(text) {
                all.push(json!(Moment(time.0 + 1).to_string()));
            } else if text.parse::<std::net::IpAddr>().is_ok() {
                all.push(json!("203.0.113.250"));
            }
            all.retain(|new| new != value);
            all
        }
        _ => Vec::new(),
    }
}

/// Every record counts: without one, or with another in its place, the claim holds no longer.
#[test]
fn no_other_records_will_do() {
    let ordinary = windows(SYSMON, 5, "WS-99", 59, json!({"Image": "C:\\Windows\\notepad.exe"}));
    for case in cases() {
        let (claim, rules, whole) = (case.claim(), case.rules(), case.whole());
        for number in whole.keys() {
            let mut without = whole.clone();
            without.remove(number);
            let Outcome::Unsupported { why } = recompute(&claim, &without, &rules) else {
                panic!("{claim:#?}")
            };
            assert_eq!(why, format!("the cited record {number} is not there"));
            without.insert(*number, CitedRecord::whole(*number, &ordinary));
            let outcome = recompute(&claim, &without, &rules);
            assert!(matches!(outcome, Outcome::Differs { .. }), "{claim:#?}: {outcome:?}");
        }
    }
}

/// Hiding a needed field gives "needs hidden" and names it. Where only time, host and values count, the kind of
/// event need not be told.
#[test]
fn a_hidden_field_is_asked_for_by_name() {
    for case in cases() {
        let (claim, rules, whole) = (case.claim(), case.rules(), case.whole());
        let untold = matches!(
            case.kind,
            Kind::Order(_)
                | Kind::SameTool(_)
                | Kind::FirstSeen(_)
                | Kind::RuleMatch(_)
                | Kind::Correlation(_)
        );
        for (number, record) in &whole {
            let needed: BTreeSet<String> = needed_fields(&claim, record, &rules);
            for hidden in &needed {
                let mut less = whole.clone();
                less.insert(*number, record.only(&|name| name != hidden && needed.contains(name)));
                match recompute(&claim, &less, &rules) {
                    Outcome::NeedsHidden { fields } if fields.contains(hidden) => {}
                    // The host or the time may be all that a claim takes of a record, and a rule takes no time.
                    _ if untold && ["Channel", "EventID", "TimeCreated"].contains(&hidden.as_str()) => {}
                    // One of two columns that bear the value may go.
                    Outcome::Holds if matches!(case.kind, Kind::SameTool(_) | Kind::FirstSeen(_)) => {}
                    other => panic!("{hidden} of record {number}: {other:?}\n{claim:#?}"),
                }
            }
        }
    }
}

#[test]
fn a_file_and_a_dossier_give_back_the_claim() {
    for case in cases() {
        let claim = case.claim();
        assert_eq!(Claim::from_toml("f", &claim.to_toml().unwrap()), Ok(claim.clone()));
        let object = claim.to_object();
        let kind: Kind =
            serde_json::from_value(json!({"kind": object["kind"], "params": object["params"]})).unwrap();
        assert_eq!(kind, claim.kind);
        assert!(claim.sentence.ends_with('.') && !claim.sentence.contains("  "), "{}", claim.sentence);
    }
}

/// Who connects elsewhere from the same address does not arrive.
#[test]
fn an_address_alone_is_no_movement() {
    let out = json!({"Initiated": "true", "SourceIp": "10.0.0.5", "SourcePort": 50002, "DestinationIp": "198.51.100.61",
        "User": "HALVARD\\erik"});
    let departure = windows(SYSMON, 3, "WS-07", 10, out);
    let logon = json!({"TargetUserName": "erik", "TargetDomainName": "HALVARD", "IpAddress": "10.0.0.5", "IpPort": "50001"});
    let arrival = windows("Security", 4624, "FILE01", 12, logon);
    assert_eq!(movement(&CitedRecord::whole(0, &departure), &CitedRecord::whole(1, &arrival)), None);
}

#[test]
fn what_speaks_of_all_records_is_told_apart() {
    let whole =
        Whole { quantifier: Quantifier::Only, property: Property::Address, value: "198.51.100.61".into() };
    let record = start(1, "a", "b");
    let claim = Claim::new("W1", Kind::Whole(whole), vec![0], "");
    let records = BTreeMap::from([(0, CitedRecord::whole(0, &record))]);
    assert!(claim.speaks_of_all().unwrap().contains("every record of the tree"));
    assert!(matches!(recompute(&claim, &records, &Rules::default()), Outcome::Unsupported { .. }));
    let case = &cases()[0];
    let said = |sentence: &str| Claim { sentence: sentence.to_owned(), ..case.claim() }.speaks_of_all();
    assert_eq!(case.claim().speaks_of_all(), None);
    assert_eq!(said("The commonly used program ran."), None);
    for words in [
        "Only erik ran it.",
        "4.1 GB IN TOTAL were sent.",
        "There was no\nother host.",
        "It ran first of all.",
    ] {
        assert!(said(words).is_some(), "{words}");
    }
}

/// A correlation whose condition more records could undo carries no claim.
#[test]
fn only_a_correlation_that_grows_is_recomputed() {
    for (condition, grows) in [("gt: 1", true), ("lte: 2", false), ("eq: 2", false)] {
        let text = correlation(condition);
        let params = Correlation {
            rule_id: "k1".into(),
            rule_title: "Many".into(),
            rule_digest: digest(&text),
            base_digests: vec![digest(BASE)],
            placeholders: None,
        };
        let records = vec![start(10, "WS-07", "HALVARD\\erik"), start(40, "WS-07", "HALVARD\\erik")];
        let case = Case { kind: Kind::Correlation(params), records, texts: vec![text, BASE.to_owned()] };
        let outcome = recompute(&case.claim(), &case.whole(), &case.rules());
        assert_eq!(outcome == Outcome::Holds, grows, "{condition}: {outcome:?}");
        assert_eq!(matches!(outcome, Outcome::Unsupported { .. }), !grows);
    }
}
