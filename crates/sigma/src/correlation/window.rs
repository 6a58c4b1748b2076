//! What a group remembers of the events of the last timespan, and the number that comes of it.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::compile::{Correlation, Measure, Test};
use super::numbers::Numbers;

/// So many events or values are remembered at least, so that a firing can say how large it was.
const KEPT_AT_LEAST: usize = 1_000;

/// An event as a window keeps it: its time (UTC, microseconds) and its record.
pub(crate) type Seen = (i64, u64);

/// The events of one group in one timespan.
#[derive(Debug)]
pub(crate) enum Window {
    /// The newest events, and how many are kept.
    Events(VecDeque<Seen>, usize),
    Values(Values),
    Numbers(Numbers),
    Rules(Rules),
}

impl Window {
    pub(crate) fn new(correlation: &Correlation) -> Self {
        let draft = &correlation.draft;
        // One more than the largest number of the condition: more events cannot change its truth.
        let keep = (draft.test.largest() + 1).max(KEPT_AT_LEAST);
        match draft.measure {
            Measure::Events => Self::Events(VecDeque::new(), keep),
            Measure::Values => Self::Values(Values { keep, ..Values::default() }),
            Measure::Rules | Measure::RulesInOrder => {
                let rules = correlation.members.len();
                let ordered = draft.measure == Measure::RulesInOrder;
                Self::Rules(Rules { last: vec![None; rules], chains: vec![None; rules], ordered })
            }
            Measure::Sum | Measure::Average => Self::Numbers(Numbers::default()),
            Measure::Percentile(_) => Self::Numbers(Numbers::sorted()),
        }
    }

    /// Forgets what lies before `from`; whether anything is left.
    pub(crate) fn forget_before(&mut self, from: i64) -> bool {
        match self {
            Self::Events(events, _) => {
                while events.front().is_some_and(|(time, _)| *time < from) {
                    events.pop_front();
                }
                !events.is_empty()
            }
            Self::Values(values) => values.forget_before(from),
            Self::Numbers(numbers) => numbers.forget_before(from),
            Self::Rules(rules) => rules.forget_before(from),
        }
    }

    /// Takes an event of the rules at `places`, which comes with `value` where the condition has a field. Gives
    /// the number of events that had to be forgotten before their time.
    pub(crate) fn add(&mut self, seen: Seen, places: &[usize], value: &str) -> u64 {
        match self {
            Self::Events(events, keep) => {
                events.push_back(seen);
                if events.len() > *keep {
                    events.pop_front();
                }
                0
            }
            Self::Values(values) => {
                values.add(seen, value);
                0
            }
            Self::Numbers(numbers) => value.trim().parse().map_or(0, |number| numbers.add(seen, number)),
            Self::Rules(rules) => {
                rules.add(seen, places);
                0
            }
        }
    }

    /// The window's number; `None` where it has none.
    pub(crate) fn measure(&self, measure: Measure) -> Option<f64> {
        match (self, measure) {
            (Self::Events(events, _), _) => Some(events.len() as f64),
            (Self::Values(values), _) => Some(values.by_time.len() as f64),
            (Self::Rules(rules), _) => Some(rules.last.iter().flatten().count() as f64),
            (Self::Numbers(numbers), Measure::Average) => numbers.average(),
            (Self::Numbers(numbers), Measure::Percentile(rank)) => numbers.percentile(rank),
            (Self::Numbers(numbers), _) => numbers.sum(),
        }
    }

    /// Whether the correlation's condition holds of the window whose number is `value`.
    pub(crate) fn passes(&self, test: &Test, value: f64) -> bool {
        match self {
            Self::Rules(rules) => rules.passes(test, value),
            _ => test.of_number(value, 0),
        }
    }

    /// The records of the window, the oldest first, at most `limit`: for values the last record of each, for
    /// rules one record each.
    pub(crate) fn records(&self, limit: usize) -> Vec<Seen> {
        match self {
            Self::Events(events, _) => events.iter().copied().take(limit).collect(),
            Self::Values(values) => {
                values.by_time.iter().map(|((time, _), (_, record))| (*time, *record)).take(limit).collect()
            }
            Self::Numbers(numbers) => numbers.records(limit),
            Self::Rules(rules) => rules.records(limit),
        }
    }

