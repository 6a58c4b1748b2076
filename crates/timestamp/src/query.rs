//! Queries to an authority, and its answers.

use der::Tag;

use crate::algorithm::Hash;
use crate::token::Token;
use crate::verify::check_imprint;
use crate::walk::one;
use crate::{TOKEN_BYTES, TokenProblem};

/// version 1; SHA-256 with no parameters but NULL; then the digest of 32 bytes.
const HEAD: [u8; 22] = [
    0x02, 0x01, 0x01, 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
    0x01, 0x05, 0x00, 0x04, 0x20,
];
/// BOOLEAN TRUE: the answer shall carry the signer's certificate.
const CERT_REQ: [u8; 3] = [0x01, 0x01, 0xff];

/// A DER TimeStampReq over `stamped`, with a nonce that should be random.
#[must_use]
pub fn query(stamped: &[u8], nonce: u64) -> Vec<u8> {
    let mut body = HEAD.to_vec();
    body.extend(Hash::Sha256.digest(stamped));
    let nonce = integer(nonce);
    body.extend([0x02, nonce.len() as u8]);
    body.extend(nonce);
    body.extend(CERT_REQ);
    let mut query = vec![0x30, body.len() as u8];
    query.extend(body);
    query
}

/// The content of a DER INTEGER.
fn integer(number: u64) -> Vec<u8> {
    let mut bytes: Vec<u8> = number.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    if bytes.first().is_none_or(|first| *first >= 0x80) {
        bytes.insert(0, 0);
    }
    bytes
}

/// The token in an answer: a TimeStampResp that was granted, or the bare token.
///
/// # Errors
/// [`TokenProblem::NotGranted`], [`TokenProblem::NotAToken`].
pub fn token_of(answer: &[u8]) -> Result<&[u8], TokenProblem> {
    if answer.len() > TOKEN_BYTES + 1_024 {
        return Err(TokenProblem::NotAToken("over 64 KiB"));
    }
    let parts = one(answer)?.parts(Tag::Sequence)?;
    let first = parts.first().ok_or(TokenProblem::NotAToken("empty"))?;
    if first.tag == Tag::ObjectIdentifier {
        Token::parse(answer)?;
        return Ok(answer);
    }
    let status = first.parts(Tag::Sequence)?;
    let status = status.first().ok_or(TokenProblem::NotAToken("no status"))?.small()?;
    match (status, parts.get(1)) {
        (0 | 1, Some(token)) => {
            Token::parse(token.whole)?;
            Ok(token.whole)
        }
        (0 | 1, None) => Err(TokenProblem::NotAToken("no token in the answer")),
        (status, _) => Err(TokenProblem::NotGranted(status)),
    }
}

/// Whether a token is over `stamped` and, if a nonce is given, bears it. Whose token it is is not looked at.
///
/// # Errors
/// [`TokenProblem::OtherBytes`], [`TokenProblem::OtherNonce`], [`TokenProblem::NotAToken`].
pub fn check_answer(token: &[u8], stamped: &[u8], nonce: Option<u64>) -> Result<(), TokenProblem> {
    let token = Token::parse(token)?;
    check_imprint(&token, stamped)?;
    match nonce {
        Some(nonce) if token.info.nonce != Some(&integer(nonce)) => Err(TokenProblem::OtherNonce),
        _ => Ok(()),
    }
}
