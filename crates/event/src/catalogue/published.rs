//! The catalogue as data, for those who write a verifier: `docs/spec/fields.json` must say what is read here.

use serde_json::{Value, json};

use super::services::{SERVICES, Service};
use super::{CoreMap, others, windows, zeek};
use crate::derive::Derive;
use crate::recognise::{STATED, TIME_FIELDS};

fn columns(maps: &[CoreMap]) -> Value {
    maps.iter()
        .map(|(column, field, how)| match how {
            Derive::Copy => json!([column, field]),
            Derive::User => json!([column, field, "user"]),
            Derive::Said => json!([column, field, "said"]),
            Derive::Domain => json!([column, field, "domain"]),
            Derive::Address => json!([column, field, "address"]),
            Derive::HashPart(kind) => json!([column, field, format!("hash:{kind}")]),
            Derive::Join(before) => json!([column, field, format!("join:{before}")]),
        })
        .collect()
}

fn sysmon(more: &[CoreMap]) -> Vec<CoreMap> {
    windows::CORE_SYSMON.iter().chain(more).copied().collect()
}

fn logon() -> Vec<CoreMap> {
    windows::CORE_LOGON.iter().chain(windows::CORE_SECURITY).copied().collect()
}

fn session() -> Vec<CoreMap> {
    windows::CORE_SESSION.iter().chain(windows::CORE_SECURITY).copied().collect()
}

fn terminal() -> Vec<CoreMap> {
    windows::CORE_TERMINAL.iter().chain(windows::CORE_OTHER).copied().collect()
}

/// Sections in order, one a line, or one entry a line where they are long.
fn text() -> String {
    let registry = windows::REGISTRY_VARIANTS.iter().map(|(change, _, category)| json!([change, category]));
    let categories = zeek::CATEGORIES.iter().map(|(log, all)| ((*log).to_owned(), json!(all)));
    let sections = [
        ("times", json!(TIME_FIELDS)),
        ("stated", json!(STATED)),
        (
            "windows",
            json!({
                "channels": windows::CHANNELS, "events": windows::EVENTS, "registry": registry.collect::<Vec<_>>(),
            }),
        ),
        (
            "zeek",
            json!({
                "signatures": zeek::SIGNATURES, "categories": categories.collect::<serde_json::Map<_, _>>(),
            }),
        ),
        ("services", SERVICES.iter().map(service).collect()),
        ("cisco", json!({ "source": source("cisco", &["aaa", "syslog", "bgp", "ldp"], &[]) })),
        (
            "linux",
            json!({
                "linux_auditd": { "services": ["auditd"], "events": others::LINUX_EVENTS },
                "linux_syslog": { "services": others::SYSLOG_SERVICES, "events": others::LINUX_EVENTS },
            }),
        ),
        (
            "aliases",
            json!({
                "windows": windows::ALIASES, "security": windows::SECURITY_ALIASES,
                "security_4657": windows::REGISTRY_ALIASES, "windefend": windows::DEFENDER_ALIASES,
                "zeek": zeek::ALIASES, "w3c": others::W3C_ALIASES,
            }),
        ),
        (
            "columns",
            json!({
                "windows_all": columns(windows::CORE), "windows": columns(windows::CORE_OTHER),
                "sysmon": columns(&sysmon(windows::CORE_SYSMON_LOGON)),
                windows::LINUX_SYSMON: columns(&sysmon(windows::CORE_LINUX_SYSMON)),
                "security": columns(windows::CORE_SECURITY),
                "security_4624": columns(&logon()), "security_4625": columns(&logon()),
                "security_4634": columns(&logon()), "security_4647": columns(&logon()),
                "security_4778": columns(&session()), "security_4779": columns(&session()),
                "terminalservices_local": columns(&terminal()), "terminalservices_remote": columns(&terminal()),
                "linux_auditd": columns(others::AUDITD), "linux_syslog": columns(others::SYSLOG),
                "zeek": columns(zeek::CORE), "w3c": columns(others::W3C),
                "json": columns(others::JSON),
            }),
        ),
    ];
    let lines = sections.map(|(name, value)| {
        // Entries of lists of lists stand one a line.
        let value = value.to_string().replace("],[", "],\n[").replace("\":[[", "\":[\n[");
        format!("\"{name}\":{value}")
    });
    format!("{{{}}}\n", lines.join(",\n"))
}

fn source(product: &str, services: &[&str], categories: &[&str]) -> Value {
    json!({ "product": product, "services": services, "categories": categories })
}

fn service(service: &Service) -> Value {
    json!({
        "kind": service.table, "told_by": service.told_by, "action": service.action,
        "source": source(service.product, service.services, service.categories),
        "aliases": service.aliases, "columns": columns(&service.core.concat()),
    })
}

#[test]
fn the_specification_has_the_catalogue_as_data() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/spec/fields.json");
    if std::env::var_os("ONUS_WRITE_TABLES").is_some() {
        std::fs::write(file, text()).unwrap_or_default();
    }
    let written = std::fs::read_to_string(file).unwrap_or_default();
    assert!(written == text(), "docs/spec/fields.json is out of date: ONUS_WRITE_TABLES=1 writes it anew");
}
