//! A compiled set of rules.

use std::sync::Arc;

use crate::detect::{AtomTable, CompiledRule, reasons};
use crate::engine::{Matcher, MatcherOptions};
use crate::pattern::Predicate;
use crate::record::FieldLookup;
use crate::rule::{EventSource, Match, RuleId, RuleMeta};

/// Rules, compiled; cheap to clone, and shared between threads.
#[derive(Debug, Clone)]
pub struct RuleSet(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    metas: Vec<RuleMeta>,
    rules: Vec<CompiledRule>,
    atoms: AtomTable,
}

impl RuleSet {
    pub(crate) fn new(rules: Vec<(RuleMeta, CompiledRule)>, atoms: AtomTable) -> Self {
        let (metas, rules) = rules.into_iter().unzip();
        Self(Arc::new(Inner { metas, rules, atoms }))
    }

    /// How many rules.
    pub fn len(&self) -> usize {
        self.0.metas.len()
    }

    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.0.metas.is_empty()
    }

    /// What a rule says of itself. The id must come from this set.
    pub fn meta(&self, rule: RuleId) -> &RuleMeta {
        &self.0.metas[rule.0 as usize]
    }

    /// All rules in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = (RuleId, &RuleMeta)> {
        (0..).map(RuleId).zip(&self.0.metas)
    }

    /// The rules that look at events of a source.
    pub fn rules_for<'a>(&'a self, source: &'a EventSource) -> impl Iterator<Item = (RuleId, &'a RuleMeta)> {
        self.iter().filter(|(_, meta)| source.serves(&meta.logsource))
    }

    /// A matcher for batches of one source. `aliases` pairs a rule's field with a column that holds it where
    /// no column has the rule's own name; the first pair that fits a batch is used.
    pub fn matcher(
        &self,
        source: &EventSource,
        aliases: &[(&str, &str)],
        options: &MatcherOptions,
    ) -> Matcher {
        Matcher::new(self.clone(), source, aliases, options)
    }

    /// Matches one record alone, each rule by itself: slow, and the measure of what a [`Matcher`] must give.
    /// For columns under other names, wrap the fields in [`Aliased`](crate::Aliased).
    pub fn match_record(&self, source: &EventSource, fields: &dyn FieldLookup) -> Vec<Match> {
        let of_source: Vec<RuleId> = self.rules_for(source).map(|(id, _)| id).collect();
        of_source.into_iter().filter_map(|rule| self.match_rule(rule, fields)).collect()
    }

    /// Matches one record with one rule, whatever its log source.
    pub fn match_rule(&self, rule: RuleId, fields: &dyn FieldLookup) -> Option<Match> {
        let compiled = self.compiled(rule);
        let mut item = |place: u32| self.test(compiled, place, fields);
        if !compiled.expr.eval(&mut item) {
            return None;
        }
        let mut places = Vec::new();
        compiled.expr.supporters(&mut item, &mut |place| places.push(place));
        Some(Match { row: 0, rule, why: reasons(compiled, &places, self.atoms(), fields) })
    }

    fn test(&self, rule: &CompiledRule, place: u32, fields: &dyn FieldLookup) -> bool {
        let item = &rule.items[place as usize];
        let atom = self.0.atoms.get(item.atom);
        let Some(field) = &item.field else {
            let mut found = false;
            fields.each_text(&mut |_, value| found = found || atom.test(Some(value)));
            return found;
        };
        let value = fields.get(field);
        match &atom.predicate {
            Predicate::FieldRef(reference) => match (value, fields.get(&reference.other)) {
                (Some(value), Some(other)) => reference.holds(&value, &other),
                _ => false,
            },
            _ => atom.test(value.as_deref()),
        }
    }

    pub(crate) fn compiled(&self, rule: RuleId) -> &CompiledRule {
        &self.0.rules[rule.0 as usize]
    }

    pub(crate) fn atoms(&self) -> &AtomTable {
        &self.0.atoms
    }
}
