//! Kinds that several records show together.

use serde_json::{Value, json};

use super::Vector;
use super::case::{Case, claim, hide, show};
use super::claims::{conn, holding, security, sysmon, with};

const AT: &str = "2026-03-01T10:00:00.123Z";
const LATER: &str = "2026-03-01T10:05:00Z";

pub fn all(out: &mut Vec<Vector>) {
    movements(out);
    orders(out);
    values(out);
    bytes(out);
}

fn movements(out: &mut Vec<Vector>) {
    let flow = sysmon(
        3,
        json!({
            "Initiated": true, "SourceIp": "10.0.0.5", "SourcePort": 50000, "DestinationIp": "10.0.0.9",
            "DestinationHostname": "srv1.corp.example",
        }),
    );
    let logon = security(
        4624,
        json!({
            "TargetDomainName": "CORP", "TargetUserName": "anna", "IpAddress": "10.0.0.5", "IpPort": "50000", "LogonType": 3,
        }),
    );
    let started = sysmon(1, json!({ "Image": "C:\\p.exe", "CommandLine": "psexec \\\\SRV1 -s cmd" }));
    let inward = sysmon(3, json!({ "Initiated": false, "SourceIp": "10.0.0.5", "SourcePort": 50000 }));
    let case = Case::new(&[flow, logon, started, inward]);
    let base = json!({
        "from": "WS1.corp.example", "to": "SRV1.corp.example", "departure": 0, "departed": AT, "arrival": 1, "arrived": LATER,
    });
    let of = |id: &str, more: Value| claim(id, "movement", with(base.clone(), more), &[0, 1]);
    let by_name = json!({ "departure": 2, "target": "SRV1" });
    let claims = vec![
        (
            of(
                "by-port",
                json!({ "address": "10.0.0.5", "port": 50000, "account": "anna", "target": "SRV1.CORP.example" }),
            ),
            2,
        ),
        (claim("by-name", "movement", with(base.clone(), by_name.clone()), &[1, 2]), 2),
        (of("by-nothing", json!({ "address": "10.0.0.5" })), 0),
        (of("other-port", json!({ "address": "10.0.0.5", "port": 50001 })), 0),
        (of("other-account", json!({ "address": "10.0.0.5", "port": 50000, "account": "bob" })), 0),
        (of("no-name-of-it", json!({ "target": "other.example" })), 0),
        (of("one-host", json!({ "to": "ws1.CORP.example.", "address": "10.0.0.5", "port": 50000 })), 0),
        (
            of(
                "day-apart",
                json!({ "arrived": "2026-03-02T10:05:01Z", "address": "10.0.0.5", "port": 50000 }),
            ),
            0,
        ),
        (of("to-address", json!({ "to_address": "10.0.0.9" })), 0),
        (claim("third-record", "movement", with(base.clone(), by_name), &[0, 1, 2]), 0),
        (
            claim(
                "not-outward",
                "movement",
                with(base.clone(), json!({ "departure": 3, "address": "10.0.0.5", "port": 50000 })),
                &[1, 3],
            ),
            0,
        ),
    ];
    let all = [show(0), show(1), show(2), show(3)];
    out.push(holding("movement.shown", "each record whole", &case, &all, claims, &[]));
    let stated = json!({ "address": "10.0.0.5", "port": 50000 });
    let claims = vec![(of("open", stated.clone()), 1)];
    let shown = [hide(0, &["Initiated"]), show(1)];
    out.push(holding(
        "movement.hidden-direction",
        "whether it was outward is hidden",
        &case,
        &shown,
        claims,
        &[],
    ));
    let claims = vec![(of("open", stated), 1)];
    let shown = [show(0), hide(1, &["IpPort"])];
    out.push(holding("movement.hidden-port", "the port of one side is hidden", &case, &shown, claims, &[]));
}

