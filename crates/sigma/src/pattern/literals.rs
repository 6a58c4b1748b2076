//! The literals that every match of a regular expression must contain, so that one multi-pattern search
//! over a value tells which expressions are worth running on it.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

use super::{RegexPattern, fold};

/// Shorter literals are found in too many values to be of use.
const MIN_LEN: usize = 3;
/// More alternatives than this cost more than they save.
const MAX_ALTERNATIVES: usize = 64;

/// Folded literals, one of which is in the folded form of any value that matches; `None` where no such
/// set of useful size is found.
pub(crate) fn required_literals(pattern: &RegexPattern) -> Option<Vec<String>> {
    let hir = ParserBuilder::new()
        .case_insensitive(pattern.ignore_case)
        .multi_line(pattern.multi_line)
        .dot_matches_new_line(pattern.dot_all)
        .nest_limit(100)
        .build()
        .parse(&pattern.text)
        .ok()?;
    required(&hir)
}

fn required(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Capture(capture) => required(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => required(&repetition.sub),
        HirKind::Alternation(branches) => {
            let mut all = Vec::new();
            for branch in branches {
                all.extend(required(branch)?);
            }
            all.sort_unstable();
            all.dedup();
            (all.len() <= MAX_ALTERNATIVES).then_some(all)
        }
        HirKind::Concat(parts) => of_sequence(parts),
        HirKind::Literal(_) | HirKind::Class(_) => of_sequence(std::slice::from_ref(hir)),
        HirKind::Empty | HirKind::Look(_) | HirKind::Repetition(_) => None,
    }
}

/// The best set of a sequence: a run of adjacent literals, or what one of its parts requires.
fn of_sequence(parts: &[Hir]) -> Option<Vec<String>> {
    let mut best: Option<Vec<String>> = None;
    let mut run = String::new();
    for part in parts {
        if extend_run(part, &mut run) {
            continue;
        }
        consider(&mut best, vec![std::mem::take(&mut run)]);
        if !matches!(part.kind(), HirKind::Literal(_) | HirKind::Class(_))
            && let Some(inner) = required(part)
        {
            consider(&mut best, inner);
        }
    }
    consider(&mut best, vec![run]);
    best
}

/// Adds to the run what is one text in folded form: a literal, or a class of one letter's cases.
fn extend_run(part: &Hir, run: &mut String) -> bool {
    match part.kind() {
        HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
            Ok(text) => run.push_str(&fold(text)),
            Err(_) => return false,
        },
        HirKind::Class(Class::Unicode(class)) => {
            let count: u32 =
                class.ranges().iter().map(|r| u32::from(r.end()) - u32::from(r.start()) + 1).sum();
            if count > 4 {
                return false;
            }
            let mut folded: Vec<String> = class
                .ranges()
                .iter()
                .flat_map(|r| r.start()..=r.end())
                .map(|c| fold(&c.to_string()))
                .collect();
            folded.dedup();
            match folded.as_slice() {
                [one] => run.push_str(one),
                _ => return false,
            }
        }
        HirKind::Capture(capture) => return extend_run(&capture.sub, run),
        // An assertion takes no text, so what is before it and after it are adjacent.
        HirKind::Look(_) | HirKind::Empty => {}
        _ => return false,
    }
    true
}

fn consider(best: &mut Option<Vec<String>>, candidate: Vec<String>) {
    let shortest = |set: &[String]| set.iter().map(String::len).min().unwrap_or(0);
    let len = shortest(&candidate);
    if len >= MIN_LEN && best.as_ref().is_none_or(|have| shortest(have) < len) {
        *best = Some(candidate);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_must_be_there() {
        for (text, ignore_case, expected) in [
            (r"\\\\[a-z]+\.exe$", false, Some(vec![".exe"])),
            (r"(?i)PowerShell\s+-enc", false, Some(vec!["powershell"])),
            (r"Invoke-(Expression|Command)", true, Some(vec!["invoke-"])),
            (r"(foobar|quux)\d", false, Some(vec!["foobar", "quux"])),
            (r"(foobar|\d+)", false, None),
            (r"(foobar)?x", false, None),
            (r"^\d{3}-\w+$", false, None),
            (r"abc|", false, None),
            (r"sSs", true, Some(vec!["sss"])),
        ] {
            let pattern = RegexPattern { text: text.into(), ignore_case, multi_line: false, dot_all: false };
            let expected = expected.map(|e| e.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(required_literals(&pattern), expected, "{text}");
        }
    }
}
