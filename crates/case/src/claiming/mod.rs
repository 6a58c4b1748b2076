//! intrusions ─► claims: what is told of an intrusion, as statements that anyone can derive from the cited records.
//!
//! Of each step one claim of the kind that fits it, and the movement that it makes; of each finding its rule or
//! correlation; of each program its hosts and where it was seen first; of the hosts their order. Each claim is
//! recomputed from the stored events before it is written.

mod rules;
mod sensors;
mod steps;
mod tools;

use std::collections::{BTreeMap, BTreeSet};

use onus_claim::{
    BytesSent, CitedRecord, Claim, Kind, Moment, Order, Outcome, Rules as Texts, Sequence, recompute,
};
use onus_event::Mappings;
use onus_hunt::Analytic;
use onus_intrusion::Intrusion;

use crate::cited::{KEPT, Records};
use crate::each::{each, some_at_once};
use crate::findings::is_weighty;
use crate::query::Engine;
use crate::{CaseError, Finding, Rules};
use steps::Departures;

/// Records of one step or finding that are looked at.
pub(crate) const LOOKED_AT: usize = 10;
/// Steps of one intrusion that are told in claims, the first ones; and findings.
const TOLD: usize = 400;
/// Hosts whose moments lie closer than this, in seconds, may have clocks that differ by as much.
const APART: u64 = 60;

/// What claims are made from.
pub(crate) struct Telling<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) mappings: &'a Mappings,
    pub(crate) rules: &'a Rules,
    pub(crate) findings: &'a [Finding],
    pub(crate) analytics: &'a [Analytic],
}

/// Claims, and the texts that they rest on by SHA-256.
#[derive(Default)]
pub(crate) struct Claimed {
    pub(crate) claims: Vec<Claim>,
    pub(crate) texts: BTreeMap<String, String>,
}

/// The claims of the intrusions, in order of their story.
pub(crate) fn claims<'a>(telling: &Telling<'a>, intrusions: &'a [Intrusion]) -> Result<Claimed, CaseError> {
    // Who checks a dossier has no mapping file, so events that only it tells apart carry no claim.
    let citable = telling.findings.iter().filter(|f| telling.mappings.shape_of_table(&f.shape).is_none());
    let by_id: BTreeMap<&str, &Finding> = citable.map(|f| (f.id.as_str(), f)).collect();
    let of = |intrusion: &'a Intrusion| {
        let own = intrusion.findings.iter().filter_map(|id| by_id.get(id.as_str()).copied());
        let own: Vec<&Finding> = own.collect();
        let wanted = wanted(intrusion, &own);
        (intrusion, own, wanted)
    };
    let all: Vec<_> = intrusions.iter().map(of).collect();
    let rules = rules::by_id(&telling.rules.set);
    let mut claimed = Claimed::default();
    for (some, together) in some_at_once(&all, |(.., wanted)| wanted.iter().copied()) {
        let records = telling.engine.records(&together)?;
        let made = |(intrusion, _, wanted): &(&'a Intrusion, _, _)| Made::new(intrusion, records.of(wanted));
        let departures = steps::departures(telling.engine, &some.iter().map(made).collect::<Vec<_>>())?;
        let told = each(some, |one| tell(telling, made(one), &one.1, &departures, &rules))?;
        for ((intrusion, ..), told) in some.iter().zip(told) {
            told.finish(intrusion, &mut claimed);
        }
    }
    Ok(claimed)
}

/// Records that claims will most likely cite: some of those of findings that make intrusions, no more than are kept once they
/// were read.
pub(crate) fn likely(findings: &[&Finding]) -> BTreeSet<u64> {
    let weighty = findings.iter().filter(|f| is_weighty(f.level));
    weighty.flat_map(|f| f.records.iter().take(LOOKED_AT)).copied().take(KEPT).collect()
}

