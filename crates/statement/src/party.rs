//! Who does the act of a sentence, and to whom.

use crate::act::Act;
use crate::candidate::Candidate;
use crate::clause::{Clauses, Form};
use crate::event::Party;
use crate::lexicon::lexicon;
use crate::mention::{Mention, span};

impl Clauses<'_> {
    /// The subject between two tokens: the first actor that no preposition leads, with those joined to it by "and".
    pub(crate) fn subject(&self, from: usize, until: usize) -> Option<Party> {
        let inside: Vec<usize> = (0..self.mentions.len())
            .filter(|&m| {
                self.mentions[m].start >= from
                    && self.mentions[m].end <= until
                    && !self.is_attribution(self.mentions[m].start)
            })
            .collect();
        let free = |m: &&usize| {
            self.mentions[**m].preposition.is_none() && self.depth[self.mentions[**m].start] == 0
        };
        let inherits = self.depth.get(from).is_some_and(|d| *d > 0);
        // "Talks between the miners and the government": both, and not the second alone.
        let between = inside.first().filter(|m| self.mentions[**m].preposition.as_deref() == Some("between"));
        let chosen = between
            .or_else(|| inside.iter().find(free))
            .or_else(|| inside.iter().find(|m| inherits && self.mentions[**m].preposition.is_none()))
            .or_else(|| inside.iter().find(|m| self.mentions[**m].preposition.as_deref() == Some("for")))
            .or_else(|| {
                inside.iter().find(|m| {
                    !matches!(
                        self.mentions[**m].preposition.as_deref(),
                        Some("after" | "before" | "under" | "following" | "amid" | "despite")
                    )
                })
            });
        let pronoun = (from..until).find(|&at| self.tokens[at].is(&["it", "they", "he", "she", "we", "i"]));
        // "it has been a secret for X to": X does it.
        let expletive = pronoun.is_some_and(|p| self.tokens[p].is(&["it"]));
        let meant =
            inside.iter().find(|m| expletive && self.mentions[**m].preposition.as_deref() == Some("for"));
        if let Some(&m) = meant {
            return Some(self.with_joined(m));
        }
        match (chosen, pronoun) {
            (Some(&m), None) => Some(self.with_joined(m)),
            (Some(&m), Some(p)) if self.mentions[m].start < p && self.mentions[m].preposition.is_none() => {
                Some(self.with_joined(m))
            }
            (_, Some(p)) => {
                Some(Party { text: self.tokens[p].text.clone(), pronoun: true, ..Party::default() })
            }
            (None, None) if from > 0 && self.depth.get(from).is_some_and(|d| *d > 0) => {
                self.nearest_before(from + 1)
            }
            (None, None) => None,
        }
    }

    /// "it", "they", "its forces" or nobody: the one who is quoted.
    pub(crate) fn resolve(&self, source: Option<Party>, candidate: &Candidate) -> Option<Party> {
        // "said that … and urged": the one who says also urges.
        let joined = self.before(candidate.how.start).is_some_and(|b| self.lower_is(b, &["and", "but"]));
        let speaks = matches!(candidate.act, Act::Demand | Act::Disapprove | Act::Threaten);
        if joined
            && speaks
            && candidate.form == Some(Form::Finite)
            && let Some(report) = self.report.filter(|report| *report < candidate.anchor)
        {
            return self.subject(0, report).or(source);
        }
        let open = source.as_ref().is_none_or(|party| party.pronoun || is_own(&party.text));
        if !open {
            return source;
        }
        let passive = matches!(candidate.form, Some(Form::Passive | Form::Reduced));
        if passive && source.is_none() {
            return None;
        }
        if let Some(report) = self.report.filter(|report| *report < candidate.anchor) {
            return self.subject(0, report).or(source);
        }
        if let Some(tail) = &self.attribution
            && candidate.form.is_some()
            && let Some(who) = tail.who.as_ref().filter(|_| !passive)
        {
            return Some(self.party(who));
        }
        if source.as_ref().is_some_and(|party| party.pronoun) {
            return self
                .mentions
                .iter()
                .find(|m| m.end <= candidate.anchor && m.preposition.is_none())
                .map(|m| self.party(m))
                .or(source);
        }
        source
    }

    pub(crate) fn by_agent(&self, anchor: usize) -> Option<Party> {
        (0..self.mentions.len())
            .find(|&m| {
                self.mentions[m].start > anchor
                    && self.mentions[m].preposition.as_deref() == Some("by")
                    && self.mentions[m].start < anchor + 14
            })
            .map(|m| self.with_joined(m))
    }

    pub(crate) fn nearest_before(&self, anchor: usize) -> Option<Party> {
        self.mentions.iter().rev().find(|m| m.end <= anchor).map(|m| self.party(m))
    }

    /// "X's attack on Y", "attack by X on Y".
    pub(crate) fn parties_of_noun(
        &self,
        candidate: &Candidate,
        from: usize,
    ) -> (Option<Party>, Option<Party>) {
        let by = self.by_agent(candidate.anchor);
        let source = by.or_else(|| self.subject(from, candidate.anchor));
        let target = self.object(candidate, source.as_ref());
        (source, target)
    }

    /// The one to whom it is done: led by the preposition that the act asks for, or the first after the verb.
    pub(crate) fn object(&self, candidate: &Candidate, source: Option<&Party>) -> Option<Party> {
        let end = self.clause_end(candidate);
        let usable: Vec<usize> = (0..self.mentions.len())
            .filter(|&m| {
                let mention = &self.mentions[m];
                mention.start > candidate.anchor
                    && mention.start < end
                    && !self.is_attribution(mention.start)
                    && !(mention.possessed && mention.codes.is_empty())
                    && !self.is_anaphoric(mention)
                    && !(candidate.act == Act::Mobilize && is_own_force(mention))
                    && !self.is_weapon(mention)
                    && source.is_none_or(|s| s.text != mention.text(self.text, &self.tokens))
            })
            .collect();
        let led = |by: &str| {
            usable
                .iter()
                .copied()
                .find(|&m| self.mentions[m].preposition.as_deref() == Some(by) && self.near(candidate, m))
        };
        let wanted = match candidate.role {
            "-" | "n" | "none" => None,
            "onlyto" => return led("to").map(|m| self.with_joined(m)),
            role => led(role),
        };
        let together = source.is_some_and(|s| s.joined)
            && matches!(
                candidate.act,
                Act::Agree | Act::Consult | Act::Cooperate | Act::Support | Act::Reject
            )
            && !matches!(
                candidate.mode,
                "reject"
                    | "refuse"
                    | "oppose"
                    | "praise"
                    | "support"
                    | "defend"
                    | "deny"
                    | "offer"
                    | "promise"
            );
        if together && wanted.is_none() {
            return None;
        }
        let direct = usable.first().copied().filter(|&m| {
            let mention = &self.mentions[m];
            mention.preposition.is_none() && !mention.weak && mention.start <= candidate.anchor + 2
        });
        let against = matches!(
            candidate.act,
            Act::Threaten
                | Act::Protest
                | Act::Mobilize
                | Act::Sanction
                | Act::Disapprove
                | Act::Assault
                | Act::Fight
        );
        let passive = matches!(candidate.form, Some(Form::Passive | Form::Reduced));
        let chosen = wanted.or(direct).or_else(|| led("against").filter(|_| against)).or_else(|| {
            let strong = |m: &usize| {
                let by = passive && self.mentions[*m].preposition.as_deref() == Some("by");
                !(self.mentions[*m].weak || by)
            };
            // "to share intelligence on smugglers with Bolivia": what it is about is not whom it is with.
            let about = |m: &usize| {
                !against
                    && matches!(
                        self.mentions[*m].preposition.as_deref(),
                        Some("on" | "about" | "over" | "concerning" | "regarding")
                    )
            };
            let with = || usable.iter().copied().find(|m| strong(m) && !about(m));
            let strong = with().or_else(|| usable.iter().copied().find(strong));
            let first = usable.first().copied();
            match (first, strong) {
                (Some(f), Some(s))
                    if f != s
                        && self.mentions[f].start <= candidate.anchor + 2
                        && self.mentions[f].preposition.is_none() =>
                {
                    Some(f)
                }
                (_, Some(s)) => Some(s),
                (first, None) => first,
            }
        })?;
        Some(self.with_joined(chosen))
    }

    /// "We urge these countries": who that is, another sentence tells.
    pub(crate) fn pointed_at(&self, candidate: &Candidate) -> Option<Party> {
        let m =
            self.mentions.iter().find(|m| m.start > candidate.anchor && m.start <= candidate.anchor + 2)?;
        self.tokens[m.start].is(&["these", "those"]).then(|| Party {
            text: self.text[self.tokens[m.start].start..self.tokens[m.end - 1].end].to_owned(),
            pronoun: true,
            ..Party::default()
        })
    }

    /// "both sides", "the two countries": who that is, was said before.
    fn is_anaphoric(&self, mention: &Mention) -> bool {
        let words = &lexicon().words;
        mention.codes.is_empty()
            && words.anaphoric_actors.contains(&self.tokens[mention.end - 1].lower)
            && self.tokens[mention.start..mention.end].iter().any(|t| {
                t.is(&["the", "two", "both", "these", "those", "other", "all"])
                    || words.possessives.contains(&t.lower)
            })
    }

    /// "fired rockets at": what is fired is not whom it is fired at.
    fn is_weapon(&self, mention: &Mention) -> bool {
        let weapon = ["rocket", "rockets", "missile", "missiles", "artillery"];
        mention.codes.is_empty() && self.tokens[mention.end - 1].is(&weapon)
    }

    fn near(&self, candidate: &Candidate, m: usize) -> bool {
        let start = self.mentions[m].start;
        start < candidate.anchor + 18 && self.depth[start] <= self.depth[candidate.anchor]
    }

    /// A mention with those that "and" joins to it.
    fn with_joined(&self, first: usize) -> Party {
        let mut party = self.party(&self.mentions[first]);
        let mut last = first;
        while let Some(next) = self.mentions.get(last + 1) {
            let between = &self.tokens[self.mentions[last].end..next.start];
            let joined = match between {
                [word] => word.is(&["and", "&"]) || word.is(&[","]) && self.list_goes_on(last + 1),
                [comma, and] => comma.is(&[","]) && and.is(&["and"]),
                // "and more than a dozen of its allies".
                [and, rest @ ..] => {
                    and.is(&["and"])
                        && rest.iter().all(|t| {
                            t.is(&["more", "than", "of", "at", "least", "up", "to"])
                                || lexicon().words.determiners.contains(&t.lower)
                        })
                }
                _ => false,
            };
            if !joined || next.possessed && !next.agent {
                break;
            }
            for code in &next.codes {
                if !party.codes.contains(code) {
                    party.codes.push(code);
                }
            }
            party.sector = party.sector.or(next.sector);
            last += 1;
            party.joined = true;
        }
        party.text =
            span(self.text, &self.tokens, self.mentions[first].start, self.mentions[last].end).to_owned();
        party
    }

    /// "Iran, Iraq and Syria": the comma belongs to a list if "and" comes after the next member.
    fn list_goes_on(&self, m: usize) -> bool {
        let end = self.mentions[m].end;
        let next = self.mentions.get(m + 1);
        next.is_some_and(|next| {
            let between = &self.tokens[end..next.start];
            matches!(between, [and] if and.is(&["and"]))
                || matches!(between, [comma, and] if comma.is(&[","]) && and.is(&["and"]))
        })
    }

    pub(crate) fn party(&self, mention: &Mention) -> Party {
        Party {
            text: mention.text(self.text, &self.tokens).to_owned(),
            codes: mention.codes.clone(),
            sector: mention.sector,
            pronoun: false,
            joined: self.tokens[mention.start..mention.end].iter().any(|t| t.is(&["and"])),
        }
    }
}

/// "massed troops along the border": what is sent is not whom it is sent against.
fn is_own_force(mention: &Mention) -> bool {
    mention.codes.is_empty() && matches!(mention.sector, Some("MIL" | "COP"))
}

fn is_own(text: &str) -> bool {
    text.split(' ').next().is_some_and(|first| lexicon().words.possessives.contains(&first.to_lowercase()))
}
