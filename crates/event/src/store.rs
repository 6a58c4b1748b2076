//! Parquet files of events: `events/<table>/part-NNNN.parquet`.
//!
//! Rows of a table gather until they fill a row group. A table whose columns change goes on in a new part,
//! whose schema has all columns so far, so that a reader finds the whole schema in the union of the parts.
//! Memory is bounded: what gathers is bounded in bytes over all tables, and few files are open at a time.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use arrow_cast::cast;
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use crate::derive::{as_text, text_type};

const GROUP_ROWS: usize = 65_536;
const GROUP_BYTES: usize = 16 << 20;
const PENDING_BYTES: usize = 96 << 20;
const OPEN_FILES: usize = 128;

/// Why events could not be stored.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system refuses.
    #[error("{path}: {source}")]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The Parquet writer failed, most often because the disk is full.
    #[error("{path}: {source}")]
    Parquet {
        /// Which file.
        path: PathBuf,
        /// What the writer says.
        source: ParquetError,
    },
    /// Columns do not fit together.
    #[error("table {table}: {source}")]
    Arrow {
        /// Which table.
        table: String,
        /// What Arrow says.
        source: ArrowError,
    },
}

/// Writes the events of a case.
pub struct EventStore {
    folder: PathBuf,
    tables: BTreeMap<String, Table>,
    pending: usize,
    clock: u64,
}

struct Table {
    schema: SchemaRef,
    pending: Vec<RecordBatch>,
    rows: usize,
    bytes: usize,
    writer: Option<Writer>,
    parts: u32,
    used: u64,
    total: u64,
}

struct Writer {
    path: PathBuf,
    schema: SchemaRef,
    inner: ArrowWriter<File>,
}

impl EventStore {
    /// A store in `folder`, which is made.
    ///
    /// # Errors
    /// If the folder cannot be made.
    pub fn create(folder: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(folder).map_err(|source| StoreError::Io { path: folder.to_owned(), source })?;
        Ok(EventStore { folder: folder.to_owned(), tables: BTreeMap::new(), pending: 0, clock: 0 })
    }

    /// Adds rows to a table.
    ///
    /// # Errors
    /// If rows that had gathered could not be written.
    pub fn push(&mut self, table: &str, batch: RecordBatch) -> Result<(), StoreError> {
        let bytes = batch.columns().iter().map(|c| c.get_buffer_memory_size()).sum::<usize>();
        let entry = self.tables.entry(table.to_owned()).or_insert_with(Table::empty);
        let schema = union(&entry.schema, &batch.schema());
        entry.schema = schema;
        entry.rows += batch.num_rows();
        entry.total += batch.num_rows() as u64;
        entry.bytes += bytes;
        entry.pending.push(batch);
        self.pending += bytes;
        if entry.rows >= GROUP_ROWS || entry.bytes >= GROUP_BYTES {
            self.flush(table)?;
        }
        while self.pending > PENDING_BYTES {
            // The largest first, then by name: the same order on every machine.
            let largest = self.tables.iter().max_by(|a, b| a.1.bytes.cmp(&b.1.bytes).then(b.0.cmp(a.0)));
            let Some(name) = largest.filter(|(_, t)| t.bytes > 0).map(|(name, _)| name.clone()) else {
                break;
            };
            self.flush(&name)?;
        }
        Ok(())
    }

    /// Writes all that is left; returns the tables with their numbers of rows.
    ///
    /// # Errors
    /// If something could not be written.
    pub fn finish(mut self) -> Result<Vec<(String, u64)>, StoreError> {
        let names: Vec<String> = self.tables.keys().cloned().collect();
        for name in &names {
            self.flush(name)?;
            self.close(name)?;
        }
        Ok(self.tables.into_iter().map(|(name, table)| (name, table.total)).collect())
    }

    fn flush(&mut self, name: &str) -> Result<(), StoreError> {
        self.clock += 1;
        let clock = self.clock;
        let Some(table) = self.tables.get_mut(name) else { return Ok(()) };
        if table.pending.is_empty() {
            return Ok(());
        }
        self.pending = self.pending.saturating_sub(table.bytes);
        table.used = clock;
        table.write(&self.folder, name)?;
        let open = self.tables.values().filter(|t| t.writer.is_some()).count();
        if open > OPEN_FILES {
            let oldest = self.tables.iter().filter(|(_, t)| t.writer.is_some()).min_by_key(|(_, t)| t.used);
            if let Some(oldest) = oldest.map(|(name, _)| name.clone()) {
                self.close(&oldest)?;
            }
        }
        Ok(())
    }

