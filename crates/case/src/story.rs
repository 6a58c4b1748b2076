//! findings ─► intrusions ─► claims: what the case says, from what was found.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, UInt64Type};
use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray, UInt64Array};
use onus_claim::Claim;
use onus_event::Mappings;
use onus_hunt::Analytic;
use onus_intrusion::{Evidence, Intrusion, correlate, follow, is_outside};

use crate::allow::{AllowList, Seen};
use crate::claiming::{self, Claimed, Telling};
use crate::decisions::Decisions;
use crate::findings::{Allowed, is_weighty};
use crate::graph;
use crate::query::{Engine, text_at};
use crate::routine::Routine;
use crate::tables::write_findings;
use crate::{CaseError, Finding, Rules};

/// What the case says.
#[derive(Debug, Clone, Default)]
pub struct Story {
    /// All findings: of rules by level, then of analytics.
    pub findings: Vec<Finding>,
    /// Intrusions, the strongest first.
    pub intrusions: Vec<Intrusion>,
    /// Claims of the intrusions, in order of their story.
    pub claims: Vec<Claim>,
    /// What the allow-list keeps out of the story: (reason, last day, findings, matches).
    pub hidden: Vec<(String, String, usize, u64)>,
    /// How long the walk from findings to what they are part of and the putting together took.
    pub joining: Duration,
    /// By intrusion: bytes taken, as a lower and an upper bound within what the logs cover.
    pub bytes: BTreeMap<String, (i64, i64)>,
}

/// Runs the analytics and correlates; `hosts` are those of [`Engine::hosts_by_address`]. [`write`] writes what comes of it, with the
/// texts that its claims rest on.
pub(crate) fn tell(
    case: &Path,
    engine: &Engine,
    rules: &Rules,
    mappings: &Mappings,
    allow: &AllowList,
    hosts: &BTreeMap<String, String>,
    mut findings: Vec<Finding>,
) -> Result<(Story, BTreeMap<String, String>), CaseError> {
    let mut analytics = engine.analytics()?;
    for finding in &mut findings {
        if let Some(host) = finding.host.as_ref().and_then(|address| hosts.get(address)) {
            finding.host = Some(host.clone());
        }
    }
    // Not to twice the room, as findings may be very many.
    findings.reserve_exact(analytics.len());
    findings.extend(analytics.iter().map(|analytic| from_analytic(analytic, hosts, allow)));
    // What is allowed comes last, so that the numbers of the others do not depend on it.
    findings.sort_by_key(|finding| finding.allowed.is_some());
    for (number, finding) in findings.iter_mut().enumerate() {
        finding.id = format!("F{:04}", number + 1);
    }
    analytics.retain(|analytic| from_analytic(analytic, hosts, allow).allowed.is_none());
    let telling: Vec<&Finding> = findings.iter().filter(|f| f.allowed.is_none()).collect();
    let suspect = corroborated(&telling);
    let sent: BTreeMap<&str, i64> = analytics.iter().map(|a| (a.title.as_str(), a.bytes)).collect();
    let span = engine.parts.span();
    let routine = Routine::of(engine, span, hosts)?;
    let of = |finding: &&Finding| {
        let routine = routine.has(finding);
        Evidence { routine, ..evidence(finding, &suspect, &sent) }
    };
    let mut evidence: Vec<Evidence> = telling.iter().map(of).collect();
    let begun = Instant::now();
    let likely = claiming::likely(&telling);
    let (mut intrusions, traces) = std::thread::scope(|scope| {
        // Claims will ask for these; the walk leaves processors idle.
        let ahead = scope.spawn(|| engine.records(&likely).map(drop));
        graph::walk(engine, hosts, &mut evidence)?;
        let decisions = Decisions::of_case(case)?.applied(&findings);
        let intrusions = correlate(&evidence, &decisions, span.map(|(first, _)| first));
        let mut traces = graph::traces(engine, &evidence, &intrusions)?;
        traces.retain(|id, _| !decisions.dropped.contains(id));
        ahead.join().map_err(|_| CaseError::Worker)??;
        Ok::<_, CaseError>((intrusions, traces))
    })?;
    follow(&mut intrusions, &evidence, &traces);
    // Where findings are very many, each of these holds as much as what is told of them.
    drop((evidence, traces, routine));
    let joining = begun.elapsed();
    let ids = |i: &Intrusion| i.findings.iter().chain(&i.followers).cloned().collect::<Vec<_>>();
    let of: BTreeMap<String, &str> =
        intrusions.iter().flat_map(|i| ids(i).into_iter().map(|id| (id, i.id.as_str()))).collect();
    for finding in &mut findings {
        finding.intrusion = of.get(finding.id.as_str()).map(|id| (*id).to_owned());
    }
    let telling = Telling { engine, mappings, rules, findings: &findings, analytics: &analytics };
    let Claimed { claims, texts } = claiming::claims(&telling, &intrusions)?;
    let bytes = bounds(engine, &intrusions, &findings, &analytics, hosts)?;
    let hidden = hidden(&findings);
    Ok((Story { findings, intrusions, claims, hidden, joining, bytes }, texts))
}

