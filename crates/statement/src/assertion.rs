//! What the ledger holds: assertions, each with its words and their place.

use serde::Serialize;

use crate::act::Act;
use crate::basis::Basis;

/// How firmly something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Firmness {
    /// As it is.
    Stated,
    /// "may", "reportedly".
    Hedged,
    /// "one wonders".
    Wondered,
    /// "if", "unless", "so as to avoid".
    Conditional,
    /// "never", "denied".
    Negated,
}

/// What kind of assertion it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Evidence could decide it.
    Fact,
    /// Somebody is to do something.
    Demand,
    /// Something will follow.
    Warning,
    /// A judgement, a stance, a wondering: no evidence decides it.
    Opinion,
}

/// Whose words the text gives here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Voice {
    /// How the words come: `author`, `reported` ("X said that"), `quoted` (between quotation marks), `attributed`
    /// ("according to X"), `statement` (a statement set into the text, or the whole text with a named speaker).
    pub how: Manner,
    /// Who, as the text names them; nobody for the author.
    pub who: Option<String>,
}

/// How words come into a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Manner {
    /// The author's own voice.
    Author,
    /// "X said that".
    Reported,
    /// Between quotation marks.
    Quoted,
    /// "according to X".
    Attributed,
    /// A statement within the text, or the text itself.
    Statement,
}

/// What the text itself offers as evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Offered {
    /// Nothing.
    None,
    /// A document, a recording, a report.
    Document,
    /// Somebody with a name or an office.
    NamedSource,
    /// "sources", "officials".
    AnonymousSource,
}

/// An actor, as the text names it and as the tables know it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Actor {
    /// The words of the text.
    pub text: String,
    /// ISO 3166-1 alpha-3 of countries, `IGO`, `NGO`, `IMG`.
    pub codes: Vec<&'static str>,
    /// Sector after CAMEO: `GOV`, `MIL`, `REB`, …
    pub sector: Option<&'static str>,
    /// The word for which the text's own context gave this actor: "we", "these countries".
    pub resolved_from: Option<String>,
}

/// One line of the ledger.
#[derive(Debug, Clone, Serialize)]
pub struct Assertion {
    /// `A1`, `A2`, … in the order of the text.
    pub id: String,
    /// The type of the act; none where no type of the ontology fits ("the position is clear").
    pub act: Option<Act>,
    /// The act, finer: `accuse`, `deny`, `condemn`, `indict`, `call on`, `warn`, …
    pub mode: String,
    /// Whose act it is, in the words of the text.
    pub speaker: Option<String>,
    /// Who it is about or against, in the words of the text.
    pub target: Option<String>,
    /// The same as an actor.
    pub speaker_actor: Option<Actor>,
    /// The same as an actor.
    pub target_actor: Option<Actor>,
    /// Whose words these are.
    pub voice: Voice,
    /// The words asserted.
    pub asserted: String,
    /// Where they begin, in Unicode characters of the text.
    pub asserted_start: usize,
    /// Where they end.
    pub asserted_end: usize,
    /// The whole sentence.
    pub sentence: String,
    /// Where the sentence begins: `text[start..end]` in Unicode characters is the sentence.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// Paragraph, from 1.
    pub paragraph: usize,
    /// When, in the words of the text.
    pub time: Option<String>,
    /// How firmly.
    pub firmness: Firmness,
    /// Fact, demand, warning or opinion.
    pub kind: Kind,
    /// What the text offers for it.
    pub evidence: Offered,
    /// The words that offer it.
    pub evidence_words: Option<String>,
    /// The rung on which it stands; none for what no evidence decides.
    pub rung: Option<u8>,
    /// Why, and what would decide it.
    pub basis: Basis,
    /// The paragraph of the original that corresponds, where one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original: Option<Passage>,
    /// The first act of its sentence.
    pub main: bool,
}

/// Paragraphs of another version of the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Passage {
    /// Their words.
    pub text: String,
    /// Where they begin, in Unicode characters.
    pub start: usize,
    /// Where they end.
    pub end: usize,
    /// The first of them, from 1.
    pub paragraph: usize,
    /// How many there are.
    pub paragraphs: usize,
}

/// All that was read from one text.
#[derive(Debug, Clone, Serialize)]
pub struct Ledger {
    /// The file, as given.
    pub file: String,
    /// What offsets count.
    pub offsets: &'static str,
    /// The form in which the text came.
    pub format: crate::document::TextFormat,
    /// The text without its markup, or with U+FFFD for bytes that were no UTF-8; left out where it is the file itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The lines, in the order of the text.
    pub assertions: Vec<Assertion>,
    /// Lines beyond the bound that are not listed.
    pub left_out: usize,
    /// Sentences read.
    pub sentences: usize,
    /// Bytes that were no UTF-8.
    pub replaced_bytes: usize,
}
