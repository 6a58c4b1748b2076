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

/// Records asked for in one question.
const AT_ONCE: usize = 2_000;

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

    /// All of them, as claims cite them.
    pub(crate) fn all(&self) -> BTreeMap<u64, CitedRecord<'_>> {
        self.0.keys().filter_map(|record| Some((*record, self.get(*record)?))).collect()
    }
}

impl Engine {
    /// Reads records; `likely` gives the tables in which some of them probably lie. Those that no table of events
    /// has are left out.
    pub(crate) fn records(
        &self,
        wanted: &BTreeSet<u64>,
        likely: &BTreeMap<u64, &str>,
    ) -> Result<Records, CaseError> {
        let mut found = Records::default();
        let mut by_table: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for (record, table) in likely.iter().filter(|(record, t)| !t.is_empty() && wanted.contains(record)) {
            by_table.entry((*table).to_owned()).or_default().push(*record);
        }
        self.take_all(by_table, &mut found)?;
        let rest: Vec<u64> = wanted.iter().copied().filter(|record| !found.0.contains_key(record)).collect();
        let mut by_table: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for some in rest.chunks(AT_ONCE) {
            for batch in self.ask("record, shape", "events", some)? {
                for row in 0..batch.num_rows() {
                    if let Ok(record) = text_at(&batch, 0, row).parse() {
                        by_table.entry(text_at(&batch, 1, row)).or_default().push(record);
                    }
                }
            }
        }
        self.take_all(by_table, &mut found)?;
        Ok(found)
    }

    fn take_all(&self, by_table: BTreeMap<String, Vec<u64>>, found: &mut Records) -> Result<(), CaseError> {
        for (table, records) in by_table {
            for some in records.chunks(AT_ONCE) {
                self.ask("*", &table, some)?.iter().for_each(|batch| take(batch, found));
            }
        }
        Ok(())
    }

    fn ask(&self, columns: &str, table: &str, records: &[u64]) -> Result<Vec<RecordBatch>, CaseError> {
        let (Some(least), Some(most)) = (records.iter().min(), records.iter().max()) else {
            return Ok(Vec::new());
        };
        let list = records.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
        let table = table.replace('"', "");
        // The bounds let whole parts of the table be passed over.
        let question = format!(
            "select {columns} from \"{table}\" where record between {least} and {most} and record in ({list})"
        );
        Ok(self.query(&question)?.1)
    }
}

fn take(batch: &RecordBatch, found: &mut Records) {
    let Some(number) = batch.schema().index_of("record").ok() else { return };
    for row in 0..batch.num_rows() {
        let Ok(record) = text_at(batch, number, row).parse() else { continue };
        let schema = batch.schema();
        let columns = schema.fields().iter().zip(batch.columns()).enumerate();
        let fields = columns.filter_map(|(at, (field, column))| {
            let name = native_name(field.name())?;
            let value = value(batch, at, column, row)?;
            Some((name.to_owned(), value))
        });
        found.0.insert(record, fields.collect());
    }
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
