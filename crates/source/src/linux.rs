//! Linux logs as text, one entry a line: what auditd writes (`type=… msg=audit(…)`), and what syslog writes (a time,
//! a host, a program and a message). Of `sshd` and `sudo` the parts of their messages are fields of their own.
//! Sources: the Linux audit event fields (audit-userspace), RFC 3164, RFC 5424's time, OpenSSH and sudo messages.

use crate::fields::Value;
use crate::parse::{Parser, Sink};
use crate::syslog::lines;
use crate::{Chunk, Fault, Format, Place};

/// What happened, where a line tells it.
const EVENT: &str = "event";
/// Fields that auditd writes as hexadecimal digits where they hold spaces or more than ASCII.
const ENCODED: &[&str] = &["proctitle", "comm", "exe", "cwd", "name", "acct", "cmd", "data", "path", "key"];

/// Parses one entry a line.
pub(crate) fn parse(parser: &mut Parser, chunk: &Chunk, sink: &mut dyn Sink) {
    for (offset, line) in lines(chunk) {
        let text = String::from_utf8_lossy(line);
        let entry = match chunk.format {
            Format::Auditd => audit(&text),
            _ => message(&text),
        };
        let Some(entry) = entry else {
            let what =
                if chunk.format == Format::Auditd { "msg=audit(…)" } else { "time, host and program" };
            sink.fault(Fault::new(offset, format!("a line without {what}")));
            continue;
        };
        parser.fields.clear();
        for (name, value) in &entry {
            let name = parser.names.intern(name);
            let number = value.parse::<i64>().ok().filter(|number| number.to_string() == *value);
            parser.fields.push(name, number.map_or(Value::Text(value), Value::Int));
        }
        sink.record(Place { offset, length: line.len() as u32 }, &parser.fields, &mut parser.names);
    }
}

/// Whether a line is one of auditd's.
pub(crate) fn is_audit(line: &str) -> bool {
    (line.starts_with("type=") || line.starts_with("node=")) && line.contains("msg=audit(")
}

/// Whether a line is one of syslog's.
pub(crate) fn is_message(line: &str) -> bool {
    head(line).is_some()
}

type Entry = Vec<(String, String)>;

fn audit(line: &str) -> Option<Entry> {
    let (before, rest) = line.split_once("msg=audit(")?;
    let (stamp, rest) = rest.split_once("):")?;
    let (seconds, serial) = stamp.rsplit_once(':')?;
    let mut entry: Entry = vec![("_path".to_owned(), "linux_auditd".to_owned())];
    pairs(before, &mut entry);
    entry.push(("time".to_owned(), utc(seconds)?));
    entry.push(("serial".to_owned(), serial.to_owned()));
    // Some lines end with the same again, in words, after this sign.
    let (own, words) = rest.split_once('\u{1d}').unwrap_or((rest, ""));
    pairs(own, &mut entry);
    pairs(words, &mut entry);
    let of =
        |entry: &Entry, name: &str| entry.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone());
    let kind = of(&entry, "type").unwrap_or_default();
    let failed = of(&entry, "res").is_some_and(|res| res == "failed" || res == "0");
    let event = match kind.as_str() {
        "USER_LOGIN" if failed => "logon_failed",
        "USER_LOGIN" => "logon",
        "USER_CMD" => "sudo",
        "EXECVE" => "process_arguments",
        _ => "",
    };
    if event == "process_arguments" {
        let arguments = (0..).map_while(|number| of(&entry, &format!("a{number}")));
        entry.push(("command".to_owned(), arguments.collect::<Vec<_>>().join(" ")));
    }
    if !event.is_empty() {
        entry.push((EVENT.to_owned(), event.to_owned()));
    }
    Some(entry)
}

/// `1604996384.965` as RFC 3339 in UTC.
fn utc(seconds: &str) -> Option<String> {
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let whole: i64 = whole.parse().ok()?;
    let (days, second) = (whole.div_euclid(86_400), whole.rem_euclid(86_400));
    // Days to a date of the Gregorian calendar, in eras of 400 years that begin in March.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let digits = fraction.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| {
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction}Z")
    })
}

/// `name=value` pairs; a value in `'…'` holds further ones.
fn pairs(text: &str, entry: &mut Entry) {
    let mut rest = text.trim_start();
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.rsplit(' ').next().unwrap_or(name);
        let (value, quoted, next) = value(after);
        if quoted == Some('\'') {
            pairs(value, entry);
        } else if !name.is_empty() {
            let is_argument = name.strip_prefix('a').is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()));
            let encoded = quoted.is_none() && (ENCODED.contains(&name) || (is_argument && is_execve(entry)));
            let plain = encoded.then(|| decoded(value)).flatten();
            entry.push((name.to_owned(), plain.unwrap_or_else(|| value.to_owned())));
        }
        rest = next.trim_start();
    }
}

fn is_execve(entry: &Entry) -> bool {
    entry.iter().any(|(name, value)| name == "type" && value == "EXECVE")
}

