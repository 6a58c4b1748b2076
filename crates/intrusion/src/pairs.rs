//! Pairs of findings that share something. Where findings are very many so are their pairs; so each reason and its kind
//! are kept as numbers, and put into words for those pairs alone that join.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::{is_outside, is_person};
use crate::ties::{MANY_HOSTS, NEXT, REACH, movement};
use crate::{Evidence, Tie};

/// A reason to join two findings, by their places, the lower one first.
pub(crate) struct Pair {
    a: u32,
    b: u32,
    /// Reasons of one kind say the same once more.
    kind: u32,
    weight: f64,
    why: Why,
}

impl Pair {
    /// The places of the two findings.
    pub(crate) fn findings(&self) -> (usize, usize) {
        (self.a as usize, self.b as usize)
    }
}

#[derive(Clone, Copy)]
enum Why {
    /// They share a thing, by its place.
    Shared(u32),
    /// Somebody came from the one to the other: the finding, and which of its logons.
    Came(u32, u32),
    Decided,
}

/// All reasons between some findings.
pub(crate) struct Pairs<'a> {
    used: &'a [&'a Evidence],
    /// What at least two findings share.
    things: Vec<Cow<'a, Tie>>,
    /// What reasons begin with, by the number of their kind.
    kinds: BTreeMap<String, u32>,
    all: Vec<Pair>,
}

