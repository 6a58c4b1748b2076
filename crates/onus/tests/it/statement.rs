//! Public statements through the real binary: the article with which the project began, sentences that people coded,
//! hostile texts, and what the demo's dossier bears out.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::common::{data, onus, text};
use onus_claim::Kind;
use serde_json::Value;

const ARTICLE: &str = "statements/2018-12-21-cyber-accusations.txt";

fn json(run: &Output) -> Value {
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    serde_json::from_slice(&run.stdout).unwrap()
}

fn ledger(file: &Path, more: &[&str]) -> Value {
    let mut args = vec!["statement", text(file), "--format", "json"];
    args.extend(more);
    json(&onus(&args))
}

fn lines(ledger: &Value) -> &Vec<Value> {
    ledger["assertions"].as_array().unwrap()
}

/// Every line has what the format promises, and addresses the text.
fn well_formed(ledger: &Value, document: &str) {
    let characters: Vec<char> = document.chars().collect();
    let cut = |line: &Value, from: &str, to: &str| -> String {
        let at = |name: &str| line[name].as_u64().unwrap() as usize;
        characters[at(from)..at(to)].iter().collect()
    };
    let one_of = |line: &Value, name: &str, words: &[&str]| {
        assert!(words.contains(&line[name].as_str().unwrap()), "{name}: {line}");
    };
    for line in lines(ledger) {
        assert_eq!(cut(line, "start", "end"), line["sentence"].as_str().unwrap());
        assert_eq!(cut(line, "asserted_start", "asserted_end"), line["asserted"].as_str().unwrap());
        one_of(line, "firmness", &["stated", "hedged", "wondered", "conditional", "negated"]);
        one_of(line, "kind", &["fact", "demand", "warning", "opinion"]);
        one_of(line, "evidence", &["none", "document", "named_source", "anonymous_source"]);
        assert!(line["act"].is_string() || line["act"].is_null());
        assert!(line["mode"].as_str().is_some_and(|mode| !mode.is_empty()));
        assert!(line["speaker"].is_string() || line["speaker"].is_null());
        assert!(line["target"].is_string() || line["target"].is_null());
        assert_eq!(line["rung"].is_u64(), line["kind"] == "fact", "{line}");
    }
}

#[test]
fn the_article_line_by_line() {
    let Some(path) = data("the_article_line_by_line", ARTICLE) else { return };
    let ledger = ledger(&path, &[]);
    let document = fs::read_to_string(&path).unwrap();
    well_formed(&ledger, &document);
    // Words of the sentence, act, mode, of the speaker, of the target, firmness, kind.
    let expected = [
        ("Blasts", "DISAPPROVE", "criticise", "China", "", "stated", "opinion"),
        ("indictments of two", "COERCE", "indict", "", "two Chinese nationals", "stated", "fact"),
        ("condemned", "DISAPPROVE", "condemn", "Trump administration", "Beijing", "stated", "opinion"),
        ("spokeswoman", "REJECT", "deny", "Hua Chunying", "", "negated", "fact"),
        ("spokeswoman", "DEMAND", "urge", "Hua Chunying", "U.S.", "stated", "demand"),
        ("fabricated", "DISAPPROVE", "accuse", "China", "United States", "stated", "fact"),
        ("representations", "DISAPPROVE", "complain officially", "Chinese side", "US", "stated", "fact"),
        ("never participated in", "REJECT", "deny", "Chinese government", "", "negated", "fact"),
        ("monitoring and monitoring", "DISAPPROVE", "accuse", "China", "United States", "stated", "fact"),
        ("revoke", "DEMAND", "urge", "China", "US", "stated", "demand"),
        ("serious damage to the relations", "THREATEN", "warn", "China", "US", "conditional", "warning"),
        ("rumors", "DISAPPROVE", "accuse", "China", "United Kingdom", "stated", "fact"),
        ("respect the facts", "DEMAND", "urge", "China", "United Kingdom", "stated", "demand"),
        ("respect the facts", "THREATEN", "warn", "China", "United Kingdom", "conditional", "warning"),
    ];
    for (words, act, mode, speaker, target, firmness, kind) in expected {
        let names = |line: &Value, party: &str, word: &str| {
            word.is_empty() || line[party].as_str().is_some_and(|name| name.contains(word))
        };
        let found = lines(&ledger).iter().any(|line| {
            line["sentence"].as_str().unwrap().contains(words)
                && (line["act"] == act && line["mode"] == mode)
                && (names(line, "speaker", speaker) && names(line, "target", target))
                && (line["firmness"] == firmness && line["kind"] == kind)
        });
        assert!(found, "{act} {mode} of {speaker:?}: {words}\n{ledger:#}");
    }
    let wondered: Vec<_> = lines(&ledger).iter().filter(|line| line["firmness"] == "wondered").collect();
    assert_eq!(wondered.len(), 2);
    for line in wondered {
        assert_eq!((&line["voice"]["how"], &line["kind"]), (&"author".into(), &"opinion".into()));
        assert!(line["speaker"].is_null() && line["rung"].is_null());
    }
    let facts = lines(&ledger).iter().filter(|line| line["kind"] == "fact");
    for line in facts {
        assert_eq!((&line["rung"], &line["basis"]["standing"]), (&0.into(), &"baseless".into()));
        assert!(!line["basis"]["would_decide"].as_array().unwrap().is_empty());
    }
    assert!(ledger["tone"]["hostility"].as_f64().unwrap() > 0.0);
}

