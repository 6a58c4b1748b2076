//! Rung 3: what two sensors show that do not depend on each other, and what falls short of it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use onus_claim::{
    BytesSent, CitedRecord, Claim, Kind, Moment, Outcome, Rules, corroborated, movement, needed_fields,
    observe, recompute,
};
use onus_proof::FieldValue;
use serde_json::{Value, json};

type Record = Vec<(String, FieldValue)>;

fn record(fields: Value) -> Record {
    let value = |value: &Value| match value {
        Value::String(text) => FieldValue::Text(text.clone()),
        Value::Number(number) => {
            number.as_i64().map_or_else(|| FieldValue::Float(number.as_f64().unwrap()), FieldValue::Int)
        }
        other => panic!("{other}"),
    };
    fields.as_object().unwrap().iter().map(|(name, v)| (name.clone(), value(v))).collect()
}

/// A connection as a host logs it.
fn sysmon(host: &str, second: &str, to: &str) -> Record {
    record(json!({"Channel": "Microsoft-Windows-Sysmon/Operational", "EventID": 3, "Computer": host,
        "TimeCreated": format!("2017-03-06T07:00:{second}Z"), "Image": "C:\\Temp\\a.exe", "Initiated": "true",
        "SourceIp": "10.0.0.5", "SourcePort": 50001, "DestinationIp": to, "DestinationPort": 443}))
}

/// The same as Zeek does; 1488783600 is 2017-03-06T07:00:00Z.
fn zeek(second: f64, sent: u64) -> Record {
    record(json!({"_path": "conn", "ts": 1_488_783_600.0 + second, "uid": "C1", "id.orig_h": "10.0.0.5",
        "id.orig_p": 50001, "id.resp_h": "198.51.100.61", "id.resp_p": 443, "orig_bytes": sent}))
}

fn proxy(sent: u64) -> Record {
    record(json!({"_path": "w3c_proxy", "date": "2017-03-06", "time": "07:00:09", "c-ip": "10.0.0.5",
        "c-port": 50001, "r-ip": "198.51.100.61", "r-port": 443, "cs-bytes": sent}))
}

fn cited(records: &[Record]) -> BTreeMap<u64, CitedRecord<'_>> {
    records.iter().zip(0..).map(|(fields, number)| (number, CitedRecord::whole(number, fields))).collect()
}

/// Who shows the claim, which must hold.
fn shown_by(kind: Kind, records: &BTreeMap<u64, CitedRecord<'_>>) -> Option<String> {
    let rules = Rules::new(std::iter::empty());
    let claim = Claim::new("C1", kind, records.keys().copied().collect(), "");
    assert_eq!(recompute(&claim, records, &rules), Outcome::Holds);
    corroborated(&claim, records, &rules).map(|(one, other)| format!("{one}, {other}"))
}

/// What both records of a connection have, give or take 5 seconds.
fn connection(records: &BTreeMap<u64, CitedRecord<'_>>) -> Kind {
    let Some(Kind::Connection(mut shared)) = observe("connection", &records[&0]) else { panic!("none") };
    (shared.host, shared.executable, shared.within) = (None, None, Some(5));
    Kind::Connection(shared)
}

#[test]
fn a_connection_that_the_host_and_the_network_show() {
    let records = [sysmon("WS-07.halvard.example", "10", "198.51.100.61"), zeek(8.5, 900)];
    let records = cited(&records);
    let kind = connection(&records);
    assert_eq!(
        kind.sentence(&[0, 1]),
        "At 2017-03-06T07:00:10Z, give or take 5 s, something connected from 10.0.0.5 port 50001 to \
         198.51.100.61 port 443."
    );
    assert_eq!(shown_by(kind.clone(), &records).as_deref(), Some("the host ws-07.halvard.example, Zeek"));
    // What a dossier must show of it is enough for that; without the host's name nobody tells who wrote it.
    let rules = Rules::new(std::iter::empty());
    let claim = Claim::new("C1", kind.clone(), vec![0, 1], "");
    let shown = |hidden: &str| -> BTreeMap<u64, CitedRecord<'_>> {
        let kept = records.values().map(|record| {
            let needed = needed_fields(&claim, record, &rules);
            (record.record, record.only(&|name| needed.contains(name) && name != hidden))
        });
        kept.collect()
    };
    assert!(shown_by(kind.clone(), &shown("")).is_some());
    assert_eq!(shown_by(kind, &shown("Computer")), None);
}

