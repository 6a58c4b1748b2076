//! A verdict or contest: as it comes, and as the text of one that its ally signed.

#![no_main]

use onus_fuzz::keys::{ALLY, signed};
use onus_proof::UnverifiedOpinion;

fn seeds() -> Vec<Vec<u8>> {
    onus_fuzz::vectors("notes")
}

fn takes(data: &[u8]) -> bool {
    let came = UnverifiedOpinion::parse(data);
    if came.as_ref().is_ok_and(|opinion| opinion.verify(ALLY.verifier()).is_ok()) {
        assert!(onus_fuzz::is_vector(data), "an opinion that nobody signed was accepted");
    }
    let Ok(text) = std::str::from_utf8(data) else { return false };
    let text = text.rfind("\n\n").map_or(text, |at| &text[..=at]);
    let Some(note) = signed(text, &[&ALLY]) else { return came.is_ok() };
    let Ok(opinion) = UnverifiedOpinion::parse(note.as_bytes()) else { return came.is_ok() };
    let verified = opinion.verify(ALLY.verifier()).expect("it was signed");
    assert_eq!(verified.opinion().encode().as_deref(), Ok(text));
    true
}

libfuzzer_sys::fuzz_target!(init: onus_fuzz::start(seeds, takes), |data: &[u8]| {
    takes(data);
});
