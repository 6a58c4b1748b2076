//! Logons from elsewhere shortly before something was found on a host.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, UInt64Array};
use onus_intrusion::{Evidence, Movement, is_outside, is_person};

use super::processes::{Lines, line};
use super::rows::{file_name, integers, session, signed, texts, unsigned};
use super::{Seed, is_weighty};
use crate::CaseError;
use crate::query::{Engine, text_at};

/// A logon so long before a finding may have led to it.
const BEFORE: i64 = 30 * 60 * 1_000_000;
/// One that started a program did so at once.
const AT_ONCE: i64 = 2 * 60 * 1_000_000;
/// And clocks of log writers differ by so much.
const AFTER: i64 = 2_000_000;
/// Findings whose logons are looked for.
const MOST: usize = 50_000;

/// What on the host reached starts a program for somebody elsewhere: (its file name, what its command line holds,
/// means).
const MEANS: &[(&str, &str, &str)] = &[
    ("wmiprvse.exe", "", "WMI"),
    ("wsmprovhost.exe", "", "WinRM"),
    ("winrshost.exe", "", "WinRM"),
    ("psexesvc.exe", "", "service"),
    ("services.exe", "", "service"),
    ("taskeng.exe", "", "task"),
    ("svchost.exe", "schedule", "task"),
    ("svchost.exe", "dcomlaunch", "DCOM"),
    ("mmc.exe", "-embedding", "DCOM"),
    ("mmc.exe", "", "DCOM"),
    ("excel.exe", "-embedding", "DCOM"),
    ("outlook.exe", "-embedding", "DCOM"),
];

/// What was set up on the host reached tells the means as well: (what happened, means).
const SET_UP: &[(&str, &str)] = &[
    ("service_installed", "service"),
    ("task_created", "task"),
    ("task_updated", "task"),
    ("wmi_event", "WMI"),
];

/// Adds to each finding the logons from elsewhere that came before it.
pub(super) fn arrivals(
    engine: &Engine,
    hosts: &BTreeMap<String, String>,
    seeds: &[Seed],
    lines: &Lines,
    findings: &mut [Evidence],
) -> Result<(), CaseError> {
    let moments: Vec<(u64, String, i64)> = findings
        .iter()
        .zip(0..)
        .filter(|(f, _)| is_weighty(f))
        .filter_map(|(f, number)| Some((number, f.host.as_ref()?.to_lowercase(), f.time?.0)))
        .take(MOST)
        .collect();
    if moments.is_empty() {
        return Ok(());
    }
    let (sessions, means) = (sessions(seeds, lines), means(seeds, lines));
    let of_finding: BTreeSet<(usize, u64)> = sessions.iter().map(|(f, _, id)| (*f, *id)).collect();
    let targets = targets(engine)?;
    let near = engine.query_with(
        "graph_moments",
        table(&moments)?,
        &question(
            engine,
            &format!(
                "join graph_moments g on lower(cast(e.host_name as varchar)) = g.host where {LOGON} \
         and cast(e.timestamp as bigint) between g.at - {BEFORE} and g.at + {AFTER}"
            ),
        )?,
    )?;
    let own = engine.query_with(
        "graph_sessions",
        session_table(&sessions)?,
        &question(
            engine,
            &format!(
                "join graph_sessions g on lower(cast(e.logon_id as varchar)) = g.id \
         and lower(cast(e.host_name as varchar)) = g.host where {LOGON}"
            ),
        )?,
    )?;
    for batch in near.iter().chain(&own) {
        for row in 0..batch.num_rows() {
            let number = usize::try_from(unsigned(batch, 0, row)).unwrap_or(usize::MAX);
            let Some(finding) = findings.get_mut(number) else { continue };
            let Some(mut came) = arrival(batch, row, hosts, finding) else { continue };
            let id = session(&text_at(batch, 3, row));
            came.own = id.is_some_and(|id| of_finding.contains(&(number, id)));
            came.how = means.get(&number).copied().filter(|_| is_soon(finding, came.at)).unwrap_or("logon");
            let to = targets.get(&(came.account.to_lowercase(), plain(&text_at(batch, 1, row))));
            came.targets = to.copied().unwrap_or(1);
            finding.came.push(came);
        }
    }
    for finding in findings {
        finding.came.sort();
        finding.came.dedup();
    }
    Ok(())
}

const LOGON: &str = "e.event_action = 'logon' and e.source_ip is not null";

/// The logons of each finding that `rest` joins it to.
fn question(engine: &Engine, rest: &str) -> Result<String, CaseError> {
    let events = engine.events_with(&["source_ip", "user_name"])?;
    Ok(format!(
        "select g.finding, e.source_ip, e.user_name, e.logon_id, max(cast(e.timestamp as bigint)) as t, \
         max(e.record) as r from {events} e {rest} group by 1, 2, 3, 4"
    ))
}

fn is_soon(finding: &Evidence, at: i64) -> bool {
    finding.time.is_some_and(|time| time.0 - at <= AT_ONCE)
}

