//! The implant and its calls home.

use super::{Actor, Step};
use crate::image;
use crate::net::Flow;
use crate::outside::{C2, C2_NAME};
use crate::time::{HOUR, MILLI, MINUTE, Moment, SECOND};
use crate::world::{ADM_LINDQVIST, HM_FILE, HostId, MSP_JUMP, Process, SVC_MERIDIAN, Who, system_logon};
use crate::zeek::Tls;

/// Between two calls: 300 s, 10 % more or less.
const INTERVAL: i64 = 300 * SECOND;

impl Actor<'_> {
    /// The implant starts under the system's account and calls home for the first time.
    pub(super) fn start_implant(&mut self, t: Moment, parent: &Process) -> Process {
        let boot = Moment(i64::from(self.emit.world.base(parent.host).system.seconds) * SECOND);
        let logon = system_logon(Who::System, boot);
        let implant = self.emit.spawn(t, parent, &image::IMPLANT, image::IMPLANT.path, logon);
        self.mark(t, parent.host.get().name, image::IMPLANT.path);
        self.call(t.plus(2 * SECOND), &implant, true, true);
        implant
    }

    /// The days on which the implants call home: after that they sleep.
    pub(super) fn beacons(&mut self) {
        let story = Moment::of_story;
        let windows = [
            (MSP_JUMP, ADM_LINDQVIST, story(3, 10, 1, 40), story(3, 14, 6, 0)),
            (HM_FILE, SVC_MERIDIAN, story(3, 16, 1, 20), story(3, 21, 6, 0)),
            (HM_FILE, SVC_MERIDIAN, story(4, 3, 0, 30), story(4, 6, 12, 0)),
        ];
        for (n, (host, account, from, to)) in windows.into_iter().enumerate() {
            self.at(Step::Implant, &account);
            let parent = self.emit.world.base(host).services.clone();
            let implant = self.start_implant(from, &parent);
            self.at(Step::Beacon, &account);
            self.acts(host);
            let sensor = if n == 0 { "zeek/provider" } else { "zeek/client" };
            self.mark(from, sensor, "198.51.100.23");
            self.mark(from, host.get().name, C2_NAME);
            self.calls(host, &implant, from, to);
            self.at(Step::Implant, &account);
            self.emit.exit(to, &implant);
        }
    }

    fn calls(&mut self, host: HostId, implant: &Process, from: Moment, to: Moment) {
        debug_assert_eq!(host, implant.host);
        let mut t = from.plus(INTERVAL);
        let mut asked = from.plus(-HOUR);
        while t < to.plus(-MINUTE) {
            // The name's answer is kept for an hour, and Sysmon notes one connection for each.
            let fresh = t.0 - asked.0 >= HOUR;
            if fresh {
                asked = t;
            }
            self.call(t, implant, fresh, fresh);
            t = t.plus(INTERVAL + self.emit.rng.between(-30 * SECOND, 30 * SECOND));
        }
    }

    fn call(&mut self, t: Moment, implant: &Process, ask: bool, noted: bool) {
        if ask {
            self.emit.resolve(t.plus(-40 * MILLI), implant, C2_NAME, C2);
        }
        let sent = 517 + self.emit.rng.below(60);
        let received = 1_880 + self.emit.rng.below(220);
        let lasting = self.emit.rng.between(240 * MILLI, 900 * MILLI);
        let from = (implant.host.get().ip, self.emit.port());
        let flow = Flow::tcp(t, from, (C2, 443), "ssl").bytes(sent, received).lasting(lasting);
        if noted {
            self.emit.connected(implant, &flow, "-", true);
        }
        let seen = self.emit.flow(&flow);
        let tls = Tls {
            server_name: C2_NAME,
            issuer: "CN=news.fjord-weather.example",
            validation: "self signed certificate",
            client: &image::IMPLANT,
        };
        self.emit.ssl(&flow, &seen, &tls);
    }
}
