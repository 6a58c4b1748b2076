//! Regression cases in the layout of the public rules: a folder with an `info.yml` that names the rules that must
//! fire, and the log beside it in which they must.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use onus_event::Mappings;
use onus_source::{SourceId, find_inputs};

use super::Rules;
use crate::CaseError;
use crate::pipeline::{Depth, Part, Reading, run};

/// One case, and whether its rule fired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseTest {
    /// Its folder.
    pub folder: PathBuf,
    /// The rule that it names.
    pub rule: String,
    /// What is wrong, if anything.
    pub failure: Option<String>,
}

/// Reads all logs under `folder`, storing nothing, and tells for each case whether its rules fired in its folder.
///
/// # Errors
/// If the folder cannot be read or holds no case.
pub fn run_cases(rules: &Rules, folder: &Path, threads: usize) -> Result<Vec<CaseTest>, CaseError> {
    let mut infos = Vec::new();
    each(folder, &mut infos)?;
    let fired = fired(rules, folder, threads)?;
    let known: BTreeSet<&str> = rules.set.iter().map(|(_, meta)| meta.id.as_str()).collect();
    let mut tests = Vec::new();
    for info in infos {
        let folder = info.parent().unwrap_or(folder).to_owned();
        let text =
            fs::read_to_string(&info).map_err(|source| CaseError::Io { path: info.clone(), source })?;
        let mut logs: Vec<PathBuf> = logs_named(&text).into_iter().map(|name| folder.join(name)).collect();
        if logs.is_empty() {
            logs.extend(fired.keys().filter(|log| log.parent() == Some(&folder) && **log != info).cloned());
        }
        for rule in rule_ids(&text) {
            let failure = if logs.iter().any(|log| fired.get(log).is_some_and(|rules| rules.contains(&rule)))
            {
                None
            } else if !known.contains(rule.as_str()) {
                Some("the rule is not among those that are used".to_owned())
            } else if !logs.iter().any(|log| fired.contains_key(log)) {
                Some("the log that info.yml names is not there".to_owned())
            } else {
                Some("the rule does not fire".to_owned())
            };
            tests.push(CaseTest { folder: folder.clone(), rule, failure });
        }
    }
    if tests.is_empty() {
        let reason = "it holds no info.yml with rule_metadata".to_owned();
        return Err(CaseError::NoRules { path: folder.to_owned(), reason });
    }
    Ok(tests)
}

/// The ids of the rules that fired, by log.
fn fired(
    rules: &Rules,
    folder: &Path,
    threads: usize,
) -> Result<BTreeMap<PathBuf, BTreeSet<String>>, CaseError> {
    let inputs = find_inputs(&[folder.to_owned()])?;
    let mut by_source: BTreeMap<SourceId, BTreeSet<String>> = BTreeMap::new();
    let mut by_path = BTreeMap::new();
    let mappings = Mappings::default();
    let reading = Reading { mappings: &mappings, collected: None };
    run(&inputs, &rules.set, reading, Depth::Match, threads, Arc::default(), &mut |output| {
        for matched in output.matches {
            by_source.entry(matched.source).or_default().insert(rules.set.meta(matched.rule).id.clone());
        }
        for part in output.parts {
            if let Part::End(end) = part {
                by_path.insert(PathBuf::from(end.path), by_source.remove(&end.source).unwrap_or_default());
            }
        }
        Ok(())
    })?;
    Ok(by_path)
}

/// The names of the logs that `path:` lines give.
fn logs_named(info: &str) -> Vec<String> {
    let paths = info.lines().filter_map(|line| line.trim_start_matches([' ', '-']).strip_prefix("path:"));
    paths.filter_map(|path| Path::new(path.trim()).file_name()?.to_str().map(str::to_owned)).collect()
}

/// The ids below `rule_metadata:`.
fn rule_ids(info: &str) -> Vec<String> {
    let section = info.lines().skip_while(|line| !line.starts_with("rule_metadata:")).skip(1);
    let own = section.take_while(|line| line.starts_with([' ', '-']) || line.trim().is_empty());
    let ids = own.filter_map(|line| line.trim_start_matches([' ', '-']).strip_prefix("id:"));
    ids.map(|id| id.trim().trim_matches(['\'', '"']).to_owned()).collect()
}

fn each(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), CaseError> {
    let io = |source| CaseError::Io { path: folder.to_owned(), source };
    let mut below: Vec<PathBuf> =
        fs::read_dir(folder).map_err(io)?.filter_map(|entry| entry.ok().map(|e| e.path())).collect();
    below.sort();
    for path in below {
        if path.is_dir() {
            each(&path, found)?;
        } else if path.file_name().is_some_and(|name| name == "info.yml") {
            found.push(path);
        }
    }
    Ok(())
}