#[test]
fn one_host_under_two_names_and_one_sensor_twice_are_one() {
    let to = "198.51.100.61";
    let twice = [sysmon("WS-07.halvard.example", "10", to), sysmon("ws-07", "11", to)];
    assert_eq!(shown_by(connection(&cited(&twice)), &cited(&twice)), None);
    let zeeks = [zeek(10.0, 900), zeek(10.5, 900)];
    assert_eq!(shown_by(connection(&cited(&zeeks)), &cited(&zeeks)), None);
    // Both ends log it: two hosts.
    let ends = [sysmon("WS-07", "10", to), sysmon("WS-08", "11", to)];
    assert!(shown_by(connection(&cited(&ends)), &cited(&ends)).is_some());
}

#[test]
fn a_record_further_off_than_stated_is_another_event() {
    let records = [sysmon("WS-07", "10", "198.51.100.61"), zeek(4.5, 900)];
    let records = cited(&records);
    let Kind::Connection(mut shared) = connection(&records) else { panic!("a connection") };
    let outcome = |kind: Kind| {
        recompute(&Claim::new("C1", kind, vec![0, 1], ""), &records, &Rules::new(std::iter::empty()))
    };
    assert!(matches!(outcome(Kind::Connection(shared.clone())), Outcome::Differs { .. }));
    shared.within = Some(6);
    assert_eq!(outcome(Kind::Connection(shared.clone())), Outcome::Holds);
    shared.within = Some(301);
    assert!(matches!(outcome(Kind::Connection(shared)), Outcome::Differs { .. }));
}

#[test]
fn bytes_that_each_sensor_counts_for_itself() {
    let sent = |at_least| {
        Kind::BytesSent(BytesSent {
            from: "10.0.0.5".to_owned(),
            to: "198.51.100.61".to_owned(),
            at_least,
            from_time: Moment(1_488_783_600_000_000),
            to_time: Moment(1_488_783_620_000_000),
        })
    };
    let records = [zeek(8.5, 900), proxy(850)];
    let records = cited(&records);
    assert_eq!(shown_by(sent(850), &records).as_deref(), Some("Zeek, the proxy"));
    assert_eq!(shown_by(sent(900), &records), None);
}

#[test]
fn a_movement_is_seen_from_both_sides() {
    let security = |event: i64, host: &str, time: &str, more: Value| {
        let mut all = record(json!({"Channel": "Security", "EventID": event, "Computer": host,
            "TimeCreated": format!("2017-03-06T07:{time}Z")}));
        all.extend(record(more));
        all
    };
    let sides = |arrived: &str, account: &str| {
        [
            security(
                4648,
                "JUMP01",
                "00:00",
                json!({"TargetUserName": "erik", "TargetDomainName": "H", "TargetServerName": "WS-07"}),
            ),
            security(
                4624,
                "WS-07",
                arrived,
                json!({"TargetUserName": account, "TargetDomainName": "H", "IpAddress": "10.0.0.9"}),
            ),
        ]
    };
    let moved = |records: &[Record]| {
        let records = cited(records);
        shown_by(movement(&records[&0], &records[&1]).unwrap(), &records)
    };
    assert_eq!(moved(&sides("00:02", "erik")).as_deref(), Some("the host jump01, the host ws-07"));
    assert_eq!(moved(&sides("05:01", "erik")), None, "more than 300 seconds apart");
    assert_eq!(moved(&sides("00:02", "anna")), None, "nothing but the target's name");
}
