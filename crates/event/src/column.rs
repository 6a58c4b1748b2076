//! A column that grows row by row, typed by its first value, and is used again for the next batch.

use std::fmt::Write as _;
use std::hash::BuildHasher as _;
use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Float64Builder, Int64Builder};
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, DictionaryArray, Int32Array, StringArray};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::ArrowError;
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use onus_source::Value;

/// A column of a batch that is being built. Values of different types in one column turn it into text.
pub(crate) struct Column {
    data: Data,
    length: usize,
}

enum Data {
    Text(Texts),
    Int(Int64Builder),
    Float(Float64Builder),
    Bool(BooleanBuilder),
}

impl Default for Column {
    fn default() -> Self {
        Column { data: Data::Text(Texts::default()), length: 0 }
    }
}

impl Column {
    /// Whether no value was set since the last [`Self::finish`].
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Sets the value of `row`; rows that were passed over are null.
    #[inline]
    pub(crate) fn set(&mut self, row: usize, value: Value<'_>) {
        // A value passed on as one is written to memory piece by piece and read again whole, for which the processor
        // waits; a text is not.
        match value {
            Value::Text(text) => self.set_text(row, text),
            other => self.set_other(row, other),
        }
    }

    fn set_text(&mut self, row: usize, text: &str) {
        if self.is_empty() && !matches!(self.data, Data::Text(_)) {
            self.data = Data::Text(Texts::default());
        }
        self.pad(row);
        match &mut self.data {
            Data::Text(texts) => texts.append(text),
            _ => {
                let mut texts = self.as_texts();
                texts.append(text);
                self.data = Data::Text(texts);
            }
        }
        self.length = row + 1;
    }

    fn set_other(&mut self, row: usize, value: Value<'_>) {
        if self.is_empty() {
            self.begin(value);
        }
        self.pad(row);
        match (&mut self.data, value) {
            (Data::Int(builder), Value::Int(int)) => builder.append_value(int),
            (Data::Float(builder), Value::Float(float)) => builder.append_value(float),
            (Data::Float(builder), Value::Int(int)) if int.unsigned_abs() < 1 << 53 => {
                builder.append_value(int as f64);
            }
            (Data::Bool(builder), Value::Bool(bool)) => builder.append_value(bool),
            (Data::Text(texts), other) => append_as_text(texts, other),
            (_, other) => {
                let mut texts = self.as_texts();
                append_as_text(&mut texts, other);
                self.data = Data::Text(texts);
            }
        }
        self.length = row + 1;
    }

    /// Fills up with nulls to `rows`, gives the array, and is empty again.
    ///
    /// # Errors
    /// None in practice: keys point to values.
    pub(crate) fn finish(&mut self, rows: usize) -> Result<ArrayRef, ArrowError> {
        self.pad(rows);
        self.length = 0;
        Ok(match &mut self.data {
            Data::Text(texts) => texts.finish()?,
            Data::Int(builder) => Arc::new(builder.finish()),
            Data::Float(builder) => Arc::new(builder.finish()),
            Data::Bool(builder) => Arc::new(builder.finish()),
        })
    }

    /// The type is that of the first value, whatever the column held before.
    fn begin(&mut self, value: Value<'_>) {
        match (&self.data, value) {
            (_, Value::Bool(_)) => self.data = Data::Bool(BooleanBuilder::new()),
            (_, Value::Int(_)) => self.data = Data::Int(Int64Builder::new()),
            (_, Value::Float(_)) => self.data = Data::Float(Float64Builder::new()),
            (_, Value::Text(_)) => self.data = Data::Text(Texts::default()),
        }
    }

    #[inline]
    fn pad(&mut self, rows: usize) {
        let missing = rows.saturating_sub(self.length);
        if missing == 0 {
            return;
        }
        match &mut self.data {
            Data::Text(texts) => texts.append_nulls(missing),
            Data::Int(builder) => builder.append_nulls(missing),
            Data::Float(builder) => builder.append_nulls(missing),
            Data::Bool(builder) => builder.append_nulls(missing),
        }
        self.length = rows;
    }

    fn as_texts(&mut self) -> Texts {
        let mut texts = Texts::default();
        match &mut self.data {
            Data::Text(known) => std::mem::swap(known, &mut texts),
            Data::Int(builder) => copy(builder.finish().iter().map(|v| v.map(Value::Int)), &mut texts),
            Data::Float(builder) => copy(builder.finish().iter().map(|v| v.map(Value::Float)), &mut texts),
            Data::Bool(builder) => copy(builder.finish().iter().map(|v| v.map(Value::Bool)), &mut texts),
        }
        texts
    }
}

