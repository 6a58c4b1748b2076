//! Matches of one rule on one host are one finding: a count, its first and last, and where to look.

use std::collections::{BTreeMap, BTreeSet};

use onus_sigma::{RuleId, RuleSet};

use crate::pipeline::Matched;

/// Records and accounts kept of each finding.
const KEPT: usize = 50;

/// What a rule or an analytic found on one host.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// `F0001` and on, in order of weight.
    pub id: String,
    /// `rule` or `analytic`.
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
}

/// Gathers findings; memory grows with rules and hosts, not with matches.
pub(crate) struct Findings {
    rules: RuleSet,
    open: BTreeMap<(RuleId, Option<String>), Open>,
}

#[derive(Default)]
struct Open {
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

    pub(crate) fn add(&mut self, record: u64, matched: &Matched) {
        let open = self.open.entry((matched.rule, matched.host.clone())).or_default();
        open.count += 1;
        if let Some(time) = matched.timestamp {
            if open.first.is_none_or(|first| time < first) {
                open.first = Some(time);
                open.first_record = Some(record);
            }
            open.last = Some(open.last.map_or(time, |last| last.max(time)));
        }
        if open.records.len() < KEPT {
            open.records.push(record);
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

    /// All findings, the highest level first, then by time, rule and host.
    pub(crate) fn finish(self) -> Vec<Finding> {
        let mut all: Vec<_> = self.open.into_iter().collect();
        all.sort_by(|((rule_a, host_a), a), ((rule_b, host_b), b)| {
            let level = |rule: &RuleId| self.rules.meta(*rule).level;
            level(rule_b)
                .cmp(&level(rule_a))
                .then_with(|| (a.first, rule_a, host_a).cmp(&(b.first, rule_b, host_b)))
        });
        let finding = |(number, ((rule, host), open)): (usize, ((RuleId, Option<String>), Open))| {
            let meta = self.rules.meta(rule);
            Finding {
                id: format!("F{:04}", number + 1),
                kind: "rule",
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
            }
        };
        all.into_iter().enumerate().map(finding).collect()
    }
}
