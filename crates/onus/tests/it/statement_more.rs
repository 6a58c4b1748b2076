//! What else `onus statement` does: statements side by side, earlier ones, prices, an original, a model's proposals.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use crate::common::{onus, text};
use serde_json::{Value, json};

fn run(args: &[&str]) -> Value {
    let run = onus(args);
    assert_eq!(run.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&run.stderr));
    serde_json::from_slice(&run.stdout).unwrap()
}

fn write(folder: &Path, name: &str, content: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    path
}

#[test]
fn statements_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let ours = write(
        folder.path(),
        "ours.txt",
        "The United States said on Monday that China has stolen trade secrets. The United States urged China to \
         release two Canadian citizens.",
    );
    let theirs = write(
        folder.path(),
        "theirs.txt",
        "China's foreign ministry said that China has never stolen trade secrets. China accused the United States of \
         monitoring foreign governments.",
    );
    let found = run(&["statement", text(&ours), text(&theirs), "--format", "json"]);
    let answered = found["exchanges"]["answered"].as_array().unwrap();
    assert!(!answered.is_empty(), "{found:#}");
    let open = found["exchanges"]["unanswered"].to_string();
    assert!(open.contains("release") && open.contains("monitoring"), "{open}");
    let table = onus(&["statement", text(&ours), text(&theirs)]);
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(table.contains("Left unanswered"), "{table}");
}

#[test]
fn a_tone_among_earlier_ones_or_none() {
    let folder = tempfile::tempdir().unwrap();
    let earlier = folder.path().join("earlier");
    fs::create_dir(&earlier).unwrap();
    let statement =
        write(folder.path(), "now.txt", "We condemn Spain. We will never accept its attack on us.");
    let ask = || {
        run(&[
            "statement",
            text(&statement),
            "--speaker",
            "France",
            "--earlier",
            text(&earlier),
            "--format",
            "json",
        ])
    };
    for number in 0..9 {
        write(&earlier, &format!("{number}.txt"), "We thank Spain for its help. We praised its work.");
    }
    let few = ask();
    assert!(few["tone"]["earlier"]["percentile"].is_null());
    assert!(few["tone"]["earlier"]["refused"].as_str().unwrap().contains("9 earlier texts"));
    for number in 9..12 {
        write(&earlier, &format!("{number}.txt"), "We thank Spain for its help.");
    }
    let among = &ask()["tone"]["earlier"];
    assert_eq!((&among["percentile"], &among["texts"]), (&json!(100.0), &json!(12)));
    assert_eq!(among["speaker"], "France");
}

#[test]
fn prices_after_a_statement_and_a_rate_decision_in_the_same_week() {
    let folder = tempfile::tempdir().unwrap();
    let mut prices = "date,close\n".to_owned();
    for number in 0..80_u32 {
        let (month, day) = (10 + number / 28, 1 + number % 28);
        let price = 100.0 + f64::from(number % 7) - if number >= 70 { 30.0 } else { 0.0 };
        prices += &format!("2018-{month}-{day:02},{price}\n");
    }
    let series = write(folder.path(), "prices.csv", &prices);
    let events = write(folder.path(), "events.csv", "date,event\n2018-12-14,rate decision\n");
    let args = ["statement", "--series", text(&series), "--date", "2018-12-15", "--format", "json"];
    let study = &run(&args)["study"];
    assert_eq!((&study["differs"], &study["separable"]), (&json!(true), &json!(true)), "{study:#}");
    let mut more = args.to_vec();
    more.extend(["--events", text(&events)]);
    let study = &run(&more)["study"];
    assert_eq!((&study["differs"], &study["separable"]), (&json!(true), &json!(false)));
    assert!(study["says"].as_str().unwrap().contains("cannot separate"));
    let refused = onus(&["statement", "--series", text(&events), "--date", "2018-12-15"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("line 2"));
}

#[test]
fn a_translation_cites_its_original() {
    let folder = tempfile::tempdir().unwrap();
    let translation = write(
        folder.path(),
        "en.txt",
        "Statement\n\nFrance condemned Spain.\n\nItaly welcomed the ruling of the court.",
    );
    let original = write(
        folder.path(),
        "de.txt",
        "Erkl\u{e4}rung\n\nFrankreich verurteilte Spanien.\n\nItalien begr\u{fc}\u{df}te das Urteil des Gerichts.",
    );
    let found = run(&["statement", text(&translation), "--original", text(&original), "--format", "json"]);
    let passage = &found["assertions"][0]["original"];
    assert_eq!(passage["text"], "Frankreich verurteilte Spanien.");
    assert_eq!((&passage["start"], &passage["end"]), (&json!(11), &json!(42)));
    let table = onus(&["statement", text(&translation), "--original", text(&original)]);
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(table.contains("original: \u{201c}Frankreich verurteilte Spanien.\u{201d}"), "{table}");
}

/// A model on this machine that answers once; gives its address, and what it was asked.
fn model(content: &str) -> (String, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let body = json!({ "choices": [{ "message": { "content": content } }] }).to_string();
    let asked = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut question = Vec::new();
        let mut buffer = [0; 65_536];
        while !String::from_utf8_lossy(&question).ends_with('}') {
            let read = stream.read(&mut buffer).unwrap();
            question.extend_from_slice(&buffer[..read]);
        }
        write!(stream, "HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        String::from_utf8(question).unwrap()
    });
    (url, asked)
}

#[test]
fn a_model_proposes_and_counts_for_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let statement = "France condemned Spain. The weather was fine in Madrid.";
    let file = write(folder.path(), "a.txt", statement);
    let proposed = r#"Here is my list: [
        {"sentence": "The weather was fine in Madrid.", "act": "SUPPORT", "speaker": null, "target": "Madrid"},
        {"sentence": "France condemned Spain.", "act": "DISAPPROVE", "speaker": "France", "target": "Spain"},
        {"sentence": "Spain attacked France.", "act": "FIGHT", "speaker": "Spain", "target": "France"},
        {"sentence": "The weather was fine in Madrid.", "act": "GLOAT", "speaker": null, "target": null}, 7]"#;
    let (url, asked) = model(proposed);
    let with =
        run(&["statement", text(&file), "--propose-with", &url, "--model", "small", "--format", "json"]);
    let question = asked.join().unwrap();
    assert!(question.starts_with("POST /v1/chat/completions HTTP/1.0\r\n") && question.contains("\"small\""));
    let alone = run(&["statement", text(&file), "--format", "json"]);
    assert_eq!(with["assertions"], alone["assertions"], "nothing is added to the ledger");
    assert_eq!(with["tone"], alone["tone"]);
    let proposals = &with["proposals"];
    assert_eq!(
        (&proposals["counts"], &proposals["thrown_away"], &proposals["known"]),
        (&json!(false), &json!(3), &json!(1))
    );
    let lines = proposals["lines"].as_array().unwrap();
    assert_eq!(lines.len(), 1);
    assert_eq!(
        (&lines[0]["start"], &lines[0]["end"], &lines[0]["proposed"]),
        (&json!(24), &json!(55), &json!(true))
    );

    let (url, asked) = model("I will not.");
    let refused = onus(&["statement", text(&file), "--propose-with", &url]);
    asked.join().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("no list of lines"));
}
