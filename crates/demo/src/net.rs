//! Connections, and which sensors see them. Zeek's sensors stand at the gateways, which also route between the
//! segments of a network; the proxy at the gateway takes ports 80 and 443 of desks and port 80 of servers.

use crate::line::Emit;
use crate::outside::Outside;
use crate::proxy::Access;
use crate::rng::Rng;
use crate::time::{MILLI, Moment};
use crate::world::{Account, Ip, Process, Role, SITES, Site, Who};
use crate::zeek::{Query, Request, Tls, Uid, sensor_down};

/// One connection, as it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Flow {
    pub(crate) time: Moment,
    pub(crate) from: Ip,
    pub(crate) from_port: u16,
    pub(crate) to: Ip,
    pub(crate) to_port: u16,
    pub(crate) proto: &'static str,
    /// As Zeek names it; empty if it knows none.
    pub(crate) service: &'static str,
    /// Microseconds.
    pub(crate) duration: i64,
    /// Payload bytes from the side that began.
    pub(crate) sent: u64,
    /// Payload bytes to that side.
    pub(crate) received: u64,
    pub(crate) state: &'static str,
    pub(crate) history: &'static str,
}

impl Flow {
    /// A TCP connection that ended well.
    pub(crate) fn tcp(time: Moment, from: (Ip, u16), to: (Ip, u16), service: &'static str) -> Flow {
        Flow {
            time,
            from: from.0,
            from_port: from.1,
            to: to.0,
            to_port: to.1,
            proto: "tcp",
            service,
            duration: 180 * MILLI,
            sent: 600,
            received: 900,
            state: "SF",
            history: "ShADadFf",
        }
    }

    pub(crate) fn bytes(self, sent: u64, received: u64) -> Flow {
        Flow { sent, received, ..self }
    }

    pub(crate) fn lasting(self, duration: i64) -> Flow {
        Flow { duration, ..self }
    }

    fn passes(&self, site: Site) -> bool {
        let touches = self.from.site() == Some(site) || self.to.site() == Some(site);
        touches && self.from.segment() != self.to.segment()
    }
}

/// What each sensor called a connection that it saw.
pub(crate) type Seen = [Option<Uid>; 2];

/// The resolver outside that the domain controllers ask.
const UPSTREAM: Ip = Ip::new(192, 0, 2, 53);

/// What a program fetches from outside.
pub(crate) struct Fetch<'a> {
    pub(crate) place: &'a Outside,
    pub(crate) path: &'a str,
    pub(crate) agent: &'a str,
    pub(crate) method: &'static str,
    pub(crate) mime: &'static str,
    pub(crate) sent: u64,
    pub(crate) received: u64,
    pub(crate) duration: i64,
}

impl Emit<'_> {
    /// The conn line of each sensor that the connection passes.
    pub(crate) fn flow(&mut self, flow: &Flow) -> Seen {
        let mut seen = [None; 2];
        for (place, site) in seen.iter_mut().zip(SITES) {
            if flow.passes(site) && !sensor_down(site, flow.time) {
                let uid = Uid::draw(&mut self.rng);
                self.conn(site, flow, &uid);
                *place = Some(uid);
            }
        }
        seen
    }

    /// A connection between a process and another host, seen by Sysmon and by the sensors.
    pub(crate) fn connect(&mut self, process: &Process, flow: &Flow, name: &str) -> Seen {
        self.connected(process, flow, name, true);
        self.flow(flow)
    }

    /// A process looks up a name: Sysmon 22, and the queries that pass a sensor.
    pub(crate) fn resolve(&mut self, t: Moment, process: &Process, name: &str, answer: Ip) {
        self.queried(t, process, name, answer);
        let host = process.host.get();
        let controller = host.site.controller().get().ip;
        if host.ip.segment() == controller.segment() {
            self.lookup(t.plus(3 * MILLI), controller, UPSTREAM, name, answer);
        } else {
            self.lookup(t, host.ip, controller, name, answer);
            // Most answers come from the controller's cache.
            if answer.site().is_none() && self.rng.chance(25) {
                self.lookup(t.plus(MILLI), controller, UPSTREAM, name, answer);
            }
        }
    }

    fn lookup(&mut self, t: Moment, from: Ip, to: Ip, name: &str, answer: Ip) {
        let rtt = self.rng.between(400, 28_000);
        let flow = Flow {
            proto: "udp",
            duration: rtt,
            sent: name.len() as u64 + 18,
            received: name.len() as u64 + 34,
            history: "Dd",
            ..Flow::tcp(t, (from, self.port()), (to, 53), "dns")
        };
        let seen = self.flow(&flow);
        let query = Query { name, answer, rtt, id: self.rng.below(65_536), ttl: 30 + self.rng.below(3_570) };
        self.dns(&flow, &seen, &query);
    }

    /// A request to an outside server, in all logs that see it. Returns the moment after it.
    pub(crate) fn fetch(&mut self, t: Moment, process: &Process, fetch: &Fetch<'_>) -> Moment {
        let place = fetch.place;
        let host = process.host.get();
        // Who asks for an address needs no name.
        if place.name.ends_with(".example") {
            self.resolve(t, process, place.name, place.ip);
        }
        let begin = t.plus(self.rng.between(8, 60) * MILLI);
        let port = if place.tls { 443 } else { 80 };
        let service = if place.tls { "ssl" } else { "http" };
        let from = (host.ip, self.port());
        let flow = Flow::tcp(begin, from, (place.ip, port), service)
            .bytes(fetch.sent, fetch.received)
            .lasting(fetch.duration);
        let seen = self.connect(process, &flow, place.name);
        if place.tls {
            self.ssl(&flow, &seen, &Tls::trusted(place.name, process.image));
        } else {
            self.http(&flow, &seen, &Request::of(fetch));
        }
        if !place.tls || host.role == Role::Workstation {
            self.access(&flow, &Access { fetch, account: person(process) });
        }
        begin.plus(fetch.duration)
    }
}

fn person(process: &Process) -> Option<Account> {
    match process.logon.who {
        Who::Account(account) => Some(account),
        _ => None,
    }
}

impl<'a> Fetch<'a> {
    /// A plain request.
    pub(crate) fn get(place: &'a Outside, path: &'a str, agent: &'a str, rng: &mut Rng) -> Fetch<'a> {
        Fetch {
            place,
            path,
            agent,
            method: "GET",
            mime: "text/html",
            sent: 500 + rng.size(900, 4),
            received: 2_000 + rng.size(16_000, 8),
            duration: rng.between(60, 9_000) * MILLI,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Flow;
    use crate::time::START;
    use crate::world::{Ip, Site};

    #[test]
    fn a_sensor_sees_what_passes_its_gateway() {
        let between = |a: [u8; 4], b: [u8; 4]| {
            let ip = |[a, b, c, d]: [u8; 4]| Ip::new(a, b, c, d);
            let flow = Flow::tcp(START, (ip(a), 50_000), (ip(b), 443), "ssl");
            (flow.passes(Site::Provider), flow.passes(Site::Client))
        };
        assert_eq!(between([10, 20, 1, 31], [192, 0, 2, 1]), (false, true));
        assert_eq!(between([10, 20, 1, 31], [10, 20, 0, 10]), (false, true));
        assert_eq!(between([10, 20, 0, 12], [10, 20, 0, 10]), (false, false));
        assert_eq!(between([10, 10, 5, 20], [10, 20, 0, 12]), (true, true));
    }
}
