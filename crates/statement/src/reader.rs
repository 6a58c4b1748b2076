//! A document into a ledger: sentence by sentence, with the voice in which each is said.

use std::ops::Range;

use crate::act::Act;
use crate::assertion::{Actor, Assertion, Firmness, Kind, Ledger, Manner, Offered, Voice};
use crate::basis::{Basis, Standing};
use crate::clause::Clauses;
use crate::document::{Document, TextFormat};
use crate::event::{Event, Party, events};
use crate::place::Places;
use crate::sentence::sentences;
use crate::shade;
use crate::voice::{Speaker, Voices};

/// Lines of a ledger at most; a statement has a few dozen.
pub const MOST: usize = 5_000;

/// Sentences read at most; those beyond are counted.
pub const MOST_SENTENCES: usize = 10_000;

/// Reads a document. `speaker` names who speaks where the whole text is one party's statement.
#[must_use]
pub fn read(document: &Document, file: &str, speaker: Option<&str>) -> Ledger {
    let mut reader = Reader {
        document,
        places: Places::new(&document.text),
        voices: Voices::new(speaker),
        assertions: Vec::new(),
        left_out: 0,
        sentences: 0,
        paragraph: 0,
    };
    for (at, paragraph) in document.paragraphs.iter().enumerate() {
        reader.paragraph = at + 1;
        reader.read_paragraph(paragraph);
    }
    Ledger {
        file: file.to_owned(),
        offsets: "unicode characters",
        format: document.format,
        text: (document.format != TextFormat::Plain || document.replaced > 0).then(|| document.text.clone()),
        assertions: reader.assertions,
        left_out: reader.left_out,
        sentences: reader.sentences,
        replaced_bytes: document.replaced,
    }
}

struct Reader<'d> {
    document: &'d Document,
    places: Places<'d>,
    voices: Voices,
    assertions: Vec<Assertion>,
    left_out: usize,
    sentences: usize,
    paragraph: usize,
}

