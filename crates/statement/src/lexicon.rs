//! The tables of `tables/`, read once: names and their codes, actors by what they are called, patterns of acts,
//! closed classes of words.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::act::Act;
use crate::inflect::{singulars, third_person, verb_forms};

/// A name of a table: what it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    /// Its words, as written.
    pub(crate) words: Vec<String>,
    /// ISO 3166-1 alpha-3, or IGO, NGO, IMG.
    pub(crate) code: &'static str,
    /// Sector, where the name alone tells it.
    pub(crate) sector: Option<&'static str>,
    /// A demonym or an adjective, not the country itself.
    pub(crate) demonym: bool,
    /// A capital or another place, not the country itself.
    pub(crate) place: bool,
}

/// What an act needs after its verb.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    pub(crate) act: Act,
    /// The act is settled by who does it to whom.
    pub(crate) settled: bool,
    pub(crate) mode: &'static str,
    /// The preposition that leads to the target, `-`, `none`, or `n` for a noun that is an act.
    pub(crate) role: &'static str,
    /// Words after the verb that belong to it: `call on`, `hand over`.
    pub(crate) particle: Vec<&'static str>,
    /// Each element: alternatives, singular. An empty one is met by anything.
    pub(crate) elements: Vec<Vec<Vec<&'static str>>>,
    /// The line in the table: of two that fit equally well, the earlier counts.
    pub(crate) line: usize,
}

/// The lists of `words.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Words {
    pub(crate) determiners: HashSet<String>,
    pub(crate) possessives: HashSet<String>,
    pub(crate) pronouns: HashSet<String>,
    pub(crate) prepositions: HashSet<String>,
    pub(crate) conjunctions: HashSet<String>,
    pub(crate) subordinators: HashSet<String>,
    pub(crate) relatives: HashSet<String>,
    pub(crate) auxiliaries: HashSet<String>,
    pub(crate) modals: HashSet<String>,
    pub(crate) be_forms: HashSet<String>,
    pub(crate) negations: HashSet<String>,
    pub(crate) adverbs: HashSet<String>,
    pub(crate) days: HashSet<String>,
    pub(crate) abbreviations: HashSet<String>,
    pub(crate) reporting: HashSet<String>,
    pub(crate) intent: HashSet<String>,
    pub(crate) hedges: HashSet<String>,
    pub(crate) wondering: HashSet<String>,
    pub(crate) absolute: HashSet<String>,
    pub(crate) judging: HashSet<String>,
    pub(crate) documents: HashSet<String>,
    pub(crate) anonymous: HashSet<String>,
    pub(crate) statement_heads: HashSet<String>,
    pub(crate) modifiers: HashSet<String>,
    pub(crate) no_actors: HashSet<String>,
    pub(crate) ambiguous_actors: HashSet<String>,
    pub(crate) anaphoric_actors: HashSet<String>,
    pub(crate) phase: HashSet<String>,
    pub(crate) says: HashSet<String>,
    pub(crate) deeds: HashSet<String>,
    pub(crate) things: HashSet<String>,
    pub(crate) participial: HashSet<String>,
    pub(crate) statives: HashSet<String>,
    pub(crate) accusations: HashSet<String>,
    pub(crate) untrue: HashSet<String>,
    pub(crate) any_topic: HashSet<String>,
}

/// An actor noun: its sector, and whether a name may follow it as that of its holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Agent {
    pub(crate) sector: &'static str,
    pub(crate) office: bool,
}

/// All tables.
pub(crate) struct Lexicon {
    pub(crate) words: Words,
    names: HashMap<String, Vec<Name>>,
    agents: HashMap<String, Vec<(Vec<String>, Agent)>>,
    /// Verb form to verbs.
    verbs: HashMap<String, Vec<String>>,
    /// Verb to patterns.
    patterns: HashMap<String, Vec<Pattern>>,
    /// Noun (as written in the table) to patterns.
    nouns: HashMap<String, Vec<Pattern>>,
    /// Forms that are a past or a past participle.
    past: HashSet<String>,
    /// Forms that are a past and no participle: "spoke".
    preterites: HashSet<String>,
    reporting: HashSet<String>,
    /// Fixed phrases that are an act, by their first word.
    phrases: HashMap<&'static str, Vec<(Vec<&'static str>, Pattern)>>,
}

/// The tables, built at the first call.
pub(crate) fn lexicon() -> &'static Lexicon {
    static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::build);
    &LEXICON
}

