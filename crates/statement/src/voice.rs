//! Who speaks: the author, somebody who is quoted, or the issuer of a statement that is set into the text.

use crate::act::Act;
use crate::assertion::{Actor, Assertion, Manner};
use crate::clause::Clauses;
use crate::event::Party;
use crate::lexicon::lexicon;
use crate::reader::{actor, same_side};

/// Who speaks in a sentence, and how their words come.
#[derive(Debug, Clone)]
pub(crate) struct Speaker {
    pub(crate) manner: Manner,
    pub(crate) actor: Option<Actor>,
}

/// What the text has said so far of who speaks.
pub(crate) struct Voices {
    /// The issuer of the whole text, as the user names it.
    whole: Option<Actor>,
    /// The last one who was said to make a statement.
    issuer: Option<Actor>,
    in_statement: bool,
    /// Within quotation marks that a sentence before opened.
    quoted: Option<Actor>,
    quote_open: bool,
    /// The last one accused or called on by the issuer.
    opponent: Option<Actor>,
    /// The last subject of a sentence, for "it" and "they".
    subject: Option<Actor>,
    /// The last plural actor of another side: "individual countries".
    plural: Option<Actor>,
}

impl Voices {
    pub(crate) fn new(speaker: Option<&str>) -> Self {
        let whole = speaker.map(named);
        Self {
            in_statement: whole.is_some(),
            issuer: whole.clone(),
            whole,
            quoted: None,
            quote_open: false,
            opponent: None,
            subject: None,
            plural: None,
        }
    }

    /// Whether a paragraph only says that a statement begins or ends.
    pub(crate) fn turns(&mut self, paragraph: &str) -> bool {
        self.quote_open = false;
        let rule = !paragraph.is_empty()
            && paragraph
                .chars()
                .all(|c| matches!(c, '*' | '-' | '_' | '=' | '~' | '#' | '\u{2014}') || c.is_whitespace());
        if rule {
            self.in_statement = self.whole.is_some();
            return true;
        }
        let head =
            paragraph.split('(').next().unwrap_or(paragraph).trim().trim_end_matches(':').to_lowercase();
        if lexicon().words.statement_heads.contains(head.as_str()) {
            self.in_statement = true;
            return true;
        }
        false
    }

    /// Who speaks in this sentence.
    pub(crate) fn of(&mut self, clauses: &Clauses<'_>) -> Speaker {
        if self.in_statement {
            return Speaker { manner: Manner::Statement, actor: self.issuer.clone() };
        }
        let inside = self.quote_open;
        self.count_quotes(clauses);
        if let Some(report) = clauses.report
            && let Some(who) = clauses.speaker_before(report)
        {
            let who = self.resolve(who, &Speaker { manner: Manner::Author, actor: None });
            self.quoted = Some(who.clone());
            return Speaker { manner: Manner::Reported, actor: Some(who) };
        }
        if let Some(tail) = &clauses.attribution
            && let Some(who) = &tail.who
        {
            let who = actor(clauses.party(who));
            let quotes = inside || clauses.tokens.first().is_some_and(|t| is_quote(&t.text));
            self.quoted = Some(who.clone());
            return Speaker {
                manner: if quotes { Manner::Quoted } else { Manner::Attributed },
                actor: Some(who),
            };
        }
        if inside && self.quoted.is_some() {
            return Speaker { manner: Manner::Quoted, actor: self.quoted.clone() };
        }
        Speaker { manner: Manner::Author, actor: None }
    }

    fn count_quotes(&mut self, clauses: &Clauses<'_>) {
        for token in &clauses.tokens {
            match token.text.as_str() {
                "\u{201c}" | "``" => self.quote_open = true,
                "\u{201d}" | "''" => self.quote_open = false,
                "\"" => self.quote_open = !self.quote_open,
                _ => {}
            }
        }
    }

    /// "we", "it", "these countries": whom the text means, where that is certain.
    pub(crate) fn resolve(&self, party: Party, speaker: &Speaker) -> Actor {
        let word = party.text.to_lowercase();
        let mut found = actor(party.clone());
        let ours = matches!(party.text.as_str(), "we" | "We" | "our" | "Our" | "us" | "I")
            || word.starts_with("our ")
            || word.starts_with("my ");
        let meant = match () {
            () if ours => speaker.actor.clone().or_else(|| self.quoted.clone()),
            () if party.pronoun && matches!(word.as_str(), "it" | "he" | "she" | "they") => {
                self.subject.clone()
            }
            () if word.starts_with("these ") || word.starts_with("those ") => self.plural.clone(),
            () => None,
        };
        if let Some(meant) = meant {
            found = Actor { resolved_from: Some(party.text), ..meant };
        }
        found
    }

    /// The one against whom the issuer has spoken last, where a word points back.
    pub(crate) fn opponent(&self, word: &str) -> Option<Actor> {
        self.opponent.clone().map(|actor| Actor { resolved_from: Some(word.to_owned()), ..actor })
    }

    /// Keeps what later sentences point back to.
    pub(crate) fn remember(&mut self, clauses: &Clauses<'_>, lines: &[Assertion]) {
        let says = clauses.tokens.iter().any(|t| {
            t.is(&[
                "statement",
                "statements",
                "remarks",
                "briefing",
                "communique",
                "spokesman",
                "spokeswoman",
                "spokesperson",
            ])
        });
        if says && !self.in_statement {
            let who = lines.iter().filter_map(|l| l.speaker_actor.clone()).rfind(|a| !a.codes.is_empty());
            self.issuer = clauses.issuer_of_statement().map(actor).or(self.issuer.take()).or(who);
        }
        for line in lines {
            let issuer = self.issuer.as_ref();
            let other = line
                .target_actor
                .as_ref()
                .filter(|t| issuer.is_none_or(|i| !same_side(i, t)) && t.resolved_from.is_none());
            if let Some(other) = other
                && matches!(line.act, Some(Act::Disapprove | Act::Demand | Act::Reject | Act::Threaten))
            {
                self.opponent = Some(other.clone());
                if other.text.to_lowercase().contains("countries") || other.codes.len() > 1 {
                    self.plural = Some(other.clone());
                }
            }
            if line.main {
                self.subject = line.speaker_actor.clone().or(self.subject.take());
            }
        }
    }
}

/// An actor by a name alone.
pub(crate) fn named(name: &str) -> Actor {
    let clauses = Clauses::new(name);
    let codes = clauses.mentions.iter().flat_map(|m| m.codes.clone()).take(1).collect();
    let sector = clauses.mentions.first().and_then(|m| m.sector);
    Actor { text: name.to_owned(), codes, sector, resolved_from: None }
}

fn is_quote(text: &str) -> bool {
    matches!(text, "\"" | "\u{201c}" | "``")
}
