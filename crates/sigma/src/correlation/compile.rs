//! A parsed correlation rule → what is needed to evaluate it, or why it cannot be.

use std::collections::BTreeMap;

use rsigma_parser::{
    ConditionExpr, ConditionOperator, CorrelationCondition, CorrelationRule, CorrelationType, Quantifier,
    WindowMode,
};

use crate::detect::{Expr, Refusal};
use crate::rule::RuleId;

/// A longer `timespan` is refused: 100 years, in seconds.
const MAX_TIMESPAN: u64 = 100 * 366 * 86_400;
/// A correlation of more rules is refused.
const MAX_MEMBERS: usize = 256;
/// More fields to group by or to count are refused.
const MAX_FIELDS: usize = 32;
/// Counts above it are refused: a window would have to remember as many events of each group.
const MAX_COUNT: u64 = 1_000_000;

/// What the correlation looks at in a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Measure {
    /// The number of events.
    Events,
    /// The number of distinct values.
    Values,
    /// How many of the rules are there.
    Rules,
    /// The same, in the order in which the correlation names them.
    RulesInOrder,
    Sum,
    Average,
    /// The value below which so many per cent of the values lie, by linear interpolation.
    Percentile(f64),
}

/// When a window's measure makes the correlation fire.
#[derive(Debug, Clone)]
pub(crate) enum Test {
    /// Every comparison holds.
    Number(Vec<(ConditionOperator, f64)>),
    /// Every rule is there.
    AllRules,
    /// The expression over which rules are there holds; leaves are places in the list of rules.
    Rules(Expr),
}

impl Test {
    /// Whether a number passes; for expressions over rules see [`Self::Rules`].
    pub(crate) fn of_number(&self, value: f64, rules: usize) -> bool {
        match self {
            Self::Number(comparisons) => comparisons.iter().all(|(operator, limit)| match operator {
                ConditionOperator::Lt => value < *limit,
                ConditionOperator::Lte => value <= *limit,
                ConditionOperator::Gt => value > *limit,
                ConditionOperator::Gte => value >= *limit,
                ConditionOperator::Eq => value == *limit,
                ConditionOperator::Neq => value != *limit,
            }),
            Self::AllRules | Self::Rules(_) => value >= rules as f64,
        }
    }

    /// The largest number that a comparison names: counts above it are all alike.
    pub(crate) fn largest(&self) -> usize {
        match self {
            Self::Number(comparisons) => {
                comparisons.iter().map(|(_, limit)| *limit as usize).max().unwrap_or(0)
            }
            Self::AllRules | Self::Rules(_) => 0,
        }
    }
}

/// A correlation whose references are not resolved yet.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) measure: Measure,
    pub(crate) test: Test,
    /// Microseconds.
    pub(crate) timespan: i64,
    /// Ids or names of rules, in the order given, each once unless their order counts.
    pub(crate) rules: Vec<String>,
    pub(crate) group_by: Vec<String>,
    pub(crate) fields: Vec<String>,
    /// (field of the correlation, reference to a rule, field of that rule's events).
    pub(crate) aliases: Vec<(String, String, String)>,
    pub(crate) generate: bool,
    /// The condition as a reader would write it.
    pub(crate) shown: String,
}

impl Draft {
    /// Whether more events never end that the condition holds.
    pub(crate) fn grows(&self) -> bool {
        let counts = !matches!(self.measure, Measure::Sum | Measure::Average | Measure::Percentile(_));
        counts
            && match &self.test {
                Test::Number(comparisons) => comparisons
                    .iter()
                    .all(|(operator, _)| matches!(operator, ConditionOperator::Gt | ConditionOperator::Gte)),
                Test::AllRules => true,
                Test::Rules(expr) => !expr.negates(),
            }
    }
}

/// A correlation, ready.
#[derive(Debug)]
pub(crate) struct Correlation {
    pub(crate) draft: Draft,
    pub(crate) members: Vec<Member>,
}

/// A rule of which the correlation takes the events.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) rule: RuleId,
    /// For each field to group by, its place among the values that come with this rule's events.
    pub(crate) group: Vec<Option<usize>>,
    /// The same for the fields of the condition.
    pub(crate) value: Vec<Option<usize>>,
}

