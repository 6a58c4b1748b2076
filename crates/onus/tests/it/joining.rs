//! What joins findings and what does not: small made logs, each with two findings that one thing joins, and the same
//! with a near miss of it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{onus, text};
use serde_json::{Value, json};

const H1: &str = "WS-01.corp.example";
const H2: &str = "WS-02.corp.example";

fn rule(mark: &str, id: &str) -> String {
    format!(
        "title: Mark {mark}\nid: 0a4b9d0c-54e5-4ffb-8a39-6cb3a3a5a2{id}\nlevel: high\nlogsource: {{product: windows}}\n\
         detection:\n  words: ['mark-{mark}']\n  condition: words\n"
    )
}

/// An event of a channel on a host, at a day and a minute.
fn event(channel: &str, id: i64, host: &str, (day, minute): (u32, u32), fields: Value) -> Value {
    let mut all = json!({
        "Channel": channel,
        "EventID": id,
        "Computer": host,
        "TimeCreated": format!("2026-03-{day:02}T10:{minute:02}:00Z"),
    });
    let Value::Object(fields) = fields else { panic!("an object") };
    all.as_object_mut().unwrap().extend(fields);
    all
}

pub fn sysmon(id: i64, host: &str, at: (u32, u32), fields: Value) -> Value {
    event("Microsoft-Windows-Sysmon/Operational", id, host, at, fields)
}

pub fn security(id: i64, host: &str, at: (u32, u32), fields: Value) -> Value {
    event("Security", id, host, at, fields)
}

/// A process with a GUID of that number; what it was started by joins nothing.
pub fn process(host: &str, at: (u32, u32), number: u32, image: &str, line: &str) -> Value {
    sysmon(
        1,
        host,
        at,
        json!({"ProcessGuid": guid(number), "ProcessId": number, "Image": image, "CommandLine": line,
            "ParentProcessGuid": guid(999), "ParentImage": "C:\\Windows\\explorer.exe", "User": "NT AUTHORITY\\SYSTEM"}),
    )
}

fn guid(number: u32) -> String {
    format!("{{11111111-0000-0000-0000-{number:012}}}")
}

/// A case of these events, with the two rules of this test.
pub fn marked(folder: &Path, events: &[Value]) -> PathBuf {
    let (log, rules, case) = (folder.join("log.json"), folder.join("rules"), folder.join("case"));
    let lines: Vec<String> = events.iter().map(Value::to_string).collect();
    fs::write(&log, lines.join("\n") + "\n").unwrap();
    fs::create_dir(&rules).unwrap();
    fs::write(rules.join("one.yml"), rule("one", "d1")).unwrap();
    fs::write(rules.join("two.yml"), rule("two", "d2")).unwrap();
    let run = onus(&["investigate", text(&log), "--rules", text(&rules), "--out", text(&case), "-q"]);
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    case
}

/// The reasons of the edges of all intrusions.
fn reasons(folder: &Path, events: &[Value]) -> Vec<String> {
    let case = marked(folder, events);
    let stories: Value =
        serde_json::from_str(&fs::read_to_string(case.join("intrusions.json")).unwrap()).unwrap();
    let edges = stories.as_array().unwrap().iter().flat_map(|story| story["edges"].as_array().unwrap());
    edges.map(|edge| edge["reason"].as_str().unwrap().to_owned()).collect()
}

/// The events join their two findings, and one of the reasons is this; with the last event changed nothing does.
fn joins(reason: &str, events: &[Value], changed: Value) {
    let folder = tempfile::tempdir().unwrap();
    let found = reasons(folder.path(), events);
    assert!(found.iter().any(|found| found.contains(reason)), "{reason}: {found:?}");
    let mut near_miss = events.to_vec();
    *near_miss.last_mut().unwrap() = changed;
    let folder = tempfile::tempdir().unwrap();
    let found = reasons(folder.path(), &near_miss);
    assert_eq!(found, [""; 0], "a near miss of: {reason}");
}

/// What process 4 starts is started by what starts everything.
fn start(at: (u32, u32), pid: &str, parent: &str, image: &str, line: &str) -> Value {
    let above = if parent == "0x4" { "C:\\Windows\\explorer.exe" } else { "C:\\ProgramData\\a.exe" };
    security(
        4688,
        H1,
        at,
        json!({"NewProcessId": pid, "ProcessId": parent, "NewProcessName": image, "CommandLine": line,
            "ParentProcessName": above, "SubjectUserName": "WS-01$"}),
    )
}

