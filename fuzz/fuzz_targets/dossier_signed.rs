//! A dossier whose sealer signed another body over the same tree: each record that is accepted is one that lies in the tree.

#![no_main]

use std::collections::HashSet;
use std::sync::LazyLock;

use onus_fuzz::{dossier::signed_anew, json};
use onus_proof::{DisclosedField, TrustPolicy, VerifiedDossier, VerifiedRecord};

/// What the vectors show of records: root, index, place of the field, and the field.
static SEALED: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let vectors = onus_fuzz::vectors("good");
    let verified = vectors.iter().filter_map(|one| VerifiedDossier::verify(one, &TrustPolicy::AnyKey).ok());
    verified.flat_map(|one| shown(&one)).collect()
});

fn shown(dossier: &VerifiedDossier) -> Vec<String> {
    let root = dossier.checkpoint().root;
    dossier.records().values().flat_map(|record| fields(root.to_hex(), record)).collect()
}

fn fields(root: String, record: &VerifiedRecord) -> impl Iterator<Item = String> {
    let place = format!("{root} {:?} {:?}", record.index(), record.header());
    let shown = record.all_fields().iter().enumerate().filter_map(|(at, field)| match field {
        DisclosedField::Shown { name, value, .. } => Some(format!("{at} {name:?} {value:?}")),
        _ => None,
    });
    let raw = record.raw().map(|bytes| format!("raw {bytes:?}"));
    let count = format!("{} fields", record.all_fields().len());
    shown.chain(raw).chain([count]).map(move |what| format!("{place} {what}")).collect::<Vec<_>>().into_iter()
}

fn seeds() -> Vec<Vec<u8>> {
    onus_fuzz::vectors("good")
}

fn takes(data: &[u8]) -> bool {
    let Some(text) = signed_anew(data) else { return false };
    let Ok(dossier) = VerifiedDossier::verify(text.as_bytes(), &TrustPolicy::AnyKey) else { return false };
    for what in shown(&dossier) {
        assert!(SEALED.contains(&what), "accepted, but never sealed: {what}");
    }
    let _ = onus_claim::assess(&dossier);
    true
}

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    json::mutate(data, size, max_size, seed)
});

libfuzzer_sys::fuzz_target!(init: onus_fuzz::start(seeds, takes), |data: &[u8]| {
    takes(data);
});
