//! Where given values stand in the events of a case. A column's dictionary is looked at once for each row group, so
//! that row groups without any of the values cost next to nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, TimestampMicrosecondType};
use arrow_array::{Array, DictionaryArray, RecordBatch, StringArray};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};

use super::Rarity;
use crate::CaseError;
use crate::query::tables;

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

/// Looks through all events of a case with all processors; the result is the same with any number of them.
pub(super) fn scan(case: &Path, wanted: &Wanted) -> Result<Found, CaseError> {
    if wanted.is_empty() {
        return Ok(Found::new());
    }
    let parts: Vec<PathBuf> =
        tables(&case.join("events"))?.into_iter().flat_map(|(_, parts)| parts).collect();
    let parts = Mutex::new(parts.into_iter());
    let threads = std::thread::available_parallelism().map_or(1, Into::into);
    let work = || -> Result<Found, CaseError> {
        let mut found = Found::new();
        loop {
            let next = parts.lock().ok().and_then(|mut parts| parts.next());
            let Some(part) = next else { return Ok(found) };
            scan_part(&part, wanted, &mut found)?;
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let mut all = Found::new();
        for worker in workers {
            for (key, place) in worker.join().map_err(|_| CaseError::Worker)?? {
                all.entry(key).or_default().add(place);
            }
        }
        Ok(all)
    })
}

fn scan_part(path: &Path, wanted: &Wanted, found: &mut Found) -> Result<(), CaseError> {
    let file = File::open(path).map_err(|source| CaseError::Io { path: path.to_owned(), source })?;
    let parquet = |source| CaseError::Parquet { path: path.to_owned(), source };
    let metadata = ArrowReaderMetadata::load(&file, Default::default()).map_err(parquet)?;
    let read = |group: usize, columns: &[&str]| -> Result<RecordBatch, CaseError> {
        let schema = metadata.schema();
        let places = columns.iter().filter_map(|name| schema.index_of(name).ok());
        let mask = ProjectionMask::roots(metadata.parquet_schema(), places);
        let rows = usize::try_from(metadata.metadata().row_group(group).num_rows()).unwrap_or(usize::MAX);
        let file = file.try_clone().map_err(|source| CaseError::Io { path: path.to_owned(), source })?;
        let mut reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone())
            .with_row_groups(vec![group])
            .with_projection(mask)
            .with_batch_size(rows)
            .build()
            .map_err(parquet)?;
        let empty = || RecordBatch::new_empty(schema.clone());
        reader.next().transpose().map(|batch| batch.unwrap_or_else(empty)).map_err(CaseError::from)
    };
    let here: Vec<(&'static str, &BTreeSet<String>)> = wanted
        .iter()
        .filter(|(column, _)| metadata.schema().index_of(column).is_ok())
        .map(|(column, values)| (*column, values))
        .collect();
    for group in 0..metadata.metadata().num_row_groups() {
        // Read where a value was found, and then once.
        let mut beside: Option<RecordBatch> = None;
        for (column, values) in &here {
            let batch = read(group, &[column])?;
            let Some(cells) = dictionary(&batch, column) else { continue };
            let hits = hits(cells, values);
            if hits.iter().all(Option::is_none) {
                continue;
            }
            let beside = match &mut beside {
                Some(known) => known,
                none => none.insert(read(group, &["timestamp", "host_name", "source_ip"])?),
            };
            count(column, cells, &hits, beside, found);
        }
    }
    Ok(())
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
