//! Rules are added file by file; what cannot be used is kept as a problem, and the rest goes on.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use rsigma_parser::{SigmaCollection, SigmaRule, parse_sigma_yaml};
use sha2::{Digest as _, Sha256};

use crate::detect::{AtomTable, CompiledRule, Placeholders, compile_rule};
use crate::document::{Document, check_depth, line_in, line_of, split};
use crate::rule::{Level, LogSource, RuleMeta, RuleProblem};
use crate::set::RuleSet;

/// Bigger rule files are refused.
pub const MAX_RULE_FILE_BYTES: usize = 4 << 20;

/// Collects rules for a [`RuleSet`].
#[derive(Debug, Default)]
pub struct RuleSetBuilder {
    placeholders: Placeholders,
    atoms: AtomTable,
    rules: Vec<(RuleMeta, CompiledRule)>,
    origins: HashMap<String, String>,
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

    /// Adds all rules of a YAML text, which may hold several documents. `origin` names it in problems and in
    /// [`RuleMeta::origin`]; a path, mostly.
    pub fn add_yaml(&mut self, origin: &str, text: &str) -> &mut Self {
        if text.len() > MAX_RULE_FILE_BYTES {
            let reason = format!("the file has {} bytes; at most {MAX_RULE_FILE_BYTES} are read", text.len());
            self.problem(origin, None, None, reason, true);
            return self;
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let documents = split(text);
        if documents.is_empty() {
            self.problem(origin, None, None, "the file holds no rule".into(), true);
        }
        for document in documents {
            self.add_document(origin, &document);
        }
        self
    }

    /// Leaves out the rules added so far that `keep` does not want; returns how many.
    pub fn retain(&mut self, keep: impl Fn(&RuleMeta) -> bool) -> usize {
        let before = self.rules.len();
        self.rules.retain(|(meta, _)| keep(meta));
        before - self.rules.len()
    }

    /// The rule set, and all that was wrong with what it was made from, in the order in which it was added.
    pub fn build(self) -> (RuleSet, Vec<RuleProblem>) {
        (RuleSet::new(self.rules, self.atoms), self.problems)
    }

    fn add_document(&mut self, origin: &str, document: &Document<'_>) {
        let parsed = check_depth(document.text)
            .and_then(|()| parse_sigma_yaml(document.text).map_err(|error| error.to_string()));
        let collection = match parsed {
            Ok(collection) => collection,
            Err(reason) => {
                let line =
                    line_in(&reason).map_or(document.first_line, |line| line + document.first_line - 1);
                return self.problem(origin, Some(line), None, first_line(&reason), true);
            }
        };
        self.parser_problems(origin, document, &collection);
        for correlation in &collection.correlations {
            let name = correlation.id.clone().unwrap_or_else(|| correlation.title.clone());
            let reason = "correlation rules are not evaluated yet".into();
            self.problem(origin, Some(document.first_line), Some(name), reason, true);
        }
        for filter in &collection.filters {
            let name = filter.id.clone().unwrap_or_else(|| filter.title.clone());
            let reason = "filter rules are not applied yet".into();
            self.problem(origin, Some(document.first_line), Some(name), reason, true);
        }
        for rule in &collection.rules {
            self.add_rule(origin, document, rule);
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

    fn add_rule(&mut self, origin: &str, document: &Document<'_>, rule: &SigmaRule) {
        let name = rule.id.clone().unwrap_or_else(|| rule.title.clone());
        let compiled = match compile_rule(&rule.detection, &self.placeholders, &mut self.atoms) {
            Ok(compiled) => compiled,
            Err(refusal) => {
                let line = line_of(document, &refusal.near);
                return self.problem(origin, Some(line), Some(name), refusal.reason, true);
            }
        };
        let (fields, keywords) = compiled.reads(&self.atoms);
        let meta = describe(origin, document.text, rule, fields, keywords);
        if let Some(first) = self.origins.get(&meta.id) {
            let reason = format!("a rule with this id was already read from {first}");
            return self.problem(origin, Some(document.first_line), Some(name), reason, true);
        }
        self.origins.insert(meta.id.clone(), origin.to_owned());
        self.rules.push((meta, compiled));
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

fn describe(origin: &str, text: &str, rule: &SigmaRule, fields: Vec<String>, keywords: bool) -> RuleMeta {
    let digest = hex(&Sha256::digest(text.as_bytes()));
    let id = rule.id.clone().unwrap_or_else(|| format!("sha256-{}", &digest[..32]));
    RuleMeta {
        id,
        title: rule.title.clone(),
        level: rule.level.map_or(Level::Informational, Level::from),
        status: rule.status.map(Into::into),
        tags: rule.tags.clone(),
        description: rule.description.clone().unwrap_or_default().trim().to_owned(),
        origin: origin.to_owned(),
        digest,
        text: Arc::from(text),
        logsource: LogSource {
            product: rule.logsource.product.clone(),
            category: rule.logsource.category.clone(),
            service: rule.logsource.service.clone(),
        },
        falsepositives: rule.falsepositives.clone(),
        author: rule.author.clone().unwrap_or_default(),
        references: rule.references.clone(),
        fields,
        keywords,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _infallible = write!(out, "{byte:02x}");
        out
    })
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
