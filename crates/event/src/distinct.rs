//! A column of texts, as keys to distinct ones.

use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{Array as _, ArrayRef, DictionaryArray, Int32Array};
use arrow_buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow_schema::ArrowError;

use crate::rows::{Span, Stands};
use crate::store::is_pressed;
use crate::texts::{Kept as _, LongTexts, ShortTexts, Texts};

/// Tells the distinct ones of a column's texts.
#[derive(Default)]
pub(crate) struct Distinct {
    short: Texts<ShortTexts>,
}

impl Distinct {
    /// The column of these texts; the long ones of them are told from each other already.
    ///
    /// # Errors
    /// None in practice: keys point to values.
    pub(crate) fn array(
        &mut self,
        spans: &[Span],
        texts: &str,
        long: Option<LongTexts>,
    ) -> Result<ArrayRef, ArrowError> {
        let (texts, first) = (texts.as_bytes(), long.as_ref().map_or(0, |long| long.len() as i32));
        self.short.clear();
        let key = |span: &Span| match span.stands() {
            Stands::Here(place) => first + self.short.key(&texts[place]),
            Stands::Long(key) => key,
            Stands::Nowhere => 0,
        };
        let keys: ScalarBuffer<i32> = spans.iter().map(key).collect();
        let mut values = match long {
            None => self.short.to_array()?,
            Some(mut long) => {
                self.short.iter().for_each(|text| long.push(text));
                long.into_array()
            }
        };
        let valid = spans.contains(&Span::NONE).then(|| {
            NullBuffer::new(BooleanBuffer::collect_bool(spans.len(), |row| spans[row] != Span::NONE))
        });
        let keys = Int32Array::new(keys, valid);
        // Texts that are pressed go no further; of others the store counts the room, which must not hang on what was before.
        if !is_pressed(&values, keys.len() - keys.null_count()) {
            values.shrink_to_fit();
        }
        Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(keys, Arc::new(values))?))
    }
}

#[cfg(test)]
mod tests {
    use super::Distinct;
    use crate::rows::{Rows, Span};
    use crate::texts::{LongTexts, Spare, Texts};
    use arrow_array::cast::AsArray;
    use arrow_array::types::Int32Type;
    use arrow_array::{Array, ArrayRef, StringArray};

    fn column(distinct: &mut Distinct, values: &[Option<String>]) -> ArrayRef {
        let mut rows = Rows::default();
        rows.add_text("of other columns");
        let span = |value: &Option<String>| value.as_ref().map_or(Span::NONE, |text| rows.add_text(text));
        let spans: Vec<Span> = values.iter().map(span).collect();
        distinct.array(&spans, &rows.text, None).unwrap()
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

    /// A column of so many texts among these, each said so often, and of a short one.
    fn of_long(long: &mut Texts<LongTexts>, spare: &mut Spare, texts: usize, times: usize) -> ArrayRef {
        let mut rows = Rows::default();
        long.make_room(spare);
        let texts: Vec<String> = (0..texts).map(|number| format!("{number:0400}")).collect();
        let keys = texts.iter().flat_map(|text| std::iter::repeat_n(text, times)).map(|text| long.key(text));
        let spans: Vec<Span> = keys.map(Span::of_long).chain([rows.add_text("short")]).collect();
        Distinct::default().array(&spans, &rows.text, Some(long.take())).unwrap()
    }

    #[test]
    fn the_room_of_a_column_of_long_texts_does_not_hang_on_what_was_before() {
        let (mut long, mut spare) = (Texts::default(), Spare::default());
        let fresh = of_long(&mut Texts::default(), &mut spare, 500, 2).get_buffer_memory_size();
        // The first makes known how much room is wanted.
        let mut large = || of_long(&mut long, &mut spare, 2_000, 1);
        let [_, large] = [large(), large()];
        assert_eq!((large.len(), values(&large)), (2_001, 2_001));
        assert_eq!(shown(&large)[1_999..], [Some(&*format!("{:0400}", 1_999)), Some("short")]);
        let texts = large.as_dictionary::<Int32Type>().values().as_string().clone();
        drop(large);
        spare.give(texts);
        let repeating = of_long(&mut long, &mut spare, 500, 2);
        assert_eq!(values(&repeating), 501);
        assert_eq!(repeating.get_buffer_memory_size(), fresh, "the store counts it");
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
