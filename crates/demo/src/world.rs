//! The two networks: hosts, accounts, addresses.

use std::fmt::Write as _;

use crate::image::{self, Image, push_hex8};
use crate::rng::{Rng, name_hash, split_mix};
use crate::time::{HOUR, MINUTE, Moment, START};

/// An IPv4 address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ip(pub(crate) u32);

impl Ip {
    pub(crate) const fn new(a: u8, b: u8, c: u8, d: u8) -> Ip {
        Ip(u32::from_be_bytes([a, b, c, d]))
    }

    pub(crate) fn push(self, out: &mut String) {
        let [a, b, c, d] = self.0.to_be_bytes();
        let _ = write!(out, "{a}.{b}.{c}.{d}");
    }

    /// Whose network it is in, if in one of the two.
    pub(crate) fn site(self) -> Option<Site> {
        match self.0 >> 16 {
            0x0a0a => Some(Site::Provider),
            0x0a14 => Some(Site::Client),
            _ => None,
        }
    }

    /// Its segment: traffic within one does not pass the gateway.
    pub(crate) fn segment(self) -> u32 {
        self.0 >> 8
    }
}

/// Which network; each has one Zeek sensor, at the gateway that also routes between its segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Site {
    Provider,
    Client,
}

pub(crate) const SITES: [Site; 2] = [Site::Provider, Site::Client];

impl Site {
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Site::Provider => "provider",
            Site::Client => "client",
        }
    }

    /// NetBIOS name of the domain.
    pub(crate) fn domain(self) -> &'static str {
        match self {
            Site::Provider => "MERIDIAN",
            Site::Client => "HALVARD",
        }
    }

    pub(crate) fn dns(self) -> &'static str {
        match self {
            Site::Provider => "meridian.example",
            Site::Client => "halvard.example",
        }
    }

    pub(crate) fn sid(self) -> &'static str {
        match self {
            Site::Provider => "S-1-5-21-1824730281-2291170513-3317025519",
            Site::Client => "S-1-5-21-3020771894-1196437785-2758113640",
        }
    }

    pub(crate) fn controller(self) -> HostId {
        match self {
            Site::Provider => MSP_DC,
            Site::Client => HM_DC,
        }
    }

    pub(crate) fn files(self) -> HostId {
        match self {
            Site::Provider => MSP_BACKUP,
            Site::Client => HM_FILE,
        }
    }

    pub(crate) fn mail(self) -> HostId {
        match self {
            Site::Provider => MSP_MAIL,
            Site::Client => HM_MAIL,
        }
    }
}

/// Index into [`HOSTS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct HostId(pub(crate) u8);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Server,
    Workstation,
}

#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) name: &'static str,
    pub(crate) site: Site,
    pub(crate) ip: Ip,
    pub(crate) role: Role,
    /// Who sits at it.
    pub(crate) user: Option<&'static str>,
}

const fn server(name: &'static str, site: Site, ip: Ip) -> Host {
    Host { name, site, ip, role: Role::Server, user: None }
}

const fn desk(name: &'static str, site: Site, ip: Ip, user: &'static str) -> Host {
    Host { name, site, ip, role: Role::Workstation, user: Some(user) }
}

use Site::{Client, Provider};

pub(crate) static HOSTS: [Host; 20] = [
    server("MSP-DC01", Provider, Ip::new(10, 10, 0, 10)),
    // The jump host stands in a segment of its own, published to the outside.
    server("MSP-JUMP01", Provider, Ip::new(10, 10, 5, 20)),
    server("MSP-MAIL01", Provider, Ip::new(10, 10, 0, 25)),
    server("MSP-BKP01", Provider, Ip::new(10, 10, 0, 40)),
    desk("MSP-WS01", Provider, Ip::new(10, 10, 1, 21), "e.lindqvist"),
    desk("MSP-WS02", Provider, Ip::new(10, 10, 1, 22), "t.okafor"),
    desk("MSP-WS03", Provider, Ip::new(10, 10, 1, 23), "a.novak"),
    desk("MSP-WS04", Provider, Ip::new(10, 10, 1, 24), "s.marchetti"),
    desk("MSP-WS05", Provider, Ip::new(10, 10, 1, 25), "j.haddad"),
    server("HM-DC01", Client, Ip::new(10, 20, 0, 10)),
    server("HM-FILE01", Client, Ip::new(10, 20, 0, 12)),
    server("HM-MAIL01", Client, Ip::new(10, 20, 0, 14)),
    desk("HM-WS01", Client, Ip::new(10, 20, 1, 31), "ingrid.solberg"),
    desk("HM-WS02", Client, Ip::new(10, 20, 1, 32), "per.aasen"),
    desk("HM-WS03", Client, Ip::new(10, 20, 1, 33), "maja.lunde"),
    desk("HM-WS04", Client, Ip::new(10, 20, 1, 34), "olav.tveit"),
    desk("HM-WS05", Client, Ip::new(10, 20, 1, 35), "henrik.dahl"),
    desk("HM-WS06", Client, Ip::new(10, 20, 1, 36), "sofie.moen"),
    desk("HM-WS07", Client, Ip::new(10, 20, 1, 37), "lars.berge"),
    desk("HM-WS08", Client, Ip::new(10, 20, 1, 38), "kari.nygaard"),
];