/// What is told of one intrusion from its records.
fn tell(
    telling: &Telling<'_>,
    mut made: Made<'_>,
    own: &[&Finding],
    departures: &Departures,
    rules: &rules::ById<'_>,
) -> Result<ToldOf, CaseError> {
    let intrusion = made.intrusion;
    steps::tell(&mut made, departures);
    for finding in own.iter().take(TOLD) {
        rules::tell(&mut made, finding, &telling.rules.set, rules);
    }
    for analytic in telling.analytics.iter().filter(|a| !a.flows.is_empty()) {
        if intrusion.address_names().any(|address| address == analytic.destination_ip) {
            let of = own.iter().filter(|f| f.kind == "analytic" && *f.title == *analytic.title);
            let of: Vec<String> = of.map(|f| f.id.clone()).collect();
            made.tell(bytes_sent(analytic), &of);
        }
    }
    tools::tell(&mut made);
    sensors::tell(&mut made, telling.engine)?;
    let mut on_host: ByHost<'_> = BTreeMap::new();
    for (finding, host) in own.iter().filter_map(|f| Some((*f, f.host.as_deref()?))) {
        if finding.kind == "rule" {
            on_host.entry(host).or_default().push(finding);
        }
    }
    for host in intrusion.host_names() {
        let here = on_host.get(host).map(Vec::as_slice).unwrap_or_default();
        if let Some((findings, told)) = sequence(&made, host, here) {
            made.prove(told, &findings);
        }
    }
    if let Some((findings, told)) = order(&made, &on_host) {
        made.prove(told, &findings);
    }
    Ok(ToldOf { told: made.told, texts: made.texts })
}

/// The records of an intrusion that claims may cite.
fn wanted(intrusion: &Intrusion, own: &[&Finding]) -> BTreeSet<u64> {
    let steps = intrusion.steps.iter().take(TOLD).flat_map(|step| step.records.iter().take(LOOKED_AT));
    let mut wanted: BTreeSet<u64> = steps.copied().collect();
    for finding in own.iter().take(TOLD) {
        let enough = if finding.kind == "correlation" { usize::MAX } else { LOOKED_AT };
        wanted.extend(finding.records.iter().take(enough));
        wanted.extend(finding.first_record);
    }
    wanted
}

/// A kind and the records that it cites.
pub(super) type Told = (Kind, Vec<u64>);

/// The claims of one intrusion, as they are made.
pub(super) struct Made<'a> {
    pub(super) intrusion: &'a Intrusion,
    pub(super) records: Records,
    told: Vec<(Told, Vec<String>)>,
    pub(super) texts: BTreeMap<String, String>,
}

impl<'a> Made<'a> {
    fn new(intrusion: &'a Intrusion, records: Records) -> Self {
        Made { intrusion, records, told: Vec::new(), texts: BTreeMap::new() }
    }

    pub(super) fn record(&self, record: u64) -> Option<CitedRecord<'_>> {
        self.records.get(record).filter(|record| record.complete)
    }

    /// What is told so far, with the findings that it came from.
    pub(super) fn told(&self) -> impl Iterator<Item = &(Told, Vec<String>)> {
        self.told.iter()
    }

    /// Adds a claim; one that was told already gets the further findings.
    pub(super) fn tell(&mut self, told: Told, findings: &[String]) {
        match self.told.iter_mut().find(|(known, _)| *known == told) {
            Some((_, known)) => {
                let new = findings.iter().filter(|id| !known.contains(id)).cloned().collect::<Vec<_>>();
                known.extend(new);
            }
            None => self.told.push((told, findings.to_vec())),
        }
    }

    /// Adds a claim if the stored records bear it out.
    pub(super) fn prove(&mut self, (kind, mut cites): Told, findings: &[String]) -> bool {
        cites.sort_unstable();
        cites.dedup();
        let records = cites.iter().filter_map(|record| Some((*record, self.record(*record)?))).collect();
        let claim = Claim::new("", kind, cites, "");
        let rests_on = claim.rests_on().into_iter();
        let texts = Texts::new(
            rests_on.filter_map(|digest| Some((digest.to_owned(), self.texts.get(digest)?.as_str()))),
        );
        let holds = recompute(&claim, &records, &texts) == Outcome::Holds;
        if holds {
            self.tell((claim.kind, claim.cites), findings);
        }
        holds
    }
}

