//! Why evidence could not be written.

use std::path::PathBuf;

/// What stopped the generator; what was written until then stays.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A file of that name exists already: nothing is ever overwritten.
    #[error("{0} exists already; choose a folder that is new or empty")]
    Exists(PathBuf),
    /// The file system refused.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The truth could not be put into JSON.
    #[error("cannot write the truth as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl DemoError {
    /// Turns what the system said about `path` into the fitting variant.
    pub(crate) fn at(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> DemoError {
        let path = path.to_owned();
        move |source| match source.kind() {
            std::io::ErrorKind::AlreadyExists => DemoError::Exists(path),
            _ => DemoError::Write { path, source },
        }
    }
}
