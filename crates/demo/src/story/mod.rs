//! The whole evidence: options in, files and truth out.

use std::path::{Path, PathBuf};

mod campaign;
mod emit;
mod life;
mod rng;
mod sink;
mod time;
mod truth;
mod world;

pub use truth::{Campaign, Gap, Marker, Step, Truth};

/// What to generate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoOptions {
    /// Decides every byte.
    pub seed: u64,
    /// At least so many lines in all files together; the campaign's own lines count.
    pub events: u64,
}

impl Default for DemoOptions {
    fn default() -> Self {
        Self { seed: 2018, events: 120_000 }
    }
}

/// Why the evidence could not be written.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum DemoError {
    #[error("cannot write {}: {source}", path.display())]
    Write { path: PathBuf, source: std::io::Error },
    #[error("cannot write the truth as JSON: {0}")]
    Truth(#[from] serde_json::Error),
}

/// Writes `windows/`, `zeek/` and `proxy/` below `evidence`, and the truth to the file `truth`.
///
/// `progress` is told now and then how many lines there are so far.
///
/// # Errors
/// When a folder or file cannot be made or written.
pub fn generate(
    options: &DemoOptions,
    evidence: &Path,
    truth: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<Truth, DemoError> {
    let sink = sink::Sink::new(evidence)?;
    let mut e = emit::Emit { sink, rng: rng::Rng::new(options.seed), trace: None };
    let (campaign, stolen_bytes, stolen_bytes_in_logs) = campaign::plant(&mut e);
    fill(options.events, &mut e, progress)?;
    let [windows, zeek, proxy] = e.sink.counts;
    let result = Truth {
        seed: options.seed,
        events: e.sink.total(),
        generated: [("windows", windows), ("zeek", zeek), ("proxy", proxy)]
            .map(|(k, v)| (k.to_owned(), v))
            .into(),
        campaign,
        stolen_bytes,
        stolen_bytes_in_logs,
        gaps: vec![Gap {
            sensor: "zeek/client".into(),
            first: time::rfc3339(sink::DOWN.0),
            last: time::rfc3339(sink::DOWN.1),
        }],
    };
    e.sink.finish()?;
    let text = serde_json::to_string_pretty(&result)? + "\n";
    std::fs::write(truth, text).map_err(|source| DemoError::Write { path: truth.to_owned(), source })?;
    Ok(result)
}

/// Fills the weeks with ordinary life, slot by slot, until there are `events` lines.
fn fill(events: u64, e: &mut emit::Emit, progress: &mut dyn FnMut(u64)) -> Result<(), DemoError> {
    let planted = e.sink.total();
    let budget = u128::from(events.saturating_sub(planted));
    let mut life = life::Life::new(e);
    // The busiest hour has about 1/330 of all lines: more lines, shorter slots.
    let parts = (events / 330 / 20_000 + 1).min(3600) as i64;
    let slot = time::HOUR / parts;
    let hours: Vec<i64> = (0..time::DAYS * 24).map(|h| time::START + h * time::HOUR).collect();
    let total: u128 = hours.iter().map(|&t| u128::from(life::weight(t))).sum();
    let mut before = 0;
    for &hour in &hours {
        let weight = u128::from(life::weight(hour));
        for part in 0..parts {
            let start = hour + part * slot;
            let end = if part + 1 == parts { hour + time::HOUR } else { start + slot };
            let due = |n: i64| {
                planted
                    + (budget * (before * parts as u128 + weight * n as u128) / (total * parts as u128))
                        as u64
            };
            let (from, goal) = (e.sink.total(), due(part + 1));
            loop {
                let done = e.sink.total();
                if done >= goal {
                    break;
                }
                let t = start
                    + (i128::from(end - start) * i128::from(done - from) / i128::from(goal - from)) as i64;
                life.clockwork(e, t);
                life.step(e, t);
            }
            life.clockwork(e, end - 1);
            e.sink.flush(end)?;
            progress(e.sink.total());
        }
        before += weight;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