impl<'a> Pairs<'a> {
    /// What the findings share or how somebody came from one to the other.
    pub(crate) fn of(used: &'a [&'a Evidence]) -> Self {
        let mut pairs = Pairs { used, things: Vec::new(), kinds: BTreeMap::new(), all: Vec::new() };
        pairs.shared();
        pairs.moved();
        pairs
    }

    /// Leaves the pairs of findings that a decision put on one side.
    pub(crate) fn within(&mut self, sides: &[usize]) {
        self.all.retain(|pair| sides[pair.a as usize] == sides[pair.b as usize]);
    }

    /// Joins two by decision.
    pub(crate) fn decide(&mut self, a: usize, b: usize) {
        let kind = self.kind(&self.words(Why::Decided));
        self.add((a, b), kind, 1.0, Why::Decided);
    }

    fn add(&mut self, (a, b): (usize, usize), kind: u32, weight: f64, why: Why) {
        if weight > 0.0 {
            self.all.push(Pair { a: a.min(b) as u32, b: a.max(b) as u32, kind, weight, why });
        }
    }

    /// The kind of a reason, as its first two words tell it.
    fn kind(&mut self, reason: &str) -> u32 {
        let begins = reason.split(' ').take(2).collect::<Vec<_>>().join(" ");
        let next = self.kinds.len() as u32;
        *self.kinds.entry(begins).or_insert(next)
    }

    /// Pairs of findings near each other that share a thing.
    fn shared(&mut self) {
        let used = self.used;
        let hosts: BTreeSet<&String> = used.iter().filter_map(|f| f.host.as_ref()).collect();
        let mut all: Vec<(Cow<'a, Tie>, usize)> = Vec::new();
        for (number, finding) in used.iter().enumerate() {
            let own: BTreeSet<Cow<'a, Tie>> = ties(finding).collect();
            all.extend(own.into_iter().map(|tie| (tie, number)));
        }
        all.sort_unstable();
        for run in all.chunk_by(|one, next| one.0 == next.0).filter(|run| run.len() > 1) {
            let on: BTreeSet<&String> = run.iter().filter_map(|(_, m)| used[*m].host.as_ref()).collect();
            if hosts.len() >= MANY_HOSTS && on.len() * 2 > hosts.len() {
                continue;
            }
            let members: Vec<usize> = run.iter().map(|(_, member)| *member).collect();
            self.near(run[0].0.clone(), members);
        }
    }

    fn near(&mut self, tie: Cow<'a, Tie>, mut members: Vec<usize>) {
        let used = self.used;
        let why = Why::Shared(self.things.len() as u32);
        let kind = self.kind(&tie.reason());
        members.sort_by_key(|m| (used[*m].time, *m));
        // The one that lasts longest so far reaches further than its neighbours.
        let mut longest = members[0];
        for (place, b) in members.iter().enumerate().skip(1) {
            let near = &members[place.saturating_sub(NEXT)..place];
            let far = Some(longest).filter(|far| !near.contains(far));
            for a in near.iter().copied().chain(far) {
                let gap = gap(used[a], used[*b]);
                if gap <= REACH {
                    self.add((a, *b), kind, tie.weight(used[a], used[*b], gap), why);
                }
            }
            if used[*b].last() > used[longest].last() {
                longest = *b;
            }
        }
        self.things.push(tie);
    }

    /// A finding after a logon from elsewhere, and the one nearest in time on the host that it came from; neither routine.
    fn moved(&mut self) {
        let used = self.used;
        let mut by_host: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (number, finding) in used.iter().enumerate().filter(|(_, finding)| !finding.routine) {
            if let Some(host) = &finding.host {
                by_host.entry(host.to_lowercase()).or_default().push(number);
            }
        }
        for (number, finding) in used.iter().enumerate().filter(|(_, finding)| !finding.routine) {
            for (nth, came) in finding.came.iter().enumerate() {
                let there = by_host.get(&came.from.to_lowercase()).map(Vec::as_slice).unwrap_or_default();
                let apart = |other: &Evidence| (came.at - other.last()).max(other.first() - came.at).max(0);
                let nearest = there.iter().filter(|o| **o != number).min_by_key(|o| (apart(used[**o]), **o));
                if let Some(other) = nearest {
                    let weight = movement(came, apart(used[*other]));
                    let why = Why::Came(number as u32, nth as u32);
                    let kind = self.kind(&self.words(why));
                    self.add((number, *other), kind, weight, why);
                }
            }
        }
    }

    /// Puts the reasons of a pair together, in the order of the pairs.
    pub(crate) fn sort(&mut self) {
        self.all.sort_by_key(|pair| (pair.a, pair.b));
    }

    /// By pair all its reasons, once they are sorted.
    pub(crate) fn by_pair(&self) -> impl Iterator<Item = &[Pair]> {
        self.all.chunk_by(|one, next| (one.a, one.b) == (next.a, next.b))
    }

    /// The weight of all reasons of one pair together. One process of many ancestors says it once: of one kind of reason
    /// the strongest counts.
    pub(crate) fn weight(reasons: &[Pair]) -> f64 {
        let mut strongest: Vec<(f64, u32)> = reasons.iter().map(|pair| (pair.weight, pair.kind)).collect();
        strongest.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        let mut apart = 1.0;
        for (place, (weight, kind)) in strongest.iter().enumerate() {
            if strongest[..place].iter().all(|(_, earlier)| earlier != kind) {
                apart *= 1.0 - weight;
            }
        }
        1.0 - apart
    }

    /// The reasons of one pair in words, the strongest first, one of each kind.
    pub(crate) fn told(&self, reasons: &[Pair]) -> String {
        let mut told: Vec<(f64, String, u32)> =
            reasons.iter().map(|pair| (pair.weight, self.words(pair.why), pair.kind)).collect();
        told.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let mut kinds = BTreeSet::new();
        told.retain(|(.., kind)| kinds.insert(*kind));
        told.into_iter().map(|(_, reason, _)| reason).collect::<Vec<_>>().join("; ")
    }

    fn words(&self, why: Why) -> String {
        match why {
            Why::Shared(thing) => self.things[thing as usize].reason(),
            Why::Came(finding, nth) => self.used[finding as usize].came[nth as usize].words(),
            Why::Decided => "an analyst joined them".to_owned(),
        }
    }
}

fn gap(a: &Evidence, b: &Evidence) -> i64 {
    a.first().max(b.first()).saturating_sub(a.last().min(b.last())).max(0)
}

fn ties(finding: &Evidence) -> impl Iterator<Item = Cow<'_, Tie>> {
    let host = finding.host.clone().map(Tie::Host);
    let accounts = finding.accounts.iter().filter(|a| is_person(a)).map(|a| Tie::Account(a.to_lowercase()));
    let addresses = finding.addresses.iter().cloned().map(Tie::Address);
    // Whence the session came in which it happened joins as an address of its own does.
    let own = finding.came.iter().filter(|came| came.own && is_outside(&came.from));
    let whence = own.map(|came| Tie::Address(came.from.clone()));
    let made = host.into_iter().chain(accounts).chain(addresses).chain(whence).map(Cow::Owned);
    made.chain(finding.ties.iter().map(Cow::Borrowed))
}
