//! From a parsed rule to a boolean expression over interned atoms.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rsigma_parser::{
    ConditionExpr, Detection, DetectionItem, Detections, Modifier, Quantifier, SelectorPattern, SigmaValue,
};

use super::modifier::{Modifiers, Pattern, Placeholders};
use super::{AtomId, AtomTable, Expr};
use crate::pattern::Predicate;

/// A rule whose expression would have more nodes is refused.
const MAX_NODES: usize = 200_000;

/// A leaf of a rule: one pattern of one field in one selection.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) selection: Arc<str>,
    /// `None` for a keyword.
    pub(crate) field: Option<Arc<str>>,
    pub(crate) shown: Arc<str>,
    pub(crate) atom: AtomId,
}

/// A rule ready to be evaluated.
#[derive(Debug)]
pub(crate) struct CompiledRule {
    pub(crate) items: Vec<Item>,
    pub(crate) expr: Expr,
}

impl CompiledRule {
    /// The fields that the rule reads, and whether it searches keywords.
    pub(crate) fn reads(&self, atoms: &AtomTable) -> (Vec<String>, bool) {
        let mut fields = BTreeSet::new();
        let mut keywords = false;
        for item in &self.items {
            match &item.field {
                Some(field) => fields.insert(field.to_string()),
                None => std::mem::replace(&mut keywords, true),
            };
            if let Predicate::FieldRef(reference) = &atoms.get(item.atom).predicate {
                fields.insert(reference.other.to_string());
            }
        }
        (fields.into_iter().collect(), keywords)
    }
}

/// Why a rule cannot be used, and a piece of its text near the place.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) reason: String,
    pub(crate) near: String,
}

/// Compiles a detection section.
///
/// # Errors
/// The first thing in it that cannot be evaluated as Sigma means it.
pub(crate) fn compile_rule(
    detections: &Detections,
    placeholders: &Placeholders,
    atoms: &mut AtomTable,
) -> Result<CompiledRule, Refusal> {
    // Conditions refer to selections by name; sorted, so that every run numbers the items alike.
    let named: BTreeMap<&str, &Detection> = detections.named.iter().map(|(k, v)| (k.as_str(), v)).collect();
    let mut compiler = Compiler { placeholders, atoms, items: Vec::new(), selection: "".into(), nodes: 0 };
    let mut selections = BTreeMap::new();
    for (name, detection) in named {
        compiler.selection = name.into();
        selections.insert(name, compiler.detection(detection)?);
    }
    let mut conditions = Vec::new();
    for condition in &detections.conditions {
        conditions.push(compiler.condition(condition, &selections)?);
    }
    let expr = match conditions.len() {
        0 => return Err(Refusal { reason: "the rule has no condition".into(), near: "condition".into() }),
        // A list of conditions: the rule is true where one of them is.
        _ => one_or(conditions, Expr::Or),
    };
    Ok(CompiledRule { items: compiler.items, expr })
}

struct Compiler<'a> {
    placeholders: &'a Placeholders,
    atoms: &'a mut AtomTable,
    items: Vec<Item>,
    selection: Arc<str>,
    nodes: usize,
}