impl Reader<'_> {
    fn read_paragraph(&mut self, paragraph: &Range<usize>) {
        let text = &self.document.text;
        if self.voices.turns(&text[paragraph.clone()]) {
            return;
        }
        for sentence in sentences(text, paragraph) {
            self.sentences += 1;
            if self.assertions.len() >= MOST || self.sentences > MOST_SENTENCES {
                self.left_out += 1;
                continue;
            }
            self.read_sentence(&sentence);
        }
    }

    fn read_sentence(&mut self, range: &Range<usize>) {
        let document = self.document;
        let sentence = &document.text[range.clone()];
        let (body, asides) = shade::without_asides(sentence);
        let clauses = Clauses::new(&body);
        let speaker = self.voices.of(&clauses);
        let mut found = events(&clauses);
        keep_nouns(&clauses, &mut found);
        let from = self.assertions.len();
        if found.is_empty()
            && let Some(line) = self.plain_assertion(&clauses, range, sentence, &speaker)
        {
            self.add(line);
        }
        for (n, event) in found.iter().enumerate() {
            let line = self.assertion(&clauses, event, range, sentence, &speaker, n == 0);
            let again = |known: &Assertion| {
                (known.act, &known.mode) == (line.act, &line.mode) && same_parties(known, &line)
            };
            // Two words for one accusation are one line.
            if speaker.manner == Manner::Statement && self.assertions[from..].iter().any(again) {
                continue;
            }
            let blamed = self.blamed(&clauses, event, range, &line);
            self.add(line);
            blamed.into_iter().for_each(|line| self.add(line));
        }
        for aside in asides {
            let inner = range.start + aside.start..range.start + aside.end;
            self.add_aside(&document.text[inner.clone()], &inner);
        }
        let new = &self.assertions[from..];
        self.voices.remember(&clauses, new);
    }

    /// Who condemns somebody for a deed asserts the deed: a line of its own, as evidence could decide it.
    fn blamed(
        &self,
        clauses: &Clauses<'_>,
        event: &Event,
        range: &Range<usize>,
        line: &Assertion,
    ) -> Option<Assertion> {
        let judges = matches!(line.mode.as_str(), "condemn" | "criticise");
        let wants = judges && line.kind == Kind::Opinion && line.firmness == Firmness::Stated;
        if !wants || line.speaker.is_none() || line.target.is_none() {
            return None;
        }
        let words = clauses.blamed_for(event)?;
        let bytes = range.start + words.start..range.start + words.end;
        let deed = Assertion {
            mode: "accuse".to_owned(),
            kind: Kind::Fact,
            asserted: self.document.text[bytes.clone()].to_owned(),
            asserted_start: self.places.char_at(bytes.start),
            asserted_end: self.places.char_at(bytes.end),
            main: false,
            ..line.clone()
        };
        Some(self.finish(deed))
    }

    fn add(&mut self, mut line: Assertion) {
        line.id = format!("A{}", self.assertions.len() + 1);
        self.assertions.push(line);
    }

    /// What the author puts in brackets into another's sentence is the author's.
    fn add_aside(&mut self, text: &str, range: &Range<usize>) {
        let author = Speaker { manner: Manner::Author, actor: None };
        let clauses = Clauses::new(text);
        let line = self.blank(&clauses, range, text, &author);
        self.add(Assertion {
            kind: Kind::Opinion,
            mode: "remark".to_owned(),
            evidence: Offered::None,
            evidence_words: None,
            ..line
        });
    }

    /// A sentence without an act: it states or judges.
    fn plain_assertion(
        &self,
        clauses: &Clauses<'_>,
        range: &Range<usize>,
        sentence: &str,
        speaker: &Speaker,
    ) -> Option<Assertion> {
        let wonders = shade::wonders(clauses);
        let stop = sentence.ends_with('.') && sentence.split_whitespace().count() > 3;
        if clauses.headline || !(stop || shade::has_verb(clauses) || wonders) {
            return None;
        }
        let mut line = self.blank(clauses, range, sentence, speaker);
        line.firmness = shade::firmness_of_sentence(clauses);
        let judges = shade::judges(clauses);
        // "So much for the truce": without a verb nothing is asserted that could be so or not.
        let remarks =
            !shade::has_verb(clauses) && (sentence.ends_with("...") || sentence.ends_with(['…', '!']));
        line.kind = if judges || wonders || remarks { Kind::Opinion } else { Kind::Fact };
        line.mode = match () {
            () if wonders => "wonder",
            () if judges => "judge",
            () if remarks => "remark",
            () => "state",
        }
        .to_owned();
        let about = clauses.subject_of_sentence();
        line.target_actor = about
            .filter(|p| !p.pronoun)
            .map(actor)
            .filter(|a| line.speaker_actor.as_ref().is_none_or(|s| !same_side(s, a)));
        line.target = line.target_actor.as_ref().map(|a| a.text.clone());
        Some(self.finish(line))
    }

    fn blank(
        &self,
        clauses: &Clauses<'_>,
        range: &Range<usize>,
        sentence: &str,
        speaker: &Speaker,
    ) -> Assertion {
        let start = self.places.char_at(range.start);
        let end = self.places.char_at(range.end);
        let (evidence, evidence_words) = shade::evidence(clauses);
        Assertion {
            id: String::new(),
            act: None,
            mode: String::new(),
            speaker: speaker.actor.as_ref().map(|a| a.text.clone()),
            target: None,
            speaker_actor: speaker.actor.clone(),
            target_actor: None,
            voice: Voice { how: speaker.manner, who: speaker.actor.as_ref().map(|a| a.text.clone()) },
            asserted: sentence.to_owned(),
            asserted_start: start,
            asserted_end: end,
            sentence: sentence.to_owned(),
            start,
            end,
            paragraph: self.paragraph,
            time: shade::time(clauses, &(0..clauses.text.len()), 0),
            firmness: Firmness::Stated,
            kind: Kind::Fact,
            evidence,
            evidence_words,
            rung: None,
            basis: Basis {
                standing: Standing::Baseless,
                why: String::new(),
                claims: Vec::new(),
                more: 0,
                would_decide: Vec::new(),
            },
            original: None,
            main: true,
        }
    }

    fn assertion(
        &self,
        clauses: &Clauses<'_>,
        event: &Event,
        range: &Range<usize>,
        sentence: &str,
        speaker: &Speaker,
        main: bool,
    ) -> Assertion {
        let mut line = self.blank(clauses, range, sentence, speaker);
        line.main = main;
        let words = clauses.clause_of(event);
        let bytes = range.start + words.start..range.start + words.end;
        line.asserted = self.document.text[bytes.clone()].to_owned();
        line.asserted_start = self.places.char_at(bytes.start);
        line.asserted_end = self.places.char_at(bytes.end);
        line.act = Some(event.act);
        line.mode = event.mode.to_owned();
        let source = event.source.clone().map(|party| self.voices.resolve(party, speaker));
        let target = event.target.clone().map(|party| self.voices.resolve(party, speaker));
        line.speaker_actor =
            source.or_else(|| speaker.actor.clone().filter(|_| speaker.manner == Manner::Statement));
        line.target_actor = target;
        if speaker.manner == Manner::Statement {
            self.in_a_statement(&mut line, event, speaker);
        }
        if speaker.manner == Manner::Reported
            && event.how.negated
            && !event.how.future
            && event.act == Act::Reject
            && line.mode == "refuse"
        {
            let reporter = speaker.actor.as_ref();
            let own = reporter
                .zip(line.speaker_actor.as_ref())
                .is_some_and(|(r, s)| r.codes.is_empty() || same_side(r, s));
            if own {
                line.mode = "deny".to_owned();
                line.speaker_actor = speaker.actor.clone();
            }
        }
        // Who reports their own deed offers nothing beside it.
        if speaker.manner != Manner::Author && line.speaker_actor == speaker.actor {
            (line.evidence, line.evidence_words) = (Offered::None, None);
        }
        let thing = |actor: &Actor| crate::things::amount(&actor.text).is_some();
        if line.speaker_actor.as_ref().is_some_and(thing) {
            // "2.8 GB went to": a thing does nothing to anybody.
            (line.act, line.mode, line.speaker_actor) = (None, "state".to_owned(), speaker.actor.clone());
        }
        // "stole 2 GB": what is taken is nobody.
        line.target_actor.take_if(|actor| thing(actor));
        line.speaker = line.speaker_actor.as_ref().map(|a| a.text.clone());
        line.target = line.target_actor.as_ref().map(|a| a.text.clone());
        line.time = shade::time(clauses, &clauses.part_of(event), words.start);
        line.firmness = shade::firmness(clauses, event, line.mode == "deny");
        line.kind = shade::kind(&line, speaker);
        if line.mode == "accuse" && event.source.as_ref().is_none_or(|s| s.pronoun) && shade::judges(clauses)
        {
            // "This move is a serious violation", "They have ulterior motives".
            line.kind = Kind::Opinion;
        }
        self.finish(line)
    }

    /// In a party's own statement, a bad deed of another is an accusation, and a deed of its own that it says it
    /// never did is a denial.
    fn in_a_statement(&self, line: &mut Assertion, event: &Event, speaker: &Speaker) {
        let Some(issuer) = &speaker.actor else { return };
        if event.source.is_none() && event.act.is_hostile_deed() && !event.how.future {
            // "This move damages": a bad deed of somebody whom another sentence names.
            line.act = Some(Act::Disapprove);
            line.mode = "accuse".to_owned();
            line.target_actor = self.voices.opponent(pointer(&line.sentence));
            return;
        }
        let own = line.speaker_actor.as_ref().is_none_or(|actor| same_side(actor, issuer));
        let bad = event.act >= Act::Disapprove;
        if !own && bad {
            line.target_actor = line.speaker_actor.take();
            line.speaker_actor = Some(issuer.clone());
            line.act = Some(Act::Disapprove);
            line.mode = "accuse".to_owned();
            return;
        }
        if !own {
            // Told of another: the words are the issuer's.
            line.target_actor = line.speaker_actor.take();
            line.speaker_actor = Some(issuer.clone());
            line.act = None;
            line.mode = "state".to_owned();
            return;
        }
        if line
            .speaker_actor
            .as_ref()
            .is_some_and(|a| matches!(a.resolved_from.as_deref(), Some("They" | "It")))
        {
            // "They are out of thin air": a judgement of what others said, by the one who speaks.
            line.speaker_actor = Some(issuer.clone());
        }
        if event.how.negated && !event.how.future && event.act == Act::Reject {
            line.mode = "deny".to_owned();
        }
        let at_itself = line.target_actor.as_ref().is_some_and(|target| same_side(target, issuer));
        if at_itself && bad {
            line.target_actor = None;
        }
        if line.target_actor.is_none() && matches!(line.act, Some(Act::Disapprove | Act::Threaten)) {
            line.target_actor = self.voices.opponent(pointer(&line.sentence));
        }
    }

    fn finish(&self, mut line: Assertion) -> Assertion {
        line.rung = (line.kind == Kind::Fact).then_some(0);
        line.basis.standing =
            if line.kind == Kind::Fact { Standing::Baseless } else { Standing::NotCheckable };
        line
    }
}

