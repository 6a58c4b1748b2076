//! A dossier holds, and every change to it is rejected under the name of its class.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use onus_proof::*;
use serde_json::{Value, json};
use std::collections::HashMap;

fn signer() -> Signer {
    Signer::from_seed("case.example", &[7; 32]).unwrap()
}

fn field(sealer: &Sealer, index: RecordIndex, name: &str, value: FieldValue, show: bool) -> DisclosedField {
    let salt = sealer.field_salt(index, name);
    if show {
        DisclosedField::Shown { name: name.to_owned(), value, salt }
    } else {
        DisclosedField::Hidden(Hidden(field_commitment(&salt, name, &value)))
    }
}

/// Five leaves; records 1 and 3 are disclosed, each with one field hidden.
fn parts() -> DossierParts {
    let secret = CaseSecret::from_bytes([9; 32]);
    let mut sealer = Sealer::new(&secret);
    let (mut tree, mut store) = (TreeBuilder::new(), HashMap::new());
    let source = Digest::of(b"source");
    let header = |n: u64| RecordHeader { source, ordinal: n, offset: n * 10, length: 10, format: "ndjson" };
    let values = |n: u64| {
        vec![
            ("bytes", FieldValue::UInt(n)),
            ("host", FieldValue::Text("a".into())),
            ("rate", FieldValue::Float(0.5)),
        ]
    };
    for n in 0..5 {
        let values = values(n);
        let fields: Vec<_> = values.iter().map(|(name, value)| FieldRef { name, value }).collect();
        let leaf = sealer.leaf_hash(RecordIndex(n), &header(n), &fields, b"0123456789").unwrap();
        tree.push(leaf, |level, index, hash| _ = store.insert((level, index), hash));
    }
    let read = |level, index| store.get(&(level, index)).copied();
    let records = [1, 3].map(|n| {
        let index = RecordIndex(n);
        let fields =
            values(n).into_iter().map(|(name, value)| field(&sealer, index, name, value, name != "host"));
        let raw_salt = sealer.raw_salt(index);
        DossierRecord {
            index,
            source,
            ordinal: n,
            offset: n * 10,
            length: 10,
            format: "ndjson".into(),
            fields: fields.collect(),
            raw: if n == 1 {
                DisclosedRaw::Shown { bytes: b"0123456789".to_vec(), salt: raw_salt }
            } else {
                DisclosedRaw::Hidden(Hidden(raw_commitment(&raw_salt, b"0123456789")))
            },
            path: inclusion_proof(n, 5, &read).unwrap(),
        }
    });
    let checkpoint =
        Checkpoint { origin: "case.example".into(), size: 5, root: tree.root(), extensions: vec![] };
    DossierParts {
        case: "case".into(),
        created: "2026-01-01T00:00:00Z".into(),
        tool: "onus 0.1.0".into(),
        checkpoint: signer().sign(&checkpoint.encode()).unwrap(),
        records: records.into(),
        claims: vec![json!({"id":"c1","kind":"k","params":{},"sentence":"s","cites":[1,3],"rests_on":[]})],
        attachments: vec!["rule".into()],
        limits: vec!["no independent time".into()],
        faults: json!({"total": 0}),
    }
}

fn good() -> String {
    Dossier::build(parts(), &signer()).unwrap().encode()
}

fn verify(text: &str) -> Result<VerifiedDossier, Rejection> {
    VerifiedDossier::verify(text.as_bytes(), &TrustPolicy::AnyKey)
}

/// A forger who holds the key: changes the body, signs it anew.
fn forged(change: impl FnOnce(&mut Value)) -> Rejection {
    verify(&forged_text(change)).unwrap_err()
}

fn forged_text(change: impl FnOnce(&mut Value)) -> String {
    let mut file: Value = serde_json::from_str(&good()).unwrap();
    change(&mut file["body"]);
    let note = Note::parse(file["body"]["checkpoint"].as_str().unwrap()).unwrap();
    let origin = Checkpoint::parse(&note.text).unwrap().origin;
    let body = Digest::of(canonical(&file["body"]).unwrap().as_bytes()).to_base64();
    let note = signer().sign(&format!("{origin}\nonus-dossier/1\n{body}\n")).unwrap().encode();
    file["note"] = note.into();
    canonical(&file).unwrap()
}

