//! The run: ordinary life and the intrusions, slice by slice, merged in order of time.

use std::io::Write as _;
use std::path::Path;

use crate::DemoError;
use crate::campaign::{self, Played};
use crate::evidence::Evidence;
use crate::life::Life;
use crate::line::Lines;
use crate::time::{DAY, MINUTE, Moment, START, STORY_DAYS, rfc3339};
use crate::truth::{Gap, Truth};
use crate::world::World;
use crate::zeek::sensor_gap;

/// What to generate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoOptions {
    /// Names, numbers and times hang on it; the story does not.
    pub seed: u64,
    /// Lines to write at least; the campaign and the fixed part of daily life are written in any case, about
    /// 45,000 lines.
    pub events: u64,
}

impl Default for DemoOptions {
    fn default() -> Self {
        DemoOptions { seed: 1, events: 120_000 }
    }
}

/// More lines than this on one working day are spread over further days after the story.
pub const MAX_LINES_A_DAY: u64 = 500_000;

/// Ordinary life is made in slices of a quarter of an hour: what is held in memory is one slice and what its
/// last activities reach into the next (ten minutes at most).
const SLICE: i64 = 15 * MINUTE;

/// Writes the evidence into the folder `evidence`, which is made if it is absent, and the truth into the file
/// `truth`, with the list of planted lines, `planted.csv`, beside it. `progress` is told the number of lines written so far, now and then.
///
/// # Errors
/// A file that exists already is not overwritten; what the file system refuses is told with its path.
pub fn generate(
    options: &DemoOptions,
    evidence: &Path,
    truth: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<Truth, DemoError> {
    let mut truth_file = std::fs::File::create_new(truth).map_err(DemoError::at(truth))?;
    let mut out = Evidence::create(evidence, truth.with_file_name("planted.csv"))?;
    let world = World::new(options.seed);
    let campaign = campaign::run(&world, options.seed);
    let ordinary = options.events.saturating_sub(campaign.lines.index.len() as u64);
    write_all(&world, options, ordinary, &campaign, &mut out, progress)?;
    let counts = out.finish()?;
    progress(counts.total());
    let (from, to) = sensor_gap();
    let told = Truth {
        seed: options.seed,
        events: counts.total(),
        generated: counts.by_format(),
        planted: counts.planted,
        campaign: campaign.truth(0),
        unrelated: campaign.truth(1),
        stolen_bytes: campaign.transfers.iter().map(|t| t.bytes).sum(),
        stolen_bytes_in_logs: campaign.transfers.iter().filter(|t| t.seen).map(|t| t.bytes).sum(),
        transfers: campaign.transfers,
        gaps: vec![Gap { sensor: "zeek/client".to_owned(), first: rfc3339(from), last: rfc3339(to) }],
    };
    let mut text = serde_json::to_string_pretty(&told)?;
    text.push('\n');
    truth_file.write_all(text.as_bytes()).map_err(DemoError::at(truth))?;
    Ok(told)
}

fn write_all(
    world: &World,
    options: &DemoOptions,
    ordinary: u64,
    campaign: &Played,
    out: &mut Evidence,
    progress: &mut dyn FnMut(u64),
) -> Result<(), DemoError> {
    let days = days_for(ordinary);
    let total = total_weight(days);
    let mut life = Life::new(world, options.seed, ordinary);
    let mut planted = 0;
    let mut weight = 0;
    for n in 0..days * DAY / SLICE {
        let from = START.plus(n * SLICE);
        let until = from.plus(SLICE);
        weight += slice_weight(from);
        let target = (u128::from(ordinary) * u128::from(weight) / u128::from(total)) as u64;
        life.slice(from, until, target);
        let last = n + 1 == days * DAY / SLICE;
        let end = if last { Moment(i64::MAX) } else { until };
        life.emit.lines.sort();
        merge(&mut life.emit.lines, &campaign.lines, &mut planted, end, out)?;
        if n % 8 == 0 {
            progress(out.counts.total());
        }
    }
    Ok(())
}

/// Writes all lines before `end`, of both, in order of time.
fn merge(
    life: &mut Lines,
    planted: &Lines,
    at: &mut usize,
    end: Moment,
    out: &mut Evidence,
) -> Result<(), DemoError> {
    let mut done = 0;
    loop {
        let ordinary = life.index.get(done).filter(|l| l.time < end);
        let other = planted.index.get(*at).filter(|l| l.time < end);
        match (ordinary, other) {
            (None, None) => break,
            (_, Some(line)) if ordinary.is_none_or(|o| line.time < o.time) => {
                out.write(line, planted.get(line))?;
                *at += 1;
            }
            (Some(line), _) => {
                out.write(line, life.get(line))?;
                done += 1;
            }
            (None, Some(_)) => break,
        }
    }
    life.forget(done);
    Ok(())
}

/// How busy the quarter of an hour from `t` on is.
fn slice_weight(t: Moment) -> u64 {
    let hour = t.of_day() / (60 * MINUTE);
    match hour {
        _ if t.is_weekend() => 6,
        7..12 | 13..16 => 100,
        12 | 16 => 70,
        6 | 17 => 30,
        _ => 8,
    }
}

fn total_weight(days: i64) -> u64 {
    (0..days * DAY / SLICE).map(|n| slice_weight(START.plus(n * SLICE))).sum()
}

/// The days of the story, and as many more as keep a working day under [`MAX_LINES_A_DAY`].
fn days_for(ordinary: u64) -> i64 {
    // A week holds more than its five working days, so counting those alone is on the safe side.
    let weeks = ordinary.div_ceil(MAX_LINES_A_DAY * 5);
    STORY_DAYS.max(weeks as i64 * 7)
}
