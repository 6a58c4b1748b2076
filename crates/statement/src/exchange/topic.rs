//! What an assertion speaks of: its words without those of grammar, of actors and of saying, each in its base form.

use std::collections::BTreeSet;

use crate::assertion::{Actor, Assertion};
use crate::clause::Clauses;
use crate::inflect::singulars;
use crate::lexicon::lexicon;

/// What an assertion speaks of.
pub(super) struct Topic {
    words: BTreeSet<String>,
    /// It speaks of accusations or claims as such: "the allegations are groundless".
    pub(super) of_accusations: bool,
    /// It calls something untrue.
    pub(super) untrue: bool,
}

impl Topic {
    pub(super) fn of(line: &Assertion) -> Self {
        let clauses = Clauses::new(&line.sentence);
        let lists = &lexicon().words;
        let from = clauses.report.map_or(0, |report| report + 1);
        let mut words = BTreeSet::new();
        let (mut of_accusations, mut untrue) = (false, false);
        for (at, token) in clauses.tokens.iter().enumerate() {
            let base = base_of(&token.lower);
            of_accusations |= lists.accusations.contains(&base);
            untrue |= lists.untrue.contains(&token.lower) || lists.untrue.contains(&base);
            let actor =
                clauses.mentions.iter().any(|m| !m.codes.is_empty() && (m.start..m.end).contains(&at));
            let told = at < from || clauses.is_attribution(at) || lists.accusations.contains(&base);
            if token.word && !actor && !told && !says_little(&token.lower, &base) {
                words.insert(base);
            }
        }
        // Who is spoken of is compared apart.
        let parties = [&line.speaker_actor, &line.target_actor];
        for word in parties.into_iter().flatten().flat_map(words_of) {
            words.remove(&word);
        }
        Self { words, of_accusations, untrue }
    }

    /// Words that both have.
    pub(super) fn shared(&self, other: &Self) -> Vec<String> {
        self.words.intersection(&other.words).cloned().collect()
    }

    /// How much of what the two speak of is the same, 0 to 1.
    pub(super) fn likeness(&self, other: &Self) -> f64 {
        let all = self.words.union(&other.words).count();
        if all == 0 {
            // "France condemns Spain": of the parties alone.
            return 1.0;
        }
        let shared = self.words.intersection(&other.words).count();
        shared as f64 / all as f64
    }
}

fn words_of(actor: &Actor) -> impl Iterator<Item = String> {
    actor.text.split_whitespace().map(|word| base_of(&word.to_lowercase()))
}

/// The verb of a form of it, or the singular.
fn base_of(lower: &str) -> String {
    let verb = lexicon().verbs_of(lower).first().cloned();
    verb.or_else(|| singulars(lower).into_iter().min_by_key(String::len)).unwrap_or_else(|| lower.to_owned())
}

/// Words of grammar, of time and of saying, and those that fit any topic.
fn says_little(lower: &str, base: &str) -> bool {
    let lists = &lexicon().words;
    let closed = [
        &lists.determiners,
        &lists.possessives,
        &lists.pronouns,
        &lists.prepositions,
        &lists.conjunctions,
        &lists.subordinators,
        &lists.auxiliaries,
        &lists.modals,
        &lists.be_forms,
        &lists.negations,
        &lists.adverbs,
        &lists.days,
        &lists.hedges,
        &lists.absolute,
        &lists.judging,
        &lists.anaphoric_actors,
    ];
    lower.chars().count() < 3
        || closed.iter().any(|list| list.contains(lower))
        || lists.any_topic.contains(base)
        || lexicon().is_reporting(lower)
}
