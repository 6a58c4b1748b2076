//! `page`: the report of very many findings: how large its page is, and how long a browser takes to show it.

#[path = "../../report/tests/made/mod.rs"]
mod made;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::Result;
use crate::table::show;

/// Shows the page in a frame; measured is from its request to the first layout after it has loaded.
const HARNESS: &str = "<!doctype html><meta charset=utf-8><body><script>
const begin = performance.now();
function loaded(frame) {
  const page = frame.contentDocument;
  const height = page.documentElement.getBoundingClientRect().height;
  const out = document.createElement('pre');
  out.id = 'measured';
  out.textContent = Math.round(performance.now() - begin) + ' ms, ' + page.querySelectorAll('*').length +
    ' elements, ' + Math.round(height) + ' pixels high';
  document.body.append(out);
}
</script><iframe src=report.html width=1280 height=900 onload=loaded(this)></iframe>";

/// Makes the page, prints its size, and has Chromium show it `runs` times.
pub(crate) fn run(findings: usize, runs: u32) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("onus-bench-").tempdir()?;
    let page = made::crowded(findings);
    fs::write(folder.path().join("report.html"), &page)?;
    fs::write(folder.path().join("harness.html"), HARNESS)?;
    show(&format!("{findings} findings in 20 intrusions on 60 hosts each: a page of {} bytes", page.len()))?;
    let browser = browser().ok_or("no Chromium: install it, or name it in CHROMIUM")?;
    for number in 1..=runs {
        show(&format!("shown in Chromium, run {number}: {}", shown(&browser, folder.path(), number)?))?;
    }
    Ok(())
}

fn browser() -> Option<PathBuf> {
    let named = env::var_os("CHROMIUM").map(PathBuf::from);
    let path = env::var_os("PATH")?;
    let found = || {
        env::split_paths(&path)
            .flat_map(|folder| ["chromium", "google-chrome"].map(|name| folder.join(name)))
            .find(|file| file.exists())
    };
    named.or_else(found)
}

fn shown(browser: &Path, folder: &Path, number: u32) -> Result<String> {
    let run = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--allow-file-access-from-files", "--dump-dom"])
        .arg(format!("--user-data-dir={}", folder.join(format!("profile{number}")).display()))
        .arg(format!("file://{}", folder.join("harness.html").display()))
        .output()?;
    let dom = String::from_utf8_lossy(&run.stdout).into_owned();
    let measured = dom.split("<pre id=\"measured\">").nth(1).and_then(|rest| rest.split("</pre>").next());
    Ok(measured.ok_or("Chromium measured nothing")?.to_owned())
}
