//! In: records, a case secret and a signing key; or the bytes of a dossier and a [`TrustPolicy`].
//! Out: commitments, a Merkle tree, checkpoints, signed notes, dossiers; or a [`VerifiedDossier`] or a [`Rejection`].
//! Invariant: no I/O, no clock, no panic; a verified value is made by the verifying code only, and each format has one spelling.
//! Specification: `docs/spec/` (RFC 6962, RFC 8785, RFC 8032, C2SP signed-note, tlog-checkpoint,
//! tlog-proof, tlog-cosignature).

mod checkpoint;
mod collected;
mod commit;
mod cosignature;
mod digest;
mod dossier;
mod json;
mod note;
mod notes;
mod proof;
mod tree;
mod value;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use collected::{Collected, JournalLine};
pub use commit::{
    CaseSecret, CommitError, FieldRef, RecordHeader, RecordIndex, Salt, Sealer, field_commitment, leaf_bytes,
    leaf_bytes_from_commitments, leaf_hash, raw_commitment,
};
pub use cosignature::{Cosigned, WitnessError, WitnessKey, WitnessRequest, cosign};
pub use digest::{Digest, DigestError};
pub use dossier::{
    Claim, DisclosedField, DisclosedRaw, Dossier, DossierError, DossierParts, DossierRecord,
    EarlierCheckpoint, Hidden, Known, MoreParts, Rejection, TrustPolicy, VerifiedCheckpoint, VerifiedDossier,
    VerifiedRecord, Weighs, limits,
};
pub use json::{JsonError, canonical};
pub use note::{Note, NoteError, NoteSignature, Sign, Signer, Verifier};
pub use notes::{
    ClaimVerdict, Contest, NOTE_BYTES, NoteTime, Opinion, Reason, Revocation, Rotation, Seen, StatedOutcome,
    UnverifiedOpinion, Verdict, VerifiedOpinion,
};
pub use proof::{ProofTextError, TlogProof};
pub use tree::{
    TreeBuilder, TreeError, consistency_proof, inclusion_proof, leaf_digest, node_digest, root,
    verify_consistency, verify_inclusion,
};
pub use value::{FieldValue, ValueError};
