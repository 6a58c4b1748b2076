//! In: claims as TOML or from a dossier, and the records that they cite, whole or partly hidden.
//! Out: the claim recomputed ([`Outcome`]), the fewest fields to disclose for it, and the rung on which it stands.
//! Invariant: a claim is data; no sentence is believed, and what is hidden is never taken for absent.
//! Specification: `docs/spec/claim.md`; events and log sources as in `onus-event`, rules as in `onus-sigma`.

mod assess;
mod claim;
mod correlation;
mod corroborated;
mod file;
mod kinds;
mod linked;
mod moment;
mod movement;
mod needed;
mod number;
mod object;
mod observe;
mod observed;
#[cfg(test)]
mod published;
mod readings;
mod recompute;
mod record;
mod rule;
mod sentence;
mod values;
mod whole;
mod witness;

pub use assess::{Assessment, Rung, assess, outcomes};
pub use claim::{BytesSent, Claim, Kind, RuleMatch, Sequence};
pub use corroborated::{Sensor, corroborated};
pub use file::ClaimError;
pub use kinds::{
    Connection, CredentialAccess, FileAction, FileEvent, Logon, Mechanism, Persistence, Process,
};
pub use linked::{Correlation, FirstSeen, Movement, Order, Property, Quantifier, SameTool, Whole};
pub use moment::Moment;
pub use movement::{arrived_from, movement};
pub use needed::needed_fields;
pub use observe::{Seen, has_value, host_of, observe, time_of};
pub use recompute::{Outcome, recompute};
pub use record::{CitedRecord, text_of};
pub use rule::{Rules, event_source, placeholders_text};
pub use sentence::{counted, grouped, in_units};
