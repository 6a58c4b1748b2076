//! In: a command line. Out: data on stdout, all else on stderr, and an exit code.
//! Invariant: never the network, never a prompt, never an overwrite; this crate knows the terminal and
//! nothing of how a stage works inside.

mod format;
mod investigate;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use onus_case::{Case, CaseError};

use format::Format;

/// Finds espionage in logs and carries the burden of proof for what it says.
#[derive(Parser)]
#[command(name = "onus", version)]
struct Cli {
    /// Say nothing but errors.
    #[arg(long, short, global = true)]
    quiet: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Read logs into a new case: folders, files and archives (gzip, tar, zip).
    Investigate {
        /// What to read.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Folder of the case; it must not exist.
        #[arg(long, default_value = "onus-case")]
        out: PathBuf,
        /// Sigma rules to run: folders or files, instead of the built-in ones.
        #[arg(long)]
        rules: Vec<PathBuf>,
        /// Parsing threads; the result is the same with any number.
        #[arg(long)]
        threads: Option<usize>,
    },
    /// Ask a case in SQL. Tables: sources, records, events, faults, and one for each kind of event.
    Query {
        /// Folder of the case.
        case: PathBuf,
        /// The question, e.g. "select event_action, count(*) from events group by 1".
        sql: String,
        /// Form of the answer.
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
}

/// How a run ended: the public exit codes.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Exit {
    Done = 0,
    Usage = 2,
    Rules = 3,
    PartlyRead = 4,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli) {
        Ok(exit) => ExitCode::from(exit as u8),
        Err(error) => {
            say(&format!("onus: {error}"));
            let exit = match error {
                CaseError::NoRules { .. } => Exit::Rules,
                _ => Exit::Usage,
            };
            ExitCode::from(exit as u8)
        }
    }
}

fn run(cli: &Cli) -> Result<Exit, CaseError> {
    match &cli.command {
        Command::Investigate { paths, out, rules, threads } => {
            investigate::run(paths, out, rules, *threads, cli.quiet)
        }
        Command::Query { case, sql, format } => {
            let (schema, batches) = Case::open(case)?.query(sql)?;
            format::write(*format, &schema, &batches).map_err(|e| CaseError::Sql(e.to_string()))?;
            Ok(Exit::Done)
        }
    }
}

/// A line on stderr; where nobody listens, nobody is told.
fn say(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{line}");
}
