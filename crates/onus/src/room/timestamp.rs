//! `onus timestamp`: a token of an authority over a checkpoint, by the network or by files carried to and fro.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use onus_case::tokens_folder;
use onus_proof::{Note, NoteTime};
use onus_timestamp::{TOKEN_BYTES, TokenProblem, check_answer, query, stated_time, token_of};

use super::{Failure, io, read, write_new};
use crate::http::Post;
use crate::{Exit, say};

/// How long an authority may take.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Args)]
pub(crate) struct TimestampArgs {
    /// A sealed case, or the file of a signed checkpoint.
    of: PathBuf,
    /// Ask this authority: http://HOST[:PORT]/PATH. For one under https use --query and --response.
    #[arg(long, value_name = "URL", group = "way")]
    tsa: Option<String>,
    /// Write the query to this file, to be carried to an authority.
    #[arg(long, value_name = "OUT", group = "way", required_unless_present_any = ["tsa", "response"])]
    query: Option<PathBuf>,
    /// Take the authority's answer from this file.
    #[arg(long, value_name = "IN", group = "way")]
    response: Option<PathBuf>,
    /// The token's file; beside the checkpoint if not given, and for a case in it, so that dossiers carry it.
    #[arg(long, short)]
    out: Option<PathBuf>,
}

pub(crate) fn run(args: &TimestampArgs, quiet: bool) -> Result<Exit, Failure> {
    let stamped = stamped(&args.of)?;
    if let Some(path) = &args.query {
        write_new(path, &query(stamped.as_bytes(), nonce()?))?;
        if !quiet {
            let url = "curl -H 'Content-Type: application/timestamp-query' --data-binary";
            say(&format!("Carry it to an authority: {url} @{} -o answer.tsr URL", path.display()));
        }
        return Ok(Exit::Done);
    }
    let (answer, nonce) = match (&args.tsa, &args.response) {
        (Some(url), _) => {
            let nonce = nonce()?;
            (post(url, &query(stamped.as_bytes(), nonce))?, Some(nonce))
        }
        (None, Some(path)) => (read(path, 2 * TOKEN_BYTES as u64)?, None),
        (None, None) => return Err(Failure::Said("give --tsa, --query or --response".to_owned())),
    };
    let refuse = |problem: TokenProblem| Failure::Said(format!("{} ({})", problem, problem.class()));
    let token = token_of(&answer).map_err(refuse)?;
    check_answer(token, stamped.as_bytes(), nonce).map_err(refuse)?;
    let time = NoteTime::from_unix(stated_time(token).map_err(refuse)?);
    let out = match &args.out {
        Some(path) => path.clone(),
        None => beside(&args.of, token)?,
    };
    write_new(&out, token)?;
    if !quiet {
        say(&format!("The token states {time}; it is {}", out.display()));
        say("Whether it holds is told by `onus verify --policy`, which names the authority's root");
    }
    Ok(Exit::Done)
}

/// The stamped bytes (docs/spec/time.md): the checkpoint with the sealing key's line, which is the first, alone.
fn stamped(of: &Path) -> Result<String, Failure> {
    let path = if of.is_dir() { of.join("tree").join("checkpoint") } else { of.to_owned() };
    let bytes = read(&path, onus_proof::NOTE_BYTES as u64)?;
    let text =
        String::from_utf8(bytes).map_err(|_| Failure::Said(format!("{}: no checkpoint", path.display())))?;
    let mut note = Note::parse(&text)?;
    onus_proof::Checkpoint::parse(&note.text)
        .map_err(|problem| Failure::Said(format!("{}: {problem}", path.display())))?;
    note.signatures.truncate(1);
    Ok(note.encode())
}

fn beside(of: &Path, token: &[u8]) -> Result<PathBuf, Failure> {
    if !of.is_dir() {
        return Ok(of.with_added_extension("tst"));
    }
    let folder = tokens_folder(of);
    std::fs::create_dir_all(&folder).map_err(io(&folder))?;
    let digest = onus_proof::Digest::of(token).to_hex();
    Ok(folder.join(format!("{}.tst", &digest[..16])))
}

fn nonce() -> Result<u64, Failure> {
    getrandom::u64().map_err(|e| Failure::Key(onus_keys::KeyError::Random(e)))
}

/// The authority's answer to a query.
fn post(url: &str, query: &[u8]) -> Result<Vec<u8>, Failure> {
    Post {
        url,
        instead: "for https use --query and --response",
        content_type: "application/timestamp-query",
        body: query,
        most: 4 * TOKEN_BYTES as u64,
        patience: PATIENCE,
    }
    .send()
}
