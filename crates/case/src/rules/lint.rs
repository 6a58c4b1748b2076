//! What is wrong with rule files, or may be.

use std::collections::BTreeSet;

use onus_claim::event_source;
use onus_event::KnownSource;
use onus_sigma::{LogSource, RuleId, RuleMeta, RuleSet};

use super::{Rules, source_text};

/// One thing to say of a rule file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The file.
    pub file: String,
    /// The line in it, from 1, where it is known.
    pub line: Option<u32>,
    /// The rule's id or title.
    pub rule: String,
    /// Whether the rule cannot be used; otherwise it is in use and this is a warning.
    pub error: bool,
    /// What is wrong.
    pub reason: String,
}

/// Keys that readers of a rule expect.
const EXPECTED: [&str; 3] = ["id", "level", "date"];

/// All errors and warnings, in the order of the files.
pub fn lint(rules: &Rules) -> Vec<Remark> {
    let mut remarks: Vec<Remark> = rules
        .problems
        .iter()
        .map(|problem| Remark {
            file: problem.origin.clone(),
            line: problem.line,
            rule: problem.rule.clone().unwrap_or_default(),
            error: problem.refused,
            reason: problem.reason.clone(),
        })
        .collect();
    let known = onus_event::known_sources();
    for (id, meta) in rules.set.iter() {
        let of_rule = warnings(&rules.set, id, meta, &known);
        remarks.extend(of_rule.into_iter().map(|(near, reason)| Remark {
            file: meta.origin.clone(),
            line: line_of(&meta.text, &near),
            rule: meta.id.clone(),
            error: false,
            reason,
        }));
    }
    remarks.sort_by(|a, b| (&a.file, a.line, !a.error).cmp(&(&b.file, b.line, !b.error)));
    remarks
}

/// (text near which the line is, what is wrong)
fn warnings(set: &RuleSet, id: RuleId, meta: &RuleMeta, known: &[KnownSource]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for key in EXPECTED {
        if !meta.text.lines().any(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':'))) {
            found.push(("title:".to_owned(), format!("it states no {key}")));
        }
    }
    if set.correlation(id).is_some() {
        return found;
    }
    found.extend(source_warnings(meta, known));
    let form = set.form(id);
    let unused: BTreeSet<&str> = form.patterns.iter().filter(|p| !p.used).map(|p| &*p.selection).collect();
    for selection in unused {
        found.push((
            format!("{selection}:"),
            format!("the condition never refers to the selection {selection}"),
        ));
    }
    for pattern in form.patterns.iter().filter(|p| p.used && !p.searchable) {
        let field = pattern.field.as_deref().unwrap_or("keywords");
        let near = pattern.pattern.trim_matches('/').to_owned();
        found.push((
            near,
            format!(
                "{field}: {} holds no text of three letters to seek, so it is run on every value",
                pattern.pattern
            ),
        ));
    }
    if form.woken_by.is_none() && !form.patterns.is_empty() {
        let reason = "it can be true where none of its values is found, so every event is looked at for it";
        found.push(("condition:".to_owned(), reason.to_owned()));
    }
    found
}

fn source_warnings(meta: &RuleMeta, known: &[KnownSource]) -> Vec<(String, String)> {
    let near = "logsource:".to_owned();
    if meta.logsource == LogSource::default() {
        return vec![(near, "it names no log source, so it looks at every event".to_owned())];
    }
    let serving: Vec<&KnownSource> =
        known.iter().filter(|k| event_source(&k.log_source).serves(&meta.logsource)).collect();
    if serving.is_empty() {
        let source = source_text(&meta.logsource);
        return vec![(
            near,
            format!("no log that is read is known as {source}; a mapping file can say which is"),
        )];
    }
    // Where one of its logs has fields of which no list is kept, none can be called unknown.
    if serving.iter().any(|source| source.fields.is_empty()) {
        return Vec::new();
    }
    let names: BTreeSet<String> =
        serving.iter().flat_map(|s| &s.fields).map(|field| field.to_ascii_lowercase()).collect();
    let unknown = meta.fields().iter().filter(|field| !names.contains(&field.to_ascii_lowercase()));
    unknown
        .map(|field| {
            (field.clone(), format!("{} events have no field {field}", source_text(&meta.logsource)))
        })
        .collect()
}

fn line_of(text: &str, near: &str) -> Option<u32> {
    (1..).zip(text.lines()).find(|(_, line)| line.contains(near)).map(|(number, _)| number)
}

/// The names of the known logs at which a rule looks: channels with event IDs, Zeek logs and the like.
pub fn logs_of(meta: &RuleMeta) -> Vec<String> {
    let known = onus_event::known_sources();
    let mut names: Vec<String> = known
        .into_iter()
        .filter(|source| event_source(&source.log_source).serves(&meta.logsource))
        .map(|source| source.name)
        .collect();
    names.dedup();
    if names.is_empty() { vec!["no log that is known".to_owned()] } else { names }
}
