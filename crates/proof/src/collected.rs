//! A line of a collection's journal with its proof (docs/spec/collection.md): which bytes stood in which file when a
//! checkpoint was made.

use serde_json::Value;

use crate::{
    Checkpoint, Digest, Note, NoteError, NoteTime, TlogProof, VerifiedCheckpoint, Verifier, leaf_digest,
    verify_inclusion,
};

/// What a line of the journal says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalLine {
    /// The file, relative to the folder of logs.
    pub path: String,
    /// Where the new bytes begin.
    pub offset: u64,
    /// How many there are.
    pub length: u64,
    /// SHA-256 of them.
    pub sha256: Digest,
    /// SHA-256 of the whole file, from its first byte to the last of these.
    pub whole: Digest,
    /// 16 random bytes, in lowercase hex.
    pub salt: String,
    /// When, by the collector's clock.
    pub seen: NoteTime,
}

impl JournalLine {
    /// Reads a line with its newline.
    #[must_use]
    pub fn parse(line: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(line).ok()?;
        let text = |member: &str| value.get(member)?.as_str();
        let digest = |member: &str| Digest::from_hex(text(member)?).ok();
        let parsed = Self {
            path: text("path")?.to_owned(),
            offset: value.get("offset")?.as_u64()?,
            length: value.get("length")?.as_u64()?,
            sha256: digest("sha256")?,
            whole: digest("whole")?,
            salt: text("salt")?.to_owned(),
            seen: NoteTime::parse(text("seen")?)?,
        };
        let salted =
            parsed.salt.len() == 32 && parsed.salt.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        (salted && parsed.encode().as_bytes() == line).then_some(parsed)
    }

    /// Its one spelling, with the newline.
    #[must_use]
    pub fn encode(&self) -> String {
        let path = Value::from(self.path.as_str());
        format!(
            "{{\"length\":{},\"offset\":{},\"path\":{path},\"salt\":\"{}\",\"seen\":\"{}\",\"sha256\":\"{}\",\"whole\":\"{}\"}}\n",
            self.length, self.offset, self.salt, self.seen, self.sha256, self.whole
        )
    }
}

/// A line that lies in the tree of the checkpoint beside it. Whose checkpoint that is was not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collected {
    line: JournalLine,
    checkpoint: Checkpoint,
    note: Note,
}

impl Collected {
    /// What the first line of such a text begins with.
    pub const FIRST: &'static str = "c2sp.org/tlog-proof@";

    /// Reads a proof: a `tlog-proof` whose extra data is the line.
    ///
    /// # Errors
    /// [`NoteError`]: not one, or the line is not in the tree.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let malformed = NoteError::Malformed;
        let proof = TlogProof::parse(text).map_err(|_| malformed("not a tlog-proof"))?;
        let bytes = proof.extra.ok_or(malformed("a proof without the line of a journal"))?;
        let line = JournalLine::parse(&bytes).ok_or(malformed("not the line of a journal"))?;
        let note = Note::parse(&proof.checkpoint)?;
        let checkpoint = Checkpoint::parse(&note.text).map_err(|_| malformed("no checkpoint"))?;
        verify_inclusion(leaf_digest(&bytes), proof.index, checkpoint.size, &proof.hashes, checkpoint.root)
            .map_err(|_| malformed("the line is not in that tree"))?;
        Ok(Self { line, checkpoint, note })
    }

    /// What the line says.
    #[must_use]
    pub fn line(&self) -> &JournalLine {
        &self.line
    }

    /// The signed checkpoint; its signatures are not verified.
    #[must_use]
    pub fn note(&self) -> &Note {
        &self.note
    }

    /// The checkpoint, if `key` signed it.
    ///
    /// # Errors
    /// [`NoteError`].
    pub fn verify(&self, key: &Verifier) -> Result<VerifiedCheckpoint, NoteError> {
        key.verify(&self.note)?;
        if self.checkpoint.origin != key.name() {
            return Err(NoteError::Malformed("the origin is not the name of the key"));
        }
        VerifiedCheckpoint::new(self.checkpoint.clone(), self.note.clone(), key, Vec::new())
            .ok_or(NoteError::Malformed("no line of the key"))
    }
}
