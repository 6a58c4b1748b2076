//! Dossiers of which the claims stand on this rung or that: each kind, with its fields shown, hidden, or otherwise.

use onus_proof::Digest;
use serde_json::{Value, json};

use super::Vector;
use super::case::{Case, Show, claim, digest, hide, show};

/// The members of `more` beside those of `base`.
pub fn with(base: Value, more: Value) -> Value {
    let (mut base, more) = (base.as_object().unwrap().clone(), more.as_object().unwrap().clone());
    base.extend(more);
    Value::Object(base)
}

pub fn sysmon(id: u64, more: Value) -> Value {
    let base = json!({
        "Channel": "Microsoft-Windows-Sysmon/Operational", "EventID": id, "Computer": "WS1.corp.example",
        "UtcTime": "2026-03-01 10:00:00.123", "User": "CORP\\anna",
    });
    with(base, more)
}

pub fn security(id: u64, more: Value) -> Value {
    let base = json!({
        "Channel": "Security", "EventID": id, "Computer": "SRV1.corp.example",
        "TimeCreated": "2026-03-01T10:05:00.000000Z",
    });
    with(base, more)
}

pub fn conn(from_port: u64, bytes: u64) -> Value {
    json!({
        "_path": "conn", "ts": 1_772_359_200.5, "uid": "C1", "id.orig_h": "10.0.0.5", "id.orig_p": from_port,
        "id.resp_h": "203.0.113.9", "id.resp_p": 443, "orig_bytes": bytes, "conn_state": "SF",
    })
}

const AT: &str = "2026-03-01T10:00:00.123Z";
const LATER: &str = "2026-03-01T10:05:00Z";
const FLOWN: &str = "2026-03-01T10:00:00.5Z";

/// One kind of claim on one record: parameters that hold, parameters that differ, and a field that is asked for.
struct One {
    name: &'static str,
    kind: &'static str,
    record: Value,
    holds: Value,
    differs: Vec<Value>,
    asked: &'static str,
}

fn processes() -> Vec<One> {
    let started = sysmon(
        1,
        json!({
            "Image": "C:\\Windows\\System32\\cmd.exe", "CommandLine": "cmd /c whoami", "ParentImage": "C:\\Office\\word.exe",
            "Hashes": "MD5=00112233445566778899AABBCCDDEEFF,SHA256=AB12", "LogonId": "0x3e7",
        }),
    );
    let host =
        json!({ "host": "ws1.CORP.example", "time": AT, "executable": "c:\\windows\\system32\\CMD.exe" });
    let audited = security(
        4688,
        json!({
            "NewProcessName": "C:\\a.exe", "CommandLine": "", "SubjectDomainName": "-", "SubjectUserName": "anna",
        }),
    );
    vec![
        One {
            name: "process",
            kind: "process",
            record: started,
            holds: with(
                host.clone(),
                json!({
                    "command_line": "cmd /c whoami", "parent": "C:\\OFFICE\\WORD.EXE", "account": "anna",
                    "hash": "sha256:ab12", "logon_id": "0x3E7",
                }),
            ),
            differs: vec![
                with(host.clone(), json!({ "command_line": "CMD /c whoami" })),
                with(host.clone(), json!({ "account": "OTHER\\anna" })),
                with(host.clone(), json!({ "hash": "md5:ab12" })),
                with(host.clone(), json!({ "time": "2026-03-01T10:00:00.124Z" })),
                with(host, json!({ "host": "WS1" })),
            ],
            asked: "Image",
        },
        One {
            name: "process-audited",
            kind: "process",
            record: audited,
            holds: json!({ "host": "srv1.corp.example", "time": "2026-03-01T11:05:00+01:00", "executable": "C:\\A.EXE", "account": "ANNA" }),
            differs: vec![
                json!({ "host": "srv1.corp.example", "time": LATER, "executable": "a.exe" }),
                json!({ "host": "srv1.corp.example", "time": LATER, "executable": "C:\\a.exe", "logon_id": "0x1" }),
            ],
            asked: "NewProcessName",
        },
    ]
}

