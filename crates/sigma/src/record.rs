//! One record's fields, for matching it by itself.

use std::borrow::Cow;

use arrow_array::RecordBatch;

use crate::engine::{cell_text, find};

/// The fields of one record, as text: numbers in decimal, `true` and `false`; a null is no field.
pub trait FieldLookup {
    /// The value of a field; by its exact name, else by one that differs only in ASCII case.
    fn get(&self, field: &str) -> Option<Cow<'_, str>>;

    /// Calls `visit` with the name and value of each field in which keywords are sought.
    fn each_text(&self, visit: &mut dyn FnMut(&str, &str));
}

/// Pairs of name and value.
impl<N: AsRef<str>, V: AsRef<str>> FieldLookup for [(N, V)] {
    fn get(&self, field: &str) -> Option<Cow<'_, str>> {
        let exact = self.iter().find(|(name, _)| name.as_ref() == field);
        let found = exact.or_else(|| self.iter().find(|(name, _)| name.as_ref().eq_ignore_ascii_case(field)));
        found.map(|(_, value)| Cow::Borrowed(value.as_ref()))
    }

    fn each_text(&self, visit: &mut dyn FnMut(&str, &str)) {
        self.iter().for_each(|(name, value)| visit(name.as_ref(), value.as_ref()));
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FieldLookup for Vec<(N, V)> {
    fn get(&self, field: &str) -> Option<Cow<'_, str>> {
        FieldLookup::get(self.as_slice(), field)
    }

    fn each_text(&self, visit: &mut dyn FnMut(&str, &str)) {
        self.as_slice().each_text(visit);
    }
}

/// A record whose fields are also known by other names: pairs of rule field and record field, the most fitting
/// first, which are tried only where the record has no field of the rule's own name.
#[derive(Clone, Copy)]
pub struct Aliased<'a> {
    /// The record.
    pub fields: &'a dyn FieldLookup,
    /// (field of rules, field of the record).
    pub aliases: &'a [(&'a str, &'a str)],
}

impl FieldLookup for Aliased<'_> {
    fn get(&self, field: &str) -> Option<Cow<'_, str>> {
        let mut others = self.aliases.iter().filter(|(alias, _)| alias.eq_ignore_ascii_case(field));
        self.fields.get(field).or_else(|| others.find_map(|(_, name)| self.fields.get(name)))
    }

    fn each_text(&self, visit: &mut dyn FnMut(&str, &str)) {
        self.fields.each_text(visit);
    }
}

/// One row of a batch: the value of a field is the text of its column, as a [`Matcher`](crate::Matcher) sees it.
#[derive(Debug, Clone, Copy)]
pub struct BatchRow<'a> {
    /// The batch.
    pub batch: &'a RecordBatch,
    /// The row, which must be there.
    pub row: usize,
}

impl FieldLookup for BatchRow<'_> {
    fn get(&self, field: &str) -> Option<Cow<'_, str>> {
        let mut columns = find(self.batch.schema_ref(), field).into_iter();
        columns.find_map(|column| cell_text(self.batch.column(column).as_ref(), self.row))
    }

    fn each_text(&self, visit: &mut dyn FnMut(&str, &str)) {
        for (field, column) in self.batch.schema_ref().fields().iter().zip(self.batch.columns()) {
            if let Some(text) = cell_text(column.as_ref(), self.row) {
                visit(field.name(), &text);
            }
        }
    }
}
