//! Why a rule matched: its items that were true, with the values that made them so.

use std::borrow::Cow;
use std::sync::Arc;

use super::{AtomTable, CompiledRule};
use crate::record::FieldLookup;
use crate::rule::Reason;

/// Values are shown up to so many bytes.
const MAX_SHOWN: usize = 1_024;

/// Reasons for the items at the given places of a rule.
pub(crate) fn reasons(
    rule: &CompiledRule,
    places: &[u32],
    atoms: &AtomTable,
    record: &(impl FieldLookup + ?Sized),
) -> Vec<Reason> {
    let mut out = Vec::with_capacity(places.len());
    for place in places {
        let item = &rule.items[*place as usize];
        let (field, value) = match &item.field {
            Some(field) => (Arc::clone(field), record.get(field).map_or_else(String::new, shorten)),
            None => found_in(record, |text| atoms.get(item.atom).test(Some(text))),
        };
        out.push(Reason {
            selection: Arc::clone(&item.selection),
            field,
            value,
            pattern: Arc::clone(&item.shown),
        });
    }
    out
}

/// The text field whose value passes the test; of several the first by name, as the order of columns is an accident
/// of the batch.
fn found_in(record: &(impl FieldLookup + ?Sized), test: impl Fn(&str) -> bool) -> (Arc<str>, String) {
    let mut found: Option<(Arc<str>, String)> = None;
    record.each_text(&mut |name, value| {
        if found.as_ref().is_none_or(|(first, _)| name < &**first) && test(value) {
            found = Some((name.into(), shorten(Cow::Borrowed(value))));
        }
    });
    found.unwrap_or_else(|| ("".into(), String::new()))
}

fn shorten(value: Cow<'_, str>) -> String {
    if value.len() <= MAX_SHOWN {
        return value.into_owned();
    }
    let mut shown = value[..value.floor_char_boundary(MAX_SHOWN)].to_owned();
    shown.push('…');
    shown
}
