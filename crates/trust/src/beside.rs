//! What can come beside a dossier, told apart by its bytes.

use onus_proof::{
    Checkpoint, Collected, NOTE_BYTES, Note, NoteError, Rejection, Revocation, Rotation, TrustPolicy,
    UnverifiedOpinion, VerifiedDossier,
};
use onus_timestamp::{TokenProblem, token_of};

/// Something that came beside a dossier, read; whose word it is was not looked at.
#[derive(Debug, Clone)]
pub enum Beside {
    /// A verdict or contest.
    Opinion(Box<UnverifiedOpinion>),
    /// A key hands on.
    Rotation(Box<Rotation>),
    /// A key is taken back.
    Revocation(Box<Revocation>),
    /// A time-stamp token, DER.
    Token(Vec<u8>),
    /// A checkpoint, with lines of witnesses perhaps.
    Checkpoint(Note),
    /// A line of a collection's journal, which lies in the tree of its checkpoint.
    Collected(Box<Collected>),
    /// Another dossier, which holds in itself.
    Dossier(Box<VerifiedDossier>),
}

/// Why something is none of these.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Malformed.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// No token.
    #[error(transparent)]
    Token(#[from] TokenProblem),
    /// A dossier that does not hold.
    #[error("a dossier that does not hold: {0}")]
    Dossier(#[from] Rejection),
}

/// The first byte of a DER sequence; no text begins with it but one of digits.
const SEQUENCE: u8 = 0x30;

impl Beside {
    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        match bytes.first() {
            Some(b'{') => {
                let dossier = VerifiedDossier::verify(bytes, &TrustPolicy::AnyKey)?;
                return Ok(Self::Dossier(Box::new(dossier)));
            }
            Some(&SEQUENCE) if !bytes.is_ascii() => return Ok(Self::Token(token_of(bytes)?.to_vec())),
            _ => {}
        }
        if bytes.len() > NOTE_BYTES {
            return Err(NoteError::Malformed("over 1 MiB").into());
        }
        let text = std::str::from_utf8(bytes).map_err(|_| NoteError::Malformed("not UTF-8"))?;
        match text.split('\n').next() {
            Some(first) if first.starts_with("onus-rotation/") => {
                Ok(Self::Rotation(Box::new(Rotation::verify(bytes)?)))
            }
            Some(first) if first.starts_with("onus-revocation/") => {
                Ok(Self::Revocation(Box::new(Revocation::verify(bytes)?)))
            }
            Some(first) if first.starts_with("onus-verdict/") || first.starts_with("onus-contest/") => {
                Ok(Self::Opinion(Box::new(UnverifiedOpinion::parse(bytes)?)))
            }
            Some(first) if first.starts_with(Collected::FIRST) => {
                Ok(Self::Collected(Box::new(Collected::parse(text)?)))
            }
            _ => {
                let note = Note::parse(text)?;
                let checkpoint = Checkpoint::parse(&note.text);
                checkpoint.map_err(|_| NoteError::Malformed("a note of no known kind"))?;
                Ok(Self::Checkpoint(note))
            }
        }
    }
}
