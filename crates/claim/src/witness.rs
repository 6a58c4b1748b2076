//! What a record says, or the outcome if it does not: what is hidden is never taken for absent.

use std::borrow::Cow;
use std::net::IpAddr;

use crate::readings::{Origin, REPLICATED, REPLICATION, Reading, of_kind};
use crate::record::{Event, Viewer, find, text_of};
use crate::{CitedRecord, Moment, Outcome};

pub(crate) fn differs(what: impl Into<String>) -> Outcome {
    Outcome::Differs { what: what.into() }
}

/// How a value is compared with the one that is stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compare {
    /// Byte by byte.
    Exact,
    /// Without regard to ASCII letter case.
    Folded,
    /// As addresses.
    Address,
    /// As an integer.
    Number,
    /// As an integer that is at least the stated one.
    AtLeast,
    /// `algorithm:hex` among Sysmon's `SHA1=…,MD5=…`.
    Hash,
    /// `DOMAIN\name`, of which a stated name without `\` is compared with the name alone.
    Account,
}

impl Compare {
    pub(crate) fn holds(self, found: &str, stated: &str) -> bool {
        let number = |text: &str| text.trim().parse::<i64>().ok();
        match self {
            Self::Exact => found == stated,
            Self::Folded => found.eq_ignore_ascii_case(stated),
            Self::Address => same_address(found, stated),
            Self::Number => number(found).is_some_and(|found| Some(found) == number(stated)),
            Self::AtLeast => {
                let found = number(found).map(|found| found.max(0).unsigned_abs());
                found.is_some_and(|found| stated.parse().is_ok_and(|stated: u64| found >= stated))
            }
            Self::Hash => stated.split_once(':').is_some_and(|(kind, hex)| {
                let parts = found.split(',').filter_map(|part| part.split_once('='));
                parts
                    .map(|(known, value)| (known.trim(), value.trim()))
                    .any(|(known, value)| known.eq_ignore_ascii_case(kind) && value.eq_ignore_ascii_case(hex))
            }),
            Self::Account if stated.contains('\\') => found.eq_ignore_ascii_case(stated),
            Self::Account => found.rsplit('\\').next().is_some_and(|name| name.eq_ignore_ascii_case(stated)),
        }
    }
}

/// Whether two texts are the same IP address; an IPv4-mapped one is its IPv4 address.
pub(crate) fn same_address(found: &str, stated: &str) -> bool {
    match (found.parse::<IpAddr>(), stated.parse::<IpAddr>()) {
        (Ok(found), Ok(stated)) => found.to_canonical() == stated.to_canonical(),
        _ => false,
    }
}

/// A record as it bears witness.
pub(crate) struct Witness<'a> {
    pub(crate) record: &'a CitedRecord<'a>,
    pub(crate) event: Event,
}

impl<'a> Witness<'a> {
    pub(crate) fn new(viewer: &mut Viewer, record: &'a CitedRecord<'a>) -> Result<Self, Outcome> {
        let event = viewer.view(record).map_err(|why| Outcome::Unsupported { why })?;
        Ok(Self { record, event })
    }

    /// The record by its number, for sentences.
    pub(crate) fn name(&self) -> String {
        format!("record {}", self.record.record)
    }

    /// Something is not there: proof of that only if nothing of the record is hidden.
    pub(crate) fn lacks(&self, what: &str, fields: impl IntoIterator<Item = &'static str>) -> Outcome {
        if self.record.complete {
            return differs(format!("{} has no {what}", self.name()));
        }
        let mut all: Vec<String> = fields.into_iter().map(str::to_owned).collect();
        all.extend(self.event.untold().into_iter().map(str::to_owned));
        all.dedup();
        Outcome::NeedsHidden { fields: all }
    }

    /// The text in a core column.
    pub(crate) fn text(&self, core: &str) -> Result<&str, Outcome> {
        self.event.text(core).ok_or_else(|| self.lacks(core, self.event.shape.fields_of(core)))
    }

    /// The number in a core column.
    pub(crate) fn int(&self, core: &str) -> Result<i64, Outcome> {
        self.event.int(core).ok_or_else(|| self.lacks(core, self.event.shape.fields_of(core)))
    }

    pub(crate) fn time(&self) -> Result<Moment, Outcome> {
        self.event.time.map(Moment).ok_or_else(|| self.lacks("time", onus_event::TIME_FIELDS.iter().copied()))
    }

