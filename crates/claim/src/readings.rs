//! Which events a kind of claim speaks of, and from which of their fields it reads what: data, in the form of a
//! table, which `docs/spec/claim.md` repeats. Sources: Sysmon's schema 4.90, Microsoft's manifests, Zeek's log
//! reference.

use Origin::{Account, Field, Replication, Share, Task};

/// Where a property stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The field's text.
    Field(&'static str),
    /// `DOMAIN\name`, of the field with the domain and the one with the name.
    Account(&'static str, &'static str),
    /// The command and its arguments in a task's XML.
    Task(&'static str),
    /// The share's name, `\`, and the path below it.
    Share(&'static str, &'static str),
    /// `directory replication`, if the field names one of its rights.
    Replication(&'static str),
}

/// What a kind of claim reads of one kind of event.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) kind: &'static str,
    /// The event's table, e.g. `windows_sysmon_1`.
    pub(crate) table: &'static str,
    /// What must be stated of it (`failed`, `mechanism`, `action`); empty where there is no choice.
    pub(crate) variant: &'static str,
    /// A field that must have this text, whatever its letter case.
    pub(crate) when: Option<(&'static str, &'static str)>,
    /// Properties; of the fields of one the first that the record has counts.
    pub(crate) properties: Properties,
}

type Properties = &'static [(&'static str, &'static [Origin])];

const fn row(
    kind: &'static str,
    table: &'static str,
    variant: &'static str,
    properties: Properties,
) -> Reading {
    Reading { kind, table, variant, when: None, properties }
}

const fn only(row: Reading, field: &'static str, value: &'static str) -> Reading {
    Reading { when: Some((field, value)), ..row }
}

impl Origin {
    /// The fields that it is read from.
    pub(crate) fn fields(self) -> impl Iterator<Item = &'static str> {
        let (one, other) = match self {
            Field(field) | Task(field) | Replication(field) => (field, None),
            Account(domain, name) => (domain, Some(name)),
            Share(share, path) => (share, Some(path)),
        };
        std::iter::once(one).chain(other)
    }
}

impl Reading {
    pub(crate) fn property(&self, name: &str) -> Option<&'static [Origin]> {
        self.properties.iter().find(|(known, _)| *known == name).map(|(_, from)| *from)
    }
}

/// The readings of a kind.
pub(crate) fn of_kind(kind: &str) -> impl Iterator<Item = &'static Reading> {
    READINGS.iter().filter(move |reading| reading.kind == kind)
}

const USER: &[Origin] = &[Field("User")];
const IMAGE: &[Origin] = &[Field("Image")];
const HASHES: &[Origin] = &[Field("Hashes")];
const SUBJECT: &[Origin] = &[Account("SubjectDomainName", "SubjectUserName")];
const TARGET: &[Origin] = &[Account("TargetDomainName", "TargetUserName")];
const IP: &[Origin] = &[Field("IpAddress")];
const ZEEK: Properties = &[
    ("from", &[Field("id.orig_h"), Field("id_orig_h")]),
    ("from_port", &[Field("id.orig_p"), Field("id_orig_p")]),
    ("to", &[Field("id.resp_h"), Field("id_resp_h")]),
    ("to_port", &[Field("id.resp_p"), Field("id_resp_p")]),
    ("domain", &[Field("server_name"), Field("host")]),
    ("sent_at_least", &[Field("orig_bytes"), Field("request_body_len")]),
];
const SYSMON_CONNECTION: Properties = &[
    ("executable", IMAGE),
    ("account", USER),
    ("from", &[Field("SourceIp")]),
    ("from_port", &[Field("SourcePort")]),
    ("to", &[Field("DestinationIp")]),
    ("to_port", &[Field("DestinationPort")]),
    ("domain", &[Field("DestinationHostname")]),
];
const W3C: Properties = &[
    ("from", &[Field("c-ip")]),
    ("from_port", &[Field("c-port")]),
    ("to", &[Field("r-ip")]),
    ("to_port", &[Field("r-port")]),
    ("domain", &[Field("cs-host"), Field("r-dns")]),
    ("account", &[Field("cs-username")]),
    ("sent_at_least", &[Field("cs-bytes")]),
];
const LOGON: Properties = &[
    ("account", TARGET),
    ("from", IP),
    ("logon_type", &[Field("LogonType")]),
    ("logon_id", &[Field("TargetLogonId")]),
];
const SESSION: Properties = &[("account", USER), ("from", &[Field("Address")])];
const SSHD: Properties =
    &[("account", &[Field("user")]), ("from", &[Field("rhost")]), ("logon_id", &[Field("session")])];
