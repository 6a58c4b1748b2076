//! Zeek's tab-separated logs: conn, dns, http and ssl, in the columns of Zeek 4.

use std::fmt::Write as _;

use crate::image::{Image, push_hex8};
use crate::line::{Emit, Target, ZeekLog};
use crate::net::{Fetch, Flow, Seen};
use crate::outside;
use crate::rng::{Rng, name_hash, split_mix};
use crate::time::{MILLI, Moment, push_clock, push_date, push_epoch};
use crate::world::{Ip, SITES, Site};

/// The client's sensor is down in the night of 2017-04-06, from 02:30 to 04:30 UTC.
pub(crate) fn sensor_gap() -> (Moment, Moment) {
    (Moment::of_story(4, 6, 2, 30), Moment::of_story(4, 6, 4, 30))
}

pub(crate) fn sensor_down(site: Site, t: Moment) -> bool {
    let (from, to) = sensor_gap();
    site == Site::Client && t >= from && t < to
}

/// A connection's name at one sensor: `C` and 17 letters or digits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Uid([u8; 18]);

impl Uid {
    pub(crate) fn draw(rng: &mut Rng) -> Uid {
        const LETTERS: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let mut uid = [b'C'; 18];
        let (mut high, mut low) = (rng.next(), rng.next());
        for (n, letter) in uid[1..].iter_mut().enumerate() {
            let bits = if n < 10 { &mut high } else { &mut low };
            *letter = LETTERS[(*bits % 62) as usize];
            *bits /= 62;
        }
        Uid(uid)
    }

    pub(crate) fn push(&self, out: &mut String) {
        out.extend(self.0.iter().map(|b| *b as char));
    }
}

pub(crate) struct Query<'a> {
    pub(crate) name: &'a str,
    pub(crate) answer: Ip,
    /// Microseconds.
    pub(crate) rtt: i64,
    pub(crate) id: u64,
    /// Seconds.
    pub(crate) ttl: u64,
}

pub(crate) struct Request<'a> {
    method: &'a str,
    host: &'a str,
    uri: &'a str,
    agent: &'a str,
    sent: u64,
    received: u64,
    mime: &'a str,
}

impl<'a> Request<'a> {
    pub(crate) fn of(fetch: &Fetch<'a>) -> Request<'a> {
        let sent = if fetch.method == "POST" { fetch.sent.saturating_sub(420) } else { 0 };
        Request {
            method: fetch.method,
            host: fetch.place.name,
            uri: fetch.path,
            agent: fetch.agent,
            sent,
            received: fetch.received.saturating_sub(380),
            mime: fetch.mime,
        }
    }
}

pub(crate) struct Tls<'a> {
    pub(crate) server_name: &'a str,
    pub(crate) issuer: &'a str,
    pub(crate) validation: &'a str,
    /// What made the connection: its hello has a shape of its own.
    pub(crate) client: &'static Image,
}

impl<'a> Tls<'a> {
    pub(crate) fn trusted(server_name: &'a str, client: &'static Image) -> Tls<'a> {
        Tls {
            server_name,
            issuer: "CN=Northpoint Issuing CA 2,O=Northpoint Trust AS,C=NO",
            validation: "ok",
            client,
        }
    }
}

const HEAD: &str = "ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p";
const HEAD_TYPES: &str = "time\tstring\taddr\tport\taddr\tport";

