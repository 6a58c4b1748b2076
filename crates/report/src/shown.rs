//! What stands on the page: its size is bounded, and no link goes to what is not there.

use std::collections::{BTreeMap, BTreeSet};

use onus_claim::Claim;
use onus_intrusion::Intrusion;

use crate::html::Html;
use crate::model::{Finding, Report};

/// Intrusions told in full; of more, one line each.
pub(crate) const INTRUSIONS: usize = 20;
/// Rows of a table of findings.
pub(crate) const FINDINGS: usize = 300;
/// Rows of any other table.
pub(crate) const ROWS: usize = 1_000;
/// Claims on the page.
const CLAIMS: usize = 1_000;
/// Records named of one claim.
pub(crate) const CITED: usize = 20;
/// Records on the page.
const RECORDS: usize = 1_500;
/// Links behind one sentence.
const LINKS: usize = 3;

/// The records that the page shows, those of the first claims first.
#[must_use]
pub fn wanted_records(claims: &[Claim]) -> BTreeSet<u64> {
    let mut wanted = BTreeSet::new();
    for record in claims.iter().take(CLAIMS).flat_map(|claim| claim.cites.iter().take(CITED)) {
        if wanted.len() < RECORDS {
            wanted.insert(*record);
        }
    }
    wanted
}

/// What has an anchor.
pub(crate) struct Shown<'a> {
    pub(crate) claims: &'a [Claim],
    /// Findings of each intrusion in order of time, as far as they are shown; `None` for those of no intrusion.
    pub(crate) findings: BTreeMap<Option<&'a str>, Vec<&'a Finding<'a>>>,
    /// How many there are of each.
    pub(crate) all_findings: BTreeMap<Option<&'a str>, usize>,
    finding_ids: BTreeSet<&'a str>,
    claims_of: BTreeMap<&'a str, Vec<&'a Claim>>,
    records: BTreeSet<u64>,
}

impl<'a> Shown<'a> {
    pub(crate) fn new(report: &'a Report<'a>) -> Self {
        let claims = &report.claims[..report.claims.len().min(CLAIMS)];
        let told: BTreeSet<&str> = report.intrusions.iter().take(INTRUSIONS).map(|i| i.id.as_str()).collect();
        let mut findings: BTreeMap<Option<&str>, Vec<&Finding>> = BTreeMap::new();
        let mut all_findings = BTreeMap::new();
        // They come in order of weight, so that the weightiest stay.
        for finding in &report.findings {
            *all_findings.entry(finding.intrusion).or_default() += 1;
            let own = findings.entry(finding.intrusion).or_default();
            if own.len() < FINDINGS && finding.intrusion.is_none_or(|id| told.contains(id)) {
                own.push(finding);
            }
        }
        for (of, own) in &mut findings {
            if of.is_some() {
                own.sort_by_key(|finding| (finding.first, finding.id));
            }
        }
        let mut claims_of: BTreeMap<&str, Vec<&Claim>> = BTreeMap::new();
        for claim in claims {
            for finding in &claim.findings {
                claims_of.entry(finding).or_default().push(claim);
            }
        }
        Shown {
            claims,
            finding_ids: findings.values().flatten().map(|finding| finding.id).collect(),
            findings,
            all_findings,
            claims_of,
            records: report.records.keys().copied().collect(),
        }
    }

    /// Links to what carries a sentence: of the claims that came of these findings those that fit it best; without a claim, the findings themselves.
    pub(crate) fn carry(&self, html: &mut Html, findings: &[&str], fit: &dyn Fn(&Claim) -> u8) {
        let mut claims: Vec<&Claim> = Vec::new();
        for claim in findings.iter().flat_map(|id| self.claims_of.get(id).into_iter().flatten()) {
            if !claims.iter().any(|known| known.id == claim.id) {
                claims.push(claim);
            }
        }
        let best = claims.iter().map(|claim| fit(claim)).max();
        claims.retain(|claim| Some(fit(claim)) == best);
        html.raw(" <span class=carry>");
        for claim in claims.iter().take(LINKS) {
            self.claim(html, &claim.id);
        }
        if claims.is_empty() {
            for id in findings.iter().take(LINKS) {
                self.finding(html, id);
            }
        }
        html.raw("</span>");
    }

    /// A claim's id, as a link.
    pub(crate) fn claim(&self, html: &mut Html, id: &str) {
        html.raw(" <a href=\"#c.").text(id).raw("\">").text(id).raw("</a>");
    }

    /// A finding's id, as a link if it stands on the page.
    pub(crate) fn finding(&self, html: &mut Html, id: &str) {
        if self.finding_ids.contains(id) {
            html.raw(" <a href=\"#f.").text(id).raw("\">").text(id).raw("</a>");
        } else {
            html.raw(" <span class=soft>").text(id).raw("</span>");
        }
    }

    /// A record's number, as a link if it stands on the page.
    pub(crate) fn record(&self, html: &mut Html, record: u64) {
        if self.records.contains(&record) {
            html.raw(&format!(" <a href=\"#r.{record}\">record {record}</a>"));
        } else {
            html.raw(&format!(" record {record}"));
        }
    }

    /// How many findings of an intrusion there are, and not just here.
    pub(crate) fn count(&self, intrusion: &Intrusion) -> usize {
        self.all_findings.get(&Some(intrusion.id.as_str())).copied().unwrap_or_default()
    }
}

/// Says how many rows of a table are not on the page, and what lists them.
pub(crate) fn beyond(html: &mut Html, shown: usize, all: usize, command: &str) {
    if all > shown {
        html.raw("<p class=note>")
            .text(&format!("and {} more. All: ", onus_claim::grouped((all - shown) as u64)))
            .element("code", command)
            .raw("</p>");
    }
}
