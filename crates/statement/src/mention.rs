//! Mentions of actors in a sentence: names of the tables, nouns for actors, and names that no table knows.

use crate::inflect::singulars;
use crate::lexicon::lexicon;
use crate::token::Token;

/// A stretch of tokens that names somebody.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mention {
    /// First token.
    pub(crate) start: usize,
    /// Token after the last.
    pub(crate) end: usize,
    /// Codes of the tables, in the order of the words, each once.
    pub(crate) codes: Vec<&'static str>,
    /// Sector, by the last noun that tells one.
    pub(crate) sector: Option<&'static str>,
    /// Has a noun for an actor, not a name alone.
    pub(crate) agent: bool,
    /// No table knows it: a run of capitalised words.
    pub(crate) weak: bool,
    /// "its troops": belongs to somebody named before.
    pub(crate) possessed: bool,
    /// The preposition before it, if any.
    pub(crate) preposition: Option<String>,
}

impl Mention {
    /// The words, without an article before them.
    pub(crate) fn text<'s>(&self, sentence: &'s str, tokens: &[Token]) -> &'s str {
        span(sentence, tokens, self.start, self.end)
    }
}

/// The words from one token up to another, without an article before or a mark after them.
pub(crate) fn span<'s>(sentence: &'s str, tokens: &[Token], start: usize, end: usize) -> &'s str {
    let mut first = start;
    while first + 1 < end
        && tokens[first].is(&["the", "a", "an", "this", "that", "these", "those", ",", "\"", "and", "("])
    {
        first += 1;
    }
    let mut last = end;
    while last > first + 1
        && (tokens[last - 1].is(&["'s", ",", "-", "the", "and", "of", "\"", "(", "'", "in"]))
    {
        last -= 1;
    }
    &sentence[tokens[first].start..tokens[last - 1].end]
}

/// What a token can be inside a mention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Part of a name of the tables.
    Name,
    /// Part of a noun for actors.
    Agent,
    /// A capitalised word that no table knows.
    Capital,
    /// Anything else.
    Other,
}

/// All mentions of a sentence, from left to right; none overlaps another.
pub(crate) fn mentions(tokens: &[Token]) -> Vec<Mention> {
    let (parts, facts) = classify(tokens);
    let mut out = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if parts[at] == Part::Other {
            at += 1;
            continue;
        }
        let start = left(tokens, &parts, at, out.last().map_or(0, |last: &Mention| last.end));
        let end = right(tokens, &parts, at);
        let mut mention = Mention { start, end, weak: true, ..Mention::default() };
        fill(&mut mention, &parts, &facts);
        mention.possessed = possessed(tokens, start, end);
        mention.preposition = preposition(tokens, start);
        let keep = !mention.weak || plausible(tokens, &mention);
        if keep {
            out.push(mention);
        }
        at = end.max(at + 1);
    }
    attach(tokens, out)
}

/// A name or noun that covers some tokens.
struct Fact {
    start: usize,
    code: Option<&'static str>,
    sector: Option<&'static str>,
}

fn classify(tokens: &[Token]) -> (Vec<Part>, Vec<Fact>) {
    let lex = lexicon();
    let mut parts = vec![Part::Other; tokens.len()];
    let mut facts = Vec::new();
    let headline = is_headline(tokens);
    let mut at = 0;
    while at < tokens.len() {
        let token = &tokens[at];
        if let Some(name) = lex.name_at(&token.text, |n| tokens.get(at + n).map(|t| t.text.as_str())) {
            let end = at + name.words.len();
            parts[at..end].fill(Part::Name);
            facts.push(Fact { start: at, code: Some(name.code), sector: name.sector });
            at = end;
            continue;
        }
        if let Some((words, agent)) =
            lex.agent_at(&token.lower, |n| tokens.get(at + n).map(|t| t.lower.as_str()))
            && !is_verb_here(tokens, at, words)
            && (words > 1 || !is_ambiguous(tokens, at))
        {
            parts[at..at + words].fill(Part::Agent);
            facts.push(Fact { start: at, code: None, sector: Some(agent.sector) });
            at += words;
            continue;
        }
        if token.word && token.capital && !headline && is_unknown_name(tokens, at) {
            parts[at] = Part::Capital;
        }
        at += 1;
    }
    (parts, facts)
}

