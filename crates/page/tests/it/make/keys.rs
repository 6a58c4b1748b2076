//! Keys and signatures that no strict verifier takes, and checkpoints whose text is not in its one form.

use onus_proof::*;

use super::Vector;
use super::case::{Opened, signer};
use super::unsigned::{case, second};

/// The order of the group, little-endian.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |three: [u8; 3], n: u32| {
        let all = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        char::from(DIGITS[(all >> (18 - 6 * n) & 63) as usize])
    };
    let group = |chunk: &[u8]| {
        let mut three = [0; 3];
        three[..chunk.len()].copy_from_slice(chunk);
        (0..4).map(|n| if n as usize <= chunk.len() { digit(three, n) } else { '=' }).collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}

/// A vkey of any bytes, with the hash that fits.
fn vkey(name: &str, kind: u8, key: &[u8]) -> String {
    let data: Vec<u8> = [name.as_bytes(), &[b'\n', kind], key].concat();
    let hash = Digest::of(&data).to_hex();
    format!("{name}+{}+{}", &hash[..8], base64(&[&[kind], key].concat()))
}

fn point(first: u8, last: u8, between: u8) -> [u8; 32] {
    let mut key = [between; 32];
    (key[0], key[31]) = (first, last);
    key
}

#[rustfmt::skip]
fn bad_keys() -> Vec<(&'static str, &'static str, String)> {
    let good = signer().verifier().to_vkey();
    let key = signer().verifier().key();
    let last = good.rsplit('+').next().unwrap();
    // Multiples of the prime and the small points above it, in a second spelling.
    vec![
        ("order-1", "the neutral point", vkey("case.example", 1, &point(1, 0, 0))),
        ("order-2", "the point of order 2", vkey("case.example", 1, &point(0xec, 0x7f, 0xff))),
        ("order-4", "a point of order 4", vkey("case.example", 1, &[0; 32])),
        ("order-4-sign", "the other point of order 4", vkey("case.example", 1, &point(0, 0x80, 0))),
        ("order-8", "a point of order 8", vkey("case.example", 1, &hex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"))),
        ("second-spelling-0", "y = p, a second spelling of 0", vkey("case.example", 1, &point(0xed, 0x7f, 0xff))),
        ("second-spelling-1", "y = p + 1, a second spelling of 1", vkey("case.example", 1, &point(0xee, 0x7f, 0xff))),
        ("second-spelling-3", "y = p + 3, a point of large order in a second spelling", vkey("case.example", 1, &point(0xf0, 0x7f, 0xff))),
        ("neutral-sign", "the neutral point with a sign", vkey("case.example", 1, &point(1, 0x80, 0))),
        ("no-point", "no point of the curve", vkey("case.example", 1, &point(2, 0, 0))),
        ("short", "31 bytes", vkey("case.example", 1, &key[..31])),
        ("long", "33 bytes", vkey("case.example", 1, &[&key[..], &[0]].concat())),
        ("witness-type", "the type of a witness", vkey("case.example", 4, &key)),
        ("unknown-type", "an unknown type", vkey("case.example", 2, &key)),
        ("hash", "a hash that does not fit", format!("case.example+00000000+{last}")),
        ("hash-capitals", "the hash in capitals", {
            let other = super::case::other_signer().verifier().to_vkey();
            let hash = other.split('+').nth(1).unwrap();
            assert_ne!(hash.to_uppercase(), hash);
            other.replacen(hash, &hash.to_uppercase(), 1)
        }),
        ("name-empty", "no name", vkey("", 1, &key)),
        ("name-space", "a name with a space", vkey("case example", 1, &key)),
        ("name-wide-space", "a name with a space of another script", vkey("case\u{3000}example", 1, &key)),
        ("name-control", "a name with a control character", vkey("case\u{7f}", 1, &key)),
        ("no-parts", "no plus", "case.example".into()),
        ("empty", "nothing", String::new()),
        ("trailing", "something behind", format!("{good}\n")),
    ]
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect()
}

/// The same signature with the group's order added to its scalar.
fn added_order(note: &str) -> String {
    let mut note = Note::parse(note).unwrap();
    let scalar = &mut note.signatures.last_mut().unwrap().bytes[32..];
    let mut carry = 0_u16;
    for (byte, add) in scalar.iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        (*byte, carry) = (sum.to_le_bytes()[0], sum >> 8);
    }
    note.encode()
}

fn signature(note: &str, change: &dyn Fn(&mut Vec<u8>)) -> String {
    let mut note = Note::parse(note).unwrap();
    change(&mut note.signatures.last_mut().unwrap().bytes);
    note.encode()
}

#[rustfmt::skip]
pub fn all(out: &mut Vec<Vector>) {
    let good = Opened::of(&second(&case()));
    for (name, what, vkey) in bad_keys() {
        let mut opened = good.clone();
        *opened.at("/vkey") = vkey.into();
        out.push(Vector::bad("BadKey", name, what, opened.signed()));
    }
    let note = good.0["note"].as_str().unwrap().to_owned();
    let head = good.clone().text("/checkpoint");
    let with_head = |text: String| { let mut opened = good.clone(); *opened.at("/checkpoint") = text.into(); opened.signed() };
    out.push(Vector::bad("BadNote", "scalar", "the scalar with the group's order added", good.with_note(&added_order(&note))));
    out.push(Vector::bad("BadCheckpoint", "scalar", "the scalar with the group's order added", with_head(added_order(&head))));
    let zero: &dyn Fn(&mut Vec<u8>) = &|bytes| bytes.fill(0);
    let neutral: &dyn Fn(&mut Vec<u8>) = &|bytes| { bytes.fill(0); bytes[0] = 1; };
    let small: &dyn Fn(&mut Vec<u8>) = &|bytes| { bytes[..32].fill(0); };
    let short: &dyn Fn(&mut Vec<u8>) = &|bytes| _ = bytes.pop();
    let long: &dyn Fn(&mut Vec<u8>) = &|bytes| bytes.push(0);
    for (name, what, change) in [
        ("zeros", "a signature of zeros", zero), ("neutral", "the neutral point and zero", neutral),
        ("small-order", "a point of small order in the signature", small), ("63-bytes", "63 bytes", short), ("65-bytes", "65 bytes", long),
    ] {
        out.push(Vector::bad("BadNote", name, what, good.with_note(&signature(&note, change))));
        out.push(Vector::bad("BadCheckpoint", name, what, with_head(signature(&head, change))));
    }
    let root = Digest([1; 32]).to_base64();
    for (name, what, text) in [
        ("size-zeros", "a size with a leading zero", format!("case.example\n012\n{root}\n")),
        ("size-sign", "a size with a sign", format!("case.example\n+12\n{root}\n")),
        ("size-large", "a size of 2^64", format!("case.example\n18446744073709551616\n{root}\n")),
        ("size-text", "a size that is no number", format!("case.example\nx\n{root}\n")),
        ("root-short", "a root of 31 bytes", format!("case.example\n12\n{}\n", base64(&[1; 31]))),
        ("root-hex", "a root in hexadecimal", format!("case.example\n12\n{}\n", "01".repeat(32))),
        ("two-lines", "no root", "case.example\n12\n".into()),
        ("origin-empty", "no origin", format!("\n12\n{root}\n")),
        ("empty-line", "an empty line at the end", format!("case.example\n12\n{root}\n\n")),
    ] {
        out.push(Vector::bad("BadCheckpointText", name, what, with_head(signer().sign(&text).unwrap().encode())));
    }
}
