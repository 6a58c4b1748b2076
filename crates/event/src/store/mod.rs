//! Parquet files of events: `events/<table>/part-NNNN.parquet`.
//!
//! Rows of a table gather until they fill a row group. A table whose columns change goes on in a new part,
//! whose schema has all columns so far, so that a reader finds the whole schema in the union of the parts.
//! Memory is bounded: what gathers is bounded in bytes over all tables, and few files are open at a time.

mod encode;
mod hybrid;
mod pages;
mod press;
mod pressed;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Builder;

use arrow_array::Array;
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Schema, SchemaRef};
use foldhash::fast::FixedState;
use parquet::arrow::{ArrowSchemaConverter, add_encoded_arrow_schema_to_metadata};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;

use self::encode::{Encoder, Part};
use self::pages::Encoded;
pub(crate) use self::pressed::is_pressed;
pub use self::pressed::{Pressed, Presser};
use crate::derive::text_type;

const GROUP_ROWS: usize = 65_536;
const GROUP_BYTES: usize = 16 << 20;
/// Bytes that gather over all tables before the largest is written. In a large case it is a part of what was added, up to a
/// limit: the larger row groups are, the fewer there are, and a reader holds what the footers say of each.
const PENDING_BYTES: usize = 32 << 20;
const MOST_PENDING: usize = 64 << 20;
const PENDING_PART: usize = 32;
/// Bytes beyond which texts that repeat are written apart from pages of their column in which each stands by itself.
const UNFOLDED: usize = 1 << 20;
const OPEN_FILES: usize = 128;
/// Bytes of a file that are given to the system at once; each open file holds as many.
const FILE_BYTES: usize = 32 << 10;

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
    /// Bytes that are held of all tables.
    pending: usize,
    /// Bytes that were ever added, unpacked.
    added: usize,
    clock: u64,
    encoder: Encoder,
}

struct Table {
    schema: SchemaRef,
    pending: Vec<Pressed>,
    /// Names of columns of which there are pages among these.
    paged: BTreeSet<String>,
    rows: usize,
    /// Bytes that are held, and bytes that they are unpacked.
    held: usize,
    bytes: usize,
    writer: Option<Writer>,
    parts: u32,
    used: u64,
    total: u64,
}

struct Writer {
    path: PathBuf,
    schema: SchemaRef,
    inner: SerializedFileWriter<BufWriter<File>>,
}

impl EventStore {
    /// A store in `folder`, which is made.
    ///
    /// # Errors
    /// If the folder cannot be made.
    pub fn create(folder: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(folder).map_err(|source| StoreError::Io { path: folder.to_owned(), source })?;
        Ok(EventStore {
            folder: folder.to_owned(),
            tables: BTreeMap::new(),
            pending: 0,
            added: 0,
            clock: 0,
            encoder: Encoder::default(),
        })
    }

