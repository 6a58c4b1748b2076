//! Where the records of findings stand: what may follow an intrusion is told by that.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use arrow_array::RecordBatch;
use onus_intrusion::{Evidence, Intrusion, Trace};

use super::rows::session;
use super::{ALL_SEEDS, linux, pids};
use crate::CaseError;
use crate::pool::{Pool, push_tight, shared};
use crate::query::{Engine, cell, moment_at};

/// Records of one finding that are looked at, spread over those that it keeps.
const LOOKED_AT: usize = 16;

/// The columns of a trace.
const TRACE: &[&str] =
    &["record", "timestamp", "host_name", "process_entity_id", "process_parent_entity_id", "logon_id"];

/// By finding on a host of an intrusion: where its records stand.
pub(crate) fn traces(
    engine: &Engine,
    findings: &[Evidence],
    intrusions: &[Intrusion],
) -> Result<BTreeMap<String, Vec<Trace>>, CaseError> {
    let hosts: BTreeSet<String> =
        intrusions.iter().flat_map(|i| i.host_names().map(str::to_lowercase)).collect();
    let here = |f: &&Evidence| f.host.as_ref().is_some_and(|host| hosts.contains(&host.to_lowercase()));
    let mut of_record: BTreeMap<u64, Vec<&Evidence>> = BTreeMap::new();
    let spread = |f: &Evidence| f.records.len().div_ceil(LOOKED_AT).max(1);
    let all = findings.iter().filter(here);
    let all = all.flat_map(|f| f.records.iter().step_by(spread(f)).map(move |record| (*record, f)));
    for (record, finding) in all.take(ALL_SEEDS) {
        of_record.entry(record).or_default().push(finding);
    }
    let mut traces: BTreeMap<String, Vec<Trace>> = BTreeMap::new();
    if of_record.is_empty() {
        return Ok(traces);
    }
    let records: BTreeSet<u64> = of_record.keys().copied().collect();
    // Where findings are very many, most of these texts are alike.
    let texts = Mutex::new(Pool::default());
    let one = |batch: &RecordBatch, row, record| trace(batch, row, record, &texts);
    let mut rows = engine.parts.rows(&records, Some(TRACE), one)?;
    of_processes(engine, &mut rows)?;
    for (record, trace) in rows {
        for finding in of_record.get(&record).into_iter().flatten() {
            // A record of the network names no host; its finding does.
            let host = shared(finding.host.as_deref().unwrap_or_default(), &texts);
            let own = traces.entry(finding.id.clone()).or_default();
            push_tight(own, Trace { host, ..trace.clone() });
        }
    }
    Ok(traces)
}

/// Adds the processes of records that name none.
fn of_processes(engine: &Engine, rows: &mut [(u64, Trace)]) -> Result<(), CaseError> {
    let nameless = rows.iter().filter(|(_, trace)| trace.processes.is_empty());
    let nameless = nameless.filter_map(|(record, trace)| Some((*record, trace.at?))).collect();
    let known = pids::in_sysmon(engine, &nameless)?;
    let records = rows.iter().filter(|(_, trace)| trace.processes.is_empty()).map(|(record, _)| *record);
    let acted = linux::standing(engine, &records.collect())?;
    for (record, trace) in rows {
        if let Some((process, session)) = acted.get(record) {
            trace.processes.extend(process.as_deref().map(Arc::from));
            trace.session = trace.session.take().or_else(|| session.as_deref().map(Arc::from));
        }
        if let Some(start) = known.get(record) {
            trace.processes = [&start.process, &start.parent_process].map(|id| id.as_str().into()).to_vec();
        }
    }
    Ok(())
}

fn trace(batch: &RecordBatch, row: usize, record: u64, texts: &Mutex<Pool>) -> (u64, Trace) {
    let host = cell(batch, "host_name", row);
    let number = session(&cell(batch, "logon_id", row));
    let session = number.map(|number| format!("{}|{number:x}", host.to_lowercase()));
    let processes = ["process_entity_id", "process_parent_entity_id"].map(|name| cell(batch, name, row));
    let processes = processes.iter().filter(|id| !id.is_empty());
    let trace = Trace {
        at: moment_at(batch, row),
        processes: processes.map(|id| shared(id, texts)).collect(),
        session: session.map(|id| shared(&id, texts)),
        host: shared(&host, texts),
    };
    (record, trace)
}