fn orders(out: &mut Vec<Vector>) {
    let at = |second: &str| json!({ "UtcTime": format!("2026-03-01 10:00:{second}") });
    let case = Case::new(&[
        sysmon(1, at("00.5")),
        sysmon(1, at("01")),
        sysmon(1, with(at("03.000001"), json!({ "Computer": "ws2" }))),
        sysmon(1, json!({ "UtcTime": "never" })),
    ]);
    let host = "WS1.corp.example";
    let order = |id: &str, records: &[u64], hosts: &[&str], apart: u64| {
        claim(id, "order", json!({ "records": records, "hosts": hosts, "apart": apart }), records)
    };
    let sequence = |id: &str, host: &str, first: u64, then: u64, cites: &[u64]| {
        claim(id, "sequence", json!({ "host": host, "first": first, "then": then }), cites)
    };
    let claims = vec![
        (order("in-order", &[0, 1, 2], &[host, "ws1.corp.EXAMPLE", "WS2"], 2), 2),
        (order("too-close", &[0, 1, 2], &[host, host, "ws2"], 3), 0),
        (order("backwards", &[1, 0], &[host, host], 0), 0),
        (order("same-moment", &[0, 0], &[host, host], 0), 0),
        (order("one-record", &[0], &[host], 0), 0),
        (order("host-missing", &[0, 1], &[host], 0), 0),
        (order("no-time", &[0, 3], &[host, host], 0), 0),
        (
            claim(
                "cites-more",
                "order",
                json!({ "records": [0, 1], "hosts": [host, host], "apart": 0 }),
                &[0, 1, 2],
            ),
            0,
        ),
        (sequence("before", host, 0, 1, &[0, 1]), 2),
        (sequence("after", host, 1, 0, &[0, 1]), 0),
        (sequence("other-host", host, 0, 2, &[0, 2]), 0),
        (sequence("not-cited", host, 0, 1, &[0]), 0),
    ];
    let all = [show(0), show(1), show(2), show(3)];
    out.push(holding("order.shown", "each record whole", &case, &all, claims, &[]));
    let shown = [hide(0, &["UtcTime"]), hide(1, &["Computer"])];
    let claims =
        vec![(sequence("open", host, 0, 1, &[0, 1]), 1), (order("open-too", &[0, 1], &[host, host], 0), 1)];
    out.push(holding("order.hidden", "a time and a host are hidden", &case, &shown, claims, &[]));
}

fn values(out: &mut Vec<Vector>) {
    let hashes = "SHA1=00,MD5=aabb,IMPHASH=CC";
    let tool = |computer: &str, time: &str| {
        sysmon(
            1,
            json!({
                "Computer": computer, "UtcTime": time, "Image": format!("C:\\{computer}\\Tool.exe"), "Hashes": hashes,
                "CommandLine": "tool -x", "ServiceName": "svc",
            }),
        )
    };
    let case = Case::new(&[
        tool("ws1", "2026-03-01 10:00:00"),
        tool("ws2", "2026-03-01 09:00:00"),
        tool("ws3", "2026-03-01 11:00:00"),
        conn(50000, 10),
    ]);
    let tool = |id: &str, property: &str, value: &str, hosts: &[&str], cites: &[u64]| {
        claim(id, "same_tool", json!({ "property": property, "value": value, "hosts": hosts }), cites)
    };
    let seen = |id: &str, property: &str, value: &str, record: u64, time: &str, cites: &[u64]| {
        let params = json!({ "property": property, "value": value, "record": record, "time": time });
        claim(id, "first_seen", params, cites)
    };
    let two = ["WS1", "ws2"];
    let claims = vec![
        (tool("hash", "hash", "md5:AABB", &two, &[0, 1]), 2),
        (tool("imphash", "hash", "IMPHASH:cc", &two, &[0, 1]), 2),
        (tool("hash-unknown", "hash", "sha512:00", &two, &[0, 1]), 0),
        (tool("file-name", "file_name", "TOOL.exe", &two, &[0, 1]), 2),
        (tool("executable", "executable", "c:\\ws1\\tool.exe", &two, &[0, 1]), 0),
        (tool("command-line", "command_line", "tool -x", &two, &[0, 1]), 2),
        (tool("command-line-case", "command_line", "TOOL -x", &two, &[0, 1]), 0),
        (tool("service", "service", "SVC", &two, &[0, 1]), 2),
        (tool("account", "account", "ANNA", &two, &[0, 1]), 2),
        (tool("account-with-domain", "account", "CORP\\anna", &two, &[0, 1]), 0),
        (tool("host-without-record", "service", "svc", &["ws1", "ws2", "ws3"], &[0, 1]), 0),
        (tool("host-not-named", "service", "svc", &two, &[0, 1, 2]), 0),
        (tool("one-host", "service", "svc", &["ws1", "WS1"], &[0]), 0),
        (tool("sensor-has-no-host", "address", "10.0.0.5", &two, &[3]), 0),
        (seen("first", "service", "svc", 1, "2026-03-01T09:00:00Z", &[0, 1, 2]), 2),
        (seen("not-first", "service", "svc", 0, "2026-03-01T10:00:00Z", &[0, 1, 2]), 0),
        (seen("first-of-two", "service", "svc", 0, "2026-03-01T10:00:00Z", &[0, 2]), 2),
        (seen("other-time", "service", "svc", 1, "2026-03-01T08:00:00Z", &[0, 1]), 0),
        (seen("not-cited", "service", "svc", 2, "2026-03-01T11:00:00Z", &[0, 1]), 0),
        (seen("address", "address", "::FFFF:10.0.0.5", 3, "2026-03-01T10:00:00.5Z", &[3]), 2),
        (seen("domain", "domain", "c2.example", 3, "2026-03-01T10:00:00.5Z", &[3]), 0),
    ];
    let all = [show(0), show(1), show(2), show(3)];
    out.push(holding("values.shown", "each record whole", &case, &all, claims, &[]));
    let claims = vec![
        (tool("open", "hash", "md5:aabb", &two, &[0, 1]), 1),
        (tool("still-shown", "command_line", "tool -x", &two, &[0, 1]), 2),
        (tool("other-value", "command_line", "tool -y", &two, &[0, 1]), 0),
    ];
    let shown = [hide(0, &["Hashes"]), show(1)];
    out.push(holding("values.hidden", "hashes of one record are hidden", &case, &shown, claims, &[]));
}