/// Of "went gone" the first, which no other form is.
fn preterite(verb: &str, forms: &str) -> Option<String> {
    let mut forms = forms.split(' ').filter(|form| !form.ends_with("ing"));
    let (past, participle) = (forms.next()?, forms.next()?);
    (verb != "be" && past != participle && past != verb).then(|| past.to_owned())
}

fn rows(table: &'static str) -> impl Iterator<Item = (usize, Vec<&'static str>)> {
    table
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(at, line)| (at, line.split('\t').collect()))
}

const ACTS: &str = include_str!("../tables/acts.tsv");
const AGENTS: &str = include_str!("../tables/agents.tsv");
const COUNTRIES: &str = include_str!("../tables/countries.tsv");
const IRREGULAR: &str = include_str!("../tables/irregular.tsv");
const NOUNS: &str = include_str!("../tables/nouns.tsv");
const ORGANISATIONS: &str = include_str!("../tables/organisations.tsv");
const PHRASES: &str = include_str!("../tables/phrases.tsv");
const WORDS: &str = include_str!("../tables/words.toml");

impl Lexicon {
    #[allow(clippy::expect_used, reason = "the table is part of the program; a test reads it")]
    fn build() -> Self {
        let words: Words = toml::from_str(WORDS).expect("tables/words.toml is part of the program");
        let mut lexicon = Self {
            words,
            names: HashMap::new(),
            agents: HashMap::new(),
            verbs: HashMap::new(),
            patterns: HashMap::new(),
            nouns: HashMap::new(),
            past: HashSet::new(),
            preterites: HashSet::new(),
            reporting: HashSet::new(),
            phrases: HashMap::new(),
        };
        lexicon.read_names();
        lexicon.read_agents();
        lexicon.read_patterns();
        lexicon.read_verbs();
        lexicon
    }

    fn read_names(&mut self) {
        for (_, row) in rows(COUNTRIES) {
            let [code, names, demonyms, places] = row[..] else { continue };
            for name in names.split('|') {
                self.name(name, code, None, false, false);
            }
            for demonym in demonyms.split('|') {
                self.name(demonym, code, None, true, false);
                if !demonym.ends_with(['h', 's']) && !demonym.ends_with("ese") {
                    self.name(&format!("{demonym}s"), code, None, true, false);
                }
            }
            for place in places.split('|') {
                self.name(place, code, None, false, true);
            }
        }
        for (_, row) in rows(ORGANISATIONS) {
            let [code, sector, names] = row[..] else { continue };
            for name in names.split('|') {
                self.name(name, code, (sector != "-").then_some(sector), false, false);
            }
        }
        for names in self.names.values_mut() {
            names.sort_by_key(|name| std::cmp::Reverse(name.words.len()));
        }
    }

    fn name(
        &mut self,
        name: &str,
        code: &'static str,
        sector: Option<&'static str>,
        demonym: bool,
        place: bool,
    ) {
        let words: Vec<String> = name.split(' ').flat_map(split_possessive).collect();
        let Some(first) = words.first().cloned() else { return };
        let list = self.names.entry(first).or_default();
        if !list.iter().any(|known| known.words == words) {
            list.push(Name { words, code, sector, demonym, place });
        }
    }

    fn read_agents(&mut self) {
        for (_, row) in rows(AGENTS) {
            let [sector, kind, nouns] = row[..] else { continue };
            for noun in nouns.split('|') {
                let agent = Agent { sector, office: kind == "office" };
                let words: Vec<String> = noun.split(' ').map(str::to_owned).collect();
                let mut plural = words.clone();
                if let Some(last) = plural.last_mut() {
                    *last = third_person(last);
                }
                for form in [words, plural] {
                    let list = self.agents.entry(form[0].clone()).or_default();
                    if !list.iter().any(|(known, _)| *known == form) {
                        list.push((form, agent));
                    }
                }
            }
        }
        for list in self.agents.values_mut() {
            list.sort_by_key(|(words, _)| std::cmp::Reverse(words.len()));
        }
    }

