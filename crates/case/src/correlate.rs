//! Matches that correlation rules read ─► in order of time ─► firings, each a match and part of a finding.
//!
//! Where no rule is a correlation nothing is kept and nothing is written.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::path::Path;

use arrow_array::RecordBatch;
use onus_event::{format_micros, parse_micros};
use onus_proof::Digest;
use onus_sigma::{
    Aliased, BatchRow, CorrelationEvent, FieldLookup as _, Firing, Match, RuleId, RuleSet, Shortfall,
};
use onus_source::SourceId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::CaseError;
use crate::pipeline::{Matched, Span};
use crate::spill::{Sorted, Sorter};

/// Longer values are told apart by their beginning and their SHA-256.
const MAX_VALUE: usize = 256;

/// The values that correlations need of a match; `None` where none of them reads the rule. Fields are sought
/// among those of the log, with the names that its kind is known by, then among the core columns.
pub(crate) fn values(
    rules: &RuleSet,
    aliases: &[(&str, &str)],
    native: &RecordBatch,
    stored: &RecordBatch,
    found: &Match,
) -> Option<Vec<Option<String>>> {
    let fields = rules.correlated_fields(found.rule)?;
    let row = found.row as usize;
    let native = BatchRow { batch: native, row };
    let native = Aliased { fields: &native, aliases };
    let core = BatchRow { batch: stored, row };
    let value = |field: &String| {
        let found = native.get(field).or_else(|| core.get(field))?;
        Some(bounded(&found))
    };
    Some(fields.iter().map(value).collect())
}

fn bounded(value: &str) -> String {
    if value.len() <= MAX_VALUE {
        return value.to_owned();
    }
    let digest = Digest(Sha256::digest(value.as_bytes()).into()).to_hex();
    format!("{}… (SHA-256 {digest})", &value[..value.floor_char_boundary(MAX_VALUE)])
}

/// A match that correlations read, in the order of time, record and rule.
#[derive(Serialize, Deserialize)]
struct Base {
    time: i64,
    record: u64,
    rule: u32,
    values: Vec<Option<String>>,
    seen: Seen,
}

/// What a firing takes from the match that completed it.
#[derive(Clone, Serialize, Deserialize)]
struct Seen {
    source: SourceId,
    shape: String,
    host: Option<String>,
    user: Option<String>,
    addresses: Vec<String>,
}

impl Base {
    fn key(&self) -> (i64, u64, u32) {
        (self.time, self.record, self.rule)
    }
}

impl PartialEq for Base {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Base {}

impl PartialOrd for Base {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Base {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl Sorted for Base {
    fn bytes(&self) -> usize {
        let text = |text: &Option<String>| 24 + text.as_ref().map_or(0, String::len);
        let own = self.values.iter().map(text).sum::<usize>() + text(&self.seen.host) + text(&self.seen.user);
        200 + own + self.seen.shape.len() + self.seen.addresses.iter().map(|a| a.len() + 24).sum::<usize>()
    }
}

/// Collects what correlations read.
pub(crate) struct Correlations {
    rules: RuleSet,
    sorter: Sorter<Base>,
    untimed: u64,
}

impl Correlations {
    pub(crate) fn new(folder: &Path, rules: RuleSet) -> Self {
        Correlations { rules, sorter: Sorter::new(folder.join("correlations.tmp")), untimed: 0 }
    }

    /// Keeps a match that a correlation reads; whether the match speaks for itself too.
    pub(crate) fn take(&mut self, record: u64, matched: &mut Matched) -> Result<bool, CaseError> {
        let Some(values) = matched.values.take() else { return Ok(true) };
        match matched.timestamp {
            Some(time) => {
                let seen = Seen {
                    source: matched.source,
                    shape: matched.shape.clone(),
                    host: matched.host.clone(),
                    user: matched.user.clone(),
                    addresses: matched.addresses.clone(),
                };
                self.sorter.push(Base { time, record, rule: matched.rule.0, values, seen })?;
            }
            None => self.untimed += 1,
        }
        Ok(self.rules.reports(matched.rule))
    }

    /// All that was collected; nothing is left behind.
    pub(crate) fn taken(&mut self) -> Self {
        let (rules, untimed) = (self.rules.clone(), std::mem::take(&mut self.untimed));
        Correlations { rules, untimed, sorter: self.sorter.taken() }
    }

