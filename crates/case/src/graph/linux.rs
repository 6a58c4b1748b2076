//! Processes and sessions of Linux logs.
//!
//! auditd tells one act in several records with one serial number; the one of the system call (`SYSCALL`) has the PID
//! of who acts and that of its parent, so a process is told by both. A line of `sudo` or `su` names no session: it is
//! of the session of `sshd` of this account on this host, where exactly one was open.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::RecordBatch;

use super::Seed;
use super::processes::Lines;
use super::rows::{place, session};
use super::starts::{Held, MOST, Starts, ToldBy, as_pid, climb, id};
use crate::CaseError;
use crate::investigate::SYSLOG;
use crate::parts::Rows;
use crate::query::{Engine, cell, moment_at};

const AUDITD: Starts = Starts { table: "linux_auditd", pids: ["pid", "ppid"], told_by: ToldBy::Parent };
/// What somebody does as somebody else.
const AS_ANOTHER: &[&str] = &["sudo", "su"];

/// One act that auditd tells, in one record or several.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Act {
    place: String,
    at: i64,
    serial: String,
}

/// Who acts.
#[derive(Debug, Clone, Default)]
struct Actor {
    pid: String,
    /// Of the parent; empty where the record does not tell it.
    parent: String,
    image: String,
    session: Option<u64>,
}

impl Act {
    fn of(batch: &RecordBatch, row: usize) -> Option<Self> {
        let serial = cell(batch, "serial", row);
        let at = moment_at(batch, row).filter(|_| !serial.is_empty())?;
        Some(Act { place: place(batch, row), at, serial })
    }
}

impl Actor {
    fn of(batch: &RecordBatch, row: usize) -> Self {
        let [pid, parent] = AUDITD.pids.map(|column| as_pid(&cell(batch, column, row)));
        let image = cell(batch, "process_executable", row);
        Actor { pid, parent, image, session: session(&cell(batch, "logon_id", row)) }
    }
}

/// The columns of an act and its actor.
const ACT: &[&str] =
    &["serial", "host_name", "source", "timestamp", "pid", "ppid", "process_executable", "logon_id"];

/// Gives seeds from Linux logs their processes and sessions, and adds the processes above them to `lines`.
pub(super) fn fill(engine: &Engine, seeds: &mut [Seed], lines: &mut Lines) -> Result<(), CaseError> {
    audited(engine, seeds, lines)?;
    as_another(engine, seeds)
}

fn audited(engine: &Engine, seeds: &mut [Seed], lines: &mut Lines) -> Result<(), CaseError> {
    let records = seeds.iter().filter(|seed| seed.process.is_empty()).map(|seed| seed.record).collect();
    let acts = acts(engine, &records)?;
    let at_work = |act: &Act, pid: &String| Held { host: act.place.clone(), pid: pid.clone(), at: act.at };
    // Who does not tell its parent is told by what else it did.
    let held = acts.values().flat_map(|(act, actor)| {
        let pid = if actor.parent.is_empty() { &actor.pid } else { &actor.parent };
        (!pid.is_empty()).then(|| at_work(act, pid))
    });
    let known = climb(engine, &AUDITD, held.collect(), lines)?;
    for seed in seeds.iter_mut().filter(|seed| seed.process.is_empty()) {
        let Some((act, actor)) = acts.get(&seed.record).filter(|(_, actor)| !actor.pid.is_empty()) else {
            continue;
        };
        seed.linux = true;
        if seed.host.is_empty() {
            seed.host = act.place.as_str().into();
        }
        if seed.image.is_empty() {
            seed.image = actor.image.as_str().into();
        }
        seed.session = seed.session.or(actor.session);
        let above = known.get(&at_work(act, &actor.parent));
        match above {
            Some((parent, image)) => {
                seed.process = id(&act.place, &actor.pid, &actor.parent).into();
                seed.parent = parent.as_str().into();
                seed.parent_image = image.as_str().into();
                lines.insert(seed.process.to_string(), (parent.clone(), image.clone(), seed.session));
            }
            None => {
                let own = known.get(&at_work(act, &actor.pid));
                seed.process = own.map(|(process, _)| process.as_str().into()).unwrap_or_default();
            }
        }
    }
    Ok(())
}