#[test]
fn a_process_without_a_guid_is_its_pid_until_that_is_given_out_again() {
    let one = start((2, 0), "0x100", "0x4", "C:\\ProgramData\\a.exe", "a.exe mark-one");
    let two = start((4, 0), "0x200", "0x100", "C:\\ProgramData\\b.exe", "b.exe mark-two");
    let other = |pid| start((3, 0), pid, "0x4", "C:\\ProgramData\\other.exe", "other.exe");
    joins("same process a.exe on WS-01", &[one, two, other("0x101")], other("0x100"));
}

#[test]
fn a_process_of_a_log_that_names_no_host() {
    let nameless = |mut event: Value| {
        event.as_object_mut().unwrap().remove("Computer");
        event
    };
    let one = start((2, 0), "0x100", "0x4", "C:\\ProgramData\\a.exe", "a.exe mark-one");
    let two = start((4, 0), "0x200", "0x100", "C:\\ProgramData\\b.exe", "b.exe mark-two");
    let other = |pid| nameless(start((3, 0), pid, "0x4", "C:\\ProgramData\\other.exe", "other.exe"));
    joins("same process a.exe", &[nameless(one), nameless(two), other("0x101")], other("0x100"));
}

#[test]
fn a_script_and_the_process_that_ran_it() {
    let shell = "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe";
    let one = process(H1, (2, 0), 600, shell, "powershell.exe -nop mark-one");
    let script = |pid: u32, minute| {
        let fields = json!({"ScriptBlockText": "mark-two", "Execution_ProcessID": pid});
        event("Microsoft-Windows-PowerShell/Operational", 4104, H1, (4, minute), fields)
    };
    let reason = "same process powershell.exe on WS-01";
    joins(reason, &[one.clone(), script(600, 0)], script(604, 0));
    // Another process has the PID by then.
    let other = |at| process(H1, at, 600, "C:\\ProgramData\\other.exe", "other.exe");
    joins(reason, &[one, script(600, 5), other((4, 6))], other((4, 4)));
}

#[test]
fn a_start_that_two_logs_tell_is_of_one_process() {
    let image = "C:\\ProgramData\\a.exe";
    let one = process(H1, (2, 0), 256, image, "a.exe mark-one");
    let two = |at| start(at, "0x100", "0x4", image, "a.exe mark-two");
    let child = sysmon(
        1,
        H1,
        (4, 0),
        json!({"ProcessGuid": guid(300), "ProcessId": 300, "Image": "C:\\ProgramData\\b.exe", "CommandLine": "b.exe",
            "ParentProcessGuid": guid(256), "ParentImage": image, "User": "NT AUTHORITY\\SYSTEM"}),
    );
    joins("same process a.exe on WS-01", &[one, child, two((2, 0))], two((5, 0)));
}

#[test]
fn a_file_written_and_run_later() {
    let one = process(H1, (2, 0), 1, "C:\\ProgramData\\a.exe", "a.exe mark-one");
    let two = process(H1, (4, 0), 2, "C:\\ProgramData\\b.exe", "b.exe mark-two");
    let wrote = |path: &str| {
        let image = "C:\\ProgramData\\a.exe";
        sysmon(11, H1, (2, 5), json!({"ProcessGuid": guid(1), "Image": image, "TargetFilename": path}))
    };
    let near_miss = wrote("C:\\Users\\Public\\b.exe");
    joins("the file C:\\ProgramData\\b.exe", &[one, two, wrote("C:\\ProgramData\\b.exe")], near_miss);
}

#[test]
fn a_file_written_and_loaded_later() {
    let one = process(H1, (2, 0), 1, "C:\\ProgramData\\a.exe", "a.exe mark-one");
    let wrote = sysmon(
        11,
        H1,
        (2, 5),
        json!({"ProcessGuid": guid(1), "Image": "C:\\ProgramData\\a.exe", "TargetFilename": "C:\\ProgramData\\c.dll"}),
    );
    let loaded = |path: &str| {
        let image = "C:\\Windows\\System32\\svchost.exe";
        let fields =
            json!({"ProcessGuid": guid(5), "Image": image, "ImageLoaded": path, "Description": "mark-two"});
        sysmon(7, H1, (4, 0), fields)
    };
    let near_miss = loaded("C:\\Temp\\c.dll");
    joins("the file C:\\ProgramData\\c.dll", &[one, wrote, loaded("C:\\ProgramData\\c.dll")], near_miss);
}

