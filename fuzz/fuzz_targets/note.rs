//! A signed note, the checkpoint that it may be, and its signature: one spelling, and nothing that the vectors' keys did
//! not sign.

#![no_main]

use std::collections::HashSet;
use std::sync::LazyLock;

use onus_fuzz::keys::{ALLY, CASE};
use onus_proof::{Checkpoint, Note, WitnessKey, cosign};

fn heads() -> Vec<Note> {
    let parse = |seed: Vec<u8>| {
        let file: serde_json::Value = serde_json::from_slice(&seed).ok()?;
        let texts = [&file["body"]["checkpoint"], &file["note"]].map(serde_json::Value::as_str);
        Some(texts.into_iter().flatten().filter_map(|text| Note::parse(text).ok()).collect::<Vec<_>>())
    };
    [onus_fuzz::vectors("good"), onus_fuzz::vectors("bad")]
        .concat()
        .into_iter()
        .filter_map(parse)
        .flatten()
        .collect()
}

fn seeds() -> Vec<Vec<u8>> {
    let mut notes = heads();
    if let Some(note) = notes.first_mut() {
        note.signatures.extend(cosign(&*ALLY, &note.text, 1_770_000_000));
    }
    let texts = notes.iter().map(|note| note.encode().into_bytes());
    texts.chain(onus_fuzz::vectors("notes")).collect()
}

/// Texts that were signed.
static SIGNED: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let of_notes = onus_fuzz::vectors("notes")
        .into_iter()
        .filter_map(|bytes| Note::parse(std::str::from_utf8(&bytes).ok()?).ok());
    heads().into_iter().chain(of_notes).map(|note| note.text).collect()
});

fn takes(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    let Ok(note) = Note::parse(text) else { return false };
    assert_eq!(note.encode(), text);
    for key in [&CASE, &ALLY] {
        if key.verifier().verify(&note).is_ok() {
            assert!(SIGNED.contains(&note.text), "a text that nobody signed was accepted");
        }
    }
    let witness = WitnessKey::of(ALLY.verifier()).expect("a key that was made well");
    if let Ok(time) = witness.cosigned(&note) {
        assert_eq!(time, 1_770_000_000);
        assert!(SIGNED.contains(&note.text));
    }
    if let Ok(checkpoint) = Checkpoint::parse(&note.text) {
        assert_eq!(checkpoint.encode(), note.text);
    }
    true
}

libfuzzer_sys::fuzz_target!(init: onus_fuzz::start(seeds, takes), |data: &[u8]| {
    takes(data);
});
