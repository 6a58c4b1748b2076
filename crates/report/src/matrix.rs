//! The ATT&CK matrix of what was seen: tactics in their order as columns, techniques as cells.

use std::collections::BTreeMap;

use onus_intrusion::{Intrusion, Technique};

use crate::html::Html;
use crate::shown::Shown;

/// Tactics in the order of the Enterprise matrix, as tags name them, and as people do.
const TACTICS: &[(&str, &str)] = &[
    ("reconnaissance", "Reconnaissance"),
    ("resource-development", "Resource Development"),
    ("initial-access", "Initial Access"),
    ("execution", "Execution"),
    ("persistence", "Persistence"),
    ("privilege-escalation", "Privilege Escalation"),
    ("defense-evasion", "Defense Evasion"),
    ("credential-access", "Credential Access"),
    ("discovery", "Discovery"),
    ("lateral-movement", "Lateral Movement"),
    ("collection", "Collection"),
    ("command-and-control", "Command and Control"),
    ("exfiltration", "Exfiltration"),
    ("impact", "Impact"),
];

/// The notice that the terms of use of ATT&CK ask for.
const NOTICE: &str = "Names of techniques: MITRE ATT&CK 18.1. © The MITRE Corporation. This work is reproduced and distributed with the permission of The MITRE Corporation.";

/// What is known of techniques.
pub(crate) struct Known(BTreeMap<&'static str, (&'static str, Vec<&'static str>)>);

impl Known {
    pub(crate) fn new() -> Self {
        let lines = include_str!("techniques.tsv").lines().filter(|line| !line.starts_with('#'));
        let rows = lines.filter_map(|line| {
            let mut cells = line.split('\t');
            let (id, name, tactics) = (cells.next()?, cells.next()?, cells.next()?);
            Some((id, (name, tactics.split(',').filter(|t| !t.is_empty()).collect())))
        });
        Known(rows.collect())
    }

    /// `Remote Services: Remote Desktop Protocol`; empty if unknown.
    fn name(&self, id: &str) -> String {
        let own = self.0.get(id).map(|(name, _)| *name);
        let parent = id.split_once('.').and_then(|(parent, _)| self.0.get(parent)).map(|(name, _)| *name);
        match (parent, own) {
            (Some(parent), Some(own)) => format!("{parent}: {own}"),
            (_, own) => own.unwrap_or_default().to_owned(),
        }
    }

    /// The columns of a technique: of the tactics that rules name, those to which ATT&CK counts it.
    fn tactics<'a>(&'a self, technique: &'a Technique) -> Vec<&'a str> {
        let named: Vec<&str> = technique.tactics.iter().map(String::as_str).collect();
        let Some((_, known)) = self.0.get(technique.id.as_str()) else { return named };
        let both: Vec<&str> = named.iter().copied().filter(|tactic| known.contains(tactic)).collect();
        if both.is_empty() { known.clone() } else { both }
    }
}

/// A tactic as people name it.
pub(crate) fn tactic_name(tactic: &str) -> String {
    let known = TACTICS.iter().find(|(tag, _)| *tag == tactic);
    known.map_or_else(
        || crate::words::capital(&tactic.replace(['-', '_'], " ")),
        |(_, name)| (*name).to_owned(),
    )
}

/// Draws the matrix.
pub(crate) fn draw(html: &mut Html, intrusion: &Intrusion, shown: &Shown<'_>, known: &Known) {
    let mut columns: BTreeMap<(usize, &str), Vec<&Technique>> = BTreeMap::new();
    for technique in &intrusion.techniques {
        for tactic in known.tactics(technique) {
            let place = TACTICS.iter().position(|(tag, _)| *tag == tactic).unwrap_or(TACTICS.len());
            columns.entry((place, tactic)).or_default().push(technique);
        }
    }
    if columns.is_empty() {
        html.raw("<p>No finding names a technique.</p>");
        return;
    }
    let names: Vec<String> = columns.keys().map(|(_, tactic)| tactic_name(tactic)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    html.table("ATT&CK techniques seen, by tactic", &names).raw("<tr class=matrix>");
    for techniques in columns.values() {
        html.raw("<td><ul>");
        for technique in techniques {
            cell(html, technique, shown, known);
        }
        html.raw("</ul></td>");
    }
    html.raw("</tr>").table_end().element("p class=fine", NOTICE);
}

fn cell(html: &mut Html, technique: &Technique, shown: &Shown<'_>, known: &Known) {
    html.raw("<li>").element("b", &technique.id).raw(" ").text(&known.name(&technique.id));
    html.raw("<br><span class=carry>").text(&format!("{} ×", technique.findings.len()));
    for finding in technique.findings.iter().take(2) {
        shown.finding(html, finding);
    }
    html.raw("</span></li>");
}

#[cfg(test)]
mod tests {
    use onus_intrusion::Technique;

    use super::Known;

    #[test]
    fn a_technique_stands_where_both_rule_and_matrix_put_it() {
        let known = Known::new();
        let seen = |id: &str, tactics: &[&str]| Technique {
            id: id.to_owned(),
            tactics: tactics.iter().map(|t| (*t).to_owned()).collect(),
            findings: Vec::new(),
        };
        assert_eq!(known.name("T1021.001"), "Remote Services: Remote Desktop Protocol");
        assert_eq!(known.name("T9999"), "");
        assert_eq!(
            known.tactics(&seen("T1021.001", &["execution", "lateral-movement"])),
            ["lateral-movement"]
        );
        assert_eq!(known.tactics(&seen("T1021.001", &["execution"])), ["lateral-movement"]);
        assert_eq!(known.tactics(&seen("T9999", &["impact"])), ["impact"]);
    }
}
