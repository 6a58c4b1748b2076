//! C2SP signed-note with Ed25519 keys (docs/spec/note-and-checkpoint.md).

use crate::digest::{decode_base64, decode_hex, encode_base64, encode_hex};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

pub(crate) const ED25519: u8 = 1;
const SIGNATURE_PREFIX: &str = "\u{2014} ";
const MAX_SIGNATURES: usize = 100;

/// A note, key or signature that is not well formed or does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The text or a signature line is not in the one form of the specification.
    #[error("malformed note: {0}")]
    Malformed(&'static str),
    /// A vkey or skey is not in its one form.
    #[error("malformed key: {0}")]
    BadKey(&'static str),
    /// No signature by the asked key.
    #[error("the note bears no signature by the key {0}")]
    Unsigned(String),
    /// The signature by the asked key does not hold.
    #[error("the signature by the key {0} does not hold")]
    BadSignature(String),
    /// A key that lives elsewhere could not be used.
    #[error("the key {key} could not be used: {why}")]
    Elsewhere {
        /// The key.
        key: String,
        /// What went wrong.
        why: String,
    },
}

/// A key that can sign notes: at hand ([`Signer`]), or one that lives elsewhere.
pub trait Sign: Sync {
    /// The public half.
    fn verifier(&self) -> &Verifier;

    /// The Ed25519 signature of `bytes`.
    ///
    /// # Errors
    /// [`NoteError::Elsewhere`] where the key is not at hand.
    fn signature(&self, bytes: &[u8]) -> Result<[u8; 64], NoteError>;

    /// Signs `text`, which must end with a newline. The signature is verified before it is handed out, as a key
    /// that lives elsewhere may give anything.
    ///
    /// # Errors
    /// [`NoteError`] when `text` is not fit for a note, or the signature cannot be had or does not hold.
    fn sign(&self, text: &str) -> Result<Note, NoteError> {
        check_text(text)?;
        let verifier = self.verifier();
        let signature = NoteSignature {
            name: verifier.name.clone(),
            hash: verifier.hash,
            bytes: self.signature(text.as_bytes())?.to_vec(),
        };
        let note = Note { text: text.to_owned(), signatures: vec![signature] };
        verifier.verify(&note)?;
        Ok(note)
    }
}

/// A public key with a name: `name+hash+base64(0x01 ‖ key)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    hash: u32,
    key: VerifyingKey,
}

/// A private key with a name. The key is wiped from memory when dropped, never printed.
pub struct Signer {
    key: SigningKey,
    verifier: Verifier,
}

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// The key's name.
    pub name: String,
    /// The key's hash.
    pub hash: u32,
    /// The signature's bytes, without the hash.
    pub bytes: Vec<u8>,
}

/// A parsed note; nothing is verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The signed text; ends with a newline.
    pub text: String,
    /// The signatures in order.
    pub signatures: Vec<NoteSignature>,
}

fn valid_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+' || c.is_control())
}

/// The hash of a key of a type, which tells it from others of its name.
pub(crate) fn key_hash(name: &str, kind: u8, key: &[u8; 32]) -> u32 {
    let mut hash = Sha256::new();
    hash.update(name.as_bytes());
    hash.update([b'\n', kind]);
    hash.update(key);
    let full: [u8; 32] = hash.finalize().into();
    u32::from_be_bytes([full[0], full[1], full[2], full[3]])
}

impl Verifier {
    fn new(name: &str, key: VerifyingKey) -> Result<Self, NoteError> {
        if !valid_name(name) {
            return Err(NoteError::BadKey("the name is empty or holds a space, control character or plus"));
        }
        if key.is_weak() {
            return Err(NoteError::BadKey("the public key is of small order"));
        }
        Ok(Self { name: name.to_owned(), hash: key_hash(name, ED25519, key.as_bytes()), key })
    }

    /// Reads a vkey.
    ///
    /// # Errors
    /// [`NoteError::BadKey`].
    pub fn from_vkey(vkey: &str) -> Result<Self, NoteError> {
        let (name, key) = split_vkey(vkey, ED25519)?;
        let verifier = Self::new(name, key)?;
        if verifier.to_vkey() != vkey {
            return Err(NoteError::BadKey("the hash does not fit, or a second spelling"));
        }
        Ok(verifier)
    }

    /// The vkey text.
    #[must_use]
    pub fn to_vkey(&self) -> String {
        join_vkey(&self.name, self.hash, ED25519, &self.key)
    }

