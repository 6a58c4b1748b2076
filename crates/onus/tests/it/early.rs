//! What existed before anybody asked: files in a collection, checkpoints with an authority that is asked over HTTP.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;

use crate::common::text;
use crate::room::{authority, case, collect, done, ended, key, openssl, refused, verdict};

#[test]
fn a_collection_shows_which_files_stood_there_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (into, keys, dossier, proofs) = (path("collection"), path("keys"), path("d.json"), path("proofs"));
    let collector = key(&keys, "log.example");
    let case = case(folder.path());
    // The file grows after a first look; only the whole of it is what the case read.
    let log = path("logs").join("a.ndjson");
    let whole = fs::read(&log).unwrap();
    let logs = path("logs");
    let once = [&collect(&logs, &into, &keys)[..], &["--once", "-q"]].concat();
    fs::write(&log, &whole[..whole.len() / 2]).unwrap();
    done(&once);
    fs::write(&log, &whole).unwrap();
    done(&["disclose", text(&case), "--claims", "all", "-o", text(&dossier), "-q"]);
    let prove = ["prove", text(&into), "--of", text(&dossier), "-o", text(&proofs)];
    let none = ended(&prove, 1);
    assert!(String::from_utf8_lossy(&none.stderr).contains("none of the dossier's files"));
    done(&once);
    fs::write(logs.join("b.log"), "later").unwrap();
    done(&once);
    done(&prove);
    let proof = fs::read_dir(&proofs).unwrap().next().unwrap().unwrap().path();

    let sealer = verdict(&[text(&dossier)], 0)["vkey"].as_str().unwrap().to_owned();
    let with = |keys: &[&str], proof: &Path| {
        let keys: Vec<&str> = keys.iter().flat_map(|key| ["--key", key]).collect();
        verdict(&[&[text(&dossier), text(proof)][..], &keys].concat(), 0)
    };
    let judged = with(&[&sealer, &collector], &proof);
    assert_eq!(judged["files"][0]["path"], "a.ndjson");
    assert_eq!(judged["files"][0]["records"], serde_json::json!([3, 4, 9]));
    assert_eq!(judged["received"][0]["standing"], "counts");
    // Of a stranger it shows nothing.
    let stranger = with(&[&sealer], &proof);
    assert_eq!(
        (stranger["files"].as_array().unwrap().len(), &stranger["received"][0]["standing"]),
        (0, &"stranger".into())
    );
    // Another line under the same proof is no proof.
    let good = fs::read_to_string(&proof).unwrap();
    let line = onus_proof::TlogProof::parse(&good).unwrap();
    let other = String::from_utf8(line.extra.clone().unwrap()).unwrap().replace("a.ndjson", "b.ndjson");
    let forged = onus_proof::TlogProof { extra: Some(other.into_bytes()), ..line };
    fs::write(path("forged"), forged.encode()).unwrap();
    let forged = with(&[&sealer, &collector], &path("forged"));
    assert_eq!(
        (forged["files"].as_array().unwrap().len(), &forged["received"][0]["standing"]),
        (0, &"malformed".into())
    );
}

/// Answers one query after another: each with the token for `asked`, or for the query itself.
fn serve(folder: &Path, listener: &TcpListener, asked: Option<&str>) {
    let (mut stream, _) = listener.accept().unwrap();
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        request.push(byte[0]);
    }
    let head = String::from_utf8(request).unwrap();
    assert!(
        head.starts_with("POST /stamp HTTP/1.0\r\n") && head.contains("application/timestamp-query"),
        "{head}"
    );
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap();
    let mut query = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut query).unwrap();
    fs::write(folder.join("asked.tsq"), query).unwrap();
    let reply = [
        "ts",
        "-reply",
        "-config",
        "tsa.cnf",
        "-queryfile",
        asked.unwrap_or("asked.tsq"),
        "-out",
        "given.tsr",
    ];
    openssl(folder, &reply).unwrap();
    stream.write_all(b"HTTP/1.0 200 OK\r\nContent-Type: application/timestamp-reply\r\n\r\n").unwrap();
    stream.write_all(&fs::read(folder.join("given.tsr")).unwrap()).unwrap();
}

#[test]
fn an_authority_is_asked_over_http_and_must_answer_that_very_question() {
    let folder = tempfile::tempdir().unwrap();
    if authority(folder.path()).is_none() {
        return;
    }
    let (case, old) = (case(folder.path()), folder.path().join("old.tsq"));
    done(&["timestamp", text(&case), "--query", text(&old), "-q"]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/stamp", listener.local_addr().unwrap());
    let ask = ["timestamp", text(&case), "--tsa", &url, "-q"];
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // An answer of old, which bears another nonce; then one to the question.
            serve(folder.path(), &listener, Some("old.tsq"));
            serve(folder.path(), &listener, None);
        });
        refused(&ask, "OtherNonce");
        done(&ask);
    });
    let tokens = fs::read_dir(case.join("tree").join("tokens")).unwrap().count();
    assert_eq!(tokens, 1);
}

#[test]
fn a_page_is_checked_like_the_dossier_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (case, bare, page) = (case(folder.path()), path("d.json"), path("d.html"));
    for out in [&bare, &page] {
        done(&["disclose", text(&case), "--claims", "all", "-o", text(out), "-q"]);
    }
    let judged = verdict(&[text(&page)], 0);
    assert_eq!(judged["claims"], verdict(&[text(&bare)], 0)["claims"]);
    let quiet = ended(&["verify", text(&page)], 0);
    assert!(quiet.stderr.is_empty(), "its own page is not warned of");
    // Another script around it: the dossier still holds, and the page is not trusted.
    let whole = fs::read_to_string(&page).unwrap();
    fs::write(path("foreign.html"), whole.replacen("\"use strict\"", "\"use strict\" ", 1)).unwrap();
    let warned = ended(&["verify", text(&path("foreign.html"))], 0);
    assert!(String::from_utf8_lossy(&warned.stderr).contains("means nothing"), "{warned:?}");
    // Another dossier in it, and none.
    fs::write(path("changed.html"), whole.replace("certutil", "certvtil")).unwrap();
    ended(&["verify", text(&path("changed.html"))], 1);
    fs::write(path("empty.html"), done(&["verifier"])).unwrap();
    refused(&["verify", text(&path("empty.html"))], "drop a dossier on it");
}
