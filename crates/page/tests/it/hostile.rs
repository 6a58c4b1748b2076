//! Bounded, seeded mutation of the vectors, given to every parser that reads what strangers send, and to that of key files:
//! no panic, and nothing that was changed is taken for what it was. Where coverage guides the changes: `fuzz/`.

use std::path::Path;

use onus_keys::{KeyFile, Passphrase, public_key_of};
use onus_page::Carried;
use onus_proof::{
    Checkpoint, Note, Revocation, Rotation, TlogProof, TrustPolicy, UnverifiedOpinion, VerifiedDossier,
    Verifier, WitnessRequest,
};
use onus_trust::{Beside, Policy};

use crate::make::{self, Expected};

/// Mutated inputs of each parser.
const ROUNDS: usize = 20_000;

/// A xorshift generator: the same inputs on each run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }

    /// One to three changes: a bit, a byte, a piece cut, doubled, or taken from another input.
    fn mutate(&mut self, one: &[u8], other: &[u8]) -> Vec<u8> {
        const TOKENS: [&[u8]; 10] =
            [b"\n", b"\n\n", b"0", b"-", b"\"", b"{", b"]", b"\\u0000", b"\xff", "\u{2014} ".as_bytes()];
        let mut bytes = one.to_vec();
        for _ in 0..=self.below(3) {
            let at = self.below(bytes.len());
            let end = (at + 1 + self.below(40)).min(bytes.len());
            match self.below(6) {
                0 if !bytes.is_empty() => bytes[at] ^= 1 << self.below(8),
                1 => _ = bytes.splice(at..at, TOKENS[self.below(TOKENS.len())].iter().copied()),
                2 if at < end => _ = bytes.drain(at..end),
                3 if at < end => {
                    let piece = bytes[at..end].to_vec();
                    bytes.splice(at..at, piece);
                }
                4 if !other.is_empty() => {
                    let from = self.below(other.len());
                    let piece = other[from..(from + 60).min(other.len())].to_vec();
                    bytes.splice(at..end.max(at), piece);
                }
                _ => bytes.truncate(at),
            }
        }
        bytes
    }
}

/// Small inputs of a kind.
fn seeds(folder: &str) -> Vec<Vec<u8>> {
    let vectors = make::all().into_iter().filter(|vector| vector.file.starts_with(folder));
    vectors.map(|vector| vector.bytes).filter(|bytes| bytes.len() < 6_000).collect()
}

fn each(seeds: &[Vec<u8>], rounds: usize, mut parse: impl FnMut(&[u8], &[u8])) {
    let mut random = Random(0x5eed);
    for round in 0..rounds {
        let one = &seeds[round % seeds.len()];
        let other = &seeds[random.below(seeds.len())];
        parse(one, &random.mutate(one, other));
    }
}

#[test]
fn dossiers() {
    let good = seeds("good/");
    // The first seeds are whole, and only one spelling of each is: what is accepted must be one of them.
    each(&good, ROUNDS / 4, |_, bytes| {
        let Ok(carried) = Carried::of(bytes) else { return };
        if let Ok(dossier) = VerifiedDossier::verify(carried.dossier(), &TrustPolicy::AnyKey) {
            assert!(good.iter().any(|one| one == carried.dossier()), "a changed dossier was accepted");
            let _ = onus_claim::assess(&dossier);
        }
    });
    each(&seeds("bad/"), ROUNDS / 4, |_, bytes| {
        if let Ok(carried) = Carried::of(bytes)
            && VerifiedDossier::verify(carried.dossier(), &TrustPolicy::AnyKey).is_ok()
        {
            assert!(good.iter().any(|one| one == carried.dossier()), "a changed dossier was accepted");
        }
    });
}

#[test]
fn pages() {
    let pages: Vec<Vec<u8>> = seeds("good/")
        .iter()
        .take(3)
        .map(|one| onus_page::page(std::str::from_utf8(one).unwrap()).into_bytes())
        .collect();
    each(&pages, 300, |_, bytes| {
        if let Ok(carried) = Carried::of(bytes) {
            let own = onus_page::page(&String::from_utf8_lossy(carried.dossier())).into_bytes() == bytes;
            assert_eq!(own, carried.around() == onus_page::Around::OwnPage);
        }
    });
}

#[test]
fn notes() {
    let vectors = make::all();
    let note = |standing: &'static str| {
        vectors
            .iter()
            .find(|v| matches!(&v.expected, Expected::Note { standing: s, .. } if *s == standing))
            .unwrap()
            .bytes
            .clone()
    };
    let whole = note("counts");
    let ally = onus_proof::Signer::from_seed("ally.example", &[21; 32]).unwrap();
    each(&seeds("notes/"), ROUNDS, |_, bytes| {
        let _ = (Beside::read(bytes), Rotation::verify(bytes), Revocation::verify(bytes));
        if let Ok(opinion) = UnverifiedOpinion::parse(bytes)
            && opinion.verify(ally.verifier()).is_ok()
        {
            assert!(vectors.iter().any(|vector| vector.bytes == bytes), "a changed note was accepted");
        }
    });
    each(&[whole], ROUNDS / 4, |_, bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else { return };
        // What is read is written again to the byte.
        if let Ok(note) = Note::parse(text) {
            assert_eq!(note.encode(), text);
            let _ = Checkpoint::parse(&note.text);
        }
        let _ = WitnessRequest::parse(text);
    });
}

