//! Core columns beside the native ones.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, DictionaryArray, Int32Array, RecordBatch, StringArray, UInt32Array, UInt64Array,
};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};
use foldhash::fast::FixedState;

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

/// Fields of all remembered schemas, about.
const KEPT_FIELDS: usize = 64 << 10;

/// Adds core columns to one batch after another; it remembers what it found out of each schema.
pub struct CoreColumns {
    /// All of them.
    core: SchemaRef,
    /// By places of shape and native schema in memory, which are held.
    known: HashMap<(*const Shape, *const Schema), Known, FixedState>,
    /// Fields of all these schemas.
    fields: usize,
}

/// How the core columns of a shape are made from batches of one native schema.
struct Known {
    /// Keep their places in memory.
    _held: (Arc<Shape>, SchemaRef),
    plan: Vec<Planned>,
    /// The places in [`CORE_COLUMNS`] of the columns that the last batch got, and the schema with them.
    made: Option<(Vec<usize>, SchemaRef)>,
}

/// A core column that a batch may get.
struct Planned {
    /// Place in [`CORE_COLUMNS`].
    place: usize,
    from: Origin,
}

enum Origin {
    Time,
    Record,
    Source,
    Table,
    /// From the first of its fields that a row has; the shape's own word where a batch has none of them.
    Action(Vec<(usize, How)>),
    Text(Vec<(usize, How)>),
    Int(Vec<(usize, How)>),
}

/// A derivation, with the place of the column that comes before in [`Derive::Join`].
#[derive(Clone, Copy)]
struct How(Derive, Option<usize>);

impl Default for CoreColumns {
    fn default() -> Self {
        CoreColumns { core: core_schema(), known: HashMap::default(), fields: 0 }
    }
}

impl CoreColumns {
    /// Adds the core columns in front: `record` counts on from `first_record`, the first of the unit's records.
    ///
    /// # Errors
    /// If a column cannot be made, which would be a fault of the catalogue.
    pub fn add(&mut self, batch: &ShapeBatch, first_record: u64) -> Result<RecordBatch, ArrowError> {
        let native = batch.native.schema_ref();
        let core = Arc::clone(&self.core);
        let known = self.known(batch);
        let mut made = Vec::with_capacity(known.plan.len());
        let mut columns = Vec::with_capacity(known.plan.len() + batch.native.num_columns());
        for planned in &known.plan {
            if let Some(column) = planned.from.column(batch, first_record)? {
                made.push(planned.place);
                columns.push(column);
            }
        }
        columns.extend(batch.native.columns().iter().cloned());
        let stored = match &known.made {
            Some((places, stored)) if *places == made => Arc::clone(stored),
            _ => {
                let stored = stored_schema(native, &core, &made);
                known.made = Some((made, Arc::clone(&stored)));
                stored
            }
        };
        RecordBatch::try_new(stored, columns)
    }

    fn known(&mut self, batch: &ShapeBatch) -> &mut Known {
        let native = batch.native.schema_ref();
        let key = (Arc::as_ptr(&batch.shape), Arc::as_ptr(native));
        if !self.known.contains_key(&key) {
            if self.fields > KEPT_FIELDS {
                self.known.clear();
                self.fields = 0;
            }
            self.fields += CORE_COLUMNS.len() + native.fields().len();
        }
        self.known.entry(key).or_insert_with(|| Known::new(batch))
    }
}

impl Known {
    fn new(batch: &ShapeBatch) -> Self {
        let native = batch.native.schema_ref();
        Known {
            _held: (Arc::clone(&batch.shape), Arc::clone(native)),
            plan: plan(&batch.shape, native),
            made: None,
        }
    }
}

