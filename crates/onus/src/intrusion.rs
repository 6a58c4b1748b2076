//! `onus intrusion`: the intrusions of a case, and what an analyst decides about them.

use std::io::Write;
use std::path::Path;

use clap::Subcommand;
use onus_case::{CaseError, Intrusion, Rules, Verdict, decide, read_intrusions};

use crate::format::{Format, write_texts};
use crate::investigate::tell_findings;
use crate::{Exit, say};

/// What to do.
#[derive(Subcommand)]
pub(crate) enum IntrusionCommand {
    /// List the intrusions.
    List,
    /// Show one: where it began, how each host was reached, its steps, and why its findings belong together.
    Show {
        /// As I1.
        id: String,
    },
    /// Make findings of an intrusion one of their own.
    Split {
        /// As I1.
        id: String,
        /// As F0003.
        #[arg(required = true)]
        findings: Vec<String>,
    },
    /// Make two intrusions one.
    Join {
        /// As I1.
        a: String,
        /// As I2.
        b: String,
    },
    /// Say that it is none; its findings stay listed.
    Drop {
        /// As I1.
        id: String,
    },
    /// Take all decisions back.
    Restore,
    /// Say something about it.
    Note {
        /// As I1.
        id: String,
        /// What.
        text: String,
    },
}

pub(crate) fn run(case: &Path, command: &IntrusionCommand, quiet: bool) -> Result<Exit, CaseError> {
    let verdict = match command {
        IntrusionCommand::List => return list(&read_intrusions(case)?),
        IntrusionCommand::Show { id } => return show(&read_intrusions(case)?, id, case),
        IntrusionCommand::Split { id, findings } => Verdict::Split(id.clone(), findings.clone()),
        IntrusionCommand::Join { a, b } => Verdict::Join(a.clone(), b.clone()),
        IntrusionCommand::Drop { id } => Verdict::Drop(id.clone()),
        IntrusionCommand::Restore => Verdict::Restore,
        IntrusionCommand::Note { id, text } => Verdict::Note(id.clone(), text.clone()),
    };
    let (summary, earlier) = decide(case, &verdict)?;
    if !quiet {
        tell_findings(&summary, &Rules::of_case(case)?);
        say(&format!("What the case said before is kept in {}", earlier.display()));
    }
    Ok(Exit::Done)
}

fn list(all: &[Intrusion]) -> Result<Exit, CaseError> {
    let text = |of: &dyn Fn(&Intrusion) -> String| all.iter().map(of).collect();
    let columns = [
        ("intrusion", text(&|i| i.id.clone())),
        ("strength", text(&|i| i.strength.clone())),
        ("first", text(&|i| onus_event::format_micros(i.first))),
        ("last", text(&|i| onus_event::format_micros(i.last))),
        ("hosts", text(&|i| i.hosts.len().to_string())),
        ("findings", text(&|i| i.findings.len().to_string())),
        ("began", text(&|i| i.began.how.clone())),
        ("notes", text(&|i| i.notes.join("; "))),
    ];
    write_texts(Format::Table, &columns)?;
    Ok(Exit::Done)
}

fn show(all: &[Intrusion], id: &str, case: &Path) -> Result<Exit, CaseError> {
    let intrusion = all.iter().find(|i| i.id.eq_ignore_ascii_case(id));
    let reason = format!("there is no intrusion {id}; `onus intrusion CASE list` shows what there is");
    let intrusion =
        intrusion.ok_or_else(|| CaseError::Decisions { path: case.join("intrusions.json"), reason })?;
    let text = lines(intrusion).join("\n") + "\n";
    let written = std::io::stdout().write_all(text.as_bytes());
    written.map_err(|source| CaseError::Io { path: "standard output".into(), source })?;
    Ok(Exit::Done)
}

fn lines(intrusion: &Intrusion) -> Vec<String> {
    let time = |at: i64| onus_event::format_micros(at);
    let mut all =
        vec![format!("{} ({}): {}", intrusion.id, intrusion.strength, intrusion.strength_because.join("; "))];
    let before = if intrusion.began.before_logs { ", or before these logs begin" } else { "" };
    all.push(format!("began {}{before}: {}", time(intrusion.began.at), intrusion.began.how));
    for (what, touched) in [("host", &intrusion.hosts), ("account", &intrusion.accounts)] {
        all.extend(touched.iter().map(|t| {
            let sure = if t.sure { "" } else { " (not sure)" };
            format!("{what:<8} {} {} {}{sure} [{}]", time(t.first), t.name, t.manner, t.finding)
        }));
    }
    all.extend(intrusion.artifacts.iter().map(|a| {
        format!("program  {} {} {}", time(a.first), a.path, a.hash.as_deref().unwrap_or("hash unknown"))
    }));
    all.extend(intrusion.steps.iter().map(|s| {
        format!("{:>7}. {} {} {} [{}]", s.number, time(s.at), s.to.name, s.text, s.findings.join(" "))
    }));
    let edge = |e: &onus_case::Edge| format!("because  {} and {}: {} ({:.2})", e.a, e.b, e.reason, e.weight);
    all.extend(intrusion.edges.iter().map(edge));
    all.extend(intrusion.unexplained.iter().map(|sentence| format!("unexplained: {sentence}")));
    all.extend(intrusion.notes.iter().map(|note| format!("note: {note}")));
    // What comes from a log must not steer a terminal.
    all.iter()
        .map(|line| line.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect())
        .collect()
}
