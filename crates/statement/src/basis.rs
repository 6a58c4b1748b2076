//! What an assertion rests on. (filled in later)
use serde::Serialize;

/// What was found of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// A claim shows it.
    Supported,
    /// A claim shows the contrary.
    Contradicted,
    /// Claims speak of the same matter and decide nothing.
    Touched,
    /// Nothing was shown.
    Baseless,
    /// No evidence decides demands, warnings and opinions.
    NotCheckable,
}

/// What an assertion rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Basis {
    /// What was found.
    pub standing: Standing,
    /// In a sentence.
    pub why: String,
    /// The claims that support, contradict or touch it.
    pub claims: Vec<String>,
    /// What would decide it.
    pub would_decide: Vec<String>,
}
