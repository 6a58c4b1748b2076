//! From one host to another: what the records on both sides share.

use crate::readings::Reading;
use crate::record::Viewer;
use crate::witness::{Compare, Witness, differs, is_blank};
use crate::{CitedRecord, Kind, Movement, Outcome};

/// Records further apart in time, in microseconds, show no movement.
const REACH: i64 = 24 * 3_600 * 1_000_000;

/// A property that must stand on both sides.
struct Shared {
    property: &'static str,
    value: String,
    compare: Compare,
}

fn shared(params: &Movement) -> Vec<Shared> {
    let text = |property, value: &Option<String>, compare| {
        value.clone().map(|value| Shared { property, value, compare })
    };
    let port = params.port.map(|port| Shared {
        property: "port",
        value: port.to_string(),
        compare: Compare::Number,
    });
    [
        text("address", &params.address, Compare::Address),
        port,
        text("to_address", &params.to_address, Compare::Address),
        text("account", &params.account, Compare::Account),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The properties that a movement reads of its records, on either side.
pub(crate) fn stated(params: &Movement) -> Vec<&'static str> {
    let shared = shared(params).into_iter().map(|shared| shared.property);
    shared.chain(params.target.iter().flat_map(|_| ["target", "named_in"])).collect()
}

pub(crate) fn recompute(params: &Movement, records: &[&CitedRecord<'_>]) -> Result<Outcome, Outcome> {
    if is_name_of(&params.from, &params.to) {
        return Ok(differs(format!("{} and {} are one host", params.from, params.to)));
    }
    let by_port = params.address.is_some() && params.port.is_some();
    if !by_port && params.to_address.is_none() && params.target.is_none() {
        return Ok(differs(
            "it states neither address with port nor to_address nor target, so nothing that leads to the other host",
        ));
    }
    if params.departed.0.abs_diff(params.arrived.0) > REACH.unsigned_abs() {
        return Ok(differs("its two moments lie more than 24 hours apart"));
    }
    let mut viewer = Viewer::default();
    let sides = [
        ("departure", params.departure, &params.from, params.departed),
        ("arrival", params.arrival, &params.to, params.arrived),
    ];
    for (side, number, host, time) in sides {
        let Some(record) = records.iter().find(|record| record.record == number) else {
            return Ok(differs(format!("record {number} is not cited")));
        };
        let seen = Witness::new(&mut viewer, record)?;
        let reading = seen.reading(side, "")?;
        seen.is_of(host)?;
        seen.is_at(time)?;
        for shared in shared(params) {
            let found = seen.property(reading, shared.property)?;
            if !shared.compare.holds(&found, &shared.value) {
                let (record, property) = (seen.name(), shared.property);
                return Ok(differs(format!("{record} has {property} {found}, not {}", shared.value)));
            }
        }
        if let (Some(target), "departure") = (&params.target, side) {
            names(&seen, reading, target, &params.to)?;
        }
    }
    match records.iter().find(|r| r.record != params.departure && r.record != params.arrival) {
        Some(other) => Ok(differs(format!("record {} is on neither side", other.record))),
        None => Ok(Outcome::Holds),
    }
}

/// The record names the target, and that is the host.
fn names(seen: &Witness<'_>, reading: &Reading, target: &str, host: &str) -> Result<(), Outcome> {
    if !is_name_of(target, host) {
        return Err(differs(format!("{target} is no name of {host}")));
    }
    let named = if reading.property("named_in").is_some() {
        has_word(&seen.property(reading, "named_in")?, target)
    } else {
        seen.property(reading, "target")?.eq_ignore_ascii_case(target)
    };
    if named { Ok(()) } else { Err(differs(format!("{} does not name {target}", seen.name()))) }
}

/// Whether one text is the other, or its first part before a dot, whatever the letter case.
pub(crate) fn is_name_of(one: &str, other: &str) -> bool {
    let (one, other) = (one.to_ascii_lowercase(), other.to_ascii_lowercase());
    let begins = |long: &str, short: &str| {
        !short.is_empty() && long.strip_prefix(short).is_some_and(|rest| rest.starts_with('.'))
    };
    one == other || begins(&one, &other) || begins(&other, &one)
}

/// Whether a text has a word in it, whatever the letter case: with no letter, digit, `-` or `_` beside it.
fn has_word(text: &str, word: &str) -> bool {
    let (text, word) = (text.to_ascii_lowercase(), word.to_ascii_lowercase());
    let part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    !word.is_empty()
        && text.match_indices(&word).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let after = text[at + word.len()..].chars().next();
            !before.is_some_and(part) && !after.is_some_and(part)
        })
}

/// The movement that two whole records show, with all that they share; `None` if they show none.
#[must_use]
pub fn movement(departure: &CitedRecord<'_>, arrival: &CitedRecord<'_>) -> Option<Kind> {
    let mut viewer = Viewer::default();
    let left = Witness::new(&mut viewer, departure).ok()?;
    let came = Witness::new(&mut viewer, arrival).ok()?;
    let (reads_left, reads_came) = (left.reading("departure", "").ok()?, came.reading("arrival", "").ok()?);
    let both = |property: &str, compare: Compare| {
        let one = left.property(reads_left, property).ok()?;
        let other = came.property(reads_came, property).ok()?;
        (!is_blank(&one) && compare.holds(&other, &one)).then(|| one.into_owned())
    };
    let to = came.text("host_name").ok()?.to_owned();
    let account = left.property(reads_left, "account").ok().and_then(|one| {
        let other = came.property(reads_came, "account").ok()?;
        let name = one.rsplit('\\').next()?;
        (!is_blank(name) && Compare::Account.holds(&other, name)).then(|| name.to_owned())
    });
    let params = Movement {
        from: left.text("host_name").ok()?.to_owned(),
        departure: departure.record,
        departed: left.time().ok()?,
        arrival: arrival.record,
        arrived: came.time().ok()?,
        address: both("address", Compare::Address),
        port: both("port", Compare::Number).and_then(|port| port.parse().ok()).filter(|port| *port != 0),
        to_address: both("to_address", Compare::Address),
        target: target(&left, reads_left, &to),
        account,
        to,
    };
    let records = [departure, arrival];
    matches!(recompute(&params, &records), Ok(Outcome::Holds)).then_some(Kind::Movement(params))
}

/// The name by which a departure calls the host.
fn target(left: &Witness<'_>, reading: &Reading, host: &str) -> Option<String> {
    if let Ok(line) = left.property(reading, "named_in") {
        let short = host.split('.').next().unwrap_or(host);
        return [host, short].into_iter().find(|name| has_word(&line, name)).map(str::to_owned);
    }
    let named = left.property(reading, "target").ok()?;
    (!is_blank(&named) && is_name_of(&named, host)).then(|| named.into_owned())
}

/// The address from which somebody came, as the record on the side of the arrival has it.
#[must_use]
pub fn arrived_from(record: &CitedRecord<'_>) -> Option<String> {
    let mut viewer = Viewer::default();
    let came = Witness::new(&mut viewer, record).ok()?;
    let reading = came.reading("arrival", "").ok()?;
    let address = came.property(reading, "address").ok()?.parse::<std::net::IpAddr>().ok()?.to_canonical();
    (!address.is_loopback() && !address.is_unspecified()).then(|| address.to_string())
}
