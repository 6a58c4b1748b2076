//! Disjoint sets of findings.

use std::collections::BTreeMap;

/// Disjoint sets of numbers from 0.
pub(crate) struct Groups {
    parent: Vec<usize>,
}

impl Groups {
    pub(crate) fn new(size: usize) -> Self {
        Groups { parent: (0..size).collect() }
    }

    pub(crate) fn root(&self, mut member: usize) -> usize {
        while self.parent[member] != member {
            member = self.parent[member];
        }
        member
    }

    /// Joins two sets under the smaller root; false if they were one already.
    pub(crate) fn join(&mut self, a: usize, b: usize) -> bool {
        let (from, to) = (self.root(a), self.root(b));
        let (small, large) = (from.min(to), from.max(to));
        self.parent[large] = small;
        // Shorter ways for the next time.
        self.parent[a] = small;
        self.parent[b] = small;
        from != to
    }

    /// The sets by root, each in ascending order.
    pub(crate) fn members(&self) -> BTreeMap<usize, Vec<usize>> {
        let mut all: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for member in 0..self.parent.len() {
            all.entry(self.root(member)).or_default().push(member);
        }
        all
    }
}
