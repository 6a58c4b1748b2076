//! The parts of the tables of events: Parquet files, whose footers are read once, and which are read with all
//! processors. What they give comes in the order of tables, parts and rows, with one processor or many.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_schema::{Field, Schema, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection, RowSelector,
};
use parquet::file::statistics::Statistics;

use crate::CaseError;
use crate::each::each;

/// Rows given at once.
const BATCH_ROWS: usize = 2_048;
/// In a case of so many events or fewer, the records of a row group are kept once they were looked at (16 MB).
const KEPT: usize = 2_000_000;

/// A part of a table.
pub(crate) struct Part {
    pub(crate) table: String,
    pub(crate) path: PathBuf,
    metadata: ArrowReaderMetadata,
    /// By row group: its records, once they were looked at.
    records: Vec<OnceLock<Vec<u64>>>,
    keeps: bool,
}

/// All parts of a case, by table and number.
pub(crate) struct Parts(Vec<Part>);

impl Parts {
    /// Opens all parts in the folder `events`.
    pub(crate) fn of(events: &Path) -> Result<Self, CaseError> {
        let files: Vec<(String, PathBuf)> = tables(events)?
            .into_iter()
            .flat_map(|(table, parts)| parts.into_iter().map(move |path| (table.clone(), path)))
            .collect();
        let mut parts = each(&files, |(table, path)| Part::open(table.clone(), path.clone()))?;
        let keeps = parts.iter().flat_map(Part::groups).sum::<usize>() <= KEPT;
        parts.iter_mut().for_each(|part| part.keeps = keeps);
        Ok(Parts(parts))
    }

    pub(crate) fn by_table(&self) -> impl Iterator<Item = &[Part]> {
        self.0.chunk_by(|one, next| one.table == next.table)
    }

    /// Those that have all of these columns.
    pub(crate) fn with<'a>(&'a self, columns: &'a [&str]) -> impl Iterator<Item = &'a Part> {
        self.0.iter().filter(|part| columns.iter().all(|column| part.schema().index_of(column).is_ok()))
    }

    /// Does the same with each part.
    pub(crate) fn each<T: Send>(
        &self,
        work: impl Fn(&Part) -> Result<T, CaseError> + Sync,
    ) -> Result<Vec<T>, CaseError> {
        each(&self.0, work)
    }

    /// What `take` makes of the rows of these records: it sees a batch with all columns that its part has, or those of
    /// the given ones that it has, the row, and the record. Of a part no more than a batch is held.
    pub(crate) fn rows<T: Send>(
        &self,
        records: &BTreeSet<u64>,
        columns: Option<&[&str]>,
        take: impl Fn(&RecordBatch, usize, u64) -> T + Sync,
    ) -> Result<Vec<T>, CaseError> {
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.each(|part| part.rows_of(records, columns, &take))?;
        Ok(found.into_iter().flatten().collect())
    }
}

impl Part {
    fn open(table: String, path: PathBuf) -> Result<Self, CaseError> {
        let file = File::open(&path).map_err(|source| CaseError::Io { path: path.clone(), source })?;
        match ArrowReaderMetadata::load(&file, Default::default()) {
            Ok(metadata) => {
                let groups = metadata.metadata().num_row_groups();
                let records = (0..groups).map(|_| OnceLock::new()).collect();
                Ok(Part { table, path, metadata, records, keeps: false })
            }
            Err(source) => Err(CaseError::Parquet { path, source }),
        }
    }

    pub(crate) fn schema(&self) -> &SchemaRef {
        self.metadata.schema()
    }

    /// Rows of each row group.
    pub(crate) fn groups(&self) -> impl Iterator<Item = usize> {
        let groups = self.metadata.metadata().row_groups().iter();
        groups.map(|group| usize::try_from(group.num_rows()).unwrap_or(usize::MAX))
    }

