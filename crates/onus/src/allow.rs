//! `onus allow`: what is known to be harmless is left out of the story, not out of the case.

use std::path::Path;

use clap::Args;
use onus_case::{AllowEntry, AllowList, Case, CaseError, Rules, today};

use crate::format::{Format, write_texts};
use crate::investigate::tell_findings;
use crate::{Exit, say};

/// What to allow, or which entry to take back.
#[derive(Args)]
pub(crate) struct AllowArgs {
    /// Id or title of the rule, or name of the analytic; `*` and `?` stand for any characters.
    #[arg(long)]
    rule: Option<String>,
    /// The field whose value made the match.
    #[arg(long, requires = "value")]
    field: Option<String>,
    /// A value that made the match.
    #[arg(long)]
    value: Option<String>,
    /// The host as the events name it; for network logs its address.
    #[arg(long)]
    host: Option<String>,
    /// The account that the events name.
    #[arg(long)]
    account: Option<String>,
    /// Why it is harmless.
    #[arg(long, requires = "expires")]
    reason: Option<String>,
    /// The last day (UTC) on which the entry applies, e.g. 2027-01-31.
    #[arg(long, requires = "reason", value_name = "DAY")]
    expires: Option<String>,
    /// List the entries.
    #[arg(long, conflicts_with_all = ["reason", "remove"])]
    list: bool,
    /// Take entry N of the list back.
    #[arg(long, value_name = "N", conflicts_with = "reason")]
    remove: Option<usize>,
}

pub(crate) fn run(case: &Path, args: &AllowArgs, quiet: bool) -> Result<Exit, CaseError> {
    Case::open(case)?;
    let mut list = AllowList::of_case(case)?;
    if args.list {
        return show(&list);
    }
    let wrong = |reason: String| CaseError::Allow { path: case.join("allow.toml"), reason };
    match (args.remove, &args.reason) {
        (Some(number), _) => {
            let place = number.checked_sub(1).filter(|place| *place < list.entries.len());
            let place = place.ok_or_else(|| wrong(format!("it has no entry {number}")))?;
            let entry = list.entries.remove(place);
            say(&format!("Taken back: {} ({})", entry.conditions(), entry.reason));
        }
        (None, Some(reason)) => {
            let entry = AllowEntry {
                rule: args.rule.clone(),
                field: args.field.clone(),
                value: args.value.clone(),
                host: args.host.clone(),
                account: args.account.clone(),
                reason: reason.clone(),
                expires: args.expires.clone().unwrap_or_default(),
            };
            entry.check().map_err(|reason| wrong(format!("the new entry {reason}")))?;
            if !entry.applies(&today()) {
                return Err(wrong(format!("the new entry expired on {}", entry.expires)));
            }
            list.entries.push(entry);
        }
        // The file was edited by hand, or an entry has expired: the story is told again as the list now says.
        (None, None) => {}
    }
    list.write(case)?;
    say_expired(&list);
    let (summary, earlier) = onus_case::retell(case)?;
    if !quiet {
        tell_findings(&summary, &Rules::of_case(case)?);
        say(&format!("What the case said before is kept in {}", earlier.display()));
    }
    Ok(Exit::Done)
}

/// Says which entries no longer apply.
pub(crate) fn say_expired(list: &AllowList) {
    let today = today();
    for entry in list.entries.iter().filter(|entry| !entry.applies(&today)) {
        say(&format!(
            "Expired on {}, so no longer allowed: {} ({})",
            entry.expires,
            entry.conditions(),
            entry.reason
        ));
    }
}

fn show(list: &AllowList) -> Result<Exit, CaseError> {
    let today = today();
    let text = |of: &dyn Fn(&AllowEntry) -> String| list.entries.iter().map(of).collect();
    write_texts(
        Format::Table,
        &[
            ("entry", (1..=list.entries.len()).map(|n| n.to_string()).collect()),
            ("allows", text(&AllowEntry::conditions)),
            ("reason", text(&|e| e.reason.clone())),
            ("until", text(&|e| e.expires.clone())),
            ("applies", text(&|e| if e.applies(&today) { "yes" } else { "no, expired" }.to_owned())),
        ],
    )?;
    Ok(Exit::Done)
}
