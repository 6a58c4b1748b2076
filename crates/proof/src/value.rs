//! The value of a field, its type name and its one text (docs/spec/record.md, "Values").

use std::fmt::Write;

/// A field's value as it stood in the record.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldValue {
    /// Present, without a value.
    Null,
    /// True or false.
    Bool(bool),
    /// A signed integer.
    Int(i64),
    /// An unsigned integer.
    UInt(u64),
    /// A finite or non-finite double; its text is the shortest decimal that reads back to the same double.
    Float(f64),
    /// UTF-8 text.
    Text(String),
}

/// A type name or a text that is not the one spelling of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a field value in its canonical spelling")]
pub struct ValueError;

impl FieldValue {
    /// The type's name, as it is committed to and written in a dossier.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::UInt(_) => "uint",
            Self::Float(_) => "float",
            Self::Text(_) => "text",
        }
    }

    /// Writes the value's text into `out`, which is cleared first.
    pub fn write_text(&self, out: &mut String) {
        out.clear();
        // Writing to a String cannot fail.
        let _ = match self {
            Self::Null => Ok(()),
            Self::Bool(value) => write!(out, "{value}"),
            Self::Int(value) => write!(out, "{value}"),
            Self::UInt(value) => write!(out, "{value}"),
            Self::Float(value) if value.is_nan() => out.write_str("NaN"),
            // Rust's `{:e}` prints the shortest digits that round-trip: one digit, point, rest, exponent.
            Self::Float(value) => write!(out, "{value:e}"),
            Self::Text(value) => out.write_str(value),
        };
    }

    /// The value's text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.write_text(&mut text);
        text
    }

    /// Reads a type name and a text; a second spelling of the same value is an error.
    ///
    /// # Errors
    /// [`ValueError`] on an unknown type or any text that `to_text` would not have written.
    pub fn parse(type_name: &str, text: &str) -> Result<Self, ValueError> {
        let value = match type_name {
            "null" => Self::Null,
            "bool" => Self::Bool(text.parse().map_err(|_| ValueError)?),
            "int" => Self::Int(text.parse().map_err(|_| ValueError)?),
            "uint" => Self::UInt(text.parse().map_err(|_| ValueError)?),
            "float" => Self::Float(text.parse().map_err(|_| ValueError)?),
            "text" => Self::Text(text.to_owned()),
            _ => return Err(ValueError),
        };
        if value.to_text() == text { Ok(value) } else { Err(ValueError) }
    }
}
