//! Allow-lists: what is known to be harmless, with a reason and a day on which that ends. They are applied when
//! looking, never when reading: nothing is left out of the case, and an entry taken back brings everything back.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use onus_proof::Digest;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use toml::{Table, Value};

use crate::CaseError;

/// One thing that is known to be harmless. Of the conditions those that are stated must all hold; in texts `*`
/// stands for any characters and `?` for one, and letter case does not count.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AllowEntry {
    /// Id or title of the rule, or name of the analytic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The field whose value made the match, as the rule names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// A value that made the match, of that field or of any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The host as the event names it; for network logs its address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The account that the event names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Why it is harmless.
    pub reason: String,
    /// The last day (UTC, `YYYY-MM-DD`) on which the entry applies.
    pub expires: String,
}

/// The allow-list of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AllowList {
    /// Its entries, in the order of the file.
    #[serde(rename = "allow")]
    pub entries: Vec<AllowEntry>,
}

impl AllowEntry {
    /// A key that stays the same wherever the entry stands in the list.
    pub(crate) fn key(&self) -> String {
        let parts = [&self.rule, &self.field, &self.value, &self.host, &self.account];
        let text = format!("{parts:?} {:?} {:?}", self.reason, self.expires);
        Digest(Sha256::digest(text.as_bytes()).into()).to_hex()[..16].to_owned()
    }

    /// Whether the entry applies on a day.
    pub fn applies(&self, day: &str) -> bool {
        self.expires.as_str() >= day
    }

    fn covers(&self, seen: &Seen<'_>) -> bool {
        let fits = |wanted: &Option<String>, text: Option<&str>| {
            wanted.as_ref().is_none_or(|wanted| text.is_some_and(|text| is_like(wanted, text)))
        };
        let value_fits = |wanted: &String, (field, value): &(&str, &str)| {
            self.field.as_ref().is_none_or(|of| of.eq_ignore_ascii_case(field)) && is_like(wanted, value)
        };
        (fits(&self.rule, Some(seen.rule_id)) || fits(&self.rule, Some(seen.title)))
            && fits(&self.host, seen.host)
            && fits(&self.account, seen.account)
            && self
                .value
                .as_ref()
                .is_none_or(|wanted| seen.values.iter().any(|pair| value_fits(wanted, pair)))
    }

    /// What the entry asks for, in one line.
    pub fn conditions(&self) -> String {
        let parts = [
            ("rule", &self.rule),
            ("field", &self.field),
            ("value", &self.value),
            ("host", &self.host),
            ("account", &self.account),
        ];
        let stated = parts.iter().filter_map(|(name, value)| Some(format!("{name} {}", value.as_ref()?)));
        stated.collect::<Vec<_>>().join(", ")
    }

    /// # Errors
    /// What is missing or wrong, in words.
    pub fn check(&self) -> Result<(), String> {
        let none = [&self.rule, &self.value, &self.host, &self.account].iter().all(|part| part.is_none());
        if none {
            return Err("states none of rule, value, host and account".to_owned());
        }
        if self.field.is_some() && self.value.is_none() {
            return Err("states a field but no value; `*` stands for any".to_owned());
        }
        if self.reason.trim().is_empty() {
            return Err("states no reason".to_owned());
        }
        if !is_day(&self.expires) {
            return Err(format!("expires {:?} is no day; write it as 2027-01-31", self.expires));
        }
        Ok(())
    }
}

impl AllowList {
    /// The allow-list of a case; empty if it has none.
    ///
    /// # Errors
    /// If the file cannot be used.
    pub fn of_case(case: &Path) -> Result<Self, CaseError> {
        let path = allow_path(case);
        if path.exists() { Self::read(&path) } else { Ok(Self::default()) }
    }

    /// Reads a list from a TOML file: one `[[allow]]` an entry.
    ///
    /// # Errors
    /// If it cannot be read, or an entry lacks something.
    pub fn read(path: &Path) -> Result<Self, CaseError> {
        let text =
            fs::read_to_string(path).map_err(|source| CaseError::Io { path: path.to_owned(), source })?;
        Self::parse(&text).map_err(|reason| CaseError::Allow { path: path.to_owned(), reason })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let table: Table = text.parse().map_err(|e: toml::de::Error| one_line(&e.to_string()))?;
        let mut list = Self::default();
        for (name, value) in &table {
            let entries = value.as_array().filter(|_| name == "allow");
            let entries = entries.ok_or_else(|| format!("{name} is not [[allow]]"))?;
            for (number, entry) in entries.iter().enumerate() {
                let entry = entry_of(entry).map_err(|reason| format!("entry {}: {reason}", number + 1))?;
                list.entries.push(entry);
            }
        }
        Ok(list)
    }

