//! How firmly something is said, what kind of assertion it is, when, and what the text offers for it.

use std::ops::Range;

use crate::act::Act;
use crate::assertion::{Assertion, Firmness, Kind, Manner, Offered};
use crate::clause::Clauses;
use crate::event::Event;
use crate::lexicon::lexicon;
use crate::voice::Speaker;

/// Words in brackets at least, for the brackets to be a sentence of their own.
const ASIDE_WORDS: usize = 5;

/// The sentence with brackets that hold a whole remark blanked out (offsets stay), and where these remarks are.
pub(crate) fn without_asides(sentence: &str) -> (String, Vec<Range<usize>>) {
    let mut asides = Vec::new();
    let mut open = None;
    for (at, c) in sentence.char_indices() {
        match c {
            '(' => open = Some(at),
            ')' => {
                if let Some(start) = open.take() {
                    let inner = &sentence[start + 1..at];
                    if inner.split_whitespace().count() >= ASIDE_WORDS {
                        asides.push(start + 1..at);
                    }
                }
            }
            _ => {}
        }
    }
    let mut body = sentence.to_owned();
    for aside in &asides {
        let blank = " ".repeat(aside.len() + 2);
        body.replace_range(aside.start - 1..aside.end + 1, &blank);
    }
    (body, asides)
}

/// "One wonders if", "raises an eyebrow", a question.
pub(crate) fn wonders(clauses: &Clauses<'_>) -> bool {
    let words = &lexicon().words.wondering;
    let asks = clauses.tokens.last().is_some_and(|t| t.text == "?");
    let wonders = clauses
        .tokens
        .iter()
        .any(|t| matches!(t.lower.as_str(), "wonder" | "wonders" | "wondered" | "wondering"));
    let raises = clauses.tokens.iter().filter(|t| words.contains(&t.lower)).count() >= 2;
    asks || wonders || raises
}

/// "is bad", "is a serious violation": a judgement with a form of "be".
pub(crate) fn judges(clauses: &Clauses<'_>) -> bool {
    let words = &lexicon().words;
    let copula = clauses.tokens.iter().any(|t| words.be_forms.contains(&t.lower));
    copula && clauses.tokens.iter().any(|t| words.judging.contains(&t.lower))
}

/// Whether there is any verb: a heading has none.
pub(crate) fn has_verb(clauses: &Clauses<'_>) -> bool {
    let words = &lexicon().words;
    clauses.forms.iter().any(Option::is_some)
        || clauses.tokens.iter().any(|t| {
            (words.auxiliaries.contains(&t.lower) && t.lower != "'s") || words.modals.contains(&t.lower)
        })
}

/// The firmness of a sentence without an act.
pub(crate) fn firmness_of_sentence(clauses: &Clauses<'_>) -> Firmness {
    let words = &lexicon().words;
    let any =
        |list: &std::collections::HashSet<String>| clauses.tokens.iter().any(|t| list.contains(&t.lower));
    match () {
        () if wonders(clauses) => Firmness::Wondered,
        () if clauses.tokens.iter().any(|t| t.is(&["if", "unless"])) => Firmness::Conditional,
        () if clauses.tokens.iter().any(|t| t.is(&["not", "never", "n't", "nobody", "nothing", "none"]))
            || no_subject(clauses) =>
        {
            Firmness::Negated
        }
        () if any(&words.hedges) => Firmness::Hedged,
        () => Firmness::Stated,
    }
}

/// "No data left", "said that no data left".
fn no_subject(clauses: &Clauses<'_>) -> bool {
    let words: Vec<_> = clauses.tokens.iter().filter(|t| t.word).collect();
    (0..words.len()).any(|at| words[at].is(&["no"]) && (at == 0 || words[at - 1].is(&["that"])))
}

/// The firmness of an act.
pub(crate) fn firmness(clauses: &Clauses<'_>, event: &Event, denies: bool) -> Firmness {
    let words = &lexicon().words;
    let until = clauses.clause_of(event).end;
    let conditional = clauses.tokens.iter().any(|t| t.is(&["if", "unless", "otherwise"]))
        && matches!(event.act, Act::Threaten | Act::Agree | Act::Demand)
        || event.mode == "warn"
            && event.words.1 - event.words.0 < 24
            && clauses.text[event.words.0..event.words.1].contains("avoid")
        || clauses.text[event.words.0..event.words.1].contains("so as not");
    let hedged = event.how.hedged
        || clauses.tokens.iter().any(|t| {
            t.start < until
                && t.end + 60 > event.words.0
                && words.hedges.contains(&t.lower)
                && (t.lower.ends_with("ly")
                    || matches!(t.lower.as_str(), "alleged" | "suspected" | "purported"))
        });
    match () {
        () if wonders(clauses) => Firmness::Wondered,
        () if conditional => Firmness::Conditional,
        () if denies || event.how.negated || event.mode == "deny" => Firmness::Negated,
        () if hedged => Firmness::Hedged,
        () => Firmness::Stated,
    }
}

