//! Makes a dossier of a sealed case: the cited records with the fields that their claims need, and no more.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use onus_claim::{CitedRecord, Claim, Outcome, Rules, Rung, assess, needed_fields, recompute};
use onus_event::format_micros;
use onus_proof::{
    Checkpoint, Digest, DisclosedField, DisclosedRaw, Dossier, DossierError, DossierParts, DossierRecord,
    FieldRef, FieldValue, Hidden, MoreParts, RecordIndex, Rejection, Sealer, Sign, TrustPolicy,
    VerifiedDossier, VerifiedRecord, field_commitment, inclusion_proof, limits, raw_commitment,
};
use onus_source::{Chunk, Day, Fault, Fields, Item, Names, Parser, Place, Reader, Sink, SourceId};
use serde_json::{Value, json};

use crate::claims::{read_claims, read_rules};
use crate::places::{Row, Source, manifest, outermost, rows_of, sources};
use crate::redact::{Hiding, Redaction};
use crate::seal::{SealError, at, field_value, header, secret_path, tree_folder};
use crate::secret::Secret;
use crate::tree::SealedTree;
use crate::{Case, CaseError};

const NO_TIME: &str =
    "There is no independent time: when the case was sealed and the dossier made is its maker's word.";
const TOKENS: &str = "A time-stamp token shows that the checkpoint existed then. It cannot show that it did not exist before, nor when the events were: their times are those of the clocks that wrote them.";

/// What no dossier can show, in every dossier.
const LIMITS: [&str; 5] = [
    "Sealing shows that the records are unchanged since the seal. It cannot show that the logs were true before it.",
    "A dossier shows a part. It cannot show that nothing was left out, and claims nothing that would need that.",
    "Logs name accounts, addresses and programs. They cannot show who sat at the keyboard, or for whom.",
    NO_TIME,
    "The key is its maker's: compare the whole of it by another channel before believing whose it is.",
];

/// Why a dossier cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum DiscloseError {
    /// No claim of that id.
    #[error("there is no claim {0:?} in the case")]
    NoClaim(String),
    /// The claim does not follow from its records.
    #[error("claim {id} does not hold: {what}. Correct it or leave it out")]
    Differs {
        /// The claim.
        id: String,
        /// The difference.
        what: String,
    },
    /// The claim cannot be recomputed.
    #[error("claim {id} cannot be disclosed: {why}")]
    Unsupported {
        /// The claim.
        id: String,
        /// Why not.
        why: String,
    },
    /// A claim cites what is not in the case.
    #[error("claim {id} cites record {record}, and the case ends with record {last}")]
    NoRecord {
        /// The claim.
        id: String,
        /// The record.
        record: u64,
        /// The last record.
        last: u64,
    },
    /// More than a dossier may hold.
    #[error("the claims cite {0} records, and a dossier holds at most {max}: disclose fewer claims at once", max = limits::RECORDS)]
    TooMany(usize),
    /// A claim says in its own words or parameters what must be hidden.
    #[error("claim {id} names {value:?}, which is to be hidden. Leave the claim out, or do not hide that")]
    Names {
        /// The claim.
        id: String,
        /// What it names.
        value: String,
    },
    /// The scan of the finished file found what must not be in it.
    #[error(
        "{value:?}, which is to be hidden, stands elsewhere in the dossier: {place}. Hide that field as well"
    )]
    Leak {
        /// What was found.
        value: String,
        /// Where.
        place: String,
    },
    /// The file is there.
    #[error("{0}: exists already; a dossier is never written over")]
    Exists(PathBuf),
    /// The parts do not make a dossier.
    #[error(transparent)]
    Dossier(#[from] DossierError),
    /// A verifier would not take it.
    #[error("the dossier does not verify: {0}")]
    Rejected(#[from] Rejection),
}

/// What to disclose.
#[derive(Debug, Clone)]
pub struct DiscloseOptions {
    /// Ids of the claims; all if there is no list.
    pub claims: Option<Vec<String>>,
    /// The dossier's file, which must not exist; a page that verifies itself, if its name ends in `.html`.
    pub out: PathBuf,
    /// What to hide although claims need it.
    pub redaction: Redaction,
    /// Only look: no file is written.
    pub preview: bool,
    /// Folder from which relative paths of sources start; empty for the current one.
    pub from: PathBuf,
}

/// What was disclosed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosed {
    /// Claims, all recomputed.
    pub claims: usize,
    /// Records, all cited.
    pub records: usize,
    /// Fields shown.
    pub shown: usize,
    /// Fields of these records that stay hidden.
    pub hidden: usize,
    /// Bytes of the file.
    pub bytes: u64,
    /// SHA-256 of the dossier, which is that of the file unless it is a page.
    pub digest: Digest,
    /// The public key that a reader has to compare.
    pub vkey: String,
    /// Claims that cannot be recomputed from what is shown: id, and why.
    pub fallen: Vec<(String, String)>,
    /// Fields hidden by the redaction that a claim needs.
    pub redacted: usize,
    /// Time-stamp tokens in it.
    pub tokens: usize,
    /// Each record with the fields that are shown, for a preview.
    pub preview: Vec<(u64, Vec<(String, String)>)>,
}

