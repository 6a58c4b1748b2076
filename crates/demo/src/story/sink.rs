//! The files: lines wait here until nothing earlier can come, then go out in time order.
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::DemoError;
use super::time::{DAY, at, hms, ymd};
use super::world::HOSTS;

pub(crate) const SECURITY: u8 = 0;
pub(crate) const SYSMON: u8 = 1;
const ZEEK: usize = HOSTS.len();
pub(crate) const PROXY_LOG: usize = ZEEK + 8;
/// The client's sensor wrote nothing between these moments.
pub(crate) const DOWN: (i64, i64) = (at(34, 20, 0, 0), at(35, 6, 0, 0));

#[derive(Clone, Copy)]
pub(crate) enum Log {
    Conn,
    Dns,
    Http,
    Ssl,
}

/// The file of the provider's (0) or the client's (1) sensor for one kind of log.
pub(crate) fn zeek_file(sensor: usize, log: Log) -> usize {
    ZEEK + sensor * 4 + log as usize
}

const LOGS: [(&str, &str, &str); 4] = [
    (
        "conn",
        "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state local_orig local_resp missed_bytes history orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes tunnel_parents",
        "time string addr port addr port enum string interval count count string bool bool count string count count count count set[string]",
    ),
    (
        "dns",
        "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto trans_id rtt query qclass qclass_name qtype qtype_name rcode rcode_name AA TC RD RA Z answers TTLs rejected",
        "time string addr port addr port enum count interval string count string count string count string bool bool bool bool count vector[string] vector[interval] bool",
    ),
    (
        "http",
        "ts uid id.orig_h id.orig_p id.resp_h id.resp_p trans_depth method host uri referrer version user_agent request_body_len response_body_len status_code status_msg info_code info_msg tags username password proxied orig_fuids orig_filenames orig_mime_types resp_fuids resp_filenames resp_mime_types",
        "time string addr port addr port count string string string string string string count count count string count string set[enum] string string set[string] vector[string] vector[string] vector[string] vector[string] vector[string] vector[string]",
    ),
    (
        "ssl",
        "ts uid id.orig_h id.orig_p id.resp_h id.resp_p version cipher curve server_name resumed last_alert next_protocol established cert_chain_fuids client_cert_chain_fuids subject issuer client_subject client_issuer validation_status",
        "time string addr port addr port string string string string bool string string bool vector[string] vector[string] string string string string string",
    ),
];
const PROXY_HEAD: &str = "#Software: Meridian Web Proxy 4.2\n#Version: 1.0\n#Fields: date time time-taken c-ip cs-username cs-host cs-method cs-uri-scheme cs-uri-stem cs-uri-query c-uri cs(User-Agent) sc-status sc-bytes cs-bytes s-action r-ip\n";

struct Row {
    t: i64,
    channel: u8,
    text: String,
}

#[derive(Default)]
struct Out {
    waiting: Vec<Row>,
    writer: Option<BufWriter<File>>,
    day: i64,
    records: [u64; 2],
}

/// All files of one evidence folder.
pub(crate) struct Sink {
    dir: PathBuf,
    outs: Vec<Out>,
    low: i64,
    /// Lines accepted so far: Windows, Zeek, proxy.
    pub(crate) counts: [u64; 3],
}

impl Sink {
    pub(crate) fn new(dir: &Path) -> Result<Self, DemoError> {
        for sub in ["windows", "zeek/provider", "zeek/client", "proxy"] {
            let path = dir.join(sub);
            fs::create_dir_all(&path).map_err(|source| DemoError::Write { path, source })?;
        }
        let outs = (0..=PROXY_LOG).map(|_| Out::default()).collect();
        Ok(Self { dir: dir.to_owned(), outs, low: i64::MIN, counts: [0; 3] })
    }

