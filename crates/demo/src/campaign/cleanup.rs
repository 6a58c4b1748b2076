//! The last night: logs, snapshots and files go.

use super::provider::minutes;
use super::{Actor, Step};
use crate::image;
use crate::time::{MILLI, Moment, SECOND};
use crate::world::{ADM_LINDQVIST, HM_DC, HM_WS05, MSP_JUMP, Process, SVC_MERIDIAN};

impl Actor<'_> {
    pub(super) fn clean_up(&mut self, t: Moment, shell: &Process) {
        let (there, _) = self.enter_client(t.plus(minutes(4)), shell, HM_WS05, 30);
        self.at(Step::Cleanup, &SVC_MERIDIAN);
        let at = t.plus(minutes(12));
        self.run(at, &there, &image::NET, "net use Z: /delete", 1);
        self.run(at.plus(40 * SECOND), &there, &image::CMD, r"cmd /c del /f /s /q C:\$Recycle.Bin\*.rar", 2);
        self.run(
            at.plus(80 * SECOND),
            &there,
            &image::CMD,
            r"cmd /c del /f /q C:\ProgramData\temp\csrss.exe C:\$Recycle.Bin\r.exe",
            1,
        );
        let cmd = self.wmi_at(
            Step::Cleanup,
            t.plus(minutes(40)),
            shell,
            HM_DC,
            "vssadmin delete shadows /for=C: /quiet",
        );
        self.run(
            t.plus(minutes(40) + 900 * MILLI),
            &cmd,
            &image::VSSADMIN,
            "vssadmin delete shadows /for=C: /quiet",
            1,
        );
        self.at(Step::Cleanup, &ADM_LINDQVIST);
        let at = t.plus(minutes(62));
        self.run(at, shell, &image::CMD, r"cmd /c del /f /q C:\ProgramData\temp\*.*", 1);
        self.run(at.plus(60 * SECOND), shell, &image::WEVTUTIL, "wevtutil cl Security", 1);
        self.emit.log_cleared(at.plus(60 * SECOND + 300 * MILLI), MSP_JUMP, &shell.logon);
    }
}
