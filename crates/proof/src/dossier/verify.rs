//! From untrusted bytes to a [`VerifiedDossier`], in one direction, with no way around.

use super::more::{self, Known, More, VerifiedCheckpoint};
use super::read::{Object, integer, list, malformed, object, record, text};
use super::{DisclosedField, DisclosedRaw, DossierRecord, Hidden, Rejection, Version, limits, note_text};
use crate::{
    Checkpoint, Digest, FieldValue, Note, RecordIndex, TlogProof, TreeError, Verifier, canonical,
    commit::refuse_duplicates, field_commitment, leaf_bytes_from_commitments, leaf_digest, raw_commitment,
    verify_inclusion,
};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Which keys may sign.
#[derive(Debug, Clone)]
pub enum TrustPolicy {
    /// Any key; the caller shows [`VerifiedDossier::vkey`] to be compared by another channel.
    AnyKey,
    /// Only these keys.
    Keys(Vec<Verifier>),
}

/// A claim's frame (docs/spec/claim.md); what it says is not checked here.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// Unique in the dossier.
    pub id: String,
    /// Kind of the claim.
    pub kind: String,
    /// Parameters of the kind.
    pub params: Map<String, Value>,
    /// The claim in words.
    pub sentence: String,
    /// Records cited; each is in the dossier.
    pub cites: Vec<RecordIndex>,
    /// What else it rests on: digests of attachments or ids of claims.
    pub rests_on: Vec<String>,
    /// The whole object.
    pub json: Value,
}

/// A record that is in the signed tree.
#[derive(Debug, Clone)]
pub struct VerifiedRecord(DossierRecord);

impl VerifiedRecord {
    /// Index of its leaf.
    #[must_use]
    pub fn index(&self) -> RecordIndex {
        self.0.index
    }

    /// Where it was found.
    #[must_use]
    pub fn header(&self) -> crate::RecordHeader<'_> {
        self.0.header()
    }

    /// The disclosed fields in the leaf's order.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &FieldValue)> {
        self.0.fields.iter().filter_map(|field| match field {
            DisclosedField::Shown { name, value, .. } => Some((name.as_str(), value)),
            _ => None,
        })
    }

    /// The pseudonyms of hidden fields, by place in the leaf's order; the maker's word.
    pub fn pseudonyms(&self) -> impl Iterator<Item = (usize, &str)> {
        self.0.fields.iter().enumerate().filter_map(|(at, field)| match field {
            DisclosedField::Pseudonym(_, name) => Some((at, name.as_str())),
            _ => None,
        })
    }

    /// Every field as it is shown or hidden, in the leaf's order.
    #[must_use]
    pub fn all_fields(&self) -> &[DisclosedField] {
        &self.0.fields
    }

    /// The disclosed field `name`.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&FieldValue> {
        self.fields().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    /// Number of hidden fields.
    #[must_use]
    pub fn hidden(&self) -> usize {
        self.0.fields.iter().filter(|field| !matches!(field, DisclosedField::Shown { .. })).count()
    }

    /// The raw bytes, if they are disclosed.
    #[must_use]
    pub fn raw(&self) -> Option<&[u8]> {
        match &self.0.raw {
            DisclosedRaw::Shown { bytes, .. } => Some(bytes),
            DisclosedRaw::Hidden(_) => None,
        }
    }
}

/// A dossier whose signatures, proofs and digests all hold. Made by [`VerifiedDossier::verify`] only.
#[derive(Debug, Clone)]
pub struct VerifiedDossier {
    body: Value,
    digest: Digest,
    head: VerifiedCheckpoint,
    key: Verifier,
    records: BTreeMap<RecordIndex, VerifiedRecord>,
    claims: Vec<Claim>,
    attachments: BTreeMap<Digest, String>,
    limits: Vec<String>,
    known: Vec<Known>,
    history: Vec<VerifiedCheckpoint>,
}

