//! A compiled set of rules.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::correlation::{Correlation, Correlator};
use crate::detect::{AtomTable, CompiledRule, reasons};
use crate::engine::{Matcher, MatcherOptions};
use crate::pattern::Predicate;
use crate::record::FieldLookup;
use crate::rule::{EventSource, Match, RuleId, RuleMeta};

/// Rules, compiled; cheap to clone, and shared between threads.
#[derive(Debug, Clone, Default)]
pub struct RuleSet(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// Of rules, then of correlations.
    metas: Vec<RuleMeta>,
    rules: Vec<CompiledRule>,
    correlations: Vec<Correlation>,
    /// By rule that a correlation reads: the fields that must come with its matches.
    inputs: BTreeMap<RuleId, Vec<String>>,
    silent: BTreeSet<RuleId>,
    filters: Vec<(String, String)>,
    placeholders: BTreeMap<String, Vec<String>>,
    atoms: AtomTable,
}

/// What a set is made from.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    pub(crate) rules: Vec<(RuleMeta, CompiledRule)>,
    pub(crate) correlations: Vec<(RuleMeta, Correlation)>,
    pub(crate) inputs: BTreeMap<RuleId, Vec<String>>,
    pub(crate) silent: BTreeSet<RuleId>,
    /// Origin and text.
    pub(crate) filters: Vec<(String, String)>,
    pub(crate) placeholders: BTreeMap<String, Vec<String>>,
    pub(crate) atoms: AtomTable,
}

/// What a correlation rule says besides its [`RuleMeta`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrelationMeta<'a> {
    /// Its kind, condition and timespan, for example `event_count >= 10 in 5m`.
    pub condition: &'a str,
    /// The fields that it groups by.
    pub group_by: &'a [String],
    /// The rules that it reads.
    pub rules: Vec<RuleId>,
    /// Whether it holds of all matches once it holds of some of them: its condition asks for at least so many
    /// events, values or rules, and for no absence.
    pub grows: bool,
}

impl RuleSet {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { rules, correlations, inputs, silent, filters, placeholders, atoms } = parts;
        let (mut metas, rules): (Vec<_>, Vec<_>) = rules.into_iter().unzip();
        let (of_correlations, correlations): (Vec<_>, Vec<_>) = correlations.into_iter().unzip();
        metas.extend(of_correlations);
        Self(Arc::new(Inner { metas, rules, correlations, inputs, silent, filters, placeholders, atoms }))
    }

    /// How many rules, correlations among them.
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

    /// All rules in the order in which they were added, the correlations last.
    pub fn iter(&self) -> impl Iterator<Item = (RuleId, &RuleMeta)> {
        (0..).map(RuleId).zip(&self.0.metas)
    }

    /// The rules that look at events of a source.
    pub fn rules_for<'a>(&'a self, source: &'a EventSource) -> impl Iterator<Item = (RuleId, &'a RuleMeta)> {
        let detections = self.iter().take(self.0.rules.len());
        detections.filter(|(_, meta)| source.serves(&meta.logsource))
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

    /// Whether a rule's matches speak for themselves: not where it serves correlations alone, none of which says
    /// `generate: true`.
    pub fn reports(&self, rule: RuleId) -> bool {
        !self.0.silent.contains(&rule)
    }

    /// What a rule says as a correlation, if it is one.
    pub fn correlation(&self, rule: RuleId) -> Option<CorrelationMeta<'_>> {
        let correlation = self.0.correlations.get((rule.0 as usize).checked_sub(self.0.rules.len())?)?;
        Some(CorrelationMeta {
            condition: &correlation.draft.shown,
            group_by: &correlation.draft.group_by,
            rules: correlation.members.iter().map(|member| member.rule).collect(),
            grows: correlation.draft.grows(),
        })
    }

    /// Whether there are correlations, so that matches have to be given to a [`Correlator`].
    pub fn has_correlations(&self) -> bool {
        !self.0.correlations.is_empty()
    }

    /// The fields that must come with a rule's matches for the correlations that read them; `None` where none
    /// does.
    pub fn correlated_fields(&self, rule: RuleId) -> Option<&[String]> {
        self.0.inputs.get(&rule).map(Vec::as_slice)
    }

    /// The filters that narrow rules: where each was read from, and its text.
    pub fn filters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.filters.iter().map(|(origin, text)| (origin.as_str(), text.as_str()))
    }

    /// The values of placeholders that the rules were compiled with.
    pub fn placeholders(&self) -> &BTreeMap<String, Vec<String>> {
        &self.0.placeholders
    }

    /// A correlator that has seen nothing yet.
    pub fn correlator(&self) -> Correlator {
        Correlator::new(self.clone())
    }

    pub(crate) fn correlations(&self) -> &[Correlation] {
        &self.0.correlations
    }

    pub(crate) fn correlation_id(&self, number: usize) -> RuleId {
        // Fewer rules than fit were loaded.
        RuleId((self.0.rules.len() + number) as u32)
    }

    /// Matches one record with one rule, whatever its log source; a correlation matches no record by itself.
    pub fn match_rule(&self, rule: RuleId, fields: &dyn FieldLookup) -> Option<Match> {
        let compiled = self.0.rules.get(rule.0 as usize)?;
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
