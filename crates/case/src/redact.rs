//! What a dossier must not show: fields by name, values by pattern and by list. A value that holds what is hidden is
//! hidden as a whole, and the finished file is searched for all of it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use onus_proof::FieldValue;

/// Kinds of values that can be hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RedactPattern {
    /// Names of accounts.
    Users,
    /// Names of hosts.
    Hosts,
    /// Addresses that are not routed on the Internet.
    InternalAddresses,
    /// Mail addresses.
    Mail,
}

impl RedactPattern {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Users, Self::Hosts, Self::InternalAddresses, Self::Mail];

    /// Its word on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Hosts => "hosts",
            Self::InternalAddresses => "internal-addresses",
            Self::Mail => "mail",
        }
    }

    /// What its pseudonyms begin with.
    fn stem(self) -> &'static str {
        match self {
            Self::Users => "user",
            Self::Hosts => "host",
            Self::InternalAddresses => "address",
            Self::Mail => "mail",
        }
    }
}

/// What to hide although a claim may need it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Redaction {
    /// Fields by name, without regard to ASCII letter case.
    pub fields: Vec<String>,
    /// Kinds of values.
    pub patterns: Vec<RedactPattern>,
    /// Values; each at least 3 bytes long.
    pub list: Vec<String>,
}

/// Shorter values would be found everywhere.
const SHORTEST: usize = 3;
/// Ends of field names, in lower case and without separators, that hold the name of an account.
const USERS: [&str; 9] = [
    "username",
    "user",
    "accountname",
    "targetusername",
    "subjectusername",
    "sourceuser",
    "targetuser",
    "samaccountname",
    "logonaccount",
];
/// The same for hosts.
const HOSTS: [&str; 9] = [
    "computer",
    "computername",
    "hostname",
    "workstation",
    "workstationname",
    "host",
    "sourcehostname",
    "destinationhostname",
    "targetservername",
];

/// A redaction in use for the records of a dossier.
#[derive(Debug, Default)]
pub(crate) struct Hiding {
    fields: BTreeSet<String>,
    patterns: BTreeSet<RedactPattern>,
    /// Values in lower case, with the word that their pseudonyms begin with.
    values: BTreeMap<String, &'static str>,
    /// Pseudonym of each hidden value.
    given: BTreeMap<String, String>,
    /// Next number for each word.
    numbers: BTreeMap<&'static str, u32>,
    /// What was hidden and must not be in the file.
    hidden: BTreeSet<String>,
}

impl Hiding {
    /// Takes the values to hide from all records that will be in the dossier, so that each is hidden in all of them.
    pub(crate) fn new<'r>(
        redaction: &Redaction,
        records: impl Iterator<Item = &'r [(String, FieldValue)]>,
    ) -> Self {
        let mut hiding = Self {
            fields: redaction.fields.iter().map(|name| name.to_ascii_lowercase()).collect(),
            patterns: redaction.patterns.iter().copied().collect(),
            ..Self::default()
        };
        for value in &redaction.list {
            hiding.add(value, "value");
        }
        for (name, value) in records.flatten() {
            if hiding.fields.contains(&name.to_ascii_lowercase()) {
                hiding.add(&value.to_text(), "value");
                continue;
            }
            let FieldValue::Text(text) = value else { continue };
            if hiding.patterns.contains(&RedactPattern::Users) && ends_with(name, &USERS) {
                // Of DOMAIN\account and account@domain the account alone tells who.
                let account = text.rsplit('\\').next().unwrap_or(text);
                hiding.add(account.split('@').next().unwrap_or(account), "user");
            }
            if hiding.patterns.contains(&RedactPattern::Hosts) && ends_with(name, &HOSTS) {
                hiding.add(text, "host");
                hiding.add(text.split('.').next().unwrap_or(text), "host");
            }
        }
        hiding
    }

    fn add(&mut self, value: &str, stem: &'static str) {
        let value = value.trim().to_lowercase();
        if value.len() >= SHORTEST
            && !["system", "unknown", "localhost", "local service", "true", "false"].contains(&value.as_str())
        {
            self.values.entry(value).or_insert(stem);
        }
    }

    /// The pseudonym of a field that must be hidden; `None` if it may be shown.
    pub(crate) fn hide(&mut self, name: &str, value: &FieldValue) -> Option<String> {
        let text = value.to_text().to_lowercase();
        let by_name = self.fields.contains(&name.to_ascii_lowercase());
        let (stem, same) = self.reason(&text).or(by_name.then(|| ("value", text.clone())))?;
        if text.len() >= SHORTEST {
            self.hidden.insert(text);
        }
        if let Some(given) = self.given.get(&same) {
            return Some(given.clone());
        }
        let number = self.numbers.entry(stem).or_default();
        *number += 1;
        let pseudonym = format!("{stem}-{number}");
        self.given.insert(same, pseudonym.clone());
        Some(pseudonym)
    }

    /// Why a value must be hidden: what its pseudonym begins with, and what has the same pseudonym. `DOMAIN\\account`
    /// is the account; a longer text that only holds it is a value of its own.
    fn reason(&self, text: &str) -> Option<(&'static str, String)> {
        let name = text.rsplit('\\').next().unwrap_or(text);
        let exact = [text, name].into_iter().find_map(|part| self.values.get_key_value(part));
        if let Some((value, stem)) = exact {
            return Some((*stem, value.clone()));
        }
        let of_pattern = |pattern: RedactPattern, holds: fn(&str) -> bool| {
            let found = self.patterns.contains(&pattern) && words(text).any(holds);
            found.then(|| (if holds(text) { pattern.stem() } else { "value" }, text.to_owned()))
        };
        let listed = self.values.keys().any(|value| text.contains(value.as_str()));
        listed
            .then(|| ("value", text.to_owned()))
            .or_else(|| of_pattern(RedactPattern::InternalAddresses, is_internal))
            .or_else(|| of_pattern(RedactPattern::Mail, is_mail))
    }

    /// What of all that is hidden stands in `text`, in any letter case: the value and nothing around it.
    pub(crate) fn found_in(&self, text: &str) -> Option<String> {
        let text = text.to_lowercase();
        let hidden = self.hidden.iter().chain(self.values.keys());
        let found = hidden.clone().find(|value| {
            // As it stands in JSON.
            let spelt = serde_json::Value::from(value.as_str()).to_string();
            text.contains(spelt.trim_matches('"'))
        });
        let pattern = |wanted: RedactPattern, holds: &dyn Fn(&str) -> bool| {
            let mut words = words(&text).filter(|_| self.patterns.contains(&wanted));
            words.find(|word| holds(word)).map(str::to_owned)
        };
        found
            .cloned()
            .or_else(|| pattern(RedactPattern::InternalAddresses, &is_internal))
            .or_else(|| pattern(RedactPattern::Mail, &is_mail))
    }
}

