//! Tells the shape and the time of a record from its fields.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use foldhash::fast::FixedState;
use onus_source::{Fields, NameId, Names, Value};

use crate::catalogue::services::{SERVICES, Service, Told};
use crate::catalogue::{others, windows, zeek};
use crate::mapping::{Mappings, Tests};
use crate::time::parse_micros;
use crate::{LogSource, Shape};

/// More shapes than this are no log sources but noise; the rest share one.
const MAX_SHAPES: usize = 2_000;

/// Where a record's time may stand; the first that states its zone wins, else the first of all. `date` and
/// `time` together come before them.
pub const TIME_FIELDS: &[&str] = &[
    "TimeCreated",
    "@timestamp",
    "UtcTime",
    "EventTime",
    "ts",
    "eventTime",
    "TimeGenerated",
    "Timestamp",
    "timestamp",
    "time",
    "date",
    "CreationTime",
    "createdDateTime",
    "activityDateTime",
    "eventTimestamp",
    "requestReceivedTimestamp",
    "published",
    "utc_time",
];

/// The time of a syslog line as it was written, without a year; with the day on which the logs were taken, `time` is
/// reckoned from it.
pub const UNDATED: &str = "logged_at";

/// Fields that tell a shape where they state it outright, the most telling first.
pub(crate) const STATED: &[&str] = &[
    "Channel",
    "EventID",
    "event.code",
    "log_name",
    "event_id",
    "EventLog",
    "EventType",
    "_path",
    "@stream",
    "ts",
];

/// Every field by which a shape may be told, the most telling first, each once: with those of them that a
/// record has, and none of its other fields, it has the same shape.
pub fn shape_fields() -> Vec<&'static str> {
    let services = SERVICES.iter().flat_map(told_by).map(|(field, _)| field);
    let signatures = zeek::SIGNATURES.iter().flat_map(|(_, fields)| fields.iter());
    let mut all = Vec::new();
    for field in STATED.iter().chain(services).chain(signatures) {
        if !all.contains(field) {
            all.push(*field);
        }
    }
    all
}

/// The fields by which the log of a service may be told, with the values that count.
fn told_by(service: &'static Service) -> impl Iterator<Item = &'static Told> {
    service.told_by.iter().flat_map(|all| all.iter())
}

/// Whether the value of a field that tells a shape counts, and not just that it is there.
pub(crate) fn is_told_by_value(field: &str) -> bool {
    matches!(field, "Channel" | "EventID" | "event.code" | "EventLog" | "EventType" | "_path" | "@stream")
        || SERVICES.iter().flat_map(told_by).any(|(of, values)| *of == field && !values.is_empty())
}

/// Remembers shapes and the names that it asks for; one a worker.
#[derive(Default)]
pub(crate) struct Recogniser {
    /// The user's own log sources, which come first.
    tests: Tests,
    shapes: Vec<Arc<Shape>>,
    known: HashMap<String, usize, FixedState>,
    key: String,
    names: Option<Asked>,
}

/// Fields of which a record has all, each with the values that count.
type ToldBy = Vec<(NameId, &'static [&'static str])>;

/// Interned names of the fields that tell the shape.
struct Asked {
    channel: NameId,
    event_id: NameId,
    event_code: NameId,
    /// Channel and event id as Winlogbeat wrote them before version 7.
    log_name: NameId,
    old_event_id: NameId,
    /// The channel in Azure Monitor Logs.
    event_log: NameId,
    event_type: NameId,
    path: NameId,
    /// What a line of a Linux log tells of, as its reader says.
    event: NameId,
    stream: NameId,
    date: NameId,
    time: NameId,
    ts: NameId,
    times: Vec<NameId>,
    /// By service: the sets of fields of which it has one.
    services: Vec<Vec<ToldBy>>,
    signatures: Vec<(&'static str, Vec<NameId>)>,
}

impl Recogniser {
    pub(crate) fn new(mappings: Mappings) -> Self {
        Recogniser { tests: Tests::new(mappings), ..Recogniser::default() }
    }

    /// The shape's number, and the record's time in microseconds.
    pub(crate) fn recognise(&mut self, fields: &Fields, names: &mut Names) -> (usize, Option<i64>) {
        let asked = self.names.get_or_insert_with(|| Asked::new(names));
        self.key.clear();
        let mapped = self.tests.find(fields, names);
        match mapped {
            // Writing to a String cannot fail.
            Some((number, _)) => drop(write!(self.key, "m{number}")),
            None => write_key(&mut self.key, fields, asked),
        }
        let own = mapped.and_then(|(_, name)| time_in(fields.get(name?)?));
        let time = own.map(|(time, _)| time).or_else(|| time_of(fields, asked));
        let number = match self.known.get(&self.key) {
            Some(number) => *number,
            None => self.add(),
        };
        (number, time)
    }

