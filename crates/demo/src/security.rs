//! Events of the Security log and two of the System log, with the fields that Windows gives them.

use crate::line::{Channel, Emit};
use crate::time::Moment;
use crate::windows::{Data, Kind, security};
use crate::world::{Account, HostId, Ip, Logon, Process, Site, Who};

const LOGON: Kind = security(4624, "Logon", "An account was successfully logged on.", 2);
const LOGON_FAILED: Kind =
    Kind { failure: true, ..security(4625, "Logon", "An account failed to log on.", 0) };
const LOGOFF: Kind = security(4634, "Logoff", "An account was logged off.", 0);
const EXPLICIT: Kind = security(4648, "Logon", "A logon was attempted using explicit credentials.", 0);
const PRIVILEGES: Kind = security(4672, "Special Logon", "Special privileges assigned to new logon.", 0);
const CREATE: Kind = security(4688, "Process Creation", "A new process has been created.", 2);
const EXIT: Kind = security(4689, "Process Termination", "A process has exited.", 0);
const SERVICE: Kind =
    security(4697, "Security System Extension", "A service was installed in the system.", 0);
const TASK: Kind = security(4698, "Other Object Access Events", "A scheduled task was created.", 0);
const TICKET: Kind = security(
    4768,
    "Kerberos Authentication Service",
    "A Kerberos authentication ticket (TGT) was requested.",
    0,
);
const SERVICE_TICKET: Kind =
    security(4769, "Kerberos Service Ticket Operations", "A Kerberos service ticket was requested.", 0);
const PREAUTH_FAILED: Kind = Kind {
    failure: true,
    ..security(4771, "Kerberos Authentication Service", "Kerberos pre-authentication failed.", 0)
};
const VALIDATED: Kind = security(
    4776,
    "Credential Validation",
    "The computer attempted to validate the credentials for an account.",
    0,
);
const SHARE: Kind = security(5140, "File Share", "A network share object was accessed.", 1);
const SHARE_FILE: Kind = security(
    5145,
    "Detailed File Share",
    "A network share object was checked to see whether client can be granted desired access.",
    0,
);
const CLEARED: Kind = security(1102, "Log clear", "The audit log was cleared.", 0);
const SERVICE_STATE: Kind = Kind {
    channel: Channel::System,
    code: 7036,
    task: "None",
    message: "A service changed its state.",
    version: 0,
    failure: false,
};
const SERVICE_INSTALLED: Kind =
    Kind { code: 7045, message: "A service was installed in the system.", ..SERVICE_STATE };

const ADMIN_PRIVILEGES: &str = "SeSecurityPrivilege\n\t\t\tSeBackupPrivilege\n\t\t\tSeRestorePrivilege\n\t\t\tSeTakeOwnershipPrivilege\n\t\t\tSeDebugPrivilege\n\t\t\tSeSystemEnvironmentPrivilege\n\t\t\tSeLoadDriverPrivilege\n\t\t\tSeImpersonatePrivilege";

/// How somebody logs on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way<'a> {
    pub(crate) kind: u8,
    /// Logon process, authentication package.
    pub(crate) package: (&'a str, &'a str),
    pub(crate) workstation: &'a str,
    pub(crate) from: Option<(Ip, u16)>,
}

impl<'a> Way<'a> {
    /// At the keyboard: interactive, unlock, or with cached credentials.
    pub(crate) fn keyboard(kind: u8, host: HostId) -> Way<'static> {
        let local = Ip::new(127, 0, 0, 1);
        Way { kind, package: ("User32 ", "Negotiate"), workstation: host.get().name, from: Some((local, 0)) }
    }

    /// Over the network with Kerberos.
    pub(crate) fn kerberos(from: Ip, port: u16) -> Way<'static> {
        Way { kind: 3, package: ("Kerberos", "Kerberos"), workstation: "-", from: Some((from, port)) }
    }

    /// Over the network with NTLM.
    pub(crate) fn ntlm(from: Ip, port: u16, workstation: &'a str) -> Way<'a> {
        Way { kind: 3, package: ("NtLmSsp ", "NTLM"), workstation, from: Some((from, port)) }
    }

    /// By remote desktop.
    pub(crate) fn remote(host: HostId, from: Ip) -> Way<'static> {
        Way {
            kind: 10,
            package: ("User32 ", "Negotiate"),
            workstation: host.get().name,
            from: Some((from, 0)),
        }
    }

    fn is_network(&self) -> bool {
        self.kind == 3
    }
}

