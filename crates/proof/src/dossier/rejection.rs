//! Every way in which a dossier fails, one variant a class.

use crate::NoteError;

/// Why a dossier is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Not JSON with `"format":"onus-dossier/…"`.
    #[error("this is not an Onus dossier")]
    NotADossier,
    /// A dossier of another version.
    #[error("the dossier's format {0:?} is unknown; a newer onus may read it")]
    UnknownVersion(String),
    /// Above a limit.
    #[error("too large: {0}")]
    TooLarge(&'static str),
    /// Not the one spelling of its content.
    #[error("the file is not in canonical form: it was changed after it was written")]
    NonCanonical,
    /// A member is missing, of the wrong type, or unknown.
    #[error("{place}: {problem}")]
    Malformed {
        /// Path of the member.
        place: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// The checkpoint's note is malformed, or its signature does not hold.
    #[error("checkpoint: {0}")]
    BadCheckpoint(NoteError),
    /// The checkpoint's text is malformed.
    #[error("the checkpoint's text is malformed")]
    BadCheckpointText,
    /// The dossier's note is malformed or its signature does not hold.
    #[error("dossier note: {0}")]
    BadNote(NoteError),
    /// The vkey is malformed.
    #[error("vkey: {0}")]
    BadKey(NoteError),
    /// The dossier's note signs another body.
    #[error("the note signs another body: the dossier was changed after it was signed")]
    BodyChanged,
    /// The key is not among the trusted ones.
    #[error("the key {0} is not among the trusted keys")]
    UntrustedKey(String),
    /// A record's index is not below the tree's size.
    #[error("record {record} lies outside the tree of {size} leaves")]
    OutsideTree {
        /// The record's index.
        record: u64,
        /// The tree's size.
        size: u64,
    },
    /// A proof is bound to another checkpoint.
    #[error("the proof of record {0} belongs to another tree")]
    ProofOfAnotherTree(u64),
    /// A proof is that of another leaf.
    #[error("the proof of record {0} is that of another leaf")]
    ProofOfAnotherLeaf(u64),
    /// A proof has a number of hashes that the tree's size does not allow.
    #[error("the proof of record {0} does not fit the tree's size")]
    WrongTreeSize(u64),
    /// Record and proof do not lead to the root: a value, salt, header or hash was changed.
    #[error("record {0} does not lead to the root of the tree")]
    NotInTree(u64),
    /// A field stands twice in a record.
    #[error("record {record}: the field {name:?} stands twice")]
    DuplicateField {
        /// The record's index.
        record: u64,
        /// The field's name.
        name: String,
    },
    /// A record stands twice, or the records are not in order.
    #[error("record {0} stands twice or out of order")]
    DuplicateRecord(u64),
    /// Two claims bear one id.
    #[error("the claim {0:?} stands twice")]
    DuplicateClaim(String),
    /// A claim cites a record that the dossier does not hold.
    #[error("claim {claim:?} cites record {record}, which the dossier does not hold")]
    AbsentRecord {
        /// The claim's id.
        claim: String,
        /// The record's index.
        record: u64,
    },
    /// An attachment's digest is not that of its text.
    #[error("the attachment {0} does not have that digest")]
    AttachmentChanged(String),
    /// An earlier checkpoint is not one of this tree's keeper, or out of order.
    #[error("an earlier checkpoint is malformed, out of order or not of this tree and key")]
    BadHistory,
    /// The tree is not a continuation of an earlier one.
    #[error("the tree does not go on from its earlier checkpoint of {0} leaves: its history was changed")]
    NotAPrefix(u64),
}
