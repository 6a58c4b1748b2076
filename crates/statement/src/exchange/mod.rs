//! Several statements of one dispute side by side: which assertion answers which, what stays unanswered, and what a
//! speaker says otherwise than before. Compared is what two assertions speak of, by the words that they share.

mod answers;
mod changes;
mod topic;

use serde::Serialize;

use crate::act::Act;
use crate::assertion::{Actor, Assertion, Firmness, Kind, Ledger, Manner};
use crate::reader::same_side;
use crate::voice::named;

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
    /// Whose assertion it is: of what is reported, the one who says it.
    by: Option<Actor>,
    /// Against whom: of a bad deed that is reported, the one who is said to have done it.
    against: Option<Actor>,
}

impl<'l> Compared<'l> {
    fn new(statement: usize, file: &'l str, line: &'l Assertion) -> Self {
        let (by, against) = sides(line);
        Self { statement, file, line, topic: Topic::of(line), by, against }
    }

    fn shown(&self) -> Line {
        Line {
            file: self.file.to_owned(),
            id: self.line.id.clone(),
            act: self.line.act,
            mode: self.line.mode.clone(),
            speaker: self.by.as_ref().map(|actor| actor.text.clone()),
            target: self.against.as_ref().map(|actor| actor.text.clone()),
            asserted: self.line.asserted.clone(),
        }
    }

    /// It says that something is not so.
    fn denies(&self) -> bool {
        self.line.mode == "deny" || self.line.firmness == Firmness::Negated && self.line.kind == Kind::Fact
    }
}

/// Whose an assertion is, and against whom. "Washington said that Beijing stole secrets" is Washington's, against Beijing.
fn sides(line: &Assertion) -> (Option<Actor>, Option<Actor>) {
    let told = matches!(line.voice.how, Manner::Reported | Manner::Quoted | Manner::Attributed);
    let teller = line.voice.who.as_deref().filter(|_| told).map(named);
    match (teller, &line.speaker_actor) {
        (Some(teller), Some(doer)) if !same_side(&teller, doer) => {
            let bad = line.act.is_some_and(|act| act >= Act::Disapprove);
            (Some(teller), bad.then(|| doer.clone()))
        }
        (Some(teller), None) => (Some(teller), line.target_actor.clone()),
        (_, doer) => (doer.clone(), line.target_actor.clone()),
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
            all.push(Compared::new(statement, &ledger.file, line));
        }
    }
    let (answered, unanswered, unheard) = answers::find(&all);
    Exchanges { answered, unanswered, unheard, changed: changes::find(&all, ledgers.len()), left_out }
}
