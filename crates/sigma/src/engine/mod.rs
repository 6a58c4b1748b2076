//! Batches: column → distinct values → outcomes → signature of a row → the rules that are true of it.
//!
//! A value's *outcome* is the set of atoms true of it, interned. A row's *signature* is the set of its values'
//! outcomes, interned too. Rules are evaluated once for each signature, values looked at once for each
//! distinct value; a row costs a table look-up a column.

mod cache;
mod column;
mod field;
mod lines;
mod literals;
mod matcher;
mod plan;
mod row;
mod signature;
mod trie;

pub(crate) use column::{cell_text, find};
pub use matcher::{Matcher, MatcherOptions};
