//! Programs: where they lie and what their version resource says. A program is the same on every host.

use crate::rng::{name_hash, split_mix};

/// A program or library.
#[derive(Debug)]
pub(crate) struct Image {
    pub(crate) path: &'static str,
    pub(crate) original: &'static str,
    pub(crate) description: &'static str,
    pub(crate) product: &'static str,
    pub(crate) company: &'static str,
    pub(crate) version: &'static str,
    /// Who signed it; empty if nobody.
    pub(crate) signer: &'static str,
}

const WINDOWS: &str = "Microsoft® Windows® Operating System";
const MICROSOFT: &str = "Microsoft Corporation";

const fn windows(path: &'static str, original: &'static str, description: &'static str) -> Image {
    Image {
        path,
        original,
        description,
        product: WINDOWS,
        company: MICROSOFT,
        version: "10.0.14393.0 (rs1_release.160715-1616)",
        signer: "Microsoft Windows",
    }
}

const fn vendor(
    path: &'static str,
    original: &'static str,
    description: &'static str,
    product: &'static str,
    company: &'static str,
    version: &'static str,
) -> Image {
    Image { path, original, description, product, company, version, signer: company }
}

const fn unsigned(path: &'static str) -> Image {
    Image { path, original: "-", description: "-", product: "-", company: "-", version: "-", signer: "" }
}

impl Image {
    /// Made-up hashes, the same wherever the program occurs: it has no bytes that could be hashed.
    pub(crate) fn push_hashes(&self, out: &mut String) {
        let mut state = name_hash(self.path) ^ name_hash(self.original);
        for (label, words) in [("SHA1=", 5), (",MD5=", 4), (",SHA256=", 8), (",IMPHASH=", 4)] {
            out.push_str(label);
            for _ in 0..words {
                push_hex8(out, split_mix(&mut state) as u32, true);
            }
        }
    }
}

/// Eight hexadecimal digits.
pub(crate) fn push_hex8(out: &mut String, value: u32, upper: bool) {
    let digits = if upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
    out.extend((0..8).rev().map(|n| digits[(value >> (n * 4)) as usize & 15] as char));
}

macro_rules! images {
    ($($name:ident = $make:expr;)*) => { $(pub(crate) static $name: Image = $make;)* };
}

