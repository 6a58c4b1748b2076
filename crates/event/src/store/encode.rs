//! Columns of a row group ─► Parquet pages.
//!
//! The batches carry their texts as keys to distinct values, and Parquet stores them so. A general writer looks each
//! row's text up again; here each *distinct* text of a batch is looked up once, and rows are renumbered.

use std::hash::BuildHasher as _;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, StringArray};
use arrow_buffer::{BooleanBufferBuilder, NullBuffer, ToByteSlice};
use arrow_cast::cast;
use arrow_schema::{ArrowError, DataType, Field};
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use parquet::file::statistics::Statistics;

use super::hybrid;
use super::pages::{Encoded, Paged, Pages};
use super::press::Press;
use crate::derive::{as_text, is_text};
use crate::texts::hardly_repeat;

/// A batch's share of a column.
pub(super) struct Part {
    /// Its array, if it has the column.
    pub(super) array: Option<ArrayRef>,
    /// Pages, if the array stands for them.
    pub(super) pages: Option<Arc<Paged>>,
    /// Its number of rows.
    pub(super) rows: usize,
}

/// A key not yet given.
const NO_KEY: u32 = u32::MAX;
/// Bytes of a page of plain texts, about.
const PAGE_BYTES: usize = 512 << 10;
/// Most long texts are pressed to a third or less.
const PRESSED: usize = 3;
/// A column of fewer rows always gets a dictionary.
const FEW_ROWS: usize = 256;

/// Encodes one column after another, in memory that is used again.
#[derive(Default)]
pub(super) struct Encoder {
    valid: Valid,
    /// Row at which the page begins that is not yet written.
    page: usize,
    /// Encoded values of its rows that have one.
    values: Vec<u8>,
    /// Keys of those rows.
    keys: Vec<u32>,
    dictionary: Dictionary,
    renumbered: Vec<u32>,
    press: Press,
}

/// Which rows have a value. Most columns have one in every row, so that the rows need only be counted.
pub(super) struct Valid {
    rows: usize,
    nulls: usize,
    /// By row: whether there is a value; empty where there is one in every row.
    bits: BooleanBufferBuilder,
}

impl Default for Valid {
    fn default() -> Self {
        Valid { rows: 0, nulls: 0, bits: BooleanBufferBuilder::new(0) }
    }
}

impl Valid {
    fn clear(&mut self) {
        self.bits.truncate(0);
        (self.rows, self.nulls) = (0, 0);
    }

    fn add_same(&mut self, valid: bool, rows: usize) {
        if !valid && rows > 0 {
            self.begin_bits();
            self.nulls += rows;
        }
        self.rows += rows;
        if self.nulls > 0 {
            self.bits.append_n(rows, valid);
        }
    }

    fn add(&mut self, rows: usize, nulls: Option<&NullBuffer>) {
        let Some(nulls) = nulls.filter(|nulls| nulls.null_count() > 0) else {
            return self.add_same(true, rows);
        };
        self.begin_bits();
        self.nulls += nulls.null_count();
        self.rows += rows;
        self.bits.append_buffer(nulls.inner());
    }

    /// The first null: all rows before have a value.
    fn begin_bits(&mut self) {
        if self.nulls == 0 {
            self.bits.append_n(self.rows, true);
        }
    }

    /// Number of rows.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Writes the levels of some rows, and tells how many of them have a value.
    pub(super) fn levels(&self, rows: Range<usize>, out: &mut Vec<u8>) -> usize {
        if self.nulls == 0 {
            hybrid::run(true, rows.len(), out);
            return rows.len();
        }
        hybrid::bits(self.bits.as_slice(), rows, out)
    }
}

/// Distinct texts in plain encoding: four bytes of length, then the text.
#[derive(Default)]
struct Dictionary {
    plain: Vec<u8>,
    length: u32,
    /// Hash, place in `plain`, key.
    table: HashTable<(u64, usize, u32)>,
    hasher: FixedState,
}

