//! Where one record ends and the next begins, for formats that are streams of text.

/// A record longer than this is not a log entry; it is skipped with a fault.
pub(crate) const MAX_RECORD: usize = 64 * 1024 * 1024;

/// Finds the ends of JSON records in a stream without parsing them: objects at nesting depth `level`.
#[derive(Debug, Clone, Default)]
pub(crate) struct JsonScanner {
    depth: u32,
    in_string: bool,
    escaped: bool,
}

impl JsonScanner {
    /// Scans on; returns the position just behind the first value that ends, or `None` at the end of `bytes`.
    pub(crate) fn next_end(&mut self, bytes: &[u8]) -> Option<usize> {
        for (at, byte) in bytes.iter().enumerate() {
            if self.in_string {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.in_string = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' if self.depth > 0 => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return Some(at + 1);
                    }
                }
                _ => {}
            }
        }
        None
    }
}

/// If the text is an object whose first member is a non-empty array of objects, as in
/// `{"Records":[{…`, the position of the first of them: such a file is a list of records in a wrapper.
pub(crate) fn wrapper(text: &[u8]) -> Option<usize> {
    let mut at = blanks(text, 0);
    at = expect(text, at, b'{')?;
    at = expect(text, blanks(text, at), b'"')?;
    let quote = memchr::memchr(b'"', text.get(at..)?)?;
    if quote == 0 || quote > 64 || text[at..at + quote].contains(&b'\\') {
        return None;
    }
    at = expect(text, blanks(text, at + quote + 1), b':')?;
    at = expect(text, blanks(text, at), b'[')?;
    at = blanks(text, at);
    (text.get(at) == Some(&b'{')).then_some(at)
}

fn expect(text: &[u8], at: usize, byte: u8) -> Option<usize> {
    (text.get(at) == Some(&byte)).then_some(at + 1)
}

fn blanks(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|b| b.is_ascii_whitespace()).count()
}

#[cfg(test)]
mod tests {
    use super::{JsonScanner, wrapper};

    #[test]
    fn records_end_where_their_brackets_close() {
        let text = br#"{"a":"}\"{","b":[1,{"c":2}]} , {"d":{}}"#;
        let mut scanner = JsonScanner::default();
        let first = scanner.next_end(text).unwrap();
        assert_eq!(&text[..first], br#"{"a":"}\"{","b":[1,{"c":2}]}"#.as_slice());
        let second = scanner.next_end(&text[first..]).unwrap();
        assert_eq!(first + second, text.len());
    }

    #[test]
    fn wrappers_are_seen() {
        assert_eq!(wrapper(br#"{"Records":[{"a":1}]}"#), Some(12));
        assert_eq!(wrapper(b"{ \"value\" :\n [ {"), Some(15));
        assert_eq!(wrapper(br#"{"a":[1,2]}"#), None);
        assert_eq!(wrapper(br#"{"a":1}"#), None);
    }
}
