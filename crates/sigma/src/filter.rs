//! Filter documents: conditions that are joined by *and* to the rules that they name.

use std::collections::HashMap;

use crate::detect::{CompiledRule, Expr};
use crate::rule::{LogSource, RuleMeta};

/// All filters together add so many patterns and conditions to the rules at most.
const MAX_ADDED: usize = 2_000_000;

/// A filter, compiled.
#[derive(Debug)]
pub(crate) struct Filter {
    pub(crate) origin: String,
    /// The line on which its document begins.
    pub(crate) first_line: u32,
    pub(crate) text: String,
    /// Its id, else its title.
    pub(crate) shown: String,
    pub(crate) digest: String,
    pub(crate) log_source: LogSource,
    /// Ids or names; `None` for any rule.
    pub(crate) rules: Option<Vec<String>>,
    pub(crate) compiled: CompiledRule,
}

/// What is wrong with a filter: the filter, what to look for in its text, the reason, and whether it narrows no
/// rule at all.
pub(crate) struct FilterProblem<'a> {
    pub(crate) filter: &'a Filter,
    pub(crate) near: String,
    pub(crate) reason: String,
    pub(crate) refused: bool,
}

/// Narrows the rules by the filters, in the order in which they were read.
pub(crate) fn apply<'a>(
    rules: &mut [(RuleMeta, CompiledRule)],
    filters: &'a [Filter],
) -> Vec<FilterProblem<'a>> {
    if filters.is_empty() {
        return Vec::new();
    }
    let mut known: HashMap<String, usize> = HashMap::new();
    for (place, (meta, _)) in rules.iter().enumerate().rev() {
        let keys = meta.name.iter().chain([&meta.id]);
        known.extend(keys.map(|key| (key.clone(), place)));
    }
    let mut problems = Vec::new();
    let mut left = MAX_ADDED;
    for filter in filters {
        let mut found = Vec::new();
        let mut problem = |near: &str, reason: String, refused| {
            problems.push(FilterProblem { filter, near: near.to_owned(), reason, refused });
        };
        match &filter.rules {
            None => found.extend(
                (0..rules.len()).filter(|place| covers(&filter.log_source, &rules[*place].0.logsource)),
            ),
            Some(names) => {
                for name in names {
                    match known.get(name) {
                        None => {
                            problem(
                                name,
                                format!("it names {name}, which is neither id nor name of a rule in use"),
                                false,
                            );
                        }
                        Some(place) if !covers(&filter.log_source, &rules[*place].0.logsource) => {
                            let reason =
                                format!("the log source of {name} is not the filter's: it is not narrowed");
                            problem(name, reason, false);
                        }
                        Some(place) => found.push(*place),
                    }
                }
            }
        }
        if found.is_empty() {
            problem("rules", "the filter narrows no rule".to_owned(), true);
        }
        found.sort_unstable();
        found.dedup();
        let size = filter.compiled.expr.size() + filter.compiled.items.len();
        if size.saturating_mul(found.len()) > left {
            problem("rules", format!("filters would add over {MAX_ADDED} patterns to the rules"), true);
            continue;
        }
        left -= size * found.len();
        for place in found {
            narrow(&mut rules[place], filter);
        }
    }
    problems
}

fn narrow((meta, rule): &mut (RuleMeta, CompiledRule), filter: &Filter) {
    // Bounded by what a rule may hold and by `MAX_ADDED`.
    let shift = rule.items.len() as u32;
    rule.items.extend(filter.compiled.items.iter().cloned());
    let own = std::mem::replace(&mut rule.expr, Expr::And(Vec::new()));
    rule.expr = Expr::And(vec![own, filter.compiled.expr.shifted(shift)]);
    if let Err(place) = meta.filters.binary_search(&filter.digest) {
        meta.filters.insert(place, filter.digest.clone());
    }
}

/// Whether all that the filter's log source states is what the rule's says.
fn covers(filter: &LogSource, rule: &LogSource) -> bool {
    let same = |filter: &Option<String>, rule: &Option<String>| {
        filter.as_ref().is_none_or(|f| rule.as_ref().is_some_and(|r| r.eq_ignore_ascii_case(f)))
    };
    same(&filter.product, &rule.product)
        && same(&filter.category, &rule.category)
        && same(&filter.service, &rule.service)
}
