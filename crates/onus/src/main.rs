//! In: a command line. Out: data on stdout, all else on stderr, and an exit code.
//! Invariant: the network only in `timestamp --tsa` and `statement --propose-with`, never a prompt, never an overwrite;
//! this crate knows the terminal and nothing of how a stage works inside.

mod allow;
mod claims;
mod demo;
mod disclose;
mod explain;
mod format;
mod http;
mod hunt;
mod intrusion;
mod investigate;
mod room;
mod rules;
mod seal;
mod statement;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use onus_case::{Case, CaseError};

use format::Format;
use onus_demo::DemoOptions;
use onus_source::Day;
use room::Failure;
use room::signer::SignerArgs;

/// Many threads take and give back small pieces of memory all the time, which this allocator is made for.
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

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
#[allow(clippy::large_enum_variant, reason = "made once, from the command line")]
enum Command {
    /// Make evidence of an invented intrusion and do the whole job on it: the first thing to try.
    Demo {
        /// Folder for evidence, case and dossier; it must not exist.
        #[arg(long, default_value = "onus-demo")]
        out: PathBuf,
        /// Events to make, at least.
        #[arg(long, default_value_t = DemoOptions::default().events)]
        events: u64,
        /// Names, numbers and times hang on it.
        #[arg(long, default_value_t = DemoOptions::default().seed)]
        seed: u64,
        /// Write just the evidence into this folder, with its truth.json.
        #[arg(long, value_name = "DIR")]
        only_evidence: Option<PathBuf>,
    },
    /// Read logs into a new case: folders, files and archives (gzip, tar, zip).
    Investigate {
        /// What to read.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Folder of the case; it must not exist.
        #[arg(long, default_value = "onus-case")]
        out: PathBuf,
        #[command(flatten)]
        rules: rules::RuleArgs,
        /// What is known to be harmless; it becomes the case's allow.toml.
        #[arg(long, value_name = "FILE")]
        allow: Option<PathBuf>,
        /// Log sources of your own: which events they are, and what rules call their fields.
        #[arg(long, value_name = "FILE")]
        mapping: Option<PathBuf>,
        /// The day on which the logs were taken: times without a year (syslog) are of the year before its end.
        #[arg(long, value_name = "YYYY-MM-DD")]
        collected: Option<Day>,
        /// Parsing threads; the result is the same with any number.
        #[arg(long)]
        threads: Option<usize>,
    },
    /// Run rules over a case again, without the logs. What it said before is kept in CASE/earlier.
    Hunt {
        /// Folder of the case.
        case: PathBuf,
        #[command(flatten)]
        rules: rules::RuleArgs,
        /// The rules that the case has.
        #[arg(long, conflicts_with_all = ["rules", "built_in"])]
        own: bool,
        /// What is known to be harmless, instead of the case's allow.toml.
        #[arg(long, value_name = "FILE", conflicts_with = "out")]
        allow: Option<PathBuf>,
        /// A new case for the answer, which shares what was read; this one stays as it is.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Explain a finding (F0001), a claim (C0001), a record (123) or a match (RULE@123).
    Explain {
        /// Folder of the case.
        case: PathBuf,
        /// What to explain.
        what: String,
        /// Form of the answer.
        #[arg(long, value_enum, default_value_t = verify::Form::Table)]
        format: verify::Form,
    },
    /// Allow what is known to be harmless, list what is allowed, or take an entry back.
    Allow {
        /// Folder of the case.
        case: PathBuf,
        #[command(flatten)]
        args: allow::AllowArgs,
    },
    /// List and show intrusions; split, join, drop or annotate them. Later runs keep what was decided.
    Intrusion {
        /// Folder of the case.
        case: PathBuf,
        #[command(subcommand)]
        command: intrusion::IntrusionCommand,
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
    /// Look at rules: list, show, lint, test, coverage.
    Rules {
        #[command(subcommand)]
        command: rules::RulesCommand,
    },
    /// Look at the claims of a case: list them, derive them again, show one.
    Claims {
        /// Folder of the case.
        case: PathBuf,
        #[command(subcommand)]
        command: Option<claims::ClaimsCommand>,
        /// Form of the answer.
        #[arg(long, value_enum, default_value_t = verify::Form::Table, global = true)]
        format: verify::Form,
    },
    /// Commit to every record of a case and sign the root; afterwards nothing in it can change unseen.
    Seal {
        /// Folder of the case.
        case: PathBuf,
        /// Folder from which relative paths of the logs start; the current one if not given.
        #[arg(long)]
        from: Option<PathBuf>,
        /// Name of a new signing key, such as a domain of yours, which lies in the case; a random one if not given.
        #[arg(long, conflicts_with_all = ["key", "signer"])]
        name: Option<String>,
        #[command(flatten)]
        signer: SignerArgs,
    },
    /// Make a dossier of a sealed case: claims, and of the records that they cite only the needed fields.
    Disclose {
        /// Folder of the case.
        case: PathBuf,
        /// Which claims: `all`, or ids with commas between.
        #[arg(long, required = true, value_delimiter = ',')]
        claims: Vec<String>,
        /// The dossier's file, which must not exist; with a name in `.html` a page that checks itself in a browser.
        #[arg(long, short)]
        out: PathBuf,
        /// Folder from which relative paths of the logs start; the current one if not given.
        #[arg(long)]
        from: Option<PathBuf>,
        #[command(flatten)]
        redact: disclose::RedactArgs,
        #[command(flatten)]
        signer: SignerArgs,
    },
    /// Check a dossier, which takes nothing but its file. Exit code 1: it is rejected, or a claim is baseless.
    Verify {
        /// The dossier: its JSON file, or the page that carries it.
        file: PathBuf,
        /// What came beside it: verdict notes, contests, rotations, revocations, tokens, cosigned checkpoints, dossiers.
        notes: Vec<PathBuf>,
        /// Whose keys count: a trust policy (docs/spec/policy.md).
        #[arg(long, value_name = "FILE", conflicts_with = "key")]
        policy: Option<PathBuf>,
        /// Accept only this public key, as its owner published it; may be given more than once.
        #[arg(long, value_parser = |key: &str| onus_proof::Verifier::from_vkey(key))]
        key: Vec<onus_proof::Verifier>,
        /// Form of the verdict.
        #[arg(long, value_enum, default_value_t = verify::Form::Table)]
        format: verify::Form,
    },
    /// Print the page that checks dossiers in a browser, without one: `onus verifier > verify.html`.
    Verifier,
    /// Lay out a public text as a ledger: who asserts what about whom, how firmly, and what it rests on.
    Statement(statement::StatementArgs),
    #[command(flatten)]
    Room(room::RoomCommand),
}

/// How a run ended: the public exit codes.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Exit {
    Done = 0,
    Rejected = 1,
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
                Failure::Case(
                    CaseError::NoRules { .. }
                    | CaseError::Placeholders { .. }
                    | CaseError::Allow { .. }
                    | CaseError::Mapping { .. }
                    | CaseError::Decisions { .. },
                ) => Exit::Rules,
                Failure::Rejected { .. } | Failure::Refused { .. } => Exit::Rejected,
                _ => Exit::Usage,
            };
            ExitCode::from(exit as u8)
        }
    }
}

