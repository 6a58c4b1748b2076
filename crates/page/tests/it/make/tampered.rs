//! Dossiers that their own key signed, and that do not hold together: what a dishonest sealer could try.

use onus_proof::*;
use serde_json::{Value, json};

use super::Vector;
use super::case::{Case, Opened, claim, other_signer, signer};
use super::unsigned::{case, second};

type Change<'a> = (&'static str, &'static str, &'a dyn Fn(&mut Opened));

/// Each change of the good dossier, signed anew, is rejected with the class.
fn each(class: &'static str, good: &Opened, changes: &[Change<'_>], out: &mut Vec<Vector>) {
    for (name, what, change) in changes {
        let mut opened = good.clone();
        change(&mut opened);
        out.push(Vector::bad(class, name, what, opened.signed()));
    }
}

pub fn all(out: &mut Vec<Vector>) {
    let case = case();
    let good = Opened::of(&second(&case));
    not_in_tree(&good, out);
    proofs(&case, &good, out);
    records(&good, out);
    members(&good, out);
    values(&good, out);
    claims(&good, out);
    history(&case, &good, out);
    limits(&good, out);
}

#[rustfmt::skip]
fn not_in_tree(good: &Opened, out: &mut Vec<Vector>) {
    each("NotInTree", good, &[
        ("value", "a value changed", &|d| *d.at("/records/2/fields/0/value") = "12".into()),
        ("type", "a value of another type with the same text", &|d| *d.at("/records/2/fields/0/type") = "uint".into()),
        ("name", "a field's name changed", &|d| *d.at("/records/2/fields/0/name") = "EventId".into()),
        ("salt", "one bit of a salt flipped", &|d| {
            let salt = d.text("/records/2/fields/0/salt");
            let flipped = format!("{}{}", if salt.starts_with('0') { "1" } else { "0" }, &salt[1..]);
            *d.at("/records/2/fields/0/salt") = flipped.into();
        }),
        ("salts-swapped", "the salts of two fields swapped", &|d| {
            let (one, other) = (d.text("/records/2/fields/0/salt"), d.text("/records/2/fields/1/salt"));
            *d.at("/records/2/fields/0/salt") = other.into();
            *d.at("/records/2/fields/1/salt") = one.into();
        }),
        ("salt-of-another-record", "the salt of the same field of another record", &|d| {
            let other = d.text("/records/1/fields/0/salt");
            *d.at("/records/2/fields/0/salt") = other.into();
        }),
        ("fields-reordered", "two fields in another order", &|d| d.list("/records/2/fields").swap(0, 1)),
        ("field-dropped", "a field left out", &|d| _ = d.list("/records/2/fields").pop()),
        ("field-added", "a field too many", &|d| d.list("/records/2/fields").push(json!({ "hidden": "00".repeat(32) }))),
        ("hidden", "the commitment of a hidden field changed", &|d| *d.at("/records/1/fields/6") = json!({ "hidden": "00".repeat(32) })),
        ("pseudonym", "the commitment below a pseudonym changed", &|d| *d.at("/records/0/fields/6/hidden") = "00".repeat(32).into()),
        ("raw", "the raw bytes changed", &|d| *d.at("/records/0/raw/bytes") = "AAAA".into()),
        ("raw-salt", "the raw bytes' salt changed", &|d| *d.at("/records/0/raw/salt") = "00".repeat(16).into()),
        ("raw-hidden", "the commitment of hidden raw bytes changed", &|d| *d.at("/records/1/raw/hidden") = "00".repeat(32).into()),
        ("source", "another source", &|d| *d.at("/records/2/source") = "00".repeat(32).into()),
        ("ordinal", "another ordinal", &|d| *d.at("/records/2/ordinal") = 0.into()),
        ("offset", "another offset", &|d| *d.at("/records/2/offset") = 1.into()),
        ("length", "another length", &|d| *d.at("/records/2/length") = 1.into()),
        ("length-large", "a length beyond what JSON numbers hold", &|d| *d.at("/records/2/length") = "18446744073709551615".into()),
        ("format", "another format", &|d| *d.at("/records/2/format") = "evtx".into()),
        ("moved", "a record under another index, with that index in its proof", &|d| {
            *d.at("/records/0/index") = 0.into();
            let proof = d.text("/records/0/proof").replace("index 1\n", "index 0\n");
            *d.at("/records/0/proof") = proof.into();
            *d.at("/claims/0/cites") = json!([0, 3]);
        }),
        ("proof-hash", "a hash of a proof changed", &|d| {
            let proof = d.text("/records/2/proof");
            let line = proof.lines().nth(2).unwrap().to_owned();
            *d.at("/records/2/proof") = proof.replacen(&line, &Digest([1; 32]).to_base64(), 1).into();
        }),
        ("proof-reordered", "two hashes of a proof in another order", &|d| {
            let proof = d.text("/records/0/proof");
            let mut lines: Vec<&str> = proof.split('\n').collect();
            lines.swap(2, 3);
            let swapped = lines.join("\n");
            *d.at("/records/0/proof") = swapped.into();
        }),
        ("records-swapped", "the contents of two records swapped", &|d| {
            let (one, other) = (d.at("/records/0/fields").clone(), d.at("/records/2/fields").clone());
            *d.at("/records/0/fields") = other;
            *d.at("/records/2/fields") = one;
        }),
    ], out);
}