/// By reason and last day: findings and matches that are allowed.
fn hidden(findings: &[Finding]) -> Vec<(String, String, usize, u64)> {
    let mut by_reason: BTreeMap<(&str, &str), (usize, u64)> = BTreeMap::new();
    for (finding, allowed) in findings.iter().filter_map(|f| Some((f, f.allowed.as_ref()?))) {
        let entry = by_reason.entry((&allowed.reason, &allowed.expires)).or_default();
        *entry = (entry.0 + 1, entry.1 + finding.count);
    }
    let rows = by_reason.into_iter();
    rows.map(|((reason, day), (findings, matches))| (reason.to_owned(), day.to_owned(), findings, matches))
        .collect()
}

fn from_analytic(analytic: &Analytic, hosts: &BTreeMap<String, String>, allow: &AllowList) -> Finding {
    let address = &analytic.source_ip;
    let host = hosts.get(address).unwrap_or(address).clone();
    let seen = Seen {
        rule_id: analytic.name,
        title: &analytic.title,
        host: Some(&host),
        account: None,
        values: vec![("source_ip", address), ("destination_ip", &analytic.destination_ip)],
    };
    Finding {
        kind: "analytic",
        rule_id: analytic.name.into(),
        title: analytic.title.as_str().into(),
        level: analytic.level,
        tags: analytic.tags.iter().map(|t| (*t).to_owned()).collect(),
        allowed: allow.covering(&seen).map(Allowed::of).map(Arc::new),
        host: Some(host.clone()),
        addresses: vec![analytic.destination_ip.clone()],
        count: analytic.count,
        first: Some(analytic.first),
        last: Some(analytic.last),
        records: analytic.flows.iter().map(|(record, _)| *record).take(50).collect(),
        ..Finding::default()
    }
}

/// Outside addresses that a rule's finding of weight names, or of which two analytics speak alike. Regular or
/// large traffic to any other address is most often an updater, a backup or a film.
fn corroborated(findings: &[&Finding]) -> BTreeSet<String> {
    let of_rules = findings.iter().filter(|f| f.kind != "analytic" && is_weighty(f.level));
    let mut suspect: BTreeSet<String> = of_rules.flat_map(|f| f.addresses.iter().cloned()).collect();
    let analytics: Vec<&&Finding> = findings.iter().filter(|f| f.kind == "analytic").collect();
    for one in &analytics {
        let agrees = |other: &&&&Finding| {
            other.rule_id != one.rule_id && other.host == one.host && other.addresses == one.addresses
        };
        if analytics.iter().any(|other| agrees(&other)) {
            suspect.extend(one.addresses.iter().cloned());
        }
    }
    suspect
}

/// What correlation sees of a finding: an analytic has weight only where its address is suspect for another
/// reason too.
fn evidence(finding: &Finding, suspect: &BTreeSet<String>, sent: &BTreeMap<&str, i64>) -> Evidence {
    let alone = finding.kind == "analytic" && !finding.addresses.iter().any(|a| suspect.contains(a));
    Evidence {
        id: finding.id.clone(),
        title: finding.title.clone(),
        level: if alone { "low" } else { finding.level },
        tags: finding.tags.clone(),
        host: finding.host.clone().filter(|host| !is_outside(host)),
        accounts: finding
            .accounts
            .iter()
            .map(|account| plain_account(account))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect(),
        addresses: finding.addresses.clone(),
        time: finding.first.zip(finding.last),
        records: finding.records.clone(),
        bytes: sent.get(&*finding.title).copied().filter(|bytes| *bytes > 0),
        ..Evidence::default()
    }
}

/// An account without the domain that some logs write before its name.
fn plain_account(account: &str) -> String {
    account.rsplit('\\').next().unwrap_or(account).to_owned()
}

