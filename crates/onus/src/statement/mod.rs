//! `onus statement`: a public text as a ledger of who asserts what about whom, and what each assertion rests on.

mod earlier;
mod output;
mod page;
mod prices;
mod propose;
mod shown;
mod table;

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use onus_statement::{Document, LARGEST, Ledger, Shown, align, exchanges, read, weigh};

use crate::format::print;
use crate::room::Failure;
use crate::{Exit, say};
use output::{Answer, Statement};
use page::{StatementPart, statement_page};

/// Form of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// For people.
    Table,
    /// One object; of several texts one object with all of them, and with what answers what.
    Json,
    /// One line an assertion, with a header line.
    Csv,
}

#[derive(Debug, Args)]
pub(crate) struct StatementArgs {
    /// Texts: plain, HTML or Markdown; - is standard input. Several of one dispute are laid side by side.
    #[arg(required_unless_present = "series")]
    files: Vec<PathBuf>,
    /// Compare assertions with the claims of this case.
    #[arg(long, value_name = "CASE", conflicts_with = "dossier")]
    case: Option<PathBuf>,
    /// Compare assertions with the claims of this dossier, which is verified first; may be given more than once.
    #[arg(long, value_name = "FILE")]
    dossier: Vec<PathBuf>,
    /// Form of the ledger.
    #[arg(long, value_enum, default_value_t = Form::Table)]
    format: Form,
    /// Who speaks, where the whole text is one party's own statement.
    #[arg(long, value_name = "NAME")]
    speaker: Option<String>,
    /// Write the ledger beside the text into this page too; it must not exist.
    #[arg(long, value_name = "OUT.html")]
    page: Option<PathBuf>,
    /// A folder of earlier statements of the same speaker: how hostile this one is among them.
    #[arg(long, value_name = "DIR")]
    earlier: Option<PathBuf>,
    /// The text that the one given is a translation of: each line cites both.
    #[arg(long, value_name = "FILE")]
    original: Option<PathBuf>,
    #[command(flatten)]
    prices: prices::PriceArgs,
    /// Ask a language model of your own for further lines, which are marked and never counted: http://HOST[:PORT]/v1.
    #[arg(long, value_name = "URL")]
    propose_with: Option<String>,
    /// Name of the model.
    #[arg(long, value_name = "NAME", default_value = "default", requires = "propose_with")]
    model: String,
}

pub(crate) fn run(args: &StatementArgs, quiet: bool) -> Result<Exit, Failure> {
    let study = args.prices.study()?;
    // `--dossier A B`: what is a dossier by its content is none of the texts.
    let (more, files): (Vec<&PathBuf>, Vec<&PathBuf>) =
        args.files.iter().partition(|path| !args.dossier.is_empty() && shown::is_dossier(path));
    if files.is_empty() && study.is_none() {
        return Err(Failure::Said("no text is given: onus statement FILE --dossier DOSSIER".to_owned()));
    }
    let shown = shown(args, &more, quiet)?;
    let mut statements = Vec::new();
    for path in &files {
        match statement(path, args, &shown, quiet) {
            Ok(statement) => statements.push(statement),
            Err(failure) if files.len() > 1 => say(&format!("onus: {failure}")),
            Err(failure) => return Err(failure),
        }
    }
    if statements.is_empty() && !files.is_empty() {
        return Err(Failure::Said("none of the texts could be read".to_owned()));
    }
    let unread = files.len() - statements.len();
    let beside = (files.len() > 1).then(|| {
        let ledgers: Vec<&Ledger> = statements.iter().map(|one| &one.ledger).collect();
        exchanges(&ledgers)
    });
    let answer = Answer { statements, exchanges: beside, study };
    if let Some(path) = &args.page {
        write_page(path, &answer)?;
    }
    match args.format {
        Form::Table => print(&table::of(&answer))?,
        Form::Json => print(&answer.json()?)?,
        Form::Csv => answer.csv()?,
    }
    Ok(if unread > 0 { Exit::PartlyRead } else { Exit::Done })
}

/// The claims with which assertions are compared.
fn shown(args: &StatementArgs, more: &[&PathBuf], quiet: bool) -> Result<Vec<Shown>, Failure> {
    let mut all = match &args.case {
        Some(case) => shown::of_case(case, quiet)?,
        None => Vec::new(),
    };
    for path in args.dossier.iter().chain(more.iter().copied()) {
        all.extend(shown::of_dossier(path)?);
    }
    Ok(all)
}

fn statement(path: &Path, args: &StatementArgs, shown: &[Shown], quiet: bool) -> Result<Statement, Failure> {
    let document = document(path)?;
    let mut ledger = read(&document, &path.display().to_string(), args.speaker.as_deref());
    weigh(&mut ledger, shown);
    if let Some(original) = &args.original {
        beside_original(&mut ledger, &document, original, quiet)?;
    }
    let mut statement = Statement::new(document, ledger);
    if let Some(folder) = &args.earlier {
        statement.tone.earlier = Some(earlier::place(&statement, folder, path, args.speaker.as_deref())?);
    }
    if let Some(url) = &args.propose_with {
        statement.proposals = Some(propose::ask(url, &args.model, &statement.document, &statement.ledger)?);
    }
    Ok(statement)
}

fn beside_original(
    ledger: &mut Ledger,
    text: &Document,
    original: &Path,
    quiet: bool,
) -> Result<(), Failure> {
    let without = align(ledger, text, &document(original)?).map_err(|paragraphs| {
        Failure::Said(format!(
            "{}: one of both texts has {paragraphs} paragraphs, more than the {} that are aligned",
            original.display(),
            onus_statement::MOST_ALIGNED
        ))
    })?;
    if without > 0 && !quiet {
        say(&format!("{}: for {without} assertions it has no paragraph", original.display()));
    }
    Ok(())
}

/// Reads and parses one text.
fn document(path: &Path) -> Result<Document, Failure> {
    let io = |source| Failure::Io { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let most = LARGEST as u64 + 1;
    if path == Path::new("-") {
        std::io::stdin().lock().take(most).read_to_end(&mut bytes).map_err(io)?;
    } else {
        File::open(path).map_err(io)?.take(most).read_to_end(&mut bytes).map_err(io)?;
    }
    Document::read(&bytes, &path.to_string_lossy())
        .map_err(|problem| Failure::Said(format!("{}: {problem}", path.display())))
}

fn write_page(path: &Path, answer: &Answer) -> Result<(), Failure> {
    let parts: Vec<StatementPart<'_>> = answer.statements.iter().map(Statement::part).collect();
    let page = statement_page(&parts, answer.exchanges.as_ref(), env!("CARGO_PKG_VERSION"));
    let io = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::Exists { path: path.to_owned() },
        _ => Failure::Io { path: path.to_owned(), source },
    };
    File::create_new(path).and_then(|mut file| file.write_all(page.as_bytes())).map_err(io)
}
