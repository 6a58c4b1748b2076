//! Sorts the records of a unit of work by shape into columns.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, TimestampMicrosecondArray};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Schema, SchemaRef};
use foldhash::fast::FixedState;
use onus_source::{Fields, NameId, Names};

use crate::columns::{Columns, OVERFLOW};
use crate::recognise::Recogniser;
use crate::rows::{Long, Row, Rows};
use crate::{Mappings, Shape};

/// Fields of a shape's remembered schemas, at most. Where few records come together, not each of their batches has all fields of the
/// shape, nor has it them in the same order.
const KEPT_FIELDS: usize = 1_000;

/// The events of one shape in one unit of work, or in a part of it where it holds very many values.
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

/// Builds the batches of one unit of work after another; one a worker. Its memory is used again.
#[derive(Default)]
pub struct BatchBuilder {
    recogniser: Recogniser,
    rows: Rows,
    /// By number of the shape.
    open: Vec<Open>,
    /// Numbers of the shapes that have rows.
    active: Vec<usize>,
    columns: Columns,
    fields: SharedFields,
    /// The name of [`OVERFLOW`].
    overflow: Option<NameId>,
    /// What was made of records for which there was no more room, with the number of the shape.
    made: Vec<(usize, Result<ShapeBatch, ArrowError>)>,
    records: u32,
}

/// The records of a shape.
#[derive(Default)]
struct Open {
    rows: Vec<Row>,
    long: Long,
    /// By row, as are those that follow: the record's number.
    records: Vec<u32>,
    sources: Vec<u32>,
    times: Vec<Option<i64>>,
    /// The names of the last batches' columns, with their schemas: the next one is mostly like one of them.
    known: Vec<(Vec<NameId>, SchemaRef)>,
}

impl BatchBuilder {
    /// A builder that knows the user's own log sources beside those of the catalogue.
    pub fn new(mappings: Mappings) -> Self {
        BatchBuilder { recogniser: Recogniser::new(mappings), ..BatchBuilder::default() }
    }

    /// Adds the next record, which lies in `source`.
    pub fn push(&mut self, source: u32, fields: &Fields, names: &mut Names) {
        self.overflow.get_or_insert_with(|| names.intern(OVERFLOW));
        if self.rows.is_full() {
            self.make(names);
        }
        let (number, time) = self.recogniser.recognise(fields, names);
        if self.open.len() <= number {
            self.open.resize_with(number + 1, Open::default);
        }
        let open = &mut self.open[number];
        if open.rows.is_empty() {
            self.active.push(number);
        }
        open.rows.push(self.rows.add(fields, open.rows.last(), &mut open.long));
        open.records.push(self.records);
        open.times.push(time);
        open.sources.push(source);
        self.records += 1;
    }

    /// Number of records since the last [`Self::finish`].
    pub fn records(&self) -> u32 {
        self.records
    }

    /// The batches of the unit, ordered by table name, and a fresh start.
    pub fn finish<'b>(&'b mut self, names: &'b Names) -> Batches<'b> {
        self.records = 0;
        let made = self.made.drain(..).map(|(number, batch)| (number, Some(batch)));
        let mut left: Vec<_> = made.chain(self.active.drain(..).map(|number| (number, None))).collect();
        let shape = |number: &usize| self.recogniser.shape(*number);
        left.sort_by(|(one, _), (next, _)| {
            let (one, next) = (shape(one), shape(next));
            (&one.table, one.variant).cmp(&(&next.table, next.variant))
        });
        Batches { builder: self, names, left: left.into_iter() }
    }

    /// Makes batches of the records that there are.
    fn make(&mut self, names: &Names) {
        // There are no records where there is no name for it.
        let Some(overflow) = self.overflow else { return };
        for number in std::mem::take(&mut self.active) {
            let batch = self.batch(number, (names, overflow));
            self.made.push((number, batch));
        }
        self.rows.clear();
    }

    /// Makes a batch of the records of a shape.
    fn batch(&mut self, number: usize, names: (&Names, NameId)) -> Result<ShapeBatch, ArrowError> {
        let shape = Arc::clone(self.recogniser.shape(number));
        self.open[number].finish(shape, &mut self.rows, (&mut self.columns, &mut self.fields), names)
    }
}

/// The batches of a unit of work. Each is made when it is asked for, so that who looks at it finds it near the processor.
pub struct Batches<'b> {
    builder: &'b mut BatchBuilder,
    names: &'b Names,
    /// Shapes with their batches, if these are made already.
    left: std::vec::IntoIter<(usize, Option<Result<ShapeBatch, ArrowError>>)>,
}

impl Iterator for Batches<'_> {
    /// An error in practice never: all columns of a batch have its number of rows.
    type Item = Result<ShapeBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (number, made) = self.left.next()?;
        let names = (self.names, self.builder.overflow?);
        Some(made.unwrap_or_else(|| self.builder.batch(number, names)))
    }
}

