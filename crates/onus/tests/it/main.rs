//! The real binary, run to its end on real and made evidence. One test program, since each links the whole query engine.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    unreachable_pub,
    reason = "a test"
)]

mod again;
mod claims;
mod cli;
mod common;
mod demo;
mod dossier;
mod early;
#[cfg(unix)]
mod full_disk;
mod hostile_rules;
mod intrusion;
mod joining;
mod joining_linux;
mod lacking;
mod mapping;
mod report;
mod room;
mod rule_commands;
mod rules;
mod statement;
mod statement_more;
mod statement_page;
