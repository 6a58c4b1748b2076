//! What the peer finds, as its program prints it.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::Result;
use crate::measure::peer;

/// How the peer is set up.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// Without log sources, on events that have the names that rules use.
    Named,
    /// As its manual has it for Windows events.
    Tuned,
}

/// Where the peer found something: the byte at which a line begins; in EVTX the record's number in the file.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) file: &'a Path,
    pub(crate) number: u64,
}

/// Calls `see` for each match with its place and the rule's id; returns the ids of the rules loaded.
pub(crate) fn find(
    kind: Kind,
    input: &Path,
    rules: &Path,
    mut see: impl FnMut(Place<'_>, &str),
) -> Result<Vec<String>> {
    let kind = match kind {
        Kind::Named => "named",
        Kind::Tuned => "tuned",
    };
    let mut child = peer()?.args([kind, "matches"]).arg(input).arg(rules).stdout(Stdio::piped()).spawn()?;
    let output = child.stdout.take().ok_or("the peer has no output")?;
    let (mut loaded, mut files) = (Vec::new(), Vec::<PathBuf>::new());
    for line in BufReader::with_capacity(1 << 20, output).lines() {
        let line = line?;
        let mut parts = line.splitn(3, '\t');
        match (parts.next(), parts.next(), parts.next()) {
            (Some("rule"), _, Some(id)) => loaded.push(id.to_owned()),
            (Some("file"), _, Some(path)) => files.push(path.into()),
            (Some(file), Some(number), Some(rule)) => {
                let file = files.get(file.parse::<usize>()?).ok_or("a file that the peer did not name")?;
                let rule = loaded.get(rule.parse::<usize>()?).ok_or("a rule that the peer did not name")?;
                see(Place { file, number: number.parse()? }, rule);
            }
            _ => return Err(format!("the peer printed: {line}").into()),
        }
    }
    let status = child.wait()?;
    if status.success() { Ok(loaded) } else { Err(format!("the peer: {status}").into()) }
}
