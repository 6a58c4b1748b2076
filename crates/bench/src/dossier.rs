//! What a dossier costs: sealing all records beside plain SHA-256 of the same bytes, and checking a dossier of some of
//! them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_cast::cast;
use arrow_schema::DataType;
use onus_case::{
    Case, Claim, DiscloseOptions, Options, Redaction, Rules, SealOptions, disclose, investigate, seal,
    write_claims,
};
use onus_claim::{Kind, RuleMatch, grouped};
use onus_demo::{DemoOptions, generate};
use onus_proof::Digest;
use onus_source::find_inputs;

use crate::growth::SEED;
use crate::measure::{Measurement, Stage, cpu_seconds, run_apart};
use crate::stages::threads;
use crate::{Result, browser, table};

/// Records that one claim cites.
const CITED: usize = 10;

/// Makes a case of so many events, seals it, and checks a dossier that shows so many of its records.
pub(crate) fn run(events: u64, records: usize, runs: u32) -> Result<()> {
    table::show(&table::machine())?;
    let folder = tempfile::Builder::new().prefix("onus-bench-").tempdir()?;
    let [evidence, case, file] = ["evidence", "case", "dossier.json"].map(|name| folder.path().join(name));
    table::tell(&format!("{} events: making them", grouped(events)));
    generate(&DemoOptions { events, seed: SEED }, &evidence, &folder.path().join("truth.json"), &mut |_| ())?;
    let inputs = find_inputs(std::slice::from_ref(&evidence))?;
    let options = Options {
        out: case.clone(),
        threads: threads(),
        allow: Default::default(),
        mapping: Default::default(),
        collected: None,
        progress: Arc::default(),
    };
    table::tell("investigating them");
    investigate(&inputs, &Rules::built_in(), &options)?;
    let (claims, texts) = claims(&case, records)?;
    for name in ["claims", "rules"] {
        fs::remove_dir_all(case.join(name))?;
    }
    write_claims(&case, &claims, texts.iter().map(String::as_str))?;

    table::tell("hashing and sealing");
    let bytes: u64 = inputs.iter().map(|input| input.size).sum();
    let hashed = run_apart(Stage::Hash, &evidence, &evidence, runs)?;
    let sealed = run_apart(Stage::Seal, &case, &evidence, 1)?;
    disclose(
        &case,
        &DiscloseOptions {
            claims: None,
            out: file.clone(),
            redaction: Redaction::default(),
            preview: false,
            from: Default::default(),
        },
        None,
    )?;
    let checked = run_apart(Stage::Verify, &file, &evidence, runs)?;
    table::show(&report(
        bytes,
        &[("SHA-256, one thread", hashed, sealed.events), ("seal", sealed, sealed.events)],
    ))?;
    table::show(&format!(
        "sealing takes {:.2} times the wall time of SHA-256 of the same bytes by one thread\n\n\
         dossier: {} claims, {} of {} records, {:.1} MB\n\
         onus verify: {:.3} s, {} MiB at most; {} claims recomputed",
        sealed.seconds / hashed.seconds,
        claims.len(),
        grouped(checked.events),
        grouped(sealed.events),
        fs::metadata(&file)?.len() as f64 / 1e6,
        checked.seconds,
        checked.peak_kib / 1024,
        checked.matches
    ))?;
    in_browser(&file, runs)
}

/// The same dossier as a page, which checks itself.
fn in_browser(dossier: &Path, runs: u32) -> Result<()> {
    let Ok(chromium) = browser::find() else {
        return table::show(
            "the page: not measured, as there is no Chromium (install it, or name it in CHROMIUM)",
        );
    };
    let path = dossier.with_extension("html");
    let page = onus_page::page(&fs::read_to_string(dossier)?);
    fs::write(&path, &page)?;
    for number in 1..=runs {
        let measured = browser::measure(&chromium, &path, "page.body?.dataset.done === 'verified'")?;
        table::show(&format!(
            "the page of {:.1} MB, checked and shown in Chromium, run {number}: {measured}",
            page.len() as f64 / 1e6
        ))?;
    }
    Ok(())
}

