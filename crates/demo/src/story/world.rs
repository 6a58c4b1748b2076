//! The two organisations: hosts, people, programs and outside names. All fictional.

/// What a host is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Workstation,
    Server,
    Controller,
}

/// Name, address, role and the person or service that works there.
pub(crate) struct Host {
    pub(crate) name: &'static str,
    pub(crate) ip: &'static str,
    pub(crate) role: Role,
    pub(crate) user: &'static str,
}

const fn host(name: &'static str, ip: &'static str, role: Role, user: &'static str) -> Host {
    Host { name, ip, role, user }
}

use Role::{Controller, Server, Workstation};
/// Provider first, client from [`CLIENT_FROM`].
pub(crate) const HOSTS: [Host; 20] = [
    host("MSP-DC01", "10.10.0.10", Controller, "adm-berg"),
    host("MSP-FILE01", "10.10.0.20", Server, "adm-berg"),
    host("MSP-JUMP01", "10.10.0.25", Server, "adm-berg"),
    host("MSP-PROXY01", "10.10.0.30", Server, "adm-berg"),
    host("MSP-WS01", "10.10.4.11", Workstation, "e.lindqvist"),
    host("MSP-WS02", "10.10.4.12", Workstation, "j.berg"),
    host("MSP-WS03", "10.10.4.13", Workstation, "s.aalto"),
    host("MSP-WS04", "10.10.4.14", Workstation, "m.novak"),
    host("HM-DC01", "10.20.0.10", Controller, "adm-holm"),
    host("HM-FILE01", "10.20.0.20", Server, "adm-holm"),
    host("HM-MAIL01", "10.20.0.25", Server, "adm-holm"),
    host("HM-PROXY01", "10.20.0.30", Server, "adm-holm"),
    host("HM-WS01", "10.20.4.11", Workstation, "k.halvard"),
    host("HM-WS02", "10.20.4.12", Workstation, "a.dahl"),
    host("HM-WS03", "10.20.4.13", Workstation, "t.nygaard"),
    host("HM-WS04", "10.20.4.14", Workstation, "r.moen"),
    host("HM-WS05", "10.20.4.15", Workstation, "i.strand"),
    host("HM-WS06", "10.20.4.16", Workstation, "l.vik"),
    host("HM-WS07", "10.20.4.17", Workstation, "p.solberg"),
    host("HM-WS08", "10.20.4.18", Workstation, "h.holm"),
];
pub(crate) const CLIENT_FROM: usize = 8;
pub(crate) const MSP_DC: usize = 0;
pub(crate) const JUMP: usize = 2;
pub(crate) const HM_DC: usize = 8;
pub(crate) const HM_FILE: usize = 9;

pub(crate) fn domain(host: usize) -> &'static str {
    if host < CLIENT_FROM { "MERIDIAN" } else { "HALVARD" }
}
pub(crate) fn fqdn(host: usize) -> String {
    let suffix = if host < CLIENT_FROM { "meridian.example" } else { "halvard.example" };
    format!("{}.{suffix}", HOSTS[host].name)
}
pub(crate) fn controller(host: usize) -> usize {
    if host < CLIENT_FROM { MSP_DC } else { HM_DC }
}
pub(crate) fn file_server(host: usize) -> usize {
    controller(host) + 1
}
pub(crate) fn proxy(host: usize) -> usize {
    controller(host) + 3
}

/// A program as Sysmon describes it.
pub(crate) struct App<'a> {
    pub(crate) image: &'a str,
    pub(crate) cmd: &'static str,
    pub(crate) original: &'static str,
    pub(crate) description: &'static str,
    pub(crate) product: &'static str,
    pub(crate) company: &'static str,
}

const fn app(
    image: &'static str,
    cmd: &'static str,
    original: &'static str,
    description: &'static str,
    company: &'static str,
) -> App<'static> {
    App { image, cmd, original, description, product: description, company }
}

