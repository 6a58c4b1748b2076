//! The plan for one log source: its rules, their atoms by field, and which atom wakes which rule.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::field::FieldMatcher;
use crate::detect::{AtomId, wake_set};
use crate::pattern::{Atom, FieldRef, Predicate};
use crate::rule::{EventSource, RuleId};
use crate::set::RuleSet;

/// Immutable, shared by the matchers of all threads. Atoms, rules and fields are numbered from 0 within it.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) set: RuleSet,
    pub(crate) rules: Vec<RuleId>,
    /// Rules that nothing wakes: they are evaluated on every signature.
    pub(crate) always: Vec<u32>,
    pub(crate) atoms: Vec<Arc<Atom>>,
    /// By rule: the number here of each item's atom.
    pub(crate) items: Vec<Box<[u32]>>,
    /// By atom: the rules that it wakes.
    wakes: Vec<Vec<u32>>,
    pub(crate) fields: Vec<Field>,
    pub(crate) keywords: Option<FieldMatcher>,
    pub(crate) references: Vec<Reference>,
}

/// A field that rules name.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: Arc<str>,
    /// Columns to read where none has the field's name, the preferred one first.
    pub(crate) aliases: Vec<String>,
    pub(crate) matcher: FieldMatcher,
}

/// An atom that compares two fields of a row.
#[derive(Debug)]
pub(crate) struct Reference {
    pub(crate) atom: u32,
    pub(crate) field: Arc<str>,
    pub(crate) to: FieldRef,
}

impl Plan {
    pub(crate) fn new(set: RuleSet, source: &EventSource, aliases: &[(&str, &str)]) -> Self {
        let rules: Vec<RuleId> = set.rules_for(source).map(|(id, _)| id).collect();
        let mut plan = Self {
            set: set.clone(),
            rules,
            always: Vec::new(),
            atoms: Vec::new(),
            items: Vec::new(),
            wakes: Vec::new(),
            fields: Vec::new(),
            keywords: None,
            references: Vec::new(),
        };
        plan.number_atoms();
        plan.sort_atoms(aliases);
        plan.find_wakers();
        plan
    }

    fn number_atoms(&mut self) {
        let mut known: HashMap<AtomId, u32> = HashMap::new();
        for rule in &self.rules {
            let items = &self.set.compiled(*rule).items;
            let numbers = items.iter().map(|item| {
                *known.entry(item.atom).or_insert_with(|| {
                    self.atoms.push(Arc::clone(self.set.atoms().get(item.atom)));
                    (self.atoms.len() - 1) as u32
                })
            });
            self.items.push(numbers.collect());
        }
    }

    fn sort_atoms(&mut self, aliases: &[(&str, &str)]) {
        let mut by_field: BTreeMap<Option<Arc<str>>, Vec<u32>> = BTreeMap::new();
        for (number, atom) in (0..).zip(&self.atoms) {
            match (&atom.predicate, &atom.field) {
                (Predicate::FieldRef(to), Some(field)) => {
                    by_field.entry(Some(Arc::clone(field))).or_default();
                    by_field.entry(Some(Arc::clone(&to.other))).or_default();
                    self.references.push(Reference {
                        atom: number,
                        field: Arc::clone(field),
                        to: to.clone(),
                    });
                }
                _ => by_field.entry(atom.field.clone()).or_default().push(number),
            }
        }
        for (name, places) in by_field {
            let matcher = FieldMatcher::new(&self.atoms, &places);
            match name {
                Some(name) => self.fields.push(Field { aliases: aliases_of(&name, aliases), name, matcher }),
                None => self.keywords = Some(matcher),
            }
        }
    }

    fn find_wakers(&mut self) {
        self.wakes = vec![Vec::new(); self.atoms.len()];
        for (place, rule) in (0..).zip(&self.rules) {
            let compiled = self.set.compiled(*rule);
            let frequency = |atom: AtomId| match &self.set.atoms().get(atom).predicate {
                // Two fields are compared on woken rows only, so the comparison cannot wake.
                Predicate::FieldRef(_) => None,
                predicate => Some(predicate.frequency()),
            };
            match wake_set(&compiled.expr, &compiled.items, &frequency) {
                None => self.always.push(place),
                Some(atoms) => {
                    for (item, number) in compiled.items.iter().zip(&self.items[place as usize]) {
                        let waking = &mut self.wakes[*number as usize];
                        if atoms.binary_search(&item.atom).is_ok() && waking.last() != Some(&place) {
                            waking.push(place);
                        }
                    }
                }
            }
        }
    }

    /// The rules that an atom wakes.
    pub(crate) fn woken_by(&self, atom: u32) -> &[u32] {
        &self.wakes[atom as usize]
    }

    /// The place of a field that one of the rules reads.
    pub(crate) fn field(&self, name: &str) -> Option<usize> {
        self.fields.binary_search_by(|field| (*field.name).cmp(name)).ok()
    }
}

fn aliases_of(field: &str, aliases: &[(&str, &str)]) -> Vec<String> {
    let of_field = aliases.iter().filter(|(from, _)| from.eq_ignore_ascii_case(field));
    of_field.map(|(_, column)| (*column).to_owned()).collect()
}