    /// Writes the list into a case.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, case: &Path) -> Result<(), CaseError> {
        let path = allow_path(case);
        let text = toml::to_string(self).map_err(|e| CaseError::Sql(e.to_string()))?;
        fs::write(&path, text).map_err(|source| CaseError::Io { path, source })
    }

    /// The entries that apply on a day.
    pub(crate) fn active(&self, day: &str) -> AllowList {
        AllowList { entries: self.entries.iter().filter(|entry| entry.applies(day)).cloned().collect() }
    }

    /// The first entry that covers what was seen.
    pub(crate) fn covering(&self, seen: &Seen<'_>) -> Option<&AllowEntry> {
        self.entries.iter().find(|entry| entry.covers(seen))
    }
}

/// What a match or a finding has that an entry can ask for.
pub(crate) struct Seen<'a> {
    pub(crate) rule_id: &'a str,
    pub(crate) title: &'a str,
    pub(crate) host: Option<&'a str>,
    pub(crate) account: Option<&'a str>,
    /// (field, value) pairs that made the match.
    pub(crate) values: Vec<(&'a str, &'a str)>,
}

fn entry_of(value: &Value) -> Result<AllowEntry, String> {
    let table = value.as_table().ok_or("no table")?;
    let mut entry = AllowEntry::default();
    for (name, value) in table {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Datetime(day) => day.to_string(),
            _ => return Err(format!("{name} is no text")),
        };
        match name.as_str() {
            "rule" => entry.rule = Some(text),
            "field" => entry.field = Some(text),
            "value" => entry.value = Some(text),
            "host" => entry.host = Some(text),
            "account" => entry.account = Some(text),
            "reason" => entry.reason = text,
            "expires" => entry.expires = text,
            _ => return Err(format!("{name} is none of rule, field, value, host, account, reason, expires")),
        }
    }
    entry.check()?;
    Ok(entry)
}

fn one_line(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

pub(crate) fn allow_path(case: &Path) -> PathBuf {
    case.join("allow.toml")
}

/// Today in UTC, as `YYYY-MM-DD`.
pub fn today() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_micros());
    onus_event::format_micros(i64::try_from(now).unwrap_or(i64::MAX))[..10].to_owned()
}

fn is_day(text: &str) -> bool {
    let is_digits = |range: std::ops::Range<usize>| {
        text.get(range).is_some_and(|part| part.bytes().all(|b| b.is_ascii_digit()))
    };
    text.len() == 10
        && is_digits(0..4)
        && is_digits(5..7)
        && is_digits(8..10)
        && onus_event::parse_micros(&format!("{text}T00:00:00Z"))
            .is_some_and(|(micros, _)| onus_event::format_micros(micros).starts_with(text))
}

/// Whether a text is like a pattern with `*` and `?`, letter case aside.
fn is_like(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_lowercase(), text.to_lowercase());
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    // Where to go on after the last `*`, if what follows it does not fit here.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p + 1, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => (p, t) = (p + 1, t + 1),
            _ => match star {
                Some((after, from)) => {
                    star = Some((after, from + 1));
                    (p, t) = (after, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::{AllowList, Seen, is_like};

    const LIST: &str = "
[[allow]]
rule = 'Whoami*'
field = 'Image'
value = '*\\agent.exe'
host = 'WS-??'
reason = 'inventory'
expires = 2027-01-31
";

    #[test]
    fn an_entry_covers_what_fits_all_its_conditions() {
        let list = AllowList::parse(LIST).unwrap();
        let covers = |title, host, field, value| {
            let values = vec![("User", "x"), (field, value)];
            list.covering(&Seen { rule_id: "1", title, host: Some(host), account: None, values }).is_some()
        };
        assert!(covers("Whoami Run", "ws-01", "image", "C:\\Agent.EXE"));
        assert!(!covers("Other", "ws-01", "Image", "C:\\agent.exe"));
        assert!(!covers("Whoami Run", "ws-001", "Image", "C:\\agent.exe"));
        assert!(!covers("Whoami Run", "ws-01", "ParentImage", "C:\\agent.exe"));
        assert!(!covers("Whoami Run", "ws-01", "Image", "C:\\agent.exe.txt"));
        assert!(list.entries[0].applies("2027-01-31") && !list.entries[0].applies("2027-02-01"));
        assert_eq!(AllowList::parse(&toml::to_string(&list).unwrap()).unwrap(), list);
    }

    #[test]
    fn an_entry_without_reason_or_day_is_refused() {
        for (from, to, word) in [
            ("reason = 'inventory'\n", "", "entry 1: states no reason"),
            ("expires = 2027-01-31\n", "", "is no day"),
            ("2027-01-31", "2027-02-30", ""),
            ("value", "valeu", "valeu is none of"),
        ] {
            let error = AllowList::parse(&LIST.replace(from, to)).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
        let all = "[[allow]]\nreason = 'x'\nexpires = 2027-01-31\n";
        assert!(AllowList::parse(all).unwrap_err().contains("states none of rule"));
    }

    #[test]
    fn wildcards_go_back_where_they_must() {
        assert!(is_like("a*bc*d", "aXbcYbcZd") && is_like("*", "") && is_like("Ä?", "äx"));
        assert!(!is_like("a*bc", "abcd") && !is_like("?", ""));
    }
}
