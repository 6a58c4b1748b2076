//! Modifiers that rewrite a rule's value: UTF-16, Base64, and the dashes of Windows command lines.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Glob, Part};

/// A modifier that turns one value into one or more others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Windash,
    Utf16Le,
    Utf16Be,
    Utf16WithMark,
    Base64,
    Base64Offset,
}

/// Applies a byte encoding to a value. Every result is one that a matching event may hold.
pub(crate) fn encode(encoding: Encoding, bytes: &[u8]) -> Result<Vec<Vec<u8>>, &'static str> {
    Ok(match encoding {
        Encoding::Windash => return Err("windash must come before the encodings"),
        Encoding::Utf16Le => vec![utf16(bytes, &[], u16::to_le_bytes)?],
        Encoding::Utf16Be => vec![utf16(bytes, &[], u16::to_be_bytes)?],
        Encoding::Utf16WithMark => vec![utf16(bytes, &[0xff, 0xfe], u16::to_le_bytes)?],
        Encoding::Base64 => vec![STANDARD.encode(bytes).into_bytes()],
        Encoding::Base64Offset => base64_offset(bytes),
    })
}

fn utf16(bytes: &[u8], mark: &[u8], order: fn(u16) -> [u8; 2]) -> Result<Vec<u8>, &'static str> {
    let text = std::str::from_utf8(bytes).map_err(|_| "UTF-16 can encode text only")?;
    Ok(mark.iter().copied().chain(text.encode_utf16().flat_map(order)).collect())
}

/// The Base64 characters that the bytes always give, at each of the three places where they can lie in a
/// group of three; characters that also depend on neighbours are cut off.
fn base64_offset(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut out: Vec<Vec<u8>> = Vec::with_capacity(3);
    for offset in 0..3 {
        let padded: Vec<u8> = std::iter::repeat_n(0, offset).chain(bytes.iter().copied()).collect();
        let encoded = STANDARD.encode(&padded).into_bytes();
        // Of 6-bit characters, those wholly inside the bytes' bits are kept.
        let (first, last) = ((offset * 8).div_ceil(6), padded.len() * 8 / 6);
        if first < last {
            out.push(encoded[first..last].to_vec());
        }
    }
    out
}

/// The dashes that Windows programs and those who fool their watchers put before an option.
const DASHES: [char; 5] = ['-', '/', '\u{2013}', '\u{2014}', '\u{2015}'];

/// More variants of one value than this are refused: five dashes in it.
const MAX_VARIANTS: usize = 3_125;

/// Every variant of the value in which each of [`DASHES`] that begins a word (none before it, a word after it) is
/// replaced by each of them.
pub(crate) fn windash(glob: &Glob) -> Result<Vec<Glob>, &'static str> {
    let mut variants: Vec<Vec<Part>> = vec![Vec::new()];
    let mut before: Option<char> = None;
    for (at, part) in glob.parts().iter().enumerate() {
        let Part::Literal(text) = part else {
            variants.iter_mut().for_each(|v| v.push(part.clone()));
            before = None;
            continue;
        };
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let follows = chars.peek().copied().or_else(|| leading(glob.parts().get(at + 1)));
            let dash = DASHES.contains(&c) && !before.is_some_and(is_word) && follows.is_some_and(is_word);
            before = Some(c);
            if !dash {
                variants.iter_mut().for_each(|v| v.push(Part::Literal(c.to_string())));
                continue;
            }
            if variants.len() * DASHES.len() > MAX_VARIANTS {
                return Err("windash: more than five dashes in one value");
            }
            variants = variants.iter().flat_map(|v| DASHES.iter().map(|d| with(v, *d))).collect();
        }
    }
    Ok(variants.into_iter().map(Glob::new).collect())
}

fn with(parts: &[Part], dash: char) -> Vec<Part> {
    let mut out = parts.to_vec();
    out.push(Part::Literal(dash.to_string()));
    out
}

fn leading(part: Option<&Part>) -> Option<char> {
    match part {
        Some(Part::Literal(text)) => text.chars().next(),
        _ => None,
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(encoding: Encoding, value: &str) -> Vec<String> {
        let encoded = encode(encoding, value.as_bytes()).unwrap();
        encoded.into_iter().map(|bytes| String::from_utf8(bytes).unwrap()).collect()
    }

    #[test]
    fn base64_at_each_offset() {
        // RFC 4648, section 10, and the same word shifted by one and two bytes.
        assert_eq!(text(Encoding::Base64, "foobar"), ["Zm9vYmFy"]);
        assert_eq!(text(Encoding::Base64Offset, "foobar"), ["Zm9vYmFy", "Zvb2Jhc", "mb29iYX"]);
        for filler in ["", "x", "xy", "xyz"] {
            let whole = STANDARD.encode(format!("{filler}foobar and more"));
            assert!(
                text(Encoding::Base64Offset, "foobar").iter().any(|part| whole.contains(part)),
                "{filler}"
            );
        }
    }

    #[test]
    fn utf16_in_each_order() {
        assert_eq!(encode(Encoding::Utf16Le, b"ab").unwrap(), [b"a\0b\0".to_vec()]);
        assert_eq!(encode(Encoding::Utf16Be, b"ab").unwrap(), [b"\0a\0b".to_vec()]);
        assert_eq!(encode(Encoding::Utf16WithMark, b"a").unwrap(), [b"\xff\xfea\0".to_vec()]);
    }

    #[test]
    fn windash_at_the_start_of_words_only() {
        let variants = |value: &str| windash(&Glob::new([Part::Literal(value.to_owned())])).unwrap();
        assert_eq!(variants(" -f").len(), 5);
        assert_eq!(variants(" /f -g").len(), 25);
        assert_eq!(variants("re-use").len(), 1);
        assert_eq!(variants("a - b").len(), 1);
        assert_eq!(variants(" \u{2013}f"), variants(" -f"));
        assert!(variants(" -f").contains(&Glob::new([Part::Literal(" \u{2014}f".to_owned())])));
        assert!(windash(&Glob::new([Part::Literal(" -a -b -c -d -e -f".to_owned())])).is_err());
    }
}
