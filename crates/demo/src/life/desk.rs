//! People at their desks: coming, going, and what they do in between.

use super::{Life, Session};
use crate::image::{self, Image};
use crate::net::Flow;
use crate::security::Way;
use crate::time::{MILLI, MINUTE, Moment, SECOND};
use crate::world::{Account, HostId, Logon, Who};

/// Documents of the client and the provider, without their number.
const DOCUMENTS: [(&Image, &str, &str); 8] = [
    (&image::WINWORD, "Tilbud skrog ", ".docx"),
    (&image::WINWORD, "Moetereferat ", ".docx"),
    (&image::WINWORD, "Specification rev ", ".docx"),
    (&image::EXCEL, "Vektberegning ", ".xlsx"),
    (&image::EXCEL, "Timeliste uke ", ".xlsx"),
    (&image::EXCEL, "Budget ", ".xlsx"),
    (&image::ACROBAT, "Datasheet ", ".pdf"),
    (&image::CAD, "Section ", ".dwg"),
];

pub(super) fn account_of(host: HostId) -> Account {
    let host = host.get();
    Account::user(host.user.unwrap_or("guest"), host.site)
}

/// The account behind a session; sessions at desks always have one.
fn person(logon: &Logon, host: HostId) -> Account {
    match logon.who {
        Who::Account(account) => account,
        _ => account_of(host),
    }
}

