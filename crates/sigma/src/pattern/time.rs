//! Parts of a timestamp, in UTC: `field|hour: 3` and the like.

/// A part of a timestamp that a rule can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum TimePart {
    Minute,
    Hour,
    Day,
    /// The week of the year by ISO 8601, 1 to 53.
    Week,
    Month,
    Year,
}

impl TimePart {
    /// The part of a timestamp written as RFC 3339 or `YYYY-MM-DD HH:MM[:SS…]` (then taken as UTC).
    pub(crate) fn of(self, text: &str) -> Option<i128> {
        let time = Civil::parse(text.trim())?;
        Some(i128::from(match self {
            Self::Minute => time.minute,
            Self::Hour => time.hour,
            Self::Day => time.day,
            Self::Week => time.iso_week(),
            Self::Month => time.month,
            Self::Year => time.year,
        }))
    }
}

/// Date and time of day in UTC.
struct Civil {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
}

impl Civil {
    fn parse(text: &str) -> Option<Self> {
        let year = digits(text, 0, 4)?;
        let month = digits(text, 5, 2)?;
        let day = digits(text, 8, 2)?;
        let hour = digits(text, 11, 2)?;
        let minute = digits(text, 14, 2)?;
        let bytes = text.as_bytes();
        let separated = bytes[4] == b'-' && bytes[7] == b'-' && bytes[13] == b':';
        if !separated
            || !matches!(bytes[10], b'T' | b't' | b' ')
            || !(1..=12).contains(&month)
            || hour > 23
            || minute > 59
        {
            return None;
        }
        if !(1..=31).contains(&day) {
            return None;
        }
        let minutes =
            days_from_civil(year, month, day) * 1440 + hour * 60 + minute - offset_minutes(&text[16..])?;
        Some(Self::from_minutes(minutes))
    }

    fn from_minutes(minutes: i64) -> Self {
        let (days, of_day) = (minutes.div_euclid(1440), minutes.rem_euclid(1440));
        let (year, month, day) = civil_from_days(days);
        Self { year, month, day, hour: of_day / 60, minute: of_day % 60 }
    }

    fn iso_week(&self) -> i64 {
        let days = days_from_civil(self.year, self.month, self.day);
        // The week belongs to the year of its Thursday; day 0 (1970-01-01) was one.
        let thursday = days - days.rem_euclid(7) + if days.rem_euclid(7) >= 4 { 7 } else { 0 };
        let (year, _, _) = civil_from_days(thursday);
        (thursday - days_from_civil(year, 1, 1)) / 7 + 1
    }
}

/// The number in `count` digits at byte `at`.
fn digits(text: &str, at: usize, count: usize) -> Option<i64> {
    let part = text.as_bytes().get(at..at + count)?;
    part.iter().try_fold(0, |sum, b| b.is_ascii_digit().then(|| sum * 10 + i64::from(b - b'0')))
}

/// Minutes east of UTC from what follows hours and minutes: seconds, fraction, then `Z`, `±HH:MM` or nothing.
fn offset_minutes(rest: &str) -> Option<i64> {
    let zone =
        rest.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, ':' | '.' | ',')).trim_start();
    let sign = match zone.as_bytes().first() {
        None | Some(b'Z' | b'z') => return Some(0),
        Some(b'+') => 1,
        Some(b'-') => -1,
        Some(_) => return zone.starts_with("UTC").then_some(0),
    };
    let hours = digits(zone, 1, 2)?;
    let minutes = digits(zone, 4, 2).or_else(|| digits(zone, 3, 2)).unwrap_or(0);
    Some(sign * (hours * 60 + minutes))
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar, by counting years from March.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    // 306 days lie between 1 March of a year and its 1 January; 719,468 between year 0's March and 1970.
    365 * year + leaps + (153 * month + 2) / 5 + day - 1 - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    // Guess the year from the mean length, then step to the one that holds the day.
    let mut year = 1970 + days.div_euclid(366);
    while days_from_civil(year + 1, 1, 1) <= days {
        year += 1;
    }
    let mut month = 1;
    while month < 12 && days_from_civil(year, month + 1, 1) <= days {
        month += 1;
    }
    (year, month, days - days_from_civil(year, month, 1) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_parts_in_utc() {
        use TimePart::{Day, Hour, Minute, Month, Week, Year};
        for (part, text, expected) in [
            (Hour, "2024-02-29T23:59:59.123Z", Some(23)),
            (Minute, "2024-02-29 23:58", Some(58)),
            (Day, "2024-02-29T23:30:00-01:00", Some(1)),
            (Month, "2024-02-29T23:30:00-01:00", Some(3)),
            (Year, "2023-12-31T20:00:00-0500", Some(2024)),
            (Week, "2021-01-03T00:00:00Z", Some(53)),
            (Week, "2021-01-04T00:00:00Z", Some(1)),
            (Week, "2024-12-30T00:00:00Z", Some(1)),
            (Week, "1969-12-28T00:00:00Z", Some(52)),
            (Hour, "03:00", None),
            (Hour, "2024-13-01T00:00:00Z", None),
            (Hour, "2024/01/01 00:00:00", None),
        ] {
            assert_eq!(part.of(text), expected, "{part:?} of {text}");
        }
    }

    #[test]
    fn calendar_goes_both_ways() {
        for days in -200_000..200_000 {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
        }
    }
}
