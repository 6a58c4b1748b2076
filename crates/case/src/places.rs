//! The tables `sources` and `records` read back: which file was what, and where each record lies.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray;
use arrow_array::types::{UInt32Type, UInt64Type};
use arrow_array::{Array, ArrowPrimitiveType, RecordBatch};
use onus_proof::Digest;
use onus_source::{Chunk, Input, SourceId};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection};

use crate::CaseError;
use crate::investigate::{FORMAT, Manifest};
use crate::seal::SealError;

/// The manifest of a case of this program's format.
pub(crate) fn manifest(case: &Path) -> Result<Manifest, CaseError> {
    let path = case.join("case.toml");
    let text = fs::read_to_string(&path).map_err(|_| CaseError::no_case(case))?;
    let manifest: Manifest = toml::from_str(&text).map_err(|_| CaseError::no_case(case))?;
    if manifest.format == FORMAT {
        Ok(manifest)
    } else {
        Err(CaseError::Version { path, found: manifest.format, known: FORMAT })
    }
}

/// A source as the case knows it.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) sha256: Digest,
    pub(crate) size: u64,
    pub(crate) format: String,
    pub(crate) faults: u64,
    pub(crate) container: Option<SourceId>,
}

impl Source {
    /// Whether it could be read at all.
    pub(crate) fn was_read(&self) -> bool {
        self.sha256 != Digest([0; 32])
    }

    /// The file; relative paths start from `from`.
    pub(crate) fn input(&self, from: &Path) -> Input {
        Input { path: from.join(&self.path), shown: self.path.clone(), size: self.size }
    }
}

/// All sources by number.
pub(crate) fn sources(case: &Path) -> Result<Vec<Source>, CaseError> {
    let path = case.join("sources.parquet");
    let mut all = Vec::new();
    for batch in open(&path, None)? {
        let batch = batch?;
        let [paths, hashes, formats] = ["path", "sha256", "format"]
            .map(|name| batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>()));
        let containers = column::<UInt32Type>(&batch, "container", &path)?;
        let sizes = column::<UInt64Type>(&batch, "size", &path)?;
        let faults = column::<UInt64Type>(&batch, "faults", &path)?;
        let (Some(paths), Some(hashes), Some(formats)) = (paths, hashes, formats) else {
            return Err(SealError::Table(path).into());
        };
        for row in 0..batch.num_rows() {
            all.push(Source {
                path: paths.value(row).to_owned(),
                sha256: Digest::from_hex(hashes.value(row)).map_err(|_| SealError::Table(path.clone()))?,
                size: sizes.value(row),
                format: formats.value(row).to_owned(),
                faults: faults.value(row),
                container: containers.is_valid(row).then(|| containers.value(row)),
            });
        }
    }
    Ok(all)
}

/// The file in which a source lies.
pub(crate) fn outermost(sources: &[Source], mut source: SourceId) -> SourceId {
    // An archive has a smaller number than what is in it, so this ends.
    while let Some(container) =
        sources.get(source as usize).and_then(|s| s.container).filter(|container| *container < source)
    {
        source = container;
    }
    source
}

/// A row of the table `records`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) record: u64,
    pub(crate) source: SourceId,
    pub(crate) ordinal: u64,
    pub(crate) offset: u64,
    pub(crate) length: u32,
}

/// The rows of the given records, which must be in ascending order, each once.
pub(crate) fn rows_of(case: &Path, records: &[u64]) -> Result<Vec<Row>, CaseError> {
    let mut places = Places::open(case, Some(records))?;
    let mut rows = Vec::with_capacity(records.len());
    while let Some(row) = places.next()? {
        rows.push(row);
    }
    let found = rows.iter().map(|row| row.record);
    if found.eq(records.iter().copied()) { Ok(rows) } else { Err(SealError::Table(places.path).into()) }
}

/// Reads the table `records` in order, a part at a time.
pub(crate) struct Places {
    path: PathBuf,
    reader: Batches,
    ready: std::vec::IntoIter<Row>,
    peeked: Option<Row>,
}

impl Places {
    /// All rows, or those of some records: record *n* stands in row *n*.
    pub(crate) fn open(case: &Path, records: Option<&[u64]>) -> Result<Self, CaseError> {
        let path = case.join("records.parquet");
        Ok(Self { reader: open(&path, records)?, path, ready: Vec::new().into_iter(), peeked: None })
    }

    fn next(&mut self) -> Result<Option<Row>, CaseError> {
        loop {
            if let Some(row) = self.peeked.take().or_else(|| self.ready.next()) {
                return Ok(Some(row));
            }
            match self.reader.next() {
                Some(batch) => self.ready = rows(&batch?, &self.path)?.into_iter(),
                None => return Ok(None),
            }
        }
    }

    /// The next rows, as long as they lie within `chunk`.
    pub(crate) fn within(&mut self, chunk: &Chunk) -> Result<Vec<Row>, CaseError> {
        let end = chunk.offset + chunk.data.len() as u64;
        let mut rows = Vec::new();
        while let Some(row) = self.next()? {
            if row.source != chunk.source || row.offset < chunk.offset || row.offset >= end {
                self.peeked = Some(row);
                break;
            }
            rows.push(row);
        }
        Ok(rows)
    }

    /// The next row without taking it.
    pub(crate) fn peek(&mut self) -> Result<Option<Row>, CaseError> {
        self.peeked = self.next()?;
        Ok(self.peeked)
    }
}

fn rows(batch: &RecordBatch, path: &Path) -> Result<Vec<Row>, CaseError> {
    let record = column::<UInt64Type>(batch, "record", path)?;
    let source = column::<UInt32Type>(batch, "source", path)?;
    let ordinal = column::<UInt64Type>(batch, "ordinal", path)?;
    let offset = column::<UInt64Type>(batch, "offset", path)?;
    let length = column::<UInt32Type>(batch, "length", path)?;
    let row = |at| Row {
        record: record.value(at),
        source: source.value(at),
        ordinal: ordinal.value(at),
        offset: offset.value(at),
        length: length.value(at),
    };
    Ok((0..batch.num_rows()).map(row).collect())
}

fn column<'a, T: ArrowPrimitiveType>(
    batch: &'a RecordBatch,
    name: &str,
    path: &Path,
) -> Result<&'a arrow_array::PrimitiveArray<T>, CaseError> {
    let column = batch.column_by_name(name).and_then(|column| column.as_primitive_opt::<T>());
    column.ok_or_else(|| SealError::Table(path.to_owned()).into())
}

/// The batches of a Parquet file, with its path in errors.
struct Batches {
    path: PathBuf,
    reader: ParquetRecordBatchReader,
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, CaseError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.reader.next()?;
        Some(batch.map_err(|source| CaseError::Parquet { path: self.path.clone(), source: source.into() }))
    }
}

fn open(path: &Path, rows: Option<&[u64]>) -> Result<Batches, CaseError> {
    let file = File::open(path).map_err(|source| CaseError::Io { path: path.to_owned(), source })?;
    let parquet = |source| CaseError::Parquet { path: path.to_owned(), source };
    let mut builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(parquet)?;
    if let Some(rows) = rows {
        let total = usize::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(usize::MAX);
        let ranges = rows.iter().filter_map(|row| usize::try_from(*row).ok()).filter(|row| *row < total);
        let selection = RowSelection::from_consecutive_ranges(ranges.map(|row| row..row + 1), total);
        builder = builder.with_row_selection(selection);
    }
    let reader = builder.build().map_err(parquet)?;
    Ok(Batches { path: path.to_owned(), reader })
}
