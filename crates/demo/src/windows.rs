//! Windows events as Winlogbeat ships them: one JSON object a line. `message` holds the first sentence only, as
//! where a collector is set to leave out what `event_data` says anyway.

use crate::image::{Image, push_hex8};
use crate::line::{Channel, Emit, Target};
use crate::time::{Moment, push_iso, push_utc};
use crate::world::{Account, HostId, Ip, Logon, Process, Who, numbers_as_text, push_guid};
use std::fmt::Write as _;

/// What all events of one kind share.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) channel: Channel,
    pub(crate) code: u32,
    pub(crate) task: &'static str,
    pub(crate) message: &'static str,
    pub(crate) version: u8,
    pub(crate) failure: bool,
}

pub(crate) const fn sysmon(code: u32, task: &'static str, message: &'static str, version: u8) -> Kind {
    Kind { channel: Channel::Sysmon, code, task, message, version, failure: false }
}

pub(crate) const fn security(code: u32, task: &'static str, message: &'static str, version: u8) -> Kind {
    Kind { channel: Channel::Security, code, task, message, version, failure: false }
}

/// The members of `event_data`, written in order.
pub(crate) struct Data<'a> {
    out: &'a mut String,
    first: bool,
    host: HostId,
    machine: u32,
}

impl Data<'_> {
    fn name(&mut self, name: &str) {
        if !self.first {
            self.out.push(',');
        }
        self.first = false;
        self.out.push('"');
        self.out.push_str(name);
        self.out.push_str("\":\"");
    }

    /// A member whose value is put together by `fill`, which must push nothing that JSON escapes.
    fn raw(&mut self, name: &str, fill: impl FnOnce(&mut String)) -> &mut Self {
        self.name(name);
        fill(self.out);
        self.out.push('"');
        self
    }

    pub(crate) fn text(&mut self, name: &str, value: &str) -> &mut Self {
        self.raw(name, |out| push_escaped(out, value))
    }

    /// Several parts one after the other.
    pub(crate) fn parts(&mut self, name: &str, parts: &[&str]) -> &mut Self {
        self.raw(name, |out| parts.iter().for_each(|part| push_escaped(out, part)))
    }

    pub(crate) fn number(&mut self, name: &str, value: u64) -> &mut Self {
        self.raw(name, |out| {
            let _ = write!(out, "{value}");
        })
    }

    pub(crate) fn hex(&mut self, name: &str, value: u64) -> &mut Self {
        self.raw(name, |out| {
            let _ = write!(out, "{value:#x}");
        })
    }

    pub(crate) fn ip(&mut self, name: &str, ip: Ip) -> &mut Self {
        self.raw(name, |out| ip.push(out))
    }

    /// As domain controllers write addresses of Kerberos clients.
    pub(crate) fn mapped_ip(&mut self, name: &str, ip: Ip) -> &mut Self {
        self.raw(name, |out| {
            out.push_str("::ffff:");
            ip.push(out);
        })
    }

    pub(crate) fn utc(&mut self, name: &str, t: Moment) -> &mut Self {
        self.raw(name, |out| push_utc(out, t))
    }

    pub(crate) fn hashes(&mut self, image: &Image) -> &mut Self {
        self.raw("Hashes", |out| image.push_hashes(out))
    }

    pub(crate) fn sid(&mut self, name: &str, who: Who) -> &mut Self {
        self.raw(name, |out| match who {
            Who::System => out.push_str("S-1-5-18"),
            Who::NetworkService => out.push_str("S-1-5-20"),
            Who::Account(account) => account.push_sid(out),
        })
    }

    /// `DOMAIN\user`, as Sysmon names who runs a process.
    pub(crate) fn user(&mut self, name: &str, who: Who) -> &mut Self {
        match who {
            Who::System => self.text(name, r"NT AUTHORITY\SYSTEM"),
            Who::NetworkService => self.text(name, r"NT AUTHORITY\NETWORK SERVICE"),
            Who::Account(account) => self.parts(name, &[account.site.domain(), "\\", account.name]),
        }
    }

    /// Process GUID and number under the names that the event has for them.
    pub(crate) fn process(&mut self, guid: &str, id: &str, process: &Process) -> &mut Self {
        let machine = self.machine;
        self.raw(guid, |out| {
            out.push('{');
            push_guid(out, machine, process.seconds, 0x10, process.serial);
            out.push('}');
        });
        self.number(id, u64::from(process.pid))
    }

    pub(crate) fn logon_guid(&mut self, logon: &Logon) -> &mut Self {
        let machine = self.machine;
        self.raw("LogonGuid", |out| {
            out.push('{');
            push_guid(out, machine, logon.seconds, 0x20, logon.id as u32);
            out.push('}');
        })
    }

    /// A GUID that belongs to `key`.
    pub(crate) fn keyed_guid(&mut self, name: &str, key: u64) -> &mut Self {
        let mut state = key;
        let (a, b) = (crate::rng::split_mix(&mut state), crate::rng::split_mix(&mut state));
        self.raw(name, |out| {
            out.push('{');
            push_hex8(out, (a >> 32) as u32, false);
            let _ = write!(out, "-{:04x}-{:04x}-{:04x}-", a >> 16 & 0xffff, a & 0xffff, b >> 48);
            let _ = write!(out, "{:012x}}}", b & 0xffff_ffff_ffff);
        })
    }

    /// SID, name, domain and logon under names that begin with `Subject`: who did it.
    pub(crate) fn subject(&mut self, logon: &Logon) -> &mut Self {
        self.sid("SubjectUserSid", logon.who);
        self.names("SubjectUserName", "SubjectDomainName", logon.who);
        self.hex("SubjectLogonId", logon.id)
    }

    /// No subject: the logon came from the network.
    pub(crate) fn nobody(&mut self) -> &mut Self {
        self.text("SubjectUserSid", "S-1-0-0").text("SubjectUserName", "-");
        self.text("SubjectDomainName", "-").text("SubjectLogonId", "0x0")
    }

    /// Name and domain; the system appears under its computer's account, as in the Security log.
    pub(crate) fn names(&mut self, name: &str, domain: &str, who: Who) -> &mut Self {
        match who {
            Who::System | Who::NetworkService => {
                let host = self.host.get();
                self.parts(name, &[host.name, "$"]).text(domain, host.site.domain())
            }
            Who::Account(account) => self.account(name, domain, &account),
        }
    }

    pub(crate) fn account(&mut self, name: &str, domain: &str, account: &Account) -> &mut Self {
        self.text(name, account.name).text(domain, account.site.domain())
    }

    /// Members under fixed names with fixed values.
    pub(crate) fn fixed(&mut self, members: &[(&str, &str)]) -> &mut Self {
        for (name, value) in members {
            self.text(name, value);
        }
        self
    }
}

