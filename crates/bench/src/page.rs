//! `page`: the report of very many findings: how large its page is, and how long a browser takes to show it.

#[path = "../../report/tests/made/mod.rs"]
mod made;

use std::fs;

use crate::table::show;
use crate::{Result, browser};

/// Makes the page, prints its size, and has Chromium show it `runs` times.
pub(crate) fn run(findings: usize, runs: u32) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("onus-bench-").tempdir()?;
    let (page, text) = (folder.path().join("report.html"), made::crowded(findings));
    fs::write(&page, &text)?;
    show(&format!("{findings} findings in 20 intrusions on 60 hosts each: a page of {} bytes", text.len()))?;
    let chromium = browser::find()?;
    for number in 1..=runs {
        show(&format!(
            "shown in Chromium, run {number}: {}",
            browser::measure(&chromium, &page, "page.body")?
        ))?;
    }
    Ok(())
}
