//! A request to a witness: one spelling; and what it would cosign goes on from what it knows.

#![no_main]

use onus_fuzz::keys::CASE;
use onus_proof::{Checkpoint, Cosigned, Digest, TreeBuilder, WitnessRequest, consistency_proof, leaf_digest};
use std::collections::HashMap;

/// Request and what the witness knew, of a tree of three leaves that had two.
fn request() -> (WitnessRequest, Cosigned) {
    let (mut tree, mut store) = (TreeBuilder::new(), HashMap::new());
    let mut roots = Vec::new();
    for leaf in 0..3u8 {
        tree.push(leaf_digest(&[leaf]), |level, place, hash| _ = store.insert((level, place), hash));
        roots.push(tree.root());
    }
    let read = |level, place| store.get(&(level, place)).copied();
    let proof = consistency_proof(2, 3, &read).expect("a tree");
    let new = Checkpoint { origin: "case.example".into(), size: 3, root: roots[2], extensions: Vec::new() };
    let checkpoint = CASE.sign(&new.encode()).expect("a fit text");
    (WitnessRequest { old: 2, proof, checkpoint }, Cosigned { size: 2, root: roots[1] })
}

fn seeds() -> Vec<Vec<u8>> {
    vec![request().0.encode().into_bytes()]
}

fn takes(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    let Ok(read) = WitnessRequest::parse(text) else { return false };
    assert_eq!(read.encode(), text);
    let (good, known) = request();
    if read.check(CASE.verifier(), Some(known)).is_ok() {
        assert_eq!((&read.proof, &read.checkpoint.text), (&good.proof, &good.checkpoint.text));
    }
    let other = Cosigned { root: Digest::of(b""), ..known };
    assert!(read.check(CASE.verifier(), Some(other)).is_err(), "another history was cosigned");
    // A key may sign anything: its own text over whatever this asks for.
    if let Ok(checkpoint) = CASE.sign(&read.checkpoint.text) {
        let signed = WitnessRequest { checkpoint, ..read };
        let _ = signed.check(CASE.verifier(), Some(Cosigned { size: signed.old, root: known.root }));
        let _ = signed.check(CASE.verifier(), None);
    }
    true
}

libfuzzer_sys::fuzz_target!(init: onus_fuzz::start(seeds, takes), |data: &[u8]| {
    takes(data);
});
