//! Core columns beside the native ones.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, DictionaryArray, Int32Array, RecordBatch, StringArray, UInt32Array, UInt64Array,
};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};

use crate::catalogue::{CORE_COLUMNS, CoreType};
use crate::derive::{Derive, as_int, as_text, coalesce, join, map_text, text_type};
use crate::{Shape, ShapeBatch};

/// Before the name of a native field that is spelled like a core column.
const NATIVE_PREFIX: &str = "native_";

fn data_type(kind: CoreType, name: &str) -> DataType {
    match kind {
        CoreType::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        CoreType::Id if name == "source" => DataType::UInt32,
        CoreType::Id => DataType::UInt64,
        CoreType::Text => text_type(),
        CoreType::Int => DataType::Int64,
    }
}

/// The schema of the table `events`: all core columns.
pub fn core_schema() -> SchemaRef {
    let fields: Vec<Field> =
        CORE_COLUMNS.iter().map(|(name, kind)| Field::new(*name, data_type(*kind, name), true)).collect();
    Arc::new(Schema::new(fields))
}

fn is_core(name: &str) -> bool {
    CORE_COLUMNS.iter().any(|(core, _)| *core == name)
}

/// The name under which a stored column was known in the log; `None` for a core column.
pub fn native_name(stored: &str) -> Option<&str> {
    if is_core(stored) {
        return None;
    }
    Some(stored.strip_prefix(NATIVE_PREFIX).filter(|name| is_core(name)).unwrap_or(stored))
}

/// A stored batch as the log had it: without core columns, under native names.
///
/// # Errors
/// None in practice: the columns come from one batch.
pub fn native_columns(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let mut fields = Vec::new();
    let mut columns = Vec::new();
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        if let Some(name) = native_name(field.name()) {
            fields.push(Field::new(name, field.data_type().clone(), true));
            columns.push(column.clone());
        }
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

/// Adds the core columns in front: `record` counts on from `first_record`, the first of the unit's records.
///
/// # Errors
/// If a column cannot be made, which would be a fault of the catalogue.
pub fn with_core_columns(batch: &ShapeBatch, first_record: u64) -> Result<RecordBatch, ArrowError> {
    CoreColumns::default().add(batch, first_record)
}

/// Adds core columns to one batch after another; it remembers the schemas that come of it.
#[derive(Default)]
pub struct CoreColumns {
    /// By table and variant: the native schema, which core columns were made, and the schema of both.
    last: HashMap<(String, &'static str), (SchemaRef, Vec<usize>, SchemaRef)>,
}

impl CoreColumns {
    /// As [`with_core_columns`].
    ///
    /// # Errors
    /// As there.
    pub fn add(&mut self, batch: &ShapeBatch, first_record: u64) -> Result<RecordBatch, ArrowError> {
        let (made, mut columns) = core_columns(batch, first_record)?;
        columns.extend(batch.native.columns().iter().cloned());
        let native = batch.native.schema_ref();
        let key = (batch.shape.table.clone(), batch.shape.variant);
        let schema = match self.last.get(&key) {
            Some((of, with, schema)) if Arc::ptr_eq(of, native) && *with == made => Arc::clone(schema),
            _ => {
                let schema = stored_schema(native, &made);
                self.last.insert(key, (Arc::clone(native), made, Arc::clone(&schema)));
                schema
            }
        };
        RecordBatch::try_new(schema, columns)
    }
}

/// The core columns of a batch, with their places in [`CORE_COLUMNS`].
fn core_columns(batch: &ShapeBatch, first_record: u64) -> Result<(Vec<usize>, Vec<ArrayRef>), ArrowError> {
    let rows = batch.native.num_rows();
    let mut made = Vec::new();
    let mut columns: Vec<ArrayRef> = Vec::new();
    for (place, (name, kind)) in CORE_COLUMNS.iter().enumerate() {
        let column: Option<ArrayRef> = match *name {
            "timestamp" => Some(Arc::new(batch.timestamps.clone())),
            "record" => {
                let records = batch.rows.iter().map(|r| first_record + u64::from(*r));
                Some(Arc::new(UInt64Array::from_iter_values(records)))
            }
            "source" => Some(Arc::new(UInt32Array::from(batch.sources.clone()))),
            "shape" => Some(constant(&batch.shape.table, rows)?),
            "event_action" => match mapped(batch, name, *kind) {
                Some(column) => Some(column),
                None => Some(constant(&batch.shape.action, rows)?),
            },
            _ => mapped(batch, name, *kind),
        };
        if let Some(column) = column {
            made.push(place);
            columns.push(column);
        }
    }
    Ok((made, columns))
}

fn stored_schema(native: &Schema, made: &[usize]) -> SchemaRef {
    let core = made.iter().map(|place| {
        let (name, kind) = CORE_COLUMNS[*place];
        Field::new(name, data_type(kind, name), true)
    });
    let native = native.fields().iter().map(|field| {
        let name = field.name();
        let stored = if is_core(name) { format!("{NATIVE_PREFIX}{name}") } else { name.clone() };
        Field::new(stored, field.data_type().clone(), true)
    });
    Arc::new(Schema::new(core.chain(native).collect::<Vec<_>>()))
}

/// The core column from the first of its fields that each row has.
fn mapped(batch: &ShapeBatch, core: &str, kind: CoreType) -> Option<ArrayRef> {
    let maps = Shape::core_maps(&batch.shape).filter(|(name, _, _)| *name == core);
    let mut made: Option<ArrayRef> = None;
    for (_, native, how) in maps {
        let Some(column) = batch.native.column_by_name(native) else { continue };
        let derived = match (kind, how) {
            (CoreType::Int, _) => as_int(column),
            (_, Derive::Join(before)) => join(batch.native.column_by_name(before), column),
            (_, Derive::Copy) => as_text(column),
            (_, how) => map_text(column, *how),
        };
        made = match (made, derived) {
            (Some(first), Some(second)) => coalesce(&first, &second),
            (first, second) => first.or(second),
        };
        if made.as_ref().is_some_and(|column| column.null_count() == 0) {
            break;
        }
    }
    made
}

fn constant(text: &str, rows: usize) -> Result<ArrayRef, ArrowError> {
    let keys = Int32Array::from_value(0, rows);
    Ok(Arc::new(DictionaryArray::try_new(keys, Arc::new(StringArray::from(vec![text])))?))
}
