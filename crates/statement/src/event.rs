//! The acts of a sentence: what is done or said, by whom, to whom.

use crate::act::Act;
use crate::candidate::{Candidate, How};
use crate::clause::{Clauses, Form};
use crate::lexicon::lexicon;

/// An actor as the sentence gives it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Party {
    /// The words.
    pub(crate) text: String,
    /// Codes of the tables.
    pub(crate) codes: Vec<&'static str>,
    /// Sector.
    pub(crate) sector: Option<&'static str>,
    /// The words are "it", "we", "this": who that is, another sentence tells.
    pub(crate) pronoun: bool,
    /// Several, with "and" between.
    pub(crate) joined: bool,
}

/// One act of a sentence.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) act: Act,
    pub(crate) mode: &'static str,
    pub(crate) source: Option<Party>,
    pub(crate) target: Option<Party>,
    /// Bytes of the sentence from the group of verbs to what the act needs.
    pub(crate) words: (usize, usize),
    pub(crate) how: How,
    /// The act is a noun in passing.
    pub(crate) noun: bool,
}

/// Below this a candidate is said in passing: verbs, and nouns.
const IN_PASSING: f64 = 14.0;
const NOUN_IN_PASSING: f64 = 24.0;

/// The acts of a sentence, the main one first.
pub(crate) fn events(clauses: &Clauses<'_>) -> Vec<Event> {
    let candidates = clauses.candidates();
    let obliged = clauses.obligation();
    let mut out: Vec<Event> = Vec::new();
    if let Some(event) = obliged {
        let better = candidates.first().is_some_and(|c| c.score > 80.0 && c.anchor < event.1);
        if !better {
            out.push(event.0);
        }
    }
    for candidate in &candidates {
        let first = out.is_empty();
        let least = if candidate.form.is_none() { NOUN_IN_PASSING } else { IN_PASSING };
        if !first && (candidate.score < least || candidate.wished || !clauses.stands_alone(candidate)) {
            continue;
        }
        let mut event = clauses.event(candidate);
        if candidate.role == "same" {
            // "gave them a week or face": who gives is who warns.
            let other = candidates.iter().find(|c| c.role != "same" && c.form.is_some());
            let main = out.first().cloned().or_else(|| other.map(|c| clauses.event(c)));
            (event.source, event.target) = main.map_or((None, None), |main| (main.source, main.target));
        }
        let again =
            out.iter().any(|known: &Event| known.words.0 < event.words.1 && event.words.0 < known.words.1);
        if !again {
            out.push(event);
        }
    }
    out
}