/// Pieces that can be an address.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || ".:@-_%+".contains(c)))
        .map(|word| word.trim_matches(|c: char| ".:-_%+".contains(c) && c != ':'))
        .filter(|word| !word.is_empty())
}

fn is_internal(word: &str) -> bool {
    let bare = word.rsplit_once(':').map_or(word, |(address, port)| {
        // An address with a port behind it.
        if address.contains('.') && port.chars().all(|c| c.is_ascii_digit()) { address } else { word }
    });
    match bare.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_private() || address.is_link_local(),
        Ok(IpAddr::V6(address)) => address.is_unique_local() || address.is_unicast_link_local(),
        Err(_) => false,
    }
}

fn is_mail(word: &str) -> bool {
    word.split_once('@').is_some_and(|(user, domain)| {
        !user.is_empty() && domain.contains('.') && !domain.starts_with('.') && !domain.contains('@')
    })
}

fn ends_with(name: &str, known: &[&str]) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name).to_lowercase();
    let bare: String = name.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    let last: String = last.chars().filter(|c| c.is_alphanumeric()).collect();
    known.iter().any(|end| last == *end || bare == *end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(fields: &[(&str, &str)]) -> Vec<(String, FieldValue)> {
        fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), FieldValue::Text((*value).to_owned())))
            .collect()
    }

    fn hiding(patterns: &[RedactPattern], list: &[&str], records: &[Vec<(String, FieldValue)>]) -> Hiding {
        let list = list.iter().map(|value| (*value).to_owned()).collect();
        let redaction = Redaction { fields: vec!["Cwd".into()], patterns: patterns.to_vec(), list };
        Hiding::new(&redaction, records.iter().map(Vec::as_slice))
    }

    fn text(value: &str) -> FieldValue {
        FieldValue::Text(value.to_owned())
    }

    #[test]
    fn a_value_that_holds_an_account_is_hidden_and_keeps_its_pseudonym() {
        let records = [record(&[("TargetUserName", "HALVARD\\Erik"), ("Path", "C:\\Windows")])];
        let mut hiding = hiding(&[RedactPattern::Users], &[], &records);
        assert_eq!(hiding.hide("Path", &text("C:\\Users\\erik\\a.exe")).unwrap(), "value-1");
        assert_eq!(hiding.hide("User", &text("erik")).unwrap(), "user-1");
        assert_eq!(hiding.hide("Other", &text("HALVARD\\ERIK")).unwrap(), "user-1");
        assert_eq!(hiding.hide("Path", &text("C:\\Windows")), None);
        assert!(hiding.found_in("{\"a\":\"c:\\\\users\\\\ERIK\"}").is_some());
        assert!(hiding.found_in("nobody").is_none());
    }

    #[test]
    fn addresses_and_mail_are_found_inside_of_values() {
        use RedactPattern::{InternalAddresses, Mail};
        let mut hiding = hiding(&[InternalAddresses, Mail], &["Projekt"], &[]);
        for hidden in
            ["to 10.20.1.12:443 now", "fe80::1", "<erik@halvard.example>", "D:\\projekt-n", "172.16.0.9"]
        {
            assert!(hiding.hide("a", &text(hidden)).is_some(), "{hidden}");
        }
        for shown in ["198.51.100.61", "1.2.3", "a@b", "12:30:01", ""] {
            assert!(hiding.hide("a", &text(shown)).is_none(), "{shown}");
        }
        assert_eq!(hiding.hide("cwd", &text("x")).unwrap(), "value-3");
        assert_eq!(hiding.hide("b", &text("fe80::1")).unwrap(), "address-1");
    }
}