const USER_LOGIN: Properties =
    &[("account", &[Field("acct")]), ("from", &[Field("addr")]), ("logon_id", &[Field("ses")])];
const OBJECT: Properties = &[
    ("target", &[Field("ObjectName")]),
    ("executable", &[Field("ProcessName")]),
    ("access", &[Field("AccessMask")]),
    ("account", SUBJECT),
];
const FILE: Properties =
    &[("path", &[Field("TargetFilename")]), ("executable", IMAGE), ("account", USER), ("hash", HASHES)];
const SERVICE: Properties = &[
    ("name", &[Field("ServiceName")]),
    ("command", &[Field("ServiceFileName")]),
    ("account", SUBJECT),
    ("runs_as", &[Field("ServiceAccountName")]),
];
const ARRIVING: Properties = &[("account", SUBJECT), ("address", IP), ("port", &[Field("IpPort")])];
const FLOW: Properties = &[
    ("account", USER),
    ("address", &[Field("SourceIp")]),
    ("port", &[Field("SourcePort")]),
    ("to_address", &[Field("DestinationIp")]),
    ("target", &[Field("DestinationHostname")]),
];

pub(crate) const READINGS: &[Reading] = &[
    row(
        "process",
        "windows_sysmon_1",
        "",
        &[
            ("executable", IMAGE),
            ("command_line", &[Field("CommandLine")]),
            ("parent", &[Field("ParentImage")]),
            ("account", USER),
            ("hash", HASHES),
            ("logon_id", &[Field("LogonId")]),
        ],
    ),
    row(
        "process",
        "linux_sysmon_1",
        "",
        &[
            ("executable", IMAGE),
            ("command_line", &[Field("CommandLine")]),
            ("parent", &[Field("ParentImage")]),
            ("account", USER),
            ("logon_id", &[Field("TerminalSessionId")]),
        ],
    ),
    row(
        "process",
        "windows_security_4688",
        "",
        &[
            ("executable", &[Field("NewProcessName")]),
            ("command_line", &[Field("CommandLine")]),
            ("parent", &[Field("ParentProcessName")]),
            ("account", SUBJECT),
            ("logon_id", &[Field("SubjectLogonId")]),
        ],
    ),
    only(
        row("process", "linux_auditd", "", &[("executable", &[Field("exe")]), ("logon_id", &[Field("ses")])]),
        "type",
        "SYSCALL",
    ),
    row("logon", "windows_security_4624", "false", LOGON),
    row("logon", "windows_security_4625", "true", LOGON),
    row("logon", "windows_terminalservices_local_21", "false", SESSION),
    row("logon", "windows_terminalservices_local_25", "false", SESSION),
    only(row("logon", "linux_syslog", "false", SSHD), "event", "logon"),
    only(row("logon", "linux_syslog", "true", SSHD), "event", "logon_failed"),
    only(row("logon", "linux_auditd", "false", USER_LOGIN), "event", "logon"),
    only(row("logon", "linux_auditd", "true", USER_LOGIN), "event", "logon_failed"),
    row("persistence", "windows_security_4697", "service", SERVICE),
    row(
        "persistence",
        "windows_system_7045",
        "service",
        &[
            ("name", &[Field("ServiceName")]),
            ("command", &[Field("ImagePath")]),
            ("runs_as", &[Field("AccountName")]),
        ],
    ),
    row(
        "persistence",
        "windows_security_4698",
        "task",
        &[("name", &[Field("TaskName")]), ("command", &[Task("TaskContent")]), ("account", SUBJECT)],
    ),
    row(
        "persistence",
        "windows_security_4702",
        "task",
        &[("name", &[Field("TaskName")]), ("command", &[Task("TaskContentNew")]), ("account", SUBJECT)],
    ),
    row(
        "persistence",
        "windows_taskscheduler_106",
        "task",
        &[("name", &[Field("TaskName")]), ("account", &[Field("UserContext")])],
    ),
    row(
        "persistence",
        "windows_sysmon_13",
        "registry",
        &[("name", &[Field("TargetObject")]), ("command", &[Field("Details")]), ("account", USER)],
    ),
    row(
        "persistence",
        "windows_security_4657",
        "registry",
        &[("name", &[Field("ObjectName")]), ("command", &[Field("NewValue")]), ("account", SUBJECT)],
    ),
    row(
        "persistence",
        "windows_sysmon_19",
        "wmi",
        &[("name", &[Field("Name")]), ("command", &[Field("Query")]), ("account", USER)],
    ),
    row(
        "persistence",
        "windows_sysmon_20",
        "wmi",
        &[("name", &[Field("Name")]), ("command", &[Field("Destination")]), ("account", USER)],
    ),
    row(
        "persistence",
        "windows_sysmon_21",
        "wmi",
        &[("name", &[Field("Consumer")]), ("command", &[Field("Filter")]), ("account", USER)],
    ),
    row(
        "credential_access",
        "windows_sysmon_10",
        "",
        &[
            ("target", &[Field("TargetImage")]),
            ("executable", &[Field("SourceImage")]),
            ("access", &[Field("GrantedAccess")]),
            ("account", &[Field("SourceUser")]),
        ],
    ),
    row("credential_access", "windows_security_4656", "", OBJECT),
    row("credential_access", "windows_security_4663", "", OBJECT),
    row(
        "credential_access",
        "windows_security_4662",
        "",
        &[("target", &[Replication("Properties")]), ("account", SUBJECT)],
    ),
    row("connection", "windows_sysmon_3", "", SYSMON_CONNECTION),
    row("connection", "linux_sysmon_3", "", SYSMON_CONNECTION),
    row(
        "connection",
        "windows_security_5156",
        "",
        &[
            ("executable", &[Field("Application")]),
            ("from", &[Field("SourceAddress")]),
            ("from_port", &[Field("SourcePort")]),
            ("to", &[Field("DestAddress")]),
            ("to_port", &[Field("DestPort")]),
        ],
    ),
    row("connection", "zeek_conn", "", ZEEK),
    row("connection", "zeek_open_conn", "", ZEEK),
    row("connection", "zeek_http", "", ZEEK),
    row("connection", "zeek_ssl", "", ZEEK),
    row("connection", "zeek_ssh", "", ZEEK),
    row("connection", "zeek_rdp", "", ZEEK),
    row("connection", "w3c_proxy", "", W3C),
    row("file", "windows_sysmon_11", "created", FILE),
    row("file", "linux_sysmon_11", "created", FILE),
    row("file", "linux_sysmon_23", "deleted", FILE),
    row(
        "file",
        "windows_sysmon_15",
        "created",
        &[
            ("path", &[Field("TargetFilename")]),
            ("executable", IMAGE),
            ("account", USER),
            ("hash", &[Field("Hash")]),
        ],
    ),
    row("file", "windows_sysmon_29", "created", FILE),
    row("file", "windows_sysmon_23", "deleted", FILE),
    row("file", "windows_sysmon_26", "deleted", FILE),
    row("file", "windows_sysmon_2", "redated", FILE),
    row("file", "windows_sysmon_6", "loaded", &[("path", &[Field("ImageLoaded")]), ("hash", HASHES)]),
    row(
        "file",
        "windows_sysmon_7",
        "loaded",
        &[("path", &[Field("ImageLoaded")]), ("executable", IMAGE), ("account", USER), ("hash", HASHES)],
    ),
    row(
        "file",
        "windows_security_4663",
        "opened",
        &[("path", &[Field("ObjectName")]), ("executable", &[Field("ProcessName")]), ("account", SUBJECT)],
    ),
    row(
        "file",
        "windows_security_5145",
        "opened_over_share",
        &[("path", &[Share("ShareName", "RelativeTargetName")]), ("account", SUBJECT), ("from", IP)],
    ),
    only(row("departure", "windows_sysmon_3", "", FLOW), "Initiated", "true"),
    row(
        "departure",
        "windows_security_4648",
        "",
        &[("account", TARGET), ("target", &[Field("TargetServerName")])],
    ),
    row("departure", "windows_sysmon_1", "", &[("account", USER), ("named_in", &[Field("CommandLine")])]),
    row(
        "departure",
        "windows_security_4688",
        "",
        &[("account", SUBJECT), ("named_in", &[Field("CommandLine")])],
    ),
    only(row("arrival", "windows_sysmon_3", "", FLOW), "Initiated", "false"),
    row(
        "arrival",
        "windows_security_4624",
        "",
        &[("account", TARGET), ("address", IP), ("port", &[Field("IpPort")])],
    ),
    only(
        row("arrival", "linux_syslog", "", &[("account", &[Field("user")]), ("address", &[Field("rhost")])]),
        "event",
        "logon",
    ),
    row("arrival", "windows_security_5140", "", ARRIVING),
    row("arrival", "windows_security_5145", "", ARRIVING),
    row(
        "arrival",
        "windows_terminalservices_local_21",
        "",
        &[("account", USER), ("address", &[Field("Address")])],
    ),
    row(
        "arrival",
        "windows_terminalservices_local_25",
        "",
        &[("account", USER), ("address", &[Field("Address")])],
    ),
    row("arrival", "windows_security_4697", "", &[("account", SUBJECT)]),
    row("arrival", "windows_security_4698", "", &[("account", SUBJECT)]),
    row("arrival", "windows_system_7045", "", &[]),
    row("arrival", "windows_sysmon_1", "", &[("account", USER)]),
    row("arrival", "windows_security_4688", "", &[("account", SUBJECT)]),
];