/// Lower bound: what the analytic of bytes out saw go to the intrusion's addresses. Upper bound: all that its
/// hosts sent to any outside address from its first moment on.
fn bounds(
    engine: &Engine,
    intrusions: &[Intrusion],
    findings: &[Finding],
    analytics: &[Analytic],
    hosts: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, (i64, i64)>, CaseError> {
    let mut of_title: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (finding, intrusion) in findings.iter().filter_map(|f| Some((f, f.intrusion.as_deref()?))) {
        of_title.entry(&finding.title).or_default().insert(intrusion);
    }
    let mut lower: BTreeMap<&str, i64> = BTreeMap::new();
    for analytic in analytics.iter().filter(|a| a.name == "bytes-out") {
        for intrusion in of_title.get(analytic.title.as_str()).into_iter().flatten() {
            *lower.entry(intrusion).or_default() += analytic.bytes;
        }
    }
    let sent = engine.sent_outside(intrusions, hosts)?;
    let mut bounds = BTreeMap::new();
    for (place, intrusion) in (0..).zip(intrusions) {
        let lower = lower.get(intrusion.id.as_str()).copied().unwrap_or_default();
        let sent = sent.get(&place).copied().unwrap_or_default();
        if lower > 0 || sent > 0 {
            bounds.insert(intrusion.id.clone(), (lower, sent.max(lower)));
        }
    }
    Ok(bounds)
}

/// Writes `intrusions.json`, findings and claims.
pub(crate) fn write(folder: &Path, texts: &BTreeMap<String, String>, story: &Story) -> Result<(), CaseError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| CaseError::Io { path, source }
    };
    let path = folder.join("intrusions.json");
    let mut file = BufWriter::new(File::create(&path).map_err(io(&path))?);
    serde_json::to_writer_pretty(&mut file, &story.intrusions).map_err(|e| io(&path)(e.into()))?;
    file.write_all(b"\n").and_then(|()| file.flush()).map_err(io(&path))?;
    write_findings(folder, &story.findings)?;
    crate::write_claims(folder, &story.claims, texts.values().map(String::as_str))
}

impl Engine {
    /// Which host speaks from which inside address, by the connections that hosts themselves logged. Where the log
    /// does not say who began a connection, its source may be anybody's.
    pub(crate) fn hosts_by_address(&self) -> Result<BTreeMap<String, String>, CaseError> {
        if !self.has_columns("windows_sysmon_3", &["source_ip", "host_name", "Initiated"])? {
            return Ok(BTreeMap::new());
        }
        let (_, batches) = self.query(
            "select source_ip, host_name, count(*) as n from windows_sysmon_3 \
             where source_ip is not null and host_name is not null and lower(cast(\"Initiated\" as varchar)) = 'true' \
             group by 1, 2 order by n, 2 desc, 1",
        )?;
        // The commonest comes last and stays.
        let mut hosts = BTreeMap::new();
        for batch in &batches {
            for row in 0..batch.num_rows() {
                let address = text_at(batch, 0, row);
                if !is_outside(&address) && address != "127.0.0.1" && address != "::1" {
                    hosts.insert(address, text_at(batch, 1, row));
                }
            }
        }
        Ok(hosts)
    }

    /// By place of the intrusion: bytes that its hosts sent to outside addresses since its first moment.
    fn sent_outside(
        &self,
        intrusions: &[Intrusion],
        hosts: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<u64, i64>, CaseError> {
        if intrusions.is_empty() || !self.has("hunt_flows")? {
            return Ok(BTreeMap::new());
        }
        let mut of_host: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (address, host) in hosts {
            of_host.entry(host).or_default().insert(address);
        }
        let (mut places, mut addresses, mut moments) = (Vec::new(), Vec::new(), Vec::new());
        for (place, intrusion) in (0..).zip(intrusions) {
            let names: BTreeSet<&str> = intrusion.host_names().collect();
            let own = names.iter().filter_map(|name| of_host.get(name)).flatten().copied();
            for address in own.chain(names.iter().copied()).collect::<BTreeSet<_>>() {
                places.push(place);
                addresses.push(address);
                moments.push(intrusion.first);
            }
        }
        let columns: [(&str, ArrayRef); 3] = [
            ("place", Arc::new(UInt64Array::from(places))),
            ("address", Arc::new(StringArray::from(addresses))),
            ("since", Arc::new(Int64Array::from(moments))),
        ];
        let batches = self.query_with(
            "intrusion_hosts",
            RecordBatch::try_from_iter(columns)?,
            "select g.place, cast(sum(f.sent) as bigint) from hunt_flows f join intrusion_hosts g \
             on cast(f.source_ip as varchar) = g.address where f.t >= g.since group by 1",
        )?;
        let mut sent = BTreeMap::new();
        for batch in &batches {
            let places = batch.column(0).as_primitive::<UInt64Type>();
            let bytes = batch.column(1).as_primitive::<Int64Type>();
            sent.extend(places.iter().zip(bytes).filter_map(|(place, bytes)| Some((place?, bytes?))));
        }
        Ok(sent)
    }
}
