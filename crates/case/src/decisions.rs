//! `intrusions.toml`: what an analyst decided about intrusions. It names findings by what stays the same between runs,
//! the rule, the host and the first record, so that a later run keeps the decisions.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use onus_intrusion::Decisions as Applied;
use serde::{Deserialize, Serialize};

use crate::query::text_at;
use crate::{Case, CaseError, Finding, Summary, retell};

/// A finding, by what stays the same between runs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingKey {
    /// Id of the rule, or name of the analytic.
    pub rule: String,
    /// Its host, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Its first record.
    pub record: u64,
}

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "decision", rename_all = "lowercase", deny_unknown_fields)]
pub enum Decision {
    /// These belong together, and to nothing else.
    Split {
        /// The findings.
        findings: Vec<FindingKey>,
    },
    /// The intrusions of these are one.
    Join {
        /// A finding of each.
        findings: Vec<FindingKey>,
    },
    /// These are part of no intrusion.
    Drop {
        /// The findings.
        findings: Vec<FindingKey>,
    },
    /// Something to say about the intrusion of these.
    Note {
        /// Its first finding.
        findings: Vec<FindingKey>,
        /// What.
        text: String,
    },
}

/// All decisions of a case, in the order in which they were made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decisions {
    /// The decisions.
    #[serde(default, rename = "intrusion")]
    pub all: Vec<Decision>,
}

/// What an analyst says, in the ids of the present answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Findings of an intrusion are an intrusion of their own.
    Split(String, Vec<String>),
    /// Two intrusions are one.
    Join(String, String),
    /// It is none.
    Drop(String),
    /// All decisions are taken back.
    Restore,
    /// Something to say.
    Note(String, String),
}

fn path_of(case: &Path) -> PathBuf {
    case.join("intrusions.toml")
}

impl Decisions {
    /// Those of a case; none if there is no file.
    ///
    /// # Errors
    /// If the file cannot be used.
    pub fn of_case(case: &Path) -> Result<Self, CaseError> {
        let path = path_of(case);
        if !path.exists() {
            return Ok(Self::default());
        }
        let text =
            fs::read_to_string(&path).map_err(|source| CaseError::Io { path: path.clone(), source })?;
        let wrong = |e: toml::de::Error| CaseError::Decisions { path, reason: e.message().to_owned() };
        toml::from_str(&text).map_err(wrong)
    }

    fn write(&self, case: &Path) -> Result<(), CaseError> {
        let path = path_of(case);
        let text = toml::to_string(self).map_err(|e| CaseError::Sql(e.to_string()))?;
        fs::write(&path, text).map_err(|source| CaseError::Io { path, source })
    }

    /// In the ids of these findings; what they lack is passed over.
    pub(crate) fn applied(&self, findings: &[Finding]) -> Applied {
        let ids: BTreeMap<FindingKey, &str> =
            findings.iter().filter_map(|f| Some((key(f)?, f.id.as_str()))).collect();
        let known = |keys: &[FindingKey]| -> Vec<String> {
            keys.iter().filter_map(|key| ids.get(key).map(|id| (*id).to_owned())).collect()
        };
        let mut applied = Applied::default();
        for decision in &self.all {
            match decision {
                Decision::Split { findings } => applied.apart.push(known(findings)),
                Decision::Join { findings } => applied.together.push(known(findings)),
                Decision::Drop { findings } => applied.dropped.extend(known(findings)),
                Decision::Note { findings, text } => {
                    applied.notes.extend(known(findings).into_iter().next().map(|id| (id, text.clone())));
                }
            }
        }
        applied
    }
}

fn key(finding: &Finding) -> Option<FindingKey> {
    let record = *finding.records.first()?;
    Some(FindingKey { rule: finding.rule_id.to_string(), host: finding.host.clone(), record })
}

/// Decides something about an intrusion of a case, and tells the case's story again.
///
/// # Errors
/// If there is no such intrusion or finding, or the case cannot be read or written.
pub fn decide(case: &Path, verdict: &Verdict) -> Result<(Summary, PathBuf), CaseError> {
    let mut decisions = Decisions::of_case(case)?;
    let opened = Case::open(case)?;
    let of = |id: &str| keys(&opened, case, id);
    let told = read_intrusions(case)?;
    // What only follows an intrusion may follow another one tomorrow, so it stands for none.
    let is_part = |finding: &String| told.iter().any(|intrusion| intrusion.findings.contains(finding));
    let one = |id: &str| {
        of(id).map(|keys| keys.into_iter().filter(|(id, _)| is_part(id)).map(|(_, key)| key).take(1))
    };
    match verdict {
        Verdict::Split(intrusion, findings) => {
            let own = of(intrusion)?;
            let pick = |id: &String| {
                let found = own.iter().find(|(known, _)| known.eq_ignore_ascii_case(id));
                found
                    .map(|(_, key)| key.clone())
                    .ok_or_else(|| unknown(case, &format!("{intrusion} has no finding {id}")))
            };
            let findings = findings.iter().map(pick).collect::<Result<_, _>>()?;
            decisions.all.push(Decision::Split { findings });
        }
        Verdict::Join(a, b) => {
            decisions.all.push(Decision::Join { findings: one(a)?.chain(one(b)?).collect() });
        }
        Verdict::Drop(id) => {
            let findings = of(id)?.into_iter().map(|(_, key)| key).collect();
            decisions.all.push(Decision::Drop { findings });
        }
        Verdict::Restore => decisions.all.clear(),
        Verdict::Note(id, text) => {
            decisions.all.push(Decision::Note { findings: one(id)?.collect(), text: text.clone() });
        }
    }
    drop(opened);
    decisions.write(case)?;
    retell(case)
}

fn unknown(case: &Path, reason: &str) -> CaseError {
    let reason = format!("{reason}; `onus intrusion CASE list` shows what there is");
    CaseError::Decisions { path: path_of(case), reason }
}

/// The findings of an intrusion, in order of time: (id, key).
fn keys(opened: &Case, case: &Path, id: &str) -> Result<Vec<(String, FindingKey)>, CaseError> {
    let id = id.to_uppercase().replace('\'', "''");
    let question = format!(
        "select finding, rule_id, host_name, records from findings where intrusion = '{id}' order by first, finding"
    );
    let mut all = Vec::new();
    for batch in opened.query(&question)?.1 {
        for row in 0..batch.num_rows() {
            let records = text_at(&batch, 3, row);
            let first = records.split(|c: char| !c.is_ascii_digit()).find(|part| !part.is_empty());
            let Some(record) = first.and_then(|digits| digits.parse().ok()) else { continue };
            let host = Some(text_at(&batch, 2, row)).filter(|host| !host.is_empty());
            all.push((text_at(&batch, 0, row), FindingKey { rule: text_at(&batch, 1, row), host, record }));
        }
    }
    if all.is_empty() { Err(unknown(case, &format!("there is no intrusion {id}"))) } else { Ok(all) }
}

/// The intrusions of a case as they were told last.
///
/// # Errors
/// If the folder is no case, or its file of intrusions cannot be read.
pub fn read_intrusions(case: &Path) -> Result<Vec<crate::Intrusion>, CaseError> {
    Case::open(case)?;
    let path = case.join("intrusions.json");
    let text = fs::read_to_string(&path).map_err(|source| CaseError::Io { path: path.clone(), source })?;
    serde_json::from_str(&text).map_err(|e| CaseError::Decisions { path, reason: e.to_string() })
}
