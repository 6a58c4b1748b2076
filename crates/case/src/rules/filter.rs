//! Which of the rules to use: by level, status, tag and log source.

use onus_sigma::{Level, LogSource, RuleMeta};

/// A choice among rules; what is left empty does not choose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleFilter {
    /// Levels, any of which.
    pub levels: Vec<Level>,
    /// This level and graver ones.
    pub min_level: Option<Level>,
    /// Words for the status, any of which; `none` for rules that state none.
    pub statuses: Vec<String>,
    /// Tags, any of which; `attack.` may be left out, and `t1059` takes its sub-techniques along.
    pub tags: Vec<String>,
    /// Log sources, any of which: `product`, `category` or `service`, or several of them with `/` between.
    pub logsources: Vec<String>,
}

impl RuleFilter {
    /// Whether a rule is chosen.
    pub fn keeps(&self, rule: &RuleMeta) -> bool {
        let status = rule.status.map_or("none", |status| status.as_str());
        (self.levels.is_empty() || self.levels.contains(&rule.level))
            && self.min_level.is_none_or(|least| rule.level >= least)
            && any(&self.statuses, |wanted| wanted.eq_ignore_ascii_case(status))
            && any(&self.tags, |wanted| rule.tags.iter().any(|tag| is_tag(tag, wanted)))
            && any(&self.logsources, |wanted| is_source(&rule.logsource, wanted))
    }

    /// Whether every rule is chosen.
    pub fn keeps_all(&self) -> bool {
        *self == RuleFilter::default()
    }
}

fn any(wanted: &[String], holds: impl Fn(&str) -> bool) -> bool {
    wanted.is_empty() || wanted.iter().any(|wanted| holds(wanted))
}

fn is_tag(tag: &str, wanted: &str) -> bool {
    let (tag, wanted) = (tag.to_ascii_lowercase(), wanted.to_ascii_lowercase());
    let bare = |tag: &str| tag.strip_prefix("attack.").unwrap_or(tag).to_owned();
    let (tag, wanted) = (bare(&tag), bare(&wanted));
    tag == wanted || tag.strip_prefix(&wanted).is_some_and(|rest| rest.starts_with('.'))
}

fn is_source(source: &LogSource, wanted: &str) -> bool {
    let parts = [&source.product, &source.category, &source.service];
    let stated =
        |wanted: &str| parts.iter().any(|p| p.as_ref().is_some_and(|p| p.eq_ignore_ascii_case(wanted)));
    wanted.split('/').all(stated)
}

/// A log source as people write it: `windows/process_creation`.
pub fn source_text(source: &LogSource) -> String {
    let parts = [&source.product, &source.category, &source.service];
    let stated: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    if stated.is_empty() { "any".to_owned() } else { stated.join("/") }
}

#[cfg(test)]
mod tests {
    use super::{is_source, is_tag};
    use onus_sigma::LogSource;

    #[test]
    fn a_technique_takes_its_sub_techniques_along() {
        assert!(is_tag("attack.t1059.001", "T1059"));
        assert!(is_tag("attack.t1059.001", "attack.t1059.001"));
        assert!(!is_tag("attack.t1059.001", "t105"));
        assert!(!is_tag("attack.t1059", "t1059.001"));
    }

    #[test]
    fn a_log_source_is_named_by_any_of_its_parts() {
        let category = Some("process_creation".to_owned());
        let source = LogSource { product: Some("windows".to_owned()), category, service: None };
        assert!(is_source(&source, "windows") && is_source(&source, "windows/process_creation"));
        assert!(!is_source(&source, "linux/process_creation") && !is_source(&source, "sysmon"));
    }
}
