//! What is stored is read again, by a reader that others wrote.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::fs::File;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, DictionaryArray, RecordBatch, StringArray, UInt64Array};
use onus_event::{EventStore, Presser};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReaderBuilder, RowSelection, RowSelector};

/// Rows of each batch.
const ROWS: usize = 3_000;

/// A text of its own, a text that repeats, and neither in some rows.
fn texts(row: usize) -> [Option<String>; 2] {
    let own = (row % 7 != 3).then(|| format!("{row} {}", "long ".repeat(row % 200)));
    [own, (!row.is_multiple_of(5)).then(|| format!("again {}", row % 40))]
}

fn batch(first: usize) -> RecordBatch {
    batch_of(first..first + ROWS, texts)
}

/// The core column `copy` is the native column `own` under another name.
fn batch_of(rows: Range<usize>, texts: impl Fn(usize) -> [Option<String>; 2]) -> RecordBatch {
    let rows = || rows.clone();
    let column = |place: usize| -> ArrayRef {
        let texts = rows().map(|row| texts(row)[place].clone());
        Arc::new(
            texts.collect::<Vec<_>>().iter().map(Option::as_deref).collect::<DictionaryArray<Int32Type>>(),
        )
    };
    let records: ArrayRef = Arc::new(UInt64Array::from_iter_values(rows().map(|row| row as u64)));
    let (own, again) = (column(0), column(1));
    let columns = [("record", records), ("own", Arc::clone(&own)), ("again", again), ("copy", own)];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn read(path: &std::path::Path, selection: Option<RowSelection>) -> Vec<[Option<String>; 2]> {
    let mut builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    if let Some(selection) = selection {
        builder = builder.with_row_selection(selection);
    }
    let mut all = Vec::new();
    for batch in builder.build().unwrap() {
        let batch = batch.unwrap();
        let column = |place: usize| -> Vec<Option<String>> {
            let column = batch.column(place).as_dictionary::<Int32Type>();
            let texts = column.downcast_dict::<StringArray>().unwrap();
            texts.into_iter().map(|text| text.map(str::to_owned)).collect()
        };
        assert_eq!(column(1), column(3));
        all.extend(column(1).into_iter().zip(column(2)).map(|(own, again)| [own, again]));
    }
    all
}

fn row_groups(path: &std::path::Path) -> usize {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    builder.metadata().num_row_groups()
}

#[test]
fn columns_that_are_pages_already_are_read_as_others() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = EventStore::create(&folder.path().join("events")).unwrap();
    let mut presser = Presser::default();
    for number in 0..5 {
        let batch = batch(number * ROWS);
        match number % 2 {
            0 => store.push("table", presser.press(batch, &[]).unwrap()).unwrap(),
            _ => store.push("table", batch).unwrap(),
        }
    }
    store.finish().unwrap();
    let path = folder.path().join("events/table/part-0000.parquet");
    assert_eq!(row_groups(&path), 1);
    let expected: Vec<_> = (0..5 * ROWS).map(texts).collect();
    assert_eq!(read(&path, None), expected);
    let selectors = vec![RowSelector::skip(5_999), RowSelector::select(2), RowSelector::skip(100)];
    assert_eq!(read(&path, Some(selectors.into())), expected[5_999..6_001]);
}

#[test]
fn texts_that_repeat_do_not_stand_among_pages_row_by_row() {
    let folder = tempfile::tempdir().unwrap();
    let alike = |_: usize| [Some("the same ".repeat(100)), None];
    for pages_first in [true, false] {
        let events = folder.path().join(format!("{pages_first}"));
        let mut store = EventStore::create(&events).unwrap();
        let mut presser = Presser::default();
        let pages = presser.press(batch(0), &[]).unwrap();
        if pages_first {
            store.push("table", pages).unwrap();
            store.push("table", batch_of(ROWS..2 * ROWS, alike)).unwrap();
        } else {
            store.push("table", batch_of(ROWS..2 * ROWS, alike)).unwrap();
            store.push("table", pages).unwrap();
        }
        store.finish().unwrap();
        assert_eq!(row_groups(&events.join("table/part-0000.parquet")), 2);
    }
}

