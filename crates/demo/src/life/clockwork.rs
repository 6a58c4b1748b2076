//! What runs by the clock: the nightly backup, a vendor's updater every hour, a monitoring agent every minute.

use super::Life;
use crate::image;
use crate::net::{Fetch, Flow};
use crate::outside;
use crate::security::Way;
use crate::time::{DAY, HOUR, MILLI, MINUTE, Moment, SECOND, START};
use crate::world::{
    HM_FILE, HM_WS08, HostId, MONITOR_SERVER, MSP_BACKUP, Role, SVC_BACKUP, SVC_BACKUP_CLIENT, host_ids,
};

const BACKUP_BEGINS: i64 = 20 * HOUR + 30 * MINUTE;

/// What the clock depends on.
pub(super) struct Clock {
    /// Days on which the monitoring agent runs; it is let run as long as it is a small part of all lines.
    monitored: i64,
}

impl Clock {
    pub(super) fn new(events: u64) -> Clock {
        Clock { monitored: (events / (20 * 1_440)).max(3) as i64 }
    }
}

impl Life<'_> {
    pub(super) fn clockwork(&mut self, from: Moment, until: Moment) {
        self.monitoring(from, until);
        if from.of_day() % HOUR == 0 {
            self.updaters(from);
        }
        let backup = Moment(from.day() * DAY + BACKUP_BEGINS);
        if backup >= from && backup < until {
            let jitter = self.emit.rng.between(0, 20 * SECOND);
            self.backup(backup.plus(jitter));
        }
    }

    /// The agent reports to the monitoring server of its own network every 60 seconds, to the second.
    fn monitoring(&mut self, from: Moment, until: Moment) {
        // It is put to work on the second Monday.
        let first = START.plus(7 * DAY);
        let last = first.plus(self.clock.monitored * DAY);
        let host = HM_WS08.get();
        let mut t = from.plus(17 * SECOND);
        while t < until {
            if t >= first && t < last {
                let jitter = self.emit.rng.between(0, 40 * MILLI);
                let port = self.emit.port();
                let flow = Flow::tcp(t.plus(jitter), (host.ip, port), (MONITOR_SERVER, 10_051), "")
                    .bytes(412, 96)
                    .lasting(21 * MILLI);
                let seen = self.emit.flow(&flow);
                if t.of_day() < MINUTE && seen.iter().any(Option::is_some) {
                    // Sysmon is set to note the agent's connections once a day only.
                    self.emit.connected(&self.emit.world.base(HM_WS08).service, &flow, "-", true);
                }
            }
            t = t.plus(MINUTE);
        }
    }

    /// The drawing program's updater, on two desks: once an hour, some minutes more or less.
    fn updaters(&mut self, hour: Moment) {
        for host in host_ids().filter(|h| h.get().role == Role::Workstation && h.0 % 7 == 0) {
            let t = hour.plus(self.emit.rng.between(0, 10 * MINUTE));
            let fetch = Fetch {
                sent: 640,
                received: 2_100,
                ..Fetch::get(&outside::CAD_UPDATE, "/check", "NordvikUpdate/17.1", &mut self.emit.rng)
            };
            self.emit.fetch(t, &self.emit.world.base(host).service, &fetch);
        }
    }

    /// The client's file server is mirrored to the provider's backup server: many bytes, inside, known to all.
    fn backup(&mut self, t: Moment) {
        let base = self.emit.world.base(HM_FILE);
        let cmd = self.emit.spawn(
            t,
            &base.netsvcs,
            &image::CMD,
            r"C:\Windows\system32\cmd.exe /c C:\Scripts\backup.cmd",
            base.system.logon,
        );
        let copy = self.emit.spawn(
            t.plus(SECOND),
            &cmd,
            &image::ROBOCOPY,
            r"robocopy D:\Projects \\MSP-BKP01\HalvardBackup /MIR /R:2 /W:5 /NP /LOG:C:\Logs\backup.log",
            base.system.logon,
        );
        let from = (HM_FILE.get().ip, self.emit.port());
        let lasting = 9 * MINUTE;
        let sent = 3_000_000_000 + self.emit.rng.below(1_500_000_000);
        let flow = Flow::tcp(t.plus(2 * SECOND), from, (MSP_BACKUP.get().ip, 445), "gssapi,smb,ntlm")
            .bytes(sent, 90_000_000)
            .lasting(lasting);
        self.emit.connect(&base.system, &flow, "-");
        let name = HM_FILE.get().name;
        self.emit.validated(t.plus(2_040 * MILLI), &SVC_BACKUP, name);
        let logon = self.emit.logon(
            t.plus(2_060 * MILLI),
            MSP_BACKUP,
            SVC_BACKUP,
            &Way::ntlm(from.0, from.1, name),
            0,
        );
        let share = ("HalvardBackup", r"\??\E:\HalvardBackup");
        self.emit.share(t.plus(2_100 * MILLI), MSP_BACKUP, &logon, from, share);
        self.emit.logoff(t.plus(2 * SECOND + lasting), MSP_BACKUP, &logon, 3);
        self.emit.exit(t.plus(3 * SECOND + lasting), &copy);
        self.emit.exit(t.plus(4 * SECOND + lasting), &cmd);
        self.agent(t.plus(30 * SECOND), HM_FILE);
    }

    /// The backup agent checks the snapshots it made.
    fn agent(&mut self, t: Moment, host: HostId) {
        let base = self.emit.world.base(host);
        let list =
            self.emit.spawn(t, &base.service, &image::VSSADMIN, "vssadmin list shadows", base.system.logon);
        self.emit.exit(t.plus(SECOND), &list);
        let port = self.emit.port();
        self.emit.ticket(t.plus(2 * SECOND), &SVC_BACKUP_CLIENT, host.get().ip, port);
    }
}