/// Most words have capitals, as in a headline: then a capital says nothing.
pub(crate) fn is_headline(tokens: &[Token]) -> bool {
    let words = tokens.iter().filter(|t| t.word && t.text.len() > 3);
    let (all, capital) = words.fold((0, 0), |(all, capital), t| (all + 1, capital + usize::from(t.capital)));
    // A sentence of many names ends with a stop.
    all >= 4 && capital * 10 > all * 7 && tokens.last().is_none_or(|t| t.text != ".")
}

/// "official" before a noun, "force" after "to", "police" as a verb: no actors.
fn is_verb_here(tokens: &[Token], at: usize, words: usize) -> bool {
    let lower = tokens[at].lower.as_str();
    let before = at.checked_sub(1).map(|b| &tokens[b]);
    if before.is_some_and(|b| b.lower == "to" || lexicon().words.modals.contains(&b.lower))
        && matches!(
            lower,
            "force"
                | "house"
                | "state"
                | "man"
                | "jet"
                | "head"
                | "judge"
                | "monitor"
                | "ship"
                | "tank"
                | "press"
                | "staff"
                | "supply"
                | "school"
                | "front"
                | "people"
                | "partner"
        )
    {
        return true;
    }
    // "with full force", "by force", "use of force".
    let means = ["full", "with", "by", "of", "military", "deadly", "excessive", "lethal", "using", "use"];
    if lower == "force" && before.is_some_and(|b| b.is(&means)) {
        return true;
    }
    // "said he was forced", "state of emergency", "force of law", "press conference".
    let after = tokens.get(at + words).map_or("", |t| t.lower.as_str());
    matches!(
        (lower, after),
        ("state", "of")
            | ("state", "visit")
            | ("press", "conference")
            | ("press", "on")
            | ("party", "to")
            | ("official", "visit")
            | ("official", "said")
            | ("power", "supply" | "lines" | "line" | "station")
            | ("house", "arrest")
            | ("force", "of")
            | ("human", "rights")
            | ("peace", _)
            | ("power", "plant" | "plants")
            | ("party", "talks")
    ) && !(lower == "official" && after == "said")
}

/// "major", "press", "force": an actor before a name or with an article, and not where another noun follows.
fn is_ambiguous(tokens: &[Token], at: usize) -> bool {
    let words = &lexicon().words;
    let lower = &tokens[at].lower;
    let next = tokens.get(at + 1);
    let before = at.checked_sub(1).map(|b| tokens[b].lower.as_str());
    // No article, and not many: "to institute".
    let bare = before.is_some_and(|b| b == "to" || words.modals.contains(b))
        && !tokens[at].capital
        && !lower.ends_with('s');
    if bare && !matches!(lower.as_str(), "police" | "people" | "parliament" | "congress") {
        return true;
    }
    if !singulars(lower).iter().any(|noun| words.ambiguous_actors.contains(noun)) {
        return false;
    }
    if next.is_some_and(|next| next.capital && !words.days.contains(&next.lower)) && tokens[at].capital {
        return false;
    }
    let noun_follows = next.is_some_and(|next| {
        next.word
            && !next.capital
            && !words.prepositions.contains(&next.lower)
            && !words.auxiliaries.contains(&next.lower)
            && !words.modals.contains(&next.lower)
            && !words.conjunctions.contains(&next.lower)
            && !words.relatives.contains(&next.lower)
            && !words.adverbs.contains(&next.lower)
            && !words.days.contains(&next.lower)
            && !words.negations.contains(&next.lower)
            && next.lower != "that"
            && !lexicon().is_past(&next.lower)
            && lexicon().agent_at(&next.lower, |_| Some(&next.lower)).is_none()
            && lexicon().verbs_of(&next.lower).is_empty()
            && !words.determiners.contains(&next.lower)
    });
    let adjective = matches!(
        lower.as_str(),
        "general"
            | "major"
            | "national"
            | "private"
            | "local"
            | "native"
            | "ethnic"
            | "daily"
            | "press"
            | "justice"
    );
    let word_follows = next.is_some_and(|next| {
        next.word
            && !words.prepositions.contains(&next.lower)
            && !words.auxiliaries.contains(&next.lower)
            && !words.modals.contains(&next.lower)
            && !lexicon().is_past(&next.lower)
    });
    noun_follows
        || adjective
            && !tokens[at].capital
            && (word_follows || !before.is_some_and(|b| matches!(b, "the" | "a")))
}

