//! From the caller's parts to a signed dossier.

use super::{DisclosedField, DisclosedRaw, DossierRecord, FORMAT, Hidden, Rejection, TrustPolicy, note_text};
use crate::{
    Checkpoint, CheckpointError, Digest, JsonError, Note, NoteError, Signer, TlogProof, canonical,
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
    /// Assembles, signs, and verifies the result before it is handed out.
    ///
    /// # Errors
    /// [`DossierError`].
    pub fn build(parts: DossierParts, signer: &Signer) -> Result<Self, DossierError> {
        let checkpoint = Checkpoint::parse(&parts.checkpoint.text)?;
        let signed = parts.checkpoint.encode();
        let mut records = parts.records;
        records.sort_by_key(|record| record.index);
        let attachments = parts.attachments.into_iter();
        let attachments = attachments.map(|text| (Digest::of(text.as_bytes()).to_hex(), Value::String(text)));
        let body = json!({
            "case": parts.case,
            "created": parts.created,
            "tool": parts.tool,
            "vkey": signer.verifier().to_vkey(),
            "checkpoint": signed,
            "records": records.iter().map(|record| record_json(record, &signed)).collect::<Vec<_>>(),
            "claims": parts.claims,
            "attachments": attachments.collect::<serde_json::Map<_, _>>(),
            "limits": parts.limits,
            "faults": parts.faults,
        });
        let text = sign_body(&body, &checkpoint, signer)?;
        super::verify::verify(text.as_bytes(), &TrustPolicy::AnyKey)?;
        Ok(Self(text))
    }

    /// The file's one spelling.
    #[must_use]
    pub fn encode(&self) -> String {
        self.0.clone()
    }
}

/// Signs a body without looking at what it says.
pub(super) fn sign_body(
    body: &Value,
    checkpoint: &Checkpoint,
    signer: &Signer,
) -> Result<String, DossierError> {
    let note = signer.sign(&note_text(checkpoint, &canonical(body)?))?;
    Ok(canonical(&json!({ "format": FORMAT, "body": body, "note": note.encode() }))?)
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
    }
}

/// Integers below 2^53 are JSON numbers, others strings.
fn number(value: u64) -> Value {
    if value < 1 << 53 { value.into() } else { value.to_string().into() }
}
