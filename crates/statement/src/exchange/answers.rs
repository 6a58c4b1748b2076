//! Which assertion answers which.

use serde::Serialize;

use super::{Compared, Line};
use crate::act::Act;
use crate::assertion::Kind;
use crate::reader::same_side;

/// An assertion against somebody, and what they say to it.
#[derive(Debug, Clone, Serialize)]
pub struct Answered {
    /// The assertion.
    pub line: Line,
    /// The answers, the nearest first; at most [`MOST_REPLIES`].
    pub replies: Vec<Reply>,
}

/// One answer.
#[derive(Debug, Clone, Serialize)]
pub struct Reply {
    /// The assertion that answers.
    pub line: Line,
    /// In which way.
    pub way: Way,
    /// The words that both speak of; none where the answer is to accusations as a whole.
    pub shared: Vec<String>,
}

/// In which way an assertion answers another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// It says that it is not so.
    Denies,
    /// It refuses, or opposes.
    Rejects,
    /// It agrees or yields.
    Accepts,
    /// It accuses the other of the like.
    AccusesInTurn,
    /// It demands something in turn.
    DemandsInTurn,
    /// It warns in turn.
    WarnsInTurn,
    /// It speaks of the same.
    SpeaksOfIt,
}

/// Answers that are listed for one assertion.
const MOST_REPLIES: usize = 4;

/// What is answered, what is not, and what is said against those who are not heard.
pub(super) fn find(all: &[Compared<'_>]) -> (Vec<Answered>, Vec<Line>, Vec<Line>) {
    let (mut answered, mut unanswered, mut unheard) = (Vec::new(), Vec::new(), Vec::new());
    for one in all.iter().filter(|one| calls_for_an_answer(one)) {
        let theirs: Vec<&Compared<'_>> = all.iter().filter(|other| is_of_the_target(other, one)).collect();
        let mut replies: Vec<Reply> = theirs.iter().filter_map(|other| reply(one, other)).collect();
        replies.sort_by_key(|reply| (std::cmp::Reverse(reply.shared.len()), reply.way));
        replies.truncate(MOST_REPLIES);
        let heard = !theirs.is_empty();
        match (replies.is_empty(), heard) {
            (false, _) => answered.push(Answered { line: one.shown(), replies }),
            (true, true) => unanswered.push(one.shown()),
            (true, false) => unheard.push(one.shown()),
        }
    }
    (answered, unanswered, unheard)
}

/// Accusations, condemnations, demands, warnings and deeds against somebody who is named.
fn calls_for_an_answer(one: &Compared<'_>) -> bool {
    let line = one.line;
    let against = line.act.is_some_and(|act| act >= Act::Demand && act != Act::Reject);
    let other = one
        .by
        .as_ref()
        .zip(one.against.as_ref())
        .is_some_and(|(speaker, target)| !same_side(speaker, target));
    against && other
}

/// Whether an assertion of another statement is by the one against whom this one is.
fn is_of_the_target(other: &Compared<'_>, one: &Compared<'_>) -> bool {
    other.statement != one.statement
        && other
            .by
            .as_ref()
            .zip(one.against.as_ref())
            .is_some_and(|(speaker, target)| same_side(speaker, target))
}

fn reply(one: &Compared<'_>, other: &Compared<'_>) -> Option<Reply> {
    let to_another = other
        .line
        .target_actor
        .as_ref()
        .zip(one.by.as_ref())
        .is_some_and(|(target, speaker)| !same_side(target, speaker) && !one.topic.of_accusations);
    let shared = one.topic.shared(&other.topic);
    let accuses = one.line.act == Some(Act::Disapprove);
    // "These allegations are groundless" answers every accusation by those whom it names, or names nobody.
    let as_a_whole = accuses && other.topic.of_accusations && (other.topic.untrue || is_rejection(other));
    if to_another || (shared.is_empty() && !as_a_whole) {
        return None;
    }
    Some(Reply { line: other.shown(), way: way(other, as_a_whole), shared })
}

fn is_rejection(other: &Compared<'_>) -> bool {
    other.denies() || other.line.act == Some(Act::Reject)
}

fn way(other: &Compared<'_>, as_a_whole: bool) -> Way {
    match other.line.act {
        _ if other.denies() || as_a_whole && other.topic.untrue => Way::Denies,
        Some(Act::Reject) => Way::Rejects,
        Some(Act::Disapprove) => Way::AccusesInTurn,
        Some(Act::Demand) => Way::DemandsInTurn,
        Some(Act::Threaten) => Way::WarnsInTurn,
        Some(act) if act.is_cooperative() && other.line.kind != Kind::Opinion => Way::Accepts,
        _ => Way::SpeaksOfIt,
    }
}