pub(crate) const MSP_DC: HostId = HostId(0);
pub(crate) const MSP_JUMP: HostId = HostId(1);
pub(crate) const MSP_MAIL: HostId = HostId(2);
pub(crate) const MSP_BACKUP: HostId = HostId(3);
pub(crate) const HM_DC: HostId = HostId(9);
pub(crate) const HM_FILE: HostId = HostId(10);
pub(crate) const HM_MAIL: HostId = HostId(11);
pub(crate) const HM_WS02: HostId = HostId(13);
pub(crate) const HM_WS05: HostId = HostId(16);
pub(crate) const HM_WS07: HostId = HostId(18);
pub(crate) const HM_WS08: HostId = HostId(19);

/// The monitoring server at the client: an appliance without Windows logs.
pub(crate) const MONITOR_SERVER: Ip = Ip::new(10, 20, 0, 18);

impl HostId {
    pub(crate) fn get(self) -> &'static Host {
        &HOSTS[self.0 as usize]
    }

    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// All hosts, in order.
pub(crate) fn host_ids() -> impl Iterator<Item = HostId> {
    (0..HOSTS.len() as u8).map(HostId)
}

/// Somebody who can act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    System,
    NetworkService,
    Account(Account),
}

/// An account of a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) name: &'static str,
    pub(crate) site: Site,
    pub(crate) admin: bool,
}

impl Account {
    pub(crate) const fn user(name: &'static str, site: Site) -> Account {
        Account { name, site, admin: false }
    }

    pub(crate) const fn admin(name: &'static str, site: Site) -> Account {
        Account { name, site, admin: true }
    }

    /// The account's security identifier: its last part belongs to the name.
    pub(crate) fn push_sid(&self, out: &mut String) {
        let _ = write!(out, "{}-{}", self.site.sid(), 1104 + name_hash(self.name) % 4000);
    }
}

pub(crate) const ADM_LINDQVIST: Account = Account::admin("adm-lindqvist", Provider);
pub(crate) const ADM_OKAFOR: Account = Account::admin("adm-okafor", Provider);
pub(crate) const ADM_OKAFOR_CLIENT: Account = Account::admin("adm-okafor", Client);
pub(crate) const ADM_NOVAK: Account = Account::admin("adm-novak", Provider);
pub(crate) const SVC_MERIDIAN: Account = Account::admin("svc-meridian", Client);
pub(crate) const SVC_BACKUP: Account = Account::user("svc-backup", Provider);
pub(crate) const SVC_BACKUP_CLIENT: Account = Account::admin("svc-backup", Client);

/// A logon session on one host.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Logon {
    pub(crate) who: Who,
    pub(crate) id: u64,
    pub(crate) seconds: u32,
    /// Terminal session.
    pub(crate) terminal: u8,
}

/// A process; its GUID is made of the host, the moment and the serial.
#[derive(Debug, Clone)]
pub(crate) struct Process {
    pub(crate) host: HostId,
    pub(crate) pid: u32,
    pub(crate) seconds: u32,
    pub(crate) serial: u32,
    pub(crate) image: &'static Image,
    pub(crate) command: std::borrow::Cow<'static, str>,
    pub(crate) logon: Logon,
}

/// Processes that run on a host from its start on.
#[derive(Debug, Clone)]
pub(crate) struct Base {
    pub(crate) system: Process,
    pub(crate) winlogon: Process,
    pub(crate) services: Process,
    pub(crate) lsass: Process,
    /// `svchost -k netsvcs`: task scheduler, BITS, Windows Update.
    pub(crate) netsvcs: Process,
    pub(crate) dcom: Process,
    /// `svchost -k NetworkService`: name resolution, terminal services.
    pub(crate) network: Process,
    pub(crate) spooler: Process,
    pub(crate) wmi: Process,
    pub(crate) defender: Process,
    pub(crate) beat: Process,
    /// The vendor's service that this host has: monitoring, backup, mail or update.
    pub(crate) service: Process,
}

/// What is fixed for a run.
pub(crate) struct World {
    pub(crate) base: Vec<Base>,
    /// For each host the `agent`, `ecs` part of a Winlogbeat line.
    pub(crate) agent: Vec<String>,
    pub(crate) machine: Vec<u32>,
}

impl World {
    pub(crate) fn new(seed: u64) -> World {
        World {
            base: host_ids().map(|host| base(host, seed)).collect(),
            agent: host_ids().map(agent).collect(),
            machine: host_ids().map(|host| name_hash(host.get().name) as u32 | 0x1000_0000).collect(),
        }
    }