/// Writes a dossier of claims, each recomputed first from what the dossier shows, and signs it with the key of the seal:
/// the `signer`, if that key does not lie in the case.
///
/// # Errors
/// [`DiscloseError`], [`SealError`], [`crate::ClaimsError`]; no file is left then.
pub fn disclose(
    case: &Path,
    options: &DiscloseOptions,
    signer: Option<&dyn Sign>,
) -> Result<Disclosed, CaseError> {
    let collected = manifest(case)?.day();
    if fs::symlink_metadata(&options.out).is_ok() {
        return Err(DiscloseError::Exists(options.out.clone()).into());
    }
    if !SealedTree::is_in(&tree_folder(case)) {
        return Err(SealError::NotSealed(case.to_owned()).into());
    }
    let secret = Secret::read(&secret_path(case))?;
    let signer = secret.signer(signer)?;
    let tree = SealedTree::open(&tree_folder(case), &secret)?;
    let claims = chosen(read_claims(case)?, options.claims.as_deref())?;
    let texts = read_rules(case, &claims)?;
    let cited = cited(&claims, tree.checkpoint.size)?;
    let known = Known { sources: sources(case)?, rows: rows_of(case, &cited)?, collected };
    let records = known.read(&options.from, &tree, &mut Sealer::new(&secret.case_secret()))?;

    let mut shown = shown_fields(&claims, &texts, &records)?;
    let mut hiding = Hiding::new(&options.redaction, records.values().map(|found| found.fields.as_slice()));
    let pseudonyms = redact(&mut shown, &records, &mut hiding);
    for claim in &claims {
        if let Some(value) = hiding.found_in(&claim.to_object().to_string()) {
            return Err(DiscloseError::Names { id: claim.id.clone(), value }.into());
        }
    }
    let sealer = Sealer::new(&secret.case_secret());
    let disclosed = records
        .iter()
        .map(|(record, found)| found.disclose(*record, &shown, &pseudonyms, &sealer, &tree, &known));
    let tokens = tokens_of(case)?;
    let more = MoreParts {
        known: crate::known::known(&Case::open(case)?, &known.sources)?,
        tokens,
        ..MoreParts::default()
    };
    let parts = DossierParts {
        case: tree.checkpoint.origin.clone(),
        created: now(),
        tool: format!("onus {}", env!("CARGO_PKG_VERSION")),
        checkpoint: tree.note.clone(),
        records: disclosed.collect::<Result<_, CaseError>>()?,
        claims: claims.iter().map(Claim::to_object).collect(),
        attachments: texts.into_values().collect(),
        limits: limit_sentences(!more.tokens.is_empty()),
        faults: faults(&known.sources),
    };
    let built = Dossier::build_with(parts, &more, signer);
    let file = built.map_err(DiscloseError::from)?.encode();
    let dossier =
        VerifiedDossier::verify(file.as_bytes(), &TrustPolicy::AnyKey).map_err(DiscloseError::from)?;
    scan(&dossier, &file, &hiding, &sealer, &records)?;
    let fallen: Vec<_> = assess(&dossier).into_iter().filter(|claim| claim.rung < Rung::Recomputed).collect();
    // Without a redaction every claim is recomputed from what is shown, or there is no dossier.
    if let Some(claim) = fallen.iter().find(|claim| pseudonyms.is_empty() || claim.rung == Rung::Baseless) {
        return Err(DiscloseError::Unsupported { id: claim.id.clone(), why: claim.why.clone() }.into());
    }
    let written = if is_page(&options.out) { onus_page::page(&file) } else { file };
    if !options.preview {
        write(&options.out, &written)?;
    }
    let all = dossier.records().values();
    Ok(Disclosed {
        claims: claims.len(),
        records: records.len(),
        shown: all.clone().map(|record| record.fields().count()).sum(),
        hidden: all.map(|record| record.hidden()).sum(),
        bytes: written.len() as u64,
        digest: dossier.digest(),
        vkey: dossier.vkey(),
        fallen: fallen.into_iter().map(|claim| (claim.id, claim.why)).collect(),
        redacted: pseudonyms.len(),
        tokens: more.tokens.len(),
        preview: dossier.records().values().map(preview).collect(),
    })
}

