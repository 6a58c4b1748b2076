//! The parts of the tables of events: Parquet files, whose footers are read once, and which are read with all
//! processors. What they give comes in the order of tables, parts and rows, with one processor or many.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, UInt64Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{Field, Schema, SchemaRef};
use onus_event::native_name;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection, RowSelector,
};
use parquet::file::statistics::Statistics;

use crate::CaseError;
use crate::each::each;
use crate::pieces::Pieces;
use crate::query::text_at;

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

/// Rows told by the text of one column.
pub(crate) struct Rows<'a> {
    /// Those of this table, or of all.
    pub(crate) table: Option<&'a str>,
    /// Only parts that have these columns beside the key.
    pub(crate) having: &'a [&'a str],
    /// The column that tells them.
    pub(crate) key: &'a str,
    /// Whether a text in it is wanted; it is asked once for each distinct one of a row group.
    pub(crate) wanted: &'a (dyn Fn(&str) -> bool + Sync),
    /// Row groups without an event between these moments (UTC, microseconds) are passed over.
    pub(crate) between: (i64, i64),
}

/// Core columns of a record that is read as it was logged.
pub(crate) const BESIDE: [&str; 3] = ["timestamp", "host_name", "event_action"];

/// Any moment.
const EVER: (i64, i64) = (i64::MIN, i64::MAX);