#[rustfmt::skip]
fn proofs(case: &Case, good: &Opened, out: &mut Vec<Vector>) {
    let line = |n: u8| format!("{}\n", Digest([n; 32]).to_base64());
    let proof = |d: &mut Opened, change: &dyn Fn(&str) -> String| {
        let proof = change(&d.text("/records/2/proof"));
        *d.at("/records/2/proof") = proof.into();
    };
    let cut = |text: &str| {
        let mut lines: Vec<&str> = text.split('\n').collect();
        lines.remove(2);
        lines.join("\n")
    };
    each("WrongTreeSize", good, &[
        ("hash-missing", "a proof with a hash too few", &|d| proof(d, &cut)),
        ("hash-added", "a proof with a hash too many", &|d| proof(d, &|text| text.replacen("index 11\n", &format!("index 11\n{}", line(1)), 1))),
    ], out);
    each("OutsideTree", good, &[("index", "an index that the tree does not have", &|d| {
        *d.at("/records/2/index") = 12.into();
        proof(d, &|text| text.replacen("index 11\n", "index 12\n", 1));
        *d.at("/claims/1/cites") = json!([12]);
    })], out);
    each("ProofOfAnotherLeaf", good, &[
        ("index", "a record whose proof is for another index", &|d| proof(d, &|text| text.replacen("index 11\n", "index 10\n", 1))),
    ], out);
    let other = signer().sign(&case.checkpoint(8).encode()).unwrap().encode();
    each("ProofOfAnotherTree", good, &[
        ("checkpoint", "a proof with another checkpoint of the same key", &|d| proof(d, &|text| format!("{}\n\n{other}", text.split("\n\n").next().unwrap()))),
        ("extra", "a proof with a line of extra bytes", &|d| proof(d, &|text| text.replacen("index", "extra AAAA\nindex", 1))),
        ("none", "a proof without a checkpoint", &|d| proof(d, &|text| format!("{}\n\n", text.split("\n\n").next().unwrap()))),
    ], out);
    let many: String = (0..64).map(line).collect();
    each("Malformed", good, &[
        ("proof-first-line", "a proof of an unknown kind", &|d| proof(d, &|text| text.replacen("@v1", "@v2", 1))),
        ("proof-index-zeros", "an index with a leading zero", &|d| proof(d, &|text| text.replacen("index 11", "index 011", 1))),
        ("proof-index-sign", "an index with a sign", &|d| proof(d, &|text| text.replacen("index 11", "index +11", 1))),
        ("proof-unused-bits", "base64 with unused bits that are not zero", &|d| proof(d, &|text| {
            let line = text.lines().nth(2).unwrap().to_owned();
            let bits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
            let last = bits.find(&line[42..43]).unwrap();
            text.replacen(&line, &format!("{}{}=", &line[..42], &bits[last + 1..last + 2]), 1)
        })),
        ("proof-carriage-return", "a proof with CR and LF", &|d| proof(d, &|text| text.replacen('\n', "\r\n", 1))),
        ("proof-64-hashes", "a proof of 64 hashes", &|d| proof(d, &|text| text.replacen("index 11\n", &format!("index 11\n{many}"), 1))),
        ("proof-no-blank-line", "a proof without a blank line", &|d| proof(d, &|text| text.replace("\n\n", "\n"))),
    ], out);
}

