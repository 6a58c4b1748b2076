//! Whether sensors that do not depend on each other show a claim. `docs/spec/claim.md`, “Rung 3, corroborated”.

use std::collections::BTreeMap;
use std::fmt;

use onus_event::in_windows_form;

use crate::movement::is_name_of;
use crate::record::Viewer;
use crate::{CitedRecord, Claim, Kind, Movement, Outcome, Rules, recompute};

/// Records of the two sides of a movement further apart, in microseconds, are not taken for one event.
const AT_ONCE: u64 = 300 * 1_000_000;

/// Who wrote a record. All logs of a host count as one, since who controls the host controls them all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sensor {
    /// The host of this name.
    Host(String),
    /// What watches the network or stands in it.
    Network(&'static str),
}

impl Sensor {
    /// The sensor of a record; `None` where its kind of event or its host is not disclosed, or it has none.
    fn of(viewer: &mut Viewer, record: &CitedRecord<'_>) -> Option<Self> {
        let event = viewer.view(record).ok()?;
        match event.shape.table.as_str() {
            table if in_windows_form(table) => {
                event.text("host_name").map(|name| Self::Host(name.to_ascii_lowercase()))
            }
            table if table.starts_with("zeek_") => Some(Self::Network("Zeek")),
            "w3c_proxy" => Some(Self::Network("the proxy")),
            _ => None,
        }
    }

    /// Whether neither could have been written by who controls the other.
    fn is_independent_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Host(one), Self::Host(two)) => !is_name_of(one, two),
            _ => self != other,
        }
    }
}

impl fmt::Display for Sensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(name) => write!(f, "the host {name}"),
            Self::Network(name) => f.write_str(name),
        }
    }
}

/// Two sensors, independent of each other, that each show the claim, if there are two. The claim must hold.
#[must_use]
pub fn corroborated(
    claim: &Claim,
    records: &BTreeMap<u64, CitedRecord<'_>>,
    rules: &Rules,
) -> Option<(Sensor, Sensor)> {
    match &claim.kind {
        Kind::Movement(params) => both_sides(params, records),
        Kind::Connection(params) if params.from.is_some() => each_alone(claim, records, rules),
        Kind::BytesSent(_) => each_alone(claim, records, rules),
        _ => None,
    }
}

/// A movement is one event seen from both sides if both records have the account, or the address with the port.
fn both_sides(params: &Movement, records: &BTreeMap<u64, CitedRecord<'_>>) -> Option<(Sensor, Sensor)> {
    let one_event = params.account.is_some() || (params.address.is_some() && params.port.is_some());
    if !one_event || params.departed.0.abs_diff(params.arrived.0) > AT_ONCE {
        return None;
    }
    let mut viewer = Viewer::default();
    let left = Sensor::of(&mut viewer, records.get(&params.departure)?)?;
    let came = Sensor::of(&mut viewer, records.get(&params.arrival)?)?;
    left.is_independent_of(&came).then_some((left, came))
}

/// The records of each sensor are taken for themselves, and the claim must follow from those of two.
fn each_alone(
    claim: &Claim,
    records: &BTreeMap<u64, CitedRecord<'_>>,
    rules: &Rules,
) -> Option<(Sensor, Sensor)> {
    let mut viewer = Viewer::default();
    let mut sensors: Vec<(Sensor, Vec<u64>)> = Vec::new();
    for number in &claim.cites {
        let Some(sensor) = Sensor::of(&mut viewer, records.get(number)?) else { continue };
        match sensors.iter_mut().find(|(known, _)| *known == sensor) {
            Some((_, own)) => own.push(*number),
            None => sensors.push((sensor, vec![*number])),
        }
    }
    if sensors.len() < 2 {
        return None;
    }
    let shows = |cites: Vec<u64>| {
        let alone = Claim { cites, ..claim.clone() };
        recompute(&alone, records, rules) == Outcome::Holds
    };
    let mut shown = sensors.into_iter().filter_map(|(sensor, own)| shows(own).then_some(sensor));
    let first = shown.next()?;
    let other = shown.find(|other| first.is_independent_of(other))?;
    Some((first, other))
}
