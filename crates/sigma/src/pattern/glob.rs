//! Sigma strings: literal text with `*` (any text) and `?` (any one character).

/// A piece of a [`Glob`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    Literal(String),
    Many,
    One,
}

/// A wildcard pattern, normalised: no two literals and no two `*` side by side, no empty literal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Glob(Vec<Part>);

/// The forms of a glob that have a faster test than the general one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape<'a> {
    Exact(&'a str),
    Prefix(&'a str),
    Suffix(&'a str),
    Contains(&'a str),
    Any,
    General,
}

impl Glob {
    pub(crate) fn new(parts: impl IntoIterator<Item = Part>) -> Self {
        let mut out: Vec<Part> = Vec::new();
        for part in parts {
            match (out.last_mut(), part) {
                (_, Part::Literal(text)) if text.is_empty() => {}
                (Some(Part::Many), Part::Many) => {}
                (Some(Part::Literal(before)), Part::Literal(text)) => before.push_str(&text),
                (_, part) => out.push(part),
            }
        }
        Self(out)
    }

    pub(crate) fn parts(&self) -> &[Part] {
        &self.0
    }

    pub(crate) fn shape(&self) -> Shape<'_> {
        use Part::{Literal, Many};
        match self.0.as_slice() {
            [] => Shape::Exact(""),
            [Literal(text)] => Shape::Exact(text),
            [Literal(text), Many] => Shape::Prefix(text),
            [Many, Literal(text)] => Shape::Suffix(text),
            [Many, Literal(text), Many] => Shape::Contains(text),
            [Many] => Shape::Any,
            _ => Shape::General,
        }
    }

    /// The longest literal: every value that matches contains it.
    pub(crate) fn longest_literal(&self) -> Option<&str> {
        let literals = self.0.iter().filter_map(|part| match part {
            Part::Literal(text) => Some(text.as_str()),
            Part::Many | Part::One => None,
        });
        literals.max_by_key(|text| text.len())
    }

    /// How many characters and wildcards the pattern has.
    pub(crate) fn len(&self) -> usize {
        let of_part = |part: &Part| match part {
            Part::Literal(text) => text.chars().count(),
            Part::Many | Part::One => 1,
        };
        self.0.iter().map(of_part).sum()
    }

    /// Whether the whole of `text` matches. Letter case counts: fold both before.
    pub(crate) fn matches(&self, text: &str) -> bool {
        match self.shape() {
            Shape::Exact(literal) => text == literal,
            Shape::Prefix(literal) => text.starts_with(literal),
            Shape::Suffix(literal) => text.ends_with(literal),
            Shape::Contains(literal) => text.contains(literal),
            Shape::Any => true,
            Shape::General => general(&self.0, text),
        }
    }
}

/// Matches part by part; on a mismatch the last `*` takes one character more. As a `*` begins a fresh
/// search, only the last one has to be remembered: the cost is at most pattern times text.
fn general(parts: &[Part], text: &str) -> bool {
    let (mut part, mut rest) = (0, text);
    let mut retry: Option<(usize, &str)> = None;
    loop {
        let advanced = match parts.get(part) {
            None if rest.is_empty() => return true,
            None => None,
            Some(Part::Many) => {
                part += 1;
                if part == parts.len() {
                    return true;
                }
                retry = Some((part, rest));
                continue;
            }
            Some(Part::Literal(literal)) => rest.strip_prefix(literal.as_str()),
            Some(Part::One) => after_one(rest),
        };
        if let Some(after) = advanced {
            (part, rest) = (part + 1, after);
            continue;
        }
        let Some((star, from)) = retry else { return false };
        let Some(next) = resume(&parts[star], from) else { return false };
        retry = Some((star, next));
        (part, rest) = (star, next);
    }
}

fn after_one(text: &str) -> Option<&str> {
    let mut chars = text.chars();
    chars.next().map(|_| chars.as_str())
}

/// The next place after the start of `from` at which the part after a `*` can begin.
fn resume<'a>(part: &Part, from: &'a str) -> Option<&'a str> {
    let next = after_one(from)?;
    match part {
        Part::Literal(literal) => next.find(literal.as_str()).map(|at| &next[at..]),
        Part::Many | Part::One => Some(next),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glob(pattern: &str) -> Glob {
        Glob::new(pattern.chars().map(|c| match c {
            '*' => Part::Many,
            '?' => Part::One,
            c => Part::Literal(c.to_string()),
        }))
    }

    #[test]
    fn matches_as_a_whole() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("**", "abc", true),
            ("?", "", false),
            ("?", "ä", true),
            ("a*c", "abc", true),
            ("a*c", "abcd", false),
            ("*b*d", "abcbd", true),
            ("*b?d", "abcbcd", true),
            ("*b?d*", "abcbcdx", true),
            ("*ab*ab", "ab", false),
            ("a?*", "a", false),
            ("*?a", "ba", true),
            ("*aab", "aaaaab", true),
            ("x*", "ax", false),
        ] {
            assert_eq!(glob(pattern).matches(text), expected, "{pattern} on {text}");
            assert_eq!(general(glob(pattern).parts(), text), expected, "{pattern} on {text}, general");
        }
    }
}
