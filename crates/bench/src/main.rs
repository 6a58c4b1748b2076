//! In: real logs and Sigma rules. Out: a table of what each stage of an investigation costs, beside a peer.
//! Invariant: every figure is measured in this run, each in a process of its own, so that its peak memory is
//! its own too; nothing is remembered from earlier runs. The inputs are copied to a temporary folder first.
//! Source of the peer: `rsigma-eval`, a library that others wrote, in `onus-bench-peer`.

mod browser;
mod differences;
mod dossier;
mod evidence;
mod growth;
mod measure;
mod page;
mod shuffle;
mod stages;
mod story;
mod table;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use measure::{Stage, build_peer, run_apart};

/// The allocator of `onus` and of the peer alike.
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Errors are for the reader of the terminal alone.
type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Measures reading, hashing, parsing, matching and storing, beside rsigma-eval.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Folder with `evtx-attack-samples` and `windows-json` [default: that of the tests, ONUS_TEST_DATA]
    #[arg(long, global = true)]
    data: Option<PathBuf>,
    /// Folder of Sigma rules [default: `sigmahq` in the data]
    #[arg(long, global = true)]
    rules: Option<PathBuf>,
    /// Each stage runs so often, and the fastest run counts
    #[arg(long, global = true, default_value_t = 3)]
    runs: u32,
    /// Number of EVTX records, at least
    #[arg(long, default_value_t = 150_000)]
    evtx_records: u64,
    /// Number of NDJSON events, at least
    #[arg(long, default_value_t = 200_000)]
    json_events: u64,
    /// Runs one stage in this process and prints its measurement as JSON
    #[arg(long, hide = true, requires = "input")]
    stage: Option<Stage>,
    /// What that stage reads
    #[arg(long, hide = true)]
    input: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Lists, rule by rule, the records that only one of Onus and rsigma-eval finds
    Differences {
        /// NDJSON events in an order drawn by lot: what matches must not depend on neighbours
        #[arg(long)]
        shuffled: bool,
    },
    /// Measures sealing beside SHA-256, and checking a dossier
    Dossier {
        /// Events to seal, at least; 10,000,000 take some 12 GB on disk for a while
        #[arg(long, default_value_t = 1_000_000)]
        events: u64,
        /// Records that the dossier shows
        #[arg(long, default_value_t = 1_000)]
        records: usize,
    },
    /// Makes the report of very many findings; prints its size, and how long Chromium takes to show it
    Page {
        /// So many findings
        #[arg(long, default_value_t = 50_000)]
        findings: usize,
    },
    /// Measures the cost as rules and as events grow; writes growth.md and growth.svg
    Growth {
        /// Folder to write to
        #[arg(long, default_value = "docs")]
        out: PathBuf,
        /// At most so many rules
        #[arg(long, default_value_t = 10_000)]
        most_rules: usize,
        /// At most so many events; 10,000,000 take some 12 GB on disk for a while
        #[arg(long, default_value_t = 1_000_000)]
        most_events: u64,
    },
    /// Scores how well findings are put together: recorded attacks and the demo, amid ordinary life
    Story {
        /// Other sets, one at a time, on which the rule of correlation was not made
        #[arg(long)]
        held_back: bool,
        /// What it costs as events and findings grow, instead
        #[arg(long, conflicts_with = "held_back")]
        growth: bool,
        /// With --growth: at most so many events; 10,000,000 need some 12 GB on disk
        #[arg(long, default_value_t = 1_000_000)]
        most_events: u64,
        /// With --growth: folder for intrusions.svg
        #[arg(long, default_value = "docs")]
        out: PathBuf,
    },
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            table::tell(&format!("onus-bench: {error}"));
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let data = arguments.data.clone().unwrap_or_else(test_data);
    let rules = arguments.rules.clone().unwrap_or_else(|| data.join("sigmahq"));
    if let (Some(stage), Some(input)) = (arguments.stage, &arguments.input) {
        return table::show(&serde_json::to_string(&stages::run(stage, input, &rules)?)?);
    }
    match &arguments.command {
        Some(Command::Dossier { events, records }) => dossier::run(*events, *records, arguments.runs),
        Some(Command::Page { findings }) => page::run(*findings, arguments.runs),
        Some(Command::Story { held_back, growth, most_events, out }) => story::run(&story::Plan {
            data: &data,
            rules: &rules,
            held_back: *held_back,
            growth: *growth,
            most_events: *most_events,
            out,
            runs: arguments.runs,
        }),
        Some(Command::Differences { shuffled }) => {
            build_peer()?;
            differences::run(&data, &rules, *shuffled)
        }
        Some(Command::Growth { out, most_rules, most_events }) => growth::run(&growth::Plan {
            data: &data,
            rules: &rules,
            out,
            runs: arguments.runs,
            most_rules: *most_rules,
            most_events: *most_events,
        }),
        None => stages_of_both(arguments, &data, &rules),
    }
}

fn stages_of_both(arguments: &Arguments, data: &Path, rules: &Path) -> Result<()> {
    build_peer()?;
    table::show(&table::machine())?;
    let folder = tempfile::Builder::new().prefix("onus-bench-").tempdir()?;
    let evtx = folder.path().join("evtx");
    evidence::evtx(&data.join("evtx-attack-samples"), &evtx, arguments.evtx_records)?;
    measure("EVTX", &evtx, rules, arguments.runs)?;
    let json = folder.path().join("ndjson");
    evidence::shuffled(&data.join("windows-json"), &json, arguments.json_events)?;
    measure("NDJSON", &json, rules, arguments.runs)
}

fn test_data() -> PathBuf {
    std::env::var_os("ONUS_TEST_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from)
}

fn measure(name: &str, input: &Path, rules: &Path, runs: u32) -> Result<()> {
    let size = evidence::size(input)?;
    // Reads everything once, so that no stage pays for a cold disk.
    run_apart(Stage::Read, input, rules, 1)?;
    let mut rows = Vec::new();
    for stage in Stage::ALL {
        table::tell(&format!("{name}: {}", stage.what()));
        rows.push((stage, run_apart(stage, input, rules, runs)?));
    }
    table::show(&table::render(name, size, &rows))
}
