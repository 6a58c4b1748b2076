//! What joins findings in Linux logs and what does not, as in [`crate::joining`].

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{data, onus, text};
use serde_json::Value;

fn rule(mark: &str, id: &str) -> String {
    format!(
        "title: Mark {mark}\nid: 0a4b9d0c-54e5-4ffb-8a39-6cb3a3a5a2{id}\nlevel: high\nlogsource: {{product: linux}}\n\
         detection:\n  words: ['mark-{mark}']\n  condition: words\n"
    )
}

/// A case of these lines, taken on 10 March 2026.
fn case(folder: &Path, lines: &[String]) -> PathBuf {
    let (log, rules, case) = (folder.join("log"), folder.join("rules"), folder.join("case"));
    fs::write(&log, lines.join("\n") + "\n").unwrap();
    fs::create_dir(&rules).unwrap();
    fs::write(rules.join("one.yml"), rule("one", "d1")).unwrap();
    fs::write(rules.join("two.yml"), rule("two", "d2")).unwrap();
    let taken = ["--collected", "2026-03-10"];
    let base = ["investigate", text(&log), "--rules", text(&rules), "--out", text(&case), "-q"];
    let run = onus(&[&base[..], &taken].concat());
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    case
}

fn stories(folder: &Path, lines: &[String]) -> Value {
    let case = case(folder, lines);
    serde_json::from_str(&fs::read_to_string(case.join("intrusions.json")).unwrap()).unwrap()
}