#[test]
fn a_good_one_is_verified() {
    let dossier = verify(&good()).unwrap();
    let record = &dossier.records()[&RecordIndex(3)];
    assert_eq!(record.field("bytes"), Some(&FieldValue::UInt(3)));
    assert_eq!((record.field("host"), record.hidden(), record.raw()), (None, 1, None));
    assert_eq!(dossier.records()[&RecordIndex(1)].raw(), Some(&b"0123456789"[..]));
    assert_eq!(dossier.claims()[0].cites, [RecordIndex(1), RecordIndex(3)]);
    assert_eq!(dossier.attachments()[&Digest::of(b"rule")], "rule");
    let trusted = TrustPolicy::Keys(vec![signer().verifier().clone()]);
    assert!(VerifiedDossier::verify(good().as_bytes(), &trusted).is_ok());
    let other =
        TrustPolicy::Keys(vec![Signer::from_seed("case.example", &[8; 32]).unwrap().verifier().clone()]);
    let result = VerifiedDossier::verify(good().as_bytes(), &other);
    assert!(matches!(result, Err(Rejection::UntrustedKey(_))));
}

#[test]
fn any_one_byte_changed_is_rejected() {
    let good = good().into_bytes();
    for at in 0..good.len() {
        for mask in [1, 0x20, 0x80, 0xff] {
            let mut bad = good.clone();
            bad[at] ^= mask;
            let result = VerifiedDossier::verify(&bad, &TrustPolicy::AnyKey);
            assert!(result.is_err(), "byte {at} xor {mask:#x} was accepted");
        }
    }
}

#[test]
fn any_truncation_is_rejected() {
    let good = good().into_bytes();
    for end in 0..good.len() {
        assert!(VerifiedDossier::verify(&good[..end], &TrustPolicy::AnyKey).is_err());
    }
    assert_eq!(
        verify(&format!("{}\n", String::from_utf8(good).unwrap())).unwrap_err(),
        Rejection::NonCanonical
    );
}

#[test]
fn a_claim_edited_by_hand() {
    let edited = good().replace("\"sentence\":\"s\"", "\"sentence\":\"t\"");
    assert_eq!(verify(&edited).unwrap_err(), Rejection::BodyChanged);
}

#[test]
fn forgeries_by_the_holder_of_the_key() {
    let swapped = forged(|body| {
        let fields = &mut body["records"][0]["fields"];
        let (a, b) = (fields[0]["salt"].clone(), fields[2]["salt"].clone());
        (fields[0]["salt"], fields[2]["salt"]) = (b, a);
    });
    assert_eq!(swapped, Rejection::NotInTree(1));
    let twice = forged(|body| {
        let fields = body["records"][0]["fields"].as_array_mut().unwrap();
        fields.push(fields[0].clone());
    });
    assert_eq!(twice, Rejection::DuplicateField { record: 1, name: "bytes".into() });
    assert_eq!(forged(|body| body["records"][0]["index"] = 2.into()), Rejection::ProofOfAnotherLeaf(1 + 1));
    let moved = forged(|body| {
        let proof = body["records"][0]["proof"].as_str().unwrap().replace("index 1\n", "index 0\n");
        body["records"][0]["index"] = 0.into();
        body["records"][0]["proof"] = proof.into();
    });
    assert_eq!(moved, Rejection::NotInTree(0));
    assert_eq!(forged(|body| body["records"][0]["fields"][0]["value"] = "2".into()), Rejection::NotInTree(1));
    assert_eq!(forged(|body| body["records"][0]["ordinal"] = 2.into()), Rejection::NotInTree(1));
    assert_eq!(forged(|body| body["records"][1] = body["records"][0].clone()), Rejection::DuplicateRecord(1));
    let absent = Rejection::AbsentRecord { claim: "c1".into(), record: 2 };
    assert_eq!(forged(|body| body["claims"][0]["cites"] = json!([2])), absent);
    let claim = forged(|body| body["claims"] = json!([body["claims"][0], body["claims"][0]]));
    assert_eq!(claim, Rejection::DuplicateClaim("c1".into()));
    let rule = Digest::of(b"rule").to_hex();
    assert_eq!(
        forged(|body| body["attachments"][&rule] = "rulf".into()),
        Rejection::AttachmentChanged(rule.clone())
    );
    let value = forged(|body| body["records"][0]["fields"][0]["value"] = "01".into());
    assert!(matches!(value, Rejection::Malformed { .. }));
    assert!(matches!(forged(|body| body["more"] = 1.into()), Rejection::Malformed { .. }));
    let other = forged(|body| {
        body["records"][0]["proof"] =
            body["records"][0]["proof"].as_str().unwrap().replace("\n5\n", "\n6\n").into()
    });
    assert_eq!(other, Rejection::ProofOfAnotherTree(1));
}

