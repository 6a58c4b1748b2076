//! The proxy's access log in the W3C Extended Log File Format: blanks between cells, quotes where a cell has one.

use std::fmt::Write as _;

use crate::line::{Emit, Target};
use crate::net::{Fetch, Flow};
use crate::time::{MILLI, push_clock, push_date};
use crate::world::Account;

/// The lines at the head of the log.
pub(crate) const HEADER: &str = "#Software: Palisade Proxy 6.7\n#Version: 1.0\n#Fields: date time time-taken c-ip cs-username cs-host cs-method cs-uri-scheme cs-uri-stem cs-uri-query c-uri cs(User-Agent) sc-status sc-bytes cs-bytes s-action r-ip\n";

/// One request through the proxy.
pub(crate) struct Access<'a> {
    pub(crate) fetch: &'a Fetch<'a>,
    /// Who asked, if the proxy knows.
    pub(crate) account: Option<Account>,
}

impl Emit<'_> {
    pub(crate) fn access(&mut self, flow: &Flow, access: &Access<'_>) {
        let fetch = access.fetch;
        let t = flow.time.plus(flow.duration);
        let out = self.lines.begin();
        push_date(out, t);
        out.push(' ');
        push_clock(out, t);
        let _ = write!(out, " {} ", flow.duration / MILLI);
        flow.from.push(out);
        match access.account {
            Some(account) => {
                let _ = write!(out, " {}\\{} ", account.site.domain(), account.name);
            }
            None => out.push_str(" - "),
        }
        let host = fetch.place.name;
        out.push_str(host);
        if fetch.place.tls {
            let _ = write!(out, " CONNECT tcp / - tcp://{host}:443/ \"{}\" 200", fetch.agent);
        } else {
            let (stem, query) = fetch.path.split_once('?').unwrap_or((fetch.path, ""));
            let query = if query.is_empty() { "-".to_owned() } else { format!("?{query}") };
            let _ = write!(out, " {} http {stem} {query} http://{host}{}", fetch.method, fetch.path);
            let _ = write!(out, " \"{}\" 200", fetch.agent);
        }
        let action = if fetch.place.tls { "TCP_TUNNELED" } else { "TCP_NC_MISS" };
        let _ = write!(out, " {} {} {action} ", flow.received, flow.sent);
        flow.to.push(out);
        self.end(t, Target::Proxy, 0);
    }
}
