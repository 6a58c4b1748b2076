//! Ordinary life: what the people and the services of twenty hosts do all day.
use super::emit::{Conn, Emit, Process, Session};
use super::time::{DAY, HOUR, MINUTE, SECOND, START};
use super::world::{ADMIN, APPS, HOSTS, Role, SITES, TASKS, controller, domain, file_server, fqdn, proxy};

// Office browsers of that spring.
const AGENT: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:52.0) Gecko/20100101 Firefox/52.0";

struct Desk {
    day: i64,
    session: Session,
    shell: Process,
    system: Session,
    services: Process,
}

/// The state of all hosts between two activities.
pub(crate) struct Life {
    desks: Vec<Desk>,
    agent: i64,
    updater: i64,
    backup: i64,
}

/// Relative load of an hour: busy in office hours, quiet at night and at weekends.
pub(crate) fn weight(t: i64) -> u64 {
    let (day, hour) = ((t - START) / DAY, t.rem_euclid(DAY) / HOUR);
    let office = (7..17).contains(&hour);
    match (day % 7 >= 5, office) {
        (false, true) => 40,
        (false, false) => 5,
        (true, true) => 4,
        (true, false) => 3,
    }
}

impl Life {
    pub(crate) fn new(e: &mut Emit) -> Self {
        let desks = (0..HOSTS.len())
            .map(|h| {
                let system =
                    Session { domain: "NT AUTHORITY".into(), user: "SYSTEM".into(), id: "0x3e7".into() };
                let services = e.process(
                    h,
                    START,
                    r"C:\Windows\System32\svchost.exe",
                    r"C:\Windows\system32\svchost.exe -k netsvcs -p -s Schedule",
                );
                Desk { day: -1, session: system.clone(), shell: services.clone(), system, services }
            })
            .collect();
        Self { desks, agent: START + 6 * HOUR, updater: START + 7 * MINUTE, backup: START + 22 * HOUR }
    }

    /// What runs by the clock: agent each minute (two weeks), updater each hour, backup each night.
    pub(crate) fn clockwork(&mut self, e: &mut Emit, t: i64) {
        while self.agent <= t && self.agent < START + 12 * DAY {
            let c = Conn {
                from: HOSTS[2].ip,
                port: e.port(),
                to: HOSTS[9].ip,
                to_port: 10_050,
                service: "-",
                seconds: 0,
                sent: 212,
                got: 96,
            };
            if (6..18).contains(&(self.agent.rem_euclid(DAY) / HOUR)) {
                e.conn(1, self.agent, &c);
            }
            self.agent += MINUTE;
        }
        while self.updater <= t {
            let sent = 600 + e.rng.below(300);
            let c = Conn {
                from: HOSTS[17].ip,
                port: e.port(),
                to: "192.0.2.150",
                to_port: 443,
                service: "ssl",
                seconds: 1,
                sent,
                got: 4200,
            };
            let (uid, _) = e.conn(1, self.updater, &c);
            e.ssl(1, self.updater, &uid, &c, "update.keelworks.example", "CN=Example Public CA");
            self.updater += HOUR + e.rng.range(-9 * MINUTE, 9 * MINUTE);
        }
        while self.backup <= t {
            for h in [1, 9] {
                let s = e.logon(h, self.backup, 5, domain(h), "svc-backup", "-");
                for (i, app) in [&ADMIN[2], &ADMIN[0]].into_iter().enumerate() {
                    let at = self.backup + (2 + i as i64) * SECOND;
                    let parent = self.desks[h].services.clone();
                    e.start(h, at, app, app.cmd, &parent, &s);
                }
                e.logoff(h, self.backup + 50 * MINUTE, &s, "5");
            }
            self.backup += DAY;
        }
    }

    /// One activity somewhere at about `t`.
    pub(crate) fn step(&mut self, e: &mut Emit, t: i64) {
        let host = e.rng.index(HOSTS.len());
        match HOSTS[host].role {
            Role::Workstation => {
                self.arrive(e, host, t);
                match e.rng.below(20) {
                    0..=6 => self.browse(e, host, t + 2 * SECOND),
                    7..=10 => self.app(e, host, t + 2 * SECOND),
                    11..=14 => share(e, host, t + 2 * SECOND),
                    15 => self.unlock(e, host, t + 2 * SECOND),
                    16 => self.print(e, host, t + 2 * SECOND),
                    17 => self.update(e, host, t + 2 * SECOND),
                    _ => self.service(e, host, t),
                }
            }
            _ if e.rng.below(12) == 0 => self.administer(e, host, t),
            _ => self.service(e, host, t),
        }
    }

