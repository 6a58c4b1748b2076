//! What is measured, and how: one stage, one process.

use std::env::consts::EXE_EXTENSION;
use std::path::Path;
use std::process::{Command, Stdio};

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::Result;

/// The package, and the program, of the peer.
const PEER: &str = "onus-bench-peer";

/// Each stage does all that the one before it does, and one thing more; the peer stands alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Stage {
    Read,
    Hash,
    Parse,
    Columns,
    Match,
    Store,
    Whole,
    Peer,
}

impl Stage {
    pub(crate) const ALL: [Stage; 8] = [
        Stage::Read,
        Stage::Hash,
        Stage::Parse,
        Stage::Columns,
        Stage::Match,
        Stage::Store,
        Stage::Whole,
        Stage::Peer,
    ];

    /// What the stage adds, for the table.
    pub(crate) fn what(self) -> &'static str {
        match self {
            Stage::Read => "read (one thread)",
            Stage::Hash => "+ SHA-256 (one thread)",
            Stage::Parse => "+ parse = the floor",
            Stage::Columns => "+ columns",
            Stage::Match => "+ match",
            Stage::Store => "+ store events",
            Stage::Whole => "whole: investigate",
            Stage::Peer => "peer: rsigma-eval",
        }
    }

    fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

/// What one stage gave.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Measurement {
    /// Wall time without loading rules, in seconds.
    pub(crate) seconds: f64,
    /// Wall time of loading rules, in seconds.
    pub(crate) loading: f64,
    /// Events; 0 where none are parsed.
    pub(crate) events: u64,
    /// Events or stretches of a file that could not be read.
    pub(crate) faults: u64,
    /// Rules loaded; 0 where there are none.
    pub(crate) rules: u64,
    /// Pairs of rule and event that matched.
    pub(crate) matches: u64,
    /// Peak resident memory of the process, in KiB; 0 where the system does not say.
    pub(crate) peak_kib: u64,
}

/// Runs a stage `runs` times, each in a new process: the fastest run, with the highest peak of them all.
pub(crate) fn run_apart(stage: Stage, input: &Path, rules: &Path, runs: u32) -> Result<Measurement> {
    let mut best: Option<Measurement> = None;
    for _ in 0..runs.max(1) {
        let mut command = command(stage, input, rules)?;
        let output = command.stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            return Err(format!("stage {}: {}", stage.name(), output.status).into());
        }
        let run: Measurement = serde_json::from_slice(&output.stdout)?;
        let peak_kib = best.map_or(0, |b| b.peak_kib).max(run.peak_kib);
        let faster = best.filter(|b| b.seconds <= run.seconds).unwrap_or(run);
        best = Some(Measurement { peak_kib, ..faster });
    }
    best.ok_or_else(|| "no run".into())
}

fn command(stage: Stage, input: &Path, rules: &Path) -> Result<Command> {
    let this = std::env::current_exe()?;
    if stage == Stage::Peer {
        let mut command = Command::new(this.with_file_name(PEER).with_extension(EXE_EXTENSION));
        command.arg(input).arg(rules);
        return Ok(command);
    }
    let mut command = Command::new(this);
    command.arg("--stage").arg(stage.name()).arg("--input").arg(input).arg("--rules").arg(rules);
    Ok(command)
}

/// Builds the peer's program beside this one.
pub(crate) fn build_peer() -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");
    let built = Command::new(cargo)
        .args(["build", "--release", "--package", PEER, "--manifest-path", manifest])
        .stdout(Stdio::null())
        .status()?;
    if built.success() { Ok(()) } else { Err("the peer cannot be built".into()) }
}

/// Peak resident memory of this process so far, in KiB; 0 where the system does not say.
pub(crate) fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
