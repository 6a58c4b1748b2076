//! Daily prices and dated events as CSV.

use serde::Serialize;

/// A price for each of some days, in order of time.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    prices: Vec<(String, f64)>,
}

/// Something that happened on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dated {
    /// `YYYY-MM-DD`.
    pub date: String,
    /// What.
    pub what: String,
}

/// Why a series or a list of events says nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SeriesProblem {
    /// A line that is not a day and a price.
    #[error("line {line}: {what}")]
    Line {
        /// From 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// It is no date.
    #[error("{0:?} is no date: write it as 2018-12-21")]
    Date(String),
    /// The series ends before the event.
    #[error("the series has no price on {0} or later")]
    Ends(String),
    /// Too few days.
    #[error("too few returns {what}: {found}, and {needed} are needed")]
    Short {
        /// How many are needed.
        needed: usize,
        /// How many there are.
        found: usize,
        /// Where.
        what: &'static str,
    },
    /// A second series that does not move explains nothing.
    #[error("the second series does not move in the estimation window")]
    Still,
}

impl Series {
    /// Reads lines of a date and a price; a first line with names is passed over, where one of them is `close`, `adj
    /// close`, `price` or `value` that column counts, else the second. Days may come in any order.
    ///
    /// # Errors
    /// A line without both, a price that is not above zero, a day that comes twice.
    pub fn read(text: &str) -> Result<Self, SeriesProblem> {
        let mut prices: Vec<(String, f64)> = Vec::new();
        let mut column = 1;
        for (line, cells) in rows(text)? {
            let problem = |what: String| SeriesProblem::Line { line, what };
            let date = cells.first().map(String::as_str).unwrap_or_default();
            if !is_date(date) {
                if prices.is_empty() && line == 1 {
                    column = column_of_prices(&cells);
                    continue;
                }
                return Err(problem(format!("{date:?} is no date of the form 2018-12-21")));
            }
            let cell = cells.get(column).map(String::as_str).unwrap_or_default();
            let price = cell.parse::<f64>().ok().filter(|price| price.is_finite() && *price > 0.0);
            let price = price.ok_or_else(|| problem(format!("{cell:?} is no price above zero")))?;
            prices.push((date.to_owned(), price));
        }
        prices.sort_by(|a, b| a.0.cmp(&b.0));
        if let Some(twice) = prices.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(SeriesProblem::Line { line: 0, what: format!("the day {} comes twice", twice[0].0) });
        }
        Ok(Self { prices })
    }

    /// The days that two series share.
    pub(super) fn on_days_of(&self, other: &Self) -> (Self, Self) {
        let other_on = |day: &String| {
            other.prices.binary_search_by(|(known, _)| known.cmp(day)).ok().map(|at| other.prices[at].clone())
        };
        let both = self.prices.iter().filter_map(|own| Some((own.clone(), other_on(&own.0)?)));
        let (own, other) = both.unzip();
        (Self { prices: own }, Self { prices: other })
    }

    /// The return of each day on the one before, as a logarithm.
    pub(super) fn returns(&self) -> Vec<(String, f64)> {
        self.prices.windows(2).map(|pair| (pair[1].0.clone(), (pair[1].1 / pair[0].1).ln())).collect()
    }
}

/// Reads lines of a date and what happened; a first line with names is passed over.
///
/// # Errors
/// A line that does not begin with a date.
pub fn dated_events(text: &str) -> Result<Vec<Dated>, SeriesProblem> {
    let mut events = Vec::new();
    for (line, cells) in rows(text)? {
        let Some((date, what)) = cells.split_first() else { continue };
        if is_date(date) {
            events.push(Dated { date: date.clone(), what: what.join(", ") });
        } else if line > 1 {
            let what = format!("{date:?} is no date of the form 2018-12-21");
            return Err(SeriesProblem::Line { line, what });
        }
    }
    Ok(events)
}

fn column_of_prices(names: &[String]) -> usize {
    let known = ["adj close", "adjusted close", "close", "price", "value"];
    let place = |known: &&str| names.iter().position(|name| name.to_lowercase() == **known);
    known.iter().find_map(place).unwrap_or(1)
}

/// Lines with their number, each as cells between commas, semicolons or tabs.
fn rows(text: &str) -> Result<Vec<(usize, Vec<String>)>, SeriesProblem> {
    let text = text.trim_start_matches('\u{feff}');
    let head = text.lines().next().unwrap_or_default();
    let delimiter = [b';', b'\t'].into_iter().find(|mark| head.as_bytes().contains(mark)).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new();
    reader.has_headers(false).flexible(true).trim(csv::Trim::All).delimiter(delimiter);
    let mut rows = Vec::new();
    for record in reader.from_reader(text.as_bytes()).records() {
        let record = record
            .map_err(|problem| SeriesProblem::Line { line: rows.len() + 1, what: problem.to_string() })?;
        let line = record.position().map_or(rows.len() + 1, |place| place.line() as usize);
        rows.push((line, record.iter().map(str::to_owned).collect()));
    }
    Ok(rows)
}

/// Whether a text is a day of the calendar, as `YYYY-MM-DD`.
pub(super) fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut number = |length: usize| {
        let part = parts.next().filter(|part| part.len() == length);
        part.filter(|part| part.bytes().all(|b| b.is_ascii_digit())).and_then(|part| part.parse::<u32>().ok())
    };
    let (Some(year), Some(month), Some(day)) = (number(4), number(2), number(2)) else { return false };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day) && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::{Dated, Series, SeriesProblem, dated_events, is_date};

    #[test]
    fn prices_by_name_in_any_order_and_with_any_separator() {
        let series = Series::read("Date;Open;Close\n2018-12-21;1;4.0\n2018-12-20;1;2.0\n").unwrap();
        let returns = series.returns();
        assert_eq!(returns.len(), 1);
        assert_eq!(returns[0].0, "2018-12-21");
        assert!((returns[0].1 - 2f64.ln()).abs() < 1e-12);
        assert_eq!(Series::read("2018-12-20,2\n2018-12-21,4").unwrap().returns(), returns);
    }

    #[test]
    fn wrong_lines_are_named() {
        for (text, word) in [
            ("date,price\n2018-12-20,-1", "line 2"),
            ("2018-12-20,1\n2018-02-30,1", "no date"),
            ("2018-12-20,1\n2018-12-20,1", "twice"),
            ("2018-12-20", "no price"),
        ] {
            let problem = Series::read(text).unwrap_err();
            assert!(problem.to_string().contains(word), "{problem}");
        }
        assert!(matches!(dated_events("day,what\nyesterday,rain"), Err(SeriesProblem::Line { line: 2, .. })));
    }

    #[test]
    fn events_and_days() {
        let rate = Dated { date: "2018-12-19".to_owned(), what: "rates, up".to_owned() };
        assert_eq!(dated_events("date,event\n2018-12-19,\"rates, up\"\n").unwrap(), [rate]);
        assert!(is_date("2020-02-29") && !is_date("2019-02-29") && !is_date("2019-2-9") && !is_date("x"));
    }
}