    fn close(&mut self, name: &str) -> Result<(), StoreError> {
        match self.tables.get_mut(name).and_then(|t| t.writer.take()) {
            Some(writer) => writer.close(),
            None => Ok(()),
        }
    }
}

impl Table {
    fn empty() -> Self {
        Table {
            schema: Arc::new(Schema::empty()),
            pending: Vec::new(),
            rows: 0,
            bytes: 0,
            writer: None,
            parts: 0,
            used: 0,
            total: 0,
        }
    }

    /// Writes what has gathered as one row group.
    fn write(&mut self, folder: &Path, name: &str) -> Result<(), StoreError> {
        if self.writer.as_ref().is_some_and(|w| w.schema != self.schema)
            && let Some(writer) = self.writer.take()
        {
            writer.close()?;
        }
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => {
                self.parts += 1;
                none.insert(Writer::open(&folder.join(name), self.parts - 1, self.schema.clone())?)
            }
        };
        for batch in self.pending.drain(..) {
            let batch = fit(&batch, &self.schema)
                .map_err(|source| StoreError::Arrow { table: name.to_owned(), source })?;
            writer.write(&batch)?;
        }
        self.rows = 0;
        self.bytes = 0;
        writer.end_group()
    }
}

impl Writer {
    fn open(folder: &Path, part: u32, schema: SchemaRef) -> Result<Self, StoreError> {
        let path = folder.join(format!("part-{part:04}.parquet"));
        let io = |source| StoreError::Io { path: path.clone(), source };
        fs::create_dir_all(folder).map_err(io)?;
        let file = File::create_new(&path).map_err(io)?;
        let inner = ArrowWriter::try_new(file, schema.clone(), Some(properties()))
            .map_err(|source| StoreError::Parquet { path: path.clone(), source })?;
        Ok(Writer { path, schema, inner })
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        self.inner.write(batch).map_err(|source| StoreError::Parquet { path: self.path.clone(), source })
    }

    fn end_group(&mut self) -> Result<(), StoreError> {
        self.inner.flush().map_err(|source| StoreError::Parquet { path: self.path.clone(), source })
    }

    fn close(self) -> Result<(), StoreError> {
        let path = self.path;
        self.inner.close().map(|_| ()).map_err(|source| StoreError::Parquet { path, source })
    }
}

fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_compression(Compression::LZ4_RAW)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_column_statistics_enabled(ColumnPath::from("record"), EnabledStatistics::Chunk)
        .set_column_statistics_enabled(ColumnPath::from("timestamp"), EnabledStatistics::Chunk)
        .set_created_by("onus".to_owned())
        .build()
}

/// All columns of both, in order of appearance; columns of unlike types become text.
fn union(known: &SchemaRef, new: &SchemaRef) -> SchemaRef {
    if known == new {
        return known.clone();
    }
    let mut fields: Vec<Field> = known.fields().iter().map(|f| f.as_ref().clone()).collect();
    let mut changed = false;
    for field in new.fields() {
        match known.index_of(field.name()) {
            Err(_) => {
                fields.push(field.as_ref().clone());
                changed = true;
            }
            Ok(at) if fields[at].data_type() != field.data_type() => {
                let wider = wider(fields[at].data_type(), field.data_type());
                changed |= fields[at].data_type() != &wider;
                fields[at] = Field::new(field.name(), wider, true);
            }
            Ok(_) => {}
        }
    }
    if changed { Arc::new(Schema::new(fields)) } else { known.clone() }
}

fn wider(a: &DataType, b: &DataType) -> DataType {
    match (a, b) {
        (DataType::Int64 | DataType::Float64, DataType::Int64 | DataType::Float64) => DataType::Float64,
        _ => text_type(),
    }
}

fn fit(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    if &batch.schema() == schema {
        return Ok(batch.clone());
    }
    let rows = batch.num_rows();
    let columns: Vec<ArrayRef> = schema
        .fields()
        .iter()
        .map(|field| match batch.column_by_name(field.name()) {
            None => Ok(new_null_array(field.data_type(), rows)),
            Some(column) if column.data_type() == field.data_type() => Ok(column.clone()),
            Some(column) if field.data_type() == &text_type() => as_text(column)
                .ok_or_else(|| ArrowError::CastError(format!("column {} has no text form", field.name()))),
            Some(column) => cast(column, field.data_type()),
        })
        .collect::<Result<_, ArrowError>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(schema.clone(), columns, &options)
}
