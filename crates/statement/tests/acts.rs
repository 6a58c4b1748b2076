//! The vocabulary of each type: sentences of our own, in `acts.tsv`, each of which must give its type and its parties.

#![allow(clippy::unwrap_used, reason = "a test")]

use onus_statement::{Act, Document, read};

#[test]
fn every_mode_of_every_type() {
    let rows = include_str!("acts.tsv").lines().filter(|line| !line.starts_with('#'));
    let mut wrong = Vec::new();
    for row in rows {
        let [act, source, target, sentence] = row.split('\t').collect::<Vec<_>>()[..] else {
            wrong.push(format!("four cells are needed: {row}"));
            continue;
        };
        let document = Document::read(sentence.as_bytes(), "-").unwrap();
        let ledger = read(&document, "-", None);
        let first = ledger.assertions.first();
        let got = first.and_then(|line| line.act).map_or("none", Act::name);
        let speaker = first.and_then(|line| line.speaker.as_deref()).unwrap_or_default();
        let to = first.and_then(|line| line.target.as_deref()).unwrap_or_default();
        let names = |word: &str, party: &str| word == "-" || party.contains(word);
        if got != act || !names(source, speaker) || !names(target, to) {
            wrong.push(format!("{act}: {got}, {speaker:?} -> {to:?}: {sentence}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
