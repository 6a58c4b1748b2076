//! Batches on their way to the store, of which columns of long texts are pages already: the thread that read them makes these,
//! while it has the texts near, and nobody holds the texts any longer.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, DictionaryArray, RecordBatch, StringArray};
use arrow_schema::ArrowError;

use super::encode::Encoder;
use super::pages::Paged;
use crate::texts::hardly_repeat;

/// Columns with fewer bytes of text are left to the store, which puts those of many batches together.
const LEAST_BYTES: usize = 32 << 10;

/// What an array takes beside its buffers, about.
const ARRAY_BYTES: usize = 512;

/// Makes pages of columns, in memory that is used again; one a thread.
#[derive(Default)]
pub struct Presser(Encoder);

/// Rows of a table.
#[derive(Clone)]
pub struct Pressed {
    batch: RecordBatch,
    /// Columns of the batch that stand for pages.
    columns: Vec<(ArrayRef, Arc<Paged>)>,
    /// Rows that are whole, if not all are.
    whole: Option<Vec<usize>>,
}

impl From<RecordBatch> for Pressed {
    fn from(batch: RecordBatch) -> Self {
        Pressed { batch, columns: Vec::new(), whole: None }
    }
}

impl Presser {
    /// Makes pages of those columns of a batch that have many bytes of text that hardly repeats. `whole` are rows, in order, that go
    /// on saying all that they say.
    ///
    /// # Errors
    /// None in practice: there is room for each page.
    pub fn press(&mut self, batch: RecordBatch, whole: &[usize]) -> Result<Pressed, ArrowError> {
        let mut pressed: Vec<(ArrayRef, ArrayRef, Arc<Paged>)> = Vec::new();
        let mut columns = Vec::with_capacity(batch.num_columns());
        for column in batch.columns() {
            // Core columns are often native ones under another name.
            let known = pressed.iter().find(|(of, ..)| Arc::ptr_eq(of, column)).map(|(_, kept, _)| kept);
            columns.push(match (known, texts_of(column)) {
                (Some(kept), _) => Arc::clone(kept),
                (None, None) => Arc::clone(column),
                (None, Some(texts)) => {
                    let kept: ArrayRef = Arc::new(only(texts, whole));
                    let pages = Arc::new(self.0.pages(column)?);
                    pressed.push((Arc::clone(column), Arc::clone(&kept), pages));
                    kept
                }
            });
        }
        if pressed.is_empty() {
            return Ok(batch.into());
        }
        let batch = RecordBatch::try_new(batch.schema(), columns)?;
        let columns = pressed.into_iter().map(|(_, kept, pages)| (kept, pages)).collect();
        Ok(Pressed { batch, columns, whole: Some(whole.to_vec()) })
    }
}

impl Pressed {
    /// The columns. Those that are pages have values in rows that are [whole](Self::is_whole) alone.
    pub fn batch(&self) -> &RecordBatch {
        &self.batch
    }

    /// Whether the batch has all values of a row.
    pub fn is_whole(&self, row: usize) -> bool {
        self.whole.as_ref().is_none_or(|rows| rows.binary_search(&row).is_ok())
    }

    /// The same rows with another column at a place.
    ///
    /// # Errors
    /// If the column is not like the one that was there.
    pub fn with_column(self, place: usize, column: ArrayRef) -> Result<Self, ArrowError> {
        let mut columns = self.batch.columns().to_vec();
        columns[place] = column;
        Ok(Pressed { batch: RecordBatch::try_new(self.batch.schema(), columns)?, ..self })
    }

    /// The pages that a column of the batch stands for.
    pub(super) fn pages(&self, column: &ArrayRef) -> Option<&Arc<Paged>> {
        self.columns.iter().find(|(of, _)| Arc::ptr_eq(of, column)).map(|(_, pages)| pages)
    }

    /// Whether any column is pages.
    pub(super) fn has_pages(&self) -> bool {
        !self.columns.is_empty()
    }

    /// Names of the columns that are pages.
    pub(super) fn paged(&self) -> impl Iterator<Item = &str> {
        let fields = self.batch.schema_ref().fields().iter().map(|field| field.name().as_str());
        let columns = fields.zip(self.batch.columns());
        columns.filter(|(_, column)| self.pages(column).is_some()).map(|(name, _)| name)
    }

    /// Bytes that the texts of a column take more if each row's stands by itself; none if they do so already.
    pub(super) fn unfolded(&self, column: &str) -> usize {
        let column = self.batch.column_by_name(column).filter(|column| self.pages(column).is_none());
        let texts = column.and_then(|column| column.as_dictionary_opt::<Int32Type>());
        let Some(values) = texts.and_then(|texts| texts.values().as_string_opt::<i32>()) else { return 0 };
        let keys = texts.into_iter().flat_map(|texts| texts.keys()).flatten();
        let all: usize = keys.map(|key| values.value_length(key as usize) as usize).sum();
        all.saturating_sub(values.value_data().len())
    }

    /// Bytes that are held.
    pub(super) fn bytes(&self) -> usize {
        let arrays = self.batch.columns().iter().map(|column| column.get_buffer_memory_size() + ARRAY_BYTES);
        arrays.chain(self.columns.iter().map(|(_, pages)| pages.bytes())).sum()
    }

    /// Bytes that pages stand for.
    pub(super) fn unpacked(&self) -> usize {
        self.columns.iter().map(|(_, pages)| pages.unpacked()).sum()
    }
}

/// The texts of a column of which pages are made.
fn texts_of(column: &ArrayRef) -> Option<&DictionaryArray<Int32Type>> {
    let texts = column.as_dictionary_opt::<Int32Type>()?;
    let values = texts.values().as_string_opt()?;
    is_pressed(values, texts.len() - texts.null_count()).then_some(texts)
}

/// Whether pages are made of a column with these distinct texts and so many rows that have one.
pub(crate) fn is_pressed(texts: &StringArray, rows: usize) -> bool {
    texts.value_data().len() >= LEAST_BYTES && hardly_repeat(texts.len(), rows)
}

/// The same column with values in these rows alone.
fn only(texts: &DictionaryArray<Int32Type>, rows: &[usize]) -> DictionaryArray<Int32Type> {
    let values: Option<&StringArray> = texts.values().as_string_opt();
    let mut rows = rows.iter().peekable();
    let value = |row: usize| {
        rows.next_if(|next| **next == row)?;
        values.zip(texts.key(row)).map(|(values, key)| values.value(key))
    };
    (0..texts.len()).map(value).collect()
}