/// The gold standard's sentences, each as a text of its own, in one run.
#[test]
fn sentences_that_people_coded_give_lines_in_the_promised_form() {
    let name = "sentences_that_people_coded_give_lines_in_the_promised_form";
    let Some(path) = data(name, "statements/plover-gsr-dev.json") else { return };
    let records: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut coded = Vec::new();
    for (number, record) in records.as_array().unwrap().iter().enumerate() {
        let Some(sentence) = record["text"].as_str() else { continue };
        let file = folder.path().join(format!("{number:04}.txt"));
        fs::write(&file, sentence).unwrap();
        coded.push((file, sentence, record["event"].as_str().unwrap()));
    }
    let mut args = vec!["statement", "--format", "json"];
    args.extend(coded.iter().map(|(file, _, _)| text(file)));
    let all = json(&onus(&args));
    let statements = all["statements"].as_array().unwrap();
    assert_eq!(statements.len(), coded.len());
    let mut right = 0;
    for (statement, (file, sentence, event)) in statements.iter().zip(&coded) {
        assert_eq!(statement["file"], text(file));
        well_formed(statement, sentence);
        right += usize::from(lines(statement).first().is_some_and(|line| line["act"] == *event));
    }
    assert!(right * 100 >= 85 * coded.len(), "the first line is right in {right} of {}", coded.len());
}

