//! What a text names that a record could hold: addresses, hosts, files, hashes, sizes and days.

use std::net::IpAddr;

/// An amount of bytes that a text names, and how it bounds it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Amount {
    /// Bytes.
    pub(crate) bytes: f64,
    /// Half a unit of the last digit written: what rounding may have changed.
    pub(crate) rounding: f64,
    /// "no more than", "less than", "only": an upper bound.
    pub(crate) at_most: bool,
}

/// A day that a text names; without a year where the text has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Day {
    pub(crate) year: Option<u32>,
    pub(crate) month: u32,
    pub(crate) day: u32,
}

/// The words between white space, without marks around them, in lower case.
pub(crate) fn words(text: &str) -> Vec<String> {
    let marks = |c: char| !c.is_alphanumeric() && !matches!(c, '\\' | '/' | '$' | '%');
    text.split_whitespace()
        .map(|word| word.trim_matches(marks).to_lowercase())
        .map(|word| match word.strip_suffix("'s").or_else(|| word.strip_suffix("\u{2019}s")) {
            Some(stem) => stem.to_owned(),
            None => word,
        })
        .filter(|word| !word.is_empty())
        .collect()
}

/// Whether a word names a thing of a machine and not of a language.
pub(crate) fn is_identifier(word: &str) -> bool {
    if word.parse::<IpAddr>().is_ok() || word.contains('\\') || word.starts_with("sha256:") {
        return true;
    }
    let hex = word.len() >= 32 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let digit = word.bytes().any(|b| b.is_ascii_digit());
    let letter = word.bytes().any(|b| b.is_ascii_alphabetic());
    let host = digit && letter && word.contains('-') && !word.starts_with(|c: char| c.is_ascii_digit());
    let parts: Vec<&str> = word.split('.').collect();
    let domain = parts.len() >= 2
        && parts.iter().all(|part| part.len() >= 2)
        && parts.last().is_some_and(|last| {
            last.bytes().all(|b| b.is_ascii_alphanumeric()) && !last.bytes().all(|b| b.is_ascii_digit())
        });
    hex || host || domain
}

/// The names by which a text may call a value of a record.
pub(crate) fn names_of(value: &str) -> Vec<String> {
    let value = value.to_lowercase();
    let mut names = vec![value.clone()];
    if value.contains('\\') {
        let last = value.rsplit('\\').next().unwrap_or_default();
        if last.contains(['.', '-', '_']) || last.bytes().any(|b| b.is_ascii_digit()) {
            names.push(last.to_owned());
        }
    } else if value.parse::<IpAddr>().is_err()
        && let Some((first, _)) = value.split_once('.')
        && first.contains('-')
    {
        names.push(first.to_owned());
    }
    names.retain(|name| name.len() >= 4);
    names
}

/// The first amount of bytes.
pub(crate) fn amount(text: &str) -> Option<Amount> {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.iter().enumerate().find_map(|(at, word)| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        let end = word.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ','))).unwrap_or(word.len());
        let digits = word[..end].replace(',', "");
        let number: f64 = digits.parse().ok()?;
        let unit = if end < word.len() { &word[end..] } else { words.get(at + 1)? };
        let unit = unit_of(unit.trim_matches(|c: char| !c.is_alphanumeric()))?;
        let decimals = digits.split_once('.').map_or(0, |(_, part)| part.len());
        let rounding = 0.5 * unit * 10f64.powi(-i32::try_from(decimals.min(9)).unwrap_or(9));
        let before = words[at.saturating_sub(4)..at].join(" ").to_lowercase();
        let at_most = ["no more than", "not more than", "less than", "fewer than", "at most", "up to"]
            .iter()
            .any(|phrase| before.ends_with(phrase))
            || ["only", "just", "under", "merely"].iter().any(|w| before.split(' ').next_back() == Some(*w));
        Some(Amount { bytes: number * unit, rounding: if unit > 1.0 { rounding } else { 0.0 }, at_most })
    })
}