    /// A key from its 32 bytes.
    ///
    /// # Errors
    /// [`NoteError::BadKey`].
    pub fn from_key(name: &str, key: &[u8; 32]) -> Result<Self, NoteError> {
        Self::new(name, point(key)?)
    }

    /// The 32 bytes of the public key.
    #[must_use]
    pub fn key(&self) -> [u8; 32] {
        *self.key.as_bytes()
    }

    /// Whether a signature line bears this key's name and hash.
    #[must_use]
    pub fn is_of(&self, signature: &NoteSignature) -> bool {
        signature.name == self.name && signature.hash == self.hash
    }

    /// The key's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `name+hash`, short enough to be read aloud.
    #[must_use]
    pub fn key_id(&self) -> String {
        format!("{}+{:08x}", self.name, self.hash)
    }

    /// Checks the note's signature by this key, strictly (RFC 8032, canonical, no small-order points).
    ///
    /// # Errors
    /// [`NoteError::Unsigned`], [`NoteError::BadSignature`].
    pub fn verify(&self, note: &Note) -> Result<(), NoteError> {
        let mut mine = note.signatures.iter().filter(|s| self.is_of(s));
        let signature = mine.next().ok_or_else(|| NoteError::Unsigned(self.key_id()))?;
        if holds(&self.key, note.text.as_bytes(), &signature.bytes) {
            Ok(())
        } else {
            Err(NoteError::BadSignature(self.key_id()))
        }
    }

    /// Whether `signature` is this key's over `bytes`, by the same rules.
    #[must_use]
    pub fn signed(&self, bytes: &[u8], signature: &[u8]) -> bool {
        holds(&self.key, bytes, signature)
    }
}

impl Signer {
    /// A key from 32 bytes of good randomness.
    ///
    /// # Errors
    /// [`NoteError::BadKey`] when the name is not fit for a note.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, NoteError> {
        let key = SigningKey::from_bytes(seed);
        let verifier = Verifier::new(name, key.verifying_key())?;
        Ok(Self { key, verifier })
    }

    /// Reads an skey: `PRIVATE+KEY+name+hash+base64(0x01 ‖ seed)`.
    ///
    /// # Errors
    /// [`NoteError::BadKey`].
    pub fn from_skey(skey: &str) -> Result<Self, NoteError> {
        let rest = skey.strip_prefix("PRIVATE+KEY+").ok_or(NoteError::BadKey("not a private key"))?;
        let mut parts = rest.splitn(3, '+');
        let (Some(name), Some(hash), Some(data)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::BadKey("an skey is PRIVATE+KEY+name+hash+seed"));
        };
        let data = decode_base64(data).ok_or(NoteError::BadKey("the seed is not base64"))?;
        let Some((&ED25519, seed)) = data.split_first() else {
            return Err(NoteError::BadKey("not an Ed25519 key"));
        };
        let seed: [u8; 32] =
            seed.try_into().map_err(|_| NoteError::BadKey("an Ed25519 seed has 32 bytes"))?;
        let signer = Self::from_seed(name, &seed)?;
        let right = signer.verifier.hash.to_be_bytes().to_vec();
        if decode_hex(hash) != Some(right) {
            return Err(NoteError::BadKey("the hash does not fit the key"));
        }
        Ok(signer)
    }

    /// The skey text. Secret.
    #[must_use]
    pub fn to_skey(&self) -> String {
        let mut data = vec![ED25519];
        data.extend_from_slice(self.key.as_bytes());
        let hash = encode_hex(&self.verifier.hash.to_be_bytes());
        format!("PRIVATE+KEY+{}+{hash}+{}", self.verifier.name, encode_base64(&data))
    }

    /// The 32 bytes from which the key is made. Secret.
    #[must_use]
    pub fn seed(&self) -> zeroize::Zeroizing<[u8; 32]> {
        zeroize::Zeroizing::new(self.key.to_bytes())
    }

    /// The public half.
    #[must_use]
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Signs `text`, which must end with a newline.
    ///
    /// # Errors
    /// [`NoteError::Malformed`] when `text` is not fit for a note.
    pub fn sign(&self, text: &str) -> Result<Note, NoteError> {
        Sign::sign(self, text)
    }
}

impl Sign for Signer {
    fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    fn signature(&self, bytes: &[u8]) -> Result<[u8; 64], NoteError> {
        Ok(self.key.sign(bytes).to_bytes())
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({})", self.verifier.key_id())
    }
}

