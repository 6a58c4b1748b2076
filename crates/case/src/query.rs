//! SQL over a case, by Apache DataFusion.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{Field, Schema, SchemaRef};
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::prelude::{ParquetReadOptions, SessionConfig, SessionContext};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::CaseError;
use crate::investigate::{FORMAT, Manifest};

/// A case that is there.
pub struct Case {
    context: SessionContext,
    runtime: tokio::runtime::Runtime,
}

fn sql(error: impl std::fmt::Display) -> CaseError {
    CaseError::Sql(error.to_string())
}

impl Case {
    /// Opens a case for reading.
    ///
    /// # Errors
    /// If the folder is no case, is of another version, or one of its tables cannot be read.
    pub fn open(folder: &Path) -> Result<Self, CaseError> {
        let path = folder.join("case.toml");
        let text = fs::read_to_string(&path).map_err(|_| CaseError::NoCase(folder.to_owned()))?;
        let manifest: Manifest = toml::from_str(&text).map_err(|_| CaseError::NoCase(folder.to_owned()))?;
        if manifest.format != FORMAT {
            return Err(CaseError::Version { path, found: manifest.format, known: FORMAT });
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .build()
            .map_err(|source| CaseError::Io { path: folder.to_owned(), source })?;
        // Identifiers keep their case when quoted; core columns are lower case and need no quotes.
        let context = SessionContext::new_with_config(SessionConfig::new().with_information_schema(true));
        runtime.block_on(register(&context, folder))?;
        Ok(Case { context, runtime })
    }

    /// Answers a question in SQL.
    ///
    /// # Errors
    /// With the words of the SQL engine.
    pub fn query(&self, question: &str) -> Result<(SchemaRef, Vec<RecordBatch>), CaseError> {
        self.runtime.block_on(async {
            let frame = self.context.sql(question).await.map_err(sql)?;
            let schema = Arc::new(frame.schema().as_arrow().clone());
            let batches = frame.collect().await.map_err(sql)?;
            Ok((schema, batches))
        })
    }
}

async fn register(context: &SessionContext, folder: &Path) -> Result<(), CaseError> {
    for (name, file) in [
            ("sources", "sources"),
            ("findings", "findings"),
            ("raw_records", "records"),
            ("raw_faults", "faults"),
            ("raw_matches", "matches"),
        ] {
        let path = folder.join(format!("{file}.parquet"));
        context
            .register_parquet(name, path.to_string_lossy(), ParquetReadOptions::default())
            .await
            .map_err(sql)?;
    }
    for view in [
        "create view records as select r.record, r.source, r.ordinal, s.path, r.offset, r.length \
         from raw_records r join sources s on r.source = s.source",
        "create view faults as select s.path, f.offset, f.reason, f.source \
         from raw_faults f join sources s on f.source = s.source",
        "create view matches as select m.match, m.rule_id, m.rule_title, m.level, m.record, s.path, \
         m.timestamp, m.host_name, m.user_name, m.tags, m.shape, m.why \
         from raw_matches m join sources s on m.source = s.source",
    ] {
        context.sql(view).await.map_err(sql)?;
    }
    let mut all = Vec::new();
    for (name, parts) in tables(&folder.join("events"))? {
        let mut schema = Schema::empty();
        for part in &parts {
            schema = widen(schema, part_schema(part)?.as_ref());
        }
        add_listing(context, &name, &parts, Arc::new(schema))?;
        all.extend(parts);
    }
    add_listing(context, "events", &all, onus_event::core_schema())
}

fn add_listing(
    context: &SessionContext,
    name: &str,
    parts: &[PathBuf],
    schema: SchemaRef,
) -> Result<(), CaseError> {
    let urls = parts
        .iter()
        .map(|p| ListingTableUrl::parse(p.to_string_lossy()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(sql)?;
    let options = ListingOptions::new(Arc::new(ParquetFormat::default())).with_file_extension(".parquet");
    let config =
        ListingTableConfig::new_with_multi_paths(urls).with_listing_options(options).with_schema(schema);
    let table = ListingTable::try_new(config).map_err(sql)?;
    context.register_table(name, Arc::new(table)).map(|_| ()).map_err(sql)
}

/// The tables of events and their parts, in order.
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

fn part_schema(path: &Path) -> Result<SchemaRef, CaseError> {
    let file = fs::File::open(path).map_err(|source| CaseError::Io { path: path.to_owned(), source })?;
    ParquetRecordBatchReaderBuilder::try_new(file)
        .map(|builder| builder.schema().clone())
        .map_err(|source| CaseError::Parquet { path: path.to_owned(), source })
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
