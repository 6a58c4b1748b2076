//! All atoms of one field, asked of a value at once.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use aho_corasick::packed;

use super::lines::Lines;
use super::literals::{Literals, Seen};
use super::trie::Trie;
use crate::pattern::{Atom, Predicate, Shape, required_literals};

/// The atoms of a field (or those of keywords), sorted by how they are found.
#[derive(Debug, Default)]
pub(crate) struct FieldMatcher {
    empty: bool,
    /// Numbers of the atoms true of absence, sorted.
    absent: Vec<u32>,
    /// True of every value.
    present: Vec<u32>,
    exact: HashMap<Box<str>, Vec<u32>, foldhash::fast::RandomState>,
    prefixes: Trie,
    suffixes: Trie,
    search: Option<Search>,
    /// Tested on every value, for want of something to find them by.
    unfiltered: Vec<u32>,
}

/// The multi-pattern search for literals in folded values.
#[derive(Debug)]
struct Search {
    /// Where there are few literals: tells at several bytes a cycle whether there is one at all.
    any: Option<packed::Searcher>,
    literals: Literals,
    /// Whether none of them reaches over the end of a line.
    within_lines: bool,
    /// By literal: atoms that are true when it is found, and atoms that then have to be tested.
    found: Vec<(Vec<u32>, Vec<u32>)>,
}

/// Room for the work on a value, used again for the next one.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    pub(crate) folded: String,
    /// What is folded many values at a time.
    lower: Vec<u8>,
    pub(crate) atoms: Vec<u32>,
    candidates: Vec<u32>,
    seen: Seen,
    lines: Lines,
}

impl Scratch {
    /// Room for a matcher that remembers so many bytes of lines.
    pub(crate) fn new(bytes_of_lines: usize) -> Self {
        Self { lines: Lines::new(bytes_of_lines), ..Self::default() }
    }
}

#[derive(Default)]
struct Sorting {
    prefixes: BTreeMap<Vec<u8>, Vec<u32>>,
    suffixes: BTreeMap<Vec<u8>, Vec<u32>>,
    literals: BTreeMap<String, (Vec<u32>, Vec<u32>)>,
}

impl FieldMatcher {
    /// Builds the matcher of the atoms at the given places of `atoms`.
    pub(crate) fn new(atoms: &[Arc<Atom>], places: &[u32]) -> Self {
        let mut out = Self { empty: places.is_empty(), ..Self::default() };
        let mut sorting = Sorting::default();
        for place in places {
            out.sort_in(*place, &atoms[*place as usize], &mut sorting);
        }
        out.prefixes = Trie::new(&sorting.prefixes);
        out.suffixes = Trie::new(&sorting.suffixes);
        out.search = (!sorting.literals.is_empty()).then(|| Search::new(sorting.literals));
        out
    }

    fn sort_in(&mut self, place: u32, atom: &Atom, sorting: &mut Sorting) {
        match &atom.predicate {
            Predicate::Absent => self.absent.push(place),
            Predicate::Present => self.present.push(place),
            Predicate::Text { glob, cased: false } => match glob.shape() {
                Shape::Exact(text) => self.exact.entry(text.into()).or_default().push(place),
                Shape::Prefix(text) => sorting.prefixes.entry(text.into()).or_default().push(place),
                Shape::Suffix(text) => {
                    sorting.suffixes.entry(text.bytes().rev().collect()).or_default().push(place);
                }
                Shape::Contains(text) => sorting.literals.entry(text.to_owned()).or_default().0.push(place),
                Shape::Any => self.present.push(place),
                Shape::General => self.filter_by(glob.longest_literal().map(str::to_owned), place, sorting),
            },
            Predicate::Text { glob, cased: true } => {
                self.filter_by(glob.longest_literal().map(crate::pattern::fold), place, sorting);
            }
            Predicate::Regex(pattern) => match required_literals(pattern) {
                Some(literals) => {
                    literals.into_iter().for_each(|l| sorting.literals.entry(l).or_default().1.push(place));
                }
                None => self.unfiltered.push(place),
            },
            Predicate::Cidr(_) | Predicate::Number(_) | Predicate::Time(..) => self.unfiltered.push(place),
            Predicate::FieldRef(_) => {}
        }
    }

