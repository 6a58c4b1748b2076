//! What a record shows: the claim of a kind that follows from it, with all that it states.

use std::collections::BTreeMap;

use crate::readings::of_kind;
use crate::record::Viewer;
use crate::witness::{Witness, is_blank};
use crate::{
    CitedRecord, Connection, CredentialAccess, FileAction, FileEvent, Kind, Logon, Mechanism, Moment,
    Outcome, Persistence, Process, Property, observed,
};

/// Longer texts are left out of claims, or the claim is not made where they carry it.
const LONGEST: usize = 2_000;

/// The claim of the kind (`process`, `logon`, …) that a whole record shows. `None` if it is no such event, or if
/// what the claim must state is not there.
#[must_use]
pub fn observe(kind: &str, record: &CitedRecord<'_>) -> Option<Kind> {
    Seen::of(record)?.observe(kind)
}

/// A record that is looked at once, whatever is asked of it.
pub struct Seen<'a>(Witness<'a>);

impl<'a> Seen<'a> {
    /// `None` if its kind of event is not known.
    #[must_use]
    pub fn of(record: &'a CitedRecord<'a>) -> Option<Self> {
        Witness::new(&mut Viewer::default(), record).ok().map(Seen)
    }

    /// As [`observe`].
    #[must_use]
    pub fn observe(&self, kind: &str) -> Option<Kind> {
        let Seen(seen) = self;
        let table = &seen.event.shape.table;
        let reading = of_kind(kind)
            .filter(|reading| reading.table == table)
            .find_map(|reading| seen.reading(kind, reading.variant).ok())?;
        let mut values: BTreeMap<&str, String> = BTreeMap::new();
        for (name, _) in reading.properties {
            if let Ok(value) = seen.property(reading, name)
                && !is_blank(value.trim())
                && value.len() <= LONGEST
            {
                values.insert(name, value.into_owned());
            }
        }
        let host = self.host().map(str::to_owned);
        let made = make(kind, reading.variant, host, seen.time().ok()?, &mut values)?;
        let claimed = observed::observation(&made)?;
        matches!(observed::recompute(&made, &claimed, &[seen.record]), Ok(Outcome::Holds)).then_some(made)
    }

    /// As [`host_of`].
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.0.event.text("host_name")
    }
}

fn make(
    kind: &str,
    variant: &str,
    host: Option<String>,
    time: Moment,
    values: &mut BTreeMap<&str, String>,
) -> Option<Kind> {
    let mut take = |name: &str| values.remove(name);
    Some(match kind {
        "process" => Kind::Process(Process {
            host: host?,
            time,
            executable: take("executable")?,
            command_line: take("command_line"),
            parent: take("parent"),
            account: take("account"),
            hash: take("hash").and_then(|hashes| best_hash(&hashes)),
            logon_id: None,
        }),
        "logon" => Kind::Logon(Logon {
            host: host?,
            time,
            account: take("account")?,
            failed: variant == "true",
            from: take("from").filter(|from| is_address(from)),
            logon_type: take("logon_type").and_then(|number| number.trim().parse().ok()),
            logon_id: None,
        }),
        "persistence" => Kind::Persistence(Persistence {
            host: host?,
            time,
            mechanism: match variant {
                "service" => Mechanism::Service,
                "task" => Mechanism::Task,
                "wmi" => Mechanism::Wmi,
                _ => Mechanism::Registry,
            },
            name: take("name")?,
            command: take("command"),
            account: take("account"),
            runs_as: take("runs_as"),
        }),
        "credential_access" => Kind::CredentialAccess(CredentialAccess {
            host: host?,
            time,
            target: take("target")?,
            executable: take("executable"),
            access: take("access"),
            account: take("account"),
        }),
        "connection" => Kind::Connection(Connection {
            host,
            time,
            within: None,
            from: take("from").filter(|from| is_address(from)),
            from_port: take("from_port").and_then(|port| port.trim().parse().ok()),
            to: take("to").filter(|to| is_address(to)),
            to_port: take("to_port").and_then(|port| port.trim().parse().ok()),
            domain: take("domain"),
            executable: take("executable"),
            account: take("account"),
            sent_at_least: take("sent_at_least")
                .and_then(|sent| sent.trim().parse().ok())
                .filter(|sent| *sent > 0),
        }),
        "file" => Kind::File(FileEvent {
            host: host?,
            time,
            action: action(variant)?,
            path: take("path")?,
            executable: take("executable"),
            account: take("account"),
            from: take("from").filter(|from| is_address(from)),
            hash: take("hash").and_then(|hashes| best_hash(&hashes)),
        }),
        _ => return None,
    })
}

fn action(name: &str) -> Option<FileAction> {
    use FileAction::{Created, Deleted, Loaded, Opened, OpenedOverShare, Redated};
    [Created, Deleted, Redated, Loaded, Opened, OpenedOverShare]
        .into_iter()
        .find(|action| action.name() == name)
}

fn is_address(text: &str) -> bool {
    text.parse::<std::net::IpAddr>().is_ok()
}

/// The strongest of Sysmon's `SHA1=…,MD5=…` as `sha256:…`.
fn best_hash(hashes: &str) -> Option<String> {
    let find = |wanted: &str| {
        let parts = hashes.split(',').filter_map(|part| part.split_once('='));
        let (_, hex) = parts
            .map(|(kind, hex)| (kind.trim(), hex.trim()))
            .find(|(kind, _)| kind.eq_ignore_ascii_case(wanted))?;
        hex.bytes().all(|b| b.is_ascii_hexdigit()).then(|| format!("{wanted}:{}", hex.to_ascii_lowercase()))
    };
    ["sha256", "sha1", "md5"].into_iter().find_map(find)
}

/// Whether a value stands in a whole record, as the kinds `same_tool` and `first_seen` look for it.
#[must_use]
pub fn has_value(property: Property, value: &str, record: &CitedRecord<'_>) -> bool {
    let mut viewer = Viewer::default();
    Witness::new(&mut viewer, record).is_ok_and(|seen| crate::values::bears(&seen, property, value).is_ok())
}

/// The host that a record names.
#[must_use]
pub fn host_of(record: &CitedRecord<'_>) -> Option<String> {
    Seen::of(record)?.host().map(str::to_owned)
}

/// The time that a record states, in microseconds since 1970-01-01 UTC.
#[must_use]
pub fn time_of(record: &CitedRecord<'_>) -> Option<i64> {
    let mut viewer = Viewer::default();
    Witness::new(&mut viewer, record).ok()?.event.time
}
