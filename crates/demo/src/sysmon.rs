//! Sysmon events, with the fields of schema 4.2x: 1, 3, 5, 7, 10, 11, 13, 22.

use std::borrow::Cow;

use crate::image::Image;
use crate::line::Emit;
use crate::net::Flow;
use crate::time::{MILLI, Moment};
use crate::windows::{Kind, sysmon};
use crate::world::{Logon, Process, Who};

const CREATE: Kind = sysmon(1, "Process Create (rule: ProcessCreate)", "Process Create:", 5);
const CONNECT: Kind =
    sysmon(3, "Network connection detected (rule: NetworkConnect)", "Network connection detected:", 5);
const EXIT: Kind = sysmon(5, "Process terminated (rule: ProcessTerminate)", "Process terminated:", 3);
const LOAD: Kind = sysmon(7, "Image loaded (rule: ImageLoad)", "Image loaded:", 3);
const ACCESS: Kind = sysmon(10, "Process accessed (rule: ProcessAccess)", "Process accessed:", 3);
const FILE: Kind = sysmon(11, "File created (rule: FileCreate)", "File created:", 2);
const REGISTRY: Kind = sysmon(13, "Registry value set (rule: RegistryEvent)", "Registry value set:", 2);
const QUERY: Kind = sysmon(22, "Dns query (rule: DnsQuery)", "Dns query:", 5);

/// The audit log sees the same thing a little later.
const AUDIT_DELAY: i64 = 3 * MILLI;

