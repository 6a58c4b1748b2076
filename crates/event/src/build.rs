//! Sorts the records of a unit of work by shape into columns.

use std::fmt::Write as _;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, TimestampMicrosecondArray};
use arrow_schema::{ArrowError, Field, Schema, SchemaRef};
use onus_source::{Fields, NameId, Names, Value};

use crate::column::Column;
use crate::recognise::Recogniser;
use crate::{Mappings, Shape};

/// The events of one shape in one unit of work.
#[derive(Debug, Clone)]
pub struct ShapeBatch {
    /// Their shape.
    pub shape: Arc<Shape>,
    /// Native columns, under the names of the log.
    pub native: RecordBatch,
    /// For each row, the number of its record within the unit of work.
    pub rows: Vec<u32>,
    /// For each row, the source that its record lies in.
    pub sources: Vec<u32>,
    /// For each row, when it happened (UTC); null where the record does not say.
    pub timestamps: TimestampMicrosecondArray,
}

/// Fields beyond this number in one shape are joined into [`OVERFLOW`].
const MAX_COLUMNS: usize = 1_000;
/// The column of fields that got none of their own: a record that has it is not known field by field.
pub const OVERFLOW: &str = "further_fields";

/// Builds the batches of one unit of work after another; one a worker. Its columns are used again.
#[derive(Default)]
pub struct BatchBuilder {
    recogniser: Recogniser,
    /// By number of the shape.
    open: Vec<Open>,
    /// Numbers of the shapes that have rows.
    active: Vec<usize>,
    records: u32,
}

/// The records of a shape.
#[derive(Default)]
struct Open {
    names: Vec<NameId>,
    columns: Vec<Column>,
    /// By name: position in `columns` plus one.
    position: Vec<u32>,
    /// The columns that have a value, in order of appearance.
    order: Vec<u32>,
    rows: Vec<u32>,
    sources: Vec<u32>,
    times: Vec<Option<i64>>,
    /// The columns of the last batch, with its schema: the next one is mostly like it.
    last: Option<(Vec<u32>, SchemaRef)>,
}

impl BatchBuilder {
    /// A builder that knows the user's own log sources beside those of the catalogue.
    pub fn new(mappings: Mappings) -> Self {
        BatchBuilder { recogniser: Recogniser::new(mappings), ..BatchBuilder::default() }
    }

    /// Adds the next record, which lies in `source`.
    pub fn push(&mut self, source: u32, fields: &Fields, names: &mut Names) {
        let (number, time) = self.recogniser.recognise(fields, names);
        if self.open.len() <= number {
            self.open.resize_with(number + 1, Open::default);
        }
        let open = &mut self.open[number];
        if open.rows.is_empty() {
            self.active.push(number);
        }
        open.fill(fields, names);
        open.rows.push(self.records);
        open.times.push(time);
        open.sources.push(source);
        self.records += 1;
    }

    /// Number of records since the last [`Self::finish`].
    pub fn records(&self) -> u32 {
        self.records
    }

    /// The batches of the unit, ordered by table name, and a fresh start.
    ///
    /// # Errors
    /// None in practice: all columns of a batch have its number of rows.
    pub fn finish(&mut self, names: &Names) -> Result<Vec<ShapeBatch>, ArrowError> {
        self.records = 0;
        let mut batches = Vec::with_capacity(self.active.len());
        for number in self.active.drain(..) {
            batches.push(self.open[number].finish(self.recogniser.shape(number), names)?);
        }
        batches.sort_by(|a, b| (&a.shape.table, a.shape.variant).cmp(&(&b.shape.table, b.shape.variant)));
        Ok(batches)
    }
}

#[cold]
fn add_further(further: &mut String, name: &str, value: Value<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(further, "{name}={value:?}");
}

impl Open {
    /// Puts the fields of the next row into columns.
    fn fill(&mut self, fields: &Fields, names: &mut Names) {
        let row = self.rows.len();
        let mut further = String::new();
        for (name, value) in fields.iter() {
            match self.column(name) {
                Some(column) => column.set(row, value),
                None => add_further(&mut further, names.get(name), value),
            }
        }
        if !further.is_empty() {
            let place = self.place(names.intern(OVERFLOW));
            self.active(place).set(row, Value::Text(&further));
        }
    }

    /// The column of a name; `None` where the batch has so many that this one gets none of its own.
    fn column(&mut self, name: NameId) -> Option<&mut Column> {
        let place = self.place(name);
        let full = self.order.len() >= MAX_COLUMNS && self.columns[place].is_empty();
        (!full).then(|| self.active(place))
    }

    fn active(&mut self, place: usize) -> &mut Column {
        let column = &mut self.columns[place];
        if column.is_empty() {
            self.order.push(place as u32);
        }
        column
    }

    fn place(&mut self, name: NameId) -> usize {
        if name.index() >= self.position.len() {
            self.position.resize(name.index() + 1, 0);
        }
        let known = &mut self.position[name.index()];
        if *known == 0 {
            self.names.push(name);
            self.columns.push(Column::default());
            *known = self.columns.len() as u32;
        }
        *known as usize - 1
    }

    fn finish(&mut self, shape: Arc<Shape>, names: &Names) -> Result<ShapeBatch, ArrowError> {
        let rows = self.rows.len();
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.order.len());
        for place in &self.order {
            columns.push(self.columns[*place as usize].finish(rows)?);
        }
        let schema = self.schema(&columns, names);
        self.order.clear();
        if self.columns.len() > 2 * MAX_COLUMNS {
            // Names that come but once must not gather.
            (self.names, self.columns, self.position, self.last) = Default::default();
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let native = RecordBatch::try_new_with_options(schema, columns, &options)?;
        let timestamps =
            TimestampMicrosecondArray::from(std::mem::take(&mut self.times)).with_timezone("UTC");
        let (rows, sources) = (std::mem::take(&mut self.rows), std::mem::take(&mut self.sources));
        Ok(ShapeBatch { shape, native, rows, sources, timestamps })
    }
    /// The schema of a batch's columns; that of the last batch, if it is the same.
    fn schema(&mut self, columns: &[ArrayRef], names: &Names) -> SchemaRef {
        let typed = |schema: &Schema| {
            let fields = schema.fields().iter();
            columns.iter().zip(fields).all(|(column, field)| column.data_type() == field.data_type())
        };
        if let Some((order, schema)) = &self.last
            && *order == self.order
            && typed(schema)
        {
            return Arc::clone(schema);
        }
        let named = self.order.iter().map(|place| names.get(self.names[*place as usize]));
        let fields: Vec<Field> = named
            .zip(columns)
            .map(|(name, column)| Field::new(name, column.data_type().clone(), true))
            .collect();
        let schema = Arc::new(Schema::new(fields));
        self.last = Some((self.order.clone(), Arc::clone(&schema)));
        schema
    }
}
