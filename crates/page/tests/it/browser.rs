//! The page in a real browser. Chromium is named by `CHROMIUM` or found on the PATH; without one the tests are skipped by
//! name, but not in CI.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use onus_page::{page, script, verifier};
use onus_proof::{TrustPolicy, VerifiedDossier};
use serde_json::{Value, json};

use crate::make::case::{Case, claim, show};
use crate::make::{self, Expected};
use crate::vectors::rust_verdict;

fn chromium(test: &str) -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = || {
        let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
        let names = ["chromium", "google-chrome"].into_iter();
        names.flat_map(|name| folders.iter().map(move |f| f.join(name))).find(|file| file.exists())
    };
    let browser = named.or_else(found);
    if browser.is_none() {
        assert!(std::env::var_os("CI").is_none(), "no Chromium: install it, or name it in CHROMIUM");
        eprintln!("skipped: {test}: no Chromium");
    }
    browser
}

/// The document as the browser has it when the page has come to rest, and what it complained of.
fn dump(browser: &Path, folder: &Path, name: &str, html: &str) -> (String, String) {
    let file = folder.join(name);
    fs::write(&file, html).unwrap();
    let run = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--enable-logging=stderr", "--virtual-time-budget=600000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", folder.join(format!("{name}.profile")).display()))
        .arg(format!("file://{}", file.display()))
        .output()
        .unwrap();
    (String::from_utf8_lossy(&run.stdout).into_owned(), String::from_utf8_lossy(&run.stderr).into_owned())
}

