//! What an assertion rests on: the claims that were shown, compared by what both name. One rule for every side.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use crate::assertion::{Assertion, Firmness, Kind, Ledger};
use crate::clause::Clauses;
use crate::things::{Amount, Day, amount, days, is_identifier, iso_day, names_of, words};

/// What was found of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// A claim shows it.
    Supported,
    /// A claim shows the contrary.
    Contradicted,
    /// Claims speak of the same things and decide nothing.
    Touched,
    /// Nothing was shown.
    Baseless,
    /// No evidence decides demands, warnings and opinions.
    NotCheckable,
}

/// What an assertion rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Basis {
    /// What was found.
    pub standing: Standing,
    /// In a sentence.
    pub why: String,
    /// The claims that support, contradict or touch it, at most [`CITED`].
    pub claims: Vec<Cited>,
    /// Claims beyond these.
    pub more: usize,
    /// What would decide it.
    pub would_decide: Vec<String>,
}

/// A claim that an assertion leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cited {
    /// The dossier or case.
    pub from: String,
    /// The claim's id in it.
    pub id: String,
    /// Its rung.
    pub rung: u8,
    /// The claim in words.
    pub sentence: String,
}

/// A claim that was shown, as plain data: this crate knows nothing of logs.
#[derive(Debug, Clone, Default)]
pub struct Shown {
    /// The dossier or case it comes from.
    pub from: String,
    /// Its id there.
    pub id: String,
    /// Its kind, as `docs/spec/claim.md` names it.
    pub kind: String,
    /// The claim in words.
    pub sentence: String,
    /// Its rung: 0 baseless, 1 sealed, 2 recomputed, and higher.
    pub rung: u8,
    /// Whether it was derived again from its records, sealed or not.
    pub derived: bool,
    /// Hosts, addresses, accounts, files, hashes and rules that it names.
    pub names: Vec<String>,
    /// Bytes, as a lower bound.
    pub at_least: Option<u64>,
    /// Its times, in ISO 8601.
    pub times: Vec<String>,
}

/// Claims named with one assertion.
pub const CITED: usize = 5;

/// What the sentences of a matter are, and what shows it.
struct Matter {
    stems: Vec<&'static str>,
    kinds: Vec<&'static str>,
    decides: &'static str,
}

fn matters() -> Vec<Matter> {
    let split = |cell: &'static str| cell.split('|').filter(|part| !part.is_empty()).collect();
    include_str!("../tables/matters.tsv")
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        .filter_map(|line| {
            let mut cells = line.split('\t');
            Some(Matter { stems: split(cells.next()?), kinds: split(cells.next()?), decides: cells.next()? })
        })
        .collect()
}

/// What decides an assertion of which no table knows more.
const ANY_RECORD: &str = "a record of it made at the time by somebody who does not depend on the speaker";

/// Compares each checkable assertion with what was shown, and gives each its rung.
pub fn weigh(ledger: &mut Ledger, shown: &[Shown]) {
    let matters = matters();
    let index = Index::new(shown);
    for line in &mut ledger.assertions {
        line.basis = index.basis(line, &matters);
        line.rung = (line.kind == Kind::Fact).then(|| match line.basis.standing {
            Standing::Supported => line.basis.claims.iter().map(|claim| claim.rung).max().unwrap_or_default(),
            _ => 0,
        });
    }
}

/// Claims by the names of what they name.
struct Index<'s> {
    shown: &'s [Shown],
    by_name: HashMap<String, BTreeSet<usize>>,
    /// Names with spaces in them, such as titles of rules.
    long: BTreeMap<String, BTreeSet<usize>>,
}

/// What the words of one assertion name.
struct Named {
    identifiers: BTreeSet<String>,
    amount: Option<Amount>,
    days: Vec<Day>,
    kinds: BTreeSet<&'static str>,
    negated: bool,
    /// Names who did it.
    attributes: bool,
}

#[derive(PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
enum Found {
    Touches,
    Contradicts,
    Supports,
}

