//! Ordinary life: people at their desks, servers, administrators, and what runs by the clock.

mod admin;
mod clockwork;
mod desk;
mod files;
mod mail;
mod system;
mod web;

use crate::line::Emit;
use crate::rng::Rng;
use crate::time::{DAY, HOUR, MINUTE, Moment};
use crate::world::{HOSTS, HostId, Logon, Process, Role, World, host_ids};

/// Somebody's working day at a desk.
#[derive(Debug, Clone)]
struct Session {
    logon: Logon,
    explorer: Process,
    browser: Process,
    mail: Process,
}

/// When somebody comes and goes today.
#[derive(Debug, Clone, Copy)]
struct Day {
    number: i64,
    comes: Moment,
    goes: Moment,
}

#[derive(Debug, Clone, Default)]
struct Desk {
    day: Option<Day>,
    session: Option<Session>,
    gone: bool,
}

/// Ordinary life and where it stands.
pub(crate) struct Life<'w> {
    pub(crate) emit: Emit<'w>,
    desks: Vec<Desk>,
    clock: clockwork::Clock,
}

impl<'w> Life<'w> {
    /// `events` is how many lines ordinary life will have in all.
    pub(crate) fn new(world: &'w World, seed: u64, events: u64) -> Self {
        Life {
            emit: Emit::new(world, Rng::new(seed, "life"), 0),
            desks: vec![Desk::default(); HOSTS.len()],
            clock: clockwork::Clock::new(events),
        }
    }

    /// What begins in `from..until`: first what is due, then as much as makes `target` lines in all.
    pub(crate) fn slice(&mut self, from: Moment, until: Moment, target: u64) {
        for host in host_ids().filter(|h| h.get().role == Role::Workstation) {
            self.come_and_go(host, from, until);
        }
        self.clockwork(from, until);
        let night = from.is_weekend() || !(6 * HOUR..18 * HOUR).contains(&from.of_day());
        while self.emit.count < target {
            let t = Moment(self.emit.rng.between(from.0, until.0));
            let host = HostId(self.emit.rng.below(HOSTS.len() as u64) as u8);
            match self.present(host, t) {
                Some(session) => self.at_desk(t, &session),
                None if host.get().role == Role::Server => self.server(t, host, night),
                None => self.idle(t, host),
            }
        }
    }

    /// The session at this desk, if somebody is there and stays a while.
    fn present(&self, host: HostId, t: Moment) -> Option<Session> {
        let desk = &self.desks[host.index()];
        let session = desk.session.as_ref()?;
        let leaves = desk.day?.goes.plus(-12 * MINUTE);
        let begun = i64::from(session.logon.seconds) * crate::time::SECOND + MINUTE;
        (t.0 > begun && t < leaves).then(|| session.clone())
    }

    fn come_and_go(&mut self, host: HostId, from: Moment, until: Moment) {
        let number = from.day();
        if self.desks[host.index()].day.is_none_or(|day| day.number != number) {
            self.desks[host.index()] = Desk { day: self.plan(number), session: None, gone: false };
        }
        let Some(day) = self.desks[host.index()].day else { return };
        if day.comes < until && self.desks[host.index()].session.is_none() && !self.desks[host.index()].gone {
            let session = self.log_on(day.comes, host);
            self.desks[host.index()].session = Some(session);
        }
        if day.goes < until
            && let Some(session) = self.desks[host.index()].session.take()
        {
            self.desks[host.index()].gone = true;
            self.log_off(day.goes, &session);
        }
    }

    /// Most people come on working days; hours differ.
    fn plan(&mut self, number: i64) -> Option<Day> {
        let midnight = Moment(number * DAY);
        let rng = &mut self.emit.rng;
        let absent = midnight.is_weekend() || rng.chance(7);
        let comes = midnight.plus(rng.between(6 * HOUR + 45 * MINUTE, 8 * HOUR + 15 * MINUTE));
        let goes = midnight.plus(rng.between(15 * HOUR + 40 * MINUTE, 17 * HOUR + 30 * MINUTE));
        let comes = if absent { midnight.plus(2 * DAY) } else { comes };
        Some(Day { number, comes, goes })
    }
}
