//! `onus explain`: why something is said, for people or as one object.

use std::fmt::Write as _;
use std::path::Path;

use onus_case::{Case, CaseError, Explained, ExplainedMatch, Explanation, FieldValues};
use onus_claim::counted;

use crate::Exit;
use crate::format::{plain, print};
use crate::verify::Form;

pub(crate) fn run(case: &Path, what: &str, form: Form) -> Result<Exit, CaseError> {
    let explanation = onus_case::explain(&Case::open(case)?, what)?;
    match form {
        Form::Json => {
            let text =
                serde_json::to_string_pretty(&explanation).map_err(|e| CaseError::Sql(e.to_string()))?;
            print(&(text + "\n"))?;
        }
        Form::Table => print(&table(&explanation))?,
    }
    Ok(Exit::Done)
}

fn table(explanation: &Explanation) -> String {
    let mut out = String::new();
    if let Some(claim) = &explanation.claim {
        line(&mut out, &explanation.of, claim);
    }
    finding(&mut out, explanation);
    for rule in &explanation.rules {
        self::rule(&mut out, rule);
    }
    for found in &explanation.matches {
        a_match(&mut out, found, explanation.rules.len() > 1);
    }
    if explanation.more > 0 {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "\nand {} more matches: see the table matches", explanation.more);
    }
    out
}

/// A name, padded, and a text in which nothing can steer the terminal.
fn line(out: &mut String, name: &str, text: &str) {
    if !text.is_empty() {
        let _ = writeln!(out, "  {name:<13} {}", plain(text));
    }
}

fn finding(out: &mut String, explanation: &Explanation) {
    if explanation.finding.is_empty() {
        return;
    }
    let get = |name: &str| {
        let found = explanation.finding.iter().find(|(column, _)| column == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    let _ = writeln!(out, "{}  {} ({})", get("finding"), plain(get("title")), get("level"));
    for (column, name) in [
        ("host_name", "host"),
        ("accounts", "accounts"),
        ("addresses", "addresses"),
        ("intrusion", "intrusion"),
        ("allowed", "allowed"),
        ("count", "matches"),
        ("first", "first"),
        ("last", "last"),
    ] {
        line(out, name, get(column));
    }
    let values: Vec<FieldValues> = serde_json::from_str(get("distinct_values")).unwrap_or_default();
    for field in &values {
        let more = if field.more { " or more" } else { "" };
        line(out, "values", &format!("{}: {}{more} distinct", field.field, field.distinct));
        for seen in &field.top {
            let _ = writeln!(out, "    {:>9} × {}", seen.matches, plain(&seen.value));
            if let Some(rarity) = &seen.rarity {
                let time = |time: &Option<String>| time.as_deref().unwrap_or("time unknown").to_owned();
                let _ = writeln!(
                    out,
                    "                in the whole case: {}, {}, first {:.19}, last {:.19}",
                    counted(rarity.hosts, "host"),
                    counted(rarity.events, "event"),
                    time(&rarity.first_seen),
                    time(&rarity.last_seen)
                );
            }
        }
    }
}

fn rule(out: &mut String, rule: &Explained) {
    let _ = writeln!(out, "\nRule {}", plain(&rule.title));
    line(out, "id", &rule.id);
    line(out, "level", &format!("{} {}", rule.level, rule.status));
    line(out, "file", &rule.file);
    line(out, "sha256", &rule.sha256);
    line(out, "log source", &rule.logsource);
    line(out, "tags", &rule.tags.join(", "));
    line(out, "what", &rule.description);
    for harmless in &rule.false_positives {
        line(out, "harmless if", harmless);
    }
    for reference in &rule.references {
        line(out, "see", reference);
    }
}

fn a_match(out: &mut String, found: &ExplainedMatch, with_rule: bool) {
    let _ = writeln!(out, "\nRecord {} at {} on {}", found.record, found.timestamp, plain(&found.host));
    if with_rule {
        line(out, "rule", &found.rule);
    }
    line(out, "allowed", &found.allowed);
    let place: Vec<String> = found.place.iter().map(|(name, value)| format!("{name} {value}")).collect();
    line(out, "place", &place.join(", "));
    for [selection, field, pattern, value] in &found.because {
        line(out, "because", &format!("{selection}: {field} is {value:?}, which fits {pattern}"));
    }
    if let Some(correlation) = &found.correlation {
        line(out, "because", &correlation.to_string());
    }
    for (name, value, made) in &found.fields {
        let _ = writeln!(out, "  {} {name} = {}", if *made { "▶" } else { " " }, plain(value));
    }
}
