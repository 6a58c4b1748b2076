//! A time-stamp token, or the answer in which it came: what holds says what its authority said.

#![no_main]

use std::collections::HashSet;
use std::sync::LazyLock;

use onus_timestamp::{Authority, VerifiedTime, check_answer, stated_time, token_of, verify};

/// What the tokens in `seeds/token` are over.
const STAMPED: &[u8] = b"log.example\n7\nroot\n\nsignature\n";

static AUTHORITIES: LazyLock<Vec<Authority>> = LazyLock::new(|| {
    let authority =
        |pem: &Vec<u8>| Authority::from_pem("a", std::str::from_utf8(pem).expect("PEM")).expect("a root");
    onus_fuzz::own("authority").iter().map(authority).collect()
});
static SAID: LazyLock<HashSet<(i64, Option<u64>)>> = LazyLock::new(|| {
    let tokens = onus_fuzz::own("token");
    let times = tokens.iter().filter_map(|answer| verify(token_of(answer).ok()?, STAMPED, &AUTHORITIES).ok());
    times.map(said).collect()
});

fn said(time: VerifiedTime) -> (i64, Option<u64>) {
    (time.unix(), time.accuracy_micros())
}

fn seeds() -> Vec<Vec<u8>> {
    let answers = onus_fuzz::own("token");
    let bare = answers.iter().filter_map(|answer| Some(token_of(answer).ok()?.to_vec()));
    let bare: Vec<Vec<u8>> = bare.collect();
    [answers, bare].concat()
}

fn takes(data: &[u8]) -> bool {
    let token = token_of(data);
    let bytes = token.unwrap_or(data);
    let _ = (stated_time(bytes), check_answer(bytes, STAMPED, Some(7)));
    let Ok(time) = verify(bytes, STAMPED, &AUTHORITIES) else { return false };
    assert!(SAID.contains(&said(time)), "a time that no authority stated");
    true
}

libfuzzer_sys::fuzz_target!(init: onus_fuzz::start(seeds, takes), |data: &[u8]| {
    takes(data);
});