fn logons() -> Vec<One> {
    let fields = json!({
        "TargetDomainName": "CORP", "TargetUserName": "svc", "IpAddress": "::ffff:10.0.0.5", "LogonType": 3,
        "TargetLogonId": "0xabc",
    });
    let stated =
        json!({ "host": "SRV1.corp.example", "time": LATER, "account": "corp\\SVC", "failed": false });
    let failed = json!({ "host": "SRV1.corp.example", "time": LATER, "account": "svc", "failed": true });
    let desktop = json!({
        "Channel": "microsoft-windows-terminalservices-localsessionmanager/operational", "EventID": "21",
        "Computer": "SRV1", "@timestamp": "2026-03-01T10:05:00Z", "User": "CORP\\anna", "Address": "10.0.0.5",
    });
    vec![
        One {
            name: "logon",
            kind: "logon",
            record: security(4624, fields.clone()),
            holds: with(stated.clone(), json!({ "from": "10.0.0.5", "logon_type": 3, "logon_id": "0xABC" })),
            differs: vec![
                failed.clone(),
                with(stated.clone(), json!({ "from": "10.0.0.50" })),
                with(stated.clone(), json!({ "logon_type": 10 })),
                with(stated, json!({ "from": "srv" })),
            ],
            asked: "TargetDomainName",
        },
        One {
            name: "logon-failed",
            kind: "logon",
            record: security(4625, fields),
            holds: failed.clone(),
            differs: vec![with(failed, json!({ "failed": false }))],
            asked: "EventID",
        },
        One {
            name: "logon-desktop",
            kind: "logon",
            record: desktop,
            holds: json!({ "host": "srv1", "time": LATER, "account": "Anna", "failed": false, "from": "10.0.0.5" }),
            differs: vec![
                json!({ "host": "srv1", "time": LATER, "account": "anna", "failed": false, "logon_id": "1" }),
            ],
            asked: "User",
        },
    ]
}

fn persistence() -> Vec<One> {
    let service = json!({
        "Channel": "System", "EventID": 7045, "Computer": "SRV1.corp.example", "TimeCreated": LATER,
        "ServiceName": "updater", "ImagePath": "C:\\u.exe", "AccountName": "LocalSystem",
    });
    let base = |mechanism: &str, name: &str| json!({ "host": "srv1.corp.example", "time": LATER, "mechanism": mechanism, "name": name });
    let task = security(
        4698,
        json!({
            "TaskName": "\\upd", "SubjectDomainName": "CORP", "SubjectUserName": "anna",
            "TaskContent": "<Exec><Command>C:\\u.exe</Command><Arguments>-q &amp; x</Arguments></Exec>",
        }),
    );
    let run = "HKU\\S-1\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\u";
    let registry = sysmon(13, json!({ "TargetObject": run, "Details": "C:\\u.exe", "Image": "C:\\reg.exe" }));
    let at =
        |name: &str| json!({ "host": "ws1.corp.example", "time": AT, "mechanism": "registry", "name": name });
    let wmi = sysmon(20, json!({ "Name": "c", "Destination": "C:\\u.exe" }));
    vec![
        One {
            name: "persistence-service",
            kind: "persistence",
            record: service,
            holds: with(
                base("service", "UPDATER"),
                json!({ "command": "C:\\u.exe", "runs_as": "localsystem" }),
            ),
            differs: vec![
                with(base("service", "updater"), json!({ "command": "c:\\u.exe" })),
                with(base("service", "updater"), json!({ "account": "anna" })),
                base("task", "updater"),
            ],
            asked: "ServiceName",
        },
        One {
            name: "persistence-task",
            kind: "persistence",
            record: task,
            holds: with(
                base("task", "\\UPD"),
                json!({ "command": "C:\\u.exe -q &amp; x", "account": "corp\\anna" }),
            ),
            differs: vec![with(base("task", "\\upd"), json!({ "command": "C:\\u.exe" }))],
            asked: "TaskName",
        },
        One {
            name: "persistence-registry",
            kind: "persistence",
            record: registry,
            holds: with(at(run), json!({ "command": "C:\\u.exe", "account": "anna" })),
            differs: vec![at("HKLM\\Software\\Other"), with(at(run), json!({ "command": "" }))],
            asked: "TargetObject",
        },
        One {
            name: "persistence-wmi",
            kind: "persistence",
            record: wmi,
            holds: json!({ "host": "ws1.corp.example", "time": AT, "mechanism": "wmi", "name": "c", "command": "C:\\u.exe" }),
            differs: vec![json!({ "host": "ws1.corp.example", "time": AT, "mechanism": "wmi", "name": "d" })],
            asked: "Destination",
        },
    ]
}

fn credentials() -> Vec<One> {
    let opened = sysmon(
        10,
        json!({
            "SourceImage": "C:\\m.exe", "TargetImage": "C:\\Windows\\system32\\lsass.exe", "GrantedAccess": "0x1FFFFF",
            "SourceUser": "CORP\\anna",
        }),
    );
    let stated =
        json!({ "host": "ws1.corp.example", "time": AT, "target": "c:\\windows\\SYSTEM32\\lsass.exe" });
    let replicated = security(
        4662,
        json!({
            "Properties": "%%7688 {1131F6AD-9C07-11D1-F79F-00C04FC2DCD2}", "SubjectDomainName": "CORP", "SubjectUserName": "anna",
        }),
    );
    let directory = json!({ "host": "srv1.corp.example", "time": LATER, "target": "directory replication" });
    vec![
        One {
            name: "credential-access",
            kind: "credential_access",
            record: opened,
            holds: with(
                stated.clone(),
                json!({ "executable": "c:\\M.exe", "access": "0x1fffff", "account": "anna" }),
            ),
            differs: vec![
                with(stated.clone(), json!({ "target": "C:\\Windows\\system32\\notepad.exe" })),
                with(stated, json!({ "access": "0x1000" })),
            ],
            asked: "TargetImage",
        },
        One {
            name: "credential-replication",
            kind: "credential_access",
            record: replicated,
            holds: with(directory.clone(), json!({ "account": "corp\\anna" })),
            differs: vec![with(directory, json!({ "account": "corp\\bob" }))],
            asked: "Properties",
        },
    ]
}

