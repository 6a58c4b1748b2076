//! Why a case could not be made or read.

use std::path::{Path, PathBuf};

use crate::investigate::UNFINISHED;

/// Every way in which work on a case can end early.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// Nothing to read at the given paths.
    #[error(transparent)]
    Input(#[from] onus_source::InputError),
    /// The folder for the case is there already.
    #[error("{0}: exists already; a case is never written over. Choose another folder with --out")]
    Exists(PathBuf),
    /// The making of the case ended early: a full disk, a stop.
    #[error("{0}: an unfinished case, as its making ended early. Delete the folder, and investigate again")]
    Unfinished(PathBuf),
    /// The folder is no case.
    #[error("{0}: no case folder (it has no case.toml). Make one with `onus investigate PATH --out CASE`")]
    NoCase(PathBuf),
    /// A case of another version.
    #[error(
        "{path}: a case of format {found}, and this program reads format {known}. Use a program of its version"
    )]
    Version {
        /// Where.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// None of the inputs is a log.
    #[error("no log in {paths}: {reason}. Give a folder, file or archive of EVTX, JSON, Zeek or W3C logs")]
    NoLog {
        /// What was to be read.
        paths: String,
        /// The first fault, if there was one.
        reason: String,
    },
    /// A folder of rules in which no rule can be used.
    #[error("{path}: no usable Sigma rule in it ({reason})")]
    NoRules {
        /// The folder or file given.
        path: PathBuf,
        /// The first problem, if there was one.
        reason: String,
    },
    /// An allow-list that cannot be used.
    #[error("{path}: {reason}. An entry is [[allow]] with reason, expires, and rule, value, host or account")]
    Allow {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A mapping file that cannot be used.
    #[error("{path}: {reason}. See docs/mapping.md for an example")]
    Mapping {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A decision about intrusions cannot be used.
    #[error("{path}: {reason}")]
    Decisions {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// What is to be explained is not there.
    #[error(
        "{0}: no such finding, claim, record or match in this case. Give F0001, C0001, a record's number, or RULE@RECORD"
    )]
    NothingToExplain(String),
    /// A file of placeholders that is none.
    #[error(
        "{path}: no table of placeholders ({reason}). Write a line for each: name = [\"value\", \"another\"]"
    )]
    Placeholders {
        /// The file.
        path: PathBuf,
        /// What the parser says.
        reason: String,
    },
    /// A rule that is asked for by name is not there.
    #[error("{rule}: {why}. `onus rules list` shows all rules")]
    NoRule {
        /// What was asked for.
        rule: String,
        /// Why there is none.
        why: String,
    },
    /// The file system refuses; a full disk is the commonest reason when writing.
    #[error("{path}: {source}")]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Events could not be stored.
    #[error("events cannot be stored: {0}. Is the disk full?")]
    Store(#[from] onus_event::StoreError),
    /// A table of the case could not be written.
    #[error("{path}: {source}. Is the disk full?")]
    Parquet {
        /// Which file.
        path: PathBuf,
        /// What the writer says.
        source: parquet::errors::ParquetError,
    },
    /// Columns do not fit together: a mistake in the program.
    #[error("events cannot be put in columns: {0}")]
    Arrow(#[from] arrow_schema::ArrowError),
    /// The case cannot be sealed, or is not.
    #[error(transparent)]
    Seal(#[from] crate::SealError),
    /// Its claims cannot be used.
    #[error(transparent)]
    Claims(#[from] crate::ClaimsError),
    /// A dossier cannot be made.
    #[error(transparent)]
    Disclose(#[from] crate::DiscloseError),
    /// A worker thread ended early: a mistake in the program.
    #[error("a worker thread ended early; please report it with the input that did it")]
    Worker,
    /// The question is no SQL, or asks for what is not there.
    #[error("{0}")]
    Sql(String),
}

impl CaseError {
    /// Why a folder without a readable manifest is none.
    pub(crate) fn no_case(folder: &Path) -> Self {
        let folder = folder.to_owned();
        if folder.join(UNFINISHED).exists() { Self::Unfinished(folder) } else { Self::NoCase(folder) }
    }
}
