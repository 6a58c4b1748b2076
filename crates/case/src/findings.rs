//! Matches of one rule on one host are one finding: a count, its first and last, its values, and where to look.
//! What an entry of the allow-list covers is a finding of its own, so that the rest stands without it.

use std::collections::{BTreeMap, BTreeSet};

use onus_sigma::{RuleId, RuleSet};

use crate::allow::AllowEntry;
use crate::context::{FieldValues, Values};
use crate::pipeline::Matched;

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
    pub rule_id: String,
    /// What it is.
    pub title: String,
    /// Sigma level.
    pub level: String,
    /// Tags of the rule, ATT&CK techniques among them.
    pub tags: Vec<String>,
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
    pub records: Vec<u64>,
    /// The table of the first match; empty for analytics.
    pub shape: String,
    /// The values that made the matches, by field.
    pub values: Vec<FieldValues>,
    /// The entry of the allow-list that covers it, which keeps it out of the story.
    pub allowed: Option<Allowed>,
}

/// Gathers findings; memory grows with rules and hosts, not with matches.
pub(crate) struct Findings {
    rules: RuleSet,
    open: BTreeMap<Key, Open>,
}

type Key = (RuleId, Option<String>, Option<Allowed>);

#[derive(Default)]
struct Open {
    shape: String,
    values: Values,
    accounts: BTreeSet<String>,
    addresses: BTreeSet<String>,
    first_record: Option<u64>,
    count: u64,
    first: Option<i64>,
    last: Option<i64>,
    records: Vec<u64>,
}

impl Findings {
    pub(crate) fn new(rules: RuleSet) -> Self {
        Findings { rules, open: BTreeMap::new() }
    }

    pub(crate) fn add(&mut self, record: u64, matched: &Matched, allowed: Option<Allowed>) {
        let open = self.open.entry((matched.rule, matched.host.clone(), allowed)).or_default();
        if open.count == 0 {
            open.shape.clone_from(&matched.shape);
        }
        open.values.add(&matched.reasons);
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
        for record in records {
            if open.records.len() < KEPT && !open.records.contains(record) {
                open.records.push(*record);
            }
        }
        for address in &matched.addresses {
            if open.addresses.len() < KEPT {
                open.addresses.insert(address.clone());
            }
        }
        if let Some(user) = &matched.user
            && open.accounts.len() < KEPT
        {
            open.accounts.insert(user.clone());
        }
    }

    /// All findings, those that are allowed last; of each the highest level first, then by time, rule and host.
    /// Their ids are given later.
    pub(crate) fn finish(self) -> Vec<Finding> {
        let mut all: Vec<(Key, Open)> = self.open.into_iter().collect();
        all.sort_by(|((rule_a, host_a, allowed_a), a), ((rule_b, host_b, allowed_b), b)| {
            let level = |rule: &RuleId| self.rules.meta(*rule).level;
            allowed_a
                .cmp(allowed_b)
                .then_with(|| level(rule_b).cmp(&level(rule_a)))
                .then_with(|| (a.first, rule_a, host_a).cmp(&(b.first, rule_b, host_b)))
        });
        let finding = |((rule, host, allowed), open): (Key, Open)| {
            let meta = self.rules.meta(rule);
            Finding {
                id: String::new(),
                kind: if self.rules.correlation(rule).is_some() { "correlation" } else { "rule" },
                rule_id: meta.id.clone(),
                title: meta.title.clone(),
                level: meta.level.as_str().to_owned(),
                tags: meta.tags.clone(),
                intrusion: None,
                host,
                accounts: open.accounts.into_iter().collect(),
                addresses: open.addresses.into_iter().collect(),
                first_record: open.first_record,
                count: open.count,
                first: open.first,
                last: open.last,
                records: open.records,
                shape: open.shape,
                values: open.values.finish(),
                allowed,
            }
        };
        all.into_iter().map(finding).collect()
    }
}
