//! The dossier: one signed file of disclosed records and claims (docs/spec/dossier.md).

mod build;
mod more;
mod read;
mod rejection;
mod verify;

pub use build::{Dossier, DossierError, DossierParts, MoreParts};
pub use more::{EarlierCheckpoint, Known, VerifiedCheckpoint, Weighs};
pub use rejection::Rejection;
pub use verify::{Claim, TrustPolicy, VerifiedDossier, VerifiedRecord};

use crate::{Checkpoint, Digest, FieldValue, RecordIndex, Salt, commit::RecordHeader};

/// Versions of the format; a maker writes the last, a verifier reads all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Version {
    One,
    Two,
}

impl Version {
    pub(crate) const ALL: [Self; 2] = [Self::One, Self::Two];

    pub(crate) fn format(self) -> &'static str {
        match self {
            Self::One => "onus-dossier/1",
            Self::Two => "onus-dossier/2",
        }
    }
}

/// Limits of a dossier (docs/spec/README.md).
pub mod limits {
    /// Bytes of the whole file.
    pub const BYTES: usize = 256 << 20;
    /// Records.
    pub const RECORDS: usize = 100_000;
    /// Fields of one record.
    pub const FIELDS: usize = 10_000;
    /// Claims.
    pub const CLAIMS: usize = 10_000;
    /// Attachments.
    pub const ATTACHMENTS: usize = 10_000;
    /// What is known for and against the evidence.
    pub const KNOWN: usize = 1_000;
    /// Earlier checkpoints.
    pub const HISTORY: usize = 1_000;
    /// Tokens over one checkpoint.
    pub const TOKENS: usize = 16;
    /// Bytes of a token.
    pub const TOKEN_BYTES: usize = 65_536;
    /// Characters of a pseudonym.
    pub const PSEUDONYM: usize = 64;
}

/// Something left out of the dossier; only its commitment is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hidden(pub Digest);

/// A field as the dossier shows or hides it.
#[derive(Debug, Clone, PartialEq)]
pub enum DisclosedField {
    /// Name, value and salt are shown.
    Shown {
        /// The field's name.
        name: String,
        /// The field's value.
        value: FieldValue,
        /// The salt of its commitment.
        salt: Salt,
    },
    /// Only the commitment is there.
    Hidden(Hidden),
    /// Only the commitment is there, and by the maker's word all fields of this pseudonym have one value.
    Pseudonym(Hidden, String),
}

/// Raw bytes as the dossier shows or hides them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DisclosedRaw {
    /// The record's bytes and the salt of their commitment.
    Shown {
        /// The bytes as they were found.
        bytes: Vec<u8>,
        /// The salt of their commitment.
        salt: Salt,
    },
    /// Only the commitment is there.
    Hidden(Hidden),
}

/// A record on its way into a dossier.
#[derive(Debug, Clone, PartialEq)]
pub struct DossierRecord {
    /// Index of its leaf.
    pub index: RecordIndex,
    /// SHA-256 of the source file.
    pub source: Digest,
    /// Number of the record in the source, from 0.
    pub ordinal: u64,
    /// First byte in the source.
    pub offset: u64,
    /// Bytes in the source.
    pub length: u64,
    /// Format of the source.
    pub format: String,
    /// Every field in the leaf's order.
    pub fields: Vec<DisclosedField>,
    /// The raw bytes.
    pub raw: DisclosedRaw,
    /// Audit path from the leaf up.
    pub path: Vec<Digest>,
}

impl DossierRecord {
    /// The header as it stands in the leaf.
    #[must_use]
    pub fn header(&self) -> RecordHeader<'_> {
        RecordHeader {
            source: self.source,
            ordinal: self.ordinal,
            offset: self.offset,
            length: self.length,
            format: &self.format,
        }
    }
}

/// The text that the dossier's note signs: origin, format, base64 SHA-256 of the canonical body.
fn note_text(checkpoint: &Checkpoint, version: Version, body: &str) -> String {
    format!("{}\n{}\n{}\n", checkpoint.origin, version.format(), Digest::of(body.as_bytes()).to_base64())
}