/// Appends `value` as the inside of a JSON string.
pub(crate) fn push_escaped(out: &mut String, value: &str) {
    let mut from = 0;
    for (at, byte) in value.bytes().enumerate() {
        let escape = match byte {
            b'\\' => "\\\\",
            b'"' => "\\\"",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            _ => continue,
        };
        out.push_str(&value[from..at]);
        out.push_str(escape);
        from = at + 1;
    }
    out.push_str(&value[from..]);
}

impl Emit<'_> {
    /// Emits one event; `fill` writes its `event_data`.
    pub(crate) fn event(&mut self, host: HostId, t: Moment, kind: &Kind, fill: impl FnOnce(&mut Data<'_>)) {
        self.event_with(host, t, kind, "event_data", fill);
    }

    /// The same with the member's name, which is `user_data` for events that have no `EventData`.
    pub(crate) fn event_with(
        &mut self,
        host: HostId,
        t: Moment,
        kind: &Kind,
        member: &str,
        fill: impl FnOnce(&mut Data<'_>),
    ) {
        let thread = 4 * self.rng.between(200, 2_000);
        let delay = self.rng.between(400, 2_500) * crate::time::MILLI;
        let world = self.world;
        let base = world.base(host);
        let quote = if numbers_as_text(host) { "\"" } else { "" };
        let out = self.lines.begin();
        out.push_str("{\"@timestamp\":\"");
        push_iso(out, t);
        out.push_str("\",");
        out.push_str(&world.agent[host.index()]);
        push_event(out, kind, quote, t.plus(delay));
        out.push_str(",\"host\":{\"name\":\"");
        out.push_str(host.get().name);
        out.push_str("\"},\"log\":{\"level\":\"information\"},\"message\":\"");
        push_escaped(out, kind.message);
        out.push_str("\",\"winlog\":{\"api\":\"wineventlog\",\"channel\":\"");
        out.push_str(channel_name(kind.channel));
        out.push_str("\",\"computer_name\":\"");
        push_computer(out, host);
        out.push_str("\",\"");
        out.push_str(member);
        out.push_str("\":{");
        fill(&mut Data { out, first: true, host, machine: world.machine[host.index()] });
        let _ = write!(out, "}},\"event_id\":{quote}{}{quote},", kind.code);
        push_keywords(out, kind);
        out.push_str("\"opcode\":\"Info\",\"process\":{\"pid\":");
        let writer = match kind.channel {
            Channel::Security => base.lsass.pid,
            Channel::Sysmon => base.beat.pid - 28,
            Channel::System => base.services.pid,
        };
        let _ = write!(out, "{writer},\"thread\":{{\"id\":{thread}}}}},");
        out.push_str(provider(kind));
        out.push_str(",\"record_id\":");
        out.push_str(quote);
        let record_at = out.len();
        out.push_str(quote);
        out.push_str(",\"task\":\"");
        out.push_str(kind.task);
        out.push('"');
        if kind.channel == Channel::Sysmon {
            out.push_str(",\"user\":{\"domain\":\"NT AUTHORITY\",\"identifier\":\"S-1-5-18\",\"name\":\"SYSTEM\",\"type\":\"User\"}");
        }
        let _ = write!(out, ",\"version\":{}}}}}", kind.version);
        self.end(t, Target::Windows(host, kind.channel), record_at);
    }
}

fn push_event(out: &mut String, kind: &Kind, quote: &str, created: Moment) {
    out.push_str(",\"event\":{\"action\":\"");
    out.push_str(kind.task);
    let _ = write!(out, "\",\"code\":{quote}{}{quote},\"created\":\"", kind.code);
    push_iso(out, created);
    out.push_str("\",\"kind\":\"event\"");
    if kind.channel == Channel::Security {
        out.push_str(if kind.failure { ",\"outcome\":\"failure\"" } else { ",\"outcome\":\"success\"" });
    }
    out.push_str(",\"provider\":\"");
    out.push_str(provider_name(kind));
    out.push_str("\"}");
}

fn push_computer(out: &mut String, host: HostId) {
    out.push_str(host.get().name);
    out.push('.');
    out.push_str(host.get().site.dns());
}

fn push_keywords(out: &mut String, kind: &Kind) {
    if kind.channel == Channel::Security {
        let keyword = if kind.failure { "Audit Failure" } else { "Audit Success" };
        let _ = write!(out, "\"keywords\":[\"{keyword}\"],");
    }
}

fn channel_name(channel: Channel) -> &'static str {
    match channel {
        Channel::Security => "Security",
        Channel::Sysmon => "Microsoft-Windows-Sysmon/Operational",
        Channel::System => "System",
    }
}

