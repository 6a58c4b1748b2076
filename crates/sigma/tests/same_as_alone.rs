//! Whatever the rules and the events: a batch gives what its rows give alone, with any caches, any encoding
//! of columns, and any order of batches.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::print_stdout,
    unreachable_pub,
    dead_code,
    reason = "a test"
)]

mod support;

use std::sync::Arc;

use arrow_array::{ArrayRef, DictionaryArray, Int32Array, RecordBatch, StringArray};
use onus_sigma::{Aliased, EventSource, Match, MatcherOptions, RuleSet, RuleSetBuilder};

/// A small generator of pseudo-random numbers (SplitMix64), so that a failure can be run again by its seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

const FIELDS: &[&str] = &["A", "B", "C", "D", "nested.e"];
const WORDS: &[&str] = &[
    "",
    "a",
    "ab",
    "abc",
    "ABC",
    "abcabc",
    "b",
    "bca",
    "cab",
    "x-y",
    " -a",
    " /b",
    "Ä",
    "äß",
    "ς",
    "Σ",
    "\u{212a}",
    "k",
    "7",
    "12",
    "12.0",
    "-3",
    "true",
    "192.0.2.1",
    "192.0.2.200",
    "2001:db8::5",
    "2024-02-29T12:30:00Z",
    "YWJj",
    "a\nb",
];
const MODIFIERS: &[&str] = &[
    "",
    "",
    "|contains",
    "|startswith",
    "|endswith",
    "|contains|all",
    "|cased",
    "|contains|cased",
    "|re",
    "|re|i",
    "|cidr",
    "|gt",
    "|lte",
    "|exists",
    "|fieldref",
    "|fieldref|contains",
    "|windash|contains",
    "|base64offset|contains",
    "|neq",
    "|hour",
    "|endswith|cased",
];

fn value(random: &mut Random, modifier: &str) -> String {
    let text = match modifier {
        "|re" | "|re|i" => {
            random.pick(&["ab+", "^a", "c$", "[a-c]{2}", "(abc|bca)", "ä", "\\d+", "a.b"]).to_owned()
        }
        "|cidr" => random.pick(&["192.0.2.0/25", "2001:db8::/32", "0.0.0.0/0"]).to_owned(),
        "|gt" | "|lte" | "|hour" => return random.pick(&["0", "7", "12", "12.5", "-3"]).to_owned(),
        "|exists" => return random.pick(&["true", "false"]).to_owned(),
        "|fieldref" | "|fieldref|contains" => random.pick(FIELDS).to_owned(),
        "|base64offset|contains" => random.pick(&["a", "abc", "bc"]).to_owned(),
        _ if modifier.is_empty() && random.below(8) == 0 => return "null".into(),
        _ => {
            let mut text = random.pick(WORDS).to_owned();
            for _ in 0..random.below(3) {
                text.push_str(random.pick(&["*", "?", "b", "\\*", ""]));
                text.push_str(random.pick(WORDS));
            }
            text.replace('\n', "")
        }
    };
    format!("'{text}'")
}

fn rule(random: &mut Random, number: usize) -> String {
    let mut detection = String::new();
    for selection in ["s1", "s2", "s3"] {
        if random.below(9) == 0 {
            detection.push_str(&format!(
                "  {selection}: ['{}', '{}']\n",
                random.pick(WORDS).replace('\n', ""),
                random.pick(WORDS).replace('\n', "")
            ));
            continue;
        }
        detection.push_str(&format!("  {selection}:\n"));
        let mut fields: Vec<&str> = FIELDS.to_vec();
        for _ in 0..1 + random.below(2) {
            let field = fields.remove(random.below(fields.len()));
            let modifier = random.pick(MODIFIERS);
            let count = 1 + random.below(3);
            let values: Vec<String> = (0..count).map(|_| value(random, modifier)).collect();
            detection.push_str(&format!("    {field}{modifier}: [{}]\n", values.join(", ")));
        }
    }
    let condition = random.pick(&[
        "s1",
        "s1 and s2",
        "s1 and not s2",
        "s1 or s2",
        "not s1",
        "1 of s*",
        "all of them",
        "2 of them",
        "s1 and not (s2 or s3)",
        "(s1 or not s2) and s3",
        "not 2 of s*",
        "not (s1 and not s2)",
    ]);
    format!(
        "title: r{number}\nid: r{number}\nlogsource: {{product: test}}\ndetection:\n{detection}  condition: {condition}\n"
    )
}

fn event(random: &mut Random) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for field in ["A", "b", "C", "Alias", "nested.e"] {
        if random.below(4) > 0 {
            let mut value = random.pick(WORDS).to_owned();
            if random.below(3) == 0 {
                value.push_str(random.pick(WORDS));
            }
            out.push((field.to_owned(), value));
        }
    }
    // As the columns of a batch: what was found first is the same in both.
    out.sort();
    out
}

const ALIASES: &[(&str, &str)] = &[("D", "NotThere"), ("D", "Alias")];

fn alone(set: &RuleSet, source: &EventSource, events: &[Vec<(String, String)>]) -> Vec<Match> {
    let mut out = Vec::new();
    for (row, event) in (0..).zip(events) {
        let record = Aliased { fields: event, aliases: ALIASES };
        out.extend(set.match_record(source, &record).into_iter().map(|m| Match { row, ..m }));
    }
    out
}