impl<'s> Index<'s> {
    fn new(shown: &'s [Shown]) -> Self {
        let mut by_name: HashMap<String, BTreeSet<usize>> = HashMap::new();
        let mut long: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for (at, claim) in shown.iter().enumerate() {
            for name in claim.names.iter().flat_map(|value| names_of(value)) {
                if name.contains(' ') {
                    long.entry(name).or_default().insert(at);
                } else {
                    by_name.entry(name).or_default().insert(at);
                }
            }
        }
        Self { shown, by_name, long }
    }

    fn basis(&self, line: &Assertion, matters: &[Matter]) -> Basis {
        let basis = |standing, why: &str| Basis {
            standing,
            why: why.to_owned(),
            claims: Vec::new(),
            more: 0,
            would_decide: Vec::new(),
        };
        if line.kind != Kind::Fact {
            return basis(Standing::NotCheckable, "no evidence decides a demand, a warning or an opinion");
        }
        let lower = line.sentence.to_lowercase();
        let spoken: Vec<&Matter> = matters.iter().filter(|matter| speaks_of(&lower, matter)).collect();
        let would_decide = vec![spoken.first().map_or(ANY_RECORD, |matter| matter.decides).to_owned()];
        let named = self.named(line, &lower, &spoken);
        let found = self.compare(&named, &lower);
        let Some(best) = found.iter().map(|(_, found, _)| *found).max() else {
            let why = if self.shown.is_empty() {
                "baseless here: nothing was shown"
            } else {
                "baseless here: no claim that was shown speaks of it"
            };
            return Basis { would_decide, ..basis(Standing::Baseless, why) };
        };
        let standing = match best {
            Found::Supports => Standing::Supported,
            Found::Contradicts => Standing::Contradicted,
            Found::Touches => Standing::Touched,
        };
        let all: Vec<_> = found.into_iter().filter(|(_, found, _)| *found == best).collect();
        let why = all.first().map(|(_, _, why)| why.clone()).unwrap_or_default();
        let claims = all.iter().take(CITED).map(|(at, _, _)| self.cited(*at)).collect();
        let would_decide = if best == Found::Touches { would_decide } else { Vec::new() };
        Basis { claims, more: all.len().saturating_sub(CITED), would_decide, ..basis(standing, &why) }
    }

    fn cited(&self, at: usize) -> Cited {
        let claim = &self.shown[at];
        Cited {
            from: claim.from.clone(),
            id: claim.id.clone(),
            rung: claim.rung,
            sentence: claim.sentence.clone(),
        }
    }

    fn named(&self, line: &Assertion, lower: &str, spoken: &[&Matter]) -> Named {
        let identifiers: BTreeSet<String> = words(&line.sentence)
            .into_iter()
            .filter(|word| is_identifier(word) || self.by_name.contains_key(word))
            .collect();
        let amount = amount(&line.sentence);
        let no = lower
            .split(|c: char| !c.is_alphanumeric() && c != '\'')
            .any(|word| matches!(word, "no" | "none" | "nothing" | "nobody" | "neither"));
        let bounded = amount.is_some_and(|amount| amount.at_most);
        Named {
            attributes: !identifiers.is_empty() && names_who(line, &identifiers),
            amount,
            days: days(&line.sentence),
            kinds: spoken.iter().flat_map(|matter| matter.kinds.iter().copied()).collect(),
            negated: !bounded && (line.firmness == Firmness::Negated || no),
            identifiers,
        }
    }

