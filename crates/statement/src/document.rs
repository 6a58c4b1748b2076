//! A file's bytes into plain text with paragraphs: plain text as it stands, HTML and Markdown without their markup.

use html5gum::{DefaultEmitter, Token, Tokenizer};
use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use serde::Serialize;

/// Bytes of a text at most; a longer one is no statement.
pub const LARGEST: usize = 64 << 20;

/// The form in which a text came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TextFormat {
    /// As it stands.
    Plain,
    /// HTML; markup, scripts and styles are left out.
    Html,
    /// Markdown (CommonMark); markup is left out.
    Markdown,
}

/// Why a text cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ReadError {
    /// It is longer than [`LARGEST`].
    #[error("the text has {0} bytes, more than the 64 MiB that are read: give the statement alone")]
    TooLarge(usize),
    /// It is not text.
    #[error("this is no text (byte {0} is a NUL): save the statement as text, HTML or Markdown in UTF-8")]
    NotText(usize),
    /// It has no words: an empty file, or a page whose text a script would make.
    #[error("there are no words in it: save the statement itself, as text, HTML or Markdown")]
    NoWords,
}

/// A text with its paragraphs.
#[derive(Debug, Clone)]
pub struct Document {
    /// All that is read; offsets count in it.
    pub text: String,
    /// The form in which it came.
    pub format: TextFormat,
    /// Bytes of `text` for each paragraph, in order; none is empty.
    pub paragraphs: Vec<std::ops::Range<usize>>,
    /// Bytes that were no UTF-8 and are U+FFFD now.
    pub replaced: usize,
}

impl Document {
    /// Reads a file's bytes; its name tells the form, or the first bytes do.
    ///
    /// # Errors
    /// What is too large, what is no text, and what has no words.
    pub fn read(bytes: &[u8], name: &str) -> Result<Self, ReadError> {
        if bytes.len() > LARGEST {
            return Err(ReadError::TooLarge(bytes.len()));
        }
        if let Some(at) = bytes.iter().position(|b| *b == 0) {
            return Err(ReadError::NotText(at));
        }
        let raw = String::from_utf8_lossy(bytes);
        let replaced = raw.matches('\u{fffd}').count();
        let format = detect(&raw, name);
        let text = match format {
            TextFormat::Plain => raw.into_owned(),
            TextFormat::Html => of_html(&raw),
            TextFormat::Markdown => of_markdown(&raw),
        };
        let paragraphs = paragraphs(&text);
        if paragraphs.is_empty() {
            return Err(ReadError::NoWords);
        }
        Ok(Self { text, format, paragraphs, replaced })
    }
}

fn detect(text: &str, name: &str) -> TextFormat {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
    match ending.as_deref() {
        Some("html" | "htm" | "xhtml") => return TextFormat::Html,
        Some("md" | "markdown") => return TextFormat::Markdown,
        _ => {}
    }
    let head: String = text.trim_start_matches('\u{feff}').trim_start().chars().take(64).collect();
    let head = head.to_lowercase();
    if ["<!doctype", "<html", "<head", "<body"].iter().any(|tag| head.starts_with(tag)) {
        return TextFormat::Html;
    }
    TextFormat::Plain
}

/// Tags after which a new paragraph begins.
const BLOCKS: [&str; 34] = [
    "p",
    "div",
    "br",
    "li",
    "ul",
    "ol",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "section",
    "article",
    "header",
    "footer",
    "main",
    "aside",
    "nav",
    "table",
    "tr",
    "td",
    "th",
    "dl",
    "dt",
    "dd",
    "pre",
    "hr",
    "title",
    "figure",
    "figcaption",
    "form",
    "body",
];

fn of_html(html: &str) -> String {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut text = Flowing::default();
    // Scripts and styles have no text for readers.
    let mut unseen: Option<Vec<u8>> = None;
    for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
        match token {
            Token::StartTag(tag) => {
                let hides = matches!(&tag.name[..], b"script" | b"style" | b"template" | b"noscript");
                if hides && !tag.self_closing && unseen.is_none() {
                    unseen = Some(tag.name.to_vec());
                }
                text.tag(&tag.name);
            }
            Token::EndTag(tag) => {
                if unseen.as_deref() == Some(&tag.name[..]) {
                    unseen = None;
                }
                text.tag(&tag.name);
            }
            Token::String(string) if unseen.is_none() => text.push(&String::from_utf8_lossy(&string)),
            _ => {}
        }
    }
    text.out
}

