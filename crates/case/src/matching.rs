//! Matches in the order of the records ─► table `matches`, and findings. The allow-list says which entry covers a
//! match; the match stays where it is.

use std::path::Path;

use crate::allow::{AllowList, Seen, today};
use crate::claiming::LOOKED_AT;
use crate::correlate::Correlations;
use crate::findings::{Allowed, Findings, is_weighty};
use crate::pipeline::Matched;
use crate::tables::Matches;
use crate::{CaseError, Finding, Rules};

/// Writes matches, and gathers findings from them.
pub(crate) struct Matching {
    matches: Matches,
    findings: Findings,
    rules: Rules,
    /// The entries that apply today.
    allow: AllowList,
    correlations: Correlations,
}

/// What came of all matches.
pub(crate) struct Found {
    /// How many there are.
    pub(crate) matches: u64,
    pub(crate) findings: Vec<Finding>,
    /// What was left out of correlations, in words.
    pub(crate) notes: Vec<String>,
}

impl Matching {
    pub(crate) fn new(out: &Path, rules: &Rules, allow: &AllowList) -> Self {
        Matching {
            matches: Matches::new(out, rules.set.clone()),
            findings: Findings::new(rules.set.clone()),
            rules: rules.clone(),
            allow: allow.active(&today()),
            correlations: Correlations::new(out, rules.set.clone()),
        }
    }

    /// Takes the next match; tells whether claims will most likely cite its record. One that serves correlations alone goes no
    /// further than to them.
    pub(crate) fn push(&mut self, record: u64, mut matched: Matched) -> Result<bool, CaseError> {
        match self.correlations.take(record, &mut matched)? {
            true => self.tell(record, matched),
            false => Ok(false),
        }
    }

    fn tell(&mut self, record: u64, matched: Matched) -> Result<bool, CaseError> {
        let allowed = if self.allow.entries.is_empty() { None } else { self.covering(&matched) };
        let before = self.findings.add(record, &matched, allowed.clone());
        let level = self.rules.set.meta(matched.rule).level.as_str();
        let is_cited = before < LOOKED_AT && is_weighty(level) && allowed.is_none();
        self.matches.push(record, matched, allowed.map(|a| a.key))?;
        Ok(is_cited)
    }

    fn covering(&self, matched: &Matched) -> Option<Allowed> {
        let meta = self.rules.set.meta(matched.rule);
        let seen = Seen {
            rule_id: &meta.id,
            title: &meta.title,
            host: matched.host.as_deref(),
            account: matched.user.as_deref(),
            values: matched.reasons.iter().map(|r| (&*r.field, r.value.as_str())).collect(),
        };
        self.allow.covering(&seen).map(Allowed::of)
    }

    /// Evaluates the correlations; then all matches are told.
    pub(crate) fn finish(mut self) -> Result<Found, CaseError> {
        let correlations = self.correlations.taken();
        let notes = correlations.finish(&mut |matched| self.tell(matched.record, matched).map(drop))?;
        Ok(Found { matches: self.matches.finish()?, findings: self.findings.finish(), notes })
    }
}