/// By record of auditd among these: its act, and who acted by the record of it that tells most.
fn acts(engine: &Engine, records: &BTreeSet<u64>) -> Result<BTreeMap<u64, (Act, Actor)>, CaseError> {
    let rows = engine.parts.rows_in(Some(AUDITD.table), records, Some(ACT), |batch, row, record| {
        Some((record, (Act::of(batch, row)?, Actor::of(batch, row))))
    })?;
    let mut own: BTreeMap<u64, (Act, Actor)> = rows.into_iter().flatten().take(MOST).collect();
    let acts: BTreeSet<&Act> = own.values().map(|(act, _)| act).collect();
    let serials: BTreeSet<&str> = acts.iter().map(|act| act.serial.as_str()).collect();
    let moments = acts.iter().map(|act| act.at);
    let (Some(first), Some(last)) = (moments.clone().min(), moments.max()) else { return Ok(own) };
    let rows = Rows {
        table: Some(AUDITD.table),
        having: &["ppid"],
        key: "serial",
        wanted: &|serial| serials.contains(serial),
        between: (first, last),
    };
    let calls = engine.parts.fold(&rows, ACT, |calls: &mut BTreeMap<Act, Actor>, batch, row| {
        let actor = Actor::of(batch, row);
        if let Some(act) = Act::of(batch, row).filter(|act| acts.contains(act) && !actor.parent.is_empty()) {
            calls.insert(act, actor);
        }
    })?;
    let calls: BTreeMap<Act, Actor> = calls.into_iter().flatten().collect();
    for (act, actor) in own.values_mut() {
        if let Some(call) = calls.get(act) {
            actor.clone_from(call);
        }
    }
    Ok(own)
}

/// A process and a session.
pub(super) type Standing = (Option<String>, Option<String>);

/// Where the records of auditd's among these stand.
pub(super) fn standing(
    engine: &Engine,
    records: &BTreeSet<u64>,
) -> Result<BTreeMap<u64, Standing>, CaseError> {
    let of = |(record, (act, actor)): (u64, (Act, Actor))| {
        let process = (!actor.parent.is_empty()).then(|| id(&act.place, &actor.pid, &actor.parent));
        (record, (process, actor.session.map(|number| format!("{}|{number:x}", act.place))))
    };
    Ok(acts(engine, records)?.into_iter().map(of).collect())
}

/// By place and account in lower case, and by session: when it was opened and closed.
type Sessions = BTreeMap<(String, String), BTreeMap<String, BTreeMap<i64, bool>>>;

/// Gives what `sudo` and `su` tell the session in which it was done.
fn as_another(engine: &Engine, seeds: &mut [Seed]) -> Result<(), CaseError> {
    let records: BTreeSet<u64> = seeds
        .iter()
        .filter(|seed| seed.session.is_none() && AS_ANOTHER.contains(&&*seed.action))
        .map(|seed| seed.record)
        .collect();
    let columns = ["host_name", "source", "user_name", "timestamp"];
    let who = |batch: &RecordBatch, row| (place(batch, row), cell(batch, "user_name", row).to_lowercase());
    let asked = engine.parts.rows_in(Some(SYSLOG), &records, Some(&columns), |batch, row, record| {
        Some((record, (who(batch, row), moment_at(batch, row)?)))
    })?;
    let asked: BTreeMap<u64, ((String, String), i64)> = asked.into_iter().flatten().collect();
    if asked.is_empty() {
        return Ok(());
    }
    let accounts: BTreeSet<&(String, String)> = asked.values().map(|(who, _)| who).collect();
    let rows = Rows {
        table: Some(SYSLOG),
        having: &["user_name", "timestamp"],
        key: "event_action",
        wanted: &|action| action == "logon" || action == "logoff",
        ..Rows::default()
    };
    let columns = ["host_name", "source", "user_name", "timestamp", "logon_id", "event_action"];
    let found = engine.parts.fold(&rows, &columns, |all: &mut Sessions, batch, row| {
        let (who, id) = (who(batch, row), cell(batch, "logon_id", row));
        if let Some(at) = moment_at(batch, row).filter(|_| accounts.contains(&who) && !id.is_empty()) {
            let opened = cell(batch, "event_action", row) == "logon";
            all.entry(who).or_default().entry(id).or_default().insert(at, opened);
        }
    })?;
    let mut all = Sessions::new();
    for (who, sessions) in found.into_iter().flatten() {
        let known = all.entry(who).or_default();
        sessions.into_iter().for_each(|(id, moments)| known.entry(id).or_default().extend(moments));
    }
    for seed in seeds {
        let Some((who, at)) = asked.get(&seed.record) else { continue };
        seed.linux = true;
        seed.session = seed.session.or_else(|| session(only_open(all.get(who)?, *at)?));
        if seed.host.is_empty() {
            seed.host = who.0.as_str().into();
        }
    }
    Ok(())
}

/// The session that was open at a moment, if no other was.
fn only_open(sessions: &BTreeMap<String, BTreeMap<i64, bool>>, at: i64) -> Option<&str> {
    let mut open = sessions.iter().filter(|(_, moments)| {
        // One that is closed in the same second was still open.
        let before = moments.range(..at).next_back().is_some_and(|(_, opened)| *opened);
        before || moments.contains_key(&at)
    });
    let (id, _) = open.next()?;
    open.next().is_none().then_some(id)
}
