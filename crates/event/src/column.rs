//! A column that grows row by row, typed by its first value.

use arrow_array::ArrayRef;
use arrow_array::builder::{BooleanBuilder, Float64Builder, Int64Builder, StringDictionaryBuilder};
use arrow_array::types::Int32Type;
use onus_source::Value;
use std::fmt::Write as _;
use std::sync::Arc;

/// A column of one chunk's batch. Values of different types in one column turn it into text.
pub(crate) struct Column {
    data: Data,
    length: usize,
}

enum Data {
    Text(StringDictionaryBuilder<Int32Type>),
    Int(Int64Builder),
    Float(Float64Builder),
    Bool(BooleanBuilder),
}

impl Column {
    /// An empty column of the type of `value`.
    pub(crate) fn of(value: Value<'_>) -> Self {
        let data = match value {
            Value::Bool(_) => Data::Bool(BooleanBuilder::new()),
            Value::Int(_) => Data::Int(Int64Builder::new()),
            Value::Float(_) => Data::Float(Float64Builder::new()),
            Value::Text(_) => Data::Text(StringDictionaryBuilder::new()),
        };
        Column { data, length: 0 }
    }

    /// Sets the value of `row`; rows that were passed over are null.
    pub(crate) fn set(&mut self, row: usize, value: Value<'_>) {
        self.pad(row);
        match (&mut self.data, value) {
            (Data::Text(builder), Value::Text(text)) => builder.append_value(text),
            (Data::Int(builder), Value::Int(int)) => builder.append_value(int),
            (Data::Float(builder), Value::Float(float)) => builder.append_value(float),
            (Data::Float(builder), Value::Int(int)) if int.unsigned_abs() < 1 << 53 => {
                builder.append_value(int as f64);
            }
            (Data::Bool(builder), Value::Bool(bool)) => builder.append_value(bool),
            (Data::Text(builder), other) => append_as_text(builder, other),
            (_, other) => {
                self.turn_into_text();
                if let Data::Text(builder) = &mut self.data {
                    append_as_text(builder, other);
                }
            }
        }
        self.length = row + 1;
    }

    /// Fills up with nulls to `rows`, and gives the array.
    pub(crate) fn finish(mut self, rows: usize) -> ArrayRef {
        self.pad(rows);
        match self.data {
            Data::Text(mut builder) => Arc::new(builder.finish()),
            Data::Int(mut builder) => Arc::new(builder.finish()),
            Data::Float(mut builder) => Arc::new(builder.finish()),
            Data::Bool(mut builder) => Arc::new(builder.finish()),
        }
    }

    fn pad(&mut self, rows: usize) {
        let missing = rows.saturating_sub(self.length);
        if missing == 0 {
            return;
        }
        match &mut self.data {
            Data::Text(builder) => builder.append_nulls(missing),
            Data::Int(builder) => builder.append_nulls(missing),
            Data::Float(builder) => builder.append_nulls(missing),
            Data::Bool(builder) => builder.append_nulls(missing),
        }
        self.length = rows;
    }

    fn turn_into_text(&mut self) {
        let mut text = StringDictionaryBuilder::<Int32Type>::new();
        match &mut self.data {
            Data::Text(_) => return,
            Data::Int(builder) => copy(builder.finish().iter().map(|v| v.map(Value::Int)), &mut text),
            Data::Float(builder) => copy(builder.finish().iter().map(|v| v.map(Value::Float)), &mut text),
            Data::Bool(builder) => copy(builder.finish().iter().map(|v| v.map(Value::Bool)), &mut text),
        }
        self.data = Data::Text(text);
    }
}

fn copy<'a>(values: impl Iterator<Item = Option<Value<'a>>>, text: &mut StringDictionaryBuilder<Int32Type>) {
    for value in values {
        match value {
            Some(value) => append_as_text(text, value),
            None => text.append_null(),
        }
    }
}

fn append_as_text(builder: &mut StringDictionaryBuilder<Int32Type>, value: Value<'_>) {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = match value {
        Value::Text(t) => return builder.append_value(t),
        Value::Bool(b) => write!(text, "{b}"),
        Value::Int(i) => write!(text, "{i}"),
        Value::Float(f) => write!(text, "{f}"),
    };
    builder.append_value(text);
}

#[cfg(test)]
mod tests {
    use super::Column;
    use arrow_array::{Array, cast::AsArray, types::Int32Type};
    use onus_source::Value;

    #[test]
    fn a_column_of_two_types_is_text() {
        let mut column = Column::of(Value::Int(1));
        column.set(0, Value::Int(4624));
        column.set(2, Value::Text("0x1"));
        let array = column.finish(4);
        let text = array.as_dictionary::<Int32Type>();
        let values: Vec<_> = text.downcast_dict::<arrow_array::StringArray>().unwrap().into_iter().collect();
        assert_eq!(values, [Some("4624"), None, Some("0x1"), None]);
        assert_eq!(array.len(), 4);
    }
}
