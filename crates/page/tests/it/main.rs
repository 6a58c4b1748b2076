//! The page and its verifier: pages there and back, the test vectors in Rust and in a real browser, hostile input.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::type_complexity,
    unreachable_pub,
    missing_docs,
    reason = "a test"
)]

mod browser;
mod hostile;
mod make;
mod pages;
mod vectors;
