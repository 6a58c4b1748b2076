//! In: paths of logs. Out: a case folder with every source, record, event and fault in Parquet, and answers
//! to SQL over it. Invariant: the same input gives the same bytes, with one thread or many, and memory is
//! bounded whatever the input's size; inputs are only read, and an existing case is never written over.
//! This crate knows nothing of the terminal.

mod error;
mod investigate;
mod pipeline;
mod query;
mod tables;

pub use error::CaseError;
pub use investigate::{Options, Summary, investigate};
pub use query::Case;
