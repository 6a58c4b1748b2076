//! The tables of readings as data, for those who write a verifier: `docs/spec/readings.json` must say what is read here.

use serde_json::{Value, json};

use crate::readings::{AUTOSTART, CREDENTIALS, Origin, READINGS, REPLICATED, REPLICATION, Reading};

fn source(origin: &Origin) -> Value {
    match origin {
        Origin::Field(field) => json!(["field", field]),
        Origin::Account(domain, name) => json!(["account", domain, name]),
        Origin::Task(field) => json!(["task", field]),
        Origin::Share(share, path) => json!(["share", share, path]),
        Origin::Replication(field) => json!(["replication", field]),
    }
}

fn reading(reading: &Reading) -> Value {
    let properties = reading.properties.iter();
    let properties = properties.map(|(name, from)| ((*name).to_owned(), from.iter().map(source).collect()));
    json!({
        "kind": reading.kind,
        "event": reading.table,
        "variant": reading.variant,
        "when": reading.when,
        "properties": properties.collect::<serde_json::Map<String, Value>>(),
    })
}

/// One entry a line.
fn text() -> String {
    let readings: Vec<String> = READINGS.iter().map(|one| reading(one).to_string()).collect();
    format!(
        "{{\"readings\":[\n{}\n],\n\"credentials\":{},\n\"replication\":{},\n\"replicated\":{},\n\"autostart\":{}}}\n",
        readings.join(",\n"),
        json!(CREDENTIALS),
        json!(REPLICATION),
        json!(REPLICATED),
        json!(AUTOSTART),
    )
}

#[test]
fn the_specification_has_the_readings_as_data() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/spec/readings.json");
    if std::env::var_os("ONUS_WRITE_TABLES").is_some() {
        std::fs::write(file, text()).unwrap_or_default();
    }
    let written = std::fs::read_to_string(file).unwrap_or_default();
    assert!(written == text(), "docs/spec/readings.json is out of date: ONUS_WRITE_TABLES=1 writes it anew");
}
