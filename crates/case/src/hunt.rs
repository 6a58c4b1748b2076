//! Looks again: rules over the events that a case holds, without the logs that they came from; or the matches that
//! it holds with another allow-list. The new answer takes the place of the old one, which is kept in `earlier/`.
//!
//! events/*.parquet ─► row groups, in the order of their records ─► matches ─► in the order of all records again.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use onus_event::{Mappings, StoredShapes};
use onus_sigma::RuleId;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};
use parquet::file::statistics::Statistics;

use crate::allow::AllowList;
use crate::earlier;
use crate::investigate::{Manifest, Summary, conclude};
use crate::mapping::Mapping;
use crate::matching::{Found, Matching};
use crate::parts::tables;
use crate::pipeline::{Matched, Matchers, Plans, matched};
use crate::places::manifest;
use crate::query::Engine;
use crate::reading::reading;
use crate::stored_matches::StoredMatches;
use crate::{CaseError, Rules};

/// Runs `rules` over the stored events of a case. Returns what it now says, and the folder below it in which the
/// answer so far was kept.
///
/// # Errors
/// If the folder is no case, or something cannot be read or written; the answer so far then stays as it was.
pub fn hunt(case: &Path, rules: &Rules) -> Result<(Summary, PathBuf), CaseError> {
    answer_again(case, rules, |matching, mappings| {
        let plans = Plans::new(&rules.set);
        Hunt::over(case, &plans, mappings)?.run(matching)
    })
}

/// Tells the story of a case again from the matches that it has, with the allow-list that it has now.
///
/// # Errors
/// As [`hunt`].
pub fn retell(case: &Path) -> Result<(Summary, PathBuf), CaseError> {
    let rules = Rules::of_case(case)?;
    answer_again(case, &rules, |matching, _| StoredMatches::read(case, &rules, matching))
}

/// As [`hunt`], but into a new case that shares what was read with this one, which stays as it is. The new case is
/// not sealed.
///
/// # Errors
/// As [`hunt`]; also if `out` exists.
pub fn hunt_into(case: &Path, out: &Path, rules: &Rules) -> Result<Summary, CaseError> {
    let manifest = manifest(case)?;
    earlier::branch(case, out)?;
    // The manifest comes last, as when a case is read.
    let (summary, manifest) = answer(case, out, manifest, rules, |matching, mappings| {
        let plans = Plans::new(&rules.set);
        Hunt::over(out, &plans, mappings)?.run(matching)
    })?;
    manifest.write(out)?;
    Ok(summary)
}

fn answer_again(
    case: &Path,
    rules: &Rules,
    find: impl FnOnce(&mut Matching, &Mappings) -> Result<(), CaseError>,
) -> Result<(Summary, PathBuf), CaseError> {
    let manifest = manifest(case)?;
    let partial = earlier::prepare(case)?;
    let (summary, manifest) = answer(case, &partial, manifest, rules, find)?;
    let kept = earlier::replace(case, &partial, &manifest)?;
    Ok((summary, kept))
}

/// Writes a new answer over the events of `case` into `out`.
fn answer(
    case: &Path,
    out: &Path,
    mut manifest: Manifest,
    rules: &Rules,
    find: impl FnOnce(&mut Matching, &Mappings) -> Result<(), CaseError>,
) -> Result<(Summary, Manifest), CaseError> {
    let allow = AllowList::of_case(case)?;
    let mappings = Mapping::of_case(case)?.mappings;
    let mut matching = Matching::new(out, rules, &allow);
    find(&mut matching, &mappings)?;
    let Found { matches, findings, notes } = matching.finish()?;
    let engine = Engine::over_events(case, out)?;
    let mut summary = Summary { matches, findings, notes, ..reading(case, &engine)? };
    conclude(case, out, &engine, rules, &mappings, &allow, &mut summary)?;
    manifest.matches = matches;
    manifest.notes.clone_from(&summary.notes);
    manifest.rules = rules.set.len() as u64;
    manifest.rules_digest = rules.digest();
    Ok((summary, manifest))
}

