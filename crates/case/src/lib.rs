//! In: paths of logs. Out: a case folder with every source, record, event and fault in Parquet, and answers
//! to SQL over it. Invariant: the same input gives the same bytes, with one thread or many, and memory is
//! bounded whatever the input's size; inputs are only read, and an existing case is never written over.
//! This crate knows nothing of the terminal.

mod error;
mod findings;
mod investigate;
mod pipeline;
mod query;
mod rules;
mod tables;

pub use error::CaseError;
pub use findings::Finding;
pub use investigate::{Options, Summary, investigate};
pub use query::Case;
pub use rules::Rules;
