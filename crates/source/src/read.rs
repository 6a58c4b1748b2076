//! Reads every input once, front to back: hashes it, opens archives, and cuts it into chunks.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

use crate::buffer::{Buffer, Buffers, KEPT};
use crate::chunk::Table;
use crate::detect::{HEAD, detect};
use crate::split::{JsonScanner, MAX_RECORD, wrapper};
use crate::{Chunk, Fault, Format, Input, tabular};

/// Number of a source within a case, in reading order.
pub type SourceId = u32;

/// What the reader hands on, in order.
#[derive(Debug)]
pub enum Item {
    /// Raw records.
    Chunk(Chunk),
    /// Something that could not be read while reading.
    Fault(SourceId, Fault),
    /// A source has been read to its end.
    End(SourceEnd),
}

/// A file, or a member of an archive, that has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceEnd {
    /// Its number.
    pub source: SourceId,
    /// Its path; a member of an archive is shown as `archive/member`.
    pub path: String,
    /// SHA-256 of its bytes as found (for a gzip file, of the compressed file).
    pub sha256: [u8; 32],
    /// Its size in bytes as found.
    pub size: u64,
    /// What it is.
    pub format: Format,
    /// The archive that it lies in.
    pub container: Option<SourceId>,
}

/// Why reading ended before the inputs did.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The receiver of the items went away.
    #[error("reading was stopped")]
    Stopped,
}

/// Bytes of text in a chunk, about; EVTX chunks are grouped to the same size.
const TARGET: usize = KEPT;
const EVTX_HEADER: usize = 4096;
pub(crate) const EVTX_CHUNK: usize = 65_536;
/// Archives inside archives are opened to this depth.
const MAX_DEPTH: u32 = 3;

/// Room for a chunk of a source of `size` bytes: many logs are far smaller than a chunk may be.
fn block(size: u64) -> usize {
    usize::try_from(size.saturating_add(1)).unwrap_or(TARGET).min(TARGET)
}

/// Reads inputs and emits their items.
pub struct Reader<'a> {
    emit: &'a mut dyn FnMut(Item) -> bool,
    progress: Arc<AtomicU64>,
    next: SourceId,
    buffers: Buffers,
}

impl<'a> Reader<'a> {
    /// `emit` takes each item and says whether to go on; `progress` counts the bytes read from disk.
    pub fn new(emit: &'a mut dyn FnMut(Item) -> bool, progress: Arc<AtomicU64>) -> Self {
        Reader { emit, progress, next: 0, buffers: Buffers::default() }
    }

    /// Reads into the room of chunks that were done with.
    #[must_use]
    pub fn with_buffers(self, buffers: Buffers) -> Self {
        Reader { buffers, ..self }
    }

    /// Reads one input to its end.
    ///
    /// # Errors
    /// Only if the receiver stopped: what is wrong with the input is a [`Fault`].
    pub fn read(&mut self, input: &Input) -> Result<(), ReadError> {
        let source = self.number();
        let file = match File::open(&input.path) {
            Ok(file) if file.metadata().is_ok_and(|m| m.is_dir()) => {
                self.fault(source, 0, "the folder cannot be listed")?;
                return self.end(source, &input.shown, [0; 32], 0, Format::Unknown, None);
            }
            Ok(file) => file,
            Err(e) => {
                self.fault(source, 0, format!("cannot be opened: {e}"))?;
                return self.end(source, &input.shown, [0; 32], 0, Format::Unknown, None);
            }
        };
        let mut hashed = Hashed::new(file, Some(self.progress.clone()));
        let format = self.stream(source, &input.shown, &mut hashed, input.size, 0)?;
        self.finish(source, &input.shown, hashed, format, None, Some)
    }

    fn number(&mut self) -> SourceId {
        let id = self.next;
        self.next += 1;
        id
    }

    /// Hashes what is left of a source, opens it if it is a zip archive, and ends it.
    fn finish<R: Read>(
        &mut self,
        source: SourceId,
        path: &str,
        mut hashed: Hashed<R>,
        format: Format,
        container: Option<SourceId>,
        as_file: impl FnOnce(R) -> Option<File>,
    ) -> Result<(), ReadError> {
        if let Err(e) = io::copy(&mut hashed, &mut io::sink()) {
            self.fault(source, hashed.size, format!("cannot be read: {e}"))?;
        }
        let (sha256, size, inner) = hashed.into_parts();
        self.end(source, path, sha256, size, format, container)?;
        if format == Format::Zip {
            match as_file(inner) {
                Some(file) => self.zip(source, path, file)?,
                None => self.fault(source, 0, "an archive inside an archive: unpack it first")?,
            }
        }
        Ok(())
    }

