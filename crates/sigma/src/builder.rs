//! Rules are added file by file; what cannot be used is kept as a problem, and the rest goes on.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rsigma_parser::{
    CorrelationRule, FilterRule, FilterRuleTarget, SigmaCollection, SigmaRule, parse_sigma_yaml,
};

use crate::correlation::{Pending, Resolved, draft, resolve};
use crate::describe::{self, Place, digest};
use crate::detect::{AtomTable, CompiledRule, Placeholders, Refusal, compile_rule};
use crate::document::{Document, check_depth, line_in, line_of, split};
use crate::filter::{Filter, apply};
use crate::rule::{RuleMeta, RuleProblem};
use crate::set::{Parts, RuleSet};

/// Bigger rule files are refused.
pub const MAX_RULE_FILE_BYTES: usize = 4 << 20;

/// A file of rules, parsed: that is most of the work of adding it, and can be done in another thread.
#[derive(Debug)]
pub struct RuleFile {
    origin: String,
    documents: Result<Vec<Parsed>, String>,
}

#[derive(Debug)]
struct Parsed {
    text: String,
    first_line: u32,
    content: Result<SigmaCollection, String>,
}

impl RuleFile {
    /// Parses a YAML text, which may hold several documents. `origin` names it in problems and in [`RuleMeta::origin`]; a
    /// path, mostly. What is wrong with it becomes a problem once it is added.
    pub fn parse(origin: &str, text: &str) -> Self {
        RuleFile { origin: origin.to_owned(), documents: documents(text) }
    }
}

fn documents(text: &str) -> Result<Vec<Parsed>, String> {
    if text.len() > MAX_RULE_FILE_BYTES {
        return Err(format!("the file is too large: at most {MAX_RULE_FILE_BYTES} bytes are read"));
    }
    let documents = split(text.strip_prefix('\u{feff}').unwrap_or(text));
    if documents.is_empty() {
        return Err("the file holds no rule".to_owned());
    }
    let parsed = |Document { text, first_line }: Document<'_>| {
        let content =
            check_depth(text).and_then(|()| parse_sigma_yaml(text).map_err(|error| error.to_string()));
        Parsed { text: text.to_owned(), first_line, content }
    };
    Ok(documents.into_iter().map(parsed).collect())
}

/// Collects rules for a [`RuleSet`].
#[derive(Debug, Default)]
pub struct RuleSetBuilder {
    placeholders: Placeholders,
    atoms: AtomTable,
    rules: Vec<(RuleMeta, CompiledRule)>,
    correlations: Vec<Pending>,
    filters: Vec<Filter>,
    /// Ids of rules that are wanted for correlations alone.
    unheard: BTreeSet<String>,
    /// By id: the origin and the text's digest of the rule that has it.
    origins: HashMap<String, (String, String)>,
    problems: Vec<RuleProblem>,
}

impl RuleSetBuilder {
    /// A builder without rules.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives the values of `%name%` for rules with the modifier `expand`; rules added before do not see it.
    pub fn placeholder(&mut self, name: &str, values: impl IntoIterator<Item = String>) -> &mut Self {
        self.placeholders.insert(name.to_owned(), values.into_iter().collect());
        self
    }

    /// Gives the values of many placeholders, as [`Self::placeholder`] does.
    pub fn placeholders(&mut self, values: BTreeMap<String, Vec<String>>) -> &mut Self {
        self.placeholders.extend(values);
        self
    }

    /// Adds all rules of a YAML text, see [`RuleFile::parse`].
    pub fn add_yaml(&mut self, origin: &str, text: &str) -> &mut Self {
        self.add(RuleFile::parse(origin, text))
    }

    /// Adds all rules of a file.
    pub fn add(&mut self, file: RuleFile) -> &mut Self {
        let RuleFile { origin, documents } = file;
        match documents {
            Err(reason) => self.problem(&origin, None, None, reason, true),
            Ok(documents) => documents.into_iter().for_each(|document| self.add_document(&origin, document)),
        }
        self
    }