/// Takes a correlation rule apart.
///
/// # Errors
/// What in it cannot be evaluated as Sigma means it.
pub(crate) fn draft(rule: &CorrelationRule) -> Result<Draft, Refusal> {
    if rule.window != WindowMode::Sliding {
        return Err(refusal("windows other than sliding ones are not part of Sigma 2.1", "window"));
    }
    if rule.timespan.seconds > MAX_TIMESPAN {
        return Err(refusal("the timespan is longer than 100 years", "timespan"));
    }
    let ordered = rule.correlation_type == CorrelationType::TemporalOrdered;
    let mut rules: Vec<String> = Vec::new();
    for name in &rule.rules {
        if ordered || !rules.contains(name) {
            rules.push(name.clone());
        }
    }
    if rules.is_empty() {
        return Err(refusal("the correlation names no rule", "correlation"));
    }
    if rules.len() > MAX_MEMBERS {
        return Err(refusal(&format!("the correlation names more than {MAX_MEMBERS} rules"), "rules"));
    }
    let (test, fields, percentile, shown) = condition(&rule.condition, rule.correlation_type, &rules)?;
    let measure = match rule.correlation_type {
        CorrelationType::EventCount => Measure::Events,
        CorrelationType::ValueCount => Measure::Values,
        CorrelationType::Temporal => Measure::Rules,
        CorrelationType::TemporalOrdered => Measure::RulesInOrder,
        CorrelationType::ValueSum => Measure::Sum,
        CorrelationType::ValueAvg => Measure::Average,
        CorrelationType::ValuePercentile => Measure::Percentile(percentile),
        CorrelationType::ValueMedian => Measure::Percentile(50.0),
    };
    // Events and rules are counted whatever their fields hold.
    let counted = !matches!(measure, Measure::Events | Measure::Rules | Measure::RulesInOrder);
    let fields = if counted { fields } else { Vec::new() };
    check_fields(measure, &fields, &rule.group_by)?;
    let mut aliases = Vec::new();
    for alias in &rule.aliases {
        for (reference, field) in alias.mapping.iter().collect::<BTreeMap<_, _>>() {
            if !rules.contains(reference) {
                let reason =
                    format!("the alias {} names {reference}, which is not among the rules", alias.alias);
                return Err(refusal(&reason, "aliases"));
            }
            aliases.push((alias.alias.clone(), reference.clone(), field.clone()));
        }
    }
    Ok(Draft {
        measure,
        test,
        // Bounded above, so that it fits.
        timespan: rule.timespan.seconds as i64 * 1_000_000,
        rules,
        group_by: rule.group_by.clone(),
        fields,
        aliases,
        generate: rule.generate,
        shown: format!("{} {shown} in {}", rule.correlation_type.as_str(), rule.timespan.original),
    })
}

fn check_fields(measure: Measure, fields: &[String], group_by: &[String]) -> Result<(), Refusal> {
    match measure {
        Measure::Values if fields.is_empty() => {
            return Err(refusal("the condition names no field", "condition"));
        }
        Measure::Sum | Measure::Average | Measure::Percentile(_) if fields.len() != 1 => {
            return Err(refusal("the condition must name one field", "condition"));
        }
        _ => {}
    }
    if fields.len() > MAX_FIELDS || group_by.len() > MAX_FIELDS {
        return Err(refusal(&format!("more than {MAX_FIELDS} fields"), "group-by"));
    }
    Ok(())
}

type Condition = (Test, Vec<String>, f64, String);