impl VerifiedDossier {
    /// Verifies the bytes of a dossier.
    ///
    /// # Errors
    /// [`Rejection`]: the first thing that does not hold.
    pub fn verify(bytes: &[u8], policy: &TrustPolicy) -> Result<Self, Rejection> {
        verify(bytes, policy)
    }

    /// The case's name.
    #[must_use]
    pub fn case(&self) -> &str {
        self.member("case")
    }

    /// When it was made, in its maker's words; no independent time.
    #[must_use]
    pub fn created(&self) -> &str {
        self.member("created")
    }

    /// The program that made it.
    #[must_use]
    pub fn tool(&self) -> &str {
        self.member("tool")
    }

    /// SHA-256 of the whole file.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The tree's head.
    #[must_use]
    pub fn checkpoint(&self) -> &Checkpoint {
        self.head.checkpoint()
    }

    /// The tree's head with its note and tokens.
    #[must_use]
    pub fn head(&self) -> &VerifiedCheckpoint {
        &self.head
    }

    /// Earlier heads of the same tree, which it goes on from, in order of size.
    #[must_use]
    pub fn history(&self) -> &[VerifiedCheckpoint] {
        &self.history
    }

    /// What speaks for and against the evidence, in its maker's words.
    #[must_use]
    pub fn known(&self) -> &[Known] {
        &self.known
    }

    /// The key that signed.
    #[must_use]
    pub fn key(&self) -> &Verifier {
        &self.key
    }

    /// Name and hash of the key that signed.
    #[must_use]
    pub fn key_id(&self) -> String {
        self.key.key_id()
    }

    /// The whole public key, to be compared by another channel.
    #[must_use]
    pub fn vkey(&self) -> String {
        self.key.to_vkey()
    }

    /// The records, by index.
    #[must_use]
    pub fn records(&self) -> &BTreeMap<RecordIndex, VerifiedRecord> {
        &self.records
    }

    /// The claims, in the dossier's order.
    #[must_use]
    pub fn claims(&self) -> &[Claim] {
        &self.claims
    }

    /// The attachments, by SHA-256.
    #[must_use]
    pub fn attachments(&self) -> &BTreeMap<Digest, String> {
        &self.attachments
    }

    /// What the logs cannot show, in its maker's words.
    #[must_use]
    pub fn limits(&self) -> &[String] {
        &self.limits
    }

    /// What could not be read, in its maker's words.
    #[must_use]
    pub fn faults(&self) -> &Value {
        self.body.get("faults").unwrap_or(&Value::Null)
    }

