//! Recomputes the worked example of `docs/spec/record.md`: each value must stand there in hex.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::print_stdout,
    unreachable_pub,
    dead_code,
    reason = "a test"
)]

use onus_proof::{CaseSecret, Digest, FieldRef, FieldValue, RecordHeader, RecordIndex, Sealer};
use onus_proof::{field_commitment, leaf_digest, raw_commitment};

const SPEC: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/spec/record.md"));

#[test]
fn the_worked_example_holds() {
    let secret: [u8; 32] = std::array::from_fn(|i| u8::try_from(i).unwrap());
    let mut sealer = Sealer::new(&CaseSecret::from_bytes(secret));
    let index = RecordIndex(1);
    let (id, user) = (FieldValue::UInt(4624), FieldValue::Text("svc-backup".into()));
    let raw = br#"{"EventID":4624,"User":"svc-backup"}"#;
    let source = Digest::of(b"example");
    let header = RecordHeader { source, ordinal: 1, offset: 38, length: 36, format: "ndjson" };
    let fields = [FieldRef { name: "EventID", value: &id }, FieldRef { name: "User", value: &user }];

    let id_salt = sealer.field_salt(index, "EventID");
    let user_salt = sealer.field_salt(index, "User");
    let raw_salt = sealer.raw_salt(index);
    let leaf = sealer.leaf_bytes(index, &header, &fields, raw).unwrap().to_vec();
    let hex: String = leaf.iter().map(|b| format!("{b:02x}")).collect();
    for (what, value) in [
        ("source", source.to_hex()),
        ("salt of EventID", id_salt.to_hex()),
        ("salt of User", user_salt.to_hex()),
        ("salt of the raw bytes", raw_salt.to_hex()),
        ("commitment to EventID", field_commitment(&id_salt, "EventID", &id).to_hex()),
        ("commitment to User", field_commitment(&user_salt, "User", &user).to_hex()),
        ("commitment to the raw bytes", raw_commitment(&raw_salt, raw).to_hex()),
        ("leaf", hex),
        ("leaf hash", leaf_digest(&leaf).to_hex()),
    ] {
        let line = format!("| {what} | `{value}` |");
        assert!(SPEC.lines().any(|l| l == line), "docs/spec/record.md lacks the line {line}");
    }
}