    /// Leaves out the rules added so far that `keep` does not want; returns how many. What a wanted correlation
    /// reads stays, and serves it alone.
    pub fn retain(&mut self, keep: impl Fn(&RuleMeta) -> bool) -> usize {
        let needed = needed(&self.correlations, &keep);
        let serves = |meta: &RuleMeta| {
            [Some(&meta.id), meta.name.as_ref()].into_iter().flatten().any(|key| needed.contains(key))
        };
        let (mut unwanted, unheard) = (0, &mut self.unheard);
        let mut stays = |meta: &RuleMeta| {
            if keep(meta) {
                return true;
            }
            unwanted += 1;
            let serves = serves(meta);
            if serves {
                unheard.insert(meta.id.clone());
            }
            serves
        };
        self.rules.retain(|(meta, _)| stays(meta));
        self.correlations.retain(|pending| stays(&pending.meta));
        unwanted
    }

    /// The rule set, and all that was wrong with what it was made from, in the order in which it was added;
    /// what is wrong with references of filters and correlations comes last.
    pub fn build(mut self) -> (RuleSet, Vec<RuleProblem>) {
        let filters = std::mem::take(&mut self.filters);
        for problem in apply(&mut self.rules, &filters) {
            let filter = problem.filter;
            let line =
                line_of(&Document { text: &filter.text, first_line: filter.first_line }, &problem.near);
            let shown = Some(filter.shown.clone());
            self.problem(&filter.origin, Some(line), shown, problem.reason, problem.refused);
        }
        let metas: Vec<&RuleMeta> = self.rules.iter().map(|(meta, _)| meta).collect();
        let resolved = resolve(&metas, std::mem::take(&mut self.correlations), &self.unheard);
        let Resolved { correlations, refused, inputs, silent } = resolved;
        for (meta, first_line, refusal) in refused {
            let document = Document { text: &meta.text, first_line };
            self.refuse(&meta.origin, &document, meta.id.clone(), refusal);
        }
        let parts = Parts {
            rules: self.rules,
            correlations,
            inputs,
            silent,
            filters: filters.into_iter().map(|filter| (filter.origin, filter.text)).collect(),
            placeholders: self.placeholders,
            atoms: self.atoms,
        };
        (RuleSet::new(parts), self.problems)
    }

    fn add_document(&mut self, origin: &str, parsed: Parsed) {
        let document = &Document { text: &parsed.text, first_line: parsed.first_line };
        let collection = match parsed.content {
            Ok(collection) => collection,
            Err(reason) => {
                let line =
                    line_in(&reason).map_or(document.first_line, |line| line + document.first_line - 1);
                return self.problem(origin, Some(line), None, first_line(&reason), true);
            }
        };
        self.parser_problems(origin, document, &collection);
        for (number, rule) in (1..).zip(&collection.rules) {
            self.add_rule(origin, document, number, rule);
        }
        for (number, correlation) in (1 + collection.rules.len()..).zip(&collection.correlations) {
            self.add_correlation(origin, document, number, correlation);
        }
        for filter in &collection.filters {
            self.add_filter(origin, document, filter);
        }
    }

    /// The parser gives errors and warnings as one list of texts; where it also gave a rule, they are warnings.
    fn parser_problems(&mut self, origin: &str, document: &Document<'_>, collection: &SigmaCollection) {
        let empty = collection.rules.is_empty()
            && collection.correlations.is_empty()
            && collection.filters.is_empty();
        let name = collection.rules.first().map(|rule| rule.id.clone().unwrap_or_else(|| rule.title.clone()));
        for reason in &collection.errors {
            let line = match line_in(reason) {
                Some(line) => line + document.first_line - 1,
                None => line_of(document, near(reason)),
            };
            self.problem(origin, Some(line), name.clone(), first_line(reason), empty);
        }
    }

    fn add_rule(&mut self, origin: &str, document: &Document<'_>, number: usize, rule: &SigmaRule) {
        let name = rule.id.clone().unwrap_or_else(|| rule.title.clone());
        let compiled = match compile_rule(&rule.detection, &self.placeholders, &mut self.atoms) {
            Ok(compiled) => compiled,
            Err(refusal) => return self.refuse(origin, document, name, refusal),
        };
        let (fields, keywords) = compiled.reads(&self.atoms);
        let mut meta = describe::rule(Place { origin, text: document.text, number }, rule, fields, keywords);
        if self.is_new(&mut meta, number, document) {
            self.rules.push((meta, compiled));
        }
    }

