//! A dossier whose sealer made up records, claims and rules: whatever they are, each claim is judged; and what holds while
//! fields are hidden, holds when they are shown, and what differs, differs.

#![no_main]

use std::collections::BTreeMap;

use onus_claim::{Outcome, outcomes};
use onus_fuzz::{dossier::sealed_anew, json};
use onus_proof::{FieldValue, TrustPolicy, VerifiedDossier};

fn seeds() -> Vec<Vec<u8>> {
    onus_fuzz::vectors("good")
}

fn takes(data: &[u8]) -> bool {
    let Some(text) = sealed_anew(data) else { return false };
    let Ok(dossier) = VerifiedDossier::verify(text.as_bytes(), &TrustPolicy::AnyKey) else { return false };
    let assessed = onus_claim::assess(&dossier);
    assert_eq!(assessed.len(), dossier.claims().len());
    // Hidden fields could hold anything: here, each in turn is one that a record might have besides.
    let part = outcomes(&dossier, &BTreeMap::new());
    let records = dossier.records().iter().map(|(index, record)| {
        let shown = record.fields().map(|(name, value)| (name.to_owned(), value.clone()));
        let more = (0..record.hidden()).map(|at| (format!("Hidden{at}"), FieldValue::Text("x".into())));
        (index.0, shown.chain(more).collect())
    });
    let whole = outcomes(&dossier, &records.collect());
    for ((id, part), (_, whole)) in part.iter().zip(&whole) {
        let kept = match part {
            Outcome::Holds => matches!(whole, Outcome::Holds),
            Outcome::Differs { .. } => matches!(whole, Outcome::Differs { .. }),
            _ => true,
        };
        assert!(kept, "claim {id}: {part:?} of the part, {whole:?} of the whole");
    }
    true
}

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    json::mutate(data, size, max_size, seed)
});

libfuzzer_sys::fuzz_target!(init: onus_fuzz::start(seeds, takes), |data: &[u8]| {
    takes(data);
});
