//! Texts that are no statements: the work grows with their length alone, and the ledger stays small.

#![allow(clippy::unwrap_used, reason = "a test")]

use onus_statement::{Document, Ledger, MOST, read};

const LENGTH: usize = 10 << 20;

fn of(unit: &str, name: &str) -> Ledger {
    let text = unit.repeat(LENGTH / unit.len());
    let document = Document::read(text.as_bytes(), name).unwrap();
    let ledger = read(&document, name, None);
    assert!(ledger.assertions.len() <= MOST + 50, "{}", ledger.assertions.len());
    for line in ledger.assertions.iter().take(20) {
        let sentence: String = document.text.chars().skip(line.start).take(line.end - line.start).collect();
        assert_eq!(sentence, line.sentence);
    }
    ledger
}

#[test]
fn ten_megabytes_of_sentences_are_bounded_and_say_so() {
    let ledger = of("France condemned Spain on Monday. ", "a.txt");
    assert!(ledger.left_out > 0);
}

#[test]
fn no_full_stops() {
    assert!(of("France condemned Spain and ", "a.txt").sentences > 1);
    assert!(of("x", "a.txt").sentences > 1);
}

#[test]
fn mixed_scripts_and_marks() {
    of("中国 says Россия اتهم الصين \u{202e}gnihton e\u{301}\u{301}\u{301} 😀. ", "a.txt");
    of("((((\"\u{201c}'", "a.txt");
}

#[test]
fn broken_html() {
    of("<div><p <b>France condemned</i> Spain<!-- <script", "a.html");
    of("<<<<&&&;", "a.html");
}

#[test]
fn deep_markdown() {
    of("> * [", "a.md");
}
