//! Points in time as microseconds since 1970-01-01 UTC.

/// Reads `YYYY-MM-DD[T ]HH:MM:SS[.fraction][Z|±HH:MM]`.
///
/// Returns the microseconds, and whether the text states its zone; without one, UTC is assumed.
pub fn parse_micros(text: &str) -> Option<(i64, bool)> {
    let b = text.trim().as_bytes();
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = b.get(from..to)?;
        digits
            .iter()
            .all(u8::is_ascii_digit)
            .then(|| digits.iter().fold(0, |n, d| n * 10 + i64::from(d - b'0')))
    };
    let is = |at: usize, any: &[u8]| b.get(at).is_some_and(|c| any.contains(c));
    if !(is(4, b"-") && is(7, b"-") && is(10, b"T t") && is(13, b":") && is(16, b":")) {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut at = 19;
    let mut micros = 0;
    if is(at, b".,") {
        let digits = b[at + 1..].iter().take_while(|c| c.is_ascii_digit()).count();
        for place in 0..6 {
            micros = micros * 10 + if place < digits { i64::from(b[at + 1 + place] - b'0') } else { 0 };
        }
        at += 1 + digits;
    }
    let (offset, zoned) = zone(&b[at.min(b.len())..])?;
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset;
    Some((seconds * 1_000_000 + micros, zoned))
}

fn zone(b: &[u8]) -> Option<(i64, bool)> {
    match b {
        [] => Some((0, false)),
        [b'Z' | b'z'] => Some((0, true)),
        [sign @ (b'+' | b'-'), rest @ ..] => {
            let digits: Vec<i64> =
                rest.iter().filter(|c| **c != b':').map(|c| i64::from(c.wrapping_sub(b'0'))).collect();
            let [h1, h2, m1, m2] = digits[..] else { return None };
            if digits.iter().any(|d| *d > 9) {
                return None;
            }
            let seconds = (h1 * 10 + h2) * 3_600 + (m1 * 10 + m2) * 60;
            Some((if *sign == b'-' { -seconds } else { seconds }, true))
        }
        _ => None,
    }
}

/// Days from 1970-01-01 of a date in the Gregorian calendar (after Howard Hinnant's `days_from_civil`).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let year_of_era = y - era * 400;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// RFC 3339 in UTC with microseconds, without trailing zeros of the fraction.
pub fn format_micros(micros: i64) -> String {
    let seconds = micros.div_euclid(1_000_000);
    let fraction = micros.rem_euclid(1_000_000);
    let (day, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, date) = civil(day);
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    let head = format!("{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second:02}");
    if fraction == 0 {
        return format!("{head}Z");
    }
    let digits = format!("{fraction:06}");
    format!("{head}.{}Z", digits.trim_end_matches('0'))
}

fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::{format_micros, parse_micros};

    #[test]
    fn times_are_read_and_written() {
        for (text, micros, zoned) in [
            ("1970-01-01T00:00:00Z", 0, true),
            ("2017-03-06T07:15:30.123456Z", 1_488_784_530_123_456, true),
            ("2020-10-18 10:56:18.799", 1_603_018_578_799_000, false),
            ("2026-04-17T05:24:53.0888497Z", 1_776_403_493_088_849, true),
            ("2020-08-07T18:32:07.555+02:00", 1_596_817_927_555_000, true),
            ("2000-02-29T23:59:59Z", 951_868_799_000_000, true),
        ] {
            assert_eq!(parse_micros(text), Some((micros, zoned)), "{text}");
        }
        for text in [
            "",
            "2020",
            "2020-13-01T00:00:00Z",
            "2020-01-01T25:00:00Z",
            "2020-01-01T00:00:00X",
            "é020-01-01T00:00:00",
        ] {
            assert_eq!(parse_micros(text), None, "{text}");
        }
        assert_eq!(format_micros(1_488_784_530_123_456), "2017-03-06T07:15:30.123456Z");
        assert_eq!(format_micros(-1_000_000), "1969-12-31T23:59:59Z");
        assert_eq!(format_micros(951_868_799_500_000), "2000-02-29T23:59:59.5Z");
    }
}
