//! What the page is made from: all of it borrowed from the case.

use std::collections::BTreeMap;

use onus_claim::Claim;
use onus_intrusion::Intrusion;

/// All that the page says.
pub struct Report<'a> {
    /// The program's version.
    pub version: &'a str,
    /// Intrusions, the strongest first.
    pub intrusions: &'a [Intrusion],
    /// By intrusion: bytes taken, as a lower and an upper bound within what the logs cover.
    pub bytes: &'a BTreeMap<String, (i64, i64)>,
    /// Findings that are told, in order of weight.
    pub findings: Vec<Finding<'a>>,
    /// What an allow-list keeps out of the story.
    pub allowed: Vec<Allowed<'a>>,
    /// Claims, in order of their story.
    pub claims: &'a [Claim],
    /// Claims that two sensors show which do not depend on each other: their names, by the claim's id.
    pub corroborated: BTreeMap<&'a str, (String, String)>,
    /// The records that [`crate::wanted_records`] names, by number.
    pub records: BTreeMap<u64, Record>,
    /// What was read.
    pub read: Read<'a>,
}

/// What a rule or an analytic found on one host.
pub struct Finding<'a> {
    /// `F0001` and on.
    pub id: &'a str,
    /// What it is.
    pub title: &'a str,
    /// Sigma level.
    pub level: &'a str,
    /// The intrusion that it belongs to, if any.
    pub intrusion: Option<&'a str>,
    /// The host, if known.
    pub host: Option<&'a str>,
    /// Accounts that the events name.
    pub accounts: &'a [String],
    /// How many matches.
    pub count: u64,
    /// The first match (UTC, microseconds).
    pub first: Option<i64>,
    /// The values that made the matches, by field.
    pub values: Vec<Values<'a>>,
}

/// The commonest values of one field of a finding.
pub struct Values<'a> {
    /// The field.
    pub field: &'a str,
    /// How many distinct values, at least.
    pub distinct: u64,
    /// Whether there are more than were counted.
    pub more: bool,
    /// The commonest.
    pub top: Vec<Seen<'a>>,
}

/// A value and how usual it is.
#[derive(Clone)]
pub struct Seen<'a> {
    /// The value.
    pub value: &'a str,
    /// Matches with it.
    pub matches: u64,
    /// On how many hosts and in how many events of the case it stands, if that was looked up.
    pub in_case: Option<(u64, u64)>,
}

/// An entry of the allow-list that covers findings.
pub struct Allowed<'a> {
    /// Its reason.
    pub reason: &'a str,
    /// The last day on which it applies.
    pub until: &'a str,
    /// Findings that it covers.
    pub findings: u64,
    /// Matches that it covers.
    pub matches: u64,
}

/// One record, as it was found.
#[derive(Default)]
pub struct Record {
    /// When, as text in UTC; empty if unknown.
    pub time: String,
    /// The host; empty if unknown.
    pub host: String,
    /// What happened, as the core column `event_action` says; empty if unknown.
    pub action: String,
    /// Its fields as the log has them, without empty ones.
    pub fields: Vec<(String, String)>,
    /// Path of the source.
    pub path: String,
    /// Its number in the source, from 0.
    pub ordinal: String,
    /// Where it begins in the source as unpacked, in bytes.
    pub offset: String,
    /// Its length in bytes.
    pub length: String,
    /// SHA-256 of the source.
    pub sha256: String,
    /// What made rules match it.
    pub because: Vec<Because>,
}

/// One pattern that a record fits.
pub struct Because {
    /// Title of the rule.
    pub rule: String,
    /// The field.
    pub field: String,
    /// Its value.
    pub value: String,
    /// The pattern.
    pub pattern: String,
}

/// What was read and with which rules.
#[derive(Default)]
pub struct Read<'a> {
    /// Files and members of archives.
    pub sources: Vec<Source<'a>>,
    /// Records in all.
    pub records: u64,
    /// Faults in all.
    pub faults: u64,
    /// The first fault of each reason: (path, offset, reason, how many of this reason).
    pub fault_kinds: &'a [(String, u64, String, u64)],
    /// Rules that ran.
    pub rules: u64,
    /// Rules that could not be used: (file, why).
    pub refused: Vec<(&'a str, &'a str)>,
    /// What was left out, in words.
    pub notes: &'a [String],
}

/// A file or a member of an archive.
pub struct Source<'a> {
    /// Its path.
    pub path: &'a str,
    /// The name of its format.
    pub format: &'a str,
    /// Its size in bytes.
    pub size: u64,
    /// Its records.
    pub records: u64,
    /// Its faults.
    pub faults: u64,
    /// Its SHA-256 in hexadecimal digits.
    pub sha256: &'a str,
}