    /// Reads the content of a source from `reader`; returns what it is.
    fn stream(
        &mut self,
        source: SourceId,
        path: &str,
        reader: &mut dyn Read,
        size: u64,
        depth: u32,
    ) -> Result<Format, ReadError> {
        let mut head = Vec::with_capacity(HEAD);
        if let Err(e) = reader.take(HEAD as u64).read_to_end(&mut head) {
            self.fault(source, head.len() as u64, format!("cannot be read: {e}"))?;
        }
        let format = match detect(&head) {
            Format::Unknown if is_document(path) => Format::Document,
            format => format,
        };
        let mut whole = Cursor::new(head).chain(reader);
        match format {
            Format::Gzip if depth < MAX_DEPTH => {
                let limit = expansion_limit(size);
                let mut inner = Limited { inner: flate2::read::MultiGzDecoder::new(whole), left: limit };
                return self.stream(source, path, &mut inner, limit, depth + 1);
            }
            Format::Tar if depth < MAX_DEPTH => self.tar(source, path, &mut whole, depth)?,
            Format::Gzip | Format::Tar => {
                self.fault(source, 0, "archives are nested too deeply: unpack it first")?;
            }
            Format::Evtx | Format::EvtxChunks => self.evtx(source, format, &mut whole, block(size))?,
            Format::JsonLines
            | Format::ZeekTsv
            | Format::W3c
            | Format::CiscoSyslog
            | Format::Auditd
            | Format::Syslog => {
                self.lines(source, format, &mut whole, block(size))?;
            }
            Format::Json => self.json(source, &mut whole)?,
            Format::Unknown => self.fault(source, 0, unknown_reason(whole.get_ref().0.get_ref()))?,
            Format::Zip | Format::ZeekSummary | Format::ResourceFork | Format::Document | Format::Empty => {}
        }
        Ok(format)
    }

    fn zip(&mut self, container: SourceId, path: &str, mut file: File) -> Result<(), ReadError> {
        let _ = file.rewind();
        let mut archive = match zip::ZipArchive::new(file) {
            Ok(archive) => archive,
            Err(e) => return self.fault(container, 0, format!("damaged zip archive: {e}")),
        };
        for index in 0..archive.len() {
            let member = match archive.by_index(index) {
                Ok(member) if member.is_dir() => continue,
                Ok(member) => member,
                Err(e) => {
                    self.fault(container, 0, format!("member {index} of the archive cannot be read: {e}"))?;
                    continue;
                }
            };
            let name = member.name().map(|n| n.into_owned()).unwrap_or_else(|_| format!("member-{index}"));
            let shown = format!("{path}/{}", name.trim_start_matches('/'));
            let limit = expansion_limit(member.compressed_size());
            self.member(container, &shown, &mut Limited { inner: member, left: limit }, limit, 1)?;
        }
        Ok(())
    }

    fn tar(
        &mut self,
        container: SourceId,
        path: &str,
        reader: &mut dyn Read,
        depth: u32,
    ) -> Result<(), ReadError> {
        let mut archive = tar::Archive::new(reader);
        let entries = match archive.entries() {
            Ok(entries) => entries,
            Err(e) => return self.fault(container, 0, format!("damaged tar archive: {e}")),
        };
        for entry in entries {
            match entry {
                Ok(mut entry) if entry.header().entry_type().is_file() => {
                    let name = entry.path().map(|p| p.to_string_lossy().into_owned()).unwrap_or_default();
                    let size = entry.size();
                    self.member(container, &format!("{path}/{name}"), &mut entry, size, depth + 1)?;
                }
                Ok(_) => {}
                Err(e) => return self.fault(container, 0, format!("damaged tar archive: {e}")),
            }
        }
        Ok(())
    }

    fn member(
        &mut self,
        container: SourceId,
        shown: &str,
        reader: &mut dyn Read,
        size: u64,
        depth: u32,
    ) -> Result<(), ReadError> {
        let source = self.number();
        let mut hashed = Hashed::new(reader, None);
        let format = self.stream(source, shown, &mut hashed, size, depth)?;
        self.finish(source, shown, hashed, format, Some(container), |_| None)
    }

    fn evtx(
        &mut self,
        source: SourceId,
        format: Format,
        reader: &mut dyn Read,
        block: usize,
    ) -> Result<(), ReadError> {
        let mut offset = 0u64;
        if format == Format::Evtx {
            let mut header = Vec::with_capacity(EVTX_HEADER);
            self.fill(source, 0, reader, &mut header, EVTX_HEADER)?;
            if header.len() < EVTX_HEADER {
                return self.fault(source, header.len() as u64, "the file ends within the EVTX file header");
            }
            offset = EVTX_HEADER as u64;
        }
        loop {
            let mut buffer = self.buffers.take(block);
            self.fill_buffer(source, offset, reader, &mut buffer, TARGET)?;
            let data = buffer.whole();
            if data.is_empty() {
                return Ok(());
            }
            let length = data.len() as u64;
            self.emit(Item::Chunk(Chunk { source, format, offset, data, table: None }))?;
            offset += length;
        }
    }

