//! What stands on the page: its size is bounded, and no link goes to what is not there.

use std::collections::{BTreeMap, BTreeSet};

use onus_claim::Claim;
use onus_intrusion::Intrusion;

use crate::fold::{Folded, shares};
use crate::html::Html;
use crate::model::{Finding, Report};
use crate::rooms::Rooms;

/// Intrusions told in full; of more, one line each.
pub(crate) const INTRUSIONS: usize = 20;
/// Rows of a table that has no limit of its own.
pub(crate) const ROWS: usize = 400;
/// Findings that stand on the page one by one, those of all intrusions and of none together.
const FINDINGS: usize = 450;
/// Claims on the page.
const CLAIMS: usize = 500;
/// Records named of one claim.
pub(crate) const CITED: usize = 20;
/// Records on the page.
const RECORDS: usize = 600;
/// Links behind one sentence.
const LINKS: usize = 3;

/// The records that the page shows: the first that each claim cites, then their second, and so on, so that each
/// claim has one before any has many.
#[must_use]
pub fn wanted_records(claims: &[Claim]) -> BTreeSet<u64> {
    let told = told(claims);
    let cited = (0..CITED).flat_map(|place| told.iter().filter_map(move |claim| claim.cites.get(place)));
    let mut wanted = BTreeSet::new();
    for record in cited {
        if wanted.len() < RECORDS {
            wanted.insert(*record);
        }
    }
    wanted
}

/// The claims on the page, in their order: the room is shared out evenly among the intrusions.
fn told(claims: &[Claim]) -> Vec<&Claim> {
    let mut by_intrusion: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
    for (place, claim) in claims.iter().enumerate() {
        by_intrusion.entry(claim.intrusion.as_deref()).or_default().push(place);
    }
    let parts = shares(by_intrusion.values().map(Vec::len), CLAIMS);
    let kept = by_intrusion.values().zip(parts).flat_map(|(own, part)| own.iter().take(part));
    let mut kept: Vec<usize> = kept.copied().collect();
    kept.sort_unstable();
    kept.into_iter().map(|place| &claims[place]).collect()
}

/// What has an anchor.
pub(crate) struct Shown<'a> {
    pub(crate) claims: Vec<&'a Claim>,
    /// Findings of each intrusion; `None` for those of no intrusion.
    pub(crate) findings: BTreeMap<Option<&'a str>, Folded<'a>>,
    /// Room for what is closed at first.
    pub(crate) room: Rooms,
    finding_ids: BTreeSet<&'a str>,
    claims_of: BTreeMap<&'a str, Vec<&'a Claim>>,
    records: BTreeSet<u64>,
}

impl<'a> Shown<'a> {
    pub(crate) fn new(report: &'a Report<'a>) -> Self {
        let claims = told(report.claims);
        let told: BTreeSet<&str> = report.intrusions.iter().take(INTRUSIONS).map(|i| i.id.as_str()).collect();
        let mut own: BTreeMap<Option<&str>, Vec<&Finding>> = BTreeMap::new();
        for finding in report.findings.iter().filter(|f| f.intrusion.is_none_or(|id| told.contains(id))) {
            own.entry(finding.intrusion).or_default().push(finding);
        }
        let parts = shares(own.values().map(Vec::len), FINDINGS);
        let folded = own.into_iter().zip(parts);
        let findings: BTreeMap<Option<&str>, Folded> =
            folded.map(|((of, own), part)| (of, Folded::new(own, part, of.is_some()))).collect();
        let mut claims_of: BTreeMap<&str, Vec<&Claim>> = BTreeMap::new();
        for claim in claims.iter().copied() {
            for finding in &claim.findings {
                claims_of.entry(finding).or_default().push(claim);
            }
        }
        Shown {
            claims,
            finding_ids: findings.values().flat_map(Folded::ids).collect(),
            findings,
            room: Rooms::default(),
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
        self.findings.get(&Some(intrusion.id.as_str())).map_or(0, |own| own.all)
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
