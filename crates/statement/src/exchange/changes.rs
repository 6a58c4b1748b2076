//! What a speaker says otherwise in a later statement than in an earlier one.

use serde::Serialize;

use super::{Compared, Line};
use crate::assertion::{Actor, Firmness};
use crate::reader::same_side;
use crate::things::amount;

/// A change between two statements of one speaker.
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    /// Who.
    pub speaker: String,
    /// What changed.
    pub what: Changed,
    /// The assertion in the earlier statement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub earlier: Option<Line>,
    /// The one in the later statement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub later: Option<Line>,
    /// In words.
    pub why: String,
}

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Changed {
    /// One says that it is so, the other that it is not.
    Reversed,
    /// It is said more firmly.
    Firmer,
    /// It is said less firmly.
    Softer,
    /// The amount is another.
    Amount,
    /// The act is another: a demand has become a warning.
    Act,
    /// It was not said before.
    New,
    /// It is no longer said.
    Dropped,
}

/// How much of what two assertions speak of must be the same to be one assertion said twice.
const SAME: f64 = 0.34;

pub(super) fn find(all: &[Compared<'_>], statements: usize) -> Vec<Change> {
    let mut changes = Vec::new();
    for speaker in speakers(all) {
        let of = |statement: usize| -> Vec<&Compared<'_>> {
            let own = |one: &&Compared<'_>| {
                one.statement == statement && one.by.as_ref().is_some_and(|actor| same_side(actor, speaker))
            };
            all.iter().filter(own).collect()
        };
        let speaks: Vec<Vec<&Compared<'_>>> =
            (0..statements).map(of).filter(|lines| !lines.is_empty()).collect();
        for pair in speaks.windows(2) {
            compare(&speaker.text, &pair[0], &pair[1], &mut changes);
        }
    }
    changes
}

/// One actor for each side that speaks.
fn speakers<'a>(all: &'a [Compared<'_>]) -> Vec<&'a Actor> {
    let mut sides: Vec<&Actor> = Vec::new();
    for actor in all.iter().filter_map(|one| one.by.as_ref()) {
        if !sides.iter().any(|known| same_side(known, actor)) {
            sides.push(actor);
        }
    }
    sides
}

fn compare(speaker: &str, earlier: &[&Compared<'_>], later: &[&Compared<'_>], changes: &mut Vec<Change>) {
    let mut said_again = vec![false; earlier.len()];
    let change = |what, earlier: Option<&Compared<'_>>, later: Option<&Compared<'_>>, why: String| Change {
        speaker: speaker.to_owned(),
        what,
        earlier: earlier.map(Compared::shown),
        later: later.map(Compared::shown),
        why,
    };
    for now in later {
        let best = earlier
            .iter()
            .enumerate()
            .filter(|(_, before)| same_target(before, now))
            .map(|(at, before)| (at, likeness(before, now)))
            .filter(|(_, likeness)| *likeness >= SAME)
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
        let Some((at, _)) = best else {
            changes.push(change(
                Changed::New,
                None,
                Some(now),
                "not said in the statement before".to_owned(),
            ));
            continue;
        };
        said_again[at] = true;
        if let Some((what, why)) = difference(earlier[at], now) {
            changes.push(change(what, Some(earlier[at]), Some(now), why));
        }
    }
    for (before, _) in earlier.iter().zip(&said_again).filter(|(_, again)| !**again) {
        let why = "not said in the statement after".to_owned();
        changes.push(change(Changed::Dropped, Some(before), None, why));
    }
}

/// The same words weigh more where the act is the same as well.
fn likeness(before: &Compared<'_>, now: &Compared<'_>) -> f64 {
    let same_act = if before.line.act == now.line.act { 0.1 } else { 0.0 };
    before.topic.likeness(&now.topic) + same_act
}

fn same_target(before: &Compared<'_>, now: &Compared<'_>) -> bool {
    match (&before.against, &now.against) {
        (Some(a), Some(b)) => same_side(a, b),
        _ => true,
    }
}

fn difference(before: &Compared<'_>, now: &Compared<'_>) -> Option<(Changed, String)> {
    if before.denies() != now.denies() {
        let why = if now.denies() { "now says that it is not so" } else { "now says that it is so" };
        return Some((Changed::Reversed, why.to_owned()));
    }
    let (was, is) = (amount(&before.line.sentence), amount(&now.line.sentence));
    if let (Some(was), Some(is)) = (was, is)
        && (was.bytes - is.bytes).abs() > was.rounding + is.rounding
    {
        return Some((Changed::Amount, format!("{} bytes before, now {}", was.bytes, is.bytes)));
    }
    if before.line.act != now.line.act {
        return Some((Changed::Act, format!("{} before, now {}", before.line.mode, now.line.mode)));
    }
    let (was, is) = (firm(before.line.firmness), firm(now.line.firmness));
    match was.cmp(&is) {
        std::cmp::Ordering::Less => Some((Changed::Firmer, "said with less reserve than before".to_owned())),
        std::cmp::Ordering::Greater => {
            Some((Changed::Softer, "said with more reserve than before".to_owned()))
        }
        std::cmp::Ordering::Equal => None,
    }
}

/// How far a firmness commits the speaker.
fn firm(firmness: Firmness) -> u8 {
    match firmness {
        Firmness::Wondered => 0,
        Firmness::Conditional => 1,
        Firmness::Hedged => 2,
        Firmness::Stated | Firmness::Negated => 3,
    }
}
