//! C2SP tlog-proof (docs/spec/tree.md): index, inclusion proof and checkpoint as one text.

use crate::{
    Digest,
    digest::{decode_base64, encode_base64},
};

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";
/// A tree of 2^63 leaves needs 63.
const MAX_HASHES: usize = 63;

/// An inclusion proof with the checkpoint that it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    /// Opaque bytes of the application.
    pub extra: Option<Vec<u8>>,
    /// Index of the leaf.
    pub index: u64,
    /// Audit path from the leaf up.
    pub hashes: Vec<Digest>,
    /// The signed checkpoint, verbatim; not verified here.
    pub checkpoint: String,
}

/// A text that is not a tlog-proof in its one form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed tlog-proof: {0}")]
pub struct ProofTextError(&'static str);

impl TlogProof {
    /// Reads a tlog-proof.
    ///
    /// # Errors
    /// [`ProofTextError`].
    pub fn parse(text: &str) -> Result<Self, ProofTextError> {
        let (head, checkpoint) = text.split_once("\n\n").ok_or(ProofTextError("no blank line"))?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(FIRST_LINE) {
            return Err(ProofTextError("unknown first line"));
        }
        let extra = match lines.next_if(|line| line.starts_with("extra ")) {
            Some(line) => Some(decode_base64(&line[6..]).ok_or(ProofTextError("extra is not base64"))?),
            None => None,
        };
        let index = lines.next().and_then(|line| line.strip_prefix("index ")).and_then(|n| n.parse().ok());
        let index = index.ok_or(ProofTextError("no index"))?;
        let hashes = lines.map(Digest::from_base64).collect::<Result<Vec<_>, _>>();
        let hashes = hashes.map_err(|_| ProofTextError("a hash is not a digest"))?;
        if hashes.len() > MAX_HASHES {
            return Err(ProofTextError("over 63 hashes"));
        }
        let proof = Self { extra, index, hashes, checkpoint: checkpoint.to_owned() };
        if proof.encode() == text { Ok(proof) } else { Err(ProofTextError("a second spelling")) }
    }

    /// The proof's one spelling.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut out = format!("{FIRST_LINE}\n");
        if let Some(extra) = &self.extra {
            out += &format!("extra {}\n", encode_base64(extra));
        }
        out += &format!("index {}\n", self.index);
        for hash in &self.hashes {
            out += &hash.to_base64();
            out.push('\n');
        }
        out.push('\n');
        out + &self.checkpoint
    }
}
