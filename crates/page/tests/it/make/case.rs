//! A small case with a fixed secret and key: records, their tree, and dossiers that disclose some of them.

use std::collections::HashMap;

use onus_proof::*;
use serde_json::{Map, Value, json};

/// The key that seals.
pub fn signer() -> Signer {
    Signer::from_seed("case.example", &[7; 32]).unwrap()
}

/// Another key of that name.
pub fn other_signer() -> Signer {
    Signer::from_seed("case.example", &[8; 32]).unwrap()
}

type Fields = Vec<(String, FieldValue)>;

/// Records in a sealed tree.
pub struct Case {
    secret: CaseSecret,
    records: Vec<Fields>,
    store: HashMap<(u8, u64), Digest>,
}

/// What of a record is shown.
#[derive(Clone)]
pub struct Show {
    pub record: u64,
    pub hidden: Vec<&'static str>,
    pub pseudonyms: Vec<(&'static str, &'static str)>,
    pub raw: bool,
}

/// The whole record but for its raw bytes.
pub fn show(record: u64) -> Show {
    Show { record, hidden: Vec::new(), pseudonyms: Vec::new(), raw: false }
}

/// The record without some fields.
pub fn hide(record: u64, hidden: &[&'static str]) -> Show {
    Show { hidden: hidden.to_vec(), ..show(record) }
}

fn value(json: &Value) -> FieldValue {
    match json {
        Value::Null => FieldValue::Null,
        Value::Bool(flag) => FieldValue::Bool(*flag),
        Value::String(text) => FieldValue::Text(text.clone()),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(int), _) => FieldValue::Int(int),
            (None, Some(uint)) => FieldValue::UInt(uint),
            _ => FieldValue::Float(number.as_f64().unwrap()),
        },
        _ => panic!("a field is a scalar"),
    }
}

fn raw(fields: &Fields) -> String {
    fields.iter().map(|(name, value)| format!("{name}={}\n", value.to_text())).collect()
}

impl Case {
    /// A tree of these records: JSON objects of scalars.
    pub fn new(records: &[Value]) -> Self {
        let fields = |record: &Value| {
            let members = record.as_object().unwrap().iter();
            let mut fields: Fields = members.map(|(name, json)| (name.clone(), value(json))).collect();
            // Members of JSON objects have no order that could be relied on.
            fields.sort_by(|(one, _), (other, _)| one.cmp(other));
            fields
        };
        let secret = CaseSecret::from_bytes([9; 32]);
        let mut case = Self { secret, records: records.iter().map(fields).collect(), store: HashMap::new() };
        let mut tree = TreeBuilder::new();
        let mut store = HashMap::new();
        for index in 0..case.records.len() as u64 {
            tree.push(case.leaf(index), |level, place, hash| _ = store.insert((level, place), hash));
        }
        case.store = store;
        case
    }

    fn leaf(&self, index: u64) -> Digest {
        let fields = &self.records[index as usize];
        let refs: Vec<FieldRef<'_>> = fields.iter().map(|(name, value)| FieldRef { name, value }).collect();
        let mut sealer = Sealer::new(&self.secret);
        sealer.leaf_hash(RecordIndex(index), &header(index), &refs, raw(fields).as_bytes()).unwrap()
    }

    pub fn size(&self) -> u64 {
        self.records.len() as u64
    }