/// The log's own events (1102) have another provider than the rest of the Security channel.
fn provider_name(kind: &Kind) -> &'static str {
    match kind.channel {
        Channel::Security if kind.code == 1102 => "Microsoft-Windows-Eventlog",
        Channel::Security => "Microsoft-Windows-Security-Auditing",
        Channel::Sysmon => "Microsoft-Windows-Sysmon",
        Channel::System => "Service Control Manager",
    }
}

fn provider(kind: &Kind) -> &'static str {
    match provider_name(kind) {
        "Microsoft-Windows-Eventlog" => {
            "\"provider_guid\":\"{fc65ddd8-d6ef-4962-83d5-6e5cfe9ce148}\",\"provider_name\":\"Microsoft-Windows-Eventlog\""
        }
        "Microsoft-Windows-Security-Auditing" => {
            "\"provider_guid\":\"{54849625-5478-4994-a5ba-3e3b0328c30d}\",\"provider_name\":\"Microsoft-Windows-Security-Auditing\""
        }
        "Microsoft-Windows-Sysmon" => {
            "\"provider_guid\":\"{5770385f-c22a-43e0-bf4c-06f5698ffbd9}\",\"provider_name\":\"Microsoft-Windows-Sysmon\""
        }
        _ => {
            "\"provider_guid\":\"{555908d1-a6d7-4695-8e1e-26931d2012f4}\",\"provider_name\":\"Service Control Manager\""
        }
    }
}

#[cfg(test)]
mod tests {
    use super::push_escaped;

    #[test]
    fn what_is_escaped_reads_back() {
        let value = "a\\b \"c\"\r\n\td é";
        let mut out = String::from("\"");
        push_escaped(&mut out, value);
        out.push('"');
        assert_eq!(serde_json::from_str::<String>(&out).unwrap(), value);
    }
}