#[test]
fn rows_that_are_whole_have_all_their_values() {
    let batch = batch(0);
    let pressed = Presser::default().press(batch.clone(), &[10, 2_000]).unwrap();
    let of = |batch: &RecordBatch, name: &str, row: usize| -> Option<String> {
        let column = batch.column_by_name(name).unwrap().as_dictionary::<Int32Type>().clone();
        let texts: Vec<Option<&str>> = column.downcast_dict::<StringArray>().unwrap().into_iter().collect();
        texts[row].map(str::to_owned)
    };
    for row in [10, 2_000] {
        assert!(pressed.is_whole(row));
        ["own", "again", "copy"]
            .iter()
            .for_each(|name| assert_eq!(of(pressed.batch(), name, row), of(&batch, name, row)));
    }
    assert!(!pressed.is_whole(11));
    assert_eq!(
        (of(pressed.batch(), "own", 11), of(pressed.batch(), "again", 11)),
        (None, of(&batch, "again", 11))
    );
    let few = batch.slice(0, 5);
    let few = RecordBatch::try_from_iter([("again", Arc::clone(few.column(2)))]).unwrap();
    assert!(Presser::default().press(few, &[]).unwrap().is_whole(0), "what is short is left as it is");
    assert_eq!(pressed.batch().column(1).len(), ROWS);
}

#[test]
fn columns_of_many_pages_are_read_whole_and_by_row() {
    let folder = std::env::temp_dir().join(format!("onus-store-{}", std::process::id()));
    let mut store = EventStore::create(&folder).unwrap();
    (0..3).for_each(|number| store.push("table", batch(number * ROWS)).unwrap());
    store.push("another", batch(0)).unwrap();
    assert_eq!(
        store.finish().unwrap(),
        [("another".to_owned(), ROWS as u64), ("table".to_owned(), 3 * ROWS as u64)]
    );
    let path = folder.join("table/part-0000.parquet");
    let expected: Vec<_> = (0..3 * ROWS).map(texts).collect();
    assert_eq!(read(&path, None), expected);
    let wanted = [5, 4_000, 8_999];
    let mut selectors = Vec::new();
    let mut next = 0;
    for row in wanted {
        selectors.extend([RowSelector::skip(row - next), RowSelector::select(1)]);
        next = row + 1;
    }
    let some: Vec<_> = wanted.into_iter().map(|row| expected[row].clone()).collect();
    assert_eq!(read(&path, Some(selectors.into())), some);
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Texts of which none repeats, too short for pages of their own, of about so many bytes.
fn of_bytes(bytes: usize, number: usize) -> RecordBatch {
    let texts: Vec<String> =
        (0..16).map(|row| format!("{number} {row} {}", "x".repeat(bytes / 16))).collect();
    let texts: ArrayRef =
        Arc::new(texts.iter().map(|text| Some(text.as_str())).collect::<DictionaryArray<Int32Type>>());
    RecordBatch::try_from_iter([("text", texts)]).unwrap()
}

#[test]
fn rare_kinds_of_event_do_not_take_the_room_of_the_common_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = EventStore::create(folder.path()).unwrap();
    for number in 0..200 {
        store.push("common", of_bytes(1 << 20, number)).unwrap();
        store.push(&format!("rare_{}", number % 60), of_bytes(1 << 20, number)).unwrap();
    }
    store.finish().unwrap();
    let groups = |table: &str| row_groups(&folder.path().join(table).join("part-0000.parquet"));
    let common = groups("common");
    assert!(
        common < 40,
        "{common} groups of 200 MiB: some 100 if the largest table were always written first"
    );
    assert!((0..60).any(|rare| groups(&format!("rare_{rare}")) > 1), "the room is not enough for all");
}

#[test]
fn small_batches_are_stored_as_one_large_one() {
    let folder = tempfile::tempdir().unwrap();
    for (table, each) in [("small", 30), ("large", ROWS)] {
        let mut store = EventStore::create(&folder.path().join(table)).unwrap();
        for first in (0..ROWS).step_by(each) {
            store.push(table, batch_of(first..first + each, texts)).unwrap();
        }
        store.finish().unwrap();
    }
    let [small, large] =
        ["small", "large"].map(|table| folder.path().join(table).join(table).join("part-0000.parquet"));
    assert_eq!(row_groups(&small), 1);
    assert!(read(&small, None) == read(&large, None));
}