/// What keeps credentials: a text without regard to letter case, and whether the target must end with it.
pub(crate) const CREDENTIALS: &[(&str, bool)] = &[
    (r"\lsass.exe", true),
    (r"\ntds.dit", true),
    (r"\config\sam", true),
    (r"\config\security", true),
    (r"\config\system", true),
    (r"\registry\machine\sam", false),
    (r"\registry\machine\security", false),
    (r"\login data", true),
    (r"\local state", true),
    (r"\key4.db", true),
    (r"\logins.json", true),
];

/// Names under which a directory's secrets are asked for: the rights of replication.
pub(crate) const REPLICATION: [&str; 2] =
    ["1131f6aa-9c07-11d1-f79f-00c04fc2dcd2", "1131f6ad-9c07-11d1-f79f-00c04fc2dcd2"];
pub(crate) const REPLICATED: &str = "directory replication";

/// Registry paths that start programs hold one of these, without regard to letter case.
pub(crate) const AUTOSTART: &[&str] = &[
    r"\currentversion\run",
    r"\currentversion\policies\explorer\run",
    r"\currentversion\winlogon\",
    r"\currentversion\image file execution options\",
    r"\currentversion\windows\appinit_dlls",
    r"\currentversion\windows\load",
    r"\active setup\installed components\",
    r"\control\lsa\",
    r"\control\session manager\bootexecute",
    r"\services\",
    r"\environment\userinitmprlogonscript",
    r"\inprocserver32",
];

