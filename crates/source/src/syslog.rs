//! Cisco IOS system messages, one a line: the text as a whole, with its facility, severity and mnemonic.

use crate::fields::Value;
use crate::parse::{Parser, Sink};
use crate::{Chunk, Fault, Place};

/// Parses one message a line.
pub(crate) fn parse(parser: &mut Parser, chunk: &Chunk, sink: &mut dyn Sink) {
    let names = ["message", "facility", "severity", "mnemonic", "event_time"].map(|n| parser.names.intern(n));
    let path = parser.names.intern(crate::tabular::LOG_TYPE);
    let stamp = parser.names.intern("time");
    let [message, facility, severity, mnemonic, event_time] = names;
    for (offset, line) in lines(chunk) {
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
            // A sign before it says that the clock is not set by another.
            let dated = parser.collected.and_then(|day| day.dated(time.trim_start_matches(['*', '.'])));
            if let Some(dated) = dated {
                parser.fields.push(stamp, Value::Text(&dated));
            }
        }
        sink.record(Place { offset, length: line.len() as u32 }, &parser.fields, &mut parser.names);
    }
}

/// The lines of a chunk that hold something, each with where it begins in the source.
pub(crate) fn lines(chunk: &Chunk) -> impl Iterator<Item = (u64, &[u8])> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = chunk.data.get(start..).filter(|rest| !rest.is_empty())?;
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let offset = chunk.offset + start as u64;
        start += end + 1;
        Some((offset, rest[..end].trim_ascii_end()))
    })
    .filter(|(_, line)| !line.is_empty())
}

/// The text before the tag, and the tag without its `%` and `:`.
fn tag(line: &str) -> Option<(&str, &str)> {
    let start = line.find('%')?;
    let end = line[start..].find(':')? + start;
    let tag = &line[start + 1..end];
    (tag.matches('-').count() >= 2).then_some((&line[..start], tag))
}
