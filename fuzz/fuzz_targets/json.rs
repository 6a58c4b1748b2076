//! JSON of any kind: what has a canonical spelling is read back as the same, with the same spelling.

#![no_main]

use serde_json::Value;

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = [onus_fuzz::vectors("good"), onus_fuzz::vectors("bad")].concat();
    seeds.retain(|seed| seed.len() < 3_000);
    seeds.push(
        r#"{"\ud83d\ude00":[-9007199254740991,null,true],"\uffff":"\u0000\u001f\b\f\"\\\u007f","a":{}}"#
            .into(),
    );
    seeds
}

fn takes(data: &[u8]) -> bool {
    let Ok(value) = serde_json::from_slice::<Value>(data) else { return false };
    let Ok(text) = onus_proof::canonical(&value) else { return false };
    let again: Value = serde_json::from_str(&text).expect("canonical JSON is JSON");
    assert_eq!(again, value);
    assert_eq!(onus_proof::canonical(&again).as_deref(), Ok(text.as_str()));
    true
}

libfuzzer_sys::fuzz_target!(init: onus_fuzz::start(seeds, takes), |data: &[u8]| {
    takes(data);
});