impl Encoder {
    /// The pages of a column whose parts stand one below another.
    pub(super) fn encode(&mut self, field: &Field, parts: &[Part]) -> Result<Encoded, ArrowError> {
        self.clear();
        // Room for the pages that there are; others come as they are made.
        let mut pages = Pages::with_room(
            parts.iter().filter_map(|part| part.pages.as_ref()).map(|pages| pages.bytes()).sum(),
        );
        let mut range = None;
        let repeats = is_text(field.data_type()) && repeat(parts);
        for part in parts {
            match (&part.array, &part.pages) {
                (None, _) => self.valid.add_same(false, part.rows),
                (Some(_), Some(paged)) => self.append(paged, &mut pages)?,
                (Some(array), None) => self.part(field, array, repeats, &mut range, &mut pages)?,
            }
        }
        if repeats {
            let Dictionary { plain, length, .. } = &self.dictionary;
            pages.dictionary(plain, *length, &mut self.press).map_err(parquet)?;
            let width = hybrid::width(length.saturating_sub(1));
            self.values.push(width as u8);
            hybrid::encode(&self.keys, width, &mut self.values);
        }
        if field.data_type() == &DataType::Boolean {
            hybrid::pack(&self.keys, 1, &mut self.values);
        }
        let rows = self.valid.rows();
        if self.page < rows || rows == 0 {
            self.end_page(rows, &mut pages)?;
        }
        let has_range = matches!(field.name().as_str(), "record" | "timestamp");
        let nulls = Some(self.valid.nulls as u64);
        let statistics = range
            .filter(|_| has_range)
            .map(|(min, max)| Statistics::int64(Some(min), Some(max), None, nulls, false));
        pages.finish(rows, statistics).map_err(parquet)
    }

    /// The pages of a batch's column of texts that hardly repeat.
    pub(super) fn pages(&mut self, array: &ArrayRef) -> Result<Paged, ArrowError> {
        self.clear();
        let bytes = array.as_dictionary::<Int32Type>().values().as_string::<i32>().value_data().len();
        let mut pages = Pages::with_room(bytes / PRESSED);
        self.valid.add(array.len(), array.nulls());
        self.plain_texts(array, 0, &mut pages)?;
        self.end_page(array.len(), &mut pages)?;
        pages.part(array.len(), array.nulls().cloned()).map_err(parquet)
    }

    fn clear(&mut self) {
        self.valid.clear();
        self.values.clear();
        self.keys.clear();
        self.dictionary.clear();
        self.page = 0;
    }

    /// Adds pages that were made before.
    fn append(&mut self, paged: &Paged, pages: &mut Pages) -> Result<(), ArrowError> {
        let row = self.valid.rows();
        if self.page < row {
            self.end_page(row, pages)?;
        }
        self.valid.add(paged.rows(), paged.nulls());
        self.page = self.valid.rows();
        pages.append(paged).map_err(parquet)
    }

    /// Writes the page that ends before `row`, and begins the next.
    fn end_page(&mut self, row: usize, pages: &mut Pages) -> Result<(), ArrowError> {
        pages.data(&self.valid, self.page..row, &self.values, &mut self.press).map_err(parquet)?;
        self.values.clear();
        self.page = row;
        Ok(())
    }

    fn part(
        &mut self,
        field: &Field,
        array: &ArrayRef,
        repeats: bool,
        range: &mut Option<(i64, i64)>,
        pages: &mut Pages,
    ) -> Result<(), ArrowError> {
        let wanted = field.data_type();
        if is_text(wanted) {
            let text = as_text(array)
                .ok_or_else(|| ArrowError::CastError(format!("column {} has no text form", field.name())))?;
            let before = self.valid.rows;
            self.valid.add(text.len(), text.nulls());
            if repeats {
                self.texts(&text);
                return Ok(());
            }
            return self.plain_texts(&text, before, pages);
        }
        let array = if array.data_type() == wanted { array.clone() } else { cast(array, wanted)? };
        self.valid.add(array.len(), array.nulls());
        match wanted {
            DataType::Int64 => self.numbers::<Int64Type>(&array),
            DataType::UInt64 => {
                self.numbers::<UInt64Type>(&array);
                extend(range, array.as_primitive::<UInt64Type>().iter().flatten().map(|v| v as i64));
            }
            DataType::UInt32 => self.numbers::<UInt32Type>(&array),
            DataType::Float64 => self.numbers::<Float64Type>(&array),
            DataType::Timestamp(..) => {
                self.numbers::<TimestampMicrosecondType>(&array);
                extend(range, array.as_primitive::<TimestampMicrosecondType>().iter().flatten());
            }
            DataType::Boolean => self.keys.extend(array.as_boolean().iter().flatten().map(u32::from)),
            other => return Err(ArrowError::NotYetImplemented(format!("columns of type {other}"))),
        }
        Ok(())
    }

