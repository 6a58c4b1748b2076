//! `onus claims`: what a case claims, whether its records bear it out, and what each claim would show.

use std::path::Path;

use clap::Subcommand;
use onus_case::{CaseError, Checked, check_claims};
use serde_json::{Value, json};

use crate::format::{plain, print};
use crate::verify::Form;
use crate::{Exit, say};

/// What to do with claims.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum ClaimsCommand {
    /// List the claims, each with the rung on which it stands (this is what happens without a command).
    List,
    /// Derive every claim again; exit code 1 if one does not hold or cannot be sealed.
    Check,
    /// Show one claim: its parameters, and what a dossier would show of its records.
    Show {
        /// The claim's id.
        id: String,
    },
}

pub(crate) fn run(
    case: &Path,
    command: Option<&ClaimsCommand>,
    form: Form,
    quiet: bool,
) -> Result<Exit, CaseError> {
    let only = match command {
        Some(ClaimsCommand::Show { id }) => Some(id.as_str()),
        _ => None,
    };
    let checked = check_claims(case, only)?;
    let wrong: Vec<&Checked> = checked.iter().filter(|one| one.problem().is_some()).collect();
    let checks = matches!(command, Some(ClaimsCommand::Check));
    let text = match (form, command) {
        (Form::Json, _) => {
            let all: Vec<Value> = checked.iter().map(object).collect();
            format!("{:#}\n", Value::from(all))
        }
        (Form::Table, Some(ClaimsCommand::Show { .. })) => checked.iter().map(one).collect(),
        (Form::Table, Some(ClaimsCommand::Check)) => wrong.iter().map(|one| problem(one)).collect(),
        (Form::Table, _) => checked.iter().map(row).collect(),
    };
    print(&text)?;
    if checks && !quiet {
        say(&format!(
            "{} claims: {} hold, {} do not",
            checked.len(),
            checked.len() - wrong.len(),
            wrong.len()
        ));
    }
    Ok(if checks && !wrong.is_empty() { Exit::Rejected } else { Exit::Done })
}

/// The rung with its name, or that there is none yet.
fn rung(one: &Checked) -> String {
    match one.rung() {
        Some(rung) => format!("{} {}", rung as u8, rung.name()),
        None => "not sealed".to_owned(),
    }
}

fn row(one: &Checked) -> String {
    let claim = &one.claim;
    let problem = one.problem().map(|what| format!("{:<23}{}\n", "", plain(&what))).unwrap_or_default();
    format!("{:<8} {:<13} {}\n{problem}", plain(&claim.id), rung(one), plain(&claim.sentence))
}

fn problem(one: &Checked) -> String {
    format!("claim {} {}\n", plain(&one.claim.id), plain(&one.problem().unwrap_or_default()))
}

fn one(one: &Checked) -> String {
    let claim = &one.claim;
    let mut lines = vec![
        format!("{}  {}", claim.id, claim.sentence),
        format!("  kind         {}", claim.kind.name()),
        format!("  rung         {}", rung(one)),
    ];
    lines.extend(one.problem().map(|what| format!("  problem      {what}")));
    let sensors = one.corroborated.as_ref();
    lines.extend(sensors.map(|(a, b)| format!("  shown by     {a} and {b}, each for itself")));
    if let Some(intrusion) = &claim.intrusion {
        lines.push(format!("  tells of     {intrusion}, from {}", claim.findings.join(", ")));
    }
    lines.push(format!("  would raise  {}", claim.would_raise));
    let object = claim.to_object();
    if let Some(params) = object["params"].as_object() {
        lines.extend(params.iter().map(|(name, value)| format!("  {name:<12} {}", shown(value))));
    }
    for (record, fields) in &one.shows {
        lines.push(format!("  record {record}, of which a dossier shows {} fields", fields.len()));
        lines.extend(fields.iter().map(|(name, value)| format!("    {name:<20} {value}")));
    }
    lines.iter().fold(String::new(), |text, line| text + &plain(line) + "\n")
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn object(one: &Checked) -> Value {
    let mut object = one.claim.to_object();
    object["intrusion"] = json!(one.claim.intrusion);
    object["findings"] = json!(one.claim.findings);
    object["corroborated_by"] = json!(one.corroborated.as_ref().map(|(a, b)| [a.to_string(), b.to_string()]));
    object["rung"] = json!(one.rung().map(|rung| rung as u8));
    object["holds"] = json!(one.problem().is_none());
    object["problem"] = json!(one.problem());
    object
}
