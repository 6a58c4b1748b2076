//! In the client's network: persistence, commands over WMI, the directory database.

use super::{Actor, Step};
use crate::image;
use crate::net::Flow;
use crate::security::Way;
use crate::time::{MILLI, Moment, SECOND};
use crate::world::{HM_DC, HM_FILE, HostId, Logon, MSP_JUMP, Process, SVC_MERIDIAN};

const SNAPSHOT: &str = r"\\?\GLOBALROOT\Device\HarddiskVolumeShadowCopy3\Windows";

impl Actor<'_> {
    /// The implant is put on the file server, with a task, a Run key and a service that start it.
    pub(super) fn persist(&mut self, t: Moment, shell: &Process, logon: &Logon) {
        self.at(Step::Implant, &SVC_MERIDIAN);
        self.emit.file(t, shell, &[image::IMPLANT.path]);
        self.at(Step::Persistence, &SVC_MERIDIAN);
        let at = t.plus(90 * SECOND);
        self.run(at, shell, &image::SCHTASKS, r#"schtasks /create /sc minute /mo 30 /ru SYSTEM /tn "Intel\Gfx Tray" /tr C:\ProgramData\temp\gfx.cmd"#, 2);
        self.emit.file(at.plus(-20 * SECOND), shell, &[r"C:\ProgramData\temp\gfx.cmd"]);
        let trigger = "<TimeTrigger><Repetition><Interval>PT30M</Interval></Repetition><StartBoundary>2017-03-16T01:11:00</StartBoundary></TimeTrigger>";
        self.emit.task_created(
            at.plus(300 * MILLI),
            HM_FILE,
            logon,
            r"\Intel\Gfx Tray",
            trigger,
            r"C:\ProgramData\temp\gfx.cmd",
        );
        self.mark(at.plus(300 * MILLI), HM_FILE.get().name, r"\Intel\Gfx Tray");
        let at = t.plus(150 * SECOND);
        let reg = self.run(at, shell, &image::REG, r"reg add HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Run /v IgfxTray /t REG_SZ /d C:\ProgramData\Intel\igfxtray.exe /f", 1);
        self.emit.registry(
            at.plus(80 * MILLI),
            &reg,
            &[r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Run\IgfxTray"],
            image::IMPLANT.path,
        );
        let at = t.plus(230 * SECOND);
        self.run(
            at,
            shell,
            &image::SC,
            r"sc create IgfxSvc binPath= C:\ProgramData\Intel\igfxtray.exe start= auto",
            1,
        );
        let services = &self.emit.world.base(HM_FILE).services;
        self.emit.registry(
            at.plus(100 * MILLI),
            services,
            &[r"HKLM\System\CurrentControlSet\Services\IgfxSvc\ImagePath"],
            image::IMPLANT.path,
        );
        self.emit.service_installed(at.plus(140 * MILLI), HM_FILE, logon, "IgfxSvc", image::IMPLANT.path);
        self.at(Step::Implant, &SVC_MERIDIAN);
        let parent = services.clone();
        self.start_implant(t.plus(300 * SECOND), &parent);
    }

    /// One command over WMI; its output goes to a file on the target's ADMIN$ share.
    pub(super) fn wmi(&mut self, t: Moment, shell: &Process, target: HostId, command: &str) {
        self.wmi_at(Step::Wmiexec, t, shell, target, command);
    }

    pub(super) fn wmi_at(
        &mut self,
        step: Step,
        t: Moment,
        shell: &Process,
        target: HostId,
        command: &str,
    ) -> Process {
        self.at(step, &SVC_MERIDIAN);
        let name = target.get().name;
        let tool = self.run(
            t,
            shell,
            &image::TOOL_WMI,
            format!("wm.exe HALVARD/svc-meridian@{} \"{command}\"", name.to_lowercase()),
            12,
        );
        let from = (MSP_JUMP.get().ip, self.emit.port());
        let rpc = Flow::tcp(t.plus(200 * MILLI), from, (target.get().ip, 135), "dce_rpc")
            .bytes(900, 700)
            .lasting(2 * SECOND);
        self.emit.connect(&tool, &rpc, "-");
        self.emit.validated(t.plus(240 * MILLI), &SVC_MERIDIAN, MSP_JUMP.get().name);
        let way = Way::ntlm(from.0, from.1, MSP_JUMP.get().name);
        let logon = self.emit.logon(t.plus(260 * MILLI), target, SVC_MERIDIAN, &way, 0);
        let run = t.plus(700 * MILLI);
        let base = self.emit.world.base(target);
        let output = format!("__{}.{:06}", run.0 / SECOND, run.0 % SECOND);
        let line = format!(r"cmd.exe /Q /c {command} 1> \\127.0.0.1\ADMIN$\{output} 2>&1");
        self.mark(run, name, line.clone());
        let cmd = self.emit.spawn(run, &base.wmi, &image::CMD, line, logon);
        self.emit.file(run.plus(30 * MILLI), &base.system, &[r"C:\Windows\", &output]);
        self.emit.exit(run.plus(3 * SECOND), &cmd);
        let read = (from.0, self.emit.port());
        let smb = Flow::tcp(run.plus(2 * SECOND), read, (target.get().ip, 445), "gssapi,smb,ntlm")
            .bytes(3_100, 5_400)
            .lasting(3 * SECOND);
        self.emit.connect(&tool, &smb, "-");
        let share = ("ADMIN$", r"\??\C:\Windows");
        self.emit.share(run.plus(2_100 * MILLI), target, &logon, read, share);
        self.emit.share_file(run.plus(2_150 * MILLI), target, &logon, read, share, &[&output]);
        self.emit.logoff(run.plus(9 * SECOND), target, &logon, 3);
        cmd
    }

    /// A snapshot of the controller's volume, and the directory database out of it.
    pub(super) fn copy_directory(&mut self, t: Moment, shell: &Process) {
        let step = Step::NtdsCopy;
        let cmd = self.wmi_at(step, t, shell, HM_DC, "vssadmin create shadow /for=C:");
        self.run(t.plus(800 * MILLI), &cmd, &image::VSSADMIN, "vssadmin create shadow /for=C:", 2);
        for (n, (from, to)) in
            [(r"\NTDS\ntds.dit", "n.dat"), (r"\System32\config\SYSTEM", "s.dat")].into_iter().enumerate()
        {
            let at = t.plus((50 + 60 * n as i64) * SECOND);
            let cmd = self.wmi_at(
                step,
                at,
                shell,
                HM_DC,
                &format!(r"copy {SNAPSHOT}{from} C:\ProgramData\temp\{to}"),
            );
            self.emit.file(at.plus(900 * MILLI), &cmd, &[r"C:\ProgramData\temp\", to]);
        }
        self.fetch_directory(t.plus(240 * SECOND), shell);
    }

    /// The copy goes over the controller's C$ share to the jump host.
    fn fetch_directory(&mut self, t: Moment, shell: &Process) {
        let from = (MSP_JUMP.get().ip, self.emit.port());
        let flow = Flow::tcp(t, from, (HM_DC.get().ip, 445), "gssapi,smb,ntlm")
            .bytes(210_000, 71_300_000)
            .lasting(40 * SECOND);
        self.emit.connect(&self.emit.world.base(MSP_JUMP).system, &flow, "-");
        self.emit.validated(t.plus(30 * MILLI), &SVC_MERIDIAN, MSP_JUMP.get().name);
        let way = Way::ntlm(from.0, from.1, MSP_JUMP.get().name);
        let logon = self.emit.logon(t.plus(50 * MILLI), HM_DC, SVC_MERIDIAN, &way, 0);
        let share = ("C$", r"\??\C:\");
        self.emit.share(t.plus(80 * MILLI), HM_DC, &logon, from, share);
        for (n, file) in ["n.dat", "s.dat"].into_iter().enumerate() {
            let at = t.plus((1 + 30 * n as i64) * SECOND);
            self.emit.share_file(at, HM_DC, &logon, from, share, &[r"ProgramData\temp\", file]);
            self.emit.file(at.plus(200 * MILLI), shell, &[r"C:\ProgramData\temp\", file]);
        }
        self.emit.logoff(t.plus(50 * SECOND), HM_DC, &logon, 3);
    }
}
