//! Stored events as the log had them: rows of a table of a case ─► batches of one shape, under native
//! names, so that rules can be run over a case again as they ran while it was read.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, RecordBatch, UInt32Array};
use arrow_schema::{ArrowError, Schema};
use arrow_select::take::take_record_batch;
use onus_source::{Fields, Names, Value};

use crate::recognise::{Recogniser, is_told_by_value};
use crate::{Mappings, Shape, native_columns, shape_fields};

/// Stored rows of one shape.
#[derive(Debug, Clone)]
pub struct StoredBatch {
    /// Their shape.
    pub shape: Arc<Shape>,
    /// The rows as they are stored, with core columns.
    pub stored: RecordBatch,
    /// The rows under native names, without columns that none of them has.
    pub native: RecordBatch,
}

/// Tells the shapes of stored rows, and remembers them.
#[derive(Default)]
pub struct StoredShapes {
    recogniser: Recogniser,
    names: Names,
    mappings: Mappings,
}

impl StoredShapes {
    /// One that knows the user's own log sources beside those of the catalogue.
    pub fn new(mappings: Mappings) -> Self {
        StoredShapes { recogniser: Recogniser::new(mappings.clone()), mappings, ..StoredShapes::default() }
    }

    /// Parts the rows of a table by shape; their order is kept within each part.
    ///
    /// # Errors
    /// If the columns do not fit together, which no stored table's do.
    pub fn part(&mut self, stored: &RecordBatch) -> Result<Vec<StoredBatch>, ArrowError> {
        let native = native_columns(stored)?;
        let shapes = self.shapes(&native);
        let mut parts: Vec<(usize, Arc<Shape>, Vec<u32>)> = Vec::new();
        let mut places: HashMap<usize, usize> = HashMap::new();
        for (row, (number, shape)) in (0_u32..).zip(shapes) {
            let place = *places.entry(number).or_insert_with(|| {
                parts.push((number, shape, Vec::new()));
                parts.len() - 1
            });
            parts[place].2.push(row);
        }
        let whole = parts.len() == 1;
        let make = |(_, shape, rows): (usize, Arc<Shape>, Vec<u32>)| {
            let rows = UInt32Array::from(rows);
            let pick = |batch: &RecordBatch| {
                if whole { Ok(batch.clone()) } else { take_record_batch(batch, &rows) }
            };
            Ok(StoredBatch { shape, stored: pick(stored)?, native: without_empty(&pick(&native)?)? })
        };
        parts.into_iter().map(make).collect()
    }

    /// The shape of each row, with its number. Rows that agree in the fields by which shapes are told are looked
    /// at once.
    fn shapes(&mut self, native: &RecordBatch) -> Vec<(usize, Arc<Shape>)> {
        let built_in = shape_fields().into_iter().map(|name| (name, is_told_by_value(name)));
        // What a mapping tests comes first, so that its value counts also where the catalogue asks just whether
        // the field is there.
        let mut telling: Vec<(&str, bool, &ArrayRef)> = Vec::new();
        for (name, by_value) in self.mappings.tested().map(|name| (name, true)).chain(built_in) {
            if let Some(column) = native.column_by_name(name)
                && !telling.iter().any(|(known, ..)| *known == name)
            {
                telling.push((name, by_value, column));
            }
        }
        let mut known: HashMap<Vec<u64>, (usize, Arc<Shape>)> = HashMap::new();
        let mut all = Vec::with_capacity(native.num_rows());
        let mut code = Vec::new();
        for row in 0..native.num_rows() {
            code.clear();
            code.extend(telling.iter().map(|(_, by_value, column)| code_of(column, row, *by_value)));
            if let Some(shape) = known.get(&code) {
                all.push(shape.clone());
                continue;
            }
            let pairs = telling.iter().filter_map(|(name, _, column)| Some((*name, value(column, row)?)));
            let fields = Fields::from_pairs(pairs, &mut self.names);
            let (number, _) = self.recogniser.recognise(&fields, &mut self.names);
            let shape = self.recogniser.shape(number).clone();
            known.insert(code.clone(), (number, shape.clone()));
            all.push((number, shape));
        }
        all
    }
}

/// A number that two cells share only if they are alike: in value, or in being there.
fn code_of(column: &ArrayRef, row: usize, by_value: bool) -> u64 {
    if column.is_null(row) {
        return u64::MAX;
    }
    if !by_value {
        return 1;
    }
    if let Some(dictionary) = column.as_dictionary_opt::<Int32Type>() {
        return dictionary.key(row).map_or(u64::MAX, |key| key as u64);
    }
    if let Some(integers) = column.as_primitive_opt::<Int64Type>() {
        return integers.value(row) as u64;
    }
    // Rare types of a telling field: each row is looked at.
    row as u64
}

fn value(column: &ArrayRef, row: usize) -> Option<Value<'_>> {
    if column.is_null(row) {
        return None;
    }
    if let Some(dictionary) = column.as_dictionary_opt::<Int32Type>() {
        let values = dictionary.values().as_string_opt::<i32>()?;
        return Some(Value::Text(values.value(dictionary.key(row)?)));
    }
    if let Some(integers) = column.as_primitive_opt::<Int64Type>() {
        return Some(Value::Int(integers.value(row)));
    }
    if let Some(floats) = column.as_primitive_opt::<Float64Type>() {
        return Some(Value::Float(floats.value(row)));
    }
    column.as_boolean_opt().map(|booleans| Value::Bool(booleans.value(row)))
}

/// A log whose records lack a field has no such column, whatever other logs in the table have.
fn without_empty(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let schema = batch.schema();
    let kept: Vec<usize> =
        (0..batch.num_columns()).filter(|at| batch.column(*at).null_count() < batch.num_rows()).collect();
    let fields: Vec<_> = kept.iter().map(|at| schema.fields()[*at].clone()).collect();
    let columns = kept.iter().map(|at| batch.column(*at).clone()).collect();
    let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)
}