    fn read_patterns(&mut self) {
        let classes: HashMap<&str, &str> =
            rows(NOUNS).filter_map(|(_, row)| Some((*row.first()?, *row.get(1)?))).collect();
        for (line, row) in rows(PHRASES) {
            let [act, mode, role, phrases] = row[..] else { continue };
            let Some(act) = Act::parse(act) else { continue };
            for phrase in phrases.split('|') {
                let words: Vec<&str> = phrase.split(' ').collect();
                let pattern = Pattern {
                    act,
                    settled: false,
                    mode,
                    role,
                    particle: Vec::new(),
                    elements: Vec::new(),
                    line,
                };
                self.phrases.entry(words[0]).or_default().push((words, pattern));
            }
        }
        for (line, row) in rows(ACTS) {
            let [act, mode, role, anchors, elements] = row[..] else { continue };
            let settled = act == "VIOLENCE";
            let Some(act) = Act::parse(act) else { continue };
            let elements = elements_of(elements, &classes);
            let pattern = Pattern { act, settled, mode, role, particle: Vec::new(), elements, line };
            if role == "n" {
                for noun in pattern.elements.iter().flatten().flatten() {
                    self.nouns.entry((*noun).to_owned()).or_default().push(pattern.clone());
                }
                continue;
            }
            for anchor in anchors.split('|') {
                let mut words = anchor.split('_');
                let Some(verb) = words.next() else { continue };
                let particle = words.collect();
                self.patterns
                    .entry(verb.to_owned())
                    .or_default()
                    .push(Pattern { particle, ..pattern.clone() });
            }
        }
    }

    fn read_verbs(&mut self) {
        let irregular: HashMap<&str, &str> =
            rows(IRREGULAR).filter_map(|(_, row)| Some((*row.first()?, *row.get(1)?))).collect();
        let verbs: HashSet<String> = self
            .patterns
            .keys()
            .chain(&self.words.reporting)
            .chain(&self.words.intent)
            .cloned()
            .chain(irregular.keys().map(|verb| (*verb).to_owned()))
            .collect();
        for verb in verbs {
            let mut forms = verb_forms(&verb);
            if let Some(more) = irregular.get(verb.as_str()) {
                forms.truncate(2);
                if !more.contains("ing") {
                    let ing = verb_forms(&verb).into_iter().find(|form| form.ends_with("ing"));
                    forms.extend(ing);
                }
                forms.extend(more.split(' ').map(str::to_owned));
                self.preterites.extend(preterite(&verb, more));
            }
            for form in forms {
                let base = form == verb || form == third_person(&verb) || form.ends_with("ing");
                if !base
                    || matches!(
                        verb.as_str(),
                        "put"
                            | "set"
                            | "cut"
                            | "hit"
                            | "shut"
                            | "quit"
                            | "let"
                            | "shed"
                            | "beat"
                            | "cast"
                            | "spread"
                    )
                {
                    self.past.insert(form.clone());
                }
                if self.words.reporting.contains(&verb) {
                    self.reporting.insert(form.clone());
                }
                let list = self.verbs.entry(form).or_default();
                if !list.contains(&verb) {
                    list.push(verb.clone());
                }
            }
        }
        for list in self.verbs.values_mut() {
            list.sort();
        }
    }

    /// Verbs of which this is a form.
    pub(crate) fn verbs_of(&self, lower: &str) -> &[String] {
        self.verbs.get(lower).map_or(&[], Vec::as_slice)
    }

    /// Patterns that begin with this verb.
    pub(crate) fn patterns_of(&self, verb: &str) -> &[Pattern] {
        self.patterns.get(verb).map_or(&[], Vec::as_slice)
    }

    /// Patterns of a noun that is an act.
    pub(crate) fn noun_patterns(&self, lower: &str) -> Vec<&Pattern> {
        singulars(lower).iter().filter_map(|noun| self.nouns.get(noun)).flatten().collect()
    }

    /// The fixed phrase that begins here, with the number of its words; words in lower case.
    pub(crate) fn phrase_at<'w>(
        &self,
        first: &str,
        word: impl Fn(usize) -> Option<&'w str>,
    ) -> Option<(usize, &Pattern)> {
        self.phrases.get(first)?.iter().find_map(|(words, pattern)| {
            let fits =
                words.iter().enumerate().all(|(at, expected)| word(at).is_some_and(|w| w == *expected));
            fits.then_some((words.len(), pattern))
        })
    }

    /// A past that is no participle as well: "spoke".
    pub(crate) fn is_preterite(&self, lower: &str) -> bool {
        self.preterites.contains(lower)
    }

    /// A past or a past participle of a verb of the tables.
    pub(crate) fn is_past(&self, lower: &str) -> bool {
        self.past.contains(lower)
    }

    /// A form of `say` and its like.
    pub(crate) fn is_reporting(&self, lower: &str) -> bool {
        self.reporting.contains(lower)
    }

    /// Whether one word alone is a name of the tables.
    pub(crate) fn is_name(&self, word: &str) -> bool {
        self.names.get(word).is_some_and(|names| names.iter().any(|name| name.words.len() == 1))
    }

    /// Whether two words with a hyphen between are one name of the tables, e.g. `Guinea-Bissau`.
    pub(crate) fn joins(&self, first: &str, second: &str) -> bool {
        let joined = format!("{first}-{second}");
        self.names.keys().any(|name| name.starts_with(&joined))
    }

    /// Whether a stop after this does not end a sentence.
    pub(crate) fn is_abbreviation(&self, lower: &str) -> bool {
        self.words.abbreviations.contains(lower)
    }

    /// The longest name of the tables that begins here; words as written.
    pub(crate) fn name_at<'w>(&self, first: &str, word: impl Fn(usize) -> Option<&'w str>) -> Option<&Name> {
        self.names.get(first)?.iter().find(|name| {
            name.words.iter().enumerate().all(|(at, expected)| {
                word(at).is_some_and(|found| found == expected || found.replace('\u{2019}', "'") == *expected)
            })
        })
    }

    /// The longest actor noun that begins here, with the number of its words; words in lower case.
    pub(crate) fn agent_at<'w>(
        &self,
        first: &str,
        word: impl Fn(usize) -> Option<&'w str>,
    ) -> Option<(usize, Agent)> {
        self.agents.get(first)?.iter().find_map(|(words, agent)| {
            let fits = words.iter().enumerate().all(|(at, expected)| word(at).is_some_and(|w| w == expected));
            fits.then_some((words.len(), *agent))
        })
    }
}