    fn member(&self, name: &str) -> &str {
        self.body.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

const BODY: [&str; 13] = [
    "case",
    "created",
    "tool",
    "vkey",
    "checkpoint",
    "records",
    "claims",
    "attachments",
    "limits",
    "faults",
    "known",
    "history",
    "tokens",
];
/// The members of version 1 come first.
const BODY_ONE: usize = 10;

pub(super) fn verify(bytes: &[u8], policy: &TrustPolicy) -> Result<VerifiedDossier, Rejection> {
    let (file, version) = parse(bytes)?;
    let body_value = file.get("body").unwrap_or(&Value::Null);
    let members = match version {
        Version::One => &BODY[..BODY_ONE],
        Version::Two => &BODY[..],
    };
    let body = object(body_value, "body", members)?;
    let key = Verifier::from_vkey(text(body, "vkey", "body")?).map_err(Rejection::BadKey)?;
    if let TrustPolicy::Keys(keys) = policy
        && !keys.contains(&key)
    {
        return Err(Rejection::UntrustedKey(key.key_id()));
    }
    let signed = text(body, "checkpoint", "body")?;
    let head = Note::parse(signed).map_err(Rejection::BadCheckpoint)?;
    key.verify(&head).map_err(Rejection::BadCheckpoint)?;
    let checkpoint = Checkpoint::parse(&head.text).map_err(|_| Rejection::BadCheckpointText)?;
    let note = Note::parse(text(&file, "note", "dossier")?).map_err(Rejection::BadNote)?;
    key.verify(&note).map_err(Rejection::BadNote)?;
    // A note of one signature leaves no bytes of the file that nobody has checked.
    if note.signatures.len() != 1 {
        return Err(malformed("note", "more than one signature"));
    }
    let spelled = canonical(body_value).map_err(|_| Rejection::NonCanonical)?;
    if note.text != note_text(&checkpoint, version, &spelled) {
        return Err(Rejection::BodyChanged);
    }
    for member in ["case", "created", "tool"] {
        text(body, member, "body")?;
    }
    let records = read_records(body, signed, &checkpoint, version)?;
    let claims = read_claims(body, &records)?;
    let attachments = read_attachments(body)?;
    let limits = strings(list(body, "limits", "body")?, "body.limits")?;
    let More { known, history, tokens } = match version {
        Version::One => More::default(),
        Version::Two => more::read(body, &checkpoint, &key)?,
    };
    // Never absent: the key's line on this note was verified above.
    let head = VerifiedCheckpoint::new(checkpoint, head, &key, tokens).ok_or(Rejection::BadCheckpointText)?;
    Ok(VerifiedDossier {
        digest: Digest::of(bytes),
        claims,
        attachments,
        limits,
        known,
        history,
        body: body_value.clone(),
        head,
        key,
        records,
    })
}

/// JSON, the known format, and its one spelling.
fn parse(bytes: &[u8]) -> Result<(Object, Version), Rejection> {
    if bytes.len() > limits::BYTES {
        return Err(Rejection::TooLarge("the file is over 256 MiB"));
    }
    let value: Value = serde_json::from_slice(bytes).map_err(|_| Rejection::NotADossier)?;
    let format = value.get("format").and_then(Value::as_str).ok_or(Rejection::NotADossier)?;
    let Some(version) = Version::ALL.into_iter().find(|version| version.format() == format) else {
        let known = format.starts_with("onus-dossier/");
        return Err(if known {
            Rejection::UnknownVersion(format.to_owned())
        } else {
            Rejection::NotADossier
        });
    };
    // A second spelling, and a member that stands twice, differ from what is written here.
    if canonical(&value).map_err(|_| Rejection::NonCanonical)?.as_bytes() != bytes {
        return Err(Rejection::NonCanonical);
    }
    Ok((object(&value, "dossier", &["format", "body", "note"])?.clone(), version))
}

type Records = BTreeMap<RecordIndex, VerifiedRecord>;

fn read_records(
    body: &Object,
    signed: &str,
    checkpoint: &Checkpoint,
    version: Version,
) -> Result<Records, Rejection> {
    let list = list(body, "records", "body")?;
    if list.len() > limits::RECORDS {
        return Err(Rejection::TooLarge("records"));
    }
    let mut records = Records::new();
    for (at, value) in list.iter().enumerate() {
        let (mut record, proof) = record(value, at, version)?;
        if records.last_key_value().is_some_and(|(last, _)| *last >= record.index) {
            return Err(Rejection::DuplicateRecord(record.index.0));
        }
        record.path = check_record(&record, proof, signed, checkpoint)?;
        records.insert(record.index, VerifiedRecord(record));
    }
    Ok(records)
}

fn check_record(
    record: &DossierRecord,
    proof: &str,
    signed: &str,
    checkpoint: &Checkpoint,
) -> Result<Vec<Digest>, Rejection> {
    let index = record.index;
    let shown = record.fields.iter().filter_map(|field| match field {
        DisclosedField::Shown { name, .. } => Some(name.as_str()),
        _ => None,
    });
    let names: Vec<_> = shown.collect();
    refuse_duplicates(index, names.iter().copied()).map_err(|error| {
        let crate::CommitError::DuplicateField { record, name } = error;
        Rejection::DuplicateField { record, name }
    })?;
    let proof =
        TlogProof::parse(proof).map_err(|_| malformed(&format!("record {}", index.0), "bad tlog-proof"))?;
    if proof.checkpoint != signed || proof.extra.is_some() {
        return Err(Rejection::ProofOfAnotherTree(index.0));
    }
    if proof.index != index.0 {
        return Err(Rejection::ProofOfAnotherLeaf(index.0));
    }
    let leaf = leaf_digest(&rebuild_leaf(record));
    match verify_inclusion(leaf, index.0, checkpoint.size, &proof.hashes, checkpoint.root) {
        Ok(()) => Ok(proof.hashes),
        Err(TreeError::OutOfRange) => Err(Rejection::OutsideTree { record: index.0, size: checkpoint.size }),
        Err(TreeError::WrongLength) => Err(Rejection::WrongTreeSize(index.0)),
        Err(_) => Err(Rejection::NotInTree(index.0)),
    }
}

fn rebuild_leaf(record: &DossierRecord) -> Vec<u8> {
    let fields = record.fields.iter().map(|field| match field {
        DisclosedField::Shown { name, value, salt } => field_commitment(salt, name, value),
        DisclosedField::Hidden(Hidden(digest)) | DisclosedField::Pseudonym(Hidden(digest), _) => *digest,
    });
    let raw = match &record.raw {
        DisclosedRaw::Shown { bytes, salt } => raw_commitment(salt, bytes),
        DisclosedRaw::Hidden(Hidden(digest)) => *digest,
    };
    leaf_bytes_from_commitments(record.index, &record.header(), &fields.collect::<Vec<_>>(), raw)
}

fn read_claims(body: &Object, records: &Records) -> Result<Vec<Claim>, Rejection> {
    let list = list(body, "claims", "body")?;
    if list.len() > limits::CLAIMS {
        return Err(Rejection::TooLarge("claims"));
    }
    let mut ids = BTreeSet::new();
    let mut claims = Vec::with_capacity(list.len());
    for (at, value) in list.iter().enumerate() {
        let claim = read_claim(value, &format!("claims[{at}]"))?;
        if !ids.insert(claim.id.clone()) {
            return Err(Rejection::DuplicateClaim(claim.id));
        }
        if let Some(absent) = claim.cites.iter().find(|index| !records.contains_key(index)) {
            return Err(Rejection::AbsentRecord { record: absent.0, claim: claim.id });
        }
        claims.push(claim);
    }
    Ok(claims)
}

fn read_claim(value: &Value, place: &str) -> Result<Claim, Rejection> {
    let object = value.as_object().ok_or_else(|| malformed(place, "not an object"))?;
    let params = object.get("params").and_then(Value::as_object);
    let cites = list(object, "cites", place)?.iter();
    Ok(Claim {
        id: text(object, "id", place)?.to_owned(),
        kind: text(object, "kind", place)?.to_owned(),
        params: params.ok_or_else(|| malformed(place, "params is not an object"))?.clone(),
        sentence: text(object, "sentence", place)?.to_owned(),
        cites: cites.map(|value| integer(Some(value), place).map(RecordIndex)).collect::<Result<_, _>>()?,
        rests_on: strings(list(object, "rests_on", place)?, place)?,
        json: value.clone(),
    })
}

fn read_attachments(body: &Object) -> Result<BTreeMap<Digest, String>, Rejection> {
    let attachments = body.get("attachments").and_then(Value::as_object);
    let attachments = attachments.ok_or_else(|| malformed("body.attachments", "not an object"))?;
    if attachments.len() > limits::ATTACHMENTS {
        return Err(Rejection::TooLarge("attachments"));
    }
    let read = attachments.iter().map(|(name, value)| {
        let text = value.as_str().ok_or_else(|| malformed("body.attachments", "not a string"))?;
        match Digest::from_hex(name) {
            Ok(digest) if digest == Digest::of(text.as_bytes()) => Ok((digest, text.to_owned())),
            _ => Err(Rejection::AttachmentChanged(name.clone())),
        }
    });
    read.collect()
}

fn strings(list: &[Value], place: &str) -> Result<Vec<String>, Rejection> {
    let read = list.iter().map(|value| value.as_str().map(str::to_owned));
    read.collect::<Option<_>>().ok_or_else(|| malformed(place, "not a string"))
}
