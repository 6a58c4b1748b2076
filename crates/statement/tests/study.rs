//! The event study against figures that were worked out apart from it, from the same made series, by the textbook's
//! formulas in another language, with Student's quantiles of printed tables.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use onus_statement::{Dated, Series, SeriesProblem, dated_events, study};

/// Days but Saturdays and Sundays from Tuesday, 1 May 2018 on.
fn days(count: usize) -> Vec<String> {
    let lengths = [
        (2018, 5, 31),
        (2018, 6, 30),
        (2018, 7, 31),
        (2018, 8, 31),
        (2018, 9, 30),
        (2018, 10, 31),
        (2018, 11, 30),
    ];
    let more = [(2018, 12, 31), (2019, 1, 31)];
    let all = lengths
        .into_iter()
        .chain(more)
        .flat_map(|(year, month, length)| (1..=length).map(move |day| format!("{year}-{month:02}-{day:02}")));
    all.enumerate().filter(|(at, _)| !matches!((at + 1) % 7, 5 | 6)).map(|(_, day)| day).take(count).collect()
}

const COUNT: usize = 180;

/// A market, and a series that follows it with a slope of 1.2 and falls by 3 % and 1 % from 21 December on.
fn made() -> (String, String) {
    let days = days(COUNT);
    let (mut own, mut market) = ("date,close\n".to_owned(), "date,close\n".to_owned());
    let (mut price, mut level) = (100.0_f64, 100.0_f64);
    for (i, day) in days.iter().enumerate() {
        let moved = ((7 * i * i + 3 * i) % 41) as f64 / 1_000.0 - 0.02;
        let noise = ((5 * i * i + 11 * i) % 23) as f64 / 2_000.0 - 0.005_5;
        let fall = match day.as_str() {
            "2018-12-21" => 0.03,
            "2018-12-24" => 0.01,
            _ => 0.0,
        };
        if i > 0 {
            price *= (0.000_5 + 1.2 * moved + noise - fall).exp();
            level *= moved.exp();
        }
        own += &format!("{day},{price}\n");
        market += &format!("{day},{level}\n");
    }
    (own, market)
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-7, "{found} is not {expected}");
}

#[test]
fn against_its_own_past() {
    let series = Series::read(&made().0).unwrap();
    let found = study(&series, None, "2018-12-21", &[]).unwrap();
    assert_eq!((found.method, found.day.as_str(), found.estimated_on), ("mean-adjusted", "2018-12-21", 120));
    assert_eq!(found.estimated_from, ("2018-06-22".to_owned(), "2018-12-06".to_owned()));
    close(found.alpha, 0.001_927_5);
    close(found.deviation, 0.014_091_948_73);
    close(found.cumulative, -0.052_582_5);
    close(found.interval.0, -0.101_513_119_12);
    close(found.interval.1, -0.003_651_880_88);
    close(found.days[0].abnormal, -0.059_727_5);
    close(found.days[0].interval.1 - found.days[0].abnormal, 0.028_019_489_15);
    assert!(found.differs && found.separable);
    assert!(found.says.contains("no other events were given"), "{}", found.says);
}

#[test]
fn against_a_second_series() {
    let (own, market) = made();
    let (series, second) = (Series::read(&own).unwrap(), Series::read(&market).unwrap());
    let found = study(&series, Some(&second), "2018-12-21", &[]).unwrap();
    assert_eq!(found.method, "market model");
    close(found.alpha, 0.000_949_661_74);
    close(found.beta.unwrap(), 1.185_258_497_22);
    close(found.deviation, 0.003_722_786_83);
    close(found.cumulative, -0.038_981_658_74);
    close(found.interval.0, -0.051_926_856_73);
    close(found.interval.1, -0.026_036_460_76);
}

#[test]
fn a_rate_decision_in_the_same_week_cannot_be_told_from_the_statement() {
    let series = Series::read(&made().0).unwrap();
    let given = dated_events("date,event\n2018-12-19,rate decision\n2018-11-05,an election\n").unwrap();
    let found = study(&series, None, "2018-12-21", &given).unwrap();
    let rates = Dated { date: "2018-12-19".to_owned(), what: "rate decision".to_owned() };
    assert_eq!(found.others, [rates]);
    assert!(!found.separable);
    assert!(
        found.says.contains("cannot separate this event from rate decision (2018-12-19)"),
        "{}",
        found.says
    );
    let alone = study(&series, None, "2018-12-21", &given[1..]).unwrap();
    assert!(alone.separable && alone.says.contains("still not shown"), "{}", alone.says);
}

#[test]
fn an_ordinary_week_differs_from_nothing_and_a_saturday_waits_for_monday() {
    let series = Series::read(&made().0).unwrap();
    let found = study(&series, None, "2018-11-10", &[]).unwrap();
    assert_eq!(found.day, "2018-11-12");
    assert!(!found.differs && found.says.contains("not shown either"), "{}", found.says);
}

#[test]
fn too_little_is_refused() {
    let (own, _) = made();
    let series = Series::read(&own).unwrap();
    let refused = |date: &str| study(&series, None, date, &[]).unwrap_err();
    assert_eq!(
        refused("2018-06-01"),
        SeriesProblem::Short { needed: 30, found: 12, what: "to estimate from" }
    );
    assert!(matches!(refused("2019-01-07"), SeriesProblem::Short { found: 1, .. }));
    assert_eq!(refused("2020-01-01"), SeriesProblem::Ends("2020-01-01".to_owned()));
    assert_eq!(refused("yesterday"), SeriesProblem::Date("yesterday".to_owned()));
    let still: String = days(COUNT).iter().map(|day| format!("{day},5\n")).collect();
    let still = Series::read(&still).unwrap();
    assert_eq!(study(&series, Some(&still), "2018-12-21", &[]).unwrap_err(), SeriesProblem::Still);
}
