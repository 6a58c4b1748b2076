//! Web proxies and servers (W3C), Linux logs as text, Cisco messages, and JSON of no known kind.

use super::CoreMap;
use crate::derive::Derive::Copy;

/// W3C logs: the kinds that the reader tells apart.
pub(crate) const W3C_LOGS: &[&str] = &["proxy", "webserver"];

/// Names that Sigma's proxy and web server rules use, for W3C columns.
pub(crate) const W3C_ALIASES: &[(&str, &str)] = &[
    ("c-uri", "cs-uri"),
    ("c-uri", "cs-uri-stem"),
    ("c-uri-stem", "cs-uri-stem"),
    ("c-uri-query", "cs-uri-query"),
    ("c-uri-extension", "cs-uri-extension"),
    ("c-useragent", "cs(User-Agent)"),
    ("cs-user-agent", "cs(User-Agent)"),
    ("cs-referrer", "cs(Referer)"),
    ("cs-cookie", "cs(Cookie)"),
    ("r-dns", "cs-host"),
    ("cs-host", "r-dns"),
    ("src_ip", "c-ip"),
    ("dst_ip", "r-ip"),
    ("dst_ip", "s-ip"),
];

/// Core columns of W3C logs.
pub(crate) const W3C: &[CoreMap] = &[
    ("host_name", "s-computername", Copy),
    ("user_name", "cs-username", Copy),
    ("source_ip", "c-ip", Copy),
    ("source_port", "c-port", Copy),
    ("destination_ip", "r-ip", Copy),
    ("destination_ip", "s-ip", Copy),
    ("destination_port", "r-port", Copy),
    ("destination_port", "s-port", Copy),
    ("destination_domain", "cs-host", Copy),
    ("destination_domain", "r-dns", Copy),
    ("network_protocol", "cs-uri-scheme", Copy),
    ("source_bytes", "cs-bytes", Copy),
    ("destination_bytes", "sc-bytes", Copy),
    ("url", "c-uri", Copy),
    ("url", "cs-uri", Copy),
    ("url", "cs-uri-stem", Copy),
];

/// Linux logs as text: the kinds that the reader tells apart.
pub(crate) const LINUX_LOGS: &[&str] = &["linux_auditd", "linux_syslog"];

/// What the reader says that a line of them tells of; most tell of nothing known.
pub(crate) const LINUX_EVENTS: &[&str] =
    &["logon", "logon_failed", "logoff", "sudo", "su", "process_arguments"];

/// Programs share one stream; rules for each of them search its text.
pub(crate) const SYSLOG_SERVICES: &[&str] = &["syslog", "auth", "sshd", "sudo", "cron"];

/// Core columns of what auditd writes.
pub(crate) const AUDITD: &[CoreMap] = &[
    ("host_name", "node", Copy),
    ("user_name", "acct", Copy),
    ("user_name", "AUID", Copy),
    ("process_executable", "exe", Copy),
    ("process_command_line", "command", Copy),
    ("process_command_line", "cmd", Copy),
    ("process_command_line", "cmdline", Copy),
    ("process_command_line", "proctitle", Copy),
    ("source_ip", "addr", Copy),
    ("logon_id", "ses", Copy),
];

/// Core columns of syslog as text.
pub(crate) const SYSLOG: &[CoreMap] = &[
    ("host_name", "host", Copy),
    ("user_name", "user", Copy),
    ("process_executable", "program", Copy),
    ("process_command_line", "command", Copy),
    ("source_ip", "rhost", Copy),
    ("source_port", "rport", Copy),
    ("logon_id", "session", Copy),
];

/// Core columns of JSON whose kind is not known: names that many exporters share.
pub(crate) const JSON: &[CoreMap] = &[
    ("host_name", "Computer", Copy),
    ("host_name", "HostName", Copy),
    ("host_name", "host.name", Copy),
    ("host_name", "hostname", Copy),
    ("host_name", "DeviceName", Copy),
    ("user_name", "user.name", Copy),
    ("user_name", "AccountName", Copy),
    ("user_name", "UserId", Copy),
    ("event_action", "ActionType", Copy),
    ("event_action", "Operation", Copy),
    ("event_action", "OperationName", Copy),
    ("event_action", "event_type", Copy),
    ("source_ip", "src_ip", Copy),
    ("source_port", "src_port", Copy),
    ("destination_ip", "dest_ip", Copy),
    ("destination_port", "dest_port", Copy),
    ("source_ip", "source.ip", Copy),
    ("destination_ip", "destination.ip", Copy),
    ("url", "url.full", Copy),
];
