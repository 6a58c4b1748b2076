//! Programs: on which hosts the same one was seen, and where first.

use memchr::memmem::Finder;
use onus_claim::{CitedRecord, FirstSeen, Kind, Moment, Property, SameTool, has_value, host_of, time_of};
use onus_intrusion::ArtifactKind;
use onus_source::Value;

use super::Made;

/// Records that a claim of the first sight cites.
const CITED: usize = 3;
/// Programs in these are the same on all hosts, whoever runs them.
const SYSTEM: [&str; 3] = [r"\windows\system32\", r"\windows\syswow64\", r"\program files"];
/// Programs that are told of.
const TOLD: usize = 60;

pub(super) fn tell(made: &mut Made<'_>) {
    let mut values: Vec<(Property, String, Vec<String>)> = Vec::new();
    let programs = made.intrusion.artifacts.iter().filter(|a| a.kind != ArtifactKind::File);
    for artifact in programs.take(TOLD) {
        let (property, value) = match artifact.hash.as_deref().and_then(named_hash) {
            Some(hash) => (Property::Hash, hash),
            None => (Property::FileName, last(&artifact.path).to_owned()),
        };
        if !values.iter().any(|(p, v, _)| *p == property && v.eq_ignore_ascii_case(&value)) {
            values.push((property, value, artifact.findings.clone()));
        }
    }
    for (value, findings) in hashes_of_programs(made) {
        if !values.iter().any(|(_, known, _)| *known == value) {
            values.push((Property::Hash, value, findings));
        }
    }
    let records = made.records.all();
    let records: Vec<_> = records.values().filter(|r| r.complete).map(|r| (r, in_lower_case(r))).collect();
    let told = values.iter().flat_map(|(property, value, findings)| {
        let seen = sightings(&records, *property, value);
        let told = [same_tool(*property, value, &seen), first_seen(*property, value, &seen)];
        told.into_iter().flatten().map(move |told| (told, findings))
    });
    let told: Vec<_> = told.collect();
    drop(records);
    for (told, findings) in told {
        made.prove(told, findings);
    }
}

/// The hashes of programs that the story tells of and that lie outside the system's own folders.
fn hashes_of_programs(made: &Made<'_>) -> Vec<(String, Vec<String>)> {
    let own = |path: &str| {
        let path = path.to_ascii_lowercase();
        SYSTEM.iter().any(|folder| path.contains(folder))
    };
    let programs = made.told.iter().filter_map(|((kind, _), findings)| match kind {
        Kind::Process(p) if !own(&p.executable) => Some((p.hash.clone()?, findings.clone())),
        _ => None,
    });
    programs.take(TOLD).collect()
}

/// A hash with its algorithm, told by its length.
fn named_hash(hex: &str) -> Option<String> {
    let kind = match hex.len() {
        32 => "md5",
        40 => "sha1",
        64 => "sha256",
        _ => return None,
    };
    Some(format!("{kind}:{}", hex.to_ascii_lowercase()))
}

fn last(path: &str) -> &str {
    path.rsplit(['\\', '/']).next().unwrap_or(path)
}

/// All texts of a record in lower case.
fn in_lower_case(record: &CitedRecord<'_>) -> String {
    let mut all = String::new();
    for (_, field) in &record.fields {
        if let Value::Text(field) = field {
            all.push_str(field);
            all.push('\n');
        }
    }
    all.make_ascii_lowercase();
    all
}

/// (time, record, host) of the intrusion's records in which the value stands, the earliest first.
fn sightings(
    records: &[(&CitedRecord<'_>, String)],
    property: Property,
    value: &str,
) -> Vec<(i64, u64, String)> {
    // To look whether its text stands anywhere costs little, and most records lack it.
    let text = value.split_once(':').map_or(value, |(_, hex)| hex).to_ascii_lowercase();
    let text = Finder::new(&text);
    let hits = records.iter().filter(|(_, texts)| text.find(texts.as_bytes()).is_some());
    let bears = hits.map(|(record, _)| record).filter(|record| has_value(property, value, record));
    let mut seen: Vec<(i64, u64, String)> =
        bears.filter_map(|record| Some((time_of(record)?, record.record, host_of(record)?))).collect();
    seen.sort();
    seen
}

/// The earliest record of each host.
fn same_tool(property: Property, value: &str, seen: &[(i64, u64, String)]) -> Option<(Kind, Vec<u64>)> {
    let (mut hosts, mut cites): (Vec<String>, Vec<u64>) = (Vec::new(), Vec::new());
    for (_, record, host) in seen {
        if !hosts.iter().any(|known| known.eq_ignore_ascii_case(host)) {
            hosts.push(host.clone());
            cites.push(*record);
        }
    }
    let kind = Kind::SameTool(SameTool { property, value: value.to_owned(), hosts });
    (cites.len() > 1).then_some((kind, cites))
}

fn first_seen(property: Property, value: &str, seen: &[(i64, u64, String)]) -> Option<(Kind, Vec<u64>)> {
    let (time, record, host) = seen.first()?;
    let kind = Kind::FirstSeen(FirstSeen {
        property,
        value: value.to_owned(),
        record: *record,
        time: Moment(*time),
        host: Some(host.clone()),
    });
    let cites: Vec<u64> = seen.iter().take(CITED).map(|(_, record, _)| *record).collect();
    (cites.len() > 1).then_some((kind, cites))
}
