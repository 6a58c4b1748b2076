//! How usual a finding's values are: how often they made the match, and where else in the case they stand.

mod scan;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use onus_event::Mappings;
use onus_sigma::Reason;
use serde::{Deserialize, Serialize};

use crate::parts::Parts;
use crate::pool::{Pool, insert_tight};
use crate::{CaseError, Finding};
use scan::{Wanted, scan};

/// Distinct values counted for each field of a finding; of further ones it is only known that they are.
const COUNTED: usize = 200;
/// Values shown of each field.
const TOP: usize = 10;
/// Values of each field that are sought in the whole case.
const SOUGHT: usize = 3;
/// Values sought in one column of the case.
const SOUGHT_IN_COLUMN: usize = 2_000;
/// Longer values are cut, and not sought in the case.
const MAX_VALUE: usize = 256;

/// Where a value stands in the whole case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rarity {
    /// Events that have it.
    pub events: u64,
    /// Hosts (for network logs: addresses) whose events have it.
    pub hosts: u64,
    /// First of these events (RFC 3339, UTC).
    pub first_seen: Option<String>,
    /// Last of them.
    pub last_seen: Option<String>,
}

/// A value that made matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenValue {
    /// The value; its first 256 bytes and `…` where it is longer.
    pub value: Arc<str>,
    /// Matches that it made.
    pub matches: u64,
    /// Where it stands in the whole case, if that was looked up.
    #[serde(flatten)]
    pub rarity: Option<Arc<Rarity>>,
}

/// The values of one field that made the matches of a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldValues {
    /// The field as the rule names it.
    pub field: Arc<str>,
    /// How many distinct values; at least so many, where there are more than are counted.
    pub distinct: usize,
    /// Whether there were more than are counted.
    pub more: bool,
    /// The commonest, at most 10.
    pub top: Vec<SeenValue>,
}

/// Counts the values of a finding's fields in bounded memory; fields and values in order.
#[derive(Debug, Default)]
pub(crate) struct Values(Vec<OfField>);

#[derive(Debug)]
struct OfField {
    field: Arc<str>,
    counts: Vec<(Arc<str>, u64)>,
    more: bool,
}

impl Values {
    /// Counts what made one match: each field's value once, however many patterns it fits.
    pub(crate) fn add(&mut self, reasons: &[Reason], texts: &mut Pool) {
        for (place, reason) in reasons.iter().enumerate() {
            let again = reasons[..place].iter().any(|r| r.field == reason.field && r.value == reason.value);
            if !again && !reason.value.is_empty() {
                self.of_field(&reason.field).add(&cut(&reason.value), texts);
            }
        }
    }

    fn of_field(&mut self, field: &Arc<str>) -> &mut OfField {
        let place = match self.0.binary_search_by(|known| known.field.cmp(field)) {
            Ok(place) => place,
            Err(place) => {
                let new = OfField { field: Arc::clone(field), counts: Vec::new(), more: false };
                insert_tight(&mut self.0, place, new);
                place
            }
        };
        &mut self.0[place]
    }

    /// By field, the commonest values first.
    pub(crate) fn finish(self) -> Vec<FieldValues> {
        let of_field = |OfField { field, mut counts, more }| {
            let distinct = counts.len();
            // Texts stand in order already.
            counts.sort_by_key(|(_, count): &(Arc<str>, u64)| Reverse(*count));
            let top = counts.into_iter().take(TOP);
            let top = top.map(|(value, matches)| SeenValue { value, matches, rarity: None }).collect();
            FieldValues { field, distinct, more, top }
        };
        self.0.into_iter().map(of_field).collect()
    }
}

impl OfField {
    fn add(&mut self, value: &str, texts: &mut Pool) {
        match self.counts.binary_search_by(|(known, _)| (**known).cmp(value)) {
            Ok(place) => self.counts[place].1 += 1,
            Err(place) if self.counts.len() < COUNTED => {
                insert_tight(&mut self.counts, place, (texts.get(value), 1));
            }
            Err(_) => self.more = true,
        }
    }
}

fn cut(value: &str) -> std::borrow::Cow<'_, str> {
    if value.len() <= MAX_VALUE {
        return value.into();
    }
    format!("{}…", &value[..value.floor_char_boundary(MAX_VALUE)]).into()
}

/// Looks up in the whole case where the commonest values of each finding stand. A value is sought in the core
/// column that holds its field; fields that none holds, and values that were cut, are left as they are.
pub(crate) fn look_up(parts: &Parts, mappings: &Mappings, findings: &mut [Finding]) -> Result<(), CaseError> {
    let mut wanted = Wanted::new();
    for finding in findings.iter() {
        for (column, value) in sought(finding, mappings) {
            let values = wanted.entry(column).or_default();
            if values.len() < SOUGHT_IN_COLUMN {
                values.insert(value.to_owned());
            }
        }
    }
    let known = scan(parts, &wanted)?;
    // The same values are found on many hosts: each says once where it stands.
    let known: HashMap<_, Arc<Rarity>> =
        known.into_iter().map(|(value, place)| (value, Arc::new(place.rarity()))).collect();
    for finding in findings {
        let table = Arc::clone(&finding.shape);
        for values in &mut finding.values {
            let Some(column) = onus_event::core_column_of(&table, &values.field, mappings) else { continue };
            for seen in values.top.iter_mut().take(SOUGHT) {
                seen.rarity = known.get(&(column, seen.value.to_string())).cloned();
            }
        }
    }
    Ok(())
}

fn sought<'a>(finding: &'a Finding, mappings: &'a Mappings) -> impl Iterator<Item = (&'static str, &'a str)> {
    finding.values.iter().flat_map(|values| {
        let column = onus_event::core_column_of(&finding.shape, &values.field, mappings);
        let whole = values.top.iter().take(SOUGHT).filter(|seen| seen.value.len() <= MAX_VALUE);
        column.into_iter().flat_map(move |column| whole.clone().map(move |seen| (column, &*seen.value)))
    })
}

impl Finding {
    /// The value of the finding that the fewest hosts and events of the case have: (field, value, where).
    pub fn rarest(&self) -> Option<(&str, &str, &Rarity)> {
        let all = self.values.iter().flat_map(|values| {
            values.top.iter().filter_map(|seen| Some((&*values.field, &*seen.value, seen.rarity.as_deref()?)))
        });
        all.min_by_key(|(field, value, rarity)| (rarity.hosts, rarity.events, *field, *value))
    }
}