/// The lines join their two findings, and one of the reasons is this; with the last line changed it is not.
fn joins(reason: &str, lines: &[String], changed: String) {
    let reasons = |lines: &[String]| {
        let folder = tempfile::tempdir().unwrap();
        let stories = stories(folder.path(), lines);
        let edges = stories.as_array().unwrap().iter().flat_map(|story| story["edges"].as_array().unwrap());
        edges.map(|edge| edge["reason"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let found = reasons(lines);
    assert!(found.iter().any(|found| found.contains(reason)), "{reason}: {found:?}");
    let mut near_miss = lines.to_vec();
    *near_miss.last_mut().unwrap() = changed;
    let found = reasons(&near_miss);
    assert_eq!(found, [""; 0], "a near miss of: {reason}");
}

/// What auditd writes when a program is started, in two lines: of the system call, and of its arguments.
fn run(day: u32, serial: u32, (pid, parent): (u32, u32), session: u32, line: &str) -> String {
    // Moments of 2 March 2026, 00:00 UTC, and the days after.
    let stamp = format!("node=web01 type=%TYPE% msg=audit({}.000:{serial})", 1_772_409_600 + day * 86_400);
    let program = line.split(' ').next().unwrap();
    let arguments: Vec<String> =
        line.split(' ').enumerate().map(|(n, part)| format!("a{n}=\"{part}\"")).collect();
    let call = stamp.replace("%TYPE%", "SYSCALL");
    let rest = stamp.replace("%TYPE%", "EXECVE");
    format!(
        "{call}: arch=c000003e syscall=59 success=yes exit=0 ppid={parent} pid={pid} auid=1000 uid=0 ses={session} \
         comm=\"{program}\" exe=\"/usr/bin/{program}\" key=(null)\n{rest}: argc={} {}",
        arguments.len(),
        arguments.join(" ")
    )
}

/// No session.
const NONE: u32 = u32::MAX;

#[test]
fn what_one_shell_started() {
    let shell = run(0, 1, (300, 200), NONE, "bash -i");
    let one = run(1, 2, (400, 300), NONE, "curl mark-one");
    let two = |parent| run(3, 3, (500, parent), NONE, "tar mark-two");
    joins("same process bash on web01", &[shell, one, two(300)], two(301));
}

#[test]
fn what_was_started_in_one_session() {
    let one = run(1, 2, (400, 300), 104, "curl mark-one");
    let two = |session| run(5, 3, (500, 301), session, "tar mark-two");
    // Without a session nothing is of one: an unset number is none.
    joins("logon session 104 on web01", &[one, two(104)], two(105));
    let one = run(1, 2, (400, 300), NONE, "curl mark-one");
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(stories(folder.path(), &[one, two(NONE)]), Value::Array(Vec::new()));
}

/// A line of syslog on a day of March, without a year.
fn line(day: u32, minute: u32, what: &str) -> String {
    format!("Mar  {day} 10:{minute:02}:00 web01 {what}")
}

fn logon(day: u32, pid: u32, user: &str) -> String {
    let message = format!("Accepted publickey for {user} from 203.0.113.9 port 50001 ssh2");
    line(day, 0, &format!("sshd[{pid}]: {message}"))
}

fn sudo(day: u32, user: &str, command: &str) -> String {
    line(
        day,
        30,
        &format!("sudo[77]: {user} : TTY=pts/0 ; PWD=/tmp ; USER=root ; COMMAND=/usr/bin/{command}"),
    )
}

#[test]
fn what_was_done_with_sudo_in_one_session() {
    let lines = |last: String| {
        vec![logon(2, 412, "eve"), sudo(2, "eve", "curl mark-one"), sudo(6, "eve", "tar mark-two"), last]
    };
    let ended = |day| line(day, 0, "sshd[412]: pam_unix(sshd:session): session closed for user eve");
    joins("logon session 412 on web01", &lines(ended(8)), ended(4));
    // Where two sessions of the account were open, it is not told which one it was.
    let folder = tempfile::tempdir().unwrap();
    let two_open = [vec![logon(1, 411, "eve")], lines(ended(8))].concat();
    assert_eq!(stories(folder.path(), &two_open), Value::Array(Vec::new()));
}

#[test]
fn the_logon_of_a_session_is_how_the_host_was_reached() {
    let folder = tempfile::tempdir().unwrap();
    let lines = [logon(2, 412, "eve"), sudo(2, "eve", "curl mark-one"), sudo(2, "eve", "tar mark-two")];
    let stories = stories(folder.path(), &lines);
    let host = &stories[0]["hosts"][0];
    assert_eq!(
        (host["name"].as_str(), host["manner"].as_str()),
        (Some("web01"), Some("logon from 203.0.113.9 as eve")),
        "{stories:#}"
    );
    // 2026-03-02T10:00:00Z.
    assert_eq!(stories[0]["steps"][0]["at"], 1_772_445_600_000_000_i64, "{stories:#}");
}

#[test]
fn without_the_day_of_collection_times_without_a_year_are_no_moments() {
    let folder = tempfile::tempdir().unwrap();
    let (log, case) = (folder.path().join("auth.log"), folder.path().join("case"));
    fs::write(&log, logon(2, 412, "eve") + "\n").unwrap();
    let run = onus(&["investigate", text(&log), "--out", text(&case)]);
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(said.contains("--collected YYYY-MM-DD"), "{said}");
    let asked = onus(&["query", text(&case), "select count(timestamp) from events", "--format", "csv"]);
    assert!(String::from_utf8_lossy(&asked.stdout).trim().ends_with('0'));
    let wrong = onus(&["investigate", text(&log), "--collected", "2026-02-30", "--out", "nowhere"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("there is no such day"));
}

#[test]
fn what_rests_on_the_day_of_collection_is_sealed_and_shown_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let lines = [logon(2, 412, "eve"), sudo(2, "eve", "curl mark-one"), sudo(2, "eve", "tar mark-two")];
    let case = case(folder.path(), &lines);
    let dossier = folder.path().join("dossier.json");
    for command in [
        &["seal", text(&case)][..],
        &["disclose", text(&case), "--claims", "all", "--out", text(&dossier)],
        &["verify", text(&dossier)],
    ] {
        let run = onus(command);
        let said = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
        assert_eq!(run.status.code(), Some(0), "{command:?}: {said}");
    }
    let told = fs::read_to_string(&dossier).unwrap();
    assert!(told.contains("Mar  2 10:00:00"), "the time stands there as it was written");
    assert!(told.contains("The times of 3 events were written without a year"), "and whose word its year is");
    assert!(told.contains("taken on 2026-03-10"));
}

#[test]
fn recorded_attacks_on_linux_are_told() {
    let Some(logs) = data("recorded_attacks_on_linux_are_told", "linux") else { return };
    let Some(rules) = data("recorded_attacks_on_linux_are_told", "sigmahq/rules") else { return };
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    let run = onus(&["investigate", text(&logs), "--rules", text(&rules), "--out", text(&case), "-q"]);
    // The captures beside the logs are no logs: two faults.
    assert_eq!(run.status.code(), Some(4), "{}", String::from_utf8_lossy(&run.stderr));
    let stories: Value =
        serde_json::from_str(&fs::read_to_string(case.join("intrusions.json")).unwrap()).unwrap();
    let hosts: Vec<&str> =
        stories.as_array().unwrap().iter().map(|i| i["hosts"][0]["name"].as_str().unwrap()).collect();
    assert_eq!(hosts, ["WORKSTATION5", "UBUNTU5"]);
    let asked = onus(&[
        "query",
        text(&case),
        "select title from findings where host_name = 'UBUNTU5' and level = 'critical'",
    ]);
    assert!(String::from_utf8_lossy(&asked.stdout).contains("Linux Reverse Shell Indicator"));
}
