//! Public and private keys as texts: one spelling each.

#![no_main]

use onus_fuzz::keys::CASE;
use onus_proof::{Signer, Verifier, WitnessKey};

fn seeds() -> Vec<Vec<u8>> {
    let witness = WitnessKey::of(CASE.verifier()).expect("a key that was made well");
    vec![CASE.verifier().to_vkey().into(), witness.to_vkey().into(), CASE.to_skey().into()]
}

fn takes(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    let (key, witness, signer) =
        (Verifier::from_vkey(text), WitnessKey::from_vkey(text), Signer::from_skey(text));
    let spelled = [
        key.map(|key| key.to_vkey()).ok(),
        witness.map(|key| key.to_vkey()).ok(),
        signer.map(|key| key.to_skey()).ok(),
    ];
    for again in spelled.iter().flatten() {
        assert_eq!(again, text);
    }
    spelled.iter().any(Option::is_some)
}

libfuzzer_sys::fuzz_target!(init: onus_fuzz::start(seeds, takes), |data: &[u8]| {
    takes(data);
});