#[test]
fn a_batch_gives_what_its_rows_give_alone() {
    let source = EventSource { product: "test".into(), ..EventSource::default() };
    let (mut rules, mut matches, mut refused) = (0, 0, 0);
    for seed in 0..150 {
        let mut random = Random(seed);
        let mut builder = RuleSetBuilder::new();
        for number in 0..40 {
            builder.add_yaml("generated", &rule(&mut random, number));
        }
        let (set, problems) = builder.build();
        // A wildcard or an empty value in what is to be encoded, and the like.
        refused += problems.iter().filter(|p| p.refused).count();
        rules += set.len();
        // Small caches are emptied again and again.
        let options =
            MatcherOptions { cache_bytes: [0, 600, 4 << 20][seed as usize % 3], ..MatcherOptions::default() };
        let mut matcher = set.matcher(&source, ALIASES, &options);
        for turn in 0..4 {
            let events: Vec<_> = (0..60).map(|_| event(&mut random)).collect();
            let records: Vec<&[(String, String)]> = events.iter().map(Vec::as_slice).collect();
            let expected = alone(&set, &source, &events);
            let got = matcher.match_batch(&support::batch(&records, turn));
            assert_eq!(got, expected, "seed {seed}, turn {turn}");
            matches += got.len();
        }
    }
    println!("{rules} rules, {refused} refused, {matches} matches");
    assert!(rules > 4_000 && matches > 50_000, "{rules} rules, {matches} matches: too few to show anything");
}

#[test]
fn long_batches_are_cut_without_a_seam() {
    let source = EventSource { product: "test".into(), ..EventSource::default() };
    let mut random = Random(7);
    let mut builder = RuleSetBuilder::new();
    (0..30).for_each(|number| {
        builder.add_yaml("generated", &rule(&mut random, number));
    });
    let (set, _) = builder.build();
    let events: Vec<_> = (0..20_000).map(|_| event(&mut random)).collect();
    let records: Vec<&[(String, String)]> = events.iter().map(Vec::as_slice).collect();
    let expected = alone(&set, &source, &events);
    let mut matcher = set.matcher(&source, ALIASES, &MatcherOptions::default());
    assert_eq!(matcher.match_batch(&support::batch(&records, 5)), expected);
    let again = matcher.clone().match_batch(&support::batch(&records, 5));
    assert_eq!(again, expected);
}

#[test]
fn keywords_in_many_values_are_found_where_they_stand() {
    let source = EventSource { product: "test".into(), ..EventSource::default() };
    let yaml = "title: Words\nid: 6f0a2b52-3f9d-4a55-9f3d-0d6f1c1f7c11\nlogsource:\n    product: test\ndetection:\n    \
                words:\n        - 'first::word'\n        - 'ANOTHER'\n    condition: words\n";
    let mut builder = RuleSetBuilder::new();
    builder.add_yaml("words", yaml);
    let (set, problems) = builder.build();
    assert!(problems.is_empty(), "{problems:?}");
    // Far more bytes than are looked at together; in one place a word stands across two values, which is no match.
    let text = |row: usize| match row {
        700 => format!("Ä {} First::Word", "x".repeat(20_000)),
        1_500 => "ends with anot".to_owned(),
        1_501 => "her begins".to_owned(),
        12_999 => "another".to_owned(),
        other => format!("an ordinary value, {other}"),
    };
    let events: Vec<_> = (0..20_000).map(|row| vec![("A".to_owned(), text(row))]).collect();
    let records: Vec<&[(String, String)]> = events.iter().map(Vec::as_slice).collect();
    let found =
        set.matcher(&source, ALIASES, &MatcherOptions::default()).match_batch(&support::batch(&records, 5));
    assert_eq!(found, alone(&set, &source, &events));
    assert_eq!(found.iter().map(|m| m.row).collect::<Vec<_>>(), [700, 12_999]);
}

#[test]
fn a_key_may_stand_for_no_value() {
    let source = EventSource { product: "test".into(), ..EventSource::default() };
    let yaml = "title: Absent\nid: 0c7f3c0f-6a61-4f0a-9d3e-8a4b4b0f3f57\nlogsource:\n    product: test\ndetection:\n    \
                none:\n        A: null\n    some:\n        A|contains: 'word'\n    condition: none or some\n";
    let mut builder = RuleSetBuilder::new();
    builder.add_yaml("absent", yaml);
    let (set, problems) = builder.build();
    assert!(problems.is_empty(), "{problems:?}");
    let values = Arc::new(StringArray::from(vec![Some("other"), None, Some("a Word")]));
    let keys = Int32Array::from(vec![Some(0), Some(1), None, Some(2)]);
    let column: ArrayRef = Arc::new(DictionaryArray::try_new(keys, values).unwrap());
    let batch = RecordBatch::try_from_iter([("A", column)]).unwrap();
    let found = set.matcher(&source, ALIASES, &MatcherOptions::default()).match_batch(&batch);
    assert_eq!(found.iter().map(|m| m.row).collect::<Vec<_>>(), [1, 2, 3]);
}