#[test]
fn standard_input_html_markdown_and_csv() {
    let mut run = Command::new(env!("CARGO_BIN_EXE_onus"))
        .args(["statement", "-", "--format", "json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    run.stdin.take().unwrap().write_all(b"France condemned Spain on Monday.").unwrap();
    let ledger_of_input = json(&run.wait_with_output().unwrap());
    assert_eq!(lines(&ledger_of_input)[0]["speaker"], "France");

    let folder = tempfile::tempdir().unwrap();
    let (html, markdown) = (folder.path().join("a.html"), folder.path().join("b.md"));
    fs::write(&html, "<html><script>var x</script><p>France <b>condemned</b> Spain &amp; Italy.</p>")
        .unwrap();
    fs::write(&markdown, "# Today\n\nFrance *condemned* Spain.\n").unwrap();
    for file in [&html, &markdown] {
        let one = ledger(file, &[]);
        well_formed(&one, one["text"].as_str().unwrap());
        let line = lines(&one).iter().find(|line| line["act"] == "DISAPPROVE").unwrap();
        assert_eq!(line["mode"], "condemn");
    }
    let run = onus(&["statement", text(&html), text(&markdown), "--format", "csv"]);
    let csv = String::from_utf8(run.stdout).unwrap();
    let head = csv.lines().next().unwrap();
    assert!(head.starts_with("file,id,act,mode,speaker,target,sentence,start,end,"), "{head}");
    assert_eq!(csv.lines().filter(|line| line.contains("DISAPPROVE")).count(), 2);
    let run = onus(&["statement", text(&html)]);
    let table = String::from_utf8(run.stdout).unwrap();
    assert!(table.contains("DISAPPROVE, condemn: France -> Spain"), "{table}");
}

#[test]
fn texts_that_are_no_statements() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let refused = [
        (file("nul.txt", b"a\0b"), "this is no text"),
        (folder.path().join("absent.txt"), "absent.txt"),
        (folder.path().to_owned(), "director"),
        (file("empty.txt", b""), "no words"),
    ];
    for (path, word) in &refused {
        let run = onus(&["statement", text(path)]);
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        assert_eq!((run.status.code(), said.lines().count()), (Some(2), 1), "{said}");
        assert!(said.contains(word), "{said}");
    }
    let good = file("good.txt", b"France condemned Spain.");
    let run = onus(&["statement", text(&good), text(&refused[0].0), "--format", "json"]);
    assert_eq!(run.status.code(), Some(4));
    let read: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(read["statements"].as_array().unwrap().len(), 1);

    let long = |unit: &str| unit.repeat((10 << 20) / unit.len()).into_bytes();
    let texts = [
        ("sentences.txt", "France condemned Spain on Monday. "),
        ("no-stops.txt", "France condemned Spain and "),
        ("scripts.txt", "\u{4e2d}\u{56fd} says \u{202e}gnihton e\u{301}\u{301} \u{1f600}. "),
        ("broken.html", "<div><p <b>France condemned</i> Spain<!-- <script"),
    ];
    for (name, unit) in texts {
        let one = ledger(&file(name, &long(unit)), &[]);
        assert!(one["sentences"].as_u64().unwrap() > 0, "{name}");
        assert!(lines(&one).len() <= onus_statement::MOST + 50, "{name}");
    }
    let run = onus(&["statement", text(&file("steers.txt", b"France \x1b[2Jcondemned Spain\xff."))]);
    assert!(!run.stdout.contains(&0x1b), "a text does not steer the terminal");
}

/// What a party could say of the demo's intrusion, and what its dossier and its case make of that.
#[test]
fn the_demos_dossier_decides_what_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("demo");
    let made = onus(&["demo", "--out", text(&out), "--quiet"]);
    assert_eq!(made.status.code(), Some(0), "{}", String::from_utf8_lossy(&made.stderr));
    let (case, dossier) = (out.join("case"), out.join("dossier.json"));
    let claims = onus_case::read_claims(&case).unwrap();
    let sent = claims
        .iter()
        .filter_map(|claim| if let Kind::BytesSent(sent) = &claim.kind { Some(sent) } else { None })
        .max_by_key(|sent| sent.at_least)
        .unwrap();
    let (from, to, gigabytes) = (&sent.from, &sent.to, sent.at_least as f64 / 1e9);
    let assertions = [
        (format!("At least {gigabytes:.2} GB went from {from} to {to}."), "supported"),
        (format!("No data went from {from} to {to}."), "contradicted"),
        (format!("No more than 1 MB went from {from} to {to}."), "contradicted"),
        (format!("In all {:.0} GB went from {from} to {to}.", gigabytes * 50.0), "touched"),
        (format!("France sent 1 GB from {from} to {to}."), "touched"),
        ("Ruritania stole trade secrets.".to_owned(), "baseless"),
        ("Ruritania has never stolen trade secrets.".to_owned(), "baseless"),
        (format!("We urge Ruritania to explain the transfers to {to}."), "not_checkable"),
    ];
    let file = folder.path().join("said.txt");
    fs::write(&file, assertions.iter().map(|(said, _)| said.clone() + "\n\n").collect::<String>()).unwrap();
    let page = out.join("dossier.html");
    for shown in [["--dossier", text(&dossier)], ["--dossier", text(&page)], ["--case", text(&case)]] {
        let ledger = ledger(&file, &shown);
        for (said, standing) in &assertions {
            let line = lines(&ledger).iter().find(|line| line["sentence"] == said.as_str()).unwrap();
            assert_eq!(line["basis"]["standing"], *standing, "{said}: {line:#}");
            let cites = line["basis"]["claims"].as_array().unwrap();
            assert_eq!(cites.is_empty(), matches!(*standing, "baseless" | "not_checkable"), "{line:#}");
            if *standing == "supported" {
                assert_eq!((&line["rung"], &cites[0]["rung"]), (&2.into(), &2.into()));
                assert_eq!(cites[0]["from"], shown[1]);
            }
        }
    }
    // The same file named with the texts: it is none of them.
    let run =
        onus(&["statement", "--dossier", text(&dossier), text(&file), text(&dossier), "--format", "json"]);
    assert_eq!(json(&run)["file"], text(&file));

    let page = folder.path().join("page.html");
    let run =
        onus(&["statement", text(&file), "--dossier", text(&dossier), "--page", text(&page), "--quiet"]);
    assert_eq!(run.status.code(), Some(0));
    let html = fs::read_to_string(&page).unwrap();
    assert!(html.contains("rung 2, recomputed") && html.contains("rung 0, baseless here"));
    let again = onus(&["statement", text(&file), "--page", text(&page)]);
    assert_eq!(again.status.code(), Some(2), "a page is never written over");

    let mut bytes = fs::read(&dossier).unwrap();
    let at = bytes.iter().position(|byte| *byte == b'7').unwrap();
    bytes[at] = b'8';
    let forged = folder.path().join("forged.json");
    fs::write(&forged, bytes).unwrap();
    let run = onus(&["statement", text(&file), "--dossier", text(&forged)]);
    assert_eq!(run.status.code(), Some(1), "a dossier that does not hold is refused");
    assert!(String::from_utf8_lossy(&run.stderr).contains("is rejected"));
}
