//! Which rules to run: folders and files of the user's, or the built-in pack.

mod cases;
mod coverage;
mod filter;
mod lint;
mod stored;
mod test;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;

use onus_proof::Digest;
use onus_sigma::{MAX_RULE_FILE_BYTES, RuleFile, RuleProblem, RuleSet, RuleSetBuilder};
use sha2::{Digest as _, Sha256};

use crate::CaseError;
use crate::each::each;

pub use cases::{CaseTest, run_cases};
pub use coverage::{Coverage, Technique, Unable, coverage};
pub use filter::{RuleFilter, source_text};
pub use lint::{Remark, lint, logs_of};
pub use test::{RuleTests, run_tests};

include!(concat!(env!("OUT_DIR"), "/built_in.rs"));

/// Bytes of rule files that are parsed at once, about: what a parser makes of them takes many times their room.
const BYTES_AT_ONCE: u64 = 512 << 10;

/// Compiled rules, and what could not be used of them.
#[derive(Clone)]
pub struct Rules {
    /// The rules.
    pub set: RuleSet,
    /// Rules that are not used, or used with a reservation, with the reason.
    pub problems: Vec<RuleProblem>,
    /// Rules that the filter left out.
    pub left_out: usize,
}

/// Where rules come from, and which of them are wanted.
#[derive(Debug, Clone, Default)]
pub struct RuleChoice {
    /// Folders and files; with none of them the built-in rules are meant.
    pub paths: Vec<PathBuf>,
    /// The built-in rules beside those of `paths`.
    pub built_in: bool,
    /// Which of them.
    pub filter: RuleFilter,
    /// A TOML file with the values of placeholders: `name = ["value", "another"]`.
    pub placeholders: Option<PathBuf>,
}

impl Rules {
    /// The rules that come with the program.
    pub fn built_in() -> Self {
        let mut builder = RuleSetBuilder::new();
        add_built_in(&mut builder);
        let (set, problems) = builder.build();
        Rules { set, problems, left_out: 0 }
    }

    /// The rules that a choice names: all `.yml` and `.yaml` files under its paths, each folder in byte order of
    /// its names.
    ///
    /// # Errors
    /// If a path cannot be read, or if no rule can be used or is wanted.
    pub fn choose(choice: &RuleChoice) -> Result<Self, CaseError> {
        let mut builder = RuleSetBuilder::new();
        if let Some(path) = &choice.placeholders {
            builder.placeholders(placeholders(path)?);
        }
        if choice.built_in || choice.paths.is_empty() {
            add_built_in(&mut builder);
        }
        add_files(&mut builder, &choice.paths)?;
        let left_out = builder.retain(|meta| choice.filter.keeps(meta));
        let (set, problems) = builder.build();
        if set.is_empty() {
            let path = choice.paths.first().cloned().unwrap_or_else(|| PathBuf::from("built-in rules"));
            let first = || problems.first().map(|p| p.reason.clone());
            let reason = match left_out {
                0 => first().unwrap_or_else(|| "it holds no .yml file".to_owned()),
                n => format!("none of the {n} rules has the level, status, tag or log source asked for"),
            };
            return Err(CaseError::NoRules { path, reason });
        }
        Ok(Rules { set, problems, left_out })
    }

    /// All rules under `paths`, even if there is none that can be used.
    ///
    /// # Errors
    /// If a path cannot be read.
    pub fn choose_any(paths: &[PathBuf]) -> Result<Self, CaseError> {
        let mut builder = RuleSetBuilder::new();
        add_files(&mut builder, paths)?;
        let (set, problems) = builder.build();
        Ok(Rules { set, problems, left_out: 0 })
    }

    /// All rules under `paths`.
    ///
    /// # Errors
    /// As [`Self::choose`].
    pub fn load(paths: &[PathBuf]) -> Result<Self, CaseError> {
        Self::choose(&RuleChoice { paths: paths.to_vec(), ..RuleChoice::default() })
    }

    /// SHA-256 over the digests of all rules and of their filters, as hexadecimal text.
    pub(crate) fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for (_, meta) in self.set.iter() {
            hash.update(meta.digest.as_bytes());
            meta.filters.iter().for_each(|filter| hash.update(filter.as_bytes()));
        }
        Digest(hash.finalize().into()).to_hex()
    }
}

fn add_built_in(builder: &mut RuleSetBuilder) {
    for (path, text) in BUILT_IN {
        builder.add_yaml(path, text);
    }
}

/// Adds files in order, while those that follow are read and parsed by all processors.
fn add_files(builder: &mut RuleSetBuilder, paths: &[PathBuf]) -> Result<(), CaseError> {
    let files = rule_files(paths)?;
    std::thread::scope(|scope| {
        let (parsed, next) = sync_channel(1);
        scope.spawn(move || {
            let mut bytes = 0;
            let fits = |_: &_, (_, size): &(PathBuf, u64)| {
                let fits = bytes + size <= BYTES_AT_ONCE;
                bytes = if fits { bytes + size } else { *size };
                fits
            };
            // Nobody waits for the rest once a file could not be read.
            files.chunk_by(fits).try_for_each(|some| parsed.send(each(some, |(path, _)| read(path))).ok())
        });
        for some in next {
            for file in some? {
                builder.add(file);
            }
        }
        Ok(())
    })
}

fn read(path: &Path) -> Result<RuleFile, CaseError> {
    let io = |source| CaseError::Io { path: path.to_owned(), source };
    let mut text = Vec::new();
    // One byte more than a rule file may have: enough for the builder to refuse it.
    let most = MAX_RULE_FILE_BYTES as u64 + 1;
    fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut text)).map_err(io)?;
    Ok(RuleFile::parse(&path.to_string_lossy(), &String::from_utf8_lossy(&text)))
}

/// The values of placeholders, from a table of lists.
fn placeholders(path: &Path) -> Result<BTreeMap<String, Vec<String>>, CaseError> {
    let text = fs::read_to_string(path).map_err(|source| CaseError::Io { path: path.to_owned(), source })?;
    toml::from_str(&text).map_err(|error| CaseError::Placeholders {
        path: path.to_owned(),
        reason: error.to_string().lines().next_back().unwrap_or_default().to_owned(),
    })
}

/// All rule files under `paths`, in order, with their sizes in bytes.
fn rule_files(paths: &[PathBuf]) -> Result<Vec<(PathBuf, u64)>, CaseError> {
    let mut files = Vec::new();
    for path in paths {
        find(path, &mut files)?;
    }
    Ok(files)
}

fn find(path: &Path, files: &mut Vec<(PathBuf, u64)>) -> Result<(), CaseError> {
    let io = |source| CaseError::Io { path: path.to_owned(), source };
    let metadata = fs::metadata(path).map_err(io)?;
    if !metadata.is_dir() {
        files.push((path.to_owned(), metadata.len()));
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
