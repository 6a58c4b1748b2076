//! Tabular logs whose columns a header names: Zeek's ASCII writer and the W3C Extended Log File Format.

use std::sync::Arc;

use crate::chunk::{ColumnKind, Table};
use crate::fields::Value;
use crate::parse::{Parser, Sink};
use crate::{Chunk, Fault, Format, Place};

/// The field that states the log type, which the header gives for all lines: named as in Zeek's JSON form.
pub(crate) const LOG_TYPE: &str = "_path";
/// Characters of a log type, of which Zeek makes the name of a file: a longer one is cut, as each record says it again.
const LONGEST_TYPE: usize = 255;

/// Collects header lines until a table can be made of them.
pub(crate) struct Header {
    format: Format,
    separator: u8,
    unset: String,
    empty: String,
    path: String,
    fields: Vec<String>,
    types: Vec<String>,
    made: Option<Arc<Table>>,
}

impl Header {
    pub(crate) fn new(format: Format) -> Self {
        Header {
            format,
            separator: if format == Format::W3c { b' ' } else { b'\t' },
            unset: "-".to_owned(),
            empty: if format == Format::W3c { String::new() } else { "(empty)".to_owned() },
            path: String::new(),
            fields: Vec::new(),
            types: Vec::new(),
            made: None,
        }
    }

    /// Takes the `#` lines at the start of `data`; returns how many bytes they are.
    pub(crate) fn take_lines(&mut self, data: &[u8]) -> usize {
        let mut at = if data.starts_with(b"\xef\xbb\xbf#") { 3 } else { 0 };
        while data.get(at) == Some(&b'#') {
            let end = memchr::memchr(b'\n', &data[at..]).map_or(data.len(), |n| at + n + 1);
            let line = String::from_utf8_lossy(data[at..end].trim_ascii_end()).into_owned();
            self.take(&line);
            at = end;
        }
        at
    }

    fn take(&mut self, line: &str) {
        self.made = None;
        if self.format == Format::W3c {
            return self.take_w3c(line);
        }
        if let Some(separator) = line.strip_prefix("#separator ") {
            self.separator = zeek_separator(separator);
            return;
        }
        let separator = self.separator as char;
        let Some((key, value)) = line.split_once(separator) else { return };
        let list = || value.split(separator).map(str::to_owned).collect();
        match key {
            "#unset_field" => self.unset = value.to_owned(),
            "#empty_field" => self.empty = value.to_owned(),
            "#path" => self.path = value.chars().take(LONGEST_TYPE).collect(),
            "#fields" => self.fields = list(),
            "#types" => self.types = list(),
            _ => {}
        }
    }

    fn take_w3c(&mut self, line: &str) {
        if let Some(software) = line.strip_prefix("#Software:") {
            let is_server = software.contains("Internet Information Services");
            self.path = if is_server { "w3c_webserver" } else { "w3c_proxy" }.to_owned();
        } else if let Some(fields) = line.strip_prefix("#Fields:") {
            self.fields = fields.split_ascii_whitespace().map(str::to_owned).collect();
            if self.fields.iter().any(|f| f == "s-sitename" || f == "cs-uri-port") {
                self.path = "w3c_webserver".to_owned();
            }
        }
    }

    /// The table in force, or why there is none.
    pub(crate) fn table(&mut self) -> Result<Arc<Table>, &'static str> {
        if let Some(table) = &self.made {
            return Ok(table.clone());
        }
        if self.fields.is_empty() {
            return Err("lines before any header that names their columns");
        }
        let kind = |index: usize| match self.format {
            Format::W3c => w3c_kind(&self.fields[index]),
            _ => zeek_kind(self.types.get(index).map_or("string", String::as_str)),
        };
        let columns = self.fields.iter().enumerate().map(|(i, name)| (name.clone(), kind(i))).collect();
        let path = match self.path.as_str() {
            "" if self.format == Format::W3c => "w3c_proxy",
            path => path,
        };
        let table = Arc::new(Table {
            path: path.to_owned(),
            columns,
            separator: self.separator,
            unset: self.unset.clone(),
            empty: self.empty.clone(),
        });
        self.made = Some(table.clone());
        Ok(table)
    }
}

fn zeek_separator(text: &str) -> u8 {
    match text.strip_prefix("\\x") {
        Some(hex) => u8::from_str_radix(hex.trim(), 16).unwrap_or(b'\t'),
        None => text.bytes().next().unwrap_or(b'\t'),
    }
}

