//! The parts of a token: a CMS SignedData with one signer over a TSTInfo.

use der::Tag;
use der::asn1::ObjectIdentifier;

use crate::algorithm::Hash;
use crate::walk::{Element, context, elements, one};
use crate::{TOKEN_BYTES, TokenProblem};

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
pub(crate) const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");

type Result<T> = std::result::Result<T, TokenProblem>;

fn not(what: &'static str) -> TokenProblem {
    TokenProblem::NotAToken(what)
}

/// A token taken apart; nothing is verified.
pub(crate) struct Token<'a> {
    /// The bytes of the TSTInfo, which the message digest is over.
    pub(crate) content: &'a [u8],
    pub(crate) info: Info<'a>,
    /// Certificates as they stand.
    pub(crate) certificates: Vec<&'a [u8]>,
    pub(crate) signer: SignerInfo<'a>,
}

/// What the authority states.
pub(crate) struct Info<'a> {
    pub(crate) hash: ObjectIdentifier,
    pub(crate) imprint: &'a [u8],
    /// Seconds from 1970-01-01 UTC.
    pub(crate) time: i64,
    /// Microseconds.
    pub(crate) accuracy: Option<u64>,
    /// The nonce's INTEGER, without tag and length.
    pub(crate) nonce: Option<&'a [u8]>,
}

/// Who signed, and what.
pub(crate) struct SignerInfo<'a> {
    pub(crate) id: Element<'a>,
    pub(crate) digest: ObjectIdentifier,
    /// The signed attributes, without tag and length.
    pub(crate) attributes: &'a [u8],
    pub(crate) algorithm: ObjectIdentifier,
    pub(crate) signature: &'a [u8],
}

impl<'a> Token<'a> {
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self> {
        if bytes.len() > TOKEN_BYTES {
            return Err(not("over 64 KiB"));
        }
        let outer = one(bytes)?.parts(Tag::Sequence)?;
        let [kind, explicit] = outer.as_slice() else { return Err(not("no content info")) };
        if kind.oid()? != SIGNED_DATA {
            return Err(not("no signed data"));
        }
        let data = one(explicit.content_of(context(0, true))?)?.parts(Tag::Sequence)?;
        let [_version, _digests, encapsulated, rest @ .., signers] = data.as_slice() else {
            return Err(not("signed data with a part missing"));
        };
        let content = content(encapsulated)?;
        let mut certificates = Vec::new();
        for element in rest {
            if element.tag == context(0, true) {
                certificates.extend(elements(element.content)?.iter().map(|certificate| certificate.whole));
            } else if element.tag != context(1, true) {
                return Err(not("an unknown part"));
            }
        }
        let signers = signers.parts(Tag::Set)?;
        let [signer] = signers.as_slice() else { return Err(not("not exactly one signer")) };
        Ok(Self { content, info: Info::parse(content)?, certificates, signer: SignerInfo::parse(signer)? })
    }
}

fn content<'a>(encapsulated: &Element<'a>) -> Result<&'a [u8]> {
    let parts = encapsulated.parts(Tag::Sequence)?;
    match parts.as_slice() {
        [kind, explicit] if kind.oid()? == TST_INFO => {
            one(explicit.content_of(context(0, true))?)?.content_of(Tag::OctetString)
        }
        _ => Err(not("no time-stamp information")),
    }
}

impl<'a> Info<'a> {
    fn parse(content: &'a [u8]) -> Result<Self> {
        let parts = one(content)?.parts(Tag::Sequence)?;
        let [version, policy, imprint, serial, time, rest @ ..] = parts.as_slice() else {
            return Err(not("time-stamp information with a part missing"));
        };
        policy.oid()?;
        serial.content_of(Tag::Integer)?;
        if version.small()? != 1 {
            return Err(not("an unknown version"));
        }
        let imprint = imprint.parts(Tag::Sequence)?;
        let [algorithm, imprint] = imprint.as_slice() else { return Err(not("no message imprint")) };
        let mut info = Self {
            hash: algorithm_of(algorithm)?,
            imprint: imprint.content_of(Tag::OctetString)?,
            time: seconds(time.content_of(Tag::GeneralizedTime)?).ok_or(not("not a time"))?,
            accuracy: None,
            nonce: None,
        };
        for element in rest {
            match element.tag {
                Tag::Sequence => info.accuracy = Some(accuracy(element)?),
                Tag::Integer => info.nonce = Some(element.content),
                _ => {}
            }
        }
        Ok(info)
    }
}

impl<'a> SignerInfo<'a> {
    fn parse(signer: &Element<'a>) -> Result<Self> {
        let parts = signer.parts(Tag::Sequence)?;
        let [_version, id, digest, attributes, algorithm, signature, ..] = parts.as_slice() else {
            return Err(not("a signer with a part missing"));
        };
        Ok(Self {
            id: *id,
            digest: algorithm_of(digest)?,
            attributes: attributes.content_of(context(0, true)).map_err(|_| TokenProblem::BadSignature)?,
            algorithm: algorithm_of(algorithm)?,
            signature: signature.content_of(Tag::OctetString)?,
        })
    }

    pub(crate) fn hash(&self) -> Result<Hash> {
        Hash::of_oid(self.digest).ok_or(TokenProblem::Unsupported)
    }
}

/// The object identifier of an AlgorithmIdentifier.
pub(crate) fn algorithm_of(element: &Element<'_>) -> Result<ObjectIdentifier> {
    element.parts(Tag::Sequence)?.first().ok_or(not("no algorithm"))?.oid()
}

/// Seconds, milliseconds and microseconds, as microseconds.
fn accuracy(element: &Element<'_>) -> Result<u64> {
    let mut sum = 0u64;
    for part in element.parts(Tag::Sequence)? {
        let number = part.content.iter().take(4).fold(0u64, |number, byte| number << 8 | u64::from(*byte));
        let unit = match part.tag {
            Tag::Integer => 1_000_000,
            tag if tag == context(0, false) => 1_000,
            _ => 1,
        };
        sum = sum.saturating_add(number.saturating_mul(unit));
    }
    Ok(sum)
}

/// `YYYYMMDDhhmmss[.f…]Z` in seconds from 1970; a fraction is cut off.
fn seconds(text: &[u8]) -> Option<i64> {
    let (digits, rest) = text.split_at_checked(14)?;
    let fraction = rest.strip_suffix(b"Z")?;
    let fits = match fraction {
        [] => true,
        [b'.', digits @ .., last] => digits.iter().all(u8::is_ascii_digit) && (b'1'..=b'9').contains(last),
        _ => false,
    };
    if !fits || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = |from: usize, to: usize| {
        digits
            .get(from..to)?
            .iter()
            .try_fold(0u16, |n, digit| n.checked_mul(10)?.checked_add(u16::from(digit - b'0')))
    };
    let small = |from: usize| number(from, from + 2).and_then(|n| u8::try_from(n).ok());
    let time =
        der::DateTime::new(number(0, 4)?, small(4)?, small(6)?, small(8)?, small(10)?, small(12)?).ok()?;
    i64::try_from(time.unix_duration().as_secs()).ok()
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn times_of_authorities() {
        assert_eq!(seconds(b"20260301120000Z"), Some(1_772_366_400));
        assert_eq!(seconds(b"20260301120000.25Z"), Some(1_772_366_400));
        for bad in [
            "20260301120000",
            "20260301120000.Z",
            "20260301120000.50Z",
            "20261301120000Z",
            "2026030112000xZ",
            "",
        ] {
            assert_eq!(seconds(bad.as_bytes()), None, "{bad}");
        }
    }
}
