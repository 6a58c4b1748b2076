//! Rules and correlations evaluated from their texts.

use serde_json::{Value, json};

use super::Vector;
use super::case::{Case, claim, digest, hide, show};
use super::claims::{conn, holding, rule_params, security, sysmon, with};

const ID: &str = "6f3e2987-db24-4c78-a860-b4f4095a7095";

fn rule(title: &str, source: &str, detection: &str) -> String {
    format!("title: {title}\nid: {ID}\nlogsource:\n{source}detection:\n{detection}")
}

fn process(title: &str, detection: &str) -> String {
    rule(title, "    category: process_creation\n    product: windows\n", detection)
}

pub fn all(out: &mut Vec<Vector>) {
    let case = Case::new(&[
        sysmon(
            1,
            json!({
                "Image": "C:\\Windows\\System32\\rundll32.exe", "CommandLine": "rundll32 –a C:\\x\\comsvcs.dll, MiniDump 652 out",
                "ParentImage": "C:\\Windows\\System32\\rundll32.exe", "ProcessId": 652, "Company": "Größe ΣΑΣ",
            }),
        ),
        security(
            4688,
            json!({ "NewProcessName": "C:\\T\\a.exe", "SubjectUserName": "anna", "CommandLine": "a.exe aGVsbG8gd29ybGQ=" }),
        ),
        with(conn(50000, 10), json!({ "method": "GET", "uri": "/a?b" })),
        sysmon(13, json!({ "TargetObject": "HKLM\\a", "Details": "DWORD (0x00000001)" })),
    ]);
    for (name, text, records) in texts() {
        let of = |id: &str, record: u64| claim(id, "rule_match", rule_params(&text, ID, name), &[record]);
        let claims =
            records.iter().map(|(record, rung)| (of(&format!("record-{record}"), *record), *rung)).collect();
        let shown = [show(0), show(1), show(2), show(3)];
        out.push(holding(
            &format!("rule.{name}"),
            "a rule on whole records",
            &case,
            &shown,
            claims,
            &[&text],
        ));
    }
    hidden(&case, out);
    frames(&case, out);
    correlations(out);
    services(out);
}

/// Name, rule, and the rung of the claim that it matches a record.
#[rustfmt::skip]
fn texts() -> Vec<(&'static str, String, Vec<(u64, u8)>)> {
    vec![
        ("wildcards", process("wildcards", "    sel:\n        Image|endswith:\n            - '\\cmd.exe'\n            - '\\RUNDLL32.exe'\n        CommandLine: '*comsvcs?dll*MiniDump*'\n    condition: sel\n"), vec![(0, 2), (1, 0), (2, 0)]),
        ("all-and-not", process("all-and-not", "    sel:\n        CommandLine|contains|all: [rundll32, 'MINIDUMP']\n    filter_a:\n        ParentImage: null\n    condition: sel and not 1 of filter_*\n"), vec![(0, 2), (1, 0)]),
        ("windash", process("windash", "    sel:\n        CommandLine|windash|contains: ' -a '\n    condition: sel\n"), vec![(0, 2)]),
        ("regex", process("regex", "    sel:\n        CommandLine|re|i: '(?:COMSVCS|other)\\.dll,\\s+mini[a-z]{4}\\b.*\\d{3}'\n    condition: all of them\n"), vec![(0, 2), (1, 0)]),
        ("fieldref", process("fieldref", "    sel:\n        Image|fieldref: ParentImage\n    condition: sel\n"), vec![(0, 2), (1, 0)]),
        ("numbers", process("numbers", "    sel:\n        ProcessId|gte: 652\n        ProcessId|lt: 652.5\n        ProcessId: 652\n    condition: sel\n"), vec![(0, 2)]),
        ("exists", process("exists", "    a:\n        Company|exists: true\n    b:\n        Nothing|exists: true\n    condition: a and not b\n"), vec![(0, 2), (1, 0)]),
        ("caseless-letters", process("caseless-letters", "    sel:\n        Company: 'GRÖßE σας'\n    condition: sel\n"), vec![(0, 2)]),
        ("cased", process("cased", "    sel:\n        Image|cased|endswith: 'RUNDLL32.exe'\n    condition: sel\n"), vec![(0, 0)]),
        ("keywords", process("keywords", "    words:\n        - 'nowhere'\n        - 'minidump'\n    condition: words\n"), vec![(0, 2), (1, 0)]),
        ("alias", process("alias", "    sel:\n        Image|endswith: '\\a.exe'\n        User: ANNA\n    condition: sel\n"), vec![(1, 2), (0, 0)]),
        ("base64", process("base64", "    sel:\n        CommandLine|base64offset|contains: 'lo wor'\n    condition: sel\n"), vec![(1, 2), (0, 0)]),
        ("base64-wide", process("base64-wide", "    sel:\n        CommandLine|utf16le|base64|contains: 'hi'\n    condition: sel\n"), vec![(1, 0)]),
        ("time", process("time", "    sel:\n        UtcTime|hour|gte: 10\n        UtcTime|week: 9\n    condition: sel\n"), vec![(0, 2)]),
        ("counted", process("counted", "    s1:\n        Image|contains: rundll32\n    s2:\n        Image|contains: nothing\n    s3:\n        ParentImage|contains: rundll32\n    condition: 2 of s* and not 3 of s*\n"), vec![(0, 2)]),
        ("list-of-maps", process("list-of-maps", "    sel:\n        - Image: x\n        - CommandLine|startswith: RUNDLL32\n          ProcessId: '652'\n    condition: sel\n"), vec![(0, 2)]),
        ("escapes", process("escapes", "    sel:\n        CommandLine|contains: \"c:\\\\\\\\x\\\\comsvcs\"\n    condition: sel\n"), vec![(0, 2)]),
        ("cidr", rule("cidr", "    product: zeek\n    service: conn\n", "    sel:\n        id.resp_h|cidr: 203.0.112.0/23\n        src_ip|cidr: '10.0.0.0/8'\n        dst_port: 443\n    condition: sel\n"), vec![(2, 2), (0, 0)]),
        ("registry", rule("registry", "    category: registry_set\n    product: windows\n", "    sel:\n        TargetObject|startswith: 'HKLM\\'\n        Details: 'DWORD (0x00000001)'\n    condition: sel\n"), vec![(3, 2), (0, 0)]),
        ("two-conditions", process("two-conditions", "    a:\n        Image: x\n    b:\n        ProcessId: 652\n    condition:\n        - a\n        - b\n"), vec![(0, 2)]),
        ("neq", process("neq", "    a:\n        ProcessId|neq: 651\n    condition: a\n"), vec![(0, 2)]),
        ("unknown-modifier", process("unknown-modifier", "    a:\n        ProcessId|nearly: 651\n    condition: a\n"), vec![(0, 1)]),
        ("unknown-selection", process("unknown-selection", "    a:\n        ProcessId: 652\n    condition: a and b\n"), vec![(0, 1)]),
        ("no-yaml", "title: 'no end".to_owned(), vec![(0, 1)]),
    ]
}