#[test]
fn a_file_with_one_hash_on_two_hosts() {
    let hash = |digit: &str| format!("SHA256={}", digit.repeat(64));
    let mut one = process(H1, (2, 0), 1, "C:\\ProgramData\\a.exe", "a.exe mark-one");
    one["Hashes"] = hash("a").into();
    // On two hosts a program needs one reason more, and the account alone is none.
    one["User"] = "CORP\\eve".into();
    let loaded = |hashes: String| {
        let fields = json!({"ProcessGuid": guid(5), "Image": "C:\\Windows\\System32\\svchost.exe", "Hashes": hashes,
            "ImageLoaded": "C:\\Temp\\c.dll", "Description": "mark-two", "User": "CORP\\eve"});
        sysmon(7, H2, (2, 30), fields)
    };
    joins("by its hash", &[one, loaded(hash("A"))], loaded(hash("b")));
}

#[test]
fn a_service_and_what_it_started() {
    let two = process(H1, (4, 0), 2, "C:\\ProgramData\\s.exe", "s.exe mark-two");
    let service =
        |path: &str| event("System", 7045, H1, (2, 0), json!({"ServiceName": "mark-one", "ImagePath": path}));
    let near_miss = service("C:\\Program Files\\s.exe -k");
    joins("the service mark-one", &[two, service("\"C:\\ProgramData\\s.exe\" -k")], near_miss);
}

#[test]
fn a_service_of_a_program_that_anybody_runs_by_its_arguments() {
    let line = "C:\\Windows\\System32\\cmd.exe /c echo qwerty > \\\\.\\pipe\\qwerty";
    let mut two = process(H1, (4, 0), 2, "C:\\Windows\\System32\\cmd.exe", line);
    two["Description"] = "mark-two".into();
    let service = |arguments: &str| {
        let path = format!("%COMSPEC% cmd.exe {arguments}");
        security(4697, H1, (2, 0), json!({"ServiceName": "mark-one", "ServiceFileName": path}))
    };
    let same = service("/c echo qwerty > \\\\.\\pipe\\qwerty");
    joins("the service mark-one", &[two, same], service("/c echo other > \\\\.\\pipe\\other"));
}

#[test]
fn a_task_and_what_it_started() {
    let two = process(H1, (4, 0), 2, "C:\\ProgramData\\t.exe", "t.exe mark-two");
    let task = |path: &str| {
        let xml = format!("<Task><Exec><Command>{path}</Command><Arguments>-x</Arguments></Exec></Task>");
        security(4698, H1, (2, 0), json!({"TaskName": "\\mark-one", "TaskContent": xml}))
    };
    joins("the scheduled task \\mark-one", &[two, task("C:\\ProgramData\\t.exe")], task("C:\\Temp\\t.exe"));
}

#[test]
fn a_task_that_only_the_scheduler_tells_of() {
    let channel = "Microsoft-Windows-TaskScheduler/Operational";
    let two = process(H1, (4, 0), 2, "C:\\ProgramData\\t.exe", "t.exe mark-two");
    let made = event(channel, 106, H1, (2, 0), json!({"TaskName": "\\mark-one", "UserContext": "SYSTEM"}));
    let ran = |task: &str| {
        event(channel, 200, H1, (4, 0), json!({"TaskName": task, "ActionName": "C:\\ProgramData\\t.exe"}))
    };
    joins("the scheduled task \\mark-one", &[two, made, ran("\\mark-one")], ran("\\other"));
}

#[test]
fn a_registry_value_that_starts_a_program() {
    let two = process(H1, (4, 0), 2, "C:\\ProgramData\\r.exe", "r.exe mark-two");
    let value = |key: &str| {
        let fields = json!({"ProcessGuid": guid(7), "Image": "C:\\Windows\\regedit.exe", "TargetObject": key,
            "Details": "C:\\ProgramData\\r.exe"});
        sysmon(13, H1, (2, 0), fields)
    };
    let run = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run\\mark-one";
    joins("the registry value HKLM", &[two, value(run)], value("HKLM\\SOFTWARE\\Vendor\\mark-one"));
}

