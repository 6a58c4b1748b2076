//! In: remote desktop from outside with the stolen account, and from the provider on to the client.

use super::{Actor, Step};
use crate::image;
use crate::net::Flow;
use crate::outside::ATTACKER;
use crate::security::Way;
use crate::time::{MILLI, MINUTE, Moment, SECOND};
use crate::world::{ADM_LINDQVIST, HostId, Logon, MSP_JUMP, Process, SVC_MERIDIAN};

/// Name of the intruders' computer, as NTLM tells it.
const ATTACKER_NAME: &str = "WIN-4K7QT2M";

impl Actor<'_> {
    /// One night: they log on to the jump host, do something, and log off after `minutes`.
    pub(super) fn night(&mut self, t: Moment, minutes: i64, deeds: impl FnOnce(&mut Self, Moment, &Process)) {
        self.at(Step::InitialRdp, &ADM_LINDQVIST);
        let t = t.plus(self.emit.rng.between(0, 50 * SECOND));
        let lasting = minutes * MINUTE;
        let port = self.emit.port();
        let flow = Flow::tcp(t, (ATTACKER, port), (MSP_JUMP.get().ip, 3389), "rdp")
            .bytes(1_200_000 + self.emit.rng.size(400_000, 3), 9_000_000 + self.emit.rng.size(2_000_000, 4))
            .lasting(lasting);
        self.emit.flow(&flow);
        let listener = &self.emit.world.base(MSP_JUMP).network;
        self.emit.connected(listener, &flow, "-", false);
        self.mark(t, MSP_JUMP.get().name, "203.0.113.77");
        self.emit.validated(t.plus(800 * MILLI), &ADM_LINDQVIST, ATTACKER_NAME);
        let way = Way::ntlm(ATTACKER, 0, ATTACKER_NAME);
        let network = self.emit.logon(t.plus(830 * MILLI), MSP_JUMP, ADM_LINDQVIST, &way, 0);
        let remote = Way::remote(MSP_JUMP, ATTACKER);
        let logon = self.emit.logon(t.plus(2 * SECOND), MSP_JUMP, ADM_LINDQVIST, &remote, 3);
        self.emit.logoff(t.plus(2_300 * MILLI), MSP_JUMP, &network, 3);
        let shell = self.shell(t.plus(4 * SECOND), MSP_JUMP, logon);
        deeds(self, t, &shell);
        self.at(Step::InitialRdp, &ADM_LINDQVIST);
        self.emit.exit(t.plus(lasting - 4 * SECOND), &shell);
        self.emit.logoff(t.plus(lasting), MSP_JUMP, &logon, 10);
    }

    /// Remote desktop from the jump host to a host of the client; gives the shell there.
    pub(super) fn enter_client(
        &mut self,
        t: Moment,
        shell: &Process,
        target: HostId,
        minutes: i64,
    ) -> (Process, Logon) {
        self.at(Step::ClientRdp, &ADM_LINDQVIST);
        self.at(Step::ClientRdp, &SVC_MERIDIAN);
        let command = format!("mstsc.exe /v:{}", target.get().name.to_lowercase());
        let mstsc = self.run(t, shell, &image::MSTSC, command, minutes * 60);
        let from = (MSP_JUMP.get().ip, self.emit.port());
        let lasting = minutes * MINUTE - 20 * SECOND;
        let flow = Flow::tcp(t.plus(6 * SECOND), from, (target.get().ip, 3389), "rdp")
            .bytes(900_000 + self.emit.rng.size(300_000, 3), 7_000_000 + self.emit.rng.size(1_500_000, 4))
            .lasting(lasting);
        self.emit.connect(&mstsc, &flow, "-");
        self.emit.explicit(t.plus(6_200 * MILLI), &mstsc, &SVC_MERIDIAN, target, None);
        let listener = &self.emit.world.base(target).network;
        self.emit.connected(listener, &flow, "-", false);
        self.emit.validated(t.plus(6_300 * MILLI), &SVC_MERIDIAN, MSP_JUMP.get().name);
        let way = Way::ntlm(from.0, 0, MSP_JUMP.get().name);
        let network = self.emit.logon(t.plus(6_350 * MILLI), target, SVC_MERIDIAN, &way, 0);
        let remote = Way::remote(target, from.0);
        let logon = self.emit.logon(t.plus(8 * SECOND), target, SVC_MERIDIAN, &remote, 2);
        self.emit.logoff(t.plus(8_200 * MILLI), target, &network, 3);
        let there = self.shell(t.plus(10 * SECOND), target, logon);
        self.emit.exit(t.plus(lasting), &there);
        self.emit.logoff(t.plus(lasting + 4 * SECOND), target, &logon, 10);
        (there, logon)
    }
}