#[cfg(test)]
mod tests {
    use super::{Origin, READINGS};

    fn source(origin: &Origin) -> String {
        match origin {
            Origin::Field(field) => format!("`{field}`"),
            Origin::Account(one, other) | Origin::Share(one, other) => format!("`{one}\\{other}`"),
            Origin::Task(field) => format!("command of `{field}`"),
            Origin::Replication(field) => format!("replication in `{field}`"),
        }
    }

    /// The table as the specification has it.
    fn table() -> String {
        let mut text = "| kind | variant | kind of event | properties |\n|---|---|---|---|\n".to_owned();
        for reading in READINGS {
            let when = reading.when.map_or(String::new(), |(field, value)| format!(", `{field}` is {value}"));
            let properties = reading.properties.iter().map(|(name, sources)| {
                let sources: Vec<String> = sources.iter().map(source).collect();
                format!("{}: {}", name, sources.join(", "))
            });
            let properties = properties.collect::<Vec<_>>().join("; ");
            text += &format!(
                "| {} | {} | `{}`{when} | {properties} |\n",
                reading.kind, reading.variant, reading.table
            );
        }
        text
    }

    #[test]
    fn the_specification_has_the_table() {
        let page = include_str!("../../../docs/spec/claim.md");
        let table = table();
        assert!(page.contains(&table), "docs/spec/claim.md must hold:\n{table}");
    }
}
