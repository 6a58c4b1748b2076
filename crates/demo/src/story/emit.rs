//! One event in, one line out: Windows events as Winlogbeat writes them, Zeek rows, proxy rows.
use std::collections::BTreeSet;
use std::fmt::Write;

use super::rng::{Rng, hash, mix};
use super::sink::{Log, PROXY_LOG, SECURITY, SYSMON, Sink, zeek_file};
use super::time::{SECOND, epoch, hms, rfc3339, sysmon, ymd};
use super::truth::Marker;
use super::world::{App, CLIENT_FROM, HOSTS, domain, fqdn};

/// A running process.
#[derive(Clone)]
pub(crate) struct Process {
    pub(crate) guid: String,
    pub(crate) pid: u64,
    pub(crate) image: String,
    pub(crate) cmd: String,
}

/// A logon session.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) domain: String,
    pub(crate) user: String,
    pub(crate) id: String,
}

/// What one planted step has left so far.
#[derive(Default)]
pub(crate) struct Trace {
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) hosts: BTreeSet<String>,
    pub(crate) files: BTreeSet<String>,
    pub(crate) markers: Vec<Marker>,
    pub(crate) lines: u64,
}

pub(crate) struct Emit {
    pub(crate) sink: Sink,
    pub(crate) rng: Rng,
    pub(crate) trace: Option<Trace>,
}

/// One connection as Zeek counts it.
pub(crate) struct Conn<'a> {
    pub(crate) from: &'a str,
    pub(crate) port: u64,
    pub(crate) to: &'a str,
    pub(crate) to_port: u64,
    pub(crate) service: &'a str,
    pub(crate) seconds: u64,
    pub(crate) sent: u64,
    pub(crate) got: u64,
}

pub(crate) fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
}

/// A constant security identifier for an account.
pub(crate) fn sid(domain: &str, user: &str) -> String {
    if user == "SYSTEM" {
        return "S-1-5-18".to_owned();
    }
    let d = hash(domain);
    format!("S-1-5-21-{}-{}-{}-{}", d & 0xffff_ffff, d >> 34, mix(d) >> 34, 1100 + hash(user) % 4000)
}

/// Digests that belong to the program, not to any real file.
fn digests(original: &str, description: &str) -> String {
    let h = hash(original) ^ hash(description);
    let part = |n: u64| mix(h ^ n);
    format!(
        "MD5={:016X}{:016X},SHA256={:016X}{:016X}{:016X}{:016X},IMPHASH={:016X}{:016X}",
        part(1),
        part(2),
        part(3),
        part(4),
        part(5),
        part(6),
        part(7),
        part(8)
    )
}

impl Emit {
    fn put(&mut self, file: usize, t: i64, channel: u8, text: String) -> bool {
        let kept = self.sink.push(file, t, channel, text);
        if let Some(trace) = self.trace.as_mut().filter(|_| kept) {
            trace.first = if trace.lines == 0 { t } else { trace.first.min(t) };
            trace.last = trace.last.max(t);
            trace.lines += 1;
            trace.files.insert(Sink::name(file, t));
            if file < HOSTS.len() {
                trace.hosts.insert(HOSTS[file].name.to_owned());
            }
        }
        kept
    }

    pub(crate) fn mark(&mut self, host: &str, t: i64, text: &str) {
        if let Some(trace) = &mut self.trace {
            trace.markers.push(Marker { host: host.to_owned(), time: rfc3339(t), text: text.to_owned() });
        }
    }