/// Runs `work`, JavaScript that gives a value, with the verifier and `data` at hand.
fn run(browser: &Path, folder: &Path, name: &str, data: &Value, work: &str) -> Value {
    let data = data.to_string().replace('<', "\\u003c");
    let html = format!(
        "<!doctype html><meta charset=utf-8><pre id=out></pre><script>{}</script>\n<script>const data = {data};\n\
         const bytesOf = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));\n\
         (async () => {{ {work} }})().catch((error) => ({{ failed: String(error.stack) }})).then((value) => {{\n\
         document.getElementById('out').textContent = '\\u2308' + JSON.stringify(value) + '\\u2309'; }});</script>",
        script()
    );
    let (document, complaints) = dump(browser, folder, name, &html);
    let text = document.split('\u{2308}').nth(1).and_then(|rest| rest.split('\u{2309}').next());
    let text = text.unwrap_or_else(|| panic!("no result: {complaints}"));
    let text =
        text.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", "\u{a0}").replace("&amp;", "&");
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value.get("failed"), None, "{value}");
    value
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[test]
fn the_browser_says_what_the_index_says() {
    let Some(browser) = chromium("the_browser_says_what_the_index_says") else { return };
    let folder = tempfile::tempdir().unwrap();
    let vectors = make::all();
    let data: Vec<Value> = vectors
        .iter()
        .map(|vector| {
            let about = if let Expected::Note { about, .. } = &vector.expected { Some(about) } else { None };
            json!({ "file": vector.file, "bytes": base64(&vector.bytes), "about": about })
        })
        .collect();
    let work = "const files = new Map(data.map((one) => [one.file, bytesOf(one.bytes)])), out = {};
        for (const { file, about } of data) {
          if (!about) { out[file] = await onusVerifier.verdict(files.get(file)); continue; }
          const dossier = await onusVerifier.verifyDossier(files.get(about));
          out[file] = onusVerifier.standing(files.get(file), dossier).standing;
        }
        return out;";
    let said = run(&browser, folder.path(), "vectors.html", &data.into(), work);
    let mut wrong = Vec::new();
    for vector in &vectors {
        let said = &said[&vector.file];
        let right = match &vector.expected {
            Expected::Rejected(class) => said["class"] == *class,
            Expected::Verified(rungs) => {
                said["verdict"] == "verified"
                    && rungs.iter().all(|(id, rung)| rung_of(&said["claims"][id]) == Some(*rung))
            }
            // The page has no policy: whatever is of this dossier is a stranger's.
            Expected::Note { standing, .. } => match *standing {
                "malformed" | "another-dossier" => said == *standing,
                _ => said == "stranger",
            },
            Expected::Policy => true,
        };
        if !right {
            wrong.push(format!("{}: {said}", vector.file));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The rung that a claim was recomputed to; corroboration is told apart elsewhere.
fn rung_of(claim: &Value) -> Option<u8> {
    u8::try_from(claim["rung"].as_u64()?).ok().map(|rung| rung.min(2))
}

/// The verifier's own words are the same in both languages, for every claim of every good vector.
#[test]
fn both_say_it_in_the_same_words() {
    let Some(browser) = chromium("both_say_it_in_the_same_words") else { return };
    let folder = tempfile::tempdir().unwrap();
    let vectors = make::all();
    let good: Vec<_> = vectors.iter().filter(|v| matches!(v.expected, Expected::Verified(_))).collect();
    let data: Vec<String> = good.iter().map(|vector| base64(&vector.bytes)).collect();
    let work = "const out = []; for (const one of data) out.push(await onusVerifier.verdict(bytesOf(one))); return out;";
    let said = run(&browser, folder.path(), "words.html", &json!(data), work);
    for (vector, said) in good.iter().zip(said.as_array().unwrap()) {
        let dossier = VerifiedDossier::verify(&vector.bytes, &TrustPolicy::AnyKey).unwrap();
        for one in onus_claim::assess(&dossier) {
            assert_eq!(said["claims"][&one.id]["sentence"], one.sentence, "{} {}", vector.file, one.id);
        }
    }
}

/// A dossier of one record, with each of its bytes changed in turn: no changed claim is ever verified, in either language.
#[test]
fn no_flipped_byte_is_verified() {
    let case = Case::new(&[json!({ "n": 1 }), json!({ "n": 2 })]);
    let good = case.first(&[show(1)], vec![claim("c", "unheard_of", json!({}), &[1])], &[]);
    let flipped = |at: usize, bit: u32| {
        let mut bytes = good.clone().into_bytes();
        bytes[at] ^= 1 << bit;
        bytes
    };
    for at in 0..good.len() {
        for bit in 0..8 {
            assert!(rust_verdict(&flipped(at, bit)).is_err(), "byte {at}, bit {bit}");
        }
    }
    let Some(browser) = chromium("no_flipped_byte_is_verified") else { return };
    let folder = tempfile::tempdir().unwrap();
    let classes: Vec<String> =
        (0..good.len()).map(|at| rust_verdict(&flipped(at, at as u32 % 7)).unwrap_err()).collect();
    let work = "const good = bytesOf(data.good), wrong = [];
        for (let at = 0; at < good.length; at++) {
          const bytes = good.slice(); bytes[at] ^= 1 << (at % 7);
          const said = await onusVerifier.verdict(bytes);
          if (said.class !== data.classes[at]) wrong.push([at, said, data.classes[at]]);
        }
        return { wrong, whole: (await onusVerifier.verdict(good)).verdict };";
    let data = json!({ "good": base64(good.as_bytes()), "classes": classes });
    let said = run(&browser, folder.path(), "flipped.html", &data, work);
    assert_eq!(said, json!({ "wrong": [], "whole": "verified" }));
}

#[test]
fn the_page_shows_a_verdict_and_runs_no_other_script() {
    let Some(browser) = chromium("the_page_shows_a_verdict_and_runs_no_other_script") else { return };
    let folder = tempfile::tempdir().unwrap();
    let case = Case::new(&[
        json!({ "name": "</script><script>document.title='owned'</script><img src=x onerror=alert(1)>" }),
    ]);
    let params = json!({ "a": "<b>bold</b>" });
    let good = case.first(
        &[show(0)],
        vec![claim("<i>c</i>", "unheard_of", params, &[0])],
        &["<script>document.title='owned'</script>"],
    );
    let (document, _) = dump(&browser, folder.path(), "good.html", &page(&good));
    assert!(document.contains("data-done=\"verified\"") && document.contains("The file is whole and signed"));
    assert!(
        document.contains("<title>Onus dossier</title>")
            && !document.contains("<i>c</i>")
            && !document.contains("<img")
    );

    let changed = good.replacen("Example", "Exemple", 1);
    let (document, _) = dump(&browser, folder.path(), "bad.html", &page(&changed));
    let shown = document.split("<script").next().unwrap();
    assert!(
        document.contains("data-done=\"rejected\"")
            && shown.contains("BodyChanged")
            && !shown.contains("Exemple")
    );

    let injected = page(&good).replace(
        "<main",
        "<script>document.title='owned'</script><p onclick=\"x()\" style=\"color:red\">x</p><main",
    );
    let (document, complaints) = dump(&browser, folder.path(), "injected.html", &injected);
    assert!(document.contains("<title>Onus dossier</title>"), "an injected script ran");
    assert!(complaints.contains("Content Security Policy"), "{complaints}");

    let (document, _) = dump(&browser, folder.path(), "verifier.html", &verifier());
    assert!(document.contains("This page checks a dossier in your browser"));
}
