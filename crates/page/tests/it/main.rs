//! The page and its verifier: pages there and back, the test vectors in Rust and in a real browser, hostile input.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod browser;
mod hostile;
mod make;
mod pages;
mod vectors;
