//! What log services export: JSON records in which an event's own data is one text, as JSON, as XML, or as the line that
//! was logged. Their fields become fields of the record; a name that the record has already keeps its value.
//! Sources: the tables `WindowsEvent`, `SecurityEvent`, `Event`, `Syslog`, `AuditLogs` and `SigninLogs` in the reference of Azure
//! Monitor Logs, the schema of Windows events, Sysmon for Linux, the results of `Search-UnifiedAuditLog`.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::fields::{Fields, Value};
use crate::linux::{self, Entry, add};
use crate::names::{NameId, Names, PathId};

/// The fields that hold such texts, and those beside them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Exported {
    data: NameId,
    message: NameId,
    program: NameId,
    hosts: [NameId; 2],
    /// A whole record, as searching the audit log of Microsoft 365 gives it.
    record: NameId,
    /// Parts of a record, whose fields go under their names.
    parts: [NameId; PARTS.len()],
}

const PARTS: [&str; 3] = ["InitiatedBy", "DeviceDetail", "LocationDetails"];

impl Exported {
    pub(crate) fn new(names: &mut Names) -> Self {
        Exported {
            data: names.intern("EventData"),
            message: names.intern("SyslogMessage"),
            program: names.intern("ProcessName"),
            hosts: ["HostName", "Computer"].map(|name| names.intern(name)),
            record: names.intern("AuditData"),
            parts: PARTS.map(|name| names.intern(name)),
        }
    }

    /// Adds the fields in such texts of a record.
    #[inline]
    pub(crate) fn unpack(self, fields: &mut Fields, names: &mut Names) {
        let [one, two, three] = self.parts;
        if [self.data, self.message, self.record, one, two, three].into_iter().any(|name| fields.has(name)) {
            self.unpack_texts(fields, names);
        }
    }

    #[cold]
    fn unpack_texts(self, fields: &mut Fields, names: &mut Names) {
        if let Some(data) = text(fields, self.data) {
            if data.starts_with('{') {
                crate::json::read_more(data.as_bytes(), PathId::ROOT, fields, names);
            } else if data.contains("<Data") {
                add(&xml(&data), fields, names);
            }
        }
        if let Some(record) = text(fields, self.record) {
            crate::json::read_more(record.as_bytes(), PathId::ROOT, fields, names);
        }
        for (part, name) in self.parts.into_iter().zip(PARTS) {
            if let Some(data) = text(fields, part) {
                let path = names.child(PathId::ROOT, name);
                crate::json::read_more(data.as_bytes(), path, fields, names);
            }
        }
        if let Some(line) = text(fields, self.message) {
            if line.starts_with("<Event>") || line.starts_with("<Event ") {
                add(&xml(&line), fields, names);
            } else if let Some(entry) = linux::audit(&line) {
                add(&entry, fields, names);
            } else if let Some(program) = text(fields, self.program) {
                let host = self.hosts.into_iter().find_map(|host| text(fields, host)).unwrap_or_default();
                add(&linux::of_program(&host, &program, &line), fields, names);
            }
        }
    }
}

fn text(fields: &Fields, name: NameId) -> Option<String> {
    match fields.get(name) {
        Some(Value::Text(text)) => Some(text.to_owned()),
        _ => None,
    }
}

/// The fields of an event's XML, or of its data alone: elements of `System` by their names, `Data` by the attribute
/// `Name`, and the moment. What was cut off is not there.
fn xml(text: &str) -> Entry {
    let mut reader = Reader::from_str(text);
    let mut pairs = Entry::new();
    let mut open: Option<String> = None;
    let mut value = String::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(element)) => {
                open = field_of(&element);
                value.clear();
                pairs.extend(moment(&element));
            }
            Ok(Event::Empty(element)) => pairs.extend(moment(&element)),
            Ok(Event::Text(part)) => value.push_str(&part),
            Ok(Event::CData(part)) => value.push_str(&part),
            Ok(Event::GeneralRef(name)) => value.extend(character(&name)),
            Ok(Event::End(_)) => {
                if let Some(name) = open.take() {
                    pairs.push((name, value.trim().to_owned()));
                }
            }
            Ok(Event::Eof) | Err(_) => return pairs,
            Ok(_) => {}
        }
    }
}

/// The name of the field that an element holds.
fn field_of(element: &BytesStart<'_>) -> Option<String> {
    let own = element.local_name().as_ref().to_owned();
    match own.as_str() {
        "Data" => attribute(element, "Name"),
        "Event" | "System" | "EventData" | "UserData" => None,
        _ => Some(own),
    }
}

/// The moment of the event, from `<TimeCreated SystemTime="…"/>`.
fn moment(element: &BytesStart<'_>) -> Option<(String, String)> {
    let is_moment = element.local_name().as_ref() == "TimeCreated";
    is_moment.then(|| attribute(element, "SystemTime")).flatten().map(|at| ("TimeCreated".to_owned(), at))
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = element.try_get_attribute(name).ok()??;
    Some(found.value.into_owned())
}

