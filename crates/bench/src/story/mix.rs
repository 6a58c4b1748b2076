//! Makes the evidence: recorded attacks, moved in time so that they overlap, beside the ordinary life of the demo.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use onus_demo::{DemoOptions, generate};
use onus_source::find_inputs;

use super::shift::{moment, shifted};
use crate::{Result, evidence};

/// The first set begins on a working day of the demo, 2017-03-14T10:00:00Z; each further one two minutes later.
const BEGINS: i64 = 1_489_485_600;
const APART: i64 = 120;
const SEED: u64 = 1;
const EVENTS: u64 = 120_000;
/// Where the demo's ordinary life goes.
pub(super) const ORDINARY: &str = "ordinary";

/// By file, relative to the evidence, and place among its records: the planted incident.
pub(super) type Planted = BTreeMap<(String, u64), String>;

/// The whole evidence of the demo under `folder`, and what is planted in it.
pub(super) fn demo(folder: &Path) -> Result<(PathBuf, Planted)> {
    let evidence = folder.join("evidence");
    generate(
        &DemoOptions { seed: SEED, events: EVENTS },
        &evidence,
        &folder.join("truth.json"),
        &mut |_| (),
    )?;
    let list = fs::read_to_string(folder.join("planted.csv"))?;
    let row = |line: &str| {
        let mut cells = line.split(',');
        let (file, ordinal, incident) = (cells.next()?, cells.next()?, cells.next()?);
        Some(((file.to_owned(), ordinal.parse().ok()?), incident.to_owned()))
    };
    Ok((evidence, list.lines().skip(1).filter_map(row).collect()))
}

/// The demo's evidence without what was planted.
pub(super) fn ordinary(from: &Path, planted: &Planted, to: &Path) -> Result<()> {
    for input in find_inputs(&[from.to_owned()])? {
        let name = input.path.strip_prefix(from)?.to_string_lossy().into_owned();
        let path = to.join(ORDINARY).join(&name);
        fs::create_dir_all(path.parent().unwrap_or(to))?;
        let mut out = BufWriter::new(File::create(path)?);
        let mut ordinal = 0;
        for line in BufReader::new(File::open(&input.path)?).lines() {
            let line = line?;
            // Headers and footers are no records.
            let is_record = !line.starts_with('#');
            if !(is_record && planted.contains_key(&(name.clone(), ordinal))) {
                writeln!(out, "{line}")?;
            }
            ordinal += u64::from(is_record);
        }
        out.flush()?;
    }
    Ok(())
}

/// Unpacks a recorded set into a folder of its name and moves it to the `place`-th begin.
pub(super) fn recorded(archive: &Path, place: i64, to: &Path) -> Result<String> {
    let name = set_name(archive);
    let unpacked = tempfile::Builder::new().prefix("onus-bench-").tempdir()?;
    evidence::ndjson(archive, unpacked.path())?;
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(unpacked.path())? {
        files.insert(entry?.path());
    }
    let mut first: Option<i64> = None;
    for file in &files {
        for line in BufReader::new(File::open(file)?).lines() {
            first = first.into_iter().chain(moment(&line?)).min();
        }
    }
    let first = first.ok_or_else(|| format!("{}: no event with a time", archive.display()))?;
    let seconds = BEGINS + place * APART - first.div_euclid(1_000_000);
    fs::create_dir_all(to.join(&name))?;
    for file in &files {
        let name_of = file.file_name().ok_or("a file without a name")?;
        let mut out = BufWriter::new(File::create(to.join(&name).join(name_of))?);
        for line in BufReader::new(File::open(file)?).lines() {
            writeln!(out, "{}", shifted(&line?, seconds))?;
        }
        out.flush()?;
    }
    Ok(name)
}

/// A set's name: its archive's, without the endings.
pub(super) fn set_name(archive: &Path) -> String {
    let name = archive.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    name.split('.').next().unwrap_or_default().to_owned()
}
