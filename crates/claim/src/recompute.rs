//! A claim derived again from the records that it cites.

use std::collections::{BTreeMap, BTreeSet};

use crate::record::{Event, Viewer};
use crate::{BytesSent, CitedRecord, Claim, Kind, Moment, Rules, Sequence, rule};

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

fn differs(what: impl Into<String>) -> Outcome {
    Outcome::Differs { what: what.into() }
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
    };
    computed.unwrap_or_else(|stopped| stopped)
}

/// Core columns that a claim of the kind reads, besides the record's time.
pub(crate) fn core_columns(kind: &Kind) -> &'static [&'static str] {
    match kind {
        Kind::RuleMatch(_) => &[],
        Kind::BytesSent(_) => {
            &["source_ip", "source_port", "destination_ip", "destination_port", "source_bytes"]
        }
        Kind::Sequence(_) => &["host_name"],
    }
}

/// What a record says, or the outcome if it does not.
struct Witness<'a> {
    record: &'a CitedRecord<'a>,
    event: Event,
}

impl<'a> Witness<'a> {
    fn new(viewer: &mut Viewer, record: &'a CitedRecord<'a>) -> Result<Self, Outcome> {
        let event = viewer.view(record).map_err(|why| Outcome::Unsupported { why })?;
        Ok(Self { record, event })
    }

    /// A core column is empty: proof of that only if nothing of the record is hidden.
    fn lacks(&self, core: &str, fields: &[&str]) -> Outcome {
        if self.record.complete {
            return differs(format!("record {} has no {core}", self.record.record));
        }
        Outcome::NeedsHidden { fields: fields.iter().map(|field| (*field).to_owned()).collect() }
    }

    fn text(&self, core: &str) -> Result<&str, Outcome> {
        self.event.text(core).ok_or_else(|| self.lacks(core, &self.event.shape.fields_of(core)))
    }

    fn int(&self, core: &str) -> Result<i64, Outcome> {
        self.event.int(core).ok_or_else(|| self.lacks(core, &self.event.shape.fields_of(core)))
    }

    fn time(&self) -> Result<Moment, Outcome> {
        self.event.time.map(Moment).ok_or_else(|| self.lacks("time", onus_event::TIME_FIELDS))
    }
}

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

fn same_address(found: &str, wanted: &str) -> bool {
    use std::net::IpAddr;
    match (found.parse::<IpAddr>(), wanted.parse::<IpAddr>()) {
        (Ok(found), Ok(wanted)) => found.to_canonical() == wanted.to_canonical(),
        _ => false,
    }
}

fn sequence(params: &Sequence, records: &[&CitedRecord<'_>]) -> Result<Outcome, Outcome> {
    let mut viewer = Viewer::default();
    let mut times = Vec::with_capacity(2);
    for wanted in [params.first, params.then] {
        let Some(record) = records.iter().find(|record| record.record == wanted) else {
            return Ok(differs(format!("record {wanted} is not cited")));
        };
        let seen = Witness::new(&mut viewer, record)?;
        let host = seen.text("host_name")?;
        if !host.eq_ignore_ascii_case(&params.host) {
            return Ok(differs(format!("record {wanted} is of the host {host}, not {}", params.host)));
        }
        times.push(seen.time()?);
    }
    match times[..] {
        [first, then] if first < then => Ok(Outcome::Holds),
        [first, then] => Ok(differs(format!(
            "record {} is of {first}, and record {} of {then}",
            params.first, params.then
        ))),
        _ => Ok(Outcome::Unsupported { why: "a record has no time".to_owned() }),
    }
}