    fn read(&self) -> impl Fn(u8, u64) -> Option<Digest> + '_ {
        |level, index| self.store.get(&(level, index)).copied()
    }

    /// The checkpoint over the first `size` records.
    pub fn checkpoint(&self, size: u64) -> Checkpoint {
        let root = root(size, &self.read()).unwrap();
        Checkpoint { origin: "case.example".into(), size, root, extensions: vec![] }
    }

    pub fn path(&self, index: u64) -> Vec<Digest> {
        inclusion_proof(index, self.size(), &self.read()).unwrap()
    }

    pub fn earlier(&self, size: u64) -> EarlierCheckpoint {
        EarlierCheckpoint {
            checkpoint: signer().sign(&self.checkpoint(size).encode()).unwrap(),
            consistency: consistency_proof(size, self.size(), &self.read()).unwrap(),
            tokens: vec![b"no token".to_vec()],
        }
    }

    fn record(&self, shown: &Show) -> DossierRecord {
        let index = RecordIndex(shown.record);
        let sealer = Sealer::new(&self.secret);
        let fields = &self.records[shown.record as usize];
        let disclose = |(name, value): &(String, FieldValue)| {
            let salt = sealer.field_salt(index, name);
            let commitment = Hidden(field_commitment(&salt, name, value));
            if let Some((_, word)) = shown.pseudonyms.iter().find(|(field, _)| field == name) {
                DisclosedField::Pseudonym(commitment, (*word).to_owned())
            } else if shown.hidden.contains(&name.as_str()) {
                DisclosedField::Hidden(commitment)
            } else {
                DisclosedField::Shown { name: name.clone(), value: value.clone(), salt }
            }
        };
        let header = header(shown.record);
        let (salt, bytes) = (sealer.raw_salt(index), raw(fields).into_bytes());
        DossierRecord {
            index,
            source: header.source,
            ordinal: header.ordinal,
            offset: header.offset,
            length: header.length,
            format: header.format.to_owned(),
            fields: fields.iter().map(disclose).collect(),
            raw: if shown.raw {
                DisclosedRaw::Shown { bytes, salt }
            } else {
                DisclosedRaw::Hidden(Hidden(raw_commitment(&salt, &bytes)))
            },
            path: self.path(shown.record),
        }
    }

    fn parts(&self, shown: &[Show], claims: Vec<Value>, attachments: &[&str]) -> DossierParts {
        DossierParts {
            case: "Example".into(),
            created: "2026-03-02T08:00:00Z".into(),
            tool: "onus 0.1.0".into(),
            checkpoint: signer().sign(&self.checkpoint(self.size()).encode()).unwrap(),
            records: shown.iter().map(|one| self.record(one)).collect(),
            claims,
            attachments: attachments.iter().map(|text| (*text).to_owned()).collect(),
            limits: vec!["It is not shown that the logs were true before they were sealed.".into()],
            faults: json!({ "total": 0 }),
        }
    }

    /// A dossier of version 1.
    pub fn first(&self, shown: &[Show], claims: Vec<Value>, attachments: &[&str]) -> String {
        Dossier::build(self.parts(shown, claims, attachments), &signer()).unwrap().encode()
    }

    /// A dossier of version 2.
    pub fn second(
        &self,
        shown: &[Show],
        claims: Vec<Value>,
        attachments: &[&str],
        more: &MoreParts,
    ) -> String {
        Dossier::build_with(self.parts(shown, claims, attachments), more, &signer()).unwrap().encode()
    }
}

fn header(index: u64) -> RecordHeader<'static> {
    let source = Digest::of(b"a log");
    RecordHeader { source, ordinal: index, offset: index * 100, length: 100, format: "ndjson" }
}

/// A claim in its frame.
pub fn claim(id: &str, kind: &str, params: Value, cites: &[u64]) -> Value {
    let digests = ["rule_digest", "placeholders"].iter().filter_map(|name| params.get(name)).cloned();
    let more = params.get("base_digests").and_then(Value::as_array).into_iter().flatten().cloned();
    let rests_on: Vec<Value> = digests.chain(more).collect();
    json!({
        "id": id, "kind": kind, "params": params, "sentence": "As the maker puts it.", "cites": cites,
        "rests_on": rests_on, "would_raise": "a countersignature",
    })
}

/// SHA-256 of a text, as claims name it.
pub fn digest(text: &str) -> String {
    Digest::of(text.as_bytes()).to_hex()
}

/// A dossier taken apart: its file, of which the body can be changed, and signed again or not.
#[derive(Clone)]
pub struct Opened(pub Map<String, Value>);

impl Opened {
    pub fn of(text: &str) -> Self {
        Self(serde_json::from_str(text).unwrap())
    }

    /// The member at a JSON pointer below `body`.
    pub fn at(&mut self, pointer: &str) -> &mut Value {
        let body = self.0.get_mut("body").unwrap();
        body.pointer_mut(pointer).unwrap_or_else(|| panic!("nothing at {pointer}"))
    }

    pub fn object(&mut self, pointer: &str) -> &mut Map<String, Value> {
        self.at(pointer).as_object_mut().unwrap()
    }

    pub fn list(&mut self, pointer: &str) -> &mut Vec<Value> {
        self.at(pointer).as_array_mut().unwrap()
    }

    pub fn text(&mut self, pointer: &str) -> String {
        self.at(pointer).as_str().unwrap().to_owned()
    }

    /// The file as it stands, in canonical form.
    pub fn encode(&self) -> String {
        canonical(&Value::Object(self.0.clone())).unwrap()
    }

    /// The note's text for the body as it stands.
    pub fn note_text(&self) -> String {
        let body = canonical(&self.0["body"]).unwrap();
        let (format, digest) = (self.0["format"].as_str().unwrap(), Digest::of(body.as_bytes()).to_base64());
        format!("case.example\n{format}\n{digest}\n")
    }

    /// The file with a new signature by the key that sealed.
    pub fn signed(&self) -> String {
        self.signed_by(&signer(), &self.note_text())
    }

    pub fn signed_by(&self, signer: &Signer, text: &str) -> String {
        self.with_note(&signer.sign(text).unwrap().encode())
    }

    pub fn with_note(&self, note: &str) -> String {
        let mut file = self.clone();
        file.0.insert("note".into(), note.into());
        file.encode()
    }
}
