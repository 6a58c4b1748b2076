//! What is stored is read again, by a reader that others wrote.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::fs::File;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, DictionaryArray, RecordBatch, StringArray, UInt64Array};
use onus_event::EventStore;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReaderBuilder, RowSelection, RowSelector};

/// Rows of each batch.
const ROWS: usize = 3_000;

/// A text of its own, a text that repeats, and neither in some rows.
fn texts(row: usize) -> [Option<String>; 2] {
    let own = (row % 7 != 3).then(|| format!("{row} {}", "long ".repeat(row % 200)));
    [own, (!row.is_multiple_of(5)).then(|| format!("again {}", row % 40))]
}

fn batch(first: usize) -> RecordBatch {
    let rows = || first..first + ROWS;
    let column = |place: usize| -> ArrayRef {
        let texts = rows().map(|row| texts(row)[place].clone());
        Arc::new(
            texts.collect::<Vec<_>>().iter().map(Option::as_deref).collect::<DictionaryArray<Int32Type>>(),
        )
    };
    let records: ArrayRef = Arc::new(UInt64Array::from_iter_values(rows().map(|row| row as u64)));
    RecordBatch::try_from_iter([("record", records), ("own", column(0)), ("again", column(1))]).unwrap()
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
        all.extend(column(1).into_iter().zip(column(2)).map(|(own, again)| [own, again]));
    }
    all
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
