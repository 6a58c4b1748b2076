//! A chunk: whole records of one source, as raw bytes; the unit of parallel work.

use std::sync::Arc;

use crate::{Format, SourceId};

/// Where a record lies in its (decompressed) source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// First byte, from the start of the source.
    pub offset: u64,
    /// Length in bytes.
    pub length: u32,
}

/// How the values of a column of a tabular log are typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Kept as text.
    Text,
    /// A 64-bit signed integer.
    Int,
    /// A decimal number.
    Float,
    /// `T` or `F`.
    Bool,
}

/// The header of a tabular log (Zeek TSV, W3C), which every later line depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Log type, e.g. `conn`; for W3C logs `w3c_proxy` or `w3c_webserver`.
    pub path: String,
    /// Column names with their types, in order.
    pub columns: Vec<(String, ColumnKind)>,
    /// Column separator; for W3C logs a space, which then stands for any run of blanks or quoted text.
    pub separator: u8,
    /// Text of an unset value (Zeek `-`, W3C `-`).
    pub unset: String,
    /// Text of an empty value (Zeek `(empty)`).
    pub empty: String,
}

/// Whole records of one source, as found.
#[derive(Debug, Clone)]
pub struct Chunk {
    /// Which source.
    pub source: SourceId,
    /// How to read it.
    pub format: Format,
    /// Byte offset of `data` in the source.
    pub offset: u64,
    /// The bytes.
    pub data: Vec<u8>,
    /// The table header in force, for tabular logs.
    pub table: Option<Arc<Table>>,
}

impl Chunk {
    /// The raw bytes of a record of this chunk.
    pub fn raw(&self, place: Place) -> &[u8] {
        let start = usize::try_from(place.offset.saturating_sub(self.offset)).unwrap_or(usize::MAX);
        let end = start.saturating_add(place.length as usize);
        self.data.get(start..end).unwrap_or_default()
    }
}