    /// Distinct values that were counted, the oldest first, at most `limit`.
    pub(crate) fn values(&self, limit: usize) -> Vec<String> {
        match self {
            Self::Values(values) => {
                values.by_time.values().map(|(value, _)| value.to_string()).take(limit).collect()
            }
            _ => Vec::new(),
        }
    }

    /// About how many bytes it takes.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Events(events, _) => events.len() * 16,
            Self::Values(values) => values.by_time.len() * 160 + values.text * 2,
            Self::Numbers(numbers) => numbers.len() * 32,
            Self::Rules(rules) => rules.last.len() * 64,
        }
    }
}

/// Distinct values by the time of their last event.
#[derive(Debug, Default)]
pub(crate) struct Values {
    keep: usize,
    last: HashMap<Box<str>, (i64, u64)>,
    /// By time and a running number, which tells events of one moment apart.
    by_time: BTreeMap<(i64, u64), (Box<str>, u64)>,
    next: u64,
    /// Bytes of all values.
    text: usize,
}

impl Values {
    fn add(&mut self, (time, record): Seen, value: &str) {
        let at = (time, self.next);
        self.next += 1;
        match self.last.get_mut(value) {
            Some(last) => {
                let before = std::mem::replace(last, at);
                if let Some((value, _)) = self.by_time.remove(&before) {
                    self.by_time.insert(at, (value, record));
                }
            }
            None => {
                self.text += value.len();
                self.last.insert(value.into(), at);
                self.by_time.insert(at, (value.into(), record));
            }
        }
        // The newest values tell as much as all of them would: more than these the condition cannot tell apart.
        if self.by_time.len() > self.keep {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((_, (value, _))) = self.by_time.pop_first() {
            self.text -= value.len();
            self.last.remove(&value);
        }
    }

    fn forget_before(&mut self, from: i64) -> bool {
        while self.by_time.first_key_value().is_some_and(|((time, _), _)| *time < from) {
            self.forget_oldest();
        }
        !self.by_time.is_empty()
    }
}

/// The last event of each rule, and the rows of events in the order of the rules.
#[derive(Debug)]
pub(crate) struct Rules {
    last: Vec<Option<Seen>>,
    /// By rule: of all rows of events that follow the order up to it, the one that began last.
    chains: Vec<Option<Vec<Seen>>>,
    ordered: bool,
}

impl Rules {
    fn add(&mut self, seen: Seen, places: &[usize]) {
        // From the last place down, so that one event is not two steps of a row.
        for place in places.iter().rev() {
            self.last[*place] = Some(seen);
            if !self.ordered {
                continue;
            }
            let before = if *place == 0 { Some(Vec::new()) } else { self.chains[*place - 1].clone() };
            if let Some(mut chain) = before {
                chain.push(seen);
                self.chains[*place] = Some(chain);
            }
        }
    }

    fn forget_before(&mut self, from: i64) -> bool {
        for last in &mut self.last {
            *last = last.filter(|(time, _)| *time >= from);
        }
        for chain in &mut self.chains {
            if chain.as_ref().and_then(|c| c.first()).is_some_and(|(time, _)| *time < from) {
                *chain = None;
            }
        }
        self.last.iter().any(Option::is_some)
    }

    fn passes(&self, test: &Test, value: f64) -> bool {
        let in_order = !self.ordered || self.chains.last().is_some_and(Option::is_some);
        in_order
            && match test {
                Test::Rules(expr) => expr.eval(&mut |place| self.last[place as usize].is_some()),
                test => test.of_number(value, self.last.len()),
            }
    }

    fn records(&self, limit: usize) -> Vec<Seen> {
        if let Some(Some(chain)) = self.chains.last() {
            return chain.iter().copied().take(limit).collect();
        }
        let mut all: Vec<Seen> = self.last.iter().flatten().copied().collect();
        all.sort_unstable();
        all.dedup();
        all.truncate(limit);
        all
    }
}