/// A noun counts as an act where no verb says more, and an indictment that the sentence begins with always.
fn keep_nouns(clauses: &Clauses<'_>, found: &mut Vec<Event>) {
    let alone = found.iter().all(|event| event.noun)
        && clauses.report.is_none()
        && shade::has_verb(clauses)
        && !shade::judges(clauses)
        && !shade::wonders(clauses);
    let first = found.iter().filter(|event| !event.noun).map(|event| event.words.0).min().unwrap_or_default();
    found.retain(|event| !event.noun || alone || (event.mode == "indict" && event.words.0 < first));
}

/// Whether two lines name the same two parties.
fn same_parties(a: &Assertion, b: &Assertion) -> bool {
    let same = |x: &Option<Actor>, y: &Option<Actor>| match (x, y) {
        (Some(x), Some(y)) => same_side(x, y),
        (x, y) => x.is_none() && y.is_none(),
    };
    same(&a.speaker_actor, &b.speaker_actor) && same(&a.target_actor, &b.target_actor)
}

/// The word with which a sentence points back.
fn pointer(sentence: &str) -> &str {
    let first = sentence.split_whitespace().next().unwrap_or_default();
    if ["This", "These", "They", "It", "That", "Those", "Such"].contains(&first) {
        first
    } else {
        "the context"
    }
}

/// Whether two actors belong to the same country or are the same.
pub(crate) fn same_side(a: &Actor, b: &Actor) -> bool {
    match (a.codes.first(), b.codes.first()) {
        (Some(x), Some(y)) => x == y,
        _ => a.text.eq_ignore_ascii_case(&b.text),
    }
}

/// A party of a sentence as an actor of the ledger.
pub(crate) fn actor(party: Party) -> Actor {
    Actor { text: party.text, codes: party.codes, sector: party.sector, resolved_from: None }
}
