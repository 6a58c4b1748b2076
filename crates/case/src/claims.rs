//! `claims/*.toml`, one file a claim, and `rules/<digest>.yml`, the texts that claims rest on: rules, and the values
//! of placeholders.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use onus_claim::{Claim, ClaimError};
use onus_proof::Digest;

use crate::CaseError;

const CLAIMS: &str = "claims";
const RULES: &str = "rules";
/// Bigger claim files are no claims.
const MAX_CLAIM_BYTES: u64 = 64 << 20;

/// Why the claims of a case cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ClaimsError {
    /// A file is no claim.
    #[error(transparent)]
    Claim(#[from] ClaimError),
    /// Two files, one id.
    #[error("{0} and {1} bear one id; give each claim its own")]
    Twice(PathBuf, PathBuf),
    /// Too big to be a claim.
    #[error("{0}: larger than 64 MiB, which no claim is")]
    TooLarge(PathBuf),
    /// There is none.
    #[error("{0}: the case holds no claim; write one as docs/spec/claim.md says, or investigate again")]
    None(PathBuf),
    /// Its records do not bear it out, or it speaks of all records.
    #[error("claim {id} {what}. Correct claims/{id}.toml or take it out of the folder")]
    Refused {
        /// The claim.
        id: String,
        /// Why.
        what: String,
    },
    /// The text of a rule is not there.
    #[error(
        "claim {claim}: the text of its rule, {path}, is not there or was changed: put the original there"
    )]
    Rule {
        /// The claim.
        claim: String,
        /// Where it should be.
        path: PathBuf,
    },
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> CaseError {
    let path = path.to_owned();
    move |source| CaseError::Io { path, source }
}

/// Reads all claims of a case, in the order of their ids. Files that do not end in `.toml` are left alone.
///
/// # Errors
/// [`ClaimsError`], with the file; also if there is no claim at all.
pub fn read_claims(case: &Path) -> Result<Vec<Claim>, CaseError> {
    let folder = case.join(CLAIMS);
    let mut claims: BTreeMap<String, (PathBuf, Claim)> = BTreeMap::new();
    let mut paths: Vec<PathBuf> = match fs::read_dir(&folder) {
        Ok(entries) => entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect(),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(e) => return Err(io(&folder)(e)),
    };
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    for path in paths {
        if fs::metadata(&path).map_err(io(&path))?.len() > MAX_CLAIM_BYTES {
            return Err(ClaimsError::TooLarge(path).into());
        }
        let text = fs::read_to_string(&path).map_err(io(&path))?;
        let claim = Claim::from_toml(&path.to_string_lossy(), &text).map_err(ClaimsError::from)?;
        if let Some((first, _)) = claims.get(&claim.id) {
            return Err(ClaimsError::Twice(first.clone(), path).into());
        }
        claims.insert(claim.id.clone(), (path, claim));
    }
    if claims.is_empty() {
        return Err(ClaimsError::None(folder).into());
    }
    Ok(claims.into_values().map(|(_, claim)| claim).collect())
}

/// Writes claims and the texts of the rules that they rest on, as they were given to the rule engine.
///
/// # Errors
/// If a file is there already or cannot be written, or if a claim has no form in TOML.
pub fn write_claims<'t>(
    case: &Path,
    claims: &[Claim],
    rules: impl IntoIterator<Item = &'t str>,
) -> Result<(), CaseError> {
    let write = |path: &Path, text: &str| {
        let mut file = fs::File::create_new(path).map_err(io(path))?;
        file.write_all(text.as_bytes()).map_err(io(path))
    };
    for folder in [CLAIMS, RULES] {
        fs::create_dir_all(case.join(folder)).map_err(io(&case.join(folder)))?;
    }
    let texts: BTreeMap<String, &str> =
        rules.into_iter().map(|text| (Digest::of(text.as_bytes()).to_hex(), text)).collect();
    for (digest, text) in texts {
        write(&rule_path(case, &digest), text)?;
    }
    for claim in claims {
        let text = claim.to_toml().map_err(ClaimsError::from)?;
        write(&case.join(CLAIMS).join(format!("{}.toml", claim.id)), &text)?;
    }
    Ok(())
}

/// The texts that claims rest on, by digest; each has the digest under which it is asked for.
pub(crate) fn read_rules(case: &Path, claims: &[Claim]) -> Result<BTreeMap<String, String>, CaseError> {
    let mut texts = BTreeMap::new();
    for claim in claims {
        for digest in claim.rests_on() {
            // A digest is hexadecimal; anything else must not become part of a path.
            let text = Digest::from_hex(digest).ok().and_then(|digest| {
                let text = fs::read_to_string(rule_path(case, &digest.to_hex())).ok()?;
                (Digest::of(text.as_bytes()) == digest).then_some(text)
            });
            let Some(text) = text else {
                let path =
                    rule_path(case, &digest.chars().filter(char::is_ascii_alphanumeric).collect::<String>());
                return Err(ClaimsError::Rule { claim: claim.id.clone(), path }.into());
            };
            texts.insert(digest.to_owned(), text);
        }
    }
    Ok(texts)
}

fn rule_path(case: &Path, digest: &str) -> PathBuf {
    case.join(RULES).join(format!("{digest}.yml"))
}