/// Log's name, further fields, further types.
fn columns(log: ZeekLog) -> (&'static str, &'static str, &'static str) {
    match log {
        ZeekLog::Conn => (
            "conn",
            "proto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\tlocal_orig\tlocal_resp\tmissed_bytes\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\ttunnel_parents",
            "enum\tstring\tinterval\tcount\tcount\tstring\tbool\tbool\tcount\tstring\tcount\tcount\tcount\tcount\tset[string]",
        ),
        ZeekLog::Dns => (
            "dns",
            "proto\ttrans_id\trtt\tquery\tqclass\tqclass_name\tqtype\tqtype_name\trcode\trcode_name\tAA\tTC\tRD\tRA\tZ\tanswers\tTTLs\trejected",
            "enum\tcount\tinterval\tstring\tcount\tstring\tcount\tstring\tcount\tstring\tbool\tbool\tbool\tbool\tcount\tvector[string]\tvector[interval]\tbool",
        ),
        ZeekLog::Http => (
            "http",
            "trans_depth\tmethod\thost\turi\treferrer\tversion\tuser_agent\torigin\trequest_body_len\tresponse_body_len\tstatus_code\tstatus_msg\tinfo_code\tinfo_msg\ttags\tusername\tpassword\tproxied\torig_fuids\torig_filenames\torig_mime_types\tresp_fuids\tresp_filenames\tresp_mime_types",
            "count\tstring\tstring\tstring\tstring\tstring\tstring\tstring\tcount\tcount\tcount\tstring\tcount\tstring\tset[enum]\tstring\tstring\tset[string]\tvector[string]\tvector[string]\tvector[string]\tvector[string]\tvector[string]\tvector[string]",
        ),
        ZeekLog::Ssl => (
            "ssl",
            "version\tcipher\tcurve\tserver_name\tresumed\tlast_alert\tnext_protocol\testablished\tcert_chain_fuids\tclient_cert_chain_fuids\tsubject\tissuer\tclient_subject\tclient_issuer\tvalidation_status\tja3\tja3s",
            "string\tstring\tstring\tstring\tbool\tstring\tstring\tbool\tvector[string]\tvector[string]\tstring\tstring\tstring\tstring\tstring\tstring\tstring",
        ),
    }
}

/// The log's name as it stands in file names.
pub(crate) fn log_name(log: ZeekLog) -> &'static str {
    columns(log).0
}

/// The lines at the head of a log that begins at `open`.
pub(crate) fn header(log: ZeekLog, open: Moment) -> String {
    let (name, fields, types) = columns(log);
    let mut out = format!(
        "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\t{name}\n#open\t"
    );
    push_stamp(&mut out, open);
    let _ = write!(out, "\n#fields\t{HEAD}\t{fields}\n#types\t{HEAD_TYPES}\t{types}\n");
    out
}

/// The line at its foot.
pub(crate) fn footer(close: Moment) -> String {
    let mut out = String::from("#close\t");
    push_stamp(&mut out, close);
    out.push('\n');
    out
}

fn push_stamp(out: &mut String, t: Moment) {
    push_date(out, t);
    out.push('-');
    let mut clock = String::with_capacity(8);
    push_clock(&mut clock, t);
    out.push_str(&clock.replace(':', "-"));
}

fn push_head(out: &mut String, t: Moment, uid: &Uid, flow: &Flow) {
    push_epoch(out, t.0);
    out.push('\t');
    uid.push(out);
    out.push('\t');
    flow.from.push(out);
    let _ = write!(out, "\t{}\t", flow.from_port);
    flow.to.push(out);
    let _ = write!(out, "\t{}\t", flow.to_port);
}

fn boolean(value: bool) -> char {
    if value { 'T' } else { 'F' }
}

fn or_unset(value: &str) -> &str {
    if value.is_empty() { "-" } else { value }
}