    pub(crate) fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Takes one line; false if the sensor was down then.
    pub(crate) fn push(&mut self, file: usize, t: i64, channel: u8, text: String) -> bool {
        if (ZEEK + 4..ZEEK + 8).contains(&file) && (DOWN.0..DOWN.1).contains(&t) {
            return false;
        }
        let kind = if file < ZEEK {
            0
        } else if file < PROXY_LOG {
            1
        } else {
            2
        };
        self.counts[kind] += 1;
        self.outs[file].waiting.push(Row { t: t.max(self.low), channel, text });
        true
    }

    /// Writes everything before `until`; nothing earlier is accepted afterwards.
    pub(crate) fn flush(&mut self, until: i64) -> Result<(), DemoError> {
        self.low = until;
        for file in 0..self.outs.len() {
            self.outs[file].waiting.sort_by_key(|row| row.t);
            let end = self.outs[file].waiting.partition_point(|row| row.t < until);
            let rest = self.outs[file].waiting.split_off(end);
            let rows = std::mem::replace(&mut self.outs[file].waiting, rest);
            for row in rows {
                self.write(file, row)?;
            }
        }
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<(), DemoError> {
        self.flush(i64::MAX)?;
        for file in 0..self.outs.len() {
            self.close(file)?;
        }
        Ok(())
    }

    /// The path below the evidence folder.
    pub(crate) fn name(file: usize, t: i64) -> String {
        if file < ZEEK {
            format!("windows/{}.ndjson", HOSTS[file].name)
        } else if file == PROXY_LOG {
            "proxy/access.log".to_owned()
        } else {
            let sensor = if file < ZEEK + 4 { "provider" } else { "client" };
            format!("zeek/{sensor}/{}.{}.log", LOGS[(file - ZEEK) % 4].0, ymd(t))
        }
    }

    fn write(&mut self, file: usize, row: Row) -> Result<(), DemoError> {
        let zeek = (ZEEK..PROXY_LOG).contains(&file);
        let day = if zeek { row.t.div_euclid(DAY) } else { 0 };
        if self.outs[file].writer.is_some() && self.outs[file].day != day {
            self.close(file)?;
        }
        let path = self.dir.join(Self::name(file, row.t));
        let failed = |source| DemoError::Write { path: path.clone(), source };
        let out = &mut self.outs[file];
        let mut line = row.text;
        if file < ZEEK {
            let record = &mut out.records[usize::from(row.channel)];
            *record += 1;
            let _ = write!(line, ",\"record_id\":{record}}}}}");
        }
        line.push('\n');
        let writer = match &mut out.writer {
            Some(writer) => writer,
            None => {
                out.day = day;
                let mut writer = BufWriter::new(File::create(&path).map_err(failed)?);
                writer.write_all(head(file, row.t).as_bytes()).map_err(failed)?;
                out.writer.insert(writer)
            }
        };
        writer.write_all(line.as_bytes()).map_err(failed)
    }

    fn close(&mut self, file: usize) -> Result<(), DemoError> {
        let day = self.outs[file].day * DAY;
        let Some(mut writer) = self.outs[file].writer.take() else { return Ok(()) };
        let path = self.dir.join(Self::name(file, day));
        let failed = |source| DemoError::Write { path, source };
        let tail = if (ZEEK..PROXY_LOG).contains(&file) {
            format!("#close\t{}\n", stamp(day + DAY))
        } else {
            String::new()
        };
        writer.write_all(tail.as_bytes()).and_then(|()| writer.flush()).map_err(failed)
    }
}

fn stamp(t: i64) -> String {
    format!("{}-{}", ymd(t), hms(t).replace(':', "-"))
}

fn head(file: usize, t: i64) -> String {
    if file < ZEEK {
        return String::new();
    }
    if file == PROXY_LOG {
        return PROXY_HEAD.to_owned();
    }
    let (path, fields, types) = LOGS[(file - ZEEK) % 4];
    format!(
        "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\t{path}\n#open\t{}\n#fields\t{}\n#types\t{}\n",
        stamp(t - t.rem_euclid(DAY)),
        fields.replace(' ', "\t"),
        types.replace(' ', "\t")
    )
}