/// The core columns for which a native schema has fields.
fn plan(shape: &Shape, native: &Schema) -> Vec<Planned> {
    let place_of = |name: &str| native.column_with_name(name).map(|(place, _)| place);
    let fields = |core: &str| -> Vec<(usize, How)> {
        Shape::core_maps(shape)
            .filter(|(name, _, _)| *name == core)
            .filter_map(|(_, field, how)| {
                let before = if let Derive::Join(before) = how { place_of(before) } else { None };
                Some((place_of(field)?, How(*how, before)))
            })
            .collect()
    };
    let origin = |name: &str, kind: CoreType| match name {
        "timestamp" => Some(Origin::Time),
        "record" => Some(Origin::Record),
        "source" => Some(Origin::Source),
        "shape" => Some(Origin::Table),
        "event_action" => Some(Origin::Action(fields(name))),
        _ => Some(fields(name)).filter(|fields| !fields.is_empty()).map(|fields| match kind {
            CoreType::Int => Origin::Int(fields),
            _ => Origin::Text(fields),
        }),
    };
    let planned = |(place, (name, kind)): (usize, &(&str, CoreType))| {
        origin(name, *kind).map(|from| Planned { place, from })
    };
    CORE_COLUMNS.iter().enumerate().filter_map(planned).collect()
}

impl Origin {
    fn column(&self, batch: &ShapeBatch, first_record: u64) -> Result<Option<ArrayRef>, ArrowError> {
        let rows = batch.native.num_rows();
        Ok(match self {
            Origin::Time => Some(Arc::new(batch.timestamps.clone())),
            Origin::Record => {
                let records = batch.rows.iter().map(|r| first_record + u64::from(*r));
                Some(Arc::new(UInt64Array::from_iter_values(records)))
            }
            Origin::Source => Some(Arc::new(UInt32Array::from(batch.sources.clone()))),
            Origin::Table => Some(constant(&batch.shape.table, rows)?),
            Origin::Action(fields) => match first_of(batch, fields, text_of) {
                Some(column) => Some(column),
                None => Some(constant(&batch.shape.action, rows)?),
            },
            Origin::Text(fields) => first_of(batch, fields, text_of),
            Origin::Int(fields) => first_of(batch, fields, |_, column, _| as_int(column)),
        })
    }
}

/// The core column from the first of its fields that each row has.
fn first_of(
    batch: &ShapeBatch,
    fields: &[(usize, How)],
    derive: impl Fn(&ShapeBatch, &ArrayRef, How) -> Option<ArrayRef>,
) -> Option<ArrayRef> {
    let mut made: Option<ArrayRef> = None;
    for (place, how) in fields {
        made = match (made, derive(batch, batch.native.column(*place), *how)) {
            (Some(first), Some(second)) => coalesce(&first, &second),
            (first, second) => first.or(second),
        };
        if made.as_ref().is_some_and(|column| column.null_count() == 0) {
            break;
        }
    }
    made
}

fn text_of(batch: &ShapeBatch, column: &ArrayRef, How(how, before): How) -> Option<ArrayRef> {
    match how {
        Derive::Join(_) => join(before.map(|place| batch.native.column(place)), column),
        Derive::Copy => as_text(column),
        how => map_text(column, how),
    }
}

/// The schema of these core columns before the native ones. Fields are shared: there are thousands of schemas.
fn stored_schema(native: &Schema, core: &Schema, made: &[usize]) -> SchemaRef {
    let core = made.iter().map(|place| Arc::clone(&core.fields()[*place]));
    let native = native.fields().iter().map(|field| match is_core(field.name()) {
        true => {
            let stored = format!("{NATIVE_PREFIX}{}", field.name());
            Arc::new(Field::new(stored, field.data_type().clone(), true))
        }
        false => Arc::clone(field),
    });
    Arc::new(Schema::new(core.chain(native).collect::<Vec<FieldRef>>()))
}

fn constant(text: &str, rows: usize) -> Result<ArrayRef, ArrowError> {
    // Not `vec![0; rows]`: the system gives a page of zeros twice, when it is read and when it is written.
    let keys: Int32Array = std::iter::repeat_n(0, rows).collect::<Vec<i32>>().into();
    Ok(Arc::new(DictionaryArray::try_new(keys, Arc::new(StringArray::from(vec![text])))?))
}