#[rustfmt::skip]
fn records(good: &Opened, out: &mut Vec<Vector>) {
    each("DuplicateRecord", good, &[
        ("twice", "a record twice", &|d| { let one = d.at("/records/0").clone(); d.list("/records").insert(1, one); }),
        ("reversed", "records in descending order", &|d| d.list("/records").reverse()),
    ], out);
    each("DuplicateField", good, &[
        ("same", "a field twice", &|d| { let one = d.at("/records/2/fields/0").clone(); d.list("/records/2/fields").push(one); }),
        ("other-value", "a field twice, with two values", &|d| {
            let mut one = d.at("/records/2/fields/0").clone();
            one["value"] = "4".into();
            d.list("/records/2/fields").push(one);
        }),
    ], out);
}

/// Each object with a member missing, and with one too many.
fn members(good: &Opened, out: &mut Vec<Vector>) {
    let objects = [
        ("", "tool"),
        ("/records/0", "length"),
        ("/records/0/fields/0", "salt"),
        ("/records/0/fields/6", "pseudonym"),
        ("/records/0/raw", "salt"),
        ("/records/1/raw", "hidden"),
        ("/known/0", "weighs"),
        ("/history/0", "tokens"),
        ("/records/1/fields/6", "hidden"),
    ];
    for (pointer, member) in objects {
        let name = if pointer.is_empty() { "body".to_owned() } else { pointer[1..].replace('/', "-") };
        let (mut less, mut more) = (good.clone(), good.clone());
        // A pseudonym may be left out.
        if member != "pseudonym" {
            less.object(pointer).remove(member);
            out.push(Vector::bad(
                "Malformed",
                &format!("{name}-without-{member}"),
                "a member is missing",
                less.signed(),
            ));
        }
        more.object(pointer).insert("more".into(), 1.into());
        out.push(Vector::bad("Malformed", &format!("{name}-with-more"), "an unknown member", more.signed()));
    }
    let mut file = good.clone();
    file.0.insert("more".into(), 1.into());
    out.push(Vector::bad("Malformed", "file-with-more", "an unknown member of the file", file.signed()));
    for (member, value) in [
        ("case", json!(1)),
        ("records", json!({})),
        ("claims", json!(null)),
        ("attachments", json!([])),
        ("limits", json!("x")),
        ("known", json!({})),
        ("history", json!("")),
        ("tokens", json!(null)),
        ("vkey", json!(7)),
        ("checkpoint", json!([])),
    ] {
        let mut opened = good.clone();
        *opened.at(&format!("/{member}")) = value;
        out.push(Vector::bad(
            "Malformed",
            &format!("type-of-{member}"),
            "a member of a wrong type",
            opened.signed(),
        ));
    }
    let mut first = good.clone();
    first.0.insert("format".into(), "onus-dossier/1".into());
    out.push(Vector::bad(
        "Malformed",
        "version-1-with-more",
        "version 1 with the members of version 2",
        first.signed(),
    ));
    for member in ["known", "history", "tokens"] {
        first.object("").remove(member);
    }
    out.push(Vector::bad(
        "Malformed",
        "version-1-with-pseudonym",
        "version 1 with a pseudonym",
        first.signed(),
    ));
}