    /// The record is of the host.
    pub(crate) fn is_of(&self, host: &str) -> Result<(), Outcome> {
        let found = self.text("host_name")?;
        if found.eq_ignore_ascii_case(host) {
            return Ok(());
        }
        Err(differs(format!("{} is of the host {found}, not {host}", self.name())))
    }

    /// The record is of the time.
    pub(crate) fn is_at(&self, time: Moment) -> Result<(), Outcome> {
        self.is_near(time, 0)
    }

    /// The record is of the time, give or take so many seconds.
    pub(crate) fn is_near(&self, time: Moment, seconds: u64) -> Result<(), Outcome> {
        let found = self.time()?;
        if found.0.abs_diff(time.0) <= seconds.saturating_mul(1_000_000) {
            Ok(())
        } else {
            Err(differs(format!("{} is of {found}, not {time}", self.name())))
        }
    }

    /// How a kind of claim reads the event.
    pub(crate) fn reading(&self, kind: &str, variant: &str) -> Result<&'static Reading, Outcome> {
        let reading = of_kind(kind)
            .find(|reading| reading.table == self.event.shape.table && reading.variant == variant);
        let Some(reading) = reading else {
            let untold = self.event.untold();
            if !self.record.complete && !untold.is_empty() {
                return Err(self.lacks("shape", []));
            }
            let what = if variant.is_empty() { kind.to_owned() } else { format!("{kind} ({variant})") };
            return Err(differs(format!(
                "{} is of the kind {}, of which no claim of the kind {what} speaks",
                self.name(),
                self.event.shape.table
            )));
        };
        let Some((field, wanted)) = reading.when else { return Ok(reading) };
        match self.field(field) {
            None => Err(self.lacks(field, [field])),
            Some(found) if found.eq_ignore_ascii_case(wanted) => Ok(reading),
            Some(found) => Err(differs(format!("{} has {field} {found}, not {wanted}", self.name()))),
        }
    }

    /// A property of the event.
    pub(crate) fn property(&self, reading: &Reading, name: &str) -> Result<Cow<'_, str>, Outcome> {
        let Some(sources) = reading.property(name) else {
            return Err(differs(format!(
                "{} is of the kind {}, which shows no {name}",
                self.name(),
                reading.table
            )));
        };
        // A source of which no field is there says nothing; the next one may.
        let present = sources.iter().find(|from| from.fields().any(|field| self.field(field).is_some()));
        match present {
            Some(from) => self.read(*from, name),
            None => Err(self.lacks(name, sources.iter().flat_map(|from| from.fields()))),
        }
    }

    fn read(&self, from: Origin, name: &str) -> Result<Cow<'_, str>, Outcome> {
        let need = |field: &'static str| self.field(field).ok_or_else(|| self.lacks(field, [field]));
        let absent = || differs(format!("{} has no {name}", self.name()));
        match from {
            Origin::Field(field) => need(field),
            Origin::Account(domain, user) => {
                let user = need(user)?;
                match self.field(domain) {
                    None if !self.record.complete => Err(self.lacks(domain, [domain])),
                    Some(domain) if !is_blank(&domain) => Ok(Cow::Owned(format!("{domain}\\{user}"))),
                    _ => Ok(user),
                }
            }
            Origin::Task(field) => task_command(&need(field)?).map(Cow::Owned).ok_or_else(absent),
            Origin::Share(share, path) => Ok(Cow::Owned(format!("{}\\{}", need(share)?, need(path)?))),
            Origin::Replication(field) => {
                let rights = need(field)?.to_ascii_lowercase();
                let named = REPLICATION.iter().any(|right| rights.contains(right));
                named.then_some(Cow::Borrowed(REPLICATED)).ok_or_else(absent)
            }
        }
    }

    /// A field's text, by its exact name.
    pub(crate) fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        let found = find(self.record, name).filter(|(field, _)| *field == name);
        found.map(|(_, value)| text_of(value))
    }
}

/// Whether logs write this where they have no value.
pub(crate) fn is_blank(text: &str) -> bool {
    matches!(text, "" | "-")
}

/// The command of a task's XML, and its arguments after a space.
fn task_command(xml: &str) -> Option<String> {
    let element = |name: &str| {
        let (_, rest) = xml.split_once(&format!("<{name}>"))?;
        rest.split_once(&format!("</{name}>")).map(|(text, _)| text)
    };
    let command = element("Command")?;
    Some(element("Arguments").map_or_else(|| command.to_owned(), |more| format!("{command} {more}")))
}
