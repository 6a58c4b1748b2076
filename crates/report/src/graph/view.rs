//! What the graph shows: nodes, some of them many hosts in one, and the numbers of the steps between them.

use std::collections::{BTreeMap, BTreeSet};

use onus_intrusion::{Intrusion, Node, NodeKind, Step, Touched};

/// More nodes of a kind than this are shown as one where they are alike.
const MANY: usize = 12;
/// Alike nodes that stay apart.
const APART: usize = 2;

/// A node, or several in one.
pub(super) struct ViewNode {
    pub(super) kind: NodeKind,
    pub(super) label: String,
    pub(super) note: String,
    /// The names of those that it stands for.
    pub(super) names: Vec<String>,
    /// Numbers of the steps that happened on it and came from nowhere else.
    pub(super) own: Vec<usize>,
}

/// The whole picture, before it has places.
pub(super) struct View {
    pub(super) nodes: Vec<ViewNode>,
    /// From a node to another: numbers of steps.
    pub(super) edges: BTreeMap<(usize, usize), Vec<usize>>,
    /// Which account acted on which host, and which address a finding names with which host.
    pub(super) uses: BTreeSet<(usize, usize)>,
    /// Whether some nodes stand for several.
    pub(super) collapsed: bool,
    /// Names that have no place as there are too many.
    pub(super) left_out: usize,
}

impl View {
    /// `most` nodes of a kind; with `collapse`, those of the same manner are one.
    pub(super) fn new(intrusion: &Intrusion, collapse: bool, most: usize) -> Self {
        let mut view = View {
            nodes: Vec::new(),
            edges: BTreeMap::new(),
            uses: BTreeSet::new(),
            collapsed: false,
            left_out: 0,
        };
        let mut place: BTreeMap<Node, usize> = BTreeMap::new();
        for (kind, entries) in entries(intrusion) {
            view.add(kind, &entries, collapse, most, &mut place);
        }
        for step in &intrusion.steps {
            view.step(step, &place);
        }
        view.named_together(intrusion, &place);
        view
    }

    fn add(
        &mut self,
        kind: NodeKind,
        entries: &[(String, String)],
        collapse: bool,
        most: usize,
        place: &mut BTreeMap<Node, usize>,
    ) {
        let begin = self.nodes.len();
        let mut alike: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (name, note) in entries {
            let same = alike.entry(note).or_default();
            let full = self.nodes.len() - begin >= most;
            let joins = collapse && entries.len() > MANY && same.len() > APART;
            let node = match same.last() {
                Some(last) if joins => *last,
                _ if full && !collapse => {
                    self.left_out += 1;
                    continue;
                }
                // Beyond what fits, the last node takes all.
                _ if full => self.nodes.len() - 1,
                _ => {
                    let (label, note) = (name.clone(), note.clone());
                    self.nodes.push(ViewNode { kind, label, note, names: Vec::new(), own: Vec::new() });
                    self.nodes.len() - 1
                }
            };
            same.push(node);
            self.nodes[node].names.push(name.clone());
            place.insert(Node { kind, name: name.clone() }, node);
        }
        for node in &mut self.nodes[begin..] {
            if node.names.len() > 1 {
                self.collapsed = true;
                node.label = format!("and {} more {}", node.names.len(), plural(kind));
            }
        }
    }

    /// Addresses and the hosts of steps that the same finding shows, where no step leads from one to the other.
    fn named_together(&mut self, intrusion: &Intrusion, place: &BTreeMap<Node, usize>) {
        let mut hosts: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        for step in &intrusion.steps {
            let nodes = step.from.iter().chain([&step.to]).filter(|node| node.kind == NodeKind::Host);
            for host in nodes.filter_map(|node| place.get(node)) {
                for finding in &step.findings {
                    hosts.entry(finding).or_default().insert(*host);
                }
            }
        }
        for outside in &intrusion.addresses {
            let node = Node { kind: NodeKind::Address, name: outside.address.clone() };
            let Some(address) = place.get(&node) else { continue };
            let with = outside.findings.iter().filter_map(|finding| hosts.get(finding.as_str())).flatten();
            let led = |host: &usize| {
                self.edges.contains_key(&(*address, *host)) || self.edges.contains_key(&(*host, *address))
            };
            let fresh: Vec<usize> = with.copied().filter(|host| !led(host)).collect();
            self.uses.extend(fresh.into_iter().map(|host| (*address, host)));
        }
    }

    fn step(&mut self, step: &Step, place: &BTreeMap<Node, usize>) {
        let Some(to) = place.get(&step.to).copied() else { return };
        let from = step.from.as_ref().and_then(|from| place.get(from)).copied().filter(|from| *from != to);
        match from {
            Some(from) => self.edges.entry((from, to)).or_default().push(step.number),
            None => self.nodes[to].own.push(step.number),
        }
        let account = step.account.as_ref().map(|name| Node { kind: NodeKind::Account, name: name.clone() });
        if let Some(account) = account.and_then(|account| place.get(&account))
            && step.to.kind == NodeKind::Host
        {
            self.uses.insert((*account, to));
        }
    }
}

/// All nodes with how they came into it: addresses and accounts, then hosts, each in order of their first moment.
fn entries(intrusion: &Intrusion) -> [(NodeKind, Vec<(String, String)>); 3] {
    let touched = |all: &[Touched]| -> Vec<(String, String)> {
        all.iter().map(|t| (t.name.clone(), t.manner.clone())).collect()
    };
    let addresses = intrusion.addresses.iter().map(|a| {
        let role = a.role.words();
        let note = a.domain.as_ref().map_or_else(|| role.to_owned(), |domain| format!("{role}, {domain}"));
        (a.address.clone(), note)
    });
    let mut all = [
        (NodeKind::Address, addresses.collect::<Vec<_>>()),
        (NodeKind::Account, touched(&intrusion.accounts)),
        (NodeKind::Host, touched(&intrusion.hosts)),
    ];
    let steps = intrusion.steps.iter().flat_map(|step| step.from.iter().chain([&step.to]));
    for node in steps {
        for (kind, known) in &mut all {
            if *kind == node.kind && !known.iter().any(|(name, _)| *name == node.name) {
                known.push((node.name.clone(), "named by a step".to_owned()));
            }
        }
    }
    all
}

pub(super) fn plural(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Host => "hosts",
        NodeKind::Account => "accounts",
        NodeKind::Address => "addresses",
    }
}
