//! Claims recomputed from whole and from partly hidden records, and the rungs of a dossier made of them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use onus_claim::{
    Assessment, BytesSent, CitedRecord, Claim, Kind, Moment, Outcome, RuleMatch, Rules, Rung, Sequence,
    assess, needed_fields, recompute,
};
use onus_proof::{
    CaseSecret, Checkpoint, Digest, DisclosedField, DisclosedRaw, Dossier, DossierParts, DossierRecord,
    FieldRef, FieldValue, Hidden, RecordHeader, RecordIndex, Sealer, Signer, TreeBuilder, TrustPolicy,
    VerifiedDossier, field_commitment, inclusion_proof, raw_commitment,
};
use serde_json::Value;

type Record = Vec<(String, FieldValue)>;

fn text(value: &str) -> FieldValue {
    FieldValue::Text(value.to_owned())
}

fn record(fields: &[(&str, FieldValue)]) -> Record {
    fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

/// A process start as Sysmon writes it.
fn process(time: &str, image: &str, parent: &str) -> Record {
    record(&[
        ("Channel", text("Microsoft-Windows-Sysmon/Operational")),
        ("EventID", FieldValue::Int(1)),
        ("TimeCreated", text(time)),
        ("Computer", text("HM-FILE01")),
        ("Image", text(image)),
        ("CommandLine", text("certutil -decode a.txt b.exe")),
        ("ParentImage", text(parent)),
        ("User", text("HALVARD\\erik")),
    ])
}

fn connection(ts: f64, port: i64, sent: i64) -> Record {
    record(&[
        ("_path", text("conn")),
        ("ts", FieldValue::Float(ts)),
        ("uid", text("C1")),
        ("conn_state", text("SF")),
        ("id.orig_h", text("10.20.1.12")),
        ("id.orig_p", FieldValue::Int(port)),
        ("id.resp_h", text("198.51.100.61")),
        ("id.resp_p", FieldValue::Int(443)),
        ("orig_bytes", FieldValue::Int(sent)),
        ("resp_bytes", FieldValue::Int(1)),
    ])
}

const DECODE: &str = "title: Decode\nid: d1\nlogsource:\n  product: windows\n  category: process_creation\n\
    detection:\n  selection:\n    CommandLine|contains: ' -decode '\n  filter:\n    ParentImage|endswith: '\\updater.exe'\n\
    \x20 condition: selection and not filter\nlevel: high\n";

fn digest(text: &str) -> String {
    Digest::of(text.as_bytes()).to_hex()
}

fn rules(text: &str) -> Rules {
    Rules::new([(digest(text), text)])
}

fn rule_match(text: &str, id: &str, title: &str, cites: &[u64]) -> Claim {
    let params = RuleMatch {
        rule_id: id.to_owned(),
        rule_title: title.to_owned(),
        rule_digest: digest(text),
        placeholders: None,
    };
    Claim::new("C0001", Kind::RuleMatch(params), cites.to_vec(), "")
}

fn sent(at_least: u64, cites: &[u64]) -> Claim {
    let kind = BytesSent {
        from: "10.20.1.12".to_owned(),
        to: "198.51.100.61".to_owned(),
        at_least,
        from_time: Moment(1_000_000_000),
        to_time: Moment(3_000_000_000),
    };
    Claim::new("C0002", Kind::BytesSent(kind), cites.to_vec(), "")
}

fn sequence(host: &str, first: u64, then: u64) -> Claim {
    let kind = Sequence { host: host.to_owned(), first, then };
    Claim::new("C0003", Kind::Sequence(kind), vec![first, then], "")
}

fn whole(records: &[Record]) -> BTreeMap<u64, CitedRecord<'_>> {
    (0..).zip(records).map(|(number, record)| (number, CitedRecord::whole(number, record))).collect()
}

