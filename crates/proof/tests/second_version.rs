//! What version 2 of a dossier adds: earlier checkpoints, tokens, what is known of the evidence, pseudonyms.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use onus_proof::*;
use serde_json::{Value, json};

const LEAVES: u64 = 11;

fn signer() -> Signer {
    Signer::from_seed("case.example", &[7; 32]).unwrap()
}

/// Leaves of one field each; all subtrees by level.
struct Tree {
    levels: Vec<Vec<Digest>>,
    sealer: Sealer,
}

impl Tree {
    fn new() -> Self {
        let sealer = Sealer::new(&CaseSecret::from_bytes([9; 32]));
        let mut tree = Self { levels: Vec::new(), sealer };
        let mut builder = TreeBuilder::new();
        for n in 0..LEAVES {
            let value = FieldValue::Int(n as i64);
            let fields = [FieldRef { name: "n", value: &value }];
            let leaf = tree.sealer.leaf_hash(RecordIndex(n), &header(n), &fields, b"raw").unwrap();
            builder.push(leaf, |level, _, hash| {
                if tree.levels.len() == usize::from(level) {
                    tree.levels.push(Vec::new());
                }
                tree.levels[usize::from(level)].push(hash);
            });
        }
        tree
    }

    fn read(&self, level: u8, index: u64) -> Option<Digest> {
        self.levels.get(usize::from(level))?.get(index as usize).copied()
    }

    fn head(&self, size: u64) -> Note {
        let root = root(size, &|level, index| self.read(level, index)).unwrap();
        let checkpoint = Checkpoint { origin: "case.example".into(), size, root, extensions: vec![] };
        signer().sign(&checkpoint.encode()).unwrap()
    }

    fn earlier(&self, size: u64) -> EarlierCheckpoint {
        let consistency = consistency_proof(size, LEAVES, &|level, index| self.read(level, index)).unwrap();
        EarlierCheckpoint { checkpoint: self.head(size), consistency, tokens: vec![b"token".to_vec()] }
    }
}

fn header(n: u64) -> RecordHeader<'static> {
    RecordHeader { source: Digest([3; 32]), ordinal: n, offset: n, length: 1, format: "ndjson" }
}

fn build(more: &MoreParts) -> Result<String, DossierError> {
    let tree = Tree::new();
    let (index, value) = (RecordIndex(4), FieldValue::Int(4));
    let hidden = Hidden(field_commitment(&tree.sealer.field_salt(index, "n"), "n", &value));
    let record = DossierRecord {
        index,
        source: Digest([3; 32]),
        ordinal: 4,
        offset: 4,
        length: 1,
        format: "ndjson".into(),
        fields: vec![DisclosedField::Pseudonym(hidden, "user-1".into())],
        raw: DisclosedRaw::Hidden(Hidden(raw_commitment(&tree.sealer.raw_salt(index), b"raw"))),
        path: inclusion_proof(4, LEAVES, &|level, index| tree.read(level, index)).unwrap(),
    };
    let parts = DossierParts {
        case: "case".into(),
        created: "2026-01-01T00:00:00Z".into(),
        tool: "onus 0.1.0".into(),
        checkpoint: tree.head(LEAVES),
        records: vec![record],
        claims: vec![],
        attachments: vec![],
        limits: vec![],
        faults: Value::Null,
    };
    Ok(Dossier::build_with(parts, more, &signer())?.encode())
}

fn more() -> MoreParts {
    let tree = Tree::new();
    MoreParts {
        known: vec![Known {
            weighs: Weighs::Against,
            what: "log_cleared".into(),
            text: "A log was cleared.".into(),
        }],
        history: [3, 8, LEAVES].map(|size| tree.earlier(size)).to_vec(),
        tokens: vec![b"token over the head".to_vec()],
    }
}

#[test]
fn what_is_added_comes_back_verified() {
    let dossier = VerifiedDossier::verify(build(&more()).unwrap().as_bytes(), &TrustPolicy::AnyKey).unwrap();
    assert_eq!(dossier.known(), more().known);
    assert_eq!(
        dossier.history().iter().map(|earlier| earlier.checkpoint().size).collect::<Vec<_>>(),
        [3, 8, 11]
    );
    assert_eq!(dossier.history()[0].tokens(), [b"token".to_vec()]);
    assert_eq!(dossier.head().tokens(), [b"token over the head".to_vec()]);
    assert_eq!(dossier.head().stamped(), Tree::new().head(LEAVES).encode());
    let record = &dossier.records()[&RecordIndex(4)];
    assert_eq!((record.hidden(), record.pseudonyms().collect::<Vec<_>>()), (1, vec![(0, "user-1")]));
}