fn condition(
    condition: &CorrelationCondition,
    kind: CorrelationType,
    rules: &[String],
) -> Result<Condition, Refusal> {
    let of_rules = matches!(kind, CorrelationType::Temporal | CorrelationType::TemporalOrdered);
    let (predicates, field, percentile) = match condition {
        CorrelationCondition::Extended(expr) if of_rules => {
            return Ok((Test::Rules(presence(expr, rules)?), Vec::new(), 0.0, format!("of {expr}")));
        }
        CorrelationCondition::Extended(_) => {
            return Err(refusal("only temporal correlations have a condition over rules", "condition"));
        }
        CorrelationCondition::Threshold { predicates, field, percentile } => (predicates, field, percentile),
    };
    let fields = field.clone().unwrap_or_default();
    let shown = show(predicates, &fields);
    // Without a condition the parser gives "at least one", which says nothing for rules: all must be there.
    let every = [(ConditionOperator::Gte, 1)];
    if of_rules && (predicates.as_slice() == every || kind == CorrelationType::TemporalOrdered) {
        let all = predicates.as_slice() == every
            || predicates.as_slice() == [(ConditionOperator::Gte, rules.len() as u64)];
        return match all {
            true => Ok((Test::AllRules, fields, 0.0, format!("of {} rules", rules.len()))),
            false => {
                Err(refusal("temporal_ordered asks for all its rules; a number says nothing", "condition"))
            }
        };
    }
    let counts = of_rules || matches!(kind, CorrelationType::EventCount | CorrelationType::ValueCount);
    if let Some((_, limit)) = predicates.iter().find(|(_, limit)| counts && *limit > MAX_COUNT) {
        return Err(refusal(
            &format!("a count of {limit} is asked for; at most {MAX_COUNT} are counted"),
            "condition",
        ));
    }
    let percentile = percentile.unwrap_or(50);
    if percentile > 100 {
        return Err(refusal("a percentile lies between 0 and 100", "percentile"));
    }
    let mut comparisons = Vec::with_capacity(predicates.len());
    for (operator, limit) in predicates {
        // The parser turns negative numbers into very large ones.
        if *limit > 1 << 53 {
            return Err(refusal("a number of the condition is negative or too large", "condition"));
        }
        comparisons.push((*operator, *limit as f64));
    }
    Ok((Test::Number(comparisons), fields, percentile as f64, shown))
}

fn show(predicates: &[(ConditionOperator, u64)], fields: &[String]) -> String {
    let mut parts: Vec<String> = Vec::new();
    if !fields.is_empty() {
        parts.push(format!("of {}", fields.join(", ")));
    }
    for (operator, limit) in predicates {
        let sign = match operator {
            ConditionOperator::Lt => "<",
            ConditionOperator::Lte => "<=",
            ConditionOperator::Gt => ">",
            ConditionOperator::Gte => ">=",
            ConditionOperator::Eq => "=",
            ConditionOperator::Neq => "!=",
        };
        parts.push(format!("{sign} {limit}"));
    }
    parts.join(" ")
}

/// A condition over rules, its names replaced by places in the list of rules. Its depth was bounded when read.
fn presence(expr: &ConditionExpr, rules: &[String]) -> Result<Expr, Refusal> {
    let parts =
        |list: &[ConditionExpr]| list.iter().map(|part| presence(part, rules)).collect::<Result<_, _>>();
    // At most `MAX_MEMBERS`.
    let leaf = |place: usize| Expr::Item(place as u32);
    Ok(match expr {
        ConditionExpr::And(list) => Expr::And(parts(list)?),
        ConditionExpr::Or(list) => Expr::Or(parts(list)?),
        ConditionExpr::Not(part) => Expr::Not(Box::new(presence(part, rules)?)),
        ConditionExpr::Identifier(name) => match rules.iter().position(|rule| rule == name) {
            Some(place) => leaf(place),
            None => {
                return Err(refusal(
                    &format!("the condition names {name}, which is not among the rules"),
                    "condition",
                ));
            }
        },
        ConditionExpr::Selector { quantifier, pattern } => {
            let chosen: Vec<Expr> = (0..rules.len())
                .filter(|place| pattern.matches_detection_name(&rules[*place]))
                .map(leaf)
                .collect();
            if chosen.is_empty() {
                let reason = format!("the condition asks for {pattern}, but no rule has such a name");
                return Err(refusal(&reason, "condition"));
            }
            match quantifier {
                Quantifier::Any => Expr::Or(chosen),
                Quantifier::All => Expr::And(chosen),
                Quantifier::Count(n) => Expr::AtLeast(usize::try_from(*n).unwrap_or(usize::MAX), chosen),
            }
        }
    })
}

pub(crate) fn refusal(reason: &str, near: &str) -> Refusal {
    Refusal { reason: reason.to_owned(), near: near.to_owned() }
}
