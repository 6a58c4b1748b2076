//! Salts, field commitments and leaves (docs/spec/record.md).

use crate::{Digest, FieldValue, digest::decode_hex, digest::encode_hex, tree::leaf_digest};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest as _, Sha256};
use std::collections::HashSet;
use zeroize::Zeroize;

const SALT_DOMAIN: &[u8] = b"onus/v1/salt";
const RAW_SALT_DOMAIN: &[u8] = b"onus/v1/raw-salt";
const FIELD_DOMAIN: &[u8] = b"onus/v1/field";
const RAW_DOMAIN: &[u8] = b"onus/v1/raw";
const LEAF_DOMAIN: &[u8] = b"onus/v1/leaf";
/// Below this many fields, comparing each pair of names costs less than a hash set.
const FEW_FIELDS: usize = 24;

/// The place of a record's leaf in the tree, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordIndex(pub u64);

/// 128 bits that keep a commitment from being guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Salt(pub [u8; 16]);

impl Salt {
    /// 32 lower-case hexadecimal digits.
    #[must_use]
    pub fn to_hex(self) -> String {
        encode_hex(&self.0)
    }

    /// Reads 32 lower-case hexadecimal digits; `None` on anything else.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        decode_hex(text)?.try_into().ok().map(Self)
    }
}

/// Where a record was found and in what format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordHeader<'a> {
    /// SHA-256 of the whole source file.
    pub source: Digest,
    /// Number of the record in the source, from 0.
    pub ordinal: u64,
    /// First byte of the record in the source.
    pub offset: u64,
    /// Bytes of the record in the source.
    pub length: u64,
    /// Name of the source's format.
    pub format: &'a str,
}

/// A borrowed field.
#[derive(Debug, Clone, Copy)]
pub struct FieldRef<'a> {
    /// The field's name, unique in its record.
    pub name: &'a str,
    /// The field's value.
    pub value: &'a FieldValue,
}

/// A record that cannot be committed to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// Two fields bear one name.
    #[error("record {record}: the field {name:?} stands twice; give each field its own name")]
    DuplicateField {
        /// The record's index.
        record: u64,
        /// The name that stands twice.
        name: String,
    },
}

/// The case's secret, from which each salt is derived. Wiped from memory when dropped, never printed.
#[derive(Clone)]
pub struct CaseSecret([u8; 32]);

impl CaseSecret {
    /// Takes 32 bytes of good randomness.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl Drop for CaseSecret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for CaseSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CaseSecret(..)")
    }
}

/// Seals many records with one secret: keeps the keyed PRF and the buffers between records.
pub struct Sealer {
    prf: Hmac<Sha256>,
    text: String,
    leaf: Vec<u8>,
}

impl Sealer {
    /// Prepares the PRF for `secret`.
    #[must_use]
    pub fn new(secret: &CaseSecret) -> Self {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let prf = Hmac::<Sha256>::new_from_slice(&secret.0).expect("any key length");
        Self { prf, text: String::new(), leaf: Vec::new() }
    }

    /// The salt of the field `name` in record `index`.
    #[must_use]
    pub fn field_salt(&self, index: RecordIndex, name: &str) -> Salt {
        self.salt(SALT_DOMAIN, index, name.as_bytes())
    }

    /// The salt of the raw bytes of record `index`.
    #[must_use]
    pub fn raw_salt(&self, index: RecordIndex) -> Salt {
        self.salt(RAW_SALT_DOMAIN, index, b"")
    }