#[rustfmt::skip]
fn values(good: &Opened, out: &mut Vec<Vector>) {
    for (name, kind, text) in [
        ("int-plus", "int", "+11"), ("int-zeros", "int", "011"), ("int-minus-zero", "int", "-0"), ("int-space", "int", "11 "),
        ("int-large", "int", "9223372036854775808"), ("int-empty", "int", ""), ("int-float", "int", "11.0"), ("uint-minus", "uint", "-1"),
        ("uint-large", "uint", "18446744073709551616"), ("bool-capital", "bool", "True"), ("bool-number", "bool", "1"),
        ("float-zero", "float", "0.0"), ("float-exponent", "float", "1e5"), ("float-plus", "float", "1e+5"), ("float-digits", "float", "0.50"),
        ("float-minus-zero", "float", "-0"), ("float-nan", "float", "nan"), ("float-infinity", "float", "inf"), ("float-point", "float", ".5"),
        ("float-too-exact", "float", "0.1000000000000000055511151231257827"), ("null-text", "null", "null"), ("unknown", "text2", "a"),
        ("capital", "Text", "a"),
    ] {
        let mut opened = good.clone();
        *opened.at("/records/2/fields/0/type") = kind.into();
        *opened.at("/records/2/fields/0/value") = text.into();
        out.push(Vector::bad("Malformed", &format!("value-{name}"), "a value in a second spelling, or of no type", opened.signed()));
    }
    each("Malformed", good, &[
        ("value-number", "a value that is a JSON number", &|d| *d.at("/records/2/fields/0/value") = 11.into()),
        ("salt-capitals", "a salt in capitals", &|d| *d.at("/records/2/fields/0/salt") = "AB".repeat(16).into()),
        ("salt-short", "a salt of 15 bytes", &|d| *d.at("/records/2/fields/0/salt") = "ab".repeat(15).into()),
        ("salt-odd", "a salt of 31 digits", &|d| *d.at("/records/2/fields/0/salt") = "a".repeat(31).into()),
        ("source-capitals", "a digest in capitals", &|d| *d.at("/records/2/source") = "AB".repeat(32).into()),
        ("hidden-long", "a commitment of 33 bytes", &|d| *d.at("/records/1/fields/6/hidden") = "ab".repeat(33).into()),
        ("raw-unpadded", "base64 without padding", &|d| *d.at("/records/0/raw/bytes") = "AA".into()),
        ("raw-url", "base64 of the other alphabet", &|d| *d.at("/records/0/raw/bytes") = "-_-_".into()),
        ("raw-space", "base64 with a space", &|d| *d.at("/records/0/raw/bytes") = "AA AA".into()),
        ("raw-unused-bits", "base64 with unused bits that are not zero", &|d| *d.at("/records/0/raw/bytes") = "AB==".into()),
        ("index-text", "a small index as text", &|d| *d.at("/records/0/index") = "1".into()),
        ("index-negative", "a negative index", &|d| *d.at("/records/0/index") = (-1).into()),
        ("ordinal-boundary", "2^53 - 1 as text", &|d| *d.at("/records/0/ordinal") = "9007199254740991".into()),
        ("offset-zeros", "a large number with a leading zero", &|d| *d.at("/records/0/offset") = "09007199254740993".into()),
        ("length-too-large", "2^64", &|d| *d.at("/records/0/length") = "18446744073709551616".into()),
        ("field-text", "a field that is a text", &|d| *d.at("/records/0/fields/0") = "a".into()),
        ("pseudonym-empty", "an empty pseudonym", &|d| *d.at("/records/0/fields/6/pseudonym") = "".into()),
        ("pseudonym-long", "a pseudonym of 65 characters", &|d| *d.at("/records/0/fields/6/pseudonym") = "é".repeat(65).into()),
        ("pseudonym-control", "a pseudonym with a control character", &|d| *d.at("/records/0/fields/6/pseudonym") = "a\u{85}b".into()),
        ("pseudonym-on-value", "a pseudonym on a shown field", &|d| _ = d.object("/records/2/fields/0").insert("pseudonym".into(), "a".into())),
        ("known-weighs", "an unknown weight", &|d| *d.at("/known/0/weighs") = "maybe".into()),
        ("known-what", "an unknown word", &|d| *d.at("/known/0/what") = "rumour".into()),
        ("known-text", "a sentence that is a number", &|d| *d.at("/known/0/text") = 1.into()),
        ("token", "a token that is not base64", &|d| *d.at("/tokens/0") = "?".into()),
        ("token-number", "a token that is a number", &|d| *d.at("/tokens/0") = 1.into()),
        ("consistency", "a hash in base64", &|d| *d.at("/history/1/consistency/0") = Digest([1; 32]).to_base64().into()),
        ("limits", "a limit that is a number", &|d| *d.at("/limits/0") = 1.into()),
        ("attachment", "an attachment that is a number", &|d| for text in d.object("/attachments").values_mut() { *text = 1.into(); }),
    ], out);
}

