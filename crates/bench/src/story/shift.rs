//! Moves recorded events in time: every moment that stands in their text moves by the same number of seconds.

use onus_event::{format_micros, parse_micros};

/// `2017-03-06T07:12:33` or the same with a blank.
const MOMENT: usize = 19;

/// Where moments to the second begin in a text.
fn moments(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let looks = move |at: &usize| {
        let is = |place: usize, any: &[u8]| bytes.get(at + place).is_some_and(|b| any.contains(b));
        is(4, b"-") && is(7, b"-") && is(10, b"T ") && is(13, b":") && is(16, b":") && digit(*at)
    };
    (0..bytes.len().saturating_sub(MOMENT - 1)).filter(looks)
}

/// The moment that a record of Windows events in JSON says it is of (UTC, microseconds).
pub(super) fn moment(line: &str) -> Option<i64> {
    let stamp = line.find("\"@timestamp\"").map(|at| &line[at..])?;
    let at = moments(stamp).next()?;
    parse_micros(stamp.get(at..at + MOMENT)?).map(|(micros, _)| micros)
}

/// The text with all its moments moved.
pub(super) fn shifted(line: &str, seconds: i64) -> String {
    let mut out = String::with_capacity(line.len());
    let mut done = 0;
    for at in moments(line).collect::<Vec<_>>() {
        let Some(text) = line.get(at..at + MOMENT).filter(|_| at >= done) else { continue };
        let Some((micros, _)) = parse_micros(text) else { continue };
        let moved = format_micros(micros + seconds * 1_000_000);
        out.push_str(&line[done..at]);
        out.push_str(&moved[..10]);
        out.push_str(&text[10..11]);
        out.push_str(&moved[11..MOMENT]);
        done = at + MOMENT;
    }
    out.push_str(&line[done..]);
    out
}

#[cfg(test)]
mod tests {
    use super::{moment, shifted};

    #[test]
    fn every_moment_moves_and_nothing_else() {
        let line = r#"{"UtcTime":"2023-08-18 08:56:04.310","@timestamp":"2023-08-18T23:59:59.315Z","at":"T08:56:04","é":"2023-08-18"}"#;
        assert_eq!(moment(line), Some(1_692_403_199_000_000));
        let moved = shifted(line, 2);
        assert_eq!(
            moved,
            r#"{"UtcTime":"2023-08-18 08:56:06.310","@timestamp":"2023-08-19T00:00:01.315Z","at":"T08:56:04","é":"2023-08-18"}"#
        );
        assert_eq!(shifted(&moved, -2), line);
        assert_eq!(moment("{}"), None);
    }
}
