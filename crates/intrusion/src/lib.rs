//! In: findings, each with its host, accounts, outside addresses and time. Out: intrusions, each a story in time.
//! Invariant: findings belong together only for a reason that can be named, and a finding that belongs to none
//! stays a finding of its own. This crate knows nothing of signing. The rule is stated at [`correlate`].

mod correlate;
mod decisions;
mod describe;
mod evidence;
mod follow;
mod groups;
mod pairs;
mod story;
mod ties;

pub use correlate::correlate;
pub use decisions::Decisions;
pub use evidence::{Evidence, Movement, is_outside, is_person};
pub use follow::{Trace, follow};
pub use story::{
    Artifact, ArtifactKind, Began, Edge, Intrusion, Node, NodeKind, Outside, Phase, Role, Step, StepKind,
    Technique, Touched,
};
pub use ties::Tie;
