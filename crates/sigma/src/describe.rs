//! From a parsed document to what a rule says of itself.

use std::fmt::Write as _;
use std::sync::Arc;

use rsigma_parser::{CorrelationRule, SigmaRule};
use sha2::{Digest as _, Sha256};

use crate::rule::{Level, LogSource, RuleMeta};

/// Where a rule stands: its file, its document's text, and its number in that document, from 1.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) origin: &'a str,
    pub(crate) text: &'a str,
    pub(crate) number: usize,
}

/// What rules and correlations have in common.
macro_rules! common {
    ($rule:expr, $place:expr) => {{
        let digest = digest($place.text);
        RuleMeta {
            id: identity($rule.id.as_deref(), &digest, $place.number),
            name: $rule.name.clone(),
            title: $rule.title.clone(),
            level: $rule.level.map_or(Level::Informational, Level::from),
            status: $rule.status.map(Into::into),
            tags: $rule.tags.clone(),
            description: $rule.description.clone().unwrap_or_default().trim().to_owned(),
            origin: $place.origin.to_owned(),
            digest,
            text: Arc::from($place.text),
            logsource: LogSource::default(),
            falsepositives: $rule.falsepositives.clone(),
            author: $rule.author.clone().unwrap_or_default(),
            references: $rule.references.clone(),
            filters: Vec::new(),
            fields: Vec::new(),
            keywords: false,
        }
    }};
}

pub(crate) fn rule(place: Place<'_>, rule: &SigmaRule, fields: Vec<String>, keywords: bool) -> RuleMeta {
    RuleMeta { logsource: log_source(&rule.logsource), fields, keywords, ..common!(rule, place) }
}

pub(crate) fn correlation(place: Place<'_>, rule: &CorrelationRule) -> RuleMeta {
    common!(rule, place)
}

pub(crate) fn log_source(source: &rsigma_parser::LogSource) -> LogSource {
    LogSource {
        product: source.product.clone(),
        category: source.category.clone(),
        service: source.service.clone(),
    }
}

/// A rule without an id is known by its text. Only the documents of one file with `action:` share a text.
fn identity(id: Option<&str>, digest: &str, number: usize) -> String {
    match (id, number) {
        (Some(id), _) => id.to_owned(),
        (None, ..=1) => format!("sha256-{}", &digest[..32]),
        (None, _) => format!("sha256-{}-{number}", &digest[..32]),
    }
}

/// SHA-256, lower-case hexadecimal.
pub(crate) fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |mut out, byte| {
        let _infallible = write!(out, "{byte:02x}");
        out
    })
}
