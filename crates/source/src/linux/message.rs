//! What syslog writes.

use super::{EVENT, Entry};
use crate::Day;

/// Whether a line is one of syslog's.
pub(crate) fn is_message(line: &str) -> bool {
    head(line).is_some()
}

/// The time, the host, the program with its PID, and the message.
struct Head<'a> {
    time: &'a str,
    host: &'a str,
    program: &'a str,
    pid: Option<&'a str>,
    message: &'a str,
}

fn head(line: &str) -> Option<Head<'_>> {
    let line = line.strip_prefix('<').and_then(|rest| rest.split_once('>')).map_or(line, |(_, rest)| rest);
    let bytes = line.as_bytes();
    let end = if bytes.len() > 20 && bytes[0].is_ascii_digit() && bytes[4] == b'-' && bytes[10] == b'T' {
        line.find(' ')?
    } else if bytes.len() > 16 && bytes[0].is_ascii_uppercase() && bytes[3] == b' ' && bytes[9] == b':' {
        15
    } else {
        return None;
    };
    let (time, rest) = (line.get(..end)?, line.get(end..)?.strip_prefix(' ')?);
    let (host, rest) = rest.split_once(' ')?;
    let (tag, message) = rest.split_once(':')?;
    let (program, pid) = match tag.split_once('[') {
        Some((program, pid)) => (program, Some(pid.strip_suffix(']')?)),
        None => (tag, None),
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_./()".contains(c);
    (!program.is_empty() && program.chars().all(is_name)).then(|| Head {
        time,
        host,
        program,
        pid,
        message: message.trim_start(),
    })
}

/// The entry of a line; a time without a year gets that of the day on which the logs were taken, or of the year before.
pub(super) fn message(line: &str, collected: Option<Day>) -> Option<Entry> {
    let head = head(line)?;
    // A time without a year says less than a date: it is kept under another name.
    let time = if head.time.contains('T') { "time" } else { "logged_at" };
    let mut entry: Entry = Vec::new();
    let mut add = |name: &str, value: &str| entry.push((name.to_owned(), value.to_owned()));
    for (name, value) in [
        ("_path", "linux_syslog"),
        (time, head.time),
        ("host", head.host),
        ("program", head.program),
        ("message", head.message),
    ] {
        add(name, value);
    }
    if time == "logged_at"
        && let Some(dated) = collected.and_then(|day| day.dated(head.time))
    {
        add("time", &dated);
    }
    if let Some(pid) = head.pid {
        add("pid", pid);
    }
    parts_of(&head).into_iter().flatten().for_each(|(name, value)| add(name, value));
    Some(entry)
}

/// The entry of a message of which others kept the head.
pub(crate) fn of_program(host: &str, program: &str, message: &str) -> Entry {
    let head = Head { time: "", host, program, pid: None, message: message.trim_start() };
    let of_head =
        [("_path", "linux_syslog"), ("host", host), ("program", program), ("message", head.message)];
    let own = parts_of(&head).unwrap_or_default();
    of_head.into_iter().chain(own).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn parts_of<'a>(head: &Head<'a>) -> Option<Parts<'a>> {
    match head.program {
        "sshd" | "sshd-session" => ssh(head),
        "sudo" => sudo(head.message),
        "su" => su(head.message),
        _ => None,
    }
}

type Parts<'a> = Vec<(&'static str, &'a str)>;

/// What one process of `sshd` says of the session that it serves: who it is of, and when it begins and ends.
fn ssh<'a>(head: &Head<'a>) -> Option<Parts<'a>> {
    let mut parts = match head.message.split_once(": session closed for user ") {
        Some((_, user)) => vec![(EVENT, "logoff"), ("user", user.trim_end())],
        None => ssh_logon(head.message)?,
    };
    // A process of `sshd` serves one session, so its PID names it.
    parts.extend(head.pid.filter(|_| parts[0].1 != "logon_failed").map(|pid| ("session", pid)));
    Some(parts)
}

/// `Accepted password for eve from 10.0.0.5 port 50001 ssh2`, `Failed … for invalid user …`, `Invalid user …`.
fn ssh_logon(message: &str) -> Option<Parts<'_>> {
    let (before, from) = message.rsplit_once(" from ")?;
    let mut from = from.split(' ');
    let address = from.next()?;
    let port = from.next().filter(|word| *word == "port").and_then(|_| from.next());
    let (event, method, user) = match before.split_once(" for ") {
        Some((what, user)) => {
            let (outcome, method) = what.split_once(' ')?;
            let event = match outcome {
                "Accepted" => "logon",
                "Failed" => "logon_failed",
                _ => return None,
            };
            (event, Some(method), user.strip_prefix("invalid user ").unwrap_or(user))
        }
        None => ("logon_failed", None, before.strip_prefix("Invalid user ")?),
    };
    let mut parts = vec![(EVENT, event), ("user", user), ("rhost", address)];
    parts.extend(port.map(|port| ("rport", port)));
    parts.extend(method.map(|method| ("method", method)));
    Some(parts)
}