    fn filter_by(&mut self, literal: Option<String>, place: u32, sorting: &mut Sorting) {
        match literal {
            Some(literal) => sorting.literals.entry(literal).or_default().1.push(place),
            None => self.unfiltered.push(place),
        }
    }

    /// Whether nothing is asked of the field.
    pub(crate) fn is_empty(&self) -> bool {
        self.empty
    }

    /// Whether a value is looked at sooner than what was found out about it is looked up: no more is asked than whether
    /// one of few literals stands in it.
    pub(crate) fn is_light(&self) -> bool {
        let asked = [&self.present, &self.unfiltered];
        let few = self.search.as_ref().is_some_and(|search| search.any.is_some());
        few && self.exact.is_empty()
            && self.prefixes.is_empty()
            && self.suffixes.is_empty()
            && asked.iter().all(|atoms| atoms.is_empty())
    }

    /// Whether none of a light matcher's literals stands in a text.
    pub(crate) fn rules_out(&self, text: &[u8], scratch: &mut Scratch) -> bool {
        let Some(any) = self.search.as_ref().and_then(|search| search.any.as_ref()) else { return false };
        if text.is_ascii() {
            scratch.lower.clear();
            scratch.lower.extend_from_slice(text);
            scratch.lower.make_ascii_lowercase();
            return any.find(&scratch.lower).is_none();
        }
        let Ok(text) = std::str::from_utf8(text) else { return false };
        crate::pattern::fold_into(text, &mut scratch.folded);
        any.find(&scratch.folded).is_none()
    }

    /// The atoms true of a field that is absent.
    pub(crate) fn of_absence(&self) -> &[u32] {
        &self.absent
    }

    /// Writes the atoms true of a value into `scratch.atoms`, sorted, each once. `field` numbers this matcher among those that
    /// use the same scratch.
    pub(crate) fn of_value(&self, field: u32, atoms: &[Arc<Atom>], text: &str, scratch: &mut Scratch) {
        let Scratch { folded, atoms: out, candidates, seen, lines, .. } = scratch;
        crate::pattern::fold_into(text, folded);
        out.clear();
        candidates.clear();
        out.extend(&self.present);
        if let Some(found) = self.exact.get(folded.as_str()) {
            out.extend(found);
        }
        self.prefixes.walk(folded.bytes(), |found| out.extend(found));
        self.suffixes.walk(folded.bytes().rev(), |found| out.extend(found));
        if let Some(search) = &self.search
            && search.any.as_ref().is_none_or(|any| any.find(&folded).is_some())
        {
            let mut found = |literal: usize| {
                let (certain, possible) = &search.found[literal];
                out.extend(certain);
                candidates.extend(possible);
            };
            match search.within_lines && Lines::takes(folded) {
                true => lines.each(field, &search.literals, folded, seen, &mut found),
                false => search.literals.each(folded, seen, found),
            }
        }
        candidates.sort_unstable();
        candidates.dedup();
        let tested = candidates.iter().chain(&self.unfiltered);
        out.extend(tested.filter(|place| atoms[**place as usize].test_text(text, folded)));
        out.sort_unstable();
        out.dedup();
    }
}

impl Search {
    fn new(literals: BTreeMap<String, (Vec<u32>, Vec<u32>)>) -> Self {
        let any = packed::Searcher::new(literals.keys());
        let all = Literals::new(literals.keys().map(String::as_str));
        let within_lines = literals.keys().all(|literal| !literal.contains('\n'));
        Self { any, literals: all, within_lines, found: literals.into_values().collect() }
    }
}
