//! Shares: files of the file servers and the policies of the domain.

use super::Life;
use crate::net::Flow;
use crate::security::Way;
use crate::time::{MILLI, MINUTE, Moment, SECOND};
use crate::world::{Account, HostId, Ip, Site};

const FOLDERS: [&str; 8] = [
    r"Hull 412\Drawings\Section ",
    r"Hull 412\Calculations\Stability ",
    r"Hull 417\Drawings\General arrangement ",
    r"Hull 417\Offers\Offer ",
    r"Administration\Minutes\Week ",
    r"Administration\Travel\Expenses ",
    r"Propulsion\Test reports\Run ",
    r"Templates\Form ",
];
const ENDINGS: [&str; 5] = [".dwg", ".pdf", ".docx", ".xlsx", ".txt"];

impl Life<'_> {
    /// Somebody opens files of the site's share.
    pub(super) fn open_share(&mut self, t: Moment, host: HostId, account: &Account) {
        let share = match host.get().site {
            Site::Client => ("Projects", r"\??\D:\Projects"),
            Site::Provider => ("Ops", r"\??\D:\Ops"),
        };
        let files: Vec<String> = (0..1 + self.emit.rng.below(4))
            .map(|_| {
                let folder = *self.emit.rng.pick(&FOLDERS);
                let ending = *self.emit.rng.pick(&ENDINGS);
                format!("{folder}{}{ending}", 1 + self.emit.rng.below(180))
            })
            .collect();
        self.visit_share(t, host, account, host.get().site.files(), share, &files);
    }

    /// Ticket, connection, logon of type 3, share, files, logoff.
    pub(super) fn visit_share(
        &mut self,
        t: Moment,
        host: HostId,
        account: &Account,
        server: HostId,
        share: (&str, &str),
        files: &[String],
    ) {
        let from = (host.get().ip, self.emit.port());
        let ticket_port = self.emit.port();
        self.emit.service_ticket(t, account.name, account.site, server, from.0, ticket_port);
        let received = self.emit.rng.size(30_000, 7) * (1 + files.len() as u64);
        let lasting = self.emit.rng.between(2 * SECOND, 5 * MINUTE);
        let flow = Flow::tcp(t.plus(4 * MILLI), from, (server.get().ip, 445), "gssapi,smb,krb")
            .bytes(4_000 + received / 40, received)
            .lasting(lasting);
        let system = &self.emit.world.base(host).system;
        self.emit.connect(system, &flow, "-");
        let logon = self.emit.logon(t.plus(12 * MILLI), server, *account, &Way::kerberos(from.0, from.1), 0);
        self.emit.share(t.plus(15 * MILLI), server, &logon, from, share);
        for (n, file) in files.iter().enumerate() {
            let at = t.plus(20 * MILLI + n as i64 * lasting / 8);
            self.emit.share_file(at, server, &logon, from, share, &[file]);
        }
        self.emit.logoff(t.plus(lasting), server, &logon, 3);
    }

    /// The policies of the domain are read from its controller.
    pub(super) fn group_policy(&mut self, t: Moment, host: HostId, account: &Account, ip: Ip) {
        let controller = account.site.controller();
        let from = (ip, self.emit.port());
        let flow = Flow::tcp(t, from, (controller.get().ip, 445), "gssapi,smb,krb")
            .bytes(5_200, 9_800)
            .lasting(3 * SECOND);
        self.emit.connect(&self.emit.world.base(host).netsvcs, &flow, "-");
        let logon =
            self.emit.logon(t.plus(6 * MILLI), controller, *account, &Way::kerberos(from.0, from.1), 0);
        let share = ("SYSVOL", r"\??\C:\Windows\SYSVOL\sysvol");
        self.emit.share(t.plus(9 * MILLI), controller, &logon, from, share);
        let policy = [account.site.dns(), r"\Policies\{31B2F340-016D-11D2-945F-00C04FB984F9}\gpt.ini"];
        self.emit.share_file(t.plus(11 * MILLI), controller, &logon, from, share, &policy);
        self.emit.logoff(t.plus(11 * SECOND), controller, &logon, 3);
    }
}