    /// Appends to `data` until it holds `target` bytes or the input ends; a read error is a fault and an end.
    fn fill(
        &mut self,
        source: SourceId,
        offset: u64,
        reader: &mut dyn Read,
        data: &mut Vec<u8>,
        target: usize,
    ) -> Result<(), ReadError> {
        let missing = target.saturating_sub(data.len()) as u64;
        if let Err(e) = reader.take(missing).read_to_end(data) {
            self.fault(source, offset + data.len() as u64, format!("cannot be read any further: {e}"))?;
        }
        Ok(())
    }

    /// As [`Self::fill`].
    fn fill_buffer(
        &mut self,
        source: SourceId,
        offset: u64,
        reader: &mut dyn Read,
        buffer: &mut Buffer,
        target: usize,
    ) -> Result<(), ReadError> {
        if let Err(e) = buffer.fill(reader, target) {
            let at = offset + buffer.data().len() as u64;
            self.fault(source, at, format!("cannot be read any further: {e}"))?;
        }
        Ok(())
    }

    fn lines(
        &mut self,
        source: SourceId,
        format: Format,
        reader: &mut dyn Read,
        block: usize,
    ) -> Result<(), ReadError> {
        let mut offset = 0u64;
        let mut table = tabular::Header::new(format);
        let mut buffer = self.buffers.take(block);
        let mut target = TARGET;
        loop {
            self.fill_buffer(source, offset, reader, &mut buffer, target)?;
            let data = buffer.data();
            if data.is_empty() {
                return Ok(());
            }
            let at_end = data.len() < target;
            let cut = match memchr::memrchr(b'\n', data) {
                _ if at_end => data.len(),
                Some(newline) => newline + 1,
                None if data.len() >= MAX_RECORD => {
                    self.fault(source, offset, "a line longer than 64 MiB was passed over")?;
                    offset += buffer.data().len() as u64;
                    buffer.clear();
                    continue;
                }
                None => {
                    target = data.len() * 2;
                    continue;
                }
            };
            target = TARGET;
            let rest = if at_end { Buffer::default() } else { self.buffers.take(block) };
            let data = std::mem::replace(&mut buffer, rest).split(cut, &mut buffer);
            self.tables(source, format, &mut table, offset, data)?;
            offset += cut as u64;
            if at_end {
                return Ok(());
            }
        }
    }

    /// Emits whole lines; for tabular logs cut at each header, so that a chunk has one table.
    fn tables(
        &mut self,
        source: SourceId,
        format: Format,
        header: &mut tabular::Header,
        offset: u64,
        data: Vec<u8>,
    ) -> Result<(), ReadError> {
        if !matches!(format, Format::ZeekTsv | Format::W3c) {
            return self.emit(Item::Chunk(Chunk { source, format, offset, data, table: None }));
        }
        let mut start = 0;
        while start < data.len() {
            start += header.take_lines(&data[start..]);
            let end = memchr::memmem::find(&data[start..], b"\n#").map_or(data.len(), |at| start + at + 1);
            if end > start {
                let at = offset + start as u64;
                match header.table() {
                    Ok(table) => self.chunk(source, format, at, data[start..end].to_vec(), table)?,
                    Err(reason) => self.fault(source, at, reason)?,
                }
            }
            start = end;
        }
        Ok(())
    }

    fn chunk(
        &mut self,
        source: SourceId,
        format: Format,
        offset: u64,
        data: Vec<u8>,
        table: Arc<Table>,
    ) -> Result<(), ReadError> {
        self.emit(Item::Chunk(Chunk { source, format, offset, data, table: Some(table) }))
    }

    /// JSON over several lines: cuts behind a whole value once enough of them are together.
    fn json(&mut self, source: SourceId, reader: &mut dyn Read) -> Result<(), ReadError> {
        let mut data = Vec::with_capacity(TARGET);
        self.fill(source, 0, reader, &mut data, TARGET)?;
        let wrapped = wrapper(&data);
        let prefix = wrapped.unwrap_or_else(|| json_prefix(&data));
        let mut offset = prefix as u64;
        data.drain(..prefix);
        let mut at_end = data.len() + prefix < TARGET;
        loop {
            let cut = last_json_end(&data);
            if at_end || cut > 0 {
                let cut = if at_end { data.len() } else { cut };
                let rest = data.split_off(cut);
                let chunk = std::mem::replace(&mut data, rest);
                let length = chunk.len() as u64;
                if wrapped.is_some() && ends_wrapped_list(&chunk) {
                    let end = wrapped_list_end(&chunk);
                    let data = chunk[..end].to_vec();
                    return self.emit(Item::Chunk(Chunk {
                        source,
                        format: Format::Json,
                        offset,
                        data,
                        table: None,
                    }));
                }
                if !chunk.trim_ascii().is_empty() {
                    self.emit(Item::Chunk(Chunk {
                        source,
                        format: Format::Json,
                        offset,
                        data: chunk,
                        table: None,
                    }))?;
                }
                offset += length;
                if at_end {
                    return Ok(());
                }
            } else if data.len() >= MAX_RECORD {
                return self.fault(
                    source,
                    offset,
                    "a JSON value longer than 64 MiB; nothing after it was read",
                );
            }
            let target = (data.len() + TARGET).next_multiple_of(TARGET);
            self.fill(source, offset, reader, &mut data, target)?;
            at_end = data.len() < target;
        }
    }