fn unit_of(word: &str) -> Option<f64> {
    Some(match word.to_lowercase().as_str() {
        "byte" | "bytes" => 1.0,
        "kb" | "kilobyte" | "kilobytes" => 1e3,
        "mb" | "megabyte" | "megabytes" => 1e6,
        "gb" | "gigabyte" | "gigabytes" => 1e9,
        "tb" | "terabyte" | "terabytes" => 1e12,
        "kib" => 1024.0,
        "mib" => 1_048_576.0,
        "gib" => 1_073_741_824.0,
        "tib" => 1_099_511_627_776.0,
        _ => return None,
    })
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// All days: `2017-03-16`, `16 March 2017`, `March 16, 2017`, `March 16`.
pub(crate) fn days(text: &str) -> Vec<Day> {
    let words: Vec<&str> =
        text.split_whitespace().map(|w| w.trim_matches(|c: char| !c.is_alphanumeric())).collect();
    let mut out = Vec::new();
    for (at, word) in words.iter().enumerate() {
        if let Some(day) = iso_day(word) {
            out.push(day);
            continue;
        }
        let Some(month) = month_of(word) else { continue };
        let number = |n: Option<usize>| n.and_then(|n| words.get(n)).and_then(|w| w.parse::<u32>().ok());
        let is_day = |n: &u32| (1..=31).contains(n);
        let is_year = |n: &u32| (1900..2200).contains(n);
        let (day, next) = match number(at.checked_sub(1)).filter(is_day) {
            Some(day) => (day, at + 1),
            None => match number(Some(at + 1)).filter(is_day) {
                Some(day) => (day, at + 2),
                None => continue,
            },
        };
        out.push(Day { year: number(Some(next)).filter(is_year), month, day });
    }
    out
}

fn month_of(word: &str) -> Option<u32> {
    let lower = word.to_lowercase();
    if !word.starts_with(char::is_uppercase) || lower.len() < 3 {
        return None;
    }
    let at = MONTHS.iter().position(|month| lower.starts_with(month))?;
    let full = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ][at];
    (full.starts_with(&lower) || lower == "sept").then(|| at as u32 + 1)
}

/// The day of a time or date of ISO 8601.
pub(crate) fn iso_day(word: &str) -> Option<Day> {
    let head = word.get(..10)?;
    let mut parts = head.split('-');
    let mut next =
        |length: usize| parts.next().filter(|p| p.len() == length).and_then(|p| p.parse::<u32>().ok());
    let (year, month, day) = (next(4)?, next(2)?, next(2)?);
    ((1..=12).contains(&month) && (1..=31).contains(&day)).then_some(Day { year: Some(year), month, day })
}

impl Day {
    /// Whether it lies within two days, both with years.
    pub(crate) fn within(self, first: Self, last: Self) -> bool {
        let place = |year: u32| (year, self.month, self.day);
        let bound = |day: Self| (day.year.unwrap_or_default(), day.month, day.day);
        match self.year {
            Some(year) => (bound(first)..=bound(last)).contains(&place(year)),
            None => [first.year, last.year]
                .into_iter()
                .flatten()
                .any(|year| (bound(first)..=bound(last)).contains(&place(year))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Day, amount, days, is_identifier, names_of, words};

    #[test]
    fn things_of_machines_are_told_from_words() {
        for name in ["10.20.1.35", "hm-file01", "cdn-update.example", "halvard\\svc-x", "vmtools.dll"] {
            assert!(is_identifier(name), "{name}");
        }
        for word in ["u.s", "so-called", "19-year-old", "2017-03-16", "statement", "2.8", "e.g"] {
            assert!(!is_identifier(word), "{word}");
        }
        assert_eq!(words("to \u{201c}HM-FILE01\u{201d}, HM-DC01's."), ["to", "hm-file01", "hm-dc01"]);
        assert_eq!(names_of("HM-FILE01.halvard.example"), ["hm-file01.halvard.example", "hm-file01"]);
    }

    #[test]
    fn amounts_with_their_bounds() {
        let found = amount("At least 2.8 GB went").unwrap();
        assert_eq!((found.bytes, found.rounding, found.at_most), (2.8e9, 0.05e9, false));
        assert!(amount("no more than 300MB left").unwrap().at_most);
        assert_eq!(amount("it has 12 countries"), None);
    }

    #[test]
    fn days_in_the_forms_of_texts() {
        let day = |year, month, day| Day { year, month, day };
        assert_eq!(days("On 16 March 2017 and on March 9"), [day(Some(2017), 3, 16), day(None, 3, 9)]);
        assert_eq!(days("at 2017-03-16T00:55:15Z"), [day(Some(2017), 3, 16)]);
        assert!(day(None, 3, 25).within(day(Some(2017), 3, 23), day(Some(2017), 4, 4)));
        assert!(!day(Some(2018), 3, 25).within(day(Some(2017), 3, 23), day(Some(2017), 4, 4)));
    }
}
