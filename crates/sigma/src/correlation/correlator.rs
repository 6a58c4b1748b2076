//! Events in order of time → firings.

use std::collections::{HashMap, VecDeque};

use super::compile::Correlation;
use super::group::Group;
use crate::rule::RuleId;
use crate::set::RuleSet;

/// Bytes for the state of all correlations together, about.
const STATE_BYTES: usize = 96 << 20;
/// The least that one correlation gets of it.
const LEAST_BYTES: usize = 64 << 10;
/// Firings of correlations that one event may set off through chains.
const MAX_CHAINED: usize = 10_000;

/// A match of a rule that a correlation reads.
#[derive(Debug, Clone, Copy)]
pub struct CorrelationEvent<'a> {
    /// The rule that matched.
    pub rule: RuleId,
    /// When (UTC, microseconds).
    pub time: i64,
    /// The record that it matched.
    pub record: u64,
    /// The values of [`RuleSet::correlated_fields`], in their order.
    pub values: &'a [Option<String>],
}

/// A burst: from the event with which a correlation's condition came to hold to the last one with which it held
/// still, without one between with which it did not.
#[derive(Debug, Clone, PartialEq)]
pub struct Firing {
    /// The correlation rule.
    pub rule: RuleId,
    /// The record that completed it.
    pub record: u64,
    /// The time of that record (UTC, microseconds).
    pub time: i64,
    /// The time of the oldest event that was in the window then.
    pub first: i64,
    /// The time of the last event with which the condition held.
    pub last: i64,
    /// The window's number when the condition came to hold: events, values, rules, or what was computed.
    pub value: f64,
    /// The greatest such number of the burst. Counts of events and values go up to 1,000, or to one more than
    /// the condition names where that is more.
    pub peak: f64,
    /// Events with which the condition held.
    pub events: u64,
    /// The fields that the correlation groups by, with their values.
    pub group: Vec<(String, String)>,
    /// Records that were in the window then, the oldest first, and such as came later; at most 50.
    pub records: Vec<u64>,
    /// The distinct values that were counted, at most 50.
    pub values: Vec<String>,
}

/// What a correlation had to leave out so that memory stays bounded: its result is a lower bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortfall {
    /// The correlation rule.
    pub rule: RuleId,
    /// Groups that were forgotten while they still had events in their window.
    pub groups: u64,
    /// Events that were forgotten while they were still in their window.
    pub events: u64,
}

/// Takes the matches that correlations read, in order of time, and gives what fires.
#[derive(Debug)]
pub struct Correlator {
    set: RuleSet,
    states: Vec<State>,
    /// By rule: the correlations that read it, and the places at which they name it.
    readers: Vec<Vec<(usize, Vec<usize>)>>,
    limit: usize,
}

#[derive(Debug, Default)]
struct State {
    groups: HashMap<String, Group>,
    bytes: usize,
    lost_groups: u64,
    lost_events: u64,
}

/// A firing as an event for the correlations that read it.
struct Inner {
    rule: RuleId,
    time: i64,
    record: u64,
    values: Vec<Option<String>>,
}

impl Correlator {
    pub(crate) fn new(set: RuleSet) -> Self {
        let mut readers: Vec<Vec<(usize, Vec<usize>)>> = vec![Vec::new(); set.len()];
        let mut states = Vec::new();
        for (number, correlation) in set.correlations().iter().enumerate() {
            states.push(State::default());
            for (place, member) in correlation.members.iter().enumerate() {
                let readers = &mut readers[member.rule.0 as usize];
                match readers.last_mut() {
                    Some((known, places)) if *known == number => places.push(place),
                    _ => readers.push((number, vec![place])),
                }
            }
        }
        let limit = (STATE_BYTES / states.len().max(1)).max(LEAST_BYTES);
        Self { set, states, readers, limit }
    }

    /// Takes the next event; it must not be older than the one before. Bursts that are over with it are given to
    /// `emit`; the number of those that begin with it is returned.
    pub fn push(&mut self, event: &CorrelationEvent<'_>, emit: &mut dyn FnMut(Firing)) -> usize {
        let mut inner = VecDeque::new();
        let mut begun = self.step(event, &mut inner, emit);
        let mut left = MAX_CHAINED;
        while let Some(next) = inner.pop_front() {
            let event = CorrelationEvent {
                rule: next.rule,
                time: next.time,
                record: next.record,
                values: &next.values,
            };
            if left == 0 {
                self.lose(next.rule);
                continue;
            }
            left -= 1;
            begun += self.step(&event, &mut inner, emit);
        }
        begun
    }