fn preview(record: &VerifiedRecord) -> (u64, Vec<(String, String)>) {
    let fields = record.fields().map(|(name, value)| (name.to_owned(), value.to_text()));
    (record.index().0, fields.collect())
}

/// Time-stamp tokens that were put into the case.
fn tokens_of(case: &Path) -> Result<Vec<Vec<u8>>, CaseError> {
    let folder = tokens_folder(case);
    let Ok(entries) = fs::read_dir(&folder) else { return Ok(Vec::new()) };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    let read = paths.into_iter().take(limits::TOKENS);
    read.map(|path| fs::read(&path).map_err(|source| CaseError::Io { path, source })).collect()
}

/// Whether a dossier's file is a page, by its name.
fn is_page(path: &Path) -> bool {
    path.extension().is_some_and(|end| end.eq_ignore_ascii_case("html") || end.eq_ignore_ascii_case("htm"))
}

/// Where the time-stamp tokens over the checkpoint of a case lie, one a file, DER.
#[must_use]
pub fn tokens_folder(case: &Path) -> PathBuf {
    tree_folder(case).join("tokens")
}

type Pseudonyms = BTreeMap<(u64, String), String>;

/// Takes out of what is shown what must be hidden; gives the pseudonyms of these fields.
fn redact(shown: &mut Shown, records: &BTreeMap<u64, Found>, hiding: &mut Hiding) -> Pseudonyms {
    let mut pseudonyms = Pseudonyms::new();
    for (record, names) in shown {
        let Some(found) = records.get(record) else { continue };
        for (name, value) in &found.fields {
            if names.contains(name)
                && let Some(pseudonym) = hiding.hide(name, value)
            {
                names.remove(name);
                pseudonyms.insert((*record, name.clone()), pseudonym);
            }
        }
    }
    pseudonyms
}