fn is_unknown_name(tokens: &[Token], at: usize) -> bool {
    let lex = lexicon();
    let token = &tokens[at];
    let words = &lex.words;
    if words.days.contains(&token.lower)
        || words.pronouns.contains(&token.lower)
        || words.determiners.contains(&token.lower)
        || words.prepositions.contains(&token.lower)
        || words.conjunctions.contains(&token.lower)
        || words.subordinators.contains(&token.lower)
        || words.possessives.contains(&token.lower)
        || words.adverbs.contains(&token.lower)
        || words.relatives.contains(&token.lower)
        || token.lower == "i"
    {
        return false;
    }
    if at > 0 && !is_opening(&tokens[at - 1]) {
        return true;
    }
    // The first word has a capital anyway: it is a name if another follows, or a verb does, or a comma.
    let next = tokens.get(at + 1);
    next.is_some_and(|next| {
        (next.capital && !lex.is_name(&next.text) && !words.days.contains(&next.lower))
            || lex.is_past(&next.lower)
            || words.auxiliaries.contains(&next.lower)
            || words.modals.contains(&next.lower)
            || next.lower == "'s"
    }) && lex.verbs_of(&token.lower).is_empty()
}

fn is_opening(token: &Token) -> bool {
    token.is(&["\"", "\u{201c}", "``", "`", "(", "{", "[", ":", "-", "'", "\u{2018}", "\u{2013}", "\u{2014}"])
}

/// Words that may stand between an article and the noun: adjectives and the like.
fn is_modifier(token: &Token) -> bool {
    if !token.word {
        return false;
    }
    let lower = token.lower.as_str();
    if token.text.chars().all(|c| c.is_ascii_digit() || c == ',' || c == '.') {
        return true;
    }
    let ends =
        ["ical", "ional", "ial", "ural", "ic", "ish", "ist", "ous", "ian", "ese", "ular", "less", "ful"];
    lexicon().words.modifiers.contains(lower)
        || (lower.len() > 4 && ends.iter().any(|end| lower.ends_with(end)))
        || lower.contains('-')
}

fn left(tokens: &[Token], parts: &[Part], at: usize, limit: usize) -> usize {
    let mut start = at;
    while start > limit {
        let before = &tokens[start - 1];
        let words = &lexicon().words;
        let describes =
            is_modifier(before) && parts[start - 1] == Part::Other && !lexicon().is_past(&before.lower);
        let points = words.determiners.contains(&before.lower) && before.lower != "that"
            || words.possessives.contains(&before.lower);
        if !describes && !points {
            break;
        }
        start -= 1;
    }
    start
}

