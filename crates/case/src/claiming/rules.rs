//! A finding of a rule or a correlation as a claim, with the texts that it rests on.

use std::collections::BTreeMap;

use onus_claim::{Correlation, Kind, RuleMatch, placeholders_text};
use onus_proof::Digest;
use onus_sigma::{RuleId, RuleMeta, RuleSet};

use super::Made;
use crate::Finding;

/// Records that a claim of a rule cites: as few as show it, and some more so that one doubted record is no loss.
const CITED: usize = 3;

/// Rules by their ids.
pub(super) type ById<'a> = BTreeMap<&'a str, RuleId>;

pub(super) fn by_id(rules: &RuleSet) -> ById<'_> {
    let mut all = ById::new();
    for (id, meta) in rules.iter() {
        all.entry(&*meta.id).or_insert(id);
    }
    all
}

pub(super) fn tell(made: &mut Made<'_>, finding: &Finding, rules: &RuleSet, by_id: &ById<'_>) {
    let Some(id) = by_id.get(&*finding.rule_id).copied() else { return };
    let meta = rules.meta(id);
    let findings = [finding.id.clone()];
    if finding.kind == "rule" {
        let placeholders = rest_on(made, &[meta], rules);
        let kind = Kind::RuleMatch(RuleMatch {
            rule_id: finding.rule_id.to_string(),
            rule_title: finding.title.to_string(),
            rule_digest: meta.digest.clone(),
            placeholders,
        });
        made.tell((kind, cited(finding)), &findings);
    } else if let Some(correlation) = rules.correlation(id) {
        let bases: Vec<&RuleMeta> = correlation.rules.iter().map(|base| rules.meta(*base)).collect();
        let all: Vec<&RuleMeta> = std::iter::once(meta).chain(bases.iter().copied()).collect();
        let placeholders = rest_on(made, &all, rules);
        let mut base_digests: Vec<String> = bases.iter().map(|base| base.digest.clone()).collect();
        base_digests.dedup();
        let kind = Kind::Correlation(Correlation {
            rule_id: finding.rule_id.to_string(),
            rule_title: finding.title.to_string(),
            rule_digest: meta.digest.clone(),
            base_digests,
            placeholders,
        });
        // As few records as it fires over, the first ones. A correlation whose condition more records could undo
        // fires over none, and carries no claim.
        for enough in 1..=finding.records.len() {
            if made.prove((kind.clone(), finding.records[..enough].to_vec()), &findings) {
                break;
            }
        }
    }
}

/// Keeps the rules' texts and the values of the placeholders that they name; gives the digest of the latter.
fn rest_on(made: &mut Made<'_>, metas: &[&RuleMeta], rules: &RuleSet) -> Option<String> {
    for meta in metas {
        made.texts.insert(meta.digest.clone(), meta.text.to_string());
    }
    let texts: Vec<&str> = metas.iter().map(|meta| &*meta.text).collect();
    let values = placeholders_text(rules.placeholders(), &texts)?;
    let digest = Digest::of(values.as_bytes()).to_hex();
    made.texts.insert(digest.clone(), values);
    Some(digest)
}

fn cited(finding: &Finding) -> Vec<u64> {
    let mut cites: Vec<u64> = finding.records.iter().copied().take(CITED).collect();
    if let Some(first) = finding.first_record
        && !cites.contains(&first)
    {
        cites.push(first);
    }
    cites.sort_unstable();
    cites
}
