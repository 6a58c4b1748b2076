//! Second spellings, and what is no dossier at all.

use serde_json::{Value, json};

use super::Vector;
use super::case::Opened;
use super::unsigned::{case, second};

#[rustfmt::skip]
pub fn all(out: &mut Vec<Vector>) {
    let good = second(&case());
    let mut spelled = |class: &'static str, name: &str, what: &str, text: Vec<u8>| out.push(Vector::bad(class, name, what, text));
    let replaced = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replacen(from, to, 1).into_bytes()
    };
    spelled("NonCanonical", "newline", "a newline at the end", format!("{good}\n").into_bytes());
    spelled("NonCanonical", "space-before", "a space at the start", format!(" {good}").into_bytes());
    spelled("NonCanonical", "space-within", "a space between members", replaced("\"case\":", "\"case\": "));
    spelled("NonCanonical", "escaped-letter", "a letter as an escape", replaced("Example", "\\u0045xample"));
    spelled("NonCanonical", "escaped-slash", "a slash as an escape", replaced("onus-dossier/2\"", "onus-dossier\\/2\""));
    spelled("NonCanonical", "escaped-less", "the page's escape in a bare file", replaced("Example", "Example\\u003c"));
    spelled("NonCanonical", "escape-capitals", "an escape in capitals", replaced("Example", "\\u000Bx"));
    spelled("NonCanonical", "escape-long", "a tab in a long escape", replaced("Example", "\\u0009x"));
    spelled("NonCanonical", "escaped-pair", "a character as a pair of escapes", replaced("Example", "\\ud83d\\ude00"));
    spelled("NonCanonical", "member-order", "members in another order", replaced("\"total\":0", "\"z\":0,\"total\":0"));
    spelled("NonCanonical", "member-twice", "a member twice", replaced("\"case\":\"Example\"", "\"case\":\"Other\",\"case\":\"Example\""));
    spelled("NonCanonical", "member-twice-same", "the same member twice", replaced("\"case\":\"Example\"", "\"case\":\"Example\",\"case\":\"Example\""));
    for (name, number) in [("fraction", "0.0"), ("exponent", "0e0"), ("minus-zero", "-0"), ("half", "0.5"), ("large", "9007199254740992"), ("larger", "18446744073709551616"), ("huge", "1e300")] {
        spelled("NonCanonical", &format!("number-{name}"), "a number that is no integer below 2^53, or in a second spelling", replaced("\"total\":0", &format!("\"total\":{number}")));
    }
    // Faults lie two levels below the file's own.
    let nested = |levels: usize| replaced("{\"total\":0}", &format!("{}{}", "[".repeat(levels), "]".repeat(levels)));
    spelled("NonCanonical", "nested-33", "33 levels below the file's own", nested(32));
    spelled("NotADossier", "nested-128", "128 levels", nested(126));
    for (name, what, text) in [
        ("half-pair", "half of a surrogate pair", replaced("Example", "\\ud83d")),
        ("control", "a control character as it is", replaced("Example", "\u{1}")),
        ("not-utf8", "bytes that are no UTF-8", { let mut bytes = replaced("Example", "E?ample"); let at = bytes.iter().position(|b| *b == b'?').unwrap(); bytes[at] = 0xff; bytes }),
        ("overlong", "a character in too many bytes", { let mut bytes = replaced("Example", "E??mple"); let at = bytes.iter().position(|b| *b == b'?').unwrap(); (bytes[at], bytes[at + 1]) = (0xc1, 0x81); bytes }),
        ("byte-order-mark", "a byte order mark", format!("\u{feff}{good}").into_bytes()),
        ("cut", "the last byte missing", good.as_bytes()[..good.len() - 1].to_vec()),
        ("twice", "the file twice", format!("{good}{good}").into_bytes()),
        ("comma", "a comma too many", replaced("\"case\":\"Example\",", "\"case\":\"Example\",,")),
        ("comment", "a comment", replaced("\"case\":", "/**/\"case\":")),
        ("empty", "nothing", vec![]),
        ("list", "a list", b"[]".to_vec()),
        ("null", "null", b"null".to_vec()),
        ("object", "an empty object", b"{}".to_vec()),
        ("format-number", "a format that is a number", b"{\"body\":{},\"format\":2,\"note\":\"\"}".to_vec()),
        ("format-other", "another format", replaced("onus-dossier/2", "onus-policy/1")),
        ("format-capitals", "the format in capitals", replaced("onus-dossier/2", "ONUS-DOSSIER/2")),
        ("page", "a page without a dossier", b"<!doctype html><p>{}</p>".to_vec()),
    ] {
        spelled("NotADossier", name, what, text);
    }
    for (name, version) in [("3", "3"), ("0", "0"), ("02", "02"), ("text", "two"), ("empty", ""), ("space", "2 ")] {
        spelled("UnknownVersion", name, "a version that is unknown", replaced("onus-dossier/2", &format!("onus-dossier/{version}")));
    }
    // The order of members is that of UTF-16 code units: U+1F600 comes before U+FF01.
    let mut units = Opened::of(&good);
    *units.at("/faults") = json!({ "\u{1f600}": 1, "\u{ff01}": 2, "a": "\u{7f}\u{2028}\"\\/\t\u{8}\u{c}\r\n\u{1f}" });
    let signed = units.signed();
    let wrong = signed.replacen("\"\u{1f600}\":1,\"\u{ff01}\":2", "\"\u{ff01}\":2,\"\u{1f600}\":1", 1);
    assert_ne!(signed, wrong);
    spelled("NonCanonical", "member-order-utf8", "members in the order of UTF-8", wrong.into_bytes());
    let rungs = [("c1".to_owned(), 1), ("c2".to_owned(), 1)].into();
    out.push(Vector::good("spellings", "every character that is escaped, and such as are not", signed, rungs));
    let mut deep = Opened::of(&good);
    let faults = (0..30).fold(Value::from(0), |inner, _| json!([inner]));
    *deep.at("/faults") = faults;
    let rungs = [("c1".to_owned(), 1), ("c2".to_owned(), 1)].into();
    out.push(Vector::good("nested-32", "32 levels below the file's own", deep.signed(), rungs));
    let prototype = signed_prototype(&good);
    let rungs = [("c1".to_owned(), 1), ("c2".to_owned(), 1)].into();
    out.push(Vector::good("member-names", "members named as what objects of some languages inherit", prototype, rungs));
}

fn signed_prototype(good: &str) -> String {
    let mut opened = Opened::of(good);
    *opened.at("/faults") = json!({ "1": 0, "10": 1, "2": 2, "__proto__": { "total": 1 }, "constructor": 1, "hasOwnProperty": 2, "toString": 3 });
    opened.signed()
}
