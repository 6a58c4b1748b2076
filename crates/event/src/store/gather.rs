//! Small batches of a table, put together: an array takes half a KiB beside what it says, and logs of hundreds of kinds of event
//! give thousands of batches of a few rows.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch, new_null_array};
use arrow_schema::{ArrowError, Field, Schema, SchemaRef};
use arrow_select::concat::concat;
use foldhash::fast::FixedState;

use super::pressed::Pressed;
use super::schemas::{PlacesBySchema, places_in, union};

/// A batch of fewer rows is small.
const SMALL_ROWS: usize = 512;
/// So many small ones, one below another, are put together.
const MANY: usize = 64;

/// Counts the small batches at the end of a table's.
#[derive(Default)]
pub(super) struct Gathering(usize);

impl Gathering {
    /// Puts the last batches of a table together, if they are small and many. Returns the bytes that they held, and hold then.
    ///
    /// # Errors
    /// None in practice: their columns are of the same types.
    pub(super) fn added(&mut self, batches: &mut Vec<Pressed>) -> Result<(usize, usize), ArrowError> {
        self.0 = if batches.last().is_some_and(is_small) { self.0 + 1 } else { 0 };
        if self.0 < MANY {
            return Ok((0, 0));
        }
        let last = batches.len() - std::mem::take(&mut self.0)..;
        let Some(one) = together(&batches[last.clone()])? else { return Ok((0, 0)) };
        self.0 = usize::from(is_small(&one));
        let held = batches[last.clone()].iter().map(Pressed::bytes).sum();
        let holds = one.bytes();
        batches.splice(last, [one]);
        Ok((held, holds))
    }
}

fn is_small(rows: &Pressed) -> bool {
    rows.batch().num_rows() < SMALL_ROWS && !rows.has_pages()
}

/// The rows of these batches, one below another; none where they have columns of one name and unlike types.
fn together(batches: &[Pressed]) -> Result<Option<Pressed>, ArrowError> {
    let of_all = |all: SchemaRef, rows: &Pressed| union(&all, rows.batch().schema_ref());
    let schema = batches.iter().fold(Arc::new(Schema::empty()), of_all);
    let places = places_in(&schema, batches);
    let mut columns = Vec::with_capacity(schema.fields().len());
    // Core columns are often native ones under another name, and stay so.
    let mut known: HashMap<Vec<*const ()>, ArrayRef, FixedState> = HashMap::default();
    for (number, field) in schema.fields().iter().enumerate() {
        let parts: Vec<_> = batches.iter().map(|rows| part(rows, &places, number)).collect();
        if parts.iter().flatten().any(|array| array.data_type() != field.data_type()) {
            return Ok(None);
        }
        let address =
            |part: &Option<&ArrayRef>| part.map_or(std::ptr::null(), |array| Arc::as_ptr(array).cast());
        columns.push(match known.entry(parts.iter().map(address).collect()) {
            Entry::Occupied(known) => Arc::clone(known.get()),
            Entry::Vacant(new) => Arc::clone(new.insert(column(field, &parts, batches)?)),
        });
    }
    Ok(Some(RecordBatch::try_new(schema, columns)?.into()))
}

/// The array of a batch that stands at a place of the schema of all.
fn part<'r>(rows: &'r Pressed, places: &PlacesBySchema, number: usize) -> Option<&'r ArrayRef> {
    let place = places.get(&Arc::as_ptr(rows.batch().schema_ref()))?[number]?;
    Some(rows.batch().column(place))
}

