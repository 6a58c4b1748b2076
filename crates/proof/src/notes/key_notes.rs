//! Notes on keys: one key hands on to another, or is taken back (docs/spec/keys.md).

use super::lines::Lines;
use super::read_note;
use crate::{Note, NoteError, NoteTime, Sign, Verifier};

const ROTATION: &str = "onus-rotation/1";
const REVOCATION: &str = "onus-revocation/1";

/// A key that hands on to another, signed by both. Made by [`Rotation::verify`] and [`Rotation::sign`] only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    old: Verifier,
    new: Verifier,
    made: NoteTime,
}

impl Rotation {
    /// Signs with both keys; gives the note.
    ///
    /// # Errors
    /// [`NoteError`] if a key cannot be used, or both are one.
    pub fn sign(old: &dyn Sign, new: &dyn Sign, made: NoteTime) -> Result<Note, NoteError> {
        let text = Self { old: old.verifier().clone(), new: new.verifier().clone(), made }.encode();
        let mut note = old.sign(&text)?;
        note.signatures.extend(new.sign(&text)?.signatures);
        Self::verify(note.encode().as_bytes())?;
        Ok(note)
    }

    /// Reads a note and checks both signatures.
    ///
    /// # Errors
    /// [`NoteError`].
    pub fn verify(bytes: &[u8]) -> Result<Self, NoteError> {
        let note = read_note(bytes, 2)?;
        let mut lines = Lines::of(&note.text, ROTATION)?;
        let old = Verifier::from_vkey(lines.word("old")?)?;
        let new = Verifier::from_vkey(lines.word("new")?)?;
        let made = lines.time("made")?;
        lines.end()?;
        let rotation = Self { old, new, made };
        let in_order = note.signatures.first().is_some_and(|line| rotation.old.is_of(line))
            && note.signatures.last().is_some_and(|line| rotation.new.is_of(line));
        if rotation.old == rotation.new || !in_order || rotation.encode() != note.text {
            return Err(NoteError::Malformed("not signed by the old key and then by another, new one"));
        }
        rotation.old.verify(&note)?;
        rotation.new.verify(&note)?;
        Ok(rotation)
    }

    fn encode(&self) -> String {
        format!("{ROTATION}\nold {}\nnew {}\nmade {}\n", self.old.to_vkey(), self.new.to_vkey(), self.made)
    }

    /// The key that hands on.
    #[must_use]
    pub fn old(&self) -> &Verifier {
        &self.old
    }

    /// The key that takes over.
    #[must_use]
    pub fn new_key(&self) -> &Verifier {
        &self.new
    }

    /// When, by the signer's clock.
    #[must_use]
    pub fn made(&self) -> NoteTime {
        self.made
    }
}

/// A key taken back by itself. Made by [`Revocation::verify`] only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    key: Verifier,
    since: NoteTime,
    made: NoteTime,
    reason: String,
}

impl Revocation {
    /// Signs with the key that is taken back; gives the note.
    ///
    /// # Errors
    /// [`NoteError`] if the key cannot be used or `reason` cannot stand in a note.
    pub fn sign(key: &dyn Sign, since: NoteTime, made: NoteTime, reason: &str) -> Result<Note, NoteError> {
        let revocation = Self { key: key.verifier().clone(), since, made, reason: reason.to_owned() };
        let note = key.sign(&revocation.encode())?;
        if Self::verify(note.encode().as_bytes())? == revocation {
            Ok(note)
        } else {
            Err(NoteError::Malformed("the reason is no line of text"))
        }
    }

    /// Reads a note and checks its signature.
    ///
    /// # Errors
    /// [`NoteError`].
    pub fn verify(bytes: &[u8]) -> Result<Self, NoteError> {
        let note = read_note(bytes, 1)?;
        let mut lines = Lines::of(&note.text, REVOCATION)?;
        let key = Verifier::from_vkey(lines.word("key")?)?;
        let (since, made) = (lines.time("since")?, lines.time("made")?);
        let reason = lines.word("reason")?.to_owned();
        lines.end()?;
        let revocation = Self { key, since, made, reason };
        if revocation.encode() != note.text {
            return Err(NoteError::Malformed("a second spelling"));
        }
        revocation.key.verify(&note)?;
        Ok(revocation)
    }

    fn encode(&self) -> String {
        let key = self.key.to_vkey();
        format!("{REVOCATION}\nkey {key}\nsince {}\nmade {}\nreason {}\n", self.since, self.made, self.reason)
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &Verifier {
        &self.key
    }

    /// From when it counts for nothing.
    #[must_use]
    pub fn since(&self) -> NoteTime {
        self.since
    }

    /// When the note was made, by the signer's clock.
    #[must_use]
    pub fn made(&self) -> NoteTime {
        self.made
    }

    /// Why.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}
