//! Findings that are no part of an intrusion and yet of its doings.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::{Evidence, Intrusion, Tie};

/// So near in time on one host is the same doing: people at work pause for minutes.
const NEAR: i64 = 300_000_000;

/// Where one record of a finding stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// Its host.
    pub host: Arc<str>,
    /// Its moment (UTC, microseconds), if it has one.
    pub at: Option<i64>,
    /// Its process and that one's parent, by what tells them from all others.
    pub processes: Vec<Arc<str>>,
    /// Its logon session, as in [`Tie::Session`].
    pub session: Option<Arc<str>>,
}

/// By intrusion: what a record can share with it.
#[derive(Default)]
struct Doings<'a> {
    processes: BTreeMap<&'a str, BTreeSet<usize>>,
    sessions: BTreeMap<&'a str, BTreeSet<usize>>,
    /// By host in lower case, in order of time.
    moments: BTreeMap<String, Vec<(i64, usize)>>,
}

/// Lets findings that are part of no intrusion follow the one of whose doings more than half of their records are: of
/// the same process or logon session, or on the same host within five minutes. What follows says nothing of hosts,
/// accounts, times or strength. `traces` are those of all findings that count, by id.
pub fn follow(intrusions: &mut [Intrusion], findings: &[Evidence], traces: &BTreeMap<String, Vec<Trace>>) {
    let part_of: BTreeMap<&str, usize> = intrusions
        .iter()
        .enumerate()
        .flat_map(|(number, i)| i.findings.iter().map(move |id| (id.as_str(), number)))
        .collect();
    let doings = doings(findings, &part_of, traces);
    let loose = traces.iter().filter(|(id, own)| !part_of.contains_key(id.as_str()) && !own.is_empty());
    let led: Vec<(String, usize)> =
        loose.filter_map(|(id, own)| Some((id.clone(), doings.of_most(own)?))).collect();
    drop(part_of);
    for (id, number) in led {
        intrusions[number].followers.push(id);
    }
}

fn doings<'a>(
    findings: &'a [Evidence],
    part_of: &BTreeMap<&str, usize>,
    traces: &'a BTreeMap<String, Vec<Trace>>,
) -> Doings<'a> {
    let mut doings = Doings::default();
    for finding in findings {
        let Some(number) = part_of.get(finding.id.as_str()).copied() else { continue };
        for tie in &finding.ties {
            match tie {
                Tie::Process { id, .. } => drop(doings.processes.entry(id).or_default().insert(number)),
                Tie::Session { id, .. } => drop(doings.sessions.entry(id).or_default().insert(number)),
                _ => {}
            }
        }
        for trace in traces.get(&finding.id).into_iter().flatten() {
            let on = doings.moments.entry(trace.host.to_lowercase()).or_default();
            on.extend(trace.at.map(|at| (at, number)));
            if let Some(id) = &trace.session {
                doings.sessions.entry(id).or_default().insert(number);
            }
        }
    }
    doings.moments.values_mut().for_each(|moments| moments.sort_unstable());
    doings
}

impl Doings<'_> {
    /// The intrusion of whose doings more than half of the records are.
    fn of_most(&self, records: &[Trace]) -> Option<usize> {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for number in records.iter().flat_map(|record| self.of(record)) {
            *counts.entry(number).or_default() += 1;
        }
        let (number, count) =
            counts.into_iter().max_by_key(|(number, count)| (*count, usize::MAX - number))?;
        (count * 2 > records.len()).then_some(number)
    }

    fn of(&self, record: &Trace) -> BTreeSet<usize> {
        let processes = record.processes.iter().filter_map(|id| self.processes.get(&**id));
        let session = record.session.as_ref().and_then(|id| self.sessions.get(&**id));
        let mut all: BTreeSet<usize> = processes.chain(session).flatten().copied().collect();
        if let (Some(at), Some(on)) = (record.at, self.moments.get(&record.host.to_lowercase())) {
            let from = on.partition_point(|(moment, _)| *moment < at.saturating_sub(NEAR));
            all.extend(on[from..].iter().take_while(|(moment, _)| *moment <= at + NEAR).map(|(_, n)| *n));
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{NEAR, Trace, follow};
    use crate::{Decisions, Evidence, Tie, correlate};

    fn trace(host: &str, at: i64, process: &str) -> Trace {
        Trace { host: host.into(), at: Some(at), processes: vec![process.into()], session: None }
    }

    #[test]
    fn most_records_must_be_of_its_doings() {
        let finding = |id: &str, level: &'static str| Evidence {
            id: id.to_owned(),
            title: format!("rule of {id}").into(),
            level,
            host: Some("H1".to_owned()),
            time: Some((0, 0)),
            ties: vec![Tie::Process { id: "{p}".into(), name: "a.exe on H1".into() }],
            ..Evidence::default()
        };
        let findings =
            [finding("F1", "high"), finding("F2", "high"), finding("F3", "low"), finding("F4", "low")];
        let mut intrusions = correlate(&findings, &Decisions::default(), None);
        let told = intrusions.clone();
        let traces = BTreeMap::from([
            ("F1".to_owned(), vec![trace("h1", 0, "{p}")]),
            ("F2".to_owned(), vec![trace("h1", 0, "{p}")]),
            (
                "F3".to_owned(),
                vec![trace("H1", NEAR, "{q}"), trace("H1", 9 * NEAR, "{p}"), trace("H1", 9 * NEAR, "")],
            ),
            (
                "F4".to_owned(),
                vec![trace("H1", NEAR + 1, "{q}"), trace("H2", 0, "{q}"), trace("H1", 0, "{q}")],
            ),
        ]);
        follow(&mut intrusions, &findings, &traces);
        assert_eq!(intrusions[0].followers, ["F3"]);
        intrusions[0].followers.clear();
        assert_eq!(intrusions, told, "nothing else is changed");
    }
}
