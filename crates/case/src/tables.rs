//! The tables of a case beside its events: sources, records, faults.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray, UInt32Array, UInt64Array};
use arrow_schema::{DataType, Schema};
use onus_source::{Fault, Place, SourceEnd, SourceId};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

use crate::context::Rarity;
use crate::pipeline::Matched;
use crate::{CaseError, Finding};
use onus_proof::Digest;
use onus_sigma::RuleSet;

const ROWS: usize = 65_536;
/// Matches and findings, which are long, in a row group.
const MATCHES: usize = 8_192;

/// A Parquet file that grows batch by batch.
pub(crate) struct Table {
    path: PathBuf,
    writer: Option<ArrowWriter<File>>,
}

impl Table {
    pub(crate) fn new(path: PathBuf) -> Self {
        Table { path, writer: None }
    }

    pub(crate) fn write(&mut self, columns: Vec<(&str, ArrayRef)>) -> Result<(), CaseError> {
        let batch = RecordBatch::try_from_iter(columns)?;
        let parquet = |path: &Path, source| CaseError::Parquet { path: path.to_owned(), source };
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => {
                let file = File::create_new(&self.path)
                    .map_err(|source| CaseError::Io { path: self.path.clone(), source })?;
                let writer = ArrowWriter::try_new(file, batch.schema(), Some(properties(&batch.schema())));
                none.insert(writer.map_err(|e| parquet(&self.path, e))?)
            }
        };
        writer.write(&batch).and_then(|()| writer.flush()).map_err(|e| parquet(&self.path, e))
    }

    pub(crate) fn close(self) -> Result<(), CaseError> {
        match self.writer {
            Some(writer) => {
                writer.close().map(|_| ()).map_err(|source| CaseError::Parquet { path: self.path, source })
            }
            None => Ok(()),
        }
    }
}

/// Numbers and times hardly repeat, but follow each other: the steps between them are stored.
fn properties(schema: &Schema) -> WriterProperties {
    let mut properties =
        WriterProperties::builder().set_compression(Compression::LZ4_RAW).set_created_by("onus".to_owned());
    for field in schema.fields() {
        if matches!(field.data_type(), DataType::UInt32 | DataType::UInt64 | DataType::Timestamp(..)) {
            let path = ColumnPath::from(field.name().as_str());
            properties = properties
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
        }
    }
    properties.build()
}

/// Where each record lies: columns `record`, `source`, `ordinal`, `offset`, `length`.
pub(crate) struct Records {
    table: Table,
    record: Vec<u64>,
    source: Vec<u32>,
    ordinal: Vec<u64>,
    offset: Vec<u64>,
    length: Vec<u32>,
}

impl Records {
    pub(crate) fn new(folder: &Path) -> Self {
        Records {
            table: Table::new(folder.join("records.parquet")),
            record: Vec::new(),
            source: Vec::new(),
            ordinal: Vec::new(),
            offset: Vec::new(),
            length: Vec::new(),
        }
    }

