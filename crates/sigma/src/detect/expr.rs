//! Boolean expressions over a rule's items, and the atoms that can make them true.

use super::{AtomId, Item};

/// A rule's condition with its selections put in. Leaves are places in the rule's list of items.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expr {
    Item(u32),
    Not(Box<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    /// At least so many of the parts.
    AtLeast(usize, Vec<Expr>),
}

impl Expr {
    /// Whether it asks anywhere that something is not so.
    pub(crate) fn negates(&self) -> bool {
        match self {
            Self::Item(_) => false,
            Self::Not(_) => true,
            Self::And(parts) | Self::Or(parts) | Self::AtLeast(_, parts) => parts.iter().any(Self::negates),
        }
    }

    /// How many nodes.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Item(_) => 1,
            Self::Not(part) => 1 + part.size(),
            Self::And(parts) | Self::Or(parts) | Self::AtLeast(_, parts) => {
                1 + parts.iter().map(Self::size).sum::<usize>()
            }
        }
    }

    /// The same over items that lie `by` places further on.
    pub(crate) fn shifted(&self, by: u32) -> Self {
        let all = |parts: &[Self]| parts.iter().map(|part| part.shifted(by)).collect();
        match self {
            Self::Item(place) => Self::Item(place + by),
            Self::Not(part) => Self::Not(Box::new(part.shifted(by))),
            Self::And(parts) => Self::And(all(parts)),
            Self::Or(parts) => Self::Or(all(parts)),
            Self::AtLeast(wanted, parts) => Self::AtLeast(*wanted, all(parts)),
        }
    }

    /// The expression's value, given which items are true.
    pub(crate) fn eval(&self, item: &mut impl FnMut(u32) -> bool) -> bool {
        match self {
            Self::Item(place) => item(*place),
            Self::Not(part) => !part.eval(item),
            Self::And(parts) => parts.iter().all(|part| part.eval(item)),
            Self::Or(parts) => parts.iter().any(|part| part.eval(item)),
            Self::AtLeast(wanted, parts) => {
                *wanted == 0 || parts.iter().filter(|part| part.eval(item)).take(*wanted).count() == *wanted
            }
        }
    }

    /// Calls `see` with each item that is true and counts for the expression being true: those under an
    /// even number of negations, in parts that are true themselves. The expression must be true.
    pub(crate) fn supporters(&self, item: &mut impl FnMut(u32) -> bool, see: &mut impl FnMut(u32)) {
        match self {
            Self::Item(place) => see(*place),
            Self::Not(part) => part.refuters(item, see),
            Self::And(parts) | Self::Or(parts) | Self::AtLeast(_, parts) => {
                for part in parts {
                    if part.eval(item) {
                        part.supporters(item, see);
                    }
                }
            }
        }
    }

    /// As [`Self::supporters`], for the expression being false: only a negation inside can name items.
    fn refuters(&self, item: &mut impl FnMut(u32) -> bool, see: &mut impl FnMut(u32)) {
        match self {
            Self::Item(_) => {}
            Self::Not(part) => part.supporters(item, see),
            Self::And(parts) | Self::Or(parts) | Self::AtLeast(_, parts) => {
                for part in parts {
                    if !part.eval(item) {
                        part.refuters(item, see);
                    }
                }
            }
        }
    }
}

/// Atoms of which at least one is true whenever the expression is: the ones that wake a rule. Among the
/// possible sets, the one that is guessed to be true least often. `None` where the expression can be true
/// with no atom true: then the rule has to be looked at always.
pub(crate) fn wake_set(
    expr: &Expr,
    items: &[Item],
    frequency: &dyn Fn(AtomId) -> Option<f64>,
) -> Option<Vec<AtomId>> {
    let mut atoms = wake(expr, true, items, frequency)?.1;
    atoms.sort_unstable();
    atoms.dedup();
    Some(atoms)
}

type Wake = Option<(f64, Vec<AtomId>)>;

/// `wanted` is the truth value whose making is asked for; negations are pushed down by turning it.
fn wake(expr: &Expr, wanted: bool, items: &[Item], frequency: &dyn Fn(AtomId) -> Option<f64>) -> Wake {
    let of_parts = |parts: &[Expr]| -> Vec<Wake> {
        parts.iter().map(|part| wake(part, wanted, items, frequency)).collect()
    };
    match expr {
        Expr::Item(place) => {
            let atom = items[*place as usize].atom;
            if !wanted {
                return None;
            }
            Some((frequency(atom)?, vec![atom]))
        }
        Expr::Not(part) => wake(part, !wanted, items, frequency),
        Expr::And(parts) => hitting(of_parts(parts), if wanted { parts.len() } else { 1 }),
        Expr::Or(parts) => hitting(of_parts(parts), if wanted { 1 } else { parts.len() }),
        // Not at least n of k: at least k-n+1 are false.
        Expr::AtLeast(n, parts) if wanted => hitting(of_parts(parts), *n),
        Expr::AtLeast(n, parts) => hitting(of_parts(parts), (parts.len() + 1).saturating_sub(*n)),
    }
}

/// Where at least `needed` of the parts hold, one of any `k - needed + 1` of them does: the rarest are taken.
fn hitting(mut parts: Vec<Wake>, needed: usize) -> Wake {
    if needed == 0 {
        return None;
    }
    if needed > parts.len() {
        // It can never hold, so nothing has to wake it.
        return Some((0.0, Vec::new()));
    }
    let cost = |part: &Wake| part.as_ref().map_or(f64::INFINITY, |(cost, _)| *cost);
    parts.sort_by(|a, b| cost(a).total_cmp(&cost(b)));
    let take = parts.len() - needed + 1;
    let mut out = (0.0, Vec::new());
    for part in parts.into_iter().take(take) {
        let (cost, atoms) = part?;
        out.0 += cost;
        out.1.extend(atoms);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Over every expression of a small family and every assignment: where the expression is true, an atom of
    /// its wake set is.
    #[test]
    fn no_truth_without_a_waking_atom() {
        let items: Vec<Item> = (0..4).map(|n| Item::for_test(AtomId(n))).collect();
        let frequency = |atom: AtomId| Some(f64::from(atom.0 + 1));
        for seed in 0..4_000_u64 {
            let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
            let expr = random_expr(&mut random, 3);
            let woken_by = wake_set(&expr, &items, &frequency);
            for truth in 0..16_u32 {
                if expr.eval(&mut |place| truth >> place & 1 == 1)
                    && let Some(atoms) = &woken_by
                {
                    assert!(atoms.iter().any(|atom| truth >> atom.0 & 1 == 1), "{expr:?} by {truth:04b}");
                }
            }
        }
    }

    fn random_expr(random: &mut u64, depth: u32) -> Expr {
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
        let choice = *random >> 20;
        if depth == 0 {
            return Expr::Item((choice % 4) as u32);
        }
        let parts = |random: &mut u64| (0..1 + choice % 3).map(|_| random_expr(random, depth - 1)).collect();
        match choice % 5 {
            0 => Expr::Item((choice / 5 % 4) as u32),
            1 => Expr::Not(Box::new(random_expr(random, depth - 1))),
            2 => Expr::And(parts(random)),
            3 => Expr::Or(parts(random)),
            _ => Expr::AtLeast((choice / 5 % 4) as usize, parts(random)),
        }
    }
}
