//! Dossiers that hold, and such as were changed by somebody without the key.

use std::collections::BTreeMap;

use onus_proof::*;
use serde_json::{Value, json};

use super::Vector;
use super::case::{Case, Opened, Show, claim, other_signer, show, signer};

/// Twelve records of two fields and a secret one.
pub fn case() -> Case {
    let record = |n: u64| json!({ "EventID": n, "rate": 0.5, "user": format!("user-{n}"), "host": "a", "big": 18_446_744_073_709_551_615_u64, "none": null, "flag": true });
    Case::new(&(0..12).map(record).collect::<Vec<_>>())
}

pub fn shown() -> Vec<Show> {
    let pseudonyms = vec![("user", "account 1")];
    vec![
        Show { hidden: vec!["host"], pseudonyms, raw: true, ..show(1) },
        Show { hidden: vec!["user"], ..show(3) },
        show(11),
    ]
}

pub fn claims() -> Vec<Value> {
    vec![claim("c1", "unheard_of", json!({ "n": 1 }), &[1, 3]), claim("c2", "unheard_of", json!({}), &[11])]
}

pub fn more(case: &Case) -> MoreParts {
    let known = |weighs, what: &str, text: &str| Known { weighs, what: what.into(), text: text.into() };
    MoreParts {
        known: vec![
            known(Weighs::For, "agreement", "Two logs agree."),
            known(Weighs::Against, "log_cleared", "A log was cleared."),
            known(Weighs::Open, "gap", "An hour is missing."),
        ],
        history: vec![case.earlier(1), case.earlier(4), case.earlier(7), case.earlier(12)],
        tokens: vec![b"not judged without a policy".to_vec()],
    }
}

pub fn second(case: &Case) -> String {
    case.second(&shown(), claims(), &["a rule"], &more(case))
}

fn rungs() -> BTreeMap<String, u8> {
    [("c1".to_owned(), 1), ("c2".to_owned(), 1)].into()
}

pub fn all(out: &mut Vec<Vector>) {
    let case = case();
    let text = second(&case);
    let good = |name: &str, what: &str, text: String| Vector::good(name, what, text, rungs());
    let unshown = shown().into_iter().map(|one| Show { pseudonyms: vec![], ..one }).collect::<Vec<_>>();
    out.push(good("version-1", "version 1", case.first(&unshown, claims(), &["a rule"])));
    out.push(good("version-2", "version 2 with known, history, tokens and a pseudonym", text.clone()));
    out.push(good(
        "version-2-empty",
        "version 2 without what it adds",
        case.second(&unshown, claims(), &[], &MoreParts::default()),
    ));
    let none = case.first(&[], vec![], &[]);
    out.push(Vector::good("nothing", "no record and no claim", none, BTreeMap::new()));
    out.push(good(
        "leak",
        "a hidden value stands in the raw bytes: no verifier can tell, the maker's own scan must",
        text.clone(),
    ));
    cosigned(&text, out);
    sizes(out);
    without_key(&Opened::of(&text), out);
    signatures(&Opened::of(&text), out);
}

/// A checkpoint with lines of others.
fn cosigned(text: &str, out: &mut Vec<Vector>) {
    let mut opened = Opened::of(text);
    let line = other_signer().sign("anything\n").unwrap().signatures.remove(0);
    let mut head = Note::parse(&opened.text("/checkpoint")).unwrap();
    head.signatures.push(NoteSignature { name: "witness.example".into(), ..line });
    let (before, after) = (opened.text("/checkpoint"), head.encode());
    *opened.at("/checkpoint") = after.clone().into();
    for record in opened.list("/records") {
        let proof = record["proof"].as_str().unwrap().replace(&before, &after);
        record["proof"] = proof.into();
    }
    out.push(Vector::good(
        "cosigned",
        "the checkpoint bears a line of an unknown key",
        opened.signed(),
        rungs(),
    ));
}

/// The first and the last record of trees of each size up to nine.
fn sizes(out: &mut Vec<Vector>) {
    for size in 1..=9_u64 {
        let case = Case::new(&(0..size).map(|n| json!({ "n": n })).collect::<Vec<_>>());
        let mut records = vec![show(0)];
        if size > 1 {
            records.push(show(size - 1));
        }
        let more =
            MoreParts { history: (1..=size).map(|old| case.earlier(old)).collect(), ..MoreParts::default() };
        let text = case.second(&records, vec![], &[], &more);
        out.push(Vector::good(
            &format!("tree-of-{size}"),
            "the ends of a small tree, and its history",
            text,
            BTreeMap::new(),
        ));
    }
}

/// Changes that only the note's digest of the body tells.
fn without_key(good: &Opened, out: &mut Vec<Vector>) {
    let mut changed = |name: &str, pointer: &str, value: Value| {
        let mut opened = good.clone();
        *opened.at(pointer) = value;
        out.push(Vector::bad(
            "BodyChanged",
            name,
            &format!("body{pointer} changed after signing"),
            opened.encode(),
        ));
    };
    changed("case", "/case", json!("Other"));
    changed("created", "/created", json!("2026-03-02T08:00:01Z"));
    changed("tool", "/tool", json!("onus 0.1.1"));
    changed("faults", "/faults", json!({ "total": 1 }));
    changed("limits", "/limits", json!([]));
    changed("claim-sentence", "/claims/0/sentence", json!("It was them."));
    changed("claim-cites", "/claims/0/cites", json!([1]));
    changed("claim-params", "/claims/0/params/n", json!(2));
    changed("claim-added", "/claims/1", claim("c3", "unheard_of", json!({}), &[11]));
    changed("known", "/known/1/weighs", json!("for"));
    changed("known-dropped", "/known", json!([]));
    changed("history-dropped", "/history", json!([]));
    changed("tokens-dropped", "/tokens", json!([]));
    changed("record-value", "/records/0/fields/0/value", json!("2"));
    changed("record-salt", "/records/0/fields/0/salt", json!("00000000000000000000000000000000"));
    changed("record-hidden", "/records/1/fields/6", json!({ "hidden": "00".repeat(32) }));
    changed("record-raw", "/records/0/raw/bytes", json!("AAAA"));
    changed("records-dropped", "/records", json!([]));
    changed("attachments-dropped", "/attachments", json!({}));
}