    pub(crate) fn base(&self, host: HostId) -> &Base {
        &self.base[host.index()]
    }
}

/// Winlogbeat 7 wrote event and record numbers as numbers, 8 writes them as text: the provider runs the older.
pub(crate) fn numbers_as_text(host: HostId) -> bool {
    host.get().site == Client
}

fn agent(host: HostId) -> String {
    let name = host.get().name;
    let (version, ecs) = if numbers_as_text(host) { ("8.6.2", "8.0.0") } else { ("7.10.2", "1.5.0") };
    let mut state = name_hash(name);
    let mut uuid = || {
        let (a, b) = (split_mix(&mut state), split_mix(&mut state));
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            a >> 32,
            a >> 16 & 0xffff,
            a & 0xfff,
            b >> 52,
            b & 0xffff_ffff_ffff
        )
    };
    let (first, second) = (uuid(), uuid());
    let hostname = if numbers_as_text(host) { String::new() } else { format!("\"hostname\":\"{name}\",") };
    format!(
        "\"agent\":{{\"ephemeral_id\":\"{first}\",{hostname}\"id\":\"{second}\",\"name\":\"{name}\",\
         \"type\":\"winlogbeat\",\"version\":\"{version}\"}},\"ecs\":{{\"version\":\"{ecs}\"}}"
    )
}

/// The logon of the system itself.
pub(crate) fn system_logon(who: Who, boot: Moment) -> Logon {
    let id = match who {
        Who::NetworkService => 0x3e4,
        _ => 0x3e7,
    };
    Logon { who, id, seconds: boot.seconds(), terminal: 0 }
}

fn base(host: HostId, seed: u64) -> Base {
    let mut rng = Rng::new(seed, host.get().name);
    // Every host was started on the week-end before the story.
    let boot = START.plus(-30 * HOUR + rng.between(0, 90 * MINUTE));
    let mut pid = 400;
    let mut serial = 0x10;
    let mut make = |image: &'static Image, command: &'static str, who: Who| {
        pid += 4 * rng.between(1, 60) as u32;
        serial += 2 * rng.between(20, 900) as u32;
        Process {
            host,
            pid,
            seconds: boot.seconds() + (serial >> 8),
            serial,
            image,
            command: command.into(),
            logon: system_logon(who, boot),
        }
    };
    let mut system = make(&image::SYSTEM, "", Who::System);
    system.pid = 4;
    let (service, command) = match host.get().role {
        _ if host == MSP_MAIL || host == HM_MAIL => {
            (&image::MAILSTORE, r#""C:\Program Files\Harbour Mail\hmstore.exe""#)
        }
        _ if host == HM_WS08 => {
            (&image::MONITOR, r#""C:\Program Files\Tallgrass Monitor\tgagent.exe" --service"#)
        }
        Role::Server => (&image::BACKUP, r#""C:\Program Files\Keelback\kbagent.exe""#),
        Role::Workstation => {
            (&image::CAD_UPDATE, r#""C:\Program Files\Nordvik CAD\Update\nvupdate.exe" /service"#)
        }
    };
    Base {
        system,
        winlogon: make(&image::WINLOGON, "winlogon.exe", Who::System),
        services: make(&image::SERVICES, r"C:\Windows\system32\services.exe", Who::System),
        lsass: make(&image::LSASS, r"C:\Windows\system32\lsass.exe", Who::System),
        netsvcs: make(&image::SVCHOST, r"C:\Windows\system32\svchost.exe -k netsvcs", Who::System),
        dcom: make(&image::SVCHOST, r"C:\Windows\system32\svchost.exe -k DcomLaunch", Who::System),
        network: make(
            &image::SVCHOST,
            r"C:\Windows\system32\svchost.exe -k NetworkService",
            Who::NetworkService,
        ),
        spooler: make(&image::SPOOLSV, r"C:\Windows\System32\spoolsv.exe", Who::System),
        wmi: make(&image::WMIPRVSE, r"C:\Windows\system32\wbem\wmiprvse.exe", Who::NetworkService),
        defender: make(&image::MSMPENG, r#""C:\Program Files\Windows Defender\MsMpEng.exe""#, Who::System),
        beat: make(
            &image::WINLOGBEAT,
            r#""C:\Program Files\Winlogbeat\winlogbeat.exe" -c winlogbeat.yml"#,
            Who::System,
        ),
        service: make(service, command, Who::System),
    }
}

/// Appends a Sysmon GUID without its braces.
pub(crate) fn push_guid(out: &mut String, machine: u32, seconds: u32, kind: u16, low: u32) {
    push_hex8(out, machine, false);
    let _ = write!(out, "-{:04x}-{:04x}-0000-{kind:04x}", seconds & 0xffff, seconds >> 16);
    push_hex8(out, low.swap_bytes(), false);
}
