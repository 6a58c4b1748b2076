//! What collections show of a dossier's files: that they stood so, whole, when a checkpoint was made.

use onus_proof::{Collected, JournalLine, Note, VerifiedCheckpoint, VerifiedDossier};

use crate::time::{Stamp, beside};
use crate::witnesses::cosigners;
use crate::{Cosigner, Policy};

/// A file of the dossier's records that a collection knew.
#[derive(Debug, Clone)]
pub struct KnownFile {
    line: JournalLine,
    head: VerifiedCheckpoint,
    party: String,
    records: Vec<u64>,
    stamps: Vec<Stamp>,
    cosigners: Vec<Cosigner>,
}

impl KnownFile {
    /// What the journal says; its path and time are the collector's word.
    #[must_use]
    pub fn line(&self) -> &JournalLine {
        &self.line
    }

    /// The collection's checkpoint, in whose tree the line lies.
    #[must_use]
    pub fn head(&self) -> &VerifiedCheckpoint {
        &self.head
    }

    /// The party of the policy whose key signed it.
    #[must_use]
    pub fn party(&self) -> &str {
        &self.party
    }

    /// The dossier's records that lie in the file, by index.
    #[must_use]
    pub fn records(&self) -> &[u64] {
        &self.records
    }

    /// Tokens over the collection's checkpoint.
    #[must_use]
    pub fn stamps(&self) -> &[Stamp] {
        &self.stamps
    }

    /// The policy's witnesses of it.
    #[must_use]
    pub fn cosigners(&self) -> &[Cosigner] {
        &self.cosigners
    }
}

/// What a proof shows of a dossier: nothing, if no key of the policy signed it or no record lies in that file.
pub(crate) fn known(
    proof: &Collected,
    dossier: &VerifiedDossier,
    tokens: &[&[u8]],
    notes: &[&Note],
    policy: Option<&Policy>,
) -> Option<KnownFile> {
    let (party, head) = policy?.collector(proof)?;
    let of_file = dossier.records().values().filter(|record| record.header().source == proof.line().whole);
    let records: Vec<u64> = of_file.map(|record| record.index().0).collect();
    if records.is_empty() {
        return None;
    }
    let over = |token: &&[u8]| beside(std::iter::once(&head), token, policy);
    Some(KnownFile {
        line: proof.line().clone(),
        party: party.to_owned(),
        records,
        stamps: tokens.iter().filter_map(over).collect(),
        cosigners: cosigners(std::iter::once(&head), notes, policy),
        head,
    })
}
