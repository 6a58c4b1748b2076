//! Formats are told by content, never by name.

use memchr::memmem;

use crate::linux;

/// What a file, or a member of an archive, is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Windows event log file.
    Evtx,
    /// EVTX chunks without a file header, as carving tools write them.
    EvtxChunks,
    /// One JSON value a line.
    JsonLines,
    /// JSON over several lines: one value, several, or an array.
    Json,
    /// Zeek's tab-separated log with its `#fields` header.
    ZeekTsv,
    /// W3C Extended Log File Format with its `#Fields` header.
    W3c,
    /// Cisco IOS system messages, `%FACILITY-SEVERITY-MNEMONIC:`.
    CiscoSyslog,
    /// What Linux's auditd writes, `type=… msg=audit(…)`.
    Auditd,
    /// Syslog as text: a time, a host, a program and a message.
    Syslog,
    /// The text summary that Zeek writes beside its logs: it holds no records.
    ZeekSummary,
    /// A gzip stream; what is in it is a source of its own.
    Gzip,
    /// A zip archive.
    Zip,
    /// A tar archive.
    Tar,
    /// What macOS keeps beside a file in archives (`__MACOSX/._*`): attributes of the file, no records.
    ResourceFork,
    /// Text about the logs rather than a log: told by its name (README, LICENSE, `.md`), the one thing that is; also the
    /// demo's list of planted records.
    Document,
    /// No byte at all.
    Empty,
    /// None of these.
    Unknown,
}

impl Format {
    /// The name that is shown and stored.
    pub fn name(self) -> &'static str {
        match self {
            Format::Evtx => "evtx",
            Format::EvtxChunks => "evtx-chunks",
            Format::JsonLines => "json-lines",
            Format::Json => "json",
            Format::ZeekTsv => "zeek-tsv",
            Format::W3c => "w3c",
            Format::CiscoSyslog => "cisco-syslog",
            Format::Auditd => "auditd",
            Format::Syslog => "syslog",
            Format::ZeekSummary => "zeek-summary",
            Format::Gzip => "gzip",
            Format::Zip => "zip",
            Format::Tar => "tar",
            Format::ResourceFork => "resource-fork",
            Format::Document => "document",
            Format::Empty => "empty",
            Format::Unknown => "unknown",
        }
    }
}

/// How many bytes from the start of a source [`detect`] wants to see, where there are as many.
pub(crate) const HEAD: usize = 64 * 1024;

/// Tells the format from the first bytes of a source (up to 64 KiB).
pub fn detect(head: &[u8]) -> Format {
    if head.is_empty() {
        return Format::Empty;
    }
    if let Some(binary) = detect_binary(head) {
        return binary;
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let text = text.trim_ascii_start();
    match text.first() {
        Some(b'{' | b'[') => detect_json(text),
        Some(b'#') => detect_header(text),
        Some(b'>') if text.starts_with(b">== ") => Format::ZeekSummary,
        // The list of planted records that made evidence may have beside it.
        Some(_) if text.starts_with(b"file,ordinal,incident,step\n") => Format::Document,
        Some(_) if is_cisco(text) => Format::CiscoSyslog,
        Some(_) if is_first(text, linux::is_audit) => Format::Auditd,
        Some(_) if is_first(text, linux::is_message) => Format::Syslog,
        _ => Format::Unknown,
    }
}

fn detect_binary(head: &[u8]) -> Option<Format> {
    if head.starts_with(b"ElfFile\0") {
        Some(Format::Evtx)
    } else if head.starts_with(b"ElfChnk\0") {
        Some(Format::EvtxChunks)
    } else if head.starts_with(&[0x1f, 0x8b, 8]) {
        Some(Format::Gzip)
    } else if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        Some(Format::Zip)
    } else if head.starts_with(&[0x00, 0x05, 0x16, 0x07]) {
        // AppleDouble, RFC 1740.
        Some(Format::ResourceFork)
    } else if head.get(257..262) == Some(b"ustar") {
        Some(Format::Tar)
    } else {
        None
    }
}

