//! SQL over a case, by Apache DataFusion.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, TimestampMicrosecondType, UInt64Type};
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch, StringArray, UInt64Array};
use arrow_schema::SchemaRef;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{Expr, ParquetReadOptions, SessionConfig, SessionContext};
use onus_claim::Claim;
use onus_event::Mappings;
use onus_hunt::Analytic;

use crate::CaseError;
use crate::allow::{AllowEntry, AllowList, today};
use crate::cited::Kept;
use crate::investigate::{FORMAT, Manifest};
use crate::mapping::Mapping;
use crate::parts::{Part, Parts, table_schema};

/// A case that is there.
pub struct Case {
    pub(crate) folder: PathBuf,
    /// The log sources that it was read with beside those of the catalogue.
    pub(crate) mappings: Mappings,
    pub(crate) engine: Engine,
}

/// The SQL engine over the tables of a case folder.
pub(crate) struct Engine {
    pub(crate) parts: Parts,
    pub(crate) kept: Kept,
    context: SessionContext,
    runtime: tokio::runtime::Runtime,
    /// Held while a question needs rows of its own, as they have a name.
    own_rows: Mutex<()>,
}

/// Rows that a step of a question holds at a time: a quarter of what is usual, for the sake of memory.
const BATCH_ROWS: usize = 2_048;

/// Of the footers of files the SQL engine keeps so many bytes.
const FOOTER_BYTES: usize = 16 << 20;

/// The events that are connections; their table `connections` has all core columns, whatever the log has.
const CONNECTIONS: &str = "zeek_conn";

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
        let text = fs::read_to_string(&path).map_err(|_| CaseError::no_case(folder))?;
        let manifest: Manifest = toml::from_str(&text).map_err(|_| CaseError::no_case(folder))?;
        if manifest.format != FORMAT {
            return Err(CaseError::Version { path, found: manifest.format, known: FORMAT });
        }
        let engine = Engine::over_events(folder, folder)?;
        engine.add_findings(folder)?;
        let mappings = Mapping::of_case(folder)?.mappings;
        Ok(Case { folder: folder.to_owned(), mappings, engine })
    }

    /// Answers a question in SQL.
    ///
    /// # Errors
    /// With the words of the SQL engine.
    pub fn query(&self, question: &str) -> Result<(SchemaRef, Vec<RecordBatch>), CaseError> {
        self.engine.query(question)
    }

    /// The tables of events, each with the names that its fields had in the log.
    pub fn event_columns(&self) -> Vec<(String, Vec<String>)> {
        let of = |parts: &[Part]| {
            let schema = table_schema(parts);
            let native = schema.fields().iter().filter_map(|field| onus_event::native_name(field.name()));
            (parts[0].table.clone(), native.map(str::to_owned).collect())
        };
        self.engine.parts.by_table().map(of).collect()
    }
}

