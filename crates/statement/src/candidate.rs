//! Verbs and nouns of a sentence that could be its act, each with what is said around it and a score for how far it
//! is the sentence's own act and not one in passing.

use crate::act::Act;
use crate::clause::{Clauses, Form, is_adverb};
use crate::inflect::singulars;
use crate::lexicon::{Pattern, lexicon};

/// A verb or a noun that matched a pattern.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    /// Token of the verb or noun.
    pub(crate) anchor: usize,
    pub(crate) act: Act,
    pub(crate) mode: &'static str,
    pub(crate) role: &'static str,
    pub(crate) settled: bool,
    pub(crate) form: Option<Form>,
    /// Token after the last one that the pattern needed.
    pub(crate) reach: usize,
    pub(crate) score: f64,
    pub(crate) how: How,
    /// It is what another act asks, threatens or promises ("demanded that Spain withdraw"): nobody says that it is so.
    pub(crate) wished: bool,
}

/// What stands around a verb.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct How {
    /// "not", "never", "no longer".
    pub(crate) negated: bool,
    /// "will", "would", "ready to", "plans to".
    pub(crate) future: bool,
    /// "must", "should".
    pub(crate) obliged: bool,
    /// "may", "could", "reportedly".
    pub(crate) hedged: bool,
    /// First token of the group of verbs.
    pub(crate) start: usize,
}

/// The element of a pattern that nothing is done to anything: "workers struck over pay".
const NO_OBJECT: &str = "^";

/// The element of a pattern that something is done to something at once: "wants Iran to", not "wants to".
const OBJECT: &str = "+";

/// The role of a pattern that fits only after a negation: "did not rule out force".
const NEGATED: &str = "not";

/// Nouns whose infinitive says what is tried.
const TRIES: [&str; 6] = ["effort", "efforts", "campaign", "campaigns", "attempt", "attempts"];

