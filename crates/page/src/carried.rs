//! A dossier in a page, and out of it again (docs/spec/page.md).

use crate::page;

/// The start of the data block.
pub(crate) const DATA: &str = "<script type=\"application/json\" id=\"dossier\">";
const ESCAPED: &str = "\\u003c";

/// What was around a dossier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Around {
    /// Nothing: the bytes are the dossier.
    Nothing,
    /// The page that this program writes, byte for byte.
    OwnPage,
    /// Another page: of another version, changed, or made to deceive. What it shows when opened means nothing.
    ForeignPage,
}

/// A dossier's bytes as they came, bare or in a page. Nothing is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    dossier: Vec<u8>,
    around: Around,
}

/// A page in which there is no dossier to verify.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoDossier {
    /// No data block.
    #[error("this page carries no dossier; give the dossier's own page or its JSON file")]
    Absent,
    /// An empty data block.
    #[error("this is the verifier's page without a dossier; open it in a browser and drop a dossier on it")]
    Empty,
    /// More than one data block.
    #[error(
        "this page carries more than one dossier, so which one it shows cannot be told; ask for the JSON file"
    )]
    Several,
}

impl Carried {
    /// Takes the dossier out of `bytes`. What begins with `<`, white space and a byte order mark left aside, is a
    /// page; all else is taken as it is.
    ///
    /// # Errors
    /// [`NoDossier`].
    pub fn of(bytes: &[u8]) -> Result<Self, NoDossier> {
        let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
        if !start.starts_with(b"<") {
            return Ok(Self { dossier: bytes.to_vec(), around: Around::Nothing });
        }
        let mut blocks = find_all(bytes, DATA.as_bytes());
        let from = blocks.next().ok_or(NoDossier::Absent)? + DATA.len();
        if blocks.next().is_some() {
            return Err(NoDossier::Several);
        }
        let data = bytes[from..].split(|byte| *byte == b'<').next().unwrap_or_default();
        if data.trim_ascii().is_empty() {
            return Err(NoDossier::Empty);
        }
        let dossier = unescape(data);
        let own = std::str::from_utf8(&dossier).is_ok_and(|text| page(text).as_bytes() == bytes);
        Ok(Self { dossier, around: if own { Around::OwnPage } else { Around::ForeignPage } })
    }

    /// The dossier's bytes.
    #[must_use]
    pub fn dossier(&self) -> &[u8] {
        &self.dossier
    }

    /// The same, and nothing else is kept.
    #[must_use]
    pub fn into_dossier(self) -> Vec<u8> {
        self.dossier
    }

    /// What was around them.
    #[must_use]
    pub fn around(&self) -> Around {
        self.around
    }
}

fn find_all<'a>(bytes: &'a [u8], part: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let starts = bytes.iter().enumerate().filter(|(_, byte)| **byte == part[0]);
    starts.map(|(at, _)| at).filter(move |at| bytes[*at..].starts_with(part))
}

/// The text with `<` as the JSON escape that canonical JSON never uses for it.
pub(crate) fn escape(text: &str) -> String {
    text.replace('<', ESCAPED)
}

/// Each escape becomes `<` again, unless its backslash is itself escaped: is behind an odd number of backslashes.
fn unescape(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    let mut rest = data;
    while let Some((first, behind)) = rest.split_first() {
        if *first != b'\\' {
            out.push(*first);
            rest = behind;
        } else if let Some(behind) = rest.strip_prefix(ESCAPED.as_bytes()) {
            out.push(b'<');
            rest = behind;
        } else {
            let pair = rest.len().min(2);
            out.extend_from_slice(&rest[..pair]);
            rest = &rest[pair..];
        }
    }
    out
}
