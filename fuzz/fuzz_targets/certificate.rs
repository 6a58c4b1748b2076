//! The certificate of a time-stamp authority, in PEM, and as DER in the PEM that it would have.

#![no_main]

use onus_timestamp::Authority;

fn seeds() -> Vec<Vec<u8>> {
    let pems = onus_fuzz::own("authority");
    let der: Vec<Vec<u8>> = pems.iter().map(|pem| pkcs8::der::pem::decode_vec(pem).expect("PEM").1).collect();
    [pems, der].concat()
}

fn takes(data: &[u8]) -> bool {
    let pem = match data.first() {
        Some(0x30) => pkcs8::der::pem::encode_string("CERTIFICATE", pkcs8::LineEnding::LF, data).ok(),
        _ => std::str::from_utf8(data).ok().map(str::to_owned),
    };
    pem.is_some_and(|pem| Authority::from_pem("a", &pem).is_ok())
}

libfuzzer_sys::fuzz_target!(init: onus_fuzz::start(seeds, takes), |data: &[u8]| {
    takes(data);
});