fn connections() -> Vec<One> {
    let flow = sysmon(
        3,
        json!({
            "Image": "C:\\c.exe", "Initiated": true, "SourceIp": "10.0.0.5", "SourcePort": "50000",
            "DestinationIp": "2001:DB8:0:0::1", "DestinationPort": 443, "DestinationHostname": "c2.example",
        }),
    );
    let proxy = json!({
        "_path": "w3c_proxy", "date": "2026-03-01", "time": "10:05:00", "c-ip": "10.0.0.5", "r-ip": "203.0.113.9",
        "cs-host": "C2.example", "cs-bytes": 5_000_000_000_u64, "cs-username": "anna",
    });
    vec![
        One {
            name: "connection",
            kind: "connection",
            record: flow,
            holds: json!({
                "host": "ws1.corp.example", "time": AT, "from": "::ffff:a00:5", "from_port": 50000, "to": "2001:db8::1",
                "to_port": 443, "domain": "C2.EXAMPLE", "executable": "c:\\C.exe", "account": "CORP\\ANNA",
            }),
            differs: vec![
                json!({ "time": AT, "from": "10.0.0.5" }),
                json!({ "time": AT, "to": "2001:db8::2" }),
                json!({ "time": AT, "to": "2001:db8::1", "to_port": 80 }),
                json!({ "time": AT, "to": "2001:db8::1", "sent_at_least": 1 }),
            ],
            asked: "DestinationIp",
        },
        One {
            name: "connection-sensor",
            kind: "connection",
            record: conn(50000, 1234),
            holds: json!({ "time": FLOWN, "to": "203.0.113.9", "to_port": 443, "sent_at_least": 1234 }),
            differs: vec![json!({ "time": FLOWN, "to": "203.0.113.9", "sent_at_least": 1235 })],
            asked: "orig_bytes",
        },
        One {
            name: "connection-proxy",
            kind: "connection",
            record: proxy,
            holds: json!({ "time": LATER, "domain": "c2.EXAMPLE", "account": "anna", "sent_at_least": 5_000_000_000_u64 }),
            differs: vec![json!({ "time": LATER, "domain": "example" })],
            asked: "cs-host",
        },
    ]
}

fn files() -> Vec<One> {
    let made = sysmon(11, json!({ "TargetFilename": "C:\\Temp\\a.zip", "Image": "C:\\z.exe" }));
    let shared = security(
        5145,
        json!({
            "ShareName": "\\\\*\\C$", "RelativeTargetName": "a.exe", "SubjectDomainName": "CORP", "SubjectUserName": "anna",
            "IpAddress": "10.0.0.5",
        }),
    );
    let stated = |action: &str| json!({ "host": "ws1.corp.example", "time": AT, "action": action, "path": "c:\\temp\\A.zip" });
    let path = "\\\\*\\c$\\a.exe";
    vec![
        One {
            name: "file",
            kind: "file",
            record: made,
            holds: with(stated("created"), json!({ "executable": "C:\\Z.exe", "account": "anna" })),
            differs: vec![stated("deleted"), with(stated("created"), json!({ "hash": "md5:00" }))],
            asked: "TargetFilename",
        },
        One {
            name: "file-share",
            kind: "file",
            record: shared,
            holds: json!({ "host": "srv1.corp.example", "time": LATER, "action": "opened_over_share", "path": path, "from": "10.0.0.5" }),
            differs: vec![
                json!({ "host": "srv1.corp.example", "time": LATER, "action": "opened_over_share", "path": "a.exe" }),
            ],
            asked: "RelativeTargetName",
        },
    ]
}