fn right(tokens: &[Token], parts: &[Part], at: usize) -> usize {
    let mut end = at + 1;
    while end < tokens.len() {
        if parts[end] != Part::Other {
            end += 1;
            continue;
        }
        let token = &tokens[end];
        let more = |n: usize| parts.get(end + n).is_some_and(|part| *part != Part::Other);
        if token.lower == "'s" {
            // "Lebanon's new President": up to three words between the owner and the actor.
            let reach = (1..=4).find(|&n| more(n));
            match reach {
                Some(n)
                    if (1..n).all(|k| {
                        tokens.get(end + k).is_some_and(|t| is_modifier(t) || t.lower.ends_with("ing"))
                    }) =>
                {
                    end += n;
                    continue;
                }
                _ => break,
            }
        }
        if (token.is(&[
            "-", "(", ")", "al", "bin", "de", "van", "der", "den", "von", "el", "ben", "ibn", "da", "dos",
            "la",
        ]) && more(1))
            || (token.is(&[")"]) && tokens[at..end].iter().any(|t| t.is(&["("])))
            || (is_modifier(token)
                && !lexicon().is_past(&token.lower)
                && (more(1) || (tokens.get(end + 1).is_some_and(is_modifier) && more(2))))
        {
            end += 1;
            continue;
        }
        break;
    }
    end
}

fn fill(mention: &mut Mention, parts: &[Part], facts: &[Fact]) {
    for fact in facts.iter().filter(|fact| (mention.start..mention.end).contains(&fact.start)) {
        if let Some(code) = fact.code
            && !mention.codes.contains(&code)
        {
            mention.codes.push(code);
        }
        if fact.sector.is_some() {
            mention.sector = fact.sector;
        }
        mention.weak = false;
    }
    mention.agent = parts[mention.start..mention.end].contains(&Part::Agent);
}

fn possessed(tokens: &[Token], start: usize, end: usize) -> bool {
    tokens[start..end].first().is_some_and(|t| lexicon().words.possessives.contains(&t.lower))
}

fn preposition(tokens: &[Token], start: usize) -> Option<String> {
    let mut at = start;
    while at > 0 {
        at -= 1;
        let token = &tokens[at];
        if lexicon().words.prepositions.contains(&token.lower) {
            return Some(token.lower.clone());
        }
        let skips = lexicon().words.determiners.contains(&token.lower)
            || token.is(&["\"", "``", "`", "\u{201c}", "approximately"])
            || (token.word && token.text.chars().all(|c| c.is_ascii_digit() || c == ','));
        if !skips {
            return None;
        }
    }
    None
}

/// A run of capitals that is no actor: a pact, a sea, a month of fasting.
fn plausible(tokens: &[Token], mention: &Mention) -> bool {
    let none = |token: &Token| lexicon().words.no_actors.contains(&token.lower);
    let last = &tokens[mention.end - 1];
    !tokens[mention.start..mention.end].iter().all(|t| none(t) || !t.word) && !none(last)
}

/// "groups in Zimbabwe", "president of Armenia", "people", "Hundreds of people in Hong Kong" become one.
fn attach(tokens: &[Token], found: Vec<Mention>) -> Vec<Mention> {
    let mut out: Vec<Mention> = Vec::with_capacity(found.len());
    for mention in found {
        if let Some(last) = out.last_mut()
            && joins(tokens, last, &mention)
        {
            last.end = mention.end;
            for code in &mention.codes {
                if !last.codes.contains(code) {
                    last.codes.push(code);
                }
            }
            last.weak &= mention.weak;
            continue;
        }
        out.push(mention);
    }
    out
}

fn joins(tokens: &[Token], last: &Mention, next: &Mention) -> bool {
    let between = &tokens[last.end..next.start];
    let head = &tokens[last.end - 1];
    match between {
        [of] if of.is(&["of"]) => !last.weak || next.agent,
        [within] if within.is(&["in", "from"]) => last.agent && last.codes.is_empty(),
        [such, as_] if such.is(&["such"]) && as_.is(&["as"]) => last.agent && !next.codes.is_empty(),
        [based, within] if based.is(&["based", "living", "operating"]) && within.is(&["in"]) => true,
        [comma] if comma.is(&[","]) => {
            // An office after a person's name, or a name after an office.
            last.weak && next.agent && !next.codes.is_empty() && !next.possessed && is_person_before(head)
                || (last.agent && next.weak && tokens.get(next.end).is_some_and(|t| t.is(&[","])))
        }
        _ => false,
    }
}

fn is_person_before(head: &Token) -> bool {
    head.capital && head.text.chars().any(char::is_lowercase)
}
