//! A column of texts, as keys to distinct ones.

use std::hash::BuildHasher as _;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, DictionaryArray, Int32Array, StringArray};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::ArrowError;
use foldhash::fast::FixedState;
use hashbrown::HashTable;

use crate::rows::Span;

/// Tells the distinct ones of a column's texts.
#[derive(Default)]
pub(crate) struct Distinct {
    /// The distinct texts.
    bytes: Vec<u8>,
    /// Where each of them ends.
    ends: Vec<i32>,
    table: HashTable<Known>,
    hasher: FixedState,
}

/// A distinct text: all that it takes to compare it lies together.
#[derive(Clone, Copy)]
struct Known {
    /// Half of its hash, which is all that the table goes by.
    hash: u32,
    key: i32,
    /// Where it stands among the distinct texts.
    start: u32,
    end: u32,
}

/// A hash as a table wants it, which takes a place from its lower half and a mark from its upper one.
fn spread(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}

/// So many values show whether they repeat.
const TRIAL: usize = 128;
/// Distinct values, and bytes of them, for which room is kept from column to column: a large table takes long to be emptied.
const KEPT_VALUES: usize = 16 << 10;
const KEPT_BYTES: usize = 4 << 20;

impl Distinct {
    /// The column of these texts.
    ///
    /// # Errors
    /// None in practice: keys point to values.
    pub(crate) fn array(&mut self, spans: &[Span], texts: &str) -> Result<ArrayRef, ArrowError> {
        self.clear();
        let mut keys = Vec::with_capacity(spans.len());
        let rest = self.keys(spans, texts.as_bytes(), &mut keys);
        let (offsets, bytes) = self.values(&spans[rest..], texts.as_bytes(), &mut keys);
        let valid = spans.contains(&Span::NONE).then(|| {
            NullBuffer::new(BooleanBuffer::collect_bool(spans.len(), |row| spans[row] != Span::NONE))
        });
        let keys = Int32Array::new(ScalarBuffer::from(keys), valid);
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        let values = StringArray::try_new(offsets, Buffer::from_vec(bytes), None)?;
        Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(keys, Arc::new(values))?))
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(KEPT_BYTES);
        self.ends.clear();
        self.table.clear();
        if self.table.capacity() > KEPT_VALUES {
            self.table = HashTable::new();
        }
    }

    /// The keys of the rows, up to the one from which on no value is looked up any more, as they hardly ever repeat.
    fn keys(&mut self, spans: &[Span], texts: &[u8], keys: &mut Vec<i32>) -> usize {
        let mut last: (&[u8], Option<i32>) = (&[], None);
        let mut present = 0;
        for (row, span) in spans.iter().enumerate() {
            let Some(text) = span.of(texts) else {
                keys.push(0);
                continue;
            };
            present += 1;
            if let (same, Some(key)) = last
                && same == text
            {
                keys.push(key);
                continue;
            }
            let key = self.key(text);
            last = (text, Some(key));
            keys.push(key);
            let values = self.ends.len();
            if values >= TRIAL && values * 16 >= present * 15 {
                return row + 1;
            }
        }
        spans.len()
    }

    fn key(&mut self, text: &[u8]) -> i32 {
        let hash = self.hasher.hash_one(text) as u32;
        let bytes = &self.bytes;
        let same =
            |known: &Known| known.hash == hash && &bytes[known.start as usize..known.end as usize] == text;
        if let Some(known) = self.table.find(spread(hash), same) {
            return known.key;
        }
        // A batch holds far fewer rows and bytes than 31 bits can number.
        let (key, start) = (self.ends.len() as i32, self.bytes.len() as u32);
        self.bytes.extend_from_slice(text);
        let end = self.bytes.len() as u32;
        self.ends.push(end as i32);
        self.table.insert_unique(spread(hash), Known { hash, key, start, end }, |known| spread(known.hash));
        key
    }

    /// The distinct values, and after them those of the rows that are left, each as a new one. They have the room that they
    /// need and no more: the store counts room.
    fn values(&self, left: &[Span], texts: &[u8], keys: &mut Vec<i32>) -> (Vec<i32>, Vec<u8>) {
        let left = || left.iter().map(|span| span.of(texts));
        let (number, size) = left().flatten().fold((0, 0), |(n, size), text| (n + 1, size + text.len()));
        let mut offsets = Vec::with_capacity(1 + self.ends.len() + number);
        offsets.push(0);
        offsets.extend_from_slice(&self.ends);
        let mut bytes = Vec::with_capacity(self.bytes.len() + size);
        bytes.extend_from_slice(&self.bytes);
        for text in left() {
            let Some(text) = text else {
                keys.push(0);
                continue;
            };
            keys.push(offsets.len() as i32 - 1);
            bytes.extend_from_slice(text);
            offsets.push(bytes.len() as i32);
        }
        (offsets, bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::Distinct;
    use crate::rows::Span;
    use arrow_array::cast::AsArray;
    use arrow_array::types::Int32Type;
    use arrow_array::{Array, ArrayRef, StringArray};

    fn column(distinct: &mut Distinct, values: &[Option<String>]) -> ArrayRef {
        let mut texts = "of other columns".to_owned();
        let span = |value: &Option<String>| {
            let start = texts.len() as u32;
            texts.push_str(value.as_ref()?);
            Some(Span { start, end: texts.len() as u32 })
        };
        let spans: Vec<Span> = values.iter().map(span).map(|span| span.unwrap_or(Span::NONE)).collect();
        distinct.array(&spans, &texts).unwrap()
    }

    fn of_rows(distinct: &mut Distinct, rows: usize, text: impl Fn(usize) -> String) -> ArrayRef {
        column(distinct, &(0..rows).map(|row| Some(text(row))).collect::<Vec<_>>())
    }

    fn shown(array: &ArrayRef) -> Vec<Option<&str>> {
        array.as_dictionary::<Int32Type>().downcast_dict::<StringArray>().unwrap().into_iter().collect()
    }

    fn values(array: &ArrayRef) -> usize {
        array.as_dictionary::<Int32Type>().values().len()
    }

    #[test]
    fn values_that_hardly_repeat_are_not_looked_up() {
        let mut distinct = Distinct::default();
        let text = |row: usize| format!("value {}", row % 5_000);
        let array = of_rows(&mut distinct, 9_000, text);
        assert!(shown(&array).into_iter().enumerate().all(|(row, value)| value == Some(&text(row))));
        assert_eq!(values(&array), 9_000);
        let array = of_rows(&mut distinct, 9_000, |row| text(row % 2));
        assert_eq!(values(&array), 2, "the next column is looked at anew");
    }

    #[test]
    fn rows_without_a_value_are_null_also_where_no_value_repeats() {
        let mut distinct = Distinct::default();
        let all: Vec<_> = (0..900).map(|row| (row % 3 > 0).then(|| format!("{row}"))).collect();
        let array = column(&mut distinct, &all);
        assert_eq!(shown(&array), all.iter().map(Option::as_deref).collect::<Vec<_>>());
        assert_eq!((array.null_count(), values(&array)), (300, 600));
        let array = column(&mut distinct, &[None, Some(String::new()), None, Some(String::new())]);
        assert_eq!(shown(&array), [None, Some(""), None, Some("")], "an empty text is a value");
        assert_eq!(values(&array), 1);
    }

    #[test]
    fn the_room_of_a_column_does_not_hang_on_what_was_before() {
        let large = |distinct: &mut Distinct| {
            of_rows(distinct, 5_000, |n| format!("value {n}")).get_buffer_memory_size()
        };
        let fresh = large(&mut Distinct::default());
        let mut used = Distinct::default();
        of_rows(&mut used, 50_000, |row| format!("another {}", row / 2));
        assert_eq!(large(&mut used), fresh);
        assert_eq!(large(&mut used), fresh);
    }
}
