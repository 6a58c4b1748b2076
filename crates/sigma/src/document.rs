//! A rule file as text: its documents, and bounds on what the parser is given.

/// A YAML document in a file.
pub(crate) struct Document<'a> {
    pub(crate) text: &'a str,
    /// The file's line on which the document's text begins, from 1.
    pub(crate) first_line: u32,
}

/// Splits a file at its `---` lines, so that one bad document does not cost the others. A file that uses
/// `action:` stays whole, since its documents depend on each other.
pub(crate) fn split(text: &str) -> Vec<Document<'_>> {
    if text.lines().any(|line| line.starts_with("action:")) {
        return vec![Document { text, first_line: 1 }];
    }
    let mut documents = Vec::new();
    let (mut start, mut first_line, mut at) = (0, 1, 0);
    for (number, line) in (1_u32..).zip(text.split_inclusive('\n')) {
        let marker = line.strip_prefix("---").is_some_and(|rest| rest.trim().is_empty());
        if marker {
            documents.push(Document { text: &text[start..at], first_line });
            (start, first_line) = (at + line.len(), number + 1);
        }
        at += line.len();
    }
    documents.push(Document { text: &text[start..], first_line });
    documents.retain(|d| {
        d.text.lines().any(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
    });
    documents
}

/// How deep a condition may nest.
const MAX_CONDITION_DEPTH: usize = 64;

/// How many brackets of YAML may be open at once, those in plain text counted too: the time that the YAML parser
/// takes grows with the square of it.
const MAX_BRACKETS: usize = 256;

/// Refuses conditions whose depth could exhaust the stack of a parser by recursion, and brackets that would keep
/// the YAML parser busy for hours. The YAML is read for it only where the raw text gives cause.
pub(crate) fn check_depth(text: &str) -> Result<(), String> {
    if depth(text, b"[{", b"]}") > MAX_BRACKETS {
        return Err(format!("more than {MAX_BRACKETS} brackets are open at once"));
    }
    let suspicious =
        paren_depth(text) > MAX_CONDITION_DEPTH || text.matches("not").count() > MAX_CONDITION_DEPTH;
    if !suspicious {
        return Ok(());
    }
    use yaml_serde::Value;
    for document in yaml_serde::Deserializer::from_str(text) {
        let Ok(value) = <Value as serde::Deserialize>::deserialize(document) else { return Ok(()) };
        let mut conditions = Vec::new();
        for section in ["detection", "filter"] {
            match value.get(section).and_then(|d| d.get("condition")) {
                Some(Value::String(text)) => conditions.push(text.as_str()),
                Some(Value::Sequence(list)) => conditions.extend(list.iter().filter_map(Value::as_str)),
                _ => {}
            }
        }
        if let Some(Value::String(text)) = value.get("correlation").and_then(|c| c.get("condition")) {
            conditions.push(text);
        }
        if conditions
            .iter()
            .any(|c| paren_depth(c) > MAX_CONDITION_DEPTH || negations(c) > MAX_CONDITION_DEPTH)
        {
            return Err(format!("the condition nests deeper than {MAX_CONDITION_DEPTH}"));
        }
    }
    Ok(())
}

fn paren_depth(text: &str) -> usize {
    depth(text, b"(", b")")
}

/// The most of the opening bytes that wait for a closing one at any place.
fn depth(text: &str, opening: &[u8], closing: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in text.bytes() {
        if opening.contains(&byte) {
            depth += 1;
        } else if closing.contains(&byte) {
            depth = depth.saturating_sub(1);
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// The longest run of `not`, with or without parentheses between.
fn negations(condition: &str) -> usize {
    let (mut run, mut longest) = (0, 0);
    for word in condition.split([' ', '\t', '\n', '(']).filter(|word| !word.is_empty()) {
        run = if word == "not" { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// Where a document says what it does.
const SECTIONS: [&str; 3] = ["detection", "correlation", "filter"];

/// The line, from 1, that holds `near`, searched from the section that says what the rule does; else its first.
pub(crate) fn line_of(document: &Document<'_>, near: &str) -> u32 {
    let lines = || (document.first_line..).zip(document.text.lines());
    let section = lines()
        .find(|(_, line)| SECTIONS.iter().any(|s| line.starts_with(s)))
        .map_or(document.first_line, |(n, _)| n);
    let found =
        (!near.is_empty()).then(|| lines().find(|(n, line)| *n >= section && line.contains(near))).flatten();
    found.map_or(section, |(number, _)| number)
}

/// The number after the first `line ` in a parser's message.
pub(crate) fn line_in(message: &str) -> Option<u32> {
    let rest = &message[message.find("line ")? + 5..];
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}
