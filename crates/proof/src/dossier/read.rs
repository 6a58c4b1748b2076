//! Typed reading of a dossier's JSON: every member present, of its type, and none besides.

use super::{DisclosedField, DisclosedRaw, DossierRecord, Hidden, Rejection, Version, limits};
use crate::{Digest, FieldValue, RecordIndex, Salt, digest::decode_base64};
use serde_json::{Map, Value};

pub(super) type Object = Map<String, Value>;

pub(super) fn malformed(place: &str, problem: &'static str) -> Rejection {
    Rejection::Malformed { place: place.to_owned(), problem }
}

pub(super) fn object<'a>(value: &'a Value, place: &str, members: &[&str]) -> Result<&'a Object, Rejection> {
    let object = value.as_object().ok_or_else(|| malformed(place, "not an object"))?;
    if object.len() != members.len() || members.iter().any(|member| !object.contains_key(*member)) {
        return Err(malformed(place, "a member is missing or unknown"));
    }
    Ok(object)
}

pub(super) fn text<'a>(object: &'a Object, member: &str, place: &str) -> Result<&'a str, Rejection> {
    object
        .get(member)
        .and_then(Value::as_str)
        .ok_or_else(|| malformed(&format!("{place}.{member}"), "not a string"))
}

pub(super) fn list<'a>(object: &'a Object, member: &str, place: &str) -> Result<&'a [Value], Rejection> {
    let value = object.get(member).and_then(Value::as_array).map(Vec::as_slice);
    value.ok_or_else(|| malformed(&format!("{place}.{member}"), "not an array"))
}

pub(super) fn integer(value: Option<&Value>, place: &str) -> Result<u64, Rejection> {
    let read = match value {
        Some(Value::Number(number)) => number.as_u64(),
        // Only what is too large for a JSON number is written as a string, in one spelling.
        Some(Value::String(text)) => {
            text.parse::<u64>().ok().filter(|number| *number >= 1 << 53 && number.to_string() == *text)
        }
        _ => None,
    };
    read.ok_or_else(|| malformed(place, "not an integer"))
}

pub(super) fn record(value: &Value, at: usize, version: Version) -> Result<(DossierRecord, &str), Rejection> {
    let place = format!("records[{at}]");
    let members = ["index", "source", "ordinal", "offset", "length", "format", "fields", "raw", "proof"];
    let object = object(value, &place, &members)?;
    let number = |member: &str| integer(object.get(member), &format!("{place}.{member}"));
    let fields = list(object, "fields", &place)?;
    if fields.len() > limits::FIELDS {
        return Err(Rejection::TooLarge("fields of a record"));
    }
    let fields =
        fields.iter().enumerate().map(|(n, value)| field(value, &format!("{place}.fields[{n}]"), version));
    let record = DossierRecord {
        index: RecordIndex(number("index")?),
        source: digest(text(object, "source", &place)?, &place)?,
        ordinal: number("ordinal")?,
        offset: number("offset")?,
        length: number("length")?,
        format: text(object, "format", &place)?.to_owned(),
        fields: fields.collect::<Result<_, _>>()?,
        raw: raw(object.get("raw").unwrap_or(&Value::Null), &format!("{place}.raw"))?,
        path: Vec::new(),
    };
    Ok((record, text(object, "proof", &place)?))
}

fn field(value: &Value, place: &str, version: Version) -> Result<DisclosedField, Rejection> {
    if version >= Version::Two && value.get("pseudonym").is_some() {
        return pseudonym(value, place);
    }
    if let Some(hidden) = hidden(value, place)? {
        return Ok(DisclosedField::Hidden(hidden));
    }
    let object = object(value, place, &["name", "type", "value", "salt"])?;
    let value = FieldValue::parse(text(object, "type", place)?, text(object, "value", place)?);
    Ok(DisclosedField::Shown {
        name: text(object, "name", place)?.to_owned(),
        value: value.map_err(|_| malformed(place, "not a value in its one spelling"))?,
        salt: salt(object, place)?,
    })
}

fn pseudonym(value: &Value, place: &str) -> Result<DisclosedField, Rejection> {
    let object = object(value, place, &["hidden", "pseudonym"])?;
    let name = text(object, "pseudonym", place)?;
    if name.is_empty() || name.chars().count() > limits::PSEUDONYM || name.contains(char::is_control) {
        return Err(malformed(place, "not a pseudonym"));
    }
    let hidden = Hidden(digest(text(object, "hidden", place)?, place)?);
    Ok(DisclosedField::Pseudonym(hidden, name.to_owned()))
}

fn raw(value: &Value, place: &str) -> Result<DisclosedRaw, Rejection> {
    if let Some(hidden) = hidden(value, place)? {
        return Ok(DisclosedRaw::Hidden(hidden));
    }
    let object = object(value, place, &["bytes", "salt"])?;
    let bytes = decode_base64(text(object, "bytes", place)?).ok_or_else(|| malformed(place, "not base64"))?;
    Ok(DisclosedRaw::Shown { bytes, salt: salt(object, place)? })
}

fn hidden(value: &Value, place: &str) -> Result<Option<Hidden>, Rejection> {
    if value.get("hidden").is_none() {
        return Ok(None);
    }
    let object = object(value, place, &["hidden"])?;
    Ok(Some(Hidden(digest(text(object, "hidden", place)?, place)?)))
}

fn digest(hex: &str, place: &str) -> Result<Digest, Rejection> {
    Digest::from_hex(hex).map_err(|_| malformed(place, "not a digest"))
}

fn salt(object: &Object, place: &str) -> Result<Salt, Rejection> {
    Salt::from_hex(text(object, "salt", place)?).ok_or_else(|| malformed(place, "not a salt"))
}
