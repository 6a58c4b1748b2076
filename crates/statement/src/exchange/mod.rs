//! Several statements of one dispute side by side: which assertion answers which, what stays unanswered, and what a
//! speaker says otherwise than before. Compared is what two assertions speak of, by the words that they share.

mod answers;
mod changes;
mod topic;

use serde::Serialize;

use crate::act::Act;
use crate::assertion::{Assertion, Firmness, Kind, Ledger};

pub use answers::{Answered, Reply, Way};
pub use changes::{Change, Changed};
use topic::Topic;

/// Assertions of one statement that are compared at most; those beyond are counted.
pub const MOST_COMPARED: usize = 500;

/// Statements side by side, in the order in which they were given.
#[derive(Debug, Clone, Serialize)]
pub struct Exchanges {
    /// Accusations, demands and warnings that the other side answers, with the answers.
    pub answered: Vec<Answered>,
    /// Those that the other side, though it speaks in another statement, leaves unanswered.
    pub unanswered: Vec<Line>,
    /// Those against somebody of whom no statement was given.
    pub unheard: Vec<Line>,
    /// What a speaker says otherwise in a later statement than in an earlier one.
    pub changed: Vec<Change>,
    /// Assertions that were not compared.
    pub left_out: usize,
}

/// An assertion of one of the statements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The statement's file.
    pub file: String,
    /// The assertion's id in it.
    pub id: String,
    /// Its act.
    pub act: Option<Act>,
    /// Its mode.
    pub mode: String,
    /// Who asserts it.
    pub speaker: Option<String>,
    /// Against whom.
    pub target: Option<String>,
    /// The words.
    pub asserted: String,
}

/// An assertion with what it speaks of.
struct Compared<'l> {
    /// Which statement it belongs to.
    statement: usize,
    file: &'l str,
    line: &'l Assertion,
    topic: Topic,
}

impl Compared<'_> {
    fn shown(&self) -> Line {
        Line {
            file: self.file.to_owned(),
            id: self.line.id.clone(),
            act: self.line.act,
            mode: self.line.mode.clone(),
            speaker: self.line.speaker.clone(),
            target: self.line.target.clone(),
            asserted: self.line.asserted.clone(),
        }
    }

    /// It says that something is not so.
    fn denies(&self) -> bool {
        self.line.mode == "deny" || self.line.firmness == Firmness::Negated && self.line.kind == Kind::Fact
    }
}

/// Lays statements side by side.
#[must_use]
pub fn exchanges(ledgers: &[&Ledger]) -> Exchanges {
    let mut all = Vec::new();
    let mut left_out = 0;
    for (statement, ledger) in ledgers.iter().enumerate() {
        left_out += ledger.assertions.len().saturating_sub(MOST_COMPARED);
        for line in ledger.assertions.iter().take(MOST_COMPARED) {
            all.push(Compared { statement, file: &ledger.file, line, topic: Topic::of(line) });
        }
    }
    let (answered, unanswered, unheard) = answers::find(&all);
    Exchanges { answered, unanswered, unheard, changed: changes::find(&all, ledgers.len()), left_out }
}
