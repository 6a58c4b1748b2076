//! A cited record, and what the event catalogue sees in it.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use onus_event::{BatchBuilder, CoreColumns, Shape, in_windows_form, shape_fields};
use onus_proof::{FieldValue, VerifiedRecord};
use onus_source::{Fields, Names, Value};

/// A record that a claim cites, as far as it is known.
#[derive(Debug, Clone)]
pub struct CitedRecord<'a> {
    /// Its number in the case.
    pub record: u64,
    /// Known fields, in the order of the log.
    pub fields: Vec<(&'a str, Value<'a>)>,
    /// Whether these are all of its fields; if not, no field counts as absent.
    pub complete: bool,
}

impl<'a> CitedRecord<'a> {
    /// A whole record.
    #[must_use]
    pub fn whole(record: u64, fields: &'a [(String, FieldValue)]) -> Self {
        Self::of(record, fields.iter().map(|(name, value)| (name.as_str(), value)), true)
    }

    /// A record of a dossier.
    #[must_use]
    pub fn disclosed(record: &'a VerifiedRecord) -> Self {
        Self::of(record.index().0, record.fields(), record.hidden() == 0)
    }

    /// The record with only the fields that `keep` names.
    #[must_use]
    pub fn only(&self, keep: &dyn Fn(&str) -> bool) -> Self {
        let fields: Vec<_> = self.fields.iter().filter(|(name, _)| keep(name)).copied().collect();
        let complete = self.complete && fields.len() == self.fields.len();
        Self { record: self.record, fields, complete }
    }

    fn of(record: u64, fields: impl Iterator<Item = (&'a str, &'a FieldValue)>, complete: bool) -> Self {
        let mut known = Self { record, fields: Vec::new(), complete };
        for (name, value) in fields {
            match value {
                // A null is no value: the record lacks the field.
                FieldValue::Null => {}
                FieldValue::Bool(value) => known.fields.push((name, Value::Bool(*value))),
                FieldValue::Int(value) => known.fields.push((name, Value::Int(*value))),
                FieldValue::Float(value) => known.fields.push((name, Value::Float(*value))),
                FieldValue::Text(value) => known.fields.push((name, Value::Text(value))),
                FieldValue::UInt(value) => match i64::try_from(*value) {
                    Ok(value) => known.fields.push((name, Value::Int(value))),
                    // No reader of logs gives such a value; it is not used, and not taken for absent.
                    Err(_) => known.complete = false,
                },
            }
        }
        known
    }
}

/// Looks at records by the road that events take into a case. What it takes to know that road is kept by the thread
/// for its next viewer.
pub(crate) struct Viewer {
    tools: Tools,
    /// Whether the tools are as they were made: between records.
    whole: bool,
}

/// A reader's names and columns, which take longer to make than a record to read.
#[derive(Default)]
struct Tools {
    names: Names,
    builder: BatchBuilder,
    core: CoreColumns,
}

/// Tools that know more names than this, which only records of many kinds or of none have, are not kept.
const KEPT_NAMES: usize = 10_000;

thread_local! {
    static KEPT: RefCell<Vec<Tools>> = const { RefCell::new(Vec::new()) };
}

impl Default for Viewer {
    fn default() -> Self {
        let kept = KEPT.with(|kept| kept.borrow_mut().pop());
        Viewer { tools: kept.unwrap_or_default(), whole: true }
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        if self.whole && self.tools.names.len() <= KEPT_NAMES {
            let tools = std::mem::take(&mut self.tools);
            // A thread that ends keeps nothing.
            let _ = KEPT.try_with(|kept| kept.borrow_mut().push(tools));
        }
    }
}

/// A record as an event.
pub(crate) struct Event {
    pub(crate) shape: Arc<Shape>,
    /// Microseconds, UTC.
    pub(crate) time: Option<i64>,
    /// One row, core columns first.
    columns: RecordBatch,
}

impl Viewer {
    /// The event that a record is, or why there is none.
    pub(crate) fn view(&mut self, record: &CitedRecord<'_>) -> Result<Event, String> {
        let Tools { names, builder, core } = &mut self.tools;
        self.whole = false;
        let fields = Fields::from_pairs(record.fields.iter().copied(), names);
        builder.push(0, &fields, names);
        let batch = builder.finish(names).next().ok_or("the record has no shape")?;
        let batch = batch.map_err(|e| e.to_string())?;
        let columns = core.add(&batch, record.record).map_err(|e| e.to_string())?;
        self.whole = true;
        let time = batch.timestamps.is_valid(0).then(|| batch.timestamps.value(0));
        Ok(Event { shape: batch.shape, time, columns })
    }
}

impl Event {
    /// Fields which, if they are hidden, could tell the event's kind better than those that are known; none where
    /// it is told.
    pub(crate) fn untold(&self) -> Vec<&'static str> {
        let table = self.shape.table.as_str();
        if table == "json" {
            return shape_fields();
        }
        if in_windows_form(table) && table.ends_with("_none") {
            return vec!["EventID", "event.code", "event_id"];
        }
        if table == "windows_sysmon_12" && self.shape.variant.is_empty() {
            return vec!["EventType"];
        }
        Vec::new()
    }

    /// The text in a core column.
    pub(crate) fn text(&self, core: &str) -> Option<&str> {
        let column = self.columns.column_by_name(core)?.as_dictionary_opt::<Int32Type>()?;
        let values = column.values().as_string_opt::<i32>()?;
        let key = column.key(0)?;
        (key < values.len() && values.is_valid(key)).then(|| values.value(key))
    }

    /// The number in a core column.
    pub(crate) fn int(&self, core: &str) -> Option<i64> {
        let column = self.columns.column_by_name(core)?.as_primitive_opt::<Int64Type>()?;
        column.is_valid(0).then(|| column.value(0))
    }
}

/// The field of a name; exact, else without regard to ASCII letter case.
pub(crate) fn find<'r, 'a>(record: &'r CitedRecord<'a>, name: &str) -> Option<&'r (&'a str, Value<'a>)> {
    let fields = &record.fields;
    let exact = fields.iter().find(|(field, _)| *field == name);
    exact.or_else(|| fields.iter().find(|(field, _)| field.eq_ignore_ascii_case(name)))
}

/// A value as text.
pub fn text_of<'a>(value: &Value<'a>) -> Cow<'a, str> {
    match value {
        Value::Text(text) => Cow::Borrowed(text),
        Value::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
        Value::Int(value) => Cow::Owned(value.to_string()),
        Value::Float(value) => Cow::Owned(value.to_string()),
    }
}
