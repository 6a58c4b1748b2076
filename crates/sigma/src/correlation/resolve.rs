//! References between correlations and rules: by id or name, never by title; rings are refused.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::compile::{Correlation, Draft, Member, refusal};
use crate::detect::Refusal;
use crate::rule::{RuleId, RuleMeta};

/// A correlation that waits until all rules are known.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) meta: RuleMeta,
    pub(crate) draft: Draft,
    /// The line of its file on which its document begins.
    pub(crate) first_line: u32,
}

/// Correlations in use, and what the rules that they name must bring along.
#[derive(Debug, Default)]
pub(crate) struct Resolved {
    pub(crate) correlations: Vec<(RuleMeta, Correlation)>,
    pub(crate) refused: Vec<(RuleMeta, u32, Refusal)>,
    /// By rule: the fields that its events must come with.
    pub(crate) inputs: BTreeMap<RuleId, Vec<String>>,
    /// Rules whose matches serve correlations alone.
    pub(crate) silent: BTreeSet<RuleId>,
}

#[derive(Clone, Copy)]
enum Target {
    Rule(RuleId),
    Correlation(usize),
}

/// Resolves all references. `rules` are the detection rules in order of their ids; correlations are numbered
/// after them, in the order given. Those whose ids are in `unheard` serve correlations alone whatever is said.
pub(crate) fn resolve(rules: &[&RuleMeta], pending: Vec<Pending>, unheard: &BTreeSet<String>) -> Resolved {
    let targets = match targets(rules, &pending) {
        // Nothing refers to anything: the usual case.
        targets if targets.is_empty() => return Resolved::default(),
        targets => targets,
    };
    let refusals = refusals(&pending, &targets, rules);
    // The numbers of those in use.
    let mut next = rules.len() as u32;
    let ids: Vec<Option<RuleId>> = refusals
        .iter()
        .map(|refusal| {
            refusal.is_none().then(|| {
                next += 1;
                RuleId(next - 1)
            })
        })
        .collect();
    let groups: Vec<Vec<String>> = pending.iter().map(|p| p.draft.group_by.clone()).collect();
    let mut out = Resolved::default();
    let mut loud = BTreeSet::new();
    for ((one, refused), targets) in pending.into_iter().zip(refusals).zip(&targets) {
        if let Some(reason) = refused {
            out.refused.push((one.meta, one.first_line, reason));
            continue;
        }
        let mut members = Vec::with_capacity(targets.len());
        for (reference, target) in one.draft.rules.iter().zip(targets) {
            let (rule, group) = match target {
                Some(Target::Rule(rule)) => (Some(*rule), None),
                Some(Target::Correlation(place)) => (ids[*place], Some(&groups[*place])),
                None => (None, None),
            };
            let Some(rule) = rule else { continue };
            members.push(member(&one.draft, reference, rule, group, &mut out.inputs));
            if one.draft.generate {
                loud.insert(rule)
            } else {
                out.silent.insert(rule)
            };
        }
        out.correlations.push((one.meta, Correlation { draft: one.draft, members }));
    }
    out.silent.retain(|rule| !loud.contains(rule));
    let metas = rules.iter().copied().chain(out.correlations.iter().map(|(meta, _)| meta));
    let unheard = (0..).zip(metas).filter(|(_, meta)| unheard.contains(&meta.id));
    out.silent.extend(unheard.map(|(number, _)| RuleId(number)));
    out
}

/// For each correlation, what each of its references means.
fn targets(rules: &[&RuleMeta], pending: &[Pending]) -> Vec<Vec<Option<Target>>> {
    let mut known: HashMap<&str, Target> = HashMap::new();
    for (place, one) in pending.iter().enumerate().rev() {
        let keys = one.meta.name.iter().chain([&one.meta.id]);
        known.extend(keys.map(|key| (key.as_str(), Target::Correlation(place))));
    }
    for (number, meta) in rules.iter().enumerate().rev() {
        // Fewer rules than fit were loaded.
        let target = Target::Rule(RuleId(number as u32));
        known.extend(meta.name.iter().chain([&meta.id]).map(|key| (key.as_str(), target)));
    }
    let find = |name: &String| known.get(name.as_str()).copied();
    pending.iter().map(|one| one.draft.rules.iter().map(find).collect()).collect()
}

/// Why correlations cannot be used: they name what is not there, or in the end themselves.
fn refusals(
    pending: &[Pending],
    targets: &[Vec<Option<Target>>],
    rules: &[&RuleMeta],
) -> Vec<Option<Refusal>> {
    let mut refusals: Vec<Option<Refusal>> = pending
        .iter()
        .zip(targets)
        .map(|(one, targets)| {
            let missing = one.draft.rules.iter().zip(targets).find(|(_, target)| target.is_none());
            missing.map(|(name, _)| unknown(name, rules))
        })
        .collect();
    let mut users: Vec<Vec<usize>> = vec![Vec::new(); pending.len()];
    let mut waiting = vec![0_usize; pending.len()];
    for (place, targets) in targets.iter().enumerate() {
        for target in targets.iter().flatten() {
            if let Target::Correlation(used) = target {
                users[*used].push(place);
                waiting[place] += 1;
            }
        }
    }
    // From those that wait for no other correlation upwards; what is never reached is in a ring or rests on one.
    let mut ready: Vec<usize> = (0..pending.len()).filter(|place| waiting[*place] == 0).collect();
    let mut reached = vec![false; pending.len()];
    while let Some(place) = ready.pop() {
        reached[place] = true;
        for user in &users[place] {
            if refusals[place].is_some() && refusals[*user].is_none() {
                let reason = format!("it needs {}, which cannot be used", pending[place].meta.id);
                refusals[*user] = Some(refusal(&reason, "rules"));
            }
            waiting[*user] -= 1;
            if waiting[*user] == 0 {
                ready.push(*user);
            }
        }
    }
    for (place, reached) in reached.into_iter().enumerate() {
        if !reached && refusals[place].is_none() {
            let reason = "it refers to itself, directly or through other correlations";
            refusals[place] = Some(refusal(reason, "rules"));
        }
    }
    refusals
}

fn unknown(name: &str, rules: &[&RuleMeta]) -> Refusal {
    let by_title = rules.iter().find(|meta| meta.title == name);
    let hint = match by_title {
        Some(meta) => format!("; a rule with this title has the id {}", meta.id),
        None => String::new(),
    };
    refusal(&format!("it refers to {name}, which is neither id nor name of a rule in use{hint}"), name)
}

fn member(
    draft: &Draft,
    reference: &str,
    rule: RuleId,
    group: Option<&Vec<String>>,
    inputs: &mut BTreeMap<RuleId, Vec<String>>,
) -> Member {
    let mut place = |field: &String| {
        let alias = draft.aliases.iter().find(|(alias, of, _)| alias == field && of == reference);
        let field = alias.map_or(field, |(_, _, real)| real);
        match group {
            // An inner correlation brings along what it groups by, and nothing else.
            Some(group) => group.iter().position(|known| known == field),
            None => {
                let fields = inputs.entry(rule).or_default();
                Some(fields.iter().position(|known| known == field).unwrap_or_else(|| {
                    fields.push(field.clone());
                    fields.len() - 1
                }))
            }
        }
    };
    let group_places = draft.group_by.iter().map(&mut place).collect();
    let value_places = draft.fields.iter().map(&mut place).collect();
    if group.is_none() {
        inputs.entry(rule).or_default();
    }
    Member { rule, group: group_places, value: value_places }
}