impl Engine {
    /// The tables that reading writes, sources, records, faults and events, and the matches that lie in `answers`.
    pub(crate) fn over_events(folder: &Path, answers: &Path) -> Result<Self, CaseError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .build()
            .map_err(|source| CaseError::Io { path: folder.to_owned(), source })?;
        // Identifiers keep their case when quoted; core columns are lower case and need no quotes.
        let mut config = SessionConfig::new().with_information_schema(true).with_batch_size(BATCH_ROWS);
        // Other columns are read only for rows that a question asks for.
        config.options_mut().execution.parquet.pushdown_filters = true;
        // Where one file lacks a column, its least value comes out wrong now and then (apache/datafusion#25147).
        config.options_mut().optimizer.enable_aggregate_dynamic_filter_pushdown = false;
        // Footers are kept in `parts` already.
        let footers =
            RuntimeEnvBuilder::new().with_metadata_cache_limit(FOOTER_BYTES).build_arc().map_err(sql)?;
        let context = SessionContext::new_with_config_rt(config, footers);
        let parts = Parts::of(&folder.join("events"))?;
        runtime.block_on(register(&context, (folder, answers), &parts))?;
        Ok(Engine { parts, kept: Kept::default(), context, runtime, own_rows: Mutex::new(()) })
    }

    fn add_findings(&self, folder: &Path) -> Result<(), CaseError> {
        let allow = allow_table(&AllowList::of_case(folder)?)?;
        self.context.register_batch("allow", allow).map_err(sql)?;
        self.runtime.block_on(async {
            for (name, file) in [("raw_findings", "findings"), ("raw_rules", "rules")] {
                parquet(&self.context, folder, name, file).await?;
            }
            for view in VIEWS_OF_FINDINGS {
                self.context.sql(view).await.map_err(sql)?;
            }
            Ok::<(), CaseError>(())
        })?;
        let claims = match crate::read_claims(folder) {
            Ok(claims) => claims,
            Err(CaseError::Claims(crate::ClaimsError::None(_))) => Vec::new(),
            Err(e) => return Err(e),
        };
        let batch = claims_table(&claims)?;
        self.context.register_batch("claims", batch).map(|_| ()).map_err(sql)
    }

    pub(crate) fn query(&self, question: &str) -> Result<(SchemaRef, Vec<RecordBatch>), CaseError> {
        self.runtime.block_on(async {
            let frame = self.context.sql(question).await.map_err(sql)?;
            let schema = Arc::new(frame.schema().as_arrow().clone());
            let batches = frame.collect().await.map_err(sql)?;
            Ok((schema, batches))
        })
    }

    /// Answers a question about the case and about some rows beside it, which are there for that question alone.
    /// The answer is in the order of its columns, the first before the second and so on: what is read from it does not
    /// depend on which thread was done first.
    pub(crate) fn query_with(
        &self,
        name: &str,
        rows: RecordBatch,
        question: &str,
    ) -> Result<Vec<RecordBatch>, CaseError> {
        let _held = self.own_rows.lock();
        self.context.register_batch(name, rows).map_err(sql)?;
        let answer = self.runtime.block_on(async {
            let frame = self.context.sql(question).await.map_err(sql)?;
            let columns = frame.schema().columns();
            let order = columns.into_iter().map(|column| Expr::Column(column).sort(true, true)).collect();
            frame.sort(order).map_err(sql)?.collect().await.map_err(sql)
        });
        self.context.deregister_table(name).map_err(sql)?;
        answer
    }

    /// The tables of events with their numbers of rows.
    pub(crate) fn rows_of_tables(&self) -> Vec<(String, u64)> {
        let rows = |parts: &[Part]| parts.iter().flat_map(Part::groups).map(|rows| rows as u64).sum();
        self.parts.by_table().map(|parts| (parts[0].table.clone(), rows(parts))).collect()
    }

    /// The name of a table like `events` with those of them whose logs have all of these core columns: a question
    /// about them need not go through all others.
    pub(crate) fn events_with(&self, columns: &[&str]) -> Result<String, CaseError> {
        let name = format!("events_with_{}", columns.join("_"));
        let parts: Vec<&Path> = self.parts.with(columns).map(|part| part.path.as_path()).collect();
        if parts.is_empty() {
            return Ok("events".to_owned());
        }
        let _held = self.own_rows.lock();
        if !self.has(&name)? {
            add_listing(&self.context, &name, &parts, onus_event::core_schema())?;
        }
        Ok(name)
    }

    pub(crate) fn has(&self, table: &str) -> Result<bool, CaseError> {
        self.context.table_exist(table).map_err(sql)
    }

    /// Whether a table is there and has these columns: a native column is there only if a record had the field, a
    /// core column of such a table only if one had a value for it.
    pub(crate) fn has_columns(&self, table: &str, columns: &[&str]) -> Result<bool, CaseError> {
        if !self.has(table)? {
            return Ok(false);
        }
        let provider = self.runtime.block_on(self.context.table_provider(table)).map_err(sql)?;
        let schema = provider.schema();
        Ok(columns.iter().all(|column| schema.column_with_name(column).is_some()))
    }

    pub(crate) fn analytics(&self) -> Result<Vec<Analytic>, CaseError> {
        self.runtime.block_on(onus_hunt::analytics(&self.context)).map_err(sql)
    }
}

/// Findings and matches with the reason for which they are allowed today, if they are; rules with their matches.
const VIEWS_OF_FINDINGS: &[&str] = &[
    "create view allowed_today as select distinct key, reason from allow where applies",
    "create view findings as select f.finding, f.kind, f.rule_id, f.title, f.level, f.tags, f.intrusion, \
     f.host_name, f.accounts, f.addresses, f.count, f.first, f.last, f.records, f.shape, f.distinct_values, \
     f.rarest_value, f.hosts_with_value, f.events_with_value, f.first_seen, f.last_seen, a.reason as allowed \
     from raw_findings f left join allowed_today a on f.allow_key = a.key",
    "create view matches as select m.match, m.rule_id, m.rule_title, m.level, m.record, s.path, \
     m.timestamp, m.host_name, m.user_name, m.addresses, m.tags, m.shape, m.why, a.reason as allowed \
     from raw_matches m join sources s on m.source = s.source left join allowed_today a on m.allow_key = a.key",
    "create view rules as select r.rule_id, r.title, r.level, r.status, r.logsource, r.tags, r.file, r.line, \
     r.problem, coalesce(m.n, 0) as matches, r.text from raw_rules r \
     left join (select rule_id, count(*) as n from raw_matches group by 1) m on r.rule_id = m.rule_id",
];