/// The value at the beginning of a text, the quotes around it, and what follows.
fn value(text: &str) -> (&str, Option<char>, &str) {
    for quote in ['"', '\''] {
        if let Some((value, rest)) = text.strip_prefix(quote).and_then(|inner| inner.split_once(quote)) {
            return (value, Some(quote), rest);
        }
    }
    let end = text.find(' ').unwrap_or(text.len());
    (&text[..end], None, &text[end..])
}

/// Hexadecimal digits as the text that they stand for; what ends a part of it is a space.
fn decoded(hex: &str) -> Option<String> {
    if hex.len() < 2 || !hex.len().is_multiple_of(2) || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).ok();
    let bytes: Option<Vec<u8>> = (0..hex.len()).step_by(2).map(byte).collect();
    let text = String::from_utf8_lossy(&bytes?).replace('\0', " ");
    Some(text.trim_end().to_owned())
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

fn message(line: &str) -> Option<Entry> {
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
    if let Some(pid) = head.pid {
        add("pid", pid);
    }
    let own = match head.program {
        "sshd" | "sshd-session" => ssh(head.message),
        "sudo" => sudo(head.message),
        _ => None,
    };
    own.into_iter().flatten().for_each(|(name, value)| add(name, value));
    Some(entry)
}

type Parts<'a> = Vec<(&'static str, &'a str)>;

/// `Accepted password for eve from 10.0.0.5 port 50001 ssh2`, `Failed … for invalid user …`, `Invalid user …`.
fn ssh(message: &str) -> Option<Parts<'_>> {
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

#[cfg(test)]
mod tests {
    use super::{Entry, audit, is_audit, is_message, message, utc};

    fn of<'a>(entry: &'a Entry, name: &str) -> Option<&'a str> {
        entry.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    #[test]
    fn what_auditd_writes() {
        let line = r#"type=USER_LOGIN msg=audit(1604996384.965:93777): pid=9 uid=0 auid=1000 ses=104 msg='op=login acct="eve" exe="/usr/sbin/sshd" addr=10.0.0.5 terminal=ssh res=success'"#;
        assert!(is_audit(line));
        let entry = audit(line).unwrap();
        assert_eq!(of(&entry, "time"), Some("2020-11-10T08:19:44.965Z"));
        let shown = ["serial", "acct", "addr", "ses", "exe", "event"].map(|name| of(&entry, name).unwrap());
        assert_eq!(shown, ["93777", "eve", "10.0.0.5", "104", "/usr/sbin/sshd", "logon"]);
        let line = "type=PROCTITLE msg=audit(1604996384.965:93777): proctitle=64640069663D2F6465762F7A65726F";
        assert_eq!(of(&audit(line).unwrap(), "proctitle"), Some("dd if=/dev/zero"));
        let line = r#"type=EXECVE msg=audit(1604996384.965:93777): argc=2 a0="dd" a1=69662061"#;
        assert_eq!(of(&audit(line).unwrap(), "command"), Some("dd if a"));
        assert!(audit("type=X msg=audit(now): a=b").is_none());
    }

    #[test]
    fn what_sshd_and_sudo_write() {
        let line = "2026-03-02T10:00:00.5+01:00 web01 sshd[412]: Accepted publickey for eve from 10.0.0.5 port 50001 ssh2: RSA";
        assert!(is_message(line));
        let entry = message(line).unwrap();
        let shown = ["event", "user", "rhost", "rport", "method", "host", "pid"]
            .map(|name| of(&entry, name).unwrap());
        assert_eq!(shown, ["logon", "eve", "10.0.0.5", "50001", "publickey", "web01", "412"]);
        let failed = message(
            "Mar  2 10:00:00 web01 sshd[4]: Failed password for invalid user bob from 10.0.0.5 port 1 ssh2",
        );
        let failed = failed.unwrap();
        assert_eq!((of(&failed, "event"), of(&failed, "user")), (Some("logon_failed"), Some("bob")));
        assert_eq!((of(&failed, "time"), of(&failed, "logged_at")), (None, Some("Mar  2 10:00:00")));
        let line = "2026-03-02T10:00:00Z web01 sudo:  eve : TTY=pts/0 ; PWD=/tmp ; USER=root ; COMMAND=/bin/cat /etc/shadow";
        let entry = message(line).unwrap();
        assert_eq!(
            (of(&entry, "command"), of(&entry, "runas")),
            (Some("/bin/cat /etc/shadow"), Some("root"))
        );
        assert!(!is_message("Lorem ipsum dolor sit amet: 5% of it"));
        assert!(!is_message("a line"));
    }

    #[test]
    fn moments_of_all_years() {
        assert_eq!(utc("0.000").as_deref(), Some("1970-01-01T00:00:00.000Z"));
        assert_eq!(utc("951782400").as_deref(), Some("2000-02-29T00:00:00.0Z"));
        assert_eq!(utc("1709251199.9").as_deref(), Some("2024-02-29T23:59:59.9Z"));
        assert_eq!(utc("soon"), None);
    }
}