fn differs(outcome: Outcome) -> String {
    match outcome {
        Outcome::Differs { what } => what,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_rule_matches_or_not_as_the_records_say() {
    let records = [
        process("2017-03-06T07:00:00Z", "C:\\certutil.exe", "C:\\cmd.exe"),
        process("2017-03-06T07:00:00Z", "C:\\certutil.exe", "C:\\updater.exe"),
        connection(1500.0, 1, 1),
    ];
    let records = whole(&records);
    let rules = rules(DECODE);
    let run = |cites: &[u64]| recompute(&rule_match(DECODE, "d1", "Decode", cites), &records, &rules);
    assert_eq!(run(&[0]), Outcome::Holds);
    assert!(differs(run(&[0, 1])).contains("record 1"));
    assert!(differs(run(&[2])).contains("log source"));
    assert!(differs(run(&[])).contains("cites no record"));
    assert!(matches!(run(&[7]), Outcome::Unsupported { .. }));
    let other = rule_match(DECODE, "d1", "Harmless", &[0]);
    assert!(differs(recompute(&other, &records, &rules)).contains("title"));
    let absent = rule_match("title: x", "d1", "Decode", &[0]);
    assert!(matches!(recompute(&absent, &records, &rules), Outcome::Unsupported { .. }));
}

/// A filter that is hidden must not turn a miss into a match, nor any field into one that is absent.
#[test]
fn what_is_hidden_is_not_absent() {
    let records = [process("2017-03-06T07:00:00Z", "C:\\certutil.exe", "C:\\updater.exe")];
    let whole = whole(&records);
    let claim = rule_match(DECODE, "d1", "Decode", &[0]);
    let rules = rules(DECODE);
    let hidden = whole[&0].only(&|name| name != "ParentImage");
    assert!(!hidden.complete);
    let outcome = recompute(&claim, &BTreeMap::from([(0, hidden)]), &rules);
    assert_eq!(outcome, Outcome::NeedsHidden { fields: vec!["ParentImage".to_owned()] });
    let no_channel = whole[&0].only(&|name| name != "Channel");
    let outcome = recompute(&claim, &BTreeMap::from([(0, no_channel)]), &rules);
    assert!(matches!(outcome, Outcome::NeedsHidden { fields } if fields.contains(&"Channel".to_owned())));
}

fn names(set: &BTreeSet<String>) -> Vec<&str> {
    set.iter().map(String::as_str).collect()
}

#[test]
fn the_fewest_fields_that_recompute_are_needed() {
    let records = [
        process("2017-03-06T07:00:00Z", "C:\\certutil.exe", "C:\\cmd.exe"),
        connection(1500.0, 1, 900),
        record(&[
            ("Channel", text("Security")),
            ("EventID", text("4688")),
            ("TimeCreated", text("2017-03-06T07:00:00Z")),
            ("NewProcessName", text("C:\\rar.exe")),
            ("SubjectUserName", text("erik")),
            ("CommandLine", text("rar a -hp x")),
        ]),
    ];
    let records = whole(&records);
    let by_alias = "title: Rar\nid: r\nlogsource:\n  product: windows\n  category: process_creation\n\
        detection:\n  s:\n    Image|endswith: '\\rar.exe'\n  condition: s\n";
    let by_absence = "title: Odd\nid: o\nlogsource:\n  category: process_creation\n\
        detection:\n  s:\n    OriginalFileName: null\n    CommandLine|contains: hp\n  condition: s\n";
    let by_word = "title: Word\nid: w\nlogsource:\n  product: zeek\ndetection:\n  words:\n    - SF\n  condition: words\n";
    let all: Vec<&str> =
        records[&2].fields.iter().map(|(name, _)| *name).collect::<BTreeSet<_>>().into_iter().collect();
    let every: Vec<&str> =
        records[&1].fields.iter().map(|(name, _)| *name).collect::<BTreeSet<_>>().into_iter().collect();
    let table: [(Claim, &str, u64, Vec<&str>); 6] = [
        (
            rule_match(DECODE, "d1", "Decode", &[0]),
            DECODE,
            0,
            vec!["Channel", "CommandLine", "EventID", "ParentImage", "TimeCreated"],
        ),
        (
            rule_match(by_alias, "r", "Rar", &[2]),
            by_alias,
            2,
            vec!["Channel", "EventID", "NewProcessName", "TimeCreated"],
        ),
        (rule_match(by_absence, "o", "Odd", &[2]), by_absence, 2, all),
        (rule_match(by_word, "w", "Word", &[1]), by_word, 1, every),
        (
            sent(900, &[1]),
            "",
            1,
            vec!["_path", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "orig_bytes", "ts"],
        ),
        (sequence("HM-FILE01", 0, 0), "", 0, vec!["Channel", "Computer", "EventID", "TimeCreated"]),
    ];
    for (claim, rule, number, expected) in table {
        let rules = rules(rule);
        let needed = needed_fields(&claim, &records[&number], &rules);
        assert_eq!(names(&needed), expected, "{}", claim.sentence);
        let shown = records[&number].only(&|name| needed.contains(name));
        let shown = BTreeMap::from([(number, shown)]);
        let outcome = recompute(&claim, &shown, &rules);
        let is_sequence = matches!(claim.kind, Kind::Sequence(_));
        assert!(outcome == Outcome::Holds || is_sequence, "{outcome:?}");
        // None of them is there for nothing: without any one, the claim cannot be recomputed from the rest. The
        // time plays no part in a rule's match; it is shown so that people know when.
        for name in needed.iter().filter(|_| !is_sequence && needed.len() < records[&number].fields.len()) {
            let less = records[&number].only(&|field| field != name && needed.contains(field));
            let less = recompute(&claim, &BTreeMap::from([(number, less)]), &rules);
            assert!(less != Outcome::Holds || name == "TimeCreated" || is_port(name), "{name}");
        }
    }
}

/// Without its ports, one connection alone still bounds the bytes from below.
fn is_port(name: &str) -> bool {
    name.ends_with("_p")
}

#[test]
fn bytes_are_a_lower_bound() {
    let mut unnamed = connection(1500.0, 0, 450);
    unnamed.retain(|(name, _)| name != "id.orig_p");
    let records = [
        connection(1500.0, 50_001, 300),
        // The same connection by a second sensor, which lost some packets.
        connection(1500.5, 50_001, 290),
        connection(1600.0, 50_002, 200),
        unnamed,
        connection(4000.0, 50_003, 100),
    ];
    let whole = whole(&records);
    let run = |bytes, cites: &[u64]| recompute(&sent(bytes, cites), &whole, &Rules::default());
    assert_eq!(run(500, &[0, 1, 2]), Outcome::Holds);
    assert_eq!(run(500, &[0, 0, 2, 2]), Outcome::Holds);
    assert_eq!(differs(run(501, &[0, 1, 2])), "the records show 500 bytes, not 501");
    // A record without both ports may be of a connection that was counted already.
    assert_eq!(run(500, &[0, 1, 2, 3]), Outcome::Holds);
    assert_eq!(differs(run(501, &[0, 1, 2, 3])), "the records show 500 bytes, not 501");
    assert_eq!(run(450, &[0, 3]), Outcome::Holds);
    assert!(differs(run(1, &[4])).contains("outside the stated time"));
    let mut elsewhere = sent(1, &[0]);
    if let Kind::BytesSent(params) = &mut elsewhere.kind {
        params.to = "198.51.100.62".to_owned();
    }
    assert!(differs(recompute(&elsewhere, &whole, &Rules::default())).contains("198.51.100.61"));
}

#[test]
fn a_sequence_needs_order_and_host() {
    let records = [
        process("2017-03-06T07:00:00Z", "a", "b"),
        process("2017-03-06T07:00:00.000001Z", "a", "b"),
        connection(1500.0, 1, 1),
    ];
    let whole = whole(&records);
    let run = |claim: &Claim| recompute(claim, &whole, &Rules::default());
    assert_eq!(run(&sequence("hm-file01", 0, 1)), Outcome::Holds);
    assert!(differs(run(&sequence("HM-FILE01", 1, 0))).contains("2017-03-06T07:00:00.000001Z"));
    assert!(differs(run(&sequence("HM-FILE01", 0, 0))).contains("record 0 is of"));
    assert!(differs(run(&sequence("HM-DC01", 0, 1))).contains("not HM-DC01"));
    assert!(differs(run(&sequence("HM-FILE01", 0, 2))).contains("no host_name"));
    let mut uncited = sequence("HM-FILE01", 0, 1);
    uncited.cites = vec![0];
    assert!(differs(run(&uncited)).contains("record 1 is not cited"));
}

/// A dossier over `records`, of which `shown` says what is disclosed.
fn dossier(records: &[Record], claims: Vec<Value>, shown: &dyn Fn(u64, &str) -> bool) -> VerifiedDossier {
    let secret = CaseSecret::from_bytes([7; 32]);
    let signer = Signer::from_seed("test.example", &[9; 32]).unwrap();
    let mut sealer = Sealer::new(&secret);
    let mut tree = TreeBuilder::new();
    let mut nodes = BTreeMap::new();
    let header = |number: u64| RecordHeader {
        source: Digest::of(b"log"),
        ordinal: number,
        offset: number * 10,
        length: 10,
        format: "json-lines",
    };
    for (number, record) in (0..).zip(records) {
        let fields: Vec<_> = record.iter().map(|(name, value)| FieldRef { name, value }).collect();
        let leaf = sealer.leaf_hash(RecordIndex(number), &header(number), &fields, b"raw").unwrap();
        tree.push(leaf, |level, index, hash| {
            nodes.insert((level, index), hash);
        });
    }
    let checkpoint = Checkpoint {
        origin: "test.example".to_owned(),
        size: tree.size(),
        root: tree.root(),
        extensions: Vec::new(),
    };
    let disclose = |(number, record): (u64, &Record)| {
        let index = RecordIndex(number);
        let fields = record.iter().map(|(name, value)| {
            let salt = sealer.field_salt(index, name);
            match shown(number, name) {
                true => DisclosedField::Shown { name: name.clone(), value: value.clone(), salt },
                false => DisclosedField::Hidden(Hidden(field_commitment(&salt, name, value))),
            }
        });
        let header = header(number);
        DossierRecord {
            index,
            source: header.source,
            ordinal: header.ordinal,
            offset: header.offset,
            length: header.length,
            format: header.format.to_owned(),
            fields: fields.collect(),
            raw: DisclosedRaw::Hidden(Hidden(raw_commitment(&sealer.raw_salt(index), b"raw"))),
            path: inclusion_proof(number, tree.size(), &|level, n| nodes.get(&(level, n)).copied()).unwrap(),
        }
    };
    let parts = DossierParts {
        case: "test".to_owned(),
        created: "2026-11-24T00:00:00Z".to_owned(),
        tool: "test".to_owned(),
        checkpoint: signer.sign(&checkpoint.encode()).unwrap(),
        records: (0..).zip(records).map(disclose).collect(),
        claims,
        attachments: vec![DECODE.to_owned()],
        limits: Vec::new(),
        faults: Value::Null,
    };
    let file = Dossier::build(parts, &signer).unwrap().encode();
    VerifiedDossier::verify(file.as_bytes(), &TrustPolicy::AnyKey).unwrap()
}

fn rungs(assessed: &[Assessment]) -> Vec<Rung> {
    assessed.iter().map(|claim| claim.rung).collect()
}

/// A dossier whose signature and proofs are all in order may still claim what its records do not bear out.
#[test]
fn a_well_signed_falsehood_is_baseless() {
    let records = [
        process("2017-03-06T07:00:00Z", "C:\\certutil.exe", "C:\\cmd.exe"),
        process("2017-03-06T07:01:00Z", "C:\\certutil.exe", "C:\\updater.exe"),
        connection(1500.0, 1, 900),
    ];
    let named = |claim: Claim, id: &str| Claim { id: id.to_owned(), ..claim }.to_object();
    let mut lie = sequence("HM-FILE01", 0, 1).to_object();
    lie["sentence"] = "A foreign ministry did it.".into();
    let mut unknown = sent(1, &[2]).to_object();
    unknown["kind"] = "mind_read".into();
    unknown["id"] = "U1".into();
    let mut garbled = sent(1, &[2]).to_object();
    garbled["params"]["at_least"] = "1".into();
    garbled["id"] = "G1".into();
    let claims = vec![
        named(rule_match(DECODE, "d1", "Decode", &[0]), "A1"),
        named(rule_match(DECODE, "d1", "Decode", &[1]), "A2"),
        named(rule_match(DECODE, "d1", "Decode", &[]), "A3"),
        named(sent(900, &[2]), "B1"),
        named(sent(901, &[2]), "B2"),
        lie,
        unknown,
        garbled,
    ];
    use Rung::{Baseless, Recomputed, Sealed};
    let open = assess(&dossier(&records, claims.clone(), &|_, _| true));
    let expected = [Recomputed, Baseless, Baseless, Recomputed, Baseless, Recomputed, Sealed, Baseless];
    assert_eq!(rungs(&open), expected, "{open:#?}");
    assert_eq!(open[5].makers_words.as_deref(), Some("A foreign ministry did it."));
    assert!(open[5].sentence.starts_with("On HM-FILE01"));
    assert_eq!(open[0].makers_words, None);
    // The filter's field is hidden: the false match is not believed, and not called baseless either.
    let partly = assess(&dossier(&records, claims, &|number, name| number != 1 || name != "ParentImage"));
    assert_eq!(partly[1].rung, Sealed, "{:?}", partly[1]);
    assert!(partly[1].why.contains("ParentImage"));
}