impl Emit<'_> {
    /// 4624, and 4672 where the account has privileges. Returns the session.
    pub(crate) fn logon(
        &mut self,
        t: Moment,
        host: HostId,
        account: Account,
        way: &Way<'_>,
        terminal: u8,
    ) -> Logon {
        let logon = Logon {
            who: Who::Account(account),
            id: self.next_logon(host, t),
            seconds: t.seconds(),
            terminal,
        };
        let base = self.world.base(host);
        let caller = if way.is_network() { None } else { Some(&base.winlogon) };
        self.event(host, t, &LOGON, |d| {
            if way.is_network() {
                d.nobody();
            } else {
                d.subject(&base.system.logon);
            }
            d.sid("TargetUserSid", logon.who).account("TargetUserName", "TargetDomainName", &account);
            d.hex("TargetLogonId", logon.id).number("LogonType", u64::from(way.kind));
            how(d, way);
            d.keyed_guid("LogonGuid", logon.id ^ u64::from(host.0) << 56);
            d.text("TransmittedServices", "-");
            let ntlm = way.package.1 == "NTLM";
            d.text("LmPackageName", if ntlm { "NTLM V2" } else { "-" });
            d.number("KeyLength", if ntlm { 128 } else { 0 });
            caller_of(d, caller);
            address(d, way);
            d.fixed(&[("ImpersonationLevel", "%%1833"), ("RestrictedAdminMode", "-")]);
            d.fixed(&[
                ("TargetOutboundUserName", "-"),
                ("TargetOutboundDomainName", "-"),
                ("VirtualAccount", "%%1843"),
            ]);
            d.text("TargetLinkedLogonId", "0x0");
            d.text("ElevatedToken", if account.admin { "%%1842" } else { "%%1843" });
        });
        if account.admin {
            self.privileges(t.plus(1_500), host, &logon);
        }
        logon
    }

    /// A service begins under a built-in account: 4624 of type 5 and 4672.
    pub(crate) fn service_logon(&mut self, t: Moment, host: HostId) {
        let base = self.world.base(host);
        self.event(host, t, &LOGON, |d| {
            d.subject(&base.system.logon).text("TargetUserSid", "S-1-5-18");
            d.fixed(&[
                ("TargetUserName", "SYSTEM"),
                ("TargetDomainName", "NT AUTHORITY"),
                ("TargetLogonId", "0x3e7"),
            ]);
            d.fixed(&[
                ("LogonType", "5"),
                ("LogonProcessName", "Advapi  "),
                ("AuthenticationPackageName", "Negotiate"),
            ]);
            d.fixed(&[("WorkstationName", "-"), ("LogonGuid", "{00000000-0000-0000-0000-000000000000}")]);
            d.fixed(&[("TransmittedServices", "-"), ("LmPackageName", "-"), ("KeyLength", "0")]);
            caller_of(d, Some(&base.services));
            d.fixed(&[("IpAddress", "-"), ("IpPort", "-"), ("ImpersonationLevel", "%%1833")]);
            d.fixed(&[
                ("RestrictedAdminMode", "-"),
                ("TargetOutboundUserName", "-"),
                ("TargetOutboundDomainName", "-"),
            ]);
            d.fixed(&[
                ("VirtualAccount", "%%1843"),
                ("TargetLinkedLogonId", "0x0"),
                ("ElevatedToken", "%%1842"),
            ]);
        });
        self.event(host, t.plus(900), &PRIVILEGES, |d| {
            d.text("SubjectUserSid", "S-1-5-18").text("SubjectUserName", "SYSTEM");
            d.text("SubjectDomainName", "NT AUTHORITY").text("SubjectLogonId", "0x3e7");
            d.text("PrivilegeList", ADMIN_PRIVILEGES);
        });
    }

    fn privileges(&mut self, t: Moment, host: HostId, logon: &Logon) {
        self.event(host, t, &PRIVILEGES, |d| {
            d.subject(logon).text("PrivilegeList", ADMIN_PRIVILEGES);
        });
    }

    /// Someone mistypes a password: 4625.
    pub(crate) fn logon_failed(&mut self, t: Moment, host: HostId, account: &Account, way: &Way<'_>) {
        let base = self.world.base(host);
        self.event(host, t, &LOGON_FAILED, |d| {
            d.subject(&base.system.logon).text("TargetUserSid", "S-1-0-0");
            d.account("TargetUserName", "TargetDomainName", account);
            d.fixed(&[("Status", "0xc000006d"), ("FailureReason", "%%2313"), ("SubStatus", "0xc000006a")]);
            d.number("LogonType", u64::from(way.kind));
            how(d, way);
            d.fixed(&[("TransmittedServices", "-"), ("LmPackageName", "-"), ("KeyLength", "0")]);
            caller_of(d, Some(&base.winlogon));
            address(d, way);
        });
    }

    pub(crate) fn logoff(&mut self, t: Moment, host: HostId, logon: &Logon, kind: u8) {
        let Who::Account(account) = logon.who else { return };
        self.event(host, t, &LOGOFF, |d| {
            d.sid("TargetUserSid", logon.who).account("TargetUserName", "TargetDomainName", &account);
            d.hex("TargetLogonId", logon.id).number("LogonType", u64::from(kind));
        });
    }

    /// 4648: `process` logs on elsewhere as `account`.
    pub(crate) fn explicit(
        &mut self,
        t: Moment,
        process: &Process,
        account: &Account,
        server: HostId,
        from: Option<(Ip, u16)>,
    ) {
        let server = format!("{}.{}", server.get().name, server.get().site.dns());
        self.event(process.host, t, &EXPLICIT, |d| {
            d.subject(&process.logon).text("LogonGuid", "{00000000-0000-0000-0000-000000000000}");
            d.account("TargetUserName", "TargetDomainName", account);
            d.text("TargetLogonGuid", "{00000000-0000-0000-0000-000000000000}");
            d.text("TargetServerName", &server).parts("TargetInfo", &["TERMSRV/", &server]);
            caller_of(d, Some(process));
            match from {
                Some((ip, port)) => d.ip("IpAddress", ip).number("IpPort", u64::from(port)),
                None => d.text("IpAddress", "-").text("IpPort", "-"),
            };
        });
    }

    /// 4688; [`Emit::spawn`] emits it beside Sysmon's event.
    pub(crate) fn audit_process(&mut self, t: Moment, parent: &Process, process: &Process) {
        self.event(process.host, t, &CREATE, |d| {
            d.subject(&process.logon).hex("NewProcessId", u64::from(process.pid));
            d.text("NewProcessName", process.image.path).text("TokenElevationType", "%%1936");
            d.hex("ProcessId", u64::from(parent.pid)).text("CommandLine", &process.command);
            d.fixed(&[("TargetUserSid", "S-1-0-0"), ("TargetUserName", "-"), ("TargetDomainName", "-")]);
            d.text("TargetLogonId", "0x0").text("ParentProcessName", parent.image.path);
            d.text("MandatoryLabel", label(&process.logon));
        });
    }

    /// 4689; [`Emit::exit`] emits it beside Sysmon's event.
    pub(crate) fn audit_exit(&mut self, t: Moment, process: &Process) {
        self.event(process.host, t, &EXIT, |d| {
            d.subject(&process.logon).text("Status", "0x0").hex("ProcessId", u64::from(process.pid));
            d.text("ProcessName", process.image.path);
        });
    }

    /// 4697 and, in the System log, 7045.
    pub(crate) fn service_installed(
        &mut self,
        t: Moment,
        host: HostId,
        logon: &Logon,
        name: &str,
        path: &str,
    ) {
        self.event(host, t, &SERVICE, |d| {
            d.subject(logon).text("ServiceName", name).text("ServiceFileName", path);
            d.fixed(&[("ServiceType", "0x10"), ("ServiceStartType", "2"), ("ServiceAccount", "LocalSystem")]);
        });
        self.event(host, t.plus(2_000), &SERVICE_INSTALLED, |d| {
            d.text("ServiceName", name).text("ImagePath", path);
            d.fixed(&[
                ("ServiceType", "user mode service"),
                ("StartType", "auto start"),
                ("AccountName", "LocalSystem"),
            ]);
        });
    }

    /// 7036.
    pub(crate) fn service_state(&mut self, t: Moment, host: HostId, name: &str, state: &str) {
        self.event(host, t, &SERVICE_STATE, |d| {
            d.text("param1", name).text("param2", state);
        });
    }

    /// 4698; `trigger` is the XML of the trigger.
    pub(crate) fn task_created(
        &mut self,
        t: Moment,
        host: HostId,
        logon: &Logon,
        task: &str,
        trigger: &str,
        command: &str,
    ) {
        let content = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\r\n<Task version=\"1.2\" xmlns=\"http://schemas.microsoft.com/windows/2004/02/mit/task\">\r\n  <RegistrationInfo>\r\n    <URI>{task}</URI>\r\n  </RegistrationInfo>\r\n  <Triggers>{trigger}</Triggers>\r\n  <Principals>\r\n    <Principal id=\"Author\">\r\n      <UserId>S-1-5-18</UserId>\r\n      <RunLevel>HighestAvailable</RunLevel>\r\n    </Principal>\r\n  </Principals>\r\n  <Actions Context=\"Author\">\r\n    <Exec>\r\n      <Command>{command}</Command>\r\n    </Exec>\r\n  </Actions>\r\n</Task>"
        );
        self.event(host, t, &TASK, |d| {
            d.subject(logon).text("TaskName", task).text("TaskContent", &content);
        });
    }

    /// 4768 on the domain's controller.
    pub(crate) fn ticket(&mut self, t: Moment, account: &Account, from: Ip, port: u16) {
        self.event(account.site.controller(), t, &TICKET, |d| {
            d.account("TargetUserName", "TargetDomainName", account).sid("TargetSid", Who::Account(*account));
            d.text("ServiceName", "krbtgt").parts("ServiceSid", &[account.site.sid(), "-502"]);
            d.fixed(&[("TicketOptions", "0x40810010"), ("Status", "0x0"), ("TicketEncryptionType", "0x12")]);
            d.text("PreAuthType", "2").mapped_ip("IpAddress", from).number("IpPort", u64::from(port));
            d.fixed(&[("CertIssuerName", ""), ("CertSerialNumber", ""), ("CertThumbprint", "")]);
        });
        self.of_another();
    }

    /// 4769 on the domain's controller: `name` is an account or a computer with its `$`.
    pub(crate) fn service_ticket(
        &mut self,
        t: Moment,
        name: &str,
        site: Site,
        service: HostId,
        from: Ip,
        port: u16,
    ) {
        let key = self.rng.next();
        self.event(site.controller(), t, &SERVICE_TICKET, |d| {
            d.parts("TargetUserName", &[name, "@", site.dns()]).text("TargetDomainName", site.dns());
            d.parts("ServiceName", &[service.get().name, "$"]);
            d.parts("ServiceSid", &[site.sid(), "-", service_rid(service)]);
            d.fixed(&[("TicketOptions", "0x40810000"), ("TicketEncryptionType", "0x12")]);
            d.mapped_ip("IpAddress", from).number("IpPort", u64::from(port)).text("Status", "0x0");
            d.keyed_guid("LogonGuid", key).text("TransmittedServices", "-");
        });
        self.of_another();
    }

    /// 4771: a wrong password at the controller.
    pub(crate) fn preauth_failed(&mut self, t: Moment, account: &Account, from: Ip, port: u16) {
        self.event(account.site.controller(), t, &PREAUTH_FAILED, |d| {
            d.text("TargetUserName", account.name).sid("TargetSid", Who::Account(*account));
            d.parts("ServiceName", &["krbtgt/", account.site.domain()]);
            d.fixed(&[("TicketOptions", "0x40810010"), ("Status", "0x18"), ("PreAuthType", "2")]);
            d.mapped_ip("IpAddress", from).number("IpPort", u64::from(port));
            d.fixed(&[("CertIssuerName", ""), ("CertSerialNumber", ""), ("CertThumbprint", "")]);
        });
        self.of_another();
    }

    /// 4776 on the domain's controller.
    pub(crate) fn validated(&mut self, t: Moment, account: &Account, workstation: &str) {
        self.event(account.site.controller(), t, &VALIDATED, |d| {
            d.text("PackageName", "MICROSOFT_AUTHENTICATION_PACKAGE_V1_0")
                .text("TargetUserName", account.name);
            d.text("Workstation", workstation).text("Status", "0x0");
        });
        self.of_another();
    }

    /// 5140: a share is opened.
    pub(crate) fn share(
        &mut self,
        t: Moment,
        host: HostId,
        logon: &Logon,
        from: (Ip, u16),
        share: (&str, &str),
    ) {
        self.event(host, t, &SHARE, |d| {
            d.subject(logon).text("ObjectType", "File");
            d.ip("IpAddress", from.0).number("IpPort", u64::from(from.1));
            d.parts("ShareName", &["\\\\*\\", share.0]).text("ShareLocalPath", share.1);
            d.text("AccessMask", "0x1").text("AccessList", "%%4416\n\t\t\t\t");
        });
    }

    /// 5145: a file of a share is opened.
    pub(crate) fn share_file(
        &mut self,
        t: Moment,
        host: HostId,
        logon: &Logon,
        from: (Ip, u16),
        share: (&str, &str),
        file: &[&str],
    ) {
        self.event(host, t, &SHARE_FILE, |d| {
            d.subject(logon).text("ObjectType", "File");
            d.ip("IpAddress", from.0).number("IpPort", u64::from(from.1));
            d.parts("ShareName", &["\\\\*\\", share.0]).text("ShareLocalPath", share.1);
            d.parts("RelativeTargetName", file).text("AccessMask", "0x120089");
            d.text(
                "AccessList",
                "%%1538\n\t\t\t\t%%1541\n\t\t\t\t%%4416\n\t\t\t\t%%4419\n\t\t\t\t%%4423\n\t\t\t\t",
            );
            d.text("AccessReason", "-");
        });
    }

    /// 1102: its fields stand under `user_data`.
    pub(crate) fn log_cleared(&mut self, t: Moment, host: HostId, logon: &Logon) {
        self.event_with(host, t, &CLEARED, "user_data", |d| {
            d.subject(logon).text("xml_name", "LogFileCleared");
        });
    }
}

