//! The page of statements: every line is there and reached, and no text becomes markup.

use std::collections::BTreeSet;
use std::fs;

use crate::common::{onus, text};

const ACCUSER: &str = "The United States said China has stolen trade secrets <script>alert(1)</script> of \u{202e}companies.\n\n\
    China must stop it \u{2014} at once. One wonders if \u{4e2d}\u{56fd} will.\n\n***\n\nNothing is asserted";
const ACCUSED: &str =
    "China said that it has never stolen any trade secrets. The accusations are groundless.";

fn values<'p>(page: &'p str, before: &str) -> Vec<&'p str> {
    page.split(before).skip(1).map(|rest| rest.split(['"', '>']).next().unwrap()).collect()
}

#[test]
fn every_line_is_reached_and_no_text_is_markup() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("a.txt"), ACCUSER).unwrap();
    fs::write(path("b.txt"), ACCUSED).unwrap();
    let out = path("page.html");
    let run = onus(&[
        "statement",
        text(&path("a.txt")),
        text(&path("b.txt")),
        "--page",
        text(&out),
        "--format",
        "json",
    ]);
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    let ledgers: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    let page = fs::read_to_string(&out).unwrap();
    assert!(!page.contains("<script") && !page.contains("src=") && !page.contains('\u{202e}'));
    let ids: BTreeSet<&str> = values(&page, " id=\"").into_iter().chain(values(&page, " id=")).collect();
    for link in values(&page, "href=\"#") {
        assert!(ids.contains(link), "{link} is on the page");
    }
    for (number, ledger) in ledgers["statements"].as_array().unwrap().iter().enumerate() {
        for line in ledger["assertions"].as_array().unwrap() {
            let anchor = format!("s{}.{}", number + 1, line["id"].as_str().unwrap());
            assert!(ids.contains(anchor.as_str()), "{anchor}");
            assert!(page.contains(&format!("<sup><a href=\"#{anchor}\">")), "{anchor} is marked in the text");
        }
    }
    for words in [
        "rung 0, baseless here",
        "denied",
        "Left unanswered",
        "&lt;script&gt;",
        "\u{2014} at once",
        "Nothing is",
    ] {
        assert!(page.contains(words), "{words}");
    }
}