#[test]
fn texts_within_dossiers() {
    let proof = {
        let text = String::from_utf8(seeds("good/").remove(0)).unwrap();
        let dossier: serde_json::Value = serde_json::from_str(&text).unwrap();
        dossier["body"]["records"][0]["proof"].as_str().unwrap().as_bytes().to_vec()
    };
    each(&[proof], ROUNDS, |_, bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else { return };
        if let Ok(proof) = TlogProof::parse(text) {
            assert_eq!(proof.encode(), text);
        }
        if let Ok(note) = Note::parse(text) {
            assert_eq!(note.encode(), text);
        }
    });
    let vkey = crate::make::case::signer().verifier().to_vkey().into_bytes();
    each(&[vkey], ROUNDS, |_, bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else { return };
        if let Ok(key) = Verifier::from_vkey(text) {
            assert_eq!(key.to_vkey(), text);
        }
    });
}

#[test]
fn policies_and_tokens() {
    each(&seeds("policies/"), ROUNDS / 2, |_, bytes| {
        if let Ok(text) = std::str::from_utf8(bytes) {
            let _ = Policy::parse(text);
        }
    });
    // DER in the form of a token, cut and changed.
    let token = [
        &[0x30, 0x82, 0x01, 0x00, 0x06, 0x09][..],
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02, 0xa0],
        &[0x30; 120],
    ]
    .concat();
    each(&[token], ROUNDS, |_, bytes| {
        let _ = onus_timestamp::token_of(bytes);
        let _ = Beside::read(bytes);
    });
}

/// The key of the vectors' cases, for itself and under the passphrase "words" at the least cost of scrypt and PBKDF2.
const KEYS: [&str; 3] = [
    "-----BEGIN PRIVATE KEY-----\n\
     MC4CAQAwBQYDK2VwBCIEIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH\n\
     -----END PRIVATE KEY-----\n",
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n\
     MIGSME4GCSqGSIb3DQEFDTBBMCAGCSsGAQQB2kcECzATBAhgTqkVYsm5DgIBAgIB\n\
     AQIBATAdBglghkgBZQMEASoEEJ0ayCwEPtvbw0TUbuq7C+gEQN+Rn0/wnc2VGS9j\n\
     FVKfjl5ab01UUu1QY0gF8Alj5W6hu53qBRx5FfGHYvKISQn+0nCN689uG8vC4DX+\n\
     GRBFq6E=\n\
     -----END ENCRYPTED PRIVATE KEY-----\n",
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n\
     MIGaMFYGCSqGSIb3DQEFDTBJMCgGCSqGSIb3DQEFDDAbBAjmhqY40H/nlgIBAjAM\n\
     BggqhkiG9w0CCQUAMB0GCWCGSAFlAwQBKgQQd/Q41n8lPkInrL+n5zlgWARA2hnz\n\
     Zk2S3XCs/tNt9djqj3StiFaEib4M28pSIvbNhGiBYb80/XeD9H4wDcYYUbfgSc+B\n\
     TLZLTWNjt/Ut9lp/cg==\n\
     -----END ENCRYPTED PRIVATE KEY-----\n",
];
const PUBLIC_KEY: &str = "-----BEGIN PUBLIC KEY-----\n\
    MCowBQYDK2VwAyEA6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=\n\
    -----END PUBLIC KEY-----\n";

#[test]
fn key_files() {
    let vkey = make::case::signer().verifier().to_vkey();
    let files = KEYS.map(|pem| format!("onus-key/1\n{vkey}\n{pem}").into_bytes());
    let words = Passphrase::Given("words".to_owned().into());
    let opens = |bytes: &[u8]| {
        let file = KeyFile::parse(Path::new("a.key"), bytes).ok()?;
        let signer = file.open(&words).ok()?;
        assert_eq!(signer.verifier(), file.verifier());
        Some(signer.seed())
    };
    assert!(files.iter().all(|file| opens(file).is_some()));
    each(&files, ROUNDS, |_, bytes| {
        // A changed file opens where what was changed does not matter; never another key.
        if let Some(seed) = opens(bytes) {
            assert_eq!(*seed, [7; 32]);
        }
    });
    // As DER, of which every byte counts, put into PEM again.
    let der = KEYS.map(|pem| base64(&pem.lines().filter(|line| !line.starts_with('-')).collect::<String>()));
    each(&der, ROUNDS, |_, bytes| {
        for label in ["PRIVATE KEY", "ENCRYPTED PRIVATE KEY"] {
            let pem = format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines_of_base64(bytes));
            _ = opens(format!("onus-key/1\n{vkey}\n{pem}").as_bytes());
        }
    });
}

#[test]
fn public_keys() {
    let read = |bytes: &[u8]| public_key_of(Path::new("public.pem"), bytes, "case.example").ok();
    assert_eq!(read(PUBLIC_KEY.as_bytes()).as_ref(), Some(make::case::signer().verifier()));
    let der = base64(PUBLIC_KEY.lines().nth(1).unwrap());
    assert_eq!(read(&der).as_ref(), Some(make::case::signer().verifier()));
    each(&[PUBLIC_KEY.into(), der], ROUNDS, |_, bytes| {
        if let Some(key) = read(bytes) {
            assert_eq!(Verifier::from_vkey(&key.to_vkey()), Ok(key));
        }
    });
}

fn base64(text: &str) -> Vec<u8> {
    base64::Engine::decode(&base64::prelude::BASE64_STANDARD, text).unwrap()
}

fn lines_of_base64(bytes: &[u8]) -> String {
    let text = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, bytes);
    text.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect::<Vec<_>>().join("\n")
}
