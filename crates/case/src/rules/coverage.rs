//! What the rules cover: ATT&CK techniques, and, of a case, which of its logs they look at and which rules cannot
//! fire in it.

use std::collections::{BTreeMap, BTreeSet};

use onus_claim::event_source;
use onus_event::KnownSource;
use onus_sigma::{EventSource, RuleId, RuleMeta};

use super::{Rules, source_text};
use crate::{Case, CaseError};

/// How many rules name a technique under a tactic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Technique {
    /// As the rules' tags spell it, e.g. `credential-access`; empty where they name none.
    pub tactic: String,
    /// E.g. `T1003.001`; empty for rules that name the tactic alone.
    pub technique: String,
    /// Rules.
    pub rules: usize,
}

/// A rule that cannot fire in a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unable {
    /// The rule.
    pub rule_id: String,
    /// Its title.
    pub title: String,
    /// Its log source.
    pub logsource: String,
    /// Why not.
    pub why: String,
}

/// What the rules cover.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// By tactic and technique.
    pub techniques: Vec<Technique>,
    /// Log sources of the rules: (log source, rules for it, tables of the case that it has; none without a case).
    pub sources: Vec<(String, usize, Vec<String>)>,
    /// Rules that can never fire in the case, and why.
    pub unable: Vec<Unable>,
}

/// Counts techniques, and, where there is a case, compares the rules with its tables.
///
/// # Errors
/// If the case's tables cannot be listed.
pub fn coverage(rules: &Rules, case: Option<&Case>) -> Result<Coverage, CaseError> {
    let mut coverage = Coverage { techniques: techniques(rules), ..Coverage::default() };
    let tables = match case {
        Some(case) => tables(case)?,
        None => Vec::new(),
    };
    let known = onus_event::known_sources();
    let mut sources: BTreeMap<String, (usize, Vec<String>)> = BTreeMap::new();
    for (id, meta) in rules.set.iter().filter(|(id, _)| rules.set.correlation(*id).is_none()) {
        let here: Vec<&Table> = tables.iter().filter(|table| table.serves(meta)).collect();
        let entry = sources
            .entry(source_text(&meta.logsource))
            .or_insert_with(|| (0, here.iter().map(|table| table.name.clone()).collect()));
        entry.0 += 1;
        if case.is_some()
            && let Some(why) = why_not(rules, id, meta, &here, &known)
        {
            coverage.unable.push(Unable {
                rule_id: meta.id.clone(),
                title: meta.title.clone(),
                logsource: source_text(&meta.logsource),
                why,
            });
        }
    }
    coverage.sources = sources.into_iter().map(|(source, (rules, tables))| (source, rules, tables)).collect();
    Ok(coverage)
}

/// A tactic and a technique stand in one line where one rule names both.
fn techniques(rules: &Rules) -> Vec<Technique> {
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (_, meta) in rules.set.iter() {
        let tags = || meta.tags.iter().filter_map(|tag| tag.strip_prefix("attack."));
        let is_technique = |tag: &&str| {
            tag.strip_prefix(['t', 'T']).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        };
        // Groups and software (`attack.g0049`, `attack.s0002`) are neither.
        let is_tactic = |tag: &&str| !tag.contains(|c: char| c.is_ascii_digit());
        let or_empty = |list: Vec<String>| if list.is_empty() { vec![String::new()] } else { list };
        let tactics = tags().filter(is_tactic).map(|tag| tag.to_lowercase().replace('_', "-"));
        let tactics: Vec<String> = or_empty(tactics.collect());
        let techniques = or_empty(tags().filter(is_technique).map(str::to_uppercase).collect());
        let pairs: BTreeSet<(&String, &String)> =
            tactics.iter().flat_map(|tactic| techniques.iter().map(move |of| (tactic, of))).collect();
        for (tactic, technique) in pairs {
            *counts.entry((tactic.clone(), technique.clone())).or_default() += 1;
        }
    }
    let rows = counts.into_iter();
    rows.map(|((tactic, technique), rules)| Technique { tactic, technique, rules }).collect()
}

/// A table of events with what rules can ask of it.
struct Table {
    name: String,
    sources: Vec<EventSource>,
    /// Names of fields, aliases among them, in lower case.
    fields: BTreeSet<String>,
}

impl Table {
    fn serves(&self, meta: &RuleMeta) -> bool {
        self.sources.iter().any(|source| source.serves(&meta.logsource))
    }
}

fn tables(case: &Case) -> Result<Vec<Table>, CaseError> {
    let of = |(name, columns): (String, Vec<String>)| {
        let own: BTreeSet<String> = columns.iter().map(|column| column.to_ascii_lowercase()).collect();
        let aliases = onus_event::aliases_of_table(&name, &case.mappings).iter();
        let known = aliases.filter(|(_, column)| own.contains(&column.to_ascii_lowercase()));
        let aliased: Vec<String> = known.map(|(alias, _)| alias.to_ascii_lowercase()).collect();
        let sources =
            onus_event::log_sources_of_table(&name, &case.mappings).iter().map(event_source).collect();
        Table { name, sources, fields: own.into_iter().chain(aliased).collect() }
    };
    Ok(case.event_columns().into_iter().map(of).collect())
}

fn why_not(
    rules: &Rules,
    id: RuleId,
    meta: &RuleMeta,
    here: &[&Table],
    known: &[KnownSource],
) -> Option<String> {
    if here.is_empty() {
        let mut serving: Vec<&str> = known
            .iter()
            .filter(|source| event_source(&source.log_source).serves(&meta.logsource))
            .map(|source| source.name.as_str())
            .collect();
        serving.dedup();
        let more = serving.len().saturating_sub(3);
        serving.truncate(3);
        return Some(match (serving.is_empty(), more) {
            (true, _) => "no log that is read is known as its log source".to_owned(),
            (false, 0) => format!("the case has no event of {}", serving.join(" or ")),
            (false, more) => format!("the case has no event of {} or {more} others", serving.join(", ")),
        });
    }
    let able = |table: &&&Table| {
        rules.set.could_match(id, &|field| table.fields.contains(&field.to_ascii_lowercase()))
    };
    if here.iter().any(|table| able(&table)) {
        return None;
    }
    let absent = |field: &&String| !here.iter().any(|t| t.fields.contains(&field.to_ascii_lowercase()));
    let missing: Vec<&str> = meta.fields().iter().filter(absent).map(String::as_str).collect();
    let tables = match here {
        [only] => only.name.clone(),
        [first, ..] => format!("{} and {} more tables", first.name, here.len() - 1),
        [] => String::new(),
    };
    Some(match missing.is_empty() {
        true => format!("{tables}: no table alone has all fields that it needs"),
        false => format!("{tables}: no event has {}", missing.join(", ")),
    })
}
