//! The matcher of one log source: batches in, matches out.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use arrow_array::cast::AsArray as _;
use arrow_array::{Array, ArrayRef, RecordBatch};
use foldhash::fast::FixedState;

use super::cache::{NOTHING, OutcomeId, Outcomes, ValueCache};
use super::column::{Columns, Distinct, cell_text};
use super::field::{FieldMatcher, Scratch};
use super::plan::Plan;
use super::row::Row;
use super::signature::{EMPTY, Hit, SignatureId, Signatures};
use crate::detect::reasons;
use crate::record::FieldLookup as _;
use crate::rule::{EventSource, Match, RuleId};
use crate::set::RuleSet;

/// Rows looked at together: bounds what a batch of any size needs.
const CHUNK_ROWS: usize = 8_192;

/// Bytes of values that are looked at together: they stay in the processor's nearest memory.
const BLOCK_BYTES: usize = 8 << 10;

/// A dictionary value not yet looked at.
const UNKNOWN: OutcomeId = OutcomeId::MAX;

/// How a [`Matcher`] works; none of it changes what matches, but for `not_searched`.
#[derive(Debug, Clone)]
pub struct MatcherOptions {
    /// Bytes for what is remembered of values, as many again for what is remembered of rows, and three quarters as many for
    /// lines of long values.
    pub cache_bytes: usize,
    /// Columns in which keywords are not searched: those that the log itself does not have.
    pub not_searched: Vec<String>,
}

impl Default for MatcherOptions {
    /// 2.75 MiB; every text column is searched.
    fn default() -> Self {
        Self { cache_bytes: 1 << 20, not_searched: Vec::new() }
    }
}

/// Matches batches of one log source. One for each thread: clone it, which shares the compiled plan and
/// begins with empty caches.
#[derive(Debug)]
pub struct Matcher {
    plan: Arc<Plan>,
    options: MatcherOptions,
    columns: Option<Columns>,
    known: Known,
}

/// What is remembered from batch to batch.
#[derive(Debug)]
struct Known {
    limit: usize,
    /// Rows of the batch.
    rows: usize,
    values: ValueCache,
    outcomes: Outcomes,
    signatures: Signatures,
    /// Outcomes by place in the dictionary that a column had last.
    dictionaries: HashMap<u32, Dictionary, FixedState>,
    scratch: Scratch,
    /// By atom: the last evaluation in which it was true.
    truth: Vec<u32>,
    epoch: u32,
}

#[derive(Debug)]
struct Dictionary {
    /// It goes when the batches do that have it.
    values: Weak<dyn Array>,
    /// Whether no atom is true of any of its values, nor of absence.
    ruled_out: bool,
    outcomes: Vec<OutcomeId>,
}

impl Dictionary {
    /// What is known of these values, and whether that is nothing: batches that are cut from one file often share them.
    fn of(values: &ArrayRef, last: Option<Dictionary>) -> (Self, bool) {
        let same = |known: &Dictionary| known.values.upgrade().is_some_and(|of| Arc::ptr_eq(&of, values));
        let mut outcomes = match last {
            Some(known) if same(&known) => return (known, false),
            Some(other) => other.outcomes,
            None => Vec::new(),
        };
        outcomes.clear();
        outcomes.resize(values.len(), UNKNOWN);
        (Dictionary { values: Arc::downgrade(values), outcomes, ruled_out: false }, true)
    }
}

impl Clone for Matcher {
    fn clone(&self) -> Self {
        Self::of_plan(Arc::clone(&self.plan), self.options.clone())
    }
}

impl Matcher {
    pub(crate) fn new(
        set: RuleSet,
        source: &EventSource,
        aliases: &[(&str, &str)],
        options: &MatcherOptions,
    ) -> Self {
        Self::of_plan(Arc::new(Plan::new(set, source, aliases)), options.clone())
    }

    fn of_plan(plan: Arc<Plan>, options: MatcherOptions) -> Self {
        let known = Known {
            limit: options.cache_bytes,
            rows: 0,
            values: ValueCache::new(options.cache_bytes),
            outcomes: Outcomes::new(),
            signatures: Signatures::new(),
            dictionaries: HashMap::default(),
            scratch: Scratch::new(options.cache_bytes / 2),
            truth: vec![0; plan.atoms.len()],
            epoch: 0,
        };
        Self { plan, options, columns: None, known }
    }

