//! Predicates: what a rule can ask of one field of one record.

use std::sync::Arc;

use regex::Regex;

use super::cidr::parse_address;
use super::{Cidr, Comparison, Glob, Number, Operator, Shape, TimePart, fold};

/// A question about one field.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Predicate {
    /// The field is absent or null.
    Absent,
    /// The field has a value, whichever.
    Present,
    /// The value matches a wildcard pattern; unless `cased`, the pattern is folded.
    Text {
        glob: Glob,
        cased: bool,
    },
    Regex(RegexPattern),
    Cidr(Cidr),
    Number(Comparison),
    Time(TimePart, Comparison),
    /// The value is compared with another field of the same record.
    FieldRef(FieldRef),
}

/// A regular expression as the rule gives it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct RegexPattern {
    pub(crate) text: String,
    pub(crate) ignore_case: bool,
    pub(crate) multi_line: bool,
    pub(crate) dot_all: bool,
}

/// "the value is/begins with/… the value of `other`".
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct FieldRef {
    pub(crate) other: Arc<str>,
    pub(crate) link: Link,
    pub(crate) cased: bool,
}

/// How two texts are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Link {
    Equals,
    Contains,
    StartsWith,
    EndsWith,
}

impl FieldRef {
    pub(crate) fn holds(&self, value: &str, other: &str) -> bool {
        if !self.cased {
            return self.link.holds(&fold(value), &fold(other));
        }
        self.link.holds(value, other)
    }
}

impl Link {
    fn holds(self, value: &str, other: &str) -> bool {
        match self {
            Self::Equals => value == other,
            Self::Contains => value.contains(other),
            Self::StartsWith => value.starts_with(other),
            Self::EndsWith => value.ends_with(other),
        }
    }
}

/// A predicate on a named field, or on any text field (`None`): what rules are boolean expressions of.
/// The same atom in many rules is one.
#[derive(Debug)]
pub(crate) struct Atom {
    pub(crate) field: Option<Arc<str>>,
    pub(crate) predicate: Predicate,
    /// The compiled expression, where the predicate is one.
    pub(crate) regex: Option<Regex>,
}

impl Atom {
    /// Whether the predicate is true of a value, or of absence. Field references are never true here:
    /// they need the record.
    pub(crate) fn test(&self, value: Option<&str>) -> bool {
        match value {
            None => self.predicate == Predicate::Absent,
            Some(text) => self.test_text(text, &fold(text)),
        }
    }

    /// [`Self::test`] on a value whose folded form is at hand.
    pub(crate) fn test_text(&self, text: &str, folded: &str) -> bool {
        match &self.predicate {
            Predicate::Absent | Predicate::FieldRef(_) => false,
            Predicate::Present => true,
            Predicate::Text { glob, cased } => glob.matches(if *cased { text } else { folded }),
            Predicate::Regex(_) => self.regex.as_ref().is_some_and(|regex| regex.is_match(text)),
            Predicate::Cidr(cidr) => parse_address(text).is_some_and(|address| cidr.contains(address)),
            Predicate::Number(comparison) => Number::parse(text).is_some_and(|n| comparison.holds(n)),
            Predicate::Time(part, comparison) => {
                part.of(text).is_some_and(|n| comparison.holds(Number::Integer(n)))
            }
        }
    }
}

impl Predicate {
    /// A guess at the share of records of which the predicate is true, between 0 and 1. It decides which
    /// part of a rule wakes it, never what matches.
    pub(crate) fn frequency(&self) -> f64 {
        match self {
            Self::Absent | Self::Present => 1.0,
            Self::FieldRef(_) => 1.0,
            Self::Text { glob, .. } => text_frequency(glob),
            Self::Regex(pattern) => 0.5_f64.powf(0.25 * pattern.text.len().min(40) as f64),
            Self::Cidr(cidr) => 0.5_f64.powf(f64::from(cidr.prefix()) / 8.0),
            Self::Number(Comparison { operator: Operator::Equal, .. }) => 0.2,
            Self::Number(_) | Self::Time(..) => 0.5,
        }
    }
}

fn text_frequency(glob: &Glob) -> f64 {
    let by_len = |text: &str, weight: f64| 0.5_f64.powf(weight * text.len().min(40) as f64);
    match glob.shape() {
        // Short whole values are mostly codes and flags, which repeat.
        Shape::Exact(text) => 0.3 * by_len(text, 0.5),
        Shape::Prefix(text) | Shape::Suffix(text) => by_len(text, 0.4),
        Shape::Contains(text) => by_len(text, 0.5),
        Shape::Any => 1.0,
        Shape::General => glob.longest_literal().map_or(1.0, |text| by_len(text, 0.5)),
    }
}
