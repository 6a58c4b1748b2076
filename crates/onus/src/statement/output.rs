//! A ledger for programs: JSON and CSV.

use onus_statement::{Assertion, Basis, Document, Exchanges, Ledger, Study, Tone, tone, tones};
use serde::Serialize;

use super::earlier::Among;
use super::page::StatementPart;
use super::propose::Proposals;
use crate::format::{Format, write_texts};
use crate::room::Failure;

/// All that is answered.
pub(super) struct Answer {
    pub(super) statements: Vec<Statement>,
    /// Of several statements.
    pub(super) exchanges: Option<Exchanges>,
    /// What followed in prices.
    pub(super) study: Option<Study>,
}

/// One text, read and weighed.
#[derive(Serialize)]
pub(super) struct Statement {
    #[serde(skip)]
    pub(super) document: Document,
    #[serde(flatten)]
    pub(super) ledger: Ledger,
    pub(super) tone: Tones,
    /// What a model proposes beside the ledger.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) proposals: Option<Proposals>,
}

/// How hostile a text is.
#[derive(Serialize)]
pub(super) struct Tones {
    /// All of its acts.
    #[serde(flatten)]
    pub(super) all: Tone,
    /// What the weights are.
    scale: &'static str,
    /// Each speaker's alone.
    pub(super) speakers: Vec<Tone>,
    /// Among earlier texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) earlier: Option<Among>,
}

/// The scale, named.
pub(super) const SCALE: &str = "Goldstein 1992, mean of the acts: -10 conflict to +10 cooperation";

impl Statement {
    pub(super) fn new(document: Document, ledger: Ledger) -> Self {
        let all = tone(&document, &ledger, None);
        let tone = Tones { all, scale: SCALE, speakers: tones(&document, &ledger), earlier: None };
        Self { document, ledger, tone, proposals: None }
    }

    /// As a part of the page.
    pub(super) fn part(&self) -> StatementPart<'_> {
        StatementPart {
            document: &self.document,
            ledger: &self.ledger,
            tones: std::iter::once(&self.tone.all).chain(&self.tone.speakers).collect(),
            place: self.tone.earlier.as_ref().map(Among::says),
        }
    }
}

impl Answer {
    /// One object for one text, and one object with all of them for several.
    pub(super) fn json(&self) -> Result<String, Failure> {
        #[derive(Serialize)]
        struct One<'a> {
            #[serde(flatten)]
            statement: Option<&'a Statement>,
            #[serde(skip_serializing_if = "Option::is_none")]
            study: Option<&'a Study>,
        }
        #[derive(Serialize)]
        struct Several<'a> {
            statements: &'a [Statement],
            exchanges: &'a Exchanges,
            #[serde(skip_serializing_if = "Option::is_none")]
            study: Option<&'a Study>,
        }
        let study = self.study.as_ref();
        let text = match &self.exchanges {
            None => serde_json::to_string_pretty(&One { statement: self.statements.first(), study }),
            Some(exchanges) => {
                serde_json::to_string_pretty(&Several { statements: &self.statements, exchanges, study })
            }
        };
        text.map(|text| text + "\n").map_err(|problem| Failure::Said(format!("JSON: {problem}")))
    }

    /// One line an assertion.
    pub(super) fn csv(&self) -> Result<(), Failure> {
        csv(&self.statements)
    }
}

/// A name of lower-case words that serde gives a plain variant.
pub(super) fn word<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn csv(statements: &[Statement]) -> Result<(), Failure> {
    type Cell = fn(&Ledger, &Assertion) -> String;
    let columns: [(&str, Cell); 22] = [
        ("file", |ledger, _| ledger.file.clone()),
        ("id", |_, line| line.id.clone()),
        ("act", |_, line| line.act.map(|act| act.name().to_owned()).unwrap_or_default()),
        ("mode", |_, line| line.mode.clone()),
        ("speaker", |_, line| line.speaker.clone().unwrap_or_default()),
        ("target", |_, line| line.target.clone().unwrap_or_default()),
        ("sentence", |_, line| line.sentence.clone()),
        ("start", |_, line| line.start.to_string()),
        ("end", |_, line| line.end.to_string()),
        ("asserted", |_, line| line.asserted.clone()),
        ("paragraph", |_, line| line.paragraph.to_string()),
        ("voice", |_, line| word(&line.voice.how)),
        ("time", |_, line| line.time.clone().unwrap_or_default()),
        ("firmness", |_, line| word(&line.firmness)),
        ("kind", |_, line| word(&line.kind)),
        ("evidence", |_, line| word(&line.evidence)),
        ("evidence_words", |_, line| line.evidence_words.clone().unwrap_or_default()),
        ("rung", |_, line| line.rung.map(|rung| rung.to_string()).unwrap_or_default()),
        ("standing", |_, line| word(&line.basis.standing)),
        ("why", |_, line| line.basis.why.clone()),
        ("claims", |_, line| claims(&line.basis)),
        ("would_decide", |_, line| line.basis.would_decide.join("; ")),
    ];
    let columns: Vec<(&str, Vec<String>)> = columns
        .iter()
        .map(|(name, cell)| {
            let lines = statements
                .iter()
                .flat_map(|one| one.ledger.assertions.iter().map(|line| cell(&one.ledger, line)));
            (*name, lines.collect())
        })
        .collect();
    Ok(write_texts(Format::Csv, &columns)?)
}

/// The claims cited, as `dossier.json C0001 (rung 2)`.
pub(super) fn claims(basis: &Basis) -> String {
    let cited = basis.claims.iter().map(|claim| format!("{} {} (rung {})", claim.from, claim.id, claim.rung));
    let mut text = cited.collect::<Vec<_>>().join("; ");
    if basis.more > 0 {
        text.push_str(&format!("; and {} more", basis.more));
    }
    text
}
