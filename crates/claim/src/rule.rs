//! Does a rule match a record of which some fields may be hidden?

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use onus_event::LogSource;
use onus_sigma::{Aliased, EventSource, FieldLookup, RuleId, RuleSet, RuleSetBuilder};
use onus_source::Value;

use crate::record::{Event, Viewer, find, text_of};
use crate::{CitedRecord, Correlation, Outcome, RuleMatch};

/// The texts of rules by their SHA-256, each compiled; and texts with the values of placeholders.
#[derive(Debug, Default)]
pub struct Rules {
    texts: HashMap<String, String>,
    compiled: HashMap<String, Result<RuleSet, String>>,
}

impl Rules {
    /// Compiles each text; most hold one rule. The caller answers for the digests.
    pub fn new<'t>(texts: impl IntoIterator<Item = (String, &'t str)>) -> Self {
        let texts: HashMap<String, String> =
            texts.into_iter().map(|(digest, text)| (digest, text.to_owned())).collect();
        let compiled = texts.iter().map(|(digest, text)| (digest.clone(), compile(&[text], BTreeMap::new())));
        Self { compiled: compiled.collect(), texts }
    }

    /// The rule that a claim names, or why there is none.
    pub(crate) fn find(&self, params: &RuleMatch) -> Result<(RuleSet, RuleId), Outcome> {
        let set = match &params.placeholders {
            None => self.compiled.get(&params.rule_digest).cloned(),
            values => Some(compile(&[self.text(&params.rule_digest)?], self.values(values.as_ref())?)),
        };
        let set = set.ok_or_else(|| absent(&params.rule_digest))?.map_err(unusable)?;
        let id = named(&set, &params.rule_id, &params.rule_title)?;
        Ok((set, id))
    }

    /// The correlation that a claim names with the rules that it reads, or why there is none.
    pub(crate) fn correlation(&self, params: &Correlation) -> Result<(RuleSet, RuleId), Outcome> {
        let texts: Vec<&str> = params.texts().map(|digest| self.text(digest)).collect::<Result<_, _>>()?;
        let set = compile(&texts, self.values(params.placeholders.as_ref())?).map_err(unusable)?;
        let id = named(&set, &params.rule_id, &params.rule_title)?;
        if set.meta(id).digest == params.rule_digest {
            return Ok((set, id));
        }
        Err(Outcome::Differs { what: format!("the text {} holds no such rule", params.rule_digest) })
    }

    fn text(&self, digest: &str) -> Result<&str, Outcome> {
        self.texts.get(digest).map(String::as_str).ok_or_else(|| absent(digest))
    }

    fn values(&self, digest: Option<&String>) -> Result<BTreeMap<String, Vec<String>>, Outcome> {
        let Some(digest) = digest else { return Ok(BTreeMap::new()) };
        serde_json::from_str(self.text(digest)?)
            .map_err(|_| unusable("the text with the values of placeholders holds none".to_owned()))
    }
}

fn absent(digest: &str) -> Outcome {
    Outcome::Unsupported { why: format!("the text of the rule, {digest}, is not there") }
}

fn unusable(reason: String) -> Outcome {
    Outcome::Unsupported { why: format!("the rule cannot be used: {reason}") }
}

fn named(set: &RuleSet, rule: &str, title: &str) -> Result<RuleId, Outcome> {
    match set.iter().find(|(_, meta)| meta.id == rule) {
        Some((id, meta)) if meta.title == title => Ok(id),
        Some((_, meta)) => {
            Err(Outcome::Differs { what: format!("the rule's text bears the title {:?}", meta.title) })
        }
        None => Err(Outcome::Differs { what: format!("the rule's text holds no rule with the id {rule}") }),
    }
}

fn compile(texts: &[&str], placeholders: BTreeMap<String, Vec<String>>) -> Result<RuleSet, String> {
    let mut builder = RuleSetBuilder::new();
    builder.placeholders(placeholders);
    for text in texts {
        builder.add_yaml("rule", text);
    }
    let (set, problems) = builder.build();
    if set.is_empty() {
        return Err(problems.first().map_or("no rule in its text".to_owned(), |p| p.reason.clone()));
    }
    Ok(set)
}

/// The values of those placeholders that rules name, as the text on which their claims rest: a JSON object in the
/// order of names. `None` if they name none.
#[must_use]
pub fn placeholders_text(values: &BTreeMap<String, Vec<String>>, rules: &[&str]) -> Option<String> {
    let used =
        |name: &str| rules.iter().any(|text| text.contains("|expand") && text.contains(&format!("%{name}%")));
    let used: BTreeMap<&String, &Vec<String>> = values.iter().filter(|(name, _)| used(name)).collect();
    if used.is_empty() { None } else { serde_json::to_string(&used).ok() }
}

