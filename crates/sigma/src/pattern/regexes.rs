//! Regular expressions, bounded in size so that no rule can take the machine's memory.

use regex::{Regex, RegexBuilder};

use super::RegexPattern;

/// Bytes that a compiled expression may take.
const SIZE_LIMIT: usize = 4 << 20;
/// Bytes that the lazily built automaton of an expression may take.
const DFA_SIZE_LIMIT: usize = 2 << 20;
/// How deep groups may nest.
const NEST_LIMIT: u32 = 100;
/// Bytes that an expression's text may take.
const TEXT_LIMIT: usize = 64 << 10;

/// Compiles an expression; it matches anywhere in a value, and letter case counts unless the rule says not.
pub(crate) fn compile_regex(pattern: &RegexPattern) -> Result<Regex, String> {
    if pattern.text.len() > TEXT_LIMIT {
        return Err(format!("regular expression is longer than {TEXT_LIMIT} bytes"));
    }
    RegexBuilder::new(&pattern.text)
        .case_insensitive(pattern.ignore_case)
        .multi_line(pattern.multi_line)
        .dot_matches_new_line(pattern.dot_all)
        .size_limit(SIZE_LIMIT)
        .dfa_size_limit(DFA_SIZE_LIMIT)
        .nest_limit(NEST_LIMIT)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(limit) => {
                format!("regular expression is too big: over {limit} bytes when compiled")
            }
            regex::Error::Syntax(text) => {
                let last = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                format!("regular expression cannot be read: {last}")
            }
            other => format!("regular expression cannot be read: {other}"),
        })
}