    /// Plain encoding: the bytes as a little-endian machine holds them.
    fn numbers<T: ArrowPrimitiveType>(&mut self, array: &ArrayRef) {
        let array = array.as_primitive::<T>();
        if array.null_count() == 0 {
            return self.values.extend_from_slice(array.values().to_byte_slice());
        }
        for number in array.iter().flatten() {
            self.values.extend_from_slice(number.to_byte_slice());
        }
    }

    /// Plain encoding: four bytes of length, then the text, row by row. A page has ended when it is large: so a reader who
    /// wants one row need not decompress all.
    fn plain_texts(&mut self, array: &ArrayRef, before: usize, pages: &mut Pages) -> Result<(), ArrowError> {
        let dictionary = array.as_dictionary::<Int32Type>();
        let values: &StringArray = dictionary.values().as_string();
        for (row, key) in (before..).zip(dictionary.keys()) {
            let Some(key) = key else { continue };
            if self.values.len() >= PAGE_BYTES {
                self.end_page(row, pages)?;
            }
            let text = values.value(key as usize);
            // A row group is far smaller than 4 GiB.
            self.values.extend_from_slice(&(text.len() as u32).to_le_bytes());
            self.values.extend_from_slice(text.as_bytes());
        }
        Ok(())
    }

    /// Renumbers the keys of a dictionary array.
    fn texts(&mut self, array: &ArrayRef) {
        let dictionary = array.as_dictionary::<Int32Type>();
        let values: &StringArray = dictionary.values().as_string();
        self.renumbered.clear();
        self.renumbered.resize(values.len(), NO_KEY);
        let mut add = |key: i32| {
            // Arrow checks that keys point to values.
            let known = &mut self.renumbered[key as usize];
            if *known == NO_KEY {
                *known = self.dictionary.key(values.value(key as usize));
            }
            self.keys.push(*known);
        };
        let keys = dictionary.keys();
        match keys.nulls() {
            None => keys.values().iter().for_each(|key| add(*key)),
            Some(valid) => valid.valid_indices().for_each(|row| add(keys.value(row))),
        }
    }
}

/// Whether the texts of a column repeat, as far as its batches tell. Where they do not, a dictionary would hold them all
/// and cost a look-up for each.
fn repeat(parts: &[Part]) -> bool {
    if parts.iter().any(|part| part.pages.is_some()) {
        return false;
    }
    let dictionaries =
        || parts.iter().filter_map(|part| part.array.as_ref()?.as_dictionary_opt::<Int32Type>());
    let values: usize = dictionaries().map(|dictionary| dictionary.values().len()).sum();
    let rows: usize = dictionaries().map(|dictionary| dictionary.len() - dictionary.null_count()).sum();
    rows < FEW_ROWS || !hardly_repeat(values, rows)
}

impl Dictionary {
    fn clear(&mut self) {
        self.plain.clear();
        self.length = 0;
        self.table.clear();
    }

    fn key(&mut self, text: &str) -> u32 {
        let hash = self.hasher.hash_one(text.as_bytes());
        let plain = &self.plain;
        let same = |(known, place, _): &(u64, usize, u32)| {
            *known == hash && text_at(plain, *place) == text.as_bytes()
        };
        if let Some((.., key)) = self.table.find(hash, same) {
            return *key;
        }
        let (place, key) = (self.plain.len(), self.length);
        // A row group is far smaller than 4 GiB.
        self.plain.extend_from_slice(&(text.len() as u32).to_le_bytes());
        self.plain.extend_from_slice(text.as_bytes());
        self.length += 1;
        self.table.insert_unique(hash, (hash, place, key), |(hash, ..)| *hash);
        key
    }
}

fn parquet(error: parquet::errors::ParquetError) -> ArrowError {
    ArrowError::ParquetError(error.to_string())
}

fn text_at(plain: &[u8], place: usize) -> &[u8] {
    let (length, rest) = plain[place..].split_at(4);
    let length = length.try_into().map_or(0, u32::from_le_bytes);
    &rest[..length as usize]
}

fn extend(range: &mut Option<(i64, i64)>, numbers: impl Iterator<Item = i64>) {
    for number in numbers {
        let (min, max) = range.get_or_insert((number, number));
        (*min, *max) = ((*min).min(number), (*max).max(number));
    }
}
