//! The report of the demo in a real browser: it fits a phone, no text lies on another, nothing complains.
//! Chromium is named by `CHROMIUM` or found on the PATH; without one the test is skipped by name, but not in CI.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::{onus, text};
use serde_json::Value;

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

/// A page of ours that shows the report in a frame of each width and writes down what it measures.
const HARNESS: &str = r#"<!doctype html><meta charset=utf-8><body><script>
async function look(width) {
  const frame = document.createElement('iframe');
  frame.style.width = width + 'px'; frame.style.height = '900px'; frame.style.border = '0';
  const loaded = new Promise(done => frame.onload = done);
  frame.src = 'report.html'; document.body.append(frame); await loaded;
  const page = frame.contentDocument, over = [];
  for (const svg of page.querySelectorAll('svg.graph, svg.timeline')) {
    const boxes = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()])
      .filter(([, b]) => b.width > 0);
    for (let i = 0; i < boxes.length; i++) for (let j = i + 1; j < boxes.length; j++) {
      const [a, b] = [boxes[i][1], boxes[j][1]];
      const x = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (x > 2 && y > 5) over.push(boxes[i][0] + ' / ' + boxes[j][0]);
    }
  }
  const links = [...page.querySelectorAll('a')].filter(a => !page.getElementById(a.hash.slice(1)));
  return { width, window: page.documentElement.clientWidth, page: page.documentElement.scrollWidth, over, nowhere: links.map(a => a.hash),
    hosts: page.querySelectorAll('svg.graph g.node.host').length, scripts: page.scripts.length };
}
(async () => { const all = []; for (const w of [390, 768, 1280]) all.push(await look(w));
  const out = document.createElement('pre'); out.id = 'measured'; out.textContent = JSON.stringify(all);
  document.body.replaceChildren(out); })();
</script>"#;

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

#[test]
fn the_report_in_a_browser() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("demo");
    let made = onus(&["demo", "--out", text(&out), "--quiet"]);
    assert_eq!(made.status.code(), Some(0), "{}", String::from_utf8_lossy(&made.stderr));
    let case = out.join("case");
    fs::copy(case.join("report.html"), folder.path().join("report.html")).unwrap();
    let stories: Value =
        serde_json::from_str(&fs::read_to_string(case.join("intrusions.json")).unwrap()).unwrap();
    let hosts: usize =
        stories.as_array().unwrap().iter().map(|story| story["hosts"].as_array().unwrap().len()).sum();
    let (measured, complaints) = measure(&browser, folder.path());
    assert_eq!(complaints, "", "the console is silent");
    assert_eq!(measured.len(), 3);
    for seen in measured {
        assert_eq!(seen["page"], seen["window"], "the page is as wide as the window: {seen}");
        assert_eq!(seen["over"], Value::Array(Vec::new()), "no text lies on another");
        assert_eq!(seen["nowhere"], Value::Array(Vec::new()), "no link goes nowhere");
        assert!(
            seen["hosts"].as_u64().unwrap() as usize >= hosts,
            "a node for each of {hosts} hosts: {seen}"
        );
        assert_eq!(seen["scripts"], 0, "no script");
    }
}
