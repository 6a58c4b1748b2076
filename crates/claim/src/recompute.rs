//! A claim derived again from the records that it cites.

use std::collections::{BTreeMap, BTreeSet};

use crate::record::Viewer;
use crate::witness::{Witness, differs, same_address};
use crate::{
    BytesSent, CitedRecord, Claim, Kind, Moment, Order, Rules, Sequence, correlation, movement, observed,
    rule, values,
};

/// What recomputing a claim gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The claim follows from the records.
    Holds,
    /// The records are known well enough, and the claim does not follow from them.
    Differs {
        /// What is otherwise than claimed.
        what: String,
    },
    /// Fields that may be hidden could change the result.
    NeedsHidden {
        /// The fields.
        fields: Vec<String>,
    },
    /// The computation cannot be done here.
    Unsupported {
        /// Why not.
        why: String,
    },
}

impl Outcome {
    /// Holds, if nothing hidden was asked for.
    pub(crate) fn of_hidden(hidden: BTreeSet<String>) -> Self {
        if hidden.is_empty() {
            Self::Holds
        } else {
            Self::NeedsHidden { fields: hidden.into_iter().collect() }
        }
    }
}

/// Derives `claim` from those of `records` that it cites. The claim's sentence plays no part.
pub fn recompute(claim: &Claim, records: &BTreeMap<u64, CitedRecord<'_>>, rules: &Rules) -> Outcome {
    if claim.cites.is_empty() {
        return differs("the claim cites no record");
    }
    let unique: BTreeSet<u64> = claim.cites.iter().copied().collect();
    let mut cited = Vec::with_capacity(unique.len());
    for record in unique {
        match records.get(&record) {
            Some(found) => cited.push(found),
            None => return Outcome::Unsupported { why: format!("the cited record {record} is not there") },
        }
    }
    let computed = match &claim.kind {
        Kind::RuleMatch(params) => Ok(rule::recompute(params, &cited, rules)),
        Kind::BytesSent(params) => bytes_sent(params, &cited),
        Kind::Sequence(params) => sequence(params, &cited),
        Kind::Correlation(params) => correlation::recompute(params, &cited, rules),
        Kind::Movement(params) => movement::recompute(params, &cited),
        Kind::Order(params) => order(params, &cited),
        Kind::SameTool(params) => values::same_tool(params, &cited),
        Kind::FirstSeen(params) => values::first_seen(params, &cited),
        Kind::Whole(_) => Ok(Outcome::Unsupported { why: WHOLE.to_owned() }),
        kind => match observed::observation(kind) {
            Some(claimed) => observed::recompute(kind, &claimed, &cited),
            None => Ok(Outcome::Unsupported { why: format!("no computation for the kind {}", kind.name()) }),
        },
    };
    computed.unwrap_or_else(|stopped| stopped)
}

/// What a statement about all records needs.
const WHOLE: &str = "it speaks of all records, and what is cited is a part: a verifier would need every record of \
    the tree with its fields, and would have to compute over them all";

/// Both ends of a connection.
type Connection = (Option<i64>, Option<i64>);

fn bytes_sent(params: &BytesSent, records: &[&CitedRecord<'_>]) -> Result<Outcome, Outcome> {
    let mut viewer = Viewer::default();
    let mut connections: BTreeMap<Connection, u64> = BTreeMap::new();
    for record in records {
        let seen = Witness::new(&mut viewer, record)?;
        for (core, wanted) in [("source_ip", &params.from), ("destination_ip", &params.to)] {
            let found = seen.text(core)?;
            if !same_address(found, wanted) {
                return Ok(differs(format!("record {} has {core} {found}, not {wanted}", record.record)));
            }
        }
        let time = seen.time()?;
        if time < params.from_time || time > params.to_time {
            return Ok(differs(format!("record {} is of {time}, outside the stated time", record.record)));
        }
        let sent = u64::try_from(seen.int("source_bytes")?).unwrap_or(0);
        let key = (seen.event.int("source_port"), seen.event.int("destination_port"));
        let most = connections.entry(key).or_default();
        *most = sent.max(*most);
    }
    let found = lower_bound(&connections);
    if found < params.at_least {
        return Ok(differs(format!("the records show {found} bytes, not {}", params.at_least)));
    }
    Ok(Outcome::Holds)
}

/// Two sensors may report one connection, so of each only the largest record counts; and records that do not
/// name both ports may be of a connection that is counted already.
fn lower_bound(connections: &BTreeMap<Connection, u64>) -> u64 {
    let whole = |(key, _): &(&Connection, &u64)| key.0.is_some() && key.1.is_some();
    let (named, unnamed): (Vec<_>, Vec<_>) = connections.iter().partition(whole);
    let named = named.into_iter().fold(0_u64, |sum, (_, sent)| sum.saturating_add(*sent));
    let unnamed = unnamed.into_iter().map(|(_, sent)| *sent).max().unwrap_or(0);
    named.max(unnamed)
}

fn sequence(params: &Sequence, records: &[&CitedRecord<'_>]) -> Result<Outcome, Outcome> {
    let wanted = [(params.first, &params.host), (params.then, &params.host)];
    in_order(&wanted, 0, records)
}

fn order(params: &Order, records: &[&CitedRecord<'_>]) -> Result<Outcome, Outcome> {
    if params.records.len() < 2 || params.records.len() != params.hosts.len() {
        return Ok(differs("it names fewer than two records, or not one host for each"));
    }
    if let Some(other) = records.iter().find(|record| !params.records.contains(&record.record)) {
        return Ok(differs(format!("record {} is cited and has no place in the order", other.record)));
    }
    let wanted: Vec<(u64, &String)> = params.records.iter().copied().zip(&params.hosts).collect();
    in_order(&wanted, params.apart, records)
}

/// Each record is of its host and before the next; neighbours of different hosts at least `apart` seconds.
fn in_order(wanted: &[(u64, &String)], apart: u64, records: &[&CitedRecord<'_>]) -> Result<Outcome, Outcome> {
    let mut viewer = Viewer::default();
    let mut before: Option<(u64, Moment, &String)> = None;
    for (number, host) in wanted {
        let Some(record) = records.iter().find(|record| record.record == *number) else {
            return Ok(differs(format!("record {number} is not cited")));
        };
        let seen = Witness::new(&mut viewer, record)?;
        seen.is_of(host)?;
        let time = seen.time()?;
        if let Some((first, earlier, other)) = before {
            if earlier >= time {
                return Ok(differs(format!("record {first} is of {earlier}, and record {number} of {time}")));
            }
            let gap = time.0.abs_diff(earlier.0);
            if !other.eq_ignore_ascii_case(host) && gap < apart.saturating_mul(1_000_000) {
                return Ok(differs(format!(
                    "the records {first} and {number} lie less than {apart} seconds apart, on two hosts"
                )));
            }
        }
        before = Some((*number, time, host));
    }
    Ok(Outcome::Holds)
}