impl Clauses<'_> {
    /// "X said Y must do Z", "Y must do Z": a demand. With the token of the verb.
    fn obligation(&self) -> Option<(Event, usize)> {
        let at = (0..self.tokens.len()).find(|&at| {
            self.lower_is(at, &["must", "should", "ought"]) && !self.is_attribution(at) && self.depth[at] == 0
        })?;
        let reporter = self.report.filter(|report| *report < at);
        let from = reporter.map_or(0, |report| report + 1);
        let obliged = self.subject(from, at)?;
        let negated_have = self.lower_is(at + 1, &["have"]);
        if negated_have {
            return None;
        }
        let source = match reporter {
            Some(report) => self.subject(0, report),
            None => self.attribution.as_ref().and_then(|tail| tail.who.as_ref()).map(|m| self.party(m)),
        };
        source.as_ref()?;
        // "agreed that their countries should", "demanded that": another verb governs.
        let how = How { start: at, obliged: true, ..How::default() };
        let words = (self.tokens[at].start, self.tokens[(at + 1).min(self.tokens.len() - 1)].end);
        Some((
            Event {
                act: Act::Demand,
                mode: "demand",
                source,
                target: Some(obliged),
                words,
                how,
                noun: false,
            },
            at,
        ))
    }

    /// Whether a candidate beside the main one says who does it: an infinitive or a gerund mostly does not
    /// ("its efforts to compromise", "in stealing").
    fn stands_alone(&self, candidate: &Candidate) -> bool {
        let speaks = matches!(candidate.act, Act::Demand | Act::Disapprove | Act::Reject | Act::Threaten);
        match candidate.form {
            Some(Form::Infinitive) => candidate.how.future,
            Some(Form::Gerund) => {
                speaks
                    && !self
                        .before(candidate.anchor)
                        .is_some_and(|b| lexicon().words.prepositions.contains(&self.tokens[b].lower))
            }
            _ => true,
        }
    }

    /// The token after the clause of a candidate: where "and" begins another verb's.
    pub(crate) fn clause_end(&self, candidate: &Candidate) -> usize {
        (candidate.reach..self.tokens.len())
            .find(|&at| {
                self.lower_is(at, &[";"])
                    || self.lower_is(at, &["and", "but"])
                        && (at + 1..(at + 4).min(self.tokens.len()))
                            .any(|n| matches!(self.forms[n], Some(Form::Finite | Form::Passive)))
            })
            .unwrap_or(self.tokens.len())
    }

    fn event(&self, candidate: &Candidate) -> Event {
        let passive = matches!(candidate.form, Some(Form::Passive | Form::Reduced));
        let from = self.region(candidate);
        let (mut source, mut target) = if candidate.role == "patient" {
            (self.object(candidate, None), self.subject(from, candidate.how.start))
        } else if candidate.role == "teller" {
            let about = self.subject(from, candidate.how.start);
            (self.teller(candidate.anchor), about.filter(|_| candidate.mode != "deny"))
        } else if passive {
            let patient = self.subject(from, candidate.how.start);
            let agent = self.by_agent(candidate.anchor);
            let shows_force = candidate.act == Act::Mobilize && agent.is_none();
            match candidate.form {
                // "troops were put on alert": who goes on alert shows force.
                _ if shows_force => (patient, None),
                Some(Form::Reduced) => (agent, self.nearest_before(candidate.anchor)),
                _ => (agent, patient),
            }
        } else if candidate.form.is_none() || candidate.role == "n" {
            self.parties_of_noun(candidate, from)
        } else {
            let source = self.subject(from, candidate.how.start);
            let target =
                if candidate.role == "none" { None } else { self.object(candidate, source.as_ref()) };
            (source, target)
        };
        if passive && target.is_none() {
            target = self.object(candidate, source.as_ref());
        }
        if candidate.role != "teller" {
            source = self.resolve(source, candidate);
        }
        let mut act = self.compose(candidate, source.as_ref(), target.as_ref());
        let mut mode = self.mode(candidate, act);
        if let Some(accuser) = self.accuser(candidate, act, source.as_ref(), target.as_ref()) {
            (act, mode) = (Act::Disapprove, "accuse");
            target = source.replace(accuser);
        }
        if !passive && let Some(pointed) = self.pointed_at(candidate) {
            target = Some(pointed);
        }
        // "Sudan's president warned that Sudan would": nobody threatens itself.
        let itself = act == Act::Threaten
            && source.as_ref().zip(target.as_ref()).is_some_and(|(s, t)| s.text.contains(&t.text));
        if source == target || itself {
            target = None;
        }
        let first = &self.tokens[candidate.how.start];
        let last = &self.tokens[candidate.reach.max(candidate.anchor + 1) - 1];
        Event {
            act,
            mode,
            source,
            target,
            words: (first.start, last.end),
            how: candidate.how,
            noun: candidate.form.is_none(),
        }
    }

    /// Who tells what stands at a token: "X said that …", "…, X said".
    fn teller(&self, anchor: usize) -> Option<Party> {
        match self.report.filter(|report| *report < anchor) {
            Some(report) => self.subject(0, report),
            None => self.attribution.as_ref().and_then(|tail| tail.who.as_ref()).map(|m| self.party(m)),
        }
    }

    /// "Norway said Sweden had seized its trawlers": one that tells a wrong of another accuses it. Acts of war are
    /// told by all sides and stay what they are.
    fn accuser(
        &self,
        candidate: &Candidate,
        act: Act,
        source: Option<&Party>,
        target: Option<&Party>,
    ) -> Option<Party> {
        let rebels = target.is_some_and(|target| target.sector == Some("REB"));
        let wrong = (matches!(act, Act::Coerce | Act::Assault) || act == Act::Aid && rebels)
            && !candidate.how.future
            && !candidate.how.negated;
        // What stands after a comma ("…, officials said") cites a source, and accuses nobody.
        let report = self.report.filter(|report| wrong && *report < candidate.anchor)?;
        let teller = self.subject(0, report)?;
        let (own, other) = (teller.codes.first()?, source?.codes.first()?);
        (own != other && teller.sector != Some("JRN")).then_some(teller)
    }

    /// What the act is with all that stands around the verb.
    fn compose(&self, candidate: &Candidate, source: Option<&Party>, target: Option<&Party>) -> Act {
        let act = if candidate.settled { self.settle(source, target) } else { candidate.act };
        let how = candidate.how;
        let official =
            source.is_some_and(|s| matches!(s.sector, Some("GOV" | "MIL" | "COP" | "JUD" | "LEG")));
        match act {
            // Authorities that block a road restrict, and do not protest; whom they seize they arrest.
            Act::Protest if official && candidate.mode == "obstruct" && !how.future => Act::Coerce,
            Act::Assault if official && candidate.mode == "abduct" && !how.future => Act::Coerce,
            // "Iran charged Iraq with": no court indicts a country.
            Act::Coerce if candidate.mode == "indict" && strangers(source, target) => Act::Disapprove,
            // "will veto it unless", "may sue": what depends on another is a threat.
            Act::Reject if how.future && !how.negated && self.depends() => Act::Threaten,
            Act::Disapprove if candidate.mode == "sue" && how.future && (how.hedged || self.depends()) => {
                Act::Threaten
            }
            act if how.negated && (act.is_cooperative() || act == Act::Investigate) => Act::Reject,
            act if how.future && !how.negated && act.is_cooperative() => Act::Agree,
            act if how.future && !how.negated && act.is_hostile_deed() => Act::Threaten,
            // "will not send troops" refuses; "will not attack" promises.
            Act::Mobilize if how.future && how.negated => Act::Reject,
            act if how.future && how.negated && act.is_hostile_deed() => Act::Agree,
            act => act,
        }
    }

    fn depends(&self) -> bool {
        self.tokens.iter().any(|t| t.is(&["unless", "if", "until"]))
    }

    fn mode(&self, candidate: &Candidate, act: Act) -> &'static str {
        if act == candidate.act || candidate.settled {
            return candidate.mode;
        }
        match act {
            Act::Disapprove => "accuse",
            Act::Reject => "refuse",
            Act::Agree => "promise",
            Act::Coerce => "restrict",
            _ => "threaten",
        }
    }

    /// Violence is coercion by police and against crowds, war by soldiers, assault otherwise.
    fn settle(&self, source: Option<&Party>, target: Option<&Party>) -> Act {
        let crowd = [
            "demonstrator",
            "protester",
            "protestor",
            "student",
            "crowd",
            "mourner",
            "marcher",
            "striker",
            "worker",
        ];
        let at_crowd = target.is_some_and(|t| crowd.iter().any(|word| t.text.to_lowercase().contains(word)));
        let bomb = self.tokens.iter().any(|t| {
            t.is(&[
                "bombing",
                "mine",
                "landmine",
                "bomb",
                "bomber",
                "explosion",
                "blast",
                "grenade",
                "suicide",
                "knife",
                "machetes",
                "gunmen",
                "axes",
            ])
        });
        let in_war = target.is_some_and(|t| t.sector == Some("MIL"))
            || self.tokens.iter().any(|t| {
                t.is(&[
                    "fighting",
                    "clashes",
                    "clash",
                    "battle",
                    "battles",
                    "offensive",
                    "crossfire",
                    "shelling",
                ])
            });
        match source.map(|s| (s.sector, !s.codes.is_empty())) {
            None if !bomb && in_war => Act::Fight,
            Some((Some("COP"), _)) => Act::Coerce,
            Some((Some("MIL" | "GOV"), _)) if at_crowd => Act::Coerce,
            _ if bomb => Act::Assault,
            Some((Some("MIL"), _)) | Some((None, true)) | Some((Some("GOV"), _)) => Act::Fight,
            Some((Some("REB"), _))
                if target.is_some_and(|t| matches!(t.sector, Some("MIL" | "GOV" | "COP" | "REB") | None)) =>
            {
                Act::Fight
            }
            _ => Act::Assault,
        }
    }

    /// Where the clause of a candidate begins.
    fn region(&self, candidate: &Candidate) -> usize {
        if let Some(report) = self.report
            && candidate.anchor > report
        {
            return report + 1;
        }
        if self.depth[candidate.anchor] > 0 {
            let mut at = candidate.anchor;
            while at > 0 && self.depth[at - 1] > 0 {
                at -= 1;
            }
            return at;
        }
        // After ";" begins a clause of its own.
        (0..candidate.anchor).rev().find(|&at| self.lower_is(at, &[";"])).map_or(0, |at| at + 1)
    }
}

