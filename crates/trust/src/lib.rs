//! In: a dossier's bytes, the reader's own trust policy, and what others sent beside it (notes, tokens, cosigned
//! checkpoints). Out: a [`Judgement`]: by claim its rung, who recomputed it and who contests it; the times that
//! tokens show; the witnesses; and each thing sent with its standing.
//! Invariant: no I/O, no clock, no panic; what counts for something is made by the judging code only, and nothing
//! of a stranger counts. Specification: `docs/spec/verdict.md`, `policy.md`, `time.md`, `cosignature.md`.

mod beside;
mod claims;
mod collections;
mod judge;
mod policy;
mod time;
mod witnesses;

pub use beside::{Beside, Unreadable};
pub use claims::{ClaimStanding, Contested, Said};
pub use collections::KnownFile;
pub use judge::{Judgement, Received, Refused, Sealer, Standing, judge};
pub use policy::{POLICY_BYTES, Policy, PolicyError, Role};
pub use time::{Stamp, StampResult};
pub use witnesses::Cosigner;

/// At most so many things are read beside one dossier.
pub const MAX_BESIDE: usize = 1_000;
