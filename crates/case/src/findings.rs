//! Matches of one rule on one host are one finding: a count, its first and last, its values, and where to look.
//! What an entry of the allow-list covers is a finding of its own, so that the rest stands without it.

use std::collections::BTreeMap;
use std::sync::Arc;

use onus_sigma::{RuleId, RuleMeta, RuleSet};

use crate::allow::AllowEntry;
use crate::context::{FieldValues, Values};
use crate::pipeline::Matched;
use crate::pool::{Pool, insert_tight, push_tight};

/// Records and accounts kept of each finding.
const KEPT: usize = 50;

/// The entry of the allow-list that covers a finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Allowed {
    /// The entry's key, which stays the same wherever it stands in the list.
    pub(crate) key: String,
    /// Its reason.
    pub reason: String,
    /// The last day on which it applies.
    pub expires: String,
}

impl Allowed {
    /// Covered by an entry.
    pub(crate) fn of(entry: &AllowEntry) -> Self {
        Allowed { key: entry.key(), reason: entry.reason.clone(), expires: entry.expires.clone() }
    }
}

/// What a rule or an analytic found on one host.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Finding {
    /// `F0001` and on, in order of weight.
    pub id: String,
    /// `rule`, `correlation` (a rule over matches of others) or `analytic`.
    pub kind: &'static str,
    /// The rule's id, or the analytic's name.
    pub rule_id: Arc<str>,
    /// What it is.
    pub title: Arc<str>,
    /// Sigma level.
    pub level: &'static str,
    /// Tags of the rule, ATT&CK techniques among them.
    pub tags: Arc<[String]>,
    /// The intrusion that it belongs to, if any.
    pub intrusion: Option<String>,
    /// The host, if the events name one; for network logs the host behind the address, or the address.
    pub host: Option<String>,
    /// Accounts that the events name, at most 50.
    pub accounts: Vec<String>,
    /// Outside addresses that the events name, at most 50.
    pub addresses: Vec<String>,
    /// How many matches.
    pub count: u64,
    /// The first match (UTC, microseconds).
    pub first: Option<i64>,
    /// The last match.
    pub last: Option<i64>,
    /// The record of the first match in time.
    pub first_record: Option<u64>,
    /// The first records, at most 50.
    pub records: Arc<[u64]>,
    /// The table of the first match; empty for analytics.
    pub shape: Arc<str>,
    /// The values that made the matches, by field.
    pub values: Vec<FieldValues>,
    /// The entry of the allow-list that covers it, which keeps it out of the story.
    pub allowed: Option<Arc<Allowed>>,
}

/// Whether a level makes an intrusion, rather than follow one.
pub(crate) fn is_weighty(level: &str) -> bool {
    matches!(level, "medium" | "high" | "critical")
}

/// Gathers findings; memory grows with rules and hosts, not with matches.
pub(crate) struct Findings {
    rules: RuleSet,
    texts: Pool,
    open: BTreeMap<Key, Box<Open>>,
}

type Key = (RuleId, Option<Arc<str>>, Option<Arc<Allowed>>);

#[derive(Default)]
struct Open {
    shape: Arc<str>,
    values: Values,
    /// In order.
    accounts: Vec<Arc<str>>,
    /// In order.
    addresses: Vec<Arc<str>>,
    first_record: Option<u64>,
    count: u64,
    first: Option<i64>,
    last: Option<i64>,
    records: Vec<u64>,
}

/// What a rule says of all its findings.
struct Told {
    rule_id: Arc<str>,
    title: Arc<str>,
    level: &'static str,
    tags: Arc<[String]>,
}

impl Told {
    fn of(meta: &RuleMeta) -> Self {
        Told {
            rule_id: meta.id.as_str().into(),
            title: meta.title.as_str().into(),
            level: meta.level.as_str(),
            tags: meta.tags.as_slice().into(),
        }
    }
}

fn texts(list: &[Arc<str>]) -> Vec<String> {
    list.iter().map(|text| text.to_string()).collect()
}

/// Adds a text to a list in order, up to [`KEPT`].
fn keep(list: &mut Vec<Arc<str>>, text: &str, texts: &mut Pool) {
    if list.len() < KEPT
        && let Err(place) = list.binary_search_by(|known| (**known).cmp(text))
    {
        insert_tight(list, place, texts.get(text));
    }
}

impl Findings {
    pub(crate) fn new(rules: RuleSet) -> Self {
        Findings { rules, texts: Pool::default(), open: BTreeMap::new() }
    }

    /// Adds a match; returns how many records its finding had before.
    pub(crate) fn add(&mut self, record: u64, matched: &Matched, allowed: Option<Allowed>) -> usize {
        let texts = &mut self.texts;
        let host = matched.host.as_ref().map(|host| texts.get(host));
        let open = self.open.entry((matched.rule, host, allowed.map(Arc::new))).or_default();
        if open.count == 0 {
            open.shape = texts.get(&matched.shape);
        }
        open.values.add(&matched.reasons, texts);
        // A correlation's firing rests on several records.
        let (records, time) = match &matched.span {
            Some(span) => (span.records.as_slice(), Some((span.first, span.last))),
            None => (std::slice::from_ref(&record), matched.timestamp.map(|time| (time, time))),
        };
        open.count += 1;
        if let Some((from, to)) = time {
            if open.first.is_none_or(|first| from < first) {
                open.first = Some(from);
                open.first_record = records.first().copied();
            }
            open.last = Some(open.last.map_or(to, |last| last.max(to)));
        }
        let before = open.records.len();
        for record in records {
            if open.records.len() < KEPT && !open.records.contains(record) {
                push_tight(&mut open.records, *record);
            }
        }
        for address in &matched.addresses {
            keep(&mut open.addresses, address, texts);
        }
        if let Some(user) = &matched.user {
            keep(&mut open.accounts, user, texts);
        }
        before
    }

    /// All findings, those that are allowed last; of each the highest level first, then by time, rule and host.
    /// Their ids are given later.
    pub(crate) fn finish(self) -> Vec<Finding> {
        let mut all: Vec<(Key, Box<Open>)> = self.open.into_iter().collect();
        all.sort_by(|((rule_a, host_a, allowed_a), a), ((rule_b, host_b, allowed_b), b)| {
            let level = |rule: &RuleId| self.rules.meta(*rule).level;
            allowed_a
                .cmp(allowed_b)
                .then_with(|| level(rule_b).cmp(&level(rule_a)))
                .then_with(|| (a.first, rule_a, host_a).cmp(&(b.first, rule_b, host_b)))
        });
        let mut told: BTreeMap<RuleId, Told> = BTreeMap::new();
        let finding = |((rule, host, allowed), open): (Key, Box<Open>)| {
            let told = told.entry(rule).or_insert_with(|| Told::of(self.rules.meta(rule)));
            Finding {
                id: String::new(),
                kind: if self.rules.correlation(rule).is_some() { "correlation" } else { "rule" },
                rule_id: Arc::clone(&told.rule_id),
                title: Arc::clone(&told.title),
                level: told.level,
                tags: Arc::clone(&told.tags),
                intrusion: None,
                host: host.map(|host| host.to_string()),
                accounts: texts(&open.accounts),
                addresses: texts(&open.addresses),
                first_record: open.first_record,
                count: open.count,
                first: open.first,
                last: open.last,
                records: open.records.into(),
                shape: open.shape,
                values: open.values.finish(),
                allowed,
            }
        };
        all.into_iter().map(finding).collect()
    }
}
