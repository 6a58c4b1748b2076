//! Whole numbers in parameters: below 2^53 as numbers, above as decimal text, since not every reader of JSON
//! keeps larger ones. One spelling each.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

pub(crate) const LARGE: u64 = 1 << 53;

#[derive(Deserialize)]
#[serde(untagged)]
enum Either {
    Number(u64),
    Text(String),
}

/// A number in its one spelling.
struct Spelled(u64);

impl Serialize for Spelled {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(&self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for Spelled {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize(deserializer).map(Self)
    }
}

pub(crate) fn serialize<S: Serializer>(value: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    if *value < LARGE {
        serializer.serialize_u64(*value)
    } else {
        serializer.serialize_str(&value.to_string())
    }
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let read = match Either::deserialize(deserializer) {
        Ok(Either::Number(value)) => Some(value),
        Ok(Either::Text(text)) => {
            text.parse().ok().filter(|value: &u64| *value >= LARGE && value.to_string() == text)
        }
        Err(_) => None,
    };
    read.ok_or_else(|| D::Error::custom("not a whole number of at least 0"))
}

/// A number that may be left out.
pub(crate) mod optional {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Spelled};

    #[allow(clippy::ref_option, reason = "serde calls it so")]
    pub(crate) fn serialize<S: Serializer>(value: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
        value.map(Spelled).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
        Spelled::deserialize(deserializer).map(|spelled| Some(spelled.0))
    }
}

/// Numbers.
pub(crate) mod list {
    use super::{Deserialize, Deserializer, Serializer, Spelled};

    pub(crate) fn serialize<S: Serializer>(values: &[u64], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(values.iter().map(|value| Spelled(*value)))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u64>, D::Error> {
        Ok(Vec::<Spelled>::deserialize(deserializer)?.into_iter().map(|spelled| spelled.0).collect())
    }
}
