//! What an analyst decided, in the ids of findings.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Evidence, Intrusion};

/// What an analyst decided, in the ids of findings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decisions {
    /// Findings that belong together, and to nothing else.
    pub apart: Vec<Vec<String>>,
    /// Findings whose intrusions are one.
    pub together: Vec<Vec<String>>,
    /// Findings that are part of no intrusion.
    pub dropped: Vec<String>,
    /// A finding, and a note about its intrusion.
    pub notes: Vec<(String, String)>,
}

impl Decisions {
    /// Whether a finding takes part.
    pub(crate) fn keeps(&self, finding: &Evidence) -> bool {
        !self.dropped.contains(&finding.id)
    }

    /// Pairs that were joined by decision.
    pub(crate) fn joined(&self, used: &[&Evidence]) -> Vec<(usize, usize)> {
        let places: BTreeMap<&str, usize> = used.iter().zip(0..).map(|(f, n)| (f.id.as_str(), n)).collect();
        let of = |ids: &Vec<String>| ids.iter().filter_map(|id| places.get(id.as_str()).copied()).collect();
        let groups = self.apart.iter().chain(&self.together).map(of);
        groups
            .flat_map(|group: Vec<usize>| group.windows(2).map(|w| (w[0], w[1])).collect::<Vec<_>>())
            .collect()
    }

    /// By finding, the last group that it was put apart with; 0 for none.
    pub(crate) fn sides(&self, used: &[&Evidence]) -> Vec<usize> {
        let of = |f: &&Evidence| self.apart.iter().rposition(|ids| ids.contains(&f.id)).map_or(0, |n| n + 1);
        used.iter().map(of).collect()
    }

    /// The notes about an intrusion.
    pub(crate) fn annotate(&self, intrusion: &mut Intrusion) {
        let own: BTreeSet<&String> = intrusion.findings.iter().collect();
        let notes = self.notes.iter().filter(|(id, _)| own.contains(id));
        intrusion.notes = notes.map(|(_, text)| text.clone()).collect();
    }
}
