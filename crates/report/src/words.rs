//! Moments, names and lists in words.

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
/// A day in microseconds.
pub(crate) const DAY: i64 = 24 * HOUR;

/// `2017-03-09 14:02:11`; all moments are UTC, in microseconds.
pub(crate) fn time(micros: i64) -> String {
    onus_event::format_micros(micros)[..19].replace('T', " ")
}

/// As [`time`]; a dash for none.
pub(crate) fn time_or_dash(micros: Option<i64>) -> String {
    micros.map_or_else(|| "–".to_owned(), time)
}

/// `2017-03-09`.
pub(crate) fn day(micros: i64) -> String {
    onus_event::format_micros(micros)[..10].to_owned()
}

/// A stretch of time, roughly: `3 days`, `20 minutes`.
pub(crate) fn stretch(micros: i64) -> String {
    let (count, unit) = match micros.max(0) {
        m if m >= 2 * DAY => (m / DAY, "day"),
        m if m >= 2 * HOUR => (m / HOUR, "hour"),
        m if m >= 2 * MINUTE => (m / MINUTE, "minute"),
        m => (m / SECOND, "second"),
    };
    count_of(count.unsigned_abs(), unit)
}

/// `1 host`, `2 hosts`.
pub(crate) fn count_of(count: u64, what: &str) -> String {
    format!("{} {what}{}", onus_claim::grouped(count), if count == 1 { "" } else { "s" })
}

/// `2.8 GB`, rounded down, so that a lower bound stays one.
pub(crate) fn bytes(count: i64) -> String {
    let count = count.unsigned_abs();
    onus_claim::in_units(count).unwrap_or_else(|| count_of(count, "byte"))
}

/// `a, b and c`.
pub(crate) fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

/// `web.example.org` as `web`; an address stays whole.
pub(crate) fn short_host(name: &str) -> &str {
    let first = name.split('.').next().unwrap_or(name);
    if first.is_empty() || first.parse::<u32>().is_ok() { name } else { first }
}

/// At most so many characters, the last of them a mark that more follow.
pub(crate) fn clip(text: &str, characters: usize) -> String {
    if text.chars().count() <= characters {
        return text.to_owned();
    }
    text.chars().take(characters.saturating_sub(1)).chain(['…']).collect()
}

/// Numbers in order as ranges: `1–3, 7`.
pub(crate) fn ranges(numbers: &[usize]) -> String {
    let mut parts: Vec<(usize, usize)> = Vec::new();
    for number in numbers {
        match parts.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => parts.push((*number, *number)),
        }
    }
    let text = parts.into_iter().map(|(a, b)| match b - a {
        0 => a.to_string(),
        1 => format!("{a}, {b}"),
        _ => format!("{a}–{b}"),
    });
    text.collect::<Vec<_>>().join(", ")
}

/// First letter upper-case.
pub(crate) fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use super::{DAY, HOUR, bytes, clip, list, ranges, short_host, stretch};

    #[test]
    fn words() {
        assert_eq!(ranges(&[1, 2, 3, 5, 7, 8]), "1–3, 5, 7, 8");
        assert_eq!(ranges(&[]), "");
        assert_eq!(stretch(33 * DAY), "33 days");
        assert_eq!(stretch(30 * HOUR), "30 hours");
        assert_eq!(stretch(1_000_000), "1 second");
        assert_eq!(bytes(2_887_413_280), "2.8 GB");
        assert_eq!(bytes(1_999_999), "1.9 MB");
        assert_eq!(short_host("web.example.org"), "web");
        assert_eq!(short_host("192.0.2.7"), "192.0.2.7");
        assert_eq!(clip("àbcdef", 4), "àbc…");
        assert_eq!(list(&["a".into(), "b".into(), "c".into()]), "a, b and c");
    }
}
