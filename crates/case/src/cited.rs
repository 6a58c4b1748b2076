//! Records read back from the tables of events, with the fields that they had in the log.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;
use onus_claim::CitedRecord;
use onus_event::{OVERFLOW, native_name};
use onus_proof::FieldValue;

use crate::CaseError;
use crate::query::{Engine, text_at};

/// Records by number.
#[derive(Default)]
pub(crate) struct Records(BTreeMap<u64, Vec<(String, FieldValue)>>);

impl Records {
    pub(crate) fn get(&self, record: u64) -> Option<CitedRecord<'_>> {
        let fields = self.0.get(&record)?;
        let mut cited = CitedRecord::whole(record, fields);
        cited.complete = fields.iter().all(|(name, _)| name != OVERFLOW);
        Some(cited)
    }

    /// Those of them that are wanted.
    pub(crate) fn of(&self, wanted: &BTreeSet<u64>) -> Records {
        let own = wanted.iter().filter_map(|record| Some((*record, self.0.get(record)?.clone())));
        Records(own.collect())
    }

    /// All of them, as claims cite them.
    pub(crate) fn all(&self) -> BTreeMap<u64, CitedRecord<'_>> {
        self.0.keys().filter_map(|record| Some((*record, self.get(*record)?))).collect()
    }
}

impl Engine {
    /// Reads records. Those that no table of events has are left out.
    pub(crate) fn records(&self, wanted: &BTreeSet<u64>) -> Result<Records, CaseError> {
        let rows = self.parts.rows(wanted, None, |batch, row, record| (record, fields(batch, row)))?;
        Ok(Records(rows.into_iter().collect()))
    }
}

/// The fields of a row, as they were named in the log.
pub(crate) fn fields(batch: &RecordBatch, row: usize) -> Vec<(String, FieldValue)> {
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
