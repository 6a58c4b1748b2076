//! A small intrusion of others on one desk of the client: a document from a mail, a program from a bare address that
//! calls home, a search for passwords, and some documents that leave. It shares no host, account or outside address
//! with the campaign.

use super::{Actor, Step};
use crate::image;
use crate::net::Fetch;
use crate::outside::{BARE_SERVER, VIEWER_SERVER};
use crate::security::Way;
use crate::time::{HOUR, MILLI, MINUTE, Moment, SECOND};
use crate::world::{Account, HM_WS07, Process, Site};

const BERGE: Account = Account::user("lars.berge", Site::Client);
const SCRIPT: &str = r"C:\Users\lars.berge\AppData\Local\Temp\8841_tilbud.js";
const SCRIPT_AGENT: &str = "Mozilla/4.0 (compatible; Win32; WinHttp.WinHttpRequest.5)";
const VIEWER_AGENT: &str = "PaperViewer/1.2";

impl Actor<'_> {
    /// A Tuesday and the three days after it.
    pub(super) fn drift(&mut self) {
        let day = Moment::of_story(3, 28, 0, 0);
        let morning = day.plus(10 * HOUR + 12 * MINUTE);
        let script = self.open_document(morning);
        let viewer = self.bring_viewer(morning.plus(20 * SECOND), &script);
        self.search_passwords(morning.plus(34 * MINUTE), &viewer);
        let evening = day.plus(15 * HOUR + 30 * MINUTE);
        self.call_home(&viewer, morning.plus(4 * MINUTE), evening);
        self.post_documents(morning.plus(3 * HOUR), &viewer);
        self.at(Step::ToolRun, &BERGE);
        self.emit.exit(evening, &viewer);
        for n in 1..=3 {
            self.start_of_day(day.plus(n * 24 * HOUR + 8 * HOUR));
        }
    }

    /// Somebody logs on to the desk and opens a mail program.
    fn desk(&mut self, t: Moment) -> Process {
        let port = self.emit.port();
        self.emit.ticket(t.plus(-20 * MILLI), &BERGE, HM_WS07.get().ip, port);
        let logon = self.emit.logon(t, HM_WS07, BERGE, &Way::keyboard(2, HM_WS07), 1);
        let winlogon = &self.emit.world.base(HM_WS07).winlogon;
        self.emit.spawn(t.plus(SECOND), winlogon, &image::EXPLORER, r"C:\Windows\Explorer.EXE", logon)
    }

    /// A document from a mail is opened, and its active content starts a script.
    fn open_document(&mut self, t: Moment) -> Process {
        self.at(Step::PhishOpened, &BERGE);
        let explorer = self.desk(t.plus(-5 * MINUTE));
        let command = r#""C:\Program Files\Microsoft Office\Office16\OUTLOOK.EXE""#;
        let mail = self.emit.spawn(t.plus(-4 * MINUTE), &explorer, &image::OUTLOOK, command, explorer.logon);
        let document = r"C:\Users\lars.berge\AppData\Local\Microsoft\Windows\INetCache\Content.Outlook\K2QX7\Tilbud 8841.docm";
        self.emit.file(t.plus(-9 * SECOND), &mail, &[document]);
        let command = format!(r#""C:\Program Files\Microsoft Office\Office16\WINWORD.EXE" /n "{document}""#);
        let word = self.emit.spawn(t.plus(-8 * SECOND), &mail, &image::WINWORD, command, explorer.logon);
        self.emit.file(t.plus(-SECOND), &word, &[SCRIPT]);
        self.run(t, &word, &image::WSCRIPT, format!(r#"wscript.exe //B "{SCRIPT}""#), 90)
    }

    /// The script fetches a program, runs it, and has it started at each logon.
    fn bring_viewer(&mut self, t: Moment, script: &Process) -> Process {
        self.at(Step::ToolFetched, &BERGE);
        let fetch = Fetch {
            mime: "application/x-dosexec",
            received: 388_000,
            duration: 2 * SECOND,
            ..Fetch::get(&BARE_SERVER, "/dl/pviewer.exe", SCRIPT_AGENT, &mut self.emit.rng)
        };
        let after = self.emit.fetch(t, script, &fetch);
        self.mark(after, "zeek/client", "/dl/pviewer.exe");
        self.emit.file(after, script, &[image::TOOL_VIEWER.path]);
        self.at(Step::ToolRun, &BERGE);
        let run = after.plus(SECOND);
        let viewer = self.emit.spawn(run, script, &image::TOOL_VIEWER, image::TOOL_VIEWER.path, script.logon);
        self.mark(run, HM_WS07.get().name, image::TOOL_VIEWER.path);
        self.at(Step::RunKey, &BERGE);
        let key = r"HKU\S-1-5-21-3020771894-1196437785-2758113640\Software\Microsoft\Windows\CurrentVersion\Run\PaperViewer";
        let set = run.plus(3 * SECOND);
        self.emit.registry(set, &viewer, &[key], image::TOOL_VIEWER.path);
        self.mark(set, HM_WS07.get().name, r"CurrentVersion\Run\PaperViewer");
        viewer
    }

    /// Once in twenty minutes or so, as long as the desk is in use.
    fn call_home(&mut self, viewer: &Process, from: Moment, to: Moment) {
        self.at(Step::CallsHome, &BERGE);
        let mut t = from;
        while t < to {
            let fetch = Fetch {
                sent: 600 + self.emit.rng.below(200),
                received: 900 + self.emit.rng.below(4_000),
                duration: self.emit.rng.between(200 * MILLI, 2 * SECOND),
                ..Fetch::get(&VIEWER_SERVER, "/", VIEWER_AGENT, &mut self.emit.rng)
            };
            self.emit.fetch(t, viewer, &fetch);
            self.mark(t, HM_WS07.get().name, VIEWER_SERVER.name);
            t = t.plus(self.emit.rng.between(9 * MINUTE, 34 * MINUTE));
        }
    }

    fn search_passwords(&mut self, t: Moment, viewer: &Process) {
        self.at(Step::PasswordSearch, &BERGE);
        let commands = [
            r"findstr.exe /s /i /m passord password H:\*.txt H:\*.ini",
            r"findstr.exe /s /i /m cpassword \\halvard.example\sysvol\*.xml",
        ];
        for (n, command) in (0..).zip(commands) {
            self.run(t.plus(n * 95 * SECOND), viewer, &image::FINDSTR, command, 60);
        }
    }

    fn post_documents(&mut self, t: Moment, viewer: &Process) {
        self.at(Step::DocumentsPosted, &BERGE);
        for n in 0..3 {
            let sent = 2_400_000 + self.emit.rng.below(3_000_000);
            let fetch = Fetch {
                method: "POST",
                sent,
                received: 700,
                duration: (sent / 2) as i64,
                ..Fetch::get(&BARE_SERVER, "/up/8841", VIEWER_AGENT, &mut self.emit.rng)
            };
            let after = self.emit.fetch(t.plus(n * 6 * MINUTE), viewer, &fetch);
            self.mark(after, "proxy", "/up/8841");
        }
    }

    /// The Run key starts the program with the working day.
    fn start_of_day(&mut self, t: Moment) {
        self.at(Step::ToolRun, &BERGE);
        let explorer = self.desk(t);
        let viewer = self.emit.spawn(
            t.plus(20 * SECOND),
            &explorer,
            &image::TOOL_VIEWER,
            image::TOOL_VIEWER.path,
            explorer.logon,
        );
        self.call_home(&viewer, t.plus(MINUTE), t.plus(7 * HOUR));
        self.at(Step::ToolRun, &BERGE);
        self.emit.exit(t.plus(7 * HOUR), &viewer);
    }
}