/// JSON lines if the first line is a whole object by itself; else JSON over several lines.
fn detect_json(text: &[u8]) -> Format {
    if text.first() == Some(&b'[') {
        return Format::Json;
    }
    let line = match memchr::memchr(b'\n', text) {
        Some(end) => text[..end].trim_ascii_end(),
        None => text.trim_ascii_end(),
    };
    // A wrapper such as {"Records":[{…},…]} on one line is a document, not a record.
    if crate::split::wrapper(text).is_some() {
        return Format::Json;
    }
    if line.len() > 1 && (line.ends_with(b"}") || text.len() >= HEAD / 2) {
        Format::JsonLines
    } else {
        Format::Json
    }
}

fn detect_header(text: &[u8]) -> Format {
    let first = first_lines(text, 8);
    if first.starts_with(b"#separator")
        || memmem::find(first, b"\n#path").is_some()
        || first.starts_with(b"#fields\t")
    {
        Format::ZeekTsv
    } else if memmem::find(first, b"#Fields:").is_some() {
        Format::W3c
    } else {
        Format::Unknown
    }
}

fn first_lines(text: &[u8], lines: usize) -> &[u8] {
    let end = memchr::memchr_iter(b'\n', text).nth(lines).unwrap_or(text.len());
    &text[..end]
}

/// Whether the first line is of a kind.
fn is_first(text: &[u8], is: fn(&str) -> bool) -> bool {
    is(&String::from_utf8_lossy(first_lines(text, 0)))
}

fn is_cisco(text: &[u8]) -> bool {
    let line = first_lines(text, 0);
    memchr::memchr_iter(b'%', line).any(|at| {
        let Some(end) = memchr::memchr(b':', &line[at..]) else { return false };
        let tag = &line[at + 1..at + end];
        let mut parts = tag.split(|b| *b == b'-');
        let facility = parts.next().unwrap_or_default();
        facility.len() >= 2
            && facility.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
            && tag.split(|b| *b == b'-').any(|p| p.len() == 1 && (b'0'..=b'7').contains(&p[0]))
    })
}

#[cfg(test)]
mod tests {
    use super::{Format, detect};

    #[test]
    fn content_tells_the_format() {
        let table: [(&[u8], Format); 18] = [
            (b"file,ordinal,incident,step\na,0,b,c\n", Format::Document),
            (b"ElfFile\0rest", Format::Evtx),
            (b"{\"a\":1}\n{\"a\":2}\n", Format::JsonLines),
            (b"{\"a\":1}", Format::JsonLines),
            (b"\xef\xbb\xbf{\"a\":1}", Format::JsonLines),
            (b"{\n \"a\": 1\n}", Format::Json),
            (b"[{\"a\":1},{\"a\":2}]", Format::Json),
            (b"{\"Records\":[{\"a\":1}]}", Format::Json),
            (b"#separator \\x09\n#path\tconn\n", Format::ZeekTsv),
            (b"#Software: x\n#Version: 1.0\n#Fields: date time\n", Format::W3c),
            (b"Feb 17 13:40:03.673: %PARSER-5-CFGLOG_LOGGEDCMD: User:admin  logged", Format::CiscoSyslog),
            (b"type=CWD msg=audit(1604996384.965:93777): cwd=\"/\"\n", Format::Auditd),
            (b"Mar  2 10:00:00 web01 sshd[4]: Server listening", Format::Syslog),
            (b"Lorem ipsum dolor sit amet: 5% of it", Format::Unknown),
            (b"\x1f\x8b\x08\x00", Format::Gzip),
            (b"PK\x03\x04", Format::Zip),
            (b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X", Format::ResourceFork),
            (b"", Format::Empty),
        ];
        for (head, format) in table {
            assert_eq!(detect(head), format, "{}", String::from_utf8_lossy(head));
        }
    }
}
