//! Parquet files of events: `events/<table>/part-NNNN.parquet`.
//!
//! Rows of a table gather until they fill a row group. A table whose columns change goes on in a new part,
//! whose schema has all columns so far, so that a reader finds the whole schema in the union of the parts.
//! Memory is bounded: what gathers is bounded in bytes over all tables, and few files are open at a time.

mod encode;
mod gather;
mod hybrid;
mod pages;
mod press;
mod pressed;
mod schemas;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Builder;

use arrow_array::Array;
use arrow_schema::{ArrowError, DataType, Schema, SchemaRef};
use foldhash::fast::FixedState;
use parquet::arrow::{ArrowSchemaConverter, add_encoded_arrow_schema_to_metadata};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;

use self::encode::{Encoder, Part};
use self::gather::Gathering;
use self::pages::Encoded;
pub(crate) use self::pressed::is_pressed;
pub use self::pressed::{Pressed, Presser};
use self::schemas::{places_in, union};

const GROUP_ROWS: usize = 65_536;
/// Bytes of a row group, unpacked; and bytes that gather over all tables before the ripest is written. In a large case both are
/// a part of what was added, up to a limit: the larger row groups are, the fewer there are, and writer and reader hold what the
/// footers say of each.
const GROUP_BYTES: usize = 16 << 20;
const MOST_GROUP: usize = 64 << 20;
const GROUP_PART: usize = 256;
const PENDING_BYTES: usize = 48 << 20;
const MOST_PENDING: usize = 96 << 20;
const PENDING_PART: usize = 32;
/// Bytes beyond which texts that repeat are written apart from pages of their column in which each stands by itself.
const UNFOLDED: usize = 1 << 20;
const OPEN_FILES: usize = 128;
/// Columns of row groups of which the open files hold what their footers will say, some 600 bytes each.
const OPEN_COLUMNS: usize = 80 << 10;
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
    gathering: Gathering,
    rows: usize,
    /// Bytes that are held, and bytes that they are unpacked.
    held: usize,
    bytes: usize,
    /// Bytes that were ever held.
    ever: usize,
    writer: Option<Writer>,
    parts: u32,
    used: u64,
    total: u64,
}

struct Writer {
    path: PathBuf,
    schema: SchemaRef,
    /// Columns of all row groups.
    columns: usize,
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
        entry.ever += held;
        entry.pending.push(rows);
        let gathered = entry.gathering.added(&mut entry.pending);
        let (before, after) =
            gathered.map_err(|source| StoreError::Arrow { table: table.to_owned(), source })?;
        entry.held = entry.held + after - before;
        entry.bytes = entry.bytes + after - before;
        self.pending = self.pending + held + after - before;
        self.added += bytes;
        let most = (self.added / PENDING_PART).clamp(PENDING_BYTES, MOST_PENDING);
        let most_of_group = (self.added / GROUP_PART).clamp(GROUP_BYTES, MOST_GROUP);
        if entry.rows >= GROUP_ROWS || entry.bytes >= most_of_group {
            self.flush(table)?;
        }
        while self.pending > most {
            // By name where two are as ripe: the same order on every machine.
            let ripest = self.tables.iter().max_by(|a, b| a.1.ripe().cmp(&b.1.ripe()).then(b.0.cmp(a.0)));
            let Some(name) = ripest.filter(|(_, t)| t.held > 0).map(|(name, _)| name.clone()) else {
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
        match self.too_much_open() {
            Some(name) => self.close(&name),
            None => Ok(()),
        }
    }

    /// The table whose file is to be closed, if too much is open.
    fn too_much_open(&self) -> Option<String> {
        let open = || {
            let tables = self.tables.iter();
            tables.filter_map(|(name, table)| Some((name, table.used, table.writer.as_ref()?.columns)))
        };
        let closed = if open().count() > OPEN_FILES {
            open().min_by_key(|(_, used, _)| *used)
        } else if open().map(|(.., columns)| columns).sum::<usize>() > OPEN_COLUMNS {
            open().max_by_key(|(.., columns)| *columns)
        } else {
            None
        };
        closed.map(|(name, ..)| name.clone())
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
            gathering: Gathering::default(),
            rows: 0,
            held: 0,
            bytes: 0,
            ever: 0,
            writer: None,
            parts: 0,
            used: 0,
            total: 0,
        }
    }

    /// The table that is ripest is written first. In a given room, row groups are fewest if each table's grow with the root of
    /// what the table has in all: those of the largest first would leave the room to small tables.
    fn ripe(&self) -> u128 {
        (self.held as u128).pow(2) / (self.ever as u128).max(1)
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
        self.gathering = Gathering::default();
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
        Ok(Writer { path, schema, columns: 0, inner })
    }

    /// Writes batches, one below another, as one row group.
    fn group(&mut self, batches: &[Pressed], encoder: &mut Encoder, table: &str) -> Result<(), StoreError> {
        let path = &self.path;
        let parquet = |source| StoreError::Parquet { path: path.clone(), source };
        let columns: Vec<_> = self.inner.schema_descr().columns().to_vec();
        self.columns += columns.len();
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

/// Whether two columns are made of the same arrays.
fn same(one: &[Part], other: &[Part]) -> bool {
    one.iter().zip(other).all(|(one, other)| match (&one.array, &other.array) {
        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
        (None, None) => true,
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Int64Array, RecordBatch};

    use super::{EventStore, OPEN_COLUMNS};

    #[test]
    fn what_open_files_hold_of_their_row_groups_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = EventStore::create(folder.path()).unwrap();
        let column: ArrayRef = Arc::new(Int64Array::from(vec![7]));
        let wide = (0..4_096).map(|number| (format!("c{number}"), Arc::clone(&column), true));
        let wide = RecordBatch::try_from_iter_with_nullable(wide).unwrap();
        for number in 0..25 {
            let table = if number % 5 > 0 { "often" } else { "seldom" };
            store.push(table, wide.clone()).unwrap();
            store.flush(table).unwrap();
            let open = store.tables.values().filter_map(|table| table.writer.as_ref());
            assert!(open.map(|writer| writer.columns).sum::<usize>() <= OPEN_COLUMNS);
        }
        assert_eq!(store.finish().unwrap(), [("often".to_owned(), 20), ("seldom".to_owned(), 5)]);
        let parts = |table: &str| fs::read_dir(folder.path().join(table)).unwrap().count();
        assert_eq!((parts("often"), parts("seldom")), (2, 1), "the longest is closed");
    }
}
