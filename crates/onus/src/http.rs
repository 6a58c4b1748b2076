//! HTTP as far as two commands need it: one POST, one answer. Version 1.0, in which the answer ends with the connection.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use crate::room::Failure;

/// What is sent, and what may come back.
pub(crate) struct Post<'a> {
    /// `http://HOST[:PORT]/PATH`.
    pub(crate) url: &'a str,
    /// What to do where the URL begins with `https://`.
    pub(crate) instead: &'a str,
    pub(crate) content_type: &'a str,
    pub(crate) body: &'a [u8],
    /// Bytes of the answer at most.
    pub(crate) most: u64,
    /// How long each step may take.
    pub(crate) patience: Duration,
}

impl Post<'_> {
    /// The body of the answer.
    ///
    /// # Errors
    /// What is no such URL, no connection, an answer that is no HTTP or has another status than 200.
    pub(crate) fn send(&self) -> Result<Vec<u8>, Failure> {
        let failed = |what: String| Failure::Said(format!("{}: {what}", self.url));
        let network = |e: std::io::Error| failed(e.to_string());
        let rest = self
            .url
            .strip_prefix("http://")
            .ok_or_else(|| failed(format!("only http:// is spoken; {}", self.instead)))?;
        if rest.contains(|c: char| c.is_control() || c.is_whitespace()) {
            return Err(failed("not a URL".to_owned()));
        }
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let address = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
        let mut addresses = address.to_socket_addrs().map_err(network)?;
        let address = addresses.next().ok_or_else(|| failed("no address".to_owned()))?;
        let mut stream = TcpStream::connect_timeout(&address, self.patience).map_err(network)?;
        stream.set_read_timeout(Some(self.patience)).map_err(network)?;
        stream.set_write_timeout(Some(self.patience)).map_err(network)?;
        let head = format!(
            "POST /{path} HTTP/1.0\r\nHost: {host}\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
            self.content_type,
            self.body.len()
        );
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(self.body)).map_err(network)?;
        let mut answer = Vec::new();
        stream.take(self.most).read_to_end(&mut answer).map_err(network)?;
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.ok_or_else(|| failed("no answer in HTTP".to_owned()))?;
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        let status = head.lines().next().unwrap_or_default();
        if status.split(' ').nth(1) != Some("200") {
            return Err(failed(format!("it answers {status:?}")));
        }
        Ok(answer.split_off(end + 4))
    }
}
