//! `onus hunt`: rules over a case again.

use std::path::Path;

use onus_case::{AllowList, Case, CaseError, Rules};

use crate::allow::say_expired;
use crate::investigate::tell_findings;
use crate::rules::RuleArgs;
use crate::{Exit, say};

/// How to hunt.
pub(crate) struct HuntOptions<'a> {
    pub(crate) rules: &'a RuleArgs,
    /// With the rules that the case has, instead of `rules`.
    pub(crate) own: bool,
    /// An allow-list to take the place of the case's.
    pub(crate) allow: Option<&'a Path>,
    /// A new case for the answer.
    pub(crate) out: Option<&'a Path>,
}

pub(crate) fn run(case: &Path, options: &HuntOptions<'_>, quiet: bool) -> Result<Exit, CaseError> {
    // A folder that is no case must not get an allow-list.
    Case::open(case)?;
    let rules = if options.own { Rules::of_case(case)? } else { options.rules.read()? };
    if let Some(path) = options.allow {
        AllowList::read(path)?.write(case)?;
    }
    say_expired(&AllowList::of_case(case)?);
    let (summary, told, kept) = match options.out {
        Some(out) => (onus_case::hunt_into(case, out, &rules)?, out, None),
        None => {
            let (summary, earlier) = onus_case::hunt(case, &rules)?;
            (summary, case, Some(earlier))
        }
    };
    if !quiet {
        tell_findings(&summary, &rules);
        if let Some(kept) = kept {
            say(&format!("What the case said before is kept in {}", kept.display()));
        }
        let first = summary.story.findings.first().map_or("F0001", |f| f.id.as_str());
        say(&format!("Next: onus explain {} {first}", told.display()));
    }
    Ok(Exit::Done)
}
