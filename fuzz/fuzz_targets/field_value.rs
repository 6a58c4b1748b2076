//! The text of a field's value under the name of its type: one spelling each.

#![no_main]

use onus_proof::FieldValue;

fn seeds() -> Vec<Vec<u8>> {
    let values = ["null:", "bool:true", "int:-9223372036854775808", "uint:18446744073709551615", "text:a b"];
    let floats = [
        "5e-324",
        "1.7976931348623157e+308",
        "-0.0000036709",
        "NaN",
        "-Infinity",
        "1e+21",
        "295147905179352830000",
    ];
    let floats = floats.map(|float| format!("float:{float}"));
    values.map(String::from).into_iter().chain(floats).map(String::into_bytes).collect()
}

fn takes(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    let Some((kind, text)) = text.split_once(':') else { return false };
    let Ok(value) = FieldValue::parse(kind, text) else { return false };
    assert_eq!((value.type_name(), value.to_text().as_str()), (kind, text));
    true
}

libfuzzer_sys::fuzz_target!(init: onus_fuzz::start(seeds, takes), |data: &[u8]| {
    takes(data);
});