/// `eve : TTY=pts/0 ; PWD=/home/eve ; USER=root ; COMMAND=/bin/cat /etc/shadow`.
fn sudo(message: &str) -> Option<Parts<'_>> {
    let (user, rest) = message.trim_start().split_once(" : ")?;
    let (rest, command) = rest.split_once("COMMAND=")?;
    let mut parts = vec![(EVENT, "sudo"), ("user", user.trim()), ("command", command)];
    for part in rest.split(';') {
        match part.trim().split_once('=') {
            Some(("TTY", tty)) => parts.push(("tty", tty)),
            Some(("PWD", folder)) => parts.push(("pwd", folder)),
            Some(("USER", as_whom)) => parts.push(("runas", as_whom)),
            _ => {}
        }
    }
    Some(parts)
}

/// `(to root) eve on pts/0`, and of shadow `Successful su for root by eve`.
fn su(message: &str) -> Option<Parts<'_>> {
    let (as_whom, user) = match message.strip_prefix("Successful su for ") {
        Some(rest) => rest.split_once(" by ")?,
        None => {
            let (as_whom, rest) = message.strip_prefix("(to ")?.split_once(") ")?;
            (as_whom, rest.split_once(" on ")?.0)
        }
    };
    Some(vec![(EVENT, "su"), ("user", user.trim()), ("runas", as_whom)])
}

#[cfg(test)]
mod tests {
    use super::super::of;
    use super::{is_message, message};

    #[test]
    fn what_sshd_and_sudo_write() {
        let line = "2026-03-02T10:00:00.5+01:00 web01 sshd[412]: Accepted publickey for eve from 10.0.0.5 port 50001 ssh2: RSA";
        assert!(is_message(line));
        let entry = message(line, None).unwrap();
        let shown = ["event", "user", "rhost", "rport", "method", "host", "pid"]
            .map(|name| of(&entry, name).unwrap());
        assert_eq!(shown, ["logon", "eve", "10.0.0.5", "50001", "publickey", "web01", "412"]);
        let failed = message(
            "Mar  2 10:00:00 web01 sshd[4]: Failed password for invalid user bob from 10.0.0.5 port 1 ssh2",
            None,
        );
        let failed = failed.unwrap();
        assert_eq!((of(&failed, "event"), of(&failed, "user")), (Some("logon_failed"), Some("bob")));
        assert_eq!((of(&failed, "time"), of(&failed, "logged_at")), (None, Some("Mar  2 10:00:00")));
        let line = "2026-03-02T10:00:00Z web01 sudo:  eve : TTY=pts/0 ; PWD=/tmp ; USER=root ; COMMAND=/bin/cat /etc/shadow";
        let entry = message(line, None).unwrap();
        assert_eq!(
            (of(&entry, "command"), of(&entry, "runas")),
            (Some("/bin/cat /etc/shadow"), Some("root"))
        );
        assert!(!is_message("Lorem ipsum dolor sit amet: 5% of it"));
        assert!(!is_message("a line"));
    }

    #[test]
    fn a_session_begins_and_ends_with_the_process_of_sshd() {
        let of_line = |line: &str, names: &[&str]| -> Vec<String> {
            let entry = message(line, "2026-03-10".parse().ok()).unwrap();
            names.iter().map(|name| of(&entry, name).unwrap_or("-").to_owned()).collect()
        };
        let names = ["event", "user", "session", "time"];
        let begun =
            "Mar  2 10:00:00 web01 sshd[412]: Accepted password for eve from 10.0.0.5 port 50001 ssh2";
        assert_eq!(of_line(begun, &names), ["logon", "eve", "412", "2026-03-02T10:00:00"]);
        let ended = "Mar  2 10:09:00 web01 sshd[412]: pam_unix(sshd:session): session closed for user eve";
        assert_eq!(of_line(ended, &names), ["logoff", "eve", "412", "2026-03-02T10:09:00"]);
        let failed = "Mar  2 10:00:00 web01 sshd[413]: Invalid user bob from 10.0.0.5 port 50001";
        assert_eq!(of_line(failed, &names), ["logon_failed", "bob", "-", "2026-03-02T10:00:00"]);
        for line in ["su[7]: (to root) eve on pts/0", "su: Successful su for root by eve"] {
            let line = format!("Mar  2 10:00:00 web01 {line}");
            assert_eq!(of_line(&line, &["event", "user", "runas"]), ["su", "eve", "root"]);
        }
    }
}