    /// Adds rows to a table.
    ///
    /// # Errors
    /// If rows that had gathered could not be written.
    pub fn push(&mut self, table: &str, rows: impl Into<Pressed>) -> Result<(), StoreError> {
        let rows = rows.into();
        let (held, number) = (rows.bytes(), rows.batch().num_rows());
        let mut unfolded = self.tables.get(table).map_or(0, |table| table.unfolded(&rows));
        if unfolded > UNFOLDED {
            self.flush(table)?;
            unfolded = 0;
        }
        let bytes = held + rows.unpacked() + unfolded;
        let entry = self.tables.entry(table.to_owned()).or_insert_with(Table::empty);
        let schema = rows.batch().schema_ref();
        let known = entry.pending.last().map(|rows| rows.batch().schema_ref());
        if known.is_none_or(|known| !Arc::ptr_eq(known, schema)) {
            entry.schema = union(&entry.schema, schema);
        }
        entry.paged.extend(rows.paged().map(str::to_owned));
        entry.rows += number;
        entry.total += number as u64;
        entry.held += held;
        entry.bytes += bytes;
        entry.pending.push(rows);
        self.pending += held;
        self.added += bytes;
        let most = (self.added / PENDING_PART).clamp(PENDING_BYTES, MOST_PENDING);
        if entry.rows >= GROUP_ROWS || entry.bytes >= GROUP_BYTES {
            self.flush(table)?;
        }
        while self.pending > most {
            // The largest first, then by name: the same order on every machine.
            let largest = self.tables.iter().max_by(|a, b| a.1.held.cmp(&b.1.held).then(b.0.cmp(a.0)));
            let Some(name) = largest.filter(|(_, t)| t.held > 0).map(|(name, _)| name.clone()) else {
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
        let others = std::thread::available_parallelism().map_or(1, usize::from).min(self.tables.len());
        let encoder = std::mem::take(&mut self.encoder);
        // The largest first, so that no thread begins it when the others are done.
        let mut left: Vec<(&String, &mut Table)> = self.tables.iter_mut().collect();
        left.sort_by_key(|(_, table)| std::cmp::Reverse(table.bytes));
        let left = Mutex::new(left.into_iter());
        let write = |encoder| write_left(&self.folder, &left, encoder);
        std::thread::scope(|scope| {
            let spawn = |_| Builder::new().spawn_scoped(scope, || write(Encoder::default()));
            // Where the system has no further thread to give, those that there are do all.
            let others: Vec<_> = (1..others).map_while(|number| spawn(number).ok()).collect();
            let mut written = write(encoder);
            for other in others {
                let other = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                written = written.and(other);
            }
            written
        })?;
        Ok(self.tables.into_iter().map(|(name, table)| (name, table.total)).collect())
    }

    fn flush(&mut self, name: &str) -> Result<(), StoreError> {
        self.clock += 1;
        let clock = self.clock;
        let Some(table) = self.tables.get_mut(name) else { return Ok(()) };
        if table.pending.is_empty() {
            return Ok(());
        }
        self.pending = self.pending.saturating_sub(table.held);
        table.used = clock;
        table.write(&self.folder, name, &mut self.encoder)?;
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

/// Writes what has gathered in one table after another; after an error nobody goes on.
fn write_left<'t>(
    folder: &Path,
    left: &Mutex<impl Iterator<Item = (&'t String, &'t mut Table)>>,
    mut encoder: Encoder,
) -> Result<(), StoreError> {
    let lock = || left.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let Some((name, table)) = lock().next() else { return Ok(()) };
        let written = match table.pending.is_empty() {
            true => Ok(()),
            false => table.write(folder, name, &mut encoder),
        };
        let written = written.and_then(|()| table.writer.take().map_or(Ok(()), Writer::close));
        if written.is_err() {
            lock().by_ref().for_each(drop);
            return written;
        }
    }
}

impl Table {
    fn empty() -> Self {
        Table {
            schema: Arc::new(Schema::empty()),
            pending: Vec::new(),
            paged: BTreeSet::new(),
            rows: 0,
            held: 0,
            bytes: 0,
            writer: None,
            parts: 0,
            used: 0,
            total: 0,
        }
    }

    /// Bytes that texts take more if these rows are written with those that there are, since a column of which there are pages
    /// has no dictionary.
    fn unfolded(&self, rows: &Pressed) -> usize {
        let new = rows.paged().filter(|column| !self.paged.contains(*column));
        let of_pending = new.flat_map(|column| self.pending.iter().map(|rows| rows.unfolded(column)));
        of_pending.chain(self.paged.iter().map(|column| rows.unfolded(column))).sum()
    }

    /// Writes what has gathered as one row group.
    fn write(&mut self, folder: &Path, name: &str, encoder: &mut Encoder) -> Result<(), StoreError> {
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
        let batches = std::mem::take(&mut self.pending);
        self.paged.clear();
        (self.rows, self.held, self.bytes) = (0, 0, 0);
        writer.group(&batches, encoder, name)
    }
}

impl Writer {
    fn open(folder: &Path, part: u32, schema: SchemaRef) -> Result<Self, StoreError> {
        let path = folder.join(format!("part-{part:04}.parquet"));
        let io = |source| StoreError::Io { path: path.clone(), source };
        fs::create_dir_all(folder).map_err(io)?;
        let file = File::create_new(&path).map_err(io)?;
        let parquet = |source| StoreError::Parquet { path: path.clone(), source };
        let mut properties = WriterProperties::builder().set_created_by("onus".to_owned()).build();
        add_encoded_arrow_schema_to_metadata(&schema, &mut properties);
        let columns = ArrowSchemaConverter::new().convert(&schema).map_err(parquet)?;
        let file = BufWriter::with_capacity(FILE_BYTES, file);
        let inner = SerializedFileWriter::new(file, columns.root_schema_ptr(), Arc::new(properties))
            .map_err(parquet)?;
        Ok(Writer { path, schema, inner })
    }

    /// Writes batches, one below another, as one row group.
    fn group(&mut self, batches: &[Pressed], encoder: &mut Encoder, table: &str) -> Result<(), StoreError> {
        let path = &self.path;
        let parquet = |source| StoreError::Parquet { path: path.clone(), source };
        let columns: Vec<_> = self.inner.schema_descr().columns().to_vec();
        let mut group = self.inner.next_row_group().map_err(parquet)?;
        let mut done: Vec<(&DataType, Vec<Part>, Encoded)> = Vec::with_capacity(columns.len());
        // Core columns are often native ones under another name: those are encoded once.
        let mut places: HashMap<*const dyn Array, usize, FixedState> = HashMap::default();
        let place = places_in(&self.schema, batches);
        for (number, (field, column)) in self.schema.fields().iter().zip(columns).enumerate() {
            let part = |rows: &Pressed| {
                let batch = rows.batch();
                let place = place.get(&Arc::as_ptr(batch.schema_ref())).and_then(|places| places[number]);
                let array = place.map(|place| Arc::clone(batch.column(place)));
                let pages = array.as_ref().and_then(|array| rows.pages(array)).cloned();
                Part { array, pages, rows: batch.num_rows() }
            };
            let parts: Vec<Part> = batches.iter().map(part).collect();
            let first = parts.iter().find_map(|part| part.array.as_ref()).map(Arc::as_ptr);
            let twin = first.and_then(|first| places.get(&first)).map(|place| &done[*place]);
            let encoded = match twin.filter(|(known, of, _)| *known == field.data_type() && same(of, &parts))
            {
                Some((.., encoded)) => encoded.clone(),
                None => encoder
                    .encode(field, &parts)
                    .map_err(|source| StoreError::Arrow { table: table.to_owned(), source })?,
            };
            group.append_column(encoded.bytes(), encoded.close(column).map_err(parquet)?).map_err(parquet)?;
            if let Some(first) = first {
                places.entry(first).or_insert(done.len());
            }
            done.push((field.data_type(), parts, encoded));
        }
        group.close().map(|_| ()).map_err(parquet)
    }

    fn close(self) -> Result<(), StoreError> {
        let path = self.path;
        self.inner.close().map(|_| ()).map_err(|source| StoreError::Parquet { path, source })
    }
}

/// By a batch's schema: where each column of a table stands in it.
type PlacesBySchema = HashMap<*const Schema, Vec<Option<usize>>, FixedState>;

/// Where each column of `schema` stands in batches, by their schema: many batches share one.
fn places_in(schema: &Schema, batches: &[Pressed]) -> PlacesBySchema {
    let mut places = PlacesBySchema::default();
    for rows in batches {
        let of_batch = rows.batch().schema_ref();
        places
            .entry(Arc::as_ptr(of_batch))
            .or_insert_with(|| in_turn(schema, of_batch).map(|(place, _)| place).collect());
    }
    places
}

/// The place of each column of `schema` in another one. They mostly follow each other there as they do here.
fn in_turn<'s>(schema: &'s Schema, other: &Schema) -> impl Iterator<Item = (Option<usize>, &'s FieldRef)> {
    let mut next = 0;
    schema.fields().iter().map(move |field| {
        let follows = other.fields().get(next).is_some_and(|f| f.name() == field.name());
        let place = if follows { Some(next) } else { place_of(other, field.name()) };
        next = place.map_or(next, |place| place + 1);
        (place, field)
    })
}

/// The place of a column. `Schema::index_of` writes down all names where there is none.
fn place_of(schema: &Schema, name: &str) -> Option<usize> {
    schema.column_with_name(name).map(|(place, _)| place)
}

/// Whether two columns are made of the same arrays.
fn same(one: &[Part], other: &[Part]) -> bool {
    one.iter().zip(other).all(|(one, other)| match (&one.array, &other.array) {
        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
        (None, None) => true,
        _ => false,
    })
}

/// All columns of both, in order of appearance; columns of unlike types become text.
fn union(known: &SchemaRef, new: &SchemaRef) -> SchemaRef {
    let mut changed: Option<Vec<FieldRef>> = None;
    for (place, field) in in_turn(new, known) {
        let fields = || known.fields().to_vec();
        match place {
            None => changed.get_or_insert_with(fields).push(Arc::clone(field)),
            Some(at) if known.field(at).data_type() != field.data_type() => {
                let wider = wider(known.field(at).data_type(), field.data_type());
                if known.field(at).data_type() != &wider {
                    changed.get_or_insert_with(fields)[at] = Arc::new(Field::new(field.name(), wider, true));
                }
            }
            Some(_) => {}
        }
    }
    changed.map_or_else(|| Arc::clone(known), |fields| Arc::new(Schema::new(fields)))
}

fn wider(a: &DataType, b: &DataType) -> DataType {
    match (a, b) {
        (DataType::Int64 | DataType::Float64, DataType::Int64 | DataType::Float64) => DataType::Float64,
        _ => text_type(),
    }
}
