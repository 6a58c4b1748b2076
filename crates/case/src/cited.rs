//! Records as the tables of events have them, with the fields that they had in the log: read back, or kept while the log was read.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, UInt64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field};
use onus_claim::CitedRecord;
use onus_event::{OVERFLOW, Pressed, native_name};
use onus_proof::FieldValue;

use crate::CaseError;
use crate::parts::{BESIDE, Part, table_schema};
use crate::query::{Engine, cell, text_at};

/// Records that an engine keeps once they were read: claims are made from most that the report shows.
pub(crate) const KEPT: usize = 4_000;

/// So many records are kept while logs are read, and so many bytes of their values, at most about.
const AHEAD: usize = 1_000;
const AHEAD_BYTES: usize = 8 << 20;

/// Records by number.
#[derive(Default)]
pub(crate) struct Records(BTreeMap<u64, Arc<Stored>>);

/// Records that were read before.
pub(crate) type Kept = Mutex<BTreeMap<u64, Arc<Stored>>>;

/// A record as the case has it.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    /// What its core columns say, as text.
    pub(crate) time: String,
    pub(crate) host: String,
    pub(crate) action: String,
    /// As they were named in the log.
    pub(crate) fields: Vec<(String, FieldValue)>,
}

impl Stored {
    fn of(batch: &RecordBatch, row: usize) -> Self {
        let [time, host, action] = BESIDE.map(|column| cell(batch, column, row));
        Stored { time, host, action, fields: fields(batch, row) }
    }

    fn text_bytes(&self) -> usize {
        let bytes = |value: &FieldValue| if let FieldValue::Text(text) = value { text.len() } else { 0 };
        self.fields.iter().map(|(_, value)| bytes(value)).sum()
    }
}

/// Records that were kept while logs were read, as claims will most likely cite them: to read one back from a table, whole pages
/// of its neighbours are unpacked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ahead {
    of_table: BTreeMap<String, Vec<(u64, Stored)>>,
    records: usize,
    bytes: usize,
}

impl Ahead {
    /// Keeps those rows whose records are wanted, while there is room, and as far as all their values are still there.
    pub(crate) fn add(&mut self, table: &str, rows: &Pressed, wanted: &BTreeSet<u64>) {
        let batch = rows.batch();
        let own = batch.column_by_name("record").and_then(|column| column.as_primitive_opt::<UInt64Type>());
        let own = own.map(|column| column.values().as_ref()).unwrap_or_default();
        // Rows stand in the order of their records.
        let places = wanted.iter().filter_map(|record| Some((*record, own.binary_search(record).ok()?)));
        for (record, row) in places.filter(|(_, row)| rows.is_whole(*row)) {
            if self.records >= AHEAD || self.bytes >= AHEAD_BYTES {
                return;
            }
            let stored = Stored::of(batch, row);
            self.records += 1;
            self.bytes += stored.text_bytes();
            self.of_table.entry(table.to_owned()).or_default().push((record, stored));
        }
    }
}

impl Records {
    pub(crate) fn get(&self, record: u64) -> Option<CitedRecord<'_>> {
        let fields = &self.0.get(&record)?.fields;
        let mut cited = CitedRecord::whole(record, fields);
        cited.complete = fields.iter().all(|(name, _)| name != OVERFLOW);
        Some(cited)
    }

    /// Those of them that are wanted.
    pub(crate) fn of(&self, wanted: &BTreeSet<u64>) -> Records {
        let own = wanted.iter().filter_map(|record| Some((*record, self.0.get(record)?.clone())));
        Records(own.collect())
    }

    /// Each of them, by number.
    pub(crate) fn stored(&self) -> impl Iterator<Item = (u64, &Stored)> {
        self.0.iter().map(|(record, stored)| (*record, stored.as_ref()))
    }

    /// All of them, as claims cite them.
    pub(crate) fn all(&self) -> BTreeMap<u64, CitedRecord<'_>> {
        self.0.keys().filter_map(|record| Some((*record, self.get(*record)?))).collect()
    }
}

