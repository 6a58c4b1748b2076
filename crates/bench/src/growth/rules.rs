//! Rule sets of any size: public rules drawn by lot, and beyond their number variants of them with other literals.

use std::fs;
use std::path::{Path, PathBuf};

use super::SEED;
use crate::Result;
use crate::shuffle::Lots;

/// The texts of all rule files, in an order drawn by lot.
pub(crate) struct Pool(Vec<String>);

impl Pool {
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let mut paths = Vec::new();
        find(folder, &mut paths)?;
        let mut lots = Lots(SEED);
        for last in (1..paths.len()).rev() {
            paths.swap(last, lots.below(last as u64 + 1) as usize);
        }
        let texts = paths.iter().map(fs::read_to_string).collect::<std::io::Result<Vec<_>>>()?;
        if texts.is_empty() { Err(format!("{}: no rule", folder.display()).into()) } else { Ok(Pool(texts)) }
    }

    /// Writes `count` rules, a file each.
    pub(crate) fn write(&self, count: usize, to: &Path) -> Result<()> {
        fs::create_dir_all(to)?;
        for number in 0..count {
            let text = variant(&self.0[number % self.0.len()], (number / self.0.len()) as u8);
            fs::write(to.join(format!("{number:06}.yml")), text)?;
        }
        Ok(())
    }
}

fn find(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    let mut entries: Vec<_> = fs::read_dir(folder)?.map(|e| Ok(e?.path())).collect::<std::io::Result<_>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            find(&path, paths)?;
        } else if path.extension().is_some_and(|e| e == "yml") {
            paths.push(path);
        }
    }
    Ok(())
}

/// The rule with another id and, in its detection, other letters in the words that stand in quotes: each moved on
/// `by` places in the alphabet. Variant 0 is the rule itself.
fn variant(text: &str, by: u8) -> String {
    let mut detection = false;
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if line.starts_with(|c: char| c.is_ascii_lowercase()) {
            detection = line.starts_with("detection:");
        }
        match line.strip_prefix("id: ") {
            Some(id) if by > 0 => out.push_str(&format!("id: {}", other_id(id, by))),
            _ if detection && by > 0 => out.push_str(&other_words(line, by)),
            _ => out.push_str(line),
        }
    }
    out
}

fn other_id(id: &str, by: u8) -> String {
    id.chars()
        .map(|c| c.to_digit(16).map_or(c, |d| char::from_digit((d + u32::from(by)) % 16, 16).unwrap_or(c)))
        .collect()
}

/// Words are runs of four letters and more: shorter ones may be escapes of a regular expression.
fn other_words(line: &str, by: u8) -> String {
    let mut quoted = false;
    let mut out = String::with_capacity(line.len());
    let mut word = String::new();
    for c in line.chars() {
        if c.is_ascii_alphabetic() && quoted {
            word.push(c);
            continue;
        }
        end_word(&mut word, by, &mut out);
        if c == '\'' {
            quoted = !quoted;
        }
        out.push(c);
    }
    end_word(&mut word, by, &mut out);
    out
}

fn end_word(word: &mut String, by: u8, out: &mut String) {
    let moved = |c: char| {
        let first = if c.is_ascii_lowercase() { b'a' } else { b'A' };
        char::from(first + (c as u8 - first + by) % 26)
    };
    if word.len() >= 4 {
        out.extend(word.chars().map(moved));
    } else {
        out.push_str(word);
    }
    word.clear();
}

#[cfg(test)]
mod tests {
    use super::variant;

    #[test]
    fn variants_differ_in_id_and_quoted_words_alone() {
        let rule = "title: 'Some Title'\nid: 0f-9\ndetection:\n    a:\n        Image|endswith: '\\Procdump.exe'\n    \
                    condition: a\nlevel: high\n";
        assert_eq!(variant(rule, 0), rule);
        let other = "title: 'Some Title'\nid: 21-b\ndetection:\n    a:\n        Image|endswith: '\\Rtqefwor.exe'\n    \
                     condition: a\nlevel: high\n";
        assert_eq!(variant(rule, 2), other);
    }
}