    /// How many rules look at this source.
    pub fn rules(&self) -> usize {
        self.plan.rules.len()
    }

    /// How many of them no value can rule out, so that each kind of row is evaluated for them.
    pub fn rules_always_evaluated(&self) -> usize {
        self.plan.always.len()
    }

    /// The names of the fields that the rules read, sorted: the other columns need not be in the batches
    /// (unless [`Self::searches_keywords`]).
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.plan.fields.iter().map(|field| &*field.name)
    }

    /// Whether a rule searches every text column.
    pub fn searches_keywords(&self) -> bool {
        self.plan.keywords.is_some()
    }

    /// The matches in a batch, sorted by row and rule. Batches may differ in their columns; a field that no
    /// column holds is absent in every row.
    pub fn match_batch(&mut self, batch: &RecordBatch) -> Vec<Match> {
        let mut out = Vec::new();
        if self.plan.rules.is_empty() {
            return out;
        }
        let schema = batch.schema_ref();
        let columns = match self.columns.take() {
            Some(columns) if Arc::ptr_eq(&columns.schema, schema) || columns.schema == *schema => columns,
            _ => Columns::new(&self.plan, schema, &self.options.not_searched),
        };
        self.known.rows = batch.num_rows();
        let mut start = 0;
        while start < batch.num_rows() {
            let rows = CHUNK_ROWS.min(batch.num_rows() - start);
            // Slicing makes every column anew; most batches are short.
            let chunk = if rows == batch.num_rows() { batch.clone() } else { batch.slice(start, rows) };
            self.known.make_room();
            let signatures = self.known.sign(&self.plan, &columns, &chunk);
            self.known.collect(&self.plan, &columns, &chunk, &signatures, start, &mut out);
            start += rows;
        }
        self.columns = Some(columns);
        out
    }
}

impl Known {
    /// Forgets all when there is too much of it.
    fn make_room(&mut self) {
        if self.outcomes.bytes() + self.signatures.bytes() > self.limit {
            self.values.clear();
            self.outcomes.clear();
            self.signatures.clear();
            self.dictionaries.clear();
        }
    }

    /// Each row's signature.
    fn sign(&mut self, plan: &Plan, columns: &Columns, chunk: &RecordBatch) -> Vec<SignatureId> {
        let mut start = EMPTY;
        for (field, places) in plan.fields.iter().zip(&columns.of_field) {
            if places.is_empty() {
                let outcome = self.intern(plan, field.matcher.of_absence());
                start = self.step(start, outcome);
            }
        }
        // Not `vec![start; …]`: the system gives a page of zeros twice, when it is read and when it is written.
        let mut rows: Vec<_> = std::iter::repeat_n(start, chunk.num_rows()).collect();
        for (number, (field, places)) in (0..).zip(plan.fields.iter().zip(&columns.of_field)) {
            if field.matcher.is_empty() {
                continue;
            }
            match places[..] {
                [] => {}
                [only] => {
                    let column = chunk.column(only).as_ref();
                    self.scan(plan, &field.matcher, number, number, column, &mut rows);
                }
                _ => self.scan_several(plan, &field.matcher, number, chunk, places, &mut rows),
            }
        }
        if let Some(matcher) = &plan.keywords {
            let number = plan.fields.len() as u32;
            for column in &columns.searched {
                let slot = number + *column as u32;
                self.scan(plan, matcher, number, slot, chunk.column(*column).as_ref(), &mut rows);
            }
        }
        if !plan.references.is_empty() {
            self.compare_fields(plan, columns, chunk, &mut rows);
        }
        rows
    }

