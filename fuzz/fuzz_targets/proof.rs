//! A `tlog-proof`, alone and with the line of a collection's journal, and that line: one spelling each.

#![no_main]

use onus_fuzz::keys::CASE;
use onus_proof::{
    Checkpoint, Collected, Digest, JournalLine, NoteTime, TlogProof, leaf_digest, verify_inclusion,
};

fn line() -> JournalLine {
    JournalLine {
        path: "dc1/security.json".into(),
        offset: 100,
        length: 200,
        sha256: Digest::of(b"a"),
        whole: Digest::of(b"b"),
        salt: "0123456789abcdef0123456789abcdef".into(),
        seen: NoteTime::from_unix(1_770_000_000),
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let line = line().encode();
    let checkpoint = Checkpoint {
        origin: "case.example".into(),
        size: 1,
        root: leaf_digest(line.as_bytes()),
        extensions: Vec::new(),
    };
    let checkpoint = CASE.sign(&checkpoint.encode()).expect("a fit text").encode();
    let proof =
        TlogProof { extra: Some(line.clone().into_bytes()), index: 0, hashes: Vec::new(), checkpoint };
    let mut seeds = vec![line.into_bytes(), proof.encode().into_bytes()];
    for dossier in onus_fuzz::vectors("good").iter().take(20) {
        let file: serde_json::Value = serde_json::from_slice(dossier).expect("JSON");
        let records = file["body"]["records"].as_array().expect("records");
        seeds.extend(records.iter().filter_map(|record| Some(record["proof"].as_str()?.as_bytes().to_vec())));
    }
    seeds
}

fn takes(data: &[u8]) -> bool {
    if let Some(line) = JournalLine::parse(data) {
        assert_eq!(line.encode().as_bytes(), data);
        return true;
    }
    let Ok(text) = std::str::from_utf8(data) else { return false };
    let Ok(proof) = TlogProof::parse(text) else {
        assert!(Collected::parse(text).is_err());
        return false;
    };
    assert_eq!(proof.encode(), text);
    let (leaf, root) = (leaf_digest(b"a"), Digest::of(b"b"));
    for size in [0, 1, proof.index, proof.index.saturating_add(1), u64::MAX] {
        assert!(verify_inclusion(leaf, proof.index, size, &proof.hashes, root).is_err());
    }
    if let Ok(collected) = Collected::parse(text)
        && collected.verify(CASE.verifier()).is_ok()
    {
        assert_eq!(*collected.line(), line(), "a line that nobody sealed");
    }
    true
}

libfuzzer_sys::fuzz_target!(init: onus_fuzz::start(seeds, takes), |data: &[u8]| {
    takes(data);
});
