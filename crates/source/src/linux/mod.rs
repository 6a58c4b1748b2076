//! Linux logs as text, one entry a line: what auditd writes (`type=… msg=audit(…)`), and what syslog writes (a time,
//! a host, a program and a message). Of `sshd`, `sudo` and `su` the parts of their messages are fields of their own.
//! Sources: the Linux audit event fields (audit-userspace), RFC 3164, RFC 5424's time, OpenSSH, Linux-PAM, sudo and
//! util-linux messages.

mod audit;
mod message;

use crate::fields::{Fields, Value};
use crate::names::Names;
use crate::parse::{Parser, Sink};
use crate::syslog::lines;
use crate::{Chunk, Fault, Format, Place};

pub(crate) use audit::{audit, is_audit};
pub(crate) use message::{is_message, of_program};

/// What happened, where a line tells it.
const EVENT: &str = "event";

/// Names and values, in the order of the line.
pub(crate) type Entry = Vec<(String, String)>;

/// Parses one entry a line.
pub(crate) fn parse(parser: &mut Parser, chunk: &Chunk, sink: &mut dyn Sink) {
    for (offset, line) in lines(chunk) {
        let text = String::from_utf8_lossy(line);
        let entry = match chunk.format {
            Format::Auditd => audit(&text),
            _ => message::message(&text, parser.collected),
        };
        let Some(entry) = entry else {
            let what =
                if chunk.format == Format::Auditd { "msg=audit(…)" } else { "time, host and program" };
            sink.fault(Fault::new(offset, format!("a line without {what}")));
            continue;
        };
        parser.fields.clear();
        add(&entry, &mut parser.fields, &mut parser.names);
        sink.record(Place { offset, length: line.len() as u32 }, &parser.fields, &mut parser.names);
    }
}

/// Adds what an entry says to a record: as a number where it is written as one is; of a name that is there already the
/// first value counts.
pub(crate) fn add(entry: &Entry, fields: &mut Fields, names: &mut Names) {
    for (name, value) in entry {
        let name = names.intern(name);
        let number = value.parse::<i64>().ok().filter(|number| number.to_string() == *value);
        fields.push(name, number.map_or(Value::Text(value), Value::Int));
    }
}

fn of<'a>(entry: &'a Entry, name: &str) -> Option<&'a str> {
    entry.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}