fn bytes(out: &mut Vec<Vector>) {
    let without_port = |bytes: u64| {
        let mut record = conn(1, bytes);
        record.as_object_mut().unwrap().remove("id.orig_p");
        record
    };
    let large = 9_007_199_254_740_993_u64;
    let case = Case::new(&[
        conn(50000, 1000),
        conn(50000, 900),
        conn(50001, 500),
        without_port(1400),
        without_port(2000),
        with(conn(50002, 5), json!({ "orig_bytes": -7 })),
        conn(50003, large),
    ]);
    let of = |id: &str, at_least: Value, cites: &[u64]| {
        let params = json!({
            "from": "10.0.0.5", "to": "::ffff:203.0.113.9", "at_least": at_least, "from_time": "2026-03-01T10:00:00Z",
            "to_time": "2026-03-01T12:00:00+01:00",
        });
        claim(id, "bytes_sent", params, cites)
    };
    let other = |id: &str, more: Value| {
        let mut claim = of(id, json!(1), &[0]);
        claim["params"] = with(claim["params"].clone(), more);
        claim
    };
    let claims = vec![
        (of("one-connection-twice", json!(1000), &[0, 1]), 2),
        (of("not-their-sum", json!(1001), &[0, 1]), 0),
        (of("two-connections", json!(1500), &[0, 1, 2]), 2),
        (of("without-port-may-be-one-of-them", json!(1501), &[0, 1, 2, 3]), 0),
        (of("without-port-above-them", json!(2000), &[0, 1, 2, 3, 4]), 2),
        (of("negative-is-nothing", json!(0), &[5]), 2),
        (of("more-than-a-double-holds", json!(large.to_string()), &[6]), 2),
        (of("one-more-than-that", json!((large + 1).to_string()), &[6]), 0),
        (of("small-number-as-text", json!("1000"), &[0]), 0),
        (other("other-address", json!({ "from": "10.0.0.6" })), 0),
        (other("no-address", json!({ "from": "ws1" })), 0),
        (other("before-the-time", json!({ "from_time": "2026-03-01T10:00:00.500001Z" })), 0),
        (
            other(
                "at-the-time",
                json!({ "from_time": "2026-03-01T10:00:00.5Z", "to_time": "2026-03-01T10:00:00.5Z" }),
            ),
            2,
        ),
    ];
    let all = [show(0), show(1), show(2), show(3), show(4), show(5), show(6)];
    out.push(holding("bytes.shown", "each record whole", &case, &all, claims, &[]));
    let claims = vec![(of("open", json!(1), &[0]), 1)];
    out.push(holding(
        "bytes.hidden",
        "the sender's address is hidden",
        &case,
        &[hide(0, &["id.orig_h"])],
        claims,
        &[],
    ));
    let claims = vec![(of("still-below", json!(1000), &[0]), 2)];
    out.push(holding(
        "bytes.port-hidden",
        "a port is hidden: the record may be of a connection that is counted already",
        &case,
        &[hide(0, &["id.orig_p"])],
        claims,
        &[],
    ));
}