#[test]
fn a_wmi_consumer_and_what_it_started() {
    let two = process(H1, (4, 0), 2, "C:\\ProgramData\\w.exe", "w.exe mark-two");
    let consumer = |path: &str| {
        sysmon(20, H1, (2, 0), json!({"Operation": "Created", "Name": "mark-one", "Destination": path}))
    };
    joins(
        "the WMI consumer mark-one",
        &[two, consumer("C:\\ProgramData\\w.exe")],
        consumer("C:\\Temp\\w.exe"),
    );
}

#[test]
fn a_wmi_subscription_that_only_the_wmi_log_tells_of() {
    let two = process(H1, (4, 0), 2, "C:\\ProgramData\\w.exe", "w.exe mark-two");
    let subscription = |path: &str| {
        let cause = format!(
            "Binding EventFilter: instance of __EventFilter {{ Name = \"mark-one\"; }}; Perm. Consumer: instance of \
             CommandLineEventConsumer {{ CommandLineTemplate = \"{path}\"; Name = \"mark-one\"; }};"
        );
        let fields = json!({"Namespace": "//./root/subscription", "PossibleCause": cause});
        event("Microsoft-Windows-WMI-Activity/Operational", 5861, H1, (2, 0), fields)
    };
    joins(
        "the WMI subscription",
        &[two, subscription("C:\\ProgramData\\w.exe")],
        subscription("C:\\Temp\\w.exe"),
    );
}

#[test]
fn a_task_that_was_changed_and_what_it_starts_now() {
    let two = process(H1, (4, 0), 2, "C:\\ProgramData\\t.exe", "t.exe mark-two");
    let changed = |path: &str| {
        let task = format!("<Task><Actions><Exec><Command>{path}</Command></Exec></Actions></Task>");
        let fields = json!({"TaskName": "\\mark-one", "TaskContentNew": task, "SubjectUserName": "WS-01$"});
        security(4702, H1, (2, 0), fields)
    };
    joins("the scheduled task", &[two, changed("C:\\ProgramData\\t.exe")], changed("C:\\Temp\\t.exe"));
}

fn connection(host: &str, number: u32, address: &str) -> Value {
    let fields = json!({"ProcessGuid": guid(number), "Image": "C:\\ProgramData\\x.exe", "Initiated": "true",
        "SourceIp": "10.0.0.1", "SourcePort": 50_001, "DestinationIp": address, "DestinationPort": 443});
    sysmon(3, host, (2, 1), fields)
}

#[test]
fn two_processes_that_call_one_address() {
    let one = process(H1, (2, 0), 1, "C:\\ProgramData\\a.exe", "a.exe mark-one");
    let two = process(H2, (2, 30), 2, "C:\\ProgramData\\b.exe", "b.exe mark-two");
    let events = [one, two, connection(H1, 1, "198.51.100.7"), connection(H2, 2, "198.51.100.7")];
    joins("same outside address 198.51.100.7", &events, connection(H2, 2, "198.51.100.8"));
}

#[test]
fn a_process_that_calls_many_addresses_says_nothing_by_one() {
    let one = process(H1, (2, 0), 1, "C:\\ProgramData\\a.exe", "a.exe mark-one");
    let two = process(H2, (2, 30), 2, "C:\\ProgramData\\b.exe", "b.exe mark-two");
    let mut events = vec![one, two, connection(H1, 1, "198.51.100.7"), connection(H2, 2, "198.51.100.7")];
    events.extend((10..20).map(|last| connection(H2, 2, &format!("203.0.113.{last}"))));
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(reasons(folder.path(), &events), [""; 0]);
}

#[test]
fn a_name_and_a_process_that_calls_its_address() {
    let two = process(H2, (2, 30), 2, "C:\\ProgramData\\b.exe", "b.exe mark-two");
    let query = |answer: &str| {
        let fields = json!({"ProcessGuid": guid(1), "Image": "C:\\Windows\\System32\\svchost.exe",
            "QueryName": "cdn.mark-one.example", "QueryResults": format!("type: 5 x.example;::ffff:{answer};")});
        sysmon(22, H1, (2, 0), fields)
    };
    let events = [two, connection(H2, 2, "198.51.100.9"), query("198.51.100.9")];
    joins("same outside address 198.51.100.9", &events, query("198.51.100.99"));
}

