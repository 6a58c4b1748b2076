//! The catalogue as a list: which events are known, and which log source of the Sigma taxonomy each is.

use std::sync::OnceLock;

use crate::catalogue::services::SERVICES;
use crate::catalogue::{CORE_COLUMNS, CoreType, fields, others, windows};
use crate::derive::Derive;
use crate::recognise::{service_shape, shape_of_key, windows_keys};
use crate::{LogSource, Mappings, Shape};

/// Events of one kind that the catalogue knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownSource {
    /// What logs them, e.g. `Microsoft-Windows-Sysmon/Operational 1` (channel and event ID) or `zeek conn`.
    pub name: String,
    /// Their table in a case, e.g. `windows_sysmon_1`; for a whole channel, what its tables begin with.
    pub table: String,
    /// Their log source.
    pub log_source: LogSource,
    /// Names by which rules may ask for their fields; empty where the catalogue does not list them all.
    pub fields: Vec<&'static str>,
}

/// All events that the catalogue knows: Windows channels by event ID where it names the ID, else whole, Zeek logs,
/// web logs and the rest.
pub fn known_sources() -> Vec<KnownSource> {
    let mut all = Vec::new();
    for (channel, short, _) in windows::CHANNELS {
        let whole = shape_of_key(&format!("e{channel}\n"));
        let table = windows::tables_of(short);
        all.push(KnownSource {
            name: (*channel).to_owned(),
            table,
            log_source: whole.log_source,
            fields: Vec::new(),
        });
        for (id, key) in windows_keys(channel, short) {
            let known = fields::WINDOWS.iter().find(|(of, event, _)| of == short && *event == id);
            let known = known.map_or(&[][..], |(_, _, fields)| *fields);
            all.push(of_shape(format!("{channel} {id}"), shape_of_key(&key), known));
        }
    }
    for log in fields::ZEEK_LOGS {
        all.push(of_shape(format!("zeek {log}"), shape_of_key(&format!("z{log}")), &[]));
    }
    for log in others::W3C_LOGS {
        all.push(of_shape(format!("W3C {log} log"), shape_of_key(&format!("w3c_{log}")), &[]));
    }
    for service in SERVICES {
        // Rules for Windows are told when they ask for a field that none of their events has.
        let is_windows = service.product == "windows";
        let fields: Vec<_> = service.aliases.iter().filter(|_| is_windows).map(|(_, field)| *field).collect();
        all.push(of_shape(service.name.to_owned(), service_shape(service), &fields));
    }
    all.push(of_shape("Cisco IOS messages".to_owned(), shape_of_key("c"), &[]));
    for log in others::LINUX_LOGS {
        all.push(of_shape(log.replace('_', " "), shape_of_key(log), &[]));
    }
    all
}

fn of_shape(name: String, shape: Shape, known: &[&'static str]) -> KnownSource {
    let mut fields = known.to_vec();
    if !fields.is_empty() {
        fields.extend(fields::WINDOWS_SYSTEM);
        fields.extend(shape.aliases.iter().filter(|(_, of)| known.contains(of)).map(|(name, _)| *name));
    }
    KnownSource { name, table: shape.table, log_source: shape.log_source, fields }
}

/// Made once, as a case has hundreds of tables.
static KNOWN: OnceLock<Vec<KnownSource>> = OnceLock::new();

/// The log sources of the events in a table of a case: one, or some where the kind of change tells them apart.
pub fn log_sources_of_table(table: &str, mappings: &Mappings) -> Vec<LogSource> {
    if let Some(shape) = mappings.shape_of_table(table) {
        return vec![shape.log_source.clone()];
    }
    if let Some(log) = table.strip_prefix("zeek_") {
        return vec![shape_of_key(&format!("z{log}")).log_source];
    }
    let all = KNOWN.get_or_init(known_sources).iter();
    let known: Vec<_> = all.filter(|source| source.table == table).map(|s| s.log_source.clone()).collect();
    if let Some((short, _)) = windows::channel_of(table).filter(|_| known.is_empty()) {
        let product = LogSource { product: "windows".to_owned(), ..LogSource::default() };
        let channel = windows::CHANNELS.iter().find(|(_, s, _)| short == *s);
        return vec![
            channel.map_or(product, |(channel, _, _)| shape_of_key(&format!("e{channel}\n")).log_source),
        ];
    }
    known
}

/// Whether the events of a table are in the form of Windows event logs: those of Windows, and of Sysmon for Linux.
pub fn in_windows_form(table: &str) -> bool {
    windows::channel_of(table).is_some()
}

/// Whether the events of a table are of a service in the cloud or the like, which is asked from anywhere.
pub fn is_of_service(table: &str) -> bool {
    SERVICES.iter().any(|service| service.table == table)
}

/// The names by which rules may ask for the fields of a table besides its columns: (name in the rule, column).
pub fn aliases_of_table(table: &str, mappings: &Mappings) -> &'static [(&'static str, &'static str)] {
    shape_of_table(table, mappings).map_or(&[], |shape| shape.aliases)
}

/// The core column that holds, unchanged, what rules call `field` in a table's events.
pub fn core_column_of(table: &str, field: &str, mappings: &Mappings) -> Option<&'static str> {
    let shape = shape_of_table(table, mappings)?;
    let aliases =
        shape.aliases.iter().filter(|(alias, _)| alias.eq_ignore_ascii_case(field)).map(|(_, of)| *of);
    let names: Vec<&str> = std::iter::once(field).chain(aliases).collect();
    let copies = Shape::core_maps(&shape).filter(|(_, _, how)| matches!(how, Derive::Copy | Derive::Said));
    let is_text =
        |core: &str| CORE_COLUMNS.iter().any(|(name, kind)| *name == core && *kind == CoreType::Text);
    copies
        .filter(|(core, _, _)| is_text(core))
        .find(|(_, native, _)| names.iter().any(|name| name.eq_ignore_ascii_case(native)))
        .map(|(core, _, _)| *core)
}

fn shape_of_table(table: &str, mappings: &Mappings) -> Option<Shape> {
    if let Some(shape) = mappings.shape_of_table(table) {
        return Some(shape.clone());
    }
    if let Some(log) = table.strip_prefix("zeek_") {
        return Some(shape_of_key(&format!("z{log}")));
    }
    if table.starts_with("w3c_") {
        return Some(shape_of_key(table));
    }
    if let Some((short, id)) = windows::channel_of(table) {
        let channel =
            windows::CHANNELS.iter().find(|(_, s, _)| *s == short).map_or("", |(channel, _, _)| channel);
        return Some(shape_of_key(&format!("e{channel}\n{id}")));
    }
    match table {
        "cisco_ios" => Some(shape_of_key("c")),
        "json" => Some(shape_of_key("j")),
        log if others::LINUX_LOGS.contains(&log) => Some(shape_of_key(log)),
        _ => SERVICES.iter().find(|service| service.table == table).map(service_shape),
    }
}
