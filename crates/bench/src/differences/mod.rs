//! The same events and rules through Onus and through rsigma-eval: which pairs of rule and record only one finds.
//!
//! rsigma-eval knows no channels and has few names, so it is asked twice. *Named*: without any log source, on events
//! that also have the names that rules use, and of its answers those count where the record is of the rule's log
//! source as Onus sees it: what differs then differs in matching. *Tuned*, as its manual has it for Windows: what
//! differs there beside differs by names or by the choice of log sources.

mod ours;
mod report;
mod theirs;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use onus_case::Rules;
use onus_sigma::RuleId;

use crate::{Result, evidence, table};
use ours::Ours;
use theirs::Kind;

/// A rule is true of a record: the file's number, the record's number in it, the rule.
pub(crate) type Pair = (u32, u32, RuleId);

/// For one rule, how many records, and the first of each kind.
#[derive(Default)]
pub(crate) struct Row {
    both: u64,
    /// Matching, log source and names being the same.
    only_onus: Tally,
    only_peer: Tally,
    /// Found, or kept out by a filter, by a field that the record has under another name.
    names_onus: Tally,
    names_peer: Tally,
    /// Found by both where the log source is the same; the peer's pipeline keeps the rule from it.
    source_onus: Tally,
    /// Found by the peer in a log source for which the rule is not written.
    source_peer: Tally,
}

/// A number of records and the first of them.
#[derive(Default)]
pub(crate) struct Tally {
    records: u64,
    first: Option<(u32, u32)>,
}

impl Tally {
    fn add(&mut self, (file, record, _): Pair) {
        self.records += 1;
        let place = (file, record);
        self.first = Some(self.first.map_or(place, |first| first.min(place)));
    }
}

/// Compares on the EVTX samples and on the NDJSON archives, and prints what differs.
pub(crate) fn run(data: &Path, rules: &Path, shuffled: bool) -> Result<()> {
    let rules_path = rules;
    let rules = Rules::load(&[rules_path.to_owned()])?;
    let folder = tempfile::Builder::new().prefix("onus-bench-").tempdir()?;
    let evtx = folder.path().join("evtx");
    evidence::evtx(&data.join("evtx-attack-samples"), &evtx, 1)?;
    compare("EVTX", &evtx, &rules, rules_path)?;
    let json = folder.path().join("ndjson");
    let archives = data.join("windows-json");
    if shuffled {
        evidence::shuffled(&archives, &json, 1)?;
    } else {
        evidence::ndjson(&archives, &json)?;
    }
    compare("NDJSON", &json, &rules, rules_path)
}

fn compare(name: &str, input: &Path, rules: &Rules, rules_path: &Path) -> Result<()> {
    table::tell(&format!("{name}: Onus"));
    let ours = Ours::find(input, &rules.set)?;
    let ids: HashMap<&str, RuleId> = rules.set.iter().map(|(id, meta)| (meta.id.as_str(), id)).collect();
    table::tell(&format!("{name}: rsigma-eval, named"));
    let mut named = HashSet::new();
    let loaded = theirs::find(Kind::Named, input, rules_path, |place, rule| {
        if let (Some((file, record)), Some(rule)) = (ours.locate(place), ids.get(rule))
            && ours.serves(file, record, *rule)
        {
            named.insert((file, record, *rule));
        }
    })?;
    table::tell(&format!("{name}: rsigma-eval, tuned"));
    let (mut tuned, mut unknown) = (HashSet::new(), 0);
    theirs::find(Kind::Tuned, input, rules_path, |place, rule| match (ours.locate(place), ids.get(rule)) {
        (Some((file, record)), Some(rule)) => _ = tuned.insert((file, record, *rule)),
        _ => unknown += 1,
    })?;
    let rows = rows(&ours, &named, &tuned);
    let totals = report::Totals {
        name,
        records: ours.records(),
        onus: ours.pairs.len(),
        named: named.len(),
        tuned: tuned.len(),
        unknown,
    };
    table::show(&report::render(&totals, &rows, &ours, rules))?;
    table::show(&report::loaded(&loaded, rules))
}

fn rows(ours: &Ours, named: &HashSet<Pair>, tuned: &HashSet<Pair>) -> BTreeMap<RuleId, Row> {
    let mut rows: BTreeMap<RuleId, Row> = BTreeMap::new();
    for pair in &ours.pairs {
        let row = rows.entry(pair.2).or_default();
        match (named.contains(pair), tuned.contains(pair)) {
            (true, true) => row.both += 1,
            (true, false) if ours.renamed.contains(pair) => row.names_onus.add(*pair),
            (true, false) => row.source_onus.add(*pair),
            (false, _) => row.only_onus.add(*pair),
        }
    }
    for pair in named.difference(&ours.pairs) {
        rows.entry(pair.2).or_default().only_peer.add(*pair);
    }
    for pair in tuned.difference(&ours.pairs).filter(|pair| !named.contains(pair)) {
        let row = rows.entry(pair.2).or_default();
        let serves = ours.serves(pair.0, pair.1, pair.2);
        if serves { row.names_peer.add(*pair) } else { row.source_peer.add(*pair) }
    }
    rows
}
