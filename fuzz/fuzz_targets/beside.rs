//! Whatever may come beside a dossier, told apart by its bytes and judged.

#![no_main]

use std::sync::LazyLock;

use onus_trust::{Beside, Policy, judge};
use serde_json::Value;

/// The dossier that the verdicts of the vectors are about, and the policy under which they count.
static ABOUT: LazyLock<(Vec<u8>, Policy)> = LazyLock::new(|| {
    let index: Value = serde_json::from_slice(&onus_fuzz::vector("index.json")).expect("JSON");
    let entries = index.as_array().expect("a list");
    let entry =
        entries.iter().find(|entry| entry["file"] == "notes/counts.verdict.note").expect("that vector");
    let [dossier, policy] =
        ["about", "policy"].map(|member| onus_fuzz::vector(entry[member].as_str().expect("a file")));
    let policy = Policy::parse(std::str::from_utf8(&policy).expect("text")).expect("a policy");
    (dossier, policy)
});

fn seeds() -> Vec<Vec<u8>> {
    [onus_fuzz::vectors("notes"), onus_fuzz::own("token"), vec![ABOUT.0.clone()]].concat()
}

fn takes(data: &[u8]) -> bool {
    let read = Beside::read(data).is_ok();
    let beside = [("it".to_owned(), data.to_vec())];
    if let Ok(judged) = judge(&ABOUT.0, Some(&ABOUT.1), &beside) {
        let contested =
            judged.claims().iter().any(|claim| !claim.said().is_empty() || !claim.contested().is_empty());
        assert!(!contested || onus_fuzz::is_vector(data), "the word of nobody counted");
    }
    read
}

libfuzzer_sys::fuzz_target!(init: onus_fuzz::start(seeds, takes), |data: &[u8]| {
    takes(data);
});
