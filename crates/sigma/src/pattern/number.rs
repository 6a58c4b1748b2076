//! Numbers and their comparison: exact for integers, binary64 for the rest.

use std::cmp::Ordering;

/// A number as it stands in a rule or a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Number {
    Integer(i128),
    /// The bits of a finite binary64.
    Float(u64),
}

impl Number {
    pub(crate) fn from_f64(value: f64) -> Option<Self> {
        value.is_finite().then(|| Self::Float(value.to_bits()))
    }

    /// Reads decimal text. `None` where it is no number.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if !text.bytes().any(|b| b.is_ascii_digit()) {
            return None;
        }
        if let Ok(integer) = text.parse::<i128>() {
            return Some(Self::Integer(integer));
        }
        text.parse::<f64>().ok().and_then(Self::from_f64)
    }

    fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => Some(a.cmp(&b)),
            (a, b) => a.as_f64().partial_cmp(&b.as_f64()),
        }
    }

    fn as_f64(self) -> f64 {
        match self {
            Self::Integer(value) => value as f64,
            Self::Float(bits) => f64::from_bits(bits),
        }
    }
}

/// How a value is compared with a rule's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Operator {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// "value `operator` number".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Comparison {
    pub(crate) operator: Operator,
    pub(crate) number: Number,
}

impl Comparison {
    pub(crate) fn holds(self, value: Number) -> bool {
        let Some(order) = value.compare(self.number) else { return false };
        match self.operator {
            Operator::Equal => order.is_eq(),
            Operator::Less => order.is_lt(),
            Operator::LessOrEqual => order.is_le(),
            Operator::Greater => order.is_gt(),
            Operator::GreaterOrEqual => order.is_ge(),
        }
    }
}