/// Searches the finished file for what must not be in it: the values that are to be hidden, and the salts of all
/// that is hidden.
fn scan(
    dossier: &VerifiedDossier,
    file: &str,
    hiding: &Hiding,
    sealer: &Sealer,
    records: &BTreeMap<u64, Found>,
) -> Result<(), DiscloseError> {
    for (index, record) in dossier.records() {
        for (name, value) in record.fields() {
            if let Some(value) = hiding.found_in(&value.to_text()).or_else(|| hiding.found_in(name)) {
                return Err(DiscloseError::Leak { value, place: format!("record {}, {name}", index.0) });
            }
        }
    }
    let known = dossier.known().iter().map(|known| known.text.as_str());
    let around = known.chain([dossier.case()]).find_map(|text| hiding.found_in(text));
    if let Some(value) = around {
        return Err(DiscloseError::Leak { value, place: "what stands around the records".to_owned() });
    }
    for text in dossier.attachments().values() {
        if let Some(value) = hiding.found_in(text) {
            return Err(DiscloseError::Leak { value, place: "the text of a rule".to_owned() });
        }
    }
    // Every run of hexadecimal digits that could be a salt, against the salts of hidden fields.
    let runs: BTreeSet<&str> =
        file.split(|c: char| !c.is_ascii_hexdigit()).filter(|run| run.len() == 32).collect();
    for (record, found) in records {
        let index = RecordIndex(*record);
        let open: BTreeSet<&str> = dossier
            .records()
            .get(&index)
            .map(|r| r.fields().map(|(name, _)| name).collect())
            .unwrap_or_default();
        let hidden = found.fields.iter().filter(|(name, _)| !open.contains(name.as_str()));
        let salts = hidden.map(|(name, _)| sealer.field_salt(index, name)).chain([sealer.raw_salt(index)]);
        if salts.map(|salt| salt.to_hex()).any(|salt| runs.contains(salt.as_str())) {
            let place = format!("record {record}");
            return Err(DiscloseError::Leak { value: "the salt of a hidden field".to_owned(), place });
        }
    }
    Ok(())
}

/// The fields of a record.
pub type WholeRecord = Vec<(String, FieldValue)>;

/// Every field of records of a sealed case, each held against its leaf, with the checkpoint that they lead to.
///
/// # Errors
/// [`SealError`], and whatever keeps the case from being read.
pub fn whole_records(
    case: &Path,
    from: &Path,
    wanted: &[u64],
) -> Result<(Checkpoint, BTreeMap<u64, WholeRecord>), CaseError> {
    let collected = manifest(case)?.day();
    if !SealedTree::is_in(&tree_folder(case)) {
        return Err(SealError::NotSealed(case.to_owned()).into());
    }
    let secret = Secret::read(&secret_path(case))?;
    let tree = SealedTree::open(&tree_folder(case), &secret)?;
    let inside: Vec<u64> = wanted.iter().copied().filter(|record| *record < tree.checkpoint.size).collect();
    let known = Known { sources: sources(case)?, rows: rows_of(case, &inside)?, collected };
    let records = known.read(from, &tree, &mut Sealer::new(&secret.case_secret()))?;
    Ok((tree.checkpoint, records.into_iter().map(|(record, found)| (record, found.fields)).collect()))
}

/// What the dossier cannot show; with tokens, what these do not.
fn limit_sentences(tokens: bool) -> Vec<String> {
    let sentence =
        |limit: &str| if tokens && limit == NO_TIME { TOKENS.to_owned() } else { limit.to_owned() };
    LIMITS.map(sentence).to_vec()
}

fn chosen(all: Vec<Claim>, wanted: Option<&[String]>) -> Result<Vec<Claim>, DiscloseError> {
    let Some(wanted) = wanted else { return Ok(all) };
    if let Some(absent) = wanted.iter().find(|id| all.iter().all(|claim| claim.id != **id)) {
        return Err(DiscloseError::NoClaim(absent.clone()));
    }
    Ok(all.into_iter().filter(|claim| wanted.contains(&claim.id)).collect())
}

/// The cited records in ascending order, each once.
fn cited(claims: &[Claim], size: u64) -> Result<Vec<u64>, DiscloseError> {
    let mut all = BTreeSet::new();
    for claim in claims {
        if let Some(record) = claim.cites.iter().find(|record| **record >= size) {
            let last = size.saturating_sub(1);
            return Err(DiscloseError::NoRecord { id: claim.id.clone(), record: *record, last });
        }
        all.extend(claim.cites.iter().copied());
    }
    if all.len() > limits::RECORDS {
        return Err(DiscloseError::TooMany(all.len()));
    }
    Ok(all.into_iter().collect())
}

type Shown = BTreeMap<u64, BTreeSet<String>>;

