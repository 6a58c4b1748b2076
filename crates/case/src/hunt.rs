//! Looks again: rules over the events that a case holds, without the logs that they came from; or the matches that
//! it holds with another allow-list. The new answer takes the place of the old one, which is kept in `earlier/`.
//!
//! events/*.parquet ─► row groups, in the order of their records ─► matches ─► in the order of all records again.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use onus_event::{Mappings, StoredShapes};
use onus_sigma::RuleId;

use crate::allow::AllowList;
use crate::earlier;
use crate::investigate::{Manifest, Summary, conclude};
use crate::limits::limits;
use crate::mapping::Mapping;
use crate::matching::{Found, Matching};
use crate::memory;
use crate::parts::{Part, Parts};
use crate::pipeline::{Matched, Matchers, Plans, matched};
use crate::places::manifest;
use crate::query::Engine;
use crate::reading::reading;
use crate::stored_matches::StoredMatches;
use crate::{CaseError, Rules};

/// Rows matched at a time.
const BATCH_ROWS: usize = 1_024;

/// Runs `rules` over the stored events of a case. Returns what it now says, and the folder below it in which the
/// answer so far was kept.
///
/// # Errors
/// If the folder is no case, or something cannot be read or written; the answer so far then stays as it was.
pub fn hunt(case: &Path, rules: &Rules) -> Result<(Summary, PathBuf), CaseError> {
    answer_again(case, rules, |matching, mappings| {
        let plans = Plans::new(&rules.set);
        Hunt::over(&Parts::of(&case.join("events"))?, &plans, mappings).run(matching)
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
        Hunt::over(&Parts::of(&out.join("events"))?, &plans, mappings).run(matching)
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
    // What comes next asks for memory of other sizes.
    memory::give_back();
    let Found { matches, findings, notes } = matching.finish()?;
    let engine = Engine::over_events(case, out)?;
    let mut summary = Summary { matches, findings, notes, ..reading(case, &engine)? };
    summary.notes.extend(limits(&engine.parts, &summary.tables, rules, &mappings, manifest.day().is_some()));
    conclude(case, out, &engine, rules, &mappings, &allow, &mut summary)?;
    manifest.matches = matches;
    manifest.notes.clone_from(&summary.notes);
    manifest.rules = rules.set.len() as u64;
    manifest.rules_digest = rules.digest();
    Ok((summary, manifest))
}

/// A row group of a table, and the smallest record that it or a later one of its table can hold.
struct Group<'a> {
    part: &'a Part,
    number: usize,
    from: u64,
}

struct Hunt<'a> {
    /// The group with the smallest record comes last.
    groups: Vec<Group<'a>>,
    matchers: Matchers<'a>,
    shapes: StoredShapes,
    /// Matches whose turn has not come.
    early: BTreeMap<(u64, RuleId), Matched>,
}

impl<'a> Hunt<'a> {
    fn over(parts: &'a Parts, plans: &'a Plans<'a>, mappings: &Mappings) -> Self {
        // Groups come by table, part and number, and of one record the first of them is looked at first.
        let mut groups: Vec<Group<'a>> = parts.by_table().flat_map(groups_of).collect();
        groups.reverse();
        groups.sort_by_key(|group| Reverse(group.from));
        Hunt {
            groups,
            matchers: Matchers::new(plans),
            shapes: StoredShapes::new(mappings.clone()),
            early: BTreeMap::new(),
        }
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

    fn group(&mut self, group: &Group<'_>) -> Result<(), CaseError> {
        for batch in group.part.read(group.number, None, BATCH_ROWS, None)? {
            for part in self.shapes.part(&batch?)? {
                let found = self.matchers.of(&part.shape).match_batch(&part.native);
                for found in found {
                    let (rules, table) = (self.matchers.rules(), &group.part.table);
                    let matched =
                        matched(rules, part.shape.aliases, table, &part.native, &part.stored, found);
                    self.early.insert((matched.record, matched.rule), matched);
                }
            }
        }
        Ok(())
    }
}

/// The row groups of a table. Records of one chunk may lie in two groups out of order, so a group's bound is the
/// smallest record of it and of all later ones.
fn groups_of(parts: &[Part]) -> Vec<Group<'_>> {
    // A group without a bound is read before anything is told.
    let of = |part| {
        let from = move |number| Part::bounds(part, number).map_or(0, |(least, _)| least);
        part.groups().enumerate().map(move |(number, _)| Group { part, number, from: from(number) })
    };
    let mut groups: Vec<Group<'_>> = parts.iter().flat_map(of).collect();
    let mut least = u64::MAX;
    for group in groups.iter_mut().rev() {
        least = least.min(group.from);
        group.from = least;
    }
    groups
}
