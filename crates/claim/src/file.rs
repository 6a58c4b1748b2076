//! A claim as a TOML file that people read and edit.

use serde::{Deserialize, Serialize};

use crate::{Claim, Kind};

/// Why a claim file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// No TOML, a member missing or unknown, or a value of the wrong type.
    #[error("{file}{at}: {reason}", at = line.map(|line| format!(", line {line}")).unwrap_or_default())]
    Malformed {
        /// The file, as named by the caller.
        file: String,
        /// Line, from 1, where it is known.
        line: Option<usize>,
        /// What is wrong.
        reason: String,
    },
    /// An id that is no file name.
    #[error("{file}: the id {id:?} is not 1 to 64 letters, digits, '-' and '_'")]
    Id {
        /// The file.
        file: String,
        /// The id.
        id: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClaimFile {
    id: String,
    kind: String,
    #[serde(default)]
    sentence: Option<String>,
    cites: Vec<u64>,
    #[serde(default)]
    would_raise: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    intrusion: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    findings: Vec<String>,
    params: toml::Table,
}

impl Claim {
    /// Reads a claim; `file` names it in errors. A file without `sentence` gets the one that its kind gives.
    ///
    /// # Errors
    /// [`ClaimError`], for unknown kinds and members as well.
    pub fn from_toml(file: &str, text: &str) -> Result<Self, ClaimError> {
        let malformed = |line, reason: &str| {
            let reason = reason.lines().collect::<Vec<_>>().join(" ");
            ClaimError::Malformed { file: file.to_owned(), line, reason }
        };
        let read: ClaimFile = toml::from_str(text).map_err(|e| {
            let line = e.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            malformed(line, e.message())
        })?;
        let valid = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if read.id.is_empty() || read.id.len() > 64 || !read.id.chars().all(valid) {
            return Err(ClaimError::Id { file: file.to_owned(), id: read.id });
        }
        let mut tagged = toml::Table::new();
        tagged.insert("kind".to_owned(), read.kind.into());
        tagged.insert("params".to_owned(), read.params.into());
        let kind: Kind = tagged.try_into().map_err(|e: toml::de::Error| malformed(None, e.message()))?;
        let sentence = read.sentence.unwrap_or_else(|| kind.sentence(&read.cites));
        Ok(Self {
            id: read.id,
            kind,
            sentence,
            cites: read.cites,
            would_raise: read.would_raise,
            intrusion: read.intrusion,
            findings: read.findings,
        })
    }

    /// The claim as a file.
    ///
    /// # Errors
    /// If a number is above what TOML has (2^63 - 1).
    pub fn to_toml(&self) -> Result<String, ClaimError> {
        let malformed = |e: toml::ser::Error| ClaimError::Malformed {
            file: self.id.clone(),
            line: None,
            reason: e.to_string(),
        };
        let mut tagged = toml::Table::try_from(&self.kind).map_err(malformed)?;
        let params = match tagged.remove("params") {
            Some(toml::Value::Table(params)) => params,
            _ => toml::Table::new(),
        };
        let file = ClaimFile {
            id: self.id.clone(),
            kind: self.kind.name().to_owned(),
            sentence: Some(self.sentence.clone()),
            cites: self.cites.clone(),
            would_raise: self.would_raise.clone(),
            intrusion: self.intrusion.clone(),
            findings: self.findings.clone(),
            params,
        };
        toml::to_string(&file).map_err(malformed)
    }
}

#[cfg(test)]
mod tests {
    use crate::{BytesSent, Claim, Kind, Moment, RuleMatch, Sequence};

    fn claims() -> [Claim; 4] {
        let digest = "ab".repeat(32);
        let sent = |at_least| {
            Kind::BytesSent(BytesSent {
                from: "10.20.1.12".into(),
                to: "198.51.100.61".into(),
                at_least,
                from_time: Moment(1_488_784_530_000_000),
                to_time: Moment(1_488_788_130_500_000),
            })
        };
        let rule = RuleMatch {
            rule_id: "r-1".into(),
            rule_title: "Decode \"quoted\"".into(),
            rule_digest: digest,
            placeholders: None,
        };
        let order = Sequence { host: "HM-FILE01".into(), first: 3, then: 8 };
        [
            Claim::new("C0001", Kind::RuleMatch(rule), vec![0, 12], "a second sensor"),
            Claim::new("C0002", sent(4_100_000_000), vec![5], ""),
            Claim::new("C0003", sent(u64::MAX), vec![5], ""),
            Claim {
                intrusion: Some("I1".into()),
                findings: vec!["F0001".into(), "F0007".into()],
                ..Claim::new("C0004", Kind::Sequence(order), vec![3, 8], "x\ny")
            },
        ]
    }

    #[test]
    fn a_file_gives_back_the_claim() {
        for claim in claims() {
            let text = claim.to_toml().unwrap();
            assert_eq!(Claim::from_toml("f", &text), Ok(claim), "{text}");
        }
    }

    #[test]
    fn what_is_unknown_is_refused_with_file_and_reason() {
        let good = claims()[1].to_toml().unwrap();
        for (from, to, reason) in [
            ("kind = \"bytes_sent\"", "kind = \"bytes_lost\"", "unknown variant `bytes_lost`"),
            ("from =", "form =", "unknown field `form`"),
            ("cites =", "quotes =", "unknown field `quotes`"),
            ("id = \"C0002\"", "id = \"../x\"", "the id \"../x\""),
            ("2017-03-06T07:15:30Z", "2017-03-06T07:15:30", "is no time"),
            ("at_least = 4100000000", "at_least = -1", "not a whole number"),
            ("at_least = 4100000000", "at_least = \"4100000000\"", "not a whole number"),
            ("[params]", "[params", "line 7"),
        ] {
            let text = good.replace(from, to);
            assert_ne!(text, good, "{from}");
            let said = Claim::from_toml("claims/C0002.toml", &text).unwrap_err().to_string();
            assert!(said.starts_with("claims/C0002.toml") && said.contains(reason), "{said}");
            assert_eq!(said.lines().count(), 1, "{said}");
        }
    }
}