    fn arrive(&mut self, e: &mut Emit, h: usize, t: i64) {
        let day = t / DAY;
        if self.desks[h].day == day {
            return;
        }
        if self.desks[h].day >= 0 {
            let old = self.desks[h].session.clone();
            e.logoff(h, t, &old, "2");
        }
        let (dc, user) = (controller(h), HOSTS[h].user);
        kerberos(e, dc, h, t, user, "krbtgt");
        let s = e.logon(h, t, if day % 9 == 0 { 11 } else { 2 }, domain(h), user, "127.0.0.1");
        let parent =
            e.process(h, t, r"C:\Windows\System32\userinit.exe", r"C:\Windows\system32\userinit.exe");
        let shell = e.start(h, t + SECOND, &APPS[7], r"C:\Windows\Explorer.EXE", &parent, &s);
        (self.desks[h].day, self.desks[h].session, self.desks[h].shell) = (day, s, shell);
    }

    fn browse(&self, e: &mut Emit, h: usize, t: i64) {
        let (d, (name, ip, tls)) = (&self.desks[h], SITES[e.rng.index(SITES.len())]);
        let user = format!("{}\\{}", domain(h), HOSTS[h].user);
        let browser = e.start(h, t, &APPS[5], APPS[5].cmd, &d.shell, &d.session);
        let inner = Conn {
            from: HOSTS[h].ip,
            port: e.port(),
            to: HOSTS[proxy(h)].ip,
            to_port: 8080,
            service: "-",
            seconds: 3,
            sent: 0,
            got: 0,
        };
        e.network(h, t + SECOND, &browser, &user, &inner, &fqdn(proxy(h)));
        let sensor = usize::from(h >= super::world::CLIENT_FROM);
        let at = t + SECOND + e.rng.range(1000, 90_000);
        e.dns(sensor, at, name, ip);
        let (sent, got) = (500 + e.rng.below(3000), 3000 + e.rng.below(400_000));
        let c = Conn {
            from: HOSTS[proxy(h)].ip,
            port: e.port(),
            to: ip,
            to_port: if tls { 443 } else { 80 },
            service: if tls { "ssl" } else { "http" },
            seconds: e.rng.below(30),
            sent,
            got,
        };
        let (uid, _) = e.conn(sensor, at + 20_000, &c);
        let uri = format!("/page/{}", e.rng.below(900));
        if tls {
            e.ssl(sensor, at + 40_000, &uid, &c, name, "CN=Example Public CA");
        } else {
            e.http(sensor, at + 40_000, &uid, &c, name, &uri, AGENT);
        }
        e.proxy(at + 60_000, h, HOSTS[h].user, name, ip, tls, &uri, AGENT, got);
        end(e, h, t + 9 * SECOND, &browser);
    }

    fn app(&self, e: &mut Emit, h: usize, t: i64) {
        let (d, app) = (&self.desks[h], &APPS[e.rng.index(7)]);
        let p = e.start(h, t, app, app.cmd, &d.shell, &d.session);
        for dll in [r"C:\Windows\System32\kernel32.dll", r"C:\Windows\System32\combase.dll"] {
            e.load(h, t + 30_000, &p, dll, "Microsoft Windows");
        }
        let profile = format!(r"C:\Users\{}\AppData\Local\Temp\doc{}.tmp", HOSTS[h].user, e.rng.below(9999));
        e.file(h, t + 400_000, &p, &profile);
        e.sysmon(
            h,
            t + 500_000,
            13,
            "Registry value set (rule: RegistryEvent)",
            &p,
            &[
                ("RuleName", "-"),
                ("EventType", "SetValue"),
                ("TargetObject", r"HKU\S-1-5-21\Software\Vendor\Recent\Last"),
                ("Details", "DWORD (0x00000001)"),
            ],
        );
        end(e, h, t + 8 * SECOND, &p);
    }

