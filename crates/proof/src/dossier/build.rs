//! From the caller's parts to a signed dossier.

use super::more;
use super::{
    DisclosedField, DisclosedRaw, DossierRecord, EarlierCheckpoint, Hidden, Known, Rejection, TrustPolicy,
    Version, note_text,
};
use crate::{
    Checkpoint, CheckpointError, Digest, JsonError, Note, NoteError, Sign, TlogProof, Verifier, canonical,
    digest::encode_base64,
};
use serde_json::{Value, json};

/// What goes into a dossier.
#[derive(Debug, Clone)]
pub struct DossierParts {
    /// Name of the case.
    pub case: String,
    /// When the dossier was made, as text (RFC 3339, UTC).
    pub created: String,
    /// Program and version.
    pub tool: String,
    /// The checkpoint, signed by the key that will sign the dossier.
    pub checkpoint: Note,
    /// The records, in any order.
    pub records: Vec<DossierRecord>,
    /// The claims: objects with the members of docs/spec/claim.md.
    pub claims: Vec<Value>,
    /// Texts that claims rest on, such as rules; each is stored under its SHA-256.
    pub attachments: Vec<String>,
    /// Sentences on what the logs cannot show.
    pub limits: Vec<String>,
    /// Summary of what could not be read; canonical JSON.
    pub faults: Value,
}

/// What goes into a dossier of version 2 besides.
#[derive(Debug, Clone, Default)]
pub struct MoreParts {
    /// What speaks for and against the evidence.
    pub known: Vec<Known>,
    /// Earlier checkpoints of the same tree, in order of size.
    pub history: Vec<EarlierCheckpoint>,
    /// Time-stamp tokens over the checkpoint, DER.
    pub tokens: Vec<Vec<u8>>,
}

/// Why a dossier cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum DossierError {
    /// The checkpoint is not one.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A part has no canonical spelling.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// The note cannot be signed.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// A verifier would reject it; the parts do not fit together.
    #[error("a verifier would reject this dossier: {0}")]
    WouldBeRejected(#[from] Rejection),
}

/// A finished dossier; each one verifies under its own key.
#[derive(Debug, Clone)]
pub struct Dossier(String);

impl Dossier {
    /// Assembles a dossier of version 1, signs, and verifies the result before it is handed out.
    ///
    /// # Errors
    /// [`DossierError`].
    pub fn build(parts: DossierParts, signer: &dyn Sign) -> Result<Self, DossierError> {
        Self::assemble(parts, None, signer)
    }

    /// The same of version 2.
    ///
    /// # Errors
    /// [`DossierError`].
    pub fn build_with(
        parts: DossierParts,
        more: &MoreParts,
        signer: &dyn Sign,
    ) -> Result<Self, DossierError> {
        Self::assemble(parts, Some(more), signer)
    }

    fn assemble(
        parts: DossierParts,
        more: Option<&MoreParts>,
        signer: &dyn Sign,
    ) -> Result<Self, DossierError> {
        let checkpoint = Checkpoint::parse(&parts.checkpoint.text)?;
        let mut body = body(parts, signer.verifier());
        let version = if more.is_some() { Version::Two } else { Version::One };
        if let (Some(more), Some(body)) = (more, body.as_object_mut()) {
            let members = more::to_json(&more.known, &more.history, &more.tokens);
            body.extend(members.map(|(member, value)| (member.to_owned(), value)));
        }
        let text = sign_body(&body, &checkpoint, version, signer)?;
        super::verify::verify(text.as_bytes(), &TrustPolicy::AnyKey)?;
        Ok(Self(text))
    }

    /// The file's one spelling.
    #[must_use]
    pub fn encode(&self) -> String {
        self.0.clone()
    }
}

fn body(parts: DossierParts, key: &Verifier) -> Value {
    let signed = parts.checkpoint.encode();
    let mut records = parts.records;
    records.sort_by_key(|record| record.index);
    let attachments = parts.attachments.into_iter();
    let attachments = attachments.map(|text| (Digest::of(text.as_bytes()).to_hex(), Value::String(text)));
    json!({
        "case": parts.case,
        "created": parts.created,
        "tool": parts.tool,
        "vkey": key.to_vkey(),
        "checkpoint": signed,
        "records": records.iter().map(|record| record_json(record, &signed)).collect::<Vec<_>>(),
        "claims": parts.claims,
        "attachments": attachments.collect::<serde_json::Map<_, _>>(),
        "limits": parts.limits,
        "faults": parts.faults,
    })
}

/// Signs a body without looking at what it says.
pub(super) fn sign_body(
    body: &Value,
    checkpoint: &Checkpoint,
    version: Version,
    signer: &dyn Sign,
) -> Result<String, DossierError> {
    let note = signer.sign(&note_text(checkpoint, version, &canonical(body)?))?;
    Ok(canonical(&json!({ "format": version.format(), "body": body, "note": note.encode() }))?)
}

fn record_json(record: &DossierRecord, checkpoint: &str) -> Value {
    let proof = TlogProof {
        extra: None,
        index: record.index.0,
        hashes: record.path.clone(),
        checkpoint: checkpoint.to_owned(),
    };
    json!({
        "index": number(record.index.0),
        "source": record.source.to_hex(),
        "ordinal": number(record.ordinal),
        "offset": number(record.offset),
        "length": number(record.length),
        "format": record.format,
        "fields": record.fields.iter().map(field_json).collect::<Vec<_>>(),
        "raw": match &record.raw {
            DisclosedRaw::Shown { bytes, salt } => json!({ "bytes": encode_base64(bytes), "salt": salt.to_hex() }),
            DisclosedRaw::Hidden(Hidden(digest)) => json!({ "hidden": digest.to_hex() }),
        },
        "proof": proof.encode(),
    })
}

fn field_json(field: &DisclosedField) -> Value {
    match field {
        DisclosedField::Shown { name, value, salt } => {
            json!({ "name": name, "type": value.type_name(), "value": value.to_text(), "salt": salt.to_hex() })
        }
        DisclosedField::Hidden(Hidden(digest)) => json!({ "hidden": digest.to_hex() }),
        DisclosedField::Pseudonym(Hidden(digest), name) => {
            json!({ "hidden": digest.to_hex(), "pseudonym": name })
        }
    }
}

/// Integers below 2^53 are JSON numbers, others strings.
fn number(value: u64) -> Value {
    if value < 1 << 53 { value.into() } else { value.to_string().into() }
}
