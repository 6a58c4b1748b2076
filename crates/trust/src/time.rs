//! What tokens show of a dossier's checkpoints.

use onus_proof::{VerifiedCheckpoint, VerifiedDossier};
use onus_timestamp::{TokenProblem, VerifiedTime, check_answer, stated_time, verify};

use crate::Policy;

/// A token and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// Leaves of the checkpoint that it is over; `None` if it is over none of the dossier's.
    pub size: Option<u64>,
    /// What it shows.
    pub result: StampResult,
}

/// What a token shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StampResult {
    /// The checkpoint existed at this time.
    Verified(VerifiedTime),
    /// Nothing.
    Failed(TokenProblem),
    /// Nothing, as no authority is known; it states this time, in seconds from 1970.
    Unjudged(i64),
}

impl Stamp {
    /// The time, if it was verified.
    #[must_use]
    pub fn verified(&self) -> Option<&VerifiedTime> {
        match &self.result {
            StampResult::Verified(time) => Some(time),
            _ => None,
        }
    }
}

/// The dossier's checkpoints, the last first.
pub(crate) fn heads(dossier: &VerifiedDossier) -> impl Iterator<Item = &VerifiedCheckpoint> {
    std::iter::once(dossier.head()).chain(dossier.history().iter().rev())
}

/// The tokens in the dossier.
pub(crate) fn carried(dossier: &VerifiedDossier, policy: Option<&Policy>) -> Vec<Stamp> {
    let all = heads(dossier).flat_map(|head| head.tokens().iter().map(move |token| (head, token)));
    all.map(|(head, token)| stamp(head, token, policy)).collect()
}

/// A token that came beside, if it is over one of these checkpoints.
pub(crate) fn beside<'a>(
    mut heads: impl Iterator<Item = &'a VerifiedCheckpoint>,
    token: &[u8],
    policy: Option<&Policy>,
) -> Option<Stamp> {
    let head = heads.find(|head| check_answer(token, head.stamped().as_bytes(), None).is_ok())?;
    Some(stamp(head, token, policy))
}

impl Stamp {
    /// Of a token that is over no checkpoint here.
    pub(crate) const STRAY: Self = Self { size: None, result: StampResult::Failed(TokenProblem::OtherBytes) };
}

fn stamp(head: &VerifiedCheckpoint, token: &[u8], policy: Option<&Policy>) -> Stamp {
    let stamped = head.stamped().as_bytes();
    let result = match policy.filter(|policy| policy.tells_time()) {
        Some(policy) => match verify(token, stamped, &policy.authorities) {
            Ok(time) => StampResult::Verified(time),
            Err(problem) => StampResult::Failed(problem),
        },
        None => match check_answer(token, stamped, None).and_then(|()| stated_time(token)) {
            Ok(time) => StampResult::Unjudged(time),
            Err(problem) => StampResult::Failed(problem),
        },
    };
    Stamp { size: Some(head.checkpoint().size), result }
}
