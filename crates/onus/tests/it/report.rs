//! Reports in a real browser: they fit a phone, no text lies on another, all can be read, nothing complains.
//! Chromium is named by `CHROMIUM` or found on the PATH; without one the test is skipped by name, but not in CI.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::{onus, text};
use crate::joining::{marked, process, security, sysmon};
use serde_json::{Value, json};

fn browser() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = || {
        let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
        let names = ["chromium", "google-chrome"].into_iter();
        names.flat_map(|name| folders.iter().map(move |f| f.join(name))).find(|file| file.exists())
    };
    let browser = named.or_else(found);
    if browser.is_none() {
        assert!(std::env::var_os("CI").is_none(), "no Chromium: install it, or name it in CHROMIUM");
        eprintln!("skipped: the_report_in_a_browser: no Chromium");
    }
    browser
}

/// A page of ours that shows the report in frames and writes down what it measures.
const HARNESS: &str =
    concat!("<!doctype html><meta charset=utf-8><body><script>", include_str!("report.js"), "</script>");

fn measure(browser: &Path, folder: &Path) -> (Vec<Value>, String) {
    let page = folder.join("harness.html");
    fs::write(&page, HARNESS).unwrap();
    let run = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--allow-file-access-from-files", "--enable-logging=stderr", "--virtual-time-budget=20000"])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .args(["--window-size=1400,1000", "--dump-dom"])
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    let (dom, said) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    let measured = dom.split("<pre id=\"measured\">").nth(1).and_then(|rest| rest.split("</pre>").next());
    let measured = measured.unwrap_or_else(|| panic!("nothing was measured: {dom:.500}\n{said}"));
    let plain = measured.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    (serde_json::from_str(&plain).unwrap(), said.lines().filter(|l| l.contains("CONSOLE")).collect())
}

/// The page as wide as its window, nothing on another, no link to nowhere, nothing faint, no script; closed and with
/// all that can be opened open, at three widths, in the light and in the dark form.
fn is_fit(folder: &Path, browser: &Path) -> Vec<Value> {
    let (measured, complaints) = measure(browser, folder);
    assert_eq!(complaints, "", "the console is silent");
    assert_eq!(measured.len(), 3);
    let none = Value::Array(Vec::new());
    for seen in &measured {
        assert_eq!(seen["closed"], seen["window"], "the page is as wide as the window: {seen}");
        assert_eq!(seen["page"], seen["window"], "and with all open: {seen}");
        assert_eq!(seen["over"], none, "no text lies on another");
        assert_eq!(seen["nowhere"], none, "no link goes nowhere");
        assert_eq!(seen["dim"]["light"], none, "contrast of 4.5 in the light form");
        assert_eq!(seen["dim"]["dark"], none, "contrast of 4.5 in the dark form");
        assert_eq!(seen["scripts"], 0, "no script");
        assert!(seen["claims"].as_u64().unwrap() > 0, "{seen}");
        assert_eq!(seen["claims"], seen["records"], "each claim leads to a record with its fields");
    }
    measured
}

fn stories(case: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(case.join("intrusions.json")).unwrap()).unwrap()
}

#[test]
fn the_report_in_a_browser() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("demo");
    let made = onus(&["demo", "--out", text(&out), "--quiet"]);
    assert_eq!(made.status.code(), Some(0), "{}", String::from_utf8_lossy(&made.stderr));
    let case = out.join("case");
    fs::copy(case.join("report.html"), folder.path().join("report.html")).unwrap();
    let stories = stories(&case);
    let hosts: usize =
        stories.as_array().unwrap().iter().map(|story| story["hosts"].as_array().unwrap().len()).sum();
    for seen in is_fit(folder.path(), &browser) {
        let nodes = seen["hosts"].as_u64().unwrap() as usize;
        assert!(nodes >= hosts, "a node for each of {hosts} hosts: {seen}");
    }
}

/// An intrusion that goes on from host to host, sixty of them, one every five minutes.
fn sixty_hosts() -> Vec<Value> {
    let name = |number: u32| format!("WS-{number:02}.corp.example");
    let address = |number: u32| format!("10.0.1.{number}");
    let at = |number: u32| (2 + number / 12, 5 * (number % 12));
    let steps = (0..60).flat_map(|number| {
        let mark = if number % 2 == 0 { "mark-one" } else { "mark-two" };
        let image = format!("C:\\ProgramData\\a{number}.exe");
        let speaks = json!({"ProcessGuid": "{00000000-0}", "Image": "C:\\Windows\\System32\\svchost.exe", "Initiated": "true",
            "SourceIp": address(number), "SourcePort": 50_000, "DestinationIp": "10.0.0.9", "DestinationPort": 445});
        let mut all = vec![
            sysmon(3, &name(number), at(number), speaks),
            process(&name(number), at(number), number + 1, &image, mark),
        ];
        if number > 0 {
            let fields = json!({"TargetUserName": "eve", "TargetDomainName": "CORP", "TargetLogonId": format!("0x55{number:02}"),
                "LogonType": 3, "IpAddress": address(number - 1)});
            all.push(security(4624, &name(number), at(number), fields));
        }
        all
    });
    steps.collect()
}

#[test]
fn a_report_of_sixty_hosts_in_a_browser() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let case = marked(folder.path(), &sixty_hosts());
    fs::copy(case.join("report.html"), folder.path().join("report.html")).unwrap();
    let stories = stories(&case);
    assert_eq!(stories[0]["hosts"].as_array().unwrap().len(), 60, "{}", stories[0]["hosts"]);
    for seen in is_fit(folder.path(), &browser) {
        let (all, open) = (seen["hosts"].as_u64().unwrap(), seen["openHosts"].as_u64().unwrap());
        assert!(open <= 16 && all - open >= 60, "few at first, and each of 60 one click away: {seen}");
    }
}