impl Emit<'_> {
    pub(crate) fn conn(&mut self, site: Site, flow: &Flow, uid: &Uid) {
        let out = self.lines.begin();
        push_head(out, flow.time, uid, flow);
        let _ = write!(out, "{}\t{}\t", flow.proto, or_unset(flow.service));
        if flow.duration > 0 {
            push_epoch(out, flow.duration);
            let _ = write!(out, "\t{}\t{}", flow.sent, flow.received);
        } else {
            out.push_str("-\t-\t-");
        }
        let local = |ip: Ip| boolean(ip.site() == Some(site));
        let (header, extra) = if flow.proto == "udp" { (28, 1) } else { (40, 3) };
        let packets = |bytes: u64| if flow.proto == "udp" { 1 } else { bytes / 1_400 + extra };
        let (out_packets, in_packets) = match flow.state {
            "S0" => (1, 0),
            "REJ" => (1, 1),
            _ => (packets(flow.sent), packets(flow.received)),
        };
        let _ =
            write!(out, "\t{}\t{}\t{}\t0\t{}\t", flow.state, local(flow.from), local(flow.to), flow.history);
        let _ = write!(out, "{out_packets}\t{}\t", flow.sent + header * out_packets);
        let _ = write!(out, "{in_packets}\t{}\t-", flow.received + header * in_packets);
        self.end(flow.time, Target::Zeek(site, ZeekLog::Conn), 0);
    }

    pub(crate) fn dns(&mut self, flow: &Flow, seen: &Seen, query: &Query<'_>) {
        for (uid, site) in seen.iter().zip(SITES) {
            let Some(uid) = uid else { continue };
            let out = self.lines.begin();
            push_head(out, flow.time, uid, flow);
            let _ = write!(out, "udp\t{}\t", query.id);
            push_epoch(out, query.rtt);
            let _ = write!(out, "\t{}\t1\tC_INTERNET\t1\tA\t0\tNOERROR\tF\tF\tT\tT\t0\t", query.name);
            query.answer.push(out);
            let _ = write!(out, "\t{}.000000\tF", query.ttl);
            self.end(flow.time, Target::Zeek(site, ZeekLog::Dns), 0);
        }
    }

    pub(crate) fn http(&mut self, flow: &Flow, seen: &Seen, request: &Request<'_>) {
        let t = flow.time.plus(12 * MILLI);
        for (uid, site) in seen.iter().zip(SITES) {
            let Some(uid) = uid else { continue };
            let file = Uid::draw(&mut self.rng);
            let out = self.lines.begin();
            push_head(out, t, uid, flow);
            let _ = write!(out, "1\t{}\t{}\t{}\t-\t1.1\t", request.method, request.host, request.uri);
            let _ = write!(out, "{}\t-\t{}\t{}\t", request.agent, request.sent, request.received);
            out.push_str("200\tOK\t-\t-\t(empty)\t-\t-\t-\t-\t-\t-\tF");
            file.push(out);
            let _ = write!(out, "\t-\t{}", request.mime);
            self.end(t, Target::Zeek(site, ZeekLog::Http), 0);
        }
    }

    pub(crate) fn ssl(&mut self, flow: &Flow, seen: &Seen, tls: &Tls<'_>) {
        let t = flow.time.plus(25 * MILLI);
        for (uid, site) in seen.iter().zip(SITES) {
            let Some(uid) = uid else { continue };
            let file = Uid::draw(&mut self.rng);
            let out = self.lines.begin();
            push_head(out, t, uid, flow);
            out.push_str("TLSv12\tTLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\tsecp256r1\t");
            let _ = write!(out, "{}\tF\t-\t-\tT\tF", or_unset(tls.server_name));
            file.push(out);
            let subject = if tls.server_name.is_empty() { outside::C2_NAME } else { tls.server_name };
            let _ = write!(out, "\t(empty)\tCN={subject}\t{}\t-\t-\t{}\t", tls.issuer, tls.validation);
            push_fingerprint(out, name_hash(tls.client.original) ^ name_hash(tls.client.path));
            out.push('\t');
            push_fingerprint(out, name_hash(tls.issuer));
            self.end(t, Target::Zeek(site, ZeekLog::Ssl), 0);
        }
    }
}

/// 32 hexadecimal digits: a made-up digest.
fn push_fingerprint(out: &mut String, mut state: u64) {
    for _ in 0..4 {
        push_hex8(out, split_mix(&mut state) as u32, false);
    }
}

#[cfg(test)]
mod tests {
    use super::{columns, header};
    use crate::line::ZeekLog;
    use crate::time::START;

    #[test]
    fn every_field_has_a_type() {
        for log in [ZeekLog::Conn, ZeekLog::Dns, ZeekLog::Http, ZeekLog::Ssl] {
            let (_, fields, types) = columns(log);
            assert_eq!(fields.split('\t').count(), types.split('\t').count(), "{log:?}");
        }
        assert!(header(ZeekLog::Conn, START).contains("#open\t2017-03-06-00-00-00\n"));
    }
}
