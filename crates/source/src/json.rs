//! JSON records: nested objects are flattened to dotted names, nulls are no value, and a list is one text
//! with its items on lines of their own.

use std::fmt::{self, Write as _};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::fields::{Fields, Value};
use crate::names::{Names, PathId};
use crate::parse::{Parser, Sink};
use crate::split::JsonScanner;
use crate::{Chunk, Fault, Place};

/// Objects nested deeper than this are refused: no log needs it, and the stack has an end.
const MAX_NESTING: u32 = 64;

/// One record a line.
pub(crate) fn parse_lines(parser: &mut Parser, chunk: &Chunk, sink: &mut dyn Sink) {
    let mut start = 0;
    while start < chunk.data.len() {
        let end = memchr::memchr(b'\n', &chunk.data[start..]).map_or(chunk.data.len(), |n| start + n);
        one(parser, chunk, start, end, sink);
        start = end + 1;
    }
}

/// Values one after another, with or without commas, perhaps closed by a bracket.
pub(crate) fn parse_values(parser: &mut Parser, chunk: &Chunk, sink: &mut dyn Sink) {
    let data = &chunk.data;
    let mut at = 0;
    loop {
        let gap =
            data[at..].iter().take_while(|b| b.is_ascii_whitespace() || matches!(b, b',' | b']')).count();
        at += gap;
        if at >= data.len() {
            return;
        }
        let mut scanner = JsonScanner::default();
        let length = scanner.next_end(&data[at..]);
        let end = length.map_or(data.len(), |n| at + n);
        one(parser, chunk, at, end, sink);
        at = end;
    }
}

fn one(parser: &mut Parser, chunk: &Chunk, from: usize, to: usize, sink: &mut dyn Sink) {
    let mut line = &chunk.data[from..to];
    let mut skipped = 0;
    if chunk.offset + from as u64 == 0 && line.starts_with(b"\xef\xbb\xbf") {
        line = &line[3..];
        skipped = 3;
    }
    let blanks = line.iter().take_while(|b| b.is_ascii_whitespace()).count();
    line = line[blanks..].trim_ascii_end();
    if line.is_empty() {
        return;
    }
    let offset = chunk.offset + (from + skipped + blanks) as u64;
    match read(line, &mut parser.fields, &mut parser.names) {
        Ok(repeated) => {
            parser.exported.unpack(&mut parser.fields, &mut parser.names);
            if repeated > 0 {
                sink.fault(Fault::new(
                    offset,
                    format!("{repeated} field(s) repeated; the first of each was kept"),
                ));
            }
            sink.record(Place { offset, length: line.len() as u32 }, &parser.fields, &mut parser.names);
        }
        Err(reason) => match std::str::from_utf8(line) {
            Ok(_) => sink.fault(Fault::new(offset, reason)),
            Err(_) => lossy(parser, line, offset, sink),
        },
    }
}

/// A line with bytes that are no UTF-8: what can be read is read, and the rest is said.
fn lossy(parser: &mut Parser, line: &[u8], offset: u64, sink: &mut dyn Sink) {
    let text = String::from_utf8_lossy(line);
    match read(text.as_bytes(), &mut parser.fields, &mut parser.names) {
        Ok(_) => {
            sink.fault(Fault::new(offset, "bytes that are no UTF-8 were replaced"));
            sink.record(Place { offset, length: line.len() as u32 }, &parser.fields, &mut parser.names);
        }
        Err(reason) => sink.fault(Fault::new(offset, reason)),
    }
}

/// Reads one object into `fields`; returns how many fields occurred more than once.
pub(crate) fn read(line: &[u8], fields: &mut Fields, names: &mut Names) -> Result<u32, String> {
    fields.clear();
    let mut repeated = 0;
    if line.first() != Some(&b'{') {
        return Err("not a JSON object".to_owned());
    }
    let mut deserializer = sonic_rs::Deserializer::from_slice(line);
    Object { parent: PathId::ROOT, fields, names, repeated: &mut repeated, depth: 0 }
        .deserialize(&mut deserializer)
        .and_then(|()| deserializer.end())
        .map_err(|e| format!("no valid JSON: {}", first_line(&e.to_string())))?;
    Ok(repeated)
}

/// Adds the fields of an object within a record to those of the record, under a path; what is no object adds nothing.
pub(crate) fn read_more(text: &[u8], parent: PathId, fields: &mut Fields, names: &mut Names) {
    if text.first() != Some(&b'{') {
        return;
    }
    let mut repeated = 0;
    let mut deserializer = sonic_rs::Deserializer::from_slice(text);
    // What was read before an error is as good as the rest of a record that was cut off.
    let _ =
        Object { parent, fields, names, repeated: &mut repeated, depth: 0 }.deserialize(&mut deserializer);
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or("unknown error")
}

struct Object<'a> {
    parent: PathId,
    fields: &'a mut Fields,
    names: &'a mut Names,
    repeated: &'a mut u32,
    depth: u32,
}

