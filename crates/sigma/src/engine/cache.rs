//! What was found out about values and rows, kept across batches in bounded memory.

use std::hash::BuildHasher;
use std::ops::Range;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

/// An outcome's number; [`NOTHING`] is the outcome of a value of which no atom is true.
pub(crate) type OutcomeId = u32;

/// The outcome without atoms.
pub(crate) const NOTHING: OutcomeId = 0;

/// Longer values are not remembered whole: their lines are (`lines`).
const MAX_CACHED_VALUE: usize = 1 << 10;

/// Outcomes of values by field and text, up to a number of bytes; when full, it begins anew.
#[derive(Debug)]
pub(crate) struct ValueCache {
    hasher: RandomState,
    table: HashTable<Entry>,
    texts: String,
    limit: usize,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    hash: u64,
    start: u32,
    len: u32,
    field: u32,
    outcome: OutcomeId,
}

impl Entry {
    fn text(&self) -> Range<usize> {
        self.start as usize..self.start as usize + self.len as usize
    }
}

impl ValueCache {
    pub(crate) fn new(limit: usize) -> Self {
        let limit = limit.min(u32::MAX as usize / 2);
        Self { hasher: RandomState::default(), table: HashTable::new(), texts: String::new(), limit }
    }

    /// Whether a value is short enough to be remembered.
    pub(crate) fn takes(text: &str) -> bool {
        text.len() <= MAX_CACHED_VALUE
    }

    pub(crate) fn hash(&self, field: u32, text: &str) -> u64 {
        self.hasher.hash_one((field, text))
    }

    pub(crate) fn get(&self, hash: u64, field: u32, text: &str) -> Option<OutcomeId> {
        let same = |e: &Entry| e.hash == hash && e.field == field && &self.texts[e.text()] == text;
        self.table.find(hash, same).map(|entry| entry.outcome)
    }

    pub(crate) fn put(&mut self, hash: u64, field: u32, text: &str, outcome: OutcomeId) {
        let used = self.texts.len() + (self.table.len() + 1) * (size_of::<Entry>() + 1);
        if used + text.len() > self.limit {
            self.clear();
        }
        let entry = Entry { hash, start: self.texts.len() as u32, len: text.len() as u32, field, outcome };
        self.texts.push_str(text);
        self.table.insert_unique(hash, entry, |e| e.hash);
    }

    pub(crate) fn clear(&mut self) {
        self.table.clear();
        self.texts.clear();
    }
}

/// Sets of atoms, interned, with the rules that they wake.
#[derive(Debug)]
pub(crate) struct Outcomes {
    hasher: RandomState,
    table: HashTable<OutcomeId>,
    all: Vec<Outcome>,
    bytes: usize,
}

/// A set of atoms that is true of some value.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Sorted places in the plan's atoms.
    pub(crate) atoms: Box<[u32]>,
    /// The rules that one of the atoms wakes, as places in the plan's rules.
    pub(crate) wakes: Box<[u32]>,
}

impl Outcomes {
    pub(crate) fn new() -> Self {
        Self {
            hasher: RandomState::default(),
            table: HashTable::new(),
            all: vec![Outcome::default()],
            bytes: 0,
        }
    }

    /// The number of a set of atoms; `wakes` tells the rules that an atom wakes.
    pub(crate) fn intern<'a>(&mut self, atoms: &[u32], wakes: impl Fn(u32) -> &'a [u32]) -> OutcomeId {
        if atoms.is_empty() {
            return NOTHING;
        }
        let hash = self.hasher.hash_one(atoms);
        if let Some(id) = self.table.find(hash, |id| *self.all[*id as usize].atoms == *atoms) {
            return *id;
        }
        let mut woken: Vec<u32> = atoms.iter().flat_map(|atom| wakes(*atom)).copied().collect();
        woken.sort_unstable();
        woken.dedup();
        // Cleared long before the numbers run out.
        let id = self.all.len() as OutcomeId;
        self.bytes += (atoms.len() + woken.len()) * 4 + size_of::<Outcome>() + 8;
        self.all.push(Outcome { atoms: atoms.into(), wakes: woken.into() });
        let (hasher, all) = (&self.hasher, &self.all);
        self.table.insert_unique(hash, id, |id| hasher.hash_one(&*all[*id as usize].atoms));
        id
    }

    pub(crate) fn get(&self, id: OutcomeId) -> &Outcome {
        &self.all[id as usize]
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::new();
    }
}