fn report(bytes: u64, rows: &[(&str, Measurement, u64)]) -> String {
    let mb = bytes as f64 / 1e6;
    let mut out = format!(
        "{:<22}{:>9}{:>8}{:>12}{:>8}{:>10}\n",
        "stage", "seconds", "CPU s", "records/s", "MB/s", "peak MiB"
    );
    for (name, m, records) in rows {
        out += &format!(
            "{name:<22}{:>9.2}{:>8.1}{:>12}{:>8.0}{:>10}\n",
            m.seconds,
            m.cpu,
            grouped((*records as f64 / m.seconds) as u64),
            mb / m.seconds,
            m.peak_kib / 1024
        );
    }
    out
}

/// Claims that rules matched records, until so many are cited; with the texts of these rules.
fn claims(case: &Path, records: usize) -> Result<(Vec<Claim>, Vec<String>)> {
    let case = Case::open(case)?;
    let (_, batches) = case.query(&format!(
        "select m.rule_id, r.title, r.text, m.record from (select rule_id, record, \
         row_number() over (partition by rule_id order by record) as n from matches) m \
         join rules r on m.rule_id = r.rule_id where r.text not like '%correlation:%' \
         order by m.n, m.rule_id limit {}",
        2 * records
    ))?;
    let mut cited: Vec<(RuleMatch, String, Vec<u64>)> = Vec::new();
    let mut shown = BTreeSet::new();
    for batch in &batches {
        let texts: Vec<_> = batch
            .columns()
            .iter()
            .take(3)
            .map(|c| cast(c, &DataType::Utf8))
            .collect::<std::result::Result<_, _>>()?;
        let [ids, titles, rules] = [0, 1, 2].map(|at| texts[at].as_string::<i32>());
        let numbers = batch.column(3).as_primitive::<UInt64Type>();
        for row in 0..batch.num_rows() {
            if shown.len() >= records && !shown.contains(&numbers.value(row)) {
                continue;
            }
            shown.insert(numbers.value(row));
            let id = ids.value(row);
            let open =
                cited.iter_mut().rev().find(|(rule, _, cites)| rule.rule_id == id && cites.len() < CITED);
            if let Some((.., cites)) = open {
                cites.push(numbers.value(row));
                continue;
            }
            let rule = RuleMatch {
                rule_id: id.to_owned(),
                rule_title: titles.value(row).to_owned(),
                rule_digest: Digest::of(rules.value(row).as_bytes()).to_hex(),
                placeholders: None,
            };
            cited.push((rule, rules.value(row).to_owned(), vec![numbers.value(row)]));
        }
    }
    let claims = (1..).zip(&cited).map(|(number, (rule, _, cites))| {
        Claim::new(format!("C{number:04}"), Kind::RuleMatch(rule.clone()), cites.clone(), "")
    });
    Ok((claims.collect(), cited.iter().map(|(_, text, _)| text.clone()).collect()))
}

/// Seals a case, in a process of its own.
pub(crate) fn seal_case(case: &Path) -> Result<Measurement> {
    let (begun, before) = (Instant::now(), cpu_seconds());
    let sealed = seal(case, &SealOptions { threads: threads(), ..SealOptions::default() }, None)?;
    Ok(Measurement {
        seconds: begun.elapsed().as_secs_f64(),
        cpu: cpu_seconds() - before,
        events: sealed.records,
        ..Measurement::default()
    })
}

/// Checks a dossier as `onus verify` does, in a process of its own.
pub(crate) fn verify(file: &Path) -> Result<Measurement> {
    let (begun, before) = (Instant::now(), cpu_seconds());
    let judgement = onus_trust::judge(&fs::read(file)?, None, &[]).map_err(|refused| refused.to_string())?;
    let recomputed = judgement.claims().iter().filter(|claim| claim.rung() >= onus_claim::Rung::Recomputed);
    Ok(Measurement {
        matches: recomputed.count() as u64,
        seconds: begun.elapsed().as_secs_f64(),
        cpu: cpu_seconds() - before,
        events: judgement.dossier().records().len() as u64,
        ..Measurement::default()
    })
}