impl Emit<'_> {
    /// A process begins: Sysmon 1 and Security 4688.
    pub(crate) fn spawn(
        &mut self,
        t: Moment,
        parent: &Process,
        image: &'static Image,
        command: impl Into<Cow<'static, str>>,
        logon: Logon,
    ) -> Process {
        let process = Process {
            host: parent.host,
            pid: self.next_pid(),
            seconds: t.seconds(),
            serial: self.next_serial(parent.host),
            image,
            command: command.into(),
            logon,
        };
        self.process_created(t, parent, &process);
        self.audit_process(t.plus(AUDIT_DELAY), parent, &process);
        process
    }

    fn process_created(&mut self, t: Moment, parent: &Process, process: &Process) {
        let image = process.image;
        let logon = process.logon;
        self.event(process.host, t, &CREATE, |d| {
            d.text("RuleName", "-").utc("UtcTime", t);
            d.process("ProcessGuid", "ProcessId", process).text("Image", image.path);
            d.text("FileVersion", image.version).text("Description", image.description);
            d.text("Product", image.product).text("Company", image.company);
            d.text("OriginalFileName", image.original).text("CommandLine", &process.command);
            d.text("CurrentDirectory", directory(&logon)).user("User", logon.who).logon_guid(&logon);
            d.hex("LogonId", logon.id).number("TerminalSessionId", u64::from(logon.terminal));
            d.text("IntegrityLevel", integrity(&logon)).hashes(image);
            d.process("ParentProcessGuid", "ParentProcessId", parent);
            d.text("ParentImage", parent.image.path).text("ParentCommandLine", &parent.command);
            d.user("ParentUser", parent.logon.who);
        });
    }

    /// A process ends: Sysmon 5 and Security 4689.
    pub(crate) fn exit(&mut self, t: Moment, process: &Process) {
        self.event(process.host, t, &EXIT, |d| {
            d.text("RuleName", "-").utc("UtcTime", t).process("ProcessGuid", "ProcessId", process);
            d.text("Image", process.image.path).user("User", process.logon.who);
        });
        self.audit_exit(t.plus(AUDIT_DELAY), process);
    }

    /// A library is loaded.
    pub(crate) fn load(&mut self, t: Moment, process: &Process, library: &'static Image) {
        let signed = !library.signer.is_empty();
        self.event(process.host, t, &LOAD, |d| {
            d.text("RuleName", "-").utc("UtcTime", t).process("ProcessGuid", "ProcessId", process);
            d.text("Image", process.image.path).text("ImageLoaded", library.path);
            d.text("FileVersion", library.version).text("Description", library.description);
            d.text("Product", library.product).text("Company", library.company);
            d.text("OriginalFileName", library.original).hashes(library);
            d.text("Signed", if signed { "true" } else { "false" });
            d.text("Signature", if signed { library.signer } else { "-" });
            d.text("SignatureStatus", if signed { "Valid" } else { "Unavailable" });
            d.user("User", process.logon.who);
        });
    }

    /// A process opens another.
    pub(crate) fn open_process(&mut self, t: Moment, from: &Process, to: &Process, access: u64, trace: &str) {
        let thread = 4 * self.rng.between(200, 2_000) as u64;
        self.event(from.host, t, &ACCESS, |d| {
            d.text("RuleName", "-").utc("UtcTime", t);
            d.process("SourceProcessGUID", "SourceProcessId", from).number("SourceThreadId", thread);
            d.text("SourceImage", from.image.path);
            d.process("TargetProcessGUID", "TargetProcessId", to).text("TargetImage", to.image.path);
            d.hex("GrantedAccess", access).text("CallTrace", trace);
            d.user("SourceUser", from.logon.who).user("TargetUser", to.logon.who);
        });
    }

    /// A file is made.
    pub(crate) fn file(&mut self, t: Moment, process: &Process, path: &[&str]) {
        self.event(process.host, t, &FILE, |d| {
            d.text("RuleName", "-").utc("UtcTime", t).process("ProcessGuid", "ProcessId", process);
            d.text("Image", process.image.path).parts("TargetFilename", path);
            d.utc("CreationUtcTime", t).user("User", process.logon.who);
        });
    }

    /// A registry value is set.
    pub(crate) fn registry(&mut self, t: Moment, process: &Process, key: &[&str], value: &str) {
        self.event(process.host, t, &REGISTRY, |d| {
            d.text("RuleName", "-").text("EventType", "SetValue").utc("UtcTime", t);
            d.process("ProcessGuid", "ProcessId", process).text("Image", process.image.path);
            d.parts("TargetObject", key).text("Details", value).user("User", process.logon.who);
        });
    }

    /// A connection that this host began or, if `initiated` is false, took.
    pub(crate) fn connected(&mut self, process: &Process, flow: &Flow, name: &str, initiated: bool) {
        let t = flow.time.plus(2 * MILLI);
        self.event(process.host, t, &CONNECT, |d| {
            d.text("RuleName", "-").utc("UtcTime", t).process("ProcessGuid", "ProcessId", process);
            d.text("Image", process.image.path).user("User", process.logon.who);
            d.text("Protocol", flow.proto).text("Initiated", if initiated { "true" } else { "false" });
            d.text("SourceIsIpv6", "false").ip("SourceIp", flow.from).text("SourceHostname", "-");
            d.number("SourcePort", u64::from(flow.from_port)).text("SourcePortName", "-");
            d.text("DestinationIsIpv6", "false")
                .ip("DestinationIp", flow.to)
                .text("DestinationHostname", name);
            d.number("DestinationPort", u64::from(flow.to_port));
            d.text("DestinationPortName", port_name(flow.to_port));
        });
    }

    /// A name is looked up.
    pub(crate) fn queried(&mut self, t: Moment, process: &Process, name: &str, answer: crate::world::Ip) {
        let mut text = String::from("::ffff:");
        answer.push(&mut text);
        text.push(';');
        self.event(process.host, t, &QUERY, |d| {
            d.text("RuleName", "-").utc("UtcTime", t).process("ProcessGuid", "ProcessId", process);
            d.text("QueryName", name).text("QueryStatus", "0").text("QueryResults", &text);
            d.text("Image", process.image.path).user("User", process.logon.who);
        });
    }
}

fn integrity(logon: &Logon) -> &'static str {
    match logon.who {
        Who::Account(account) if account.admin => "High",
        Who::Account(_) => "Medium",
        _ => "System",
    }
}

fn directory(logon: &Logon) -> &'static str {
    match logon.who {
        Who::Account(account) if !account.admin => r"C:\Program Files\",
        _ => r"C:\Windows\system32\",
    }
}

fn port_name(port: u16) -> &'static str {
    match port {
        25 => "smtp",
        53 => "domain",
        80 => "http",
        88 => "kerberos",
        135 => "epmap",
        443 => "https",
        445 => "microsoft-ds",
        3389 => "ms-wbt-server",
        _ => "-",
    }
}
