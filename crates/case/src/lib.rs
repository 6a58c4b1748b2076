//! In: paths of logs. Out: a case folder with every source, record, event and fault in Parquet, and answers
//! to SQL over it. Invariant: the same input gives the same bytes, with one thread or many, and memory is
//! bounded whatever the input's size; inputs are only read, and an existing case is never written over.
//! This crate knows nothing of the terminal.

mod claims;
mod disclose;
mod error;
mod findings;
mod investigate;
mod pipeline;
mod places;
mod query;
mod report;
mod rules;
mod seal;
mod secret;
mod story;
mod tables;
mod tree;

pub use claims::{ClaimsError, read_claims, write_claims};
pub use disclose::{DiscloseError, DiscloseOptions, Disclosed, disclose};
pub use error::CaseError;
pub use findings::Finding;
pub use investigate::{Options, Summary, investigate};
pub use onus_claim::Claim;
pub use onus_intrusion::Intrusion;
pub use query::Case;
pub use rules::{
    CaseTest, Coverage, Remark, RuleChoice, RuleFilter, RuleTests, Rules, Technique, Unable, coverage, lint,
    logs_of, run_cases, run_tests, source_text,
};
pub use seal::{SealError, SealOptions, Sealed, seal, sealing_bytes};
pub use story::Story;
