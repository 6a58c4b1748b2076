//! The numbers of a window: their sum, average and percentiles.

use std::collections::VecDeque;

use super::window::Seen;

/// More numbers of one group are not remembered; the oldest go first.
pub(crate) const MAX_NUMBERS: usize = 65_536;

/// Numbers in order of time, and of size where percentiles are asked for.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    events: VecDeque<(Seen, f64)>,
    sum: f64,
    /// How many were taken off the sum since it was last added up afresh.
    taken: usize,
    by_size: Option<Vec<f64>>,
}

impl Numbers {
    pub(crate) fn sorted() -> Self {
        Self { by_size: Some(Vec::new()), ..Self::default() }
    }

    pub(crate) fn len(&self) -> usize {
        self.events.len()
    }

    /// Takes a number, if it is finite; gives how many others had to go before their time.
    pub(crate) fn add(&mut self, seen: Seen, number: f64) -> u64 {
        if !number.is_finite() {
            return 0;
        }
        self.events.push_back((seen, number));
        self.sum += number;
        if let Some(sorted) = &mut self.by_size {
            let place = sorted.partition_point(|known| *known < number);
            sorted.insert(place, number);
        }
        if self.events.len() > MAX_NUMBERS {
            self.forget_oldest();
            return 1;
        }
        0
    }

    fn forget_oldest(&mut self) {
        let Some((_, number)) = self.events.pop_front() else { return };
        self.sum -= number;
        self.taken += 1;
        if let Some(sorted) = &mut self.by_size {
            let place = sorted.partition_point(|known| *known < number);
            if place < sorted.len() {
                sorted.remove(place);
            }
        }
        // Taking off leaves rounding errors behind; adding up afresh now and then costs next to nothing.
        if self.taken > self.events.len() {
            self.sum = self.events.iter().map(|(_, number)| number).sum();
            self.taken = 0;
        }
    }

    pub(crate) fn forget_before(&mut self, from: i64) -> bool {
        while self.events.front().is_some_and(|((time, _), _)| *time < from) {
            self.forget_oldest();
        }
        !self.events.is_empty()
    }

    pub(crate) fn sum(&self) -> Option<f64> {
        (!self.events.is_empty()).then_some(self.sum)
    }

    pub(crate) fn average(&self) -> Option<f64> {
        self.sum().map(|sum| sum / self.events.len() as f64)
    }

    /// The value at a rank from 0 to 100, by linear interpolation between the two nearest.
    pub(crate) fn percentile(&self, rank: f64) -> Option<f64> {
        let sorted = self.by_size.as_ref()?;
        let last = sorted.len().checked_sub(1)?;
        let place = rank / 100.0 * last as f64;
        let (low, high) = (sorted[place.floor() as usize], sorted[(place.ceil() as usize).min(last)]);
        Some(low + place.fract() * (high - low))
    }

    pub(crate) fn records(&self, limit: usize) -> Vec<Seen> {
        self.events.iter().map(|(seen, _)| *seen).take(limit).collect()
    }
}
