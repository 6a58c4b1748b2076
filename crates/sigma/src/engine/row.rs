//! A row of a batch as a record.

use std::borrow::Cow;

use arrow_array::RecordBatch;

use super::column::{Columns, cell_text};
use super::plan::Plan;
use crate::record::FieldLookup;

/// A row, read by the fields of a plan.
pub(crate) struct Row<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) columns: &'a Columns,
    pub(crate) batch: &'a RecordBatch,
    pub(crate) row: usize,
}

impl FieldLookup for Row<'_> {
    fn get(&self, field: &str) -> Option<Cow<'_, str>> {
        let columns = &self.columns.of_field[self.plan.field(field)?];
        columns.iter().find_map(|column| cell_text(self.batch.column(*column).as_ref(), self.row))
    }

    fn each_text(&self, see: &mut dyn FnMut(&str, &str)) {
        for column in &self.columns.searched {
            if let Some(text) = cell_text(self.batch.column(*column).as_ref(), self.row) {
                see(self.columns.schema.field(*column).name(), &text);
            }
        }
    }
}