/// The checkpoint of another size is signed anew, and every proof is bound to it.
fn resized(size: u64) -> Rejection {
    forged(|body| {
        let old = body["checkpoint"].as_str().unwrap().to_owned();
        let mut checkpoint = Checkpoint::parse(&Note::parse(&old).unwrap().text).unwrap();
        checkpoint.size = size;
        let new = signer().sign(&checkpoint.encode()).unwrap().encode();
        for record in body["records"].as_array_mut().unwrap() {
            record["proof"] = record["proof"].as_str().unwrap().replace(&old, &new).into();
        }
        body["checkpoint"] = new.into();
    })
}

#[test]
fn a_wrong_tree_size() {
    assert_eq!(resized(4), Rejection::WrongTreeSize(1));
    assert_eq!(resized(9), Rejection::WrongTreeSize(1));
    assert_eq!(resized(1), Rejection::OutsideTree { record: 1, size: 1 });
}

#[test]
fn bad_signatures() {
    let mut file: Value = serde_json::from_str(&good()).unwrap();
    let stranger = Signer::from_seed("case.example", &[8; 32]).unwrap();
    let text = Note::parse(file["note"].as_str().unwrap()).unwrap().text;
    file["note"] = stranger.sign(&text).unwrap().encode().into();
    let result = verify(&canonical(&file).unwrap());
    assert!(matches!(result, Err(Rejection::BadNote(NoteError::Unsigned(_)))));
    assert!(matches!(
        forged(|body| body["vkey"] = stranger.verifier().to_vkey().into()),
        Rejection::BadCheckpoint(_)
    ));
    assert_eq!(verify("{}").unwrap_err(), Rejection::NotADossier);
    let newer = verify(&good().replace("onus-dossier/1\",\"note", "onus-dossier/3\",\"note"));
    assert!(matches!(newer, Err(Rejection::UnknownVersion(_))));
}

proptest::proptest! {
    #[test]
    fn no_parser_panics(bytes: Vec<u8>, text: String, kind in "null|bool|int|uint|float|text") {
        let _ = VerifiedDossier::verify(&bytes, &TrustPolicy::AnyKey);
        let _ = (Note::parse(&text), Checkpoint::parse(&text), TlogProof::parse(&text), Verifier::from_vkey(&text));
        if let Ok(value) = FieldValue::parse(&kind, &text) {
            proptest::prop_assert_eq!(value.to_text(), text);
        }
    }

    #[test]
    fn values_read_back(bits: u64, int: i64) {
        for value in [FieldValue::Float(f64::from_bits(bits)), FieldValue::Int(int), FieldValue::UInt(bits)] {
            let again = FieldValue::parse(value.type_name(), &value.to_text()).unwrap();
            proptest::prop_assert_eq!(again.to_text(), value.to_text());
        }
    }

    #[test]
    fn both_ways_to_a_leaf_agree(names in proptest::collection::btree_set(".{0,8}", 0..40), index: u64) {
        let (secret, value) = (CaseSecret::from_bytes([1; 32]), FieldValue::Int(-1));
        let sealer = Sealer::new(&secret);
        let header = RecordHeader { source: Digest([0; 32]), ordinal: 1, offset: 2, length: 3, format: "f" };
        let fields: Vec<_> = names.iter().map(|name| FieldRef { name, value: &value }).collect();
        let index = RecordIndex(index);
        let commitments: Vec<_> =
            names.iter().map(|name| field_commitment(&sealer.field_salt(index, name), name, &value)).collect();
        let raw = raw_commitment(&sealer.raw_salt(index), b"raw");
        let rebuilt = leaf_bytes_from_commitments(index, &header, &commitments, raw);
        proptest::prop_assert_eq!(leaf_bytes(&secret, index, &header, &fields, b"raw").unwrap(), rebuilt);
        let twice: Vec<_> = fields.iter().chain(fields.first()).copied().collect();
        proptest::prop_assert!(fields.is_empty() || leaf_bytes(&secret, index, &header, &twice, b"raw").is_err());
    }
}

