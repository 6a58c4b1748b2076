//! Statements of one dispute side by side.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use onus_statement::{Changed, Document, Exchanges, Ledger, Way, exchanges, read};

const ACCUSER: &str = "The United States condemns China. China has stolen trade secrets of American companies. \
    China must stop the theft of trade secrets. We urge China to release the detained Canadian citizens. \
    France has violated its fishing agreement.";
const ACCUSED: &str = "China has never participated in any stealing of trade secrets. \
    These allegations of the United States are groundless. \
    The United States conducts large-scale monitoring of foreign governments.";

fn ledger(text: &str, name: &str, speaker: &str) -> Ledger {
    read(&Document::read(text.as_bytes(), name).unwrap(), name, Some(speaker))
}

fn beside(statements: &[(&str, &str, &str)]) -> Exchanges {
    let ledgers: Vec<Ledger> = statements.iter().map(|(text, name, who)| ledger(text, name, who)).collect();
    exchanges(&ledgers.iter().collect::<Vec<_>>())
}

#[test]
fn an_accusation_leads_to_its_denial_and_a_demand_stays_open() {
    let found =
        beside(&[(ACCUSER, "us.txt", "the United States"), (ACCUSED, "china.txt", "the Chinese government")]);
    let theft = found.answered.iter().find(|one| one.line.asserted.contains("stolen")).unwrap();
    let denial = &theft.replies[0];
    assert_eq!(denial.way, Way::Denies);
    assert!(denial.line.asserted.contains("never participated"), "{denial:?}");
    assert!(denial.shared.contains(&"secret".to_owned()), "{:?}", denial.shared);
    let open: Vec<&str> = found.unanswered.iter().map(|line| line.asserted.as_str()).collect();
    assert!(open.iter().any(|asserted| asserted.contains("Canadian citizens")), "{open:?}");
    assert!(open.iter().any(|asserted| asserted.contains("monitoring")), "{open:?}");
    assert!(found.unheard.iter().any(|line| line.asserted.contains("fishing")), "{:?}", found.unheard);
}

#[test]
fn the_order_of_the_statements_does_not_favour_a_side() {
    let one = beside(&[(ACCUSER, "us.txt", "the United States"), (ACCUSED, "china.txt", "China")]);
    let other = beside(&[(ACCUSED, "china.txt", "China"), (ACCUSER, "us.txt", "the United States")]);
    let ids = |found: &Exchanges| {
        let mut ids: Vec<String> = found.unanswered.iter().map(|line| line.file.clone() + &line.id).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&one), ids(&other));
    assert_eq!(one.answered.len(), other.answered.len());
}

#[test]
fn what_a_speaker_says_otherwise_than_before() {
    let table = [
        ("China has stolen trade secrets.", "China has never stolen trade secrets.", Changed::Reversed),
        ("China allegedly has stolen trade secrets.", "China has stolen trade secrets.", Changed::Firmer),
        ("China has stolen trade secrets.", "China allegedly has stolen trade secrets.", Changed::Softer),
        (
            "China has stolen 2 GB of trade secrets.",
            "China has stolen 9 GB of trade secrets.",
            Changed::Amount,
        ),
    ];
    for (before, after, what) in table {
        let found = beside(&[(before, "1.txt", "the United States"), (after, "2.txt", "the United States")]);
        let changes: Vec<Changed> = found.changed.iter().map(|change| change.what).collect();
        assert_eq!(changes, [what], "{before} / {after}: {:?}", found.changed);
    }
    let same = beside(&[(ACCUSER, "1.txt", "the United States"), (ACCUSER, "2.txt", "the United States")]);
    assert!(same.changed.is_empty(), "{:?}", same.changed);
    let more = beside(&[
        ("We urge China to release the detained citizens.", "1.txt", "the United States"),
        ("China has stolen trade secrets.", "2.txt", "the United States"),
    ]);
    let changes: Vec<Changed> = more.changed.iter().map(|change| change.what).collect();
    assert_eq!(changes, [Changed::New, Changed::Dropped]);
}
