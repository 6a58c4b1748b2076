//! A paragraph with its sentences marked where they assert something.

use onus_statement::{Assertion, Kind, Standing};

use super::anchor;
use onus_report::Html;

/// Writes a paragraph, before which the document has `before` characters; `lines` are those of its assertions.
pub(super) fn paragraph(html: &mut Html, text: &str, before: usize, lines: &[&Assertion], number: usize) {
    if lines.is_empty() {
        html.text(&flat(text));
        return;
    }
    let mut chars = Characters::new(text, before);
    let mut done = 0;
    let mut at = 0;
    while at < lines.len() {
        let (start, end) = (chars.byte(lines[at].start), chars.byte(lines[at].end));
        // An aside lies within its sentence, and lines of one sentence follow each other.
        let same = lines[at..].iter().take_while(|line| line.start < lines[at].end).count().max(1);
        if start >= done && end > start {
            html.text(&flat(&text[done..start]));
            sentence(html, &text[start..end], &lines[at..at + same], number);
            done = end;
        }
        at += same;
    }
    html.text(&flat(&text[done..]));
}

fn sentence(html: &mut Html, words: &str, lines: &[&Assertion], number: usize) {
    html.raw("<mark class=\"said ").raw(class(lines[0])).raw("\">").text(&flat(words)).raw("</mark>");
    for line in lines {
        let to = anchor(number, &line.id);
        html.raw("<sup><a href=\"#").text(&to).raw("\">").text(&line.id).raw("</a></sup>");
    }
}

/// What a line is, for its colour; the words stand beside it.
pub(super) fn class(line: &Assertion) -> &'static str {
    match (line.kind, line.basis.standing) {
        (Kind::Demand, _) => "demand",
        (Kind::Warning, _) => "warning",
        (Kind::Opinion, _) => "opinion",
        (Kind::Fact, Standing::Supported) => "supported",
        (Kind::Fact, Standing::Contradicted) => "contradicted",
        (Kind::Fact, Standing::Touched) => "touched",
        (Kind::Fact, _) => "baseless",
    }
}

/// On one line, as a browser sets it anyway.
fn flat(text: &str) -> String {
    text.chars().map(|c| if c.is_whitespace() && c != '\u{a0}' { ' ' } else { c }).collect()
}

/// Characters of a document to bytes of one paragraph, in rising order.
struct Characters<'t> {
    text: &'t str,
    /// Character of the document, and byte of the paragraph, reached so far.
    reached: (usize, usize),
    first: usize,
}

impl<'t> Characters<'t> {
    fn new(text: &'t str, first: usize) -> Self {
        Self { text, reached: (first, 0), first }
    }

    fn byte(&mut self, character: usize) -> usize {
        if character < self.reached.0 {
            self.reached = (self.first, 0);
        }
        let (from, byte) = self.reached;
        let rest = &self.text[byte..];
        let more = rest.char_indices().nth(character.saturating_sub(from)).map_or(rest.len(), |(at, _)| at);
        self.reached = (character, byte + more);
        byte + more
    }
}
