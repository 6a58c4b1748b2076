//! Held against sentences that people coded (the gold standard records of PLOVER): the type of the act, its source
//! and its target. `cargo test --release -p onus-statement --test gold -- --nocapture` prints the tables of
//! `docs/statements.md`; with `SHOW=1` also each error.

#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::print_stdout, reason = "a test")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use onus_statement::{Act, Actor, Document, read};
use serde_json::Value;

/// The floors: of all sentences, and of those that were not looked at while the tables were written.
const TYPE_OF_ALL: f64 = 0.88;
const TYPE_OF_HELD_BACK: f64 = 0.75;
const FOUR_OF_ALL: f64 = 0.88;
const PARTIES: f64 = 0.80;

/// The four acts of a dispute in words.
const FOUR: [&str; 4] = ["REJECT", "DEMAND", "THREATEN", "DISAPPROVE"];

#[derive(Default)]
struct Count {
    gold: u32,
    got: u32,
    right: u32,
    source: u32,
    target: u32,
    both: u32,
}

impl Count {
    fn f1(&self) -> f64 {
        2.0 * f64::from(self.right) / f64::from((self.gold + self.got).max(1))
    }

    fn of_right(&self, part: u32) -> f64 {
        f64::from(part) / f64::from(self.right.max(1))
    }

    fn add(&mut self, other: &Self) {
        self.gold += other.gold;
        self.got += other.got;
        self.right += other.right;
        self.source += other.source;
        self.target += other.target;
        self.both += other.both;
    }

    fn row(&self, name: &str) {
        let share = |part: u32, of: u32| f64::from(part) / f64::from(of.max(1));
        println!(
            "| {name} | {} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |",
            self.gold,
            share(self.right, self.got),
            share(self.right, self.gold),
            self.f1(),
            self.of_right(self.source),
            self.of_right(self.target),
            self.of_right(self.both)
        );
    }
}

#[test]
fn acts_sources_and_targets_as_people_coded_them() {
    let Some(path) = data("acts_sources_and_targets_as_people_coded_them") else { return };
    let records: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let records = records.as_array().unwrap();
    let held_back = measure(records, is_held_back);
    println!("\nHeld back:");
    let (type_held, _) = tell(&held_back);
    let all = measure(records, |_| true);
    println!("\nAll:");
    let (of_all, four) = tell(&all);
    assert!(of_all.f1() >= TYPE_OF_ALL, "type, all: {:.3}", of_all.f1());
    assert!(type_held.f1() >= TYPE_OF_HELD_BACK, "type, held back: {:.3}", type_held.f1());
    assert!(four.f1() >= FOUR_OF_ALL, "four types: {:.3}", four.f1());
    assert!(of_all.of_right(of_all.source) >= PARTIES, "source: {:.3}", of_all.of_right(of_all.source));
    assert!(of_all.of_right(of_all.target) >= PARTIES, "target: {:.3}", of_all.of_right(of_all.target));
    assert!(of_all.of_right(of_all.both) >= PARTIES, "both: {:.3}", of_all.of_right(of_all.both));
}

fn measure(records: &[Value], wanted: impl Fn(&str) -> bool) -> BTreeMap<String, Count> {
    let mut types: BTreeMap<String, Count> = BTreeMap::new();
    for record in records {
        let Some(text) = record["text"].as_str().filter(|text| wanted(text)) else { continue };
        let gold = record["event"].as_str().unwrap();
        let document = Document::read(text.trim_matches(['{', '}', ' ']).as_bytes(), "-").unwrap();
        let ledger = read(&document, "-", None);
        let first = ledger.assertions.first();
        let got = first.and_then(|line| line.act).map_or("none", Act::name);
        types.entry(got.to_owned()).or_default().got += 1;
        let count = types.entry(gold.to_owned()).or_default();
        count.gold += 1;
        let source = fits(&record["source"], first.and_then(|line| line.speaker_actor.as_ref()));
        let target = fits(&record["target"], first.and_then(|line| line.target_actor.as_ref()));
        if got == gold {
            count.right += 1;
            count.source += u32::from(source);
            count.target += u32::from(target);
            count.both += u32::from(source && target);
        }
        if std::env::var_os("SHOW").is_some() && !(got == gold && source && target) {
            let names = |party: &Value| party.to_string();
            println!(
                "{gold} -> {got}\n  {text}\n  source {source} {}: {:?}\n  target {target} {}: {:?}",
                names(&record["source"]),
                first.and_then(|l| l.speaker.as_ref()),
                names(&record["target"]),
                first.and_then(|l| l.target.as_ref())
            );
        }
    }
    types
}

/// Prints the table; all together, and the four acts together.
fn tell(types: &BTreeMap<String, Count>) -> (Count, Count) {
    println!(
        "| act | sentences | precision | recall | F1 | source | target | both |\n|---|---|---|---|---|---|---|---|"
    );
    let (mut all, mut four) = (Count::default(), Count::default());
    for (name, count) in types {
        count.row(name);
        all.add(count);
        if FOUR.contains(&name.as_str()) {
            four.add(count);
        }
    }
    four.row("those four of disputes");
    all.row("all");
    (all, four)
}

/// A third of the sentences, by FNV-1a of the text: not read while the tables were written.
fn is_held_back(text: &str) -> bool {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash >> 32).is_multiple_of(3)
}

/// Whether an actor is one of those that were coded: by its code, or by its words.
fn fits(gold: &Value, got: Option<&Actor>) -> bool {
    let Some(all) = gold.as_array().filter(|all| !all.is_empty()) else { return got.is_none() };
    let Some(got) = got else { return false };
    let words = got.text.to_lowercase();
    all.iter().any(|actor| {
        let code = after_iso(actor["code"].as_str().unwrap_or_default());
        let text = actor["actorText"].as_str().unwrap_or_default().to_lowercase();
        got.codes.first().is_some_and(|first| *first == code)
            || words.contains(&text)
            || text.contains(&words)
    })
}

/// Codes that the coders mistyped, as ISO 3166 has them.
fn after_iso(code: &str) -> &str {
    match code {
        "JAP" => "JPN",
        "ITL" => "ITA",
        "VTN" => "VNM",
        code => code,
    }
}

fn data(test: &str) -> Option<PathBuf> {
    let base = std::env::var_os("ONUS_TEST_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let path = base.join("statements/plover-gsr-dev.json");
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var_os("CI").is_none(), "{test}: no test data at {}", path.display());
    eprintln!("skipped: {test}: no test data");
    None
}
