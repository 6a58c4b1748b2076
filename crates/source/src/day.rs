//! The day on which logs were taken: it gives their times the year that some of them lack.

use std::str::FromStr;

/// A day of the Gregorian calendar, as `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    year: u16,
    month: u8,
    day: u8,
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl FromStr for Day {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |part: Option<&str>, digits: usize| {
            part.filter(|part| part.len() == digits && part.bytes().all(|b| b.is_ascii_digit()))
                .and_then(|part| part.parse::<u16>().ok())
        };
        let mut parts = text.split('-');
        let all = (number(parts.next(), 4), number(parts.next(), 2), number(parts.next(), 2), parts.next());
        let (Some(year), Some(month), Some(day), None) = all else {
            return Err("not a day written as YYYY-MM-DD".to_owned());
        };
        if !(1..=12).contains(&month) || day == 0 || day > u16::from(days_in(year, month as u8)) {
            return Err("there is no such day".to_owned());
        }
        Ok(Day { year, month: month as u8, day: day as u8 })
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

fn days_in(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}

impl Day {
    /// `Mar  2 10:00:00` with a year: the last such moment up to the end of this day.
    ///
    /// `None` if the text is no such time, or there was no such day within the year.
    pub(crate) fn dated(self, text: &str) -> Option<String> {
        let mut parts = text.split_ascii_whitespace();
        let month = parts.next()?;
        let month = 1 + MONTHS.iter().position(|known| known.eq_ignore_ascii_case(month))? as u8;
        let day: u8 = parts.next()?.parse().ok()?;
        let time = parts.next()?;
        let year =
            if (month, day) <= (self.month, self.day) { self.year } else { self.year.checked_sub(1)? };
        let is_time = time.len() >= 8 && time.bytes().all(|b| b.is_ascii_digit() || b":.".contains(&b));
        let is_day = (1..=days_in(year, month)).contains(&day);
        (is_time && is_day && parts.next().is_none()).then(|| format!("{year:04}-{month:02}-{day:02}T{time}"))
    }
}

#[cfg(test)]
mod tests {
    use super::Day;

    #[test]
    fn a_time_without_a_year_is_of_the_year_before_the_day() {
        let day: Day = "2026-03-10".parse().unwrap();
        let dated = |text| day.dated(text);
        assert_eq!(dated("Mar 10 23:59:59").as_deref(), Some("2026-03-10T23:59:59"));
        assert_eq!(dated("Jan  2 03:04:05.678").as_deref(), Some("2026-01-02T03:04:05.678"));
        assert_eq!(dated("Mar 11 00:00:00").as_deref(), Some("2025-03-11T00:00:00"));
        assert_eq!(dated("Dec 31 23:59:59").as_deref(), Some("2025-12-31T23:59:59"));
        // No such day in that year, and no such time at all.
        assert_eq!(dated("Feb 29 10:00:00"), None);
        for text in ["", "Mar", "Foo  2 10:00:00", "Mar 32 10:00:00", "Mar  2 noon", "Mar  2 10:00:00 UTC"] {
            assert_eq!(dated(text), None, "{text}");
        }
        assert_eq!("2024-02-29".parse::<Day>().unwrap().to_string(), "2024-02-29");
        for text in ["2026-02-29", "2026-13-01", "2026-3-1", "10.03.2026", "2026-03-10-1", "", "2026-03-00"] {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
    }
}
