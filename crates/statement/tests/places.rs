//! `text[start:end]` in Unicode characters is the sentence, whatever form the text came in.

#![allow(clippy::unwrap_used, reason = "a test")]

use onus_statement::{Document, TextFormat, read};

#[test]
fn start_and_end_count_characters_of_the_text() {
    let words = "L\u{2019}\u{e9}t\u{e9}: \u{201c}Norway condemned Spain,\u{201d} \u{4e2d}\u{6587} said. \u{1f600} Spain denied it.";
    let plain = format!("\u{feff}{words}\r\n\r\nItaly urged\r\nboth to talk.\r\n");
    let html = format!(
        "<!doctype html><title>x</title><p>{words}</p><ul><li>Italy <b>urged</b> both &amp; all to talk."
    );
    let markdown = format!("# Head\n\n{words}\n\n* Italy *urged* both\n  to talk.\n");
    for (bytes, name, format) in [
        (plain.as_bytes(), "a.txt", TextFormat::Plain),
        (html.as_bytes(), "a.html", TextFormat::Html),
        (markdown.as_bytes(), "a.md", TextFormat::Markdown),
        (b"\xff\xfe Norway condemned Spain. Italy urged both to talk.", "b.txt", TextFormat::Plain),
    ] {
        let ledger = read(&Document::read(bytes, name).unwrap(), name, None);
        assert_eq!(ledger.format, format);
        let text = ledger.text.clone().unwrap_or_else(|| String::from_utf8(bytes.to_vec()).unwrap());
        let text: Vec<char> = text.chars().collect();
        assert!(ledger.assertions.iter().any(|line| line.mode == "urge"), "{name}: {ledger:#?}");
        for line in &ledger.assertions {
            assert_eq!(text[line.start..line.end].iter().collect::<String>(), line.sentence, "{name}");
            let asserted: String = text[line.asserted_start..line.asserted_end].iter().collect();
            assert_eq!(asserted, line.asserted, "{name}");
        }
    }
}