    pub(crate) fn push(
        &mut self,
        record: u64,
        source: SourceId,
        ordinal: u64,
        place: Place,
    ) -> Result<(), CaseError> {
        self.record.push(record);
        self.source.push(source);
        self.ordinal.push(ordinal);
        self.offset.push(place.offset);
        self.length.push(place.length);
        if self.record.len() >= ROWS { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<(), CaseError> {
        use std::mem::take;
        self.table.write(vec![
            ("record", Arc::new(UInt64Array::from(take(&mut self.record))) as ArrayRef),
            ("source", Arc::new(UInt32Array::from(take(&mut self.source)))),
            ("ordinal", Arc::new(UInt64Array::from(take(&mut self.ordinal)))),
            ("offset", Arc::new(UInt64Array::from(take(&mut self.offset)))),
            ("length", Arc::new(UInt32Array::from(take(&mut self.length)))),
        ])
    }

    /// Writes what is left; the table is there even if it is empty.
    pub(crate) fn finish(mut self) -> Result<(), CaseError> {
        self.write()?;
        self.table.close()
    }
}

/// What could not be read: columns `source`, `offset`, `reason`.
pub(crate) struct Faults {
    table: Table,
    rows: Vec<(SourceId, Fault)>,
}

impl Faults {
    pub(crate) fn new(folder: &Path) -> Self {
        Faults { table: Table::new(folder.join("faults.parquet")), rows: Vec::new() }
    }

    pub(crate) fn push(&mut self, source: SourceId, fault: Fault) -> Result<(), CaseError> {
        self.rows.push((source, fault));
        if self.rows.len() >= ROWS { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<(), CaseError> {
        let rows = std::mem::take(&mut self.rows);
        self.table.write(vec![
            ("source", Arc::new(UInt32Array::from_iter_values(rows.iter().map(|(s, _)| *s))) as ArrayRef),
            ("offset", Arc::new(UInt64Array::from_iter_values(rows.iter().map(|(_, f)| f.offset)))),
            ("reason", Arc::new(StringArray::from_iter_values(rows.iter().map(|(_, f)| &f.reason)))),
        ])
    }

    /// Writes what is left; the table is there even if it is empty.
    pub(crate) fn finish(mut self) -> Result<(), CaseError> {
        self.write()?;
        self.table.close()
    }
}

/// Which rule matched which record: columns `match`, `rule_id`, `rule_title`, `level`, `record`, `source`,
/// `shape`, `timestamp`, `host_name`, `user_name`, `addresses`, `tags`, `why`, `allow_key`.
pub(crate) struct Matches {
    table: Table,
    rules: RuleSet,
    rows: Vec<Row>,
    next: u64,
}

/// Record, match, and the key of the entry of the allow-list that covers it.
type Row = (u64, Matched, Option<String>);

impl Matches {
    pub(crate) fn new(folder: &Path, rules: RuleSet) -> Self {
        Matches { table: Table::new(folder.join("matches.parquet")), rules, rows: Vec::new(), next: 0 }
    }

    pub(crate) fn push(
        &mut self,
        record: u64,
        matched: Matched,
        allow_key: Option<String>,
    ) -> Result<(), CaseError> {
        // What findings and correlations need of it, they have by now.
        let row = Matched { reasons: Vec::new(), values: None, span: None, ..matched };
        self.rows.push((record, row, allow_key));
        if self.rows.len() >= MATCHES { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<(), CaseError> {
        let rows = std::mem::take(&mut self.rows);
        let first = self.next;
        self.next += rows.len() as u64;
        let text = |of: &dyn Fn(&Matched) -> Option<String>| -> ArrayRef {
            Arc::new(rows.iter().map(|(_, m, _)| of(m)).collect::<StringArray>())
        };
        let meta = |m: &Matched| self.rules.meta(m.rule);
        let times = TimestampMicrosecondArray::from_iter(rows.iter().map(|(_, m, _)| m.timestamp));
        self.table.write(vec![
            ("match", Arc::new(UInt64Array::from_iter_values(first..self.next)) as ArrayRef),
            ("rule_id", text(&|m| Some(meta(m).id.clone()))),
            ("rule_title", text(&|m| Some(meta(m).title.clone()))),
            ("level", text(&|m| Some(meta(m).level.as_str().to_owned()))),
            ("record", Arc::new(UInt64Array::from_iter_values(rows.iter().map(|(r, ..)| *r)))),
            ("source", Arc::new(UInt32Array::from_iter_values(rows.iter().map(|(_, m, _)| m.source)))),
            ("shape", text(&|m| Some(m.shape.clone()))),
            ("timestamp", Arc::new(times.with_timezone("UTC"))),
            ("host_name", text(&|m| m.host.clone())),
            ("user_name", text(&|m| m.user.clone())),
            ("addresses", text(&|m| Some(m.addresses.join(",")))),
            ("tags", text(&|m| Some(meta(m).tags.join(",")))),
            ("why", text(&|m| Some(m.why.clone()))),
            ("allow_key", Arc::new(rows.iter().map(|(.., key)| key.clone()).collect::<StringArray>())),
        ])
    }

    /// Writes what is left; the table is there even if it is empty.
    pub(crate) fn finish(mut self) -> Result<u64, CaseError> {
        self.write()?;
        self.table.close()?;
        Ok(self.next)
    }
}

/// Writes all findings, with their number of matches, first and last moment, and first records.
pub(crate) fn write_findings(folder: &Path, findings: &[Finding]) -> Result<(), CaseError> {
    let mut table = Table::new(folder.join("findings.parquet"));
    for some in findings.chunks(MATCHES) {
        write_some(&mut table, some)?;
    }
    // The table is there even if it is empty.
    if findings.is_empty() {
        write_some(&mut table, findings)?;
    }
    table.close()
}

fn write_some(table: &mut Table, findings: &[Finding]) -> Result<(), CaseError> {
    let text = |of: &dyn Fn(&Finding) -> Option<String>| -> ArrayRef {
        Arc::new(findings.iter().map(of).collect::<StringArray>())
    };
    let time = |of: &dyn Fn(&Finding) -> Option<i64>| -> ArrayRef {
        Arc::new(findings.iter().map(of).collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
    };
    let rarity = |of: &dyn Fn(&Rarity) -> u64| -> ArrayRef {
        Arc::new(findings.iter().map(|f| f.rarest().map(|(_, _, r)| of(r))).collect::<UInt64Array>())
    };
    let join = |numbers: &[u64]| numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
    table.write(vec![
        ("finding", text(&|f| Some(f.id.clone()))),
        ("kind", text(&|f| Some(f.kind.to_owned()))),
        ("rule_id", text(&|f| Some(f.rule_id.to_string()))),
        ("title", text(&|f| Some(f.title.to_string()))),
        ("level", text(&|f| Some(f.level.to_owned()))),
        ("tags", text(&|f| Some(f.tags.join(",")))),
        ("intrusion", text(&|f| f.intrusion.clone())),
        ("host_name", text(&|f| f.host.clone())),
        ("accounts", text(&|f| Some(f.accounts.join(",")))),
        ("addresses", text(&|f| Some(f.addresses.join(",")))),
        ("count", Arc::new(UInt64Array::from_iter_values(findings.iter().map(|f| f.count)))),
        ("first", time(&|f| f.first)),
        ("last", time(&|f| f.last)),
        ("records", text(&|f| Some(join(&f.records)))),
        ("shape", text(&|f| Some(f.shape.to_string()))),
        ("distinct_values", text(&|f| serde_json::to_string(&f.values).ok())),
        ("rarest_value", text(&|f| f.rarest().map(|(field, value, _)| format!("{field}={value}")))),
        ("hosts_with_value", rarity(&|r| r.hosts)),
        ("events_with_value", rarity(&|r| r.events)),
        ("first_seen", text(&|f| f.rarest().and_then(|(_, _, r)| r.first_seen.clone()))),
        ("last_seen", text(&|f| f.rarest().and_then(|(_, _, r)| r.last_seen.clone()))),
        ("allow_key", text(&|f| f.allowed.as_ref().map(|a| a.key.clone()))),
    ])
}

/// Writes all sources: columns `source`, `path`, `sha256`, `size`, `format`, `records`, `faults`, `container`.
pub(crate) fn write_sources(
    folder: &Path,
    ends: &[SourceEnd],
    counts: &[(u64, u64)],
) -> Result<(), CaseError> {
    let mut table = Table::new(folder.join("sources.parquet"));
    let count = |end: &SourceEnd| counts.get(end.source as usize).copied().unwrap_or_default();
    let hex = |hash: [u8; 32]| Digest(hash).to_hex();
    table.write(vec![
        ("source", Arc::new(UInt32Array::from_iter_values(ends.iter().map(|e| e.source))) as ArrayRef),
        ("path", Arc::new(StringArray::from_iter_values(ends.iter().map(|e| &e.path)))),
        ("sha256", Arc::new(StringArray::from_iter_values(ends.iter().map(|e| hex(e.sha256))))),
        ("size", Arc::new(UInt64Array::from_iter_values(ends.iter().map(|e| e.size)))),
        ("format", Arc::new(StringArray::from_iter_values(ends.iter().map(|e| e.format.name())))),
        ("records", Arc::new(UInt64Array::from_iter_values(ends.iter().map(|e| count(e).0)))),
        ("faults", Arc::new(UInt64Array::from_iter_values(ends.iter().map(|e| count(e).1)))),
        ("container", Arc::new(ends.iter().map(|e| e.container).collect::<UInt32Array>())),
    ])?;
    table.close()
}
