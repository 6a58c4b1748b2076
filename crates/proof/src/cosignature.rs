//! C2SP tlog-cosignature v1 and the requests of tlog-witness (docs/spec/cosignature.md).

use ed25519_dalek::VerifyingKey;

use crate::note::{holds, join_vkey, key_hash, split_vkey};
use crate::{
    Checkpoint, Digest, Note, NoteError, NoteSignature, Sign, TreeError, Verifier, verify_consistency,
};

/// The type byte of a cosigner's key.
const COSIGNER: u8 = 4;
/// A tree of 2^63 leaves needs fewer.
const MAX_HASHES: usize = 63;

/// The public key of a witness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessKey {
    name: String,
    hash: u32,
    key: VerifyingKey,
}

impl WitnessKey {
    /// Reads a vkey of type 4.
    ///
    /// # Errors
    /// [`NoteError::BadKey`].
    pub fn from_vkey(vkey: &str) -> Result<Self, NoteError> {
        let (name, key) = split_vkey(vkey, COSIGNER)?;
        // The rules for names and weak keys are those of any key.
        let witness = Self::of(&Verifier::from_key(name, key.as_bytes())?)?;
        if witness.to_vkey() != vkey {
            return Err(NoteError::BadKey("the hash does not fit, or a second spelling"));
        }
        Ok(witness)
    }

    /// The same key in the role of a witness.
    ///
    /// # Errors
    /// [`NoteError::BadKey`] never for a key that was made well.
    pub fn of(verifier: &Verifier) -> Result<Self, NoteError> {
        let bytes = verifier.key();
        let key =
            VerifyingKey::from_bytes(&bytes).map_err(|_| NoteError::BadKey("not a point of the curve"))?;
        Ok(Self { name: verifier.name().to_owned(), hash: key_hash(verifier.name(), COSIGNER, &bytes), key })
    }

    /// The vkey text.
    #[must_use]
    pub fn to_vkey(&self) -> String {
        join_vkey(&self.name, self.hash, COSIGNER, &self.key)
    }

    /// `name+hash`.
    #[must_use]
    pub fn key_id(&self) -> String {
        format!("{}+{:08x}", self.name, self.hash)
    }

    /// The time, in seconds from 1970, at which this witness says that it cosigned the checkpoint; strict.
    ///
    /// # Errors
    /// [`NoteError::Unsigned`], [`NoteError::BadSignature`].
    pub fn cosigned(&self, note: &Note) -> Result<u64, NoteError> {
        let mut mine = note.signatures.iter().filter(|s| s.name == self.name && s.hash == self.hash);
        let line = mine.next().ok_or_else(|| NoteError::Unsigned(self.key_id()))?;
        let bad = || NoteError::BadSignature(self.key_id());
        let (time, signature) = line.bytes.split_first_chunk::<8>().ok_or_else(bad)?;
        let time = u64::from_be_bytes(*time);
        let text = signed_text(time, &note.text);
        if holds(&self.key, text.as_bytes(), signature) { Ok(time) } else { Err(bad()) }
    }
}

fn signed_text(time: u64, checkpoint: &str) -> String {
    format!("cosignature/v1\ntime {time}\n{checkpoint}")
}

/// The signature line of a witness over the text of a checkpoint; `time` is in seconds from 1970.
///
/// # Errors
/// [`NoteError`] if the key cannot be used.
pub fn cosign(signer: &dyn Sign, checkpoint: &str, time: u64) -> Result<NoteSignature, NoteError> {
    let witness = WitnessKey::of(signer.verifier())?;
    let mut bytes = time.to_be_bytes().to_vec();
    bytes.extend(signer.signature(signed_text(time, checkpoint).as_bytes())?);
    let line = NoteSignature { name: witness.name.clone(), hash: witness.hash, bytes };
    // A key that lives elsewhere may give anything.
    witness.cosigned(&Note { text: checkpoint.to_owned(), signatures: vec![line.clone()] })?;
    Ok(line)
}

/// A request to a witness: the last cosigned size, the proof from there, and the new checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessRequest {
    /// Size that was cosigned last, 0 for none.
    pub old: u64,
    /// Consistency proof from there.
    pub proof: Vec<Digest>,
    /// The signed checkpoint.
    pub checkpoint: Note,
}

/// What a witness knows of an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cosigned {
    /// Leaves of the checkpoint cosigned last.
    pub size: u64,
    /// Its root.
    pub root: Digest,
}

/// Why a witness refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WitnessError {
    /// Not a request in its one form.
    #[error("malformed request: {0}")]
    Malformed(&'static str),
    /// The checkpoint is not that of the key.
    #[error("checkpoint: {0}")]
    Checkpoint(#[from] NoteError),
    /// The request starts from another size.
    #[error("the checkpoint cosigned last for this origin has {0} leaves; ask again with a proof from there")]
    OldSize(u64),
    /// The tree would shrink.
    #[error("the new checkpoint has fewer leaves than the one cosigned last")]
    Shrinks,
    /// The proof does not hold: the history was changed.
    #[error("the new checkpoint does not go on from the one cosigned last: {0}")]
    Inconsistent(TreeError),
}

impl WitnessRequest {
    /// Reads a request.
    ///
    /// # Errors
    /// [`WitnessError::Malformed`].
    pub fn parse(text: &str) -> Result<Self, WitnessError> {
        let malformed = WitnessError::Malformed;
        let (head, note) = text.split_once("\n\n").ok_or(malformed("no empty line"))?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old ")).and_then(|n| n.parse().ok());
        let proof = lines.map(Digest::from_base64).collect::<Result<Vec<_>, _>>();
        let request = Self {
            old: old.ok_or(malformed("no old size"))?,
            proof: proof.map_err(|_| malformed("a hash is not a digest"))?,
            checkpoint: Note::parse(note)?,
        };
        if request.proof.len() > MAX_HASHES {
            return Err(malformed("over 63 hashes"));
        }
        if request.encode() == text { Ok(request) } else { Err(malformed("a second spelling")) }
    }

    /// The request's one spelling.
    #[must_use]
    pub fn encode(&self) -> String {
        let hashes: String = self.proof.iter().map(|hash| hash.to_base64() + "\n").collect();
        format!("old {}\n{hashes}\n{}", self.old, self.checkpoint.encode())
    }

    /// Whether a witness that cosigned `last` may cosign this, the checkpoint being of `key`; gives what it knows
    /// then, which must be durable before the signature leaves it.
    ///
    /// # Errors
    /// [`WitnessError`].
    pub fn check(&self, key: &Verifier, last: Option<Cosigned>) -> Result<Cosigned, WitnessError> {
        key.verify(&self.checkpoint)?;
        let new = Checkpoint::parse(&self.checkpoint.text);
        let new = new.map_err(|_| WitnessError::Malformed("the note's text is no checkpoint"))?;
        let last = last.unwrap_or(Cosigned { size: 0, root: Digest::of(b"") });
        if self.old != last.size {
            return Err(WitnessError::OldSize(last.size));
        }
        if new.size < last.size {
            return Err(WitnessError::Shrinks);
        }
        let consistent = match last.size {
            0 if self.proof.is_empty() => Ok(()),
            0 => Err(TreeError::WrongLength),
            old => verify_consistency(old, last.root, new.size, new.root, &self.proof),
        };
        consistent.map_err(WitnessError::Inconsistent)?;
        Ok(Cosigned { size: new.size, root: new.root })
    }
}