    fn unlock(&self, e: &mut Emit, h: usize, t: i64) {
        if e.rng.below(3) == 0 {
            let user = HOSTS[h].user;
            e.security(
                h,
                t,
                4625,
                "Logon",
                &[
                    ("SubjectUserSid", "S-1-5-18"),
                    ("SubjectUserName", HOSTS[h].name),
                    ("SubjectDomainName", domain(h)),
                    ("SubjectLogonId", "0x3e7"),
                    ("TargetUserSid", "S-1-0-0"),
                    ("TargetUserName", user),
                    ("TargetDomainName", domain(h)),
                    ("Status", "0xc000006d"),
                    ("FailureReason", "%%2313"),
                    ("SubStatus", "0xc000006a"),
                    ("LogonType", "7"),
                    ("LogonProcessName", "User32 "),
                    ("AuthenticationPackageName", "Negotiate"),
                    ("WorkstationName", HOSTS[h].name),
                    ("TransmittedServices", "-"),
                    ("LmPackageName", "-"),
                    ("KeyLength", "0"),
                    ("ProcessId", "0x25c"),
                    ("ProcessName", r"C:\Windows\System32\svchost.exe"),
                    ("IpAddress", "127.0.0.1"),
                    ("IpPort", "0"),
                ],
            );
        }
        let s = e.logon(h, t + 4 * SECOND, 7, domain(h), HOSTS[h].user, "127.0.0.1");
        e.logoff(h, t + 5 * SECOND, &s, "7");
    }

    fn print(&self, e: &mut Emit, h: usize, t: i64) {
        let spool = e.process(h, t, r"C:\Windows\System32\spoolsv.exe", r"C:\Windows\System32\spoolsv.exe");
        let job = format!(r"C:\Windows\System32\spool\PRINTERS\{:05}.SPL", e.rng.below(99_999));
        e.file(h, t, &spool, &job);
        let printer = if h < 8 { "10.10.0.50" } else { "10.20.0.50" };
        let c = Conn {
            from: HOSTS[h].ip,
            port: e.port(),
            to: printer,
            to_port: 9100,
            service: "-",
            seconds: 1,
            sent: 0,
            got: 0,
        };
        e.network(h, t + SECOND, &spool, r"NT AUTHORITY\SYSTEM", &c, "printer");
    }

    /// BITS fetches an update straight from the vendor: the same five-tuple in Sysmon and Zeek.
    fn update(&self, e: &mut Emit, h: usize, t: i64) {
        let (name, ip) = ("download.windowsupdate.example", "192.0.2.200");
        let sensor = usize::from(h >= 8);
        let got = 50_000 + e.rng.below(900_000);
        let c = Conn {
            from: HOSTS[h].ip,
            port: e.port(),
            to: ip,
            to_port: 80,
            service: "http",
            seconds: 4,
            sent: 900,
            got,
        };
        let p = self.desks[h].services.clone();
        e.query(h, t, &p, name, ip);
        e.dns(sensor, t + 10_000, name, ip);
        e.network(h, t + 50_000, &p, r"NT AUTHORITY\SYSTEM", &c, name);
        let (uid, _) = e.conn(sensor, t + 50_000, &c);
        let uri = format!("/c/msdownload/update/{:08x}.cab", e.rng.below(1 << 32));
        e.http(sensor, t + 90_000, &uid, &c, name, &uri, "Microsoft BITS/7.8");
    }

    fn service(&self, e: &mut Emit, h: usize, t: i64) {
        let d = &self.desks[h];
        if e.rng.below(4) == 0 {
            let p = e.process(h, t, r"C:\Program Files\Windows Defender\MsMpEng.exe", "");
            let (utc, pid) = (super::time::sysmon(t), p.pid.to_string());
            let target = e.process(h, START, r"C:\Windows\System32\lsass.exe", "");
            access(
                e,
                h,
                t,
                &[
                    ("UtcTime", &utc),
                    ("SourceProcessGUID", &p.guid),
                    ("SourceProcessId", &pid),
                    ("SourceThreadId", "3120"),
                    ("SourceImage", &p.image),
                    ("TargetProcessGUID", &target.guid),
                    ("TargetProcessId", "604"),
                    ("TargetImage", &target.image),
                    ("GrantedAccess", if pid.ends_with('4') { "0x1000" } else { "0x1400" }),
                    (
                        "CallTrace",
                        r"C:\Windows\SYSTEM32\ntdll.dll+a5314|C:\Windows\System32\KERNELBASE.dll+2940d",
                    ),
                ],
            );
            return;
        }
        let s = e.logon(h, t, 5, "NT AUTHORITY", "SYSTEM", "-");
        e.subject(
            h,
            t,
            4672,
            "Special Logon",
            &d.system,
            &[("PrivilegeList", "SeAssignPrimaryTokenPrivilege SeTcbPrivilege SeSecurityPrivilege")],
        );
        let app = &TASKS[e.rng.index(TASKS.len())];
        let p = e.start(h, t + SECOND, app, app.cmd, &d.services, &d.system);
        end(e, h, t + 6 * SECOND, &p);
        e.logoff(h, t + 6 * SECOND, &s, "5");
    }

