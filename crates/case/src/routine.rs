//! Which findings are routine: what a rule says of a host day after day is how the house works, or at least no news.

use std::collections::{BTreeMap, BTreeSet};

use crate::query::{Engine, text_at};
use crate::{CaseError, Finding};

const DAY: i64 = 86_400_000_000;
/// A rule that speaks of a host on fewer days than these is no routine there.
const DAYS: i64 = 5;
/// On one of so many of the days that the logs cover it is: as often as two days of a week.
const ONE_IN: i64 = 4;
/// On so many hosts for [`DAYS`] it is the way of the house, and routine on all.
const HOSTS: usize = 3;

/// Rules by id, each with the hosts on which it is routine; none are all.
pub(crate) struct Routine(BTreeMap<String, Option<BTreeSet<String>>>);

impl Routine {
    /// From all matches; `span` is the first and the last moment of all events (UTC, microseconds), `hosts` gives the
    /// host behind an address.
    pub(crate) fn of(
        engine: &Engine,
        span: Option<(i64, i64)>,
        hosts: &BTreeMap<String, String>,
    ) -> Result<Self, CaseError> {
        let (first, last) = span.unwrap_or_default();
        let covered = last.div_euclid(DAY) - first.div_euclid(DAY) + 1;
        if covered < DAYS {
            return Ok(Routine(BTreeMap::new()));
        }
        let number = format!("count(distinct cast(timestamp as bigint) / {DAY})");
        let question = format!(
            "select rule_id, host_name, {number} from raw_matches \
             where timestamp is not null and host_name is not null group by 1, 2 having {number} >= {DAYS}"
        );
        let mut days: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
        for batch in engine.query(&question)?.1 {
            for row in 0..batch.num_rows() {
                let host = text_at(&batch, 1, row);
                let host = hosts.get(&host).cloned().unwrap_or(host);
                let on = days.entry(text_at(&batch, 0, row)).or_default().entry(host).or_default();
                *on = (*on).max(text_at(&batch, 2, row).parse().unwrap_or_default());
            }
        }
        let routine = |on: BTreeMap<String, i64>| {
            let often = on.iter().filter(|(_, days)| *days * ONE_IN >= covered);
            (on.len() < HOSTS).then(|| often.map(|(host, _)| host.clone()).collect())
        };
        Ok(Routine(days.into_iter().map(|(rule, on)| (rule, routine(on))).collect()))
    }

    pub(crate) fn has(&self, finding: &Finding) -> bool {
        let here = |on: &BTreeSet<String>| finding.host.as_ref().is_some_and(|host| on.contains(host));
        self.0.get(&*finding.rule_id).is_some_and(|on| on.as_ref().is_none_or(here))
    }
}
