//! What a rule is compiled to, for those who write rules and ask why one is silent.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::detect::{Expr, wake_set};
use crate::pattern::{Predicate, required_literals};
use crate::rule::RuleId;
use crate::set::RuleSet;

/// One pattern of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormPattern {
    /// The selection that it stands in.
    pub selection: Arc<str>,
    /// The field that it is asked of; `None` for a keyword, which is asked of every field.
    pub field: Option<Arc<str>>,
    /// What the value is compared with, in Sigma's notation.
    pub pattern: Arc<str>,
    /// Whether the condition refers to its selection.
    pub used: bool,
    /// Whether one of its literals can be sought, so that most values need no closer look.
    pub searchable: bool,
}

/// A rule as the engine sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleForm {
    /// All its patterns, in the order of its selections' names.
    pub patterns: Vec<FormPattern>,
    /// Places in `patterns`: wherever the rule is true, one of these is. `None` where nothing has to be true, so
    /// that the rule is evaluated for every kind of row.
    pub woken_by: Option<Vec<usize>>,
}

impl RuleSet {
    /// The form that a rule was compiled to; a correlation has no patterns. The id must come from this set.
    pub fn form(&self, rule: RuleId) -> RuleForm {
        if self.correlation(rule).is_some() {
            return RuleForm { patterns: Vec::new(), woken_by: None };
        }
        let compiled = self.compiled(rule);
        let mut used = BTreeSet::new();
        items_of(&compiled.expr, &mut used);
        let predicate = |place: usize| &self.atoms().get(compiled.items[place].atom).predicate;
        let patterns = compiled.items.iter().enumerate().map(|(place, item)| FormPattern {
            selection: Arc::clone(&item.selection),
            field: item.field.clone(),
            pattern: Arc::clone(&item.shown),
            used: used.contains(&(place as u32)),
            searchable: searchable(predicate(place)),
        });
        let frequency = |atom| match &self.atoms().get(atom).predicate {
            Predicate::FieldRef(_) => None,
            predicate => Some(predicate.frequency()),
        };
        let woken_by = wake_set(&compiled.expr, &compiled.items, &frequency).map(|atoms| {
            let wakes = |place: &usize| atoms.binary_search(&compiled.items[*place].atom).is_ok();
            (0..compiled.items.len()).filter(wakes).collect()
        });
        RuleForm { patterns: patterns.collect(), woken_by }
    }

    /// Whether a rule can be true of a record that has at most the fields of which `has` says so; a correlation
    /// can where one of its rules can.
    pub fn could_match(&self, rule: RuleId, has: &dyn Fn(&str) -> bool) -> bool {
        if let Some(correlation) = self.correlation(rule) {
            return correlation.rules.iter().any(|rule| self.could_match(*rule, has));
        }
        let compiled = self.compiled(rule);
        let absent = |place: u32| {
            let item = &compiled.items[place as usize];
            let missing = item.field.as_ref().is_some_and(|field| !has(field));
            missing.then(|| self.atoms().get(item.atom).predicate == Predicate::Absent)
        };
        could_be(&compiled.expr, &absent).0
    }
}

/// Whether a predicate can be sought by a literal, or costs little on any value.
fn searchable(predicate: &Predicate) -> bool {
    match predicate {
        Predicate::Text { glob, .. } => glob.parts().len() <= 1 || glob.longest_literal().is_some(),
        Predicate::Regex(pattern) => required_literals(pattern).is_some(),
        _ => true,
    }
}

fn items_of(expr: &Expr, found: &mut BTreeSet<u32>) {
    match expr {
        Expr::Item(place) => {
            found.insert(*place);
        }
        Expr::Not(part) => items_of(part, found),
        Expr::And(parts) | Expr::Or(parts) | Expr::AtLeast(_, parts) => {
            parts.iter().for_each(|part| items_of(part, found));
        }
    }
}

/// Whether an expression can be true, and whether it can be false, where the truth of some items is fixed.
fn could_be(expr: &Expr, fixed: &dyn Fn(u32) -> Option<bool>) -> (bool, bool) {
    let of = |parts: &[Expr]| parts.iter().map(|part| could_be(part, fixed)).collect::<Vec<_>>();
    match expr {
        Expr::Item(place) => fixed(*place).map_or((true, true), |truth| (truth, !truth)),
        Expr::Not(part) => {
            let (yes, no) = could_be(part, fixed);
            (no, yes)
        }
        Expr::And(parts) => {
            let parts = of(parts);
            (parts.iter().all(|p| p.0), parts.iter().any(|p| p.1))
        }
        Expr::Or(parts) => {
            let parts = of(parts);
            (parts.iter().any(|p| p.0), parts.iter().all(|p| p.1))
        }
        Expr::AtLeast(wanted, parts) => {
            let parts = of(parts);
            let can = parts.iter().filter(|p| p.0).count();
            let must = parts.iter().filter(|p| !p.1).count();
            (can >= *wanted, must < *wanted)
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::RuleSetBuilder;

    const RULE: &str = "
title: t
logsource: {product: windows}
detection:
  image: {Image|endswith: '\\x.exe', ParentImage|re: '.{30}'}
  unused: {User: a}
  filter: {Product: null}
  condition: image and not filter
";

    #[test]
    fn the_form_tells_what_wakes_a_rule_and_what_nothing_refers_to() {
        let mut builder = RuleSetBuilder::new();
        builder.add_yaml("r", RULE);
        let (set, problems) = builder.build();
        assert!(problems.is_empty(), "{problems:?}");
        let (id, _) = set.iter().next().unwrap();
        let form = set.form(id);
        let woken: Vec<&str> =
            form.woken_by.unwrap().iter().map(|p| form.patterns[*p].field.as_deref().unwrap()).collect();
        assert_eq!(woken, ["Image"]);
        let unused: Vec<&str> = form.patterns.iter().filter(|p| !p.used).map(|p| &*p.selection).collect();
        assert_eq!(unused, ["unused"]);
        assert!(form.patterns.iter().any(|p| &**p.field.as_ref().unwrap() == "ParentImage" && !p.searchable));
        assert!(set.could_match(id, &|field| field != "User"));
        assert!(!set.could_match(id, &|field| field != "Image"), "a pattern needs its field");
        assert!(!set.could_match(id, &|field| field != "Product"), "the filter is then always true");
    }
}
