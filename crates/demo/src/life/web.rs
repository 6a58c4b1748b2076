//! Browsing, uploads to a cloud drive, and updates of the system.

use super::{Life, Session};
use crate::image;
use crate::net::Fetch;
use crate::outside;
use crate::time::{MILLI, Moment, SECOND};
use crate::world::HostId;

const CHROME_AGENT: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/57.0.2987.98 Safari/537.36";
const UPDATE_AGENT: &str = "Microsoft BITS/7.8";
const PATHS: [&str; 10] = [
    "/",
    "/index.html",
    "/news/today.html",
    "/search?q=ballast+water",
    "/images/logo.png",
    "/style/main.css",
    "/forecast?station=62",
    "/articles/2017/propulsion.html",
    "/js/app.js",
    "/price-list?currency=NOK",
];

impl Life<'_> {
    /// A page or a few, one after the other.
    pub(super) fn browse(&mut self, t: Moment, session: &Session) {
        let mut at = t;
        for _ in 0..1 + self.emit.rng.below(3) {
            let place = self.emit.rng.pick(&outside::PAGES);
            let path = *self.emit.rng.pick(&PATHS);
            let fetch = Fetch::get(place, path, CHROME_AGENT, &mut self.emit.rng);
            self.emit.fetch(at, &session.browser, &fetch);
            at = at.plus(self.emit.rng.between(200 * MILLI, 40 * SECOND));
        }
        if self.emit.rng.chance(12) {
            let user = session.explorer.host.get().user.unwrap_or("guest");
            let name = format!("data_{}", self.emit.rng.below(900));
            let folder =
                [r"C:\Users\", user, r"\AppData\Local\Google\Chrome\User Data\Default\Cache\", &name];
            self.emit.file(t.plus(SECOND), &session.browser, &folder);
        }
    }

    /// Somebody puts a file of their own on a cloud drive: some megabytes leave, in all honesty.
    pub(super) fn upload(&mut self, t: Moment, session: &Session) {
        let sent = self.emit.rng.size(400_000, 5);
        let fetch = Fetch {
            method: "POST",
            sent,
            received: 4_000,
            duration: (sent as i64 / 2).max(300 * MILLI),
            ..Fetch::get(&outside::CLOUD_DRIVE, "/api/files/upload", CHROME_AGENT, &mut self.emit.rng)
        };
        self.emit.fetch(t, &session.browser, &fetch);
    }

    /// The system fetches updates with BITS and installs them.
    pub(super) fn windows_update(&mut self, t: Moment, host: HostId) {
        let number = 4_000_000 + self.emit.rng.below(24_000);
        let path = format!("/d/msdownload/update/software/secu/2017/03/windows10.0-kb{number}-x64.cab");
        let fetch = Fetch {
            mime: "application/vnd.ms-cab-compressed",
            received: self.emit.rng.size(2_000_000, 6),
            ..Fetch::get(&outside::WINDOWS_UPDATE, &path, UPDATE_AGENT, &mut self.emit.rng)
        };
        let base = self.emit.world.base(host);
        let after = self.emit.fetch(t, &base.netsvcs, &fetch);
        let name = format!("windows10.0-kb{number}-x64.cab");
        self.emit.file(after, &base.netsvcs, &[r"C:\Windows\SoftwareDistribution\Download\", &name]);
        let client = self.emit.spawn(
            after.plus(SECOND),
            &base.netsvcs,
            &image::WUAUCLT,
            r#""C:\Windows\system32\wuauclt.exe" /RunHandlerComServer"#,
            base.system.logon,
        );
        let worker = self.emit.spawn(after.plus(2 * SECOND), &base.dcom, &image::TIWORKER, r"C:\Windows\winsxs\amd64_microsoft-windows-servicingstack_31bf3856ad364e35_10.0.14393.594_none_6edd67c21f2d2f92\TiWorker.exe -Embedding", base.system.logon);
        let key = format!(
            r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages\Package_for_KB{number}\CurrentState"
        );
        self.emit.registry(after.plus(40 * SECOND), &worker, &[&key], "DWORD (0x00000070)");
        self.emit.exit(after.plus(60 * SECOND), &client);
        self.emit.exit(after.plus(90 * SECOND), &worker);
    }

    /// The virus scanner fetches its definitions.
    pub(super) fn definitions(&mut self, t: Moment, host: HostId) {
        let base = self.emit.world.base(host);
        let path = format!("/definitions/amd64/mpam-d-{:08x}.exe", self.emit.rng.below(1 << 32));
        let fetch = Fetch {
            mime: "application/x-dosexec",
            received: self.emit.rng.size(90_000, 5),
            ..Fetch::get(&outside::DEFENDER_UPDATE, &path, UPDATE_AGENT, &mut self.emit.rng)
        };
        let after = self.emit.fetch(t, &base.netsvcs, &fetch);
        let tool = self.emit.spawn(
            after,
            &base.defender,
            &image::MPCMDRUN,
            r#""C:\Program Files\Windows Defender\MpCmdRun.exe" SignatureUpdate -ScheduleJob"#,
            base.system.logon,
        );
        self.emit.file(
            after.plus(2 * SECOND),
            &tool,
            &[r"C:\ProgramData\Microsoft\Windows Defender\Definition Updates\Backup\mpavdlta.vdm"],
        );
        self.emit.exit(after.plus(8 * SECOND), &tool);
    }
}