fn copy<'a>(values: impl Iterator<Item = Option<Value<'a>>>, texts: &mut Texts) {
    for value in values {
        match value {
            Some(value) => append_as_text(texts, value),
            None => texts.append_nulls(1),
        }
    }
}

fn append_as_text(texts: &mut Texts, value: Value<'_>) {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = match value {
        Value::Text(t) => return texts.append(t),
        Value::Bool(b) => write!(text, "{b}"),
        Value::Int(i) => write!(text, "{i}"),
        Value::Float(f) => write!(text, "{f}"),
    };
    texts.append(&text);
}

/// Bytes that a column keeps from batch to batch, at most about.
const KEPT: usize = 16 << 10;

/// Texts as keys into values, distinct ones where they repeat; a little memory is kept from batch to batch.
#[derive(Default)]
struct Texts {
    /// By row; null where negative.
    keys: Vec<i32>,
    nulls: usize,
    /// Ends of the distinct values in `bytes`.
    ends: Vec<i32>,
    bytes: Vec<u8>,
    table: HashTable<Known>,
    hasher: FixedState,
    /// The last value.
    last: Option<Known>,
    /// Values of this batch hardly ever repeat, so none is looked up any more: each row's is a new one.
    unique: bool,
    /// What the last batch took: this one will need about as much.
    expected: Taken,
}

/// Numbers of rows, of bytes, and of distinct values that are looked up.
#[derive(Default)]
struct Taken {
    rows: usize,
    bytes: usize,
    values: usize,
}

/// More than this is not expected in any column: the texts of messages take several MiB of a unit of work, and what turns
/// out not to be needed goes back with the batch.
const MOST_EXPECTED: usize = 16 << 20;

/// A distinct value: all that it takes to compare it lies together.
#[derive(Clone, Copy)]
struct Known {
    /// Half of its hash, which is all that the table goes by.
    hash: u32,
    key: i32,
    /// Where it stands in `bytes`.
    start: u32,
    end: u32,
}

impl Known {
    fn text(self, bytes: &[u8]) -> &[u8] {
        &bytes[self.start as usize..self.end as usize]
    }
}

/// A hash as a table wants it, which takes a place from its lower half and a mark from its upper one.
fn spread(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}

/// So many values show whether they repeat.
const TRIAL: usize = 128;

impl Texts {
    fn append(&mut self, text: &str) {
        if self.expected.rows > 0 {
            self.make_room();
        }
        if let Some(last) = self.last.filter(|last| last.text(&self.bytes) == text.as_bytes()) {
            return self.keys.push(last.key);
        }
        let known = if self.unique { self.new_value(text, 0) } else { self.known(text) };
        self.last = Some(known);
        self.keys.push(known.key);
    }

    fn known(&mut self, text: &str) -> Known {
        let hash = self.hasher.hash_one(text.as_bytes()) as u32;
        let same = |known: &Known| known.hash == hash && known.text(&self.bytes) == text.as_bytes();
        if let Some(known) = self.table.find(spread(hash), same) {
            return *known;
        }
        let new = self.new_value(text, hash);
        let (values, rows) = (self.ends.len(), self.keys.len() + 1 - self.nulls);
        self.unique = values >= TRIAL && values * 16 >= rows * 15;
        self.table.insert_unique(spread(hash), new, |known| spread(known.hash));
        new
    }

    /// Takes all the room that is expected to be needed at once: to grow is to copy.
    #[cold]
    fn make_room(&mut self) {
        let Taken { rows, bytes, values } = std::mem::take(&mut self.expected);
        let some_more = |number: usize, size: usize| (number + number / 8).min(MOST_EXPECTED / size);
        self.ends.reserve_exact(some_more(values, size_of::<i32>()));
        self.table.reserve(values.min(MOST_EXPECTED / size_of::<Known>()), |known| spread(known.hash));
        self.keys.reserve_exact(some_more(rows, size_of::<i32>()).saturating_sub(self.keys.len()));
        self.bytes.reserve_exact(some_more(bytes, 1));
    }

    fn new_value(&mut self, text: &str, hash: u32) -> Known {
        // A batch holds far fewer rows and bytes than 31 bits can number.
        let (key, start) = (self.ends.len() as i32, self.bytes.len() as u32);
        self.bytes.extend_from_slice(text.as_bytes());
        self.ends.push(self.bytes.len() as i32);
        Known { hash, key, start, end: self.bytes.len() as u32 }
    }