/// Cosignatures change neither what is stamped nor whether the checkpoint holds.
#[test]
fn cosigned_before_or_after_the_same_bytes_are_stamped() {
    let tree = Tree::new();
    let mut earlier = tree.earlier(3);
    let stamped = earlier.checkpoint.encode();
    let witness = Signer::from_seed("witness.example", &[5; 32]).unwrap();
    earlier.checkpoint.signatures.insert(0, cosign(&witness, &earlier.checkpoint.text, 5).unwrap());
    let more = MoreParts { history: vec![earlier], ..MoreParts::default() };
    let dossier = VerifiedDossier::verify(build(&more).unwrap().as_bytes(), &TrustPolicy::AnyKey).unwrap();
    assert_eq!(dossier.history()[0].stamped(), stamped);
    let key = WitnessKey::of(witness.verifier()).unwrap();
    assert_eq!(key.cosigned(dossier.history()[0].note()), Ok(5));
}

#[test]
fn what_does_not_fit_is_rejected_by_class() {
    let tree = Tree::new();
    let class = |more: &MoreParts| match build(more) {
        Err(DossierError::WouldBeRejected(rejection)) => format!("{rejection:?}"),
        other => panic!("{other:?}"),
    };
    let history = |history: Vec<EarlierCheckpoint>| MoreParts { history, ..more() };
    assert_eq!(class(&history(vec![tree.earlier(8), tree.earlier(3)])), "BadHistory");
    assert_eq!(class(&history(vec![tree.earlier(3), tree.earlier(3)])), "BadHistory");
    let mut other = tree.earlier(3);
    let stranger = Signer::from_seed("case.example", &[8; 32]).unwrap();
    other.checkpoint = stranger.sign(&other.checkpoint.text).unwrap();
    assert_eq!(class(&history(vec![other])), "BadHistory");
    let mut origin = tree.earlier(3);
    origin.checkpoint = signer().sign(&origin.checkpoint.text.replace("case.", "base.")).unwrap();
    assert_eq!(class(&history(vec![origin])), "BadHistory");
    let empty =
        Checkpoint { origin: "case.example".into(), size: 0, root: Digest::of(b""), extensions: vec![] };
    let empty = EarlierCheckpoint {
        checkpoint: signer().sign(&empty.encode()).unwrap(),
        consistency: vec![],
        tokens: vec![],
    };
    assert_eq!(class(&history(vec![empty])), "BadHistory");
    let mut changed = tree.earlier(3);
    changed.consistency[0].0[0] ^= 1;
    assert_eq!(class(&history(vec![changed])), "NotAPrefix(3)");
    let mut forged = tree.earlier(3);
    let root = Digest::of(b"another history");
    let checkpoint = Checkpoint { origin: "case.example".into(), size: 3, root, extensions: vec![] };
    forged.checkpoint = signer().sign(&checkpoint.encode()).unwrap();
    assert_eq!(class(&history(vec![forged])), "NotAPrefix(3)");
    let large = MoreParts { tokens: vec![vec![0; limits::TOKEN_BYTES + 1]], ..more() };
    assert_eq!(class(&large), "TooLarge(\"a token\")");
    let many = MoreParts { tokens: vec![vec![0]; limits::TOKENS + 1], ..more() };
    assert_eq!(class(&many), "TooLarge(\"tokens\")");
    let word = Known { what: "rumour".into(), ..more().known[0].clone() };
    assert!(class(&MoreParts { known: vec![word], ..more() }).starts_with("Malformed"));
}

/// The members of version 2 stand in no dossier of version 1, and a dossier of version 2 has them all.
#[test]
fn versions_are_not_mixed() {
    let text = build(&more()).unwrap();
    let verify = |text: &str| VerifiedDossier::verify(text.as_bytes(), &TrustPolicy::AnyKey).unwrap_err();
    let first = text.replace("onus-dossier/2\",\"note", "onus-dossier/1\",\"note");
    assert!(matches!(verify(&first), Rejection::Malformed { .. }));
    let mut value: Value = serde_json::from_str(&text).unwrap();
    for member in ["history", "known", "tokens"] {
        value["body"].as_object_mut().unwrap().remove(member);
    }
    assert!(matches!(verify(&canonical(&value).unwrap()), Rejection::Malformed { .. }));
    value["format"] = json!("onus-dossier/1");
    assert_eq!(verify(&canonical(&value).unwrap()), Rejection::BodyChanged);
}

/// Any bit of any byte: nothing is accepted that is not the same file.
#[test]
fn every_flipped_bit_is_rejected() {
    let good = build(&more()).unwrap().into_bytes();
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 1 << (at % 8);
        assert!(VerifiedDossier::verify(&bytes, &TrustPolicy::AnyKey).is_err(), "byte {at}");
    }
}
