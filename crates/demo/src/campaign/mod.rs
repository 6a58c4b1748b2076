//! The planted intrusions: the campaign, and a small one that has nothing to do with it. They hang on the seed alone, so
//! they are the same whatever the number of events; their lines (about 12,000) are made at once and merged into
//! ordinary life as time goes by.

mod access;
mod beacon;
mod cleanup;
mod client;
mod driftwood;
mod provider;
mod story;
mod theft;

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::evidence::file_name;
use crate::image::Image;
use crate::line::{Emit, Lines, Target};
use crate::rng::Rng;
use crate::time::{Moment, SECOND, rfc3339};
use crate::truth::{Campaign, Marker, Step as StepTruth, Transfer};
use crate::world::{Account, HostId, Logon, Process, World};

pub(crate) use story::{INCIDENTS, STEPS, Step};

/// Traces and truth of the intrusions.
pub(crate) struct Played {
    pub(crate) lines: Lines,
    pub(crate) transfers: Vec<Transfer>,
    notes: Vec<Note>,
}

/// What is noted about one step while it is played.
#[derive(Debug, Clone, Default)]
struct Note {
    accounts: BTreeSet<String>,
    hosts: BTreeSet<String>,
    markers: Vec<Marker>,
}

/// Plays both intrusions.
pub(crate) fn run(world: &World, seed: u64) -> Played {
    let emit = Emit::new(world, Rng::new(seed, "campaign"), 1);
    let mut actor = Actor { emit, notes: vec![Note::default(); STEPS.len()], transfers: Vec::new() };
    actor.play();
    actor.emit.rng = Rng::new(seed, "driftwood");
    actor.drift();
    let mut lines = actor.emit.lines;
    lines.sort();
    Played { lines, transfers: actor.transfers, notes: actor.notes }
}

/// Who plays them.
struct Actor<'w> {
    emit: Emit<'w>,
    notes: Vec<Note>,
    transfers: Vec<Transfer>,
}

impl Actor<'_> {
    /// From now on lines belong to `step`, in which `account` is used.
    fn at(&mut self, step: Step, account: &Account) {
        self.emit.step = step as u8 + 1;
        let name = format!(r"{}\{}", account.site.domain(), account.name);
        self.note().accounts.insert(name);
    }

    fn note(&mut self) -> &mut Note {
        &mut self.notes[self.emit.step as usize - 1]
    }

    /// `host` acts in the present step, even if only the network shows it.
    fn acts(&mut self, host: HostId) {
        self.note().hosts.insert(host.get().name.to_owned());
    }

    fn mark(&mut self, t: Moment, host: &str, text: impl Into<String>) {
        let marker = Marker { host: host.to_owned(), time: rfc3339(t), text: text.into() };
        self.note().markers.push(marker);
    }

    /// Starts a program and marks its command line; it ends after `seconds`.
    fn run(
        &mut self,
        t: Moment,
        shell: &Process,
        image: &'static Image,
        command: impl Into<Cow<'static, str>>,
        seconds: i64,
    ) -> Process {
        let process = self.emit.spawn(t, shell, image, command, shell.logon);
        self.mark(t, shell.host.get().name, process.command.clone().into_owned());
        self.emit.exit(t.plus(seconds * SECOND), &process);
        process
    }

    /// A shell in a session.
    fn shell(&mut self, t: Moment, host: HostId, logon: Logon) -> Process {
        use crate::image;
        let base = self.emit.world.base(host);
        let userinit =
            self.emit.spawn(t, &base.winlogon, &image::USERINIT, r"C:\Windows\system32\userinit.exe", logon);
        let explorer =
            self.emit.spawn(t.plus(SECOND), &userinit, &image::EXPLORER, r"C:\Windows\Explorer.EXE", logon);
        self.emit.spawn(t.plus(2 * SECOND), &base.network, &image::RDPCLIP, "rdpclip", logon);
        self.emit.exit(t.plus(20 * SECOND), &userinit);
        self.emit.spawn(
            t.plus(24 * SECOND),
            &explorer,
            &image::CMD,
            r#""C:\Windows\system32\cmd.exe" "#,
            logon,
        )
    }
}

