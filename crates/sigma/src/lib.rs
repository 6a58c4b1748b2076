//! In: Sigma rules as YAML text, and events as Arrow batches (or one record at a time).
//! Out: a compiled [`RuleSet`], the list of what could not be loaded, [`Match`]es with their reasons, and
//! [`Firing`]s of correlation rules over matches in order of time.
//! Invariant: a [`Matcher`] gives for every row exactly what [`RuleSet::match_record`] gives for that row alone.
//! Source: the Sigma specification 2.1 (rules, modifiers, conditions, correlations, filters); parsing by `rsigma-parser`.

mod builder;
mod correlation;
mod describe;
mod detect;
mod document;
mod engine;
mod filter;
mod form;
mod pattern;
mod record;
mod rule;
mod set;

pub use builder::{MAX_RULE_FILE_BYTES, RuleFile, RuleSetBuilder};
pub use correlation::{CorrelationEvent, Correlator, Firing, Shortfall};
pub use engine::{Matcher, MatcherOptions};
pub use form::{FormPattern, RuleForm};
pub use record::{Aliased, BatchRow, FieldLookup};
pub use rule::{EventSource, Level, LogSource, Match, Reason, RuleId, RuleMeta, RuleProblem, Status};
pub use set::{CorrelationMeta, RuleSet};
