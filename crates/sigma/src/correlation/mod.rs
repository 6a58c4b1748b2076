//! Correlation rules: matches of other rules, in order of time → groups → windows → firings.
//!
//! What a window is, when a rule fires and what one burst is, stands in `docs/sigma.md`. The state of a group is
//! bounded: a window forgets what has left it, and keeps no more of what is in it than its condition can tell
//! apart; where that is not enough the oldest groups go, and [`Correlator::finish`] says how many.

mod compile;
mod correlator;
mod group;
mod numbers;
mod resolve;
mod window;

pub(crate) use compile::{Correlation, draft};
pub use correlator::{CorrelationEvent, Correlator, Firing, Shortfall};
pub(crate) use resolve::{Pending, Resolved, resolve};