/// The character that `&name;` stands for.
fn character(name: &quick_xml::events::BytesRef<'_>) -> Option<char> {
    if let Ok(Some(character)) = name.resolve_char_ref() {
        return Some(character);
    }
    match &**name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Exported;
    use crate::fields::{Fields, Value};
    use crate::names::Names;

    /// The fields of a record, each as it is written.
    fn of(line: &str) -> Vec<(String, String)> {
        let (mut fields, mut names) = (Fields::default(), Names::default());
        crate::json::read(line.as_bytes(), &mut fields, &mut names).unwrap();
        Exported::new(&mut names).unpack(&mut fields, &mut names);
        let shown = |value: Value<'_>| match value {
            Value::Text(text) => text.to_owned(),
            Value::Int(number) => number.to_string(),
            other => format!("{other:?}"),
        };
        fields.iter().map(|(name, value)| (names.get(name).to_owned(), shown(value))).collect()
    }

    fn has(line: &str, wanted: &[(&str, &str)]) {
        let fields = of(line);
        for (name, value) in wanted {
            assert!(fields.contains(&((*name).to_owned(), (*value).to_owned())), "{name}: {fields:?}");
        }
    }

    #[test]
    fn data_as_json_or_as_xml_in_a_text() {
        has(
            r#"{"Channel":"Security","EventID":1,"EventData":"{\"Image\":\"C:\\\\a.exe\",\"EventID\":\"7\"}"}"#,
            &[("Image", r"C:\a.exe"), ("EventID", "1")],
        );
        let xml = r#"{"Channel":"Security","EventData":"<EventData xmlns=\"x\">\r\n <Data Name=\"A\">1 &lt; 2 &#x26; 3</Data><Data Name=\"Empty\"/><Data Name=\"Cut"}"#;
        has(xml, &[("A", "1 < 2 & 3")]);
        assert_eq!(of(xml).len(), 3);
        // A text of another kind stays what it is.
        assert_eq!(of(r#"{"EventData":"a b","SyslogMessage":"free text"}"#).len(), 2);
    }

    #[test]
    fn records_and_parts_of_them_in_a_text() {
        has(
            r#"{"RecordType":50,"Operations":"MailItemsAccessed","AuditData":"{\"Operation\":\"MailItemsAccessed\",\"RecordType\":2,\"ClientIP\":\"192.0.2.9\",\"Item\":{\"Id\":\"a\"}}"}"#,
            &[
                ("Operation", "MailItemsAccessed"),
                ("RecordType", "50"),
                ("ClientIP", "192.0.2.9"),
                ("Item.Id", "a"),
            ],
        );
        has(
            r#"{"InitiatedBy":"{\"user\":{\"userPrincipalName\":\"anna@corp.example\"}}","DeviceDetail":"{\"trustType\":\"\"}"}"#,
            &[("InitiatedBy.user.userPrincipalName", "anna@corp.example"), ("DeviceDetail.trustType", "")],
        );
        assert_eq!(of(r#"{"AuditData":"[5]","InitiatedBy":"5"}"#).len(), 2, "what is no object adds nothing");
        assert_eq!(
            of(r#"{"AuditData":"{cut","InitiatedBy":"anna","DeviceDetail":{"deviceId":"d"}}"#).len(),
            3
        );
    }

    #[test]
    fn lines_of_syslog_in_a_text() {
        has(
            r#"{"Computer":"WEB","ProcessName":"sysmon","SyslogMessage":"<Event><System><Provider Name=\"Linux-Sysmon\"/><EventID>1</EventID><TimeCreated SystemTime=\"2022-05-11T18:10:22.003485000Z\"/><Channel>Linux-Sysmon/Operational</Channel></System><EventData><Data Name=\"Image\">/bin/bash</Data></EventData></Event>"}"#,
            &[
                ("EventID", "1"),
                ("Channel", "Linux-Sysmon/Operational"),
                ("TimeCreated", "2022-05-11T18:10:22.003485000Z"),
                ("Image", "/bin/bash"),
            ],
        );
        has(
            r#"{"Computer":"WEB","SyslogMessage":"type=AUOMS_EXECVE audit(1652292621.986:84138): node=WEB ppid=1340 pid=17790 ses=\"-1\" exe=\"/bin/bash\" cmdline=\"bash -c \"a b\"\""}"#,
            &[("_path", "linux_auditd"), ("ppid", "1340"), ("exe", "/bin/bash"), ("serial", "84138")],
        );
        has(
            r#"{"Computer":"WEB","ProcessName":"sudo","SyslogMessage":"eve : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/cat /etc/shadow"}"#,
            &[
                ("_path", "linux_syslog"),
                ("host", "WEB"),
                ("event", "sudo"),
                ("command", "/bin/cat /etc/shadow"),
            ],
        );
    }
}