fn how(d: &mut Data<'_>, way: &Way<'_>) {
    d.text("LogonProcessName", way.package.0).text("AuthenticationPackageName", way.package.1);
    d.text("WorkstationName", way.workstation);
}

fn caller_of(d: &mut Data<'_>, caller: Option<&Process>) {
    match caller {
        Some(process) => d.hex("ProcessId", u64::from(process.pid)).text("ProcessName", process.image.path),
        None => d.text("ProcessId", "0x0").text("ProcessName", "-"),
    };
}

fn address(d: &mut Data<'_>, way: &Way<'_>) {
    match way.from {
        Some((ip, port)) => d.ip("IpAddress", ip).number("IpPort", u64::from(port)),
        None => d.text("IpAddress", "-").text("IpPort", "-"),
    };
}

fn label(logon: &Logon) -> &'static str {
    match logon.who {
        Who::Account(account) if account.admin => "S-1-16-12288",
        Who::Account(_) => "S-1-16-8192",
        _ => "S-1-16-16384",
    }
}

fn service_rid(host: HostId) -> &'static str {
    const RIDS: [&str; 20] = [
        "1000", "1601", "1602", "1603", "1611", "1612", "1613", "1614", "1615", "1000", "1701", "1702",
        "1711", "1712", "1713", "1714", "1715", "1716", "1717", "1718",
    ];
    RIDS[host.index()]
}
