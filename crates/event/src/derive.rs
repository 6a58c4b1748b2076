//! How a core column is made from a native one.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, DictionaryArray, Int32Array, StringArray};
use arrow_cast::cast;
use arrow_schema::DataType;

/// The way from a native value to a core value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Derive {
    /// The same value.
    Copy,
    /// The same value, unless it is empty: many services write each of their columns, with nothing in it.
    Said,
    /// The account's name in `DOMAIN\name`.
    User,
    /// The domain in `DOMAIN\name`.
    Domain,
    /// The address before a port: `192.0.2.1:443`, `[2001:db8::1]:443`.
    Address,
    /// One hash of Sysmon's `SHA1=…,MD5=…`.
    HashPart(&'static str),
    /// The value of another column, then this one (host and path of a URL).
    Join(&'static str),
}

/// The type of dictionary-encoded text everywhere in the case.
pub(crate) fn text_type() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// Whether this is [`text_type`].
pub(crate) fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Dictionary(keys, values) if **keys == DataType::Int32 && **values == DataType::Utf8)
}

/// Text of any column, dictionary-encoded; `None` if the type has no text form.
pub(crate) fn as_text(array: &ArrayRef) -> Option<ArrayRef> {
    // Its type need not be compared: that takes longer.
    let known = array.as_dictionary_opt::<Int32Type>();
    if known.is_some_and(|known| known.values().as_string_opt::<i32>().is_some()) {
        return Some(array.clone());
    }
    let utf8 = cast(array, &DataType::Utf8).ok()?;
    cast(&utf8, &text_type()).ok()
}

/// Integers of any column; what is no integer becomes null.
pub(crate) fn as_int(array: &ArrayRef) -> Option<ArrayRef> {
    match array.data_type() {
        DataType::Int64 => Some(array.clone()),
        DataType::Dictionary(_, _) => cast(&cast(array, &DataType::Utf8).ok()?, &DataType::Int64).ok(),
        _ => cast(array, &DataType::Int64).ok(),
    }
}

/// Applies a text derivation to each distinct value.
pub(crate) fn map_text(array: &ArrayRef, how: Derive) -> Option<ArrayRef> {
    let text = as_text(array)?;
    let part = match how {
        Derive::Copy | Derive::Join(_) => return Some(text),
        Derive::User => |v: &str, _: &str| Some(v.rsplit('\\').next().unwrap_or(v).to_owned()),
        Derive::Domain => |v: &str, _: &str| v.rsplit_once('\\').map(|(domain, _)| domain.to_owned()),
        Derive::Said => |v: &str, _: &str| (!v.is_empty()).then(|| v.to_owned()),
        Derive::Address => {
            |v: &str, _: &str| Some(address(v).to_owned()).filter(|address| !address.is_empty())
        }
        Derive::HashPart(_) => hash_part,
    };
    let kind = if let Derive::HashPart(kind) = how { kind } else { "" };
    let dictionary = text.as_dictionary::<Int32Type>();
    let values = dictionary.values().as_string::<i32>();
    let mapped: Vec<Option<String>> = values.iter().map(|v| v.and_then(|v| part(v, kind))).collect();
    // A value that maps to nothing makes its rows null, by way of their keys.
    let keys: Int32Array = dictionary
        .keys()
        .iter()
        .map(|key| {
            key.filter(|k| usize::try_from(*k).is_ok_and(|k| mapped.get(k).is_some_and(Option::is_some)))
        })
        .collect();
    let values: StringArray = mapped.iter().map(|v| Some(v.as_deref().unwrap_or(""))).collect();
    DictionaryArray::<Int32Type>::try_new(keys, Arc::new(values)).ok().map(|a| Arc::new(a) as ArrayRef)
}

fn hash_part(hashes: &str, kind: &str) -> Option<String> {
    hashes.split(',').find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case(kind).then(|| value.trim().to_ascii_lowercase())
    })
}

/// The address in the first line that stands alone, in brackets, or before a port; one of IPv6 has more than one colon.
fn address(text: &str) -> &str {
    let text = text.split_once('\n').map_or(text, |(first, _)| first);
    if let Some((inside, _)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return inside;
    }
    match text.split_once(':') {
        Some((address, port)) if !port.contains(':') => address,
        _ => text,
    }
}

/// `before` and `after` put together, row by row; a row without `after` is null.
pub(crate) fn join(before: Option<&ArrayRef>, after: &ArrayRef) -> Option<ArrayRef> {
    let Some(before) = before else { return as_text(after) };
    let before = cast(before, &DataType::Utf8).ok()?;
    let after = cast(after, &DataType::Utf8).ok()?;
    let (before, after) = (before.as_string::<i32>(), after.as_string::<i32>());
    let joined: StringArray =
        before.iter().zip(after).map(|(b, a)| a.map(|a| format!("{}{a}", b.unwrap_or("")))).collect();
    cast(&joined, &text_type()).ok()
}

/// Rows of `first`, and where it is null those of `second`; both dictionary text or both integers.
pub(crate) fn coalesce(first: &ArrayRef, second: &ArrayRef) -> Option<ArrayRef> {
    if first.null_count() == 0 {
        return Some(first.clone());
    }
    let mask = arrow_array::BooleanArray::from_iter((0..first.len()).map(|i| Some(first.is_valid(i))));
    arrow_select::zip::zip(&mask, first, second).ok()
}