    fn add_correlation(
        &mut self,
        origin: &str,
        document: &Document<'_>,
        number: usize,
        rule: &CorrelationRule,
    ) {
        let mut meta = describe::correlation(Place { origin, text: document.text, number }, rule);
        match draft(rule) {
            Ok(draft) if self.is_new(&mut meta, number, document) => {
                self.correlations.push(Pending { meta, draft, first_line: document.first_line });
            }
            Ok(_) => {}
            Err(refusal) => self.refuse(origin, document, meta.id, refusal),
        }
    }

    fn add_filter(&mut self, origin: &str, document: &Document<'_>, filter: &FilterRule) {
        let shown = filter.id.clone().unwrap_or_else(|| filter.title.clone());
        let compiled = match compile_rule(&filter.detection, &self.placeholders, &mut self.atoms) {
            Ok(compiled) => compiled,
            Err(refusal) => return self.refuse(origin, document, shown, refusal),
        };
        self.filters.push(Filter {
            origin: origin.to_owned(),
            first_line: document.first_line,
            text: document.text.to_owned(),
            shown,
            digest: digest(document.text),
            log_source: filter.logsource.as_ref().map(describe::log_source).unwrap_or_default(),
            rules: match &filter.rules {
                FilterRuleTarget::Any => None,
                FilterRuleTarget::Specific(names) => Some(names.clone()),
            },
            compiled,
        });
    }

    /// Whether no rule has this id yet. Documents that share an id through `action: global` are numbered.
    fn is_new(&mut self, meta: &mut RuleMeta, number: usize, document: &Document<'_>) -> bool {
        if let Some((first, digest)) = self.origins.get(&meta.id) {
            if *first == meta.origin && *digest == meta.digest && number > 1 {
                meta.id = format!("{}-{number}", meta.id);
            } else {
                let reason = format!("a rule with this id was already read from {first}");
                self.problem(&meta.origin, Some(document.first_line), Some(meta.id.clone()), reason, true);
                return false;
            }
        }
        self.origins.insert(meta.id.clone(), (meta.origin.clone(), meta.digest.clone()));
        true
    }

    fn refuse(&mut self, origin: &str, document: &Document<'_>, rule: String, refusal: Refusal) {
        let line = line_of(document, &refusal.near);
        self.problem(origin, Some(line), Some(rule), refusal.reason, true);
    }

    fn problem(
        &mut self,
        origin: &str,
        line: Option<u32>,
        rule: Option<String>,
        reason: String,
        refused: bool,
    ) {
        self.problems.push(RuleProblem { origin: origin.to_owned(), line, rule, reason, refused });
    }
}

/// The ids and names of what wanted correlations read, directly or through others.
fn needed(correlations: &[Pending], keep: &impl Fn(&RuleMeta) -> bool) -> BTreeSet<String> {
    let mut needed = BTreeSet::new();
    let mut open: Vec<&Pending> = correlations.iter().filter(|pending| keep(&pending.meta)).collect();
    while let Some(next) = open.pop() {
        for key in &next.draft.rules {
            if needed.insert(key.clone()) {
                let is_it = |p: &&Pending| p.meta.id == *key || p.meta.name.as_ref() == Some(key);
                open.extend(correlations.iter().filter(is_it));
            }
        }
    }
    needed
}

/// The word of a rule that a parser's message is about: the one in quotes, or the condition.
fn near(reason: &str) -> &str {
    match reason.split('\'').nth(1) {
        _ if reason.starts_with("Condition") => "condition",
        word => word.unwrap_or_default(),
    }
}

/// Parsers answer over several lines with a picture of the place; the list of problems has one line each.
fn first_line(reason: &str) -> String {
    let mut lines = reason.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default().to_owned();
    match lines.next_back() {
        Some(last) if last.starts_with('=') => format!("{first} {}", last.trim_start_matches(['=', ' '])),
        _ => first,
    }
}
