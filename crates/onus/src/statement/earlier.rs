//! A statement among earlier ones of the same speaker.

use std::fs;
use std::path::{Path, PathBuf};

use onus_statement::{Actor, Manner, place_among, read, tone};
use serde::Serialize;

use super::document;
use super::output::Statement;
use crate::room::Failure;
use crate::say;

/// Texts of a folder that are read.
const MOST: usize = 10_000;

/// Where a statement stands among earlier ones, and whose acts were compared.
#[derive(Debug, Serialize)]
pub(super) struct Among {
    /// Whose acts; nobody: all acts of the texts.
    pub(super) speaker: Option<String>,
    #[serde(flatten)]
    pub(super) place: onus_statement::Place,
}

impl Among {
    /// In a sentence.
    pub(super) fn says(&self) -> String {
        let who = self.speaker.as_deref().unwrap_or("all speakers");
        match (self.place.percentile, &self.place.refused) {
            (Some(percentile), _) => format!(
                "More hostile than {percentile:.0} % of {} earlier texts (acts of {who})",
                self.place.texts
            ),
            (None, why) => format!("No percentile: {}", why.as_deref().unwrap_or_default()),
        }
    }
}

/// Places a statement among the texts of a folder, each of which is read as a statement of the same speaker: the one
/// whom the user names, or who issued the statement that is set into this text.
pub(super) fn place(
    statement: &Statement,
    folder: &Path,
    own: &Path,
    speaker: Option<&str>,
) -> Result<Among, Failure> {
    let issuer = issuer(statement);
    let name = speaker.or(issuer.as_ref().map(|actor| actor.text.as_str()));
    let hostility = tone(&statement.document, &statement.ledger, issuer.as_ref()).hostility;
    let own = fs::canonicalize(own).ok();
    let mut earlier = Vec::new();
    for path in texts(folder)? {
        if own.is_some() && fs::canonicalize(&path).ok() == own {
            continue;
        }
        match document(&path) {
            Ok(text) => {
                let ledger = read(&text, &path.display().to_string(), name);
                earlier.extend(tone(&text, &ledger, issuer.as_ref()).hostility);
            }
            Err(failure) => say(&format!("onus: {failure}; it does not count")),
        }
    }
    Ok(Among { speaker: name.map(str::to_owned), place: place_among(hostility, &earlier) })
}

/// Who issued the text, or the statement in it.
fn issuer(statement: &Statement) -> Option<Actor> {
    let lines = statement.ledger.assertions.iter();
    let mut own = lines.filter(|line| line.voice.how == Manner::Statement);
    own.find_map(|line| {
        line.speaker_actor.clone().filter(|actor| Some(&actor.text) == line.voice.who.as_ref())
    })
}

fn texts(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let io = |source| Failure::Io { path: folder.to_owned(), source };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    files.truncate(MOST);
    Ok(files)
}