/// What kind of assertion an act is.
pub(crate) fn kind(line: &Assertion, speaker: &Speaker) -> Kind {
    let stance = [
        "oppose",
        "reject",
        "praise",
        "support",
        "welcome",
        "defend",
        "condemn",
        "criticise",
        "concern",
        "regret",
        "describe",
        "complain",
        "rally opposition",
        "apologise",
        "forgive",
    ];
    match line.act {
        _ if line.firmness == Firmness::Wondered => Kind::Opinion,
        Some(Act::Demand) => Kind::Demand,
        Some(Act::Threaten) => Kind::Warning,
        Some(_) if stance.contains(&line.mode.as_str()) => Kind::Opinion,
        Some(Act::Reject) if line.mode == "refuse" && speaker.manner == Manner::Statement => Kind::Opinion,
        _ => Kind::Fact,
    }
}

/// What the text offers for a sentence: whom or what it names as its source.
pub(crate) fn evidence(clauses: &Clauses<'_>) -> (Offered, Option<String>) {
    let words = &lexicon().words;
    let Some((start, end)) = clauses.source_tokens() else { return (Offered::None, None) };
    let tokens = &clauses.tokens[start..end];
    let shown = tokens.first().zip(tokens.last()).map(|(a, b)| {
        clauses.text[a.start..b.end].trim_matches([',', ' ', '"', '\u{201c}', '\u{201d}', '.']).to_owned()
    });
    let any = |list: &std::collections::HashSet<String>| tokens.iter().any(|t| list.contains(&t.lower));
    let named = tokens
        .iter()
        .skip(1)
        .any(|t| t.capital && !words.days.contains(&t.lower) && !lexicon().is_name(&t.text));
    let offered = match () {
        () if any(&words.documents) => Offered::Document,
        () if named => Offered::NamedSource,
        () if any(&words.anonymous) => Offered::AnonymousSource,
        () => Offered::NamedSource,
    };
    (offered, shown)
}

/// When, in the words of the text: a day, a date, "today", "last week"; in a part of the sentence the one that is
/// nearest to a byte and not before it counts, else the first.
pub(crate) fn time(clauses: &Clauses<'_>, part: &Range<usize>, from: usize) -> Option<String> {
    let words = &lexicon().words;
    let is_day = |at: usize| {
        clauses.tokens.get(at).is_some_and(|t| {
            t.capital
                && words.days.contains(&t.lower)
                && !(t.lower == "may" || t.lower == "march" || t.lower == "sun" || t.lower == "sat")
                || t.is(&["today", "yesterday", "tomorrow", "tonight"])
        })
    };
    let is_number = |at: usize| {
        clauses.tokens.get(at).is_some_and(|t| {
            t.text.chars().all(|c| c.is_ascii_digit()) && t.text.len() <= 4 && !t.text.is_empty()
        })
    };
    let is_past = |at: usize| {
        clauses.tokens.get(at).is_some_and(|t| t.is(&["last", "next", "this"]))
            && clauses.tokens.get(at + 1).is_some_and(|t| {
                t.is(&["week", "month", "year", "night", "summer", "winter", "spring", "autumn"])
                    || words.days.contains(&t.lower)
            })
    };
    let inside = |at: usize| part.contains(&clauses.tokens[at].start);
    let all = || (0..clauses.tokens.len()).filter(|&at| inside(at) && (is_day(at) || is_past(at)));
    let first = all().find(|&at| clauses.tokens[at].start >= from).or_else(|| all().next())?;
    let mut start = first;
    while start > 0 && (is_number(start - 1) || is_day(start - 1)) {
        start -= 1;
    }
    let mut end = first + 1 + usize::from(is_past(first));
    while end < clauses.tokens.len()
        && (is_number(end)
            || is_day(end)
            || clauses.tokens[end].text == ","
                && is_number(end + 1)
                && clauses.tokens[end + 1].text.len() == 4)
    {
        end += 1;
    }
    Some(clauses.text[clauses.tokens[start].start..clauses.tokens[end - 1].end].to_owned())
}
