//! `onus demo`: evidence of an invented intrusion, and the whole job on it.

use std::path::{Path, PathBuf};
use std::time::Instant;

use indicatif::HumanCount;
use onus_case::CaseError;
use onus_demo::{DemoError, DemoOptions, Truth, generate};

use crate::disclose::RedactArgs;
use crate::rules::RuleArgs;
use crate::{Exit, disclose, investigate, say, seal, verify};

/// Writes the evidence alone, with its truth beside it.
pub(crate) fn only_evidence(folder: &Path, options: &DemoOptions, quiet: bool) -> Result<Exit, CaseError> {
    let truth = write(options, folder, &folder.join("truth.json"))?;
    if !quiet {
        say(&format!(
            "Wrote {} events to {}; truth.json says what was planted",
            HumanCount(truth.events),
            folder.display()
        ));
    }
    Ok(Exit::Done)
}

/// Evidence, investigate, seal, disclose, verify.
pub(crate) fn run(out: &Path, options: &DemoOptions, quiet: bool) -> Result<Exit, CaseError> {
    let begun = Instant::now();
    if std::fs::symlink_metadata(out).is_ok() {
        return Err(CaseError::Exists(out.to_owned()));
    }
    let step = |number: u32, what: &str| {
        if !quiet {
            say(&format!("\n[{number}/5] {what}"));
        }
    };
    let (evidence, case, dossier) = (out.join("evidence"), out.join("case"), out.join("dossier.json"));
    step(1, "Evidence: an invented intrusion at a service provider and its client, inside ordinary life");
    let truth = write(options, &evidence, &out.join("truth.json"))?;
    if !quiet {
        say(&format!("Wrote {} events to {}", HumanCount(truth.events), evidence.display()));
    }
    step(2, "Investigate: read all of it, run the rules and analytics, tell the story");
    let rules = RuleArgs::default();
    let known = investigate::Known { rules: &rules, allow: None, mapping: None, collected: None };
    investigate::run(&[evidence], &case, &known, None, quiet)?;
    step(3, "Seal: commit to every record and sign the root");
    seal::run(&case, None, Some("onus-demo.example".to_owned()), None, quiet)?;
    step(4, "Disclose: every claim, and of the records only what it needs");
    disclose::run(&case, &["all".to_owned()], &dossier, None, &RedactArgs::default(), None, quiet)?;
    let page = out.join("dossier.html");
    write_page(&dossier, &page)?;
    step(5, "Verify: as anyone would, with the dossier alone");
    let verdict = verify::brief(&dossier)?;
    if !quiet {
        say(&format!("\nDone in {:.1} s. What to type next:", begun.elapsed().as_secs_f64()));
        say(&format!(
            "  onus query {} \"select title, level, host_name, first from findings order by first\"",
            case.display()
        ));
        say(&format!("  onus verify {}", dossier.display()));
        say(&format!("  open {} in a browser: the same dossier, which checks itself", page.display()));
        say(&format!("  less {}    what was planted", out.join("truth.json").display()));
    }
    Ok(verdict)
}

/// The dossier once more, in the page that checks itself.
fn write_page(dossier: &Path, page: &Path) -> Result<(), CaseError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| CaseError::Io { path, source }
    };
    let text = std::fs::read_to_string(dossier).map_err(io(dossier))?;
    std::fs::write(page, onus_page::page(&text)).map_err(io(page))
}

fn write(options: &DemoOptions, evidence: &Path, truth: &Path) -> Result<Truth, CaseError> {
    let folder = truth.parent().map_or_else(PathBuf::new, Path::to_owned);
    std::fs::create_dir_all(&folder).map_err(|source| CaseError::Io { path: folder, source })?;
    generate(options, evidence, truth, &mut |_| ()).map_err(|e| match e {
        DemoError::Exists(path) => CaseError::Exists(path),
        other => CaseError::Sql(other.to_string()),
    })
}