    fn windows(&mut self, host: usize, t: i64, channel: u8, id: u32, task: &str, data: &[(&str, &str)]) {
        let (name, provider) = if channel == SECURITY {
            ("Security", "Microsoft-Windows-Security-Auditing")
        } else {
            ("Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon")
        };
        let provider = if id == 1102 { "Microsoft-Windows-Eventlog" } else { provider };
        let mut s = String::with_capacity(1200);
        let h = HOSTS[host].name;
        let _ = write!(
            s,
            "{{\"@timestamp\":\"{}\",\"agent\":{{\"type\":\"winlogbeat\",\"version\":\"7.17.9\",\"hostname\":\"{h}\"}},\"ecs\":{{\"version\":\"1.12.0\"}},\"event\":{{\"code\":\"{id}\",\"provider\":\"{provider}\",\"kind\":\"event\",\"action\":\"{task}\"}},\"host\":{{\"name\":\"{h}\"}},\"log\":{{\"level\":\"information\"}},\"message\":\"{task}\",\"winlog\":{{\"channel\":\"{name}\",\"computer_name\":\"{}\",\"event_id\":\"{id}\",\"provider_name\":\"{provider}\",\"task\":\"{task}\",\"opcode\":\"Info\",\"process\":{{\"pid\":{},\"thread\":{{\"id\":{}}}}},\"event_data\":{{",
            rfc3339(t),
            fqdn(host),
            if channel == SYSMON { 1432 } else { 604 },
            1500 + t % 900
        );
        for (i, (key, value)) in data.iter().enumerate() {
            let _ = write!(s, "{}\"{key}\":\"", if i == 0 { "" } else { "," });
            escape(&mut s, value);
            s.push('"');
        }
        s.push('}');
        self.put(host, t, channel, s);
    }

    pub(crate) fn security(&mut self, host: usize, t: i64, id: u32, task: &str, data: &[(&str, &str)]) {
        self.windows(host, t, SECURITY, id, task, data);
    }

    /// A Sysmon event about a process: `UtcTime`, GUID, pid and image come first.
    pub(crate) fn sysmon(
        &mut self,
        host: usize,
        t: i64,
        id: u32,
        task: &str,
        p: &Process,
        data: &[(&str, &str)],
    ) {
        let (utc, pid) = (sysmon(t), p.pid.to_string());
        let mut all = vec![
            ("UtcTime", utc.as_str()),
            ("ProcessGuid", &p.guid),
            ("ProcessId", &pid),
            ("Image", &p.image),
        ];
        all.extend_from_slice(data);
        self.windows(host, t, SYSMON, id, task, &all);
    }

    /// A Sysmon event whose first fields are not those of [`Emit::sysmon`].
    pub(crate) fn raw_sysmon(&mut self, host: usize, t: i64, id: u32, task: &str, data: &[(&str, &str)]) {
        self.windows(host, t, SYSMON, id, task, data);
    }

    pub(crate) fn process(&mut self, host: usize, t: i64, image: &str, cmd: &str) -> Process {
        let (a, b) = (hash(HOSTS[host].name), self.rng.next());
        let guid = format!(
            "{{{:08X}-{:04X}-{:04X}-{:04X}-{:012X}}}",
            a >> 32,
            a & 0xffff,
            (t / SECOND) >> 16 & 0xffff,
            (t / SECOND) & 0xffff,
            b >> 16
        );
        Process { guid, pid: 4 * (300 + self.rng.below(6000)), image: image.to_owned(), cmd: cmd.to_owned() }
    }