    fn emit(&mut self, mut item: Item) -> Result<(), ReadError> {
        if let Item::Chunk(chunk) = &mut item {
            chunk.data = self.buffers.tight(std::mem::take(&mut chunk.data));
        }
        if (self.emit)(item) { Ok(()) } else { Err(ReadError::Stopped) }
    }

    fn fault(&mut self, source: SourceId, offset: u64, reason: impl AsRef<str>) -> Result<(), ReadError> {
        self.emit(Item::Fault(source, Fault::new(offset, reason)))
    }

    fn end(
        &mut self,
        source: SourceId,
        path: &str,
        sha256: [u8; 32],
        size: u64,
        format: Format,
        container: Option<SourceId>,
    ) -> Result<(), ReadError> {
        self.emit(Item::End(SourceEnd { source, path: path.to_owned(), sha256, size, format, container }))
    }
}

/// Skips a byte-order mark and the bracket that opens an array.
fn json_prefix(data: &[u8]) -> usize {
    let mut at = if data.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    at += data[at..].iter().take_while(|b| b.is_ascii_whitespace()).count();
    if data.get(at) == Some(&b'[') { at + 1 } else { at }
}

fn last_json_end(data: &[u8]) -> usize {
    let mut scanner = JsonScanner::default();
    let mut end = 0;
    while let Some(next) = scanner.next_end(&data[end..]) {
        end += next;
    }
    end
}

/// Whether a `]` at record level closes the list within this chunk.
fn ends_wrapped_list(chunk: &[u8]) -> bool {
    wrapped_list_end(chunk) < chunk.len()
}

fn wrapped_list_end(chunk: &[u8]) -> usize {
    let mut scanner = JsonScanner::default();
    let mut at = 0;
    loop {
        let gap = chunk[at..].iter().take_while(|b| b.is_ascii_whitespace() || **b == b',').count();
        at += gap;
        if chunk.get(at) == Some(&b']') {
            return at;
        }
        match scanner.next_end(&chunk[at..]) {
            Some(next) => at += next,
            None => return chunk.len(),
        }
    }
}

fn is_document(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    name.starts_with("readme") || name.starts_with("license") || name.ends_with(".md")
}

fn unknown_reason(head: &[u8]) -> String {
    let start: String =
        String::from_utf8_lossy(&head[..head.len().min(24)]).chars().filter(|c| !c.is_control()).collect();
    if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
        return "UTF-16 text: convert it to UTF-8 first".to_owned();
    }
    let looks_like_zeek = head.first().is_some_and(u8::is_ascii_digit)
        && memchr::memchr_iter(b'\t', &head[..head.len().min(400)]).count() > 5;
    if looks_like_zeek {
        return "tab-separated lines without a `#fields` header: the top of this Zeek log is missing"
            .to_owned();
    }
    format!("not a log format that Onus reads (begins with {start:?})")
}

/// No honest log shrinks a thousandfold beyond its first gibibyte.
fn expansion_limit(compressed: u64) -> u64 {
    compressed.saturating_mul(1_000).saturating_add(1 << 30)
}

/// Stops a stream that expands without end.
struct Limited<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| {
            io::Error::other("it expands to more than a thousand times its size: an archive bomb?")
        })?;
        Ok(read)
    }
}

/// Hashes and counts what passes.
struct Hashed<R> {
    inner: R,
    hash: Sha256,
    size: u64,
    progress: Option<Arc<AtomicU64>>,
}

impl<R: Read> Hashed<R> {
    fn new(inner: R, progress: Option<Arc<AtomicU64>>) -> Self {
        Hashed { inner, hash: Sha256::new(), size: 0, progress }
    }

    fn into_parts(self) -> ([u8; 32], u64, R) {
        (self.hash.finalize().into(), self.size, self.inner)
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hash.update(&buffer[..read]);
        self.size += read as u64;
        if let Some(progress) = &self.progress {
            progress.fetch_add(read as u64, Ordering::Relaxed);
        }
        Ok(read)
    }
}
