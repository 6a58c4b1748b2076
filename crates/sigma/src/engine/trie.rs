//! Prefixes in a tree of bytes: all that a text begins with are found in one walk.

use std::collections::BTreeMap;

/// A byte tree; each word carries the numbers of the atoms that it makes true.
#[derive(Debug, Default)]
pub(crate) struct Trie {
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    /// Sorted by byte.
    edges: Vec<(u8, u32)>,
    atoms: Vec<u32>,
}

impl Trie {
    /// A tree of words; give reversed words to look for suffixes.
    pub(crate) fn new(words: &BTreeMap<Vec<u8>, Vec<u32>>) -> Self {
        let mut trie = Self { nodes: vec![Node::default()] };
        for (word, atoms) in words {
            let mut at = 0;
            for byte in word {
                at = trie.step_or_grow(at, *byte);
            }
            trie.nodes[at].atoms.extend(atoms);
        }
        trie
    }

    /// Whether there is no word.
    pub(crate) fn is_empty(&self) -> bool {
        self.nodes.len() < 2
    }

    fn step_or_grow(&mut self, at: usize, byte: u8) -> usize {
        let next = self.nodes.len();
        match self.nodes[at].edges.binary_search_by_key(&byte, |edge| edge.0) {
            Ok(place) => self.nodes[at].edges[place].1 as usize,
            Err(place) => {
                self.nodes[at].edges.insert(place, (byte, next as u32));
                self.nodes.push(Node::default());
                next
            }
        }
    }

    /// Calls `see` with the atoms of every word that the bytes begin with.
    pub(crate) fn walk(&self, bytes: impl Iterator<Item = u8>, mut see: impl FnMut(&[u32])) {
        let Some(mut node) = self.nodes.first() else { return };
        for byte in bytes {
            let Ok(place) = node.edges.binary_search_by_key(&byte, |edge| edge.0) else { return };
            node = &self.nodes[node.edges[place].1 as usize];
            if !node.atoms.is_empty() {
                see(&node.atoms);
            }
        }
    }
}