#[rustfmt::skip]
fn claims(good: &Opened, out: &mut Vec<Vector>) {
    let without = |member: &'static str| move |d: &mut Opened| _ = d.object("/claims/0").remove(member);
    each("Malformed", good, &[
        ("claim-without-id", "a claim without an id", &without("id")),
        ("claim-without-kind", "a claim without a kind", &without("kind")),
        ("claim-without-params", "a claim without parameters", &without("params")),
        ("claim-without-sentence", "a claim without a sentence", &without("sentence")),
        ("claim-without-cites", "a claim that cites nothing at all", &without("cites")),
        ("claim-without-rests-on", "a claim without rests_on", &without("rests_on")),
        ("claim-params-list", "parameters that are a list", &|d| *d.at("/claims/0/params") = json!([])),
        ("claim-id-number", "an id that is a number", &|d| *d.at("/claims/0/id") = 1.into()),
        ("claim-cites-text", "a cited index as text", &|d| *d.at("/claims/0/cites/0") = "1".into()),
        ("claim-rests-on-number", "a digest that is a number", &|d| *d.at("/claims/0/rests_on") = json!([1])),
        ("claim-text", "a claim that is a text", &|d| *d.at("/claims/0") = "c1".into()),
    ], out);
    each("DuplicateClaim", good, &[("id", "two claims of one id", &|d| *d.at("/claims/1/id") = "c1".into())], out);
    each("AbsentRecord", good, &[
        ("index", "a claim that cites a record that is not there", &|d| *d.at("/claims/1/cites") = json!([2])),
        ("large", "a claim that cites a very large index", &|d| *d.at("/claims/1/cites") = json!(["9007199254740993"])),
    ], out);
    each("AttachmentChanged", good, &[
        ("text", "an attachment's text changed", &|d| for text in d.object("/attachments").values_mut() { *text = "another rule".into(); }),
        ("digest-capitals", "a digest in capitals", &|d| {
            let (digest, text) = d.object("/attachments").clone().into_iter().next().unwrap();
            *d.at("/attachments") = json!({ digest.to_uppercase(): text });
        }),
        ("digest-short", "a digest cut short", &|d| {
            let (digest, text) = d.object("/attachments").clone().into_iter().next().unwrap();
            *d.at("/attachments") = json!({ &digest[..63]: text });
        }),
    ], out);
}

