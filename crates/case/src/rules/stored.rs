//! The rules that a case was read or hunted with, in its table `rules`: so that it can say what was looked for, and
//! look again.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt32Type;
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray, UInt32Array};
use onus_sigma::{RuleMeta, RuleProblem, RuleSetBuilder};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::{Rules, source_text};
use crate::CaseError;
use crate::tables::Table;

const FILE: &str = "rules.parquet";

impl Rules {
    /// Writes the table `rules`: each rule with its text, then each that could not be used with the reason.
    pub(crate) fn write(&self, out: &Path) -> Result<(), CaseError> {
        let metas: Vec<&RuleMeta> = self.set.iter().map(|(_, meta)| meta).collect();
        let refused: Vec<&RuleProblem> = self.problems.iter().filter(|p| p.refused).collect();
        let text = |of: &dyn Fn(&RuleMeta) -> Option<String>, or: &dyn Fn(&RuleProblem) -> Option<String>| {
            let used = metas.iter().map(|meta| of(meta));
            let values = used.chain(refused.iter().map(|problem| or(problem)));
            Arc::new(values.collect::<StringArray>()) as ArrayRef
        };
        let none = |_: &RuleProblem| None;
        let lines = metas.iter().map(|_| None).chain(refused.iter().map(|p| p.line));
        let mut table = Table::new(out.join(FILE));
        table.write(vec![
            ("rule_id", text(&|m| Some(m.id.clone()), &|p| p.rule.clone())),
            ("title", text(&|m| Some(m.title.clone()), &none)),
            ("level", text(&|m| Some(m.level.as_str().to_owned()), &none)),
            ("status", text(&|m| m.status.map(|s| s.as_str().to_owned()), &none)),
            ("logsource", text(&|m| Some(source_text(&m.logsource)), &none)),
            ("tags", text(&|m| Some(m.tags.join(",")), &none)),
            ("file", text(&|m| Some(m.origin.clone()), &|p| Some(p.origin.clone()))),
            ("line", Arc::new(lines.collect::<UInt32Array>())),
            ("problem", text(&|_| None, &|p| Some(p.reason.clone()))),
            ("digest", text(&|m| Some(m.digest.clone()), &none)),
            ("text", text(&|m| Some(m.text.to_string()), &none)),
        ])?;
        table.close()
    }

    /// The rules of a case, compiled again from their texts.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn of_case(case: &Path) -> Result<Self, CaseError> {
        let mut builder = RuleSetBuilder::new();
        let (mut ids, mut seen) = (BTreeSet::new(), BTreeSet::new());
        let mut problems = Vec::new();
        for batch in read(&case.join(FILE))? {
            let column = |name: &str| {
                let column = batch.column_by_name(name).and_then(|c| c.as_string_opt::<i32>().cloned());
                column.unwrap_or_else(|| StringArray::new_null(batch.num_rows()))
            };
            let [id, file, problem, digest, text] =
                ["rule_id", "file", "problem", "digest", "text"].map(column);
            let lines = batch.column_by_name("line").and_then(|c| c.as_primitive_opt::<UInt32Type>());
            for row in 0..batch.num_rows() {
                let named = id.is_valid(row).then(|| id.value(row).to_owned());
                if problem.is_valid(row) {
                    problems.push(RuleProblem {
                        origin: file.value(row).to_owned(),
                        line: lines.filter(|lines| lines.is_valid(row)).map(|lines| lines.value(row)),
                        rule: named,
                        reason: problem.value(row).to_owned(),
                        refused: true,
                    });
                    continue;
                }
                ids.extend(named);
                // A text of several rules stands beside each of them.
                if seen.insert((file.value(row).to_owned(), digest.value(row).to_owned())) {
                    builder.add_yaml(file.value(row), text.value(row));
                }
            }
        }
        builder.retain(|meta| ids.contains(&meta.id));
        let (set, _) = builder.build();
        Ok(Rules { set, problems, left_out: 0 })
    }
}

fn read(path: &Path) -> Result<Vec<RecordBatch>, CaseError> {
    let file = File::open(path).map_err(|source| CaseError::Io { path: path.to_owned(), source })?;
    let parquet = |source| CaseError::Parquet { path: path.to_owned(), source };
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).and_then(|b| b.build()).map_err(parquet)?;
    reader.map(|batch| batch.map_err(CaseError::from)).collect()
}
