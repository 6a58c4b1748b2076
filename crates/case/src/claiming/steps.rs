//! Each step as one claim of the kind that fits it, and as a movement where it leads from host to host.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use onus_claim::{CitedRecord, Kind, Seen, arrived_from, host_of, movement, time_of};
use onus_intrusion::{Node, NodeKind, Step, StepKind};

use super::{LOOKED_AT, Made, Near, TOLD, Told, merged, nearest};
use crate::CaseError;
use crate::cited::Records;
use crate::parts::Rows;
use crate::query::{Engine, cell, moment_at, record_at};

/// Steps of an intrusion whose other side is sought in the events.
const SOUGHT: usize = 40;
/// Records that are looked at for one departure, the nearest in time.
const NEAREST: usize = 50;
/// Microseconds before and after an arrival in which the departure is sought.
const NEAR: i64 = 600 * 1_000_000;

pub(super) fn tell(made: &mut Made<'_>, departures: &Departures) {
    for (place, step) in made.intrusion.steps.iter().enumerate().take(TOLD) {
        if let Some(told) = observed(made, step) {
            made.tell(told, &step.findings);
        }
        if !leads(step) {
            continue;
        }
        let at = (made.intrusion.id.clone(), place);
        let sought = || sought_pair(made, step, departures, departures.of.get(&at)?);
        let moved = departures.own.get(&at).cloned().or_else(sought);
        if let Some(kind) = moved
            && let Kind::Movement(params) = &kind
        {
            let cites = vec![params.departure.min(params.arrival), params.departure.max(params.arrival)];
            made.tell((kind, cites), &step.findings);
        }
    }
}

/// The claim of the most fitting kind that one of the step's records shows.
fn observed(made: &Made<'_>, step: &Step) -> Option<Told> {
    let records: Vec<_> = step.records.iter().take(LOOKED_AT).filter_map(|r| made.record(*r)).collect();
    // Most often the first record shows the first kind.
    let views: Vec<_> = records.iter().map(|_| OnceCell::new()).collect();
    kinds(step.kind).iter().find_map(|kind| {
        records.iter().zip(&views).find_map(|(record, view)| {
            let seen = view.get_or_init(|| Seen::of(record)).as_ref()?;
            let kind = seen.observe(kind).filter(|_| fits(step, seen.host()))?;
            Some((kind, vec![record.record]))
        })
    })
}

/// Whether a step may lead from host to host.
fn leads(step: &Step) -> bool {
    matches!(step.kind, StepKind::Logon | StepKind::RemoteExecution)
}

/// The kinds of claims that may tell a kind of step, the most fitting first.
fn kinds(step: StepKind) -> &'static [&'static str] {
    match step {
        StepKind::Logon => &["logon", "file", "connection", "process"],
        StepKind::RemoteExecution => &["process", "persistence", "file", "logon", "connection"],
        StepKind::Persistence => &["persistence", "process", "file"],
        StepKind::CredentialAccess => &["credential_access", "process", "file", "logon"],
        StepKind::Connection | StepKind::Exfiltration => &["connection", "process", "logon"],
        StepKind::Collection => &["file", "process", "connection"],
        StepKind::Process | StepKind::Discovery | StepKind::DefenseEvasion => {
            &["process", "file", "persistence", "connection", "credential_access", "logon"]
        }
    }
}

/// Whether a record of this host is of one that the step is about; where it names none, nothing speaks against it.
fn fits(step: &Step, host: Option<&str>) -> bool {
    let nodes = step.from.iter().chain([&step.to]);
    let mut hosts = nodes.filter(|node| node.kind == NodeKind::Host).peekable();
    hosts.peek().is_none()
        || host.is_none_or(|host| hosts.any(|node: &Node| host.eq_ignore_ascii_case(&node.name)))
}

pub(super) fn is_of(record: &CitedRecord<'_>, host: &str) -> bool {
    host_of(record).is_some_and(|name| name.eq_ignore_ascii_case(host))
}

/// The movement among the step's own records.
fn best_pair(made: &Made<'_>, step: &Step) -> Option<Kind> {
    let records: Vec<_> = step.records.iter().take(LOOKED_AT).filter_map(|r| made.record(*r)).collect();
    let left = records.iter().filter(|record| !is_of(record, &step.to.name));
    let pairs = left.flat_map(|left| {
        records.iter().filter(|came| is_of(came, &step.to.name)).map(move |came| (left, came))
    });
    best(pairs.filter_map(|(left, came)| movement(left, came)))
}

/// The one that states most; of equal ones that whose moments lie closest, else the first.
fn best(kinds: impl Iterator<Item = Kind>) -> Option<Kind> {
    let rank = |kind: &Kind| match kind {
        Kind::Movement(p) => {
            let stated = [
                p.address.is_some(),
                p.port.is_some(),
                p.to_address.is_some(),
                p.target.is_some(),
                p.account.is_some(),
            ];
            let missing = stated.into_iter().filter(|is| !is).count();
            (missing, p.departed.0.abs_diff(p.arrived.0))
        }
        _ => (usize::MAX, u64::MAX),
    };
    kinds.min_by_key(rank)
}