const MS: &str = "Microsoft Corporation";
/// What people start from their desktop.
pub(crate) const APPS: [App<'static>; 8] = [
    app(
        r"C:\Program Files\Microsoft Office\Office16\WINWORD.EXE",
        r#""C:\Program Files\Microsoft Office\Office16\WINWORD.EXE" /n "H:\letters\offer.docx""#,
        "WinWord.exe",
        "Microsoft Word",
        MS,
    ),
    app(
        r"C:\Program Files\Microsoft Office\Office16\EXCEL.EXE",
        r#""C:\Program Files\Microsoft Office\Office16\EXCEL.EXE" "H:\budget\2017.xlsx""#,
        "Excel.exe",
        "Microsoft Excel",
        MS,
    ),
    app(
        r"C:\Program Files\Microsoft Office\Office16\OUTLOOK.EXE",
        r#""C:\Program Files\Microsoft Office\Office16\OUTLOOK.EXE""#,
        "Outlook.exe",
        "Microsoft Outlook",
        MS,
    ),
    app(
        r"C:\Windows\System32\notepad.exe",
        r#""C:\Windows\system32\NOTEPAD.EXE" H:\notes.txt"#,
        "NOTEPAD.EXE",
        "Notepad",
        MS,
    ),
    app(
        r"C:\Windows\System32\calc.exe",
        r#""C:\Windows\system32\calc.exe""#,
        "CALC.EXE",
        "Windows Calculator",
        MS,
    ),
    app(
        r"C:\Program Files\Mozilla Firefox\firefox.exe",
        r#""C:\Program Files\Mozilla Firefox\firefox.exe""#,
        "firefox.exe",
        "Firefox",
        "Mozilla Corporation",
    ),
    app(
        r"C:\Program Files\Keelworks\Draft 2017\draft.exe",
        r#""C:\Program Files\Keelworks\Draft 2017\draft.exe" "H:\drawings\hull-114.dwg""#,
        "draft.exe",
        "Keelworks Draft",
        "Keelworks AS",
    ),
    app(r"C:\Windows\explorer.exe", r"C:\Windows\Explorer.EXE", "EXPLORER.EXE", "Windows Explorer", MS),
];
/// What the system starts by itself.
pub(crate) const TASKS: [App<'static>; 4] = [
    app(
        r"C:\Windows\System32\taskhostw.exe",
        "taskhostw.exe",
        "taskhostw.exe",
        "Host Process for Windows Tasks",
        MS,
    ),
    app(
        r"C:\Windows\System32\backgroundTaskHost.exe",
        r#""C:\Windows\system32\backgroundTaskHost.exe" -ServerName:CortanaUI"#,
        "backgroundTaskHost.exe",
        "Background Task Host",
        MS,
    ),
    app(
        r"C:\Windows\System32\SearchProtocolHost.exe",
        r#""C:\Windows\system32\SearchProtocolHost.exe" Global\UsGthrFltPipe"#,
        "SearchProtocolHost.exe",
        "Microsoft Windows Search Protocol Host",
        MS,
    ),
    app(
        r"C:\Windows\System32\wbem\WmiPrvSE.exe",
        r"C:\Windows\system32\wbem\wmiprvse.exe -secured -Embedding",
        "Wmiprvse.exe",
        "WMI Provider Host",
        MS,
    ),
];
/// What administrators do from a console, honestly.
pub(crate) const ADMIN: [App<'static>; 6] = [
    app(
        r"C:\Windows\System32\Robocopy.exe",
        r"robocopy D:\Shares\Projects \\BACKUP01\Nightly /MIR /R:2 /W:5 /LOG:C:\Logs\nightly.log",
        "robocopy.exe",
        "Microsoft Robocopy",
        MS,
    ),
    app(
        r"C:\Windows\System32\certutil.exe",
        r"certutil -verify C:\Certs\intranet.cer",
        "CertUtil.exe",
        "CertUtil.exe",
        MS,
    ),
    app(
        r"C:\Windows\System32\vssadmin.exe",
        "vssadmin list shadows",
        "VSSADMIN.EXE",
        "Command Line Interface for Microsoft Volume Shadow Copy Service",
        MS,
    ),
    app(
        r"C:\Windows\System32\mmc.exe",
        r#""C:\Windows\system32\mmc.exe" C:\Windows\system32\dsa.msc"#,
        "mmc.exe",
        "Microsoft Management Console",
        MS,
    ),
    app(r"C:\Windows\System32\ipconfig.exe", "ipconfig /all", "ipconfig.exe", "IP Configuration Utility", MS),
    app(r"C:\Windows\System32\PING.EXE", "ping -n 4 intranet", "ping.exe", "TCP/IP Ping Command", MS),
];
/// Sites that people visit: name, address, encrypted.
pub(crate) const SITES: [(&str, &str, bool); 8] = [
    ("www.tidetables.example", "192.0.2.20", false),
    ("mail.postbox.example", "192.0.2.31", true),
    ("www.harbournews.example", "192.0.2.44", true),
    ("static.harbournews.example", "192.0.2.45", true),
    ("portal.shipregister.example", "192.0.2.60", true),
    ("search.findit.example", "192.0.2.71", true),
    ("www.steelprices.example", "192.0.2.90", false),
    ("docs.keelworks.example", "192.0.2.101", true),
];
