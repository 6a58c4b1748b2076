//! What is measured, and how: one stage, one process.

use std::env::consts::EXE_EXTENSION;
use std::path::Path;
use std::process::{Command, Stdio};

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::Result;

/// The package, and the program, of the peer.
const PEER: &str = "onus-bench-peer";

/// Each stage does all that the one before it does, and one thing more; the peer stands alone, once as its manual
/// has it for Windows events and once as its manual's first example has it.
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
    PeerPlain,
    Seal,
    Verify,
}

impl Stage {
    pub(crate) const ALL: [Stage; 9] = [
        Stage::Read,
        Stage::Hash,
        Stage::Parse,
        Stage::Columns,
        Stage::Match,
        Stage::Store,
        Stage::Whole,
        Stage::Peer,
        Stage::PeerPlain,
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
            Stage::Peer => "rsigma-eval, tuned",
            Stage::PeerPlain => "rsigma-eval, plain",
            Stage::Seal => "seal",
            Stage::Verify => "verify",
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
    /// User and system time without loading rules, in seconds; 0 where the system does not say.
    pub(crate) cpu: f64,
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
    /// Findings; 0 where no story is told.
    #[serde(default)]
    pub(crate) findings: u64,
    /// Of these seconds, those of putting findings together.
    #[serde(default)]
    pub(crate) joining: f64,
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
    if let Stage::Peer | Stage::PeerPlain = stage {
        let mut command = peer()?;
        command.args([if stage == Stage::Peer { "tuned" } else { "plain" }, "cost"]).arg(input).arg(rules);
        return Ok(command);
    }
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--stage").arg(stage.name()).arg("--input").arg(input).arg("--rules").arg(rules);
    Ok(command)
}

/// The peer's program, which lies beside this one.
pub(crate) fn peer() -> Result<Command> {
    Ok(Command::new(std::env::current_exe()?.with_file_name(PEER).with_extension(EXE_EXTENSION)))
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

/// User and system time of this process so far, in seconds; 0 where the system does not say.
pub(crate) fn cpu_seconds() -> f64 {
    // Linux counts in hundredths for programs, whatever the kernel's own clock.
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    after_name.split(' ').skip(11).take(2).filter_map(|n| n.parse::<f64>().ok()).sum::<f64>() / 100.0
}
