//! The steps of both intrusions, and the nights on which the campaign is played (all times UTC, in the actors' working
//! hours).

use super::Actor;
use crate::time::Moment;
use crate::world::{HM_DC, HM_FILE, HM_WS02, HM_WS05};

/// A step of an intrusion; its number is its place in [`STEPS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    InitialRdp,
    BitsDownload,
    CertutilDecode,
    TcpingScan,
    Discovery,
    CredentialDump,
    ClientRdp,
    Wmiexec,
    NtdsCopy,
    Persistence,
    Implant,
    Beacon,
    ShareMount,
    RobocopyStaging,
    RarArchive,
    PscpExfil,
    Cleanup,
    PhishOpened,
    ToolFetched,
    ToolRun,
    RunKey,
    CallsHome,
    PasswordSearch,
    DocumentsPosted,
}

/// Name, title, ATT&CK technique.
pub(crate) const STEPS: [(&str, &str, &str); 24] = [
    ("initial-rdp", "Remote desktop to the provider's jump host with a stolen account", "T1133"),
    ("bits-download", "Tools fetched with BITS", "T1197"),
    ("certutil-decode", "Tools decoded with certutil", "T1140"),
    ("tcping-scan", "Client's hosts probed with a renamed tcping", "T1046"),
    ("discovery", "Domain, accounts and sessions listed", "T1482"),
    ("credential-dump", "Credentials read from lsass by a library beside a signed program", "T1003.001"),
    ("client-rdp", "Remote desktop from the provider into the client", "T1021.001"),
    ("wmiexec", "Commands run over WMI with their output on ADMIN$", "T1047"),
    ("ntds-copy", "Directory database copied from a volume snapshot", "T1003.003"),
    ("persistence", "Scheduled task, service and Run key for the implant", "T1053.005"),
    ("implant", "Implant under the name of a graphics tool", "T1036.005"),
    ("beacon", "Implant asks its server about every five minutes", "T1071.001"),
    ("share-mount", "Client's project share mounted with the provider's account", "T1021.002"),
    ("robocopy-staging", "Drawings copied into the recycle bin", "T1074.001"),
    ("rar-archive", "Copies packed into encrypted volumes with a renamed RAR", "T1560.001"),
    ("pscp-exfil", "Volumes sent out with pscp under the name of a system program", "T1048.002"),
    ("cleanup", "Logs cleared, snapshots and files deleted", "T1070.001"),
    ("phish-opened", "Document from a mail starts a script", "T1204.002"),
    ("tool-fetched", "Program fetched from a bare address", "T1105"),
    ("tool-run", "Program run from a public folder", "T1036.005"),
    ("run-key", "Run key for the program", "T1547.001"),
    ("calls-home", "Program asks its server every twenty minutes or so of the working day", "T1071.001"),
    ("password-search", "Files searched for passwords", "T1552.001"),
    ("documents-posted", "Documents posted to the bare address", "T1041"),
];

/// The intrusions, which have nothing to do with each other: name, places in [`STEPS`], and the outside names and
/// addresses of each.
pub(crate) const INCIDENTS: [(&str, std::ops::Range<usize>, &[&str]); 2] = [
    (
        "low-tide",
        0..17,
        &[
            "198.51.100.23",
            "198.51.100.61",
            "203.0.113.140",
            "203.0.113.77",
            "cdn-update.example",
            "news.fjord-weather.example",
        ],
    ),
    ("driftwood", 17..24, &["198.51.100.142", "203.0.113.199", "share.paper-viewer.example"]),
];

fn march(day: u32, hour: i64, minute: i64) -> Moment {
    Moment::of_story(3, day, hour, minute)
}

fn april(day: u32, hour: i64, minute: i64) -> Moment {
    Moment::of_story(4, day, hour, minute)
}

impl Actor<'_> {
    /// Night by night.
    pub(super) fn play(&mut self) {
        self.night(march(9, 1, 12), 25, |_, _, _| {});
        self.night(march(10, 1, 5), 70, |a, t, shell| {
            a.fetch_tool(t.plus(super::provider::minutes(4)), shell, "a.txt", 412_330);
            a.decode(t.plus(super::provider::minutes(9)), shell, "a.txt", "mmc-upd.exe");
            a.discover(t.plus(super::provider::minutes(13)), shell);
            a.implant_at_provider(t.plus(super::provider::minutes(28)), shell);
        });
        self.night(march(14, 2, 20), 60, |a, t, shell| {
            a.fetch_tool(t.plus(super::provider::minutes(3)), shell, "b.txt", 98_020);
            a.decode(t.plus(super::provider::minutes(6)), shell, "b.txt", "rd.exe");
            a.scan(t.plus(super::provider::minutes(10)), shell);
        });
        self.night(march(15, 1, 40), 45, |a, t, shell| {
            a.dump_credentials(t.plus(super::provider::minutes(7)), shell)
        });
        self.night(march(16, 0, 50), 95, |a, t, shell| {
            let (there, logon) = a.enter_client(t.plus(super::provider::minutes(5)), shell, HM_FILE, 80);
            a.persist(t.plus(super::provider::minutes(20)), &there, &logon);
        });
        self.night(march(17, 3, 10), 65, |a, t, shell| {
            a.wmi(t.plus(super::provider::minutes(6)), shell, HM_DC, "ipconfig /all");
            a.wmi(t.plus(super::provider::minutes(9)), shell, HM_DC, "net user svc-meridian /domain");
            a.copy_directory(t.plus(super::provider::minutes(18)), shell);
        });
        self.night(march(21, 2, 5), 40, |a, t, shell| {
            a.wmi(t.plus(super::provider::minutes(5)), shell, HM_WS05, "quser");
            a.wmi(t.plus(super::provider::minutes(8)), shell, HM_WS05, "dir C:\\Users");
            a.wmi(t.plus(super::provider::minutes(14)), shell, HM_WS02, "tasklist /v");
        });
        self.night(march(22, 1, 30), 150, |a, t, shell| {
            let (there, _) = a.enter_client(t.plus(super::provider::minutes(4)), shell, HM_WS05, 140);
            a.mount(t.plus(super::provider::minutes(12)), &there);
            a.stage(t.plus(super::provider::minutes(20)), &there, "Hull 412", "h412");
        });
        self.theft_nights();
        self.night(april(11, 2, 40), 80, |a, t, shell| a.clean_up(t, shell));
        self.beacons();
    }

    /// The nights on which archives leave; in the last of them the client's sensor is down.
    fn theft_nights(&mut self) {
        let nights = [
            (march(23, 2, 0), "h412", "d1", [4, 3].as_slice()),
            (march(29, 2, 15), "h417", "d2", &[3]),
            (april(4, 1, 50), "offers", "d3", &[5]),
            (april(6, 2, 48), "tests", "d4", &[4]),
        ];
        for (t, folder, archive, parts) in nights {
            self.night(t, 90, |a, t, shell| a.theft(t, shell, folder, archive, parts));
        }
    }
}