    fn administer(&self, e: &mut Emit, h: usize, t: i64) {
        let from = if h < 8 { HOSTS[5].ip } else { HOSTS[19].ip };
        let s = e.logon(h, t, 10, domain(h), HOSTS[h].user, from);
        let shell = e.process(h, t, r"C:\Windows\explorer.exe", r"C:\Windows\Explorer.EXE");
        let app = &ADMIN[1 + e.rng.index(5)];
        let p = e.start(h, t + 5 * SECOND, app, app.cmd, &shell, &s);
        end(e, h, t + 9 * SECOND, &p);
        e.logoff(h, t + 10 * SECOND, &s, "10");
    }
}

/// Sysmon 10 has no `Image` of its own.
pub(crate) fn access(e: &mut Emit, h: usize, t: i64, data: &[(&str, &str)]) {
    e.raw_sysmon(h, t, 10, "Process accessed (rule: ProcessAccess)", data);
}

fn end(e: &mut Emit, h: usize, t: i64, p: &Process) {
    e.sysmon(h, t, 5, "Process terminated (rule: ProcessTerminate)", p, &[("RuleName", "-")]);
}

pub(crate) fn kerberos(e: &mut Emit, dc: usize, from: usize, t: i64, user: &str, service: &str) {
    let (ip, port, full) =
        (format!("::ffff:{}", HOSTS[from].ip), e.port().to_string(), format!("{}.EXAMPLE", domain(dc)));
    let sid = super::emit::sid(domain(dc), user);
    let (id, task) = if service == "krbtgt" {
        (4768, "Kerberos Authentication Service")
    } else {
        (4769, "Kerberos Service Ticket Operations")
    };
    let mut data = vec![
        ("TargetUserName", user),
        ("TargetDomainName", &full),
        ("ServiceName", service),
        ("ServiceSid", "S-1-5-21-0"),
        ("TicketOptions", "0x40810010"),
        ("Status", "0x0"),
        ("TicketEncryptionType", "0x12"),
        ("IpAddress", &ip),
        ("IpPort", &port),
    ];
    if id == 4768 {
        data.extend([("TargetSid", sid.as_str()), ("PreAuthType", "2")]);
    }
    e.security(dc, t, id, task, &data);
}

fn share(e: &mut Emit, h: usize, t: i64) {
    let (server, user, port) = (file_server(h), HOSTS[h].user, e.port().to_string());
    kerberos(e, controller(h), h, t, user, &format!("{}$", HOSTS[server].name));
    let s = e.logon(server, t + 20_000, 3, domain(h), user, HOSTS[h].ip);
    let base = [
        ("ObjectType", "File"),
        ("IpAddress", HOSTS[h].ip),
        ("IpPort", port.as_str()),
        ("ShareName", r"\\*\Projects"),
        ("ShareLocalPath", r"\??\D:\Shares\Projects"),
        ("AccessMask", "0x1"),
        ("AccessList", "%%4416"),
    ];
    e.subject(server, t + 30_000, 5140, "File Share", &s, &base);
    let name = format!(r"hull-{}\plan-{}.dwg", 100 + e.rng.below(40), e.rng.below(60));
    let mut detail = base.to_vec();
    detail.push(("RelativeTargetName", &name));
    e.subject(server, t + 60_000, 5145, "Detailed File Share", &s, &detail);
    e.logoff(server, t + 9 * SECOND, &s, "3");
}
