//! The page: markup, style and script are the same for every dossier, and the dossier stands in one data block.

use std::sync::LazyLock;

use onus_proof::Digest;

use crate::carried::{DATA, escape};

const STYLE: &str = include_str!("style.css");

/// The script's parts in order; each uses those before it.
const PARTS: &[&str] = &[
    include_str!("js/bytes.js"),
    include_str!("js/ed25519.js"),
    include_str!("js/json.js"),
    include_str!("js/note.js"),
    include_str!("js/dossier.js"),
    include_str!("js/event.js"),
    include_str!("js/outcome.js"),
    include_str!("js/yaml.js"),
    include_str!("js/regex.js"),
    include_str!("js/sigma.js"),
    include_str!("js/condition.js"),
    include_str!("js/rules.js"),
    include_str!("js/correlation.js"),
    include_str!("js/params.js"),
    include_str!("js/sentence.js"),
    include_str!("js/reading.js"),
    include_str!("js/values.js"),
    include_str!("js/corroborated.js"),
    include_str!("js/claims.js"),
    include_str!("js/opinion.js"),
    include_str!("js/words.js"),
    include_str!("js/view.js"),
    include_str!("js/main.js"),
];
/// The tables of the specification that the script reads, by the name that it has for them.
const TABLES: &[(&str, &str)] = &[
    ("FIELDS", include_str!("../../../docs/spec/fields.json")),
    ("READINGS", include_str!("../../../docs/spec/readings.json")),
];

static SCRIPT: LazyLock<String> = LazyLock::new(|| {
    let tables = TABLES.iter().map(|(name, table)| format!("const {name} = {};\n", table.trim_end()));
    format!("\"use strict\";\n(() => {{\n{}{}}})();\n", tables.collect::<String>(), PARTS.join("\n"))
});

/// What stands before and behind the data block's content.
static AROUND: LazyLock<(String, String)> = LazyLock::new(|| {
    let (style, script) = (source_hash(STYLE), source_hash(&SCRIPT));
    let policy = format!(
        "default-src 'none'; script-src {script}; style-src {style}; base-uri 'none'; form-action 'none'"
    );
    let before = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>Onus dossier</title>\n<style>{STYLE}</style>\n\
         </head>\n<body>\n<main id=\"page\"><noscript><p>This page checks itself with a script, and scripts are \
         switched off. Nothing in it was checked.</p></noscript></main>\n{DATA}"
    );
    (before, format!("</script>\n<script>{}</script>\n</body>\n</html>\n", *SCRIPT))
});

/// A source of a Content-Security-Policy: the hash of an inline style or script.
fn source_hash(text: &str) -> String {
    format!("'sha256-{}'", Digest::of(text.as_bytes()).to_base64())
}

/// The page that carries a dossier (`dossier.html`) and verifies it when it is opened. `dossier_json` is the file's
/// text, to the byte; a text that is no dossier makes a page that says so.
#[must_use]
pub fn page(dossier_json: &str) -> String {
    let (before, behind) = &*AROUND;
    format!("{before}{}{behind}", escape(dossier_json))
}

/// The same page without a dossier (`verify.html`): one can be dropped on it or chosen.
#[must_use]
pub fn verifier() -> String {
    page("")
}

/// The page's script. It leaves one global, `onusVerifier`, for tests and tools.
#[must_use]
pub fn script() -> &'static str {
    &SCRIPT
}
