//! The clauses of a sentence: which verbs are verbs, which clause is the main one, and who is quoted.

use crate::lexicon::lexicon;
use crate::mention::{Mention, is_headline, mentions};
use crate::token::{Token, tokens};

/// How a verb stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// The verb of a clause.
    Finite,
    /// "was arrested".
    Passive,
    /// "to withdraw".
    Infinitive,
    /// "demanding".
    Gerund,
    /// "hackers angered by".
    Reduced,
}

/// A sentence taken apart.
pub(crate) struct Clauses<'s> {
    pub(crate) text: &'s str,
    pub(crate) tokens: Vec<Token>,
    pub(crate) mentions: Vec<Mention>,
    /// How a token that is a verb stands.
    pub(crate) forms: Vec<Option<Form>>,
    /// Depth of the clause in which a token stands: 0 main.
    pub(crate) depth: Vec<u8>,
    /// The part that only tells who says it: ", officials said", "according to X".
    pub(crate) attribution: Option<Attribution>,
    /// "X said that …": token of the verb.
    pub(crate) report: Option<usize>,
    pub(crate) headline: bool,
}

/// Tokens that only tell who says it.
#[derive(Debug, Clone)]
pub(crate) struct Attribution {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// The one who says it.
    pub(crate) who: Option<Mention>,
}

impl<'s> Clauses<'s> {
    pub(crate) fn new(text: &'s str) -> Self {
        let tokens = tokens(text);
        let mentions = mentions(&tokens);
        let headline = is_headline(&tokens);
        let mut clauses = Self {
            text,
            forms: vec![None; tokens.len()],
            depth: vec![0; tokens.len()],
            attribution: None,
            report: None,
            headline,
            tokens,
            mentions,
        };
        clauses.attribution = clauses.find_attribution();
        for at in 0..clauses.tokens.len() {
            clauses.forms[at] = clauses.form(at);
        }
        clauses.find_depth();
        clauses.report = clauses.find_report();
        clauses
    }

    /// Whether a token stands in the part that only tells who says it.
    pub(crate) fn is_attribution(&self, at: usize) -> bool {
        self.attribution.as_ref().is_some_and(|tail| (tail.start..tail.end).contains(&at))
    }

    fn lower_at(&self, at: usize) -> Option<&str> {
        self.tokens.get(at).map(|t| t.lower.as_str())
    }