/// An IPv4 address as such, however it was written.
fn plain(address: &str) -> String {
    address.strip_prefix("::ffff:").unwrap_or(address).to_owned()
}

/// A logon of a person's account from another place.
fn arrival(
    batch: &RecordBatch,
    row: usize,
    hosts: &BTreeMap<String, String>,
    finding: &Evidence,
) -> Option<Movement> {
    let (address, account) = (plain(&text_at(batch, 1, row)), text_at(batch, 2, row));
    let ip: std::net::IpAddr = address.parse().ok()?;
    let named = hosts.get(&address).filter(|_| !is_outside(&address));
    let from = named.cloned().unwrap_or(address);
    let here = finding.host.as_ref().is_some_and(|host| host.eq_ignore_ascii_case(&from));
    let person = is_person(&account) || account.eq_ignore_ascii_case("administrator");
    let record = unsigned(batch, 5, row);
    (person && !here && !ip.is_loopback()).then(|| Movement {
        at: signed(batch, 4, row),
        from,
        account,
        how: "logon",
        record,
        own: false,
        targets: 1,
    })
}

fn table(moments: &[(u64, String, i64)]) -> Result<RecordBatch, CaseError> {
    let numbers: ArrayRef = Arc::new(UInt64Array::from_iter_values(moments.iter().map(|m| m.0)));
    let columns = [
        ("finding", numbers),
        ("host", texts(moments.iter().map(|m| m.1.as_str()))),
        ("at", integers(moments.iter().map(|m| m.2))),
    ];
    Ok(RecordBatch::try_from_iter(columns)?)
}

/// The sessions in which each finding's processes ran: (finding, host, session).
fn sessions(seeds: &[Seed], lines: &Lines) -> BTreeSet<(usize, String, u64)> {
    let of = |seed: &Seed| {
        let above = line(seed, lines).into_iter().filter_map(|(process, _)| lines.get(&process)?.2);
        let all = above.chain(seed.session);
        all.map(|id| (seed.finding, seed.host.to_lowercase(), id)).collect::<Vec<_>>()
    };
    seeds.iter().flat_map(of).collect()
}

/// The sessions as logs write them.
fn session_table(sessions: &BTreeSet<(usize, String, u64)>) -> Result<RecordBatch, CaseError> {
    let written: Vec<(u64, &str, String)> = sessions
        .iter()
        .flat_map(|(finding, host, id)| {
            let forms: BTreeSet<String> = [format!("{id:#x}"), format!("{id:#018x}"), id.to_string()].into();
            forms.into_iter().map(move |form| (*finding as u64, host.as_str(), form))
        })
        .collect();
    let numbers: ArrayRef = Arc::new(UInt64Array::from_iter_values(written.iter().map(|w| w.0)));
    let columns = [
        ("finding", numbers),
        ("host", texts(written.iter().map(|w| w.1))),
        ("id", texts(written.iter().map(|w| w.2.as_str()))),
    ];
    Ok(RecordBatch::try_from_iter(columns)?)
}

/// By finding: by what means its process was started, if that is a way from elsewhere.
fn means(seeds: &[Seed], lines: &Lines) -> BTreeMap<usize, &'static str> {
    let mut all = BTreeMap::new();
    for seed in seeds {
        let images: Vec<String> = line(seed, lines).iter().map(|(_, image)| file_name(image)).collect();
        // The program itself is no means; what stands above it may be. Only of the parent the command line is known.
        let line_of = |place: usize| if place == 0 { seed.parent_line.to_lowercase() } else { String::new() };
        let started = images.iter().skip(1).enumerate().find_map(|(place, image)| {
            let fits =
                |(name, holds, _): &&(&str, &str, &str)| name == image && line_of(place).contains(holds);
            MEANS.iter().find(fits).map(|(.., how)| *how)
        });
        let set_up = SET_UP.iter().find(|(action, _)| *action == seed.action).map(|(_, how)| *how);
        if let Some(how) = started.or(set_up) {
            all.entry(seed.finding).or_insert(how);
        }
    }
    all
}

/// By account and address: on how many hosts the account logged on from there, in the whole case.
fn targets(engine: &Engine) -> Result<BTreeMap<(String, String), u64>, CaseError> {
    let events = engine.events_with(&["source_ip", "user_name"])?;
    let (_, batches) = engine.query(&format!(
        "select lower(cast(user_name as varchar)), cast(source_ip as varchar), \
         count(distinct host_name) as n from {events} \
         where event_action = 'logon' and source_ip is not null group by 1, 2"
    ))?;
    let mut all = BTreeMap::new();
    for batch in &batches {
        for row in 0..batch.num_rows() {
            let address = text_at(batch, 1, row);
            let hosts: &mut u64 = all.entry((text_at(batch, 0, row), plain(&address))).or_default();
            *hosts = (*hosts).max(signed(batch, 2, row).unsigned_abs());
        }
    }
    Ok(all)
}
