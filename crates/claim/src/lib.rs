//! In: claims as TOML or from a dossier, and the records that they cite, whole or partly hidden.
//! Out: the claim recomputed ([`Outcome`]), the fewest fields to disclose for it, and the rung on which it stands.
//! Invariant: a claim is data; no sentence is believed, and what is hidden is never taken for absent.
//! Specification: `docs/spec/claim.md`; events and log sources as in `onus-event`, rules as in `onus-sigma`.

mod assess;
mod claim;
mod file;
mod moment;
mod needed;
mod number;
mod object;
mod recompute;
mod record;
mod rule;
mod sentence;

pub use assess::{Assessment, Rung, assess};
pub use claim::{BytesSent, Claim, Kind, RuleMatch, Sequence};
pub use file::ClaimError;
pub use moment::Moment;
pub use needed::needed_fields;
pub use recompute::{Outcome, recompute};
pub use record::CitedRecord;
pub use rule::{Rules, event_source};
pub use sentence::grouped;
