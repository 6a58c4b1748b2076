//! Field names, interned once a worker; nested names are joined by dots, and the wrappers that log shippers
//! put around an event's own fields are taken off, so that `winlog.event_data.Image`,
//! `Event.EventData.Image` and `Image` are one field, `Image`, which is what Sigma rules call it.

use std::collections::HashMap;

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

struct Path {
    parent: PathId,
    key: String,
    name: NameId,
    full: String,
    children: HashMap<String, PathId, foldhash::fast::FixedState>,
    /// The path that followed this one last time: most records repeat the order of their fields.
    next: PathId,
}

/// The interner. Memory grows with the number of *different* names, which is capped.
pub struct Names {
    paths: Vec<Path>,
    names: Vec<String>,
    by_name: HashMap<String, NameId, foldhash::fast::FixedState>,
    last: PathId,
}

/// More different names than this in one input are not field names but data; the rest share one name.
const MAX_PATHS: usize = 200_000;
/// Bytes of a path. What is longer is no field name but data, too: a hostile log may put a short one below it many times.
const LONGEST_PATH: usize = 512;
const OVERFLOW: &str = "too_many_names";

impl Default for Names {
    fn default() -> Self {
        let mut names =
            Names { paths: Vec::new(), names: Vec::new(), by_name: HashMap::default(), last: PathId::ROOT };
        let root = names.intern("");
        names.paths.push(Path {
            parent: PathId::ROOT,
            key: String::new(),
            name: root,
            full: String::new(),
            children: HashMap::default(),
            next: PathId::ROOT,
        });
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
    pub(crate) fn child(&mut self, parent: PathId, key: &str) -> PathId {
        let guess = self.paths[self.last.0 as usize].next;
        let guessed = &self.paths[guess.0 as usize];
        if guessed.parent == parent && guessed.key == key && guess != PathId::ROOT {
            self.last = guess;
            return guess;
        }
        let id = match self.paths[parent.0 as usize].children.get(key) {
            Some(id) => *id,
            None => self.add(parent, key),
        };
        self.paths[self.last.0 as usize].next = id;
        self.last = id;
        id
    }

    /// The name under which the field at `path` is kept.
    #[inline]
    pub(crate) fn name(&self, path: PathId) -> NameId {
        self.paths[path.0 as usize].name
    }

    /// The field's whole path as a name, for the rare record in which two paths have the same short name.
    pub(crate) fn full_name(&mut self, path: PathId) -> NameId {
        let full = self.paths[path.0 as usize].full.clone();
        self.intern(&full)
    }

    fn add(&mut self, parent: PathId, key: &str) -> PathId {
        let is_long = self.paths[parent.0 as usize].full.len() + key.len() >= LONGEST_PATH;
        let (parent, key) =
            if is_long || self.paths.len() >= MAX_PATHS { (PathId::ROOT, OVERFLOW) } else { (parent, key) };
        if let Some(id) = self.paths[parent.0 as usize].children.get(key) {
            return *id;
        }
        let above = &self.paths[parent.0 as usize].full;
        let full = if above.is_empty() { key.to_owned() } else { format!("{above}.{key}") };
        let name = self.intern(&short_name(&full));
        let id = PathId(self.paths.len() as u32);
        self.paths.push(Path {
            parent,
            key: key.to_owned(),
            name,
            full,
            children: HashMap::default(),
            next: PathId::ROOT,
        });
        self.paths[parent.0 as usize].children.insert(key.to_owned(), id);
        id
    }
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
