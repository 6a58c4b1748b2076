//! Records read back from the tables of events, with the fields that they had in the log.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;
use onus_claim::CitedRecord;
use onus_event::{OVERFLOW, native_name};
use onus_proof::FieldValue;

use crate::CaseError;
use crate::parts::BESIDE;
use crate::query::{Engine, cell, text_at};

/// Records that an engine keeps once they were read: claims are made from most that the report shows.
pub(crate) const KEPT: usize = 4_000;

/// Records by number.
#[derive(Default)]
pub(crate) struct Records(BTreeMap<u64, Arc<Stored>>);

/// Records that were read before.
pub(crate) type Kept = Mutex<BTreeMap<u64, Arc<Stored>>>;

/// A record as the case has it.
pub(crate) struct Stored {
    /// What its core columns say, as text.
    pub(crate) time: String,
    pub(crate) host: String,
    pub(crate) action: String,
    /// As they were named in the log.
    pub(crate) fields: Vec<(String, FieldValue)>,
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
        let read = self.parts.rows(&missing, None, |batch, row, record| {
            let [time, host, action] = BESIDE.map(|column| cell(batch, column, row));
            (record, Arc::new(Stored { time, host, action, fields: fields(batch, row) }))
        })?;
        self.keep(&read);
        records.extend(read);
        Ok(Records(records))
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
