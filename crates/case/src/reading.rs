//! What was read into a case, from its tables: as the run that read it knew it.

use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, UInt64Type};

use crate::CaseError;
use crate::investigate::{ReadSource, Summary};
use crate::places::manifest;
use crate::query::{Engine, text_at};

/// Sources, records, faults and tables; no matches and no story.
pub(crate) fn reading(case: &Path, engine: &Engine) -> Result<Summary, CaseError> {
    let manifest = manifest(case)?;
    let mut summary = Summary { records: manifest.records, faults: manifest.faults, ..Summary::default() };
    let question = "select path, sha256, format, size, records, faults from sources order by source";
    for batch in engine.query(question)?.1 {
        for row in 0..batch.num_rows() {
            let number = |at: usize| {
                batch.column(at).as_primitive_opt::<UInt64Type>().map_or(0, |column| column.value(row))
            };
            summary.sources.push(ReadSource {
                path: text_at(&batch, 0, row),
                sha256: text_at(&batch, 1, row),
                format: text_at(&batch, 2, row),
                size: number(3),
                records: number(4),
                faults: number(5),
            });
        }
    }
    let question = "select path, min(\"offset\"), reason, count(*) from faults group by source, path, reason \
                    order by source, reason limit 1000";
    for batch in engine.query(question)?.1 {
        for row in 0..batch.num_rows() {
            let times = batch.column(3).as_primitive_opt::<Int64Type>().map_or(0, |c| c.value(row));
            let offset = text_at(&batch, 1, row).parse().unwrap_or_default();
            let (path, reason) = (text_at(&batch, 0, row), text_at(&batch, 2, row));
            summary.fault_kinds.push((path, offset, reason, times.unsigned_abs()));
        }
    }
    summary.tables = engine.rows_of_tables();
    Ok(summary)
}