fn hidden(case: &Case, out: &mut Vec<Vector>) {
    let text = process(
        "filtered",
        "    sel:\n        Image|endswith: '\\rundll32.exe'\n    filter:\n        User: 'CORP\\anna'\n    condition: sel and not filter\n",
    );
    let of = |id: &str| claim(id, "rule_match", rule_params(&text, ID, "filtered"), &[0]);
    let shown = [hide(0, &["User"])];
    let what = "a filter's field is hidden, so that it cannot turn a miss into a match";
    out.push(holding("rule.hidden-filter", what, case, &shown, vec![(of("open"), 1)], &[&text]));
    let text = process("short", "    sel:\n        Image|endswith: '\\rundll32.exe'\n    condition: sel\n");
    let of = |id: &str| claim(id, "rule_match", rule_params(&text, ID, "short"), &[0]);
    let shown = [hide(0, &["CommandLine", "ParentImage", "User", "Company"])];
    out.push(holding(
        "rule.hidden-others",
        "what the rule does not ask for is hidden",
        case,
        &shown,
        vec![(of("holds"), 2)],
        &[&text],
    ));
    let words = process("words", "    w: [minidump]\n    condition: w\n");
    let of = |id: &str| claim(id, "rule_match", rule_params(&words, ID, "words"), &[0]);
    out.push(holding(
        "rule.hidden-keyword",
        "a rule that searches every field, of which one is hidden",
        case,
        &[hide(0, &["Company"])],
        vec![(of("open"), 1)],
        &[&words],
    ));
    let shown = [hide(0, &["EventID"])];
    let of = |id: &str| claim(id, "rule_match", rule_params(&text, ID, "short"), &[0]);
    out.push(holding(
        "rule.hidden-kind",
        "what kind of event it is is hidden",
        case,
        &shown,
        vec![(of("open"), 1)],
        &[&text],
    ));
}

