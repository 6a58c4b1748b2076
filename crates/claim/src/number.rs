//! Whole numbers in parameters: below 2^53 as numbers, above as decimal text, since not every reader of JSON
//! keeps larger ones. One spelling each.

use serde::{Deserialize, Deserializer, Serializer, de::Error};

pub(crate) const LARGE: u64 = 1 << 53;

#[derive(Deserialize)]
#[serde(untagged)]
enum Either {
    Number(u64),
    Text(String),
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
