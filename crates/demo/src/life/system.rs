//! What computers do by themselves.

use super::Life;
use crate::image;
use crate::security::Way;
use crate::time::{MILLI, MINUTE, Moment, SECOND};
use crate::world::{HM_MAIL, HostId, MSP_MAIL};

const SERVICES: [&str; 6] = [
    "Windows Modules Installer",
    "Software Protection",
    "Background Intelligent Transfer Service",
    "Windows Update",
    "Device Setup Manager",
    "WinHTTP Web Proxy Auto-Discovery Service",
];
const SCAN_TRACE: &str = r"C:\Windows\SYSTEM32\ntdll.dll+a5594|C:\Windows\System32\KERNELBASE.dll+20edd|C:\ProgramData\Microsoft\Windows Defender\Definition Updates\{0F6A41B2-5C1D-4E0B-9A57-7A8C1F0D2E11}\mpengine.dll+1c3f8|C:\Program Files\Windows Defender\mpsvc.dll+4a1e2";

impl Life<'_> {
    /// A desk at which nobody is, or whose computer minds its own business.
    pub(super) fn idle(&mut self, t: Moment, host: HostId) {
        match self.emit.rng.below(100) {
            0..24 => self.task(t, host),
            24..36 => self.service(t, host),
            36..48 => self.scanner(t, host),
            48..60 => self.registry_noise(t, host),
            60..66 => self.windows_update(t, host),
            66..74 => self.definitions(t, host),
            74..84 => self.machine_policy(t, host),
            84..92 => self.wmi_query(t, host),
            _ => self.defrag(t, host),
        }
    }

    pub(super) fn server(&mut self, t: Moment, host: HostId, night: bool) {
        let is_mail = host == MSP_MAIL || host == HM_MAIL;
        match self.emit.rng.below(100) {
            0..50 if is_mail => self.exchange(t, host),
            50..56 if !night && host.get().site == crate::world::Site::Provider => self.install(t, host),
            56..62 => self.snapshots(t, host),
            _ => self.idle(t, host),
        }
    }

    /// A scheduled task of the system runs.
    fn task(&mut self, t: Moment, host: HostId) {
        let base = self.emit.world.base(host);
        let (image, command) = match self.emit.rng.below(3) {
            0 => (&image::TASKHOST, "taskhostw.exe KEYROAMING"),
            1 => (&image::TASKHOST, "taskhostw.exe SYSTEM"),
            _ => (
                &image::BACKGROUND,
                r#""C:\Windows\system32\backgroundTaskHost.exe" -ServerName:App.AppXmtcan0h2tfbfy7k9kn8hbxb6dmzz1zh0.mca"#,
            ),
        };
        let process = self.emit.spawn(t, &base.netsvcs, image, command, base.system.logon);
        if self.emit.rng.chance(50) {
            self.emit.load(t.plus(60 * MILLI), &process, &image::DLL_RPCRT4);
        }
        let lasting = self.emit.rng.between(2 * SECOND, 4 * MINUTE);
        self.emit.exit(t.plus(lasting), &process);
    }

    /// A service starts and, after a while, stops.
    fn service(&mut self, t: Moment, host: HostId) {
        let name = *self.emit.rng.pick(&SERVICES);
        let base = self.emit.world.base(host);
        self.emit.service_logon(t, host);
        let process = self.emit.spawn(
            t.plus(40 * MILLI),
            &base.services,
            &image::SVCHOST,
            r"C:\Windows\system32\svchost.exe -k wsappx",
            base.system.logon,
        );
        self.emit.load(t.plus(90 * MILLI), &process, &image::DLL_WINHTTP);
        self.emit.service_state(t.plus(120 * MILLI), host, name, "running");
        let lasting = self.emit.rng.between(30 * SECOND, 9 * MINUTE);
        self.emit.service_state(t.plus(lasting), host, name, "stopped");
        self.emit.exit(t.plus(lasting + 20 * MILLI), &process);
    }

    /// The virus scanner looks into lsass, with the rights that such programs ask for.
    fn scanner(&mut self, t: Moment, host: HostId) {
        let base = self.emit.world.base(host);
        let access = if self.emit.rng.chance(50) { 0x1000 } else { 0x1400 };
        self.emit.open_process(t, &base.defender, &base.lsass, access, SCAN_TRACE);
        if self.emit.rng.chance(50) {
            self.emit.open_process(t.plus(700 * MILLI), &base.defender, &base.spooler, 0x1400, SCAN_TRACE);
        }
    }

    fn registry_noise(&mut self, t: Moment, host: HostId) {
        let base = self.emit.world.base(host);
        let value = format!("DWORD (0x{:08x})", self.emit.rng.below(1 << 32));
        for (n, key) in [
            r"HKLM\System\CurrentControlSet\Services\Tcpip\Parameters\Interfaces\{8b1d3a52-6d4c-4f1e-93a7-0d1b2c7e9f10}\LeaseObtainedTime",
            r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Diagnostics\DiagTrack\HeartBeats\Default\LastHeartBeatTime",
        ]
        .into_iter()
        .enumerate()
        {
            self.emit.registry(t.plus(n as i64 * 800 * MILLI), &base.netsvcs, &[key], &value);
        }
    }

    /// The computer's own account reads policies.
    fn machine_policy(&mut self, t: Moment, host: HostId) {
        let site = host.get().site;
        if host == site.controller() {
            return self.registry_noise(t, host);
        }
        let name = format!("{}$", host.get().name);
        let port = self.emit.port();
        self.emit.service_ticket(t, &name, site, site.controller(), host.get().ip, port);
        let base = self.emit.world.base(host);
        let update = self.emit.spawn(
            t.plus(50 * MILLI),
            &base.netsvcs,
            &image::GPUPDATE,
            "gpupdate.exe /target:computer",
            base.system.logon,
        );
        let flow = crate::net::Flow::tcp(
            t.plus(80 * MILLI),
            (host.get().ip, port),
            (site.controller().get().ip, 389),
            "ldap_tcp",
        )
        .bytes(2_400, 6_200);
        self.emit.connect(&base.netsvcs, &flow, "-");
        let key = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy\State\Machine\Extension-List\{00000000-0000-0000-0000-000000000000}\startTimeLo";
        let value = format!("DWORD (0x{:08x})", self.emit.rng.below(1 << 32));
        self.emit.registry(t.plus(400 * MILLI), &base.netsvcs, &[key], &value);
        self.emit.exit(t.plus(3 * SECOND), &update);
    }

    /// A management program asks WMI.
    fn wmi_query(&mut self, t: Moment, host: HostId) {
        let base = self.emit.world.base(host);
        let process = self.emit.spawn(
            t,
            &base.dcom,
            &image::WMIPRVSE,
            r"C:\Windows\system32\wbem\wmiprvse.exe -secured -Embedding",
            base.network.logon,
        );
        self.emit.load(t.plus(70 * MILLI), &process, &image::DLL_CRYPT32);
        let lasting = self.emit.rng.between(90 * SECOND, 6 * MINUTE);
        self.emit.exit(t.plus(lasting), &process);
    }

    fn defrag(&mut self, t: Moment, host: HostId) {
        let base = self.emit.world.base(host);
        let process = self.emit.spawn(
            t,
            &base.netsvcs,
            &image::DEFRAG,
            r"C:\Windows\system32\defrag.exe -c -h -k -g -$",
            base.system.logon,
        );
        let lasting = self.emit.rng.between(10 * SECOND, 8 * MINUTE);
        self.emit.exit(t.plus(lasting), &process);
    }

    /// The backup agent asks which snapshots there are.
    fn snapshots(&mut self, t: Moment, host: HostId) {
        let base = self.emit.world.base(host);
        let process =
            self.emit.spawn(t, &base.service, &image::VSSADMIN, "vssadmin list shadows", base.system.logon);
        self.emit.exit(t.plus(SECOND), &process);
        self.emit.service_logon(t.plus(2 * SECOND), host);
    }

    /// An administrator's installer makes a scheduled task.
    fn install(&mut self, t: Moment, host: HostId) {
        let base = self.emit.world.base(host);
        let account = crate::world::ADM_NOVAK;
        let logon = self.emit.logon(t, host, account, &Way::keyboard(2, host), 1);
        let msi = self.emit.spawn(
            t.plus(8 * SECOND),
            &base.services,
            &image::MSIEXEC,
            r"C:\Windows\system32\msiexec.exe /V",
            base.system.logon,
        );
        let command = r#"schtasks.exe /Create /F /RU SYSTEM /SC DAILY /ST 04:00 /TN "Keelback\Agent update" /TR "\"C:\Program Files\Keelback\kbagent.exe\" --update""#;
        let tool = self.emit.spawn(t.plus(20 * SECOND), &msi, &image::SCHTASKS, command, base.system.logon);
        let trigger = "<CalendarTrigger><StartBoundary>2017-03-06T04:00:00</StartBoundary><ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay></CalendarTrigger>";
        self.emit.task_created(
            t.plus(20_200 * MILLI),
            host,
            &base.system.logon,
            r"\Keelback\Agent update",
            trigger,
            r"C:\Program Files\Keelback\kbagent.exe --update",
        );
        self.emit.file(t.plus(21 * SECOND), &msi, &[r"C:\Program Files\Keelback\kbagent.exe"]);
        self.emit.exit(t.plus(22 * SECOND), &tool);
        self.emit.exit(t.plus(50 * SECOND), &msi);
        self.emit.logoff(t.plus(4 * MINUTE), host, &logon, 2);
    }
}