/// Checkpoint, note, key: by others, or cut.
fn signatures(good: &Opened, out: &mut Vec<Vector>) {
    let mut bad = |class: &'static str, name: &str, what: &str, text: String| {
        out.push(Vector::bad(class, name, what, text));
    };
    let replaced = |pointer: &str, change: &dyn Fn(&str) -> String| {
        let mut opened = good.clone();
        let text = opened.text(pointer);
        *opened.at(pointer) = change(&text).into();
        opened
    };
    let head = |change: &dyn Fn(&str) -> String| replaced("/checkpoint", change).signed();
    bad(
        "BadCheckpoint",
        "size",
        "the checkpoint's size changed",
        head(&|text| text.replacen("\n12\n", "\n13\n", 1)),
    );
    bad(
        "BadCheckpoint",
        "origin",
        "the checkpoint's origin changed",
        head(&|text| text.replacen("case.example", "case.examplf", 1)),
    );
    bad("BadCheckpoint", "signature", "a bit of the checkpoint's signature flipped", head(&flip_signature));
    bad(
        "BadCheckpoint",
        "unsigned",
        "no signature line",
        head(&|text| format!("{}\n", text.split("\n\n").next().unwrap())),
    );
    bad("BadCheckpoint", "no-newline", "no newline at the end", head(&|text| text.trim_end().to_owned()));
    bad("BadCheckpoint", "hyphen", "a hyphen for the dash", head(&|text| text.replace('\u{2014}', "-")));
    bad(
        "BadCheckpoint",
        "two-spaces",
        "two spaces before the signature",
        head(&|text| text.replace("example ", "example  ")),
    );
    bad("BadCheckpoint", "tab", "a tab in the text", head(&|text| text.replacen("\n12", "\n\t12", 1)));
    bad(
        "BadCheckpoint",
        "carriage-returns",
        "lines that end in CR and LF",
        head(&|text| text.replace('\n', "\r\n")),
    );
    bad("BadCheckpoint", "unpadded", "base64 without its padding", head(&|text| text.replace("=\n", "\n")));
    let by_other = Note::parse(&other_signer().sign(&head_text(good)).unwrap().encode()).unwrap().encode();
    bad("BadCheckpoint", "other-key", "signed by another key of that name", head(&|_| by_other.clone()));
    let stranger = Note { text: head_text(good), signatures: vec![forged_line(good)] }.encode();
    bad(
        "BadCheckpoint",
        "others-signature",
        "another key's signature under this key's hash",
        head(&|_| stranger.clone()),
    );
    bad("BadNote", "stranger", "the note by another key", good.signed_by(&other_signer(), &good.note_text()));
    let note = good.0["note"].as_str().unwrap().to_owned();
    bad(
        "BadNote",
        "signature",
        "a bit of the note's signature flipped",
        good.with_note(&flip_signature(&note)),
    );
    bad(
        "BadNote",
        "text",
        "the note's text changed",
        good.with_note(&note.replacen("case.example", "case.examplf", 1)),
    );
    bad("BadNote", "empty", "no note", good.with_note(""));
    bad("BadNote", "checkpoint", "the checkpoint's own signature in the note's place", {
        let line = Note::parse(&good.clone().text("/checkpoint")).unwrap().signatures;
        good.with_note(&Note { text: good.note_text(), signatures: line }.encode())
    });
    let mut twice = Note::parse(&note).unwrap();
    let line = other_signer().sign("anything\n").unwrap().signatures.remove(0);
    twice.signatures.push(NoteSignature { name: "other.example".into(), ..line });
    bad("Malformed", "note-signed-twice", "two signatures on the note", good.with_note(&twice.encode()));
    bad(
        "BodyChanged",
        "checkpoint-as-note",
        "the checkpoint as the dossier's note",
        good.with_note(&good.clone().text("/checkpoint")),
    );
    let first = good.note_text().replace("onus-dossier/2", "onus-dossier/1");
    bad("BodyChanged", "note-of-version-1", "a note that names version 1", good.signed_by(&signer(), &first));
    let origin = good.note_text().replace("case.example", "other.example");
    bad(
        "BodyChanged",
        "note-of-other-origin",
        "a note that names another origin",
        good.signed_by(&signer(), &origin),
    );
    bad(
        "BodyChanged",
        "note-with-line",
        "a note with a line more",
        good.signed_by(&signer(), &format!("{}more\n", good.note_text())),
    );
}

fn head_text(good: &Opened) -> String {
    Note::parse(&good.clone().text("/checkpoint")).unwrap().text
}

/// The signature of another key, with name and hash of the right one.
fn forged_line(good: &Opened) -> NoteSignature {
    let line = other_signer().sign(&head_text(good)).unwrap().signatures.remove(0);
    let right = signer().sign(&head_text(good)).unwrap().signatures.remove(0);
    NoteSignature { bytes: line.bytes, ..right }
}

/// The note with one bit of its last signature flipped.
pub fn flip_signature(note: &str) -> String {
    let mut note = Note::parse(note).unwrap();
    note.signatures.last_mut().unwrap().bytes[10] ^= 1;
    note.encode()
}
