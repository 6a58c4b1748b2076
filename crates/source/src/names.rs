//! Field names, interned once a worker; nested names are joined by dots, and the wrappers that log shippers
//! put around an event's own fields are taken off, so that `winlog.event_data.Image`,
//! `Event.EventData.Image` and `Image` are one field, `Image`, which is what Sigma rules call it.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hasher as _};

use foldhash::fast::FixedState;
use hashbrown::HashTable;

/// An interned field name; ids are local to one [`Names`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NameId(u32);

impl NameId {
    /// Position in tables indexed by name.
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }

    #[inline]
    pub(crate) fn of_index(index: u32) -> Self {
        NameId(index)
    }
}

/// A place in the tree of nested names of a JSON record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct PathId(u32);

impl PathId {
    pub(crate) const ROOT: PathId = PathId(0);
}

#[derive(Clone, Copy)]
struct Path {
    parent: PathId,
    name: NameId,
    /// Where its key stands among all keys.
    start: u32,
    end: u32,
}

/// The interner. Memory grows with the number of *different* names, which is capped.
pub struct Names {
    paths: Vec<Path>,
    /// By path: its keys, joined by dots.
    full: Vec<String>,
    /// The keys of all paths, one after another: what it takes to find a path lies near together.
    keys: String,
    /// Paths by their parents and keys.
    known: HashTable<PathId>,
    hasher: FixedState,
    names: Vec<String>,
    by_name: HashMap<String, NameId, FixedState>,
}

/// More different names than this in one input are not field names but data; the rest share one name.
const MAX_PATHS: usize = 200_000;
/// Bytes of a path. What is longer is no field name but data, too: a hostile log may put a short one below it many times.
const LONGEST_PATH: usize = 512;
const OVERFLOW: &str = "too_many_names";

impl Default for Names {
    fn default() -> Self {
        let mut names = Names {
            paths: Vec::new(),
            full: vec![String::new()],
            keys: String::new(),
            known: HashTable::new(),
            hasher: FixedState::default(),
            names: Vec::new(),
            by_name: HashMap::default(),
        };
        let name = names.intern("");
        // Not among those that are known: nothing has it as a child.
        names.paths.push(Path { parent: PathId::ROOT, name, start: 0, end: 0 });
        names
    }
}

impl Names {
    /// The text of a name.
    #[inline]
    pub fn get(&self, id: NameId) -> &str {
        self.names.get(id.index()).map_or("", String::as_str)
    }

    /// The id of a name, made if need be.
    pub fn intern(&mut self, name: &str) -> NameId {
        if let Some(id) = self.by_name.get(name) {
            return *id;
        }
        let id = NameId(self.names.len() as u32);
        self.names.push(name.to_owned());
        self.by_name.insert(name.to_owned(), id);
        id
    }

    /// Number of names so far: ids are below it.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether no name was seen yet.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The nested name `parent.key`.
    #[inline]
    pub(crate) fn child(&mut self, parent: PathId, key: &str) -> PathId {
        let hash = hash_of(&self.hasher, parent, key.as_bytes());
        match self.find(hash, parent, key) {
            Some(id) => id,
            None => self.add(hash, parent, key),
        }
    }

    /// The name under which the field at `path` is kept.
    #[inline]
    pub(crate) fn name(&self, path: PathId) -> NameId {
        self.paths[path.0 as usize].name
    }

    /// The field's whole path as a name, for the rare record in which two paths have the same short name.
    pub(crate) fn full_name(&mut self, path: PathId) -> NameId {
        let full = self.full[path.0 as usize].clone();
        self.intern(&full)
    }

    #[inline]
    fn find(&self, hash: u64, parent: PathId, key: &str) -> Option<PathId> {
        let same = |id: &PathId| {
            let path = &self.paths[id.0 as usize];
            path.parent == parent
                && self.keys.as_bytes()[path.start as usize..path.end as usize] == *key.as_bytes()
        };
        self.known.find(hash, same).copied()
    }

    #[cold]
    fn add(&mut self, hash: u64, parent: PathId, key: &str) -> PathId {
        let above = &self.full[parent.0 as usize];
        if above.len() + key.len() >= LONGEST_PATH || self.paths.len() >= MAX_PATHS {
            let hash = hash_of(&self.hasher, PathId::ROOT, OVERFLOW.as_bytes());
            let known = self.find(hash, PathId::ROOT, OVERFLOW);
            return known.unwrap_or_else(|| self.put(hash, PathId::ROOT, OVERFLOW, OVERFLOW.to_owned()));
        }
        let full = if above.is_empty() { key.to_owned() } else { format!("{above}.{key}") };
        self.put(hash, parent, key, full)
    }

    fn put(&mut self, hash: u64, parent: PathId, key: &str, full: String) -> PathId {
        let id = PathId(self.paths.len() as u32);
        // At most 200,000 keys of 512 bytes: far less than 4 GiB.
        let start = self.keys.len() as u32;
        self.keys.push_str(key);
        let name = self.intern(&short_name(&full));
        self.paths.push(Path { parent, name, start, end: self.keys.len() as u32 });
        self.full.push(full);
        let Names { paths, keys, known, hasher, .. } = self;
        known.insert_unique(hash, id, |id| {
            let Path { parent, start, end, .. } = paths[id.0 as usize];
            hash_of(hasher, parent, &keys.as_bytes()[start as usize..end as usize])
        });
        id
    }
}

