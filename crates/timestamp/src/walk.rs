//! Walking through DER: the elements of a constructed value, each with its bytes as they stand.

use der::asn1::ObjectIdentifier;
use der::{Decode, Header, Reader, SliceReader, Tag, TagNumber};

use crate::TokenProblem;

/// More elements than any token has are not looked at.
const MAX_ELEMENTS: usize = 1_000;

/// An element: tag, content, and the whole as it stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element<'a> {
    pub(crate) tag: Tag,
    pub(crate) content: &'a [u8],
    pub(crate) whole: &'a [u8],
}

type Result<T> = std::result::Result<T, TokenProblem>;

fn not(what: &'static str) -> TokenProblem {
    TokenProblem::NotAToken(what)
}

/// The one element that `bytes` are.
pub(crate) fn one(bytes: &[u8]) -> Result<Element<'_>> {
    match elements(bytes)?.as_slice() {
        [element] => Ok(*element),
        _ => Err(not("something before or after it")),
    }
}

/// The elements that stand one after the other in `bytes`.
pub(crate) fn elements(bytes: &[u8]) -> Result<Vec<Element<'_>>> {
    let (mut rest, mut found) = (bytes, Vec::new());
    while !rest.is_empty() {
        let broken = || not("broken DER");
        let mut reader = SliceReader::new(rest).map_err(|_| broken())?;
        let header = Header::decode(&mut reader).map_err(|_| broken())?;
        let start = usize::try_from(reader.position()).map_err(|_| broken())?;
        let length = usize::try_from(header.length()).map_err(|_| broken())?;
        let end = start.checked_add(length).ok_or_else(broken)?;
        let (whole, content) = rest.get(..end).zip(rest.get(start..end)).ok_or_else(broken)?;
        found.push(Element { tag: header.tag(), content, whole });
        if found.len() > MAX_ELEMENTS {
            return Err(not("too many parts"));
        }
        rest = rest.get(end..).unwrap_or_default();
    }
    Ok(found)
}

/// `[n]`, constructed or not.
pub(crate) fn context(number: u8, constructed: bool) -> Tag {
    Tag::ContextSpecific { constructed, number: TagNumber(u32::from(number)) }
}

impl<'a> Element<'a> {
    /// The elements in it, if it is of this tag.
    pub(crate) fn parts(&self, tag: Tag) -> Result<Vec<Element<'a>>> {
        if self.tag == tag { elements(self.content) } else { Err(not("an element of another type")) }
    }

    /// The content, if it is of this tag.
    pub(crate) fn content_of(&self, tag: Tag) -> Result<&'a [u8]> {
        if self.tag == tag { Ok(self.content) } else { Err(not("an element of another type")) }
    }

    pub(crate) fn oid(&self) -> Result<ObjectIdentifier> {
        ObjectIdentifier::from_der(self.whole).map_err(|_| not("not an object identifier"))
    }

    /// A small number that is not negative.
    pub(crate) fn small(&self) -> Result<u8> {
        u8::from_der(self.whole).map_err(|_| not("not a small number"))
    }
}
