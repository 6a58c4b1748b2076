//! The user's own log sources: which events they are, by tests on their fields, what Sigma calls them, and which of
//! their fields rules and core columns mean. See `docs/mapping.md`.

use std::collections::BTreeMap;
use std::sync::Arc;

use onus_source::{Fields, NameId, Names, Value};
use serde::Deserialize;

use crate::catalogue::{CORE_COLUMNS, CoreMap};
use crate::derive::Derive;
use crate::{LogSource, Shape};

/// Log sources that the user describes; cheap to clone. They come before those of the catalogue.
#[derive(Debug, Clone, Default)]
pub struct Mappings(Arc<Vec<Mapping>>);

/// One of them.
#[derive(Debug)]
struct Mapping {
    /// (field, values of which it must have one, `*` for any), all of which must hold.
    when: Vec<(String, Vec<String>)>,
    /// The field that holds the time, where it is none of those that are known.
    time: Option<String>,
    shape: Shape,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    source: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    table: String,
    when: BTreeMap<String, OneOrMany>,
    #[serde(default)]
    product: String,
    #[serde(default)]
    service: OneOrMany,
    #[serde(default)]
    category: OneOrMany,
    action: Option<String>,
    time: Option<String>,
    #[serde(default)]
    fields: BTreeMap<String, OneOrMany>,
    #[serde(default)]
    core: BTreeMap<String, OneOrMany>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Number(i64),
    Many(Vec<String>),
}

impl Default for OneOrMany {
    fn default() -> Self {
        OneOrMany::Many(Vec::new())
    }
}

impl OneOrMany {
    fn into_vec(self) -> Vec<String> {
        match self {
            OneOrMany::One(text) => vec![text],
            OneOrMany::Number(number) => vec![number.to_string()],
            OneOrMany::Many(list) => list,
        }
    }
}

/// Beginnings of table names that the catalogue uses.
const TAKEN: [&str; 7] = ["windows_", "zeek_", "w3c_", "aws_", "cisco_", "linux_", "json"];
/// Core columns that come from no field.
const NOT_MAPPED: [&str; 4] = ["timestamp", "record", "source", "shape"];

impl Mappings {
    /// Reads mappings from TOML text.
    ///
    /// # Errors
    /// What is wrong, and in which entry.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| one_line(&error.to_string()))?;
        if file.source.is_empty() {
            return Err("it holds no [[source]]".to_owned());
        }
        let mut all: Vec<Mapping> = Vec::new();
        for (number, entry) in (1..).zip(file.source) {
            let mapping = entry.mapping().map_err(|reason| format!("source {number}: {reason}"))?;
            if all.iter().any(|other| other.shape.table == mapping.shape.table) {
                return Err(format!("source {number}: the table {} is named twice", mapping.shape.table));
            }
            all.push(mapping);
        }
        Ok(Mappings(Arc::new(all)))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The shape of the events in a table that is mapped.
    pub fn shape_of_table(&self, table: &str) -> Option<&Shape> {
        self.0.iter().map(|mapping| &mapping.shape).find(|shape| shape.table == table)
    }

    /// Fields that the tests look at.
    pub(crate) fn tested(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|mapping| mapping.when.iter().map(|(field, _)| field.as_str()))
    }

    pub(crate) fn shape(&self, number: usize) -> Option<Shape> {
        self.0.get(number).map(|mapping| mapping.shape.clone())
    }
}

impl Entry {
    fn mapping(self) -> Result<Mapping, String> {
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if self.table.is_empty() || !self.table.chars().all(is_name) {
            return Err(format!("table {:?}: use small letters, digits and _", self.table));
        }
        if TAKEN.iter().any(|taken| self.table.starts_with(taken)) {
            return Err(format!("table {:?}: names of built-in tables begin so; choose another", self.table));
        }
        if self.when.is_empty() {
            return Err("`when` is empty: say by which field its events are known".to_owned());
        }
        let mut core: Vec<CoreMap> = Vec::new();
        for (column, fields) in self.core {
            let known = CORE_COLUMNS.iter().find(|(name, _)| *name == column && !NOT_MAPPED.contains(name));
            let (name, _) =
                known.ok_or_else(|| format!("core: {column} is no core column that comes from a field"))?;
            core.extend(fields.into_vec().into_iter().map(|field| (*name, leak(field), Derive::Copy)));
        }
        let fields = self.fields.into_iter().flat_map(|(name, fields)| {
            let name = leak(name);
            fields.into_vec().into_iter().map(move |field| (name, leak(field)))
        });
        let shape = Shape {
            action: self.action.unwrap_or_else(|| self.table.clone()),
            table: self.table,
            variant: "",
            log_source: LogSource {
                product: self.product,
                services: self.service.into_vec(),
                categories: self.category.into_vec(),
            },
            aliases: Box::leak(fields.collect::<Vec<_>>().into_boxed_slice()),
            core: Box::leak(vec![&*Box::leak(core.into_boxed_slice())].into_boxed_slice()),
        };
        let when = self.when.into_iter().map(|(field, values)| (field, values.into_vec())).collect();
        Ok(Mapping { when, time: self.time, shape })
    }
}

