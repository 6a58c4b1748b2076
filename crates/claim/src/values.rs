//! Where a value stands: the same tool on several hosts, and the earliest record of those cited.

use std::borrow::Cow;

use crate::record::Viewer;
use crate::witness::{Witness, differs, same_address};
use crate::{CitedRecord, FirstSeen, Moment, Outcome, Property, SameTool};

/// Fields with the name of a service or a task, in any log.
pub(crate) const SERVICE_FIELDS: &[&str] = &["ServiceName", "TaskName"];

impl Property {
    /// The core columns in which a value is sought.
    pub(crate) fn columns(self, value: &str) -> Vec<&'static str> {
        match self {
            Self::Hash => {
                let kind = value.split_once(':').map_or("", |(kind, _)| kind).to_ascii_lowercase();
                let known = [
                    ("md5", "hash_md5"),
                    ("sha1", "hash_sha1"),
                    ("sha256", "hash_sha256"),
                    ("imphash", "hash_imphash"),
                ];
                known.iter().filter(|(name, _)| *name == kind).map(|(_, column)| *column).collect()
            }
            Self::Executable => vec!["process_executable"],
            Self::FileName => vec!["process_executable", "file_path"],
            Self::CommandLine => vec!["process_command_line"],
            Self::Service => Vec::new(),
            Self::Address => vec!["source_ip", "destination_ip"],
            Self::Domain => vec!["destination_domain"],
            Self::Account => vec!["user_name"],
        }
    }

    fn same(self, found: &str, value: &str) -> bool {
        let last = |path: &str| path.rsplit(['\\', '/']).next().unwrap_or(path).to_ascii_lowercase();
        match self {
            Self::Hash => value.split_once(':').is_some_and(|(_, hex)| found.eq_ignore_ascii_case(hex)),
            Self::FileName => last(found) == value.to_ascii_lowercase(),
            Self::CommandLine => found == value,
            Self::Address => same_address(found, value),
            _ => found.eq_ignore_ascii_case(value),
        }
    }
}

/// The value stands in the record.
pub(crate) fn bears(seen: &Witness<'_>, property: Property, value: &str) -> Result<(), Outcome> {
    let mut found: Vec<Cow<'_, str>> = Vec::new();
    let mut missing: Vec<&'static str> = Vec::new();
    for column in property.columns(value) {
        match seen.event.text(column) {
            Some(text) => found.push(Cow::Borrowed(text)),
            None => missing.extend(seen.event.shape.fields_of(column)),
        }
    }
    if property == Property::Service {
        for field in SERVICE_FIELDS {
            match seen.field(field) {
                Some(text) => found.push(text),
                None => missing.push(field),
            }
        }
    }
    if found.iter().any(|text| property.same(text, value)) {
        return Ok(());
    }
    if !seen.record.complete && !missing.is_empty() {
        return Err(seen.lacks(property.name(), missing));
    }
    let name = property.name();
    Err(differs(match found.first() {
        Some(text) => format!("{} has {name} {text}, not {value}", seen.name()),
        None => format!("{} has no {name}", seen.name()),
    }))
}

pub(crate) fn same_tool(params: &SameTool, records: &[&CitedRecord<'_>]) -> Result<Outcome, Outcome> {
    let mut without: Vec<String> = params.hosts.iter().map(|host| host.to_ascii_lowercase()).collect();
    without.sort();
    without.dedup();
    let hosts = without.clone();
    if hosts.len() < 2 {
        return Ok(differs("it names fewer than two hosts"));
    }
    let mut viewer = Viewer::default();
    for record in records {
        let seen = Witness::new(&mut viewer, record)?;
        let host = seen.text("host_name")?.to_ascii_lowercase();
        if !hosts.contains(&host) {
            return Ok(differs(format!("{} is of the host {host}, which is not named", seen.name())));
        }
        bears(&seen, params.property, &params.value)?;
        without.retain(|known| *known != host);
    }
    match without.first() {
        Some(host) => Ok(differs(format!("no cited record is of the host {host}"))),
        None => Ok(Outcome::Holds),
    }
}

pub(crate) fn first_seen(params: &FirstSeen, records: &[&CitedRecord<'_>]) -> Result<Outcome, Outcome> {
    let mut viewer = Viewer::default();
    let mut earliest: Option<(Moment, u64)> = None;
    let mut is_cited = false;
    for record in records {
        let seen = Witness::new(&mut viewer, record)?;
        bears(&seen, params.property, &params.value)?;
        let time = seen.time()?;
        if earliest.is_none_or(|(known, _)| time < known) {
            earliest = Some((time, record.record));
        }
        if record.record == params.record {
            is_cited = true;
            if let Some(host) = &params.host {
                seen.is_of(host)?;
            }
            seen.is_at(params.time)?;
        }
    }
    match earliest {
        _ if !is_cited => Ok(differs(format!("record {} is not cited", params.record))),
        Some((time, record)) if time < params.time => {
            Ok(differs(format!("record {record} is of {time}, which is earlier")))
        }
        _ => Ok(Outcome::Holds),
    }
}
