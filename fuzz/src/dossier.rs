//! Dossiers whose body was changed, signed anew with the key of the vectors: what lies behind the signature is read as
//! that of a sealer who lies.

use std::collections::HashMap;

use onus_proof::{
    Checkpoint, Digest, FieldValue, RecordHeader, RecordIndex, Salt, TlogProof, TreeBuilder, canonical,
    field_commitment, inclusion_proof, leaf_bytes_from_commitments, leaf_digest, raw_commitment,
};
use serde_json::{Value, json};

use crate::keys::CASE;

/// More leaves than any vector has.
const LEAVES: u64 = 64;

/// The dossier with a new note over its body as it is now; its checkpoint stays.
pub fn signed_anew(data: &[u8]) -> Option<String> {
    let file: Value = serde_json::from_slice(data).ok()?;
    let note = onus_proof::Note::parse(file["body"]["checkpoint"].as_str()?).ok()?;
    let checkpoint = Checkpoint::parse(&note.text).ok()?;
    sign(&file, &checkpoint)
}

fn sign(file: &Value, checkpoint: &Checkpoint) -> Option<String> {
    let (format, body) = (file["format"].as_str()?, canonical(&file["body"]).ok()?);
    let digest = Digest::of(body.as_bytes()).to_base64();
    let note = CASE.sign(&format!("{}\n{format}\n{digest}\n", checkpoint.origin)).ok()?;
    canonical(&json!({ "format": format, "body": file["body"], "note": note.encode() })).ok()
}

/// The dossier sealed anew: its records are leaves of a new tree, the texts attached have their own digests, which the
/// claims name, and all is signed.
pub fn sealed_anew(data: &[u8]) -> Option<String> {
    let mut file: Value = serde_json::from_slice(data).ok()?;
    let texts = file["body"]["attachments"].as_object()?.clone();
    let mut claims = file["body"]["claims"].to_string();
    let mut named = serde_json::Map::new();
    for (old, text) in texts {
        let new = Digest::of(text.as_str()?.as_bytes()).to_hex();
        if old.len() == 64 {
            claims = claims.replace(&old, &new);
        }
        named.insert(new, text);
    }
    file["body"]["claims"] = serde_json::from_str(&claims).ok()?;
    file["body"]["attachments"] = named.into();

    file["body"]["vkey"] = CASE.verifier().to_vkey().into();
    let records = file["body"]["records"].as_array_mut()?;
    let mut leaves = HashMap::new();
    for record in records {
        if let Some(bytes) = record.get_mut("raw").and_then(|raw| raw.get_mut("bytes")) {
            *bytes = "".into();
        }
        let index = record["index"].as_u64().filter(|index| *index < LEAVES)?;
        leaves.insert(index, leaf(record, index)?);
    }
    let size = leaves.keys().max().map_or(1, |last| last + 1);
    let (mut tree, mut store) = (TreeBuilder::new(), HashMap::new());
    for index in 0..size {
        let leaf = leaves.get(&index).copied().unwrap_or_else(|| leaf_digest(b""));
        tree.push(leaf, |level, place, hash| _ = store.insert((level, place), hash));
    }
    let read = |level, place| store.get(&(level, place)).copied();
    let checkpoint =
        Checkpoint { origin: "case.example".into(), size, root: tree.root(), extensions: Vec::new() };
    let signed = CASE.sign(&checkpoint.encode()).ok()?.encode();
    for record in file["body"]["records"].as_array_mut()? {
        let index = record["index"].as_u64()?;
        let hashes = inclusion_proof(index, size, &read).ok()?;
        record["proof"] =
            TlogProof { extra: None, index, hashes, checkpoint: signed.clone() }.encode().into();
    }
    file["body"]["checkpoint"] = signed.into();
    if let Some(history) = file["body"].get_mut("history") {
        *history = json!([]);
    }
    sign(&file, &checkpoint)
}

fn leaf(record: &Value, index: u64) -> Option<Digest> {
    let header = RecordHeader {
        source: Digest::from_hex(record["source"].as_str()?).ok()?,
        ordinal: record["ordinal"].as_u64()?,
        offset: record["offset"].as_u64()?,
        length: record["length"].as_u64()?,
        format: record["format"].as_str()?,
    };
    let fields: Option<Vec<Digest>> = record["fields"].as_array()?.iter().map(field).collect();
    let raw = &record["raw"];
    let raw = match raw.get("hidden") {
        Some(hidden) => Digest::from_hex(hidden.as_str()?).ok()?,
        // No claim reads raw bytes: where they are shown, there are none.
        None => raw_commitment(&Salt::from_hex(raw["salt"].as_str()?)?, b""),
    };
    Some(leaf_digest(&leaf_bytes_from_commitments(RecordIndex(index), &header, &fields?, raw)))
}

fn field(field: &Value) -> Option<Digest> {
    if let Some(hidden) = field.get("hidden") {
        return Digest::from_hex(hidden.as_str()?).ok();
    }
    let value = FieldValue::parse(field["type"].as_str()?, field["value"].as_str()?).ok()?;
    Some(field_commitment(&Salt::from_hex(field["salt"].as_str()?)?, field["name"].as_str()?, &value))
}