impl Object<'_> {
    fn put(&mut self, value: Value<'_>) {
        let name = self.names.name(self.parent);
        if !self.fields.push(name, value) {
            let full = self.names.full_name(self.parent);
            if full == name || !self.fields.push(full, value) {
                *self.repeated += 1;
            }
        }
    }
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(mut self, value: bool) -> Result<(), E> {
        self.put(Value::Bool(value));
        Ok(())
    }

    fn visit_i64<E>(mut self, value: i64) -> Result<(), E> {
        self.put(Value::Int(value));
        Ok(())
    }

    fn visit_u64<E>(mut self, value: u64) -> Result<(), E> {
        match i64::try_from(value) {
            Ok(int) => self.put(Value::Int(int)),
            Err(_) => self.put(Value::Text(&value.to_string())),
        }
        Ok(())
    }

    fn visit_f64<E>(mut self, value: f64) -> Result<(), E> {
        self.put(Value::Float(value));
        Ok(())
    }

    fn visit_str<E>(mut self, value: &str) -> Result<(), E> {
        self.put(Value::Text(value));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        let mut text = String::new();
        let mut count = 0;
        while seq
            .next_element_seed(Item { text: &mut text, depth: self.depth + 1, first: count == 0 })?
            .is_some()
        {
            count += 1;
        }
        if count > 0 {
            self.put(Value::Text(&text));
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        if self.depth >= MAX_NESTING {
            return Err(serde::de::Error::custom("objects nested too deeply"));
        }
        while let Some(child) = map.next_key_seed(Key { parent: self.parent, names: self.names })? {
            map.next_value_seed(Object {
                parent: child,
                fields: self.fields,
                names: self.names,
                repeated: self.repeated,
                depth: self.depth + 1,
            })?;
        }
        Ok(())
    }
}

struct Key<'a> {
    parent: PathId,
    names: &'a mut Names,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = PathId;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<PathId, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = PathId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }

    fn visit_str<E>(self, key: &str) -> Result<PathId, E> {
        Ok(self.names.child(self.parent, key))
    }
}

/// One item of a list, appended to the list's text.
struct Item<'a> {
    text: &'a mut String,
    depth: u32,
    first: bool,
}

impl Item<'_> {
    fn add(self, value: impl fmt::Display) {
        if !self.first {
            self.text.push('\n');
        }
        // Writing to a String cannot fail.
        let _ = write!(self.text, "{value}");
    }
}

impl<'de> DeserializeSeed<'de> for Item<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Item<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.add("");
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.add(value);
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.add(value);
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.add(value);
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.add(value);
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.add(value);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        if self.depth >= MAX_NESTING {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(());
        }
        let mut first = self.first;
        while seq.next_element_seed(Item { text: self.text, depth: self.depth + 1, first })?.is_some() {
            first = false;
        }
        Ok(())
    }

    /// An object in a list is kept as `name=value` pairs.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        if self.depth >= MAX_NESTING {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(());
        }
        let mut first = self.first;
        while let Some(key) = map.next_key::<String>()? {
            if !first {
                self.text.push('\n');
            }
            self.text.push_str(&key);
            self.text.push('=');
            map.next_value_seed(Item { text: self.text, depth: self.depth + 1, first: true })?;
            first = false;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::{Fields, Names, Value};

    fn parsed(line: &str) -> Option<Vec<(String, String)>> {
        let (mut fields, mut names) = (Fields::default(), Names::default());
        read(line.as_bytes(), &mut fields, &mut names).ok()?;
        let shown =
            |value| if let Value::Text(text) = value { text.to_owned() } else { format!("{value:?}") };
        Some(fields.iter().map(|(name, value)| (names.get(name).to_owned(), shown(value))).collect())
    }

    /// A fast parser that takes these makes values that no log has.
    #[test]
    fn what_is_no_json_is_refused() {
        for value in [
            "12)0",
            "12u5",
            "12\u{0}3",
            "1.5e3\u{0}",
            "0\u{0}",
            "-8\u{7f}",
            "01",
            "+5",
            ".5",
            "5.",
            "1e",
            "-",
            "NaN",
            "tru",
            "nul",
            "1 2",
            r#""\ud800""#,
            r#""\udc00x""#,
            r#""\ud83d\ufe00""#,
            r#""\ud800A""#,
            r#""\x""#,
            r#""\u12""#,
            "\"\t\"",
            "\"\u{1}\"",
            "\"",
        ] {
            assert_eq!(parsed(&format!("{{\"a\":{value}}}")), None, "{value:?}");
        }
        for line in [
            "{\"a\":1}}",
            "{\"a\":1} {\"b\":2}",
            "{\"a\":1,}",
            "{\"a\":1}\u{0}",
            "{a:1}",
            "{\"a\" 1}",
            "{",
            "[]",
            "1",
        ] {
            assert_eq!(parsed(line), None, "{line:?}");
        }
    }

    #[test]
    fn values_are_those_of_the_line() {
        for (value, expected) in [
            ("9223372036854775807", "Int(9223372036854775807)"),
            ("18446744073709551615", "18446744073709551615"),
            ("-9223372036854775808", "Int(-9223372036854775808)"),
            ("0.30000000000000004", "Float(0.30000000000000004)"),
            ("1E5", "Float(100000.0)"),
            ("true", "Bool(true)"),
            (r#""\ud83d\ude00 \u0000\n\\""#, "😀 \0\n\\"),
            (r#"["a",[1,null],{"b":2}]"#, "a\n1\n\nb=2"),
        ] {
            let expected = vec![("a".to_owned(), expected.to_owned())];
            assert_eq!(parsed(&format!("{{\"a\":{value}}}")), Some(expected), "{value}");
        }
        assert_eq!(parsed("{\"a\":null,\"b\":{}}"), Some(Vec::new()), "no value is no field");
    }
}
