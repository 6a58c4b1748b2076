//! Bounded, seeded mutation of the vectors, given to every parser that reads what strangers send: no panic, and nothing
//! that was changed is taken for what it was.

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
