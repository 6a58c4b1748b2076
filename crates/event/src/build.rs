//! Sorts the records of a chunk by shape into columns.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, TimestampMicrosecondArray};
use arrow_schema::{ArrowError, Field, Schema};
use foldhash::fast::FixedState;
use onus_source::{Fields, NameId, Names, Value};

use crate::column::Column;
use crate::recognise::Recogniser;
use crate::{Mappings, Shape};

/// The events of one shape in one chunk.
#[derive(Debug, Clone)]
pub struct ShapeBatch {
    /// Their shape.
    pub shape: Arc<Shape>,
    /// Native columns, under the names of the log.
    pub native: RecordBatch,
    /// For each row, the number of its record within the chunk.
    pub rows: Vec<u32>,
    /// For each row, when it happened (UTC); null where the record does not say.
    pub timestamps: TimestampMicrosecondArray,
}

/// Fields beyond this number in one shape are joined into [`OVERFLOW`].
const MAX_COLUMNS: usize = 1_000;
const OVERFLOW: &str = "further_fields";

/// Builds the batches of one chunk after another; one a worker.
#[derive(Default)]
pub struct BatchBuilder {
    recogniser: Recogniser,
    open: Vec<Open>,
    /// Where the shape with this number lies in `open`, in this chunk.
    places: HashMap<usize, usize, FixedState>,
    records: u32,
}

struct Open {
    shape: Arc<Shape>,
    names: Vec<NameId>,
    columns: Vec<Column>,
    /// By name: position in `columns` plus one.
    position: Vec<u32>,
    rows: Vec<u32>,
    times: Vec<Option<i64>>,
}

impl BatchBuilder {
    /// A builder that knows the user's own log sources beside those of the catalogue.
    pub fn new(mappings: Mappings) -> Self {
        BatchBuilder { recogniser: Recogniser::new(mappings), ..BatchBuilder::default() }
    }

    /// Adds the next record of the chunk.
    pub fn push(&mut self, fields: &Fields, names: &mut Names) {
        let (number, shape, time) = self.recogniser.recognise(fields, names);
        let open = &mut self.open;
        let place = *self.places.entry(number).or_insert_with(|| {
            open.push(Open::new(shape));
            open.len() - 1
        });
        self.open[place].push(self.records, time, fields, names);
        self.records += 1;
    }

    /// Number of records since the last [`Self::finish`].
    pub fn records(&self) -> u32 {
        self.records
    }

    /// The batches of the chunk, ordered by table name, and a fresh start.
    ///
    /// # Errors
    /// None in practice: all columns of a batch have its number of rows.
    pub fn finish(&mut self, names: &Names) -> Result<Vec<ShapeBatch>, ArrowError> {
        self.places.clear();
        self.records = 0;
        let mut batches =
            self.open.drain(..).map(|open| open.finish(names)).collect::<Result<Vec<_>, ArrowError>>()?;
        batches.sort_by(|a, b| (&a.shape.table, a.shape.variant).cmp(&(&b.shape.table, b.shape.variant)));
        Ok(batches)
    }
}

impl Open {
    fn new(shape: Arc<Shape>) -> Self {
        Open {
            shape,
            names: Vec::new(),
            columns: Vec::new(),
            position: Vec::new(),
            rows: Vec::new(),
            times: Vec::new(),
        }
    }

    fn push(&mut self, record: u32, time: Option<i64>, fields: &Fields, names: &mut Names) {
        let row = self.rows.len();
        let mut further = String::new();
        for (name, value) in fields.iter() {
            if name.index() >= self.position.len() {
                self.position.resize(name.index() + 1, 0);
            }
            let known = self.position[name.index()] as usize;
            if known > 0 {
                self.columns[known - 1].set(row, value);
            } else if self.columns.len() < MAX_COLUMNS {
                self.add(name, value).set(row, value);
            } else {
                further.push_str(&format!("{}={value:?}\n", names.get(name)));
            }
        }
        if !further.is_empty() {
            let name = names.intern(OVERFLOW);
            if name.index() >= self.position.len() {
                self.position.resize(name.index() + 1, 0);
            }
            let value = Value::Text(&further);
            match self.position[name.index()] as usize {
                0 => self.add(name, value).set(row, value),
                known => self.columns[known - 1].set(row, value),
            }
        }
        self.rows.push(record);
        self.times.push(time);
    }

    fn add(&mut self, name: NameId, value: Value<'_>) -> &mut Column {
        self.names.push(name);
        self.columns.push(Column::of(value));
        let last = self.columns.len();
        self.position[name.index()] = last as u32;
        &mut self.columns[last - 1]
    }

    fn finish(self, names: &Names) -> Result<ShapeBatch, ArrowError> {
        let rows = self.rows.len();
        let columns: Vec<ArrayRef> = self.columns.into_iter().map(|c| c.finish(rows)).collect();
        let fields: Vec<Field> = self
            .names
            .iter()
            .zip(&columns)
            .map(|(name, column)| Field::new(names.get(*name), column.data_type().clone(), true))
            .collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let native = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)?;
        let timestamps = TimestampMicrosecondArray::from(self.times).with_timezone("UTC");
        Ok(ShapeBatch { shape: self.shape, native, rows: self.rows, timestamps })
    }
}
