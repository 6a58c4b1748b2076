//! The engine in several configurations: at its best for Windows events, as its manual's first example has it,
//! and so that only matching counts.

use std::path::Path;

use rsigma_eval::{Engine, LogSourceExtractor, resolve_builtin_pipeline};
use rsigma_parser::{LogSource, parse_sigma_directory};

use crate::Result;

/// How the engine is set up.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// With what the manual offers for Windows events: the built-in pipeline `sysmon`, which ties rules to event
    /// ids, and the log source `product: windows`, which leaves out rules of other products.
    Tuned,
    /// `Engine::new` and the rules: each is evaluated on each event, whatever its log source.
    Plain,
    /// As `Plain`, on events that also have the names that rules use: see `names`.
    Named,
}

impl Kind {
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "tuned" => Some(Self::Tuned),
            "plain" => Some(Self::Plain),
            "named" => Some(Self::Named),
            _ => None,
        }
    }
}

/// Rules that it cannot compile are left out; those loaded can be asked of it.
pub(crate) fn engine(kind: Kind, rules: &Path) -> Result<Engine> {
    let collection = parse_sigma_directory(rules)?;
    let mut engine = Engine::new();
    if kind == Kind::Tuned {
        engine.add_pipeline(resolve_builtin_pipeline("sysmon").ok_or("no pipeline of this name")??);
        let windows = LogSource { product: Some("windows".to_owned()), ..LogSource::default() };
        engine.set_logsource_extractor(Some(LogSourceExtractor::new().with_defaults(windows)));
    }
    engine.add_rules(&collection.rules);
    Ok(engine)
}