impl Engine {
    /// Reads records. Those that no table of events has are left out.
    pub(crate) fn records(&self, wanted: &BTreeSet<u64>) -> Result<Records, CaseError> {
        let mut records = self.kept(wanted);
        let missing: BTreeSet<u64> =
            wanted.iter().filter(|record| !records.contains_key(record)).copied().collect();
        let read = self
            .parts
            .rows(&missing, None, |batch, row, record| (record, Arc::new(Stored::of(batch, row))))?;
        self.keep(&read);
        records.extend(read);
        Ok(Records(records))
    }

    /// Takes records that were kept while logs were read. One that its table may have otherwise, since records that came later gave
    /// a column another type, is left out: it will be read back.
    pub(crate) fn hand_over(&self, mut ahead: Ahead) {
        for parts in self.parts.by_table() {
            let Some(mut records) = ahead.of_table.remove(&parts[0].table) else { continue };
            let columns = columns(parts);
            records.retain_mut(|(_, stored)| arrange(stored, &columns));
            let records = records.into_iter().map(|(record, stored)| (record, Arc::new(stored)));
            self.keep(&records.collect::<Vec<_>>());
        }
    }

    fn kept(&self, wanted: &BTreeSet<u64>) -> BTreeMap<u64, Arc<Stored>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        wanted.iter().filter_map(|record| Some((*record, Arc::clone(kept.get(record)?)))).collect()
    }

    fn keep(&self, read: &[(u64, Arc<Stored>)]) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let room = KEPT.saturating_sub(kept.len());
        kept.extend(read.iter().take(room).cloned());
    }
}

/// By name in the log: where a column of a table stands, and of which type its values are; without those that are not of the same
/// type in all parts.
type Columns = HashMap<String, (usize, &'static str)>;

fn columns(parts: &[Part]) -> Columns {
    let is_same = |field: &Field| {
        let mut fields = parts.iter().filter_map(|part| part.schema().column_with_name(field.name()));
        fields.all(|(_, other)| other.data_type() == field.data_type())
    };
    let schema = table_schema(parts);
    let fields = schema.fields().iter().enumerate().filter(|(_, field)| is_same(field));
    let named = fields.filter_map(|(place, field)| {
        Some((native_name(field.name())?.to_owned(), (place, type_name(field.data_type()))))
    });
    named.collect()
}

/// Puts the fields of a record into the order of their table; false if it has a column of another type.
fn arrange(stored: &mut Stored, columns: &Columns) -> bool {
    let place = |(name, value): &(String, FieldValue)| {
        columns.get(name).filter(|(_, of)| *of == value.type_name()).map(|(place, _)| *place)
    };
    stored.fields.sort_by_key(place);
    stored.fields.iter().all(|field| place(field).is_some())
}

/// Of which type the values of a column are.
fn type_name(column: &DataType) -> &'static str {
    let value = match column {
        DataType::Boolean => FieldValue::Bool(false),
        DataType::Int64 => FieldValue::Int(0),
        DataType::Float64 => FieldValue::Float(0.0),
        _ => FieldValue::Text(String::new()),
    };
    value.type_name()
}

/// The fields of a row, as they were named in the log.
fn fields(batch: &RecordBatch, row: usize) -> Vec<(String, FieldValue)> {
    let schema = batch.schema();
    let columns = schema.fields().iter().zip(batch.columns()).enumerate();
    let fields = columns.filter_map(|(at, (field, column))| {
        let name = native_name(field.name())?;
        let value = value(batch, at, column, row)?;
        Some((name.to_owned(), value))
    });
    fields.collect()
}

fn value(batch: &RecordBatch, at: usize, column: &ArrayRef, row: usize) -> Option<FieldValue> {
    if column.is_null(row) {
        return None;
    }
    let typed = match column.data_type() {
        DataType::Boolean => column.as_boolean_opt().map(|c| FieldValue::Bool(c.value(row))),
        DataType::Int64 => column.as_primitive_opt::<Int64Type>().map(|c| FieldValue::Int(c.value(row))),
        DataType::Float64 => {
            column.as_primitive_opt::<Float64Type>().map(|c| FieldValue::Float(c.value(row)))
        }
        _ => None,
    };
    match column.as_any_dictionary_opt() {
        // A key may stand for no value.
        Some(dictionary) if dictionary.logical_nulls().is_some_and(|nulls| nulls.is_null(row)) => None,
        _ => Some(typed.unwrap_or_else(|| FieldValue::Text(text_at(batch, at, row)))),
    }
}