/// By record, the fields that its claims need; refuses a claim that does not hold for the whole records.
fn shown_fields(
    claims: &[Claim],
    texts: &BTreeMap<String, String>,
    records: &BTreeMap<u64, Found>,
) -> Result<Shown, DiscloseError> {
    let rules = Rules::new(texts.iter().map(|(digest, text)| (digest.clone(), text.as_str())));
    let whole: BTreeMap<u64, CitedRecord<'_>> =
        records.iter().map(|(record, found)| (*record, CitedRecord::whole(*record, &found.fields))).collect();
    let mut shown = Shown::new();
    for claim in claims {
        let id = claim.id.clone();
        if let Some(why) = claim.speaks_of_all() {
            return Err(DiscloseError::Unsupported { id, why });
        }
        match recompute(claim, &whole, &rules) {
            Outcome::Holds => {}
            Outcome::Differs { what } => return Err(DiscloseError::Differs { id, what }),
            Outcome::Unsupported { why } => return Err(DiscloseError::Unsupported { id, why }),
            Outcome::NeedsHidden { fields } => {
                let why = format!("a record lacks {}", fields.join(", "));
                return Err(DiscloseError::Unsupported { id, why });
            }
        }
        for record in claim.cites.iter().filter_map(|record| whole.get(record)) {
            shown.entry(record.record).or_default().extend(needed_fields(claim, record, &rules));
        }
    }
    Ok(shown)
}

/// Where the cited records lie.
struct Known {
    sources: Vec<Source>,
    rows: Vec<Row>,
    collected: Option<Day>,
}

/// A record as it was found again.
struct Found {
    row: Row,
    fields: Vec<(String, FieldValue)>,
    raw: Vec<u8>,
}

impl Known {
    fn source(&self, source: SourceId) -> Result<&Source, CaseError> {
        self.sources.get(source as usize).ok_or(CaseError::Worker)
    }

    /// Reads the cited records again, each file until its last one; each must be what was sealed.
    fn read(
        &self,
        from: &Path,
        tree: &SealedTree,
        sealer: &mut Sealer,
    ) -> Result<BTreeMap<u64, Found>, CaseError> {
        let mut by_file: BTreeMap<SourceId, Vec<Row>> = BTreeMap::new();
        for row in &self.rows {
            by_file.entry(outermost(&self.sources, row.source)).or_default().push(*row);
        }
        let mut all = BTreeMap::new();
        for (file, rows) in by_file {
            let source = self.source(file)?;
            let input = source.input(from);
            if fs::File::open(&input.path).is_err() {
                return Err(SealError::Gone(input.path).into());
            }
            let mut picker = Picker {
                wanted: rows,
                found: Vec::new(),
                parser: Parser::of_day(self.collected),
                first: file,
            };
            let mut emit = |item| picker.take(item);
            // That it stopped early only says that all were found.
            let _ = Reader::new(&mut emit, Arc::default()).read(&input);
            if !picker.wanted.is_empty() {
                return Err(SealError::Changed(source.path.clone()).into());
            }
            for found in picker.found {
                self.check(&found, tree, sealer)?;
                all.insert(found.row.record, found);
            }
        }
        Ok(all)
    }

    fn check(&self, found: &Found, tree: &SealedTree, sealer: &mut Sealer) -> Result<(), CaseError> {
        let source = self.source(found.row.source)?;
        let fields: Vec<_> = found.fields.iter().map(|(name, value)| FieldRef { name, value }).collect();
        let index = RecordIndex(found.row.record);
        let leaf = sealer.leaf_hash(index, &header(source, &found.row), &fields, &found.raw);
        if tree.read(0, index.0) == Some(leaf.map_err(SealError::from)?) {
            Ok(())
        } else {
            Err(SealError::Changed(source.path.clone()).into())
        }
    }
}

/// Picks wanted records out of the chunks of one file.
struct Picker {
    wanted: Vec<Row>,
    found: Vec<Found>,
    parser: Parser,
    /// Number of the file in the case; a reader counts from 0.
    first: SourceId,
}