/// Text whose white space says nothing, as in HTML.
#[derive(Default)]
struct Flowing {
    out: String,
    space: bool,
    block: bool,
}

impl Flowing {
    fn tag(&mut self, name: &[u8]) {
        self.block |= BLOCKS.iter().any(|block| block.as_bytes() == name);
    }

    fn push(&mut self, text: &str) {
        for c in text.chars() {
            if c.is_whitespace() {
                self.space = true;
                continue;
            }
            if self.block && !self.out.is_empty() {
                self.out.push_str("\n\n");
            } else if self.space && !self.out.is_empty() {
                self.out.push(' ');
            }
            (self.space, self.block) = (false, false);
            self.out.push(c);
        }
    }
}

fn of_markdown(markdown: &str) -> String {
    let mut out = String::new();
    for event in Parser::new(markdown) {
        match event {
            Event::Text(text) | Event::Code(text) => out.push_str(&text),
            Event::SoftBreak | Event::HardBreak => out.push(' '),
            Event::Rule => out.push_str("\n\n***\n\n"),
            Event::Html(html) | Event::InlineHtml(html) if !html.starts_with("<!--") => {
                out.push_str(&of_html(&html))
            }
            Event::Start(Tag::Item | Tag::Paragraph | Tag::Heading { .. })
            | Event::End(
                TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::CodeBlock | TagEnd::TableRow,
            ) if !out.is_empty() => {
                out.push_str("\n\n");
            }
            _ => {}
        }
    }
    out
}

/// Stretches between empty lines; a short line also ends one, as in lists and headings.
fn paragraphs(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut out: Vec<std::ops::Range<usize>> = Vec::new();
    let mut open: Option<std::ops::Range<usize>> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let body = line.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let start =
            at + (line.len() - line.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}').len());
        let end = start + body.len();
        at += line.len();
        if body.is_empty() {
            out.extend(open.take());
            continue;
        }
        let item = body.starts_with(['-', '*', '•']);
        if item {
            out.extend(open.take());
        }
        open = Some(open.take().map_or(start..end, |range| range.start..end));
        if body.chars().count() < 45 {
            out.extend(open.take());
        }
    }
    out.extend(open);
    out
}

#[cfg(test)]
mod tests {
    use super::{Document, ReadError, TextFormat};

    fn shown(bytes: &str, name: &str) -> Vec<String> {
        let document = Document::read(bytes.as_bytes(), name).unwrap();
        document.paragraphs.iter().map(|range| document.text[range.clone()].to_owned()).collect()
    }

    #[test]
    fn html_without_markup_scripts_and_styles() {
        let html = "<!doctype html><style>p{}</style><h1>A &amp; B</h1><p>One <b>two</b>\n three<script>var x='<p>no';</script><p>Four";
        assert_eq!(shown(html, "-"), ["A & B", "One two three", "Four"]);
    }

    #[test]
    fn markdown_without_markup() {
        assert_eq!(
            shown("# Head\n\nOne *two*\nthree.\n\n* item", "a.md"),
            ["Head", "One two three.", "item"]
        );
    }

    #[test]
    fn plain_text_stays_as_it_is() {
        let document =
            Document::read(b"A long line that goes on and on until it is broken\nhere.\n\nNext", "x.txt")
                .unwrap();
        assert_eq!(document.format, TextFormat::Plain);
        assert_eq!(document.paragraphs.len(), 2);
        assert_eq!(&document.text[document.paragraphs[1].clone()], "Next");
    }

    #[test]
    fn what_is_no_text_is_refused_and_wrong_bytes_are_counted() {
        assert_eq!(Document::read(b"a\0b", "x").unwrap_err(), ReadError::NotText(1));
        assert_eq!(Document::read(b"a\xff", "x").unwrap().replaced, 1);
        for (nothing, name) in
            [("", "x.txt"), (" \n\n\u{feff}", "x.txt"), ("<script>say()</script>", "x.html")]
        {
            assert_eq!(
                Document::read(nothing.as_bytes(), name).unwrap_err(),
                ReadError::NoWords,
                "{nothing:?}"
            );
        }
    }
}