fn column(field: &Field, parts: &[Option<&ArrayRef>], batches: &[Pressed]) -> Result<ArrayRef, ArrowError> {
    let whole = |(part, rows): (&Option<&ArrayRef>, &Pressed)| match part {
        Some(array) => Arc::clone(array),
        None => new_null_array(field.data_type(), rows.batch().num_rows()),
    };
    let arrays: Vec<ArrayRef> = parts.iter().zip(batches).map(whole).collect();
    concat(&arrays.iter().map(|array| &**array as &dyn Array).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::cast::AsArray;
    use arrow_array::types::{Int32Type, UInt64Type};
    use arrow_array::{ArrayRef, DictionaryArray, Int64Array, RecordBatch, StringArray, UInt64Array};

    use super::{Gathering, MANY, SMALL_ROWS};
    use crate::store::{Pressed, Presser};

    fn texts(texts: &[String]) -> ArrayRef {
        Arc::new(texts.iter().map(|text| Some(text.as_str())).collect::<DictionaryArray<Int32Type>>())
    }

    /// Two rows of which every other batch has another column; `core` is `text` under another name.
    fn batch(number: usize, text: impl Fn(usize) -> ArrayRef) -> Pressed {
        let records = [number * 2, number * 2 + 1].map(|record| record as u64);
        let text = text(number);
        let mut columns: Vec<(&str, ArrayRef)> =
            vec![("record", Arc::new(UInt64Array::from(records.to_vec()))), ("core", Arc::clone(&text))];
        if number.is_multiple_of(2) {
            columns.push(("now and then", texts(&[format!("n {number}"), "same".to_owned()])));
        }
        columns.push(("text", text));
        let columns = columns.into_iter().map(|(name, column)| (name, column, true));
        RecordBatch::try_from_iter_with_nullable(columns).unwrap().into()
    }

    fn two(number: usize) -> ArrayRef {
        texts(&[format!("text {}", number % 5), format!("own {number}")])
    }

    /// All of a column, of batches one below another.
    fn column(batches: &[Pressed], name: &str) -> Vec<Option<String>> {
        let mut all = Vec::new();
        for rows in batches {
            match rows.batch().column_by_name(name) {
                Some(array) => {
                    let texts = array.as_dictionary::<Int32Type>().downcast_dict::<StringArray>().unwrap();
                    all.extend(texts.into_iter().map(|text| text.map(str::to_owned)));
                }
                None => all.extend(vec![None; rows.batch().num_rows()]),
            }
        }
        all
    }

    #[test]
    fn few_are_left_of_many_small_ones_and_say_the_same() {
        let batches: Vec<_> = (0..2_000).map(|number| batch(number, two)).collect();
        let (mut gathering, mut gathered) = (Gathering::default(), Vec::new());
        let mut held: usize = 0;
        for rows in &batches {
            gathered.push(rows.clone());
            let (before, after) = gathering.added(&mut gathered).unwrap();
            held = held + rows.bytes() + after - before;
        }
        let most = MANY + batches.len() * 2 / SMALL_ROWS;
        assert!(gathered.len() <= most, "{} of {}", gathered.len(), batches.len());
        assert_eq!(held, gathered.iter().map(Pressed::bytes).sum::<usize>());
        assert!(held * 5 < batches.iter().map(Pressed::bytes).sum());
        for name in ["core", "now and then", "text"] {
            assert_eq!(column(&gathered, name), column(&batches, name), "{name}");
        }
        let records = gathered
            .iter()
            .flat_map(|rows| rows.batch().column(0).as_primitive::<UInt64Type>().values().iter().copied());
        assert!(records.eq(0..4_000));
        let first = gathered[0].batch();
        let [core, text] = ["core", "text"].map(|name| first.column_by_name(name).unwrap());
        assert!(Arc::ptr_eq(core, text), "it is stored once");
    }

    #[test]
    fn what_is_large_or_pages_or_of_unlike_types_stays_as_it_is() {
        let long =
            |number: usize| texts(&[0, 1].map(|row| format!("{number} {row} {}", "long ".repeat(8_000))));
        let pages = |number| Presser::default().press(batch(number, long).batch().clone(), &[]).unwrap();
        assert!(pages(0).has_pages());
        let large = |number: usize| -> Pressed {
            let records = (0..SMALL_ROWS).map(|row| (number + row) as u64);
            let records: ArrayRef = Arc::new(UInt64Array::from_iter_values(records));
            RecordBatch::try_from_iter([("record", records)]).unwrap().into()
        };
        let unlike = |number: usize| match number.is_multiple_of(2) {
            true => batch(number, two),
            false => batch(number, |number| Arc::new(Int64Array::from(vec![number as i64; 2]))),
        };
        let kinds: [&dyn Fn(usize) -> Pressed; 3] = [&pages, &large, &unlike];
        for kind in kinds {
            let (mut gathering, mut batches) = (Gathering::default(), Vec::new());
            for number in 0..MANY + 5 {
                batches.push(kind(number));
                assert_eq!(gathering.added(&mut batches).unwrap(), (0, 0));
            }
            assert_eq!(batches.len(), MANY + 5);
        }
    }
}
