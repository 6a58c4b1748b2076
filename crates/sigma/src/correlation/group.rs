//! One group of one correlation: its window, and the burst that is under way.

use super::compile::{Correlation, Measure};
use super::correlator::Firing;
use super::window::{Seen, Window};
use crate::rule::RuleId;

/// Records and values that a firing shows.
const SHOWN: usize = 50;

/// The state of one group.
#[derive(Debug)]
pub(crate) struct Group {
    /// The values of the fields that the correlation groups by.
    pub(crate) key: Vec<String>,
    /// The time of its last event.
    pub(crate) last: i64,
    window: Window,
    burst: Option<Firing>,
}

/// What an event did to a group.
pub(crate) struct Step {
    /// The condition came to hold with it.
    pub(crate) fired: bool,
    /// A burst that is over.
    pub(crate) ended: Option<Firing>,
    /// Events that were forgotten before their time.
    pub(crate) forgotten: u64,
}

impl Group {
    pub(crate) fn new(correlation: &Correlation, key: Vec<String>) -> Self {
        Self { key, last: i64::MIN, window: Window::new(correlation), burst: None }
    }

    /// Takes an event.
    pub(crate) fn add(
        &mut self,
        correlation: &Correlation,
        rule: RuleId,
        seen: Seen,
        places: &[usize],
        value: &str,
    ) -> Step {
        let draft = &correlation.draft;
        self.last = seen.0;
        let from = seen.0.saturating_sub(draft.timespan);
        let ended = if self.window.forget_before(from) { None } else { self.burst.take() };
        let forgotten = self.window.add(seen, places, value);
        let number = self.window.measure(draft.measure);
        let holds = number.filter(|number| self.window.passes(&draft.test, *number));
        let Some(number) = holds else {
            return Step { fired: false, ended: self.burst.take().or(ended), forgotten };
        };
        let fired = self.burst.is_none();
        match &mut self.burst {
            Some(burst) => {
                extend(burst, seen, number, if draft.measure == Measure::Values { value } else { "" })
            }
            None => self.burst = Some(self.begin(correlation, rule, seen, number)),
        }
        Step { fired, ended, forgotten }
    }

    fn begin(&self, correlation: &Correlation, rule: RuleId, seen: Seen, number: f64) -> Firing {
        let mut window = self.window.records(SHOWN);
        let first = window.first().map_or(seen.0, |(time, _)| *time);
        if !window.iter().any(|(_, record)| *record == seen.1) {
            window.truncate(SHOWN - 1);
            window.push(seen);
        }
        let mut records: Vec<u64> = Vec::with_capacity(window.len());
        for (_, record) in window {
            if !records.contains(&record) {
                records.push(record);
            }
        }
        let names = correlation.draft.group_by.iter().cloned();
        Firing {
            rule,
            record: seen.1,
            time: seen.0,
            first,
            last: seen.0,
            value: number,
            peak: number,
            events: 1,
            group: names.zip(self.key.iter().cloned()).collect(),
            records,
            values: self.window.values(SHOWN),
        }
    }

    /// The burst that is under way, as the group ends.
    pub(crate) fn end(&mut self) -> Option<Firing> {
        self.burst.take()
    }

    /// About how many bytes it takes.
    pub(crate) fn bytes(&self) -> usize {
        let burst = if self.burst.is_some() { 2_048 } else { 0 };
        256 + burst + self.window.bytes() + self.key.iter().map(|part| 2 * part.len() + 48).sum::<usize>()
    }
}

/// An event with which the condition holds still.
fn extend(burst: &mut Firing, (time, record): Seen, number: f64, value: &str) {
    burst.last = time;
    burst.events += 1;
    burst.peak = burst.peak.max(number);
    if burst.records.len() < SHOWN && !burst.records.contains(&record) {
        burst.records.push(record);
    }
    if !value.is_empty() && burst.values.len() < SHOWN && !burst.values.iter().any(|known| known == value) {
        burst.values.push(value.to_owned());
    }
}