fn frames(case: &Case, out: &mut Vec<Vector>) {
    let text = process("framed", "    sel:\n        ProcessId: 652\n    condition: sel\n");
    let right = rule_params(&text, ID, "framed");
    let of = |id: &str, more: Value| claim(id, "rule_match", with(right.clone(), more), &[0]);
    let values = r#"{"names":["RUNDLL*","x"]}"#;
    let expanding = process(
        "expanding",
        "    sel:\n        Image|expand|endswith: '\\%names%.exe'\n    condition: sel\n",
    );
    let expanded = with(rule_params(&expanding, ID, "expanding"), json!({ "placeholders": digest(values) }));
    let claims = vec![
        (of("holds", json!({})), 2),
        (of("other-title", json!({ "rule_title": "Framed" })), 0),
        (of("other-id", json!({ "rule_id": "x" })), 0),
        (of("text-not-attached", json!({ "rule_digest": digest("another") })), 1),
        (claim("placeholders", "rule_match", expanded, &[0]), 2),
        (claim("placeholders-missing", "rule_match", rule_params(&expanding, ID, "expanding"), &[0]), 1),
        (of("placeholders-not-needed", json!({ "placeholders": digest(values) })), 2),
        (of("placeholders-no-values", json!({ "placeholders": digest(&text) })), 1),
    ];
    out.push(holding(
        "rule.frames",
        "rules under other names, and their placeholders",
        case,
        &[show(0)],
        claims,
        &[&text, values, &expanding],
    ));
}

fn correlation(kind: &str, rules: &str, more: &str) -> String {
    format!("title: many\nid: c1\ncorrelation:\n    type: {kind}\n    rules: {rules}\n{more}")
}

/// Logs of services in the cloud: told by their fields, asked for by other names, with addresses that have a port.
fn services(out: &mut Vec<Vector>) {
    let mail = |address: &str, minute: u64| {
        json!({
            "CreationTime": format!("2026-03-01T10:{minute:02}:00"), "Operation": "MailItemsAccessed", "Workload": "Exchange",
            "OrganizationId": "o-1", "UserId": "anna@corp.example", "ClientIP": address, "ResultStatus": "Succeeded",
        })
    };
    let case = Case::new(&[
        json!({
            "TimeGenerated": "2026-03-01T10:00:00Z", "OperationName": "Update application", "LoggedByService": "Core Directory",
            "Category": "ApplicationManagement", "InitiatedBy.user.userPrincipalName": "anna@corp.example", "Result": "success",
        }),
        json!({ "time": "2026-03-01T10:00:00Z", "category": "signinlogs", "properties.status.errorCode": 50097 }),
        mail("192.0.2.9:50001", 1),
        mail("[2001:db8::9]:443", 2),
        mail("192.0.2.9:50002", 3),
        mail("2001:db8::9", 4),
        json!({ "time": "2026-03-01T10:00:00Z", "category": "other", "properties.status.errorCode": 50097 }),
        json!({
            "TimeGenerated": "2026-03-01T10:00:00Z", "EventLog": "Microsoft-Windows-Sysmon/Operational", "EventID": "18",
            "Computer": "WS1.corp.example", "Image": "C:\\a.exe", "PipeName": "\\msagent_1",
        }),
        with(mail("", 5), json!({ "Client_IPAddress": "192.0.2.9" })),
    ]);
    let azure = |service: &str| format!("    product: azure\n    service: {service}\n");
    let audit = rule(
        "audit",
        &azure("auditlogs"),
        "    sel:\n        properties.message: update application\n        Status: Success\n    condition: sel\n",
    );
    let signin =
        rule("signin", &azure("signinlogs"), "    sel:\n        ResultType: 50097\n    condition: sel\n");
    let pipe = rule(
        "pipe",
        "    product: windows\n    category: pipe_created\n",
        "    sel:\n        PipeName|startswith: '\\msagent_'\n    condition: sel\n",
    );
    let mails = rule(
        "mails",
        "    product: m365\n    service: audit\n",
        "    sel:\n        eventName: MailItemsAccessed\n    condition: sel\n",
    );
    let of = |id: &str, text: &str, title: &str, record: u64| {
        claim(id, "rule_match", rule_params(text, ID, title), &[record])
    };
    let by_address = correlation(
        "event_count",
        &format!("[{ID}]"),
        "    group-by: [source_ip]\n    timespan: 5m\n    condition: {gte: 2}\n",
    );
    let twice = |id: &str, cites: &[u64]| {
        let params = json!({
            "rule_id": "c1", "rule_title": "many", "rule_digest": digest(&by_address), "base_digests": [digest(&mails)],
        });
        claim(id, "correlation", params, cites)
    };
    let claims = vec![
        (of("audit", &audit, "audit", 0), 2),
        (of("signin", &signin, "signin", 1), 2),
        (of("no-signin", &signin, "signin", 6), 0),
        (of("pipe", &pipe, "pipe", 7), 2),
        (of("mail", &mails, "mails", 2), 2),
        (of("other-service", &mails, "mails", 0), 0),
        (twice("address-with-port", &[2, 4]), 2),
        (twice("address-in-brackets", &[3, 5]), 2),
        (twice("addresses-apart", &[2, 3]), 0),
        (twice("empty-address", &[2, 8]), 2),
    ];
    let shown: Vec<_> = (0..case.size()).map(show).collect();
    let texts = [&*audit, &*signin, &*pipe, &*mails, &*by_address];
    out.push(holding("rule.services", "logs of services in the cloud", &case, &shown, claims, &texts));
    let what = "the field that tells a service's log is hidden";
    let open = vec![(of("open", &signin, "signin", 1), 1)];
    out.push(holding("rule.services-hidden", what, &case, &[hide(1, &["category"])], open, &[&signin]));
}

