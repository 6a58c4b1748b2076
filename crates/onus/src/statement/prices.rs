//! What followed a statement in daily prices.

use std::path::{Path, PathBuf};

use clap::Args;
use onus_statement::{Dated, Series, SeriesProblem, Study, dated_events, study};

use crate::room::{Failure, read};

/// Bytes of a table at most.
const TABLE: u64 = 64 << 20;

#[derive(Debug, Args)]
pub(super) struct PriceArgs {
    /// Daily prices as CSV (a date and a price a line): how the series moved after the statement.
    #[arg(long, value_name = "FILE.csv", requires = "date")]
    series: Option<PathBuf>,
    /// A second series, such as an index, to tell the statement from the market's own moves.
    #[arg(long, value_name = "FILE.csv", requires = "series")]
    second_series: Option<PathBuf>,
    /// The day of the statement, such as 2018-12-21.
    #[arg(long, value_name = "DAY", requires = "series")]
    date: Option<String>,
    /// Other dated events as CSV (a date and what happened a line), which may have moved the series as well.
    #[arg(long, value_name = "FILE.csv", requires = "series")]
    events: Option<PathBuf>,
}

impl PriceArgs {
    /// The study asked for.
    pub(super) fn study(&self) -> Result<Option<Study>, Failure> {
        let (Some(path), Some(date)) = (&self.series, &self.date) else { return Ok(None) };
        let own = of(path, Series::read)?;
        let second = self.second_series.as_deref().map(|path| of(path, Series::read)).transpose()?;
        let events: Vec<Dated> =
            self.events.as_deref().map(|path| of(path, dated_events)).transpose()?.unwrap_or_default();
        study(&own, second.as_ref(), date, &events).map(Some).map_err(|problem| match problem {
            SeriesProblem::Date(_) => Failure::Said(format!("--date: {problem}")),
            problem => said(path, &problem),
        })
    }
}

fn of<T>(path: &Path, parse: impl Fn(&str) -> Result<T, SeriesProblem>) -> Result<T, Failure> {
    let bytes = read(path, TABLE)?;
    parse(&String::from_utf8_lossy(&bytes)).map_err(|problem| said(path, &problem))
}

fn said(path: &Path, problem: &SeriesProblem) -> Failure {
    Failure::Said(format!("{}: {problem}", path.display()))
}
