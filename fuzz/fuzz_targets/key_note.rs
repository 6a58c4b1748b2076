//! A rotation or revocation: as it comes, and as the text of one that its keys signed.

#![no_main]

use onus_fuzz::keys::{ALLY, NEXT, signed};
use onus_proof::{NoteTime, Revocation, Rotation};

fn seeds() -> Vec<Vec<u8>> {
    let now = NoteTime::from_unix(1_770_000_000);
    let rotation = Rotation::sign(&*ALLY, &*NEXT, now).expect("two keys");
    let revocation = Revocation::sign(&*ALLY, now, now, "lost").expect("a key");
    [rotation, revocation].map(|note| note.encode().into_bytes()).to_vec()
}

fn takes(data: &[u8]) -> bool {
    let came = Rotation::verify(data).is_ok() || Revocation::verify(data).is_ok();
    let Ok(text) = std::str::from_utf8(data) else { return false };
    let text = text.rfind("\n\n").map_or(text, |at| &text[..=at]);
    let rotated = signed(text, &[&ALLY, &NEXT]).and_then(|note| Rotation::verify(note.as_bytes()).ok());
    if let Some(note) = rotated {
        let again = Rotation::sign(&*ALLY, &*NEXT, note.made()).expect("it was read");
        assert_eq!(
            (note.old(), note.new_key(), again.text.as_str()),
            (ALLY.verifier(), NEXT.verifier(), text)
        );
        return true;
    }
    let revoked = signed(text, &[&ALLY]).and_then(|note| Revocation::verify(note.as_bytes()).ok());
    let Some(note) = revoked else { return came };
    let again = Revocation::sign(&*ALLY, note.since(), note.made(), note.reason()).expect("it was read");
    assert_eq!((note.key(), again.text.as_str()), (ALLY.verifier(), text));
    true
}

libfuzzer_sys::fuzz_target!(init: onus_fuzz::start(seeds, takes), |data: &[u8]| {
    takes(data);
});