fn zeek_kind(kind: &str) -> ColumnKind {
    match kind {
        "count" | "int" | "port" => ColumnKind::Int,
        "time" | "interval" | "double" => ColumnKind::Float,
        "bool" => ColumnKind::Bool,
        _ => ColumnKind::Text,
    }
}

fn w3c_kind(field: &str) -> ColumnKind {
    match field {
        "sc-bytes" | "cs-bytes" | "sc-status" | "time-taken" | "s-port" | "c-port" | "r-port"
        | "cs-uri-port" | "sc-substatus" | "sc-win32-status" => ColumnKind::Int,
        _ => ColumnKind::Text,
    }
}

/// Parses the data lines of a chunk of either format.
pub(crate) fn parse(parser: &mut Parser, chunk: &Chunk, sink: &mut dyn Sink) {
    let Some(table) = chunk.table.clone() else { return };
    let path = parser.names.intern(LOG_TYPE);
    let names: Vec<_> = table.columns.iter().map(|(name, _)| parser.names.intern(name)).collect();
    let mut cells: Vec<(usize, usize)> = Vec::new();
    let mut start = 0;
    while start < chunk.data.len() {
        let end = memchr::memchr(b'\n', &chunk.data[start..]).map_or(chunk.data.len(), |n| start + n);
        let line = chunk.data[start..end].strip_suffix(b"\r").unwrap_or(&chunk.data[start..end]);
        let offset = chunk.offset + start as u64;
        start = end + 1;
        if line.is_empty() || line[0] == b'#' {
            continue;
        }
        let text = String::from_utf8_lossy(line);
        if matches!(text, std::borrow::Cow::Owned(_)) {
            sink.fault(Fault::new(offset, "bytes that are no UTF-8 were replaced"));
        }
        cells.clear();
        split_cells(&text, table.separator, chunk.format, &mut cells);
        if cells.len() != table.columns.len() {
            let reason = format!("{} columns where the header names {}", cells.len(), table.columns.len());
            sink.fault(Fault::new(offset, reason));
            continue;
        }
        parser.fields.clear();
        parser.fields.push(path, Value::Text(&table.path));
        for ((&(from, to), (_, kind)), name) in cells.iter().zip(&table.columns).zip(&names) {
            if let Some(value) = cell(&text[from..to], *kind, &table) {
                parser.fields.push(*name, value);
            }
        }
        sink.record(Place { offset, length: line.len() as u32 }, &parser.fields, &mut parser.names);
    }
}

fn cell<'a>(text: &'a str, kind: ColumnKind, table: &Table) -> Option<Value<'a>> {
    if text == table.unset {
        return None;
    }
    if text == table.empty {
        return Some(Value::Text(""));
    }
    // A value that does not fit the type that its column states is kept as the text it is.
    Some(match kind {
        ColumnKind::Text => Value::Text(text),
        ColumnKind::Int => text.parse().map_or(Value::Text(text), Value::Int),
        ColumnKind::Float => text.parse().map_or(Value::Text(text), Value::Float),
        ColumnKind::Bool => match text {
            "T" => Value::Bool(true),
            "F" => Value::Bool(false),
            _ => Value::Text(text),
        },
    })
}

/// Byte ranges of the cells of a line. W3C cells are split at blanks and may be quoted.
fn split_cells(line: &str, separator: u8, format: Format, cells: &mut Vec<(usize, usize)>) {
    let bytes = line.as_bytes();
    if format != Format::W3c {
        let mut from = 0;
        for at in memchr::memchr_iter(separator, bytes) {
            cells.push((from, at));
            from = at + 1;
        }
        cells.push((from, bytes.len()));
        return;
    }
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b' ' || bytes[at] == b'\t' {
            at += 1;
        } else if bytes[at] == b'"' {
            let end = memchr::memchr(b'"', &bytes[at + 1..]).map_or(bytes.len(), |n| at + 1 + n);
            cells.push((at + 1, end));
            at = end + 1;
        } else {
            let end = memchr::memchr2(b' ', b'\t', &bytes[at..]).map_or(bytes.len(), |n| at + n);
            cells.push((at, end));
            at = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Header;
    use crate::Format;

    #[test]
    fn a_log_type_that_each_record_would_say_again_is_short() {
        let mut header = Header::new(Format::ZeekTsv);
        header.take_lines(format!("#path\t{}\n#fields\tts\tuid\n", "é".repeat(1 << 20)).as_bytes());
        assert_eq!(header.table().unwrap().path, "é".repeat(255));
    }
}