#[rustfmt::skip]
fn history(case: &Case, good: &Opened, out: &mut Vec<Vector>) {
    let by = |signer: &Signer, text: String| Value::from(signer.sign(&text).unwrap().encode());
    let at = |size: u64| case.checkpoint(size).encode();
    let other_tree = Case::new(&(0..12).map(|n| json!({ "n": n })).collect::<Vec<_>>());
    each("BadHistory", good, &[
        ("other-key", "an earlier checkpoint by another key", &|d| *d.at("/history/1/checkpoint") = by(&other_signer(), at(4))),
        ("signature", "an earlier checkpoint whose signature does not hold", &|d| {
            let flipped = super::unsigned::flip_signature(&d.text("/history/1/checkpoint"));
            *d.at("/history/1/checkpoint") = flipped.into();
        }),
        ("origin", "an earlier checkpoint of another origin", &|d| *d.at("/history/1/checkpoint") = by(&signer(), at(4).replacen("case", "cass", 1))),
        ("order", "earlier checkpoints in descending order", &|d| d.list("/history").swap(0, 1)),
        ("twice", "one earlier checkpoint twice", &|d| { let one = d.at("/history/0").clone(); d.list("/history").insert(0, one); }),
        ("larger", "an earlier checkpoint that is larger", &|d| *d.at("/history/3/checkpoint") = by(&signer(), at(12).replacen("\n12\n", "\n13\n", 1))),
        ("empty-tree", "an earlier checkpoint of no leaves", &|d| *d.at("/history/0/checkpoint") = by(&signer(), format!("case.example\n0\n{}\n", Digest::of(b"").to_base64()))),
        ("no-checkpoint", "an earlier checkpoint that is a note of another kind", &|d| *d.at("/history/0/checkpoint") = by(&signer(), "case.example\nx\ny\n".into())),
        ("no-note", "an earlier checkpoint that is no note", &|d| *d.at("/history/0/checkpoint") = "x".into()),
    ], out);
    each("NotAPrefix", good, &[
        ("hash", "a hash of a consistency proof changed", &|d| *d.at("/history/1/consistency/0") = "00".repeat(32).into()),
        ("hash-missing", "a consistency proof with a hash too few", &|d| _ = d.list("/history/2/consistency").pop()),
        ("hash-added", "a consistency proof with a hash too many", &|d| d.list("/history/2/consistency").push("00".repeat(32).into())),
        ("same-size-with-hash", "a proof between trees of one size", &|d| d.list("/history/3/consistency").push("00".repeat(32).into())),
        ("other-tree", "an earlier checkpoint of another tree under the same key", &|d| *d.at("/history/1/checkpoint") = by(&signer(), other_tree.checkpoint(4).encode())),
        ("other-root", "the same size with another root", &|d| *d.at("/history/3/checkpoint") = by(&signer(), other_tree.checkpoint(12).encode())),
        ("empty", "no consistency proof", &|d| *d.at("/history/2/consistency") = json!([])),
    ], out);
}

/// One above each limit that fits into memory.
#[rustfmt::skip]
fn limits(good: &Opened, out: &mut Vec<Vector>) {
    let hidden = json!({ "hidden": "00".repeat(32) });
    each("TooLarge", good, &[
        ("fields", "10,001 fields", &|d| *d.at("/records/0/fields") = vec![hidden.clone(); 10_001].into()),
        ("records", "100,001 records", &|d| *d.at("/records") = vec![0; 100_001].into()),
        ("claims", "10,001 claims", &|d| *d.at("/claims") = vec![claim("c", "k", json!({}), &[]); 10_001].into()),
        ("attachments", "10,001 attachments", &|d| *d.at("/attachments") = (0..10_001).map(|n| (format!("{n}"), Value::from(""))).collect::<serde_json::Map<_, _>>().into()),
        ("known", "1,001 sentences", &|d| { let one = d.at("/known/0").clone(); *d.at("/known") = vec![one; 1_001].into(); }),
        ("history", "1,001 earlier checkpoints", &|d| { let one = d.at("/history/0").clone(); *d.at("/history") = vec![one; 1_001].into(); }),
        ("tokens", "17 tokens", &|d| *d.at("/tokens") = vec!["AAAA"; 17].into()),
        ("history-tokens", "17 tokens over an earlier checkpoint", &|d| *d.at("/history/0/tokens") = vec!["AAAA"; 17].into()),
        ("token", "a token of 65,538 bytes", &|d| *d.at("/tokens/0") = "AAAA".repeat(21_846).into()),
    ], out);
}