impl Batches<'_> {
    /// Takes back the memory of a batch's long texts, which nobody else holds once they were pressed.
    pub fn take_back(&mut self, batch: ShapeBatch) {
        let (_, columns, _) = batch.native.into_parts();
        for column in columns {
            let Some(texts) = column.as_dictionary_opt::<Int32Type>() else { continue };
            let texts = texts.values().as_string_opt().cloned();
            drop(column);
            texts.into_iter().for_each(|texts| self.builder.rows.spare.give(texts));
        }
    }
}

impl Drop for Batches<'_> {
    /// Records of which nobody asked for the batch are forgotten.
    fn drop(&mut self) {
        self.by_ref().for_each(drop);
        self.builder.rows.clear();
    }
}

/// The fields of all schemas, each once: there are thousands of schemas, of mostly the same fields.
#[derive(Default)]
struct SharedFields(HashMap<NameId, Vec<FieldRef>, FixedState>);

impl SharedFields {
    fn field(&mut self, name: NameId, data_type: &DataType, names: &Names) -> FieldRef {
        let known = self.0.entry(name).or_default();
        if let Some(field) = known.iter().find(|field| field.data_type() == data_type) {
            return Arc::clone(field);
        }
        let field = Arc::new(Field::new(names.get(name), data_type.clone(), true));
        known.push(Arc::clone(&field));
        field
    }
}

impl Open {
    fn finish(
        &mut self,
        shape: Arc<Shape>,
        all: &mut Rows,
        (columns, fields): (&mut Columns, &mut SharedFields),
        (names, overflow): (&Names, NameId),
    ) -> Result<ShapeBatch, ArrowError> {
        let rows = std::mem::take(&mut self.rows);
        let (order, columns) = columns.of(&rows, (all, &mut self.long), names, overflow)?;
        self.long.clear();
        let schema = self.schema(order, &columns, fields, names);
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        let native = RecordBatch::try_new_with_options(schema, columns, &options)?;
        let timestamps =
            TimestampMicrosecondArray::from(std::mem::take(&mut self.times)).with_timezone("UTC");
        let (rows, sources) = (std::mem::take(&mut self.records), std::mem::take(&mut self.sources));
        Ok(ShapeBatch { shape, native, rows, sources, timestamps })
    }

    /// The schema of a batch's columns; that of a batch before, if it is the same.
    fn schema(
        &mut self,
        order: Vec<NameId>,
        columns: &[ArrayRef],
        shared: &mut SharedFields,
        names: &Names,
    ) -> SchemaRef {
        let typed = |schema: &Schema| {
            let fields = schema.fields().iter();
            columns.iter().zip(fields).all(|(column, field)| column.data_type() == field.data_type())
        };
        if let Some(at) = self.known.iter().rposition(|(known, schema)| *known == order && typed(schema)) {
            // The one that was used last comes last.
            self.known[at..].rotate_left(1);
            return self.known[self.known.len() - 1].1.clone();
        }
        let fields = order.iter().zip(columns);
        let fields = fields.map(|(name, column)| shared.field(*name, column.data_type(), names));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<FieldRef>>()));
        self.known.push((order, Arc::clone(&schema)));
        let mut fields: usize = self.known.iter().map(|(order, _)| order.len()).sum();
        while fields > KEPT_FIELDS && self.known.len() > 1 {
            fields -= self.known.remove(0).0.len();
        }
        schema
    }
}

#[cfg(test)]
mod tests {
    use super::BatchBuilder;
    use onus_source::{Fields, Names, Value};

    /// Batches of records that each say a long text beside their number.
    fn batches(text: impl Fn(usize) -> String) -> usize {
        let (mut names, mut builder) = (Names::default(), BatchBuilder::default());
        for number in 0..200 {
            let text = text(number);
            let pairs = [("_path", Value::Text("w3c_proxy")), ("text", Value::Text(&text))];
            builder.push(number as u32, &Fields::from_pairs(pairs, &mut names), &mut names);
        }
        let batches: Vec<_> = builder.finish(&names).collect::<Result<_, _>>().unwrap();
        let records: Vec<u32> = batches.iter().flat_map(|batch| batch.rows.clone()).collect();
        assert_eq!(records, (0..200).collect::<Vec<_>>(), "no record is lost");
        assert!(batches.iter().all(|batch| batch.native.num_rows() == batch.rows.len()));
        assert!(batches.iter().all(|batch| batch.shape.table == "w3c_proxy"));
        assert!(builder.finish(&names).next().is_none());
        batches.len()
    }

    #[test]
    fn what_is_held_of_long_texts_is_bounded() {
        let long = "x".repeat(1 << 20);
        assert!(batches(|number| format!("{number}{long}")) > 1);
        assert_eq!(batches(|_| long.clone()), 1, "a text that comes again is held once");
    }
}
