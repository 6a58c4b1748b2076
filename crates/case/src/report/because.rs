//! Why a rule matched: beside each finding the values that made it, beside each claim the patterns and values of
//! its records.

use std::collections::{BTreeMap, BTreeSet};

use onus_claim::Kind;

use super::html::Html;
use crate::query::{Engine, text_at};
use crate::stored_matches::reasons;
use crate::{CaseError, Claim, Finding};

/// Values shown beside a finding.
const VALUES: usize = 3;
/// Bytes shown of a value.
const LENGTH: usize = 120;

/// By rule and record, the column `why` of the match.
pub(super) type Why = BTreeMap<(String, u64), String>;

/// The commonest values of each field that made a finding, and how usual they are in the case.
pub(super) fn values(html: &mut Html, finding: &Finding) {
    if finding.values.is_empty() {
        return;
    }
    html.raw("<details><summary class=soft>because</summary>");
    for values in &finding.values {
        html.raw("<p class=soft>").text(&values.field).raw(": ");
        let more = if values.more { "or more " } else { "" };
        html.text(&format!("{} {more}distinct", values.distinct)).raw("<br>");
        for seen in values.top.iter().take(VALUES) {
            html.element("code", &short(&seen.value)).text(&format!(" {} times", seen.matches));
            if let Some(rarity) = &seen.rarity {
                html.text(&format!("; in the case on {} hosts, {} events", rarity.hosts, rarity.events));
                if let (Some(first), Some(last)) = (&rarity.first_seen, &rarity.last_seen) {
                    html.text(&format!(", {first:.19} to {last:.19}"));
                }
            }
            html.raw("<br>");
        }
        html.raw("</p>");
    }
    html.raw("</details>");
}

fn short(value: &str) -> String {
    if value.len() <= LENGTH {
        return value.to_owned();
    }
    format!("{}…", &value[..value.floor_char_boundary(LENGTH)])
}

/// What made the matches that claims of rules cite.
pub(super) fn of_claims(engine: &Engine, claims: &[Claim], most: usize) -> Result<Why, CaseError> {
    let wanted: BTreeSet<(&str, u64)> = claims
        .iter()
        .take(most)
        .filter_map(|claim| Some((rule_of(claim)?, claim)))
        .flat_map(|(rule, claim)| claim.cites.iter().map(move |record| (rule, *record)))
        .collect();
    let records: Vec<String> =
        wanted.iter().map(|(_, record)| record.to_string()).collect::<BTreeSet<_>>().into_iter().collect();
    let mut why = Why::new();
    for some in records.chunks(500) {
        let list = some.join(",");
        let question = format!("select rule_id, record, why from raw_matches where record in ({list})");
        for batch in engine.query(&question)?.1 {
            for row in 0..batch.num_rows() {
                let (rule, record) = (text_at(&batch, 0, row), text_at(&batch, 1, row));
                let Ok(record) = record.parse() else { continue };
                if wanted.contains(&(rule.as_str(), record)) {
                    why.insert((rule, record), text_at(&batch, 2, row));
                }
            }
        }
    }
    Ok(why)
}

fn rule_of(claim: &Claim) -> Option<&str> {
    match &claim.kind {
        Kind::RuleMatch(rule) => Some(&rule.rule_id),
        _ => None,
    }
}

/// The patterns that a cited record fits.
pub(super) fn of_record(html: &mut Html, claim: &Claim, record: u64, why: &Why) {
    let found = rule_of(claim).and_then(|rule| why.get(&(rule.to_owned(), record)));
    let Some(found) = found else { return };
    for reason in reasons(found) {
        html.raw("<br><span class=soft>because ").text(&reason.selection).raw(":</span> ");
        html.text(&reason.field).raw(" <code>").text(&short(&reason.value)).raw("</code> fits <code>");
        html.text(&short(&reason.pattern)).raw("</code>");
    }
}
