//! Logons from elsewhere shortly before something was found on a host.

use std::collections::{BTreeMap, BTreeSet};

use onus_intrusion::{Evidence, Movement, is_outside, is_person};

use super::Seed;
use super::processes::{Lines, line};
use super::rows::{file_name, session};
use crate::CaseError;
use crate::findings::is_weighty;
use crate::parts::Rows;
use crate::pool::push_tight;
use crate::query::{Engine, cell, moment_at, record_at};

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
    let weighty = findings.iter().enumerate().filter(|(_, f)| is_weighty(f.level));
    let mut moments: Moments = BTreeMap::new();
    for (host, at, number) in
        weighty.filter_map(|(n, f)| Some((f.host.as_ref()?.to_lowercase(), f.time?.0, n))).take(MOST)
    {
        moments.entry(host).or_default().insert((at, number));
    }
    if moments.is_empty() {
        return Ok(());
    }
    let (sessions, means) = (sessions(seeds, lines), means(seeds, lines));
    let of_finding: BTreeSet<(usize, u64)> =
        sessions.iter().flat_map(|((_, id), of)| of.iter().map(|finding| (*finding, *id))).collect();
    let logons = logons(engine, &moments, &sessions)?;
    let accounts = logons.keys().map(|logon| logon.account.to_lowercase()).collect();
    let targets = targets(engine, &accounts)?;
    for (logon, (at, record)) in logons {
        let finding = &mut findings[logon.finding];
        let Some(mut came) = arrival(&logon, at, record, hosts, finding) else { continue };
        came.own = logon.session.is_some_and(|id| of_finding.contains(&(logon.finding, id)));
        came.how = means.get(&logon.finding).copied().filter(|_| is_soon(finding, at)).unwrap_or("logon");
        let to = targets.get(&(came.account.to_lowercase(), plain(&logon.address)));
        came.targets = to.copied().unwrap_or(1);
        push_tight(&mut finding.came, came);
    }
    for finding in findings {
        finding.came.sort();
        finding.came.dedup();
    }
    Ok(())
}

/// What happens when somebody logs on.
const LOGON: &str = "logon";

/// By host in lower case: moments of findings (UTC, microseconds), and which.
type Moments = BTreeMap<String, BTreeSet<(i64, usize)>>;
/// By host in lower case and session: the findings in it.
type Sessions = BTreeMap<(String, u64), BTreeSet<usize>>;

/// Logons alike that may have led to a finding.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Logon {
    /// Whether it is the logon of one of the finding's sessions, or one that merely came before.
    own: bool,
    finding: usize,
    address: String,
    account: String,
    session: Option<u64>,
}

/// By logon: the last moment and the last record.
type Logons = BTreeMap<Logon, (i64, u64)>;

/// The logons from other addresses that came before findings, and those of their sessions.
fn logons(engine: &Engine, moments: &Moments, sessions: &Sessions) -> Result<Logons, CaseError> {
    let rows = Rows {
        having: &["source_ip", "user_name", "host_name"],
        key: "event_action",
        wanted: &|action| action == LOGON,
        ..Rows::default()
    };
    let columns = ["source_ip", "user_name", "logon_id", "host_name", "record", "timestamp"];
    let found = engine.parts.fold(&rows, &columns, |all: &mut Logons, batch, row| {
        let (Some(at), host) = (moment_at(batch, row), cell(batch, "host_name", row).to_lowercase()) else {
            return;
        };
        let session = session(&cell(batch, "logon_id", row));
        let after = (at.saturating_sub(AFTER), 0)..=(at.saturating_add(BEFORE), usize::MAX);
        let near = moments.get(&host).into_iter().flat_map(|of| of.range(after.clone()));
        let own = session.and_then(|session| sessions.get(&(host.clone(), session)));
        let mut both = near
            .map(|(_, finding)| (false, *finding))
            .chain(own.into_iter().flatten().map(|f| (true, *f)))
            .peekable();
        // Most logons are of other hosts and hours.
        if both.peek().is_none() {
            return;
        }
        let [address, account] = ["source_ip", "user_name"].map(|column| cell(batch, column, row));
        for (own, finding) in both.filter(|_| !address.is_empty()) {
            let (address, account) = (address.clone(), account.clone());
            let last = (at, record_at(batch, row));
            latest(all, Logon { own, finding, address, account, session }, last);
        }
    })?;
    let mut all = Logons::new();
    found.into_iter().flatten().for_each(|(logon, last)| latest(&mut all, logon, last));
    Ok(all)
}

fn latest(all: &mut Logons, logon: Logon, (at, record): (i64, u64)) {
    let last = all.entry(logon).or_insert((at, record));
    *last = (last.0.max(at), last.1.max(record));
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
    logon: &Logon,
    at: i64,
    record: u64,
    hosts: &BTreeMap<String, String>,
    finding: &Evidence,
) -> Option<Movement> {
    let (address, account) = (plain(&logon.address), logon.account.clone());
    let ip: std::net::IpAddr = address.parse().ok()?;
    let named = hosts.get(&address).filter(|_| !is_outside(&address));
    let from = named.cloned().unwrap_or(address);
    let here = finding.host.as_ref().is_some_and(|host| host.eq_ignore_ascii_case(&from));
    let person = is_person(&account) || account.eq_ignore_ascii_case("administrator");
    (person && !here && !ip.is_loopback()).then_some(Movement {
        at,
        from,
        account,
        how: "logon",
        record,
        own: false,
        targets: 1,
    })
}

/// The sessions in which each finding's processes ran.
fn sessions(seeds: &[Seed], lines: &Lines) -> Sessions {
    let mut all = Sessions::new();
    for seed in seeds {
        let above = line(seed, lines).into_iter().filter_map(|(process, _)| lines.get(process)?.2);
        for id in above.chain(seed.session) {
            all.entry((seed.host.to_lowercase(), id)).or_default().insert(seed.finding);
        }
    }
    all
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
        let set_up = SET_UP.iter().find(|(action, _)| **action == *seed.action).map(|(_, how)| *how);
        if let Some(how) = started.or(set_up) {
            all.entry(seed.finding).or_insert(how);
        }
    }
    all
}

/// By account in lower case and address: on how many hosts these accounts logged on from there, in the whole case.
fn targets(
    engine: &Engine,
    accounts: &BTreeSet<String>,
) -> Result<BTreeMap<(String, String), u64>, CaseError> {
    let rows = Rows {
        having: &["source_ip", "host_name"],
        key: "user_name",
        wanted: &|account| accounts.contains(&account.to_lowercase()),
        ..Rows::default()
    };
    let columns = ["user_name", "source_ip", "host_name", "event_action"];
    let reached = engine.parts.fold(&rows, &columns, |all: &mut Reached, batch, row| {
        let [account, address, host, action] = columns.map(|column| cell(batch, column, row));
        if action == LOGON && !address.is_empty() && !host.is_empty() {
            all.entry((account.to_lowercase(), address)).or_default().insert(host);
        }
    })?;
    let mut all = Reached::new();
    for (from, hosts) in reached.into_iter().flatten() {
        all.entry(from).or_default().extend(hosts);
    }
    let mut targets: BTreeMap<(String, String), u64> = BTreeMap::new();
    for ((account, address), hosts) in all {
        let most = targets.entry((account, plain(&address))).or_default();
        *most = (*most).max(hosts.len() as u64);
    }
    Ok(targets)
}

/// By account and address: hosts.
type Reached = BTreeMap<(String, String), BTreeSet<String>>;