images! {
    SYSTEM = unsigned("System");
    WINLOGON = windows(r"C:\Windows\System32\winlogon.exe", "WINLOGON.EXE", "Windows Logon Application");
    USERINIT = windows(r"C:\Windows\System32\userinit.exe", "USERINIT.EXE", "Userinit Logon Application");
    SERVICES = windows(r"C:\Windows\System32\services.exe", "services.exe", "Services and Controller app");
    LSASS = windows(r"C:\Windows\System32\lsass.exe", "lsass.exe", "Local Security Authority Process");
    SVCHOST = windows(r"C:\Windows\System32\svchost.exe", "svchost.exe", "Host Process for Windows Services");
    SPOOLSV = windows(r"C:\Windows\System32\spoolsv.exe", "spoolsv.exe", "Spooler SubSystem App");
    WMIPRVSE = windows(r"C:\Windows\System32\wbem\WmiPrvSE.exe", "Wmiprvse.exe", "WMI Provider Host");
    EXPLORER = windows(r"C:\Windows\explorer.exe", "EXPLORER.EXE", "Windows Explorer");
    CMD = windows(r"C:\Windows\System32\cmd.exe", "Cmd.Exe", "Windows Command Processor");
    POWERSHELL = windows(r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe", "PowerShell.EXE", "Windows PowerShell");
    RDPCLIP = windows(r"C:\Windows\System32\rdpclip.exe", "rdpclip.exe", "RDP Clipboard Monitor");
    MSTSC = windows(r"C:\Windows\System32\mstsc.exe", "mstsc.exe", "Remote Desktop Connection");
    MMC = windows(r"C:\Windows\System32\mmc.exe", "mmc.exe", "Microsoft Management Console");
    NOTEPAD = windows(r"C:\Windows\System32\notepad.exe", "NOTEPAD.EXE", "Notepad");
    CALC = windows(r"C:\Windows\System32\calc.exe", "CALC.EXE", "Windows Calculator");
    SPLWOW = windows(r"C:\Windows\splwow64.exe", "splwow64.exe", "Print driver host for applications");
    TASKHOST = windows(r"C:\Windows\System32\taskhostw.exe", "taskhostw.exe", "Host Process for Windows Tasks");
    BACKGROUND = windows(r"C:\Windows\System32\backgroundTaskHost.exe", "backgroundTaskHost.exe", "Background Task Host");
    DEFRAG = windows(r"C:\Windows\System32\Defrag.exe", "Defrag.EXE", "Disk Defragmenter Module");
    WUAUCLT = windows(r"C:\Windows\System32\wuauclt.exe", "wuauclt.exe", "Windows Update");
    TIWORKER = windows(r"C:\Windows\WinSxS\amd64_microsoft-windows-servicingstack_31bf3856ad364e35_10.0.14393.594_none_6edd67c21f2d2f92\TiWorker.exe", "TiWorker.exe", "Windows Modules Installer Worker");
    GPUPDATE = windows(r"C:\Windows\System32\gpupdate.exe", "GPUpdate.exe", "Microsoft Group Policy Update Utility");
    WSCRIPT = windows(r"C:\Windows\System32\wscript.exe", "wscript.exe", "Microsoft ® Windows Based Script Host");
    FINDSTR = windows(r"C:\Windows\System32\findstr.exe", "FINDSTR.EXE", "Find String (QGREP) Utility");
    IPCONFIG = windows(r"C:\Windows\System32\ipconfig.exe", "ipconfig.exe", "IP Configuration Utility");
    PING = windows(r"C:\Windows\System32\PING.EXE", "ping.exe", "TCP/IP Ping Command");
    CERTUTIL = windows(r"C:\Windows\System32\certutil.exe", "CertUtil.exe", "CertUtil.exe");
    BITSADMIN = windows(r"C:\Windows\System32\bitsadmin.exe", "bitsadmin.exe", "BITS administration utility");
    ROBOCOPY = windows(r"C:\Windows\System32\Robocopy.exe", "robocopy.exe", "Microsoft Robocopy");
    SCHTASKS = windows(r"C:\Windows\System32\schtasks.exe", "schtasks.exe", "Task Scheduler Configuration Tool");
    MSIEXEC = windows(r"C:\Windows\System32\msiexec.exe", "msiexec.exe", "Windows® installer");
    VSSADMIN = windows(r"C:\Windows\System32\vssadmin.exe", "VSSADMIN.EXE", "Command Line Interface for Microsoft® Volume Shadow Copy Service");
    WEVTUTIL = windows(r"C:\Windows\System32\wevtutil.exe", "wevtutil.exe", "Eventing Command Line Utility");
    NLTEST = windows(r"C:\Windows\System32\nltest.exe", "nltestrk.exe", "Microsoft® Logon Server Test Utility");
    NET = windows(r"C:\Windows\System32\net.exe", "net.exe", "Net Command");
    NET1 = windows(r"C:\Windows\System32\net1.exe", "net1.exe", "Net Command");
    WHOAMI = windows(r"C:\Windows\System32\whoami.exe", "whoami.exe", "whoami - displays logged on user information");
    QUSER = windows(r"C:\Windows\System32\quser.exe", "quser.exe", "Query User Utility");
    SC = windows(r"C:\Windows\System32\sc.exe", "sc.exe", "Service Control Manager Configuration Tool");
    REG = windows(r"C:\Windows\System32\reg.exe", "reg.exe", "Registry Console Tool");
    MSMPENG = vendor(r"C:\Program Files\Windows Defender\MsMpEng.exe", "MsMpEng.exe", "Antimalware Service Executable", WINDOWS, MICROSOFT, "4.10.14393.1066");
    MPCMDRUN = vendor(r"C:\Program Files\Windows Defender\MpCmdRun.exe", "MpCmdRun.exe", "Microsoft Malware Protection Command Line Utility", WINDOWS, MICROSOFT, "4.10.14393.1066");
    CHROME = vendor(r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe", "chrome.exe", "Google Chrome", "Google Chrome", "Google Inc", "57.0.2987.98");
    WINWORD = vendor(r"C:\Program Files\Microsoft Office\Office16\WINWORD.EXE", "WinWord.exe", "Microsoft Word", "Microsoft Office 2016", MICROSOFT, "16.0.4498.1000");
    EXCEL = vendor(r"C:\Program Files\Microsoft Office\Office16\EXCEL.EXE", "Excel.exe", "Microsoft Excel", "Microsoft Office 2016", MICROSOFT, "16.0.4498.1000");
    OUTLOOK = vendor(r"C:\Program Files\Microsoft Office\Office16\OUTLOOK.EXE", "Outlook.exe", "Microsoft Outlook", "Microsoft Office 2016", MICROSOFT, "16.0.4498.1000");
    ACROBAT = vendor(r"C:\Program Files (x86)\Adobe\Acrobat Reader DC\Reader\AcroRd32.exe", "AcroRd32.exe", "Adobe Acrobat Reader DC", "Adobe Acrobat Reader DC", "Adobe Systems, Incorporated", "15.23.20053.211670");
    CAD = vendor(r"C:\Program Files\Nordvik CAD\nvcad.exe", "nvcad.exe", "Nordvik CAD", "Nordvik CAD 2017", "Nordvik Software AS", "17.1.4.0");
    CAD_UPDATE = vendor(r"C:\Program Files\Nordvik CAD\Update\nvupdate.exe", "nvupdate.exe", "Nordvik CAD update service", "Nordvik CAD 2017", "Nordvik Software AS", "17.1.4.0");
    MONITOR = vendor(r"C:\Program Files\Tallgrass Monitor\tgagent.exe", "tgagent.exe", "Tallgrass monitoring agent", "Tallgrass Monitor", "Tallgrass Systems Ltd", "5.2.0.118");
    BACKUP = vendor(r"C:\Program Files\Keelback\kbagent.exe", "kbagent.exe", "Keelback backup agent", "Keelback Backup", "Keelback GmbH", "9.5.0.823");
    WINLOGBEAT = vendor(r"C:\Program Files\Winlogbeat\winlogbeat.exe", "winlogbeat.exe", "Winlogbeat ships Windows event logs", "Winlogbeat", "Elasticsearch, Inc.", "7.10.2");
    MAILSTORE = vendor(r"C:\Program Files\Harbour Mail\hmstore.exe", "hmstore.exe", "Harbour Mail store", "Harbour Mail Server", "Harbour Mail Ltd", "4.4.1.0");

    // Libraries of ordinary life.
    DLL_CRYPT32 = windows(r"C:\Windows\System32\crypt32.dll", "CRYPT32.DLL", "Crypto API32");
    DLL_WINHTTP = windows(r"C:\Windows\System32\winhttp.dll", "winhttp.dll", "Windows HTTP Services");
    DLL_UXTHEME = windows(r"C:\Windows\System32\uxtheme.dll", "UxTheme.dll", "Microsoft UxTheme Library");
    DLL_RPCRT4 = windows(r"C:\Windows\System32\rpcrt4.dll", "rpcrt4.dll", "Remote Procedure Call Runtime");
    DLL_WINSPOOL = windows(r"C:\Windows\System32\winspool.drv", "winspool.drv", "Windows Spooler Driver");
    DLL_MSO = vendor(r"C:\Program Files\Common Files\Microsoft Shared\Office16\MSO.DLL", "mso.dll", "Microsoft Office component", "Microsoft Office 2016", MICROSOFT, "16.0.4498.1000");

    // What the intruders brought.
    TOOL_TCPING = Image { path: r"C:\ProgramData\temp\rd.exe", original: "tcping.exe", description: "tcping - ping over a tcp connection", product: "tcping", company: "-", version: "0.39", signer: "" };
    TOOL_UPDATE = unsigned(r"C:\ProgramData\temp\mmc-upd.exe");
    TOOL_SIDELOAD = vendor(r"C:\ProgramData\temp\vmtoolsd-cli.exe", "vmtoolsd-cli.exe", "Guest tools command line", "Harborlight Guest Tools", "Harborlight Virtualisation Inc.", "10.1.0.57774");
    TOOL_SIDELOAD_DLL = unsigned(r"C:\ProgramData\temp\vmtools.dll");
    TOOL_WMI = unsigned(r"C:\ProgramData\temp\wm.exe");
    TOOL_RAR = Image { path: r"C:\$Recycle.Bin\r.exe", original: "Rar.exe", description: "Command line RAR", product: "WinRAR", company: "Alexander Roshal", version: "5.40.0", signer: "" };
    TOOL_PSCP = Image { path: r"C:\ProgramData\temp\csrss.exe", original: "PSCP", description: "Command-line SCP/SFTP client", product: "PuTTY suite", company: "Simon Tatham", version: "Release 0.67", signer: "" };
    IMPLANT = unsigned(r"C:\ProgramData\Intel\igfxtray.exe");

    // What the other intruders brought.
    TOOL_VIEWER = unsigned(r"C:\Users\Public\Libraries\pviewer.exe");
}

#[cfg(test)]
mod tests {
    use super::{CMD, TOOL_RAR};

    #[test]
    fn hashes_belong_to_the_program() {
        let hashes = |image: &super::Image| {
            let mut out = String::new();
            image.push_hashes(&mut out);
            out
        };
        assert_eq!(hashes(&CMD), hashes(&CMD));
        assert_ne!(hashes(&CMD), hashes(&TOOL_RAR));
        assert_eq!(hashes(&CMD).len(), 5 + 40 + 5 + 32 + 8 + 64 + 9 + 32);
    }
}