impl Clauses<'_> {
    /// All candidates, by score.
    pub(crate) fn candidates(&self) -> Vec<Candidate> {
        let mut found: Vec<Candidate> = Vec::new();
        for at in 0..self.tokens.len() {
            if self.is_attribution(at) || !self.tokens[at].word {
                continue;
            }
            found.extend(self.candidate(at).or_else(|| self.refusal(at)));
        }
        // "insisted that he would not": refuses, and demands nothing.
        if let Some(refused) = found.iter().filter(|c| c.how.negated && c.how.future).map(|c| c.anchor).max()
        {
            found.retain(|c| {
                !(c.act == Act::Demand
                    && self.lower_is(c.anchor, &["insist", "insists", "insisted", "insisting"])
                    && c.anchor < refused
                    && self.own_words(c.anchor, refused))
            });
        }
        found = found.iter().filter(|c| !self.is_in_predicate(c, &found)).cloned().collect();
        for at in 0..found.len() {
            let governed = self.is_governed(&found[at], &found);
            if governed {
                found[at].wished = self.is_wished(&found[at], &found);
                found[at].score -= 45.0;
            }
        }
        found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.anchor.cmp(&b.anchor)));
        found
    }

    fn candidate(&self, at: usize) -> Option<Candidate> {
        let form = self.forms[at];
        let lower = self.tokens[at].lower.as_str();
        if let Some((words, pattern)) =
            lexicon().phrase_at(lower, |n| self.tokens.get(at + n).map(|t| t.lower.as_str()))
            && !(pattern.role == "teller" && (0..at).any(|b| self.lower_is(b, &["whether", "if"])))
        {
            let how = How { start: at, ..How::default() };
            let depth = f64::from(self.depth[at].min(1)) * 45.0;
            let score = 98.0 - depth - 0.5 * at as f64;
            return Some(Candidate {
                anchor: at,
                act: pattern.act,
                mode: pattern.mode,
                role: pattern.role,
                settled: false,
                form: Some(Form::Finite),
                reach: at + words,
                score,
                how,
                wished: false,
            });
        }
        let best = match form {
            Some(form) => lexicon()
                .verbs_of(lower)
                .iter()
                .flat_map(|verb| lexicon().patterns_of(verb))
                .filter(|pattern| pattern.role != NEGATED || self.how(at, Some(form)).negated)
                .filter_map(|pattern| {
                    self.fit(pattern, at, form).map(|(reach, weight)| (pattern, reach, weight))
                })
                .max_by(|a, b| a.2.cmp(&b.2).then(b.1.cmp(&a.1)).then(b.0.line.cmp(&a.0.line))),
            None => None,
        };
        let (pattern, reach, weight, base) = match best {
            Some((pattern, reach, weight)) => (pattern.clone(), reach, weight, 100.0),
            None => {
                let noun = lexicon().noun_patterns(lower).into_iter().min_by_key(|p| p.line)?.clone();
                if form.is_some_and(|form| form != Form::Gerund) || self.is_in_passing(at) {
                    return None;
                }
                (noun, at + 1, 0, 40.0)
            }
        };
        let mut how = self.how(at, form);
        if form == Some(Form::Finite) && self.is_done_by_a_thing(how.start) {
            return None;
        }
        how.negated &= pattern.role != NEGATED;
        let form_penalty = match (base < 50.0, form) {
            (true, _) => 0.0,
            (false, Some(Form::Finite | Form::Passive)) => 0.0,
            (false, Some(Form::Infinitive)) if how.future => 4.0,
            // "its efforts to compromise": what somebody tries is told of a noun, it is no act of the sentence.
            (false, Some(Form::Infinitive)) if self.lower_is(at.wrapping_sub(2), &TRIES) => 75.0,
            (false, Some(Form::Infinitive)) => 30.0,
            (false, Some(Form::Gerund))
                if self.lower_is(at.wrapping_sub(1), &["of", "for", "from", "by"]) =>
            {
                40.0
            }
            (false, Some(Form::Gerund)) => 32.0,
            (false, _) => 45.0,
        };
        // "Following the indictment of X, …": before any verb, a noun stands in no clause of its own.
        let before_verbs = base < 50.0 && self.forms[..at].iter().skip(1).all(Option::is_none);
        let depth = if before_verbs { 0.0 } else { f64::from(self.depth[at].min(1)) * 45.0 };
        let score = base - form_penalty - depth - 0.5 * at as f64 + 1.5 * weight as f64;
        let mut pattern = pattern;
        // "charged that": says, and accuses.
        if pattern.mode == "indict" && (self.lower_is(at + 1, &["that"]) || self.is_attribution(at)) {
            pattern.act = Act::Disapprove;
            pattern.mode = "accuse";
        }
        Some(Candidate {
            anchor: at,
            act: pattern.act,
            mode: pattern.mode,
            role: pattern.role,
            settled: pattern.settled,
            form,
            reach,
            score,
            how,
            wished: false,
        })
    }

    /// "responded to the attack", "spoke of the raid": a noun that a preposition leads, after a verb, is no deed of the
    /// verb's subject.
    fn is_in_passing(&self, noun: usize) -> bool {
        let words = &lexicon().words;
        let leads = (0..noun).rev().find(|&b| {
            let lower = &self.tokens[b].lower;
            !(words.determiners.contains(lower) || words.modifiers.contains(lower) || is_adverb(lower))
        });
        let Some(leads) = leads else { return false };
        self.lower_is(leads, &["to", "of", "about", "on", "over", "after", "since", "before", "during"])
            && self.forms[..leads].iter().any(|form| matches!(form, Some(Form::Finite)))
    }

    /// "no data left the network": things act in no sense of the ontology.
    fn is_done_by_a_thing(&self, verb: usize) -> bool {
        let subject = verb.checked_sub(1).map(|at| self.tokens[at].lower.as_str());
        subject.is_some_and(|noun| lexicon().words.things.contains(noun))
    }

    /// "rejected it as baseless and fabricated": what stands after "as" tells what it is called, and is no act.
    fn is_in_predicate(&self, candidate: &Candidate, all: &[Candidate]) -> bool {
        let from = candidate.anchor.saturating_sub(4);
        let leads = (from..candidate.anchor).rev().find(|&at| self.lower_is(at, &["as"]));
        leads.is_some_and(|leads| {
            let plain = |at: usize| {
                let token = &self.tokens[at];
                token.is(&["and", "or", ","]) || token.word && self.forms[at].is_none()
            };
            self.tokens[candidate.anchor].lower.ends_with("ed")
                && (leads + 1..candidate.anchor).all(plain)
                && !self.mentions.iter().any(|m| m.start > leads && m.end <= candidate.anchor)
                && all.iter().any(|other| other.anchor < leads && other.form.is_some())
        })
    }

    /// "demanded that", "threatened that", "promised that" something be done.
    fn is_wished(&self, candidate: &Candidate, all: &[Candidate]) -> bool {
        all.iter().any(|other| {
            matches!(other.act, Act::Demand | Act::Threaten | Act::Agree)
                && other.anchor < candidate.anchor
                && (other.anchor + 1..candidate.anchor).any(|at| self.lower_is(at, &["that"]))
                && !(other.anchor + 1..candidate.anchor)
                    .any(|at| self.lower_is(at, &[",", ";", "and", "but"]))
        })
    }

    /// "will not renew", whatever it is that somebody will not do.
    fn refusal(&self, at: usize) -> Option<Candidate> {
        let token = &self.tokens[at];
        let words = &lexicon().words;
        let verb = token.lower.chars().all(char::is_alphabetic)
            && !words.auxiliaries.contains(&token.lower)
            && !words.be_forms.contains(&token.lower)
            && !words.adverbs.contains(&token.lower)
            && !lexicon().is_reporting(&token.lower)
            && !is_adverb(&token.lower);
        let refuses = self.lower_is(at.wrapping_sub(1), &["not", "n't", "never"])
            && self.lower_is(at.wrapping_sub(2), &["will", "would", "wo", "shall"]);
        let by_somebody = self.mentions.iter().any(|m| m.end <= at);
        (verb && refuses && by_somebody).then(|| Candidate {
            anchor: at,
            act: Act::Reject,
            mode: "refuse",
            role: "-",
            settled: false,
            form: Some(Form::Finite),
            reach: at + 1,
            score: 80.0 - 0.5 * at as f64 - f64::from(self.depth[at].min(1)) * 45.0,
            how: How { start: at.saturating_sub(2), negated: true, future: true, ..How::default() },
            wished: false,
        })
    }

    /// Whether between two verbs nobody is named but by a pronoun: the second is the first's subject's own.
    fn own_words(&self, first: usize, second: usize) -> bool {
        !self.mentions.iter().any(|m| m.start > first && m.end <= second)
    }

    pub(crate) fn lower_is(&self, at: usize, words: &[&str]) -> bool {
        self.tokens.get(at).is_some_and(|token| token.is(words))
    }

    /// Whether a pattern fits here: the token after what it needed, and how much it needed.
    fn fit(&self, pattern: &Pattern, at: usize, form: Form) -> Option<(usize, usize)> {
        let mut next = at + 1;
        for word in &pattern.particle {
            let limit = if pattern.particle.len() > 1 { next + 1 } else { next + 4 };
            let found = (next..limit.min(self.tokens.len())).find(|&n| self.tokens[n].lower == *word)?;
            next = found + 1;
        }
        let mut weight = pattern.particle.len();
        let window = (at + 12).min(self.tokens.len());
        for element in &pattern.elements {
            if element.as_slice() == [vec![NO_OBJECT]] {
                if self.has_object(next) {
                    return None;
                }
                continue;
            }
            if element.as_slice() == [vec![OBJECT]] {
                if !self.has_object(next) {
                    return None;
                }
                next += 1;
                continue;
            }
            if let Some(end) = self.find_element(element, next, window) {
                next = end;
                weight += 1;
                continue;
            }
            // What is done to the thing before: "the state of emergency was lifted".
            let before = form == Form::Passive || form == Form::Reduced;
            if before && self.find_element(element, at.saturating_sub(10), at).is_some() {
                weight += 1;
                continue;
            }
            if !element.iter().any(Vec::is_empty) {
                return None;
            }
        }
        Some((next, weight))
    }

    /// Whether something is done to what follows: "struck the base", not "struck over pay".
    fn has_object(&self, next: usize) -> bool {
        let words = &lexicon().words;
        self.tokens.get(next).is_some_and(|token| {
            token.word
                && !words.prepositions.contains(&token.lower)
                && !words.conjunctions.contains(&token.lower)
                && !words.adverbs.contains(&token.lower)
                && !words.subordinators.contains(&token.lower)
                && !words.days.contains(&token.lower)
                && !is_adverb(&token.lower)
        })
    }

    fn find_element(&self, element: &[Vec<&'static str>], from: usize, until: usize) -> Option<usize> {
        for at in from..until {
            let token = self.tokens.get(at)?;
            if token.is(&[";", ":", "but"])
                || self.is_attribution(at)
                || at > from
                    && token.lower == ","
                    && self.lower_is(at + 1, &["which", "who", "where", "while", "but"])
            {
                return None;
            }
            let end = element
                .iter()
                .filter(|words| !words.is_empty())
                .find_map(|words| self.words_at(words, at).then_some(at + words.len()));
            if end.is_some() {
                return end;
            }
        }
        None
    }

    fn words_at(&self, words: &[&str], at: usize) -> bool {
        words.iter().enumerate().all(|(n, word)| {
            self.tokens.get(at + n).is_some_and(|token| {
                token.lower == *word
                    || n + 1 == words.len() && singulars(&token.lower).iter().any(|s| s == word)
                    || lexicon().verbs_of(&token.lower).iter().any(|verb| verb == word)
            })
        })
    }

    /// What stands around the verb, from it to the left.
    fn how(&self, at: usize, form: Option<Form>) -> How {
        let lex = lexicon();
        let mut how = How { start: at, ..How::default() };
        let mut after_to = false;
        let mut next = at;
        while next > 0 {
            let b = next - 1;
            next = b;
            let lower = self.tokens[b].lower.as_str();
            let verb_head = after_to
                && (lex.words.intent.contains(lower)
                    || lex.verbs_of(lower).iter().any(|verb| lex.words.intent.contains(verb)));
            if lex.words.negations.contains(lower) {
                how.negated = true;
            } else if matches!(lower, "will" | "would" | "shall" | "'ll" | "wo" | "'d") {
                how.future = true;
            } else if matches!(lower, "may" | "might" | "could" | "can") {
                how.future = true;
                how.hedged = lower != "can";
            } else if lower == "cannot" {
                how.future = true;
                how.negated = true;
            } else if matches!(lower, "must" | "should" | "ought") {
                how.obliged = true;
            } else if lower == "or"
                && (b.saturating_sub(5)..b).any(|n| lex.words.negations.contains(&self.tokens[n].lower))
            {
                // "has never taken part in or supported": on from the negation.
                how.negated = true;
                next = (b.saturating_sub(5)..b)
                    .find(|n| lex.words.negations.contains(&self.tokens[*n].lower))
                    .unwrap_or(b);
                how.start = next;
                continue;
            } else if lower == "to" {
                after_to = true;
            } else if verb_head {
                how.future = true;
            } else if lex.words.auxiliaries.contains(lower) && lower != "'s"
                || lex.words.adverbs.contains(lower)
            {
                // "is to visit".
                how.future |=
                    after_to && lex.words.be_forms.contains(lower) && form == Some(Form::Infinitive);
            } else if matches!(
                lower,
                "longer"
                    | "decided"
                    | "begun"
                    | "began"
                    | "started"
                    | "continued"
                    | "continue"
                    | "managed"
                    | "forced"
                    | "chosen"
                    | "chose"
                    | "agreed"
                    | "helped"
                    | "moved"
                    | "voted"
            ) && (after_to || lower == "longer")
            {
                // Done, not only meant.
            } else if is_adverb(lower) {
                how.hedged |= lex.words.hedges.contains(lower);
            } else {
                break;
            }
            how.start = b;
        }
        how
    }

    /// An infinitive or a gerund that hangs on another candidate: "threatened to strike".
    fn is_governed(&self, candidate: &Candidate, all: &[Candidate]) -> bool {
        // "demanded that the US cancel": the verb of what is demanded.
        let content = |other: &Candidate| {
            matches!(other.act, Act::Demand | Act::Reject | Act::Threaten | Act::Agree | Act::Disapprove)
                && !(other.anchor + 1..candidate.anchor)
                    .any(|at| self.lower_is(at, &[",", ";", "and", "but"]))
        };
        if !matches!(candidate.form, Some(Form::Infinitive | Form::Gerund)) {
            return matches!(candidate.form, Some(Form::Finite | Form::Passive))
                && all.iter().any(|other| {
                    other.anchor < candidate.anchor
                        && other.form.is_some()
                        && other.score > 60.0
                        && content(other)
                });
        }
        all.iter().any(|other| {
            other.anchor < candidate.anchor
                && self.depth[other.anchor] <= self.depth[candidate.anchor]
                && other.form.is_some()
                && other.score > 30.0
        })
    }
}
