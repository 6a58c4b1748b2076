//! What it costs to tell the story as events and findings grow: the planted intrusions of the demo again and again,
//! each time on other hosts with other addresses and processes, amid ordinary life: of a hundred events one is a finding.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;

use onus_claim::grouped;
use onus_demo::{DemoOptions, generate};

use super::Plan;
use super::mix::{self, Planted};
use crate::growth::{SEED, plot};
use crate::measure::{Measurement, Stage, run_apart};
use crate::{Result, table};

/// Events in all.
const EVENTS: [u64; 3] = [100_000, 1_000_000, 10_000_000];
/// Of so many, one copy of the demo's intrusions, which make about a hundred findings.
const PER_COPY: u64 = 10_000;
/// Inside addresses of one copy, at most.
const ADDRESSES: usize = 32;

/// The cost at one size.
struct Cost {
    whole: Measurement,
    matching: f64,
    story: f64,
}

/// Measures, prints the table, and writes `intrusions.svg`.
pub(super) fn run(plan: &Plan<'_>) -> Result<()> {
    table::show(&table::machine())?;
    let folder = tempfile::Builder::new().prefix("onus-bench-").tempdir()?;
    let (evidence, planted) = mix::demo(folder.path())?;
    let logs = windows(&evidence, &planted)?;
    let mut costs = Vec::new();
    for events in EVENTS.into_iter().filter(|events| *events <= plan.most_events) {
        costs.push(cost(plan, &logs, events)?);
    }
    table::show(&markdown(&costs))?;
    fs::write(plan.out.join("intrusions.svg"), svg(&costs))?;
    Ok(())
}

fn cost(plan: &Plan<'_>, logs: &[Log], events: u64) -> Result<Cost> {
    let folder = tempfile::Builder::new().prefix("onus-bench-").tempdir()?;
    let input = folder.path().join("evidence");
    let copies = usize::try_from(events / PER_COPY)?;
    let own: usize = logs.iter().map(|(_, lines, _)| lines.len()).sum();
    let ordinary = DemoOptions { events: events.saturating_sub((copies * own) as u64), seed: SEED };
    table::tell(&format!("{} events: making them", grouped(events)));
    generate(&ordinary, &input.join("ordinary"), &folder.path().join("truth.json"), &mut |_| ())?;
    for copy in 0..copies {
        write(logs, copy, &input.join("copies"))?;
    }
    let stage = |stage: Stage| {
        table::tell(stage.what());
        run_apart(stage, &input, plan.rules, plan.runs)
    };
    let [columns, matched, stored, whole] =
        [stage(Stage::Columns)?, stage(Stage::Match)?, stage(Stage::Store)?, stage(Stage::Whole)?];
    Ok(Cost {
        whole,
        matching: (matched.seconds - columns.seconds).max(0.0),
        story: (whole.seconds - stored.seconds).max(0.0),
    })
}

fn markdown(costs: &[Cost]) -> String {
    let mut out = String::from(
        "| events | findings | matching, s | putting findings together, s | all of the story, s | whole, s | peak, MiB |\n\
         |--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for Cost { whole, matching, story } in costs {
        out.push_str(&format!(
            "| {} | {} | {matching:.2} | {:.2} | {story:.2} | {:.1} | {} |\n",
            grouped(whole.events),
            grouped(whole.findings),
            whole.joining,
            whole.seconds,
            whole.peak_kib / 1024
        ));
    }
    out
}

fn svg(costs: &[Cost]) -> String {
    let line = |name, seconds: &dyn Fn(&Cost) -> f64| plot::Line {
        name,
        points: costs.iter().map(|c| (c.whole.events as f64, seconds(c).max(0.01))).collect(),
    };
    let lines = [
        line("matching", &|cost| cost.matching),
        line("putting together", &|cost| cost.whole.joining),
        line("all of the story", &|cost| cost.story),
        line("whole", &|cost| cost.whole.seconds),
    ];
    plot::single("Seconds, by number of events", &lines)
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

/// The inside addresses in the logs, with their quotes.
fn inside(logs: &[Log]) -> BTreeSet<String> {
    let of = |line: &str| -> Vec<String> {
        let parts = line.split('"').filter(|part| part.starts_with("10.10.") || part.starts_with("10.20."));
        parts
            .filter(|part| part.parse::<std::net::Ipv4Addr>().is_ok())
            .map(|part| format!("\"{part}\""))
            .collect()
    };
    logs.iter().flat_map(|(_, lines, _)| lines).flat_map(|line| of(line)).collect()
}

/// Writes the logs under other names of hosts, other inside addresses and other numbers of processes.
fn write(logs: &[Log], copy: usize, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    let mut others: Vec<(String, String)> = Vec::new();
    for (place, address) in inside(logs).into_iter().enumerate() {
        let number = (1 << 20) + copy * ADDRESSES + place.min(ADDRESSES - 1);
        let other = format!("\"10.{}.{}.{}\"", number >> 16, (number >> 8) & 255, number & 255);
        others.push((address, other));
    }
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