#[test]
fn remote_desktop_by_its_own_log() {
    let one = process(H1, (2, 0), 1, "C:\\ProgramData\\a.exe", "a.exe mark-one");
    let two = process(H2, (2, 30), 2, "C:\\ProgramData\\b.exe", "b.exe mark-two");
    let session = |address: &str| {
        let channel = "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational";
        event(channel, 21, H2, (2, 20), json!({"User": "CORP\\eve", "SessionID": 3, "Address": address}))
    };
    let events = [one, two, connection(H1, 900, "10.0.0.9"), session("10.0.0.1")];
    joins("eve logged on from WS-01", &events, session("LOCAL"));
}

#[test]
fn a_session_that_is_taken_up_again_from_elsewhere() {
    let one = process(H1, (2, 0), 1, "C:\\ProgramData\\a.exe", "a.exe mark-one");
    let two = process(H2, (2, 55), 2, "C:\\ProgramData\\b.exe", "b.exe mark-two");
    let taken_up = |minute: u32| {
        let fields = json!({"AccountName": "eve", "AccountDomain": "CORP", "LogonID": "0x5522", "SessionName": "RDP-Tcp#3",
            "ClientName": "WS-01", "ClientAddress": "10.0.0.1"});
        security(4778, H2, (2, minute), fields)
    };
    let events = [one, two, connection(H1, 900, "10.0.0.9"), taken_up(50)];
    joins("eve logged on from WS-01", &events, taken_up(10));
}

#[test]
fn a_service_that_was_set_up_from_another_host() {
    let one = process(H1, (2, 0), 1, "C:\\ProgramData\\a.exe", "a.exe mark-one");
    let service =
        event("System", 7045, H2, (2, 50), json!({"ServiceName": "mark-two", "ImagePath": "C:\\s.exe"}));
    let logon = |minute: u32| {
        let fields = json!({"TargetUserName": "eve", "TargetDomainName": "CORP", "TargetLogonId": "0x5522", "LogonType": 3,
            "IpAddress": "10.0.0.1"});
        security(4624, H2, (2, minute), fields)
    };
    let events = [one, service, connection(H1, 900, "10.0.0.9"), logon(49)];
    joins("eve logged on from WS-01.corp.example and ran a program (service)", &events, logon(10));
}

/// A process of an account, on one host as the other finding, two days from it: the host alone does not join.
fn of_account(day: u32, account: &str, mark: &str) -> Value {
    let line = format!("cmd.exe /c {mark}");
    let fields = json!({"NewProcessId": "0x10", "ProcessId": "0x4", "NewProcessName": "C:\\Windows\\System32\\cmd.exe",
        "CommandLine": line, "ParentProcessName": "C:\\Windows\\explorer.exe", "SubjectUserName": account});
    security(4688, H1, (day, 0), fields)
}

#[test]
fn an_account_and_its_mail_address() {
    let one = of_account(2, "eve", "mark-one");
    let two = |account| of_account(4, account, "mark-two");
    joins("same account eve", &[one, two("eve@corp.example")], two("mallory@corp.example"));
}

#[test]
fn an_account_and_its_sid() {
    let sid = "S-1-5-21-1004336348-1177238915-682003330-1105";
    let logon = security(
        4624,
        H1,
        (1, 0),
        json!({"TargetUserSid": sid, "TargetUserName": "eve", "TargetDomainName": "CORP", "LogonType": 2}),
    );
    let one = of_account(2, "eve", "mark-one");
    let two = |account: &str| of_account(4, account, "mark-two");
    joins("same account eve", &[logon, one, two(sid)], two("S-1-5-21-1004336348-1177238915-682003330-9999"));
}

#[test]
fn what_everything_descends_from_joins_nothing() {
    let start = |number: u32, mark: &str, day: u32, image: &str| {
        let mut event = process(H1, (day, 0), number, "C:\\ProgramData\\a.exe", mark);
        event["ParentImage"] = image.into();
        event
    };
    let both = |image: &str| [start(1, "mark-one", 2, image), start(2, "mark-two", 4, image)];
    let mut apart = both("C:\\Windows\\System32\\services.exe").to_vec();
    // The two are no file of one path.
    apart[1]["Image"] = "C:\\ProgramData\\b.exe".into();
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(reasons(folder.path(), &apart), [""; 0]);
    let folder = tempfile::tempdir().unwrap();
    let found = reasons(folder.path(), &both("C:\\ProgramData\\parent.exe"));
    assert!(found.iter().any(|reason| reason.contains("same process parent.exe")), "{found:?}");
}
