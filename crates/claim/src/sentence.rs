//! A claim's kind in English. Sentences hold no value that is no parameter.

use crate::{
    Connection, CredentialAccess, FileAction, FileEvent, FirstSeen, Kind, Logon, Mechanism, Movement, Order,
    Persistence, Process, Property, Quantifier, SameTool, Whole,
};

/// Records named one by one in a sentence; of more only the number is told.
const NAMED: usize = 5;

impl Kind {
    /// The claim in words, from its parameters and the numbers of the cited records alone.
    #[must_use]
    pub fn sentence(&self, cites: &[u64]) -> String {
        let rule = |title: &str, id: &str, what: &str| format!("The {what} \u{201c}{title}\u{201d} ({id})");
        match self {
            Self::RuleMatch(p) => {
                format!("{} matches {}.", rule(&p.rule_title, &p.rule_id, "rule"), records(cites))
            }
            Self::Correlation(p) => {
                format!("{} fires over {}.", rule(&p.rule_title, &p.rule_id, "correlation"), records(cites))
            }
            Self::Process(p) => process(p),
            Self::Logon(p) => logon(p),
            Self::Persistence(p) => persistence(p),
            Self::CredentialAccess(p) => credential_access(p),
            Self::Connection(p) => connection(p),
            Self::File(p) => file(p),
            Self::Movement(p) => movement(p),
            Self::BytesSent(p) => format!(
                "At least {} went from {} to {} between {} and {}.",
                bytes(p.at_least),
                p.from,
                p.to,
                p.from_time,
                p.to_time
            ),
            Self::Sequence(p) => {
                format!(
                    "On {}, the event of record {} came before that of record {}.",
                    p.host, p.first, p.then
                )
            }
            Self::Order(p) => order(p),
            Self::SameTool(p) => same_tool(p),
            Self::FirstSeen(p) => first_seen(p),
            Self::Whole(p) => whole(p, cites),
        }
    }

    /// What would raise a claim of the kind to a higher rung.
    #[must_use]
    pub fn would_raise(&self) -> &'static str {
        match self {
            Self::Process(_) => {
                "the same start in another log of the host, or the program itself; a countersignature"
            }
            Self::Logon(_) => {
                "the connection in the log of a sensor, or of the host that it came from; a countersignature"
            }
            Self::Movement(_) => "the connection between the two in the log of a sensor; a countersignature",
            Self::Persistence(_) => "an image of the host on which it still stands; a countersignature",
            Self::CredentialAccess(_) => "a later logon with what was taken; a countersignature",
            Self::Connection(_) | Self::BytesSent(_) => {
                "the same connection seen by a second sensor, or by who runs the other end; a countersignature"
            }
            Self::File(_) | Self::SameTool(_) => "the file itself, with its hash; a countersignature",
            Self::Sequence(_) | Self::Order(_) | Self::FirstSeen(_) => {
                "a second clock that shows the same order; a countersignature"
            }
            Self::RuleMatch(_) | Self::Correlation(_) => {
                "a second sensor that shows the same; a countersignature"
            }
            Self::Whole(_) => "a verifier that reads every record of the tree",
        }
    }
}

/// ` WORD VALUE` where there is a value.
fn with(word: &str, value: Option<&String>) -> String {
    value.map(|value| format!(" {word} {value}")).unwrap_or_default()
}

fn process(p: &Process) -> String {
    let line = p.command_line.as_ref().map(|line| format!(", with the command line \u{201c}{line}\u{201d}"));
    format!(
        "On {} at {}, {} was started{}{}{}{}{}.",
        p.host,
        p.time,
        p.executable,
        with("by", p.parent.as_ref()),
        with("as", p.account.as_ref()),
        with("in the session", p.logon_id.as_ref()),
        with("with the hash", p.hash.as_ref()),
        line.unwrap_or_default(),
    )
}

