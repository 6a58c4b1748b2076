//! The user's own log sources: a file that is read with the logs, and kept in the case as `mapping.toml`.

use std::fs;
use std::path::{Path, PathBuf};

use onus_event::Mappings;

use crate::CaseError;

/// A mapping file.
#[derive(Debug, Clone, Default)]
pub struct Mapping {
    /// What it says.
    pub mappings: Mappings,
    text: String,
}

impl Mapping {
    /// Reads a mapping file.
    ///
    /// # Errors
    /// If it cannot be read, or something in it is wrong.
    pub fn read(path: &Path) -> Result<Self, CaseError> {
        let text =
            fs::read_to_string(path).map_err(|source| CaseError::Io { path: path.to_owned(), source })?;
        let mappings =
            Mappings::parse(&text).map_err(|reason| CaseError::Mapping { path: path.to_owned(), reason })?;
        Ok(Mapping { mappings, text })
    }

    /// The mapping that a case was read with; an empty one if it had none.
    pub(crate) fn of_case(case: &Path) -> Result<Self, CaseError> {
        let path = path(case);
        if path.exists() { Self::read(&path) } else { Ok(Self::default()) }
    }

    pub(crate) fn write(&self, case: &Path) -> Result<(), CaseError> {
        if self.mappings.is_empty() {
            return Ok(());
        }
        let path = path(case);
        fs::write(&path, &self.text).map_err(|source| CaseError::Io { path, source })
    }
}

fn path(case: &Path) -> PathBuf {
    case.join("mapping.toml")
}
