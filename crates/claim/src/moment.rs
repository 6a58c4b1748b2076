//! A point in time in parameters.

use std::fmt;

use onus_event::{format_micros, parse_micros};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// Microseconds since 1970-01-01 UTC; written as RFC 3339 text in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub i64);

impl Moment {
    /// Reads RFC 3339; `None` on anything else, and on a text that states no zone.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        parse_micros(text).filter(|(_, zoned)| *zoned).map(|(micros, _)| Self(micros))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_micros(self.0))
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| D::Error::custom(format!("{text:?} is no time such as 2017-03-06T07:00:00Z")))
    }
}
