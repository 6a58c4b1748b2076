//! UTC times as microseconds since 1970, written without any clock or time zone.
use std::fmt::Write;

pub(crate) const SECOND: i64 = 1_000_000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;
/// 2017-03-06T00:00:00Z, a Monday.
pub(crate) const START: i64 = 17_231 * DAY;
/// Days from the first to the last, both counted: until 2017-04-14.
pub(crate) const DAYS: i64 = 40;

/// The moment so many days, hours, minutes and seconds after the start.
pub(crate) const fn at(day: i64, hour: i64, minute: i64, second: i64) -> i64 {
    START + day * DAY + hour * HOUR + minute * MINUTE + second * SECOND
}

/// Year, month and day (Hinnant's `civil_from_days`).
fn date(t: i64) -> (i64, i64, i64) {
    let z = t.div_euclid(DAY) + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
}

/// `2017-03-06`.
pub(crate) fn ymd(t: i64) -> String {
    let (y, m, d) = date(t);
    format!("{y:04}-{m:02}-{d:02}")
}

/// `08:00:00`.
pub(crate) fn hms(t: i64) -> String {
    let s = t.rem_euclid(DAY) / SECOND;
    format!("{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
}

/// `2017-03-06T08:00:00.123Z`.
pub(crate) fn rfc3339(t: i64) -> String {
    format!("{}T{}.{:03}Z", ymd(t), hms(t), t.rem_euclid(SECOND) / 1000)
}

/// `2017-03-06 08:00:00.123`, as Sysmon writes `UtcTime`.
pub(crate) fn sysmon(t: i64) -> String {
    format!("{} {}.{:03}", ymd(t), hms(t), t.rem_euclid(SECOND) / 1000)
}

/// `1488787200.123456`, as Zeek writes times.
pub(crate) fn epoch(out: &mut String, t: i64) {
    let _ = write!(out, "{}.{:06}", t / SECOND, t % SECOND);
}
