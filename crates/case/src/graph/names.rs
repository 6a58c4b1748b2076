//! Whom the processes of findings called, and under which names: connections to addresses, answers to queries.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::RecordBatch;
use onus_intrusion::{Evidence, Tie, is_outside};

use super::Seed;
use super::processes::{Lines, is_id, is_telling, line};
use super::rows::{native, signed, texts};
use crate::CaseError;
use crate::query::{Engine, text_at};

/// A process that calls more outside addresses than this is a browser or the like.
const FEW_ADDRESSES: usize = 8;
/// An address that is called from more hosts than this is everybody's.
const FEW_HOSTS: i64 = 5;
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
    let names: BTreeSet<&str> =
        seeds.iter().map(|seed| seed.domain.as_str()).filter(|n| n.contains('.')).collect();
    let addresses: BTreeSet<&str> = findings.iter().flat_map(|f| &f.addresses).map(String::as_str).collect();
    let answers = answers(engine, &names, &addresses)?;
    for seed in seeds {
        for (name, address) in answers.iter().filter(|(name, _)| *name == seed.domain) {
            findings[seed.finding].ties.push(Tie::Address(address.clone()));
            findings[seed.finding].names.push((address.clone(), name.clone()));
        }
    }
    for finding in findings {
        let own = answers.iter().filter(|(_, address)| finding.addresses.contains(address));
        let own: Vec<_> = own.map(|(name, address)| (address.clone(), name.clone())).collect();
        finding.names.extend(own);
        finding.names.sort();
        finding.names.dedup();
        finding.ties.sort();
        finding.ties.dedup();
    }
    Ok(())
}

/// The few outside addresses that each finding's processes called, and that few hosts call.
fn called(engine: &Engine, seeds: &[Seed], lines: &Lines) -> Result<BTreeSet<(usize, String)>, CaseError> {
    let mut by_process: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for seed in seeds {
        let own = line(seed, lines).into_iter().take_while(|(_, image)| is_telling(image));
        for (process, _) in own.filter(|(process, _)| is_id(process)) {
            by_process.entry(process).or_default().insert(seed.finding);
        }
    }
    let rows = RecordBatch::try_from_iter([("process", texts(by_process.keys().map(String::as_str)))])?;
    let events = engine.events_with(&["process_entity_id", "destination_ip"])?;
    let question = format!(
        "select distinct e.process_entity_id, e.destination_ip \
         from {events} e join graph_processes g on e.process_entity_id = g.process \
         where e.event_action = 'network_connection' and e.destination_ip is not null"
    );
    let mut of_process: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for batch in engine.query_with("graph_processes", rows, &question)? {
        for row in 0..batch.num_rows() {
            let own = of_process.entry(text_at(&batch, 0, row)).or_default();
            let address = text_at(&batch, 1, row);
            if own.len() <= FEW_ADDRESSES && is_outside(&address) {
                own.insert(address);
            }
        }
    }
    of_process.retain(|_, addresses| addresses.len() <= FEW_ADDRESSES);
    let all: BTreeSet<&str> = of_process.values().flatten().map(String::as_str).collect();
    let rare = rare(engine, &all)?;
    let mut called = BTreeSet::new();
    for (process, addresses) in &of_process {
        for finding in by_process.get(process).into_iter().flatten() {
            let own = addresses.iter().filter(|address| rare.contains(*address));
            called.extend(own.map(|address| (*finding, address.clone())));
        }
    }
    Ok(called)
}

/// Those of the addresses that few hosts call.
fn rare(engine: &Engine, addresses: &BTreeSet<&str>) -> Result<BTreeSet<String>, CaseError> {
    let rows = RecordBatch::try_from_iter([("address", texts(addresses.iter().copied()))])?;
    let events = engine.events_with(&["destination_ip"])?;
    let question = format!(
        "select g.address, count(distinct e.host_name) from {events} e \
         join graph_addresses g on cast(e.destination_ip as varchar) = g.address \
         where e.event_action = 'network_connection' group by 1"
    );
    let mut rare = BTreeSet::new();
    for batch in engine.query_with("graph_addresses", rows, &question)? {
        for row in (0..batch.num_rows()).filter(|row| signed(&batch, 1, *row) <= FEW_HOSTS) {
            rare.insert(text_at(&batch, 0, row));
        }
    }
    Ok(rare)
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
        let (name, answers) = (native(engine, table, name)?, native(engine, table, answers)?);
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