/// A mapping is read once and lives as long as the program, like the catalogue, whose names it stands beside.
fn leak(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

fn one_line(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The mappings with the numbers that one worker knows their fields by.
#[derive(Default)]
pub(crate) struct Tests {
    pub(crate) mappings: Mappings,
    asked: Option<Vec<Asked>>,
}

struct Asked {
    when: Vec<NameId>,
    time: Option<NameId>,
}

impl Tests {
    pub(crate) fn new(mappings: Mappings) -> Self {
        Tests { mappings, asked: None }
    }

    /// The number of the first mapping whose tests hold, and its field of time.
    pub(crate) fn find(&mut self, fields: &Fields, names: &mut Names) -> Option<(usize, Option<NameId>)> {
        if self.mappings.is_empty() {
            return None;
        }
        let mappings = &self.mappings.0;
        let asked = self.asked.get_or_insert_with(|| {
            let of = |mapping: &Mapping| Asked {
                when: mapping.when.iter().map(|(field, _)| names.intern(field)).collect(),
                time: mapping.time.as_ref().map(|field| names.intern(field)),
            };
            mappings.iter().map(of).collect()
        });
        let holds = |(mapping, asked): (&Mapping, &Asked)| {
            mapping.when.iter().zip(&asked.when).all(|((_, wanted), name)| {
                fields.get(*name).is_some_and(|value| wanted.iter().any(|wanted| is(wanted, value)))
            })
        };
        let number = mappings.iter().zip(asked.iter()).position(holds)?;
        Some((number, asked[number].time))
    }
}

fn is(wanted: &str, value: Value<'_>) -> bool {
    wanted == "*"
        || match value {
            Value::Text(text) => text == wanted,
            Value::Int(number) => number.to_string() == wanted,
            Value::Float(number) => number.to_string() == wanted,
            Value::Bool(truth) => truth.to_string() == wanted,
        }
}

#[cfg(test)]
mod tests {
    use super::{Mappings, Tests};
    use onus_source::{Fields, Names, Value};

    const FILE: &str = "
[[source]]
table = 'corp_edr'
when = { vendor = ['Acme', 'Acme EU'], kind = 7 }
product = 'windows'
category = 'process_creation'
time = 'at'
[source.fields]
Image = 'proc.path'
[source.core]
host_name = 'device'
";

    #[test]
    fn events_are_known_by_their_fields() {
        let mut tests = Tests::new(Mappings::parse(FILE).unwrap());
        let mut names = Names::default();
        let mut found = |vendor, kind| {
            let pairs = [("vendor", Value::Text(vendor)), ("kind", kind)];
            let fields = Fields::from_pairs(pairs, &mut names);
            tests.find(&fields, &mut names).is_some()
        };
        assert!(found("Acme EU", Value::Int(7)) && found("Acme", Value::Text("7")));
        assert!(!found("Acme", Value::Int(8)) && !found("acme", Value::Int(7)));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_entry() {
        for (from, to, word) in [
            ("host_name", "hostname", "source 1: core: hostname is no core column"),
            ("corp_edr", "windows_edr", "names of built-in tables"),
            ("corp_edr", "Corp", "use small letters"),
            ("product", "produkt", "unknown field `produkt`"),
            ("{ vendor = ['Acme', 'Acme EU'], kind = 7 }", "{}", "`when` is empty"),
        ] {
            let error = Mappings::parse(&FILE.replace(from, to)).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
        assert!(Mappings::parse(&format!("{FILE}{FILE}")).unwrap_err().contains("named twice"));
    }
}
