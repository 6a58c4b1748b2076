//! A dossier as it comes, bare or in a page: what is accepted is a vector, byte for byte.

#![no_main]

use onus_page::Carried;
use onus_proof::{TrustPolicy, VerifiedDossier};

fn seeds() -> Vec<Vec<u8>> {
    [onus_fuzz::vectors("good"), onus_fuzz::vectors("bad")].concat()
}

fn takes(data: &[u8]) -> bool {
    let Ok(carried) = Carried::of(data) else { return false };
    let Ok(dossier) = VerifiedDossier::verify(carried.dossier(), &TrustPolicy::AnyKey) else { return false };
    assert!(onus_fuzz::is_vector(carried.dossier()), "a dossier that nobody signed was accepted");
    let _ = onus_claim::assess(&dossier);
    true
}

libfuzzer_sys::fuzz_target!(init: onus_fuzz::start(seeds, takes), |data: &[u8]| {
    takes(data);
});
