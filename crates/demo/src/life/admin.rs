//! The provider's administrators at work, with tools that intruders use too.

use super::{Life, Session};
use crate::image::{self, Image};
use crate::net::Flow;
use crate::security::Way;
use crate::time::{MILLI, MINUTE, Moment, SECOND};
use crate::world::{
    ADM_LINDQVIST, ADM_NOVAK, ADM_OKAFOR, ADM_OKAFOR_CLIENT, Account, HM_DC, HM_FILE, HostId, Logon,
    MSP_JUMP, Process,
};

const CHORES: [(&Image, &str); 8] = [
    (&image::CERTUTIL, "certutil -store My"),
    (&image::CERTUTIL, r"certutil -dump C:\Certificates\mail01.cer"),
    (&image::IPCONFIG, "ipconfig /displaydns"),
    (&image::GPUPDATE, "gpupdate /force"),
    (&image::PING, "ping -n 4 10.20.0.12"),
    (&image::SC, "sc query spooler"),
    (&image::MMC, r#""C:\Windows\system32\mmc.exe" C:\Windows\system32\dsa.msc"#),
    (
        &image::ROBOCOPY,
        r"robocopy C:\Scripts \\MSP-BKP01\Ops\Scripts /MIR /R:2 /W:5 /LOG:C:\Logs\scripts.log",
    ),
];

/// Who administers from which desk.
fn admin_of(host: HostId) -> Account {
    match host.get().name {
        "MSP-WS01" => ADM_LINDQVIST,
        "MSP-WS02" => ADM_OKAFOR,
        _ => ADM_NOVAK,
    }
}

impl Life<'_> {
    /// From the desk by remote desktop to the jump host, some chores there, and perhaps on to the client.
    pub(super) fn administer(&mut self, t: Moment, session: &Session) {
        let account = admin_of(session.explorer.host);
        let mstsc = self.emit.spawn(
            t,
            &session.explorer,
            &image::MSTSC,
            r#""C:\Windows\system32\mstsc.exe" "C:\Users\Public\Documents\jump.rdp""#,
            session.logon,
        );
        let lasting = self.emit.rng.between(5 * MINUTE, 9 * MINUTE);
        let logon = self.remote_desktop(t.plus(4 * SECOND), &mstsc, MSP_JUMP, account, lasting);
        let shell = self.remote_shell(t.plus(6 * SECOND), MSP_JUMP, logon);
        self.chores(t.plus(20 * SECOND), &shell);
        if account == ADM_OKAFOR {
            self.on_to_client(t.plus(2 * MINUTE), &shell);
        }
        let end = t.plus(4 * SECOND + lasting);
        self.emit.exit(end.plus(-300 * MILLI), &shell);
        self.emit.logoff(end, MSP_JUMP, &logon, 10);
        self.emit.exit(end.plus(SECOND), &mstsc);
    }

    /// Connection, network logon of the credentials, and the logon of type 10.
    fn remote_desktop(
        &mut self,
        t: Moment,
        client: &Process,
        server: HostId,
        account: Account,
        lasting: i64,
    ) -> Logon {
        let host = client.host.get();
        let from = (host.ip, self.emit.port());
        let flow = Flow::tcp(t, from, (server.get().ip, 3389), "rdp")
            .bytes(self.emit.rng.size(60_000, 4), self.emit.rng.size(900_000, 4))
            .lasting(lasting);
        self.emit.connect(client, &flow, "-");
        self.emit.explicit(t.plus(60 * MILLI), client, &account, server, None);
        self.emit.service_ticket(t.plus(90 * MILLI), account.name, account.site, server, from.0, from.1);
        let network = self.emit.logon(t.plus(140 * MILLI), server, account, &Way::kerberos(from.0, 0), 0);
        let logon = self.emit.logon(t.plus(600 * MILLI), server, account, &Way::remote(server, from.0), 2);
        self.emit.logoff(t.plus(900 * MILLI), server, &network, 3);
        logon
    }

    fn remote_shell(&mut self, t: Moment, host: HostId, logon: Logon) -> Process {
        let base = self.emit.world.base(host);
        let explorer =
            self.emit.spawn(t, &base.winlogon, &image::EXPLORER, r"C:\Windows\Explorer.EXE", logon);
        self.emit.spawn(
            t.plus(5 * SECOND),
            &explorer,
            &image::POWERSHELL,
            r#""C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe""#,
            logon,
        )
    }

    fn chores(&mut self, t: Moment, shell: &Process) {
        for n in 0..1 + self.emit.rng.below(3) as i64 {
            let (image, command) = *self.emit.rng.pick(&CHORES);
            let at = t.plus(n * 25 * SECOND);
            let process = self.emit.spawn(at, shell, image, command, shell.logon);
            let lasting = self.emit.rng.between(SECOND, 20 * SECOND);
            self.emit.exit(at.plus(lasting), &process);
        }
    }

    /// By remote desktop from the jump host to a server of the client.
    fn on_to_client(&mut self, t: Moment, shell: &Process) {
        let server = if self.emit.rng.chance(50) { HM_DC } else { HM_FILE };
        let command = format!(
            r#""C:\Windows\system32\mstsc.exe" "C:\Users\adm-okafor\Documents\{}.rdp""#,
            server.get().name.to_lowercase()
        );
        let mstsc = self.emit.spawn(t, shell, &image::MSTSC, command, shell.logon);
        let lasting = self.emit.rng.between(MINUTE, 4 * MINUTE);
        let logon = self.remote_desktop(t.plus(3 * SECOND), &mstsc, server, ADM_OKAFOR_CLIENT, lasting);
        let base = self.emit.world.base(server);
        let console = self.emit.spawn(
            t.plus(20 * SECOND),
            &base.winlogon,
            &image::MMC,
            r#""C:\Windows\system32\mmc.exe" C:\Windows\system32\eventvwr.msc"#,
            logon,
        );
        let end = t.plus(3 * SECOND + lasting);
        self.emit.exit(end.plus(-SECOND), &console);
        self.emit.logoff(end, server, &logon, 10);
        self.emit.exit(end.plus(2 * SECOND), &mstsc);
    }
}
