//! `onus hunt`: rules over a case again.

use std::path::Path;

use onus_case::{AllowList, CaseError, Rules};

use crate::investigate::tell_findings;
use crate::rules::RuleArgs;
use crate::{Exit, say};

pub(crate) fn run(
    case: &Path,
    rules: &RuleArgs,
    own: bool,
    allow: Option<&Path>,
    quiet: bool,
) -> Result<Exit, CaseError> {
    let rules = if own { Rules::of_case(case)? } else { rules.read()? };
    // A folder that is no case must not get an allow-list.
    onus_case::Case::open(case)?;
    if let Some(path) = allow {
        AllowList::read(path)?.write(case)?;
    }
    let (summary, earlier) = onus_case::hunt(case, &rules)?;
    if !quiet {
        tell_findings(&summary, &rules);
        say(&format!("What the case said before is kept in {}", earlier.display()));
        let first = summary.story.findings.first().map_or("F0001", |f| f.id.as_str());
        say(&format!("Next: onus explain {} {first}", case.display()));
    }
    Ok(Exit::Done)
}
