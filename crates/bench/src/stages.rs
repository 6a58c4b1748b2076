//! The stages of an investigation, as growing prefixes: one thread reads and hashes, all cores do the rest.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use onus_case::{CaseError, Counts, Depth, Options, Rules};
use onus_claim::event_source;
use onus_event::ShapeBatch;
use onus_sigma::{Matcher, MatcherOptions, RuleSet};
use onus_source::{Input, find_inputs};
use sha2::{Digest, Sha256};

use crate::measure::{Measurement, Stage, cpu_seconds, peak_kib};
use crate::{Result, dossier};

const BLOCK: usize = 1 << 20;

/// Runs one stage over all files under `input`, and measures it.
pub(crate) fn run(stage: Stage, input: &Path, rules: &Path) -> Result<Measurement> {
    if matches!(stage, Stage::Seal | Stage::Verify) {
        let measured = if stage == Stage::Seal { dossier::seal_case(input) } else { dossier::verify(input) }?;
        return Ok(Measurement { peak_kib: peak_kib(), ..measured });
    }
    let inputs = find_inputs(&[input.to_owned()])?;
    let before = cpu_seconds();
    let mut measured = match stage {
        Stage::Read | Stage::Hash => plain(&inputs, stage == Stage::Hash)?,
        Stage::Parse => prefix(&inputs, Depth::Parse, &RuleSet::default())?,
        Stage::Columns => prefix(&inputs, Depth::Columns, &RuleSet::default())?,
        Stage::Match | Stage::Store | Stage::Whole => with_rules(stage, input, &inputs, rules)?,
        Stage::Seal | Stage::Verify | Stage::Peer | Stage::PeerPlain => {
            return Err("the peer is a program of its own".into());
        }
    };
    measured.cpu = cpu_seconds() - before - measured.cpu;
    measured.peak_kib = peak_kib();
    Ok(measured)
}

/// Number of records in `inputs`.
pub(crate) fn count(inputs: &[Input]) -> Result<u64> {
    Ok(prefix(inputs, Depth::Parse, &RuleSet::default())?.events)
}

/// As many threads as there are cores, and beside them one that reads.
pub(crate) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, Into::into)
}

fn plain(inputs: &[Input], hashed: bool) -> Result<Measurement> {
    let begun = Instant::now();
    let mut block = vec![0; BLOCK];
    for input in inputs {
        let mut file = File::open(&input.path)?;
        let mut hash = Sha256::new();
        loop {
            let read = file.read(&mut block)?;
            if read == 0 {
                break;
            }
            if hashed {
                hash.update(&block[..read]);
            }
        }
        std::hint::black_box(hash.finalize());
    }
    Ok(Measurement { seconds: begun.elapsed().as_secs_f64(), ..Measurement::default() })
}

fn with_rules(stage: Stage, input: &Path, inputs: &[Input], rules: &Path) -> Result<Measurement> {
    let (begun, before) = (Instant::now(), cpu_seconds());
    let rules = Rules::load(&[rules.to_owned()])?;
    let loading = begun.elapsed().as_secs_f64();
    let loading_cpu = cpu_seconds() - before;
    // It stays until its input is deleted: for half a minute after many files were deleted, ext4 is slow to make others.
    let beside = input.parent().ok_or("the input lies in no folder")?;
    let folder = tempfile::Builder::new().prefix("case-").tempdir_in(beside)?.keep();
    let mut options = Options {
        out: folder,
        threads: threads(),
        allow: Default::default(),
        mapping: Default::default(),
        collected: None,
        progress: Arc::default(),
    };
    let (mut findings, mut joining) = (0, 0.0);
    let measured = match stage {
        Stage::Match => prefix(inputs, Depth::Match, &rules.set)?,
        Stage::Store => measured(|| onus_case::investigate_untold(inputs, &rules, &options))?,
        // All that `onus investigate` does, but for loading rules and printing.
        _ => measured(|| {
            options.out.push("case");
            let summary = onus_case::investigate(inputs, &rules, &options)?;
            (findings, joining) = (summary.story.findings.len() as u64, summary.story.joining.as_secs_f64());
            Ok(Counts { records: summary.records, faults: summary.faults, matches: summary.matches })
        })?,
    };
    // What `run` takes off, as loading is not part of the stage.
    Ok(Measurement {
        loading,
        cpu: loading_cpu,
        rules: rules.set.len() as u64,
        findings,
        joining,
        ..measured
    })
}

fn prefix(inputs: &[Input], depth: Depth, rules: &RuleSet) -> Result<Measurement> {
    measured(|| onus_case::investigate_up_to(depth, inputs, rules, threads()))
}

fn measured(work: impl FnOnce() -> std::result::Result<Counts, CaseError>) -> Result<Measurement> {
    let begun = Instant::now();
    let Counts { records, faults, matches } = work()?;
    let seconds = begun.elapsed().as_secs_f64();
    Ok(Measurement { seconds, events: records, faults, matches, ..Measurement::default() })
}

/// A matcher for batches of this shape.
pub(crate) fn new_matcher(rules: &RuleSet, batch: &ShapeBatch) -> Matcher {
    rules.matcher(&event_source(&batch.shape.log_source), batch.shape.aliases, &MatcherOptions::default())
}