    /// Reads a row group, and of these columns those that are there, with up to `rows` rows at a time.
    pub(crate) fn read(
        &self,
        group: usize,
        columns: Option<&[&str]>,
        rows: usize,
        selection: Option<RowSelection>,
    ) -> Result<ParquetRecordBatchReader, CaseError> {
        let file =
            File::open(&self.path).map_err(|source| CaseError::Io { path: self.path.clone(), source })?;
        let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone())
            .with_row_groups(vec![group])
            .with_batch_size(rows);
        if let Some(columns) = columns {
            let places = columns.iter().filter_map(|name| self.schema().index_of(name).ok());
            builder = builder.with_projection(ProjectionMask::roots(self.metadata.parquet_schema(), places));
        }
        if let Some(selection) = selection {
            builder = builder.with_row_selection(selection);
        }
        builder.build().map_err(|source| CaseError::Parquet { path: self.path.clone(), source })
    }

    fn rows_of<T>(
        &self,
        records: &BTreeSet<u64>,
        columns: Option<&[&str]>,
        take: impl Fn(&RecordBatch, usize, u64) -> T,
    ) -> Result<Vec<T>, CaseError> {
        let mut taken = Vec::new();
        for (number, rows) in self.groups().enumerate() {
            if self.bounds(number).is_some_and(|(least, most)| records.range(least..=most).next().is_none()) {
                continue;
            }
            let (wanted, selectors) = match self.records[number].get() {
                Some(own) => selected(own, records),
                None => {
                    let own = self.records_of(number, rows)?;
                    let selected = selected(&own, records);
                    if self.keeps {
                        drop(self.records[number].set(own));
                    }
                    selected
                }
            };
            if wanted.is_empty() {
                continue;
            }
            let selection = Some(RowSelection::from(selectors));
            let mut wanted = wanted.into_iter();
            for batch in self.read(number, columns, BATCH_ROWS, selection)? {
                let batch = batch?;
                taken.extend((0..batch.num_rows()).zip(&mut wanted).map(|(row, own)| take(&batch, row, own)));
            }
        }
        Ok(taken)
    }

    fn records_of(&self, group: usize, rows: usize) -> Result<Vec<u64>, CaseError> {
        let mut numbers = Vec::with_capacity(rows);
        for batch in self.read(group, Some(&["record"]), rows, None)? {
            let batch = batch?;
            let own = batch.column(0).as_primitive_opt::<UInt64Type>();
            numbers.extend(own.into_iter().flat_map(|column| column.values().iter().copied()));
        }
        Ok(numbers)
    }

    /// The least and the greatest record of a row group.
    pub(crate) fn bounds(&self, group: usize) -> Option<(u64, u64)> {
        let place = self.schema().index_of("record").ok()?;
        match self.metadata.metadata().row_group(group).column(place).statistics()? {
            Statistics::Int64(numbers) => {
                let (least, most) = (numbers.min_opt()?.cast_unsigned(), numbers.max_opt()?.cast_unsigned());
                (least <= most).then_some((least, most))
            }
            _ => None,
        }
    }
}

/// The wanted records of a row group, and where they lie in it.
fn selected(own: &[u64], records: &BTreeSet<u64>) -> (Vec<u64>, Vec<RowSelector>) {
    let (mut wanted, mut selectors) = (Vec::new(), Vec::<RowSelector>::new());
    for number in own {
        let skip = !records.contains(number);
        if !skip {
            wanted.push(*number);
        }
        match selectors.last_mut().filter(|last| last.skip == skip) {
            Some(last) => last.row_count += 1,
            None => selectors.push(RowSelector { row_count: 1, skip }),
        }
    }
    (wanted, selectors)
}

/// The tables of events and the paths of their parts, in order.
fn tables(events: &Path) -> Result<Vec<(String, Vec<PathBuf>)>, CaseError> {
    let list = |folder: &Path| -> Result<Vec<PathBuf>, CaseError> {
        let io = |source| CaseError::Io { path: folder.to_owned(), source };
        let mut found: Vec<PathBuf> =
            fs::read_dir(folder).map_err(io)?.filter_map(|e| e.ok().map(|e| e.path())).collect();
        found.sort();
        Ok(found)
    };
    let mut all = Vec::new();
    for folder in list(events)? {
        let name = folder.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let folder = fs::canonicalize(&folder).map_err(|source| CaseError::Io { path: folder, source })?;
        all.push((name, list(&folder)?));
    }
    Ok(all)
}

/// The columns of all parts of a table.
pub(crate) fn table_schema(parts: &[Part]) -> Schema {
    parts.iter().fold(Schema::empty(), |schema, part| widen(schema, part.schema()))
}

/// A later part has all columns of the earlier ones, in types at least as wide.
fn widen(known: Schema, next: &Schema) -> Schema {
    let mut fields: Vec<Field> = known.fields().iter().map(|f| f.as_ref().clone()).collect();
    for field in next.fields() {
        match known.index_of(field.name()) {
            Ok(at) => fields[at] = field.as_ref().clone(),
            Err(_) => fields.push(field.as_ref().clone()),
        }
    }
    Schema::new(fields)
}