impl Life<'_> {
    /// Somebody comes: tickets at the controller, the logon, the shell, the first programs.
    pub(super) fn log_on(&mut self, t: Moment, host: HostId) -> Session {
        let account = account_of(host);
        let ip = host.get().ip;
        let cached = self.emit.rng.chance(4);
        let way = Way::keyboard(if cached { 11 } else { 2 }, host);
        if !cached {
            if self.emit.rng.chance(8) {
                self.mistyped(t.plus(-9 * SECOND), host, &account);
            }
            self.tickets(t.plus(-20 * MILLI), host, &account);
        }
        let logon = self.emit.logon(t, host, account, &way, 1);
        let base = self.emit.world.base(host);
        let userinit = self.emit.spawn(
            t.plus(300 * MILLI),
            &base.winlogon,
            &image::USERINIT,
            r"C:\Windows\system32\userinit.exe",
            logon,
        );
        let explorer = self.emit.spawn(
            t.plus(700 * MILLI),
            &userinit,
            &image::EXPLORER,
            r"C:\Windows\Explorer.EXE",
            logon,
        );
        self.emit.exit(t.plus(24 * SECOND), &userinit);
        let browser = self.emit.spawn(
            t.plus(31 * SECOND),
            &explorer,
            &image::CHROME,
            r#""C:\Program Files (x86)\Google\Chrome\Application\chrome.exe""#,
            logon,
        );
        let mail = self.emit.spawn(
            t.plus(38 * SECOND),
            &explorer,
            &image::OUTLOOK,
            r#""C:\Program Files\Microsoft Office\Office16\OUTLOOK.EXE""#,
            logon,
        );
        self.emit.load(t.plus(39 * SECOND), &mail, &image::DLL_MSO);
        self.check_mail(t.plus(42 * SECOND), &mail);
        if !cached {
            self.group_policy(t.plus(2 * SECOND), host, &account, ip);
        }
        Session { logon, explorer, browser, mail }
    }

    pub(super) fn log_off(&mut self, t: Moment, session: &Session) {
        for (n, process) in [&session.mail, &session.browser, &session.explorer].into_iter().enumerate() {
            self.emit.exit(t.plus(n as i64 * 400 * MILLI), process);
        }
        self.emit.logoff(t.plus(2 * SECOND), session.explorer.host, &session.logon, 2);
    }

    fn mistyped(&mut self, t: Moment, host: HostId, account: &Account) {
        let port = self.emit.port();
        self.emit.preauth_failed(t, account, host.get().ip, port);
        self.emit.logon_failed(t.plus(8 * MILLI), host, account, &Way::keyboard(2, host));
    }

    /// Kerberos tickets for the account and for its own computer.
    pub(super) fn tickets(&mut self, t: Moment, host: HostId, account: &Account) {
        let ip = host.get().ip;
        let port = self.emit.port();
        let controller = account.site.controller().get().ip;
        let flow =
            Flow::tcp(t, (ip, port), (controller, 88), "krb_tcp").bytes(1_640, 1_720).lasting(9 * MILLI);
        self.emit.connected(&self.emit.world.base(host).lsass, &flow, "-", true);
        self.emit.flow(&flow);
        self.emit.ticket(t.plus(3 * MILLI), account, ip, port);
        self.emit.service_ticket(t.plus(6 * MILLI), account.name, account.site, host, ip, port);
    }

    /// One thing that somebody does.
    pub(super) fn at_desk(&mut self, t: Moment, session: &Session) {
        let host = session.explorer.host;
        match self.emit.rng.below(100) {
            0..34 => self.browse(t, session),
            34..54 => self.document(t, session),
            54..70 => self.open_share(t, host, &person(&session.logon, host)),
            70..79 => self.check_mail(t, &session.mail),
            79..84 => self.print(t, session),
            84..88 => self.unlock(t, session),
            88..90 => self.upload(t, session),
            90..92 => self.small_program(t, session),
            92..95 if host.get().site == crate::world::Site::Provider => self.administer(t, session),
            _ => self.idle(t, host),
        }
    }

    /// A document is opened, loads libraries, leaves a temporary file and a registry value, and is closed.
    fn document(&mut self, t: Moment, session: &Session) {
        let (image, name, ending) = DOCUMENTS[self.emit.rng.below(DOCUMENTS.len() as u64) as usize];
        let account = person(&session.logon, session.explorer.host);
        let number = 1 + self.emit.rng.below(240);
        let file = format!("{name}{number}{ending}");
        let folder = format!(r"C:\Users\{}\Documents\", account.name);
        let command = format!("\"{}\" \"{folder}{file}\"", image.path);
        let process = self.emit.spawn(t, &session.explorer, image, command, session.logon);
        if ending.ends_with('x') {
            self.emit.load(t.plus(220 * MILLI), &process, &image::DLL_MSO);
            self.emit.file(t.plus(900 * MILLI), &process, &[&folder, "~$", &file]);
            let program = if ending == ".docx" { "Word" } else { "Excel" };
            let key =
                [r"HKU\", account.name, r"\Software\Microsoft\Office\16.0\", program, r"\File MRU\Item 1"];
            self.emit.registry(
                t.plus(1_200 * MILLI),
                &process,
                &key,
                &format!("[F00000000][T01D2]*{folder}{file}"),
            );
        } else {
            self.emit.load(t.plus(180 * MILLI), &process, &image::DLL_UXTHEME);
        }
        if self.emit.rng.chance(40) {
            self.emit.file(t.plus(2 * MINUTE), &process, &[&folder, &file]);
        }
        let open_for = self.emit.rng.between(2 * MINUTE + SECOND, 9 * MINUTE);
        self.emit.exit(t.plus(open_for), &process);
    }

    fn small_program(&mut self, t: Moment, session: &Session) {
        let (image, command) = match self.emit.rng.below(2) {
            0 => (&image::NOTEPAD, r#""C:\Windows\system32\notepad.exe" "#),
            _ => (&image::CALC, r#""C:\Windows\system32\calc.exe" "#),
        };
        let process = self.emit.spawn(t, &session.explorer, image, command, session.logon);
        let open_for = self.emit.rng.between(5 * SECOND, 8 * MINUTE);
        self.emit.exit(t.plus(open_for), &process);
    }

    /// The screen was locked and is unlocked.
    fn unlock(&mut self, t: Moment, session: &Session) {
        let host = session.explorer.host;
        let account = person(&session.logon, host);
        if self.emit.rng.chance(6) {
            self.mistyped(t.plus(-6 * SECOND), host, &account);
        }
        self.tickets(t.plus(-15 * MILLI), host, &account);
        let logon = self.emit.logon(t, host, account, &Way::keyboard(7, host), 1);
        self.emit.logoff(t.plus(150 * MILLI), host, &logon, 7);
    }

    /// A page is printed over the file server's queue.
    fn print(&mut self, t: Moment, session: &Session) {
        let host = session.explorer.host;
        let splwow = self.emit.spawn(
            t,
            &session.explorer,
            &image::SPLWOW,
            r"C:\Windows\splwow64.exe 8192",
            session.logon,
        );
        self.emit.load(t.plus(100 * MILLI), &splwow, &image::DLL_WINSPOOL);
        let job = format!("{:05}.SPL", self.emit.rng.below(99_999));
        let spooler = &self.emit.world.base(host).spooler;
        self.emit.file(t.plus(400 * MILLI), spooler, &[r"C:\Windows\System32\spool\PRINTERS\", &job]);
        let account = person(&session.logon, host);
        self.visit_share(
            t.plus(600 * MILLI),
            host,
            &account,
            host.get().site.files(),
            ("print$", r"\??\C:\Windows\System32\spool\drivers"),
            &[],
        );
        let open_for = self.emit.rng.between(30 * SECOND, 3 * MINUTE);
        self.emit.exit(t.plus(open_for), &splwow);
    }
}
