//! A claim's kind in English.

use crate::Kind;

/// Records named one by one in a sentence; of more only the number is told.
const NAMED: usize = 5;

impl Kind {
    /// The claim in words, from its parameters alone.
    #[must_use]
    pub fn sentence(&self, cites: &[u64]) -> String {
        match self {
            Self::RuleMatch(p) => {
                format!(
                    "The rule \u{201c}{}\u{201d} ({}) matches {}.",
                    p.rule_title,
                    p.rule_id,
                    records(cites)
                )
            }
            Self::BytesSent(p) => format!(
                "At least {} went from {} to {} between {} and {}.",
                bytes(p.at_least),
                p.from,
                p.to,
                p.from_time,
                p.to_time
            ),
            Self::Sequence(p) => {
                format!(
                    "On {}, the event of record {} came before that of record {}.",
                    p.host, p.first, p.then
                )
            }
        }
    }
}

fn records(cites: &[u64]) -> String {
    match cites {
        [] => "no record".to_owned(),
        [one] => format!("record {one}"),
        [before @ .., last] if cites.len() <= NAMED => {
            let before: Vec<String> = before.iter().map(u64::to_string).collect();
            format!("the records {} and {last}", before.join(", "))
        }
        many => format!("{} records", grouped(many.len() as u64)),
    }
}

/// Bytes in a unit, rounded down, so that a lower bound stays one, and in full.
fn bytes(count: u64) -> String {
    let full = format!("{} {}", grouped(count), if count == 1 { "byte" } else { "bytes" });
    let units = [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match units.into_iter().find(|(size, _)| count >= *size) {
        Some((size, unit)) => format!("{}.{} {unit} ({full})", count / size, count % size / (size / 10)),
        None => full,
    }
}

/// A number with a comma between groups of three digits.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{bytes, grouped, records};

    #[test]
    fn numbers_are_rounded_down_and_grouped() {
        for (count, text) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1_999, "1.9 kB (1,999 bytes)"),
            (4_199_999_999, "4.1 GB (4,199,999,999 bytes)"),
            (5_000_000_000_000, "5.0 TB (5,000,000,000,000 bytes)"),
        ] {
            assert_eq!(bytes(count), text);
        }
        assert_eq!(grouped(u64::MAX), "18,446,744,073,709,551,615");
    }

    #[test]
    fn few_records_are_named() {
        for (cites, text) in [
            (&[][..], "no record"),
            (&[7], "record 7"),
            (&[7, 9], "the records 7 and 9"),
            (&[1, 2, 3], "the records 1, 2 and 3"),
            (&[1, 2, 3, 4, 5, 6], "6 records"),
        ] {
            assert_eq!(records(cites), text);
        }
    }
}