    fn append_nulls(&mut self, number: usize) {
        self.nulls += number;
        self.keys.resize(self.keys.len() + number, -1);
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let valid = || BooleanBuffer::collect_bool(self.keys.len(), |row| self.keys[row] >= 0);
        let nulls = (self.nulls > 0).then(|| NullBuffer::new(valid()));
        if nulls.is_some() {
            self.keys.iter_mut().for_each(|key| *key = (*key).max(0));
        }
        let mut offsets = Vec::with_capacity(self.ends.len() + 1);
        offsets.push(0);
        offsets.extend_from_slice(&self.ends);
        // There are thousands of columns. What a large batch took is given away, and not kept by each.
        let values = if self.unique { 0 } else { self.ends.len() };
        self.expected = Taken { rows: self.keys.len(), bytes: self.bytes.len(), values };
        let keys = hand_over(&mut self.keys);
        let bytes = hand_over(&mut self.bytes);
        if self.ends.capacity() > KEPT / 4 {
            self.ends = Vec::new();
            self.table = HashTable::new();
        }
        let keys = Int32Array::new(ScalarBuffer::from(keys), nulls);
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        let values = StringArray::try_new(offsets, Buffer::from_vec(bytes), None)?;
        self.nulls = 0;
        self.unique = false;
        self.last = None;
        self.ends.clear();
        self.table.clear();
        Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(keys, Arc::new(values))?))
    }
}

/// What has gathered: a copy where it is small, so that its room is used again; else itself. Its room is its
/// length, whatever the column held before: the store counts room, and must count the same in every thread.
fn hand_over<T: Copy>(gathered: &mut Vec<T>) -> Vec<T> {
    if gathered.capacity() * size_of::<T>() > KEPT {
        let mut all = std::mem::take(gathered);
        all.shrink_to_fit();
        return all;
    }
    let copy = gathered.as_slice().to_vec();
    gathered.clear();
    copy
}

#[cfg(test)]
mod tests {
    use super::Column;
    use arrow_array::{Array, cast::AsArray, types::Int32Type};
    use onus_source::Value;

    #[test]
    fn a_column_of_two_types_is_text() {
        let mut column = Column::default();
        column.set(0, Value::Int(4624));
        column.set(2, Value::Text("0x1"));
        let array = column.finish(4).unwrap();
        let text = array.as_dictionary::<Int32Type>();
        let values: Vec<_> = text.downcast_dict::<arrow_array::StringArray>().unwrap().into_iter().collect();
        assert_eq!(values, [Some("4624"), None, Some("0x1"), None]);
        assert_eq!(array.len(), 4);
        assert!(column.is_empty());
        column.set(1, Value::Text("b"));
        let array = column.finish(2).unwrap();
        let text = array.as_dictionary::<Int32Type>();
        assert_eq!((text.values().len(), text.null_count()), (1, 1), "nothing is left of the last batch");
    }

    #[test]
    fn values_that_hardly_repeat_are_not_looked_up() {
        let mut column = Column::default();
        let text = |row: usize| format!("value {}", row % 5_000);
        (0..9_000).for_each(|row| column.set(row, Value::Text(&text(row))));
        let array = column.finish(9_000).unwrap();
        let texts = array.as_dictionary::<Int32Type>().downcast_dict::<arrow_array::StringArray>().unwrap();
        assert!(texts.into_iter().enumerate().all(|(row, value)| value == Some(&text(row))));
        (0..9_000).for_each(|row| column.set(row, Value::Text(&text(row % 2))));
        let array = column.finish(9_000).unwrap();
        assert_eq!(array.as_dictionary::<Int32Type>().values().len(), 2, "the next batch is looked at anew");
    }

    #[test]
    fn the_room_of_a_column_does_not_hang_on_what_it_held_before() {
        let large = |column: &mut Column| {
            (0..5_000).for_each(|row| column.set(row, Value::Text(&format!("value {row}"))));
            column.finish(5_000).unwrap().get_buffer_memory_size()
        };
        let fresh = large(&mut Column::default());
        let mut used = Column::default();
        (0..37).for_each(|row| used.set(row, Value::Text(&format!("another {row}"))));
        used.finish(37).unwrap();
        assert_eq!(large(&mut used), fresh);
        assert_eq!(large(&mut used), fresh);
    }
}