fn logon(p: &Logon) -> String {
    format!(
        "At {}, {} {} {}{}{}{}.",
        p.time,
        p.account,
        if p.failed { "failed to log on to" } else { "logged on to" },
        p.host,
        with("from", p.from.as_ref()),
        p.logon_type.map(|number| format!(" (logon type {number})")).unwrap_or_default(),
        with("in the session", p.logon_id.as_ref()),
    )
}

fn persistence(p: &Persistence) -> String {
    let what = match p.mechanism {
        Mechanism::Service => "the service",
        Mechanism::Task => "the scheduled task",
        Mechanism::Wmi => "the part of a WMI subscription",
        Mechanism::Registry => "the registry value",
    };
    let command = p.command.as_ref().map(|command| format!(", which holds \u{201c}{command}\u{201d}"));
    format!(
        "On {} at {}, {what} {} was set up{}{}{}.",
        p.host,
        p.time,
        p.name,
        with("by", p.account.as_ref()),
        with("to run as", p.runs_as.as_ref()),
        command.unwrap_or_default(),
    )
}

fn credential_access(p: &CredentialAccess) -> String {
    format!(
        "On {} at {}, {} was opened{}{}{}.",
        p.host,
        p.time,
        p.target,
        with("by", p.executable.as_ref()),
        with("as", p.account.as_ref()),
        with("with the access", p.access.as_ref()),
    )
}

fn connection(p: &Connection) -> String {
    let port = |port: Option<u16>| port.map(|port| format!(" port {port}")).unwrap_or_default();
    format!(
        "{} {}{}, {} connected{}{}{}{}{}{}{}.",
        p.host.as_ref().map_or_else(|| "At".to_owned(), |host| format!("On {host} at")),
        p.time,
        p.within.map(|seconds| format!(", give or take {seconds} s")).unwrap_or_default(),
        p.executable.as_deref().unwrap_or("something"),
        with("as", p.account.as_ref()),
        with("from", p.from.as_ref()),
        port(p.from_port),
        with("to", p.to.as_ref()),
        port(p.to_port),
        with(if p.to.is_some() { "by the name" } else { "to the name" }, p.domain.as_ref()),
        p.sent_at_least.map(|sent| format!(" and sent at least {}", bytes(sent))).unwrap_or_default(),
    )
}

fn file(p: &FileEvent) -> String {
    let what = match p.action {
        FileAction::Created => "was made or written over",
        FileAction::Deleted => "was deleted",
        FileAction::Redated => "was given another time of creation",
        FileAction::Loaded => "was loaded",
        FileAction::Opened => "was opened",
        FileAction::OpenedOverShare => "was opened over a share",
    };
    format!(
        "On {} at {}, {} {what}{}{}{}{}.",
        p.host,
        p.time,
        p.path,
        with("by", p.executable.as_ref()),
        with("as", p.account.as_ref()),
        with("from", p.from.as_ref()),
        with("with the hash", p.hash.as_ref()),
    )
}

fn movement(p: &Movement) -> String {
    let port = p.port.map(|port| format!(" port {port}")).unwrap_or_default();
    format!(
        "From {} to {}: record {} on {} is of {}, record {} on {} of {}{}{}{port}{}{}.",
        p.from,
        p.to,
        p.departure,
        p.from,
        p.departed,
        p.arrival,
        p.to,
        p.arrived,
        p.target.as_ref().map(|name| format!("; the first names {name}")).unwrap_or_default(),
        with("; both have the address", p.address.as_ref()).replacen(" ;", ";", 1),
        with("; both have the address of the other side", p.to_address.as_ref()).replacen(" ;", ";", 1),
        with("; both have the account", p.account.as_ref()).replacen(" ;", ";", 1),
    )
}

fn order(p: &Order) -> String {
    let steps: Vec<String> =
        p.records.iter().zip(&p.hosts).map(|(r, host)| format!("record {r} ({host})")).collect();
    let apart = if p.apart == 0 {
        String::new()
    } else {
        format!(", with at least {} seconds between neighbours of different hosts", p.apart)
    };
    format!("In this order, each event before the next: {}{apart}.", steps.join(", "))
}

