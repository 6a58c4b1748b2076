//! The order of verification of docs/spec/time.md.

use der::Tag;
use der::asn1::ObjectIdentifier;
use sha1::Sha1;
use sha2::Digest as _;

use crate::algorithm::{self, Hash};
use crate::chain::{Cert, lead};
use crate::token::{SignerInfo, TST_INFO, Token, algorithm_of};
use crate::walk::{Element, elements, one};
use crate::{Authority, TokenProblem};

const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_CERTIFICATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.12");
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
const SET_TAG: u8 = 0x31;

type Result<T> = std::result::Result<T, TokenProblem>;

/// A time at which bytes existed, by the word of a trusted authority. Made by [`verify`] only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedTime {
    time: i64,
    accuracy: Option<u64>,
    authority: String,
}

impl VerifiedTime {
    /// Seconds from 1970-01-01 UTC.
    #[must_use]
    pub fn unix(&self) -> i64 {
        self.time
    }

    /// By how much the time may be off, in microseconds, if the authority says so.
    #[must_use]
    pub fn accuracy_micros(&self) -> Option<u64> {
        self.accuracy
    }

    /// The authority's name in the policy.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }
}

/// Verifies that a token of one of `authorities` is over `stamped`.
///
/// # Errors
/// [`TokenProblem`]: the first thing that does not hold.
pub fn verify(token: &[u8], stamped: &[u8], authorities: &[Authority]) -> Result<VerifiedTime> {
    let token = Token::parse(token)?;
    check_imprint(&token, stamped)?;
    let carried: Vec<Cert> = token.certificates.iter().filter_map(|der| Cert::parse(der)).collect();
    let mut known = carried.iter().chain(authorities.iter().map(Authority::certificate));
    let signer = known.find(|cert| cert.is(&token.signer.id)).ok_or(TokenProblem::NoCertificate)?;
    check_signature(&token, signer)?;
    if !signer.is_for_time_stamps() {
        return Err(TokenProblem::NotForTimeStamping);
    }
    let authority = lead(signer, &carried, authorities, token.info.time)?;
    Ok(VerifiedTime {
        time: token.info.time,
        accuracy: token.info.accuracy,
        authority: authority.name().to_owned(),
    })
}

/// The time that a token states, in seconds from 1970; nobody is known to have stated it.
///
/// # Errors
/// [`TokenProblem::NotAToken`].
pub fn stated_time(token: &[u8]) -> Result<i64> {
    Token::parse(token).map(|token| token.info.time)
}

pub(crate) fn check_imprint(token: &Token<'_>, stamped: &[u8]) -> Result<()> {
    let hash = Hash::of_oid(token.info.hash).ok_or(TokenProblem::OtherBytes)?;
    if hash.digest(stamped) == token.info.imprint { Ok(()) } else { Err(TokenProblem::OtherBytes) }
}

fn check_signature(token: &Token<'_>, signer: &Cert) -> Result<()> {
    let SignerInfo { attributes, algorithm, signature, .. } = &token.signer;
    let hash = token.signer.hash()?;
    let attributes_read = Attributes::parse(attributes)?;
    let bad = TokenProblem::BadSignature;
    if attributes_read.value(CONTENT_TYPE)?.oid() != Ok(TST_INFO) {
        return Err(bad);
    }
    let digest = attributes_read.value(MESSAGE_DIGEST)?.content_of(Tag::OctetString).map_err(|_| bad)?;
    if digest != hash.digest(token.content) {
        return Err(bad);
    }
    attributes_read.names(&signer.der)?;
    // What is signed bears the tag of a set, not that under which it stands in the token (RFC 5652, section 5.4).
    let signed = as_set(attributes);
    let key = signer.certificate.tbs_certificate().subject_public_key_info();
    algorithm::verify(key, *algorithm, Some(hash), &signed, signature)
}

fn as_set(content: &[u8]) -> Vec<u8> {
    let mut set = vec![SET_TAG];
    let length = content.len();
    match length {
        0..=0x7f => set.push(length as u8),
        _ => {
            let bytes: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
            set.push(0x80 | bytes.len() as u8);
            set.extend(bytes);
        }
    }
    set.extend_from_slice(content);
    set
}

/// Signed attributes: type and the values' set.
struct Attributes<'a>(Vec<(ObjectIdentifier, Element<'a>)>);

impl<'a> Attributes<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Self> {
        let bad = TokenProblem::BadSignature;
        let mut all: Vec<(ObjectIdentifier, Element<'a>)> = Vec::new();
        for attribute in elements(bytes).map_err(|_| bad)? {
            let parts = attribute.parts(Tag::Sequence).map_err(|_| bad)?;
            let [kind, values] = parts.as_slice() else { return Err(bad) };
            let kind = kind.oid().map_err(|_| bad)?;
            if all.iter().any(|(other, _)| *other == kind) {
                return Err(bad);
            }
            all.push((kind, *values));
        }
        Ok(Self(all))
    }

    /// The one value of an attribute.
    fn value(&self, kind: ObjectIdentifier) -> Result<Element<'a>> {
        let bad = TokenProblem::BadSignature;
        let (_, values) = self.0.iter().find(|(other, _)| *other == kind).ok_or(bad)?;
        one(values.content_of(Tag::Set).map_err(|_| bad)?).map_err(|_| bad)
    }

    /// Whether the signer's certificate is the one that was meant.
    fn names(&self, certificate: &[u8]) -> Result<()> {
        let fits = match self.value(SIGNING_CERTIFICATE_V2) {
            Ok(value) => first_id(&value).and_then(|id| second_version(&id, certificate)),
            Err(_) => first_id(&self.value(SIGNING_CERTIFICATE)?)
                .map(|id| id.first().is_some_and(|hash| is_hash(hash, &Sha1::digest(certificate)))),
        };
        if fits == Some(true) { Ok(()) } else { Err(TokenProblem::BadSignature) }
    }
}

/// The parts of the first ESSCertID.
fn first_id<'a>(value: &Element<'a>) -> Option<Vec<Element<'a>>> {
    let list = *value.parts(Tag::Sequence).ok()?.first()?;
    list.parts(Tag::Sequence).ok()?.first()?.parts(Tag::Sequence).ok()
}

/// An ESSCertIDv2, whose hash is SHA-256 unless it says otherwise.
fn second_version(id: &[Element<'_>], certificate: &[u8]) -> Option<bool> {
    let first = id.first()?;
    let (hash, value) = match first.tag {
        Tag::Sequence => (Hash::of_oid(algorithm_of(first).ok()?)?, id.get(1)?),
        _ => (Hash::Sha256, first),
    };
    Some(is_hash(value, &hash.digest(certificate)))
}

fn is_hash(element: &Element<'_>, hash: &[u8]) -> bool {
    element.content_of(Tag::OctetString).is_ok_and(|content| content == hash)
}
