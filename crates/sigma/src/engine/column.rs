//! Columns: the one for a field, and the text in a cell.

use std::borrow::Cow;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType};
use arrow_buffer::NullBuffer;
use arrow_cast::display::array_value_to_string;
use arrow_schema::{DataType, Schema, SchemaRef};

use super::plan::Plan;

/// Which column of a schema holds which field of a plan.
#[derive(Debug)]
pub(crate) struct Columns {
    pub(crate) schema: SchemaRef,
    /// By field of the plan: a row's value is in the first of these columns that is not null there.
    pub(crate) of_field: Vec<Vec<usize>>,
    /// Text columns in which keywords are searched.
    pub(crate) searched: Vec<usize>,
}

impl Columns {
    pub(crate) fn new(plan: &Plan, schema: &SchemaRef, not_searched: &[String]) -> Self {
        let of_field = plan.fields.iter().map(|field| {
            let own = std::iter::once(&*field.name);
            let names = own.chain(field.aliases.iter().map(String::as_str));
            let mut found = Vec::new();
            for column in names.flat_map(|name| find(schema, name)) {
                if !found.contains(&column) {
                    found.push(column);
                }
            }
            found
        });
        let searched = (0..).zip(schema.fields()).filter(|(_, field)| {
            is_text(field.data_type()) && !not_searched.iter().any(|name| name == field.name())
        });
        Self {
            schema: SchemaRef::clone(schema),
            of_field: of_field.collect(),
            searched: searched.map(|(place, _)| place).collect(),
        }
    }
}

/// The columns of a name: the exact one, then those that differ in ASCII letter case.
pub(crate) fn find(schema: &Schema, name: &str) -> Vec<usize> {
    let fields = schema.fields();
    let mut found: Vec<usize> =
        (0..fields.len()).filter(|place| fields[*place].name().eq_ignore_ascii_case(name)).collect();
    found.sort_by_key(|place| fields[*place].name() != name);
    found
}

fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

/// The text of a cell as rules see it: numbers in decimal, booleans as `true` and `false`, timestamps as
/// RFC 3339. `None` where the cell is null.
pub(crate) fn cell_text(array: &dyn Array, row: usize) -> Option<Cow<'_, str>> {
    if array.is_null(row) {
        return None;
    }
    let text = match array.data_type() {
        DataType::Null => return None,
        DataType::Utf8 => Cow::Borrowed(array.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => Cow::Borrowed(array.as_string::<i64>().value(row)),
        DataType::Utf8View => Cow::Borrowed(array.as_string_view().value(row)),
        DataType::Dictionary(_, _) => return dictionary_cell(array, row),
        DataType::Boolean => Cow::Borrowed(if array.as_boolean().value(row) { "true" } else { "false" }),
        DataType::Int8 => array.as_primitive::<Int8Type>().value(row).to_string().into(),
        DataType::Int16 => array.as_primitive::<Int16Type>().value(row).to_string().into(),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).to_string().into(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).to_string().into(),
        DataType::UInt8 => array.as_primitive::<UInt8Type>().value(row).to_string().into(),
        DataType::UInt16 => array.as_primitive::<UInt16Type>().value(row).to_string().into(),
        DataType::UInt32 => array.as_primitive::<UInt32Type>().value(row).to_string().into(),
        DataType::UInt64 => array.as_primitive::<UInt64Type>().value(row).to_string().into(),
        DataType::Float32 => array.as_primitive::<Float32Type>().value(row).to_string().into(),
        DataType::Float64 => array.as_primitive::<Float64Type>().value(row).to_string().into(),
        _ => array_value_to_string(array, row).ok()?.into(),
    };
    Some(text)
}

fn dictionary_cell(array: &dyn Array, row: usize) -> Option<Cow<'_, str>> {
    let dictionary = array.as_any_dictionary_opt()?;
    let key = key(dictionary.keys(), row)?;
    let values = dictionary.values();
    (key < values.len()).then(|| cell_text(values.as_ref(), key)).flatten()
}

/// A dictionary's key, which must not be null.
fn key(keys: &dyn Array, row: usize) -> Option<usize> {
    fn at<T: ArrowPrimitiveType>(keys: &dyn Array, row: usize) -> Option<usize>
    where
        T::Native: TryInto<usize>,
    {
        keys.as_primitive_opt::<T>()?.value(row).try_into().ok()
    }
    match keys.data_type() {
        DataType::Int8 => at::<Int8Type>(keys, row),
        DataType::Int16 => at::<Int16Type>(keys, row),
        DataType::Int32 => at::<Int32Type>(keys, row),
        DataType::Int64 => at::<Int64Type>(keys, row),
        DataType::UInt8 => at::<UInt8Type>(keys, row),
        DataType::UInt16 => at::<UInt16Type>(keys, row),
        DataType::UInt32 => at::<UInt32Type>(keys, row),
        DataType::UInt64 => at::<UInt64Type>(keys, row),
        _ => None,
    }
}

/// A dictionary column's distinct values, and each row's place in them.
pub(crate) struct Distinct<'a> {
    pub(crate) values: &'a ArrayRef,
    keys: &'a [i32],
    nulls: Option<&'a NullBuffer>,
}

impl<'a> Distinct<'a> {
    /// `None` where the column is no dictionary with keys of 32 bits, or one without values.
    pub(crate) fn of(column: &'a dyn Array) -> Option<Self> {
        let dictionary = column.as_dictionary_opt::<Int32Type>()?;
        let values = dictionary.values();
        let keys = dictionary.keys().values();
        (!values.is_empty()).then(|| Self { values, keys, nulls: dictionary.nulls() })
    }

    /// The place of each row's value; `None` where the row is null.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Option<usize>> {
        (0..).zip(self.keys).map(|(row, key)| {
            let null = self.nulls.is_some_and(|nulls| nulls.is_null(row));
            // Arrow checks that keys point to values.
            (!null).then_some(*key as usize)
        })
    }
}