    /// Gives the bursts that are still under way to `emit`, and tells what had to be left out.
    pub fn finish(mut self, emit: &mut dyn FnMut(Firing)) -> Vec<Shortfall> {
        let mut shortfalls = Vec::new();
        for (number, state) in self.states.iter_mut().enumerate() {
            state.forget(0, i64::MIN, emit);
            if state.lost_events + state.lost_groups > 0 {
                let rule = self.set.correlation_id(number);
                shortfalls.push(Shortfall { rule, groups: state.lost_groups, events: state.lost_events });
            }
        }
        shortfalls
    }

    /// An event that goes no further is counted with each correlation that would have read it.
    fn lose(&mut self, rule: RuleId) {
        for (number, _) in &self.readers[rule.0 as usize] {
            self.states[*number].lost_events += 1;
        }
    }

    fn step(
        &mut self,
        event: &CorrelationEvent<'_>,
        inner: &mut VecDeque<Inner>,
        emit: &mut dyn FnMut(Firing),
    ) -> usize {
        let mut begun = 0;
        for (number, places) in self.readers.get(event.rule.0 as usize).into_iter().flatten() {
            let correlation = &self.set.correlations()[*number];
            let id = self.set.correlation_id(*number);
            let state = &mut self.states[*number];
            let fired = state.take(correlation, id, event, places, emit);
            begun += usize::from(fired.is_some());
            if state.bytes > self.limit {
                state.forget(self.limit / 2, event.time.saturating_sub(correlation.draft.timespan), emit);
            }
            if let Some(group) = fired
                && !self.readers[id.0 as usize].is_empty()
            {
                let values = group.into_iter().map(Some).collect();
                inner.push_back(Inner { rule: id, time: event.time, record: event.record, values });
            }
        }
        begun
    }
}

impl State {
    /// Gives an event to its group; the group's values if the correlation fired with it.
    fn take(
        &mut self,
        correlation: &Correlation,
        id: RuleId,
        event: &CorrelationEvent<'_>,
        places: &[usize],
        emit: &mut dyn FnMut(Firing),
    ) -> Option<Vec<String>> {
        let member = &correlation.members[*places.first()?];
        let read = |place: &Option<usize>| event.values.get((*place)?)?.as_deref();
        // An event without one of the fields is in no group, and has no value to be counted.
        let group: Vec<&str> = member.group.iter().map(read).collect::<Option<_>>()?;
        let value: Vec<&str> = member.value.iter().map(read).collect::<Option<_>>()?;
        let value = value.join(" | ");
        let name = joined(&group);
        let known = match self.groups.get_mut(&name) {
            Some(known) => known,
            None => {
                let key = group.iter().map(|part| (*part).to_owned()).collect();
                let new = Group::new(correlation, key);
                self.bytes += new.bytes();
                self.groups.entry(name).or_insert(new)
            }
        };
        let before = known.bytes();
        let step = known.add(correlation, id, (event.time, event.record), places, &value);
        self.bytes = self.bytes + known.bytes() - before;
        self.lost_events += step.forgotten;
        if let Some(ended) = step.ended {
            emit(ended);
        }
        step.fired.then(|| known.key.clone())
    }

    /// Forgets the groups that have been quiet longest until at most `limit` bytes are left. Those without an
    /// event since `from` have nothing left to say; the others are counted as lost.
    fn forget(&mut self, limit: usize, from: i64, emit: &mut dyn FnMut(Firing)) {
        let mut oldest: Vec<(i64, String)> =
            self.groups.iter().map(|(name, group)| (group.last, name.clone())).collect();
        oldest.sort_unstable();
        for (last, name) in oldest {
            if self.bytes <= limit && last >= from {
                break;
            }
            let Some(mut group) = self.groups.remove(&name) else { continue };
            self.bytes -= group.bytes();
            if last >= from && from != i64::MIN {
                self.lost_groups += 1;
            }
            if let Some(burst) = group.end() {
                emit(burst);
            }
        }
    }
}

/// The values of a group as one text, from which no other group makes the same.
fn joined(parts: &[&str]) -> String {
    let mut name = String::with_capacity(parts.iter().map(|part| part.len() + 4).sum());
    for part in parts {
        name.push_str(&part.len().to_string());
        name.push(':');
        name.push_str(part);
    }
    name
}