/// `Workers'` stays one word; `People's` is two tokens in a text, so also here.
fn split_possessive(word: &str) -> Vec<String> {
    match word.strip_suffix("'s") {
        Some(stem) if !stem.is_empty() => vec![stem.to_owned(), "'s".to_owned()],
        _ => vec![word.to_owned()],
    }
}

/// `@class|word other|words` into elements, each of alternatives, each of words side by side.
fn elements_of(text: &'static str, classes: &HashMap<&str, &'static str>) -> Vec<Vec<Vec<&'static str>>> {
    if text == "-" {
        return Vec::new();
    }
    let alternatives = |element: &'static str| {
        element
            .split('|')
            .flat_map(|word| match word.strip_prefix('@') {
                Some(class) => classes.get(class).map_or_else(Vec::new, |nouns| nouns.split('|').collect()),
                None => vec![word],
            })
            .map(|word| if word == "-" { Vec::new() } else { word.split(['_', ' ']).collect() })
            .collect()
    };
    text.split(' ').map(alternatives).collect()
}

#[cfg(test)]
mod tests {
    use super::{ACTS, AGENTS, Act, COUNTRIES, IRREGULAR, NOUNS, ORGANISATIONS, PHRASES, lexicon, rows};

    #[test]
    fn every_row_of_every_table_has_its_columns() {
        for (table, columns) in [
            (ACTS, 5),
            (AGENTS, 3),
            (COUNTRIES, 4),
            (IRREGULAR, 2),
            (NOUNS, 2),
            (ORGANISATIONS, 3),
            (PHRASES, 4),
        ] {
            for (line, row) in rows(table) {
                assert_eq!(row.len(), columns, "line {}: {row:?}", line + 1);
                assert!(row.iter().all(|cell| !cell.is_empty() && !cell.starts_with('|')), "{row:?}");
            }
        }
    }

    #[test]
    fn every_pattern_names_an_act_and_classes_that_exist() {
        let classes: Vec<&str> = rows(NOUNS).map(|(_, row)| row[0]).collect();
        for (line, row) in rows(ACTS) {
            assert!(Act::parse(row[0]).is_some(), "line {}: {}", line + 1, row[0]);
            for class in row[4].split([' ', '|']).filter_map(|word| word.strip_prefix('@')) {
                assert!(classes.contains(&class), "line {}: @{class}", line + 1);
            }
        }
    }

    #[test]
    fn all_members_of_the_united_nations_are_there() {
        let codes = rows(COUNTRIES).map(|(_, row)| row[0]).collect::<std::collections::BTreeSet<_>>();
        // 193 members, and the Holy See, Hong Kong, Kosovo, Palestine, Taiwan and Western Sahara.
        assert_eq!(codes.len(), 199);
        assert!(codes.iter().all(|code| code.len() == 3));
    }

    #[test]
    fn names_of_all_kinds_are_found() {
        let found = |text: &str| {
            let words: Vec<&str> = text.split(' ').collect();
            lexicon().name_at(words[0], |at| words.get(at).copied()).map(|name| name.code)
        };
        for (text, code) in
            [("Israelis", "ISR"), ("South Korean troops", "KOR"), ("Pretoria", "ZAF"), ("U.N.", "IGO")]
        {
            assert_eq!(found(text), Some(code), "{text}");
        }
    }
}