/// Dossiers for each kind that one record shows: all shown; one field hidden.
pub fn on_one_record(out: &mut Vec<Vector>) {
    let all = [processes(), logons(), persistence(), credentials(), connections(), files()];
    for one in all.into_iter().flatten() {
        let case = Case::new(&[sysmon(5, json!({})), one.record.clone(), sysmon(5, json!({ "Image": "x" }))]);
        let mut claims = vec![(claim("holds", one.kind, one.holds.clone(), &[1]), 2)];
        for (place, params) in one.differs.iter().enumerate() {
            claims.push((claim(&format!("differs-{place}"), one.kind, params.clone(), &[1]), 0));
        }
        claims.push((claim("also-of-another", one.kind, one.holds.clone(), &[0, 1]), 0));
        let all = [show(0), show(1)];
        out.push(holding(&format!("{}.shown", one.name), "each record whole", &case, &all, claims, &[]));
        let what = format!("the field {} is hidden", one.asked);
        let claims = vec![(claim("open", one.kind, one.holds.clone(), &[1]), 1)];
        out.push(holding(
            &format!("{}.hidden", one.name),
            &what,
            &case,
            &[hide(1, &[one.asked])],
            claims,
            &[],
        ));
    }
}

/// A dossier that verifies, with the rung of each claim.
pub fn holding(
    name: &str,
    what: &str,
    case: &Case,
    shown: &[Show],
    claims: Vec<(Value, u8)>,
    attachments: &[&str],
) -> Vector {
    let rungs =
        claims.iter().map(|(claim, rung)| (claim["id"].as_str().unwrap().to_owned(), *rung)).collect();
    let claims = claims.into_iter().map(|(claim, _)| claim).collect();
    Vector::good(&format!("claim.{name}"), what, case.first(shown, claims, attachments), rungs)
}

/// Frames that name no computation, and kinds that nobody knows.
pub fn frames(out: &mut Vec<Vector>) {
    let case = Case::new(&[sysmon(1, json!({ "Image": "C:\\a.exe" }))]);
    let stated = json!({ "host": "ws1.corp.example", "time": AT, "executable": "C:\\a.exe" });
    let without = |name: &str| {
        let mut params = stated.as_object().unwrap().clone();
        params.remove(name);
        Value::Object(params)
    };
    let of = |id: &str, params: Value| claim(id, "process", params, &[0]);
    let whole = json!({ "quantifier": "only", "property": "executable", "value": "a" });
    let claims = vec![
        (of("holds", stated.clone()), 2),
        (of("left-out-as-null", with(stated.clone(), json!({ "parent": null }))), 2),
        (of("host-missing", without("host")), 0),
        (of("time-missing", without("time")), 0),
        (of("time-without-zone", with(stated.clone(), json!({ "time": "2026-03-01T10:00:00.123" }))), 0),
        (of("unknown-parameter", with(stated.clone(), json!({ "pid": 4 }))), 0),
        (of("wrong-type", with(stated.clone(), json!({ "executable": 4 }))), 0),
        (of("host-null", with(stated.clone(), json!({ "host": null }))), 0),
        (claim("cites-none", "process", stated, &[]), 0),
        (claim("unknown-kind", "unheard_of", json!({ "a": [1] }), &[0]), 1),
        (claim("unknown-kind-cites-none", "unheard_of", json!({}), &[]), 0),
        (claim("whole", "whole", whole.clone(), &[0]), 1),
        (claim("whole-unknown-word", "whole", with(whole, json!({ "quantifier": "most" })), &[0]), 0),
    ];
    out.push(holding("frames", "claims whose frame decides", &case, &[show(0)], claims, &[]));
}

/// Logs and channels named as what objects of some languages inherit.
pub fn names(out: &mut Vec<Vector>) {
    let names = ["constructor", "__proto__", "toString", "hasOwnProperty"];
    let logs = names.iter().map(|name| json!({ "_path": name, "ts": 1, "host": "a" }));
    let channels = names
        .iter()
        .map(|name| json!({ "Channel": name, "EventID": 1, "Computer": "a", "TimeCreated": LATER }));
    let records: Vec<Value> = logs.chain(channels).collect();
    let text = "title: t\nid: r\nlogsource:\n    product: windows\n    category: process_creation\ndetection:\n    s:\n        host: a\n    condition: s\n";
    let mut claims = Vec::new();
    for record in 0..8 {
        let params = json!({ "host": "a", "time": LATER, "executable": "a" });
        claims.push((claim(&format!("process-{record}"), "process", params, &[record]), 0));
        claims.push((
            claim(&format!("rule-{record}"), "rule_match", rule_params(text, "r", "t"), &[record]),
            0,
        ));
    }
    let shown: Vec<Show> = (0..8).map(show).collect();
    out.push(holding(
        "names",
        "names that objects of some languages inherit",
        &Case::new(&records),
        &shown,
        claims,
        &[text],
    ));
}

/// SHA-256 of a rule's text with its claim parameters.
pub fn rule_params(text: &str, id: &str, title: &str) -> Value {
    debug_assert_eq!(Digest::of(text.as_bytes()).to_hex(), digest(text));
    json!({ "rule_id": id, "rule_title": title, "rule_digest": digest(text) })
}