    /// Adds to the rows' signatures what a column's values make true. `field` numbers the matcher in the value
    /// cache, `slot` the column among the dictionaries.
    fn scan(
        &mut self,
        plan: &Plan,
        matcher: &FieldMatcher,
        field: u32,
        slot: u32,
        column: &dyn Array,
        rows: &mut [SignatureId],
    ) {
        let absent = self.intern(plan, matcher.of_absence());
        let Some(distinct) = Distinct::of(column) else {
            for (row, signature) in rows.iter_mut().enumerate() {
                let outcome = self.outcome_at(plan, matcher, field, column, row);
                *signature = self.step(*signature, outcome);
            }
            return;
        };
        let (mut dictionary, fresh) = Dictionary::of(distinct.values, self.dictionaries.remove(&slot));
        // Batches may be cut from one whose dictionary they all have: then only the values of their own rows are looked at.
        if fresh && distinct.values.len() <= self.rows {
            let outcomes = &mut dictionary.outcomes;
            let ruled_out = matcher.is_light() && self.rule_out(matcher, distinct.values, outcomes)
                || self.look_at_all(plan, matcher, field, distinct.values, outcomes);
            dictionary.ruled_out = ruled_out && absent == NOTHING;
        }
        if !dictionary.ruled_out {
            for (signature, place) in rows.iter_mut().zip(distinct.rows()) {
                let outcome = match place {
                    None => absent,
                    Some(place) if dictionary.outcomes[place] != UNKNOWN => dictionary.outcomes[place],
                    Some(place) => {
                        let outcome = self.outcome_at(plan, matcher, field, distinct.values.as_ref(), place);
                        dictionary.outcomes[place] = outcome;
                        outcome
                    }
                };
                if outcome != NOTHING {
                    *signature = self.step(*signature, outcome);
                }
            }
        }
        self.dictionaries.insert(slot, dictionary);
    }

    /// Finds the values in which none of a light matcher's literals stands, many at a time: they lie one after another.
    /// True if that is so of all of them.
    fn rule_out(&mut self, matcher: &FieldMatcher, values: &ArrayRef, outcomes: &mut [OutcomeId]) -> bool {
        let texts = values.as_string_opt::<i32>().filter(|texts| texts.null_count() == 0);
        let Some(texts) = texts else { return false };
        let (ends, bytes) = (texts.value_offsets(), texts.value_data());
        let (mut all, mut first) = (true, 0);
        while first < outcomes.len() {
            let start = ends[first] as usize;
            let past = first + ends[first + 1..].partition_point(|end| *end as usize <= start + BLOCK_BYTES);
            let last = past.max(first + 1);
            if matcher.rules_out(&bytes[start..ends[last] as usize], &mut self.scratch) {
                outcomes[first..last].fill(NOTHING);
            } else {
                all = false;
            }
            first = last;
        }
        all
    }

    /// Finds out about the values that are still unknown. True if no atom is true of any value.
    fn look_at_all(
        &mut self,
        plan: &Plan,
        matcher: &FieldMatcher,
        field: u32,
        values: &ArrayRef,
        outcomes: &mut [OutcomeId],
    ) -> bool {
        for (place, outcome) in outcomes.iter_mut().enumerate() {
            if *outcome == UNKNOWN {
                *outcome = self.outcome_at(plan, matcher, field, values.as_ref(), place);
            }
        }
        outcomes.iter().all(|outcome| *outcome == NOTHING)
    }

    /// As [`Self::scan`], for a field that stands under one name in some rows and under another in others.
    fn scan_several(
        &mut self,
        plan: &Plan,
        matcher: &FieldMatcher,
        field: u32,
        chunk: &RecordBatch,
        places: &[usize],
        rows: &mut [SignatureId],
    ) {
        let absent = self.intern(plan, matcher.of_absence());
        for (row, signature) in rows.iter_mut().enumerate() {
            let mut texts = places.iter().map(|place| cell_text(chunk.column(*place).as_ref(), row));
            let outcome = match texts.find_map(|text| text) {
                Some(text) => self.outcome(plan, matcher, field, &text),
                None => absent,
            };
            *signature = self.step(*signature, outcome);
        }
    }

    /// The outcome of a cell.
    fn outcome_at(
        &mut self,
        plan: &Plan,
        matcher: &FieldMatcher,
        field: u32,
        array: &dyn Array,
        row: usize,
    ) -> OutcomeId {
        match cell_text(array, row) {
            Some(text) => self.outcome(plan, matcher, field, &text),
            None => self.intern(plan, matcher.of_absence()),
        }
    }