impl Played {
    /// What was planted of one intrusion, computed from the lines themselves.
    pub(crate) fn truth(&self, incident: usize) -> Campaign {
        let (id, places, infrastructure) = &INCIDENTS[incident];
        let steps: Vec<StepTruth> = places.clone().map(|n| self.step_truth(n)).collect();
        let union = |of: fn(&StepTruth) -> &Vec<String>| -> Vec<String> {
            steps.iter().flat_map(|s| of(s).iter().cloned()).collect::<BTreeSet<_>>().into_iter().collect()
        };
        let hosts = union(|s| &s.hosts);
        let witnesses = union(|s| &s.witnesses);
        Campaign {
            id: (*id).to_owned(),
            first: steps.iter().map(|s| s.first.clone()).min().unwrap_or_default(),
            last: steps.iter().map(|s| s.last.clone()).max().unwrap_or_default(),
            witnesses: witnesses.into_iter().filter(|host| !hosts.contains(host)).collect(),
            hosts,
            accounts: union(|s| &s.accounts),
            infrastructure: infrastructure.iter().map(|name| (*name).to_owned()).collect(),
            steps,
        }
    }

    fn step_truth(&self, n: usize) -> StepTruth {
        let (id, title, technique) = STEPS[n];
        let note = &self.notes[n];
        let mut hosts = note.hosts.clone();
        let mut witnesses = BTreeSet::new();
        let mut files = BTreeSet::new();
        let mut traces = 0;
        let mut times: Option<(Moment, Moment)> = None;
        for line in self.lines.index.iter().filter(|l| usize::from(l.step) == n + 1) {
            if let Target::Windows(host, _) = line.target {
                let seen_at = if line.of_another { &mut witnesses } else { &mut hosts };
                seen_at.insert(host.get().name.to_owned());
            }
            files.insert(file_name(line.target, line.time));
            traces += 1;
            times = Some((times.map_or(line.time, |(first, _)| first), line.time));
        }
        let (first, last) = times.map(|(a, b)| (rfc3339(a), rfc3339(b))).unwrap_or_default();
        StepTruth {
            id: id.to_owned(),
            title: title.to_owned(),
            technique: technique.to_owned(),
            first,
            last,
            hosts: hosts.into_iter().collect(),
            witnesses: witnesses.into_iter().collect(),
            accounts: note.accounts.iter().cloned().collect(),
            files: files.into_iter().collect(),
            traces,
            markers: note.markers.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{STEPS, run};
    use crate::life::Life;
    use crate::time::{DAY, MINUTE, START};
    use crate::windows::push_escaped;
    use crate::world::World;

    /// Every marker stands in a line of its own step, and in none of ordinary life.
    #[test]
    fn markers_tell_the_campaign_from_ordinary_life() {
        let world = World::new(3);
        let played = run(&world, 3);
        let mut life = Life::new(&world, 3, 200_000);
        for n in 0..2 * DAY / (15 * MINUTE) {
            let from = START.plus(n * 15 * MINUTE);
            life.slice(from, from.plus(15 * MINUTE), 100 * n as u64);
        }
        assert!(life.emit.count > 15_000);
        for (n, note) in played.notes.iter().enumerate() {
            assert!(!note.markers.is_empty(), "{} has no marker", STEPS[n].0);
            for marker in &note.markers {
                let mut text = String::new();
                push_escaped(&mut text, &marker.text);
                let holds = |line: &str| line.contains(&text) || line.contains(&marker.text);
                let own = played.lines.index.iter().filter(|l| usize::from(l.step) == n + 1);
                assert!(own.clone().any(|l| holds(played.lines.get(l))), "{text} is in no line of its step");
                assert!(!holds(&life.emit.lines.text), "{text} stands in ordinary life");
            }
        }
    }

    #[test]
    fn the_campaign_hangs_on_the_seed_alone() {
        let world = World::new(5);
        let (a, b, c) = (run(&world, 5), run(&world, 5), run(&world, 6));
        assert!(a.lines.text == b.lines.text);
        assert!(a.lines.text != c.lines.text);
    }
}
