//! The atoms of all rules, each once.

use std::collections::HashMap;
use std::sync::Arc;

use crate::pattern::{Atom, Predicate, compile_regex};

/// The place of an atom in its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct AtomId(pub(crate) u32);

/// Atoms, interned: a question that a hundred rules ask is asked once.
#[derive(Debug, Default)]
pub(crate) struct AtomTable {
    atoms: Vec<Arc<Atom>>,
    known: HashMap<(Option<Arc<str>>, Predicate), AtomId>,
}

impl AtomTable {
    /// The atom for a question, new or known.
    ///
    /// # Errors
    /// A regular expression that cannot be compiled within bounds, with the reason.
    pub(crate) fn intern(&mut self, field: Option<Arc<str>>, predicate: Predicate) -> Result<AtomId, String> {
        let key = (field, predicate);
        if let Some(id) = self.known.get(&key) {
            return Ok(*id);
        }
        let regex = match &key.1 {
            Predicate::Regex(pattern) => Some(compile_regex(pattern)?),
            _ => None,
        };
        let id = AtomId(u32::try_from(self.atoms.len()).map_err(|_| "too many patterns".to_owned())?);
        self.atoms.push(Arc::new(Atom { field: key.0.clone(), predicate: key.1.clone(), regex }));
        self.known.insert(key, id);
        Ok(id)
    }

    /// An atom is shared, not copied: a copy of a regular expression has a memory of its own, which grows with what it is
    /// asked.
    pub(crate) fn get(&self, id: AtomId) -> &Arc<Atom> {
        &self.atoms[id.0 as usize]
    }
}