impl Picker {
    /// Whether to read on.
    fn take(&mut self, item: Item) -> bool {
        if let Item::Chunk(chunk) = item {
            let end = chunk.offset + chunk.data.len() as u64;
            let source = chunk.source + self.first;
            let inside = |row: &Row| row.source == source && (chunk.offset..end).contains(&row.offset);
            if self.wanted.iter().any(inside) {
                let Self { wanted, found, parser, .. } = self;
                parser.parse(&chunk, &mut Pick { source, chunk: &chunk, wanted, found });
            }
        }
        !self.wanted.is_empty()
    }
}

struct Pick<'a> {
    source: SourceId,
    chunk: &'a Chunk,
    wanted: &'a mut Vec<Row>,
    found: &'a mut Vec<Found>,
}

impl Sink for Pick<'_> {
    fn record(&mut self, place: Place, fields: &Fields, names: &mut Names) {
        // Rows are in order, so what is wanted next mostly stands first.
        let wanted = self.wanted.iter().position(|row| row.source == self.source && at(row, place));
        let Some(wanted) = wanted else { return };
        let fields = fields.iter().map(|(name, value)| (names.get(name).to_owned(), field_value(value)));
        let raw = self.chunk.raw(place).to_vec();
        self.found.push(Found { row: self.wanted.remove(wanted), fields: fields.collect(), raw });
    }

    fn fault(&mut self, _: Fault) {}
}

impl Found {
    fn disclose(
        &self,
        record: u64,
        shown: &Shown,
        pseudonyms: &Pseudonyms,
        sealer: &Sealer,
        tree: &SealedTree,
        known: &Known,
    ) -> Result<DossierRecord, CaseError> {
        let index = RecordIndex(record);
        let show = |name: &str| shown.get(&record).is_some_and(|names| names.contains(name));
        let fields = self.fields.iter().map(|(name, value)| {
            let salt = sealer.field_salt(index, name);
            if show(name) {
                DisclosedField::Shown { name: name.clone(), value: value.clone(), salt }
            } else {
                let hidden = Hidden(field_commitment(&salt, name, value));
                match pseudonyms.get(&(record, name.clone())) {
                    Some(pseudonym) => DisclosedField::Pseudonym(hidden, pseudonym.clone()),
                    None => DisclosedField::Hidden(hidden),
                }
            }
        });
        let source = known.source(self.row.source)?;
        let header = header(source, &self.row);
        let path = inclusion_proof(record, tree.checkpoint.size, &|level, index| tree.read(level, index));
        Ok(DossierRecord {
            index,
            source: header.source,
            ordinal: header.ordinal,
            offset: header.offset,
            length: header.length,
            format: header.format.to_owned(),
            fields: fields.collect(),
            raw: DisclosedRaw::Hidden(Hidden(raw_commitment(&sealer.raw_salt(index), &self.raw))),
            path: path.map_err(|_| SealError::Table(PathBuf::from("tree")))?,
        })
    }
}

/// How much could not be read, by format. Paths and reasons stay out: they may quote the logs.
fn faults(sources: &[Source]) -> Value {
    let mut formats: BTreeMap<&str, (u64, u64, u64)> = BTreeMap::new();
    for source in sources {
        let entry = formats.entry(&source.format).or_default();
        entry.0 += 1;
        entry.1 += u64::from(source.faults > 0);
        entry.2 += source.faults;
    }
    let rows = formats.into_iter().map(|(format, (sources, faulty, faults))| {
        json!({ "format": format, "sources": sources, "sources_with_faults": faulty, "faults": faults })
    });
    rows.collect()
}

fn now() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format_micros(i64::try_from(since.as_secs()).unwrap_or(0).saturating_mul(1_000_000))
}

fn write(path: &Path, text: &str) -> Result<(), CaseError> {
    let io = |source| CaseError::Io { path: path.to_owned(), source };
    let mut file = fs::File::create_new(path).map_err(io)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(|source| {
        // Half a dossier is of no use; what matters is why it is half.
        let _ = fs::remove_file(path);
        io(source)
    })
}
