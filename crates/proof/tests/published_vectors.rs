//! Vectors that others published: the reference tree of RFC 6962, the signed note of Go's sumdb, and Wycheproof's
//! signatures with Ed25519.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use onus_proof::*;
use std::collections::HashMap;

const LEAVES: [&[u8]; 8] = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];
const VKEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const SKEY: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const TEXT: &str =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const NOTE: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\
    \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

#[test]
fn reference_tree_roots() {
    let mut tree = TreeBuilder::new();
    for (size, root) in ROOTS.iter().enumerate() {
        assert_eq!(tree.root().to_hex(), *root, "size {size}");
        if size < 8 {
            tree.push(leaf_digest(LEAVES[size]), |_, _, _| {});
        }
    }
}

fn naive(leaves: &[Digest]) -> Digest {
    match leaves.len() {
        0 => Digest::of(b""),
        1 => leaves[0],
        n => {
            let k = n.next_power_of_two() / 2;
            node_digest(&naive(&leaves[..k]), &naive(&leaves[k..]))
        }
    }
}

#[test]
fn every_proof_of_every_tree_up_to_40_holds_and_no_other() {
    let leaves: Vec<_> = (0..40_u8).map(|n| leaf_digest(&[n])).collect();
    let (mut tree, mut store) = (TreeBuilder::new(), HashMap::new());
    for leaf in &leaves {
        tree.push(*leaf, |level, index, hash| assert!(store.insert((level, index), hash).is_none()));
    }
    let read = |level, index| store.get(&(level, index)).copied();
    for size in 1..=40_u64 {
        let top = naive(&leaves[..size as usize]);
        assert_eq!(root(size, &read), Ok(top));
        for index in 0..size {
            let proof = inclusion_proof(index, size, &read).unwrap();
            let leaf = leaves[index as usize];
            assert_eq!(verify_inclusion(leaf, index, size, &proof, top), Ok(()));
            for other in (0..size).filter(|other| *other != index) {
                assert!(verify_inclusion(leaf, other, size, &proof, top).is_err());
            }
            let mut longer = proof.clone();
            longer.push(top);
            assert_eq!(verify_inclusion(leaf, index, size, &longer, top), Err(TreeError::WrongLength));
        }
        for old in 1..=size {
            let old_root = naive(&leaves[..old as usize]);
            let proof = consistency_proof(old, size, &read).unwrap();
            assert_eq!(verify_consistency(old, old_root, size, top, &proof), Ok(()));
            assert!(verify_consistency(old, leaf_digest(b"x"), size, top, &proof).is_err());
            assert!(verify_consistency(old, old_root, size, leaf_digest(b"x"), &proof).is_err());
        }
    }
}

#[test]
fn peter_neumann() {
    let (verifier, signer) = (Verifier::from_vkey(VKEY).unwrap(), Signer::from_skey(SKEY).unwrap());
    assert_eq!((signer.verifier().to_vkey(), signer.to_skey()), (VKEY.to_owned(), SKEY.to_owned()));
    assert_eq!(signer.sign(TEXT).unwrap().encode(), NOTE);
    assert_eq!(verifier.verify(&Note::parse(NOTE).unwrap()), Ok(()));
    let changed = Note::parse(&NOTE.replace("answer", "bnswer")).unwrap();
    assert!(matches!(verifier.verify(&changed), Err(NoteError::BadSignature(_))));
}

#[test]
fn second_spellings_of_a_note_are_refused() {
    for bad in [
        NOTE.replace("\u{2014} ", "- "),
        NOTE.replace("AM=\n", "AN=\n"),
        NOTE.trim_end().to_owned(),
        format!("{NOTE}\n"),
        NOTE.replace("\n\n", "\n"),
        NOTE.replace(" x08", "  x08"),
    ] {
        assert!(matches!(Note::parse(&bad), Err(NoteError::Malformed(_))), "{bad}");
    }
}

#[test]
fn checkpoint_and_proof_have_one_spelling() {
    let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    assert_eq!(Checkpoint::parse(text).unwrap().encode(), text);
    for bad in [
        text.replace("\n20", "\n020"),
        text.replace("\n20", "\n+20"),
        format!("{text}\n"),
        text.replace("2I=", "2J="),
    ] {
        assert!(Checkpoint::parse(&bad).is_err(), "{bad}");
    }
    let proof = format!(
        "c2sp.org/tlog-proof@v1\nextra QQ==\nindex 7\ngSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n\n{text}"
    );
    assert_eq!(TlogProof::parse(&proof).unwrap().encode(), proof);
    for bad in
        [proof.replace("index 7", "index 07"), proof.replace("@v1", "@v2"), proof.replace("QQ==", "QR==")]
    {
        assert!(TlogProof::parse(&bad).is_err(), "{bad}");
    }
}

/// Wycheproof has no vector on which strict verification and RFC 8032 differ: all that it calls valid holds.
#[test]
fn wycheproof_ed25519() {
    use wycheproof::{TestResult, eddsa};
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for group in &set.test_groups {
        let key = group.key.pk.as_slice().try_into().unwrap();
        let verifier = Verifier::from_key("wycheproof.example", key).unwrap();
        for test in &group.tests {
            let holds = verifier.signed(&test.msg, &test.sig);
            assert_eq!(holds, test.result == TestResult::Valid, "{}: {}", test.tc_id, test.comment);
            *if holds { &mut valid } else { &mut invalid } += 1;
        }
    }
    assert_eq!((valid, invalid), (88, 63));
}
