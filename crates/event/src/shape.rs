//! A shape: one log source and event type, and what is known of it.

use crate::catalogue::CoreMap;
use crate::derive::Derive;

/// The log source of a shape in the words of the Sigma taxonomy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogSource {
    /// E.g. `windows`; empty where the taxonomy has none (a proxy log).
    pub product: String,
    /// E.g. `sysmon`, `security`, `conn`.
    pub services: Vec<String>,
    /// E.g. `process_creation`.
    pub categories: Vec<String>,
}

/// One log source and event type; its events share their fields and their table.
#[derive(Debug, Clone)]
pub struct Shape {
    /// Name of the table in the case, e.g. `windows_sysmon_1`, `zeek_conn`.
    pub table: String,
    /// Tells shapes of one table apart whose log sources differ (Sysmon 12 by kind of change); mostly empty.
    pub variant: &'static str,
    /// Log source.
    pub log_source: LogSource,
    /// What happened, in the words of the catalogue, e.g. `process_creation`; the table's name where unknown.
    pub action: String,
    /// Other names under which rules ask for a field: (name in the rule, column of this shape), the most
    /// fitting first.
    pub aliases: &'static [(&'static str, &'static str)],
    /// Which core columns come from which fields.
    pub(crate) core: &'static [&'static [CoreMap]],
}

impl Shape {
    /// The fields from which a core column of this shape is made, the most fitting first; none for columns
    /// that come from no field (`record`, `source`, `shape`) or from the record's time.
    pub fn fields_of(&self, core: &str) -> Vec<&'static str> {
        let mut fields = Vec::new();
        for (_, field, how) in Shape::core_maps(self).filter(|(name, _, _)| *name == core) {
            if let Derive::Join(before) = how {
                fields.push(*before);
            }
            fields.push(*field);
        }
        fields
    }

    /// All (core column, field, derivation) of the shape, the most fitting field of a column first.
    pub(crate) fn core_maps(shape: &Shape) -> impl Iterator<Item = &'static CoreMap> {
        shape.core.iter().flat_map(|maps| maps.iter())
    }
}
