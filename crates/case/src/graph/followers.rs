//! Where the records of findings stand: what may follow an intrusion is told by that.

use std::collections::{BTreeMap, BTreeSet};

use onus_intrusion::{Evidence, Intrusion, Trace};

use super::ALL_SEEDS;
use super::rows::{records, session, signed, unsigned};
use crate::CaseError;
use crate::query::{Engine, text_at};

/// Records of one finding that are looked at, spread over those that it keeps.
const LOOKED_AT: usize = 16;

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
    let question = "select e.record, cast(e.timestamp as bigint), e.host_name, e.process_entity_id, \
         e.process_parent_entity_id, e.logon_id, e.timestamp is not null \
         from events e join graph_places g on e.record = g.record";
    for batch in engine.query_with("graph_places", records(of_record.keys().copied())?, question)? {
        for row in 0..batch.num_rows() {
            let host = text_at(&batch, 2, row);
            let number = session(&text_at(&batch, 5, row));
            let processes = [3, 4].map(|at| text_at(&batch, at, row));
            let trace = Trace {
                at: (text_at(&batch, 6, row) == "true").then(|| signed(&batch, 1, row)),
                processes: processes.into_iter().filter(|id| !id.is_empty()).collect(),
                session: number.map(|number| format!("{}|{number:x}", host.to_lowercase())),
                host: String::new(),
            };
            for finding in of_record.get(&unsigned(&batch, 0, row)).into_iter().flatten() {
                // A record of the network names no host; its finding does.
                let host = finding.host.clone().unwrap_or_default();
                traces.entry(finding.id.clone()).or_default().push(Trace { host, ..trace.clone() });
            }
        }
    }
    Ok(traces)
}