    /// The shape of a number that [`Self::recognise`] gave.
    pub(crate) fn shape(&self, number: usize) -> &Arc<Shape> {
        &self.shapes[number]
    }

    fn add(&mut self) -> usize {
        let key = if self.shapes.len() >= MAX_SHAPES { "j" } else { &self.key };
        if let Some(number) = self.known.get(key) {
            return *number;
        }
        let number = self.shapes.len();
        let mapped = key.strip_prefix('m').and_then(|number| self.tests.mappings.shape(number.parse().ok()?));
        self.shapes.push(Arc::new(mapped.unwrap_or_else(|| shape_of_key(key))));
        self.known.insert(key.to_owned(), number);
        number
    }
}

impl Asked {
    fn new(names: &mut Names) -> Self {
        let mut id = |name| names.intern(name);
        Asked {
            channel: id("Channel"),
            event_id: id("EventID"),
            event_code: id("event.code"),
            log_name: id("log_name"),
            old_event_id: id("event_id"),
            event_log: id("EventLog"),
            event_type: id("EventType"),
            path: id("_path"),
            event: id("event"),
            stream: id("@stream"),
            date: id("date"),
            time: id("time"),
            ts: id("ts"),
            services: SERVICES
                .iter()
                .map(|service| {
                    let set = |all: &&[Told]| all.iter().map(|(name, values)| (id(name), *values)).collect();
                    service.told_by.iter().map(set).collect()
                })
                .collect(),
            times: TIME_FIELDS.iter().map(|name| id(name)).collect(),
            signatures: zeek::SIGNATURES
                .iter()
                .map(|(log, fields)| (*log, fields.iter().map(|f| id(f)).collect()))
                .collect(),
        }
    }
}

/// A short text that is the same for records of one shape: a letter for the kind, then its parts.
fn write_key(key: &mut String, fields: &Fields, asked: &Asked) {
    // Writing to a String cannot fail.
    if let Some(Value::Text(log)) = fields.get(asked.path)
        && (log == "cisco_ios" || log.starts_with("w3c_") || others::LINUX_LOGS.contains(&log))
    {
        key.push_str(if log == "cisco_ios" { "c" } else { log });
        if log.starts_with("linux_")
            && let Some(Value::Text(event)) = fields.get(asked.event)
        {
            let _ = write!(key, "\n{event}");
        }
        return;
    }
    let old_event = || fields.get(asked.old_event_id);
    let old_channel = || old_event().and_then(|_| fields.get(asked.log_name));
    let other_channel = || fields.get(asked.event_id).and_then(|_| fields.get(asked.event_log));
    let channel = fields.get(asked.channel).or_else(old_channel).or_else(other_channel);
    if let Some(Value::Text(channel)) = channel {
        let event = fields.get(asked.event_id).or_else(|| fields.get(asked.event_code)).or_else(old_event);
        // Piece by piece: most records pass here.
        key.push('e');
        key.push_str(channel);
        key.push('\n');
        match event {
            Some(Value::Int(event)) => drop(write!(key, "{event}")),
            Some(Value::Text(event)) => key.push_str(event),
            _ => {}
        }
        if key.ends_with("\n12")
            && let Some(Value::Text(change)) = fields.get(asked.event_type)
            && let Some((_, variant, _)) =
                windows::REGISTRY_VARIANTS.iter().find(|(text, _, _)| *text == change)
        {
            let _ = write!(key, "\n{variant}");
        }
        return;
    }
    let stated = fields.get(asked.path).or_else(|| fields.get(asked.stream));
    if let Some(Value::Text(log)) = stated
        && fields.get(asked.ts).is_some()
    {
        let _ = write!(key, "z{log}");
        return;
    }
    let service = asked
        .services
        .iter()
        .position(|sets| sets.iter().any(|all| all.iter().all(|one| tells(fields, one))));
    if let Some(number) = service {
        let _ = write!(key, "s{number}");
        return;
    }
    if fields.get(asked.ts).is_some()
        && let Some((log, _)) =
            asked.signatures.iter().find(|(_, all)| all.iter().all(|name| fields.get(*name).is_some()))
    {
        let _ = write!(key, "z{log}");
        return;
    }
    key.push('j');
}

/// Whether a record has a field, and with a value that counts.
fn tells(fields: &Fields, (name, values): &(NameId, &[&str])) -> bool {
    match fields.get(*name) {
        Some(_) if values.is_empty() => true,
        Some(Value::Text(text)) => values.iter().any(|value| text.eq_ignore_ascii_case(value)),
        _ => false,
    }
}

fn time_of(fields: &Fields, asked: &Asked) -> Option<i64> {
    if let (Some(Value::Text(date)), Some(Value::Text(time))) =
        (fields.get(asked.date), fields.get(asked.time))
    {
        return parse_micros(&format!("{date}T{time}")).map(|(micros, _)| micros);
    }
    let mut unzoned = None;
    for name in &asked.times {
        match fields.get(*name).and_then(time_in) {
            Some((micros, true)) => return Some(micros),
            Some((micros, false)) => unzoned = unzoned.or(Some(micros)),
            None => {}
        }
    }
    unzoned
}

/// The time in microseconds that a value states, and whether with its zone.
fn time_in(value: Value<'_>) -> Option<(i64, bool)> {
    match value {
        Value::Text(text) => parse_micros(text),
        Value::Float(seconds) if seconds.abs() < 1e11 => Some(((seconds * 1e6).round() as i64, true)),
        Value::Int(number @ 0..100_000_000_000) => Some((number * 1_000_000, true)),
        Value::Int(number @ 100_000_000_000..100_000_000_000_000) => Some((number * 1_000, true)),
        _ => None,
    }
}

/// The keys of the events of a channel that the catalogue names by ID, with the ID: more than one where the kind
/// of change tells them apart.
pub(crate) fn windows_keys(channel: &str, short: &str) -> Vec<(i64, String)> {
    let mut keys = Vec::new();
    for (_, id, _, _) in windows::EVENTS.iter().filter(|(of, _, _, _)| *of == short) {
        if (short, *id) == ("sysmon", 12) {
            for variant in ["create", "delete"] {
                keys.push((*id, format!("e{channel}\n{id}\n{variant}")));
            }
        } else {
            keys.push((*id, format!("e{channel}\n{id}")));
        }
    }
    keys
}

/// The shape that a key stands for.
pub(crate) fn shape_of_key(key: &str) -> Shape {
    let rest = key.get(1..).unwrap_or_default();
    match key.as_bytes().first() {
        Some(b'e') => windows_shape(rest),
        Some(b'z') => zeek_shape(rest),
        Some(b'w') => Shape {
            table: slug(key),
            variant: "",
            log_source: LogSource {
                categories: vec![key.trim_start_matches("w3c_").to_owned()],
                ..LogSource::default()
            },
            action: "web_request".to_owned(),
            aliases: others::W3C_ALIASES,
            core: &[others::W3C],
        },
        Some(b'l') => linux_shape(key),
        Some(b's') => rest
            .parse()
            .ok()
            .and_then(|number: usize| SERVICES.get(number))
            .map_or_else(unknown, service_shape),
        Some(b'c') => Shape {
            table: "cisco_ios".to_owned(),
            variant: "",
            log_source: LogSource {
                product: "cisco".to_owned(),
                // Messages of all facilities share one stream; rules for each of them search its text.
                services: ["aaa", "syslog", "bgp", "ldp"].map(str::to_owned).to_vec(),
                categories: Vec::new(),
            },
            action: "message".to_owned(),
            aliases: &[],
            core: &[],
        },
        _ => unknown(),
    }
}

/// JSON of no known kind.
fn unknown() -> Shape {
    Shape {
        table: "json".to_owned(),
        variant: "",
        log_source: LogSource::default(),
        action: "json".to_owned(),
        aliases: &[],
        core: &[others::JSON],
    }
}

/// The shape of a service's log.
pub(crate) fn service_shape(service: &'static Service) -> Shape {
    let owned = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
    Shape {
        table: service.table.to_owned(),
        variant: "",
        log_source: LogSource {
            product: service.product.to_owned(),
            services: owned(service.services),
            categories: owned(service.categories),
        },
        action: service.action.to_owned(),
        aliases: service.aliases,
        core: service.core,
    }
}

fn linux_shape(key: &str) -> Shape {
    let (log, event) = key.split_once('\n').unwrap_or((key, ""));
    let event = others::LINUX_EVENTS.iter().find(|known| **known == event).copied().unwrap_or_default();
    let (services, core): (&[&str], &'static [&'static [_]]) = match log {
        "linux_auditd" => (&["auditd"], &[others::AUDITD]),
        _ => (others::SYSLOG_SERVICES, &[others::SYSLOG]),
    };
    Shape {
        table: log.to_owned(),
        variant: event,
        log_source: LogSource {
            product: "linux".to_owned(),
            services: services.iter().map(|service| (*service).to_owned()).collect(),
            categories: Vec::new(),
        },
        action: if event.is_empty() { "message".to_owned() } else { event.to_owned() },
        aliases: &[],
        core,
    }
}

