//! The rules that a case was read or hunted with, in its table `rules`: so that it can say what was looked for, and
//! look again.

use std::collections::{BTreeMap, BTreeSet};
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
/// Stands for a file in the row of the placeholders.
const PLACEHOLDERS: &str = "(placeholders)";

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
        self.write_around(&mut table)?;
        table.close()
    }

    /// What the rules cannot be compiled without: the values of placeholders, and filters. They stand in rows
    /// without an id and without a problem.
    fn write_around(&self, table: &mut Table) -> Result<(), CaseError> {
        let mut rows: Vec<(&str, String)> = Vec::new();
        if !self.set.placeholders().is_empty() {
            let text = toml::to_string(self.set.placeholders()).map_err(|e| CaseError::Sql(e.to_string()))?;
            rows.push((PLACEHOLDERS, text));
        }
        rows.extend(self.set.filters().map(|(origin, text)| (origin, text.to_owned())));
        if rows.is_empty() {
            return Ok(());
        }
        let none = || Arc::new(StringArray::new_null(rows.len())) as ArrayRef;
        let text = |of: &dyn Fn(&(&str, String)) -> String| {
            Arc::new(StringArray::from_iter_values(rows.iter().map(of))) as ArrayRef
        };
        table.write(vec![
            ("rule_id", none()),
            ("title", none()),
            ("level", none()),
            ("status", none()),
            ("logsource", none()),
            ("tags", none()),
            ("file", text(&|row| row.0.to_owned())),
            ("line", Arc::new(UInt32Array::new_null(rows.len()))),
            ("problem", none()),
            ("digest", none()),
            ("text", text(&|row| row.1.clone())),
        ])
    }

    /// The rules of a case, compiled again from their texts.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn of_case(case: &Path) -> Result<Self, CaseError> {
        let mut builder = RuleSetBuilder::new();
        let (mut ids, mut seen) = (BTreeSet::new(), BTreeSet::new());
        let mut problems = Vec::new();
        let batches = read(&case.join(FILE))?;
        builder.placeholders(stored_placeholders(&batches));
        for batch in batches {
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
                if named.is_none() && file.value(row) == PLACEHOLDERS {
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

/// The values of placeholders, from their row if there is one.
fn stored_placeholders(batches: &[RecordBatch]) -> BTreeMap<String, Vec<String>> {
    let text = |batch: &RecordBatch| -> Option<String> {
        let column = |name: &str| batch.column_by_name(name)?.as_string_opt::<i32>();
        let (file, id, text) = (column("file")?, column("rule_id")?, column("text")?);
        let row = (0..batch.num_rows()).find(|row| id.is_null(*row) && file.value(*row) == PLACEHOLDERS)?;
        Some(text.value(row).to_owned())
    };
    let stored = batches.iter().find_map(text).unwrap_or_default();
    toml::from_str(&stored).unwrap_or_default()
}

fn read(path: &Path) -> Result<Vec<RecordBatch>, CaseError> {
    let file = File::open(path).map_err(|source| CaseError::Io { path: path.to_owned(), source })?;
    let parquet = |source| CaseError::Parquet { path: path.to_owned(), source };
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).and_then(|b| b.build()).map_err(parquet)?;
    reader.map(|batch| batch.map_err(CaseError::from)).collect()
}
