//! Held against libraries that share nothing with this one: `signed_note` and `tlog_tiles` take what is made here, and what
//! they make is taken here.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashMap;

use onus_proof::{
    Checkpoint, Digest, Note, Signer, TreeBuilder, Verifier, consistency_proof, inclusion_proof, leaf_digest,
    verify_consistency, verify_inclusion,
};
use signed_note::{StandardSigner, StandardVerifier, VerifierList};
use tlog_tiles::tlog;

const LEAVES: u64 = 70;

fn signer() -> Signer {
    Signer::from_seed("case.example", &[7; 32]).unwrap()
}

fn known(vkey: &str) -> VerifierList {
    VerifierList::new(vec![Box::new(StandardVerifier::new(vkey).unwrap())])
}

/// The hashes that the other library keeps, all in memory.
#[derive(Default)]
struct Kept(Vec<tlog::Hash>);

impl tlog::HashReader for Kept {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog::Hash>, tlog::Error> {
        Ok(indexes.iter().map(|index| self.0[usize::try_from(*index).unwrap()]).collect())
    }
}

fn leaf(n: u64) -> Vec<u8> {
    format!("leaf {n}").into_bytes()
}

fn kept() -> Kept {
    let mut kept = Kept::default();
    for n in 0..LEAVES {
        let new = tlog::stored_hashes(n, &leaf(n), &kept).unwrap();
        kept.0.extend(new);
    }
    kept
}

fn theirs(digests: &[Digest]) -> Vec<tlog::Hash> {
    digests.iter().map(|digest| tlog::Hash(digest.0)).collect()
}

fn ours(hashes: &[tlog::Hash]) -> Vec<Digest> {
    hashes.iter().map(|hash| Digest(hash.0)).collect()
}

/// Each tree of up to 70 leaves: the same roots and proofs, each taken by the other's verifier, and none of another leaf.
#[test]
fn trees_and_proofs_are_the_same() {
    let kept = kept();
    let (mut tree, mut store) = (TreeBuilder::new(), HashMap::new());
    let mut roots = vec![Digest::of(b"")];
    for size in 1..=LEAVES {
        tree.push(leaf_digest(&leaf(size - 1)), |level, index, hash| _ = store.insert((level, index), hash));
        let (root, read) = (tree.root(), |level, index| store.get(&(level, index)).copied());
        roots.push(root);
        assert_eq!(tlog::tree_hash(size, &kept).unwrap().0, root.0, "size {size}");
        for index in 0..size {
            let (hash, path) = (leaf_digest(&leaf(index)), inclusion_proof(index, size, &read).unwrap());
            let other = tlog::prove_record(size, index, &kept).unwrap();
            assert_eq!(ours(&other), path, "leaf {index} of {size}");
            assert!(verify_inclusion(hash, index, size, &ours(&other), root).is_ok());
            let check = |index| {
                tlog::check_record(&theirs(&path), size, tlog::Hash(root.0), index, tlog::Hash(hash.0))
            };
            assert!(check(index).is_ok());
            if size > 1 {
                assert!(check((index + 1) % size).is_err(), "leaf {index} of {size} under another index");
            }
        }
        for old in 1..=size {
            let proof = consistency_proof(old, size, &read).unwrap();
            let other = tlog::prove_tree(size, old, &kept).unwrap();
            assert_eq!(ours(&other), proof, "{old} in {size}");
            let before = roots[usize::try_from(old).unwrap()];
            assert!(verify_consistency(old, before, size, root, &ours(&other)).is_ok());
            let (root, before) = (tlog::Hash(root.0), tlog::Hash(before.0));
            assert!(tlog::check_tree(&theirs(&proof), size, root, old, before).is_ok());
        }
    }
}

#[test]
fn checkpoints_go_both_ways() {
    let signer = signer();
    let root = Digest([5; 32]);
    let checkpoint = Checkpoint { origin: "case.example".into(), size: 1 << 40, root, extensions: vec![] };
    let note = signer.sign(&checkpoint.encode()).unwrap().encode();
    let read = signed_note::Note::from_bytes(note.as_bytes()).unwrap();
    let (verified, unverified) = read.verify(&known(&signer.verifier().to_vkey())).unwrap();
    assert_eq!((verified.len(), unverified.len()), (1, 0));
    let other = tlog_tiles::Checkpoint::from_bytes(read.text()).unwrap();
    assert_eq!((other.origin(), other.size(), other.hash().0), ("case.example", 1 << 40, root.0));

    let made = tlog_tiles::Checkpoint::new("log.example", 3, tlog::Hash([6; 32]), "more\n").unwrap();
    let mut theirs = signed_note::Note::new(&made.to_bytes(), &[]).unwrap();
    theirs.add_sigs(&[&StandardSigner::new(&signer.to_skey()).unwrap()]).unwrap();
    let ours = Note::parse(std::str::from_utf8(&theirs.to_bytes()).unwrap()).unwrap();
    signer.verifier().verify(&ours).unwrap();
    let read = Checkpoint::parse(&ours.text).unwrap();
    assert_eq!(
        (read.origin.as_str(), read.size, read.root, read.extensions),
        ("log.example", 3, Digest([6; 32]), vec!["more".to_owned()])
    );
}

#[test]
fn neither_takes_a_changed_note_or_another_key() {
    let signer = signer();
    let note = signer.sign("a text\n").unwrap();
    let other = Signer::from_seed("case.example", &[8; 32]).unwrap();
    for at in 0..64 {
        let mut changed = note.clone();
        changed.signatures[0].bytes[at] ^= 1;
        assert!(signer.verifier().verify(&changed).is_err());
        let read = signed_note::Note::from_bytes(changed.encode().as_bytes()).unwrap();
        assert!(read.verify(&known(&signer.verifier().to_vkey())).is_err(), "byte {at}");
    }
    let read = signed_note::Note::from_bytes(note.encode().as_bytes()).unwrap();
    assert!(read.verify(&known(&other.verifier().to_vkey())).is_err());
    let vkey = signer.verifier().to_vkey();
    assert!(Verifier::from_vkey(&vkey).is_ok() && StandardVerifier::new(&vkey).is_ok());
}
