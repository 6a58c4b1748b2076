//! The test vectors of the specification, made anew from a small case: dossiers and notes, good and bad, each with what a
//! verifier must say of it. What is expected is stated here by hand, never computed.

pub mod case;
mod claims;
mod keys;
mod linked;
mod notes;
mod rules;
mod spelled;
mod tampered;
mod unsigned;

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Longer vectors are made when they are needed, and not stored.
const STORED: usize = 24_000;

/// A file and what a verifier must say of it.
pub struct Vector {
    /// Name below `vectors/`.
    pub file: String,
    /// What it is, in words.
    pub what: String,
    pub bytes: Vec<u8>,
    pub expected: Expected,
}

/// What a verifier must say.
pub enum Expected {
    /// The dossier verifies; rungs by claim.
    Verified(BTreeMap<String, u8>),
    /// The dossier is rejected, with this class.
    Rejected(&'static str),
    /// A note beside that dossier, under the policy of that file, has this standing.
    Note { about: String, policy: Option<String>, standing: &'static str },
    /// A text that others refer to.
    Policy,
}

impl Vector {
    pub fn good(name: &str, what: &str, text: String, rungs: BTreeMap<String, u8>) -> Self {
        Self::of(format!("good/{name}.json"), what, text.into_bytes(), Expected::Verified(rungs))
    }

    /// Rejected; its name begins with the class.
    pub fn bad(class: &'static str, name: &str, what: &str, bytes: impl Into<Vec<u8>>) -> Self {
        let file = format!("bad/{class}.{name}.json");
        Self::of(file, what, bytes.into(), Expected::Rejected(class))
    }

    fn of(file: String, what: &str, bytes: Vec<u8>, expected: Expected) -> Self {
        Self { file, what: what.to_owned(), bytes, expected }
    }

    pub fn is_stored(&self) -> bool {
        self.bytes.len() <= STORED
    }

    /// Its entry in `index.json`.
    pub fn entry(&self) -> Value {
        let mut entry = json!({ "file": self.file, "what": self.what });
        let members = match &self.expected {
            Expected::Verified(rungs) => json!({ "verdict": "verified", "claims": rungs }),
            Expected::Rejected(class) => json!({ "verdict": "rejected", "class": class }),
            Expected::Note { about, policy, standing } => {
                json!({ "about": about, "policy": policy, "standing": standing })
            }
            Expected::Policy => json!({ "policy": "of a reader" }),
        };
        let entry_members = entry.as_object_mut().unwrap();
        entry_members.extend(members.as_object().unwrap().clone());
        if !self.is_stored() {
            entry_members.insert("stored".into(), false.into());
        }
        entry.sort_all_objects();
        entry
    }
}

/// All vectors, in the order of the index.
pub fn all() -> Vec<Vector> {
    let mut out = Vec::new();
    claims::on_one_record(&mut out);
    claims::frames(&mut out);
    claims::names(&mut out);
    linked::all(&mut out);
    rules::all(&mut out);
    unsigned::all(&mut out);
    tampered::all(&mut out);
    keys::all(&mut out);
    spelled::all(&mut out);
    notes::all(&mut out);
    out
}