#[inline]
fn hash_of(hasher: &FixedState, parent: PathId, key: &[u8]) -> u64 {
    let mut hash = hasher.build_hasher();
    hash.write_u32(parent.0);
    hash.write(key);
    hash.finish()
}

/// Takes off what Winlogbeat, EVTX dump tools and search-engine exports wrap around a Windows event.
fn short_name(full: &str) -> String {
    let path = full.strip_prefix("_source.").unwrap_or(full);
    if let Some(rest) = path.strip_prefix("winlog.") {
        return winlogbeat(rest).unwrap_or(path).to_owned();
    }
    if let Some(rest) = path.strip_prefix("Event.") {
        return event_xml(rest);
    }
    // Winlogbeat before version 7.
    if let Some(field) = path.strip_prefix("event_data.").or_else(|| path.strip_prefix("user_data.")) {
        return field.to_owned();
    }
    if path == "message" { "Message".to_owned() } else { path.to_owned() }
}

fn winlogbeat(rest: &str) -> Option<&str> {
    if let Some(field) = rest.strip_prefix("event_data.").or_else(|| rest.strip_prefix("user_data.")) {
        return Some(field);
    }
    Some(match rest {
        "event_id" => "EventID",
        "channel" => "Channel",
        "provider_name" => "Provider_Name",
        "provider_guid" => "Provider_Guid",
        "computer_name" => "Computer",
        "record_id" => "EventRecordID",
        "process.pid" => "Execution_ProcessID",
        "process.thread.id" => "Execution_ThreadID",
        "user.identifier" => "Security_UserID",
        _ => return None,
    })
}

/// The XML form of an event as JSON: attributes under `#attributes`, element text under `#text`.
fn event_xml(rest: &str) -> String {
    let plain = rest.strip_suffix(".#text").unwrap_or(rest);
    if let Some(system) = plain.strip_prefix("System.") {
        return match system {
            "TimeCreated.#attributes.SystemTime" => "TimeCreated".to_owned(),
            _ => system.replace(".#attributes.", "_").replace('.', "_"),
        };
    }
    if let Some(field) = plain.strip_prefix("EventData.") {
        // Some providers put blanks into field names (`Threat Name`); rules know them without.
        return field.replace("#attributes.", "EventData_").replace(' ', "");
    }
    if let Some(data) = plain.strip_prefix("UserData.") {
        // The first level names the structure (`LogFileCleared`); its members are the fields.
        return match data.split_once('.') {
            Some((structure, attribute)) if attribute.starts_with("#attributes") => {
                format!("{structure}_{}", attribute.trim_start_matches("#attributes."))
            }
            Some((_, field)) => field.to_owned(),
            None => data.to_owned(),
        };
    }
    plain.to_owned()
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_PATH, Names, OVERFLOW, PathId, short_name};

    #[test]
    fn a_path_that_is_no_name_is_not_remembered() {
        let mut names = Names::default();
        let mut name_of = |parent, key: &str| {
            let path = names.child(parent, key);
            let name = names.name(path);
            (path, names.get(name).to_owned())
        };
        let (long, name) = name_of(PathId::ROOT, &"x".repeat(LONGEST_PATH));
        assert_eq!(name, OVERFLOW);
        assert_eq!(name_of(long, "a").1, "too_many_names.a", "what stands below it is not lost");
        let mut path = PathId::ROOT;
        for _ in 0..1_000 {
            let (below, name) = name_of(path, "level");
            assert!(name.len() <= LONGEST_PATH);
            path = below;
        }
    }

    #[test]
    fn wrappers_come_off() {
        for (full, short) in [
            ("Image", "Image"),
            ("winlog.event_data.Image", "Image"),
            ("Event.EventData.Image", "Image"),
            ("event_data.Image", "Image"),
            ("Event.System.Provider.#attributes.Name", "Provider_Name"),
            ("Event.System.EventID", "EventID"),
            ("Event.System.EventID.#text", "EventID"),
            ("Event.System.EventID.#attributes.Qualifiers", "EventID_Qualifiers"),
            ("Event.System.TimeCreated.#attributes.SystemTime", "TimeCreated"),
            ("Event.System.Execution.#attributes.ProcessID", "Execution_ProcessID"),
            ("Event.UserData.LogFileCleared.SubjectUserName", "SubjectUserName"),
            ("Event.UserData.EventXML.#attributes.xmlns", "EventXML_xmlns"),
            ("Event.EventData.Data.#text", "Data"),
            ("Event.EventData.Threat Name", "ThreatName"),
            ("winlog.event_id", "EventID"),
            ("winlog.task", "winlog.task"),
            ("_source.winlog.channel", "Channel"),
            ("event.code", "event.code"),
            ("id.orig_h", "id.orig_h"),
        ] {
            assert_eq!(short_name(full), short, "{full}");
        }
    }
}
