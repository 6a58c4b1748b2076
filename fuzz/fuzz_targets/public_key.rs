//! The public half of a key that lives elsewhere, as a token's tool gives it.

#![no_main]

use std::path::Path;

use onus_fuzz::keys::CASE;

/// What stands before the 32 bytes of an Ed25519 key in its `SubjectPublicKeyInfo` (RFC 8410).
const HEAD: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

fn seeds() -> Vec<Vec<u8>> {
    let der = [&HEAD[..], &CASE.verifier().key()].concat();
    let document = pkcs8::Document::try_from(der.clone()).expect("DER");
    vec![document.to_pem("PUBLIC KEY", pkcs8::LineEnding::LF).expect("PEM").into_bytes(), der]
}

fn takes(data: &[u8]) -> bool {
    let Ok(key) = onus_keys::public_key_of(Path::new("public.pem"), data, "a.example") else { return false };
    assert_eq!(onus_proof::Verifier::from_vkey(&key.to_vkey()), Ok(key));
    true
}

libfuzzer_sys::fuzz_target!(init: onus_fuzz::start(seeds, takes), |data: &[u8]| {
    takes(data);
});
