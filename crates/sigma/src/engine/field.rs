//! All atoms of one field, asked of a value at once.

use std::collections::{BTreeMap, HashMap};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind, packed};

use super::trie::Trie;
use crate::pattern::{Atom, Predicate, Shape, required_literals};

/// Below so many bytes of literals the search automaton is a full table, above it a compact one.
const FULL_TABLE_BYTES: usize = 24_000;

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
    automaton: AhoCorasick,
    /// By literal: atoms that are true when it is found, and atoms that then have to be tested.
    found: Vec<(Vec<u32>, Vec<u32>)>,
}

/// Room for the work on a value, used again for the next one.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    pub(crate) folded: String,
    pub(crate) atoms: Vec<u32>,
    candidates: Vec<u32>,
}

#[derive(Default)]
struct Sorting {
    prefixes: BTreeMap<Vec<u8>, Vec<u32>>,
    suffixes: BTreeMap<Vec<u8>, Vec<u32>>,
    literals: BTreeMap<String, (Vec<u32>, Vec<u32>)>,
}

impl FieldMatcher {
    /// Builds the matcher of the atoms at the given places of `atoms`.
    pub(crate) fn new(atoms: &[Atom], places: &[u32]) -> Self {
        let mut out = Self { empty: places.is_empty(), ..Self::default() };
        let mut sorting = Sorting::default();
        for place in places {
            out.sort_in(*place, &atoms[*place as usize], &mut sorting);
        }
        out.prefixes = Trie::new(&sorting.prefixes);
        out.suffixes = Trie::new(&sorting.suffixes);
        match Search::new(sorting.literals) {
            Ok(search) => out.search = search,
            // Without the automaton every atom that it would have found is tested.
            Err(places) => out.unfiltered.extend(places),
        }
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

    /// The atoms true of a field that is absent.
    pub(crate) fn of_absence(&self) -> &[u32] {
        &self.absent
    }

    /// Writes the atoms true of a value into `scratch.atoms`, sorted, each once.
    pub(crate) fn of_value(&self, atoms: &[Atom], text: &str, scratch: &mut Scratch) {
        let Scratch { folded, atoms: out, candidates } = scratch;
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
            for hit in search.automaton.find_overlapping_iter(folded.as_str()) {
                let (certain, possible) = &search.found[hit.pattern().as_usize()];
                out.extend(certain);
                candidates.extend(possible);
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
    /// The automaton for literals; on failure, which only its size limits can cause, the atoms it was for.
    fn new(literals: BTreeMap<String, (Vec<u32>, Vec<u32>)>) -> Result<Option<Self>, Vec<u32>> {
        if literals.is_empty() {
            return Ok(None);
        }
        let bytes: usize = literals.keys().map(String::len).sum();
        let kind =
            if bytes < FULL_TABLE_BYTES { AhoCorasickKind::DFA } else { AhoCorasickKind::ContiguousNFA };
        let built =
            AhoCorasick::builder().match_kind(MatchKind::Standard).kind(Some(kind)).build(literals.keys());
        match built {
            Ok(automaton) => {
                let any = packed::Searcher::new(literals.keys());
                Ok(Some(Self { any, automaton, found: literals.into_values().collect() }))
            }
            Err(_) => Err(literals.into_values().flat_map(|(a, b)| a.into_iter().chain(b)).collect()),
        }
    }
}