/// The movement of an arrival among the step's records and a departure on the other host, or on any where the step names
/// none.
fn sought_pair(made: &Made<'_>, step: &Step, departures: &Departures, left: &BTreeSet<u64>) -> Option<Kind> {
    let arrivals = arrivals(made, step);
    let left: Vec<_> = left.iter().filter_map(|record| departures.records.get(*record)).collect();
    let pairs = arrivals.iter().flat_map(|(_, _, came)| left.iter().filter_map(|left| movement(left, came)));
    best(pairs)
}

/// (address, moment, record) of the step's records that tell of an arrival on its host.
fn arrivals<'a>(made: &'a Made<'_>, step: &Step) -> Vec<(String, i64, CitedRecord<'a>)> {
    let records = step.records.iter().take(LOOKED_AT).filter_map(|record| made.record(*record));
    records
        .filter(|record| is_of(record, &step.to.name))
        .filter_map(|record| Some((arrived_from(&record)?, time_of(&record)?, record)))
        .collect()
}

/// A step whose other side is not among its own records.
struct Sought {
    /// Intrusion, and place of the step.
    of: (String, usize),
    time: i64,
    /// In lower case: the host reached, and the one left where the step names one.
    to: String,
    from: Option<String>,
}

impl Sought {
    /// Whether what happens on a host may be the departure.
    fn left(&self, host: &str) -> bool {
        !host.is_empty() && self.from.as_ref().map_or(host != self.to, |from| host == from)
    }
}

/// By text of the column that tells a departure: the steps that it may be the other side of, by moment.
type ByText = BTreeMap<String, BTreeMap<(i64, usize), usize>>;

/// By intrusion and place of the step: the movement among its own records, or else records that may be its other side.
#[derive(Default)]
pub(super) struct Departures {
    own: BTreeMap<(String, usize), Kind>,
    of: BTreeMap<(String, usize), BTreeSet<u64>>,
    records: Records,
}

/// Seeks the other sides of all steps that lack one in one go: connections from the arrival's address, and logons
/// elsewhere with another account's name.
pub(super) fn departures(engine: &Engine, all: &[Made<'_>]) -> Result<Departures, CaseError> {
    let mut found = Departures::default();
    let (mut sought, mut addresses, mut names) = (Vec::new(), ByText::new(), ByText::new());
    for made in all {
        let mut lacking = 0;
        let steps = made.intrusion.steps.iter().enumerate().take(TOLD);
        for (place, step) in steps.filter(|(_, step)| leads(step)) {
            let of = (made.intrusion.id.clone(), place);
            if let Some(kind) = best_pair(made, step) {
                found.own.insert(of, kind);
                continue;
            }
            lacking += 1;
            if lacking > SOUGHT {
                continue;
            }
            let Some((address, time, _)) = arrivals(made, step).into_iter().next() else { continue };
            let to = step.to.name.to_lowercase();
            let from = step.from.as_ref().filter(|node| node.kind == NodeKind::Host);
            let short = to.split('.').next().unwrap_or(&to).to_owned();
            let add = |texts: &mut ByText, text: String| {
                texts.entry(text).or_default().insert((time, sought.len()), sought.len());
            };
            add(&mut addresses, address.to_lowercase());
            add(&mut names, to.clone());
            add(&mut names, short);
            sought.push(Sought { of, time, to, from: from.map(|node| node.name.to_lowercase()) });
        }
    }
    for (table, key, texts) in
        [("windows_sysmon_3", "source_ip", &addresses), ("windows_security_4648", "TargetServerName", &names)]
    {
        for (place, record) in side(engine, (table, key), texts, &sought)? {
            found.of.entry(sought[place].of.clone()).or_default().insert(record);
        }
    }
    found.records = engine.records(&found.of.values().flatten().copied().collect())?;
    Ok(found)
}

/// The records of a table that may be the other side: (place in `sought`, record), of each the nearest in time.
fn side(
    engine: &Engine,
    (table, key): (&str, &str),
    texts: &ByText,
    sought: &[Sought],
) -> Result<Vec<(usize, u64)>, CaseError> {
    let moments = || sought.iter().map(|one| one.time);
    let (Some(first), Some(last)) = (moments().min(), moments().max()) else { return Ok(Vec::new()) };
    let rows = Rows {
        table: Some(table),
        having: &["timestamp", "host_name"],
        key,
        wanted: &|text| texts.contains_key(&text.to_lowercase()),
        between: (first.saturating_sub(NEAR), last.saturating_add(NEAR)),
    };
    let columns = ["record", "timestamp", "host_name", key];
    let parts = engine.parts.fold(&rows, &columns, |near: &mut Near, batch, row| {
        let steps = texts.get(&cell(batch, key, row).to_lowercase());
        let (Some(steps), Some(at)) = (steps, moment_at(batch, row)) else { return };
        let host = cell(batch, "host_name", row).to_lowercase();
        let window = (at.saturating_sub(NEAR), 0)..=(at.saturating_add(NEAR), usize::MAX);
        for place in steps.range(window).map(|(_, place)| *place).filter(|place| sought[*place].left(&host)) {
            let one = (at.abs_diff(sought[place].time), record_at(batch, row));
            nearest(near.entry(place).or_default(), one, NEAREST);
        }
    })?;
    Ok(merged(parts, NEAREST)
        .into_iter()
        .flat_map(|(place, near)| near.into_iter().map(move |(_, record)| (place, record)))
        .collect())
}
