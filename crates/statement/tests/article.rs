//! The article with which the project began, line by line as a reader reads it: who says what of whom.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

use std::path::{Path, PathBuf};

use onus_statement::{Act, Assertion, Document, Firmness, Kind, Ledger, Manner, read};

fn ledger(test: &str) -> Option<Ledger> {
    let base = std::env::var_os("ONUS_TEST_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let path = base.join("statements/2018-12-21-cyber-accusations.txt");
    if !path.exists() {
        assert!(std::env::var_os("CI").is_none(), "{test}: no test data at {}", path.display());
        eprintln!("skipped: {test}: no test data");
        return None;
    }
    let bytes = std::fs::read(path).unwrap();
    let document = Document::read(&bytes, "article.txt").unwrap();
    let ledger = read(&document, "article.txt", None);
    for line in &ledger.assertions {
        let words: Vec<char> = document.text.chars().collect();
        assert_eq!(words[line.start..line.end].iter().collect::<String>(), line.sentence);
        assert_eq!(words[line.asserted_start..line.asserted_end].iter().collect::<String>(), line.asserted);
    }
    Some(ledger)
}

/// Act, mode, a code of the speaker, a code of the target, a word of what is asserted.
type Expected<'a> = (Act, &'a str, Option<&'a str>, Option<&'a str>, &'a str);

fn fits(line: &Assertion, expected: &Expected<'_>) -> bool {
    let (act, mode, speaker, target, word) = *expected;
    let has = |actor: &Option<onus_statement::Actor>, code: Option<&str>| {
        code.is_none_or(|code| actor.as_ref().is_some_and(|actor| actor.codes.contains(&code)))
    };
    line.act == Some(act)
        && line.mode == mode
        && has(&line.speaker_actor, speaker)
        && has(&line.target_actor, target)
        && line.sentence.to_lowercase().contains(word)
}

#[test]
fn every_side_says_what_it_says() {
    let Some(ledger) = ledger("every_side_says_what_it_says") else { return };
    let chn = Some("CHN");
    let usa = Some("USA");
    let expected: [Expected<'_>; 15] = [
        (Act::Disapprove, "criticise", chn, None, "blasts"),
        (Act::Coerce, "indict", None, chn, "indictments"),
        (Act::Disapprove, "condemn", usa, chn, "condemned"),
        (Act::Disapprove, "accuse", usa, chn, "campaign to steal"),
        (Act::Reject, "deny", None, None, "spokeswoman"),
        (Act::Demand, "urge", None, usa, "withdraw"),
        (Act::Disapprove, "accuse", chn, usa, "fabricated"),
        (Act::Disapprove, "complain officially", chn, usa, "representations"),
        (Act::Reject, "deny", chn, None, "never participated"),
        (Act::Disapprove, "accuse", chn, usa, "monitoring"),
        (Act::Demand, "urge", chn, usa, "revoke"),
        (Act::Threaten, "warn", chn, usa, "serious damage"),
        (Act::Disapprove, "accuse", chn, Some("GBR"), "rumors"),
        (Act::Demand, "urge", chn, Some("GBR"), "respect the facts"),
        (Act::Threaten, "warn", chn, Some("GBR"), "so as not"),
    ];
    for one in &expected {
        assert!(ledger.assertions.iter().any(|line| fits(line, one)), "{one:?} is missing");
    }
}

#[test]
fn the_writer_wonders_and_no_one_else() {
    let Some(ledger) = ledger("the_writer_wonders_and_no_one_else") else { return };
    let wondered: Vec<_> = ledger.assertions.iter().filter(|l| l.firmness == Firmness::Wondered).collect();
    assert_eq!(wondered.len(), 2);
    for line in &wondered {
        assert_eq!((line.voice.how, line.kind, line.rung), (Manner::Author, Kind::Opinion, None));
        assert_eq!(line.speaker, None);
    }
    let aside = ledger.assertions.iter().find(|line| line.mode == "remark").unwrap();
    assert_eq!((aside.voice.how, aside.kind), (Manner::Author, Kind::Opinion));
}

#[test]
fn nothing_is_put_into_a_mouth_that_did_not_say_it() {
    let Some(ledger) = ledger("nothing_is_put_into_a_mouth_that_did_not_say_it") else { return };
    let from = |line: &Assertion, code: &str| {
        line.speaker_actor.as_ref().is_some_and(|actor| actor.codes.first() == Some(&code))
    };
    for line in &ledger.assertions {
        if from(line, "USA") {
            assert!(matches!(line.mode.as_str(), "condemn" | "accuse"), "{}", line.asserted);
        }
        assert!(!from(line, "GBR"), "{}", line.asserted);
        if line.voice.how == Manner::Statement {
            assert!(from(line, "CHN"), "{}", line.asserted);
        }
    }
}