fn windows_shape(rest: &str) -> Shape {
    let mut parts = rest.split('\n');
    let channel = parts.next().unwrap_or_default();
    let event = parts.next().unwrap_or_default();
    let variant = parts.next().unwrap_or_default();
    let known = windows::CHANNELS.iter().find(|(name, _, _)| name.eq_ignore_ascii_case(channel));
    let short = known.map_or_else(|| slug(channel), |(_, short, _)| (*short).to_owned());
    let number = event.parse::<i64>().ok();
    let described = windows::EVENTS.iter().find(|(c, id, _, _)| *c == short && Some(*id) == number);
    let mut categories: Vec<String> =
        described.map(|(_, _, _, c)| c.iter().map(|c| (*c).to_owned()).collect()).unwrap_or_default();
    let variant = windows::REGISTRY_VARIANTS.iter().find(|(_, v, _)| *v == variant);
    if let Some((_, _, category)) = variant {
        categories.push((*category).to_owned());
    }
    let event = if event.is_empty() { "none".to_owned() } else { slug(event) };
    let table = windows::tables_of(&short) + &event;
    let aliases = match (short.as_str(), number) {
        ("security", Some(4657)) => windows::REGISTRY_ALIASES,
        ("security", _) => windows::SECURITY_ALIASES,
        ("windefend", _) => windows::DEFENDER_ALIASES,
        _ => windows::ALIASES,
    };
    let core: &[&[_]] = match (short.as_str(), number) {
        ("sysmon", _) => &[windows::CORE, windows::CORE_SYSMON, windows::CORE_SYSMON_LOGON],
        (windows::LINUX_SYSMON, _) => &[windows::CORE, windows::CORE_SYSMON, windows::CORE_LINUX_SYSMON],
        ("security", Some(4624 | 4625 | 4634 | 4647)) => {
            &[windows::CORE, windows::CORE_LOGON, windows::CORE_SECURITY]
        }
        ("security", Some(4778 | 4779)) => &[windows::CORE, windows::CORE_SESSION, windows::CORE_SECURITY],
        ("security", _) => &[windows::CORE, windows::CORE_SECURITY],
        ("terminalservices_local" | "terminalservices_remote", _) => {
            &[windows::CORE, windows::CORE_TERMINAL, windows::CORE_OTHER]
        }
        _ => &[windows::CORE, windows::CORE_OTHER],
    };
    Shape {
        action: described.map_or_else(|| table.clone(), |(_, _, action, _)| (*action).to_owned()),
        table,
        variant: variant.map_or("", |(_, v, _)| *v),
        log_source: LogSource {
            product: if short == windows::LINUX_SYSMON { "linux" } else { "windows" }.to_owned(),
            services: known.map(|(_, _, s)| s.iter().map(|s| (*s).to_owned()).collect()).unwrap_or_default(),
            categories,
        },
        aliases,
        core,
    }
}

fn zeek_shape(log: &str) -> Shape {
    // Open connections are logged apart by some sensors, with the same fields.
    let service = log.strip_prefix("open_").unwrap_or(log);
    let categories = zeek::CATEGORIES.iter().find(|(name, _)| *name == service).map_or(&[][..], |(_, c)| *c);
    Shape {
        table: format!("zeek_{}", slug(log)),
        variant: "",
        log_source: LogSource {
            product: "zeek".to_owned(),
            services: vec![service.to_owned()],
            categories: categories.iter().map(|c| (*c).to_owned()).collect(),
        },
        action: slug(service),
        aliases: zeek::ALIASES,
        core: &[zeek::CORE],
    }
}

/// A name that needs no quotes in SQL.
fn slug(text: &str) -> String {
    let text = text.strip_prefix("Microsoft-Windows-").unwrap_or(text);
    let text = text.strip_suffix("/Operational").unwrap_or(text);
    let mut slug: String = text
        .chars()
        .take(60)
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
        .collect();
    while slug.contains("__") {
        slug = slug.replace("__", "_");
    }
    slug.trim_matches('_').to_owned()
}
