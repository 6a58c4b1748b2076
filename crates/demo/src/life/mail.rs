//! Mail: programs ask their server, servers talk to others.

use super::Life;
use crate::image;
use crate::net::Flow;
use crate::outside;
use crate::time::{MILLI, Moment, SECOND};
use crate::world::{HostId, Process};
use crate::zeek::Tls;

impl Life<'_> {
    /// The mail program asks the site's server.
    pub(super) fn check_mail(&mut self, t: Moment, mail: &Process) {
        let host = mail.host.get();
        let server = host.site.mail().get();
        let name = format!("mail.{}", host.site.dns());
        if self.emit.rng.chance(30) {
            self.emit.resolve(t, mail, &name, server.ip);
        }
        let from = (host.ip, self.emit.port());
        let (sent, received) = (self.emit.rng.size(1_800, 6), self.emit.rng.size(5_000, 8));
        let flow = Flow::tcp(t.plus(9 * MILLI), from, (server.ip, 443), "ssl")
            .bytes(sent, received)
            .lasting(self.emit.rng.between(100 * MILLI, 90 * SECOND));
        let seen = self.emit.connect(mail, &flow, &name);
        self.emit.ssl(&flow, &seen, &Tls::trusted(&name, &image::OUTLOOK));
    }

    /// A server sends a message out, or takes one in.
    pub(super) fn exchange(&mut self, t: Moment, server: HostId) {
        let process = &self.emit.world.base(server).service;
        let other = *self.emit.rng.pick(&outside::MAIL_SERVERS);
        let own = server.get().ip;
        let bytes = self.emit.rng.size(9_000, 8);
        let lasting = self.emit.rng.between(300 * MILLI, 12 * SECOND);
        let port = self.emit.port();
        if self.emit.rng.chance(45) {
            let flow = Flow::tcp(t, (own, port), (other, 25), "smtp").bytes(bytes, 600).lasting(lasting);
            self.emit.connect(process, &flow, "-");
        } else {
            let flow = Flow::tcp(t, (other, port), (own, 25), "smtp").bytes(bytes, 600).lasting(lasting);
            self.emit.connected(process, &flow, "-", false);
            self.emit.flow(&flow);
            let name = format!("{:016x}.msg", self.emit.rng.next());
            self.emit.file(t.plus(lasting), process, &[r"D:\Mail\queue\", &name]);
        }
    }
}