    fn salt(&self, domain: &[u8], index: RecordIndex, name: &[u8]) -> Salt {
        let mut mac = self.prf.clone();
        for part in [domain, &index.0.to_be_bytes()[..], name] {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        let full = mac.finalize().into_bytes();
        let mut salt = [0; 16];
        salt.copy_from_slice(&full[..16]);
        Salt(salt)
    }

    /// The bytes of the leaf, valid until the next call.
    ///
    /// # Errors
    /// [`CommitError::DuplicateField`].
    pub fn leaf_bytes(
        &mut self,
        index: RecordIndex,
        header: &RecordHeader<'_>,
        fields: &[FieldRef<'_>],
        raw: &[u8],
    ) -> Result<&[u8], CommitError> {
        refuse_duplicates(index, fields.iter().map(|field| field.name))?;
        let mut leaf = std::mem::take(&mut self.leaf);
        leaf.clear();
        begin_leaf(&mut leaf, index, header, fields.len());
        for field in fields {
            field.value.write_text(&mut self.text);
            let salt = self.field_salt(index, field.name);
            let digest = hash_parts(FIELD_DOMAIN, &salt, &[field.name, field.value.type_name(), &self.text]);
            leaf.extend_from_slice(&digest.0);
        }
        leaf.extend_from_slice(&raw_commitment(&self.raw_salt(index), raw).0);
        self.leaf = leaf;
        Ok(&self.leaf)
    }

    /// The RFC 6962 hash of the leaf.
    ///
    /// # Errors
    /// [`CommitError::DuplicateField`].
    pub fn leaf_hash(
        &mut self,
        index: RecordIndex,
        header: &RecordHeader<'_>,
        fields: &[FieldRef<'_>],
        raw: &[u8],
    ) -> Result<Digest, CommitError> {
        self.leaf_bytes(index, header, fields, raw).map(leaf_digest)
    }
}

/// The bytes of one leaf; for many records use a [`Sealer`].
///
/// # Errors
/// [`CommitError::DuplicateField`].
pub fn leaf_bytes(
    secret: &CaseSecret,
    index: RecordIndex,
    header: &RecordHeader<'_>,
    fields: &[FieldRef<'_>],
    raw: &[u8],
) -> Result<Vec<u8>, CommitError> {
    Sealer::new(secret).leaf_bytes(index, header, fields, raw).map(<[u8]>::to_vec)
}

/// The RFC 6962 hash of one leaf; for many records use a [`Sealer`].
///
/// # Errors
/// [`CommitError::DuplicateField`].
pub fn leaf_hash(
    secret: &CaseSecret,
    index: RecordIndex,
    header: &RecordHeader<'_>,
    fields: &[FieldRef<'_>],
    raw: &[u8],
) -> Result<Digest, CommitError> {
    Sealer::new(secret).leaf_hash(index, header, fields, raw)
}

/// The commitment to one field.
#[must_use]
pub fn field_commitment(salt: &Salt, name: &str, value: &FieldValue) -> Digest {
    hash_parts(FIELD_DOMAIN, salt, &[name, value.type_name(), &value.to_text()])
}

/// The commitment to the record's raw bytes.
#[must_use]
pub fn raw_commitment(salt: &Salt, raw: &[u8]) -> Digest {
    let mut hash = Sha256::new();
    for part in [RAW_DOMAIN, &salt.0, raw] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    Digest(hash.finalize().into())
}

/// The leaf of a record of which only commitments are known, as a verifier rebuilds it.
#[must_use]
pub fn leaf_bytes_from_commitments(
    index: RecordIndex,
    header: &RecordHeader<'_>,
    fields: &[Digest],
    raw: Digest,
) -> Vec<u8> {
    let mut leaf = Vec::new();
    begin_leaf(&mut leaf, index, header, fields.len());
    for field in fields {
        leaf.extend_from_slice(&field.0);
    }
    leaf.extend_from_slice(&raw.0);
    leaf
}

fn begin_leaf(leaf: &mut Vec<u8>, index: RecordIndex, header: &RecordHeader<'_>, fields: usize) {
    put(leaf, LEAF_DOMAIN);
    leaf.extend_from_slice(&index.0.to_be_bytes());
    leaf.extend_from_slice(&header.source.0);
    for number in [header.ordinal, header.offset, header.length] {
        leaf.extend_from_slice(&number.to_be_bytes());
    }
    put(leaf, header.format.as_bytes());
    leaf.extend_from_slice(&(fields as u64).to_be_bytes());
}

fn put(out: &mut Vec<u8>, part: &[u8]) {
    out.extend_from_slice(&(part.len() as u64).to_be_bytes());
    out.extend_from_slice(part);
}

fn hash_parts(domain: &[u8], salt: &Salt, parts: &[&str]) -> Digest {
    let mut hash = Sha256::new();
    for part in [domain, &salt.0].into_iter().chain(parts.iter().map(|part| part.as_bytes())) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    Digest(hash.finalize().into())
}

pub(crate) fn refuse_duplicates<'a>(
    index: RecordIndex,
    names: impl ExactSizeIterator<Item = &'a str> + Clone,
) -> Result<(), CommitError> {
    let twice = if names.len() <= FEW_FIELDS {
        names.clone().enumerate().find(|(at, name)| names.clone().take(*at).any(|other| other == *name))
    } else {
        let mut seen = HashSet::with_capacity(names.len());
        names.enumerate().find(|(_, name)| !seen.insert(*name))
    };
    match twice {
        Some((_, name)) => Err(CommitError::DuplicateField { record: index.0, name: name.to_owned() }),
        None => Ok(()),
    }
}
