//! intrusions ─► claims: what is told of an intrusion, as statements that anyone can derive from the cited records.

use std::collections::BTreeMap;

use onus_claim::{BytesSent, Claim, Kind, Moment, RuleMatch, Sequence};
use onus_event::Mappings;
use onus_hunt::Analytic;
use onus_intrusion::Intrusion;
use onus_sigma::RuleMeta;

use crate::{CaseError, Finding, Rules};

/// Records that a claim of a rule cites: as few as show it, and some more so that one doubted record is no loss.
const CITED: usize = 3;

/// What claims are made from.
pub(crate) struct Telling<'a> {
    pub(crate) mappings: &'a Mappings,
    pub(crate) rules: &'a Rules,
    pub(crate) findings: &'a [Finding],
    pub(crate) analytics: &'a [Analytic],
}

/// Claims, and the texts that they rest on by SHA-256.
pub(crate) struct Claimed {
    pub(crate) claims: Vec<Claim>,
    pub(crate) texts: BTreeMap<String, String>,
}

/// The claims of the intrusions, in order of their story.
pub(crate) fn claims(telling: &Telling<'_>, intrusions: &[Intrusion]) -> Result<Claimed, CaseError> {
    // Who checks a dossier has no table of placeholders, so rules that need one carry no claim; and no mapping
    // file, so events that only it tells apart carry none either.
    let rules = &telling.rules.set;
    let alone = rules.iter().filter(|(_, meta)| !meta.text.contains("|expand"));
    let metas: BTreeMap<&str, &RuleMeta> = alone.map(|(_, meta)| (meta.id.as_str(), meta)).collect();
    let citable = telling.findings.iter().filter(|f| telling.mappings.shape_of_table(&f.shape).is_none());
    let by_id: BTreeMap<&str, &Finding> = citable.map(|f| (f.id.as_str(), f)).collect();
    let mut made = Made::default();
    for intrusion in intrusions {
        let own: Vec<&Finding> =
            intrusion.findings.iter().filter_map(|id| by_id.get(id.as_str()).copied()).collect();
        for finding in own.iter().filter(|f| f.kind == "rule") {
            if let Some(meta) = metas.get(finding.rule_id.as_str()) {
                made.texts.insert(meta.digest.clone(), meta.text.to_string());
                made.add(intrusion, &[&finding.id], (rule_match(finding, &meta.digest), cited(finding)));
            }
        }
        for analytic in telling.analytics.iter().filter(|a| !a.flows.is_empty()) {
            let of = own.iter().filter(|f| f.kind == "analytic" && f.title == analytic.title);
            let of: Vec<&str> = of.map(|f| f.id.as_str()).collect();
            if intrusion.addresses.contains(&analytic.destination_ip) {
                made.add(intrusion, &of, bytes_sent(analytic));
            }
        }
        for (host, _) in &intrusion.hosts {
            if let Some((findings, claimed)) = sequence(host, &own) {
                made.add(intrusion, &findings, claimed);
            }
        }
    }
    Ok(Claimed { claims: made.claims, texts: made.texts })
}

#[derive(Default)]
struct Made {
    claims: Vec<Claim>,
    texts: BTreeMap<String, String>,
}

impl Made {
    fn add(&mut self, intrusion: &Intrusion, findings: &[&str], (kind, cites): (Kind, Vec<u64>)) {
        let id = format!("C{:04}", self.claims.len() + 1);
        let raised_by = "a second sensor that shows the same; a countersignature";
        let findings = findings.iter().map(|id| (*id).to_owned()).collect();
        let claim = Claim { findings, ..Claim::new(id, kind, cites, raised_by) };
        self.claims.push(Claim { intrusion: Some(intrusion.id.clone()), ..claim });
    }
}

fn rule_match(finding: &Finding, digest: &str) -> Kind {
    Kind::RuleMatch(RuleMatch {
        rule_id: finding.rule_id.clone(),
        rule_title: finding.title.clone(),
        rule_digest: digest.to_owned(),
        placeholders: None,
    })
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

fn bytes_sent(analytic: &Analytic) -> (Kind, Vec<u64>) {
    let mut cites: Vec<u64> = analytic.flows.iter().map(|(record, _)| *record).collect();
    cites.sort_unstable();
    let kind = Kind::BytesSent(BytesSent {
        from: analytic.source_ip.clone(),
        to: analytic.destination_ip.clone(),
        at_least: analytic.bytes.unsigned_abs(),
        from_time: Moment(analytic.first),
        to_time: Moment(analytic.last),
    });
    (kind, cites)
}

/// The first finding on the host that records carry, and the first that another rule made later.
fn sequence<'a>(host: &str, own: &[&'a Finding]) -> Option<(Vec<&'a str>, (Kind, Vec<u64>))> {
    let mut here = own.iter().filter(|f| f.kind == "rule" && f.host.as_deref() == Some(host));
    let first = here.next()?;
    let then = here.find(|f| f.first > first.first && f.rule_id != first.rule_id)?;
    let (a, b) = (first.first_record?, then.first_record?);
    let kind = Kind::Sequence(Sequence { host: host.to_owned(), first: a, then: b });
    Some((vec![&first.id, &then.id], (kind, vec![a.min(b), a.max(b)])))
}