fn words(property: Property) -> &'static str {
    match property {
        Property::Hash => "hash",
        Property::Executable => "program",
        Property::FileName => "file name",
        Property::CommandLine => "command line",
        Property::Service => "service or task",
        Property::Address => "address",
        Property::Domain => "domain name",
        Property::Account => "account",
    }
}

fn same_tool(p: &SameTool) -> String {
    format!("The {} {} stands in records of {}.", words(p.property), p.value, p.hosts.join(" and "))
}

fn first_seen(p: &FirstSeen) -> String {
    let host = p.host.as_ref().map(|host| format!("on {host} ")).unwrap_or_default();
    format!(
        "The {} {} was seen {host}at {} (record {}), and in no cited record earlier.",
        words(p.property),
        p.value,
        p.time,
        p.record
    )
}

fn whole(p: &Whole, cites: &[u64]) -> String {
    let (property, value, cited) = (words(p.property), &p.value, records(cites));
    match p.quantifier {
        Quantifier::Only => format!("Of all records, the {property} {value} stands in {cited} only."),
        Quantifier::NoOther => {
            format!("The {property} {value} stands in records of no other host than {cited}.")
        }
        Quantifier::InTotal => format!("In total, the {property} {value} stands in {}.", count(cites)),
        Quantifier::FirstOfAll => {
            format!("The first of all records with the {property} {value} is among these: {cited}.")
        }
    }
}

fn count(cites: &[u64]) -> String {
    format!("{} {}", grouped(cites.len() as u64), if cites.len() == 1 { "record" } else { "records" })
}

fn records(cites: &[u64]) -> String {
    match cites {
        [] => "no record".to_owned(),
        [one] => format!("record {one}"),
        [before @ .., last] if cites.len() <= NAMED => {
            let before: Vec<String> = before.iter().map(u64::to_string).collect();
            format!("the records {} and {last}", before.join(", "))
        }
        many => format!("{} records", grouped(many.len() as u64)),
    }
}

/// Bytes in a unit, rounded down, so that a lower bound stays one, and in full.
fn bytes(count: u64) -> String {
    let full = format!("{} {}", grouped(count), if count == 1 { "byte" } else { "bytes" });
    in_units(count).map_or_else(|| full.clone(), |rounded| format!("{rounded} ({full})"))
}

/// Bytes as `2.8 GB`, rounded down, so that a lower bound stays one; `None` below a thousand.
pub fn in_units(count: u64) -> Option<String> {
    let units = [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    let (size, unit) = units.into_iter().find(|(size, _)| count >= *size)?;
    Some(format!("{}.{} {unit}", count / size, count % size / (size / 10)))
}

/// A number with a comma between groups of three digits.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// So many things of a kind, as one says it: `1 host`, `2 hosts`.
pub fn counted(number: u64, thing: &str) -> String {
    format!("{} {thing}{}", grouped(number), if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::{bytes, counted, grouped, records};

    #[test]
    fn numbers_are_rounded_down_and_grouped() {
        for (count, text) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1_999, "1.9 kB (1,999 bytes)"),
            (4_199_999_999, "4.1 GB (4,199,999,999 bytes)"),
            (5_000_000_000_000, "5.0 TB (5,000,000,000,000 bytes)"),
        ] {
            assert_eq!(bytes(count), text);
        }
        assert_eq!(grouped(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!([0, 1, 1_000].map(|n| counted(n, "host")), ["0 hosts", "1 host", "1,000 hosts"]);
    }

    #[test]
    fn few_records_are_named() {
        for (cites, text) in [
            (&[][..], "no record"),
            (&[7], "record 7"),
            (&[7, 9], "the records 7 and 9"),
            (&[1, 2, 3], "the records 1, 2 and 3"),
            (&[1, 2, 3, 4, 5, 6], "6 records"),
        ] {
            assert_eq!(records(cites), text);
        }
    }
}