/// Dossiers good and bad, each bad one under the name of its class, for every other verifier to try.
fn vectors() -> Vec<(&'static str, String)> {
    let mut stranger: Value = serde_json::from_str(&good()).unwrap();
    let text = Note::parse(stranger["note"].as_str().unwrap()).unwrap().text;
    let other = Signer::from_seed("case.example", &[8; 32]).unwrap();
    stranger["note"] = other.sign(&text).unwrap().encode().into();
    let rule = Digest::of(b"rule").to_hex();
    vec![
        ("good", good()),
        ("good.no-claims", forged_text(|body| body["claims"] = json!([]))),
        ("NotADossier.html", "<!doctype html>".into()),
        ("UnknownVersion", good().replace("onus-dossier/1\",\"note", "onus-dossier/3\",\"note")),
        ("NonCanonical.newline", good() + "\n"),
        ("NonCanonical.member-twice", good().replacen("{\"body\"", "{\"body\":{},\"body\"", 1)),
        ("BodyChanged.claim-edited", good().replace("\"sentence\":\"s\"", "\"sentence\":\"t\"")),
        ("BadNote.stranger", canonical(&stranger).unwrap()),
        ("BadCheckpoint.other-key", forged_text(|body| body["vkey"] = other.verifier().to_vkey().into())),
        ("NotInTree.value", forged_text(|body| body["records"][0]["fields"][0]["value"] = "2".into())),
        ("NotInTree.ordinal", forged_text(|body| body["records"][0]["ordinal"] = 2.into())),
        (
            "Malformed.second-spelling",
            forged_text(|body| body["records"][0]["fields"][0]["value"] = "01".into()),
        ),
        ("ProofOfAnotherLeaf", forged_text(|body| body["records"][0]["index"] = 2.into())),
        ("DuplicateRecord", forged_text(|body| body["records"][1] = body["records"][0].clone())),
        (
            "DuplicateField",
            forged_text(|body| {
                let fields = body["records"][0]["fields"].as_array_mut().unwrap();
                fields.push(fields[0].clone());
            }),
        ),
        ("AbsentRecord", forged_text(|body| body["claims"][0]["cites"] = json!([2]))),
        ("AttachmentChanged", forged_text(|body| body["attachments"][&rule] = "rulf".into())),
    ]
}

/// `ONUS_WRITE_VECTORS=1` writes the files anew; else they must be what this crate makes.
#[test]
fn vectors_give_their_class() {
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/vectors"));
    let made = vectors();
    for (name, text) in &made {
        let path = folder.join(format!("{name}.json"));
        if std::env::var_os("ONUS_WRITE_VECTORS").is_some() {
            std::fs::write(&path, text).unwrap();
        }
        assert_eq!(&std::fs::read_to_string(&path).unwrap(), text, "{name}");
        let class = match verify(text) {
            Ok(_) => "good".to_owned(),
            Err(rejection) => {
                format!("{rejection:?}").split([' ', '(']).next().unwrap_or_default().to_owned()
            }
        };
        assert_eq!(name.split('.').next(), Some(class.as_str()), "{name}");
    }
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), made.len());
}