/// The one place where signatures are verified: strictly (RFC 8032, canonical, no small-order points).
pub(crate) fn holds(key: &VerifyingKey, bytes: &[u8], signature: &[u8]) -> bool {
    let signature: Option<&[u8; 64]> = signature.try_into().ok();
    signature.is_some_and(|signature| key.verify_strict(bytes, &Signature::from_bytes(signature)).is_ok())
}

/// Reads name and key out of a vkey of a type; that it is the one spelling is for the caller to see.
pub(crate) fn split_vkey(vkey: &str, kind: u8) -> Result<(&str, VerifyingKey), NoteError> {
    let mut parts = vkey.splitn(3, '+');
    let (Some(name), Some(_), Some(data)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(NoteError::BadKey("a vkey is name+hash+key"));
    };
    let data = decode_base64(data).ok_or(NoteError::BadKey("the key is not base64"))?;
    let key = match data.split_first() {
        Some((first, key)) if *first == kind => key,
        _ => return Err(NoteError::BadKey("not a key of the wanted type")),
    };
    let key: [u8; 32] = key.try_into().map_err(|_| NoteError::BadKey("an Ed25519 key has 32 bytes"))?;
    Ok((name, point(&key)?))
}

/// The point of a key, which has many spellings for some points, and one that is taken.
fn point(key: &[u8; 32]) -> Result<VerifyingKey, NoteError> {
    let point = VerifyingKey::from_bytes(key).map_err(|_| NoteError::BadKey("not a point of the curve"))?;
    if point.to_edwards().compress().to_bytes() == *key {
        Ok(point)
    } else {
        Err(NoteError::BadKey("a second spelling of its point"))
    }
}

/// The vkey of a key of a type.
pub(crate) fn join_vkey(name: &str, hash: u32, kind: u8, key: &VerifyingKey) -> String {
    let mut data = vec![kind];
    data.extend_from_slice(key.as_bytes());
    format!("{name}+{hash:08x}+{}", encode_base64(&data))
}

fn check_text(text: &str) -> Result<(), NoteError> {
    if !text.ends_with('\n') || text.chars().any(|c| c != '\n' && c.is_ascii_control()) {
        return Err(NoteError::Malformed(
            "the text must end with a newline and hold no other control character",
        ));
    }
    Ok(())
}

impl Note {
    /// Reads a signed note with one signature or more.
    ///
    /// # Errors
    /// [`NoteError::Malformed`].
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        let split = note.rfind("\n\n").ok_or(NoteError::Malformed("no blank line before the signatures"))?;
        let (text, lines) = (&note[..=split], &note[split + 2..]);
        check_text(text)?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Malformed("no newline at the end"))?;
        let signatures = lines.split('\n').map(NoteSignature::parse).collect::<Result<Vec<_>, _>>()?;
        if signatures.len() > MAX_SIGNATURES {
            return Err(NoteError::Malformed("over 100 signatures"));
        }
        let parsed = Self { text: text.to_owned(), signatures };
        if parsed.encode() == note { Ok(parsed) } else { Err(NoteError::Malformed("a second spelling")) }
    }

    /// The note's one spelling.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut out = format!("{}\n", self.text);
        for signature in &self.signatures {
            let mut data = signature.hash.to_be_bytes().to_vec();
            data.extend_from_slice(&signature.bytes);
            out += &format!("{SIGNATURE_PREFIX}{} {}\n", signature.name, encode_base64(&data));
        }
        out
    }
}

impl NoteSignature {
    fn parse(line: &str) -> Result<Self, NoteError> {
        let rest = line.strip_prefix(SIGNATURE_PREFIX).ok_or(NoteError::Malformed("not a signature line"))?;
        let (name, data) = rest.split_once(' ').ok_or(NoteError::Malformed("a signature without data"))?;
        let data = decode_base64(data).ok_or(NoteError::Malformed("a signature that is not base64"))?;
        let Some((hash, bytes)) = data.split_first_chunk::<4>() else {
            return Err(NoteError::Malformed("a signature without a key hash"));
        };
        if !valid_name(name) || bytes.is_empty() {
            return Err(NoteError::Malformed("a signature without a name or bytes"));
        }
        Ok(Self { name: name.to_owned(), hash: u32::from_be_bytes(*hash), bytes: bytes.to_vec() })
    }
}
