//! The algorithms that are supported: SHA-2, RSA PKCS #1 v1.5, ECDSA on P-256 and P-384.

use der::asn1::ObjectIdentifier;
use der::{Decode, Encode};
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rsa::pkcs1v15;
use sha2::{Digest, Sha256, Sha384, Sha512};
use x509_cert::spki::{SubjectPublicKeyInfoOwned, SubjectPublicKeyInfoRef};

use crate::TokenProblem;

const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const RSA_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
const RSA_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const EC_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const EC_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
const EC_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.4");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");

/// A hash function of the SHA-2 family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    pub(crate) fn of_oid(oid: ObjectIdentifier) -> Option<Self> {
        match oid {
            SHA256 => Some(Self::Sha256),
            SHA384 => Some(Self::Sha384),
            SHA512 => Some(Self::Sha512),
            _ => None,
        }
    }

    pub(crate) fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
            Self::Sha384 => Sha384::digest(bytes).to_vec(),
            Self::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }
}

/// Checks `signature` over `message`. `stated` is the hash that stands beside the algorithm, which must be the
/// algorithm's own if that names one.
pub(crate) fn verify(
    key: &SubjectPublicKeyInfoOwned,
    algorithm: ObjectIdentifier,
    stated: Option<Hash>,
    message: &[u8],
    signature: &[u8],
) -> Result<(), TokenProblem> {
    let own = match algorithm {
        RSA_SHA256 | EC_SHA256 => Some(Hash::Sha256),
        RSA_SHA384 | EC_SHA384 => Some(Hash::Sha384),
        RSA_SHA512 | EC_SHA512 => Some(Hash::Sha512),
        RSA => None,
        _ => return Err(TokenProblem::Unsupported),
    };
    let hash = match (own, stated) {
        (Some(own), Some(stated)) if own != stated => return Err(TokenProblem::BadSignature),
        (own, stated) => own.or(stated).ok_or(TokenProblem::Unsupported)?,
    };
    let elliptic = matches!(algorithm, EC_SHA256 | EC_SHA384 | EC_SHA512);
    match (key.algorithm.oid, elliptic) {
        (RSA, false) => rsa(key, hash, message, signature),
        (EC, true) => ecdsa(key, &hash.digest(message), signature),
        (RSA | EC, _) => Err(TokenProblem::BadSignature),
        _ => Err(TokenProblem::Unsupported),
    }
}

fn rsa(
    key: &SubjectPublicKeyInfoOwned,
    hash: Hash,
    message: &[u8],
    signature: &[u8],
) -> Result<(), TokenProblem> {
    match hash {
        Hash::Sha256 => rsa_with::<Sha256>(key, message, signature),
        Hash::Sha384 => rsa_with::<Sha384>(key, message, signature),
        Hash::Sha512 => rsa_with::<Sha512>(key, message, signature),
    }
}

fn rsa_with<D: Digest + der::oid::AssociatedOid>(
    key: &SubjectPublicKeyInfoOwned,
    message: &[u8],
    signature: &[u8],
) -> Result<(), TokenProblem> {
    use rsa::traits::PublicKeyParts;
    let der = key.to_der().map_err(|_| TokenProblem::Unsupported)?;
    let spki = SubjectPublicKeyInfoRef::from_der(&der).map_err(|_| TokenProblem::Unsupported)?;
    let key = pkcs1v15::VerifyingKey::<D>::try_from(spki).map_err(|_| TokenProblem::Unsupported)?;
    let public: &rsa::PublicKey = key.as_ref();
    if !(256..=1_024).contains(&public.size()) {
        return Err(TokenProblem::Unsupported);
    }
    let signature = pkcs1v15::Signature::try_from(signature).map_err(|_| TokenProblem::BadSignature)?;
    key.verify_prehash(&D::digest(message), &signature).map_err(|_| TokenProblem::BadSignature)
}

fn ecdsa(key: &SubjectPublicKeyInfoOwned, digest: &[u8], signature: &[u8]) -> Result<(), TokenProblem> {
    let parameters = key.algorithm.parameters.as_ref();
    let curve = parameters.and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
    let point = key.subject_public_key.as_bytes().ok_or(TokenProblem::Unsupported)?;
    let holds = match curve {
        Some(P256) => {
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point).ok();
            let signature = p256::ecdsa::DerSignature::try_from(signature).ok();
            key.zip(signature).is_some_and(|(key, signature)| key.verify_prehash(digest, &signature).is_ok())
        }
        Some(P384) => {
            let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(point).ok();
            let signature = p384::ecdsa::DerSignature::try_from(signature).ok();
            key.zip(signature).is_some_and(|(key, signature)| key.verify_prehash(digest, &signature).is_ok())
        }
        _ => return Err(TokenProblem::Unsupported),
    };
    if holds { Ok(()) } else { Err(TokenProblem::BadSignature) }
}
