//! Whom the processes of findings called, and under which names: connections to addresses, answers to queries.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::RecordBatch;
use onus_intrusion::{Evidence, Tie, is_outside};

use super::Seed;
use super::processes::{Lines, by_process};
use super::rows::{native, texts};
use crate::CaseError;
use crate::parts::Rows;
use crate::query::{Engine, cell, text_at};

/// A process that calls more outside addresses than this is a browser or the like.
const FEW_ADDRESSES: usize = 8;
/// An address that is called from more hosts than this is everybody's.
const FEW_HOSTS: usize = 5;
/// What events of connections are.
const CONNECTION: &str = "network_connection";
/// Addresses whose names are sought, and names whose addresses are.
const SOUGHT: usize = 200;

/// Where queries for names and their answers stand: (table, name, answers).
const ANSWERS: &[(&str, &str, &str)] =
    &[("windows_sysmon_22", "QueryName", "QueryResults"), ("zeek_dns", "query", "answers")];

/// Ties findings whose processes called one address, and those that speak of a name to those of its address.
pub(super) fn tie(
    engine: &Engine,
    seeds: &[Seed],
    lines: &Lines,
    findings: &mut [Evidence],
) -> Result<(), CaseError> {
    for (finding, address) in called(engine, seeds, lines)? {
        findings[finding].ties.push(Tie::Address(address));
    }
    let names: BTreeSet<&str> = seeds.iter().map(|seed| &*seed.domain).filter(|n| n.contains('.')).collect();
    let addresses: BTreeSet<&str> = findings.iter().flat_map(|f| &f.addresses).map(String::as_str).collect();
    let answers = answers(engine, &names, &addresses)?;
    let (mut of_name, mut of_address) = (Answers::new(), Answers::new());
    for (name, address) in &answers {
        of_name.entry(name).or_default().push(address);
        of_address.entry(address).or_default().push(name);
    }
    for seed in seeds {
        for address in of_name.get(&*seed.domain).into_iter().flatten().map(|address| (*address).to_owned()) {
            findings[seed.finding].names.push((address.clone(), seed.domain.to_string()));
            findings[seed.finding].ties.push(Tie::Address(address));
        }
    }
    for finding in findings {
        for address in &finding.addresses {
            let names = of_address.get(address.as_str()).into_iter().flatten();
            finding.names.extend(names.map(|name| (address.clone(), (*name).to_owned())));
        }
        finding.names.sort();
        finding.names.dedup();
        finding.ties.sort();
        finding.ties.dedup();
    }
    Ok(())
}

/// By name its addresses, or by address its names.
type Answers<'a> = BTreeMap<&'a str, Vec<&'a str>>;

/// The few outside addresses that each finding's processes called, and that few hosts call.
fn called(engine: &Engine, seeds: &[Seed], lines: &Lines) -> Result<BTreeSet<(usize, String)>, CaseError> {
    let by_process = by_process(seeds, lines);
    let columns = ["process_entity_id", "destination_ip", "event_action"];
    let rows = Rows {
        having: &["destination_ip"],
        key: "process_entity_id",
        wanted: &|process| by_process.contains_key(process),
        ..Rows::default()
    };
    let called = engine.parts.fold(&rows, &columns, |all: &mut BTreeMap<_, BTreeSet<_>>, batch, row| {
        let [process, address, action] = columns.map(|column| cell(batch, column, row));
        let own = all.entry(process).or_default();
        if action == CONNECTION && own.len() <= FEW_ADDRESSES && is_outside(&address) {
            own.insert(address);
        }
    })?;
    let mut of_process: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (process, addresses) in called.into_iter().flatten() {
        of_process.entry(process).or_default().extend(addresses);
    }
    of_process.retain(|_, addresses| addresses.len() <= FEW_ADDRESSES);
    let all: BTreeSet<&str> = of_process.values().flatten().map(String::as_str).collect();
    let rare = rare(engine, &all)?;
    let mut called = BTreeSet::new();
    for (process, addresses) in &of_process {
        for finding in by_process.get(process.as_str()).into_iter().flatten() {
            let own = addresses.iter().filter(|address| rare.contains(*address));
            called.extend(own.map(|address| (*finding, address.clone())));
        }
    }
    Ok(called)
}

/// Those of the addresses that few hosts call.
fn rare(engine: &Engine, addresses: &BTreeSet<&str>) -> Result<BTreeSet<String>, CaseError> {
    let columns = ["destination_ip", "host_name", "event_action"];
    let rows =
        Rows { key: "destination_ip", wanted: &|address| addresses.contains(address), ..Rows::default() };
    let calls = engine.parts.fold(&rows, &columns, |all: &mut BTreeMap<_, BTreeSet<_>>, batch, row| {
        let [address, host, action] = columns.map(|column| cell(batch, column, row));
        if action == CONNECTION {
            let hosts = all.entry(address).or_default();
            if !host.is_empty() && hosts.len() <= FEW_HOSTS {
                hosts.insert(host);
            }
        }
    })?;
    let mut callers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (address, hosts) in calls.into_iter().flatten() {
        callers.entry(address).or_default().extend(hosts);
    }
    callers.retain(|_, hosts| hosts.len() <= FEW_HOSTS);
    Ok(callers.into_keys().collect())
}

/// Names with the outside addresses that they were answered with: of these names, and those of these addresses.
fn answers(
    engine: &Engine,
    names: &BTreeSet<&str>,
    addresses: &BTreeSet<&str>,
) -> Result<BTreeSet<(String, String)>, CaseError> {
    let mut found = BTreeSet::new();
    for (table, name, answers) in ANSWERS {
        if !engine.has(table)? {
            continue;
        }
        let (name, answers) = (native(engine, table, name), native(engine, table, answers));
        let answered = format!("(select distinct lower({name}) as n, {answers} as a from {table} e) q");
        for (sought, column, fits) in
            [(names, "name", "q.n = g.name"), (addresses, "address", "strpos(q.a, g.address) > 0")]
        {
            if sought.is_empty() {
                continue;
            }
            let rows = RecordBatch::try_from_iter([(column, texts(sought.iter().take(SOUGHT).copied()))])?;
            let question = format!("select q.n, q.a from {answered} join graph_sought g on {fits}");
            for batch in engine.query_with("graph_sought", rows, &question)? {
                for row in 0..batch.num_rows() {
                    let name = text_at(&batch, 0, row);
                    let answers = text_at(&batch, 1, row);
                    let outside = parts(&answers).filter(|address| is_outside(address));
                    found.extend(outside.map(|address| (name.clone(), address.to_owned())));
                }
            }
        }
    }
    // A name with very many answers says nothing of one of them.
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    found.iter().for_each(|(name, _)| *counts.entry(name).or_default() += 1);
    let many: BTreeSet<String> =
        counts.into_iter().filter(|(_, n)| *n > FEW_ADDRESSES).map(|(name, _)| name.to_owned()).collect();
    found.retain(|(name, _)| !many.contains(name));
    Ok(found)
}

/// The addresses in a list of answers, as Sysmon and Zeek write it.
fn parts(answers: &str) -> impl Iterator<Item = &str> {
    let ends = |c: char| matches!(c, ';' | ',' | '\n' | ' ');
    answers.split(ends).map(|part| part.strip_prefix("::ffff:").unwrap_or(part))
}