    fn outcome(&mut self, plan: &Plan, matcher: &FieldMatcher, field: u32, text: &str) -> OutcomeId {
        let remembered = ValueCache::takes(text) && !matcher.is_light();
        let hash = remembered.then(|| self.values.hash(field, text));
        if let Some(outcome) = hash.and_then(|hash| self.values.get(hash, field, text)) {
            return outcome;
        }
        let Known { scratch, outcomes, .. } = self;
        matcher.of_value(field, &plan.atoms, text, scratch);
        let outcome = outcomes.intern(&scratch.atoms, |atom| plan.woken_by(atom));
        if let Some(hash) = hash {
            self.values.put(hash, field, text, outcome);
        }
        outcome
    }

    fn intern(&mut self, plan: &Plan, atoms: &[u32]) -> OutcomeId {
        self.outcomes.intern(atoms, |atom| plan.woken_by(atom))
    }

    fn step(&mut self, signature: SignatureId, outcome: OutcomeId) -> SignatureId {
        let wakes = !self.outcomes.get(outcome).wakes.is_empty();
        self.signatures.step(signature, outcome, wakes)
    }

    /// Two fields of a row are compared only where a rule is awake.
    fn compare_fields(
        &mut self,
        plan: &Plan,
        columns: &Columns,
        chunk: &RecordBatch,
        rows: &mut [SignatureId],
    ) {
        for reference in &plan.references {
            let outcome = self.intern(plan, &[reference.atom]);
            for (number, signature) in rows.iter_mut().enumerate() {
                if plan.always.is_empty() && !self.signatures.woken(*signature) {
                    continue;
                }
                let row = Row { plan, columns, batch: chunk, row: number };
                if let (Some(value), Some(other)) = (row.get(&reference.field), row.get(&reference.to.other))
                    && reference.to.holds(&value, &other)
                {
                    *signature = self.step(*signature, outcome);
                }
            }
        }
    }

    fn collect(
        &mut self,
        plan: &Plan,
        columns: &Columns,
        chunk: &RecordBatch,
        signatures: &[SignatureId],
        start: usize,
        out: &mut Vec<Match>,
    ) {
        for (number, signature) in signatures.iter().enumerate() {
            if plan.always.is_empty() && !self.signatures.woken(*signature) {
                continue;
            }
            if self.signatures.hits(*signature).is_none() {
                let hits = self.evaluate(plan, *signature);
                self.signatures.set_hits(*signature, hits);
            }
            for hit in self.signatures.hits(*signature).unwrap_or_default() {
                let rule: RuleId = plan.rules[hit.rule as usize];
                let row = Row { plan, columns, batch: chunk, row: number };
                let why = reasons(plan.set.compiled(rule), &hit.items, plan.set.atoms(), &row);
                out.push(Match { row: (start + number) as u32, rule, why });
            }
        }
    }

    /// Evaluates the rules that a signature wakes.
    fn evaluate(&mut self, plan: &Plan, signature: SignatureId) -> Vec<Hit> {
        if self.epoch == u32::MAX {
            self.truth.fill(0);
            self.epoch = 0;
        }
        self.epoch += 1;
        let mut rules = plan.always.clone();
        for outcome in self.signatures.outcomes(signature) {
            let outcome = self.outcomes.get(outcome);
            outcome.atoms.iter().for_each(|atom| self.truth[*atom as usize] = self.epoch);
            rules.extend(&outcome.wakes);
        }
        rules.sort_unstable();
        rules.dedup();
        let mut hits = Vec::new();
        for rule in rules {
            let compiled = plan.set.compiled(plan.rules[rule as usize]);
            let atoms = &plan.items[rule as usize];
            let mut item = |place: u32| self.truth[atoms[place as usize] as usize] == self.epoch;
            if compiled.expr.eval(&mut item) {
                let mut items = Vec::new();
                compiled.expr.supporters(&mut item, &mut |place| items.push(place));
                hits.push(Hit { rule, items: items.into() });
            }
        }
        hits
    }
}
