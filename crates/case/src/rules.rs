//! Which rules to run: folders and files of the user's, or the built-in pack.

use std::fs;
use std::path::{Path, PathBuf};

use onus_sigma::{RuleProblem, RuleSet, RuleSetBuilder};
use sha2::{Digest, Sha256};

use crate::CaseError;

include!(concat!(env!("OUT_DIR"), "/built_in.rs"));

/// Compiled rules, and what could not be used of them.
#[derive(Clone)]
pub struct Rules {
    /// The rules.
    pub set: RuleSet,
    /// Rules that are not used, or used with a reservation, with the reason.
    pub problems: Vec<RuleProblem>,
}

impl Rules {
    /// The rules that come with the program.
    pub fn built_in() -> Self {
        let mut builder = RuleSetBuilder::new();
        for (path, text) in BUILT_IN {
            builder.add_yaml(path, text);
        }
        let (set, problems) = builder.build();
        Rules { set, problems }
    }

    /// All `.yml` and `.yaml` files under `paths`, each folder in byte order of its names.
    ///
    /// # Errors
    /// If a path cannot be read, or if no rule of it can be used.
    pub fn load(paths: &[PathBuf]) -> Result<Self, CaseError> {
        let mut builder = RuleSetBuilder::new();
        for path in paths {
            let mut files = Vec::new();
            find(path, &mut files)?;
            for file in files {
                let text = fs::read(&file).map_err(|source| CaseError::Io { path: file.clone(), source })?;
                builder.add_yaml(&file.to_string_lossy(), &String::from_utf8_lossy(&text));
            }
        }
        let (set, problems) = builder.build();
        if set.is_empty() {
            let reason =
                problems.first().map_or_else(|| "it holds no .yml file".to_owned(), |p| p.reason.clone());
            return Err(CaseError::NoRules { path: paths.first().cloned().unwrap_or_default(), reason });
        }
        Ok(Rules { set, problems })
    }

    /// SHA-256 over the digests of all rules, as hexadecimal text.
    pub(crate) fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for (_, meta) in self.set.iter() {
            hash.update(meta.digest.as_bytes());
        }
        hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
    }
}

fn find(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), CaseError> {
    let io = |source| CaseError::Io { path: path.to_owned(), source };
    if !fs::metadata(path).map_err(io)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut below: Vec<PathBuf> =
        fs::read_dir(path).map_err(io)?.filter_map(|e| e.ok().map(|e| e.path())).collect();
    below.sort();
    for entry in below {
        let is_rule = entry.extension().is_some_and(|e| e == "yml" || e == "yaml");
        if entry.is_dir() || is_rule {
            find(&entry, files)?;
        }
    }
    Ok(())
}
