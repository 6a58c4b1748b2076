//! What followed a statement, in daily prices: a plain event study after MacKinlay 1997, "Event studies in economics and
//! finance". Returns are logarithms. The abnormal return of a day is the return less the one to be expected: the mean of
//! the estimation window, or with a second series what a line fitted to both over that window gives.

mod fit;
mod series;
mod student;

use serde::Serialize;

use fit::Fit;
pub use series::{Dated, Series, SeriesProblem, dated_events};

/// Returns of the estimation window, at most.
const ESTIMATION: usize = 120;
/// At least so many; with fewer nothing is said.
const FEWEST: usize = 30;
/// Trading days between the estimation window and the day of the event, which belong to neither.
const GAP: usize = 10;
/// Trading days of the event window, from the day of the event on.
const WINDOW: usize = 3;
/// Trading days before the event from which on another event cannot be told from it.
const NEAR: usize = 5;

/// The result of an event study.
#[derive(Debug, Clone, Serialize)]
pub struct Study {
    /// The day asked about.
    pub date: String,
    /// The first trading day from it on.
    pub day: String,
    /// `mean-adjusted`, or `market model`.
    pub method: &'static str,
    /// First and last day of the returns from which the expected return was estimated.
    pub estimated_from: (String, String),
    /// How many there are.
    pub estimated_on: usize,
    /// Intercept: the expected return where the second series does not move.
    pub alpha: f64,
    /// Slope on the second series.
    pub beta: Option<f64>,
    /// Standard deviation of what the estimate leaves unexplained, in one day.
    pub deviation: f64,
    /// The days of the event window.
    pub days: Vec<Abnormal>,
    /// Sum of their abnormal returns, as a logarithm: 0.01 is about one percent.
    pub cumulative: f64,
    /// The interval that holds it with 95 % confidence.
    pub interval: (f64, f64),
    /// Whether the interval leaves out zero.
    pub differs: bool,
    /// Other dated events from five trading days before the event to the end of the window.
    pub others: Vec<Dated>,
    /// Whether what moved can be laid to this event alone: no other event is near.
    pub separable: bool,
    /// In words.
    pub says: String,
}

/// One day of the event window.
#[derive(Debug, Clone, Serialize)]
pub struct Abnormal {
    /// The day.
    pub day: String,
    /// Its return.
    pub observed: f64,
    /// The expected one.
    pub expected: f64,
    /// The difference.
    pub abnormal: f64,
    /// The interval that holds it with 95 % confidence.
    pub interval: (f64, f64),
}

/// Studies a series around a day, against its own past or against a second series.
///
/// # Errors
/// Too few days before or after the event, and a date that is none.
pub fn study(
    series: &Series,
    second: Option<&Series>,
    date: &str,
    events: &[Dated],
) -> Result<Study, SeriesProblem> {
    if !series::is_date(date) {
        return Err(SeriesProblem::Date(date.to_owned()));
    }
    let joined = second.map(|second| series.on_days_of(second));
    let (own, market) = match &joined {
        Some((own, market)) => (own.returns(), Some(market.returns())),
        None => (series.returns(), None),
    };
    let zero = own.iter().position(|(day, _)| day.as_str() >= date);
    let zero = zero.ok_or_else(|| SeriesProblem::Ends(date.to_owned()))?;
    let end = zero + WINDOW;
    if end > own.len() {
        return Err(SeriesProblem::Short {
            needed: WINDOW,
            found: own.len() - zero,
            what: "from the event on",
        });
    }
    let until = zero.saturating_sub(GAP);
    let from = until.saturating_sub(ESTIMATION);
    if until - from < FEWEST {
        return Err(SeriesProblem::Short { needed: FEWEST, found: until - from, what: "to estimate from" });
    }
    let values = |all: &[(String, f64)], from: usize, to: usize| -> Vec<f64> {
        all[from..to].iter().map(|(_, value)| *value).collect()
    };
    let market_values = |from, to| market.as_ref().map(|market| values(market, from, to));
    let fit = Fit::new(&values(&own, from, until), market_values(from, until).as_deref())?;
    let outside = market_values(zero, end);
    let observed = values(&own, zero, end);
    let abnormal = |at: usize| {
        let expected = fit.expected(outside.as_ref().map(|all| all[at]));
        let half = fit.half_interval(outside.as_ref().map(|all| &all[at..=at]), 1);
        let abnormal = observed[at] - expected;
        let (day, interval) = (own[zero + at].0.clone(), (abnormal - half, abnormal + half));
        Abnormal { day, observed: observed[at], expected, abnormal, interval }
    };
    let days: Vec<Abnormal> = (0..WINDOW).map(abnormal).collect();
    let cumulative: f64 = days.iter().map(|day| day.abnormal).sum();
    let half = fit.half_interval(outside.as_deref(), WINDOW);
    let near = own[zero.saturating_sub(NEAR)].0.as_str();
    let last = own[end - 1].0.as_str();
    let others: Vec<Dated> =
        events.iter().filter(|event| (near..=last).contains(&event.date.as_str())).cloned().collect();
    let mut study = Study {
        date: date.to_owned(),
        day: own[zero].0.clone(),
        method: if market.is_some() { "market model" } else { "mean-adjusted" },
        estimated_from: (own[from].0.clone(), own[until - 1].0.clone()),
        estimated_on: until - from,
        alpha: fit.alpha,
        beta: fit.beta,
        deviation: fit.deviation,
        days,
        cumulative,
        interval: (cumulative - half, cumulative + half),
        differs: cumulative.abs() > half,
        separable: others.is_empty(),
        others,
        says: String::new(),
    };
    study.says = says(&study, events.is_empty());
    Ok(study)
}

fn says(study: &Study, none_given: bool) -> String {
    let percent = |value: f64| format!("{:+.2} %", 100.0 * value);
    let moved = format!(
        "over {} trading days from {} the return is {} beyond what was to be expected (95 %: {} to {})",
        study.days.len(),
        study.day,
        percent(study.cumulative),
        percent(study.interval.0),
        percent(study.interval.1)
    );
    let told = match study.differs {
        true => "more than ordinary days explain",
        false => "no more than ordinary days bring",
    };
    let cause = match (study.differs, study.separable, none_given) {
        (_, false, _) => format!(
            "these data cannot separate this event from {}",
            study
                .others
                .iter()
                .map(|other| format!("{} ({})", other.what, other.date))
                .collect::<Vec<_>>()
                .join(", ")
        ),
        (true, true, true) => "no other events were given, so nothing is said of the cause".to_owned(),
        (true, true, false) => {
            "no other given event lies near; that it was the cause is still not shown".to_owned()
        }
        (false, true, _) => "that it had no effect is not shown either".to_owned(),
    };
    format!("{moved}: {told}; {cause}")
}
