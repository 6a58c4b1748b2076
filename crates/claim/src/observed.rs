//! The kinds that one record shows: each cited record must be such an event, of the stated host and time, with
//! every stated property.

use std::borrow::Cow;

use crate::readings::{AUTOSTART, CREDENTIALS, REPLICATED};
use crate::record::Viewer;
use crate::witness::{Compare, Witness, differs};
use crate::{CitedRecord, Kind, Moment, Outcome};

/// What a claim states of an event.
pub(crate) struct Observation<'a> {
    pub(crate) kind: &'static str,
    pub(crate) variant: &'static str,
    pub(crate) host: Option<&'a str>,
    pub(crate) time: Moment,
    /// Seconds by which a record's time may lie off.
    pub(crate) within: u64,
    pub(crate) stated: Vec<Stated<'a>>,
}

/// A stated property.
pub(crate) struct Stated<'a> {
    pub(crate) property: &'static str,
    pub(crate) value: Cow<'a, str>,
    pub(crate) compare: Compare,
}

/// The statements of one claim, as they are gathered.
struct Stating<'a>(Vec<Stated<'a>>);

impl<'a> Stating<'a> {
    fn text(mut self, property: &'static str, value: Option<&'a String>, compare: Compare) -> Self {
        self.0.extend(value.map(|value| Stated { property, value: Cow::Borrowed(value), compare }));
        self
    }

    fn number(mut self, property: &'static str, value: Option<u64>, compare: Compare) -> Self {
        self.0.extend(value.map(|value| Stated { property, value: Cow::Owned(value.to_string()), compare }));
        self
    }
}

/// What a claim states, if it is of a kind that one record shows.
pub(crate) fn observation(kind: &Kind) -> Option<Observation<'_>> {
    use Compare::{Account, Address, AtLeast, Exact, Folded, Hash, Number};
    let none = || Stating(Vec::new());
    let (variant, host, time, stated) = match kind {
        Kind::Process(p) => {
            let stated = none()
                .text("executable", Some(&p.executable), Folded)
                .text("command_line", p.command_line.as_ref(), Exact)
                .text("parent", p.parent.as_ref(), Folded)
                .text("account", p.account.as_ref(), Account)
                .text("hash", p.hash.as_ref(), Hash)
                .text("logon_id", p.logon_id.as_ref(), Folded);
            ("", Some(&p.host), p.time, stated)
        }
        Kind::Logon(p) => {
            let stated = none()
                .text("account", Some(&p.account), Account)
                .text("from", p.from.as_ref(), Address)
                .number("logon_type", p.logon_type.map(u64::from), Number)
                .text("logon_id", p.logon_id.as_ref(), Folded);
            (if p.failed { "true" } else { "false" }, Some(&p.host), p.time, stated)
        }
        Kind::Persistence(p) => {
            let stated = none()
                .text("name", Some(&p.name), Folded)
                .text("command", p.command.as_ref(), Exact)
                .text("account", p.account.as_ref(), Account)
                .text("runs_as", p.runs_as.as_ref(), Account);
            (p.mechanism.name(), Some(&p.host), p.time, stated)
        }
        Kind::CredentialAccess(p) => {
            let stated = none()
                .text("target", Some(&p.target), Folded)
                .text("executable", p.executable.as_ref(), Folded)
                .text("access", p.access.as_ref(), Folded)
                .text("account", p.account.as_ref(), Account);
            ("", Some(&p.host), p.time, stated)
        }
        Kind::Connection(p) => {
            let stated = none()
                .text("from", p.from.as_ref(), Address)
                .number("from_port", p.from_port.map(u64::from), Number)
                .text("to", p.to.as_ref(), Address)
                .number("to_port", p.to_port.map(u64::from), Number)
                .text("domain", p.domain.as_ref(), Folded)
                .text("executable", p.executable.as_ref(), Folded)
                .text("account", p.account.as_ref(), Account)
                .number("sent_at_least", p.sent_at_least, AtLeast);
            ("", p.host.as_ref(), p.time, stated)
        }
        Kind::File(p) => {
            let stated = none()
                .text("path", Some(&p.path), Folded)
                .text("executable", p.executable.as_ref(), Folded)
                .text("account", p.account.as_ref(), Account)
                .text("from", p.from.as_ref(), Address)
                .text("hash", p.hash.as_ref(), Hash);
            (p.action.name(), Some(&p.host), p.time, stated)
        }
        _ => return None,
    };
    let within = match kind {
        Kind::Connection(p) => p.within.unwrap_or(0),
        _ => 0,
    };
    let host = host.map(String::as_str);
    Some(Observation { kind: kind.name(), variant, host, time, within, stated: stated.0 })
}

/// Records further off than this many seconds show another event.
const MOST_OFF: u64 = 300;

/// Why parameters make no claim of their kind, whatever the records say.
fn misstated(kind: &Kind) -> Option<String> {
    let holds = |text: &str, part: &str| text.to_ascii_lowercase().contains(part);
    match kind {
        Kind::Connection(p) if p.to.is_none() && p.domain.is_none() => {
            Some("it states neither to nor domain, so no connection".to_owned())
        }
        Kind::Connection(p) if p.within.is_some_and(|seconds| seconds > MOST_OFF) => {
            Some(format!("its records may lie more than {MOST_OFF} seconds off"))
        }
        Kind::CredentialAccess(p) => {
            let keeps = |(text, at_end): &(&str, bool)| {
                if *at_end { p.target.to_ascii_lowercase().ends_with(text) } else { holds(&p.target, text) }
            };
            (p.target != REPLICATED && !CREDENTIALS.iter().any(keeps))
                .then(|| format!("{:?} is not among what is known to keep credentials", p.target))
        }
        Kind::Persistence(p) if p.mechanism == crate::Mechanism::Registry => {
            (!AUTOSTART.iter().any(|part| holds(&p.name, part)))
                .then(|| format!("{:?} is not among the registry's places that start programs", p.name))
        }
        _ => None,
    }
}

/// Recomputes a claim of such a kind.
pub(crate) fn recompute(
    kind: &Kind,
    claimed: &Observation<'_>,
    records: &[&CitedRecord<'_>],
) -> Result<Outcome, Outcome> {
    if let Some(what) = misstated(kind) {
        return Ok(differs(what));
    }
    let mut viewer = Viewer::default();
    for record in records {
        let seen = Witness::new(&mut viewer, record)?;
        let reading = seen.reading(claimed.kind, claimed.variant)?;
        if let Some(host) = claimed.host {
            seen.is_of(host)?;
        }
        seen.is_near(claimed.time, claimed.within)?;
        for stated in &claimed.stated {
            let found = seen.property(reading, stated.property)?;
            if !stated.compare.holds(&found, &stated.value) {
                return Ok(differs(format!(
                    "{} has {} {found}, not {}",
                    seen.name(),
                    stated.property,
                    stated.value
                )));
            }
        }
    }
    Ok(Outcome::Holds)
}