fn run(cli: &Cli) -> Result<Exit, Failure> {
    match &cli.command {
        Command::Room(command) => room::run(command, cli.quiet),
        Command::Seal { case, from, name, signer } => {
            let signer = signer.open_if_given()?;
            Ok(seal::run(case, from.clone(), name.clone(), signer.as_deref(), cli.quiet)?)
        }
        Command::Disclose { case, claims, out, from, redact, signer } => {
            let signer = signer.open_if_given()?;
            Ok(disclose::run(case, claims, out, from.clone(), redact, signer.as_deref(), cli.quiet)?)
        }
        Command::Verifier => {
            format::print(&onus_page::verifier())?;
            Ok(Exit::Done)
        }
        Command::Statement(args) => statement::run(args, cli.quiet),
        Command::Verify { file, notes, policy, key, format } => {
            let asked = verify::Asked { file, notes, keys: key, policy: policy.as_deref() };
            verify::run(&asked, *format)
        }
        command => Ok(on_case(cli, command)?),
    }
}

fn on_case(cli: &Cli, command: &Command) -> Result<Exit, CaseError> {
    match command {
        // Not about a case; `run` has them.
        Command::Room(_)
        | Command::Statement(_)
        | Command::Verify { .. }
        | Command::Verifier
        | Command::Seal { .. }
        | Command::Disclose { .. } => Ok(Exit::Usage),
        Command::Demo { out, events, seed, only_evidence } => {
            let options = DemoOptions { events: *events, seed: *seed };
            match only_evidence {
                Some(folder) => demo::only_evidence(folder, &options, cli.quiet),
                None => demo::run(out, &options, cli.quiet),
            }
        }
        Command::Investigate { paths, out, rules, allow, mapping, collected, threads } => {
            let (allow, mapping) = (allow.as_deref(), mapping.as_deref());
            let known = investigate::Known { rules, allow, mapping, collected: *collected };
            investigate::run(paths, out, &known, *threads, cli.quiet)
        }
        Command::Hunt { case, rules, own, allow, out } => {
            let options =
                hunt::HuntOptions { rules, own: *own, allow: allow.as_deref(), out: out.as_deref() };
            hunt::run(case, &options, cli.quiet)
        }
        Command::Explain { case, what, format } => explain::run(case, what, *format),
        Command::Allow { case, args } => allow::run(case, args, cli.quiet),
        Command::Intrusion { case, command } => intrusion::run(case, command, cli.quiet),
        Command::Query { case, sql, format } => {
            let (schema, batches) = Case::open(case)?.query(sql)?;
            format::write(*format, &schema, &batches)?;
            Ok(Exit::Done)
        }
        Command::Rules { command } => rules::run(command, cli.quiet),
        Command::Claims { case, command, format } => claims::run(case, command.as_ref(), *format, cli.quiet),
    }
}

/// A line on stderr; where nobody listens, nobody is told.
fn say(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{line}");
}
