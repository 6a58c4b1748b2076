//! What it costs to tell the story as events and findings grow: the planted intrusions of the demo again and again,
//! each time on other hosts with other addresses and processes, so that one event in a hundred is a finding.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;

use onus_claim::grouped;

use super::mix::{self, Planted};
use crate::measure::{Stage, run_apart};
use crate::{Result, table};

/// How often the demo's intrusions are there; further ones would run out of inside addresses.
const COPIES: [usize; 3] = [1, 10, 100];

/// Measures and prints the table.
pub(super) fn run(rules: &Path, runs: u32) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("onus-bench-").tempdir()?;
    let (evidence, planted) = mix::demo(folder.path())?;
    let logs = windows(&evidence, &planted)?;
    let mut out = String::from(
        "| events | findings | matching, s | the story, s | peak, MiB |\n|--:|--:|--:|--:|--:|\n",
    );
    for copies in COPIES {
        let input = tempfile::Builder::new().prefix("onus-bench-").tempdir()?;
        for copy in 0..copies {
            write(&logs, copy, input.path())?;
        }
        let stage = |stage: Stage| {
            table::tell(&format!("{copies} times: {}", stage.what()));
            run_apart(stage, input.path(), rules, runs)
        };
        let [columns, matched, stored, whole] =
            [stage(Stage::Columns)?, stage(Stage::Match)?, stage(Stage::Store)?, stage(Stage::Whole)?];
        out.push_str(&format!(
            "| {} | {} | {:.2} | {:.2} | {} |\n",
            grouped(whole.events),
            grouped(whole.findings),
            (matched.seconds - columns.seconds).max(0.0),
            (whole.seconds - stored.seconds).max(0.0),
            whole.peak_kib / 1024
        ));
    }
    table::show(&out)
}

/// By host: its name, its planted lines, and how the numbers of its processes begin.
type Log = (String, Vec<String>, Option<String>);

fn windows(evidence: &Path, planted: &Planted) -> Result<Vec<Log>> {
    let mut logs = Vec::new();
    let mut paths: Vec<_> =
        fs::read_dir(evidence.join("windows"))?.map(|e| Ok(e?.path())).collect::<std::io::Result<_>>()?;
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path)?;
        let own = |ordinal: u64| planted.contains_key(&(format!("windows/{name}"), ordinal));
        let lines: Vec<String> =
            (0..).zip(text.lines()).filter(|(n, _)| own(*n)).map(|(_, line)| line.to_owned()).collect();
        let of = lines.iter().find_map(|line| {
            let at = line.find("\"ProcessGuid\":\"{")? + 16;
            line.get(at..at + 8).map(str::to_owned)
        });
        if !lines.is_empty() {
            logs.push((name.trim_end_matches(".ndjson").to_owned(), lines, of));
        }
    }
    Ok(logs)
}

/// Writes the logs under other names of hosts, other inside addresses and other numbers of processes.
fn write(logs: &[Log], copy: usize, to: &Path) -> Result<()> {
    let mut others: Vec<(String, String)> = vec![
        ("\"10.10.".to_owned(), format!("\"10.{}.", 20 + 2 * copy)),
        ("\"10.20.".to_owned(), format!("\"10.{}.", 21 + 2 * copy)),
    ];
    for (host, _, machine) in logs {
        others.push((host.clone(), format!("{host}-{copy:03}")));
        others.push((host.to_lowercase(), format!("{}-{copy:03}", host.to_lowercase())));
        if let Some(number) = machine.as_ref().and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
            let other = number ^ (copy as u32).wrapping_mul(0x9e37_79b9);
            others.push((format!("{{{number:08x}-"), format!("{{{other:08x}-")));
        }
    }
    for (host, lines, _) in logs {
        let mut out = BufWriter::new(File::create(to.join(format!("{host}-{copy:03}.ndjson")))?);
        for line in lines {
            let line = others.iter().fold(line.clone(), |line, (from, to)| line.replace(from, to));
            writeln!(out, "{line}")?;
        }
        out.flush()?;
    }
    Ok(())
}
