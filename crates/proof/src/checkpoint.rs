//! C2SP tlog-checkpoint (docs/spec/note-and-checkpoint.md).

use crate::Digest;

/// The head of a tree: who keeps it, how many leaves, which root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Name of the tree.
    pub origin: String,
    /// Number of leaves.
    pub size: u64,
    /// RFC 6962 root over them.
    pub root: Digest,
    /// Further lines, none of them empty.
    pub extensions: Vec<String>,
}

/// A text that is not a checkpoint in its one form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed checkpoint: {0}")]
pub struct CheckpointError(&'static str);

impl Checkpoint {
    /// Reads the text of a checkpoint note, without its signatures.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let body = text.strip_suffix('\n').ok_or(CheckpointError("no newline at the end"))?;
        let mut lines = body.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(CheckpointError("fewer than three lines"));
        };
        let checkpoint = Self {
            origin: origin.to_owned(),
            size: size.parse().map_err(|_| CheckpointError("the size is not a number"))?,
            root: Digest::from_base64(root).map_err(|_| CheckpointError("the root is not a digest"))?,
            extensions: lines.map(str::to_owned).collect(),
        };
        if origin.is_empty() || checkpoint.extensions.iter().any(String::is_empty) {
            return Err(CheckpointError("an empty line"));
        }
        if checkpoint.encode() != text {
            return Err(CheckpointError("a second spelling"));
        }
        Ok(checkpoint)
    }

    /// The checkpoint's one spelling; this is what is signed.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut text = format!("{}\n{}\n{}\n", self.origin, self.size, self.root.to_base64());
        for line in &self.extensions {
            text += line;
            text.push('\n');
        }
        text
    }
}
