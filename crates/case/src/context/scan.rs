//! Where given values stand in the events of a case. A column's dictionary is looked at once for each row group, so
//! that row groups without any of the values cost next to nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, TimestampMicrosecondType};
use arrow_array::{Array, DictionaryArray, RecordBatch, StringArray};

use super::Rarity;
use crate::CaseError;
use crate::parts::{Part, Parts};

/// Values sought, by core column.
pub(super) type Wanted = BTreeMap<&'static str, BTreeSet<String>>;
/// Where they were found.
pub(super) type Found = HashMap<(&'static str, String), Place>;

/// Where one value stands.
#[derive(Debug, Default)]
pub(super) struct Place {
    events: u64,
    hosts: BTreeSet<String>,
    first: Option<i64>,
    last: Option<i64>,
}

impl Place {
    fn add(&mut self, other: Place) {
        self.events += other.events;
        self.hosts.extend(other.hosts);
        self.first = self.first.into_iter().chain(other.first).min();
        self.last = self.last.into_iter().chain(other.last).max();
    }

    pub(super) fn rarity(&self) -> Rarity {
        Rarity {
            events: self.events,
            hosts: self.hosts.len() as u64,
            first_seen: self.first.map(onus_event::format_micros),
            last_seen: self.last.map(onus_event::format_micros),
        }
    }
}

/// Looks through all events of a case.
pub(super) fn scan(parts: &Parts, wanted: &Wanted) -> Result<Found, CaseError> {
    let mut all = Found::new();
    if wanted.is_empty() {
        return Ok(all);
    }
    for (key, place) in parts.each(|part| scan_part(part, wanted))?.into_iter().flatten() {
        all.entry(key).or_default().add(place);
    }
    Ok(all)
}

fn scan_part(part: &Part, wanted: &Wanted) -> Result<Found, CaseError> {
    let mut found = Found::new();
    let schema = part.schema();
    let read = |group: usize, rows: usize, columns: &[&str]| -> Result<RecordBatch, CaseError> {
        let batch = part.read(group, Some(columns), rows, None)?.next().transpose()?;
        Ok(batch.unwrap_or_else(|| RecordBatch::new_empty(schema.clone())))
    };
    let here: Vec<(&'static str, &BTreeSet<String>)> = wanted
        .iter()
        .filter(|(column, _)| schema.column_with_name(column).is_some())
        .map(|(column, values)| (*column, values))
        .collect();
    for (group, rows) in part.groups().enumerate() {
        // Read where a value was found, and then once.
        let mut beside: Option<RecordBatch> = None;
        for (column, values) in &here {
            let batch = read(group, rows, &[column])?;
            let Some(cells) = dictionary(&batch, column) else { continue };
            let hits = hits(cells, values);
            if hits.iter().all(Option::is_none) {
                continue;
            }
            let beside = match &mut beside {
                Some(known) => known,
                none => none.insert(read(group, rows, &["timestamp", "host_name", "source_ip"])?),
            };
            count(column, cells, &hits, beside, &mut found);
        }
    }
    Ok(found)
}

fn dictionary<'a>(batch: &'a RecordBatch, column: &str) -> Option<&'a DictionaryArray<Int32Type>> {
    batch.column_by_name(column)?.as_dictionary_opt::<Int32Type>()
}

/// By place in the dictionary: the value, if it is sought.
fn hits<'a>(cells: &DictionaryArray<Int32Type>, values: &'a BTreeSet<String>) -> Vec<Option<&'a String>> {
    let distinct: Option<&StringArray> = cells.values().as_string_opt::<i32>();
    distinct.map(|d| d.iter().map(|v| values.get(v?)).collect()).unwrap_or_default()
}

fn count(
    column: &'static str,
    cells: &DictionaryArray<Int32Type>,
    hits: &[Option<&String>],
    beside: &RecordBatch,
    found: &mut Found,
) {
    let times =
        beside.column_by_name("timestamp").and_then(|c| c.as_primitive_opt::<TimestampMicrosecondType>());
    let hosts: Vec<_> =
        ["host_name", "source_ip"].iter().filter_map(|name| dictionary(beside, name)).collect();
    let mut places: Vec<Option<Place>> = hits.iter().map(|hit| hit.map(|_| Place::default())).collect();
    for row in 0..cells.len() {
        let Some(Some(place)) = cells.key(row).and_then(|key| places.get_mut(key)) else { continue };
        place.events += 1;
        if let Some(host) = hosts.iter().find_map(|host| text(host, row))
            && !place.hosts.contains(host)
        {
            place.hosts.insert(host.to_owned());
        }
        if let Some(time) = times.filter(|times| times.is_valid(row)).map(|times| times.value(row)) {
            place.first = Some(place.first.map_or(time, |first| first.min(time)));
            place.last = Some(place.last.map_or(time, |last| last.max(time)));
        }
    }
    for (hit, place) in hits.iter().zip(places) {
        if let (Some(value), Some(place)) = (hit, place) {
            found.entry((column, (*value).clone())).or_default().add(place);
        }
    }
}

fn text(cells: &DictionaryArray<Int32Type>, row: usize) -> Option<&str> {
    let values = cells.values().as_string_opt::<i32>()?;
    Some(values.value(cells.key(row)?))
}