/// A row group of a table, and the smallest record that it or a later one of its table can hold.
struct Group {
    table: usize,
    part: PathBuf,
    number: usize,
    from: u64,
}

struct Hunt<'a> {
    tables: Vec<String>,
    /// The group with the smallest record comes last.
    groups: Vec<Group>,
    matchers: Matchers<'a>,
    shapes: StoredShapes,
    /// Matches whose turn has not come.
    early: BTreeMap<(u64, RuleId), Matched>,
}

impl<'a> Hunt<'a> {
    fn over(case: &Path, plans: &'a Plans<'a>, mappings: &Mappings) -> Result<Self, CaseError> {
        let (mut names, mut groups) = (Vec::new(), Vec::new());
        for (name, parts) in tables(&case.join("events"))? {
            groups.extend(groups_of(names.len(), &parts)?);
            names.push(name);
        }
        groups
            .sort_by(|a, b| (b.from, b.table, &b.part, b.number).cmp(&(a.from, a.table, &a.part, a.number)));
        Ok(Hunt {
            tables: names,
            groups,
            matchers: Matchers::new(plans),
            shapes: StoredShapes::new(mappings.clone()),
            early: BTreeMap::new(),
        })
    }

    fn run(mut self, matching: &mut Matching) -> Result<(), CaseError> {
        while let Some(group) = self.groups.pop() {
            self.group(&group)?;
            let next = self.groups.last().map_or(u64::MAX, |group| group.from);
            while let Some(first) = self.early.first_entry().filter(|first| first.key().0 < next) {
                let ((record, _), matched) = first.remove_entry();
                matching.push(record, matched)?;
            }
        }
        Ok(())
    }

    fn group(&mut self, group: &Group) -> Result<(), CaseError> {
        let parquet = |source| CaseError::Parquet { path: group.part.clone(), source };
        let reader = ParquetRecordBatchReaderBuilder::try_new(open(&group.part)?)
            .map_err(parquet)?
            .with_row_groups(vec![group.number])
            .build()
            .map_err(parquet)?;
        for batch in reader {
            for part in self.shapes.part(&batch?)? {
                let found = self.matchers.of(&part.shape).match_batch(&part.native);
                for found in found {
                    let (rules, table) = (self.matchers.rules(), &self.tables[group.table]);
                    let matched = matched(rules, &part.shape, table, &part.native, &part.stored, found);
                    self.early.insert((matched.record, matched.rule), matched);
                }
            }
        }
        Ok(())
    }
}

fn open(path: &Path) -> Result<File, CaseError> {
    File::open(path).map_err(|source| CaseError::Io { path: path.to_owned(), source })
}

/// The row groups of a table. Records of one chunk may lie in two groups out of order, so a group's bound is the
/// smallest record of it and of all later ones.
fn groups_of(table: usize, parts: &[PathBuf]) -> Result<Vec<Group>, CaseError> {
    let mut groups = Vec::new();
    for part in parts {
        let parquet = |source| CaseError::Parquet { path: part.clone(), source };
        let metadata = ArrowReaderMetadata::load(&open(part)?, Default::default()).map_err(parquet)?;
        for (number, group) in metadata.metadata().row_groups().iter().enumerate() {
            let column = group.columns().iter().find(|c| c.column_path().string() == "record");
            let from = match column.and_then(|c| c.statistics()) {
                Some(Statistics::Int64(statistics)) => statistics.min_opt().map_or(0, |min| *min as u64),
                // A table without them is read before anything is told.
                _ => 0,
            };
            groups.push(Group { table, part: part.clone(), number, from });
        }
    }
    let mut least = u64::MAX;
    for group in groups.iter_mut().rev() {
        least = least.min(group.from);
        group.from = least;
    }
    Ok(groups)
}
