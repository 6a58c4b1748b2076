//! A trust policy.

#![no_main]

use onus_trust::Policy;

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = onus_fuzz::vectors("policies");
    let more: Vec<Vec<u8>> = onus_fuzz::own("authority")
        .iter()
        .map(|pem| {
            let pem = String::from_utf8_lossy(pem);
            format!("format = \"onus-policy/1\"\n[[time]]\nname = \"a\"\ncertificate = \"\"\"\n{pem}\"\"\"\n")
                .into_bytes()
        })
        .collect();
    seeds.extend(more);
    seeds
}

fn takes(data: &[u8]) -> bool {
    std::str::from_utf8(data).is_ok_and(|text| Policy::parse(text).is_ok())
}

libfuzzer_sys::fuzz_target!(init: onus_fuzz::start(seeds, takes), |data: &[u8]| {
    takes(data);
});
