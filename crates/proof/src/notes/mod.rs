//! What people say of a dossier or a key, each a signed note of its own kind (docs/spec/verdict.md, keys.md).

mod contest;
mod key_notes;
mod lines;
mod time;
mod verdict;

pub use contest::{Contest, Reason};
pub use key_notes::{Revocation, Rotation};
pub use time::NoteTime;
pub use verdict::{ClaimVerdict, Seen, StatedOutcome, Verdict};

use crate::{Digest, Note, NoteError, NoteSignature, Verifier};

/// Most bytes of such a note.
pub const NOTE_BYTES: usize = 1 << 20;

/// What someone says of a dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opinion {
    /// That it was recomputed, and what that gave.
    Verdict(Verdict),
    /// That a claim is contested.
    Contest(Contest),
}

impl Opinion {
    /// SHA-256 of the dossier that it is about.
    #[must_use]
    pub fn dossier(&self) -> Digest {
        match self {
            Self::Verdict(verdict) => verdict.dossier,
            Self::Contest(contest) => contest.dossier,
        }
    }

    /// When it was made, by its signer's clock.
    #[must_use]
    pub fn made(&self) -> NoteTime {
        match self {
            Self::Verdict(verdict) => verdict.made,
            Self::Contest(contest) => contest.made,
        }
    }

    /// The ids of the claims that it names.
    #[must_use]
    pub fn claims(&self) -> Vec<&str> {
        match self {
            Self::Verdict(verdict) => verdict.claims.iter().map(|claim| claim.id.as_str()).collect(),
            Self::Contest(contest) => vec![&contest.claim],
        }
    }

    /// The text that is signed.
    ///
    /// # Errors
    /// [`NoteError::Malformed`] if it has no spelling.
    pub fn encode(&self) -> Result<String, NoteError> {
        let text = match self {
            Self::Verdict(verdict) => verdict.encode(),
            Self::Contest(contest) => contest.encode(),
        };
        if Self::parse_text(&text)? == *self {
            Ok(text)
        } else {
            Err(NoteError::Malformed("it has no one spelling"))
        }
    }

    fn parse_text(text: &str) -> Result<Self, NoteError> {
        let opinion = match text.split('\n').next() {
            Some(verdict::FORMAT) => Self::Verdict(Verdict::parse(text)?),
            Some(contest::FORMAT) => Self::Contest(Contest::parse(text)?),
            _ => return Err(NoteError::Malformed("neither a verdict nor a contest of a known version")),
        };
        let again = match &opinion {
            Self::Verdict(verdict) => verdict.encode(),
            Self::Contest(contest) => contest.encode(),
        };
        if again == text { Ok(opinion) } else { Err(NoteError::Malformed("a second spelling")) }
    }
}

/// An opinion as it came in; whose it is was not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnverifiedOpinion {
    note: Note,
    opinion: Opinion,
}

/// An opinion that bears the signature of the key that it was verified under. Made by
/// [`UnverifiedOpinion::verify`] only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedOpinion {
    opinion: Opinion,
    key: Verifier,
}

impl UnverifiedOpinion {
    /// Reads the bytes of a note.
    ///
    /// # Errors
    /// [`NoteError::Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        let note = read_note(bytes, 1)?;
        let opinion = Opinion::parse_text(&note.text)?;
        Ok(Self { note, opinion })
    }

    /// What it says; nobody is known to have said it.
    #[must_use]
    pub fn claimed(&self) -> &Opinion {
        &self.opinion
    }

    /// The signature line.
    #[must_use]
    pub fn signature(&self) -> Option<&NoteSignature> {
        self.note.signatures.first()
    }

    /// Checks that `key` signed it.
    ///
    /// # Errors
    /// [`NoteError::Unsigned`], [`NoteError::BadSignature`].
    pub fn verify(&self, key: &Verifier) -> Result<VerifiedOpinion, NoteError> {
        key.verify(&self.note)?;
        Ok(VerifiedOpinion { opinion: self.opinion.clone(), key: key.clone() })
    }
}

impl VerifiedOpinion {
    /// What the key's holder says.
    #[must_use]
    pub fn opinion(&self) -> &Opinion {
        &self.opinion
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &Verifier {
        &self.key
    }
}

/// A note of at most [`NOTE_BYTES`] with exactly so many signatures.
fn read_note(bytes: &[u8], signatures: usize) -> Result<Note, NoteError> {
    if bytes.len() > NOTE_BYTES {
        return Err(NoteError::Malformed("over 1 MiB"));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| NoteError::Malformed("not UTF-8"))?;
    let note = Note::parse(text)?;
    if note.signatures.len() == signatures {
        Ok(note)
    } else {
        Err(NoteError::Malformed("a wrong number of signatures"))
    }
}
