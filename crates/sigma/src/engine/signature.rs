//! Signatures: the sets of outcomes that rows have, interned step by step, so that rows alike are known alike.

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::cache::{NOTHING, OutcomeId};

/// A signature's number; [`EMPTY`] is that of a row of which no atom is true.
pub(crate) type SignatureId = u32;

/// The signature without outcomes.
pub(crate) const EMPTY: SignatureId = 0;

/// A rule that is true of a row, and its items that count for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hit {
    /// The place in the plan's rules.
    pub(crate) rule: u32,
    pub(crate) items: Box<[u32]>,
}

/// A tree of outcomes: a signature is the path to it.
#[derive(Debug)]
pub(crate) struct Signatures {
    steps: HashMap<(SignatureId, OutcomeId), SignatureId, RandomState>,
    nodes: Vec<Node>,
    bytes: usize,
}

#[derive(Debug, Clone)]
struct Node {
    parent: SignatureId,
    outcome: OutcomeId,
    /// Whether an outcome on the path wakes a rule.
    woken: bool,
    hits: Option<Box<[Hit]>>,
}

impl Signatures {
    pub(crate) fn new() -> Self {
        let root = Node { parent: EMPTY, outcome: NOTHING, woken: false, hits: None };
        Self { steps: HashMap::with_hasher(RandomState::default()), nodes: vec![root], bytes: 0 }
    }

    /// The signature with one outcome more. Outcomes must be added in the same order for every row.
    pub(crate) fn step(&mut self, from: SignatureId, outcome: OutcomeId, wakes: bool) -> SignatureId {
        if outcome == NOTHING {
            return from;
        }
        if let Some(to) = self.steps.get(&(from, outcome)) {
            return *to;
        }
        // Cleared long before the numbers run out.
        let to = self.nodes.len() as SignatureId;
        let woken = wakes || self.nodes[from as usize].woken;
        self.nodes.push(Node { parent: from, outcome, woken, hits: None });
        self.steps.insert((from, outcome), to);
        self.bytes += size_of::<Node>() + 16;
        to
    }

    pub(crate) fn woken(&self, id: SignatureId) -> bool {
        self.nodes[id as usize].woken
    }

    /// The outcomes of a signature, the last one first.
    pub(crate) fn outcomes(&self, id: SignatureId) -> impl Iterator<Item = OutcomeId> {
        let step = |at: &SignatureId| {
            let parent = self.nodes[*at as usize].parent;
            (parent != EMPTY).then_some(parent)
        };
        let first = (id != EMPTY).then_some(id);
        std::iter::successors(first, step).map(|at| self.nodes[at as usize].outcome)
    }

    /// The hits of a signature, where they are known.
    pub(crate) fn hits(&self, id: SignatureId) -> Option<&[Hit]> {
        self.nodes[id as usize].hits.as_deref()
    }

    pub(crate) fn set_hits(&mut self, id: SignatureId, hits: Vec<Hit>) {
        self.bytes += hits.iter().map(|hit| size_of::<Hit>() + hit.items.len() * 4).sum::<usize>();
        self.nodes[id as usize].hits = Some(hits.into());
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::new();
    }
}