/// Two countries, or a country and an organisation of several, neither of them a court.
fn strangers(a: Option<&Party>, b: Option<&Party>) -> bool {
    let code = |party: Option<&Party>| party.and_then(|p| p.codes.first().copied());
    let court = a.is_some_and(|a| matches!(a.sector, Some("JUD" | "COP")));
    let person = b.is_some_and(|b| b.text.starts_with(|c: char| c.is_ascii_digit()) || b.text.contains(' '));
    !court && !person && code(a).zip(code(b)).is_some_and(|(a, b)| a != b)
}

impl Clauses<'_> {
    /// The subject of the sentence as a whole.
    pub(crate) fn subject_of_sentence(&self) -> Option<Party> {
        self.mentions.iter().find(|m| m.preposition.is_none()).map(|m| self.party(m))
    }

    /// Who says what the verb at a token reports: the subject, or whatever stands there as one.
    pub(crate) fn speaker_before(&self, verb: usize) -> Option<Party> {
        let owner = self.mentions.iter().any(|m| m.end < verb && self.owns(m.end));
        let plain = || self.plain_subject(0, verb).map(|m| self.party(&m));
        let known = self.subject(0, verb);
        if owner { plain().or(known) } else { known.or_else(plain) }
    }

    /// "X has responded with a statement": who issued it.
    pub(crate) fn issuer_of_statement(&self) -> Option<Party> {
        let at = self.tokens.iter().position(|t| t.is(&["statement", "statements", "communique"]))?;
        self.mentions
            .iter()
            .rev()
            .find(|m| m.end <= at && !m.codes.is_empty() && m.preposition.is_none())
            .map(|m| self.party(m))
    }

    /// Bytes of what an event asserts: from its first verb to the end of its clause.
    pub(crate) fn clause_of(&self, event: &Event) -> std::ops::Range<usize> {
        let from = self.tokens.iter().position(|t| t.start >= event.words.0).unwrap_or(0);
        let reach = self.tokens.iter().position(|t| t.end >= event.words.1).unwrap_or(from);
        let gerund = self.tokens[from].lower.ends_with("ing");
        let mut end = reach + 1;
        while end < self.tokens.len() {
            let token = &self.tokens[end];
            let joins = token.is(&["and", "but"])
                && (end + 1..(end + 4).min(self.tokens.len()))
                    .any(|at| self.forms[at].is_some_and(|form| form == crate::clause::Form::Finite));
            let reason = token.is(&[","])
                && self.tokens.get(end + 1).is_some_and(|t| t.is(&["so", "but", "while", "saying", "which"]));
            // "stop smearing us, and revoke": the second is no object of the first.
            let next_verb = gerund
                && token.is(&[","])
                && self.lower_is(end + 1, &["and"])
                && self.tokens.get(end + 2).is_some_and(|t| !lexicon().verbs_of(&t.lower).is_empty());
            // "the indictment of two men, in which": what a noun asserts ends there.
            let relative = event.noun && self.opens_relative(end);
            if token.is(&[";"]) || self.is_attribution(end) || joins || reason || next_verb || relative {
                break;
            }
            end += 1;
        }
        let mut last = end;
        while last > reach + 1
            && !self.tokens[last - 1].word
            && !self.tokens[last - 1].is(&["\"", "\u{201d}", ")", "''"])
        {
            last -= 1;
        }
        event.words.0..self.tokens[last - 1].end
    }

    /// "in which", "of whom".
    fn opens_relative(&self, at: usize) -> bool {
        lexicon().words.prepositions.contains(&self.tokens[at].lower)
            && self.tokens.get(at + 1).is_some_and(|t| t.is(&["which", "whom"]))
    }

    /// Bytes around an event up to where another part of the sentence begins: ";", "in which".
    pub(crate) fn part_of(&self, event: &Event) -> std::ops::Range<usize> {
        let divides = |at: usize| self.lower_is(at, &[";"]) || self.opens_relative(at);
        let from = (0..self.tokens.len())
            .filter(|&at| divides(at) && self.tokens[at].start < event.words.0)
            .map(|at| self.tokens[at].start)
            .next_back();
        let until = (0..self.tokens.len())
            .find(|&at| divides(at) && self.tokens[at].start > event.words.0)
            .map(|at| self.tokens[at].start);
        from.unwrap_or(0)..until.unwrap_or(self.text.len())
    }

    /// "condemned Beijing over the campaign", "for bombing": bytes of what somebody is blamed for.
    pub(crate) fn blamed_for(&self, event: &Event) -> Option<std::ops::Range<usize>> {
        let clause = self.clause_of(event);
        let inside = |at: &usize| {
            let token = &self.tokens[*at];
            token.start >= event.words.1 && token.end < clause.end
        };
        let by = (0..self.tokens.len()).filter(inside).find(|&at| self.lower_is(at, &["over", "for"]))?;
        let deed = (by + 1..self.tokens.len()).filter(inside).take(8).any(|at| {
            let lower = &self.tokens[at].lower;
            let noun = lexicon().noun_patterns(lower).iter().any(|p| p.act.is_hostile_deed());
            noun || self.forms[at].is_some() || lexicon().words.deeds.contains(lower)
        });
        deed.then(|| self.tokens[by + 1].start..clause.end)
    }

    /// Tokens that name the source of what is said.
    pub(crate) fn source_tokens(&self) -> Option<(usize, usize)> {
        if let Some(tail) = &self.attribution {
            return Some((tail.start, tail.end));
        }
        let report = self.report?;
        Some((0, report + 1))
    }
}