/// What is told of an intrusion, without the records that it was told from.
struct ToldOf {
    told: Vec<(Told, Vec<String>)>,
    texts: BTreeMap<String, String>,
}

impl ToldOf {
    /// Makes claims of it.
    fn finish(self, intrusion: &Intrusion, claimed: &mut Claimed) {
        let rests: BTreeSet<String> = self
            .told
            .iter()
            .flat_map(|((kind, _), _)| {
                let claim = Claim::new("", kind.clone(), Vec::new(), "");
                claim.rests_on().into_iter().map(str::to_owned).collect::<Vec<_>>()
            })
            .collect();
        claimed.texts.extend(self.texts.into_iter().filter(|(digest, _)| rests.contains(digest)));
        for ((kind, cites), findings) in self.told {
            let id = format!("C{:04}", claimed.claims.len() + 1);
            let raised_by = kind.would_raise();
            let claim = Claim { findings, ..Claim::new(id, kind, cites, raised_by) };
            claimed.claims.push(Claim { intrusion: Some(intrusion.id.clone()), ..claim });
        }
    }
}

/// Adds a record by its distance in time (microseconds), and keeps the nearest.
fn nearest(near: &mut BTreeSet<(u64, u64)>, one: (u64, u64), kept: usize) {
    near.insert(one);
    if near.len() > kept {
        near.pop_last();
    }
}

/// By place of what is sought: records by their distance in time (microseconds).
type Near = BTreeMap<usize, BTreeSet<(u64, u64)>>;

/// What parts of tables gave, in one.
fn merged(parts: Vec<Near>, kept: usize) -> Near {
    let mut all = Near::new();
    for (place, near) in parts.into_iter().flatten() {
        near.into_iter().for_each(|one| nearest(all.entry(place).or_default(), one, kept));
    }
    all
}

fn bytes_sent(analytic: &Analytic) -> Told {
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

/// By host: what rules found there.
type ByHost<'a> = BTreeMap<&'a str, Vec<&'a Finding>>;

/// The first finding of which a record names the host, and the first that another rule made later. What a sensor on the wire
/// sees of a host does not name it.
fn sequence(made: &Made<'_>, host: &str, here: &[&Finding]) -> Option<(Vec<String>, Told)> {
    let names = |finding: &&&Finding| {
        let record = finding.first_record.and_then(|record| made.record(record));
        record.is_some_and(|record| steps::is_of(&record, host))
    };
    let mut here = here.iter().filter(names);
    let first = here.next()?;
    let then = here.find(|f| f.first > first.first && f.rule_id != first.rule_id)?;
    let (a, b) = (first.first_record?, then.first_record?);
    let kind = Kind::Sequence(Sequence { host: host.to_owned(), first: a, then: b });
    Some((vec![first.id.clone(), then.id.clone()], (kind, vec![a.min(b), a.max(b)])))
}

/// The hosts in the order in which they were touched, as far as their moments are far enough apart.
fn order(made: &Made<'_>, on_host: &ByHost<'_>) -> Option<(Vec<String>, Told)> {
    let (mut findings, mut records, mut hosts) = (Vec::new(), Vec::new(), Vec::new());
    let mut last: Option<i64> = None;
    for touched in &made.intrusion.hosts {
        let here = on_host.get(touched.name.as_str()).into_iter().flatten();
        let Some((finding, record, time)) = here
            .filter_map(|f| Some((*f, f.first_record.filter(|r| made.record(*r).is_some())?, f.first?)))
            .min_by_key(|(f, _, time)| (*time, f.id.clone()))
        else {
            continue;
        };
        if last.is_some_and(|last| time.saturating_sub(last) < APART as i64 * 1_000_000) {
            continue;
        }
        last = Some(time);
        findings.push(finding.id.clone());
        records.push(record);
        hosts.push(touched.name.clone());
    }
    let cites = records.clone();
    (records.len() > 1).then_some((findings, (Kind::Order(Order { records, hosts, apart: APART }), cites)))
}