fn allow_table(list: &AllowList) -> Result<RecordBatch, CaseError> {
    let text = |of: &dyn Fn(&AllowEntry) -> Option<String>| -> ArrayRef {
        Arc::new(list.entries.iter().map(of).collect::<StringArray>())
    };
    let today = today();
    let applies: BooleanArray = list.entries.iter().map(|e| Some(e.applies(&today))).collect();
    let numbers = (1..).take(list.entries.len());
    Ok(RecordBatch::try_from_iter([
        ("entry", Arc::new(UInt64Array::from_iter_values(numbers)) as ArrayRef),
        ("rule", text(&|e| e.rule.clone())),
        ("field", text(&|e| e.field.clone())),
        ("value", text(&|e| e.value.clone())),
        ("host_name", text(&|e| e.host.clone())),
        ("account", text(&|e| e.account.clone())),
        ("reason", text(&|e| Some(e.reason.clone()))),
        ("expires", text(&|e| Some(e.expires.clone()))),
        ("applies", Arc::new(applies)),
        ("key", text(&|e| Some(e.key()))),
    ])?)
}

/// The text of any cell; empty for null.
pub(crate) fn text_at(batch: &RecordBatch, column: usize, row: usize) -> String {
    let column = batch.column(column);
    // Most cells are texts, for which no formatter need be made.
    if let Some(cells) = column.as_dictionary_opt::<Int32Type>()
        && let Some(values) = cells.values().as_string_opt::<i32>()
    {
        let key = cells.key(row).filter(|key| values.is_valid(*key));
        return key.map_or_else(String::new, |key| values.value(key).to_owned());
    }
    if let Some(cells) = column.as_string_view_opt() {
        return if cells.is_valid(row) { cells.value(row).to_owned() } else { String::new() };
    }
    if let Some(cells) = column.as_string_opt::<i32>() {
        return if cells.is_valid(row) { cells.value(row).to_owned() } else { String::new() };
    }
    let options = FormatOptions::default();
    ArrayFormatter::try_new(column, &options)
        .map(|formatter| formatter.value(row).to_string())
        .unwrap_or_default()
}

/// The text of a cell of a column; empty where the rows have no such column.
pub(crate) fn cell(batch: &RecordBatch, column: &str, row: usize) -> String {
    let place = batch.schema_ref().column_with_name(column);
    place.map_or_else(String::new, |(at, _)| text_at(batch, at, row))
}

/// The record of a row.
pub(crate) fn record_at(batch: &RecordBatch, row: usize) -> u64 {
    let column = batch.column_by_name("record").and_then(|c| c.as_primitive_opt::<UInt64Type>());
    column.map_or(0, |column| column.value(row))
}

/// The moment of a row, if it has one: UTC, microseconds.
pub(crate) fn moment_at(batch: &RecordBatch, row: usize) -> Option<i64> {
    let column = batch.column_by_name("timestamp")?.as_primitive_opt::<TimestampMicrosecondType>()?;
    column.is_valid(row).then(|| column.value(row))
}

fn claims_table(claims: &[Claim]) -> Result<RecordBatch, CaseError> {
    let text = |of: &dyn Fn(&Claim) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(claims.iter().map(of)))
    };
    let cites = |c: &Claim| c.cites.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
    Ok(RecordBatch::try_from_iter([
        ("claim", text(&|c| c.id.clone())),
        ("kind", text(&|c| c.kind.name().to_owned())),
        ("sentence", text(&|c| c.sentence.clone())),
        ("cites", text(&cites)),
        ("would_raise", text(&|c| c.would_raise.clone())),
        ("intrusion", text(&|c| c.intrusion.clone().unwrap_or_default())),
        ("findings", text(&|c| c.findings.join(","))),
    ])?)
}

async fn parquet(context: &SessionContext, folder: &Path, name: &str, file: &str) -> Result<(), CaseError> {
    let path = folder.join(format!("{file}.parquet"));
    context.register_parquet(name, path.to_string_lossy(), ParquetReadOptions::default()).await.map_err(sql)
}

async fn register(
    context: &SessionContext,
    (folder, answers): (&Path, &Path),
    all: &Parts,
) -> Result<(), CaseError> {
    for (name, file) in [("sources", "sources"), ("raw_records", "records"), ("raw_faults", "faults")] {
        parquet(context, folder, name, file).await?;
    }
    parquet(context, answers, "raw_matches", "matches").await?;
    for view in [
        "create view records as select r.record, r.source, r.ordinal, s.path, r.offset, r.length \
         from raw_records r join sources s on r.source = s.source",
        "create view faults as select s.path, f.offset, f.reason, f.source \
         from raw_faults f join sources s on f.source = s.source",
    ] {
        context.sql(view).await.map_err(sql)?;
    }
    for parts in all.by_table() {
        let (name, schema) = (&parts[0].table, Arc::new(table_schema(parts)));
        let paths: Vec<&Path> = parts.iter().map(|part| part.path.as_path()).collect();
        add_listing(context, name, &paths, schema)?;
        if name == CONNECTIONS {
            add_listing(context, "connections", &paths, onus_event::core_schema())?;
        }
    }
    let paths: Vec<&Path> = all.with(&[]).map(|part| part.path.as_path()).collect();
    add_listing(context, "events", &paths, onus_event::core_schema())
}

fn add_listing(
    context: &SessionContext,
    name: &str,
    parts: &[&Path],
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
