//! The page of a statement: every line is there and reached, and no text becomes markup.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;

use onus_report::{StatementPart, statement_page};
use onus_statement::{Document, Ledger, exchanges, read, tone, weigh};

const ACCUSER: &str = "China has stolen trade secrets <script>alert(1)</script> of \u{202e}companies, officials said.\n\n\
    China must stop it \u{2014} at once. One wonders if \u{4e2d}\u{56fd} will.\n\n***\n\nNothing is asserted";
const ACCUSED: &str = "China has never stolen any trade secrets. These accusations are groundless.";

fn read_one(text: &str, speaker: &str) -> (Document, Ledger) {
    let document = Document::read(text.as_bytes(), "a.txt").unwrap();
    let mut ledger = read(&document, &format!("{speaker}.txt"), Some(speaker));
    weigh(&mut ledger, &[]);
    (document, ledger)
}

fn values<'p>(page: &'p str, before: &str) -> Vec<&'p str> {
    page.split(before).skip(1).map(|rest| rest.split(['"', '>']).next().unwrap()).collect()
}

#[test]
fn every_line_is_reached_and_no_text_is_markup() {
    let both = [read_one(ACCUSER, "the United States"), read_one(ACCUSED, "China")];
    let tones: Vec<_> = both.iter().map(|(document, ledger)| tone(document, ledger, None)).collect();
    let parts: Vec<StatementPart<'_>> = both
        .iter()
        .zip(&tones)
        .map(|((document, ledger), tone)| StatementPart { document, ledger, tones: vec![tone], place: None })
        .collect();
    let ledgers: Vec<&Ledger> = both.iter().map(|(_, ledger)| ledger).collect();
    let page = statement_page(&parts, Some(&exchanges(&ledgers)), "0");
    assert!(!page.contains("<script") && !page.contains("src=") && !page.contains('\u{202e}'));
    let ids: BTreeSet<&str> = values(&page, " id=\"").into_iter().chain(values(&page, " id=")).collect();
    for link in values(&page, "href=\"#") {
        assert!(ids.contains(link), "{link} is on the page");
    }
    for (number, ledger) in ledgers.iter().enumerate() {
        for line in &ledger.assertions {
            let anchor = format!("s{}.{}", number + 1, line.id);
            assert!(ids.contains(anchor.as_str()), "{anchor}");
            assert!(page.contains(&format!("<sup><a href=\"#{anchor}\">")), "{anchor} is marked in the text");
        }
    }
    for words in ["rung 0, baseless here", "denied", "Left unanswered", "&lt;script&gt;"] {
        assert!(page.contains(words), "{words}");
    }
    // All of the text is there, in its order.
    let shown: String = page.split("<p class=fine>").collect();
    assert!(shown.contains("\u{2014} at once") && shown.contains("Nothing is asserted"));
}