    fn lower(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |t| t.lower.as_str())
    }

    /// The token before, without adverbs and negations.
    pub(crate) fn before(&self, at: usize) -> Option<usize> {
        let words = &lexicon().words;
        (0..at).rev().find(|&b| {
            let lower = &self.tokens[b].lower;
            !(matches!(lower.as_str(), "\"" | "``" | "\u{201c}" | "`")
                || words.adverbs.contains(lower)
                || words.negations.contains(lower) && lower != "no"
                || is_adverb(lower))
        })
    }

    fn form(&self, at: usize) -> Option<Form> {
        let lex = lexicon();
        let lower = self.lower(at);
        let verbs = lex.verbs_of(lower);
        if verbs.is_empty()
            || lex.words.be_forms.contains(lower)
            || matches!(lower, "has" | "have" | "had" | "do" | "does" | "did")
        {
            return None;
        }
        let before = self.before(at);
        let prev = before.map_or("", |b| self.lower(b));
        let determined = lex.words.determiners.contains(prev)
            && !lex.words.pronouns.contains(prev)
            && !matches!(prev, "all" | "both")
            || lex.words.possessives.contains(prev)
            || prev == "'s" && !lex.verbs_of(lower).is_empty() && !lex.is_past(lower);
        if lower.ends_with("ing") && !verbs.iter().any(|verb| verb == lower) {
            return match () {
                () if lex.words.be_forms.contains(prev) => Some(Form::Finite),
                () if lex.verbs_of(prev).iter().any(|verb| lex.words.phase.contains(verb)) => {
                    Some(Form::Finite)
                }
                () if determined || self.is_compound(at) => None,
                () => Some(Form::Gerund),
            };
        }
        if lex.is_past(lower) {
            // "Chile's armed forces".
            let describes = prev == "'s"
                && self.tokens.get(at + 1).is_some_and(|next| {
                    next.word
                        && !lex.words.prepositions.contains(&next.lower)
                        && !lex.words.determiners.contains(&next.lower)
                });
            return self.past_form(at, prev, determined || describes);
        }
        self.present_form(at, prev, determined)
    }

    fn past_form(&self, at: usize, prev: &str, determined: bool) -> Option<Form> {
        let lex = lexicon();
        if lex.words.be_forms.contains(prev) && prev != "get" {
            let stands = lex.words.statives.contains(self.lower(at));
            return Some(if stands { Form::Finite } else { Form::Passive });
        }
        if matches!(prev, "has" | "have" | "had" | "having" | "'ve") {
            return Some(Form::Finite);
        }
        // "42 captured policemen": between a number and a noun stands no verb.
        let counted = prev.len() < 4 && prev.chars().all(|c| c.is_ascii_digit()) && !prev.is_empty();
        if determined || prev == "most" || counted {
            return None;
        }
        // "trade secrets and advanced technologies".
        let after_actor = self.before(at).is_some_and(|b| self.mentions.iter().any(|m| m.end == b + 1));
        if lex.words.participial.contains(self.lower(at)) && !after_actor {
            return None;
        }
        if lex.is_preterite(self.lower(at)) {
            return Some(Form::Finite);
        }
        // An adjective: "the occupied West Bank", "armed groups", "of suspected rebels".
        let next = self.lower(at + 1);
        if lex.words.prepositions.contains(prev) && prev != "to" {
            return None;
        }
        let leads =
            matches!(next, "by" | "with" | "in" | "at" | "from" | "under" | "as" | "of" | "for" | "to");
        if leads && (next == "by" || self.later_auxiliary(at + 1)) {
            return Some(Form::Reduced);
        }
        if prev == "to" {
            return Some(Form::Infinitive);
        }
        // "In a letter handed over on Monday, …": no verb of a clause comes before the comma of an opening phrase.
        let opening = lex.words.prepositions.contains(self.lower(0))
            && !(0..at).any(|b| self.lower(b) == "," || lex.words.relatives.contains(self.lower(b)));
        if opening
            && !lex.is_reporting(self.lower(at))
            && (at..self.tokens.len()).any(|b| self.lower(b) == ",")
        {
            return Some(Form::Reduced);
        }
        Some(Form::Finite)
    }

    fn present_form(&self, at: usize, prev: &str, determined: bool) -> Option<Form> {
        let lex = lexicon();
        if prev == "to" && self.lower(at) != "talks" {
            return Some(Form::Infinitive);
        }
        if lex.words.modals.contains(prev) || matches!(prev, "do" | "does" | "did") {
            return Some(Form::Finite);
        }
        if determined || self.lower(at + 1) == "of" && at > 0 && !self.headline {
            return None;
        }
        if lex.words.prepositions.contains(prev) || lex.words.be_forms.contains(prev) {
            return None;
        }
        let lower = self.lower(at);
        let third = lower.ends_with('s') && !lex.verbs_of(lower).iter().any(|verb| verb == lower);
        let subject =
            self.mentions.iter().any(|m| m.end == at || self.before(at).is_some_and(|b| m.end == b + 1));
        let pronoun = lex.words.pronouns.contains(prev) || lex.words.relatives.contains(prev);
        let joined = matches!(prev, "and" | "or" | "," | "but");
        // "Rebel attacks have …": what looks like a verb is a noun if the verb comes later; "Chad says it has" is none.
        let says = lex.words.says.contains(lower);
        if self.later_auxiliary(at + 1) && !pronoun && !says {
            return None;
        }
        let plural = prev.ends_with('s')
            || matches!(prev, "police" | "people" | "they" | "we" | "i" | "you" | "who" | "which");
        let fits = if third {
            subject || pronoun || joined
        } else {
            (subject && plural) || matches!(prev, "we" | "they" | "i" | "you" | "who")
        };
        // "demanded that the US cancel", "urged Iran to": a subjunctive after a name.
        let subjunctive = !third && subject && (0..at).rev().take(8).any(|b| self.lower(b) == "that");
        // "Trade unions asked": a name that begins the sentence is no order to anybody.
        let named = self.mentions.iter().any(|m| m.start == 0);
        let first = at == 0 && !third && !named;
        if fits || subjunctive || first || (self.headline && third && at > 0) {
            return Some(Form::Finite);
        }
        None
    }

    /// "human rights bombing", "suicide bombing": a noun before.
    fn is_compound(&self, at: usize) -> bool {
        at > 0
            && matches!(
                self.lower(at - 1),
                "suicide"
                    | "car"
                    | "roadside"
                    | "human"
                    | "air"
                    | "fierce"
                    | "heavy"
                    | "international"
                    | "peace"
                    | "war"
            )
            || self.lower(at + 1) == "of"
    }

    /// An auxiliary further on in the same stretch: the verb of the clause comes later.
    fn later_auxiliary(&self, from: usize) -> bool {
        let words = &lexicon().words;
        for at in from..self.tokens.len().min(from + 30) {
            let lower = self.lower(at);
            if matches!(lower, "," | ";" | ":" | "that" | "but" | "and" | "\"" | "``")
                || words.relatives.contains(lower)
                || words.subordinators.contains(lower) && lower != "as"
                || self.is_attribution(at)
            {
                return false;
            }
            if matches!(lower, "it" | "they" | "he" | "she" | "we") || lexicon().is_reporting(lower) {
                return false;
            }
            if words.auxiliaries.contains(lower) && lower != "'s" || matches!(lower, "will" | "would") {
                return true;
            }
        }
        false
    }

    fn find_depth(&mut self) {
        let words = &lexicon().words;
        let mut depth = 0_u8;
        let mut by_comma = false;
        let mut finite = 0;
        let mut main_seen = false;
        for at in 0..self.tokens.len() {
            let lower = self.tokens[at].lower.clone();
            let finite_here = matches!(self.forms[at], Some(Form::Finite | Form::Passive))
                || (words.auxiliaries.contains(&lower)
                    && lower != "'s"
                    && !self.before(at).is_some_and(|b| {
                        words.auxiliaries.contains(&self.tokens[b].lower)
                            || words.modals.contains(&self.tokens[b].lower)
                    }));
            let starts = words.relatives.contains(&lower)
                || lower == "so" && self.lower(at + 1) == "that"
                || words.subordinators.contains(&lower)
                    && !(lower == "as"
                        && (self.lower_at(at.wrapping_sub(1)).is_some_and(|b| {
                            matches!(b, "such" | "well" | "much" | "far" | "long" | "same" | "as" | "so")
                        }) || matches!(self.lower(at + 1), "well" | "much" | "part")))
                || (lower == "that"
                    && at > 0
                    && self.forms[at - 1].is_none()
                    && self.forms.get(at + 1).is_some_and(|f| {
                        f.is_some()
                            || words.auxiliaries.contains(self.lower(at + 1))
                            || words.modals.contains(self.lower(at + 1))
                    })
                    && !lexicon().is_reporting(self.lower(at - 1))
                    && self.lower(at - 1) != ",");
            if depth > 0 {
                let closes = lower == "," && (by_comma || !main_seen)
                    || lower == ";"
                    || lower == "," && self.tokens.get(at + 1).is_some_and(|t| t.is(&["but", "and"]));
                if closes {
                    depth = 0;
                    finite = 0;
                } else if finite_here && !matches!(self.before(at).map(|b| self.lower(b)), Some("and" | "or"))
                {
                    let auxiliary_before = self.before(at).is_some_and(|b| {
                        words.auxiliaries.contains(self.lower(b)) || words.modals.contains(self.lower(b))
                    });
                    if !auxiliary_before {
                        finite += 1;
                    }
                    if finite >= 2 && !main_seen && !lexicon().is_reporting(&lower) {
                        depth = 0;
                        main_seen = true;
                    }
                }
            }
            if starts && !self.is_attribution(at) {
                depth = 1;
                finite = 0;
                by_comma = at > 0 && self.lower(at - 1) == ",";
            }
            if depth == 0 && finite_here {
                main_seen = true;
            }
            self.depth[at] = depth;
        }
    }

    /// "…, officials said on Monday." or "…, according to X", or "According to X, …".
    fn find_attribution(&self) -> Option<Attribution> {
        let count = self.tokens.len();
        for at in 0..count {
            if self.lower(at) == "according" && self.lower(at + 1) == "to" {
                let opens = at == 0 || self.lower(at - 1) == ",";
                let end = if at == 0 {
                    let next = self.mentions.iter().find(|m| m.start >= 2).map_or(3, |m| m.end);
                    (next..count.min(next + 12)).find(|&e| self.lower(e) == ",").unwrap_or_else(|| {
                        self.mentions
                            .iter()
                            .find(|m| m.start >= 2 && m.preposition.as_deref() != Some("to"))
                            .map_or(3, |m| m.start)
                    })
                } else {
                    count
                };
                if opens || at + 12 > count {
                    return Some(self.attribution(at, end));
                }
            }
        }
        let commas: Vec<usize> =
            (0..count).filter(|&at| self.tokens[at].is(&[",", "\"", "''", "\u{201d}"])).collect();
        for &comma in commas.iter().rev().take(4) {
            if comma + 2 >= count {
                continue;
            }
            let verb = (comma + 1..count.min(comma + 16))
                .find(|&at| lexicon().is_reporting(self.lower(at)) && !self.lower(at).ends_with("ing"));
            let Some(verb) = verb else { continue };
            let inverted = verb == comma + 1;
            let starts = inverted
                || self.is_plain_subject(comma + 1, verb)
                || self.mentions.iter().any(|m| {
                    m.start == comma + 1 || (m.start > comma && m.start <= comma + 3 && m.end <= verb)
                })
                || lexicon().words.pronouns.contains(self.lower(comma + 1))
                || lexicon()
                    .words
                    .anonymous
                    .iter()
                    .any(|word| (comma + 1..verb).any(|at| self.lower(at) == word));
            let breaks = (comma + 1..verb).any(|at| {
                self.tokens[at].is(&[
                    "that", "which", "who", "to", "was", "were", "has", "had", "is", "are", "and", "but",
                ])
            });
            let rest_is_short = count - verb <= 9
                && !(verb + 1..count).any(|at| {
                    self.tokens[at]
                        .is(&["that", "it", "they", "he", "would", "will", "had", "was", "must", "is"])
                })
                || inverted;
            if starts && !breaks && rest_is_short && comma >= 3 {
                return Some(self.attribution(comma, count));
            }
        }
        None
    }

    fn attribution(&self, start: usize, end: usize) -> Attribution {
        let known = self.mentions.iter().find(|m| m.start >= start && m.end <= end).cloned();
        let who = known.filter(|m| !self.owns(m.end)).or_else(|| {
            let verb = (start + 1..end).find(|&at| lexicon().is_reporting(self.lower(at)))?;
            self.plain_subject(start + 1, verb)
        });
        Attribution { start, end, who }
    }

    /// "the victim's insurer": who owns is not who says.
    pub(crate) fn owns(&self, end: usize) -> bool {
        self.tokens.get(end).is_some_and(|t| t.is(&["'s", "'"]))
    }

    /// "the provider's lawyer" before "said": whoever it is, the words are theirs and not the author's.
    pub(crate) fn plain_subject(&self, from: usize, verb: usize) -> Option<Mention> {
        let from = (from..verb).find(|&at| self.tokens[at].word)?;
        self.is_plain_subject(from, verb).then(|| Mention {
            start: from,
            end: verb,
            weak: true,
            ..Mention::default()
        })
    }

    /// An article or a capital, and a few words that are neither verbs nor grammar.
    fn is_plain_subject(&self, from: usize, verb: usize) -> bool {
        let words = &lexicon().words;
        let opens = |t: &Token| words.determiners.contains(&t.lower) || words.possessives.contains(&t.lower);
        let from = (from..verb).find(|&at| self.tokens[at].word).unwrap_or(verb);
        let grammar = |t: &Token| {
            words.prepositions.contains(&t.lower)
                || words.conjunctions.contains(&t.lower)
                || words.auxiliaries.contains(&t.lower) && t.lower != "'s"
                || words.modals.contains(&t.lower)
                || words.relatives.contains(&t.lower)
                || words.pronouns.contains(&t.lower)
                || words.subordinators.contains(&t.lower)
                || !t.word
        };
        let named = self.tokens.get(from).is_some_and(|t| opens(t) || t.capital);
        named
            && from + usize::from(opens(&self.tokens[from])) < verb
            && verb - from <= 6
            && !self.tokens[from + 1..verb].iter().any(grammar)
    }

    /// The first finite verb of the main clause, if it only says that something is said.
    fn find_report(&self) -> Option<usize> {
        let first = (0..self.tokens.len()).find(|&at| {
            self.depth[at] == 0
                && !self.is_attribution(at)
                && matches!(self.forms[at], Some(Form::Finite | Form::Passive))
        })?;
        // "responded with a statement" quotes nothing yet.
        let quotes = lexicon().is_reporting(self.lower(first))
            && !matches!(self.lower(first + 1), "with" | "by" | "from" | "for");
        let content = (first + 1..self.tokens.len()).any(|at| {
            self.forms[at].is_some()
                || self.lower(at) == "that"
                || self.lower(at).ends_with("ed")
                || lexicon().is_past(self.lower(at))
                || lexicon().words.auxiliaries.contains(self.lower(at))
                || lexicon().words.modals.contains(self.lower(at))
        });
        (quotes && content).then_some(first)
    }
}

pub(crate) fn is_adverb(lower: &str) -> bool {
    lower.len() > 4
        && lower.ends_with("ly")
        && !matches!(
            lower,
            "assembly"
                | "rally"
                | "family"
                | "supply"
                | "italy"
                | "reply"
                | "ally"
                | "apply"
                | "daily"
                | "weekly"
                | "july"
        )
}