    /// The claims that share something with an assertion, the best first.
    fn compare(&self, named: &Named, lower: &str) -> Vec<(usize, Found, String)> {
        let mut shared: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
        for word in &named.identifiers {
            for at in self.by_name.get(word).into_iter().flatten() {
                shared.entry(*at).or_default().insert(word);
            }
        }
        let titles: Vec<usize> = self
            .long
            .iter()
            .filter(|(name, _)| lower.contains(name.as_str()))
            .flat_map(|(_, at)| at.iter().copied())
            .collect();
        for at in &titles {
            shared.entry(*at).or_default();
        }
        let mut out: Vec<_> = shared
            .into_iter()
            .map(|(at, words)| {
                let all = words.len() == named.identifiers.len();
                let (found, why) = self.decide(&self.shown[at], named, all, titles.contains(&at));
                (at, found, why)
            })
            .collect();
        out.sort_by(|a, b| {
            b.1.cmp(&a.1).then(self.shown[b.0].rung.cmp(&self.shown[a.0].rung)).then(a.0.cmp(&b.0))
        });
        out
    }

    fn decide(&self, claim: &Shown, named: &Named, all: bool, titled: bool) -> (Found, String) {
        let touches = |why: &str| (Found::Touches, why.to_owned());
        if !all {
            return touches("claims name some of the same things, not all of them together");
        }
        if !titled && !named.kinds.contains(claim.kind.as_str()) {
            return touches("claims name the same things, and show something else about them");
        }
        if !in_time(claim, &named.days) {
            return touches("claims show it for another time");
        }
        if !claim.derived {
            return touches("a claim says so, and a verifier could not derive it from the records shown");
        }
        if named.attributes {
            return touches("claims show what was done, and not who did it");
        }
        match (named.amount, claim.at_least) {
            (Some(amount), Some(shown)) if amount.at_most => {
                if shown as f64 > amount.bytes + amount.rounding {
                    (Found::Contradicts, format!("at least {shown} bytes are shown, more than is said"))
                } else {
                    touches("what is shown is a lower bound; it cannot show that there was no more")
                }
            }
            (Some(amount), Some(shown)) if (shown as f64) < amount.bytes - amount.rounding => {
                touches("less is shown than is said; there may have been more")
            }
            (Some(_), None) => touches("claims show that it happened, and not how much it was"),
            _ if named.negated => (Found::Contradicts, "a claim shows the contrary".to_owned()),
            _ if claim.rung == 0 => {
                (Found::Supports, "a claim shows it, derived from records that are not sealed yet".to_owned())
            }
            _ => (Found::Supports, "a claim shows it, derived from the records".to_owned()),
        }
    }
}

/// Whether a beginning of a word of the matter stands in the sentence at the beginning of a word.
fn speaks_of(lower: &str, matter: &Matter) -> bool {
    matter.stems.iter().any(|stem| {
        lower.match_indices(stem).any(|(at, _)| !lower[..at].ends_with(|c: char| c.is_alphanumeric()))
    })
}

/// Every day that the text names lies within the claim's times; a claim without times decides no day.
fn in_time(claim: &Shown, days: &[Day]) -> bool {
    let mut times: Vec<&String> = claim.times.iter().collect();
    times.sort();
    let bounds = times.first().and_then(|t| iso_day(t)).zip(times.last().and_then(|t| iso_day(t)));
    days.iter().all(|day| bounds.is_some_and(|(first, last)| day.within(first, last)))
}

/// Whether the words, beside those that only tell who says it, name a country, an organisation or a person who did it.
fn names_who(line: &Assertion, identifiers: &BTreeSet<String>) -> bool {
    let clauses = Clauses::new(&line.sentence);
    let from = clauses.report.map_or(0, |report| report + 1);
    let who: Vec<String> = line.voice.who.iter().map(|who| who.to_lowercase()).collect();
    clauses.mentions.iter().filter(|m| m.start >= from && !clauses.is_attribution(m.start)).any(|mention| {
        let text = mention.text(clauses.text, &clauses.tokens).to_lowercase();
        let machine = words(&text).iter().any(|w| identifiers.iter().any(|i| i.contains(w.as_str())));
        let named = !mention.codes.is_empty() || mention.weak && mention.end - mention.start > 1;
        let number = text.bytes().any(|b| b.is_ascii_digit());
        named && !machine && !number && !who.contains(&text)
    })
}
