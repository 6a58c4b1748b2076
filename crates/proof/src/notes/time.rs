//! A time in a note: whole seconds, UTC.

use std::fmt;

const DAY: i64 = 86_400;
/// 9999-12-31T23:59:59Z.
const LAST: i64 = 253_402_300_799;

/// Seconds from 1970-01-01 UTC, from then to the end of the year 9999; written `YYYY-MM-DDTHH:MM:SSZ`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoteTime(i64);

impl NoteTime {
    /// From seconds; those out of range become the nearest that are in it.
    #[must_use]
    pub fn from_unix(seconds: i64) -> Self {
        Self(seconds.clamp(0, LAST))
    }

    /// Seconds from 1970-01-01 UTC.
    #[must_use]
    pub fn unix(self) -> i64 {
        self.0
    }

    /// Reads its one spelling; `None` on anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
        let days = days_from_civil(number(0..4)?, number(5..7)?, number(8..10)?);
        let seconds = number(11..13)? * 3_600 + number(14..16)? * 60 + number(17..19)?;
        let time = Self::from_unix(days * DAY + seconds);
        (time.to_string() == text).then_some(time)
    }
}

impl fmt::Display for NoteTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, rest) = (self.0.div_euclid(DAY), self.0.rem_euclid(DAY));
        let (year, month, day) = civil_from_days(days);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
            rest / 3_600,
            rest % 3_600 / 60,
            rest % 60
        )
    }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar, by counting in eras of 400 years that begin in March.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::NoteTime;

    #[test]
    fn times_have_one_spelling() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(NoteTime::from_unix(seconds).to_string(), text);
            assert_eq!(NoteTime::parse(text), Some(NoteTime::from_unix(seconds)));
        }
        for text in [
            "",
            "1970-01-01",
            "1970-01-01T00:00:00",
            "1970-01-01T00:00:00.0Z",
            "1970-1-01T00:00:00Z",
            "2001-02-29T00:00:00Z",
            "2001-01-01T24:00:00Z",
            "2001-01-01T00:60:00Z",
            "1969-12-31T23:59:59Z",
            "2001-01-01t00:00:00Z",
            "2001-01-01T00:00:00+00:00",
            "+001-01-01T00:00:00Z",
            "2001-00-10T00:00:00Z",
        ] {
            assert_eq!(NoteTime::parse(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_second_comes_back(seconds in 0i64..253_402_300_799) {
            let time = NoteTime::from_unix(seconds);
            proptest::prop_assert_eq!(NoteTime::parse(&time.to_string()), Some(time));
        }

        #[test]
        fn no_text_panics(text in ".{0,24}") {
            let _ = NoteTime::parse(&text);
        }
    }
}