impl Compiler<'_> {
    fn detection(&mut self, detection: &Detection) -> Result<Expr, Refusal> {
        match detection {
            Detection::AllOf(items) if items.is_empty() => Err(self.refuse("the selection is empty", "")),
            Detection::AllOf(items) => {
                let parts = items.iter().map(|item| self.item(item)).collect::<Result<_, _>>()?;
                Ok(one_or(parts, Expr::And))
            }
            Detection::AnyOf(parts) => Ok(one_or(self.detections(parts)?, Expr::Or)),
            Detection::And(parts) => Ok(one_or(self.detections(parts)?, Expr::And)),
            Detection::Keywords(values) => self.values(None, &[], values),
            Detection::ArrayMatch { field, .. } => {
                Err(self.refuse("array matching is not part of Sigma 2.1", field))
            }
            Detection::Conditional { .. } => Err(self.refuse("array matching is not part of Sigma 2.1", "")),
        }
    }

    fn detections(&mut self, parts: &[Detection]) -> Result<Vec<Expr>, Refusal> {
        parts.iter().map(|part| self.detection(part)).collect()
    }

    fn item(&mut self, item: &DetectionItem) -> Result<Expr, Refusal> {
        // The parser escapes brackets in field names, which logs use as they are.
        let field = item.field.name.as_ref().map(|name| name.replace("\\[", "[").replace("\\]", "]"));
        self.values(field.as_deref(), &item.field.modifiers, &item.values)
    }

    fn values(
        &mut self,
        field: Option<&str>,
        list: &[Modifier],
        values: &[SigmaValue],
    ) -> Result<Expr, Refusal> {
        let near = field.unwrap_or_default();
        let modifiers = Modifiers::new(list, field.is_none()).map_err(|reason| self.refuse(&reason, near))?;
        if values.is_empty() {
            return Err(self.refuse("a field without a value", near));
        }
        let field: Option<Arc<str>> = field.map(Into::into);
        let mut parts = Vec::with_capacity(values.len());
        for value in values {
            let patterns = modifiers
                .patterns(value, self.placeholders)
                .map_err(|reason| self.refuse(&reason, &value.to_string()))?;
            let mut alternatives = Vec::with_capacity(patterns.len());
            for pattern in patterns {
                alternatives.push(self.leaf(field.clone(), pattern)?);
            }
            parts.push(one_or(alternatives, Expr::Or));
        }
        let joined = one_or(parts, if modifiers.all { Expr::And } else { Expr::Or });
        Ok(if modifiers.negated { Expr::Not(Box::new(joined)) } else { joined })
    }

    fn leaf(&mut self, field: Option<Arc<str>>, pattern: Pattern) -> Result<Expr, Refusal> {
        self.grow(1)?;
        let shown = pattern.shown;
        let atom = self
            .atoms
            .intern(field.clone(), pattern.predicate)
            .map_err(|reason| self.refuse(&reason, shown.trim_matches('/')))?;
        self.items.push(Item { selection: Arc::clone(&self.selection), field, shown, atom });
        // Bounded by `grow`.
        Ok(Expr::Item((self.items.len() - 1) as u32))
    }

    fn condition(
        &mut self,
        condition: &ConditionExpr,
        known: &BTreeMap<&str, Expr>,
    ) -> Result<Expr, Refusal> {
        let mut parts = |parts: &[ConditionExpr]| -> Result<Vec<Expr>, Refusal> {
            parts.iter().map(|part| self.condition(part, known)).collect()
        };
        match condition {
            ConditionExpr::And(list) => Ok(Expr::And(parts(list)?)),
            ConditionExpr::Or(list) => Ok(Expr::Or(parts(list)?)),
            ConditionExpr::Not(part) => Ok(Expr::Not(Box::new(self.condition(part, known)?))),
            ConditionExpr::Identifier(name) => {
                let found = known.get(name.as_str());
                let found = found.ok_or_else(|| {
                    refusal(format!("the condition names {name}, which is not defined"), name)
                })?;
                self.grow(found.size())?;
                Ok(found.clone())
            }
            ConditionExpr::Selector { quantifier, pattern } => self.selector(quantifier, pattern, known),
        }
    }

    fn selector(
        &mut self,
        quantifier: &Quantifier,
        pattern: &SelectorPattern,
        known: &BTreeMap<&str, Expr>,
    ) -> Result<Expr, Refusal> {
        let chosen: Vec<&Expr> = known
            .iter()
            .filter(|(name, _)| pattern.matches_detection_name(name))
            .map(|(_, expr)| expr)
            .collect();
        if chosen.is_empty() {
            return Err(refusal(
                format!("the condition asks for {pattern}, but no selection has such a name"),
                "condition",
            ));
        }
        self.grow(chosen.iter().map(|expr| expr.size()).sum())?;
        let chosen: Vec<Expr> = chosen.into_iter().cloned().collect();
        Ok(match quantifier {
            Quantifier::Any => one_or(chosen, Expr::Or),
            Quantifier::All => one_or(chosen, Expr::And),
            Quantifier::Count(n) => Expr::AtLeast(usize::try_from(*n).unwrap_or(usize::MAX), chosen),
        })
    }

    fn grow(&mut self, nodes: usize) -> Result<(), Refusal> {
        self.nodes += nodes;
        if self.nodes > MAX_NODES {
            return Err(refusal(
                format!("the rule is too big: over {MAX_NODES} patterns and conditions"),
                "detection",
            ));
        }
        Ok(())
    }

    fn refuse(&self, reason: &str, near: &str) -> Refusal {
        refusal(format!("{}: {reason}", self.selection), if near.is_empty() { &self.selection } else { near })
    }
}

fn refusal(reason: String, near: &str) -> Refusal {
    Refusal { reason, near: near.to_owned() }
}

fn one_or(mut parts: Vec<Expr>, join: fn(Vec<Expr>) -> Expr) -> Expr {
    if parts.len() == 1
        && let Some(only) = parts.pop()
    {
        return only;
    }
    join(parts)
}

#[cfg(test)]
impl Item {
    pub(crate) fn for_test(atom: AtomId) -> Self {
        Self { selection: "s".into(), field: Some("f".into()), shown: "v".into(), atom }
    }
}
