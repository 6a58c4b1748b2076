//! What a case said before: each new answer takes the place of the one before it, which is kept whole in
//! `earlier/0001`, `earlier/0002` and on. What was read, and a seal over it, is never touched.

use std::fs;
use std::path::{Path, PathBuf};

use crate::CaseError;
use crate::investigate::Manifest;

/// All that a case says, beside what was read into it.
const ANSWER: [&str; 7] = [
    "matches.parquet",
    "findings.parquet",
    "rules.parquet",
    "intrusions.json",
    "claims",
    "rules",
    "report.html",
];

/// What was read into a case, beside the seal over it.
const READ: [&str; 7] = [
    "sources.parquet",
    "records.parquet",
    "faults.parquet",
    "events",
    "mapping.toml",
    "allow.toml",
    "intrusions.toml",
];

/// A new folder that shares with a case what was read into it: files are linked where the file system can do that,
/// else copied. The secret and the seal stay behind.
pub(crate) fn branch(case: &Path, out: &Path) -> Result<(), CaseError> {
    if fs::symlink_metadata(out).is_ok() {
        return Err(CaseError::Exists(out.to_owned()));
    }
    fs::create_dir_all(out).map_err(io(out))?;
    READ.iter().map(|name| (case.join(name), out.join(name))).try_for_each(|(from, to)| share(&from, &to))
}

fn share(from: &Path, to: &Path) -> Result<(), CaseError> {
    if !from.exists() {
        return Ok(());
    }
    if !from.is_dir() {
        // `allow.toml` is written again, so that one file for both would change both.
        let is_edited = to.extension().is_some_and(|extension| extension == "toml");
        let linked = !is_edited && fs::hard_link(from, to).is_ok();
        return if linked { Ok(()) } else { fs::copy(from, to).map(|_| ()).map_err(io(from)) };
    }
    fs::create_dir(to).map_err(io(to))?;
    for entry in fs::read_dir(from).map_err(io(from))? {
        let entry = entry.map_err(io(from))?;
        share(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> CaseError {
    let path = path.to_owned();
    move |source| CaseError::Io { path, source }
}

/// An empty folder in the case for the new answer; what a run that was stopped left there goes.
pub(crate) fn prepare(case: &Path) -> Result<PathBuf, CaseError> {
    let partial = case.join("answer.partial");
    if partial.exists() {
        fs::remove_dir_all(&partial).map_err(io(&partial))?;
    }
    fs::create_dir(&partial).map_err(io(&partial))?;
    Ok(partial)
}

/// Keeps the answer so far, and puts the new one in its place. Returns where the old one is.
pub(crate) fn replace(case: &Path, partial: &Path, manifest: &Manifest) -> Result<PathBuf, CaseError> {
    let all = case.join("earlier");
    let free = (1..).map(|number| all.join(format!("{number:04}"))).find(|folder| !folder.exists());
    let kept = free.unwrap_or_else(|| all.join("0000"));
    fs::create_dir_all(&kept).map_err(io(&kept))?;
    let old = case.join("case.toml");
    fs::copy(&old, kept.join("case.toml")).map_err(io(&old))?;
    for name in ANSWER {
        let (from, to) = (case.join(name), kept.join(name));
        if from.exists() {
            fs::rename(&from, &to).map_err(io(&from))?;
        }
        let new = partial.join(name);
        if new.exists() {
            fs::rename(&new, &from).map_err(io(&new))?;
        }
    }
    manifest.write(case)?;
    fs::remove_dir_all(partial).map_err(io(partial))?;
    Ok(kept)
}