impl Default for Rows<'_> {
    /// None, of any table and any moment.
    fn default() -> Self {
        Rows { table: None, having: &[], key: "", wanted: &|_| false, between: EVER }
    }
}

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
        self.0.iter().filter(|part| columns.iter().all(|column| part.has(column)))
    }

    /// Whether a table has a column: a native one is there only if a record had the field.
    pub(crate) fn has(&self, table: &str, column: &str) -> bool {
        self.0.iter().any(|part| part.table == table && part.has(column))
    }

    /// The first and the last moment of all events (UTC, microseconds).
    pub(crate) fn span(&self) -> Option<(i64, i64)> {
        let of = |part: &Part| -> Vec<(i64, i64)> {
            part.groups().enumerate().filter_map(|(group, _)| part.range(group, "timestamp")).collect()
        };
        self.0.iter().flat_map(of).reduce(|one, next| (one.0.min(next.0), one.1.max(next.1)))
    }

    /// Does the same with each part.
    pub(crate) fn each<T: Send>(
        &self,
        work: impl Fn(&Part) -> Result<T, CaseError> + Sync,
    ) -> Result<Vec<T>, CaseError> {
        each(&self.0, work)
    }

    /// What `take` makes of the rows of these records: it sees a batch with all columns that the log had and [`BESIDE`],
    /// or with those of the given ones that its part has, the row, and the record. Of a part no more than a batch is held.
    pub(crate) fn rows<T: Send>(
        &self,
        records: &BTreeSet<u64>,
        columns: Option<&[&str]>,
        take: impl Fn(&RecordBatch, usize, u64) -> T + Sync,
    ) -> Result<Vec<T>, CaseError> {
        self.rows_in(None, records, columns, take)
    }

    /// As [`Self::rows`], of one table or of all.
    pub(crate) fn rows_in<T: Send>(
        &self,
        table: Option<&str>,
        records: &BTreeSet<u64>,
        columns: Option<&[&str]>,
        take: impl Fn(&RecordBatch, usize, u64) -> T + Sync,
    ) -> Result<Vec<T>, CaseError> {
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.each(|part| match part.is_of(table) {
            true => part.rows_of(records, columns, &take),
            false => Ok(Vec::new()),
        })?;
        Ok(found.into_iter().flatten().collect())
    }

    /// By part that has such rows, in order: what `add` makes of them. It sees a batch with those of the columns that
    /// the part has, and the row.
    pub(crate) fn fold<A: Default + Send>(
        &self,
        rows: &Rows<'_>,
        columns: &[&str],
        add: impl Fn(&mut A, &RecordBatch, usize) + Sync,
    ) -> Result<Vec<A>, CaseError> {
        let has = |part: &Part| rows.having.iter().chain([&rows.key]).all(|column| part.has(column));
        let parts: Vec<&Part> = self.0.iter().filter(|part| part.is_of(rows.table) && has(part)).collect();
        each(&parts, |part| {
            let mut all = A::default();
            part.add_to(&mut all, rows, columns, &add)?;
            Ok(all)
        })
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

    fn has(&self, column: &str) -> bool {
        self.place(column).is_some()
    }

    /// The place of a column. `Schema::index_of` writes down all names where there is none.
    fn place(&self, column: &str) -> Option<usize> {
        self.schema().column_with_name(column).map(|(place, _)| place)
    }

    fn is_of(&self, table: Option<&str>) -> bool {
        table.is_none_or(|table| table == self.table)
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
        let places: Option<Vec<usize>> =
            columns.map(|names| names.iter().filter_map(|name| self.place(name)).collect());
        let of_group = self.metadata.metadata().row_group(group);
        let pieces = Pieces::read(&self.path, of_group, places.as_deref())
            .map_err(|source| CaseError::Io { path: self.path.clone(), source })?;
        let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(pieces, self.metadata.clone())
            .with_row_groups(vec![group])
            .with_batch_size(rows);
        if let Some(places) = places {
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
        let columns = columns.map_or_else(|| self.as_logged(), <[&str]>::to_vec);
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
            for batch in self.read(number, Some(&columns), BATCH_ROWS, selection)? {
                let batch = batch?;
                taken.extend((0..batch.num_rows()).zip(&mut wanted).map(|(row, own)| take(&batch, row, own)));
            }
        }
        Ok(taken)
    }

    /// The columns that the log had, and those core columns that are shown beside them: the others say the same again.
    fn as_logged(&self) -> Vec<&str> {
        let names = self.schema().fields().iter().map(|field| field.name().as_str());
        names.filter(|name| native_name(name).is_some() || BESIDE.contains(name)).collect()
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

    fn add_to<A>(
        &self,
        all: &mut A,
        rows: &Rows<'_>,
        columns: &[&str],
        add: &impl Fn(&mut A, &RecordBatch, usize),
    ) -> Result<(), CaseError> {
        for (group, number) in self.groups().enumerate() {
            let (first, last) = self.range(group, "timestamp").unwrap_or(EVER);
            if last < rows.between.0 || first > rows.between.1 {
                continue;
            }
            let mut selectors = Vec::new();
            for batch in self.read(group, Some(&[rows.key]), number, None)? {
                wanted_rows(&batch?, rows.wanted, &mut selectors);
            }
            if selectors.iter().all(|selector| selector.skip) {
                continue;
            }
            for batch in self.read(group, Some(columns), BATCH_ROWS, Some(RowSelection::from(selectors)))? {
                let batch = batch?;
                (0..batch.num_rows()).for_each(|row| add(all, &batch, row));
            }
        }
        Ok(())
    }

    /// The least and the greatest record of a row group.
    pub(crate) fn bounds(&self, group: usize) -> Option<(u64, u64)> {
        let (least, most) = self.range(group, "record")?;
        let (least, most) = (least.cast_unsigned(), most.cast_unsigned());
        (least <= most).then_some((least, most))
    }

    /// The least and the greatest number of a column in a row group, for the columns of which they are kept.
    fn range(&self, group: usize, column: &str) -> Option<(i64, i64)> {
        let place = self.place(column)?;
        match self.metadata.metadata().row_group(group).column(place).statistics()? {
            Statistics::Int64(numbers) => Some((*numbers.min_opt()?, *numbers.max_opt()?)),
            _ => None,
        }
    }
}

/// Adds to `selectors` which rows of the batch's only column have a wanted text.
fn wanted_rows(batch: &RecordBatch, wanted: &dyn Fn(&str) -> bool, selectors: &mut Vec<RowSelector>) {
    let column = batch.column(0);
    let distinct = column.as_dictionary_opt::<Int32Type>().and_then(|cells| {
        let values = cells.values().as_string_opt::<i32>()?;
        let fits: Vec<bool> = values.iter().map(|value| value.is_some_and(wanted)).collect();
        Some((cells, fits))
    });
    for row in 0..batch.num_rows() {
        let skip = match &distinct {
            Some((cells, fits)) => !cells.key(row).is_some_and(|key| fits[key]),
            None => column.is_null(row) || !wanted(&text_at(batch, 0, row)),
        };
        select(skip, 1, selectors);
    }
}

fn select(skip: bool, row_count: usize, selectors: &mut Vec<RowSelector>) {
    match selectors.last_mut().filter(|last| last.skip == skip) {
        Some(last) => last.row_count += row_count,
        None if row_count > 0 => selectors.push(RowSelector { row_count, skip }),
        None => {}
    }
}

/// The wanted records of a row group, and where they lie in it.
fn selected(own: &[u64], records: &BTreeSet<u64>) -> (Vec<u64>, Vec<RowSelector>) {
    let (mut wanted, mut selectors) = (Vec::new(), Vec::new());
    // Rows stand in the order of their records, but for where variants of a kind of event come one after another.
    for run in own.chunk_by(|one, next| one < next) {
        let mut rest = run;
        for record in records.range(run[0]..=run[run.len() - 1]) {
            let Ok(place) = rest.binary_search(record) else { continue };
            select(true, place, &mut selectors);
            select(false, 1, &mut selectors);
            wanted.push(*record);
            rest = &rest[place + 1..];
        }
        select(true, rest.len(), &mut selectors);
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
        match known.column_with_name(field.name()) {
            Some((at, _)) => fields[at] = field.as_ref().clone(),
            None => fields.push(field.as_ref().clone()),
        }
    }
    Schema::new(fields)
}