/// Recomputes the claim that a rule matches all of `records`.
pub(crate) fn recompute(params: &RuleMatch, records: &[&CitedRecord<'_>], rules: &Rules) -> Outcome {
    let (set, id) = match rules.find(params) {
        Ok(found) => found,
        Err(outcome) => return outcome,
    };
    let mut viewer = Viewer::default();
    let mut hidden = BTreeSet::new();
    for record in records {
        let event = match viewer.view(record) {
            Ok(event) => event,
            Err(why) => return Outcome::Unsupported { why },
        };
        match match_one(&set, id, record, &event) {
            Outcome::Holds => {}
            Outcome::NeedsHidden { fields } => hidden.extend(fields),
            other => return other,
        }
    }
    Outcome::of_hidden(hidden)
}

pub(crate) fn match_one(set: &RuleSet, id: RuleId, record: &CitedRecord<'_>, event: &Event) -> Outcome {
    let meta = set.meta(id);
    if !event_source(&event.shape.log_source).serves(&meta.logsource) {
        // Hidden fields could tell another log source only where the shown ones tell none.
        let untold = event.untold();
        if !record.complete && !untold.is_empty() {
            return Outcome::NeedsHidden { fields: untold.into_iter().map(str::to_owned).collect() };
        }
        let what = format!("record {} is no event of the rule's log source", record.record);
        return Outcome::Differs { what };
    }
    let lookup = Lookup { record, aliases: event.shape.aliases, hidden: RefCell::default() };
    let matched = set.match_rule(id, &lookup).is_some();
    let hidden = lookup.hidden.into_inner();
    match (hidden.is_empty(), matched) {
        (false, _) => Outcome::NeedsHidden { fields: hidden.into_iter().collect() },
        (true, true) => Outcome::Holds,
        (true, false) => {
            Outcome::Differs { what: format!("the rule does not match record {}", record.record) }
        }
    }
}

/// The log source of events in the words of the rule engine.
pub fn event_source(source: &LogSource) -> EventSource {
    EventSource {
        product: source.product.clone(),
        services: source.services.clone(),
        categories: source.categories.clone(),
    }
}

/// Answers for a record, and remembers each field asked for that may be among the hidden ones: a result that
/// asked for none of them is the same whatever they hold.
struct Lookup<'a> {
    record: &'a CitedRecord<'a>,
    aliases: &'static [(&'static str, &'static str)],
    hidden: RefCell<BTreeSet<String>>,
}

impl FieldLookup for Lookup<'_> {
    fn get(&self, field: &str) -> Option<Cow<'_, str>> {
        let aliased = Aliased { fields: &Known(self.record), aliases: self.aliases };
        let found = aliased.get(field).map(Cow::into_owned).map(Cow::Owned);
        if found.is_none() && !self.record.complete {
            self.hidden.borrow_mut().insert(field.to_owned());
        }
        found
    }

    fn each_text(&self, visit: &mut dyn FnMut(&str, &str)) {
        if !self.record.complete {
            self.hidden
                .borrow_mut()
                .insert("every field, since the rule searches words in all of them".to_owned());
        }
        Known(self.record).each_text(visit);
    }
}

/// The value that a correlation takes of a record: of a field of the log, else of a core column.
pub(crate) fn value_of(record: &CitedRecord<'_>, event: &Event, field: &str) -> Option<String> {
    let native = Aliased { fields: &Known(record), aliases: event.shape.aliases };
    let core = || event.text(field).map(str::to_owned).or_else(|| Some(event.int(field)?.to_string()));
    native.get(field).map(Cow::into_owned).or_else(core)
}

struct Known<'a>(&'a CitedRecord<'a>);

impl FieldLookup for Known<'_> {
    fn get(&self, field: &str) -> Option<Cow<'_, str>> {
        find(self.0, field).map(|(_, value)| text_of(value))
    }

    fn each_text(&self, visit: &mut dyn FnMut(&str, &str)) {
        for (name, value) in &self.0.fields {
            if let Value::Text(text) = value {
                visit(name, text);
            }
        }
    }
}

/// The record's own names of the fields that a rule reads, by alias too; absent ones are left out.
pub(crate) fn fields_read<'a>(names: &[String], record: &CitedRecord<'a>, event: &Event) -> Vec<&'a str> {
    let by_alias = |field: &str| {
        let others = event.shape.aliases.iter().filter(|(alias, _)| alias.eq_ignore_ascii_case(field));
        others.map(|(_, name)| find(record, name)).find_map(|found| found)
    };
    let found = names.iter().filter_map(|field| find(record, field).or_else(|| by_alias(field)));
    found.map(|(name, _)| *name).collect()
}
