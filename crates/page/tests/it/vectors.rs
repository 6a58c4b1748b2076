//! The vectors in `vectors/` are those that are made here, and the Rust verifier says of each what the index says.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use onus_claim::assess;
use onus_page::Carried;
use onus_proof::{Rejection, TrustPolicy, VerifiedDossier};
use onus_trust::{Policy, Standing, judge};

use crate::make::{self, Expected, Vector};

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors"))
}

/// The index: one entry a line.
fn index(vectors: &[Vector]) -> String {
    let entries: Vec<String> = vectors.iter().map(|vector| vector.entry().to_string()).collect();
    format!("[\n{}\n]\n", entries.join(",\n"))
}

/// The class of a rejection: the name of its variant.
pub fn class(rejection: &Rejection) -> String {
    let shown = format!("{rejection:?}");
    shown.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default().to_owned()
}

/// What the Rust verifier says: rungs by claim, or the class. A claim on a rung above 2 was recomputed too.
pub fn rust_verdict(bytes: &[u8]) -> Result<BTreeMap<String, u8>, String> {
    let carried = Carried::of(bytes).map_err(|_| "NotADossier".to_owned())?;
    let dossier = VerifiedDossier::verify(carried.dossier(), &TrustPolicy::AnyKey).map_err(|e| class(&e))?;
    Ok(assess(&dossier).into_iter().map(|one| (one.id, (one.rung as u8).min(2))).collect())
}

#[test]
fn the_folder_holds_what_is_made_here() {
    let vectors = make::all();
    assert!(vectors.len() >= 300, "{} vectors", vectors.len());
    let index = index(&vectors);
    if std::env::var_os("ONUS_WRITE_VECTORS").is_some() {
        let _ = fs::remove_dir_all(folder());
        for vector in vectors.iter().filter(|vector| vector.is_stored()) {
            let path = folder().join(&vector.file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, &vector.bytes).unwrap();
        }
        fs::write(folder().join("index.json"), &index).unwrap();
    }
    assert_eq!(
        fs::read_to_string(folder().join("index.json")).unwrap(),
        index,
        "write it anew: ONUS_WRITE_VECTORS=1"
    );
    for vector in vectors.iter().filter(|vector| vector.is_stored()) {
        assert_eq!(fs::read(folder().join(&vector.file)).unwrap(), vector.bytes, "{}", vector.file);
    }
}

#[test]
fn rust_says_what_the_index_says() {
    let vectors = make::all();
    let mut wrong = Vec::new();
    for vector in &vectors {
        let (said, expected) = match &vector.expected {
            Expected::Verified(rungs) => {
                (format!("{:?}", rust_verdict(&vector.bytes)), format!("{:?}", Ok::<_, String>(rungs)))
            }
            Expected::Rejected(class) => {
                let expected = Err::<BTreeMap<String, u8>, _>((*class).to_owned());
                (format!("{:?}", rust_verdict(&vector.bytes)), format!("{expected:?}"))
            }
            Expected::Note { about, policy, standing } => {
                (standing_of(&vectors, about, policy.as_deref(), &vector.bytes), (*standing).to_owned())
            }
            Expected::Policy => continue,
        };
        if said != expected {
            wrong.push(format!("{}: {said}, not {expected}", vector.file));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn standing_of(vectors: &[Vector], about: &str, policy: Option<&str>, note: &[u8]) -> String {
    let bytes = |file: &str| &vectors.iter().find(|vector| vector.file == file).unwrap().bytes;
    let policy = policy.map(|file| Policy::parse(std::str::from_utf8(bytes(file)).unwrap()).unwrap());
    let beside = [("note".to_owned(), note.to_vec())];
    let judged = judge(bytes(about), policy.as_ref(), &beside).unwrap();
    let standing = match &judged.received()[0].standing {
        Standing::Counts => "counts",
        Standing::Malformed(_) => "malformed",
        Standing::AnotherDossier(_) => "another-dossier",
        Standing::Stranger => "stranger",
        Standing::BadSignature => "bad-signature",
        Standing::Revoked(_) => "revoked",
        Standing::AbsentClaim(_) => "absent-claim",
        Standing::AnotherFile => "another-file",
    };
    standing.to_owned()
}
