//! Cells of answers, and rows to ask with.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, UInt64Type};
use arrow_array::{ArrayRef, RecordBatch, StringArray, UInt64Array};

use crate::CaseError;
use crate::query::{Engine, cell};

pub(super) fn unsigned(batch: &RecordBatch, column: usize, row: usize) -> u64 {
    batch.column(column).as_primitive_opt::<UInt64Type>().map_or(0, |cells| cells.value(row))
}

pub(super) fn signed(batch: &RecordBatch, column: usize, row: usize) -> i64 {
    batch.column(column).as_primitive_opt::<Int64Type>().map_or(0, |cells| cells.value(row))
}

/// A column of texts.
pub(super) fn texts<'a>(values: impl Iterator<Item = &'a str>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

/// A column of a table of events `e` as text, for use in a question; an empty text where the table lacks it. Such a
/// table has the core columns that its log fills, besides its own.
pub(super) fn native(engine: &Engine, table: &str, column: &str) -> String {
    match engine.parts.has(table, column) {
        true => format!("coalesce(cast(e.\"{column}\" as varchar), '')"),
        // Two columns of a question must not be spelled alike.
        false => format!("substr('{column}', 1, 0)"),
    }
}

/// A table of one column of records.
pub(super) fn records(values: impl Iterator<Item = u64>) -> Result<RecordBatch, CaseError> {
    let column: ArrayRef = Arc::new(UInt64Array::from_iter_values(values));
    Ok(RecordBatch::try_from_iter([("record", column)])?)
}

/// A logon id as Windows writes it, in either base, or a session's number; none for the sessions of the system and its
/// services.
pub(super) fn session(id: &str) -> Option<u64> {
    // Windows: SYSTEM 0x3e7, NETWORK SERVICE 0x3e4, LOCAL SERVICE 0x3e5, ANONYMOUS 0x3e6. Linux: no session at all.
    const UNSET: u64 = u32::MAX as u64;
    number(id).filter(|number| !matches!(*number, 0 | 0x3e4..=0x3e7 | UNSET))
}

/// The host that a row is of, in lower case; where its log names none, its file stands for it.
pub(super) fn place(batch: &RecordBatch, row: usize) -> String {
    match cell(batch, "host_name", row) {
        host if host.is_empty() => format!("source {}", cell(batch, "source", row)),
        host => host.to_lowercase(),
    }
}

/// A number as Windows writes it, in either base.
pub(super) fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// The file name of a path of either kind, in lower case.
pub(super) fn file_name(path: &str) -> String {
    path.rsplit(['\\', '/']).next().unwrap_or(path).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::{file_name, session};

    #[test]
    fn sessions_of_services_are_none() {
        assert_eq!(session("0x3e7"), None);
        assert_eq!(session("999"), None);
        assert_eq!(session("0x52A1F"), Some(0x52a1f));
        assert_eq!(session("-"), None);
        assert_eq!(session("4294967295"), None);
        assert_eq!(file_name(r"C:\Windows\System32\CMD.exe"), "cmd.exe");
    }
}
