//! In: paths of logs. Out: a case folder with every source, record, event and fault in Parquet, and answers
//! to SQL over it. Invariant: the same input gives the same bytes, with one thread or many, and memory is
//! bounded whatever the input's size; inputs are only read, and an existing case is never written over.
//! This crate knows nothing of the terminal.

mod allow;
mod check;
mod cited;
mod claiming;
mod claims;
mod context;
mod correlate;
mod cutter;
mod decisions;
mod disclose;
mod each;
mod earlier;
mod error;
mod explain;
mod findings;
mod graph;
mod hunt;
mod investigate;
mod known;
mod limits;
mod mapping;
mod matching;
mod memory;
mod parts;
mod pieces;
mod pipeline;
mod places;
mod pool;
mod query;
mod reading;
mod redact;
mod report;
mod room;
mod routine;
mod rules;
mod seal;
mod secret;
mod spill;
mod stored_matches;
mod story;
mod tables;
mod tree;

pub use allow::{AllowEntry, AllowList, today};
pub use check::{Checked, check_claims};
pub use claims::{ClaimsError, read_claims, write_claims};
pub use context::{FieldValues, Rarity, SeenValue};
pub use decisions::{Decision, Decisions, FindingKey, Verdict, decide, read_intrusions};
pub use disclose::{
    DiscloseError, DiscloseOptions, Disclosed, WholeRecord, disclose, tokens_folder, whole_records,
};
pub use error::CaseError;
pub use explain::{Explained, ExplainedMatch, Explanation, explain};
pub use findings::{Allowed, Finding};
pub use hunt::{hunt, hunt_into, retell};
pub use investigate::{
    Counts, Options, ReadSource, Summary, investigate, investigate_untold, investigate_up_to,
};
pub use mapping::Mapping;
pub use onus_claim::Claim;
pub use onus_intrusion::{Edge, Intrusion};
pub use pipeline::Depth;
pub use query::Case;
pub use redact::{RedactPattern, Redaction};
pub use rules::{
    CaseTest, Coverage, Remark, RuleChoice, RuleFilter, RuleTests, Rules, Technique, Unable, coverage, lint,
    logs_of, run_cases, run_tests, source_text,
};
pub use seal::{SealError, SealOptions, Sealed, seal, sealing_bytes};
pub use story::Story;
