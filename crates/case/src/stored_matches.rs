//! The matches that a case holds, read back in their order.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{TimestampMicrosecondType, UInt32Type, UInt64Type};
use arrow_array::{Array, RecordBatch, StringArray};
use onus_sigma::{Reason, RuleId};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::Deserialize;

use crate::matching::Matching;
use crate::pipeline::Matched;
use crate::seal::SealError;
use crate::{CaseError, Rules};

pub(crate) struct StoredMatches;

/// A reason as the column `why` holds it.
#[derive(Deserialize)]
struct StoredReason {
    selection: String,
    field: String,
    value: String,
    pattern: String,
}

/// The reasons in the column `why`; none where it holds something else, as for correlations.
pub(crate) fn reasons(why: &str) -> Vec<Reason> {
    let stored: Vec<StoredReason> = serde_json::from_str(why).unwrap_or_default();
    let reason = |r: StoredReason| Reason {
        selection: r.selection.into(),
        field: r.field.into(),
        value: r.value,
        pattern: r.pattern.into(),
    };
    stored.into_iter().map(reason).collect()
}

impl StoredMatches {
    /// Hands all matches of a case on.
    pub(crate) fn read(case: &Path, rules: &Rules, matching: &mut Matching) -> Result<(), CaseError> {
        let path = case.join("matches.parquet");
        let file = File::open(&path).map_err(|source| CaseError::Io { path: path.clone(), source })?;
        let parquet = |source| CaseError::Parquet { path: path.clone(), source };
        let reader =
            ParquetRecordBatchReaderBuilder::try_new(file).and_then(|b| b.build()).map_err(parquet)?;
        let ids: HashMap<&str, RuleId> = rules.set.iter().map(|(id, meta)| (meta.id.as_str(), id)).collect();
        for batch in reader {
            let batch = batch?;
            let rows = Rows::of(&batch).ok_or_else(|| SealError::Table(path.clone()))?;
            for row in 0..batch.num_rows() {
                let rule = ids.get(rows.rule.value(row)).ok_or_else(|| SealError::Table(path.clone()))?;
                matching.push(rows.record.value(row), rows.matched(row, *rule))?;
            }
        }
        Ok(())
    }
}

/// The columns of the table.
struct Rows<'a> {
    record: &'a arrow_array::UInt64Array,
    source: &'a arrow_array::UInt32Array,
    timestamp: &'a arrow_array::TimestampMicrosecondArray,
    rule: &'a StringArray,
    shape: &'a StringArray,
    host: &'a StringArray,
    user: &'a StringArray,
    addresses: &'a StringArray,
    why: &'a StringArray,
}

impl<'a> Rows<'a> {
    fn of(batch: &'a RecordBatch) -> Option<Self> {
        let text = |name: &str| batch.column_by_name(name)?.as_string_opt::<i32>();
        Some(Rows {
            record: batch.column_by_name("record")?.as_primitive_opt::<UInt64Type>()?,
            source: batch.column_by_name("source")?.as_primitive_opt::<UInt32Type>()?,
            timestamp: batch.column_by_name("timestamp")?.as_primitive_opt::<TimestampMicrosecondType>()?,
            rule: text("rule_id")?,
            shape: text("shape")?,
            host: text("host_name")?,
            user: text("user_name")?,
            addresses: text("addresses")?,
            why: text("why")?,
        })
    }

    fn matched(&self, row: usize, rule: RuleId) -> Matched {
        let text = |column: &StringArray| column.is_valid(row).then(|| column.value(row).to_owned());
        let addresses = self.addresses.value(row).split(',').filter(|a| !a.is_empty());
        Matched {
            record: self.record.value(row),
            source: self.source.value(row),
            rule,
            shape: self.shape.value(row).to_owned(),
            timestamp: self.timestamp.is_valid(row).then(|| self.timestamp.value(row)),
            host: text(self.host),
            user: text(self.user),
            addresses: addresses.map(str::to_owned).collect(),
            why: self.why.value(row).to_owned(),
            reasons: reasons(self.why.value(row)),
            // The correlations were evaluated when the match was found.
            values: None,
            span: crate::correlate::span(self.why.value(row)),
        }
    }
}
