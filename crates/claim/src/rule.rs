//! Does a rule match a record of which some fields may be hidden?

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use onus_event::{LogSource, shape_fields};
use onus_sigma::{Aliased, EventSource, FieldLookup, RuleId, RuleMeta, RuleSet, RuleSetBuilder};
use onus_source::Value;

use crate::record::{Event, Viewer};
use crate::{CitedRecord, Outcome, RuleMatch};

/// Compiled rules by the SHA-256 of their text.
#[derive(Debug, Default)]
pub struct Rules(HashMap<String, Result<RuleSet, String>>);

impl Rules {
    /// Compiles each text; most hold one rule. The caller answers for the digests.
    pub fn new<'t>(texts: impl IntoIterator<Item = (String, &'t str)>) -> Self {
        Self(texts.into_iter().map(|(digest, text)| (digest, compile(text))).collect())
    }

    /// The rule that a claim names, or why there is none.
    pub(crate) fn find(&self, params: &RuleMatch) -> Result<(&RuleSet, RuleId), Outcome> {
        let unsupported = |why| Err(Outcome::Unsupported { why });
        let set = match self.0.get(&params.rule_digest) {
            Some(Ok(set)) => set,
            Some(Err(reason)) => return unsupported(format!("the rule cannot be used: {reason}")),
            None => {
                return unsupported(format!("the text of the rule, {}, is not there", params.rule_digest));
            }
        };
        let named = set.iter().find(|(_, meta)| meta.id == params.rule_id);
        match named {
            Some((id, meta)) if meta.title == params.rule_title => Ok((set, id)),
            Some((_, meta)) => {
                Err(Outcome::Differs { what: format!("the rule's text bears the title {:?}", meta.title) })
            }
            None => {
                let what = format!("the rule's text holds no rule with the id {}", params.rule_id);
                Err(Outcome::Differs { what })
            }
        }
    }
}

fn compile(text: &str) -> Result<RuleSet, String> {
    let mut builder = RuleSetBuilder::new();
    builder.add_yaml("rule", text);
    let (set, problems) = builder.build();
    if set.is_empty() {
        return Err(problems.first().map_or("no rule in its text".to_owned(), |p| p.reason.clone()));
    }
    Ok(set)
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
        match match_one(set, id, record, &event) {
            Outcome::Holds => {}
            Outcome::NeedsHidden { fields } => hidden.extend(fields),
            other => return other,
        }
    }
    Outcome::of_hidden(hidden)
}

fn match_one(set: &RuleSet, id: RuleId, record: &CitedRecord<'_>, event: &Event) -> Outcome {
    let meta = set.meta(id);
    if !event_source(&event.shape.log_source).serves(&meta.logsource) {
        // Hidden fields could tell another log source only where the shown ones tell none.
        if !record.complete && event.shape.log_source == onus_event::LogSource::default() {
            return Outcome::NeedsHidden { fields: shape_fields().into_iter().map(str::to_owned).collect() };
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

/// The field of a name; exact, else without regard to ASCII letter case.
fn find<'r, 'a>(record: &'r CitedRecord<'a>, name: &str) -> Option<&'r (&'a str, Value<'a>)> {
    let fields = &record.fields;
    let exact = fields.iter().find(|(field, _)| *field == name);
    exact.or_else(|| fields.iter().find(|(field, _)| field.eq_ignore_ascii_case(name)))
}

fn text_of<'a>(value: &Value<'a>) -> Cow<'a, str> {
    match value {
        Value::Text(text) => Cow::Borrowed(text),
        Value::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
        Value::Int(value) => Cow::Owned(value.to_string()),
        Value::Float(value) => Cow::Owned(value.to_string()),
    }
}

/// The record's own names of the fields that a rule reads, by alias too; absent ones are left out.
pub(crate) fn fields_read<'a>(meta: &RuleMeta, record: &CitedRecord<'a>, event: &Event) -> Vec<&'a str> {
    let by_alias = |field: &str| {
        let others = event.shape.aliases.iter().filter(|(alias, _)| alias.eq_ignore_ascii_case(field));
        others.map(|(_, name)| find(record, name)).find_map(|found| found)
    };
    let found = meta.fields().iter().filter_map(|field| find(record, field).or_else(|| by_alias(field)));
    found.map(|(name, _)| *name).collect()
}
