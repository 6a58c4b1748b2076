//! Cisco IOS system messages, one a line: the text as a whole, with its facility, severity and mnemonic.

use crate::fields::Value;
use crate::parse::{Parser, Sink};
use crate::{Chunk, Fault, Place};

/// Parses one message a line.
pub(crate) fn parse(parser: &mut Parser, chunk: &Chunk, sink: &mut dyn Sink) {
    let names = ["message", "facility", "severity", "mnemonic", "event_time"].map(|n| parser.names.intern(n));
    let path = parser.names.intern(crate::tabular::LOG_TYPE);
    let [message, facility, severity, mnemonic, event_time] = names;
    let mut start = 0;
    while start < chunk.data.len() {
        let end = memchr::memchr(b'\n', &chunk.data[start..]).map_or(chunk.data.len(), |n| start + n);
        let line = chunk.data[start..end].trim_ascii_end();
        let offset = chunk.offset + start as u64;
        start = end + 1;
        if line.is_empty() {
            continue;
        }
        let text = String::from_utf8_lossy(line);
        let Some((before, tag)) = tag(&text) else {
            sink.fault(Fault::new(offset, "a line without a %FACILITY-SEVERITY-MNEMONIC tag"));
            continue;
        };
        parser.fields.clear();
        parser.fields.push(path, Value::Text("cisco_ios"));
        parser.fields.push(message, Value::Text(&text));
        let mut parts = tag.splitn(3, '-');
        for name in [facility, severity, mnemonic] {
            if let Some(part) = parts.next() {
                parser.fields.push(name, part.parse().map_or(Value::Text(part), Value::Int));
            }
        }
        let time = before.trim().trim_end_matches(':').trim();
        if !time.is_empty() {
            parser.fields.push(event_time, Value::Text(time));
        }
        sink.record(Place { offset, length: line.len() as u32 }, &parser.fields, &mut parser.names);
    }
}

/// The text before the tag, and the tag without its `%` and `:`.
fn tag(line: &str) -> Option<(&str, &str)> {
    let start = line.find('%')?;
    let end = line[start..].find(':')? + start;
    let tag = &line[start + 1..end];
    (tag.matches('-').count() >= 2).then_some((&line[..start], tag))
}