fn correlations(out: &mut Vec<Vector>) {
    let failed = rule(
        "failed",
        "    product: windows\n    service: security\n",
        "    sel:\n        EventID: 4625\n    condition: sel\n",
    );
    let worked = "title: worked\nid: r2\nname: worked\nlogsource:\n    product: windows\n    service: security\ndetection:\n    sel:\n        EventID: 4624\n    condition: sel\n";
    let at = |id: u64, minute: u64, user: &str| {
        security(
            id,
            json!({ "TimeCreated": format!("2026-03-01T10:{minute:02}:00Z"), "TargetUserName": user, "IpAddress": "10.0.0.5" }),
        )
    };
    let case = Case::new(&[
        at(4625, 0, "anna"),
        at(4625, 1, "bob"),
        at(4625, 2, "anna"),
        at(4624, 3, "anna"),
        at(4625, 30, "anna"),
    ]);
    let of = |id: &str, text: &str, cites: &[u64]| {
        let params = json!({
            "rule_id": "c1", "rule_title": "many", "rule_digest": digest(text), "base_digests": [digest(&failed), digest(worked)],
        });
        claim(id, "correlation", params, cites)
    };
    let count = correlation(
        "event_count",
        &format!("[{ID}]"),
        "    group-by: [IpAddress]\n    timespan: 5m\n    condition:\n        gte: 3\n",
    );
    let grouped = correlation(
        "event_count",
        &format!("[{ID}]"),
        "    group-by: [TargetUserName]\n    timespan: 5m\n    condition: {gte: 2}\n",
    );
    let values = correlation(
        "value_count",
        &format!("[{ID}]"),
        "    group-by: [source_ip]\n    timespan: 5m\n    condition: {gt: 1, field: TargetUserName}\n",
    );
    let ordered = correlation(
        "temporal_ordered",
        &format!("[{ID}, worked]"),
        "    group-by: [who]\n    aliases:\n        who: {worked: TargetUserName, 6f3e2987-db24-4c78-a860-b4f4095a7095: TargetUserName}\n    timespan: 5m\n",
    );
    let falls = correlation("event_count", &format!("[{ID}]"), "    timespan: 5m\n    condition: {lte: 3}\n");
    let sums = correlation(
        "value_sum",
        &format!("[{ID}]"),
        "    timespan: 5m\n    condition: {gte: 1, field: IpPort}\n",
    );
    let either = correlation(
        "temporal",
        &format!("[{ID}, worked]"),
        "    timespan: 5m\n    condition: worked or 1 of 6f*\n",
    );
    let claims = vec![
        (of("count", &count, &[0, 1, 2]), 2),
        (of("count-too-few", &count, &[0, 1]), 0),
        (of("count-not-in-one-window", &count, &[0, 1, 4]), 0),
        (of("count-other-rule", &count, &[0, 1, 2, 3]), 0),
        (of("grouped", &grouped, &[0, 2]), 2),
        (of("grouped-apart", &grouped, &[0, 1, 2]), 0),
        (of("values", &values, &[0, 1]), 2),
        (of("values-same", &values, &[0, 2]), 0),
        (of("ordered", &ordered, &[2, 3]), 2),
        (of("ordered-backwards", &ordered, &[3, 4]), 0),
        (of("could-cease", &falls, &[0]), 1),
        (of("sums", &sums, &[0]), 1),
        (of("either", &either, &[3]), 2),
        (of("not-attached", "another", &[0]), 1),
        (
            claim(
                "no-correlation",
                "correlation",
                json!({
                    "rule_id": ID, "rule_title": "failed", "rule_digest": digest(&failed), "base_digests": [],
                }),
                &[0],
            ),
            0,
        ),
    ];
    let texts = [&failed, worked, &count, &grouped, &values, &ordered, &falls, &sums, &either];
    let all = [show(0), show(1), show(2), show(3), show(4)];
    out.push(holding("correlation.shown", "each record whole", &case, &all, claims, &texts));
    let claims = vec![(of("open", &grouped, &[0, 2]), 1), (of("needs-another-field", &count, &[0, 1, 2]), 2)];
    let shown = [hide(0, &["TargetUserName"]), show(1), show(2)];
    out.push(holding("correlation.hidden", "a field to group by is hidden", &case, &shown, claims, &texts));
}