    /// Starts a program: Sysmon 1 and Security 4688.
    pub(crate) fn start(
        &mut self,
        host: usize,
        t: i64,
        app: &App<'_>,
        cmd: &str,
        parent: &Process,
        s: &Session,
    ) -> Process {
        let p = self.process(host, t, app.image, cmd);
        let user = if s.user == "SYSTEM" {
            r"NT AUTHORITY\SYSTEM".to_owned()
        } else {
            format!("{}\\{}", s.domain, s.user)
        };
        let (ppid, hashes) = (parent.pid.to_string(), digests(app.original, app.description));
        let level = if s.user == "SYSTEM" { "System" } else { "Medium" };
        self.sysmon(
            host,
            t,
            1,
            "Process Create (rule: ProcessCreate)",
            &p,
            &[
                ("RuleName", "-"),
                ("FileVersion", "10.0.14393.0"),
                ("Description", app.description),
                ("Product", app.product),
                ("Company", app.company),
                ("OriginalFileName", app.original),
                ("CommandLine", cmd),
                ("CurrentDirectory", r"C:\Windows\system32\"),
                ("User", &user),
                ("LogonId", &s.id),
                ("TerminalSessionId", "1"),
                ("IntegrityLevel", level),
                ("Hashes", &hashes),
                ("ParentProcessGuid", &parent.guid),
                ("ParentProcessId", &ppid),
                ("ParentImage", &parent.image),
                ("ParentCommandLine", &parent.cmd),
            ],
        );
        let (new, old, sid) =
            (format!("{:#x}", p.pid), format!("{:#x}", parent.pid), sid(&s.domain, &s.user));
        self.security(
            host,
            t,
            4688,
            "Process Creation",
            &[
                ("SubjectUserSid", &sid),
                ("SubjectUserName", &s.user),
                ("SubjectDomainName", &s.domain),
                ("SubjectLogonId", &s.id),
                ("NewProcessId", &new),
                ("NewProcessName", app.image),
                ("TokenElevationType", "%%1938"),
                ("ProcessId", &old),
                ("CommandLine", cmd),
                ("TargetUserSid", "S-1-0-0"),
                ("TargetUserName", "-"),
                ("TargetDomainName", "-"),
                ("TargetLogonId", "0x0"),
                ("ParentProcessName", &parent.image),
                ("MandatoryLabel", "S-1-16-8192"),
            ],
        );
        p
    }

    pub(crate) fn file(&mut self, host: usize, t: i64, p: &Process, name: &str) {
        let utc = sysmon(t);
        self.sysmon(
            host,
            t,
            11,
            "File created (rule: FileCreate)",
            p,
            &[("RuleName", "-"), ("TargetFilename", name), ("CreationUtcTime", &utc)],
        );
    }

    pub(crate) fn load(&mut self, host: usize, t: i64, p: &Process, dll: &str, signer: &str) {
        let hashes = digests(dll, signer);
        let signed = if signer == "-" { ("false", "Unavailable") } else { ("true", "Valid") };
        self.sysmon(
            host,
            t,
            7,
            "Image loaded (rule: ImageLoad)",
            p,
            &[
                ("RuleName", "-"),
                ("ImageLoaded", dll),
                ("FileVersion", "-"),
                ("Description", "-"),
                ("Product", "-"),
                ("Company", "-"),
                ("OriginalFileName", "-"),
                ("Hashes", &hashes),
                ("Signed", signed.0),
                ("Signature", signer),
                ("SignatureStatus", signed.1),
            ],
        );
    }

    /// A logon by network or at the screen: 4624; the session is returned.
    pub(crate) fn logon(
        &mut self,
        host: usize,
        t: i64,
        kind: u32,
        domain: &str,
        user: &str,
        ip: &str,
    ) -> Session {
        let s = Session {
            domain: domain.to_owned(),
            user: user.to_owned(),
            id: format!("{:#x}", 0x20_0000 + self.rng.below(0xf00_0000)),
        };
        let (kind, sid, port) = (kind.to_string(), sid(domain, user), self.port().to_string());
        let ntlm = kind == "3";
        let package = if ntlm { "Kerberos" } else { "Negotiate" };
        let station = HOSTS.iter().find(|h| h.ip == ip).map_or("-", |h| h.name);
        self.security(
            host,
            t,
            4624,
            "Logon",
            &[
                ("SubjectUserSid", "S-1-0-0"),
                ("SubjectUserName", "-"),
                ("SubjectDomainName", "-"),
                ("SubjectLogonId", "0x0"),
                ("TargetUserSid", &sid),
                ("TargetUserName", user),
                ("TargetDomainName", domain),
                ("TargetLogonId", &s.id),
                ("LogonType", &kind),
                ("LogonProcessName", if ntlm { "Kerberos" } else { "User32 " }),
                ("AuthenticationPackageName", package),
                ("WorkstationName", station),
                ("LogonGuid", "{00000000-0000-0000-0000-000000000000}"),
                ("TransmittedServices", "-"),
                ("LmPackageName", "-"),
                ("KeyLength", "0"),
                ("ProcessId", "0x25c"),
                ("ProcessName", r"C:\Windows\System32\svchost.exe"),
                ("IpAddress", ip),
                ("IpPort", &port),
            ],
        );
        s
    }

    /// Security events that name a session as their subject and carry a few fields more.
    pub(crate) fn subject(
        &mut self,
        host: usize,
        t: i64,
        id: u32,
        task: &str,
        s: &Session,
        data: &[(&str, &str)],
    ) {
        let sid = sid(&s.domain, &s.user);
        let mut all = vec![
            ("SubjectUserSid", sid.as_str()),
            ("SubjectUserName", &s.user),
            ("SubjectDomainName", &s.domain),
            ("SubjectLogonId", &s.id),
        ];
        all.extend_from_slice(data);
        self.security(host, t, id, task, &all);
    }

    pub(crate) fn logoff(&mut self, host: usize, t: i64, s: &Session, kind: &str) {
        let sid = sid(&s.domain, &s.user);
        self.security(
            host,
            t,
            4634,
            "Logoff",
            &[
                ("TargetUserSid", &sid),
                ("TargetUserName", &s.user),
                ("TargetDomainName", &s.domain),
                ("TargetLogonId", &s.id),
                ("LogonType", kind),
            ],
        );
    }

    pub(crate) fn port(&mut self) -> u64 {
        49_152 + self.rng.below(16_000)
    }

    /// Sysmon 3.
    pub(crate) fn network(&mut self, host: usize, t: i64, p: &Process, user: &str, c: &Conn<'_>, name: &str) {
        let (a, b, full) = (c.port.to_string(), c.to_port.to_string(), fqdn(host));
        self.sysmon(
            host,
            t,
            3,
            "Network connection detected (rule: NetworkConnect)",
            p,
            &[
                ("RuleName", "-"),
                ("User", user),
                ("Protocol", "tcp"),
                ("Initiated", "true"),
                ("SourceIsIpv6", "false"),
                ("SourceIp", c.from),
                ("SourceHostname", &full),
                ("SourcePort", &a),
                ("SourcePortName", "-"),
                ("DestinationIsIpv6", "false"),
                ("DestinationIp", c.to),
                ("DestinationHostname", name),
                ("DestinationPort", &b),
                ("DestinationPortName", "-"),
            ],
        );
    }

    /// Sysmon 22.
    pub(crate) fn query(&mut self, host: usize, t: i64, p: &Process, name: &str, ip: &str) {
        let results = format!("::ffff:{ip};");
        self.sysmon(
            host,
            t,
            22,
            "Dns query (rule: DnsQuery)",
            p,
            &[("RuleName", "-"), ("QueryName", name), ("QueryStatus", "0"), ("QueryResults", &results)],
        );
    }

    fn ids(&mut self, t: i64, uid: &str, c: &Conn<'_>) -> String {
        let mut s = String::with_capacity(300);
        epoch(&mut s, t);
        let _ = write!(s, "\t{uid}\t{}\t{}\t{}\t{}", c.from, c.port, c.to, c.to_port);
        s
    }

    /// A connection in `conn.log`; its uid, and whether the sensor saw it.
    pub(crate) fn conn(&mut self, sensor: usize, t: i64, c: &Conn<'_>) -> (String, bool) {
        let uid = format!("C{:017X}", u128::from(self.rng.next()) << 4);
        let mut s = self.ids(t, &uid, c);
        let inside = |ip: &str| if ip.starts_with("10.") { 'T' } else { 'F' };
        let (op, rp) = (c.sent / 1400 + 5, c.got / 1400 + 5);
        let _ = write!(
            s,
            "\ttcp\t{}\t{}.{:06}\t{}\t{}\tSF\t{}\t{}\t0\tShADadFf\t{op}\t{}\t{rp}\t{}\t-",
            c.service,
            c.seconds,
            self.rng.below(1_000_000),
            c.sent,
            c.got,
            inside(c.from),
            inside(c.to),
            c.sent + op * 40,
            c.got + rp * 40
        );
        let seen = self.put(zeek_file(sensor, Log::Conn), t, 0, s);
        (uid, seen)
    }

    pub(crate) fn ssl(&mut self, sensor: usize, t: i64, uid: &str, c: &Conn<'_>, name: &str, issuer: &str) {
        let mut s = self.ids(t, uid, c);
        let status = if issuer.contains(name) { "self signed certificate" } else { "ok" };
        let _ = write!(
            s,
            "\tTLSv12\tTLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\tsecp256r1\t{name}\tF\t-\t-\tT\tF{:016x}\t(empty)\tCN={name}\t{issuer}\t-\t-\t{status}",
            hash(name)
        );
        self.put(zeek_file(sensor, Log::Ssl), t, 0, s);
    }

    #[expect(clippy::too_many_arguments, reason = "one argument a column that differs")]
    pub(crate) fn http(
        &mut self,
        sensor: usize,
        t: i64,
        uid: &str,
        c: &Conn<'_>,
        name: &str,
        uri: &str,
        agent: &str,
    ) {
        let mut s = self.ids(t, uid, c);
        let _ = write!(
            s,
            "\t1\tGET\t{name}\t{uri}\t-\t1.1\t{agent}\t0\t{}\t200\tOK\t-\t-\t(empty)\t-\t-\t-\t-\t-\t-\tF{:016x}\t-\ttext/plain",
            c.got,
            hash(uid)
        );
        self.put(zeek_file(sensor, Log::Http), t, 0, s);
    }

    /// The controller asks its forwarder; `dns.log` and the `conn.log` stay short of the inside.
    pub(crate) fn dns(&mut self, sensor: usize, t: i64, name: &str, ip: &str) {
        let from = HOSTS[sensor * CLIENT_FROM].ip;
        let c = Conn {
            from,
            port: self.port(),
            to: "192.0.2.53",
            to_port: 53,
            service: "dns",
            seconds: 0,
            sent: 40,
            got: 80,
        };
        let uid = format!("C{:017X}", u128::from(self.rng.next()) << 4);
        let mut s = self.ids(t, &uid, &c);
        let _ = write!(
            s,
            "\tudp\t{}\t0.0{:05}\t{name}\t1\tC_INTERNET\t1\tA\t0\tNOERROR\tF\tF\tT\tT\t0\t{ip}\t300.000000\tF",
            self.rng.below(65_536),
            self.rng.below(99_999)
        );
        self.put(zeek_file(sensor, Log::Dns), t, 0, s);
    }

    /// A line of the proxies' common log.
    #[expect(clippy::too_many_arguments, reason = "one argument a column that differs")]
    pub(crate) fn proxy(
        &mut self,
        t: i64,
        host: usize,
        user: &str,
        name: &str,
        ip: &str,
        tls: bool,
        uri: &str,
        agent: &str,
        got: u64,
    ) {
        let (method, scheme, port) = if tls { ("CONNECT", "tcp", ":443") } else { ("GET", "http", "") };
        let (stem, url) =
            if tls { ("-", format!("tcp://{name}{port}/")) } else { (uri, format!("http://{name}{uri}")) };
        let line = format!(
            "{} {} {} {} {}\\{user} {name} {method} {scheme} {stem} - {url} \"{agent}\" 200 {got} {} TCP_MISS {ip}",
            ymd(t),
            hms(t),
            20 + self.rng.below(900),
            HOSTS[host].ip,
            domain(host),
            300 + self.rng.below(900)
        );
        self.put(PROXY_LOG, t, 0, line);
    }
}
