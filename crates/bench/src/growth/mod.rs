//! What it costs as rules grow and as events grow: three tables and a plot, written to a folder.

pub(crate) mod plot;
mod report;
mod rules;

use std::fs;
use std::path::Path;

use onus_claim::grouped;
use onus_demo::{DemoOptions, generate};
use onus_source::find_inputs;

use crate::measure::{Measurement, Stage, build_peer, run_apart};
use crate::{Result, evidence, stages, table};

/// How many rules, in the order of the table.
const RULES: [usize; 4] = [100, 1_000, 3_000, 10_000];
/// How many events; the last only where it is asked for, as it takes some 10 GB on disk.
const EVENTS: [u64; 3] = [100_000, 1_000_000, 10_000_000];
/// How many times the real events, which are some four hundred thousand.
const TIMES: [u64; 3] = [1, 3, 24];
/// Any number will do; it is fixed so that runs can be compared.
pub(crate) const SEED: u64 = 0x6f6e_7573;

/// The cost with so many rules, or on so many events.
pub(crate) struct Step {
    /// Rules asked for, or events.
    pub(crate) size: u64,
    /// Bytes of the files that were read.
    pub(crate) bytes: u64,
    pub(crate) stages: Vec<(Stage, Measurement)>,
}

impl Step {
    pub(crate) fn of(&self, stage: Stage) -> Measurement {
        self.stages.iter().find(|(s, _)| *s == stage).map(|(_, m)| *m).unwrap_or_default()
    }
}

/// What is measured, and where the result goes.
pub(crate) struct Plan<'a> {
    pub(crate) data: &'a Path,
    pub(crate) rules: &'a Path,
    pub(crate) out: &'a Path,
    pub(crate) runs: u32,
    /// At most so many rules and events: less for a trial.
    pub(crate) most_rules: usize,
    pub(crate) most_events: u64,
}

/// Measures all, prints the tables, and writes `growth.md` and `growth.svg`.
pub(crate) fn run(plan: &Plan<'_>) -> Result<()> {
    build_peer()?;
    let by_rules = by_rules(plan)?;
    let by_events = by_events(plan)?;
    let by_times = by_times(plan)?;
    let text = report::markdown(&by_rules, &by_events, &by_times);
    table::show(&text)?;
    fs::write(plan.out.join("growth.md"), text)?;
    fs::write(plan.out.join("growth.svg"), plot::svg(&by_rules, &by_events))?;
    Ok(())
}

fn by_rules(plan: &Plan<'_>) -> Result<Vec<Step>> {
    let folder = tempfile::Builder::new().prefix("onus-bench-").tempdir()?;
    let input = folder.path().join("ndjson");
    evidence::ndjson(&plan.data.join("windows-json"), &input)?;
    let pool = rules::Pool::read(plan.rules)?;
    let mut steps = Vec::new();
    for size in RULES.into_iter().filter(|size| *size <= plan.most_rules) {
        let rules = folder.path().join(format!("rules-{size}"));
        pool.write(size, &rules)?;
        let stages = [Stage::Columns, Stage::Match, Stage::Peer];
        steps.push(step(size as u64, &stages, &input, &rules, plan.runs, "rules")?);
    }
    Ok(steps)
}

fn by_events(plan: &Plan<'_>) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    for events in EVENTS.into_iter().filter(|events| *events <= plan.most_events) {
        let folder = tempfile::Builder::new().prefix("onus-bench-").tempdir()?;
        let input = folder.path().join("evidence");
        let truth = folder.path().join("truth.json");
        generate(&DemoOptions { events, seed: SEED }, &input, &truth, &mut |_| ())?;
        let stages = [Stage::Parse, Stage::Columns, Stage::Match, Stage::Whole];
        steps.push(step(events, &stages, &input, plan.rules, plan.runs, "events")?);
    }
    Ok(steps)
}

/// Real events in an order drawn by lot: their texts are longer and their kinds far more than those of the demo.
fn by_times(plan: &Plan<'_>) -> Result<Vec<Step>> {
    let folder = tempfile::Builder::new().prefix("onus-bench-").tempdir()?;
    let input = folder.path().join("ndjson");
    evidence::shuffled(&plan.data.join("windows-json"), &input, 1)?;
    let once = stages::count(&find_inputs(std::slice::from_ref(&input))?)?;
    let mut steps = Vec::new();
    for times in TIMES.into_iter().filter(|times| *times == 1 || times * once <= plan.most_events * 11 / 10) {
        evidence::copied(&input, times)?;
        let stages = [Stage::Parse, Stage::Store, Stage::Whole];
        steps.push(step(times * once, &stages, &input, plan.rules, plan.runs, "real events")?);
    }
    Ok(steps)
}

fn step(size: u64, stages: &[Stage], input: &Path, rules: &Path, runs: u32, of: &str) -> Result<Step> {
    let mut measured = Vec::new();
    for stage in stages {
        table::tell(&format!("{} {of}: {}", grouped(size), stage.what()));
        measured.push((*stage, run_apart(*stage, input, rules, runs)?));
    }
    Ok(Step { size, bytes: evidence::size(input)?, stages: measured })
}
