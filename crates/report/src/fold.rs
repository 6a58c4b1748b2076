//! Many findings as few rows: the first of each rule in full, the others counted.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Finding;

/// Rows that stand for many findings, in one table.
const COUNTED: usize = 40;

/// A row of a table of findings.
pub(crate) enum Row<'a> {
    /// A finding.
    One(&'a Finding<'a>),
    /// Further findings of the rule of the row before.
    Counted(Counted<'a>),
}

/// Findings of one rule that have no row of their own.
pub(crate) struct Counted<'a> {
    pub(crate) title: &'a str,
    pub(crate) level: &'a str,
    pub(crate) findings: usize,
    pub(crate) hosts: usize,
    pub(crate) accounts: usize,
    pub(crate) matches: u64,
    pub(crate) first: Option<i64>,
}

/// The findings of an intrusion, or of none, as rows.
pub(crate) struct Folded<'a> {
    pub(crate) rows: Vec<Row<'a>>,
    /// How many findings there are.
    pub(crate) all: usize,
    /// How many of them neither have a row nor are counted in one.
    pub(crate) left_out: usize,
}

impl<'a> Folded<'a> {
    /// At most `room` findings in full. If all fit they come in order of time where `by_time`, else as they come;
    /// if not, by rule, the rule of the first first, and each rule has a row before any has many.
    pub(crate) fn new(mut own: Vec<&'a Finding<'a>>, room: usize, by_time: bool) -> Self {
        let all = own.len();
        if by_time {
            own.sort_by_key(|finding| (finding.first, finding.id));
        }
        if all <= room {
            return Folded { rows: own.into_iter().map(Row::One).collect(), all, left_out: 0 };
        }
        let mut folded = Folded { rows: Vec::new(), all, left_out: 0 };
        let rules = by_rule(own);
        let parts = shares(rules.iter().map(Vec::len), room);
        let mut counted = 0;
        for (findings, part) in rules.iter().zip(parts) {
            let (shown, rest) = findings.split_at(part);
            folded.rows.extend(shown.iter().copied().map(Row::One));
            if !rest.is_empty() && counted < COUNTED {
                counted += 1;
                folded.rows.push(Row::Counted(count(rest)));
            } else {
                folded.left_out += rest.len();
            }
        }
        folded
    }

    /// The ids of the findings that have a row.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &'a str> {
        self.rows.iter().filter_map(|row| match row {
            Row::One(finding) => Some(finding.id),
            Row::Counted(_) => None,
        })
    }
}

/// The findings of each rule, in the order in which rules come first.
fn by_rule<'a>(own: Vec<&'a Finding<'a>>) -> Vec<Vec<&'a Finding<'a>>> {
    let mut places: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut rules: Vec<Vec<&Finding>> = Vec::new();
    for finding in own {
        let place = *places.entry((finding.title, finding.level)).or_insert(rules.len());
        match rules.get_mut(place) {
            Some(rule) => rule.push(finding),
            None => rules.push(vec![finding]),
        }
    }
    rules
}

fn count<'a>(rest: &[&'a Finding<'a>]) -> Counted<'a> {
    let distinct = |names: &mut dyn Iterator<Item = &'a str>| names.collect::<BTreeSet<&str>>().len();
    Counted {
        title: rest.first().map_or("", |finding| finding.title),
        level: rest.first().map_or("", |finding| finding.level),
        findings: rest.len(),
        hosts: distinct(&mut rest.iter().filter_map(|finding| finding.host)),
        accounts: distinct(&mut rest.iter().flat_map(|finding| finding.accounts).map(String::as_str)),
        matches: rest.iter().map(|finding| finding.count).sum(),
        first: rest.iter().filter_map(|finding| finding.first).min(),
    }
}

/// How many of each get one of `room` places: as many as they are, up to a number that is the same for all.
pub(crate) fn shares(sizes: impl Iterator<Item = usize>, room: usize) -> Vec<usize> {
    let sizes: Vec<usize> = sizes.collect();
    let mut smallest: Vec<usize> = sizes.clone();
    smallest.sort_unstable();
    let (mut left, mut most) = (room, usize::MAX);
    for (before, size) in smallest.iter().enumerate() {
        let part = left / (smallest.len() - before);
        if *size > part {
            most = part;
            break;
        }
        left -= size;
    }
    // What is left over when places are shared evenly goes to the first that want more.
    let mut over = room.saturating_sub(sizes.iter().map(|size| (*size).min(most)).sum());
    let part = |size: &usize| {
        let more = usize::from(*size > most && over > 0);
        over -= more;
        (*size).min(most) + more
    };
    sizes.iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::shares;

    #[test]
    fn places_are_shared_evenly_and_none_is_wasted() {
        assert_eq!(shares([3, 500, 2].into_iter(), 450), [3, 445, 2]);
        assert_eq!(shares([100, 1, 100].into_iter(), 12), [6, 1, 5]);
        assert_eq!(shares([1, 1, 1].into_iter(), 2), [1, 1, 0]);
        assert_eq!(shares([5, 6].into_iter(), 20), [5, 6]);
        assert_eq!(shares(std::iter::empty(), 20), [0; 0]);
    }
}
