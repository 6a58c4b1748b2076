//! Who cosigned the dossier's checkpoints.

use std::collections::BTreeSet;

use onus_proof::{Note, NoteError, VerifiedCheckpoint};

use crate::policy::{Key, Policy, PolicyKey};

/// A witness of the policy and its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosigner {
    /// Leaves of the checkpoint.
    pub size: u64,
    /// Who.
    pub party: String,
    /// Name and hash of the key.
    pub key: String,
    /// When, in seconds from 1970 by the witness' word; `None` if the line does not hold or the key is revoked.
    pub time: Option<u64>,
}

/// Lines of the policy's witnesses under checkpoints, and under the same ones that came beside.
pub(crate) fn cosigners<'a>(
    heads: impl Iterator<Item = &'a VerifiedCheckpoint>,
    beside: &[&Note],
    policy: Option<&Policy>,
) -> Vec<Cosigner> {
    let mut found: Vec<Cosigner> = Vec::new();
    let Some(policy) = policy else { return found };
    for head in heads {
        let same = beside.iter().copied().filter(|note| note.text == head.note().text);
        for note in std::iter::once(head.note()).chain(same) {
            for (key, witness) in witnesses(policy) {
                let time = match witness.cosigned(note) {
                    Err(NoteError::Unsigned(_)) => continue,
                    Ok(time) if key.revoked.is_none() => Some(time),
                    _ => None,
                };
                let (size, id) = (head.checkpoint().size, witness.key_id());
                let line = Cosigner { size, party: key.party.clone(), key: id, time };
                if !found.contains(&line) {
                    found.push(line);
                }
            }
        }
    }
    found
}

fn witnesses(policy: &Policy) -> impl Iterator<Item = (&PolicyKey, &onus_proof::WitnessKey)> {
    policy.keys.iter().filter_map(|key| match &key.key {
        Key::Cosigns(witness) => Some((key, witness)),
        Key::Signs(_) => None,
    })
}

/// Whether enough parties cosigned the checkpoint of so many leaves.
pub(crate) fn witnessed(cosigners: &[Cosigner], size: u64, needed: usize) -> bool {
    let held = cosigners.iter().filter(|line| line.size == size && line.time.is_some());
    held.map(|line| &line.party).collect::<BTreeSet<_>>().len() >= needed
}