    /// Evaluates the correlations. Each firing that speaks for itself is given to `emit`; what had
    /// to be left out is returned in words.
    pub(crate) fn finish(
        self,
        emit: &mut dyn FnMut(Matched) -> Result<(), CaseError>,
    ) -> Result<Vec<String>, CaseError> {
        let rules = self.rules;
        let mut correlator = rules.correlator();
        // By record: what firings that it completed and that are under way take from it, and how many they are.
        let mut open: HashMap<u64, (Seen, usize)> = HashMap::new();
        let mut ended = Vec::new();
        self.sorter.finish(&mut |base| {
            let event = CorrelationEvent {
                rule: RuleId(base.rule),
                time: base.time,
                record: base.record,
                values: &base.values,
            };
            let begun = correlator.push(&event, &mut |firing| ended.push(firing));
            if begun > 0 {
                open.entry(base.record).or_insert((base.seen, 0)).1 += begun;
            }
            ended.drain(..).try_for_each(|firing| hand_on(&rules, &mut open, firing, emit))
        })?;
        let shortfalls = correlator.finish(&mut |firing| ended.push(firing));
        ended.into_iter().try_for_each(|firing| hand_on(&rules, &mut open, firing, emit))?;
        Ok(left_out(&rules, &shortfalls, self.untimed))
    }
}

fn hand_on(
    rules: &RuleSet,
    open: &mut HashMap<u64, (Seen, usize)>,
    firing: Firing,
    emit: &mut dyn FnMut(Matched) -> Result<(), CaseError>,
) -> Result<(), CaseError> {
    let Some((seen, left)) = open.get_mut(&firing.record) else { return Ok(()) };
    *left -= 1;
    let last = *left == 0;
    let seen = seen.clone();
    if last {
        open.remove(&firing.record);
    }
    if !rules.reports(firing.rule) {
        return Ok(());
    }
    let matched = Matched {
        record: firing.record,
        source: seen.source,
        rule: firing.rule,
        shape: seen.shape,
        timestamp: Some(firing.time),
        host: seen.host,
        user: seen.user,
        addresses: seen.addresses,
        why: why(rules, &firing).to_string(),
        reasons: Vec::new(),
        values: None,
        span: Some(Span { records: firing.records, first: firing.first, last: firing.last }),
    };
    emit(matched)
}

/// Why a correlation fired: its condition, the group, the number that it came to, when, and the records.
fn why(rules: &RuleSet, firing: &Firing) -> Value {
    let group: serde_json::Map<String, Value> =
        firing.group.iter().map(|(field, value)| (field.clone(), json!(value))).collect();
    let mut why = json!({
        "condition": rules.correlation(firing.rule).map(|c| c.condition.to_owned()),
        "group": group,
        "value": firing.value,
        "peak": firing.peak,
        "events": firing.events,
        "from": format_micros(firing.first),
        "completed": format_micros(firing.time),
        "to": format_micros(firing.last),
        "records": firing.records,
    });
    if !firing.values.is_empty() {
        why["values"] = json!(firing.values);
    }
    why
}

/// The records and moments in the column `why` of a correlation's match; `None` for other matches.
pub(crate) fn span(why: &str) -> Option<Span> {
    #[derive(Deserialize)]
    struct Stored {
        records: Vec<u64>,
        from: String,
        to: String,
    }
    let stored: Stored = serde_json::from_str(why).ok()?;
    let time = |text: &str| parse_micros(text).map(|(micros, _)| micros);
    Some(Span { records: stored.records, first: time(&stored.from)?, last: time(&stored.to)? })
}

fn left_out(rules: &RuleSet, shortfalls: &[Shortfall], untimed: u64) -> Vec<String> {
    let mut notes = Vec::new();
    if untimed > 0 {
        notes.push(format!(
            "{untimed} matches of rules that correlations read have no time and were left out of them"
        ));
    }
    for shortfall in shortfalls {
        notes.push(format!(
            "correlation {}: {} groups and {} events were forgotten early to keep memory bounded; it may have fired more often",
            rules.meta(shortfall.rule).title,
            shortfall.groups,
            shortfall.events
        ));
    }
    notes
}
