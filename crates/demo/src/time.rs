//! Moments in UTC as microseconds, and how each log writes them.

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(pub(crate) i64);

pub(crate) const MILLI: i64 = 1_000;
pub(crate) const SECOND: i64 = 1_000_000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// Monday, 2017-03-06T00:00:00Z: the first moment of the story.
pub(crate) const START: Moment = Moment(17_231 * DAY);
/// The story's own length in days: up to and with Friday, 2017-04-14.
pub(crate) const STORY_DAYS: i64 = 40;

impl Moment {
    pub(crate) fn plus(self, micros: i64) -> Moment {
        Moment(self.0 + micros)
    }

    /// Days since 1970-01-01.
    pub(crate) fn day(self) -> i64 {
        self.0.div_euclid(DAY)
    }

    pub(crate) fn seconds(self) -> u32 {
        self.0.div_euclid(SECOND) as u32
    }

    /// Microseconds since midnight.
    pub(crate) fn of_day(self) -> i64 {
        self.0.rem_euclid(DAY)
    }

    /// Saturday or Sunday.
    pub(crate) fn is_weekend(self) -> bool {
        // 1970-01-01 was a Thursday.
        matches!(self.day().rem_euclid(7), 2 | 3)
    }

    /// A moment of March or April 2017, the months of the story.
    pub(crate) fn of_story(month: u32, day: u32, hour: i64, minute: i64) -> Moment {
        let days = if month == 3 { i64::from(day) - 6 } else { i64::from(day) + 25 };
        START.plus(days * DAY + hour * HOUR + minute * MINUTE)
    }
}

/// Year, month, day of a day since 1970-01-01 (proleptic Gregorian, eras of 400 years).
pub(crate) fn civil(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Appends `value` with leading zeros to `width` digits.
pub(crate) fn push_padded(out: &mut String, value: i64, width: usize) {
    let mut digits = [b'0'; 20];
    let mut rest = value.unsigned_abs();
    let mut at = digits.len();
    while rest > 0 || digits.len() - at < width {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    out.extend(digits[at..].iter().map(|d| *d as char));
}

/// `2017-03-06`.
pub(crate) fn push_date(out: &mut String, t: Moment) {
    let (year, month, day) = civil(t.day());
    push_padded(out, year, 4);
    out.push('-');
    push_padded(out, month, 2);
    out.push('-');
    push_padded(out, day, 2);
}

/// `07:12:33`.
pub(crate) fn push_clock(out: &mut String, t: Moment) {
    let seconds = t.of_day() / SECOND;
    push_padded(out, seconds / 3600, 2);
    out.push(':');
    push_padded(out, seconds / 60 % 60, 2);
    out.push(':');
    push_padded(out, seconds % 60, 2);
}

fn push_millis(out: &mut String, t: Moment) {
    out.push('.');
    push_padded(out, t.of_day() / MILLI % 1000, 3);
}

/// `2017-03-06T07:12:33.123Z`, as Winlogbeat writes times.
pub(crate) fn push_iso(out: &mut String, t: Moment) {
    push_date(out, t);
    out.push('T');
    push_clock(out, t);
    push_millis(out, t);
    out.push('Z');
}

/// `2017-03-06 07:12:33.123`, as Sysmon writes times.
pub(crate) fn push_utc(out: &mut String, t: Moment) {
    push_date(out, t);
    out.push(' ');
    push_clock(out, t);
    push_millis(out, t);
}

/// `1488784353.123456`, as Zeek writes times and intervals.
pub(crate) fn push_epoch(out: &mut String, micros: i64) {
    push_padded(out, micros / SECOND, 1);
    out.push('.');
    push_padded(out, micros % SECOND, 6);
}

/// RFC 3339 with milliseconds.
pub(crate) fn rfc3339(t: Moment) -> String {
    let mut out = String::with_capacity(24);
    push_iso(&mut out, t);
    out
}

#[cfg(test)]
mod tests {
    use super::{Moment, START, civil, push_epoch, push_utc, rfc3339};

    #[test]
    fn the_story_begins_on_a_monday_in_march() {
        assert_eq!(rfc3339(START), "2017-03-06T00:00:00.000Z");
        assert!(!START.is_weekend());
        assert!(START.plus(5 * super::DAY).is_weekend());
        assert_eq!(rfc3339(Moment::of_story(4, 14, 7, 5)), "2017-04-14T07:05:00.000Z");
        assert_eq!(rfc3339(Moment::of_story(3, 31, 23, 59)), "2017-03-31T23:59:00.000Z");
    }

    #[test]
    fn dates_are_civil() {
        for (day, date) in
            [(0, (1970, 1, 1)), (11_016, (2000, 2, 29)), (17_166, (2016, 12, 31)), (19_782, (2024, 2, 29))]
        {
            assert_eq!(civil(day), date);
        }
    }

    #[test]
    fn each_log_has_its_own_spelling() {
        let t = START.plus(26_000 * super::SECOND + 123_456);
        let mut out = String::new();
        push_utc(&mut out, t);
        out.push('|');
        push_epoch(&mut out, t.0);
        assert_eq!(out, "2017-03-06 07:13:20.123|1488784400.123456");
    }
}
