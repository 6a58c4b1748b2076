//! What auditd writes.

use super::{EVENT, Entry, of};

/// Fields that auditd writes as hexadecimal digits where they hold spaces or more than ASCII.
const ENCODED: &[&str] = &["proctitle", "comm", "exe", "cwd", "name", "acct", "cmd", "data", "path", "key"];

/// Whether a line is one of auditd's.
pub(crate) fn is_audit(line: &str) -> bool {
    (line.starts_with("type=") || line.starts_with("node=")) && line.contains("msg=audit(")
}

/// The entry of a line.
pub(crate) fn audit(line: &str) -> Option<Entry> {
    // Agents that send it on leave out `msg=`.
    let (before, rest) = line.split_once("audit(")?;
    let before = before.strip_suffix("msg=").unwrap_or(before);
    if !(before.starts_with("type=") || before.starts_with("node=")) {
        return None;
    }
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
    let failed = of(&entry, "res").is_some_and(|res| res == "failed" || res == "0");
    let event = match of(&entry, "type").unwrap_or_default() {
        "USER_LOGIN" if failed => "logon_failed",
        "USER_LOGIN" => "logon",
        "USER_CMD" => "sudo",
        "EXECVE" => "process_arguments",
        _ => "",
    };
    if event == "process_arguments" {
        let arguments = (0..).map_while(|number| of(&entry, &format!("a{number}")));
        let command = arguments.collect::<Vec<_>>().join(" ");
        entry.push(("command".to_owned(), command));
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
        // What was typed stands as it was typed, with its own quotes.
        let whole = if name == "cmdline" {
            after.strip_prefix('"').and_then(|v| v.split_once("\" redactors="))
        } else {
            None
        };
        if let Some((value, _)) = whole {
            entry.push((name.to_owned(), value.to_owned()));
            return;
        }
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

#[cfg(test)]
mod tests {
    use super::super::of;
    use super::{audit, is_audit, utc};

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
    fn moments_of_all_years() {
        assert_eq!(utc("0.000").as_deref(), Some("1970-01-01T00:00:00.000Z"));
        assert_eq!(utc("951782400").as_deref(), Some("2000-02-29T00:00:00.0Z"));
        assert_eq!(utc("1709251199.9").as_deref(), Some("2024-02-29T23:59:59.9Z"));
        assert_eq!(utc("soon"), None);
    }
}
